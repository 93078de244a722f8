/* Those who wait to call an HRIS, and whose turn it is. */
#include "source_own.h"

#include "base/assert.h"
#include "base/clock.h"
#include "desk.h"

/* Nobody is called: those in line are to hear of it at once. */
static bool is_blocked(const struct source *s)
{
	return s->state != SOURCE_READY || source_is_stopped(s) ||
	       source_paused_ms(s);
}

static void unqueue(struct source *s, struct waiter *w)
{
	TAILQ_REMOVE(&s->lines[w->class], w, link);
	w->in_line = false;
}

void line_leave(struct source *s, struct waiter *w)
{
	if (w->in_line)
		unqueue(s, w);
}

/*
 * Who may call now: the class whose turn it is goes first. NULL: nobody, but
 * in *wait_ms somebody may; BUDGET_FULL: when a call has ended.
 */
static struct waiter *next_in_line(struct source *s, int64_t *wait_ms)
{
	enum budget_class first = budget_turn(&s->budget);
	int64_t now = clock_mono_ms();

	*wait_ms = BUDGET_FULL;
	for (unsigned i = 0; i < BUDGET_CLASS_COUNT; i++) {
		enum budget_class c =
			(enum budget_class)((first + i) % BUDGET_CLASS_COUNT);
		struct waiter *w = TAILQ_FIRST(&s->lines[c]);
		int64_t wait;

		if (!w)
			continue;
		wait = budget_wait_ms(&s->budget, c, now);
		if (wait == 0)
			return w;
		if (wait > 0)
			*wait_ms = wait;
	}
	return NULL;
}

static void serve_one(struct source *s, struct waiter *w, bool may_call)
{
	unqueue(s, w);
	if (may_call)
		budget_begin(&s->budget, w->class, clock_mono_ms());
	w->turn(w, may_call);
}

static struct waiter *anybody(const struct source *s)
{
	for (unsigned c = 0; c < BUDGET_CLASS_COUNT; c++)
		if (!TAILQ_EMPTY(&s->lines[c]))
			return TAILQ_FIRST(&s->lines[c]);
	return NULL;
}

static void serve_all(struct source *s)
{
	struct waiter *w;
	int64_t wait_ms;

	while (!s->desk->draining) {
		if (is_blocked(s)) {
			w = anybody(s);
			if (!w)
				return;
			serve_one(s, w, false);
			continue;
		}
		w = next_in_line(s, &wait_ms);
		if (!w) {
			if (wait_ms > 0)
				loop_timer_set(&s->pace, wait_ms);
			return;
		}
		serve_one(s, w, true);
	}
}

/* A turn may end at once and call this again: the loop above goes on. */
static void serve(struct source *s)
{
	if (s->serving)
		return;
	s->serving = true;
	serve_all(s);
	s->serving = false;
}

static void pace_cb(void *arg)
{
	serve(arg);
}

void line_join(struct source *s, struct waiter *w)
{
	ASSERT(!w->in_line);
	if (w->class == BUDGET_ADMIN) {
		w->turn(w, true);
		return;
	}
	TAILQ_INSERT_TAIL(&s->lines[w->class], w, link);
	w->in_line = true;
	serve(s);
}

void line_end(struct source *s, enum budget_class c)
{
	if (c == BUDGET_ADMIN)
		return;
	budget_end(&s->budget, c);
	serve(s);
}

void line_init(struct source *s)
{
	for (unsigned c = 0; c < BUDGET_CLASS_COUNT; c++)
		TAILQ_INIT(&s->lines[c]);
	loop_timer_init(&s->pace, s->desk->loop, pace_cb, s);
}

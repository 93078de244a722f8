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

/* Somebody in line whose source nobody may call; NULL: there is none. */
static struct waiter *refused(const struct source *s)
{
	for (unsigned c = 0; c < BUDGET_CLASS_COUNT; c++)
		if (!TAILQ_EMPTY(&s->lines[c]) && is_blocked(s))
			return TAILQ_FIRST(&s->lines[c]);
	return NULL;
}

static void refuse_all(struct quota *q)
{
	struct source *s = TAILQ_FIRST(&q->sources);

	while (s) {
		struct waiter *w = refused(s);

		if (!w) {
			s = TAILQ_NEXT(s, beside);
			continue;
		}
		unqueue(s, w);
		w->turn(w, false);
		s = TAILQ_FIRST(&q->sources); /* a turn may change the list */
	}
}

static struct source *first_with(const struct quota *q, enum budget_class c)
{
	struct source *s;

	TAILQ_FOREACH (s, &q->sources, beside)
		if (!TAILQ_EMPTY(&s->lines[c]))
			return s;
	return NULL;
}

/*
 * Who may call now: the class whose turn it is goes first. NULL: nobody, but
 * in *wait_ms somebody may; BUDGET_FULL: when a call has ended.
 */
static struct source *next_in_line(const struct quota *q, enum budget_class *c,
				   int64_t *wait_ms)
{
	enum budget_class first = budget_turn(&q->budget);
	int64_t now = clock_mono_ms();

	*wait_ms = BUDGET_FULL;
	for (unsigned i = 0; i < BUDGET_CLASS_COUNT; i++) {
		struct source *s;
		int64_t wait;

		*c = (enum budget_class)((first + i) % BUDGET_CLASS_COUNT);
		s = first_with(q, *c);
		if (!s)
			continue;
		wait = budget_wait_ms(&q->budget, *c, now);
		if (wait == 0)
			return s;
		if (wait > 0)
			*wait_ms = wait;
	}
	return NULL;
}

static void serve_one(struct quota *q, struct source *s, enum budget_class c)
{
	struct waiter *w = TAILQ_FIRST(&s->lines[c]);

	unqueue(s, w);
	TAILQ_REMOVE(&q->sources, s, beside);
	TAILQ_INSERT_TAIL(&q->sources, s, beside);
	budget_begin(&q->budget, c, clock_mono_ms());
	s->calls[c]++;
	w->turn(w, true);
}

static void serve_all(struct quota *q)
{
	enum budget_class c;
	struct source *s;
	int64_t wait_ms;

	while (!q->desk->draining) {
		refuse_all(q);
		s = next_in_line(q, &c, &wait_ms);
		if (!s) {
			if (wait_ms > 0)
				loop_timer_set(&q->pace, wait_ms);
			return;
		}
		serve_one(q, s, c);
	}
}

/* A turn may end at once and call this again: the loop above goes on. */
void line_serve(void *quota)
{
	struct quota *q = quota;

	if (q->serving)
		return;
	q->serving = true;
	serve_all(q);
	quota_served(q);
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
	line_serve(s->quota);
}

void line_end(struct source *s, enum budget_class c)
{
	if (c == BUDGET_ADMIN)
		return;
	ASSERT(s->calls[c] > 0);
	s->calls[c]--;
	budget_end(&s->quota->budget, c);
	line_serve(s->quota);
}

void line_init(struct source *s)
{
	for (unsigned c = 0; c < BUDGET_CLASS_COUNT; c++)
		TAILQ_INIT(&s->lines[c]);
}

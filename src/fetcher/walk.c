#include "walk.h"

#include "base/assert.h"

#include <stddef.h>

typedef enum walk_state walk_step_fn(struct walk *w);

/* ------------------------------------------------------ what follows what */

static enum walk_state finish(struct walk *w, enum walk_end end)
{
	w->end = end;
	return WALK_DONE;
}

static enum walk_state on_leased(struct walk *w)
{
	(void)w;
	return WALK_BEGINNING;
}

static enum walk_state on_held(struct walk *w)
{
	return finish(w, WALK_REFUSED);
}

static enum walk_state on_begun(struct walk *w)
{
	(void)w;
	return WALK_OPENING;
}

static enum walk_state on_other(struct walk *w)
{
	(void)w;
	return WALK_CLEARING;
}

static enum walk_state on_opened(struct walk *w)
{
	static const enum walk_state first[WALK_PHASE_COUNT] = {
		[WALK_PAGES] = WALK_PREPARING,
		[WALK_VERDICT] = WALK_JUDGING,
		[WALK_ABSENT] = WALK_ASKING,
	};

	return first[w->phase];
}

/* A crash between RECORDING and ENDING: only the latter is left to do. */
static enum walk_state on_over(struct walk *w)
{
	w->end = WALK_RECORDED;
	return WALK_ENDING;
}

static enum walk_state on_stopped(struct walk *w)
{
	w->ops->stopped(w);
	return WALK_CONFIRMING;
}

static enum walk_state on_prepared(struct walk *w)
{
	(void)w;
	return WALK_READING;
}

static enum walk_state on_page(struct walk *w)
{
	if (!w->ops->yields(w))
		return WALK_READING;
	w->end = WALK_LEFT;
	return WALK_DROPPING;
}

/* What is wanted stands in stop, leave or taken: see divert. */
static enum walk_state on_cut(struct walk *w)
{
	return w->state;
}

static enum walk_state on_park(struct walk *w)
{
	(void)w;
	return WALK_PARKING;
}

static enum walk_state on_last_page(struct walk *w)
{
	(void)w;
	return WALK_JUDGING;
}

/* As if nothing had been read of it. */
static enum walk_state on_anew(struct walk *w)
{
	w->phase = WALK_PAGES;
	return WALK_OPENING;
}

static enum walk_state on_portion(struct walk *w)
{
	(void)w;
	return WALK_TELLING;
}

static enum walk_state on_told(struct walk *w)
{
	(void)w;
	return WALK_ASKING;
}

static enum walk_state on_result(struct walk *w)
{
	(void)w;
	return WALK_CONFIRMING;
}

static enum walk_state on_confirmed(struct walk *w)
{
	(void)w;
	return WALK_RECORDING;
}

static enum walk_state on_recorded(struct walk *w)
{
	w->end = WALK_RECORDED;
	return WALK_ENDING;
}

static enum walk_state on_ended(struct walk *w)
{
	(void)w;
	return WALK_DROPPING;
}

static enum walk_state on_parked(struct walk *w)
{
	return finish(w, WALK_PARKED);
}

static enum walk_state on_dropped(struct walk *w)
{
	return finish(w, w->end);
}

/* An empty cell is an input that cannot happen in that state. */
static walk_step_fn *const steps[WALK_STATE_COUNT][WALK_INPUT_COUNT] = {
	[WALK_LEASING] = { [WALK_IN_OK] = on_leased, [WALK_IN_HELD] = on_held },
	[WALK_BEGINNING] = { [WALK_IN_OK] = on_begun,
			     [WALK_IN_OTHER] = on_other },
	[WALK_CLEARING] = { [WALK_IN_OK] = on_leased },
	[WALK_OPENING] = { [WALK_IN_OK] = on_opened,
			   [WALK_IN_OVER] = on_over,
			   [WALK_IN_PARK] = on_park,
			   [WALK_IN_FAILED] = on_result,
			   [WALK_IN_STOPPED] = on_stopped },
	[WALK_PREPARING] = { [WALK_IN_OK] = on_prepared,
			     [WALK_IN_PARK] = on_park,
			     [WALK_IN_FAILED] = on_result,
			     [WALK_IN_CUT] = on_cut },
	[WALK_READING] = { [WALK_IN_OK] = on_page,
			   [WALK_IN_LAST] = on_last_page,
			   [WALK_IN_PARK] = on_park,
			   [WALK_IN_FAILED] = on_result,
			   [WALK_IN_CUT] = on_cut },
	[WALK_JUDGING] = { [WALK_IN_OK] = on_told,
			   [WALK_IN_ANEW] = on_anew,
			   [WALK_IN_LAST] = on_result },
	[WALK_ASKING] = { [WALK_IN_OK] = on_portion,
			  [WALK_IN_LAST] = on_result },
	[WALK_TELLING] = { [WALK_IN_OK] = on_told },
	[WALK_CONFIRMING] = { [WALK_IN_OK] = on_confirmed },
	[WALK_RECORDING] = { [WALK_IN_OK] = on_recorded },
	[WALK_ENDING] = { [WALK_IN_OK] = on_ended },
	[WALK_PARKING] = { [WALK_IN_OK] = on_parked },
	[WALK_DROPPING] = { [WALK_IN_OK] = on_dropped },
};

/* ----------------------------------------------------- what comes between */

/* Its result is known: to record that takes no longer than to leave it. */
static bool is_ending(enum walk_state s)
{
	return s >= WALK_CONFIRMING;
}

static bool is_stoppable(enum walk_state s)
{
	return s >= WALK_PREPARING && s <= WALK_TELLING;
}

static enum walk_state divert(struct walk *w, enum walk_state next)
{
	if (next == WALK_DONE)
		return next;
	if (w->taken)
		return finish(w, WALK_LOST);
	if (w->leave && !is_ending(next)) {
		w->end = WALK_LEFT;
		return WALK_DROPPING;
	}
	if (w->stop && is_stoppable(next)) {
		w->stop = false;
		w->ops->stopped(w);
		return WALK_CONFIRMING;
	}
	return next;
}

static void go(struct walk *w, enum walk_state next)
{
	w->resting = false;
	w->state = divert(w, next);
	if (w->state == WALK_DONE)
		w->ops->done(w);
	else
		w->ops->start[w->state](w);
}

/*
 * Nothing is under way, so that what is wanted is done at once. Who leaves
 * while Redis takes nothing leaves the lease to its time.
 */
static void wake(struct walk *w)
{
	if (w->leave)
		go(w, w->state > WALK_LEASING && w->state < WALK_CONFIRMING
			      ? WALK_DROPPING
			      : finish(w, w->end));
	else if (w->taken || (w->stop && is_stoppable(w->state)))
		go(w, w->state);
}

static void rest(struct walk *w, void (*how)(struct walk *w))
{
	w->resting = true;
	how(w);
	wake(w);
}

static bool is_interruptible(const struct walk *w)
{
	return w->state == WALK_PREPARING || w->state == WALK_READING;
}

static void want(struct walk *w, bool *what)
{
	if (w->state == WALK_DONE || *what)
		return;
	*what = true;
	if (w->resting)
		wake(w);
	else if (is_interruptible(w))
		w->ops->interrupt(w);
}

/* --------------------------------------------------------------------- in */

void walk_start(struct walk *w, const struct walk_ops *ops)
{
	*w = (struct walk){ .ops = ops };
	go(w, WALK_LEASING);
}

void walk_feed(struct walk *w, enum walk_input in)
{
	switch (in) {
	case WALK_IN_STOP:
		want(w, &w->stop);
		return;
	case WALK_IN_LEAVE:
		want(w, &w->leave);
		return;
	case WALK_IN_TAKEN:
		want(w, &w->taken);
		return;
	case WALK_IN_LOST:
		go(w, finish(w, WALK_LOST));
		return;
	case WALK_IN_NOT_YET:
		rest(w, w->ops->rest);
		return;
	case WALK_IN_WAIT:
		ASSERT(is_interruptible(w));
		rest(w, w->ops->wait);
		return;
	case WALK_IN_AGAIN:
		if (w->resting)
			go(w, w->state);
		return;
	default:
		ASSERT(!w->resting && steps[w->state][in]);
		go(w, steps[w->state][in](w));
		return;
	}
}

#include "lane.h"

#include "base/assert.h"
#include "base/clock.h"

#define BLOCK_MS     500 /* a read's wait; bounds how long a stop takes */
#define BACKOFF_MS   50	 /* the first; doubles */
#define BACKOFF_MAX  5000
#define CLAIM_MIN_MS 25

typedef enum lane_state step_fn(struct lane *l);

static enum lane_state go_on(struct lane *l);

static void back_off(struct lane *l)
{
	int64_t ms = BACKOFF_MS;

	for (unsigned i = 0; i < l->tries && ms < BACKOFF_MAX; i++)
		ms *= 2;
	l->tries++;
	l->ops->wait(l, ms < BACKOFF_MAX ? ms : BACKOFF_MAX);
}

static enum lane_state finish(struct lane *l)
{
	l->ops->wait(l, -1);
	l->ops->done(l);
	return LANE_DONE;
}

static enum lane_state rest(struct lane *l)
{
	if (l->stopping)
		return finish(l);
	back_off(l);
	return LANE_RESTING;
}

static enum lane_state hold(struct lane *l)
{
	if (l->stopping) /* they stay pending: somebody will claim them */
		return finish(l);
	back_off(l);
	return LANE_HOLDING;
}

static enum lane_state claim(struct lane *l)
{
	if (l->ops->claim(l, l->claim_size, NULL) < 0)
		return rest(l);
	return LANE_CLAIMING;
}

static enum lane_state read(struct lane *l, int64_t block_ms)
{
	if (l->ops->read(l, l->batch, block_ms, NULL) < 0)
		return rest(l);
	return LANE_READING;
}

/*
 * While acknowledgements are refused nothing is claimed: it could not be
 * acknowledged either, and each claim brings what was long applied closer to
 * the dead letters.
 */
static enum lane_state go_on(struct lane *l)
{
	int64_t left = l->claim_at_ms - clock_mono_ms();
	enum lane_debt debt = l->ops->debt(l);

	if (l->stopping)
		return finish(l);
	if (debt == DEBT_FULL)
		return LANE_FULL;
	if (left <= 0 && debt == DEBT_SMALL)
		return claim(l);
	return read(l, left > 0 && left < BLOCK_MS ? left : BLOCK_MS);
}

/*
 * An entry that kills the process takes its batch with it, and each delivery
 * brings all of them closer to the dead letters. So after a crash the rest is
 * tried once more together; when that went wrong, too, they are taken one at
 * a time, and only the guilty one is delivered over and over.
 */
static void after_claim(struct lane *l)
{
	if (l->got == 0) {
		l->claim_at_ms = clock_mono_ms() + l->claim_every_ms;
		l->claim_size = 1;
	} else {
		l->claim_size = l->deliveries <= 2 ? l->batch : 1;
	}
}

static enum lane_state applied(struct lane *l)
{
	if (!l->ops->apply(l))
		return hold(l);
	l->tries = 0;
	return go_on(l);
}

static enum lane_state on_claimed(struct lane *l)
{
	after_claim(l);
	if (l->got)
		return applied(l);
	l->tries = 0;
	return go_on(l);
}

static enum lane_state on_read(struct lane *l)
{
	if (l->got)
		return applied(l);
	l->tries = 0;
	return go_on(l);
}

static enum lane_state on_wake(struct lane *l)
{
	l->ops->wait(l, -1);
	l->tries = 0;
	return go_on(l);
}

static enum lane_state stop_now(struct lane *l)
{
	l->stopping = true;
	return finish(l);
}

/* What is under way may bring entries: they are applied first. */
static enum lane_state stop_soon(struct lane *l)
{
	l->stopping = true;
	return l->state;
}

static enum lane_state stay(struct lane *l)
{
	return l->state;
}

/* An empty cell is an input that cannot happen in that state. */
static step_fn *const steps[LANE_STATE_COUNT][LANE_INPUT_COUNT] = {
	[LANE_NEW] = {
		[LANE_START] = go_on,
		[LANE_WAKE] = stay,
		[LANE_ACKED] = stay,
		[LANE_STOP] = stop_now,
	},
	[LANE_CLAIMING] = {
		[LANE_ENTRIES] = on_claimed,
		[LANE_FAILED] = rest,
		[LANE_WAKE] = stay,
		[LANE_ACKED] = stay,
		[LANE_STOP] = stop_soon,
	},
	[LANE_READING] = {
		[LANE_ENTRIES] = on_read,
		[LANE_FAILED] = rest,
		[LANE_WAKE] = stay,
		[LANE_ACKED] = stay,
		[LANE_STOP] = stop_soon,
	},
	[LANE_HOLDING] = {
		[LANE_TIMER] = applied,
		[LANE_WAKE] = stay,
		[LANE_ACKED] = stay,
		[LANE_STOP] = stop_now,
	},
	[LANE_RESTING] = {
		[LANE_TIMER] = go_on,
		[LANE_WAKE] = on_wake,
		[LANE_ACKED] = stay,
		[LANE_STOP] = stop_now,
	},
	[LANE_FULL] = {
		[LANE_WAKE] = stay,
		[LANE_ACKED] = go_on,
		[LANE_STOP] = stop_now,
	},
	[LANE_DONE] = {
		[LANE_WAKE] = stay,
		[LANE_ACKED] = stay,
		[LANE_STOP] = stay,
	},
};

void lane_init(struct lane *l, const struct lane_ops *ops, size_t batch,
	       int64_t claim_ms)
{
	*l = (struct lane){ .ops = ops, .batch = batch, .claim_size = 1 };
	l->claim_every_ms = claim_ms / 2;
	if (l->claim_every_ms < CLAIM_MIN_MS)
		l->claim_every_ms = CLAIM_MIN_MS;
	l->claim_at_ms = clock_mono_ms(); /* first of all */
}

void lane_feed(struct lane *l, enum lane_input in)
{
	step_fn *step = steps[l->state][in];

	ASSERT(step);
	l->state = step(l);
}

void lane_got(struct lane *l, size_t count, uint64_t deliveries)
{
	l->got = count;
	l->deliveries = deliveries;
	lane_feed(l, LANE_ENTRIES);
}

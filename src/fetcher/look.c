#include "look.h"

#include "base/assert.h"

#include <stddef.h>

typedef enum look_state look_step_fn(struct look *l);

static enum look_state store(struct look *l)
{
	if (l->ops->store(l))
		return LOOK_STORING;
	l->ops->rest(l);
	return LOOK_RESTING;
}

static enum look_state on_turn(struct look *l)
{
	return l->ops->call(l) ? LOOK_CALLING : store(l);
}

/*
 * Kept until Redis has it: what was read is not asked for again, and the
 * notices stay unacknowledged, so that a crash here repeats the look-up.
 */
static enum look_state on_not_stored(struct look *l)
{
	l->ops->rest(l);
	return LOOK_RESTING;
}

static enum look_state on_stored(struct look *l)
{
	l->ops->done(l);
	return LOOK_DONE;
}

/* An empty cell is an input that cannot happen in that state. */
static look_step_fn *const steps[LOOK_STATE_COUNT][LOOK_INPUT_COUNT] = {
	[LOOK_WAITING] = { [LOOK_IN_TURN] = on_turn },
	[LOOK_CALLING] = { [LOOK_IN_ANSWER] = store },
	[LOOK_STORING] = { [LOOK_IN_STORED] = on_stored,
			   [LOOK_IN_NOT_STORED] = on_not_stored },
	[LOOK_RESTING] = { [LOOK_IN_AGAIN] = store },
};

void look_init(struct look *l, const struct look_ops *ops)
{
	*l = (struct look){ .ops = ops, .state = LOOK_WAITING };
}

void look_feed(struct look *l, enum look_input in)
{
	look_step_fn *step = steps[l->state][in];

	ASSERT(step);
	l->state = step(l);
}

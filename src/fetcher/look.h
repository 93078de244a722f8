/*
 * The life of one look-up, from the first notice to its acknowledgement. It
 * knows no HTTP, Redis or loop: those are behind the ops.
 */
#ifndef FETCHER_LOOK_H
#define FETCHER_LOOK_H

#include "verdict.h"

#include <stdbool.h>

enum look_state {
	LOOK_WAITING, /* for the window to pass, then for a free call */
	LOOK_CALLING, /* the HRIS is being asked */
	LOOK_STORING, /* the verdict is on its way to Redis */
	LOOK_RESTING, /* Redis did not take it: again in a moment */
	LOOK_DONE,    /* Redis has the outcome; nothing is left to do */
	LOOK_STATE_COUNT
};

enum look_input {
	LOOK_IN_TURN,	    /* its time has come */
	LOOK_IN_ANSWER,	    /* the call ended; look->verdict is set */
	LOOK_IN_STORED,	    /* Redis has what the verdict asked for */
	LOOK_IN_NOT_STORED, /* it has not, or nobody knows */
	LOOK_IN_AGAIN,	    /* the rest is over */
	LOOK_INPUT_COUNT
};

struct look;

struct look_ops {
	/*
	 * Ask the HRIS. True: LOOK_IN_ANSWER follows, later. False: there is
	 * no call to make, and look->verdict says what instead.
	 */
	bool (*call)(struct look *l);
	/*
	 * Give the verdict to Redis: exactly one of LOOK_IN_STORED and
	 * LOOK_IN_NOT_STORED follows, later. False: not even taken.
	 */
	bool (*store)(struct look *l);
	void (*rest)(struct look *l); /* LOOK_IN_AGAIN follows, later */
	void (*done)(struct look *l); /* may not free l: it is on the stack */
};

struct look { /* embedded in what implements the ops */
	const struct look_ops *ops;
	enum look_state state;
	struct verdict verdict;
};

void look_init(struct look *l, const struct look_ops *ops);

/* The only way in. */
void look_feed(struct look *l, enum look_input in);

#endif

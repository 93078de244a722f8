/* A call that waits in its connection's line for its turn: line, then wire. */
#ifndef FETCHER_ASK_H
#define FETCHER_ASK_H

#include "loop/loop.h"
#include "source.h"
#include "wire.h"

#include <stdbool.h>

struct ask { /* embedded in who asks; zeroed: nothing is asked */
	struct source *source;
	struct waiter waiter;
	struct wire wire;
	struct wire_spec spec;
	bool calling; /* a place of the budget is its own */
	struct err err;
	struct loop_task failed; /* there is no call: err says why */
};

/*
 * spec->ended is called once, later. Where no call could be made its answer
 * has status 0 and an err: ERR_AUTH: the connection is stopped; ERR_TEMP: it
 * is paused, switched off, or there is no room; else as of wire_start.
 */
void ask_start(struct ask *k, struct source *s, enum budget_class c,
	       const struct wire_spec *spec);

/* Forget it, and release what it holds. Twice is harmless. */
void ask_cancel(struct ask *k);
void ask_resume(struct ask *k); /* after HTTP_PAUSE */

#endif

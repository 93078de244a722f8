/* R17: what kind of run a slot becomes, and whose turn it is. Pure. */
#ifndef FETCHER_SLOT_H
#define FETCHER_SLOT_H

#include "base/map.h"
#include "registry/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An hour less than a day and a week: a slot comes with jitter. */
#define SLOT_FULL_MS	  (23 * 3600000LL)
#define SLOT_RECONCILE_MS (167 * 3600000LL)

/* can_change: the provider can tell who changed. */
enum run_kind slot_kind(const struct sync_state *s, bool can_change,
			int64_t now_ms);

/*
 * The round of connections that have something to run: whose turn is longest
 * ago goes first. Connections that never had one go before all others, in the
 * order in which they asked. What has not been heard of for a while is
 * forgotten.
 */
#define ROUND_MAX	10000
#define ROUND_FORGET_MS (6 * 3600000LL)

struct round {
	struct map turns; /* by connection */
};

void round_init(struct round *r);
void round_release(struct round *r);

/* A turn ended; the next not before not_before_ms (0: at once). */
void round_turn(struct round *r, struct str connection, int64_t now_ms,
		int64_t not_before_ms);

/* There is nothing more to run for it. */
void round_forget(struct round *r, struct str connection);

/* Somebody asks for it now: it need not wait, nor look at what it waits for. */
void round_hurry(struct round *r, struct str connection, int64_t now_ms);
bool round_is_hurried(const struct round *r, struct str connection);

/* May it have a turn now? */
bool round_may(const struct round *r, struct str connection, int64_t now_ms);

/* When its last turn ended; 0: it had none. */
int64_t round_last(const struct round *r, struct str connection);

void round_sweep(struct round *r, int64_t now_ms);

#endif

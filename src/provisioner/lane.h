/*
 * What is done with one shard's stream, and in what order: take over what
 * others left, read what is new, apply it, and wait when something is not
 * there, or when too much waits to be acknowledged. Knows neither Redis nor the
 * database nor the loop: they are behind lane_ops, and tests bring fakes.
 */
#ifndef PROVISIONER_LANE_H
#define PROVISIONER_LANE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lane_state {
	LANE_NEW,
	LANE_CLAIMING, /* waits for entries that others left */
	LANE_READING,  /* waits for new entries */
	LANE_HOLDING,  /* has a batch that could not be written yet */
	LANE_RESTING,  /* Redis was not there; tries again */
	LANE_FULL,     /* as much as may be waits to be acknowledged */
	LANE_DONE,
	LANE_STATE_COUNT
};

enum lane_input {
	LANE_START,
	LANE_ENTRIES, /* lane_got: a claim or read ended, maybe with none */
	LANE_FAILED,  /* it ended without an answer */
	LANE_TIMER,   /* what ops->wait asked for */
	LANE_WAKE,    /* Redis is there (again) */
	LANE_ACKED,   /* less waits to be acknowledged */
	LANE_STOP,
	LANE_INPUT_COUNT
};

struct lane;

/* What was applied and is not acknowledged yet. */
enum lane_debt {
	DEBT_SMALL,
	DEBT_REFUSED, /* Redis does not take acknowledgements now */
	DEBT_FULL, /* there is no room for another batch; LANE_ACKED follows */
};

/*
 * claim and read: when they return 0, exactly one of LANE_ENTRIES and
 * LANE_FAILED follows, later.
 */
struct lane_ops {
	int (*claim)(struct lane *l, size_t count, struct err *err);
	int (*read)(struct lane *l, size_t count, int64_t block_ms,
		    struct err *err);
	/* The entries that came. False: they are kept to be tried again. */
	bool (*apply)(struct lane *l);
	enum lane_debt (*debt)(struct lane *l);
	/* LANE_TIMER in ms; a negative number takes the wish back. */
	void (*wait)(struct lane *l, int64_t ms);
	/* The last call: nothing follows. */
	void (*done)(struct lane *l);
};

struct lane {
	const struct lane_ops *ops;
	enum lane_state state;
	size_t batch;		/* entries of one transaction */
	int64_t claim_every_ms; /* how often to look for what others left */
	int64_t claim_at_ms;	/* on the monotonic clock */
	size_t claim_size;
	unsigned tries; /* in a row that failed */
	bool stopping;
	size_t got;	     /* entries of the last LANE_ENTRIES */
	uint64_t deliveries; /* the most of them */
};

void lane_init(struct lane *l, const struct lane_ops *ops, size_t batch,
	       int64_t claim_ms);

void lane_feed(struct lane *l, enum lane_input in);

/* LANE_ENTRIES: count of them, of which one was delivered so many times. */
void lane_got(struct lane *l, size_t count, uint64_t deliveries);

#endif

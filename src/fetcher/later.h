/*
 * Lookups that wait for hours wait in Redis, not here: a crash forgets none,
 * and the stream can be trimmed behind them.
 *
 *	{hrisd:s}:later         sorted set: person by due time
 *	{hrisd:s}:later:event   hash: person to lookup
 *
 * A person waits once. When due, the lookup goes back to the stream `lookups`,
 * whichever fetcher comes first. Each move is one function inside Redis (defer
 * and resume in src/queue/functions.lua), so it happens whole.
 */
#ifndef FETCHER_LATER_H
#define FETCHER_LATER_H

#include "base/buf.h"
#include "base/err.h"
#include "change/change.h"
#include "queue/queue.h"
#include "verdict.h"

#include <stddef.h>
#include <stdint.h>

#define LATER_BATCH 500 /* moved back at once */

/* A lookup with its history, as JSON: lookup_decode reads it too. */
void later_encode(const struct lookup *l, const struct history *h,
		  struct buf *out);
int later_decode(struct lookup *l, struct history *h, struct arena *a,
		 struct str text, struct err *err) MUST_CHECK;

struct later_put {
	unsigned shard;
	int64_t due_ms;	   /* wall clock */
	struct str person; /* connection and pid */
	struct str event;
	const char *group;
	const struct str *ids; /* entries of `lookups` to acknowledge */
	size_t id_count;
};

/*
 * Wait, and acknowledge in the same function. Does somebody wait for this
 * person already, then the earlier due time and the older history stay.
 */
int later_put(struct queue *q, const struct later_put *p, queue_value_fn *fn,
	      void *arg, struct err *err) MUST_CHECK;

/*
 * Those due go back to the stream. The value is a list: how many did, and how
 * many still wait.
 */
int later_return(struct queue *q, unsigned shard, int64_t now_ms,
		 queue_value_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif

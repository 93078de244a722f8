/*
 * A sync run's side of Redis: the lease that lets one fetcher alone run a
 * connection, pages that are stored as a whole, and what was sent last of each
 * person. Every write names the lease's fence and is refused when somebody
 * else has taken the lease since, so that a fetcher that stalled cannot write.
 *
 * {hrisd:s}:lease:<connection>  fence and owner, with a time to live
 * {hrisd:s}:fence               counter: the fence of the newest lease
 * {hrisd:s}:run:<connection>    hash: the run under way (run_page.progress)
 * {hrisd:s}:seen:<connection>   hash: person → digest sent last (16 bytes),
 *                               number of the run that saw it last (8), and
 *                               how many snapshots missed it since (1)
 */
#ifndef QUEUE_RUN_H
#define QUEUE_RUN_H

#include "base/err.h"
#include "base/str.h"
#include "queue/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_DIGEST_SIZE 16
#define RUN_BATCH_MAX	500 /* people of one call */
#define RUN_ABSENT_MAX	3   /* snapshots in a row that tell of an absence */

struct run_place {
	unsigned shard;
	struct str connection;
	uint64_t fence; /* of our lease */
};

/* fence 0: somebody else has it, for at most retry_ms more. */
typedef void run_lease_fn(uint64_t fence, int64_t retry_ms,
			  const struct err *err, void *arg);

int run_lease_take(struct queue *q, unsigned shard, struct str connection,
		   struct str owner, int64_t ttl_ms, run_lease_fn *fn,
		   void *arg, struct err *err) MUST_CHECK;

/* ERR_CONFLICT: it is not ours any more: stop at once, write nothing. */
int run_lease_keep(struct queue *q, const struct run_place *p, int64_t ttl_ms,
		   queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;
int run_lease_drop(struct queue *q, const struct run_place *p,
		   queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

/*
 * Begin a run, or find the one that a crash left: *progress is what its last
 * page stored; empty for a new one. number grows with every run of the
 * connection. One that is there under another run id is reported as it is:
 * the caller ends it first.
 */
typedef void run_begin_fn(struct str run, uint64_t number, struct str progress,
			  const struct err *err, void *arg);
int run_begin(struct queue *q, const struct run_place *p, struct str run,
	      run_begin_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* The digests sent last, in the order of pids; ptr NULL: none. */
typedef void run_digests_fn(const struct str *digests, size_t count,
			    const struct err *err, void *arg);
int run_digests(struct queue *q, const struct run_place *p,
		const struct str *pids, size_t count, run_digests_fn *fn,
		void *arg, struct err *err) MUST_CHECK;

struct run_person {
	struct str pid;
	char digest[RUN_DIGEST_SIZE];
	struct str event; /* JSON of a change; ptr NULL: as it was, only seen */
	bool mark;	  /* was seen by this run: false for lookups */
};

struct run_page {
	const struct run_person *people;
	size_t count;		   /* at most RUN_BATCH_MAX */
	const struct str *lookups; /* JSON, for the stream `lookups` */
	size_t lookup_count;	   /* at most RUN_BATCH_MAX */
	/*
	 * JSON: state, counts, proof: all that is needed to go on from here,
	 * and what the page of the run shows live. ptr NULL: not at the end
	 * of a page, what is stored stays.
	 */
	struct str progress;
	uint64_t number; /* of the run */
};

/* All of it or none; ERR_CONFLICT when the lease is not ours any more. */
int run_page(struct queue *q, const struct run_place *p,
	     const struct run_page *page, queue_done_fn *fn, void *arg,
	     struct err *err) MUST_CHECK;

/*
 * People whom run `number` did not see, a portion at a time: cursor "0" at
 * first, then the one given back until it is "0" again. Each one's count of
 * misses grows by one; who has been told RUN_ABSENT_MAX times is left out. In
 * the same function the events that `make` would have sent are not sent: the
 * caller sends them by run_page and only then asks for the next portion, so a
 * crash tells twice rather than not at all.
 */
typedef void run_absent_fn(const struct str *pids, size_t count,
			   struct str cursor, const struct err *err, void *arg);
int run_absent(struct queue *q, const struct run_place *p, uint64_t number,
	       struct str cursor, run_absent_fn *fn, void *arg,
	       struct err *err) MUST_CHECK;

/* The run is in the database: forget what was kept to go on from. */
int run_end(struct queue *q, const struct run_place *p, struct str run,
	    queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* What the run under way has stored; no lease is needed. Empty: none runs. */
int run_progress(struct queue *q, unsigned shard, struct str connection,
		 queue_value_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif

/*
 * A sync run's side of Redis: the lease that lets one fetcher alone run a
 * connection, pages that are stored as a whole, and what was sent last of each
 * person. Every write of a run names the lease's fence and is refused when
 * somebody else has taken the lease since, so that a fetcher that stalled
 * cannot write.
 *
 * {hrisd:s}:lease:<connection>  fence and owner, with a time to live
 * {hrisd:s}:fence               the fence of the newest lease
 * {hrisd:s}:run:<connection>    hash: number of the newest run, and while it
 *                               is under way its id and progress
 * {hrisd:s}:seen:<connection>   hash: person → digest sent last, and when
 *                               somebody looked for the person last, see
 *                               src/queue/functions.lua
 *
 * A digest is a promise that the consumer has this state as the newest of the
 * person. Reads race: a page that was asked for before a webhook came may be
 * stored after it. So who stores a state says when it was read, and where two
 * reads less than five minutes apart disagree, the digest is not known any
 * more: the next run sends the person again, whatever it finds. A webhook that
 * brings a state leaves it unknown, too (queue_accept.persons).
 *
 * As in queue.h: -1 when the command was not given (ERR_TEMP, ERR_LIMIT), and
 * fn is then not called; else it is called exactly once, later. After
 * ERR_UNCERTAIN every call here may be repeated.
 */
#ifndef QUEUE_RUN_H
#define QUEUE_RUN_H

#include "base/err.h"
#include "base/str.h"
#include "queue/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_DIGEST_SIZE	   16
#define RUN_BATCH_MAX	   500 /* of each list of one call */
#define RUN_ABSENT_MAX	   3   /* snapshots in a row that tell of an absence */
#define RUN_CONNECTION_MAX 255 /* bytes of a connection's id */

struct run_place {
	unsigned shard;
	struct str connection;
	uint64_t fence; /* of our lease */
};

/* fence 0: somebody else has it, for at most retry_ms more. */
typedef void run_lease_fn(uint64_t fence, int64_t retry_ms,
			  const struct err *err, void *arg);

/*
 * owner names the process, without blanks; the same one gets the lease again
 * at once, with a new fence: it was restarted, or did not hear the answer.
 */
int run_lease_take(struct queue *q, unsigned shard, struct str connection,
		   struct str owner, int64_t ttl_ms, run_lease_fn *fn,
		   void *arg, struct err *err) MUST_CHECK;

/*
 * ERR_CONFLICT, here and below: it is not ours any more, or its time is over:
 * stop at once, nothing was written.
 */
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

/*
 * The digests sent last, in the order of pids; ptr NULL: none, or it is not
 * known what the consumer has: send the person. The fence is not looked at.
 */
typedef void run_digests_fn(const struct str *digests, size_t count,
			    const struct err *err, void *arg);
int run_digests(struct queue *q, const struct run_place *p,
		const struct str *pids, size_t count, run_digests_fn *fn,
		void *arg, struct err *err) MUST_CHECK;

struct run_person {
	struct str pid;
	char digest[RUN_DIGEST_SIZE];
};

/* Each list has at most RUN_BATCH_MAX entries; any may be empty. */
struct run_page {
	uint64_t number; /* of the run */
	int64_t read_ms; /* wall clock, just before the page was asked for */

	/* Whom it held, changed or not: they count as seen by this run. */
	const struct run_person *people;
	size_t count;

	const struct str *changes; /* JSON, for the stream `changes` */
	size_t change_count;
	const struct str *lookups; /* JSON, for the stream `lookups` */
	size_t lookup_count;

	/*
	 * JSON: state, counts, proof: all that is needed to go on from here,
	 * and what the page of the run shows live. ptr NULL: not at the end
	 * of a page, what is stored stays.
	 */
	struct str progress;
};

/* people: how many different ones the run's pages have held so far. */
typedef void run_page_fn(uint64_t people, const struct err *err, void *arg);

/* All of it or none. */
int run_page(struct queue *q, const struct run_place *p,
	     const struct run_page *page, run_page_fn *fn, void *arg,
	     struct err *err) MUST_CHECK;

/*
 * People whom run `number` did not see, a portion at a time: cursor "0" at
 * first, then the one given back until it is "0" again. For each of them the
 * run is counted as a miss, once however often it is asked. After
 * RUN_ABSENT_MAX snapshots in a row the next one forgets the person. Their
 * digests are not known any more: who is back is sent again.
 *
 * The caller sends the events of a portion by run_page, with the cursor in its
 * progress, and only then asks for the next: a crash tells twice rather than
 * not at all. A portion is small, but has no limit while Redis shrinks the
 * hash: more than RUN_BATCH_MAX need more than one run_page.
 */
typedef void run_absent_fn(const struct str *pids, size_t count,
			   struct str cursor, const struct err *err, void *arg);
int run_absent(struct queue *q, const struct run_place *p, uint64_t number,
	       struct str cursor, run_absent_fn *fn, void *arg,
	       struct err *err) MUST_CHECK;

/*
 * The run is in the database: forget what was kept to go on from. Another
 * run's is left alone.
 */
int run_end(struct queue *q, const struct run_place *p, struct str run,
	    queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

/*
 * What the run under way has stored, as run_begin gives it; run is empty when
 * there is none. No lease is needed.
 */
int run_progress(struct queue *q, unsigned shard, struct str connection,
		 run_begin_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* ---------------------------------------------------------- single reads */

/* What a lookup led to. It needs no lease: runs and lookups go side by side. */
struct run_read {
	unsigned shard;
	struct str connection;
	struct str change; /* JSON, for the stream `changes` */
	struct str pid;	   /* ptr NULL: no run reads this HRIS, keep no list */
	const char
		*digest; /* RUN_DIGEST_SIZE bytes; NULL: the person is gone */
	int64_t read_ms; /* wall clock, just before the call */
	const struct str *ids; /* entries of `lookups` that this answers */
	size_t id_count;
};

/*
 * Append the change, remember its digest, and acknowledge the lookups: all or
 * none. The person counts as seen by the run under way (R6). Who is gone is
 * not told of as absent again.
 */
int run_store_read(struct queue *q, const struct run_read *r, queue_done_fn *fn,
		   void *arg, struct err *err) MUST_CHECK;

/* The connection is deleted: nothing of its runs stays in Redis. */
int run_forget(struct queue *q, unsigned shard, struct str connection,
	       queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif

/*
 * A sync run, as this fetcher does it: the ops of walk.h over Redis, the
 * database and the HRIS. One object from taking the lease to giving it back.
 *
 * runner.c: the steps in Redis. runner_read.c: tables and pages.
 * runner_judge.c: the proof and the absent. runner_record.c: the database.
 */
#ifndef FETCHER_RUNNER_H
#define FETCHER_RUNNER_H

#include "base/arena.h"
#include "crypto/random.h"
#include "names.h"
#include "page.h"
#include "progress.h"
#include "proof.h"
#include "queue/run.h"
#include "registry/run.h"
#include "sheaf.h"
#include "walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define RUNNER_APART_MS 30000 /* from one taken over to its next try */
#define RUNNER_STAY_MS	10000 /* a longer wait is not waited out here */
#define RUNNER_PARK_MS \
	600000 /* a lease waits no longer: its owner may be dead by then */
#define RUNNER_RESTARTS	 5     /* how often an HRIS may forget where we were */
#define RUNNER_ERROR_MAX 2000  /* bytes of what is told to people */
#define RUNNER_END	 "end" /* the cursor after the last portion */

struct desk;
struct runner;

/* What the fetcher's board is told. */
struct runner_ops {
	bool (*yields)(struct runner *r); /* others wait for a turn */
	void (*done)(struct runner *r);	  /* may not free r */
};

struct runner {
	struct walk walk;
	const struct runner_ops *ops;
	struct desk *desk;
	struct source *source;
	char id[RANDOM_ID_SIZE]; /* of the run */
	char connection[RANDOM_ID_SIZE];
	char organization[RANDOM_ID_SIZE];
	enum run_kind kind;
	enum run_reason reason;
	bool hurried;
	int64_t turn_ms;  /* monotonic: when this turn began */
	int64_t retry_ms; /* of WALK_REFUSED, WALK_PARKED: until another try */

	struct run_place place;
	uint64_t number;
	char other[RANDOM_ID_SIZE]; /* the run whose remains are in the way */
	int64_t lease_until_ms;	    /* monotonic */
	int64_t asked_lease_ms;	    /* … when we asked last */
	bool keeping;		    /* its answer is under way */
	struct loop_timer lease;
	struct loop_timer again; /* rests and waits */

	struct progress progress; /* as it is stored */
	struct progress next;	  /* … when this page is */
	struct sync_state sync;	  /* its texts are in arena */
	struct proof_before before;
	enum proof_fault fault; /* why the snapshot was refused */
	struct arena arena;

	struct names_want want;
	struct names *names;
	struct read_tables *tables;
	struct page page;
	struct sheaf sheaf;
	bool page_over;	  /* all of it came; only storing is left */
	bool page_failed; /* it broke off while people are being stored: */
	enum finding page_finding;
	int64_t page_asked_ms;
	struct err page_err;
	struct err bad; /* why the first record was that cannot be used */
	bool given_up;	/* R16: too many cannot be used */
	struct loop_task give_up;
	int64_t wait_ms; /* of the trouble at hand */

	struct arena portion; /* of those whom the run did not see */
	struct str *absent;
	size_t absent_count, absent_told;
	int64_t absent_before; /* told of before this portion */

	enum run_status status; /* what became of it */
	struct buf error;	/* for people */
	TAILQ_ENTRY(runner) link;
};

/*
 * Begins at once. run is borrowed; shard is its connection's. hurried: it does
 * not wait for what it was parked for, unless the HRIS asked for that.
 */
struct runner *runner_new(struct desk *d, const struct run *run, unsigned shard,
			  bool hurried, const struct runner_ops *ops);

/* True: Redis may still call back; free it later. */
bool runner_is_busy(const struct runner *r);
void runner_free(struct runner **r);

/* ------------------------------------------------------ between its files */

/* The end of a step in Redis: ok, or what its error means. */
void runner_feed(struct runner *r, const struct err *err);
queue_done_fn runner_done_cb; /* the same, for a command */

/* A step that could not even be started. */
void runner_not_yet(struct runner *r, const struct err *err);

/* What became of the run is this; the words are for people. */
void runner_fail(struct runner *r, enum run_status status, const char *reason,
		 const char *detail);

/* R16: feed WAIT, PARK or FAILED. */
void runner_trouble(struct runner *r, enum finding finding, int64_t asked_ms,
		    const struct err *err);

/* Whole snapshots have a proof, whatever the run was meant to be. */
bool runner_is_snapshot(const struct runner *r);

/* Steps, by the state of walk.h that they belong to. */
void runner_take_lease(struct walk *w);
void runner_confirm(struct walk *w);
void runner_park(struct walk *w);
void runner_drop_lease(struct walk *w);
void runner_open(struct walk *w);
void runner_prepare(struct walk *w);
void runner_read(struct walk *w);
void runner_interrupt(struct walk *w);
void runner_judge(struct walk *w);
void runner_ask_absent(struct walk *w);
void runner_tell_absent(struct walk *w);
void runner_record(struct walk *w);

/* What the last runs left: r->sync and r->before. */
int runner_take_before(struct runner *r, struct err *err) MUST_CHECK;

void runner_init_lease(struct runner *r);
void runner_init_reading(struct runner *r);
void runner_release_reading(struct runner *r);

static inline struct runner *runner_of(struct walk *w)
{
	return CONTAINER_OF(w, struct runner, walk);
}

#endif

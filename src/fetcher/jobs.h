/*
 * What the console asks for (registry/job.h). A job is acknowledged as soon as
 * it is taken: one that is asked for is never done twice, since nobody knows
 * what the first time did, and the others can be missed without harm: what
 * they say stands in the database too.
 */
#ifndef FETCHER_JOBS_H
#define FETCHER_JOBS_H

#include "base/arena.h"
#include "base/err.h"
#include "registry/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct desk;

#define JOBS_IN_HAND 128 /* more stay in the stream */

/* A job in hand. It ends by exactly one chore_end, or is cancelled. */
struct chore {
	struct desk *desk;
	unsigned shard;
	struct arena arena; /* holds the job; its kind may use it too */
	struct job job;
	void *work; /* the kind's own */
	TAILQ_ENTRY(chore) link;
};

TAILQ_HEAD(chore_list, chore);

struct chore_kind {
	/* chore_end follows, from within or later. */
	void (*start)(struct chore *c);
	/* The fetcher ends: free what is under way. NULL: nothing is. */
	void (*cancel)(struct chore *c);
};

/* By kind: job_kinds.c. start NULL: this fetcher cannot do it. */
extern const struct chore_kind chore_kinds[JOB_KIND_COUNT];

/*
 * What became of it, for who asked. r and what it points to are borrowed. c is
 * freed at the end of the turn.
 */
void chore_end(struct chore *c, const struct job_reply *r);

/* As chore_end, with an error. */
void chore_fail(struct chore *c, const struct err *err);

/* As chore_end, with a result or, where nobody waits, without. */
void chore_done(struct chore *c, struct str result);

/* ------------------------------------------------------------ all of them */

int jobs_start(struct desk *d, struct err *err) MUST_CHECK;
void jobs_resume(struct desk *d); /* there is a Redis again */
void jobs_sweep(struct desk *d);  /* free those that are done */
bool jobs_idle(const struct desk *d);

/* No more come in. Not from a callback of a queue. */
void jobs_stop(struct desk *d);
void jobs_release(struct desk *d); /* cancels what is under way */

#endif

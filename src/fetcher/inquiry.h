/*
 * A job that calls an HRIS for an admin who waits: it also serves connections
 * that are not enabled, goes before all lines, and ends in time.
 */
#ifndef FETCHER_INQUIRY_H
#define FETCHER_INQUIRY_H

#include "ask.h"
#include "base/buf.h"
#include "crypto/secret.h"
#include "jobs.h"
#include "loop/loop.h"
#include "setup.h"
#include "source.h"
#include "trouble.h"

#include <stdbool.h>

#define INQUIRY_MS 50000 /* all of it: the console waits ten seconds more */

struct inquiry;

/* Cancel what is under way, and free the whole that q is part of. */
typedef void inquiry_free_fn(struct inquiry *q);

struct inquiry { /* embedded in the job's own */
	struct chore *chore;
	struct source *source; /* held */
	struct setup *setup;   /* held: the connection as it was at first */
	inquiry_free_fn *free;
	bool over; /* it has ended: what still comes is ignored */
	struct err err;
	struct buf result;
	struct loop_timer late;
	struct loop_task finish;
	struct ask ask;
};

/*
 * Begin. The connection is read anew, so that it is as the admin has just
 * saved it. -1: the chore has been answered, and q holds nothing: free it.
 */
int inquiry_open(struct inquiry *q, struct chore *c,
		 inquiry_free_fn *free) MUST_CHECK;

/*
 * The end, from anywhere: at the end of the loop's turn q->free is called,
 * then the chore is answered. Only the first counts.
 */
void inquiry_fail(struct inquiry *q, const struct err *err);
void inquiry_done(struct inquiry *q); /* q->result is the result */

/* What q->free calls first. */
void inquiry_close(struct inquiry *q);

/* As chore_kind.cancel. */
void inquiry_cancel(struct chore *c);

/*
 * The one call that is under way. spec->ended is called once, later, also when
 * there could be none (status 0 and why).
 */
void inquiry_call(struct inquiry *q, const struct wire_spec *spec);

/*
 * Why a call did not give what it should have, as a sentence for the admin.
 * why: what was found out; its kind is told to the console.
 */
void inquiry_explain(enum finding finding, const struct err *why,
		     struct err *out);

/* A text of the job's input that is base64 of what is sealed for us. */
int inquiry_unseal(const struct inquiry *q, const char *name,
		   struct secret **out, struct err *err) MUST_CHECK;

/* A text of the job's input. ERR_INVALID when it is not there. */
int inquiry_text(const struct inquiry *q, const char *name, struct str *out,
		 struct err *err) MUST_CHECK;

#endif

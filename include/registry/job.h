/*
 * Jobs: what the console asks of the fetchers, carried by Redis, and what they
 * answer.
 *
 * {hrisd:s}:jobs          stream, field event: a job as JSON
 * {hrisd:s}:reply:<job>   what came of it. Empty: a fetcher has it in hand;
 *                         else JSON. It lives for JOB_REPLY_S seconds, and
 *                         who reads it takes it away.
 *
 * A reply may hold samples of personal data: it is nowhere but here, and in no
 * log.
 */
#ifndef REGISTRY_JOB_H
#define REGISTRY_JOB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "change/change.h"
#include "crypto/random.h"
#include "queue/queue.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

enum job_kind {
	JOB_RUN,	/* a run is queued in the database: look there now */
	JOB_STOP,	/* a run is to end: look there now */
	JOB_TEST,	/* try everything that the connection needs */
	JOB_FIELDS,	/* what the HRIS's records hold */
	JOB_REGISTER,	/* make the webhook at the HRIS */
	JOB_UNREGISTER, /* remove it there */
	JOB_AUTHORIZE,	/* the address where an admin allows access */
	JOB_CONFIRM,	/* what came back from there: get the tokens */
	JOB_CAPTURED,	/* a receiver was told a token: confirm the webhook */
	JOB_RENEW,	/* webhooks are to be renewed before they run out */
	JOB_KIND_COUNT
};

const char *job_kind_name(enum job_kind k); /* "test"; never NULL */

/* Somebody waits for a reply to these; the others have none. */
bool job_is_asked(enum job_kind k);

#define JOB_FORMAT    1
#define JOB_TEXT_MAX  65536 /* bytes of a job as JSON */
#define JOB_REPLY_S   60
#define JOB_REPLY_MAX ((size_t)1 << 20) /* bytes of a reply */
#define JOB_WAIT_MS   60000		/* the console waits no longer */
#define JOB_TAKEN_MS  10000 /* … nor for a fetcher to take it in hand */

/*
 * Times of an asked job are short: a fetcher drops one whose until_ms is over,
 * and never does it twice (nobody knows what the first time did).
 */
struct job {
	char id[RANDOM_ID_SIZE];
	enum job_kind kind;
	struct str organization;
	struct str connection;
	int64_t until_ms; /* wall clock; 0: it does not get too old */
	/*
	 * Of the kind's own, an object; NULL: none.
	 * register, renew: {"url"}: where the HRIS is to send webhooks
	 * authorize: {"redirect_uri", "state", "verifier"}
	 * confirm: {"redirect_uri", "code", "verifier"}
	 * code and verifier (of PKCE) are sealed with SEAL_API, in base64.
	 * captured: {"field", "sealed"}: the credential that the token becomes
	 * (provider/register.h), and {"token", "id"} as JSON, sealed likewise
	 */
	const struct json *input;
};

/* Append j as JSON. Look at buf_check(out) afterwards. */
void job_encode(const struct job *j, struct buf *out);

/*
 * *j borrows from a. ERR_INVALID also for a kind that is not known. Members
 * that are not known are ignored.
 */
int job_decode(struct job *j, struct arena *a, struct str text,
	       struct err *err) MUST_CHECK;

/*
 * Append j to its shard's stream. As with every call of queue.h: -1 and fn is
 * not called, or fn is called once, later; it may be NULL.
 */
int job_post(struct queue *q, unsigned shard, const struct job *j,
	     queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* Read one person now: the same for the stream `lookups`. */
int job_post_lookup(struct queue *q, unsigned shard, const struct lookup *l,
		    queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* --------------------------------------------------------------- replies */

/*
 * What a fetcher says: a result, or why there is none. Errors are sentences
 * for the admin. result is a JSON object as text:
 *
 * test: {"ok", "checks": [{"name", "ok", "detail", "remedy"}]}
 * fields: {"fields": [{"path", "samples", "feeds"}], "records"}
 * register, unregister, confirm: {}
 * authorize: {"url"}
 */
struct job_reply {
	struct err err; /* kind ERR_NONE: there is a result */
	struct str result;
};

void job_reply_encode(const struct job_reply *r, struct buf *out);

/* *r borrows from a. */
int job_reply_decode(struct job_reply *r, struct arena *a, struct str text,
		     struct err *err) MUST_CHECK;

/* Fetcher: text empty: the job is in hand; else of job_reply_encode. */
int job_reply_put(struct queue *q, unsigned shard, const char *job,
		  struct str text, queue_done_fn *fn, void *arg,
		  struct err *err) MUST_CHECK;

/* Console: the reply, taken away; nil: none yet. */
int job_reply_take(struct queue *q, unsigned shard, const char *job,
		   queue_value_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif

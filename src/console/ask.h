/*
 * Calls that a fetcher answers: the question goes to Redis as a job, the
 * request waits for its reply. Nothing blocks, and only so many wait.
 */
#ifndef CONSOLE_ASK_H
#define CONSOLE_ASK_H

#include "api.h"
#include "registry/job.h"

#define ASK_MAX		   64  /* calls that wait at once */
#define ASK_CONNECTION_MAX 4   /* … of one connection */
#define ASK_POLL_MS	   100 /* between looks for replies */

/*
 * The reply is in: answer c->req. c is made anew for it, with the caller and
 * request of the call that asked, and no match; result is borrowed.
 */
typedef void ask_done_fn(struct call *c, struct str connection,
			 struct str result);

/* There is none, and this is what to do. */
typedef void ask_refused_fn(struct http_request *req, int status,
			    const char *detail);

struct ask {
	enum job_kind kind;
	const struct json *input; /* NULL: none */
	ask_done_fn *done;
	ask_refused_fn *refused; /* NULL: a problem */
};

struct ask_text {
	const char *name;
	struct str value;
};

/* An object of texts, in the arena. */
int ask_input(const struct json **out, struct arena *a,
	      const struct ask_text *texts, size_t count,
	      struct err *err) MUST_CHECK;

/*
 * Answers c->req, mostly later: by a->done; or, saying what to do, when the
 * fetcher could not, when none takes the job in hand, or when it takes too
 * long.
 */
void ask_fetcher(struct call *c, const struct connection *conn,
		 const struct ask *a);

/* As ask_done_fn: the result is the answer. */
void ask_reply_result(struct call *c, struct str connection, struct str result);

void ask_init(struct api *api);

/* What still waits, unanswered: after the queue was freed. */
void ask_release(struct api *api);

#endif

/*
 * One call to an HRIS, with the token that it needs, and once more with a new
 * one when that is refused, or where a redirect leads that may be followed. Who
 * calls has a place of the budget (source.h).
 */
#ifndef FETCHER_WIRE_H
#define FETCHER_WIRE_H

#include "http/client.h"
#include "provider/fetch.h"
#include "tokens.h"
#include "upload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct setup;
struct source;

/*
 * Make the request; out lives in a, which is wiped when it was sent. May be
 * called again for the same call, with other tokens in ctx. ctx and what it
 * points to are borrowed for the call.
 */
typedef int wire_build_fn(const struct fetch_context *ctx, struct arena *a,
			  struct fetch_request *out, void *arg,
			  struct err *err);

struct wire_spec {
	wire_build_fn *build;
	/* As in http/client.h; NULL: the body comes with the answer. */
	http_chunk_fn *chunk;
	size_t max_body_bytes; /* 0: the client's, and so below */
	int64_t total_ms;
	int64_t stall_ms;
	int64_t slow_ms;
	uint64_t slow_bytes;
	http_answer_fn *ended; /* exactly once, later, unless cancelled */
	void *arg;
};

struct wire { /* embedded in who calls; zeroed: no call */
	struct source *source;
	struct setup *setup; /* that it is made of; held until wire_cancel */
	struct wire_spec spec;
	struct http_call *call;
	struct upload *upload; /* instead of a call */
	int64_t sent_ms;       /* wall clock: just before the request left */
	struct token_want want;
	const char *token; /* that it was sent with, or waits for; NULL: none */
	int64_t generation; /* of token */
	unsigned tokens;    /* how many were got for it */
	bool renewed;	    /* one of them because of a 401 */
	struct buf moved;   /* where a redirect led to; empty: nowhere */
};

/*
 * Where the token cannot be had the answer has status 0 and an err: ERR_AUTH:
 * an admin has to act.
 *
 * On -1 there is no call: ERR_CONFIG and ERR_INVALID: the request cannot be
 * made; ERR_FORBIDDEN: the guard; ERR_TEMP, ERR_LIMIT: no room now. The source
 * is ready (source_look).
 */
int wire_start(struct wire *w, struct source *s, const struct wire_spec *spec,
	       struct err *err) MUST_CHECK;
void wire_cancel(struct wire *w); /* also to release what is held */
void wire_resume(struct wire *w); /* after HTTP_PAUSE */

/* Path of the uploaded file that was read to its end; NULL: none was. */
const char *wire_upload(const struct wire *w);

#endif

/*
 * Trying out a connection: calls of the manifest whose answers tell an admin
 * what works, what does not, and what to do about it. Pure: the fetcher does
 * the calls, in order, and may go on after one that fails.
 */
#ifndef PROVIDER_CHECK_H
#define PROVIDER_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "provider/fetch.h"
#include "provider/manifest.h"

#include <stdbool.h>
#include <stddef.h>

/* The manifest's checks, in the order in which they make sense. */
size_t check_count(const struct manifest *m);

/* Whether this connection needs it: "when" of the manifest. */
bool check_applies(const struct manifest *m, size_t i,
		   const struct fetch_context *ctx);

/* As fetch_one_request; also with missing_token. */
int check_request(const struct manifest *m, size_t i,
		  const struct fetch_context *ctx, struct arena *a,
		  struct fetch_request *out, struct err *err) MUST_CHECK;

#define CHECK_DETAIL_SIZE  ERR_TEXT_SIZE
#define CHECK_MAX_VERDICTS 9 /* of one check: itself, and what it expects */

/* Texts that are not in it are the manifest's. Nothing personal is in it. */
struct check_verdict {
	const char *name;  /* "sign-in" */
	const char *title; /* "Sign in" */
	bool ok;
	bool warning; /* not ok, but the connection can do without */
	char detail[CHECK_DETAIL_SIZE]; /* one sentence */
	const char *remedy;		/* what to do; NULL when it is ok */
};

/*
 * What an answer says: the check's own verdict, and, when that is ok, one for
 * each thing that it expects. Returns how many.
 */
size_t check_judge(const struct manifest *m, size_t i,
		   const struct fetch_context *ctx, int status, struct str body,
		   struct arena *a,
		   struct check_verdict out[static CHECK_MAX_VERDICTS]);

/*
 * There was no answer: the request could not be built, a token was not given,
 * nobody answered. why is what was found out.
 */
void check_failed(const struct manifest *m, size_t i, const struct err *why,
		  struct check_verdict *out);

#endif

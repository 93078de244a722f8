/*
 * Tokens that an HRIS gives out for a while: what to ask, what the answer
 * means, what to keep. Pure: the fetcher does the calls, one at a time for
 * each token, and keeps what came, sealed, before it is used: a refresh token
 * that rotates is lost with a crash in between.
 *
 *	access_plan      what is kept → how to ask
 *	access_request   → a call
 *	access_read      its answer → a grant to keep, or what to do
 */
#ifndef PROVIDER_ACCESS_H
#define PROVIDER_ACCESS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "provider/fetch.h"
#include "provider/manifest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The manifest's tokens: "main", "system". */
size_t access_count(const struct manifest *m);
const char *access_name(const struct manifest *m, size_t i);
bool access_find(const struct manifest *m, const char *name, size_t *out);

/* Whether the connection uses it: "when" of the manifest. */
bool access_applies(const struct manifest *m, size_t i,
		    const struct fetch_context *ctx);

/* Whether an admin has to consent in the browser before it can be had. */
bool access_needs_consent(const struct manifest *m, size_t i);

/* All of it is secret. Borrowed from an arena. */
struct access_grant {
	struct str token;
	int64_t expires_ms; /* wall clock: from then on it is refused */
	int64_t renew_ms;   /* a little before: get the next one */
	struct str refresh; /* gets the next one; empty: none */
};

#define ACCESS_GRANT_MAX 65536 /* bytes of a grant as text */

/* As text to be sealed and kept, and back. ERR_INVALID when it is not one. */
void access_encode(const struct access_grant *g, struct buf *out);
int access_decode(struct access_grant *out, struct arena *a, struct str text,
		  struct err *err) MUST_CHECK;

enum access_step {
	ACCESS_BEGIN,	/* by what the admin entered */
	ACCESS_REFRESH, /* by the refresh token that came last */
	ACCESS_CODE	/* by an admin's consent */
};

struct access_ask {
	enum access_step step;
	struct str refresh; /* of ACCESS_REFRESH */
	struct str code;    /* of ACCESS_CODE, and as it was begun: */
	struct str redirect_uri;
	struct str verifier; /* empty: without PKCE */
};

/* kept: what access_read gave last; NULL: nothing, or it was refused. */
struct access_ask access_plan(const struct manifest *m, size_t i,
			      const struct access_grant *kept);

/*
 * ERR_AUTH when an admin has to consent first; ERR_CONFIG as fetch.h says. A
 * token's call never needs a token.
 */
int access_request(const struct manifest *m, size_t i,
		   const struct fetch_context *ctx,
		   const struct access_ask *ask, struct arena *a,
		   struct fetch_request *out, struct err *err) MUST_CHECK;

enum access_outcome {
	ACCESS_GRANTED,	  /* *out is set: keep it */
	ACCESS_AGAIN,	  /* what was kept is no good any more: forget it and
			     plan again */
	ACCESS_REFUSED,	  /* an admin has to do something: stop */
	ACCESS_LATER,	  /* a fault or a limit of the HRIS */
	ACCESS_UNREADABLE /* not what the manifest says */
};

/*
 * err is filled for all but ACCESS_GRANTED, without a secret. *out is good
 * from ctx->now_ms on.
 */
enum access_outcome access_read(const struct manifest *m, size_t i,
				const struct fetch_context *ctx,
				const struct access_ask *ask, int status,
				struct str body, struct arena *a,
				struct access_grant *out, struct err *err);

/* ---------------------------------------------------------------- consent */

#define ACCESS_VERIFIER_SIZE 44 /* with its NUL */

/* A new PKCE verifier (RFC 7636): keep it, secret, until the code comes. */
void access_new_verifier(char out[static ACCESS_VERIFIER_SIZE]);

/*
 * Where to send an admin's browser. state comes back with the code and must
 * then be the same. verifier is used when the manifest asks for PKCE. The
 * address is in the arena.
 */
int access_consent_url(const struct manifest *m, size_t i,
		       const struct fetch_context *ctx, struct str redirect_uri,
		       struct str state, struct str verifier, struct arena *a,
		       const char **out, struct err *err) MUST_CHECK;

#endif

/*
 * OAuth2 authorization code with PKCE (RFC 6749, 7636, 9700): what ties the
 * browser that comes back from an HR system to the admin and the connection
 * that it left from. Once, and for AUTHORIZATION_MS.
 */
#ifndef REGISTRY_AUTHORIZATION_H
#define REGISTRY_AUTHORIZATION_H

#include "registry/registry.h"

#define AUTHORIZATION_MS       600000LL
#define AUTHORIZATION_TEXT_MAX 44 /* 43 letters of base64url and a NUL */

struct authorization_start {
	char state[AUTHORIZATION_TEXT_MAX];
	struct str verifier; /* sealed with SEAL_API */
};

/*
 * A new one; one of the same connection that was not used yet ends. The
 * verifier (RFC 7636) is sealed at once, for the fetcher alone. *out borrows
 * from a.
 */
int registry_start_authorization(const struct registry *r,
				 const struct registry_caller *who,
				 const struct connection *c,
				 struct str redirect_uri, int64_t now_ms,
				 struct arena *a,
				 struct authorization_start *out,
				 struct err *err) MUST_CHECK;

struct authorization {
	char connection[RANDOM_ID_SIZE];
	struct registry_caller who; /* its plan is not set */
	struct str redirect_uri;
	struct str verifier; /* sealed with SEAL_API */
};

/*
 * Use it: a second time it is not there. ERR_NOT_FOUND also for one that is
 * too old. *out borrows from a.
 */
int registry_take_authorization(struct db *db, struct str state, int64_t now_ms,
				struct arena *a, struct authorization *out,
				struct err *err) MUST_CHECK;

#endif

/*
 * What the fetcher gets from an HRIS and has to keep: tokens (OAuth2 refresh
 * tokens that are renewed with every use, sessions), webhooks that it made by
 * the API, and their secrets. All of it is sealed before it is stored.
 */
#ifndef REGISTRY_TOKEN_H
#define REGISTRY_TOKEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/seal.h"
#include "crypto/secret.h"
#include "db/db.h"
#include "registry/registry.h"

#include <stddef.h>
#include <stdint.h>

#define TOKEN_NAME_MAX	64    /* bytes */
#define TOKEN_MAX_BYTES 16384 /* of a value */

struct token {
	int64_t generation;   /* 0: there is none, and the rest is empty */
	struct secret *value; /* whatever the caller put, as bytes */
	/*
	 * The one before; NULL: none. An HRIS that did not hear that its
	 * answer arrived may still want this one.
	 */
	struct secret *previous;
	int64_t set_ms;
};

/* Needs the secret key of SEAL_API. The caller releases *out. */
int registry_get_token(struct db *db, const struct keyring *keys,
		       struct str connection, struct str name,
		       struct token *out, struct err *err) MUST_CHECK;
void token_release(struct token *t); /* twice is harmless */

struct token_write {
	struct str connection;
	struct str name;  /* as the manifest says, at most TOKEN_NAME_MAX */
	struct str value; /* at most TOKEN_MAX_BYTES */
	int64_t was;	  /* the generation to replace; 0: there was none */
	int64_t now_ms;
};

/*
 * Replace one token; what it was becomes the previous one, in the same
 * statement. *generation is the new one's. Needs a public key only.
 * ERR_CONFLICT when another fetcher was faster, or an admin entered other
 * credentials, which forget all tokens: read it again.
 */
int registry_put_token(struct db *db, const struct keyring *keys,
		       const struct token_write *w, int64_t *generation,
		       struct err *err) MUST_CHECK;

/* If it is still of that generation: it is of no use any more. */
int registry_drop_token(struct db *db, struct str connection, struct str name,
			int64_t was, struct err *err) MUST_CHECK;

/* --------------------------------------------------------- subscriptions */

#define SUBSCRIPTIONS_MAX     32 /* of a connection */
#define SUBSCRIPTION_ID_MAX   512
#define SUBSCRIPTION_NAME_MAX 64

/* A webhook that was made by the HRIS's API. */
struct subscription {
	struct str name;      /* the manifest's word for it; one each */
	struct str vendor_id; /* by which the HRIS removes it */
	int64_t made_ms;
};

/* The one of this name is replaced. */
int registry_put_subscription(struct db *db, struct str connection,
			      const struct subscription *s,
			      struct err *err) MUST_CHECK;

/* By name; *out borrows from a. */
int registry_list_subscriptions(struct db *db, struct str connection,
				struct arena *a, struct subscription **out,
				size_t *count, struct err *err) MUST_CHECK;

/* A connection with webhooks that are to be renewed. */
struct renewal {
	char connection[RANDOM_ID_SIZE];
	char organization[RANDOM_ID_SIZE];
	unsigned shard;
};

/*
 * Enabled connections of a provider with a webhook that was made before
 * made_before_ms, the oldest first; *count at most limit.
 */
int registry_list_renewals(struct db *db, struct str provider,
			   int64_t made_before_ms, size_t limit,
			   struct arena *a, struct renewal **out, size_t *count,
			   struct err *err) MUST_CHECK;

/* It need not be there. */
int registry_drop_subscription(struct db *db, struct str connection,
			       struct str name, struct err *err) MUST_CHECK;

/*
 * A webhook secret that the HRIS told: sealed for the receiver and published
 * (its generation grows). The one before stays valid for
 * CREDENTIAL_ROTATION_MS. ERR_CONFIG when the manifest has no such webhook
 * credential; ERR_NOT_FOUND when there is no such connection.
 */
int registry_capture_secret(const struct registry *r, struct str connection,
			    struct str field, struct str value,
			    struct err *err) MUST_CHECK;

#endif

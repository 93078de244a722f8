/*
 * Organizations, their admins and API tokens, connections and credentials.
 * The console writes them; the fetcher reads them; the receiver gets its part
 * through Redis (registry/routing.h) and never opens the database.
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "provider/manifest.h"
#include "provider/mapping.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

enum plan { PLAN_STARTER, PLAN_GROWTH, PLAN_ENTERPRISE, PLAN_COUNT };

const char *plan_name(enum plan p);
bool plan_find(struct str name, enum plan *out);
bool plan_has_hris(enum plan p); /* R20 */

/* One word of truth for state, in the API, the page and the metrics. */
enum connection_status {
	CONNECTION_DRAFT, /* made, not enabled yet */
	CONNECTION_ENABLED,
	CONNECTION_DISABLED, /* by an admin */
	CONNECTION_PAUSED,   /* by the plan */
	CONNECTION_DELETED,  /* only receivers see it, to forget it */
	CONNECTION_STATUS_COUNT
};

const char *connection_status_name(enum connection_status s);
bool connection_status_find(struct str name, enum connection_status *out);

struct registry_admin {
	char organization[RANDOM_ID_SIZE];
	char admin[RANDOM_ID_SIZE];
	char token[64]; /* "hrisd_…", shown once; wipe it after use */
};

/*
 * An organization and its admin, with an API token. ERR_CONFLICT when there is
 * one of this name; ERR_INVALID for a name or email that is none.
 */
int registry_init_org(struct db *db, struct str name, enum plan plan,
		      struct str email, struct registry_admin *out,
		      struct err *err) MUST_CHECK;

struct registry_caller {
	char organization[RANDOM_ID_SIZE];
	char admin[RANDOM_ID_SIZE];
	enum plan plan;
};

/* ERR_AUTH when the token is not known or was revoked. */
int registry_authenticate(struct db *db, struct str token,
			  struct registry_caller *out,
			  struct err *err) MUST_CHECK;

struct connection {
	char id[RANDOM_ID_SIZE]; /* unguessable: it is part of the URL */
	char organization[RANDOM_ID_SIZE];
	struct str provider;
	struct str name;
	struct str settings; /* JSON object of strings */
	struct str mapping;  /* JSON object; empty: the manifest's own */
	enum connection_status status;
	unsigned shard;
	int64_t created_ms;
	int64_t changed_ms;
	int64_t generation; /* grows with every change of any connection */
};

#define CONNECTIONS_MAX	       100 /* of an organization */
#define CONNECTION_NAME_MAX    200 /* bytes */
#define CREDENTIAL_MAX_BYTES   8192
#define CREDENTIAL_ROTATION_MS 86400000LL /* 24 h: the previous is good */

struct connection_draft {
	struct str provider;		/* ptr NULL in changes: it stays */
	struct str name;		/* ptr NULL: not said */
	const struct json *credentials; /* object of strings; NULL: not said */
	const struct json *settings;	/* object of strings; NULL: not said */
};

/* What the functions below that change a connection work with. */
struct registry {
	struct db *db;
	const struct keyring *keys; /* both public keys */
	const struct manifest_set *manifests;
	unsigned shards;
};

/*
 * A new draft, checked against its provider's manifest; what is in
 * draft->credentials is sealed. ERR_FORBIDDEN below the Growth plan (R20),
 * ERR_INVALID naming the member that is wrong, ERR_CONFLICT for one too many.
 * *c borrows from a.
 */
int registry_create_connection(const struct registry *r,
			       const char *organization,
			       const struct connection_draft *draft,
			       struct arena *a, struct connection *c,
			       struct err *err) MUST_CHECK;

/*
 * A name or settings that are there replace the old ones as a whole;
 * credentials replace field by field, null removes one. A new webhook secret
 * leaves the previous one valid for CREDENTIAL_ROTATION_MS. ERR_CONFLICT when
 * an enabled connection would lose what it needs.
 */
int registry_update_connection(const struct registry *r,
			       const char *organization, struct str id,
			       const struct connection_draft *changes,
			       struct arena *a, struct connection *c,
			       struct err *err) MUST_CHECK;

/*
 * To enable needs the plan (ERR_FORBIDDEN) and every credential and setting
 * that the manifest requires (ERR_CONFLICT, naming what is missing). What has
 * the status already stays as it is, its generation too.
 */
int registry_set_status(const struct registry *r, const char *organization,
			struct str id, enum connection_status status,
			struct arena *a, struct connection *c,
			struct err *err) MUST_CHECK;

/*
 * Its own mapping from now on; empty: the manifest's again. mapping is JSON
 * that the caller has checked (provider/mapping.h). Its generation grows, so
 * that who reads by the old one starts anew.
 */
int registry_put_mapping(const struct registry *r, const char *organization,
			 struct str id, struct str mapping, struct arena *a,
			 struct connection *c, struct err *err) MUST_CHECK;

/*
 * For good: credentials, tokens, settings, schedule and runs are removed at
 * once. What is left of the row tells receivers of it, once published; members
 * that came by the connection stay, with their history. What Redis knows of
 * its runs is run_forget's (queue/run.h).
 */
int registry_delete_connection(const struct registry *r,
			       const char *organization, struct str id,
			       struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND also for another organization's. NULL organization: any. */
int registry_get_connection(struct db *db, const char *organization,
			    struct str id, struct arena *a,
			    struct connection *c, struct err *err) MUST_CHECK;

/*
 * Ordered by id, after cursor (empty: from the start); *count is set to how
 * many, at most limit.
 */
int registry_list_connections(struct db *db, const char *organization,
			      struct str cursor, size_t limit, struct arena *a,
			      struct connection **out, size_t *count,
			      struct err *err) MUST_CHECK;

/*
 * Of all organizations, ordered by generation, those above it, deleted ones
 * too: what is to be published.
 */
int registry_list_changed(struct db *db, int64_t generation, size_t limit,
			  struct arena *a, struct connection **out,
			  size_t *count, struct err *err) MUST_CHECK;

/* One field of a connection's credentials, still sealed. */
struct credential {
	struct str field; /* as the manifest names it */
	enum seal_box box;
	struct str sealed;
	struct str previous; /* ptr NULL: none, or its time is over */
	int64_t previous_until_ms;
	int64_t set_ms;
};

/* Ordered by field; at most as many as a manifest has. */
int registry_list_credentials(struct db *db, struct str connection,
			      int64_t now_ms, struct arena *a,
			      struct credential **out, size_t *count,
			      struct err *err) MUST_CHECK;

/*
 * The API credentials, opened: a JSON object of strings, as text. Needs the
 * secret key of SEAL_API, so only the fetcher can.
 */
int registry_open_credentials(struct db *db, const struct keyring *keys,
			      struct str connection, struct secret **out,
			      struct err *err) MUST_CHECK;

#endif

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
	CONNECTION_STATUS_COUNT
};

const char *connection_status_name(enum connection_status s);

struct registry_admin {
	char organization[RANDOM_ID_SIZE];
	char admin[RANDOM_ID_SIZE];
	char token[64]; /* "hrisd_…", shown once; wipe it after use */
};

/* First organization and its admin, with an API token. ERR_CONFLICT: exists. */
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
	struct str settings; /* JSON object */
	enum connection_status status;
	unsigned shard;
	int64_t created_ms;
	int64_t changed_ms;
	int64_t generation; /* grows with every change of any connection */
};

struct connection_draft {
	struct str provider;
	struct str name;
	const struct json *credentials; /* object of strings; NULL: none */
	const struct json *settings;	/* object; NULL: {} */
};

/* Validates against the manifest; seals. c borrows from a. */
int registry_create_connection(struct db *db, const struct keyring *keys,
			       const struct manifest_set *manifests,
			       const char *organization, unsigned shards,
			       const struct connection_draft *draft,
			       struct arena *a, struct connection *c,
			       struct err *err) MUST_CHECK;

/*
 * name, settings and credentials that are there replace; others stay. A new
 * webhook secret leaves the previous one valid for 24 hours (rotation).
 */
int registry_update_connection(struct db *db, const struct keyring *keys,
			       const struct manifest_set *manifests,
			       const char *organization, struct str id,
			       const struct connection_draft *changes,
			       struct arena *a, struct connection *c,
			       struct err *err) MUST_CHECK;

int registry_set_status(struct db *db, const char *organization, struct str id,
			enum connection_status status, struct arena *a,
			struct connection *c, struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND also for another organization's. NULL organization: any. */
int registry_get_connection(struct db *db, const char *organization,
			    struct str id, struct arena *a,
			    struct connection *c, struct err *err) MUST_CHECK;

/* Ordered by id, after cursor; *count is set to how many, at most limit. */
int registry_list_connections(struct db *db, const char *organization,
			      struct str cursor, size_t limit, struct arena *a,
			      struct connection **out, size_t *count,
			      struct err *err) MUST_CHECK;

/*
 * The API credentials, opened: a JSON object as text. Needs the secret key of
 * SEAL_API, so only the fetcher can.
 */
int registry_open_credentials(struct db *db, const struct keyring *keys,
			      struct str connection, struct secret **out,
			      struct err *err) MUST_CHECK;

#endif

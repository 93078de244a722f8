/*
 * Connections as a receiver needs them: routes with their manifest found and
 * their secrets opened, ready to check a signature.
 */
#ifndef RECEIVER_LIVE_H
#define RECEIVER_LIVE_H

#include "base/map.h"
#include "bucket.h"
#include "crypto/seal.h"
#include "provider/manifest.h"
#include "provider/webhook.h"
#include "registry/routing.h"

/* What is counted for a connection, however often it is built anew. */
struct live_limits {
	struct bucket taken;	/* deliveries that were verified */
	struct bucket asked;	/* questions to Redis about it */
	struct bucket captured; /* tokens to be confirmed */
	int64_t quiet_until_ms; /* monotonic: no more is logged about it */
};

struct live_route {
	char connection[RANDOM_ID_SIZE];
	char organization[RANDOM_ID_SIZE];
	enum connection_status status;
	unsigned shard;
	const struct manifest *manifest; /* NULL: not installed here */
	struct webhook_keys *keys;	 /* NULL: secrets missing or damaged */
	char *settings;			 /* a JSON object; NULL: none are set */
	size_t settings_len;
	struct mapping *mapping;   /* its own; or NULL */
	int64_t previous_until_ms; /* 0: no rotation under way */
	char *source; /* the route as published: to build anew on reload */
	size_t source_len;
	struct live_limits limits;
};

struct live_routes {
	const struct keyring *keys;
	struct manifest_set *manifests; /* this reference is ours */
	struct map by_connection;
	struct bucket_rate rate; /* of each connection; at first no limit */
	struct bucket asked;	 /* questions about connections not known */
};

void live_init(struct live_routes *l, const struct keyring *keys,
	       struct manifest_set *manifests);
void live_release(struct live_routes *l);

/*
 * A route is new, has changed, or was deleted. Logs what is wrong with it.
 */
void live_put(struct live_routes *l, const struct route *r, int64_t now_ms);

size_t live_count(const struct live_routes *l);

/*
 * NULL when unknown. Drops a previous secret whose time is over, hence not
 * const.
 */
struct live_route *live_find(struct live_routes *l, struct str connection,
			     int64_t now_ms);

/* Build every route anew against other manifests, whose reference it takes. */
void live_reload(struct live_routes *l, struct manifest_set *manifests,
		 int64_t now_ms);

#endif

/*
 * What a receiver must know of each connection, carried by Redis: the console
 * publishes it after each change, receivers read it. So the receiver takes
 * webhooks without a database, and knows no API credential.
 *
 * {hrisd}:routes            hash: connection id → route as JSON
 * {hrisd}:routes:changed    sorted set: connection id by generation
 */
#ifndef REGISTRY_ROUTING_H
#define REGISTRY_ROUTING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "queue/queue.h"
#include "registry/registry.h"

/* As published. Secrets are sealed to the receiver's key. */
struct route {
	struct str connection;
	struct str organization;
	struct str provider;
	enum connection_status status;
	unsigned shard;
	int64_t generation;
	/*
	 * Webhook credentials: a JSON object, field name → base64 of the value
	 * sealed with SEAL_WEBHOOK. Each field is sealed alone, so that the
	 * console can replace one without opening the others.
	 */
	struct str sealed;
	/* Of the fields that were rotated: the values before; empty: none. */
	struct str sealed_previous;
	int64_t previous_until_ms; /* when the last of these ends */
};

void route_encode(const struct route *r, struct buf *out);
int route_decode(struct route *r, struct arena *a, struct str text,
		 struct err *err) MUST_CHECK;

/* ---------------------------------------------------------- console side */

struct route_publisher;

/*
 * Keeps Redis true: on connect, on route_publish, and every few seconds it
 * writes every connection whose generation is above the last one published.
 */
struct route_publisher *route_publisher_new(struct loop *loop, struct queue *q,
					    struct db *db);
void route_publisher_free(struct route_publisher **p);

/* Something changed: publish now; fn (may be NULL) when Redis has it. */
void route_publish(struct route_publisher *p, queue_done_fn *fn, void *arg);

/* --------------------------------------------------------- receiver side */

struct route_table;

struct route_table_ops {
	/* A route is new or changed; borrowed for the call. */
	void (*changed)(const struct route *r, void *arg);
	/* The first whole read is in. */
	void (*loaded)(void *arg);
	void *arg;
};

/*
 * Reads everything when the queue becomes ready, then asks every 500 ms for
 * what changed: the cost does not grow with what does not change.
 */
struct route_table *route_table_new(struct loop *loop, struct queue *q,
				    const struct route_table_ops *ops);
void route_table_free(struct route_table **t);

/*
 * Ask for one route now: a connection made a moment ago. ops.changed is called
 * before fn when there is one.
 */
int route_table_ask(struct route_table *t, struct str connection,
		    queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif

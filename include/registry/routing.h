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
	/* A JSON object of texts: some say how webhooks are signed. */
	struct str settings;
	/* Its own mapping, for records that webhooks bring; empty: none. */
	struct str mapping;
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

#define ROUTE_TEXT_MAX 65536 /* bytes of a route as JSON */

/* Appends one JSON object; check out for whether it fitted. */
void route_encode(const struct route *r, struct buf *out);

/* *r borrows from a. ERR_INVALID when text is not what route_encode writes. */
int route_decode(struct route *r, struct arena *a, struct str text,
		 struct err *err) MUST_CHECK;

/* ---------------------------------------------------------- console side */

struct route_publisher;

/*
 * Keeps Redis true: at first, every few seconds, and on route_publish it asks
 * Redis for the newest generation there and writes every connection above it.
 * So a Redis that was flushed is filled again, and one that is ahead of the
 * database (which was restored from a backup) is emptied first. Several
 * publishers may run: an older state never replaces a newer one.
 *
 * q and db must live longer than the publisher; q is freed after it, by the
 * same role, so that what is under way ends.
 */
struct route_publisher *route_publisher_new(struct loop *loop, struct queue *q,
					    struct db *db);

/* Callbacks waiting get ERR_UNCERTAIN, from within this call. */
void route_publisher_free(struct route_publisher **p);

#define ROUTE_PUBLISH_WAITING_MAX 1024

/*
 * Something changed: publish now. fn (may be NULL) is called later, when Redis
 * has all that was committed before this call, or with why it has not; past
 * ROUTE_PUBLISH_WAITING_MAX, at once with ERR_TEMP.
 */
void route_publish(struct route_publisher *p, queue_done_fn *fn, void *arg);

/* --------------------------------------------------------- receiver side */

struct route_table;

struct route_table_ops {
	/* A route is new or changed, or read again; borrowed for the call. */
	void (*changed)(const struct route *r, void *arg);
	/* A whole read is in: the first, or one after Redis was flushed. */
	void (*loaded)(void *arg);
	void *arg;
};

/*
 * Reads everything when the queue is ready, then asks every 500 ms for what
 * changed: the cost does not grow with what does not change. When generations
 * went back (Redis was flushed or replaced) it reads everything again; a route
 * that is no longer there is not reported, so that a flush takes nothing from
 * a receiver that runs.
 *
 * q must live longer; it is freed after the table, by the same role.
 */
struct route_table *route_table_new(struct loop *loop, struct queue *q,
				    const struct route_table_ops *ops);

/* No ops are called any more; callbacks of route_table_ask still are. */
void route_table_free(struct route_table **t);

/*
 * Ask for one route now: a connection made a moment ago. ops.changed is called
 * before fn when there is one. -1 as for queue_command; fn is not called then.
 */
int route_table_ask(struct route_table *t, struct str connection,
		    queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif

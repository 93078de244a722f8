/*
 * One webhook, from request to answer. The decisions stand here and know
 * neither sockets nor Redis: the outside world is delivery_ops, which tests
 * replace.
 */
#ifndef RECEIVER_DELIVERY_H
#define RECEIVER_DELIVERY_H

#include "base/arena.h"
#include "base/buf.h"
#include "live.h"
#include "provider/webhook.h"
#include "queue/queue.h"

/* A delivery id is remembered this long: the longest retry plan of a sender
 * (Standard Webhooks: 75.6 h). */
#define DELIVERY_ONCE_MS (76LL * 3600 * 1000)

/* What the HTTP side needs to answer. */
struct verdict {
	int status;
	const char *detail;	  /* of a problem; NULL with a 2xx */
	int64_t retry_ms;	  /* to come back after; 0: nothing is known */
	const char *content_type; /* of body; NULL: no body */
	struct str body;	  /* borrowed until the next delivery */
};

enum decision {
	DECISION_ANSWER, /* verdict is set */
	DECISION_QUEUE,	 /* accept is set: answer when the queue has it */
	DECISION_ASK	 /* before refusing: ask Redis for the connection */
};

/*
 * Questions to Redis before a refusal: a forged delivery that is asked about
 * costs three times what a genuine one does, and anybody can send it. Of one
 * connection, and of all that are not known; a receiver that starts may meet
 * many genuine ones before it has read its connections.
 */
#define DELIVERY_ASKS_PER_SECOND 50
#define DELIVERY_ASKS_BURST	 500

/* Tokens that an HRIS sends to be confirmed, of one connection. */
#define DELIVERY_TOKENS_PER_SECOND 1
#define DELIVERY_TOKENS_BURST	   5

struct delivery_work {
	struct live_routes *routes;
	struct arena *arena; /* cleared for each delivery */
	struct buf *text;    /* of the items to queue; the same */
	int64_t mono_ms;     /* now, for limits */
	bool asked;	     /* this connection was asked for already */
};

struct delivery {
	struct verdict verdict;
	struct queue_accept accept; /* borrows from the arena and text */
	int success_status;
	size_t changes;
	size_t lookups;
	bool dead; /* verified, but not what the manifest says */
	bool ignored;
};

/*
 * Decide on one request. Counts what it refuses; what it queues is counted by
 * delivery_queued.
 */
enum decision delivery_decide(struct delivery *d, struct delivery_work *w,
			      struct str connection, const struct webhook *wh);

/* The queue has spoken: count, and set the verdict. */
void delivery_queued(struct delivery *d, enum queue_accepted how,
		     const struct err *err);

#endif

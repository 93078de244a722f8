/*
 * What one shard has applied and Redis has not confirmed as acknowledged.
 * Acknowledging is repeated until it is confirmed: an entry that is forgotten
 * here is delivered again and again, and comes closer to the dead letters each
 * time, though nothing is wrong with it. Knows neither Redis nor the loop:
 * they are behind acks_ops, and tests bring fakes.
 */
#ifndef PROVISIONER_ACKS_H
#define PROVISIONER_ACKS_H

#include "base/err.h"
#include "queue/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Entries that may wait to be acknowledged: past it nothing more is taken. */
enum { ACKS_MAX = 8 * QUEUE_BATCH_MAX };

struct acks;

struct acks_ops {
	/* The oldest count of them. 0: exactly one acks_sent follows, later. */
	int (*send)(struct acks *a, size_t count, struct err *err);
	/* acks_again in ms. */
	void (*wait)(struct acks *a, int64_t ms);
	/* So many are confirmed. */
	void (*confirmed)(struct acks *a, size_t count);
};

struct ack_id {
	unsigned char len;
	char text[QUEUE_ID_MAX];
};

struct acks {
	const struct acks_ops *ops;
	struct ack_id *ids; /* the oldest first */
	size_t count;
	size_t cap;
	size_t under_way; /* the oldest of them: sent, not answered */
	unsigned tries;	  /* in a row that failed */
};

void acks_init(struct acks *a, const struct acks_ops *ops);
void acks_release(struct acks *a);

/* Is there room for one batch more, whatever its size? */
bool acks_have_room(const struct acks *a);

/* Redis did not take the last ones: they are sent again, with back-off. */
bool acks_are_refused(const struct acks *a);

bool acks_have(const struct acks *a, struct str id);

/* From the oldest on; i below count. Borrowed until acks_add or acks_sent. */
struct str acks_id(const struct acks *a, size_t i);

/* An entry was applied; there is room. acks_send then. */
void acks_add(struct acks *a, struct str id);

/* Unless some are under way, or refused: those go first. */
void acks_send(struct acks *a);

/* How the last send ended. */
void acks_sent(struct acks *a, const struct err *err);

/* What ops->wait asked for. */
void acks_again(struct acks *a);

#endif

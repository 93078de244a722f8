/* One webhook on its way, and the queue ordered by when it is due. */
#ifndef SANDBOX_DELIVERY_H
#define SANDBOX_DELIVERY_H

#include "sender.h"

struct http_call;

struct delivery {
	struct { /* what must not be under way twice; a map's key */
		unsigned subscription;
		uint32_t n;
	} key;
	struct sender *sender;
	struct subscription *sub;
	uint64_t id;
	uint64_t order; /* among those due at once */
	int64_t due_ms; /* on the monotonic clock */
	const char *event;
	int64_t version;
	unsigned attempt; /* of the next or current call, from 1 */
	bool duplicate, reordered, bad_signature;
	struct http_call *call;
	struct delivery *behind; /* next for the same key, while under way */
	size_t body_len;
	char body[]; /* of body_len bytes */
};

/* A heap; the caller owns what is in it. */
struct schedule {
	struct delivery **items;
	size_t len, cap;
};

void schedule_add(struct schedule *s, struct delivery *d);
struct delivery *schedule_first(const struct schedule *s); /* NULL: empty */
struct delivery *schedule_take(struct schedule *s);
void schedule_release(struct schedule *s); /* frees the items too */

#endif

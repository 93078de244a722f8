/*
 * Commands that Redis has not answered yet. It answers in the order in which
 * they were given, so this is a ring; it grows up to its limit and is never
 * given back, so that a command costs no allocation.
 */
#ifndef QUEUE_WAITERS_H
#define QUEUE_WAITERS_H

#include "queue/queue.h"
#include "queue/run.h"

struct redisReply;
struct waiter;

/*
 * reply is NULL when the connection broke (ERR_UNCERTAIN); it is there, but of
 * no use, when err is another error than ERR_NONE. Never called from within
 * the call that gave the command.
 */
typedef void waiter_fn(struct queue *q, const struct waiter *w,
		       const struct redisReply *reply, const struct err *err);

struct waiter {
	waiter_fn *fn; /* puts the reply into the caller's terms */
	union {
		queue_accept_fn *accept;
		queue_done_fn *done;
		queue_lag_fn *lag;
		queue_value_fn *value;
		run_lease_fn *lease;
		run_begin_fn *begin;
		run_page_fn *page;
		run_digests_fn *digests;
		run_absent_fn *absent;
	} cb; /* the caller's, which fn knows */
	void *arg;
	int64_t due_ms; /* on the monotonic clock */
	size_t bytes;	/* of the command */
};

struct waiters {
	struct waiter *ring;
	size_t cap; /* a power of two, or 0 */
	size_t head;
	size_t len;
	size_t bytes; /* of all commands in it */
};

void waiters_release(struct waiters *ws);

/*
 * Add at the end. Redis answers it after those before it, so it is due no
 * earlier than they are.
 */
void waiters_push(struct waiters *ws, const struct waiter *w);

/* The oldest; NULL when there is none. Valid until the next push. */
const struct waiter *waiters_first(const struct waiters *ws);

/* Take the oldest out; there must be one. */
struct waiter waiters_pop(struct waiters *ws);

#endif

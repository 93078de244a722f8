/*
 * One connection to Redis that comes back by itself: connect, back off and
 * try again; one write per turn of the loop; a deadline for every reply. What
 * it is used for, queue.c knows.
 */
#ifndef QUEUE_CONN_H
#define QUEUE_CONN_H

#include "loop/loop.h"
#include "queue/queue.h"
#include "url.h"
#include "waiters.h"

struct redisAsyncContext;

enum conn_state {
	CONN_DOWN, /* until the retry timer */
	CONN_CONNECTING,
	CONN_UP,
	CONN_DRAINING /* takes no command; goes down after the last reply */
};

/* down may come from within any function here: it only takes note. */
struct conn_ops {
	void (*up)(struct queue *q);
	/* It cannot be used any more; again when more is known of the why. */
	void (*down)(struct queue *q, const char *why);
};

struct conn {
	struct loop *loop;
	struct queue *queue;
	const struct conn_ops *ops;
	const struct queue_url *url;
	int64_t command_ms;
	size_t max_waiting;
	size_t max_bytes;

	enum conn_state state;
	struct redisAsyncContext *redis; /* NULL when there is none */
	struct loop_io io;
	struct loop_task came_up;
	struct loop_task flush;
	bool flushing;

	struct waiters waiters;
	struct loop_timer deadline; /* set while anything is due */
	bool ticking;
	int64_t connect_due_ms;

	struct loop_task retry_soon;
	struct loop_timer retry;
	int64_t backoff_ms; /* longest wait before the next try */
	bool calling;	    /* a waiter_fn is on the stack */
};

/* The caller has set loop, queue, ops, url and the limits. */
void conn_start(struct conn *c);

/* What waits gets ERR_UNCERTAIN from within this call. */
void conn_release(struct conn *c);

/*
 * Give one command, in RESP. Its reply is due after patience_ms more than
 * command_ms. ERR_TEMP: not connected, or too many wait; w->fn is then not
 * called. Copies *w.
 */
int conn_send(struct conn *c, struct str command, const struct waiter *w,
	      int64_t patience_ms, struct err *err) MUST_CHECK;

/* Give it up now; what waits gets ERR_UNCERTAIN. Then it connects anew. */
void conn_drop(struct conn *c, const char *why);

/* Let what waits get its replies, but take no more; then connect anew. */
void conn_drain(struct conn *c, const char *why);

/* It proved good: the next failure is tried again at once. */
void conn_settled(struct conn *c);

#endif

/* The lease of a run, and the run itself: begun, looked at, ended. */
#include "run_call.h"

#include "base/assert.h"

int run_check(const struct queue *q, struct str connection, struct err *err)
{
	if (queue_check_ready(q, err) < 0)
		return -1;
	if (connection.len == 0 || connection.len > RUN_CONNECTION_MAX)
		return err_set(err, ERR_LIMIT,
			       "a connection's id has 1 to %d bytes",
			       RUN_CONNECTION_MAX);
	return 0;
}

int run_begin_call(struct queue *q, const struct run_place *p,
		   const char *function, size_t keys, size_t args,
		   struct err *err)
{
	if (run_check(q, p->connection, err) < 0)
		return -1;
	queue_begin_call(q, function, keys, args);
	queue_add_key(q, p->shard, "lease:", p->connection);
	return 0;
}

void run_add_fence(struct queue *q, const struct run_place *p)
{
	resp_int(&q->out, (int64_t)p->fence);
}

/* ----------------------------------------------------------------- lease */

/* [fence, ms] */
static void on_lease(struct queue *q, const struct waiter *w,
		     const redisReply *r, const struct err *err)
{
	struct err why = *err;

	(void)q;
	reply_want(r, REDIS_REPLY_ARRAY, &why);
	if (why.kind)
		r = NULL;
	w->cb.lease((uint64_t)reply_int(reply_at(r, 0)),
		    reply_int(reply_at(r, 1)), &why, w->arg);
}

int run_lease_take(struct queue *q, unsigned shard, struct str connection,
		   struct str owner, int64_t ttl_ms, run_lease_fn *fn,
		   void *arg, struct err *err)
{
	const struct run_place p = { .shard = shard, .connection = connection };
	struct waiter w = { .fn = on_lease, .cb.lease = fn, .arg = arg };

	ASSERT(ttl_ms > 0 && owner.len && !memchr(owner.ptr, ' ', owner.len));
	if (run_begin_call(q, &p, FUNCTION_PREFIX "lease_take", 2, 2, err) < 0)
		return -1;
	queue_add_key(q, shard, "fence", str_none());
	resp_str(&q->out, owner);
	resp_int(&q->out, ttl_ms);
	return queue_send(q, &w, err);
}

int run_lease_keep(struct queue *q, const struct run_place *p, int64_t ttl_ms,
		   queue_done_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };

	ASSERT(ttl_ms > 0);
	if (run_begin_call(q, p, FUNCTION_PREFIX "lease_keep", 1, 2, err) < 0)
		return -1;
	run_add_fence(q, p);
	resp_int(&q->out, ttl_ms);
	return queue_send(q, &w, err);
}

int run_lease_drop(struct queue *q, const struct run_place *p,
		   queue_done_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };

	if (run_begin_call(q, p, FUNCTION_PREFIX "lease_drop", 1, 1, err) < 0)
		return -1;
	run_add_fence(q, p);
	return queue_send(q, &w, err);
}

/* ------------------------------------------------------------------- run */

/* An integer of a function is one; a command gives what a hash has: text. */
static uint64_t number_of(const redisReply *r)
{
	int64_t n = reply_int(r);

	(void)str_to_i64(reply_str(r), &n);
	return (uint64_t)n;
}

/* [id, number, progress] */
static void on_run(struct queue *q, const struct waiter *w, const redisReply *r,
		   const struct err *err)
{
	struct err why = *err;

	(void)q;
	reply_want(r, REDIS_REPLY_ARRAY, &why);
	if (why.kind)
		r = NULL;
	w->cb.begin(reply_str(reply_at(r, 0)), number_of(reply_at(r, 1)),
		    reply_str(reply_at(r, 2)), &why, w->arg);
}

int run_begin(struct queue *q, const struct run_place *p, struct str run,
	      run_begin_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = on_run, .cb.begin = fn, .arg = arg };

	if (run_begin_call(q, p, FUNCTION_PREFIX "run_begin", 2, 2, err) < 0)
		return -1;
	queue_add_key(q, p->shard, "run:", p->connection);
	run_add_fence(q, p);
	resp_str(&q->out, run);
	return queue_send(q, &w, err);
}

int run_end(struct queue *q, const struct run_place *p, struct str run,
	    queue_done_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };

	if (run_begin_call(q, p, FUNCTION_PREFIX "run_end", 2, 2, err) < 0)
		return -1;
	queue_add_key(q, p->shard, "run:", p->connection);
	run_add_fence(q, p);
	resp_str(&q->out, run);
	return queue_send(q, &w, err);
}

int run_progress(struct queue *q, unsigned shard, struct str connection,
		 run_begin_fn *fn, void *arg, struct err *err)
{
	static const char *const fields[] = { "id", "number", "progress" };
	struct waiter w = { .fn = on_run, .cb.begin = fn, .arg = arg };

	if (run_check(q, connection, err) < 0)
		return -1;
	queue_begin(q, 2 + ARRAY_LEN(fields));
	resp_z(&q->out, "HMGET");
	queue_add_key(q, shard, "run:", connection);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		resp_z(&q->out, fields[i]);
	return queue_send(q, &w, err);
}

/* The list may be long: UNLINK gives its memory back beside other work. */
int run_forget(struct queue *q, unsigned shard, struct str connection,
	       queue_done_fn *fn, void *arg, struct err *err)
{
	static const char *const kinds[] = { "lease:", "run:", "seen:" };
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };

	if (run_check(q, connection, err) < 0)
		return -1;
	queue_begin(q, 1 + ARRAY_LEN(kinds));
	resp_z(&q->out, "UNLINK");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		queue_add_key(q, shard, kinds[i], connection);
	return queue_send(q, &w, err);
}

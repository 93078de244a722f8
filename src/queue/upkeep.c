/* Looking after a stream: how far behind it is, and trimming it. */
#include "core.h"

#include "base/clock.h"

int queue_trim(struct queue *q, unsigned shard, enum queue_stream stream,
	       queue_done_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };
	const char *group = queue_stream_group(stream);
	char key[QUEUE_KEY_SIZE];

	if (!group)
		return err_set(err, ERR_BUG,
			       "nothing acknowledges the stream %s",
			       queue_stream_name(stream));
	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin_call(q, FUNCTION_PREFIX "trim", 1, 1);
	resp_z(&q->out, queue_stream_key(key, shard, stream));
	resp_z(&q->out, group);
	return queue_send(q, &w, err);
}

/* An entry's id begins with the ms since 1970 at which Redis appended it. */
static int64_t age_of(struct str id)
{
	struct str ms;
	int64_t then, age;

	(void)str_cut(&id, '-', &ms);
	if (!str_to_i64(ms, &then))
		return 0;
	age = clock_wall_ms() - then;
	return age > 0 ? age : 0;
}

/* [length, pending, behind, id of the oldest] */
static void on_lag(struct queue *q, const struct waiter *w, const redisReply *r,
		   const struct err *err)
{
	struct queue_lag lag = { 0 };
	struct err why = *err;

	(void)q;
	reply_want(r, REDIS_REPLY_ARRAY, &why);
	if (!why.kind)
		lag = (struct queue_lag){
			.length = reply_int(reply_at(r, 0)),
			.pending = reply_int(reply_at(r, 1)),
			.behind = reply_int(reply_at(r, 2)),
			.oldest_ms = age_of(reply_str(reply_at(r, 3))),
		};
	w->cb.lag(&lag, &why, w->arg);
}

int queue_lag(struct queue *q, unsigned shard, enum queue_stream stream,
	      const char *group, queue_lag_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = on_lag, .cb.lag = fn, .arg = arg };
	char key[QUEUE_KEY_SIZE];

	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin_call(q, FUNCTION_PREFIX "lag", 1, 1);
	resp_z(&q->out, queue_stream_key(key, shard, stream));
	resp_z(&q->out, group);
	return queue_send(q, &w, err);
}

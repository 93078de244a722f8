/* Appending: accept a delivery, bury an entry. */
#include "core.h"

#include "base/assert.h"

static void on_accepted(struct queue *q, const struct waiter *w,
			const redisReply *r, const struct err *err)
{
	struct err copy = *err;

	(void)q;
	reply_want(r, REDIS_REPLY_INTEGER, &copy);
	w->cb.accept(reply_int(r) == 1 ? QUEUE_NEW : QUEUE_DUPLICATE, &copy,
		     w->arg);
}

static void write_once_key(struct queue *q, const struct queue_accept *a)
{
	char key[QUEUE_KEY_SIZE + QUEUE_ONCE_ID_MAX];
	const struct str kind = STR("once:");
	size_t len = queue_key_start(key, a->shard);

	memcpy(key + len, kind.ptr, kind.len);
	len += kind.len;
	if (a->once_id.len)
		memcpy(key + len, a->once_id.ptr, a->once_id.len);
	resp_str(&q->out, (struct str){ key, len + a->once_id.len });
}

static void write_streams(struct queue *q, const struct queue_accept *a)
{
	char key[QUEUE_KEY_SIZE];

	for (size_t i = 0; i < a->count; i++)
		resp_z(&q->out,
		       queue_stream_key(key, a->shard, a->items[i].stream));
}

static void write_events(struct queue *q, const struct queue_accept *a)
{
	resp_int(&q->out, a->once_id.len ? a->once_ms : 0);
	for (size_t i = 0; i < a->count; i++)
		resp_str(&q->out, a->items[i].event);
}

/* Keys, then arguments, as accept in functions.lua wants. */
static void write_accept(struct queue *q, const struct queue_accept *a)
{
	queue_begin_call(q, FUNCTION_PREFIX "accept", 1 + a->count,
			 1 + a->count);
	write_once_key(q, a);
	write_streams(q, a);
	write_events(q, a);
}

/* As accept_read in functions.lua wants. */
static void write_accept_read(struct queue *q, const struct queue_accept *a)
{
	queue_begin_call(q, FUNCTION_PREFIX "accept_read", 3 + a->count,
			 2 + 2 * a->count);
	write_once_key(q, a);
	queue_add_key(q, a->shard, "seen:", a->connection);
	queue_add_key(q, a->shard, "run:", a->connection);
	write_streams(q, a);
	write_events(q, a);
	resp_int(&q->out, a->received_ms);
	for (size_t i = 0; i < a->count; i++)
		resp_str(&q->out, a->persons[i]);
}

static bool brings_a_state(const struct queue_accept *a)
{
	for (size_t i = 0; a->persons && i < a->count; i++)
		if (a->persons[i].len)
			return true;
	return false;
}

int queue_accept(struct queue *q, const struct queue_accept *a,
		 queue_accept_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = on_accepted, .cb.accept = fn, .arg = arg };

	ASSERT(a->once_id.len == 0 || a->once_ms > 0);
	if (queue_check_ready(q, err) < 0)
		return -1;
	if (a->once_id.len > QUEUE_ONCE_ID_MAX)
		return err_set(err, ERR_LIMIT,
			       "the delivery's id is longer than %d bytes",
			       QUEUE_ONCE_ID_MAX);
	if (a->count > QUEUE_ITEMS_MAX)
		return err_set(err, ERR_LIMIT,
			       "the delivery has more than %d events",
			       QUEUE_ITEMS_MAX);
	if (brings_a_state(a))
		write_accept_read(q, a);
	else
		write_accept(q, a);
	return queue_send(q, &w, err);
}

int queue_bury(struct queue *q, const struct queue_reader *r,
	       const struct queue_entry *entry, const char *reason,
	       queue_done_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };
	char key[QUEUE_KEY_SIZE];
	struct buf *b = &q->out;

	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin_call(q, FUNCTION_PREFIX "bury", 2, 6);
	resp_z(b, queue_stream_key(key, r->shard, r->stream));
	resp_z(b, queue_stream_key(key, r->shard, QUEUE_DEAD));
	resp_z(b, r->group);
	resp_str(b, entry->id);
	resp_str(b, entry->event);
	resp_z(b, reason);
	resp_int(b, (int64_t)entry->deliveries);
	resp_z(b, queue_stream_name(r->stream));
	return queue_send(q, &w, err);
}

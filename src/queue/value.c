/* Replies, for callers that must not know hiredis. */
#include "core.h"

#include "base/assert.h"

#include <stdio.h>

/* A queue_value is a redisReply that nobody outside can look into. */
static const redisReply *reply_of(const struct queue_value *v)
{
	return (const redisReply *)(const void *)v;
}

bool queue_value_is_nil(const struct queue_value *v)
{
	return !v || reply_of(v)->type == REDIS_REPLY_NIL;
}

int64_t queue_value_int(const struct queue_value *v)
{
	return reply_int(reply_of(v));
}

struct str queue_value_str(const struct queue_value *v)
{
	return reply_str(reply_of(v));
}

size_t queue_value_count(const struct queue_value *v)
{
	return reply_count(reply_of(v));
}

const struct queue_value *queue_value_at(const struct queue_value *v, size_t i)
{
	return (const void *)reply_at(reply_of(v), i);
}

int64_t reply_int(const redisReply *r)
{
	return r && r->type == REDIS_REPLY_INTEGER ? r->integer : 0;
}

size_t reply_count(const redisReply *r)
{
	return r && r->type == REDIS_REPLY_ARRAY ? r->elements : 0;
}

const redisReply *reply_at(const redisReply *r, size_t i)
{
	return i < reply_count(r) ? r->element[i] : NULL;
}

struct str reply_str(const redisReply *r)
{
	if (!r ||
	    (r->type != REDIS_REPLY_STRING && r->type != REDIS_REPLY_STATUS))
		return (struct str){ 0 };
	return (struct str){ r->str, r->len };
}

void reply_want(const redisReply *r, int type, struct err *err)
{
	if (err->kind == ERR_NONE && r->type != type)
		err_fill(err, ERR_BUG, "Redis gave a reply of type %d, not %d",
			 r->type, type);
}

static void on_value(struct queue *q, const struct waiter *w,
		     const redisReply *reply, const struct err *err)
{
	(void)q;
	w->cb.value(err->kind ? NULL : (const void *)reply, err, w->arg);
}

int queue_command(struct queue *q, const struct str *words, size_t count,
		  queue_value_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = on_value, .cb.value = fn, .arg = arg };

	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin(q, count);
	for (size_t i = 0; i < count; i++)
		resp_str(&q->out, words[i]);
	return queue_send(q, &w, err);
}

int queue_call(struct queue *q, const char *function, const struct str *keys,
	       size_t key_count, const struct str *args, size_t arg_count,
	       queue_value_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = on_value, .cb.value = fn, .arg = arg };
	char name[64];
	int len = snprintf(name, sizeof(name), FUNCTION_PREFIX "%s", function);

	ASSERT(len > 0 && (size_t)len < sizeof(name));
	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin_call(q, name, key_count, arg_count);
	for (size_t i = 0; i < key_count; i++)
		resp_str(&q->out, keys[i]);
	for (size_t i = 0; i < arg_count; i++)
		resp_str(&q->out, args[i]);
	return queue_send(q, &w, err);
}

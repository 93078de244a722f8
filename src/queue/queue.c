#include "core.h"
#include "group.h"

#include "base/assert.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	COMMAND_MS = 5000,
	MAX_WAITING = 16384,
	MAX_BYTES = 64 << 20,
};

static void announce(void *arg)
{
	struct queue *q = arg;

	if (q->announced == q->ready)
		return;
	q->announced = q->ready;
	if (q->changed)
		q->changed(q, q->arg);
}

static void set_trouble(struct queue *q, const char *why)
{
	if (snprintf(q->trouble, sizeof(q->trouble), "%s", why) < 0)
		q->trouble[0] = '\0';
}

static void on_up(struct queue *q)
{
	bringup_start(q);
}

static void on_down(struct queue *q, const char *why)
{
	q->ready = false;
	if (why[0])
		set_trouble(q, why);
	loop_post(q->conn.loop, &q->announce);
}

static const struct conn_ops conn_ops = { .up = on_up, .down = on_down };

void queue_brought_up(struct queue *q)
{
	q->ready = true;
	q->trouble[0] = '\0';
	conn_settled(&q->conn);
	loop_post(q->conn.loop, &q->announce);
}

int queue_new(struct queue **out, struct loop *loop,
	      const struct queue_config *cfg, struct err *err)
{
	struct queue_url url;
	struct queue *q;

	if (queue_url_parse(&url, cfg->url, err) < 0)
		return -1;
	q = mem_new(sizeof(*q));
	q->url = url;
	q->least = cfg->least;
	q->changed = cfg->changed;
	q->arg = cfg->arg;
	q->conn = (struct conn){
		.loop = loop,
		.queue = q,
		.ops = &conn_ops,
		.url = &q->url,
		.command_ms = cfg->command_ms ? cfg->command_ms : COMMAND_MS,
		.max_waiting =
			cfg->max_waiting ? cfg->max_waiting : MAX_WAITING,
		.max_bytes = cfg->max_bytes ? cfg->max_bytes : MAX_BYTES,
	};
	buf_init(&q->out, QUEUE_COMMAND_MAX);
	map_init(&q->groups);
	loop_task_init(&q->announce, announce, q);
	set_trouble(q, "connecting to Redis");
	conn_start(&q->conn);
	*out = q;
	return 0;
}

void queue_free(struct queue **qp)
{
	struct queue *q = *qp;

	if (!q)
		return;
	*qp = NULL;
	conn_release(&q->conn);
	loop_task_cancel(q->conn.loop, &q->announce);
	groups_release(q);
	buf_release(&q->out);
	explicit_bzero(&q->url, sizeof(q->url));
	free(q->entries);
	free(q);
}

bool queue_is_ready(const struct queue *q)
{
	return q->ready;
}

enum queue_durability queue_durability(const struct queue *q)
{
	return q->durability;
}

const char *queue_trouble(const struct queue *q)
{
	return q->trouble;
}

size_t queue_waiting(const struct queue *q)
{
	return q->conn.waiters.len;
}

uint64_t queue_vanished(const struct queue *q)
{
	return q->vanished;
}

int queue_check_ready(const struct queue *q, struct err *err)
{
	if (q->ready)
		return 0;
	return err_set(err, ERR_TEMP, "the queue is not ready: %s", q->trouble);
}

void queue_begin(struct queue *q, size_t words)
{
	buf_clear(&q->out);
	resp_begin(&q->out, words);
}

void queue_begin_call(struct queue *q, const char *function, size_t keys,
		      size_t args)
{
	queue_begin(q, 3 + keys + args);
	resp_z(&q->out, "FCALL");
	resp_z(&q->out, function);
	resp_int(&q->out, (int64_t)keys);
}

int queue_send_blocking(struct queue *q, const struct waiter *w,
			int64_t block_ms, struct err *err)
{
	if (buf_check(&q->out, "the command for Redis", err) < 0)
		return -1;
	return conn_send(&q->conn, buf_str(&q->out), w, block_ms, err);
}

int queue_send(struct queue *q, const struct waiter *w, struct err *err)
{
	return queue_send_blocking(q, w, 0, err);
}

void queue_done(struct queue *q, const struct waiter *w,
		const redisReply *reply, const struct err *err)
{
	(void)q;
	(void)reply;
	w->cb.done(err, w->arg);
}

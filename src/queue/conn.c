#include "conn.h"

#include "adapter.h"
#include "base/assert.h"
#include "base/clock.h"
#include "reply.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>

enum { BACKOFF_FIRST_MS = 50, BACKOFF_MAX_MS = 2000 };

/* So that a thousand processes do not come back in the same millisecond. */
static int64_t with_jitter(int64_t ms)
{
	unsigned char dice = 0;

	if (getrandom(&dice, sizeof(dice), 0) < 0)
		dice = 128;
	return ms / 2 + ms * dice / 510;
}

/* Runs as a task: none of hiredis' functions is on the stack. */
static void retry_later(void *arg)
{
	struct conn *c = arg;

	ASSERT(!c->redis);
	loop_timer_set(&c->retry, with_jitter(c->backoff_ms));
	c->backoff_ms *= 2;
	if (c->backoff_ms > BACKOFF_MAX_MS)
		c->backoff_ms = BACKOFF_MAX_MS;
}

static void went_down(struct conn *c, const char *why)
{
	if (c->state == CONN_DOWN)
		return;
	c->state = CONN_DOWN;
	loop_task_cancel(c->loop, &c->came_up);
	loop_post(c->loop, &c->retry_soon);
	c->ops->down(c->queue, why);
}

/* What hiredis or the system said, with our address in front. */
static void went_down_by(struct conn *c, const char *what,
			 const redisContext *redis)
{
	char why[240];
	int len = snprintf(why, sizeof(why), "%s %s: %s", what, c->url->label,
			   redis->errstr[0] ? redis->errstr : "closed");

	went_down(c, len < 0 ? what : why);
}

void conn_drop(struct conn *c, const char *why)
{
	went_down(c, why);
	/* Within one of its callbacks hiredis waits until that returns. */
	if (c->redis)
		redisAsyncFree(c->redis);
}

void conn_drain(struct conn *c, const char *why)
{
	if (c->state != CONN_UP)
		return;
	c->state = CONN_DRAINING;
	c->ops->down(c->queue, why);
}

void conn_settled(struct conn *c)
{
	c->backoff_ms = BACKOFF_FIRST_MS;
}

/* When the next reply, or the connection itself, is due; 0: nothing is. */
static int64_t next_due(const struct conn *c)
{
	const struct waiter *first = waiters_first(&c->waiters);

	if (c->state == CONN_CONNECTING)
		return c->connect_due_ms;
	return first ? first->due_ms : 0;
}

/*
 * One timer for all commands: it is not touched when a reply comes, and finds
 * out for itself whether there is still something to wait for.
 */
static void tick(struct conn *c)
{
	int64_t due = next_due(c);
	int64_t left = due - clock_mono_ms();

	c->ticking = due != 0;
	if (due)
		loop_timer_set(&c->deadline, left > 0 ? left : 0);
}

static void deadline_cb(void *arg)
{
	struct conn *c = arg;
	int64_t due = next_due(c);
	char why[200];

	if (due && due <= clock_mono_ms()) {
		if (snprintf(why, sizeof(why),
			     "Redis at %s did not answer in time",
			     c->url->label) < 0)
			why[0] = '\0';
		conn_drop(c, why);
	}
	tick(c);
}

static void reply_err(struct conn *c, const redisReply *r, struct err *err)
{
	struct str text = { r->str, r->len };

	if (reply_error(text, err) == REPLY_RECHECK)
		conn_drain(c, err->text);
}

static void reply_cb(redisAsyncContext *ac, void *reply, void *arg)
{
	struct conn *c = arg;
	const redisReply *r = reply;
	struct waiter w = waiters_pop(&c->waiters);
	struct err err = { 0 };

	if (!r) {
		went_down_by(c, "lost Redis at", &ac->c);
		err_fill(&err, ERR_UNCERTAIN,
			 "the connection to Redis broke before its answer");
	} else if (r->type == REDIS_REPLY_ERROR) {
		reply_err(c, r, &err);
	}
	c->calling = true;
	w.fn(c->queue, &w, r, &err);
	c->calling = false;
	if (c->state == CONN_DRAINING && !waiters_first(&c->waiters))
		conn_drop(c, "");
}

int conn_send(struct conn *c, struct str command, const struct waiter *w,
	      int64_t patience_ms, struct err *err)
{
	struct waiter copy = *w;

	if (c->state != CONN_UP)
		return err_set(err, ERR_TEMP, "Redis is not connected");
	if (c->waiters.len >= c->max_waiting)
		return err_set(err, ERR_TEMP,
			       "%zu commands wait for Redis already",
			       c->max_waiting);
	if (command.len > c->max_bytes)
		return err_set(err, ERR_LIMIT,
			       "a command of %zu bytes is more than the %zu "
			       "that may wait for Redis",
			       command.len, c->max_bytes);
	if (command.len > c->max_bytes - c->waiters.bytes)
		return err_set(err, ERR_TEMP,
			       "%zu bytes wait for Redis already",
			       c->waiters.bytes);
	if (redisAsyncFormattedCommand(c->redis, reply_cb, c, command.ptr,
				       command.len) != REDIS_OK)
		return err_set(err, ERR_TEMP, "Redis is not connected");
	copy.due_ms = clock_mono_ms() + c->command_ms + patience_ms;
	copy.bytes = command.len;
	waiters_push(&c->waiters, &copy);
	if (!c->ticking)
		tick(c);
	return 0;
}

static void connected_cb(const redisAsyncContext *ac, int status)
{
	struct conn *c = ac->data;

	if (status != REDIS_OK) {
		went_down_by(c, "cannot reach Redis at", &ac->c);
		return;
	}
	c->state = CONN_UP;
	loop_post(c->loop, &c->came_up);
}

/* As a task: hiredis 0.14 cannot be freed from within connected_cb. */
static void came_up(void *arg)
{
	struct conn *c = arg;

	c->ops->up(c->queue);
}

static void disconnected_cb(const redisAsyncContext *ac, int status)
{
	(void)status;
	went_down_by(ac->data, "lost Redis at", &ac->c);
}

static redisAsyncContext *dial(const struct queue_url *u)
{
	if (u->path[0])
		return redisAsyncConnectUnix(u->path);
	return redisAsyncConnect(u->host, u->port);
}

/* A peer that died without a word is noticed also when we say nothing. */
static void watch_peer(struct conn *c)
{
	if (!c->url->path[0])
		(void)redisEnableKeepAlive(&c->redis->c);
}

static void connect_now(void *arg)
{
	struct conn *c = arg;
	redisAsyncContext *ac = dial(c->url);

	c->state = CONN_CONNECTING;
	c->connect_due_ms = clock_mono_ms() + c->command_ms;
	if (!ac || ac->err) {
		if (ac) {
			went_down_by(c, "cannot reach Redis at", &ac->c);
			redisAsyncFree(ac);
		} else {
			went_down(c, "no memory for a connection to Redis");
		}
		return;
	}
	c->redis = ac;
	ac->data = c;
	adapter_attach(c);
	watch_peer(c);
	(void)redisAsyncSetDisconnectCallback(ac, disconnected_cb);
	(void)redisAsyncSetConnectCallback(ac, connected_cb);
	tick(c);
}

/* hiredis writes in a way that can raise it; we want the error instead. */
static void ignore_sigpipe(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

void conn_start(struct conn *c)
{
	ignore_sigpipe();
	c->state = CONN_DOWN;
	c->backoff_ms = BACKOFF_FIRST_MS;
	loop_task_init(&c->came_up, came_up, c);
	loop_task_init(&c->retry_soon, retry_later, c);
	loop_timer_init(&c->retry, c->loop, connect_now, c);
	loop_timer_init(&c->deadline, c->loop, deadline_cb, c);
	connect_now(c);
}

void conn_release(struct conn *c)
{
	ASSERT(!c->calling);
	conn_drop(c, "the queue is closed");
	loop_task_cancel(c->loop, &c->retry_soon);
	loop_timer_release(&c->retry);
	loop_timer_release(&c->deadline);
	waiters_release(&c->waiters);
}

#include "adapter.h"

#include <hiredis/async.h>

/*
 * hiredis asks to write after each command. While connected this becomes one
 * task at the end of the turn, which writes the commands of the whole turn;
 * the socket is watched only while it is connecting, or full.
 */
static void add_write(void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_CONNECTING || c->flushing)
		loop_io_want(&c->io, c->io.wanted | LOOP_WRITE);
	else if (!(c->io.wanted & LOOP_WRITE))
		loop_post(c->loop, &c->flush);
}

static void del_write(void *arg)
{
	struct conn *c = arg;

	loop_io_want(&c->io, c->io.wanted & ~(unsigned)LOOP_WRITE);
}

static void add_read(void *arg)
{
	struct conn *c = arg;

	loop_io_want(&c->io, c->io.wanted | LOOP_READ);
}

static void del_read(void *arg)
{
	struct conn *c = arg;

	loop_io_want(&c->io, c->io.wanted & ~(unsigned)LOOP_READ);
}

/* hiredis may call this twice. */
static void cleanup(void *arg)
{
	struct conn *c = arg;

	loop_task_cancel(c->loop, &c->flush);
	loop_io_release(&c->io);
	c->redis = NULL;
}

static void flush(void *arg)
{
	struct conn *c = arg;

	if (!c->redis)
		return;
	c->flushing = true;
	redisAsyncHandleWrite(c->redis);
	c->flushing = false;
}

static void ready_cb(unsigned ready, void *arg)
{
	struct conn *c = arg;

	if (ready & LOOP_WRITE)
		flush(c);
	else if (c->redis)
		redisAsyncHandleRead(c->redis);
}

void adapter_attach(struct conn *c)
{
	redisAsyncContext *ac = c->redis;

	loop_task_init(&c->flush, flush, c);
	loop_io_init(&c->io, c->loop, ac->c.fd, ready_cb, c);
	ac->ev.data = c;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = cleanup;
}

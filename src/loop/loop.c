#include "loop/loop.h"

#include "base/assert.h"
#include "base/mem.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>

enum { IDLE, POSTED, RUNNING }; /* which list a task is on */

TAILQ_HEAD(task_list, loop_task);

struct loop {
	struct event_base *base;
	struct event *alarm;	  /* bounds loop_turn */
	struct task_list posted;  /* for the end of this turn */
	struct task_list running; /* the rest of those being run now */
	bool stopping;
};

static void alarm_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static struct event_base *new_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (!cfg)
		return NULL;
	/* No threads; and one epoll_ctl per descriptor and turn at most. */
	if (!event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK) &&
	    !event_config_set_flag(cfg, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST))
		base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

int loop_new(struct loop **out, struct err *err)
{
	struct loop *loop = mem_new(sizeof(*loop));

	TAILQ_INIT(&loop->posted);
	TAILQ_INIT(&loop->running);
	loop->base = new_base();
	if (loop->base)
		loop->alarm = event_new(loop->base, -1, 0, alarm_cb, NULL);
	if (!loop->alarm) {
		loop_free(&loop);
		return err_set(err, ERR_TEMP, "cannot make an event loop");
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop **loop)
{
	if (!*loop)
		return;
	if ((*loop)->alarm)
		event_free((*loop)->alarm);
	if ((*loop)->base)
		event_base_free((*loop)->base);
	free(*loop);
	*loop = NULL;
}

/* Only the tasks that are there now: one that posts itself waits a turn. */
static void run_tasks(struct loop *loop)
{
	struct loop_task *t;

	TAILQ_FOREACH (t, &loop->posted, link)
		t->posted = RUNNING;
	TAILQ_CONCAT(&loop->running, &loop->posted, link);
	while ((t = TAILQ_FIRST(&loop->running))) {
		TAILQ_REMOVE(&loop->running, t, link);
		t->posted = IDLE;
		t->run(t->arg);
	}
}

static void turn(struct loop *loop)
{
	bool idle = TAILQ_EMPTY(&loop->posted);

	(void)event_base_loop(loop->base, idle ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
	run_tasks(loop);
}

void loop_run(struct loop *loop)
{
	loop->stopping = false;
	while (!loop->stopping)
		turn(loop);
}

void loop_turn(struct loop *loop, int64_t max_ms)
{
	struct timeval tv = { max_ms / 1000, max_ms % 1000 * 1000 };

	event_add(loop->alarm, &tv);
	turn(loop);
	event_del(loop->alarm);
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
}

void loop_task_init(struct loop_task *t, void (*run)(void *arg), void *arg)
{
	*t = (struct loop_task){ .run = run, .arg = arg };
}

void loop_post(struct loop *loop, struct loop_task *t)
{
	if (t->posted != IDLE)
		return;
	t->posted = POSTED;
	TAILQ_INSERT_TAIL(&loop->posted, t, link);
}

void loop_task_cancel(struct loop *loop, struct loop_task *t)
{
	if (t->posted == POSTED)
		TAILQ_REMOVE(&loop->posted, t, link);
	else if (t->posted == RUNNING)
		TAILQ_REMOVE(&loop->running, t, link);
	t->posted = IDLE;
}

static void read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;

	(void)fd;
	(void)what;
	io->fn(LOOP_READ, io->arg);
}

static void write_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;

	(void)fd;
	(void)what;
	io->fn(LOOP_WRITE, io->arg);
}

void loop_io_init(struct loop_io *io, struct loop *loop, int fd, loop_io_fn *fn,
		  void *arg)
{
	*io = (struct loop_io){ .loop = loop, .fd = fd, .fn = fn, .arg = arg };
}

static void watch(struct loop_io *io, struct event **ev, short what,
		  event_callback_fn cb)
{
	if (!*ev)
		*ev = event_new(io->loop->base, io->fd, what | EV_PERSIST, cb,
				io);
	ASSERT(*ev);
	ASSERT(event_add(*ev, NULL) == 0);
}

void loop_io_want(struct loop_io *io, unsigned wanted)
{
	unsigned changed = io->wanted ^ wanted;

	if (changed & wanted & LOOP_READ)
		watch(io, &io->read, EV_READ, read_cb);
	else if (changed & LOOP_READ)
		event_del(io->read);
	if (changed & wanted & LOOP_WRITE)
		watch(io, &io->write, EV_WRITE, write_cb);
	else if (changed & LOOP_WRITE)
		event_del(io->write);
	io->wanted = wanted;
}

static void release_event(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

void loop_io_release(struct loop_io *io)
{
	release_event(&io->read);
	release_event(&io->write);
	io->wanted = 0;
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->fn(t->arg);
}

void loop_timer_init(struct loop_timer *t, struct loop *loop,
		     void (*fn)(void *arg), void *arg)
{
	*t = (struct loop_timer){ .loop = loop, .fn = fn, .arg = arg };
	t->event = event_new(loop->base, -1, 0, timer_cb, t);
	ASSERT(t->event);
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	ASSERT(event_add(t->event, &tv) == 0);
}

void loop_timer_cancel(struct loop_timer *t)
{
	if (t->event)
		event_del(t->event);
}

void loop_timer_release(struct loop_timer *t)
{
	release_event(&t->event);
}

static void signal_cb(evutil_socket_t signo, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)what;
	s->fn((int)signo, s->arg);
}

void loop_signal_init(struct loop_signal *s, struct loop *loop, int signo,
		      void (*fn)(int signo, void *arg), void *arg)
{
	*s = (struct loop_signal){ .fn = fn, .arg = arg, .signo = signo };
	s->event = evsignal_new(loop->base, signo, signal_cb, s);
	ASSERT(s->event);
	ASSERT(event_add(s->event, NULL) == 0);
}

void loop_signal_release(struct loop_signal *s)
{
	release_event(&s->event);
}

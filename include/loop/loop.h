/*
 * The event loop: descriptors, timers, signals, and tasks that run at the end
 * of a turn. Nothing else in the program knows libevent.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/err.h"

#include <stdint.h>
#include <sys/queue.h>

struct loop;
struct event; /* libevent's */

int loop_new(struct loop **out, struct err *err) MUST_CHECK;

/* Everything registered with it must have been released before. */
void loop_free(struct loop **loop);

/* Until loop_stop. A turn: wait, run what is ready, then run the tasks. */
void loop_run(struct loop *loop);

/* One turn; does not wait longer than max_ms. For tests. */
void loop_turn(struct loop *loop, int64_t max_ms);

/* loop_run returns at the end of this turn. */
void loop_stop(struct loop *loop);

/*
 * Tasks. A task runs once, at the end of the turn in which it was posted (or
 * of the next one, when posted by a task). Posting a posted task is harmless.
 * They serve for two things: to do once per turn what many callbacks asked
 * for (one write for all of a turn's commands), and to free an object when
 * none of its own functions is on the stack any more.
 */
struct loop_task {
	void (*run)(void *arg);
	void *arg;
	int posted; /* loop's own */
	TAILQ_ENTRY(loop_task) link;
};

void loop_task_init(struct loop_task *t, void (*run)(void *arg), void *arg);
void loop_post(struct loop *loop, struct loop_task *t);
void loop_task_cancel(struct loop *loop, struct loop_task *t);

/* Descriptors, level-triggered. */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void loop_io_fn(unsigned ready, void *arg);

struct loop_io {
	struct loop *loop;
	int fd;
	unsigned wanted;
	loop_io_fn *fn;
	void *arg;
	struct event *read; /* made when first wanted */
	struct event *write;
};

/* Watches nothing until loop_io_want. The descriptor stays the caller's. */
void loop_io_init(struct loop_io *io, struct loop *loop, int fd, loop_io_fn *fn,
		  void *arg);

/* Watch exactly these: LOOP_READ, LOOP_WRITE, both or 0. */
void loop_io_want(struct loop_io *io, unsigned wanted);

/* Stop watching; call before the descriptor is closed. */
void loop_io_release(struct loop_io *io);

/* Timers, one shot. */
struct loop_timer {
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	struct event *event;
};

void loop_timer_init(struct loop_timer *t, struct loop *loop,
		     void (*fn)(void *arg), void *arg);

/* In ms from now; replaces what was set before. */
void loop_timer_set(struct loop_timer *t, int64_t ms);
void loop_timer_cancel(struct loop_timer *t);
void loop_timer_release(struct loop_timer *t);

/* Signals: delivered as a callback of the loop. */
struct loop_signal {
	void (*fn)(int signo, void *arg);
	void *arg;
	int signo;
	struct event *event;
};

void loop_signal_init(struct loop_signal *s, struct loop *loop, int signo,
		      void (*fn)(int signo, void *arg), void *arg);
void loop_signal_release(struct loop_signal *s);

#endif

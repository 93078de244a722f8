#include "check.h"

#include "loop/loop.h"

#include <signal.h>
#include <unistd.h>

struct seen {
	struct loop *loop;
	struct loop_task task;
	struct loop_io io;
	int runs;
	unsigned ready;
	int signo;
};

static int setup(void **state)
{
	static struct seen seen;
	struct err err = { 0 };

	seen = (struct seen){ 0 };
	*state = &seen;
	return loop_new(&seen.loop, &err);
}

static int teardown(void **state)
{
	struct seen *s = *state;

	loop_free(&s->loop);
	assert_null(s->loop);
	loop_free(&s->loop);
	return 0;
}

static void count_cb(void *arg)
{
	((struct seen *)arg)->runs++;
}

static void again_cb(void *arg)
{
	struct seen *s = arg;

	s->runs++;
	loop_post(s->loop, &s->task);
}

static void test_a_task_posted_twice_runs_once(void **state)
{
	struct seen *s = *state;

	loop_task_init(&s->task, count_cb, s);
	loop_post(s->loop, &s->task);
	loop_post(s->loop, &s->task);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->runs, 1);
}

/* A task that posts itself must leave the loop its turns. */
static void test_a_task_that_posts_itself_waits_a_turn(void **state)
{
	struct seen *s = *state;

	loop_task_init(&s->task, again_cb, s);
	loop_post(s->loop, &s->task);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->runs, 1);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->runs, 2);
	loop_task_cancel(s->loop, &s->task);
	loop_turn(s->loop, 1);
	assert_int_equal(s->runs, 2);
}

static void cancel_cb(void *arg)
{
	struct seen *s = arg;

	loop_task_cancel(s->loop, &s->task);
}

static void test_a_task_can_cancel_one_of_the_same_turn(void **state)
{
	struct seen *s = *state;
	struct loop_task first, last;

	loop_task_init(&first, cancel_cb, s);
	loop_task_init(&s->task, count_cb, s);
	loop_task_init(&last, count_cb, s);
	loop_post(s->loop, &first);
	loop_post(s->loop, &last);
	loop_post(s->loop, &s->task);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->runs, 1);
	loop_post(s->loop, &s->task); /* the list is still whole */
	loop_turn(s->loop, 1000);
	assert_int_equal(s->runs, 2);
}

static void io_cb(unsigned ready, void *arg)
{
	((struct seen *)arg)->ready |= ready;
}

static void test_descriptors_report_only_what_is_wanted(void **state)
{
	struct seen *s = *state;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	loop_io_init(&s->io, s->loop, fds[0], io_cb, s);
	assert_int_equal(write(fds[1], "x", 1), 1);
	loop_turn(s->loop, 1);
	assert_int_equal(s->ready, 0);
	loop_io_want(&s->io, LOOP_READ);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->ready, LOOP_READ);
	loop_io_want(&s->io, 0);
	s->ready = 0;
	loop_turn(s->loop, 1);
	assert_int_equal(s->ready, 0);
	loop_io_release(&s->io);
	loop_io_init(&s->io, s->loop, fds[1], io_cb, s);
	loop_io_want(&s->io, LOOP_WRITE);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->ready, LOOP_WRITE);
	loop_io_release(&s->io);
	close(fds[0]);
	close(fds[1]);
}

static void test_a_timer_runs_once_unless_cancelled(void **state)
{
	struct seen *s = *state;
	struct loop_timer t;

	loop_timer_init(&t, s->loop, count_cb, s);
	loop_timer_set(&t, 1);
	loop_turn(s->loop, 1000);
	assert_int_equal(s->runs, 1);
	loop_timer_set(&t, 1);
	loop_timer_cancel(&t);
	loop_turn(s->loop, 5);
	assert_int_equal(s->runs, 1);
	loop_timer_release(&t);
}

static void signal_cb(int signo, void *arg)
{
	struct seen *s = arg;

	s->signo = signo;
	loop_stop(s->loop);
}

static void test_a_signal_arrives_as_a_callback(void **state)
{
	struct seen *s = *state;
	struct loop_signal sig;

	loop_signal_init(&sig, s->loop, SIGUSR1, signal_cb, s);
	raise(SIGUSR1);
	loop_run(s->loop);
	assert_int_equal(s->signo, SIGUSR1);
	loop_signal_release(&sig);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_task_posted_twice_runs_once),
		TEST(test_a_task_that_posts_itself_waits_a_turn),
		TEST(test_a_task_can_cancel_one_of_the_same_turn),
		TEST(test_descriptors_report_only_what_is_wanted),
		TEST(test_a_timer_runs_once_unless_cancelled),
		TEST(test_a_signal_arrives_as_a_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

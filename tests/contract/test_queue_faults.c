/* Redis dies, hangs, changes its mind: every command still ends, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES "{hrisd:0}:changes"

static int give(struct fixture *f, const char *id, struct result *r,
		struct err *err)
{
	const struct queue_item item = { QUEUE_CHANGES, STR("x") };
	const struct queue_accept a = { .once_id = str_of(id),
					.once_ms = 76 * 3600 * 1000,
					.items = &item,
					.count = 1 };

	return queue_accept(f->q, &a, got_accepted, r, err);
}

static void test_redis_may_come_later(void **state)
{
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	redis_kill(&f->redis, SIGKILL);
	fixture_wait_trouble(f, "edis at unix:");
	assert_int_equal(give(f, "d1", &r, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(f->changes, 2);
	redis_restart(&f->redis, "");
	fixture_wait_ready(f);
	assert_int_equal(accept_one(f, "d1", "x"), QUEUE_NEW);
	assert_int_equal(r.calls, 0);
}

/* What a failing callback may do: try again, and be told no. */
struct stubborn {
	struct fixture *f;
	int calls;
	struct err err;
	int again;
};

static void try_again(enum queue_accepted how, const struct err *err, void *arg)
{
	struct stubborn *s = arg;
	struct result never = { 0 };
	struct err why;

	(void)how;
	s->calls++;
	s->err = *err;
	s->again = give(s->f, "again", &never, &why);
	assert_int_equal(why.kind, ERR_TEMP);
}

static void test_what_waits_ends_when_redis_dies(void **state)
{
	const struct queue_item item = { QUEUE_CHANGES, STR("x") };
	const struct queue_accept a = { .items = &item, .count = 1 };
	struct stubborn s[50] = { 0 };
	struct fixture *f = *state;
	struct err err;

	SKIP_WITHOUT(f);
	redis_kill(&f->redis, SIGSTOP);
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		s[i].f = f;
		assert_int_equal(queue_accept(f->q, &a, try_again, &s[i], &err),
				 0);
		if (i == 25) /* half of them are written already */
			loop_turn(f->loop, 10);
	}
	redis_kill(&f->redis, SIGKILL);
	WAIT(f->loop, s[ARRAY_LEN(s) - 1].calls);
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		assert_int_equal(s[i].calls, 1);
		assert_int_equal(s[i].err.kind, ERR_UNCERTAIN);
		assert_int_equal(s[i].again, -1);
	}
	assert_int_equal(queue_waiting(f->q), 0);
	redis_restart(&f->redis, "");
	fixture_wait_ready(f);
}

static void test_nothing_acknowledged_is_lost(void **state)
{
	enum { ROUNDS = 10, EACH = 100 };
	static struct result r[EACH];
	struct fixture *f = *state;
	char id[32], line[80];
	long long kept = 0;
	struct err err;

	SKIP_WITHOUT(f);
	for (int round = 0; round < ROUNDS; round++) {
		memset(r, 0, sizeof(r));
		for (int i = 0; i < EACH; i++) {
			(void)snprintf(id, sizeof(id), "%d-%d", round, i);
			assert_int_equal(give(f, id, &r[i], &err), 0);
			if (i % 10 == 0)
				loop_turn(f->loop, 0);
			if (i == 50 + round * 5) {
				WAIT(f->loop, r[i / 2].calls);
				redis_kill(&f->redis, SIGKILL);
			}
			if (!queue_is_ready(f->q))
				break;
		}
		while (queue_waiting(f->q))
			loop_turn(f->loop, 20);
		redis_restart(&f->redis, "");
		fixture_wait_ready(f);
		for (int i = 0; i < EACH; i++) {
			if (!r[i].calls || r[i].err.kind)
				continue;
			(void)snprintf(line, sizeof(line),
				       "EXISTS {hrisd:0}:once:%d-%d", round, i);
			assert_int_equal(redis_int(&f->redis, line), 1);
			kept++;
		}
	}
	/* At most more than that: written, but the answer got lost. */
	assert_true(kept > 0);
	assert_true(redis_int(&f->redis, "XLEN " CHANGES) >= kept);
}

static void test_a_hanging_redis_ends_in_uncertain_by_the_deadline(void **state)
{
	struct fixture *f = *state;
	struct result r[2] = { 0 };
	struct err err;
	int64_t began;

	SKIP_WITHOUT(f);
	queue_free(&f->q);
	fixture_open(f, &(struct queue_config){ .command_ms = 400 });
	fixture_wait_ready(f);
	redis_kill(&f->redis, SIGSTOP);
	began = clock_mono_ms();
	assert_int_equal(give(f, "d1", &r[0], &err), 0);
	while (clock_mono_ms() < began + 200)
		loop_turn(f->loop, 20);
	assert_int_equal(give(f, "d2", &r[1], &err), 0);
	assert_int_equal(r[0].calls, 0);
	WAIT(f->loop, r[0].calls && r[1].calls);
	assert_in_range(clock_mono_ms() - began, 390, 2000);
	assert_int_equal(r[0].err.kind, ERR_UNCERTAIN);
	assert_int_equal(r[1].err.kind, ERR_UNCERTAIN);
	assert_non_null(strstr(queue_trouble(f->q), "did not answer"));

	/* It hangs on: each new try gives up too, and nothing piles up. */
	while (clock_mono_ms() < began + 1500)
		loop_turn(f->loop, 20);
	assert_false(queue_is_ready(f->q));
	redis_kill(&f->redis, SIGCONT);
	fixture_wait_ready(f);
}

static void test_memory_is_bounded_while_redis_hangs(void **state)
{
	enum { MAX = 200, TRIES = 20000 };
	static struct result r;
	struct fixture *f = *state;
	struct err err = { 0 };
	size_t before, grown;
	int taken = 0;

	SKIP_WITHOUT(f);
	queue_free(&f->q);
	fixture_open(f, &(struct queue_config){ .max_waiting = MAX });
	fixture_wait_ready(f);
	redis_kill(&f->redis, SIGSTOP);
	before = mallinfo2().uordblks;
	for (int i = 0; i < TRIES; i++) {
		taken += give(f, "d", &r, &err) == 0;
		if (i % 100 == 0)
			loop_turn(f->loop, 0);
	}
	grown = mallinfo2().uordblks - before;
	assert_int_equal(taken, MAX);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(queue_waiting(f->q), MAX);
	assert_true(grown < (size_t)MAX * 1024);
	redis_kill(&f->redis, SIGCONT);
	WAIT(f->loop, r.calls == MAX);
	assert_int_equal(r.err.kind, ERR_NONE);
}

static void test_bytes_waiting_are_bounded(void **state)
{
	static char big[40000];
	const struct queue_item item = { QUEUE_CHANGES, { big, sizeof(big) } };
	const struct queue_item three[] = { item, item, item };
	const struct queue_accept a = { .items = &item, .count = 1 };
	const struct queue_accept whole = { .items = three, .count = 3 };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err = { 0 };

	SKIP_WITHOUT(f);
	queue_free(&f->q);
	fixture_open(f, &(struct queue_config){ .max_bytes = 100000 });
	fixture_wait_ready(f);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(queue_accept(f->q, &whole, got_accepted, &r, &err),
			 -1);
	assert_int_equal(err.kind, ERR_LIMIT); /* waiting would not help */
	WAIT(f->loop, r.calls == 2);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	WAIT(f->loop, r.calls == 3);
}

/* More than the socket takes at once: the rest follows when it can. */
static void test_a_full_socket_is_written_to_the_end(void **state)
{
	enum { COUNT = 100 };
	static char big[100000];
	const struct queue_item item = { QUEUE_CHANGES, { big, sizeof(big) } };
	const struct queue_accept a = { .items = &item, .count = 1 };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	redis_kill(&f->redis, SIGSTOP);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err),
				 0);
		if (i % 10 == 0)
			loop_turn(f->loop, 0);
	}
	redis_kill(&f->redis, SIGCONT);
	WAIT(f->loop, r.calls == COUNT);
	assert_int_equal(r.err.kind, ERR_NONE);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), COUNT);
}

static long long reads_of(struct fixture *f)
{
	redisReply *r = redis_do(&f->redis, "INFO stats");
	const char *at = strstr(r->str, "total_reads_processed:");
	long long n;

	assert_non_null(at);
	n = strtoll(strchr(at, ':') + 1, NULL, 10);
	freeReplyObject(r);
	return n;
}

static void test_commands_of_one_turn_leave_in_one_write(void **state)
{
	enum { COUNT = 64 };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;
	long long before;

	SKIP_WITHOUT(f);
	before = reads_of(f);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(give(f, "", &r, &err), 0);
	WAIT(f->loop, r.calls == COUNT);
	/* Redis reads 16 KiB at a time; one read is the INFO itself. */
	assert_in_range(reads_of(f) - before, 2, 3);
}

static void test_functions_that_are_flushed_come_back(void **state)
{
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "FUNCTION FLUSH"));
	assert_int_equal(give(f, "d1", &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_TEMP);
	assert_false(queue_is_ready(f->q));
	fixture_wait_ready(f);
	assert_int_equal(accept_one(f, "d1", "x"), QUEUE_NEW);
}

static void test_a_demoted_primary_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct result r[2] = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "REPLICAOF 127.0.0.1 1"));
	assert_int_equal(give(f, "d1", &r[0], &err), 0);
	assert_int_equal(give(f, "d2", &r[1], &err), 0);
	WAIT(f->loop, r[0].calls && r[1].calls);
	/* Both were answered before the connection was given up. */
	assert_int_equal(r[0].err.kind, ERR_TEMP);
	assert_int_equal(r[1].err.kind, ERR_TEMP);
	fixture_wait_trouble(f, "read-only replica");
	freeReplyObject(redis_do(&f->redis, "REPLICAOF NO ONE"));
	fixture_wait_ready(f);
	assert_int_equal(accept_one(f, "d1", "x"), QUEUE_NEW);
}

static void test_a_client_that_is_thrown_out_comes_back(void **state)
{
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	assert_int_equal(
		queue_read(f->q, &reader_1, 1, 60000, got_entries, &r, &err),
		0);
	loop_turn(f->loop, 20);
	freeReplyObject(redis_do(&f->redis, "CLIENT KILL TYPE normal"));
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_UNCERTAIN);
	fixture_wait_ready(f);
}

static void test_the_end_of_the_queue_is_the_end_of_all_commands(void **state)
{
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	for (int i = 0; i < 10; i++)
		assert_int_equal(give(f, "", &r, &err), 0);
	queue_free(&f->q);
	assert_null(f->q);
	assert_int_equal(r.calls, 10);
	assert_int_equal(r.err.kind, ERR_UNCERTAIN);
	assert_int_equal(f->changes, 1); /* none from within queue_free */
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_redis_may_come_later),
		TEST(test_what_waits_ends_when_redis_dies),
		TEST(test_nothing_acknowledged_is_lost),
		TEST(test_a_hanging_redis_ends_in_uncertain_by_the_deadline),
		TEST(test_memory_is_bounded_while_redis_hangs),
		TEST(test_bytes_waiting_are_bounded),
		TEST(test_a_full_socket_is_written_to_the_end),
		TEST(test_commands_of_one_turn_leave_in_one_write),
		TEST(test_functions_that_are_flushed_come_back),
		TEST(test_a_demoted_primary_is_left_alone),
		TEST(test_a_client_that_is_thrown_out_comes_back),
		TEST(test_the_end_of_the_queue_is_the_end_of_all_commands),
	};

	return cmocka_run_group_tests_name("queue faults", tests, NULL, NULL);
}

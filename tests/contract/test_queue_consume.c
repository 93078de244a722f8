/* Reading, claiming, acknowledging, burying: nothing is lost on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES "{hrisd:0}:changes"
#define DEAD	"{hrisd:0}:dead"

static void append(struct fixture *f, unsigned first, unsigned last)
{
	char event[32];

	for (unsigned i = first; i <= last; i++) {
		(void)snprintf(event, sizeof(event), "e%u", i);
		assert_int_equal(accept_one(f, "", event), QUEUE_NEW);
	}
}

static void test_entries_come_in_order_and_once(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	append(f, 1, 3);
	read_some(f, &reader_1, 2, &r);
	assert_int_equal(r.count, 2);
	assert_string_equal(r.entries[0].event, "e1");
	assert_string_equal(r.entries[1].event, "e2");
	assert_int_equal(r.entries[0].deliveries, 1);
	read_some(f, &reader_2, 10, &r);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.entries[0].event, "e3");
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(r.count, 0);
}

static void test_an_entry_without_event_is_told_apart(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "XADD " CHANGES " 1-1 other x"));
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.entries[0].id, "1-1");
	assert_string_equal(r.entries[0].event, "");
}

static void test_a_group_that_is_gone_comes_back(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	append(f, 1, 2);
	read_some(f, &reader_1, 1, &r);
	freeReplyObject(
		redis_do(&f->redis, "XGROUP DESTROY " CHANGES " provisioners"));
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(r.count, 2); /* from the start: better than lost */
	freeReplyObject(redis_do(&f->redis, "DEL " CHANGES));
	claim_some(f, &reader_1, 10, 0, &r);
	assert_int_equal(r.count, 0);
	assert_int_equal(redis_int(&f->redis, "EXISTS " CHANGES), 1);
}

static void test_a_read_waits_for_the_first_entry(void **state)
{
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;
	int64_t began;

	SKIP_WITHOUT(f);
	queue_free(&f->q);
	/* A reply may take as long as the read blocks, and a command more. */
	fixture_open(f, &(struct queue_config){ .command_ms = 300 });
	fixture_wait_ready(f);
	began = clock_mono_ms();
	assert_int_equal(
		queue_read(f->q, &reader_1, 10, 600, got_entries, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_NONE);
	assert_int_equal(r.count, 0);
	assert_true(clock_mono_ms() - began >= 500);

	r = (struct result){ 0 };
	assert_int_equal(
		queue_read(f->q, &reader_1, 10, 60000, got_entries, &r, &err),
		0);
	for (int i = 0; i < 5; i++)
		loop_turn(f->loop, 10);
	assert_int_equal(r.calls, 0);
	freeReplyObject(redis_do(&f->redis, "XADD " CHANGES " * event now"));
	WAIT(f->loop, r.calls);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.entries[0].event, "now");
	assert_true(queue_is_ready(f->q));
}

static void test_idle_entries_are_taken_over_with_their_count(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	append(f, 1, 3);
	read_some(f, &reader_1, 10, &r);
	ack_one(f, &reader_1, r.entries[1].id);

	claim_some(f, &reader_2, 10, 60000, &r); /* not idle for so long */
	assert_int_equal(r.count, 0);
	claim_some(f, &reader_2, 10, 0, &r);
	assert_int_equal(r.count, 2);
	assert_string_equal(r.entries[0].event, "e1");
	assert_string_equal(r.entries[1].event, "e3");
	assert_int_equal(r.entries[0].deliveries, 2);
	claim_some(f, &reader_1, 10, 0, &r);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.entries[1].deliveries, 3);
}

/* Claims go on where the last one ended, so the tail is never starved. */
static void test_claims_go_round(void **state)
{
	struct fixture *f = *state;
	bool seen[51] = { false };
	struct result r;

	SKIP_WITHOUT(f);
	append(f, 1, 50);
	read_some(f, &reader_1, 100, &r);
	assert_int_equal(r.count, 50);
	for (int round = 0; round < 5; round++) {
		claim_some(f, &reader_2, 10, 0, &r);
		assert_int_equal(r.count, 10);
		for (size_t i = 0; i < r.count; i++) {
			long n = strtol(r.entries[i].event + 1, NULL, 10);

			assert_in_range(n, 1, 50);
			assert_false(seen[n]);
			seen[n] = true;
		}
	}
}

static void test_entries_that_vanished_are_counted(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	append(f, 1, 3);
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(redis_int(&f->redis, "XTRIM " CHANGES " MAXLEN 1"), 2);
	claim_some(f, &reader_2, 10, 0, &r);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.entries[0].event, "e3");
	assert_int_equal(queue_vanished(f->q), 2);
}

static void field_is(const redisReply *fields, const char *name,
		     const char *value)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, name) != 0)
			continue;
		assert_string_equal(fields->element[i + 1]->str, value);
		return;
	}
	fail_msg("no field %s", name);
}

static void bury(struct fixture *f, const char *id)
{
	const struct queue_entry entry = { .id = str_of(id),
					   .event = STR("e1"),
					   .deliveries = 7 };
	struct result r = { 0 };
	struct err err;

	assert_int_equal(queue_bury(f->q, &reader_1, &entry, "too often",
				    got_done, &r, &err),
			 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_NONE);
}

static void test_a_buried_entry_is_whole_and_single(void **state)
{
	struct fixture *f = *state;
	struct result r;
	redisReply *all, *fields;

	SKIP_WITHOUT(f);
	append(f, 1, 1);
	read_some(f, &reader_1, 10, &r);
	bury(f, r.entries[0].id);
	bury(f, r.entries[0].id); /* as after an uncertain end */
	all = redis_do(&f->redis, "XRANGE " DEAD " - +");
	assert_int_equal(all->elements, 1);
	fields = all->element[0]->element[1];
	field_is(fields, "event", "e1");
	field_is(fields, "stream", "changes");
	field_is(fields, "reason", "too often");
	field_is(fields, "deliveries", "7");
	field_is(fields, "id", r.entries[0].id);
	freeReplyObject(all);
	claim_some(f, &reader_2, 10, 0, &r);
	assert_int_equal(r.count, 0);
}

static void test_burying_fails_without_losing(void **state)
{
	const struct queue_entry none = { .id = STR("1-1") };
	struct queue_entry entry = none;
	struct fixture *f = *state;
	struct result r, end = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	append(f, 1, 1);
	read_some(f, &reader_1, 10, &r);
	freeReplyObject(redis_do(&f->redis, "SET " DEAD " other"));
	entry.id = str_of(r.entries[0].id);
	assert_int_equal(
		queue_bury(f->q, &reader_1, &entry, "x", got_done, &end, &err),
		0);
	WAIT(f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_CONFIG);
	claim_some(f, &reader_2, 10, 0, &r);
	assert_int_equal(r.count, 1);
}

static struct queue_lag lag_of(struct fixture *f)
{
	struct result r = { 0 };
	struct err err;

	assert_int_equal(queue_lag(f->q, 0, QUEUE_CHANGES, "provisioners",
				   got_lag, &r, &err),
			 0);
	WAIT(f->loop, r.calls);
	if (r.err.kind)
		fail_msg("%s", r.err.text);
	return r.lag;
}

static void assert_lag(struct fixture *f, int64_t length, int64_t pending,
		       int64_t behind)
{
	struct queue_lag lag = lag_of(f);

	assert_int_equal(lag.length, length);
	assert_int_equal(lag.pending, pending);
	assert_int_equal(lag.behind, behind);
	assert_in_range(lag.oldest_ms, 0, 60000);
}

static void test_lag_is_what_is_not_applied_yet(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	assert_lag(f, 0, 0, 0); /* no stream */
	append(f, 1, 5);
	assert_lag(f, 5, 0, 5); /* no group */
	read_some(f, &reader_1, 2, &r);
	assert_lag(f, 5, 2, 3);
	ack_one(f, &reader_1, r.entries[0].id);
	assert_lag(f, 5, 1, 3);
	assert_int_equal(
		redis_int(&f->redis, "XACK " CHANGES " provisioners 0-1"), 0);
	freeReplyObject(redis_do(&f->redis, "XADD {hrisd:3}:changes 1000-1 "
					    "event x"));
	r = (struct result){ 0 };
	assert_int_equal(queue_lag(f->q, 3, QUEUE_CHANGES, "provisioners",
				   got_lag, &r, NULL),
			 0);
	WAIT(f->loop, r.calls);
	/* Its id says that it is from 1970. */
	assert_true(r.lag.oldest_ms > 50LL * 365 * CLOCK_DAY_MS);
}

static void test_a_queue_without_room_can_still_be_emptied(void **state)
{
	const struct queue_item item = { QUEUE_CHANGES, STR("x") };
	const struct queue_accept a = { .items = &item, .count = 1 };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	append(f, 1, 5);
	claim_some(f, &reader_1, 1, 0, &r); /* makes the group */
	r = (struct result){ 0 };
	freeReplyObject(redis_do(&f->redis, "CONFIG SET maxmemory 1"));
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_TEMP);
	assert_non_null(strstr(r.err.text, "maxmemory"));
	assert_true(queue_is_ready(f->q));

	read_some(f, &reader_1, 3, &r);
	assert_int_equal(r.count, 3);
	ack_one(f, &reader_1, r.entries[0].id);
	claim_some(f, &reader_2, 1, 0, &r);
	assert_int_equal(r.count, 1);
	bury(f, r.entries[0].id);
	assert_lag(f, 5, 1, 2);
	trim_changes(f);
	assert_lag(f, 3, 1, 2);

	freeReplyObject(redis_do(&f->redis, "CONFIG SET maxmemory 0"));
	assert_int_equal(accept_one(f, "", "y"), QUEUE_NEW);
}

/* A process may be brought up while memory is out: to make room. */
static void test_a_full_redis_does_not_keep_consumers_out(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "CONFIG SET maxmemory 1"));
	queue_free(&f->q);
	fixture_open(f, &(struct queue_config){ .least = QUEUE_ALWAYS });
	fixture_wait_ready(f);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entries_come_in_order_and_once),
		TEST(test_an_entry_without_event_is_told_apart),
		TEST(test_a_group_that_is_gone_comes_back),
		TEST(test_a_read_waits_for_the_first_entry),
		TEST(test_idle_entries_are_taken_over_with_their_count),
		TEST(test_claims_go_round),
		TEST(test_entries_that_vanished_are_counted),
		TEST(test_a_buried_entry_is_whole_and_single),
		TEST(test_burying_fails_without_losing),
		TEST(test_lag_is_what_is_not_applied_yet),
		TEST(test_a_queue_without_room_can_still_be_emptied),
		TEST(test_a_full_redis_does_not_keep_consumers_out),
	};

	return cmocka_run_group_tests_name("queue consume", tests, NULL, NULL);
}

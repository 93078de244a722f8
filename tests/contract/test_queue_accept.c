/* Accepting a delivery: once, whole, and only what is ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <string.h>

#define CHANGES "{hrisd:0}:changes"
#define LOOKUPS "{hrisd:0}:lookups"

static void test_a_delivery_is_stored_once(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	assert_int_equal(accept_one(f, "d1", "one"), QUEUE_NEW);
	assert_int_equal(accept_one(f, "d1", "one"), QUEUE_DUPLICATE);
	assert_int_equal(accept_one(f, "d2", "one"), QUEUE_NEW);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 2);
}

static void test_without_an_id_nothing_is_a_duplicate(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	assert_int_equal(accept_one(f, "", "one"), QUEUE_NEW);
	assert_int_equal(accept_one(f, "", "one"), QUEUE_NEW);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 2);
	assert_int_equal(redis_int(&f->redis, "DBSIZE"), 1);
}

static void test_the_id_is_kept_as_long_as_asked(void **state)
{
	struct fixture *f = *state;
	long long left;

	SKIP_WITHOUT(f);
	accept_one(f, "d1", "one");
	left = redis_int(&f->redis, "PTTL {hrisd:0}:once:d1");
	assert_in_range(left, 76 * 3600 * 1000 - 10000, 76 * 3600 * 1000);
}

static void test_a_hundred_at_once_are_one(void **state)
{
	const struct queue_item item = { QUEUE_CHANGES, STR("one") };
	const struct queue_accept a = { .once_id = STR("same"),
					.once_ms = 1000000,
					.items = &item,
					.count = 1 };
	struct result r[100] = { 0 };
	struct fixture *f = *state;
	size_t fresh = 0;
	struct err err;

	SKIP_WITHOUT(f);
	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		assert_int_equal(
			queue_accept(f->q, &a, got_accepted, &r[i], &err), 0);
	assert_int_equal(queue_waiting(f->q), ARRAY_LEN(r));
	WAIT(f->loop, r[99].calls);
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		assert_int_equal(r[i].calls, 1);
		assert_int_equal(r[i].err.kind, ERR_NONE);
		fresh += r[i].how == QUEUE_NEW;
	}
	assert_int_equal(fresh, 1);
	assert_int_equal(queue_waiting(f->q), 0);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
}

static void test_bytes_arrive_as_they_were(void **state)
{
	static const char bytes[] = "\r\n$3\r\nDEL\r\n\0\xff %s *1";
	const struct str event = { bytes, sizeof(bytes) - 1 };
	const struct queue_item item = { QUEUE_CHANGES, event };
	const struct queue_accept a = {
		.once_id = event, .once_ms = 1000000, .items = &item, .count = 1
	};
	struct fixture *f = *state;
	struct result r = { 0 };
	redisReply *all, *list;
	struct err err;

	SKIP_WITHOUT(f);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_NONE);
	all = redis_do(&f->redis, "XRANGE " CHANGES " - +");
	assert_int_equal(all->elements, 1);
	list = all->element[0]->element[1]->element[1];
	assert_int_equal(list->len, event.len);
	assert_memory_equal(list->str, event.ptr, event.len);
	freeReplyObject(all);
}

static int accept_two(struct fixture *f, const char *id, struct result *r)
{
	const struct queue_item items[] = {
		{ QUEUE_CHANGES, STR("change") },
		{ QUEUE_LOOKUPS, STR("lookup") },
	};
	const struct queue_accept a = { .once_id = str_of(id),
					.once_ms = 1000000,
					.items = items,
					.count = ARRAY_LEN(items) };
	struct err err;

	*r = (struct result){ 0 };
	if (queue_accept(f->q, &a, got_accepted, r, &err) < 0)
		return -1;
	WAIT(f->loop, r->calls);
	return 0;
}

static void test_items_come_all_or_none(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "SET " LOOKUPS " other"));
	assert_int_equal(accept_two(f, "d1", &r), 0);
	assert_int_equal(r.err.kind, ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "another program"));
	assert_int_equal(redis_int(&f->redis, "EXISTS " CHANGES), 0);

	/* The id was not taken: when the cause is gone, it goes through. */
	freeReplyObject(redis_do(&f->redis, "DEL " LOOKUPS));
	assert_int_equal(accept_two(f, "d1", &r), 0);
	assert_int_equal(r.err.kind, ERR_NONE);
	assert_int_equal(r.how, QUEUE_NEW);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
	assert_int_equal(redis_int(&f->redis, "XLEN " LOOKUPS), 1);
}

static void test_an_id_alone_can_be_taken(void **state)
{
	const struct queue_accept a = { .once_id = STR("d1"), .once_ms = 1000 };
	struct fixture *f = *state;
	struct result r[2] = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			queue_accept(f->q, &a, got_accepted, &r[i], &err), 0);
	WAIT(f->loop, r[1].calls);
	assert_int_equal(r[0].how, QUEUE_NEW);
	assert_int_equal(r[1].how, QUEUE_DUPLICATE);
}

static void test_shards_do_not_share(void **state)
{
	const struct queue_item item = { QUEUE_CHANGES, STR("one") };
	struct queue_accept a = { .once_id = STR("d1"),
				  .once_ms = 1000000,
				  .items = &item,
				  .count = 1 };
	struct fixture *f = *state;
	struct result r[2] = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	for (unsigned i = 0; i < 2; i++) {
		a.shard = i * 7;
		assert_int_equal(
			queue_accept(f->q, &a, got_accepted, &r[i], &err), 0);
	}
	WAIT(f->loop, r[1].calls);
	assert_int_equal(r[1].how, QUEUE_NEW);
	assert_int_equal(redis_int(&f->redis, "XLEN {hrisd:7}:changes"), 1);
}

static void test_limits_are_refused_at_once(void **state)
{
	static const char long_id[QUEUE_ONCE_ID_MAX + 1];
	struct queue_accept a = { .once_id = { long_id, sizeof(long_id) },
				  .once_ms = 1000 };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	a.once_id = STR("d1");
	a.count = QUEUE_ITEMS_MAX + 1;
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_int_equal(queue_waiting(f->q), 0);
	assert_int_equal(r.calls, 0);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_delivery_is_stored_once),
		TEST(test_without_an_id_nothing_is_a_duplicate),
		TEST(test_the_id_is_kept_as_long_as_asked),
		TEST(test_a_hundred_at_once_are_one),
		TEST(test_bytes_arrive_as_they_were),
		TEST(test_items_come_all_or_none),
		TEST(test_an_id_alone_can_be_taken),
		TEST(test_shards_do_not_share),
		TEST(test_limits_are_refused_at_once),
	};

	return cmocka_run_group_tests_name("queue accept", tests, NULL, NULL);
}

/* Put off and brought back: whole, once, and not before its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <string.h>

#define LATER	"{hrisd:0}:later"
#define EVENTS	"{hrisd:0}:later:event"
#define LOOKUPS "{hrisd:0}:lookups"

static const struct queue_reader fetcher = { .stream = QUEUE_LOOKUPS,
					     .group = "fetchers",
					     .consumer = "c1" };

static struct result call(struct fixture *f, const char *function,
			  const struct str *args, size_t count)
{
	const struct str keys[] = { STR(LATER), STR(EVENTS), STR(LOOKUPS) };
	struct result r = { 0 };
	struct err err;

	if (queue_call(f->q, function, keys, ARRAY_LEN(keys), args, count,
		       got_value, &r, &err) < 0)
		fail_msg("%s", err.text);
	WAIT(f->loop, r.calls);
	return r;
}

static void defer(struct fixture *f, const char *due, const char *person,
		  const char *event, const char *id)
{
	const struct str args[] = { str_of(due), str_of(person), str_of(event),
				    STR("fetchers"), str_of(id) };
	struct result r =
		call(f, "defer", args, ARRAY_LEN(args) - (*id ? 0 : 1));

	assert_int_equal(r.err.kind, ERR_NONE);
}

/* How many came back and how many wait, as Redis says it too. */
static void resume(struct fixture *f, const char *now, const char *most,
		   long long back, long long left)
{
	const struct str args[] = { str_of(now), str_of(most) };
	long long before = redis_int(&f->redis, "XLEN " LOOKUPS);
	struct result r = call(f, "resume", args, ARRAY_LEN(args));

	assert_int_equal(r.err.kind, ERR_NONE);
	assert_int_equal(r.count, 2);
	assert_int_equal(redis_int(&f->redis, "XLEN " LOOKUPS), before + back);
	assert_int_equal(redis_int(&f->redis, "ZCARD " LATER), left);
	assert_int_equal(redis_int(&f->redis, "HLEN " EVENTS), left);
}

static void test_who_waits_is_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "XADD " LOOKUPS " 5-1 event one"));
	read_some(f, &fetcher, 10, &r);
	assert_int_equal(r.count, 1);
	defer(f, "100", "c p", "one", "5-1");
	claim_some(f, &fetcher, 10, 0, &r);
	assert_int_equal(r.count, 0);
	assert_int_equal(redis_int(&f->redis, "ZCARD " LATER), 1);
}

static void test_a_person_waits_once_for_the_earlier_time(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	defer(f, "100", "c p", "older", "");
	defer(f, "300", "c p", "newer", "");
	resume(f, "99", "10", 0, 1);
	resume(f, "100", "10", 1, 0);
	read_some(f, &fetcher, 10, &r);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.entries[0].event, "older");
	defer(f, "300", "c p", "older", "");
	defer(f, "100", "c p", "newer", "");
	resume(f, "100", "10", 1, 0);
}

static void test_those_due_first_come_back_first(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	defer(f, "30", "c third", "3", "");
	defer(f, "10", "c first", "1", "");
	defer(f, "20", "c second", "2", "");
	resume(f, "25", "1", 1, 2);
	resume(f, "25", "10", 1, 1);
	resume(f, "25", "10", 0, 1);
	read_some(f, &fetcher, 10, &r);
	assert_int_equal(r.count, 2);
	assert_string_equal(r.entries[0].event, "1");
	assert_string_equal(r.entries[1].event, "2");
}

/* Another program's key must cost no lookup. */
static void test_nothing_is_lost_to_a_stream_that_is_none(void **state)
{
	const struct str args[] = { STR("100"), STR("10") };
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	defer(f, "100", "c p", "one", "");
	freeReplyObject(redis_do(&f->redis, "SET " LOOKUPS " x"));
	r = call(f, "resume", args, ARRAY_LEN(args));
	assert_int_equal(r.err.kind, ERR_CONFIG);
	assert_int_equal(redis_int(&f->redis, "ZCARD " LATER), 1);
	assert_int_equal(redis_int(&f->redis, "HLEN " EVENTS), 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_waits_is_acknowledged),
		TEST(test_a_person_waits_once_for_the_earlier_time),
		TEST(test_those_due_first_come_back_first),
		TEST(test_nothing_is_lost_to_a_stream_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Trimming removes what every group has acknowledged, and never more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#define CHANGES "{hrisd:0}:changes"

static const struct queue_reader reader_other = { .stream = QUEUE_CHANGES,
						  .group = "auditors",
						  .consumer = "a" };

static void append(struct fixture *f, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(accept_one(f, "", "x"), QUEUE_NEW);
}

static void test_trims_up_to_the_first_that_is_needed(void **state)
{
	struct fixture *f = *state;
	struct result r, other;

	SKIP_WITHOUT(f);
	append(f, 10);
	read_some(f, &reader_other, 10, &other);
	for (int i = 0; i < 10; i++)
		ack_one(f, &reader_other, other.entries[i].id);
	read_some(f, &reader_1, 6, &r);

	trim_changes(f); /* six pending, four not delivered */
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 10);
	ack_one(f, &reader_1, r.entries[0].id);
	ack_one(f, &reader_1, r.entries[1].id);
	ack_one(f, &reader_1, r.entries[4].id);
	trim_changes(f);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 8);
	ack_one(f, &reader_1, r.entries[2].id);
	ack_one(f, &reader_1, r.entries[3].id);
	ack_one(f, &reader_1, r.entries[5].id);
	trim_changes(f);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 4);
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(r.count, 4);
}

static void test_without_its_own_group_nothing_is_trimmed(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	trim_changes(f); /* no stream */
	append(f, 3);
	trim_changes(f); /* no group */
	read_some(f, &reader_other, 10, &r);
	for (int i = 0; i < 3; i++)
		ack_one(f, &reader_other, r.entries[i].id);
	trim_changes(f); /* a group, but not the one that applies them */
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 3);
}

/* Ids of one millisecond differ by one: the next must not go with the last. */
static void test_the_very_next_entry_stays(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "XADD " CHANGES " 5-1 event x"));
	read_some(f, &reader_1, 10, &r);
	ack_one(f, &reader_1, "5-1");
	freeReplyObject(redis_do(&f->redis, "XADD " CHANGES " 5-2 event x"));
	trim_changes(f);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.entries[0].id, "5-2");
}

static void test_ids_too_large_to_compare_are_left_alone(void **state)
{
	struct fixture *f = *state;
	struct result r;

	SKIP_WITHOUT(f);
	freeReplyObject(redis_do(&f->redis, "XADD " CHANGES
					    " 5-9007199254740993 event x"));
	read_some(f, &reader_1, 10, &r);
	ack_one(f, &reader_1, r.entries[0].id);
	trim_changes(f);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
}

/* The same on every run: numbers of a fixed seed (Lehmer). */
static unsigned dice(unsigned *seed, unsigned sides)
{
	*seed = (unsigned)((uint64_t)*seed * 48271 % 2147483647);
	return *seed % sides;
}

/* What one group has read; needed[i]: it did not acknowledge entry i. */
struct view {
	const struct queue_reader *reader;
	char ids[400][48];
	size_t read;
	bool needed[400];
};

static void act(struct fixture *f, struct view *v, unsigned *seed)
{
	struct result r;
	size_t i;

	if (dice(seed, 3) == 0) {
		read_some(f, v->reader, 1 + dice(seed, 5), &r);
		for (i = 0; i < r.count; i++, v->read++) {
			(void)snprintf(v->ids[v->read], sizeof(v->ids[0]), "%s",
				       r.entries[i].id);
			v->needed[v->read] = true;
		}
	} else if (v->read) {
		i = dice(seed, (unsigned)v->read);
		if (v->needed[i])
			ack_one(f, v->reader, v->ids[i]);
		v->needed[i] = false;
	}
}

static void assert_all_there(struct fixture *f, const struct view *v)
{
	char line[160];
	redisReply *r;

	for (size_t i = 0; i < v->read; i++) {
		if (!v->needed[i])
			continue;
		(void)snprintf(line, sizeof(line), "XRANGE " CHANGES " %s %s",
			       v->ids[i], v->ids[i]);
		r = redis_do(&f->redis, line);
		if (r->elements != 1)
			fail_msg("%s of %s was trimmed", v->ids[i],
				 v->reader->group);
		freeReplyObject(r);
	}
}

static size_t needed(const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->read; i++)
		n += v->needed[i];
	return n;
}

static void test_nothing_unacknowledged_is_ever_trimmed(void **state)
{
	static struct view views[2];
	struct fixture *f = *state;
	unsigned seed = 20261123;
	long long appended = 0;
	struct queue_lag lag;
	struct result r = { 0 };

	SKIP_WITHOUT(f);
	views[0] = (struct view){ .reader = &reader_1 };
	views[1] = (struct view){ .reader = &reader_other };
	for (int round = 0; round < 600; round++) {
		if (appended < 350 && dice(&seed, 2)) {
			append(f, 1);
			appended++;
		}
		act(f, &views[dice(&seed, 2)], &seed);
		if (dice(&seed, 20))
			continue;
		trim_changes(f);
		assert_all_there(f, &views[0]);
		assert_all_there(f, &views[1]);
	}
	assert_true(needed(&views[0]) > 0);
	/* It did trim; and what was not delivered still comes. */
	assert_true(redis_int(&f->redis, "XLEN " CHANGES) < appended);
	assert_int_equal(queue_lag(f->q, 0, QUEUE_CHANGES, "auditors", got_lag,
				   &r, NULL),
			 0);
	WAIT(f->loop, r.calls);
	lag = r.lag;
	assert_int_equal(lag.behind, appended - (long long)views[1].read);
	assert_int_equal(lag.pending, needed(&views[1]));
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trims_up_to_the_first_that_is_needed),
		TEST(test_without_its_own_group_nothing_is_trimmed),
		TEST(test_the_very_next_entry_stays),
		TEST(test_ids_too_large_to_compare_are_left_alone),
		TEST(test_nothing_unacknowledged_is_ever_trimmed),
	};

	return cmocka_run_group_tests_name("queue trim", tests, NULL, NULL);
}

/* A token bucket, driven by a clock that the test holds. */
#include "check.h"

#include "bucket.h"

#include <stdbool.h>

#define NOW 5000000000 /* some months after boot */
#define DAY 86400000

/* How many can be taken at once, and how long the next one has to wait. */
static int64_t take_all(struct bucket *b, const struct bucket_rate *r,
			int64_t now_ms, int64_t *wait_ms)
{
	int64_t n = 0;

	while ((*wait_ms = bucket_take(b, r, now_ms)) == 0)
		n++;
	return n;
}

static const struct row {
	uint64_t rate, burst;
	int64_t at_once;
	int64_t wait_ms;     /* of the one after them */
	int64_t in_a_second; /* from empty */
} rows[] = {
	{ 1, 1, 1, 1000, 1 },
	{ 3, 7, 7, 334, 3 },
	{ 200, 10000, 10000, 5, 200 },
	{ 7, 1, 7, 143, 7 }, /* a burst holds a second's tokens at least */
	{ 1000000, 1000000, 1000000, 1, 1000000 },
};

static void test_receiver_bucket_gives_burst_then_rate(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bucket_rate r = bucket_rate(rows[i].rate, rows[i].burst);
		struct bucket b = { 0 };
		int64_t wait_ms;

		assert_int_equal(take_all(&b, &r, NOW, &wait_ms),
				 rows[i].at_once);
		assert_int_equal(wait_ms, rows[i].wait_ms);
		assert_int_equal(take_all(&b, &r, NOW + 1000, &wait_ms),
				 rows[i].in_a_second);
		assert_int_equal(take_all(&b, &r, NOW + 1000 + DAY, &wait_ms),
				 rows[i].at_once);
	}
}

static void test_receiver_bucket_loses_no_part_of_a_token(void **state)
{
	struct bucket_rate r = bucket_rate(3, 3);
	struct bucket b = { 0 };
	int64_t now = NOW, wait_ms, n;

	(void)state;
	n = take_all(&b, &r, now, &wait_ms);
	for (int i = 0; i < 10000; i++) /* 7 ms bring 21 thousandths */
		n += take_all(&b, &r, now += 7, &wait_ms);
	assert_int_equal(n, 3 + 3 * 70);
}

/* Retry-After is true: then, and not a millisecond before. */
static void test_receiver_bucket_wait_is_true(void **state)
{
	(void)state;
	for (int64_t rate = 1; rate <= 1000; rate++) {
		struct bucket_rate r = bucket_rate((uint64_t)rate, 1);
		struct bucket b = { 0 }, early;
		int64_t wait_ms;

		(void)take_all(&b, &r, NOW, &wait_ms);
		assert_in_range(wait_ms, 1, 1000);
		early = b;
		assert_true(bucket_take(&early, &r, NOW + wait_ms - 1) > 0);
		assert_int_equal(bucket_take(&b, &r, NOW + wait_ms), 0);
	}
}

/* Who was refused at once does not come back at once, and not for nothing. */
static void test_receiver_bucket_gives_each_refused_a_moment(void **state)
{
	struct bucket_rate r = bucket_rate(200, 1000);
	struct bucket b = { 0 };
	int64_t due[2000], wait_ms;

	(void)state;
	(void)take_all(&b, &r, NOW, &due[0]);
	for (size_t i = 1; i < ARRAY_LEN(due); i++) {
		due[i] = bucket_take(&b, &r, NOW);
		assert_int_equal(due[i] - due[i - 1], 5);
	}
	assert_int_equal(due[ARRAY_LEN(due) - 1], 10000);
	/* In whole seconds, as Retry-After has it. */
	for (size_t i = 0; i < ARRAY_LEN(due); i++) {
		wait_ms = (due[i] + 999) / 1000 * 1000;
		assert_int_equal(bucket_take(&b, &r, NOW + wait_ms), 0);
	}
	assert_true(bucket_take(&b, &r, NOW + 10000) > 0);
}

/* Whoever comes between two of them is put behind the last. */
static void test_receiver_bucket_puts_a_newcomer_last(void **state)
{
	struct bucket_rate r = bucket_rate(1, 1);
	struct bucket b = { 0 };

	(void)state;
	assert_int_equal(bucket_take(&b, &r, NOW), 0);
	assert_int_equal(bucket_take(&b, &r, NOW), 1000);
	assert_int_equal(bucket_take(&b, &r, NOW), 2000);
	assert_int_equal(bucket_take(&b, &r, NOW + 1000), 0);
	assert_int_equal(bucket_take(&b, &r, NOW + 1500), 1500);
	assert_int_equal(bucket_take(&b, &r, NOW + 2000), 0);
	assert_int_equal(bucket_take(&b, &r, NOW + 3000), 0);
	/* They are forgotten with the last of them. */
	assert_int_equal(bucket_take(&b, &r, NOW + 3300), 700);
}

static void test_receiver_bucket_wait_has_a_limit(void **state)
{
	struct bucket_rate r = bucket_rate(1, 1);
	struct bucket b = { 0 };
	int64_t wait_ms;

	(void)state;
	(void)take_all(&b, &r, NOW, &wait_ms);
	for (int i = 0; i < 100000; i++)
		wait_ms = bucket_take(&b, &r, NOW);
	assert_int_equal(wait_ms, BUCKET_WAIT_MAX_MS);
	/* So the crowd is forgotten when that is over. */
	assert_int_equal(bucket_take(&b, &r, NOW + BUCKET_WAIT_MAX_MS), 0);
	assert_int_equal(bucket_take(&b, &r, NOW + BUCKET_WAIT_MAX_MS), 1000);
}

static void test_receiver_bucket_without_a_rate_never_refuses(void **state)
{
	struct bucket_rate r = bucket_rate(0, 1);
	struct bucket b = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_int_equal(bucket_take(&b, &r, NOW), 0);
}

/* Whatever the clock does, nothing overflows and nothing is given twice. */
static void test_receiver_bucket_any_clock(void **state)
{
	struct bucket_rate r = bucket_rate(1000000, 1000000);
	struct bucket b = { 0 };
	int64_t wait_ms;

	(void)state;
	assert_int_equal(take_all(&b, &r, 0, &wait_ms), 1000000);
	assert_int_equal(take_all(&b, &r, INT64_MAX - 1, &wait_ms), 1000000);
	assert_int_equal(take_all(&b, &r, 0, &wait_ms), 0);
	assert_int_equal(take_all(&b, &r, INT64_MAX, &wait_ms), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receiver_bucket_gives_burst_then_rate),
		cmocka_unit_test(test_receiver_bucket_loses_no_part_of_a_token),
		cmocka_unit_test(test_receiver_bucket_wait_is_true),
		cmocka_unit_test(
			test_receiver_bucket_gives_each_refused_a_moment),
		cmocka_unit_test(test_receiver_bucket_puts_a_newcomer_last),
		cmocka_unit_test(test_receiver_bucket_wait_has_a_limit),
		cmocka_unit_test(
			test_receiver_bucket_without_a_rate_never_refuses),
		cmocka_unit_test(test_receiver_bucket_any_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

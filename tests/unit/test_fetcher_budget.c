/* How often an HRIS is called, by a clock that the tests turn. */
#include "budget.h"
#include "check.h"

static struct budget budget_of(int64_t interval_us, unsigned burst,
			       unsigned parallel)
{
	const struct budget_rule rule = { interval_us, burst, parallel };
	struct budget b = { .full_us = 0 };

	budget_set(&b, &rule);
	return b;
}

static bool try_call(struct budget *b, enum budget_class c, int64_t now)
{
	if (budget_wait_ms(b, c, now) != 0)
		return false;
	budget_begin(b, c, now);
	return true;
}

/* Calls that end at once, as many as are allowed from now to now + ms. */
static int calls_within(struct budget *b, int64_t now, int64_t ms)
{
	int n = 0;

	for (int64_t t = now; t < now + ms; t++)
		while (try_call(b, BUDGET_RUN, t)) {
			budget_end(b, BUDGET_RUN);
			n++;
		}
	return n;
}

static void test_budget_keeps_to_the_pace(void **state)
{
	struct budget b = budget_of(1200000, 1, 4); /* 50 a minute */

	(void)state;
	assert_int_equal(calls_within(&b, 5000, 60000), 50);
	assert_int_equal(calls_within(&b, 65000, 60000), 50);
}

static void test_budget_saves_up_a_burst_and_no_more(void **state)
{
	struct budget b = budget_of(1000000, 10, 4);

	(void)state;
	assert_int_equal(calls_within(&b, 1000, 1), 10);
	assert_int_equal(budget_wait_ms(&b, BUDGET_RUN, 1001), 999);
	assert_int_equal(calls_within(&b, 1001, 1000), 1);
	assert_int_equal(calls_within(&b, 1000000, 1), 10);
}

static void test_budget_without_a_rate_is_bounded_by_places(void **state)
{
	struct budget b = budget_of(0, 1, 2);

	(void)state;
	assert_int_equal(calls_within(&b, 0, 0), 0);
	assert_true(try_call(&b, BUDGET_SINGLE, 0));
	assert_true(try_call(&b, BUDGET_SINGLE, 0));
	assert_int_equal(budget_wait_ms(&b, BUDGET_SINGLE, 0), BUDGET_FULL);
	budget_end(&b, BUDGET_SINGLE);
	assert_int_equal(budget_wait_ms(&b, BUDGET_SINGLE, 0), 0);
}

static void test_budget_leaves_a_place_for_single_reads(void **state)
{
	struct budget b = budget_of(0, 1, 4);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(try_call(&b, BUDGET_RUN, 0));
	assert_false(try_call(&b, BUDGET_RUN, 0));
	assert_true(try_call(&b, BUDGET_SINGLE, 0));
	assert_false(try_call(&b, BUDGET_SINGLE, 0));

	b = budget_of(0, 1, 1); /* one call at a time: then either has it */
	assert_true(try_call(&b, BUDGET_RUN, 0));
	assert_false(try_call(&b, BUDGET_SINGLE, 0));
}

static void
test_budget_lets_single_reads_go_first_but_not_for_ever(void **state)
{
	struct budget b = budget_of(0, 1, 4);

	(void)state;
	for (int i = 0; i < BUDGET_STREAK; i++) {
		assert_int_equal(budget_turn(&b), BUDGET_SINGLE);
		assert_true(try_call(&b, BUDGET_SINGLE, 0));
		budget_end(&b, BUDGET_SINGLE);
	}
	assert_int_equal(budget_turn(&b), BUDGET_RUN);
	assert_true(try_call(&b, BUDGET_RUN, 0));
	assert_int_equal(budget_turn(&b), BUDGET_SINGLE);
}

static void test_budget_pauses_as_long_as_it_was_asked(void **state)
{
	struct budget b = budget_of(0, 1, 4);

	(void)state;
	budget_pause(&b, 1000, 30000);
	budget_pause(&b, 2000, 10); /* a shorter one changes nothing */
	assert_int_equal(budget_wait_ms(&b, BUDGET_SINGLE, 1000), 30000);
	assert_int_equal(budget_wait_ms(&b, BUDGET_RUN, 30999), 1);
	assert_int_equal(budget_wait_ms(&b, BUDGET_RUN, 31000), 0);
	assert_int_equal(budget_paused_ms(&b, 31000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget_keeps_to_the_pace),
		cmocka_unit_test(test_budget_saves_up_a_burst_and_no_more),
		cmocka_unit_test(
			test_budget_without_a_rate_is_bounded_by_places),
		cmocka_unit_test(test_budget_leaves_a_place_for_single_reads),
		cmocka_unit_test(
			test_budget_lets_single_reads_go_first_but_not_for_ever),
		cmocka_unit_test(test_budget_pauses_as_long_as_it_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

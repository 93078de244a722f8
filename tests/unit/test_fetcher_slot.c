/* R17: what a slot becomes, and whose turn it is. */
#include "check.h"
#include "slot.h"

#define HOUR 3600000LL
#define DAY  (24 * HOUR)
#define NOW  (1000 * DAY)

static const struct row {
	const char *name;
	int64_t since, full, reconcile; /* ago; 0: never */
	bool can_change;
	enum run_kind kind;
} rows[] = {
	{ "never read", 0, 0, 0, true, RUN_RECONCILE },
	{ "an hour after a full read", HOUR, HOUR, DAY, true, RUN_INCREMENTAL },
	{ "the HRIS cannot tell changes", HOUR, HOUR, DAY, false, RUN_FULL },
	{ "a day after, whatever the jitter", DAY - HOUR, DAY - HOUR, DAY, true,
	  RUN_FULL },
	{ "the last full read was refused", HOUR, 0, DAY, true, RUN_FULL },
	{ "a week after all was sent", HOUR, HOUR, 7 * DAY - HOUR / 2, true,
	  RUN_RECONCILE },
	{ "no mark to go on from", 0, HOUR, DAY, true, RUN_FULL },
};

static int64_t ago(int64_t ms)
{
	return ms ? NOW - ms : 0;
}

static void test_slot_becomes_the_cheapest_run_that_will_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct sync_state s = { .since_ms = ago(r->since),
					.full_ms = ago(r->full),
					.reconcile_ms = ago(r->reconcile) };

		if (slot_kind(&s, r->can_change, NOW) != r->kind)
			fail_msg("%s: %d", r->name,
				 slot_kind(&s, r->can_change, NOW));
	}
}

static void test_round_prefers_who_waited_longest(void **state)
{
	struct round r;

	(void)state;
	round_init(&r);
	assert_int_equal(round_last(&r, STR("a")), 0);
	round_turn(&r, STR("a"), 2000, 0);
	round_turn(&r, STR("b"), 1000, 0);
	assert_true(round_last(&r, STR("b")) < round_last(&r, STR("a")));
	assert_true(round_last(&r, STR("new")) < round_last(&r, STR("b")));
	round_turn(&r, STR("b"), 3000, 0);
	assert_true(round_last(&r, STR("a")) < round_last(&r, STR("b")));
	round_forget(&r, STR("a"));
	assert_int_equal(round_last(&r, STR("a")), 0);
	round_release(&r);
}

static void test_round_leaves_out_who_must_wait(void **state)
{
	struct round r;

	(void)state;
	round_init(&r);
	assert_true(round_may(&r, STR("a"), 1000));
	round_turn(&r, STR("a"), 1000, 5000);
	assert_false(round_may(&r, STR("a"), 4999));
	assert_true(round_may(&r, STR("a"), 5000));
	round_release(&r);
}

static void test_round_lets_who_hurries_go_first(void **state)
{
	struct round r;

	(void)state;
	round_init(&r);
	round_turn(&r, STR("a"), 1000, 9000);
	assert_false(round_may(&r, STR("a"), 2000));
	round_hurry(&r, STR("a"), 2000);
	assert_true(round_may(&r, STR("a"), 2000));
	assert_true(round_is_hurried(&r, STR("a")));
	assert_int_equal(round_last(&r, STR("a")), 0);
	round_turn(&r, STR("a"), 3000, 0); /* that was it */
	assert_false(round_is_hurried(&r, STR("a")));
	assert_false(round_is_hurried(&r, STR("b")));
	round_release(&r);
}

static void test_round_forgets_what_is_old_but_not_what_waits(void **state)
{
	struct round r;

	(void)state;
	round_init(&r);
	round_turn(&r, STR("old"), 1000, 0);
	round_turn(&r, STR("waits"), 1000, 2 * ROUND_FORGET_MS);
	round_sweep(&r, 1001 + ROUND_FORGET_MS);
	assert_int_equal(round_last(&r, STR("old")), 0);
	assert_int_equal(round_last(&r, STR("waits")), 1000);
	round_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_slot_becomes_the_cheapest_run_that_will_do),
		cmocka_unit_test(test_round_prefers_who_waited_longest),
		cmocka_unit_test(test_round_leaves_out_who_must_wait),
		cmocka_unit_test(test_round_lets_who_hurries_go_first),
		cmocka_unit_test(
			test_round_forgets_what_is_old_but_not_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* R5 and R16: what each answer of an HRIS means for a lookup. */
#include "check.h"
#include "verdict.h"

#define NOW    1800000000000LL
#define MIN    60000LL
#define HOUR   (60 * MIN)
#define NO_ASK (-1)

static struct verdict verdict(enum finding finding, struct history h,
			      int64_t asked_ms, unsigned luck)
{
	struct evidence e = { .finding = finding,
			      .history = h,
			      .asked_ms = asked_ms,
			      .now_ms = NOW,
			      .luck = luck };
	struct verdict v = verdict_of(&e);

	assert_non_null(v.reason);
	return v;
}

static void test_fetcher_a_person_becomes_a_change(void **state)
{
	struct verdict v = verdict(FINDING_PERSON,
				   (struct history){ 3, NOW - MIN }, NO_ASK, 0);

	(void)state;
	assert_int_equal(v.action, VERDICT_CHANGE);
	assert_int_equal(v.kind, CHANGE_STATE);
	assert_false(v.stop);
	assert_int_equal(v.pause_ms, 0);
}

static const struct missing_row {
	const char *name;
	int64_t missing_ms;
	enum verdict_action action;
	int64_t wait_ms;
	int64_t want_missing_ms;
} missing_rows[] = {
	{ "first", 0, VERDICT_LATER, VERDICT_GONE_APART_MS, NOW },
	{ "again at once", NOW, VERDICT_LATER, VERDICT_GONE_APART_MS, NOW },
	{ "again too soon", NOW - VERDICT_GONE_APART_MS + 1, VERDICT_LATER, 1,
	  NOW - VERDICT_GONE_APART_MS + 1 },
	{ "again in time", NOW - VERDICT_GONE_APART_MS, VERDICT_CHANGE, 0, 0 },
	{ "a day after", NOW - 24 * HOUR, VERDICT_CHANGE, 0, 0 },
	{ "the clock was set back", NOW + HOUR, VERDICT_LATER,
	  VERDICT_GONE_APART_MS, NOW },
};

/* R5: twice, minutes apart. */
static void test_fetcher_gone_needs_two_404s_minutes_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(missing_rows); i++) {
		const struct missing_row *r = &missing_rows[i];
		struct verdict v = verdict(FINDING_MISSING,
					   (struct history){ 2, r->missing_ms },
					   NO_ASK, 999);

		if (v.action != r->action || v.wait_ms != r->wait_ms ||
		    v.history.missing_ms != r->want_missing_ms)
			fail_msg("%s: action %d, wait %lld", r->name, v.action,
				 (long long)v.wait_ms);
		if (v.action == VERDICT_CHANGE)
			assert_int_equal(v.kind, CHANGE_GONE);
		else
			assert_int_equal(v.history.tries, 2);
	}
}

/* R16: 1 m, 5 m, 30 m, 2 h, 6 h, then daily, spread by a quarter. */
static void test_fetcher_retries_by_the_schedule_then_gives_up(void **state)
{
	static const enum finding findings[] = { FINDING_BUSY,
						 FINDING_NO_ANSWER,
						 FINDING_FORBIDDEN };
	static const int64_t waits[] = { MIN,	    5 * MIN,  30 * MIN,
					 2 * HOUR,  6 * HOUR, 24 * HOUR,
					 24 * HOUR, 24 * HOUR };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(findings); i++) {
		struct history h = { 0, NOW - MIN };
		struct verdict v;

		for (size_t k = 0; k < ARRAY_LEN(waits); k++) {
			v = verdict(findings[i], h, NO_ASK, 500);
			assert_int_equal(v.action, VERDICT_LATER);
			assert_true(v.wait_ms >= waits[k]);
			assert_true(v.wait_ms <= waits[k] * 5 / 4);
			assert_int_equal(v.history.tries, k + 1);
			assert_int_equal(v.history.missing_ms, NOW - MIN);
			assert_false(v.stop);
			h = v.history;
		}
		v = verdict(findings[i], h, NO_ASK, 500);
		assert_int_equal(v.action, VERDICT_BURY);
	}
}

static void test_fetcher_luck_spreads_a_retry(void **state)
{
	struct history none = { 0, 0 };
	struct verdict least = verdict(FINDING_BUSY, none, NO_ASK, 0);
	struct verdict most = verdict(FINDING_BUSY, none, NO_ASK, 999);

	(void)state;
	assert_int_equal(least.wait_ms, MIN * 3 / 4);
	assert_true(most.wait_ms > MIN * 6 / 5 && most.wait_ms < MIN * 5 / 4);
}

static void test_fetcher_an_unreadable_answer_is_tried_three_times(void **state)
{
	struct history h = { 2, 0 };

	(void)state;
	assert_int_equal(verdict(FINDING_UNREADABLE, h, NO_ASK, 0).action,
			 VERDICT_LATER);
	h.tries = 3;
	assert_int_equal(verdict(FINDING_UNREADABLE, h, NO_ASK, 0).action,
			 VERDICT_BURY);
}

static const struct asked_row {
	const char *name;
	enum finding finding;
	int64_t asked_ms;
	int64_t pause_ms;
	unsigned tries;
} asked_rows[] = {
	{ "429 says when", FINDING_LIMITED, 7000, 7000, 0 },
	{ "429 says now", FINDING_LIMITED, 0, 0, 0 },
	{ "429 says nothing", FINDING_LIMITED, NO_ASK, VERDICT_PAUSE_MS, 0 },
	{ "429 says next year", FINDING_LIMITED, 365 * 24 * HOUR,
	  VERDICT_PAUSE_MAX_MS, 0 },
	{ "503 says when", FINDING_BUSY, 600000, 600000, 1 },
	{ "503 says nothing", FINDING_BUSY, NO_ASK, 0, 1 },
	{ "no answer", FINDING_NO_ANSWER, NO_ASK, VERDICT_PAUSE_MS, 1 },
};

/* R16: obey Retry-After; 429 is no failure of the person's. */
static void test_fetcher_pauses_as_long_as_it_was_asked_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asked_rows); i++) {
		const struct asked_row *r = &asked_rows[i];
		struct history none = { 0, 0 };
		struct verdict v = verdict(r->finding, none, r->asked_ms, 0);

		if (v.action != VERDICT_LATER || v.pause_ms != r->pause_ms ||
		    v.history.tries != r->tries)
			fail_msg("%s: pause %lld, tries %u", r->name,
				 (long long)v.pause_ms, v.history.tries);
		/* It must not come back while the pause lasts, nor at once. */
		if (v.wait_ms < v.pause_ms || v.wait_ms < 10000)
			fail_msg("%s: waits %lld", r->name,
				 (long long)v.wait_ms);
	}
}

static void test_fetcher_refused_credentials_stop_and_lose_nothing(void **state)
{
	static const enum finding findings[] = { FINDING_CREDENTIALS,
						 FINDING_SETUP };
	struct history h = { 7, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(findings); i++) {
		struct verdict v = verdict(findings[i], h, NO_ASK, 0);

		assert_true(v.stop);
		assert_int_equal(v.action, VERDICT_LATER);
		assert_int_equal(v.history.tries, 7);
		assert_true(v.wait_ms > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fetcher_a_person_becomes_a_change),
		cmocka_unit_test(
			test_fetcher_gone_needs_two_404s_minutes_apart),
		cmocka_unit_test(
			test_fetcher_retries_by_the_schedule_then_gives_up),
		cmocka_unit_test(test_fetcher_luck_spreads_a_retry),
		cmocka_unit_test(
			test_fetcher_an_unreadable_answer_is_tried_three_times),
		cmocka_unit_test(
			test_fetcher_pauses_as_long_as_it_was_asked_to),
		cmocka_unit_test(
			test_fetcher_refused_credentials_stop_and_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

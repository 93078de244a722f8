/* R16 for runs: when to try a page again, and when to give up. */
#include "check.h"
#include "trouble.h"

#define MINUTE 60000LL
#define HOUR   (60 * MINUTE)

static struct trouble of(enum finding f, unsigned tries, int64_t asked)
{
	return trouble_of(f, tries, asked, 0);
}

static void test_trouble_that_may_pass_is_tried_again(void **state)
{
	static const enum finding may_pass[] = { FINDING_BUSY,
						 FINDING_NO_ANSWER,
						 FINDING_LIMITED };
	static const int64_t waits[] = { 2000,	      MINUTE,	5 * MINUTE,
					 30 * MINUTE, 2 * HOUR, 6 * HOUR };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(may_pass); i++) {
		for (unsigned n = 0; n < ARRAY_LEN(waits); n++) {
			struct trouble t = of(may_pass[i], n, -1);

			assert_int_equal(t.action, TROUBLE_WAIT);
			assert_int_equal(t.wait_ms, waits[n]);
		}
		assert_int_equal(of(may_pass[i], ARRAY_LEN(waits), -1).action,
				 TROUBLE_FAIL);
	}
}

static void test_trouble_obeys_what_the_hris_asks_for(void **state)
{
	struct trouble t = of(FINDING_LIMITED, 0, 90000);

	(void)state;
	assert_int_equal(t.action, TROUBLE_WAIT);
	assert_true(t.wait_ms >= 90000 && t.pause_ms == t.wait_ms);
	t = trouble_of(FINDING_LIMITED, 20, 90000, 999);
	assert_int_equal(t.action, TROUBLE_WAIT);
	assert_true(t.wait_ms >= 90000 && t.wait_ms < 120000);
	assert_int_equal(of(FINDING_LIMITED, 30, 90000).action, TROUBLE_FAIL);
	t = of(FINDING_BUSY, 0, 365 * 24 * HOUR); /* no longer than a day */
	assert_true(t.wait_ms <= 24 * HOUR + 1000 && t.pause_ms > 0);
	assert_true(of(FINDING_NO_ANSWER, 0, 90000).wait_ms < 90000);
}

static void test_trouble_with_rights_ends_the_run(void **state)
{
	(void)state;
	assert_int_equal(of(FINDING_CREDENTIALS, 0, 1).action, TROUBLE_STOP);
	assert_int_equal(of(FINDING_SETUP, 0, -1).action, TROUBLE_STOP);
	assert_int_equal(of(FINDING_FORBIDDEN, 0, -1).action, TROUBLE_FAIL);
	assert_int_equal(of(FINDING_MISSING, 0, -1).action, TROUBLE_FAIL);
	assert_int_equal(of(FINDING_TOO_LARGE, 0, -1).action, TROUBLE_FAIL);
}

static void test_trouble_with_an_answer_is_tried_three_times(void **state)
{
	(void)state;
	assert_int_equal(of(FINDING_UNREADABLE, 2, -1).action, TROUBLE_WAIT);
	assert_int_equal(of(FINDING_UNREADABLE, 3, -1).action, TROUBLE_FAIL);
}

/* An admin reads them: each kind has a sentence of its own. */
static void test_trouble_has_words_for_every_kind(void **state)
{
	(void)state;
	for (unsigned i = FINDING_PERSON + 1; i < FINDING_COUNT; i++) {
		const char *words = of((enum finding)i, 0, -1).reason;

		assert_true(strlen(words) > 20);
		for (unsigned k = FINDING_PERSON + 1; k < i; k++)
			assert_string_not_equal(
				words, of((enum finding)k, 0, -1).reason);
	}
}

static const struct row {
	enum err_kind kind;
	int status;
	enum finding finding;
} rows[] = {
	{ ERR_TEMP, 0, FINDING_NO_ANSWER },
	{ ERR_FORBIDDEN, 0, FINDING_SETUP }, /* the guard */
	{ ERR_CONFIG, 0, FINDING_SETUP },
	{ ERR_INVALID, 0, FINDING_UNREADABLE },
	{ ERR_LIMIT, 0, FINDING_TOO_LARGE },
	{ ERR_TEMP, 429, FINDING_LIMITED },
	{ ERR_TEMP, 503, FINDING_BUSY },
	{ ERR_AUTH, 401, FINDING_CREDENTIALS },
	{ ERR_AUTH, 200, FINDING_CREDENTIALS }, /* as some vendors say it */
	{ ERR_FORBIDDEN, 403, FINDING_FORBIDDEN },
	{ ERR_INVALID, 404, FINDING_MISSING },
	{ ERR_INVALID, 200, FINDING_UNREADABLE },
	{ ERR_LIMIT, 200, FINDING_TOO_LARGE },
};

static void test_trouble_is_found_by_kind_and_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (finding_of(rows[i].kind, rows[i].status) != rows[i].finding)
			fail_msg("row %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trouble_that_may_pass_is_tried_again),
		cmocka_unit_test(test_trouble_obeys_what_the_hris_asks_for),
		cmocka_unit_test(test_trouble_with_rights_ends_the_run),
		cmocka_unit_test(test_trouble_has_words_for_every_kind),
		cmocka_unit_test(
			test_trouble_with_an_answer_is_tried_three_times),
		cmocka_unit_test(test_trouble_is_found_by_kind_and_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

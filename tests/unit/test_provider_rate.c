/* How fast an HRIS may be asked, and when it says that it was too fast. */
#include "check.h"

#include "provider/rate.h"
#include "provider_manifest.h"

#define ONE "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"
#define NOW 1700000000000LL /* 2023-11-14T22:13:20Z */

static struct manifest *load(const char *rate)
{
	struct manifest *m;
	struct err err = { 0 };

	if (test_manifest(&m, rate, "", &err) < 0)
		fail_msg("%s: %s", rate, err.text);
	return m;
}

static void test_calls_keep_the_pace(void **state)
{
	const struct rate r = { .calls = 5, .per_s = 1, .burst = 1 };
	struct rate_bucket b = { 0 };

	(void)state;
	assert_int_equal(rate_take(&r, &b, 1000), 0);
	assert_int_equal(rate_take(&r, &b, 1000), 200);
	assert_int_equal(rate_take(&r, &b, 1150), 50);
	assert_int_equal(rate_take(&r, &b, 1200), 0);
	assert_int_equal(rate_take(&r, &b, 5000), 0);
	assert_int_equal(rate_take(&r, &b, 5001),
			 199); /* nothing is saved up */
}

static void test_a_burst_is_let_through_and_paid_for(void **state)
{
	const struct rate r = { .calls = 50, .per_s = 60, .burst = 3 };
	struct rate_bucket b = { 0 };
	int64_t now = 100000;
	int calls = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(rate_take(&r, &b, now), 0);
	assert_int_equal(rate_take(&r, &b, now), 1200);
	/* Whoever waits as told never passes the limit by more than a burst. */
	for (int64_t end = now + 60000; now < end; calls++) {
		int64_t wait = rate_take(&r, &b, now);

		if (!wait)
			continue;
		now += wait;
		calls--;
	}
	assert_in_range(calls, 49, 50);
}

static void test_without_a_pace_nobody_waits(void **state)
{
	struct manifest *m = load(ONE);
	struct rate r = rate_of(m);
	struct rate_bucket b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(rate_take(&r, &b, 1), 0);
	manifest_free(&m);
}

struct header {
	const char *name, *value;
};

static struct str find(const void *headers, const char *name)
{
	const struct header *h = headers;

	for (; h->name; h++)
		if (!strcmp(h->name, name))
			return str_of(h->value);
	return str_none();
}

static const struct asked_row {
	const char *name;
	const char *rate; /* of "rate" */
	int status;
	struct header headers[3];
	int64_t want;
} asked[] = {
	{ "a fine answer", "'calls':1", 200, { { "Retry-After", "7" } }, -1 },
	{ "a 429 that says nothing", "'calls':1", 429, { { NULL } }, -1 },
	{ "in seconds", "'calls':1", 429, { { "Retry-After", "7" } }, 7000 },
	{ "in seconds and a half",
	  "'calls':1",
	  429,
	  { { "Retry-After", "1.5" } },
	  2000 },
	{ "a 503 too", "'calls':1", 503, { { "Retry-After", "7" } }, 7000 },
	{ "a 500 does not", "'calls':1", 500, { { "Retry-After", "7" } }, -1 },
	{ "a date",
	  "'calls':1",
	  429,
	  { { "Retry-After", "Tue, 14 Nov 2023 22:13:30 GMT" } },
	  10000 },
	{ "a date that is over",
	  "'calls':1",
	  429,
	  { { "Retry-After", "Tue, 14 Nov 2023 22:13:10 GMT" } },
	  0 },
	{ "no date", "'calls':1", 429, { { "Retry-After", "tomorrow" } }, -1 },
	{ "no month",
	  "'calls':1",
	  429,
	  { { "Retry-After", "Tue, 14 Nev 2023 22:13:30 GMT" } },
	  -1 },
	{ "a year",
	  "'calls':1",
	  429,
	  { { "Retry-After", "31536000" } },
	  RATE_ASKED_MAX_MS },
	{ "a number of nonsense",
	  "'calls':1",
	  429,
	  { { "Retry-After", "99999999999999999999" } },
	  -1 },
	{ "a negative one", "'calls':1", 429, { { "Retry-After", "-5" } }, -1 },
	{ "another status of the manifest",
	  "'limited':[403]",
	  403,
	  { { "Retry-After", "3" } },
	  3000 },
	{ "seconds since 1970",
	  "'reset':{'header':'X-Reset','format':'unix'}",
	  429,
	  { { "X-Reset", "1700000005" } },
	  5000 },
	{ "the HRIS's own header goes after Retry-After",
	  "'reset':{'header':'X-Reset','format':'unix'}",
	  429,
	  { { "X-Reset", "1700000005" }, { "Retry-After", "2" } },
	  2000 },
	{ "ms since 1970",
	  "'reset':{'header':'X-Reset','format':'unix-ms'}",
	  429,
	  { { "X-Reset", "1700000000250" } },
	  250 },
	{ "a time, as RFC 3339 has it",
	  "'reset':{'header':'X-Reset','format':'date-time'}",
	  429,
	  { { "X-Reset", "2023-11-14T22:13:21Z" } },
	  1000 },
	{ "a time with spaces and a zone",
	  "'reset':{'header':'X-Reset','format':'date-time'}",
	  429,
	  { { "X-Reset", "2023-11-14 15:13:22 -0700" } },
	  2000 },
	{ "the second of two headers",
	  "'reset':[{'header':'X-A','format':'seconds'},{'header':'X-B',"
	  "'format':'http-date'}]",
	  429,
	  { { "X-A", "soon" }, { "X-B", "Tue, 14 Nov 2023 22:13:23 GMT" } },
	  3000 },
	{ "no call is left",
	  "'remaining':'X-Left','reset':{'header':'X-Reset','format':"
	  "'seconds'}",
	  200,
	  { { "X-Left", "0" }, { "X-Reset", "9" } },
	  9000 },
	{ "no call is left, and not until when",
	  "'remaining':'X-Left'",
	  200,
	  { { "X-Left", "0" } },
	  60000 },
	{ "one call is left",
	  "'remaining':'X-Left','reset':{'header':'X-Reset','format':"
	  "'seconds'}",
	  200,
	  { { "X-Left", "1" }, { "X-Reset", "9" } },
	  -1 },
};

static void test_answers_say_how_long_to_wait(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		const struct asked_row *row = &asked[i];
		char fetch[512];
		struct manifest *m;
		int64_t got;

		(void)snprintf(fetch, sizeof(fetch), "'rate':{%s}," ONE,
			       row->rate);
		m = load(fetch);
		got = rate_asked_ms(m, row->status, find, row->headers, NOW);
		if (got != row->want)
			fail_msg("%s: %lld", row->name, (long long)got);
		manifest_free(&m);
	}
}

static void test_a_rate_tells_its_numbers(void **state)
{
	struct manifest *m = load("'rate':{'calls':50,'per_s':60,"
				  "'max_parallel':4,'limited':[403]}," ONE);
	struct rate r = rate_of(m);

	(void)state;
	assert_int_equal(r.calls, 50);
	assert_int_equal(r.per_s, 60);
	assert_int_equal(r.burst, 1);
	assert_int_equal(r.max_parallel, 4);
	assert_true(rate_is_limited(m, 403));
	assert_true(rate_is_limited(m, 429));
	assert_false(rate_is_limited(m, 401));
	manifest_free(&m);
}

static void test_a_pause_is_of_refusals_alone(void **state)
{
	struct manifest *m =
		load("'rate':{'pause_s':3600,'limited':[403]}," ONE);
	struct manifest *none = load("'rate':{'calls':1}," ONE);

	(void)state;
	assert_int_equal(rate_pause_ms(m, 429), 3600000);
	assert_int_equal(rate_pause_ms(m, 403), 3600000);
	assert_int_equal(rate_pause_ms(m, 503), -1);
	assert_int_equal(rate_pause_ms(m, 200), -1);
	assert_int_equal(rate_pause_ms(none, 429), -1);
	manifest_free(&none);
	manifest_free(&m);
}

static void test_a_burst_without_a_pace_is_refused(void **state)
{
	struct manifest *m = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(test_manifest(&m, "'rate':{'burst':3}," ONE, "", &err),
			 -1);
	assert_non_null(strstr(err.text, "need 'calls'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_keep_the_pace),
		cmocka_unit_test(test_a_burst_is_let_through_and_paid_for),
		cmocka_unit_test(test_without_a_pace_nobody_waits),
		cmocka_unit_test(test_answers_say_how_long_to_wait),
		cmocka_unit_test(test_a_rate_tells_its_numbers),
		cmocka_unit_test(test_a_pause_is_of_refusals_alone),
		cmocka_unit_test(test_a_burst_without_a_pace_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

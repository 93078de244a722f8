#include "check.h"

#include "base/clock.h"

static void test_times_are_read_as_rfc3339_means_them(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", true, 0 },
		{ "2026-01-31T18:42:00Z", true, 1769884920000 },
		{ "2026-01-31T18:42:00+0000", true, 1769884920000 },
		{ "2026-01-31T19:42:00+01:00", true, 1769884920000 },
		{ "2026-01-31T13:12:00-05:30", true, 1769884920000 },
		{ "2026-01-31t18:42:00.123456z", true, 1769884920123 },
		{ "2026-01-31 18:42:00.1", true, 1769884920100 },
		{ "2024-02-29T00:00:00Z", true, 1709164800000 },
		{ "1969-12-31T23:59:59.999Z", true, -1 },
		{ "2026-02-29T00:00:00Z", false, 0 },
		{ "2026-13-01T00:00:00Z", false, 0 },
		{ "2026-01-31T24:00:00Z", false, 0 },
		{ "2026-01-31T18:42Z", false, 0 },
		{ "2026-01-31T18:42:00.Z", false, 0 },
		{ "2026-01-31T18:42:00Zx", false, 0 },
		{ "2026-01-31T18:42:00+25:00", false, 0 },
		{ "2026-1-31T18:42:00Z", false, 0 },
		{ "2026-01-31", false, 0 },
		{ "", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = 0;

		if (clock_parse_ms(str_of(rows[i].text), &ms) != rows[i].ok ||
		    ms != rows[i].ms)
			fail_msg("'%s' gave %lld", rows[i].text, (long long)ms);
	}
}

static void test_every_day_of_400_years_comes_back(void **state)
{
	int64_t first, last, again;
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	assert_true(clock_parse_day(STR("1900-01-01"), &first));
	assert_true(clock_parse_day(STR("2299-12-31"), &last));
	assert_int_equal(last - first + 1, 146097);
	for (int64_t day = first; day <= last; day++) {
		clock_format_day(day, text);
		if (!clock_parse_day(str_of(text), &again) || again != day)
			fail_msg("%s", text);
	}
	assert_false(clock_parse_day(STR("0000-00-00"), &again));
	assert_false(clock_parse_day(STR("2026-04-31"), &again));
	assert_false(clock_parse_day(STR("2026-04-30x"), &again));
}

static void test_a_day_is_only_what_the_calendar_has(void **state)
{
	static const struct {
		int64_t y, m, d;
		bool ok;
	} days[] = {
		{ 2026, 4, 30, true },	{ 2026, 4, 31, false },
		{ 2024, 2, 29, true },	{ 2026, 2, 29, false },
		{ 2000, 2, 29, true },	{ 1900, 2, 29, false },
		{ 2026, 0, 1, false },	{ 2026, 13, 1, false },
		{ 2026, 1, 0, false },	{ 2026, 1, 32, false },
		{ 9999, 12, 31, true }, { 1, 1, 1, true },
	};
	char text[CLOCK_TEXT_SIZE], want[64];
	int64_t day;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		assert_int_equal(
			clock_day(days[i].y, days[i].m, days[i].d, &day),
			days[i].ok);
		if (!days[i].ok)
			continue;
		snprintf(want, sizeof(want), "%04d-%02d-%02d", (int)days[i].y,
			 (int)days[i].m, (int)days[i].d);
		assert_string_equal(clock_format_day(day, text), want);
	}
	assert_true(clock_day(9999, 12, 31, &day));
	assert_string_equal(clock_format_day(day + 1, text), "10000-01-01");
}

static void test_a_faked_clock_stands_still(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_fake_ms(1769884920123);
	assert_int_equal(clock_wall_ms(), 1769884920123);
	assert_int_equal(clock_mono_ms(), 1769884920123);
	assert_string_equal(clock_format_ms(clock_wall_ms(), text),
			    "2026-01-31T18:42:00.123Z");
	clock_fake_ms(-1);
	assert_true(clock_wall_ms() > 1769884920123);
	assert_string_equal(clock_format_ms(-1, text),
			    "1969-12-31T23:59:59.999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_are_read_as_rfc3339_means_them),
		cmocka_unit_test(test_every_day_of_400_years_comes_back),
		cmocka_unit_test(test_a_day_is_only_what_the_calendar_has),
		cmocka_unit_test(test_a_faked_clock_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

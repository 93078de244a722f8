/* Days and moments in every spelling that an HRIS uses. */
#include "check.h"

#include "base/arena.h"
#include "base/clock.h"
#include "dates.h"

static unsigned row_of(const struct load_words *words, const char *name)
{
	unsigned row;

	if (!words_find(words, str_of(name), &row))
		fail_msg("no format '%s'", name);
	return row;
}

#define NONE  "none"
#define WRONG "wrong"

static const struct day_row {
	const char *format, *text, *want;
} days[] = {
	{ "year-month-day", "2024-03-04", "2024-03-04" },
	{ "year-month-day", " 2024-3-4 ", "2024-03-04" },
	{ "year-month-day", "2015-07-28-07:00", "2015-07-28" },
	{ "year-month-day", "2015-07-28+13:00", "2015-07-28" },
	{ "year-month-day", "2015-07-28Z", "2015-07-28" },
	{ "year-month-day", "2024-03-04T22:00:00+02:00", "2024-03-04" },
	{ "year-month-day", "2024-03-04 00:00:00", "2024-03-04" },
	{ "year-month-day", "2024-03-041", WRONG },
	{ "year-month-day", "2024-02-30", WRONG },
	{ "year-month-day", "24-03-04", WRONG },
	{ "year-month-day", "2024/03/04", WRONG },
	{ "year-month-day", "2024", WRONG },
	{ "year-month-day", "", NONE },
	{ "year-month-day", "0000-00-00", NONE },
	{ "year-month-day", "0000-00-00T00:00:00", NONE },
	{ "year-month-day", "4712-12-31", NONE },
	{ "year-month-day", "9999-12-31T23:59:59Z", NONE },
	{ "year-month-day", "0001-01-01T00:00:00", NONE },
	{ "day/month/year", "04/03/2024", "2024-03-04" },
	{ "day/month/year", "31/04/2024", WRONG },
	{ "day/month/year", "00/00/0000", NONE },
	{ "month/day/year", "3/4/2024", "2024-03-04" },
	{ "month/day/year", "13/4/2024", WRONG },
	{ "month/day/year", "3/4/2024 12:00 AM", "2024-03-04" },
	{ "day.month.year", "04.03.2024", "2024-03-04" },
	{ "day-month-year", "04-03-2024", "2024-03-04" },
	{ "day-month-year", "04-03-2024 17:00:00", "2024-03-04" },
	{ "day-mon-year", "04-Mar-2024", "2024-03-04" },
	{ "day-mon-year", "4-DEC-2024", "2024-12-04" },
	{ "day-mon-year", "04-Mrz-2024", WRONG },
	{ "day-mon-year", "04-March-2024", WRONG },
	{ "epoch", "1709510400", "2024-03-04" },
	{ "epoch", "1709510399.999", "2024-03-03" },
	{ "epoch", "-1", "1969-12-31" },
	{ "epoch", "253402214400", NONE },
	{ "epoch", "1709510400000", WRONG },
	{ "epoch", "9223372036854775807", WRONG },
	{ "epoch", "2024-03-04", WRONG },
	{ "epoch-ms", "1709510400000", "2024-03-04" },
	{ "epoch-ms", "-1", "1969-12-31" },
	{ "epoch-ms", "253402214400000", NONE },
	{ "epoch-ms", "-62135596800000", NONE },
	{ "epoch-ms", "x", WRONG },
	{ "odata", "/Date(1388534400000)/", "2014-01-01" },
	{ "odata", "/Date(1388534400000+0000)/", "2014-01-01" },
	{ "odata", "/Date(1388534400000-0500)/", "2014-01-01" },
	{ "odata", "/Date(-86400000)/", "1969-12-31" },
	{ "odata", "/Date(253402214400000)/", NONE },
	{ "odata", "/Date()/", WRONG },
	{ "odata", "/Date(1388534400000)", WRONG },
	{ "odata", "1388534400000", WRONG },
};

static void test_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		const struct day_row *r = &days[i];
		char text[CLOCK_TEXT_SIZE];
		const char *got = WRONG;
		int64_t day;

		switch (date_read(row_of(&date_words, r->format),
				  str_of(r->text), &day)) {
		case DATE_DAY:
			got = clock_format_day(day, text);
			break;
		case DATE_NONE:
			got = NONE;
			break;
		case DATE_WRONG:
			break;
		}
		if (strcmp(got, r->want) != 0)
			fail_msg("%s '%s': %s", r->format, r->text, got);
	}
}

static const struct moment_row {
	const char *json;
	int64_t want; /* -1: none */
} moments[] = {
	{ "\"2026-01-31T18:42:00Z\"", 1769884920000 },
	{ "\"2026-01-31T18:42:00.5+00:00\"", 1769884920500 },
	{ "\"2026-01-31T18:42:00\"", 1769884920000 },
	{ "\"2026-01-31\"", 1769817600000 },
	{ "1769884920", 1769884920000 },
	{ "\"1769884920\"", 1769884920000 },
	{ "1769884920000", 1769884920000 },
	{ "\"1769884920000\"", 1769884920000 },
	{ "\"/Date(1769884920000+0000)/\"", 1769884920000 },
	{ "\"\"", -1 },
	{ "\"soon\"", -1 },
	{ "true", -1 },
	{ "null", -1 },
};

static void test_moments_are_read(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		const struct moment_row *r = &moments[i];
		const struct json *v;
		int64_t got = -1;

		assert_int_equal(
			json_parse(&v, &a, str_of(r->json), NULL, NULL), 0);
		if (moment_read(v, &got) != (r->want >= 0) || got != r->want)
			fail_msg("%s: %lld", r->json, (long long)got);
	}
	arena_release(&a);
}

static const struct written_row {
	const char *format;
	const char *want;
} written[] = {
	{ "rfc3339", "2026-01-05T08:42:07Z" },
	{ "without-zone", "2026-01-05T08:42:07" },
	{ "epoch", "1767602527" },
	{ "epoch-ms", "1767602527999" },
	{ "year-month-day", "2026-01-05" },
	{ "day-mon-year", "05-Jan-2026" },
	{ "day-month-year-time", "05-01-2026 08:42:07" },
};

static void test_moments_are_written_rounded_down(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(written), moment_words.count);
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		const struct written_row *r = &written[i];
		unsigned row = row_of(&moment_words, r->format);
		char text[MOMENT_SIZE];

		assert_string_equal(moment_write(row, 1767602527999, text),
				    r->want);
		moment_write(row, INT64_MIN, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_moments_are_read),
		cmocka_unit_test(test_moments_are_written_rounded_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Local midnights, checked against the IANA database by hand. */
#include "check.h"

#include "base/clock.h"
#include "words.h"

static const struct row {
	const char *zone;
	const char *utc;
	int minutes;
} rows[] = {
	{ "Europe/London", "2026-03-29T00:59:59Z", 0 },
	{ "Europe/London", "2026-03-29T01:00:00Z", 60 },
	{ "Europe/London", "2026-10-25T00:59:59Z", 60 },
	{ "Europe/London", "2026-10-25T01:00:00Z", 0 },
	{ "Europe/Berlin", "2026-03-29T00:59:59Z", 60 },
	{ "Europe/Berlin", "2026-03-29T01:00:00Z", 120 },
	{ "America/New_York", "2026-03-08T06:59:59Z", -300 },
	{ "America/New_York", "2026-03-08T07:00:00Z", -240 },
	{ "America/New_York", "2026-11-01T05:59:59Z", -240 },
	{ "America/New_York", "2026-11-01T06:00:00Z", -300 },
	{ "America/Los_Angeles", "2027-03-14T10:00:00Z", -420 },
	{ "America/Sao_Paulo", "2026-12-31T00:00:00Z", -180 },
	{ "Asia/Kolkata", "2026-06-30T00:00:00Z", 330 },
	{ "Asia/Singapore", "2026-06-30T00:00:00Z", 480 },
	{ "Australia/Sydney", "2026-04-04T15:59:59Z", 660 },
	{ "Australia/Sydney", "2026-04-04T16:00:00Z", 600 },
	{ "Australia/Sydney", "2026-10-03T16:00:00Z", 660 },
	{ "Pacific/Auckland", "2026-04-04T13:59:59Z", 780 },
	{ "Pacific/Auckland", "2026-04-04T14:00:00Z", 720 },
	{ "Pacific/Auckland", "2026-09-26T13:59:59Z", 720 },
	{ "Pacific/Auckland", "2026-09-26T14:00:00Z", 780 },
};

static const struct zone *zone_of(const char *name)
{
	for (size_t i = 0; i < LOCATION_COUNT; i++)
		if (!strcmp(locations[i].zone.name, name))
			return &locations[i].zone;
	fail_msg("no zone %s", name);
	return NULL;
}

static void test_minutes_around_every_change_of_clocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int64_t at;
		int got;

		assert_true(clock_parse_ms(str_of(r->utc), &at));
		got = zone_minutes_at(zone_of(r->zone), at);
		if (got != r->minutes)
			fail_msg("%s %s: %d, not %d", r->zone, r->utc, got,
				 r->minutes);
	}
}

static void test_the_day_changes_at_local_midnight(void **state)
{
	static const struct {
		const char *zone, *utc, *day;
	} days[] = {
		{ "Pacific/Auckland", "2026-11-23T10:59:59.999Z",
		  "2026-11-23" },
		{ "Pacific/Auckland", "2026-11-23T11:00:00Z", "2026-11-24" },
		{ "America/Los_Angeles", "2026-11-23T07:59:59Z", "2026-11-22" },
		{ "America/Los_Angeles", "2026-11-23T08:00:00Z", "2026-11-23" },
		{ "Europe/London", "1969-12-31T23:59:59Z", "1969-12-31" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		int64_t at, want;

		assert_true(clock_parse_ms(str_of(days[i].utc), &at));
		assert_true(clock_parse_day(str_of(days[i].day), &want));
		assert_int_equal(zone_day_at(zone_of(days[i].zone), at), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minutes_around_every_change_of_clocks),
		cmocka_unit_test(test_the_day_changes_at_local_midnight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

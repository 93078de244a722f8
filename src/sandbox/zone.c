#include "zone.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdio.h>

#define MINUTE_MS 60000LL

/* A Sunday: the nth of a month, or the last (0). */
struct sunday {
	int month;
	int nth;
};

static const struct rule {
	struct sunday begin, end;
	int at_minute;	   /* of the day, in the zone's winter time */
	int end_at_minute; /* the same instant can have another hour */
	bool utc;	   /* both are in UTC instead */
} rules[ZONE_SUMMER_COUNT] = {
	[ZONE_SUMMER_EU] = { { 3, 0 }, { 10, 0 }, 60, 60, true },
	[ZONE_SUMMER_US] = { { 3, 2 }, { 11, 1 }, 120, 60, false },
	[ZONE_SUMMER_AU] = { { 10, 1 }, { 4, 1 }, 120, 120, false },
	[ZONE_SUMMER_NZ] = { { 9, 0 }, { 4, 1 }, 120, 120, false },
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t first_of_month(int year, int month)
{
	char text[24];
	int64_t day = 0;
	bool real;

	(void)snprintf(text, sizeof(text), "%04d-%02d-01", year, month);
	real = clock_parse_day(str_of(text), &day);
	ASSERT(real);
	return day;
}

static int64_t day_of_sunday(int year, struct sunday s)
{
	int64_t first = first_of_month(year, s.month);
	int64_t last;

	if (s.nth > 0) /* 1970-01-01 was a Thursday: 3 days before a Sunday */
		return first + (10 - first % 7) % 7 + 7LL * (s.nth - 1);
	last = first_of_month(year, s.month + 1) - 1;
	return last - (last + 4) % 7;
}

static int year_of(int64_t utc_ms)
{
	char text[CLOCK_TEXT_SIZE];
	uint64_t year = 1970;

	clock_format_day(floor_div(utc_ms, CLOCK_DAY_MS), text);
	(void)str_to_u64((struct str){ text, 4 }, &year);
	return (int)year;
}

static int64_t instant(const struct zone *z, const struct rule *r, int64_t day,
		       int minute)
{
	int64_t shift = r->utc ? 0 : z->minutes;

	return day * CLOCK_DAY_MS + (minute - shift) * MINUTE_MS;
}

static bool is_summer(const struct zone *z, int64_t utc_ms)
{
	const struct rule *r = &rules[z->summer];
	int year = year_of(utc_ms + z->minutes * MINUTE_MS);
	int64_t begin, end;

	if (z->summer == ZONE_NO_SUMMER)
		return false;
	begin = instant(z, r, day_of_sunday(year, r->begin), r->at_minute);
	end = instant(z, r, day_of_sunday(year, r->end), r->end_at_minute);
	if (begin < end)
		return utc_ms >= begin && utc_ms < end;
	return utc_ms >= begin || utc_ms < end; /* south of the equator */
}

int zone_minutes_at(const struct zone *z, int64_t utc_ms)
{
	return z->minutes + (is_summer(z, utc_ms) ? 60 : 0);
}

int64_t zone_day_at(const struct zone *z, int64_t utc_ms)
{
	int64_t local = utc_ms + zone_minutes_at(z, utc_ms) * MINUTE_MS;

	return floor_div(local, CLOCK_DAY_MS);
}

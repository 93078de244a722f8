/*
 * Local days of the places where the company works. Rules of daylight saving
 * are kept here as data, so that the answer does not depend on what the
 * machine has installed.
 */
#ifndef SANDBOX_ZONE_H
#define SANDBOX_ZONE_H

#include <stdint.h>

/* When clocks are an hour ahead; the transitions are on Sundays. */
enum zone_summer {
	ZONE_NO_SUMMER,
	ZONE_SUMMER_EU, /* last of March to last of October, 01:00 UTC */
	ZONE_SUMMER_US, /* second of March to first of November, 02:00 local */
	ZONE_SUMMER_AU, /* first of October to first of April, 02:00 standard */
	ZONE_SUMMER_NZ, /* last of September to first of April, 02:00 standard
			 */
	ZONE_SUMMER_COUNT
};

struct zone {
	const char *name; /* of the IANA database */
	int minutes;	  /* east of UTC, in winter */
	enum zone_summer summer;
};

/* Minutes east of UTC at that instant. */
int zone_minutes_at(const struct zone *z, int64_t utc_ms);

/* The local calendar day then, in days since 1970-01-01. */
int64_t zone_day_at(const struct zone *z, int64_t utc_ms);

#endif

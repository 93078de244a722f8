/*
 * Time. Deadlines use the monotonic clock; facts (when something was read,
 * when a signature was made) use the wall clock. Both can be faked in tests.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE                                       \
	32 /* bytes of "2026-01-31T18:42:00.123Z" and its NUL \
	    */
#define CLOCK_DAY_MS 86400000LL

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

/* Since an arbitrary start; never goes back. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/* From now on both clocks stand at ms; a negative value ends the fake. */
void clock_fake_ms(int64_t ms);

/* RFC 3339 in UTC with milliseconds; returns out. */
const char *clock_format_ms(int64_t ms, char out[static CLOCK_TEXT_SIZE]);

/*
 * An RFC 3339 date-time (or ISO 8601 with "+0000"), whatever its fraction.
 * Without a zone it is taken as UTC. False when it is not one.
 */
bool clock_parse_ms(struct str text, int64_t *out);

/* Days since 1970-01-01; false when there is no such day, as 31 April. */
bool clock_day(int64_t year, int64_t month, int64_t day, int64_t *out);

/* "2026-01-31", a real day. The result is days since 1970-01-01. */
bool clock_parse_day(struct str text, int64_t *out);

/* "2026-01-31" from days since 1970-01-01; returns out. */
const char *clock_format_day(int64_t day, char out[static CLOCK_TEXT_SIZE]);

#endif

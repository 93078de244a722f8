/* Days and times in the spellings of HR systems. */
#ifndef PROVIDER_DATES_H
#define PROVIDER_DATES_H

#include "loader.h"
#include "json/json.h"

#include <stdint.h>

extern const struct load_words date_words; /* of days that are read */

enum date_found {
	DATE_DAY,
	DATE_NONE, /* "0000-00-00", "9999-12-31" and their like: no date */
	DATE_WRONG
};

/* format: row of date_words. The time of a date-time is ignored. */
enum date_found date_read(unsigned format, struct str text, int64_t *day);

/*
 * A moment: RFC 3339 (without a zone: UTC), a day, seconds or milliseconds
 * since 1970 as text or number, or /Date(ms)/. False: none of them.
 */
bool moment_read(const struct json *v, int64_t *ms);

extern const struct load_words moment_words; /* of moments that are sent */

#define MOMENT_SIZE 40 /* bytes of a moment as text, and its NUL */

/* format: row of moment_words; returns out. Seconds and days are rounded down.
 */
const char *moment_write(unsigned format, int64_t ms,
			 char out[static MOMENT_SIZE]);

#endif

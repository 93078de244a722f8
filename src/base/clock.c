#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t fake_ms = -1;

static int64_t read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	return fake_ms >= 0 ? fake_ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_us(void)
{
	return fake_ms >= 0 ? fake_ms * 1000 : read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

void clock_fake_ms(int64_t ms)
{
	fake_ms = ms < 0 ? -1 : ms;
}

/*
 * Days since 1970-01-01 of a day in the Gregorian calendar, and back, by
 * counting from March so that the leap day is the last of its year:
 * 146,097 days make 400 years.
 */
static int64_t day_of(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t day, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t era, doe, yoe, doy, mp;

	day += 719468;
	era = (day >= 0 ? day : day - 146096) / 146097;
	doe = day - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp + (mp < 10 ? 3 : -9);
	*y = yoe + era * 400 + (*m <= 2);
}

bool clock_day(int64_t year, int64_t month, int64_t day, int64_t *out)
{
	int64_t y, m, d;

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	*out = day_of(year, month, day);
	date_of(*out, &y, &m, &d); /* 31 April would come back as 1 May */
	return y == year && m == month && d == day;
}

static char *put_digits(char *at, int count, int64_t n)
{
	for (int i = count; i-- > 0; n /= 10)
		at[i] = (char)('0' + n % 10);
	return at + count;
}

const char *clock_format_day(int64_t day, char out[static CLOCK_TEXT_SIZE])
{
	char *at = out;
	int64_t y, m, d;

	date_of(day, &y, &m, &d);
	if (y < 0 || y > 9999) {
		snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02d", (int)y, (int)m,
			 (int)d);
		return out;
	}
	at = put_digits(at, 4, y);
	*at++ = '-';
	at = put_digits(at, 2, m);
	*at++ = '-';
	*put_digits(at, 2, d) = '\0';
	return out;
}

const char *clock_format_ms(int64_t ms, char out[static CLOCK_TEXT_SIZE])
{
	int64_t day = ms / CLOCK_DAY_MS - (ms % CLOCK_DAY_MS < 0);
	int rest = (int)(ms - day * CLOCK_DAY_MS);
	char date[CLOCK_TEXT_SIZE];

	snprintf(out, CLOCK_TEXT_SIZE, "%.12sT%02d:%02d:%02d.%03dZ",
		 clock_format_day(day, date), rest / 3600000, rest / 60000 % 60,
		 rest / 1000 % 60, rest % 1000);
	return out;
}

/* Exactly n digits from the front of *s. */
static bool take_digits(struct str *s, size_t n, int64_t *out)
{
	uint64_t value;

	if (s->len < n || !str_to_u64((struct str){ s->ptr, n }, &value))
		return false;
	*out = (int64_t)value;
	s->ptr += n;
	s->len -= n;
	return true;
}

static bool take_char(struct str *s, const char *any)
{
	if (s->len == 0 || s->ptr[0] == '\0' || !strchr(any, s->ptr[0]))
		return false;
	s->ptr++;
	s->len--;
	return true;
}

static bool take_day(struct str *s, int64_t *day)
{
	int64_t y, m, d;

	return take_digits(s, 4, &y) && take_char(s, "-") &&
	       take_digits(s, 2, &m) && take_char(s, "-") &&
	       take_digits(s, 2, &d) && clock_day(y, m, d, day);
}

/* The fraction's first three digits count; more are allowed and cut. */
static bool take_fraction(struct str *s, int64_t *ms)
{
	int64_t scale = 100;
	size_t digits = 0;

	*ms = 0;
	if (!take_char(s, "."))
		return true;
	while (s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		*ms += (s->ptr[0] - '0') * scale;
		scale /= 10;
		digits++;
		s->ptr++;
		s->len--;
	}
	return digits > 0;
}

static bool take_zone(struct str *s, int64_t *minutes)
{
	bool west = s->len && s->ptr[0] == '-';
	int64_t h, m;

	*minutes = 0;
	if (s->len == 0 || take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_digits(s, 2, &h))
		return false;
	(void)take_char(s, ":");
	if (!take_digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = west ? -(h * 60 + m) : h * 60 + m;
	return true;
}

bool clock_parse_day(struct str text, int64_t *out)
{
	int64_t day;

	if (!take_day(&text, &day) || text.len)
		return false;
	*out = day;
	return true;
}

bool clock_parse_ms(struct str text, int64_t *out)
{
	int64_t day, h, m, s, ms, zone;

	if (!take_day(&text, &day) || !take_char(&text, "Tt ") ||
	    !take_digits(&text, 2, &h) || !take_char(&text, ":") ||
	    !take_digits(&text, 2, &m) || !take_char(&text, ":") ||
	    !take_digits(&text, 2, &s) || !take_fraction(&text, &ms) ||
	    !take_zone(&text, &zone) || text.len)
		return false;
	if (h > 23 || m > 59 || s > 60) /* 60: a leap second */
		return false;
	*out = day * CLOCK_DAY_MS + ((h * 60 + m - zone) * 60 + s) * 1000 + ms;
	return true;
}

#include "dates.h"

#include "base/assert.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define FIRST_DAY  (-719162) /* 0001-01-01: .NET's smallest date */
#define ORACLE_DAY 1001859   /* 4712-12-31: Oracle's open end */
#define LAST_DAY   2932896   /* 9999-12-31: the open end of most */

/* Numbers from here on are milliseconds: as seconds it is the year 5138. */
#define SURELY_MS 100000000000

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* From the front of *s: `least` to `most` digits. */
static bool take_number(struct str *s, size_t least, size_t most, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < most && n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
		*out = *out * 10 + (s->ptr[n++] - '0');
	*s = (struct str){ s->ptr + n, s->len - n };
	return n >= least;
}

static bool take_month(struct str *s, int *out)
{
	for (int m = 0; m < 12 && s->len >= 3; m++) {
		bool same = true;

		for (int i = 0; i < 3; i++)
			same &= str_lower(s->ptr[i]) ==
				str_lower(months[m * 3 + i]);
		if (!same)
			continue;
		*out = m + 1;
		*s = (struct str){ s->ptr + 3, s->len - 3 };
		return true;
	}
	return false;
}

/* What may follow a day: the time of a date-time, or a zone. */
static bool ends_day(struct str rest)
{
	return !rest.len || (rest.ptr[0] && strchr("Tt +-Zz", rest.ptr[0]));
}

/* Y: four digits; M, D: one or two; N: a month's name; else itself. */
static bool read_parts(const char *parts, struct str text, int64_t *day)
{
	int y = 0, m = 0, d = 0;
	char plain[CLOCK_TEXT_SIZE];
	int len;

	for (; *parts; parts++) {
		bool good;

		if (*parts == 'Y')
			good = take_number(&text, 4, 4, &y);
		else if (*parts == 'M')
			good = take_number(&text, 1, 2, &m);
		else if (*parts == 'D')
			good = take_number(&text, 1, 2, &d);
		else if (*parts == 'N')
			good = take_month(&text, &m);
		else
			good = text.len && text.ptr[0] == *parts &&
			       (text.ptr++, text.len--, true);
		if (!good)
			return false;
	}
	if (!ends_day(text))
		return false;
	/* Its reader knows which days there are. */
	len = snprintf(plain, sizeof(plain), "%04d-%02d-%02d", y, m, d);
	return clock_parse_day((struct str){ plain, (size_t)len }, day);
}

static int64_t day_of_ms(int64_t ms)
{
	return ms / CLOCK_DAY_MS - (ms % CLOCK_DAY_MS < 0);
}

/* A whole number; a fraction is cut off. */
static bool read_whole(struct str text, int64_t *out)
{
	struct str whole;

	(void)str_cut(&text, '.', &whole);
	return str_to_i64(whole, out);
}

static bool read_seconds(const char *parts, struct str text, int64_t *day)
{
	int64_t s;

	(void)parts;
	if (!read_whole(text, &s) || s > INT64_MAX / 1000 ||
	    s < INT64_MIN / 1000)
		return false;
	*day = day_of_ms(s * 1000);
	return true;
}

static bool read_ms(const char *parts, struct str text, int64_t *day)
{
	int64_t ms;

	(void)parts;
	if (!read_whole(text, &ms))
		return false;
	*day = day_of_ms(ms);
	return true;
}

/* "/Date(1388534400000+0100)/": the number counts from UTC whatever follows. */
static bool odata_ms(struct str text, int64_t *ms)
{
	const struct str start = STR("/Date(");
	struct str number;
	size_t sign;

	if (!str_starts(text, start))
		return false;
	text = (struct str){ text.ptr + start.len, text.len - start.len };
	if (!str_cut(&text, ')', &number) || !str_is(text, "/"))
		return false;
	sign = number.len > 1 && number.ptr[0] == '-';
	for (size_t i = sign; i < number.len; i++)
		if (number.ptr[i] == '+' || number.ptr[i] == '-')
			number.len = i;
	return str_to_i64(number, ms);
}

static bool read_odata(const char *parts, struct str text, int64_t *day)
{
	int64_t ms;

	(void)parts;
	if (!odata_ms(text, &ms))
		return false;
	*day = day_of_ms(ms);
	return true;
}

struct date_format {
	const char *name;
	bool (*read)(const char *parts, struct str text, int64_t *day);
	const char *parts;
};

static const struct date_format date_formats[] = {
	{ "year-month-day", read_parts, "Y-M-D" }, /* first: the default */
	{ "day/month/year", read_parts, "D/M/Y" },
	{ "month/day/year", read_parts, "M/D/Y" },
	{ "day.month.year", read_parts, "D.M.Y" },
	{ "day-month-year", read_parts, "D-M-Y" },
	{ "day-mon-year", read_parts, "D-N-Y" },
	{ "epoch", read_seconds, NULL },
	{ "epoch-ms", read_ms, NULL },
	{ "odata", read_odata, NULL },
};

const struct load_words date_words = LOAD_WORDS(date_formats);

/* "0000-00-00" and its like. */
static bool is_zeros(struct str text)
{
	if (text.len < 8)
		return false;
	for (size_t i = 0; i < text.len && i < 10; i++)
		if (!text.ptr[i] || !strchr("0-/.", text.ptr[i]))
			return false;
	return true;
}

enum date_found date_read(unsigned format, struct str text, int64_t *day)
{
	const struct date_format *f = &date_formats[format];

	ASSERT(format < ARRAY_LEN(date_formats));
	text = str_trim(text);
	if (!text.len || is_zeros(text))
		return DATE_NONE;
	if (!f->read(f->parts, text, day) || *day < FIRST_DAY ||
	    *day > LAST_DAY)
		return DATE_WRONG;
	return *day == FIRST_DAY || *day == ORACLE_DAY || *day == LAST_DAY
		       ? DATE_NONE
		       : DATE_DAY;
}

static bool read_number(struct str text, int64_t *ms)
{
	int64_t n;

	if (!read_whole(text, &n))
		return false;
	*ms = n > -SURELY_MS && n < SURELY_MS ? n * 1000 : n;
	return true;
}

bool moment_read(const struct json *v, int64_t *ms)
{
	struct str text = str_trim(json_text(v));
	int64_t day;

	if (!text.len)
		return false;
	if (clock_parse_ms(text, ms) || odata_ms(text, ms) ||
	    read_number(text, ms))
		return true;
	if (!clock_parse_day(text, &day))
		return false;
	*ms = day * CLOCK_DAY_MS;
	return true;
}

struct moment_format {
	const char *name;
	/* Y M D h m s: digits of a moment in UTC; N: a month's name; S, L:
	 * seconds and milliseconds since 1970; else itself */
	const char *parts;
};

static const struct moment_format moment_formats[] = {
	{ "rfc3339", "Y-M-DTh:m:sZ" }, /* first: the default */
	{ "without-zone", "Y-M-DTh:m:s" },
	{ "epoch", "S" },
	{ "epoch-ms", "L" },
	{ "year-month-day", "Y-M-D" },
	{ "day-mon-year", "D-N-Y" },
	{ "day-month-year-time", "D-M-Y h:m:s" },
};

const struct load_words moment_words = LOAD_WORDS(moment_formats);

static int write_part(char part, int64_t ms, const char *utc, char *out,
		      size_t room)
{
	static const char letters[] = "YMDhms";
	static const unsigned char at[] = { 0, 5, 8, 11, 14, 17 };
	const char *letter = strchr(letters, part);
	int month = (utc[5] - '0') * 10 + (utc[6] - '0');

	if (letter)
		return snprintf(out, room, "%.*s", part == 'Y' ? 4 : 2,
				utc + at[letter - letters]);
	if (part == 'N')
		return snprintf(out, room, "%.3s", months + (month - 1) * 3);
	if (part == 'S')
		return snprintf(out, room, "%" PRId64,
				ms / 1000 - (ms % 1000 < 0));
	if (part == 'L')
		return snprintf(out, room, "%" PRId64, ms);
	return snprintf(out, room, "%c", part);
}

const char *moment_write(unsigned format, int64_t ms,
			 char out[static MOMENT_SIZE])
{
	const char *parts = moment_formats[format].parts;
	char utc[CLOCK_TEXT_SIZE];
	size_t len = 0;

	ASSERT(format < ARRAY_LEN(moment_formats));
	if (ms < 0) /* before there was an HRIS to ask */
		ms = 0;
	clock_format_ms(ms, utc);
	for (; *parts && len < MOMENT_SIZE - 1; parts++) {
		int n = write_part(*parts, ms, utc, out + len,
				   MOMENT_SIZE - len);

		len += n > 0 ? (size_t)n : 0;
	}
	return out;
}

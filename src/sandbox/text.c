#include "text.h"

#include "base/clock.h"
#include "words.h"

#include <stdio.h>

bool employee_has(const struct employee *e, enum employee_field f)
{
	return !(e->blank & FIELD_BIT(f));
}

const char *day_text(int64_t day, char out[static TEXT_SIZE])
{
	out[0] = '\0';
	return day == NO_DAY ? out : clock_format_day(day, out);
}

const char *day_text_local(int64_t day, char out[static TEXT_SIZE])
{
	char iso[TEXT_SIZE];

	out[0] = '\0';
	if (day_text(day, iso)[0])
		(void)snprintf(out, TEXT_SIZE, "%.2s/%.2s/%.4s", iso + 8,
			       iso + 5, iso);
	return out;
}

const char *employee_text(const struct employee *e, enum employee_field f,
			  char out[static TEXT_SIZE])
{
	out[0] = '\0';
	if (!employee_has(e, f))
		return out;
	switch (f) {
	case FIELD_FIRST_NAME:
		return e->first;
	case FIELD_LAST_NAME:
		return e->last;
	case FIELD_PREFERRED_NAME:
		return e->preferred;
	case FIELD_EMAIL:
		return e->email;
	case FIELD_TITLE:
		return e->title;
	case FIELD_DEPARTMENT:
		return departments[e->department].name;
	case FIELD_LEVEL:
		return levels[e->level].name;
	case FIELD_LOCATION:
		return locations[e->location].name;
	case FIELD_TYPE:
		return type_names[e->type];
	case FIELD_NUMBER:
		(void)snprintf(out, TEXT_SIZE, "%u", e->number);
		return out;
	case FIELD_START:
		return day_text(e->start_day, out);
	case FIELD_END:
		return day_text(e->end_day, out);
	case FIELD_STATUS:
		return e->word[0] ? e->word : employee_status_name(e->status);
	default:
		return out;
	}
}

const char *status_word(const struct employee *e,
			const char *const words[static EMPLOYEE_STATUS_COUNT])
{
	if (!employee_has(e, FIELD_STATUS))
		return "";
	return e->word[0] ? e->word : words[e->status];
}

const char *type_word(const struct employee *e,
		      const char *const words[static TYPE_COUNT])
{
	return employee_has(e, FIELD_TYPE) ? words[e->type] : "";
}

const char *full_name(const struct employee *e, char out[static TEXT_SIZE])
{
	(void)snprintf(out, TEXT_SIZE, "%s %s", e->first, e->last);
	return out;
}

const char *home_email(const struct employee *e, char out[static TEXT_SIZE])
{
	(void)snprintf(out, TEXT_SIZE, "%u@home.example.com", e->user + 1);
	return out;
}

const char *time_text(int64_t ms, enum time_style style,
		      char out[static TEXT_SIZE])
{
	static const char *const tails[] = {
		[TIME_Z] = "Z",		 [TIME_MS] = "Z",
		[TIME_COLON] = "+00:00", [TIME_PLAIN] = "+0000",
		[TIME_SPACE] = "",
	};
	char iso[CLOCK_TEXT_SIZE]; /* 2026-01-31T18:42:00.123Z */

	clock_format_ms(ms, iso);
	if (style == TIME_SPACE)
		iso[10] = ' ';
	(void)snprintf(out, TEXT_SIZE, "%.*s%s", style == TIME_MS ? 23 : 19,
		       iso, tails[style]);
	return out;
}

const char *time_text_us(int64_t us, char out[static TEXT_SIZE])
{
	char iso[CLOCK_TEXT_SIZE];

	clock_format_ms(us / 1000, iso);
	(void)snprintf(out, TEXT_SIZE, "%.23s%03d", iso, (int)(us % 1000));
	return out;
}

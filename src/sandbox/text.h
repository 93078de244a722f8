/* Values of a person and of time as text, the same for every vendor. */
#ifndef SANDBOX_TEXT_H
#define SANDBOX_TEXT_H

#include "company.h"

#define TEXT_SIZE 128

/*
 * "" for a field that is empty or blanked. The manager is left to the caller:
 * every vendor has other ids. Status and type are in the standard's words.
 */
const char *employee_text(const struct employee *e, enum employee_field f,
			  char out[static TEXT_SIZE]);

bool employee_has(const struct employee *e, enum employee_field f);

/*
 * A vendor's word for the status, or what was set as its word by hand, and for
 * the type; "" when it is blanked.
 */
const char *status_word(const struct employee *e,
			const char *const words[static EMPLOYEE_STATUS_COUNT]);
const char *type_word(const struct employee *e,
		      const char *const words[static TYPE_COUNT]);

/* "Ada Ek", and "7@home.example.com", which nobody may take for the work's. */
const char *full_name(const struct employee *e, char out[static TEXT_SIZE]);
const char *home_email(const struct employee *e, char out[static TEXT_SIZE]);

/* How each vendor spells an instant; all are UTC. */
enum time_style {
	TIME_Z,	    /* 2026-01-31T18:42:00Z */
	TIME_MS,    /* 2026-01-31T18:42:00.123Z */
	TIME_COLON, /* 2026-01-31T18:42:00+00:00 */
	TIME_PLAIN, /* 2026-01-31T18:42:00+0000 */
	TIME_SPACE  /* 2026-01-31 18:42:00 */
};

const char *time_text(int64_t ms, enum time_style style,
		      char out[static TEXT_SIZE]);

/* 2026-01-31T18:42:00.123456 and no zone, as HiBob writes it. */
const char *time_text_us(int64_t us, char out[static TEXT_SIZE]);

/* "" for NO_DAY. */
const char *day_text(int64_t day, char out[static TEXT_SIZE]);

/* "31/01/2026", as HiBob writes for people. */
const char *day_text_local(int64_t day, char out[static TEXT_SIZE]);

#endif

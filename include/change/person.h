/* A person as an HRIS describes one, in our words. */
#ifndef CHANGE_PERSON_H
#define CHANGE_PERSON_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* R13. */
enum person_status {
	PERSON_STATUS_ABSENT,  /* not said: keep the member's (R2) */
	PERSON_STATUS_UNKNOWN, /* a word that nobody mapped: keep, and warn */
	PERSON_UPCOMING,
	PERSON_ACTIVE,
	PERSON_ON_LEAVE,
	PERSON_DEPARTED,
	PERSON_STATUS_COUNT
};

enum person_field {
	PERSON_EMPLOYEE_NUMBER,
	PERSON_FIRST_NAME,
	PERSON_LAST_NAME,
	PERSON_PREFERRED_NAME,
	PERSON_EMAIL,
	PERSON_DEPARTMENT,
	PERSON_JOB_TITLE,
	PERSON_SENIORITY_LEVEL,
	PERSON_START_DATE, /* 2026-01-31 */
	PERSON_END_DATE,
	PERSON_MANAGER_ID, /* the manager's pid */
	PERSON_LOCATION,
	PERSON_EMPLOYMENT_TYPE,
	PERSON_FIELD_COUNT
};

/* For sets of fields: one bit each, and one for the status. */
#define PERSON_BIT(field) (UINT32_C(1) << (field))
#define PERSON_STATUS_BIT PERSON_BIT(PERSON_FIELD_COUNT)

/* R2: three different things. */
enum field_state { FIELD_ABSENT, FIELD_NULL, FIELD_VALUE };

struct field {
	enum field_state state;
	struct str value; /* UTF-8, trimmed, never empty; of FIELD_VALUE */
};

/* All borrowed, from an arena or a row. */
struct person {
	struct str pid; /* the provider's immutable id; never empty */
	enum person_status status;
	struct str status_word; /* of PERSON_STATUS_UNKNOWN: what it said */
	struct field fields[PERSON_FIELD_COUNT];
};

#define PERSON_FIELD_MAX_BYTES 1024 /* of a value; longer ones are refused */
#define PERSON_ID_MAX_BYTES    255

#define PERSON_DIGEST_SIZE 16

/*
 * Of all that a change event tells of the person, but for its version and
 * times: equal digests, nothing to tell (R3).
 */
void person_digest(const struct person *p, char out[static PERSON_DIGEST_SIZE]);

/* "employee_number"; never NULL. As in the standard provider's body. */
const char *person_field_name(enum person_field f);
bool person_field_find(struct str name, enum person_field *out);

/* Its value is a day as clock_parse_day takes it. */
bool person_field_is_date(enum person_field f);

/* "active"; "" for absent. */
const char *person_status_name(enum person_status s);

/* Only upcoming, active, on_leave, departed and unknown are found. */
bool person_status_find(struct str name, enum person_status *out);

#endif

/* The words that the make-believe company is made of. Nobody is meant. */
#ifndef SANDBOX_WORDS_H
#define SANDBOX_WORDS_H

#include "zone.h"

#include <stddef.h>

struct first_name {
	const char *text;  /* UTF-8 */
	const char *ascii; /* for the email */
};

struct department {
	const char *name;
	const char *roles[3];
};

struct location {
	const char *name;    /* "London, UK" */
	const char *city;    /* "London" */
	const char *country; /* ISO 3166 */
	const char *region;  /* "Europe" */
	struct zone zone;
};

enum { /* of seniority; by rank */
       LEVEL_JUNIOR,
       LEVEL_MID,
       LEVEL_SENIOR,
       LEVEL_STAFF,
       LEVEL_PRINCIPAL,
       LEVEL_DIRECTOR,
       LEVEL_VP,
       LEVEL_CHIEF,
       LEVEL_COUNT
};

struct level {
	const char *name;
	const char *title_prefix;
	const char *code; /* Rippling's level name */
};

enum {
	TYPE_FULL_TIME,
	TYPE_PART_TIME,
	TYPE_CONTRACTOR,
	TYPE_INTERN,
	TYPE_COUNT
};

#define FIRST_NAME_COUNT 40
#define LAST_HEAD_COUNT	 32
#define LAST_TAIL_COUNT	 24
#define DEPARTMENT_COUNT 10
#define LOCATION_COUNT	 9

extern const struct first_name first_names[FIRST_NAME_COUNT];
extern const char *const last_heads[LAST_HEAD_COUNT]; /* "Amber" + "vale" */
extern const char *const last_tails[LAST_TAIL_COUNT];
extern const struct department departments[DEPARTMENT_COUNT];
extern const struct location locations[LOCATION_COUNT];
extern const struct level levels[LEVEL_COUNT];
extern const char *const type_names[TYPE_COUNT]; /* "full_time", … */

#endif

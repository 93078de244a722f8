/* The names of what a person has: the same in JSON, manifests and the API. */
#include "change/person.h"

#include "base/assert.h"

static const char *const field_names[PERSON_FIELD_COUNT] = {
	[PERSON_EMPLOYEE_NUMBER] = "employee_number",
	[PERSON_FIRST_NAME] = "first_name",
	[PERSON_LAST_NAME] = "last_name",
	[PERSON_PREFERRED_NAME] = "preferred_name",
	[PERSON_EMAIL] = "email",
	[PERSON_DEPARTMENT] = "department",
	[PERSON_JOB_TITLE] = "job_title",
	[PERSON_SENIORITY_LEVEL] = "seniority_level",
	[PERSON_START_DATE] = "start_date",
	[PERSON_END_DATE] = "end_date",
	[PERSON_MANAGER_ID] = "manager_id",
	[PERSON_LOCATION] = "location",
	[PERSON_EMPLOYMENT_TYPE] = "employment_type",
};

static const char *const status_names[PERSON_STATUS_COUNT] = {
	[PERSON_STATUS_ABSENT] = "",	[PERSON_STATUS_UNKNOWN] = "unknown",
	[PERSON_UPCOMING] = "upcoming", [PERSON_ACTIVE] = "active",
	[PERSON_ON_LEAVE] = "on_leave", [PERSON_DEPARTED] = "departed",
};

const char *person_field_name(enum person_field f)
{
	ASSERT((unsigned)f < PERSON_FIELD_COUNT);
	return field_names[f];
}

bool person_field_find(struct str name, enum person_field *out)
{
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		if (!str_is(name, field_names[i]))
			continue;
		*out = (enum person_field)i;
		return true;
	}
	return false;
}

bool person_field_is_date(enum person_field f)
{
	return f == PERSON_START_DATE || f == PERSON_END_DATE;
}

const char *person_status_name(enum person_status s)
{
	ASSERT((unsigned)s < PERSON_STATUS_COUNT);
	return status_names[s];
}

bool person_status_find(struct str name, enum person_status *out)
{
	for (unsigned i = PERSON_STATUS_UNKNOWN; i < PERSON_STATUS_COUNT; i++) {
		if (!str_is(name, status_names[i]))
			continue;
		*out = (enum person_status)i;
		return true;
	}
	return false;
}

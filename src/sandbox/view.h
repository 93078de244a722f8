/*
 * The company as one API shows it: with that request's faults. Renderers read
 * people through it only.
 */
#ifndef SANDBOX_VIEW_H
#define SANDBOX_VIEW_H

#include "company.h"
#include "fault.h"

struct view {
	struct company *company;
	const struct fault_set *fault;
	/* Statuses are those of this day, by location; NULL: of today. */
	const int64_t *as_of;
};

/* False for who is out of sight; the record need not exist. */
bool view_shows(const struct view *v, uint32_t n);

/* False when there is no such person, or it is not shown. */
bool view_get(const struct view *v, uint32_t n, struct employee *out);

/* Somebody else that a record names; false when there is none. */
bool view_manager(const struct view *v, const struct employee *e,
		  struct employee *out);

#define STATUSES_ALL ((1u << EMPLOYEE_STATUS_COUNT) - 1)

/* Who is wanted. 0 is "any", where it does not say otherwise. */
struct wanted {
	unsigned statuses; /* bits of enum employee_status; 0: none */
	unsigned types;	   /* bits of TYPE_… */
	uint32_t user;	   /* EMPLOYEE_NONE: any */
	bool deleted;	   /* those whose record is gone, too */
	bool ended;	   /* only who has an end date */
	int64_t changed_since_ms;
	int64_t changed_before_ms;
	int64_t created_before_ms;
	int64_t days_from, days_to; /* somebody starts or ends in between */
	struct str email;	    /* ptr NULL: any */
};

#define WANTED_ALL                                              \
	(struct wanted)                                         \
	{                                                       \
		.statuses = STATUSES_ALL, .user = EMPLOYEE_NONE \
	}

/*
 * The next record from position *at on, which is moved past it; false when
 * the list has ended.
 */
bool view_next(const struct view *v, const struct wanted *w, uint32_t *at,
	       uint32_t *n);

/* The same, whole. With wanted.deleted, out->deleted may be set. */
bool view_take(const struct view *v, const struct wanted *w, uint32_t *at,
	       struct employee *out);

/* The position of record n. */
uint32_t view_position(const struct view *v, uint32_t n);

/* How many there are, as the API would claim. */
uint32_t view_total(const struct view *v, const struct wanted *w);

#endif

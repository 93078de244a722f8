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
};

/* False for who is out of sight; the record need not exist. */
bool view_shows(const struct view *v, uint32_t n);

/* False when there is no such person, or it is not shown. */
bool view_get(const struct view *v, uint32_t n, struct employee *out);

/* Somebody else that a record names; false when there is none. */
bool view_manager(const struct view *v, const struct employee *e,
		  struct employee *out);

#define STATUSES_ALL ((1u << EMPLOYEE_STATUS_COUNT) - 1)

/* Who is wanted. */
struct wanted {
	unsigned statuses;	  /* bits of enum employee_status */
	int64_t changed_since_ms; /* 0: whenever */
	struct str email;	  /* ptr NULL: any */
	uint32_t user;		  /* EMPLOYEE_NONE: any */
};

/*
 * The next record from position *at on, which is moved past it; false when
 * the list has ended.
 */
bool view_next(const struct view *v, const struct wanted *w, uint32_t *at,
	       uint32_t *n);

/*
 * Records from position at on (0 is the first), at most limit, into out.
 * *next: the position to go on at, or 0 when the list has ended.
 */
uint32_t view_list(const struct view *v, const struct wanted *w, uint32_t at,
		   uint32_t limit, uint32_t *out, uint32_t *next);

/* How many there are, as the API would claim. */
uint32_t view_total(const struct view *v, const struct wanted *w);

#endif

#include "view.h"

#include "base/assert.h"
#include "override.h"

#define SALT_HIDDEN 5000

static int64_t fault_of(const struct view *v, enum fault f)
{
	return v->fault->value[f];
}

/* The same people each time, as if permission to see them were lost. */
bool view_shows(const struct view *v, uint32_t n)
{
	uint64_t chance = company_hash(v->company->seed, n, SALT_HIDDEN) % 100;

	return chance >= (uint64_t)fault_of(v, FAULT_HIDDEN_PERCENT);
}

static void blank(struct employee *e, enum employee_field f)
{
	char *texts[EMPLOYEE_FIELD_COUNT] = {
		[FIELD_FIRST_NAME] = e->first,
		[FIELD_LAST_NAME] = e->last,
		[FIELD_PREFERRED_NAME] = e->preferred,
		[FIELD_EMAIL] = e->email,
		[FIELD_TITLE] = e->title,
	};

	e->blank |= FIELD_BIT(f);
	if (texts[f])
		*texts[f] = '\0';
	if (f == FIELD_MANAGER)
		e->manager = EMPLOYEE_NONE;
}

bool view_get(const struct view *v, uint32_t n, struct employee *out)
{
	int64_t field = fault_of(v, FAULT_BLANK_FIELD);

	if (!view_shows(v, n) ||
	    !company_get_late(v->company, n, fault_of(v, FAULT_READ_LAG_MS),
			      out))
		return false;
	if (field > 0)
		blank(out, (enum employee_field)(field - 1));
	return true;
}

bool view_manager(const struct view *v, const struct employee *e,
		  struct employee *out)
{
	return e->manager != EMPLOYEE_NONE &&
	       company_get(v->company, e->manager, out);
}

static bool fits(const struct view *v, const struct wanted *w, uint32_t n)
{
	bool texts = w->email.ptr != NULL;
	struct employee e;

	if (!view_shows(v, n) || !(texts ? company_get(v->company, n, &e)
					 : company_peek(v->company, n, &e)))
		return false;
	return (w->statuses & FIELD_BIT(e.status)) &&
	       e.changed_ms >= w->changed_since_ms &&
	       (w->user == EMPLOYEE_NONE || w->user == e.user) &&
	       (!texts || str_is(w->email, e.email));
}

bool view_next(const struct view *v, const struct wanted *w, uint32_t *at,
	       uint32_t *n)
{
	uint32_t size = v->company->size;
	uint32_t end = fault_of(v, FAULT_HALF_LIST) ? size / 2 : size;

	if (fault_of(v, FAULT_EMPTY_LIST))
		return false;
	while (*at < end) {
		uint32_t i = (*at)++;

		*n = fault_of(v, FAULT_REVERSE_LIST) ? size - 1 - i : i;
		if (fits(v, w, *n))
			return true;
	}
	return false;
}

uint32_t view_list(const struct view *v, const struct wanted *w, uint32_t at,
		   uint32_t limit, uint32_t *out, uint32_t *next)
{
	uint32_t count = 0, first = at, ahead, n;

	while (count < limit && view_next(v, w, &at, &n))
		out[count++] = n;
	ahead = at;
	*next = view_next(v, w, &ahead, &n) ? at : 0;
	if (*next && first > 0 && fault_of(v, FAULT_REPEAT_CURSOR))
		*next = first;
	return count;
}

uint32_t view_total(const struct view *v, const struct wanted *w)
{
	const uint32_t *counts = company_count(v->company);
	int64_t total = 0;

	/* Of half a list the total tells; of hidden people it knows nothing. */
	for (unsigned s = 0; s < EMPLOYEE_STATUS_COUNT; s++)
		if (w->statuses & (1u << s))
			total += counts[s];
	if (fault_of(v, FAULT_HIDDEN_PERCENT)) {
		total = 0;
		for (uint32_t n = 0; n < v->company->size; n++)
			total += fits(v, w, n);
	}
	if (fault_of(v, FAULT_EMPTY_LIST))
		total = 0;
	total += fault_of(v, FAULT_WRONG_TOTAL);
	return total > 0 ? (uint32_t)total : 0;
}

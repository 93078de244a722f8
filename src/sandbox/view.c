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
	int64_t percent = fault_of(v, FAULT_HIDDEN_PERCENT);

	return percent == 0 ||
	       company_hash(v->company->seed, n, SALT_HIDDEN) % 100 >=
		       (uint64_t)percent;
}

static void blank(struct employee *e, int64_t field)
{
	enum employee_field f = (enum employee_field)(field - 1);
	char *texts[EMPLOYEE_FIELD_COUNT] = {
		[FIELD_FIRST_NAME] = e->first,
		[FIELD_LAST_NAME] = e->last,
		[FIELD_PREFERRED_NAME] = e->preferred,
		[FIELD_EMAIL] = e->email,
		[FIELD_TITLE] = e->title,
	};

	if (field == 0)
		return;
	e->blank |= FIELD_BIT(f);
	if (texts[f])
		*texts[f] = '\0';
	if (f == FIELD_MANAGER)
		e->manager = EMPLOYEE_NONE;
}

static void blank_all(const struct view *v, struct employee *e)
{
	blank(e, fault_of(v, FAULT_BLANK_FIELD));
	blank(e, fault_of(v, FAULT_REDACTED_FIELD));
}

static void set_status(const struct view *v, struct employee *e)
{
	if (v->as_of)
		e->status = company_status_on(e, v->as_of);
}

static bool get(const struct view *v, uint32_t n, struct employee *out)
{
	if (!view_shows(v, n) ||
	    !company_get_late(v->company, n, fault_of(v, FAULT_READ_LAG_MS),
			      out))
		return false;
	set_status(v, out);
	return true;
}

bool view_get(const struct view *v, uint32_t n, struct employee *out)
{
	if (!get(v, n, out))
		return false;
	blank_all(v, out);
	return true;
}

bool view_manager(const struct view *v, const struct employee *e,
		  struct employee *out)
{
	if (e->manager == EMPLOYEE_NONE ||
	    !company_get(v->company, e->manager, out))
		return false;
	blank_all(v, out);
	return true;
}

static bool is_within(int64_t day, const struct wanted *w)
{
	return day != NO_DAY && day >= w->days_from && day <= w->days_to;
}

static bool was_then(const struct wanted *w, const struct employee *e)
{
	return (!w->ended || e->end_day != NO_DAY) &&
	       e->changed_ms >= w->changed_since_ms &&
	       (!w->changed_before_ms ||
		e->changed_ms < w->changed_before_ms) &&
	       (!w->created_before_ms ||
		e->created_ms < w->created_before_ms) &&
	       (!w->days_to || is_within(e->start_day, w) ||
		is_within(e->end_day, w));
}

/* out: as far as it had to be looked at. */
static bool fits(const struct view *v, const struct wanted *w, uint32_t n,
		 struct employee *out)
{
	bool texts = w->email.ptr != NULL;
	bool there;

	if (!view_shows(v, n))
		return false;
	there = texts ? company_get(v->company, n, out)
		      : company_peek(v->company, n, out);
	set_status(v, out);
	return (there || (w->deleted && out->deleted)) &&
	       (w->statuses & FIELD_BIT(out->status)) &&
	       (!w->types || (w->types & FIELD_BIT(out->type))) &&
	       was_then(w, out) &&
	       (w->user == EMPLOYEE_NONE || w->user == out->user) &&
	       (!texts || str_is(w->email, out->email));
}

static uint32_t turned(const struct view *v, uint32_t i)
{
	return fault_of(v, FAULT_REVERSE_LIST) ? v->company->size - 1 - i : i;
}

static uint32_t at_position(const struct view *v, uint32_t i)
{
	return v->order ? v->order[turned(v, i)] : turned(v, i);
}

uint32_t view_position(const struct view *v, uint32_t n)
{
	return turned(v, n); /* it is its own inverse */
}

static bool next_fit(const struct view *v, const struct wanted *w, uint32_t *at,
		     struct employee *out)
{
	uint32_t size = v->company->size;
	uint32_t end = fault_of(v, FAULT_HALF_LIST) ? size / 2 : size;

	if (fault_of(v, FAULT_EMPTY_LIST))
		return false;
	while (*at < end)
		if (fits(v, w, at_position(v, (*at)++), out))
			return true;
	return false;
}

bool view_next(const struct view *v, const struct wanted *w, uint32_t *at,
	       uint32_t *n)
{
	struct employee e;

	if (!next_fit(v, w, at, &e))
		return false;
	*n = e.n;
	return true;
}

bool view_take(const struct view *v, const struct wanted *w, uint32_t *at,
	       struct employee *out)
{
	while (next_fit(v, w, at, out)) {
		if (out->deleted || !fault_of(v, FAULT_READ_LAG_MS)) {
			if (!w->email.ptr)
				company_complete(v->company, out);
		} else if (!get(v, out->n, out)) {
			continue;
		}
		blank_all(v, out);
		return true;
	}
	return false;
}

/* How many they are among those who are shown. */
static int64_t count_shown(const struct view *v, const struct wanted *w)
{
	struct employee e;
	int64_t total = 0;

	for (uint32_t n = 0; n < v->company->size; n++)
		total += fits(v, w, n, &e);
	return total;
}

static bool is_counted(const struct view *v, const struct wanted *w)
{
	return !w->types && w->user == EMPLOYEE_NONE && !w->deleted &&
	       !w->ended && !w->changed_since_ms && !w->changed_before_ms &&
	       !w->created_before_ms && !w->days_to && !w->email.ptr &&
	       !v->as_of && !fault_of(v, FAULT_HIDDEN_PERCENT);
}

uint32_t view_total(const struct view *v, const struct wanted *w)
{
	const uint32_t *counts;
	int64_t total = 0;

	/* Of half a list the total tells; of hidden people it knows nothing. */
	if (fault_of(v, FAULT_EMPTY_LIST)) {
		total = 0;
	} else if (is_counted(v, w)) {
		counts = company_count(v->company);
		for (unsigned s = 0; s < EMPLOYEE_STATUS_COUNT; s++)
			if (w->statuses & (1u << s))
				total += counts[s];
	} else {
		total = count_shown(v, w);
	}
	total += fault_of(v, FAULT_WRONG_TOTAL);
	return total > 0 ? (uint32_t)total : 0;
}

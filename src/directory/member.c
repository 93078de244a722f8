/* A member that a person is linked to follows what the HRIS says of it. */
#include "work.h"

#include "base/assert.h"

/*
 * R9: a sync never deactivates who is guarded; somebody is told instead, until
 * the HRIS says otherwise: that it says the same again ends nothing.
 */
static int guard_departure(struct work *w, struct standing *s,
			   enum person_status status, struct err *err)
{
	const struct member_row *m = &w->at.member;
	struct task t = work_task(w, TASK_PROTECTED_DEPARTURE, m->key, 0);

	if (!m->guarded)
		return 0;
	if (status == m->mark.status && m->status != MEMBER_DEACTIVATED)
		return 0;
	if (s->status == m->status || s->status != MEMBER_DEACTIVATED)
		return end_task(w->d, &t, w->now_ms, err);
	*s = (struct standing){ m->status, m->roles, m->ended };
	w->review = true;
	return add_task(w->d, &t, w->now_ms, err);
}

static int set_standing(struct work *w, struct member_row *next,
			enum person_status status, struct err *err)
{
	const struct member_row *m = &w->at.member;
	struct standing s = { m->status, m->roles, m->ended };

	s = standing_after(s, m->mark.status, status, &w->at.feed.rules);
	if (guard_departure(w, &s, status, err) < 0)
		return -1;
	next->status = s.status;
	next->roles = s.roles;
	next->ended = s.ended;
	return 0;
}

static enum apply_outcome outcome_of(const struct work *w,
				     const struct member_row *next)
{
	bool was = w->at.member.status != MEMBER_DEACTIVATED;
	bool is = next->status != MEMBER_DEACTIVATED;

	if (was != is)
		return is ? APPLY_REACTIVATED : APPLY_DEACTIVATED;
	if (w->d->fields.len)
		return APPLY_UPDATED;
	return w->review ? APPLY_REVIEW : APPLY_UNCHANGED;
}

static enum member_write width_of(const struct work *w,
				  const struct member_row *next)
{
	static const enum person_field keys[] = { PERSON_EMPLOYEE_NUMBER,
						  PERSON_EMAIL };
	const struct member_row *m = &w->at.member;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!field_same(&m->fields[keys[i]], &next->fields[keys[i]]))
			return WRITE_ALL;
	if (w->d->fields.len || !str_eq(m->wanted_email, next->wanted_email))
		return WRITE_FIELDS;
	return WRITE_MARK;
}

static void free_values(struct work *w, const struct member_row *next)
{
	static const enum person_field number = PERSON_EMPLOYEE_NUMBER;
	const struct member_row *m = &w->at.member;
	int64_t organization = w->at.feed.organization;
	bool left = next->mark.status == PERSON_DEPARTED &&
		    m->mark.status != PERSON_DEPARTED;

	if (left || !field_same(&m->fields[number], &next->fields[number]))
		work_free_value(w->d, organization, number, &m->fields[number]);
	if (left)
		work_free_value(w->d, organization, PERSON_EMAIL,
				&next->fields[PERSON_EMAIL]);
}

static int save(struct work *w, struct member_row *next,
		enum person_status status, struct err *err)
{
	struct member_row *m = &w->at.member;
	struct decision x;
	int64_t id;

	write_difference(m, next, &w->d->fields);
	if (buf_check(&w->d->fields, "the audit of a change", err) < 0)
		return -1;
	w->outcome = outcome_of(w, next);
	x = work_decision(w, m->mark.decision, buf_str(&w->d->fields));
	if (add_decision(w->d, &x, &id, err) < 0)
		return -1;
	next->mark = work_mark(w, status, id);
	if (x.fields.len)
		next->changed_ms = w->now_ms;
	if (set_member(w->d, next, width_of(w, next), err) < 0)
		return -1;
	free_values(w, next);
	return note_email(w->d, w->at.feed.organization, m, next, w->now_ms,
			  err);
}

int update_member(struct work *w, struct err *err)
{
	struct member_row *m = &w->at.member, next = *m;
	enum person_status status =
		status_in_force(&w->c, m->mark.status, w->now_ms);

	if (w->c.kind == CHANGE_STATE)
		merge_fields(&w->c.person, m->fields, next.fields);
	next.feed = w->at.feed.key;
	next.pid = w->c.person.pid;
	if (set_standing(w, &next, status, err) < 0 ||
	    settle_email(w, &next, err) < 0)
		return -1;
	return save(w, &next, status, err);
}

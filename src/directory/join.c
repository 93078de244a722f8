/* R1, R10: a person that is not linked looks for its member. */
#include "work.h"

#include "base/assert.h"

static struct str value_of(const struct work *w, enum person_field f)
{
	const struct field *v = &w->c.person.fields[f];

	return v->state == FIELD_VALUE ? v->value : (struct str){ 0 };
}

/* ------------------------------------------------------------ waiting, kept */

static int set_waiting(struct work *w, enum person_field which, bool on,
		       struct err *err)
{
	struct freed f = { w->at.feed.organization, which, value_of(w, which) };

	if (!f.value.len)
		return 0;
	if (on)
		return add_waiting(w->d, &f, w->at.feed.key, w->c.person.pid,
				   w->now_ms, err);
	return end_waiting(w->d, &f, w->at.feed.key, w->c.person.pid, err);
}

static int set_waiting_all(struct work *w, bool on, struct err *err)
{
	if (set_waiting(w, PERSON_EMPLOYEE_NUMBER, on, err) < 0)
		return -1;
	return set_waiting(w, PERSON_EMAIL, on, err);
}

/*
 * Who waits is known by what was kept. A field that the new change leaves out
 * keeps its value (R2), so the change is completed from the older one.
 */
static int complete(struct work *w, struct err *err)
{
	struct change fresh = w->c, old;

	if (!w->at.person.kept.len)
		return 0;
	if (change_decode(&old, &w->d->arena, w->at.person.kept, err) < 0)
		return err_prefix(err, "what was kept of a person");
	w->c.person = old.person;
	if (set_waiting_all(w, false, err) < 0)
		return -1;
	w->c = fresh;
	if (fresh.kind == CHANGE_GONE)
		return 0;
	merge_fields(&fresh.person, old.person.fields, w->c.person.fields);
	return 0;
}

static int end_tasks(struct work *w, enum task_kind except, struct err *err)
{
	static const enum task_kind kinds[] = { TASK_IDENTITY_REVIEW,
						TASK_EMAIL_TAKEN };

	if (!w->at.person.kept.len)
		return 0; /* only who waits has any */
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct task t = work_task(w, kinds[i], 0, 0);

		if (kinds[i] != except &&
		    end_task(w->d, &t, w->now_ms, err) < 0)
			return -1;
	}
	return 0;
}

/* Remember the person with its newest state, and no member. */
static int save_person(struct work *w, enum person_link link,
		       enum person_status status, struct str kept,
		       struct err *err)
{
	struct person_row p = { .pid = w->c.person.pid, .link = link };
	struct decision x =
		work_decision(w, w->at.person.mark.decision, (struct str){ 0 });
	int64_t id;

	if (add_decision(w->d, &x, &id, err) < 0)
		return -1;
	p.mark = work_mark(w, status, id);
	p.kept = kept;
	return set_person(w->d, w->at.feed.key, &p, err);
}

static int keep(struct work *w, enum person_link link,
		enum person_status status, struct err *err)
{
	buf_clear(&w->d->kept);
	change_encode(&w->c, &w->d->kept);
	if (buf_check(&w->d->kept, "a change that waits", err) < 0)
		return -1;
	w->outcome = link == LINK_REVIEW ? APPLY_REVIEW : APPLY_WAITING;
	return save_person(w, link, status, buf_str(&w->d->kept), err);
}

/* No email, or no status that anybody understands: not an error, no task. */
static int wait_for_data(struct work *w, enum person_status status,
			 struct err *err)
{
	if (end_tasks(w, TASK_KIND_COUNT, err) < 0)
		return -1;
	return keep(w, LINK_WAITING, status, err);
}

static int wait_for_someone(struct work *w, const struct joining *j,
			    enum person_status status, struct err *err)
{
	bool waits = j->what == JOIN_WAIT;
	enum task_kind kind = waits ? TASK_EMAIL_TAKEN : TASK_IDENTITY_REVIEW;
	struct task t = work_task(w, kind, j->member->key,
				  j->other ? j->other->key : 0);

	if (end_tasks(w, kind, err) < 0 ||
	    add_task(w->d, &t, w->now_ms, err) < 0 ||
	    set_waiting_all(w, true, err) < 0)
		return -1;
	return keep(w, waits ? LINK_WAITING : LINK_REVIEW, status, err);
}

/* R5, R8: who leaves without ever having been a member is only remembered. */
static int ignore(struct work *w, struct err *err)
{
	if (end_tasks(w, TASK_KIND_COUNT, err) < 0)
		return -1;
	w->outcome = APPLY_IGNORED;
	return save_person(w, LINK_NONE, PERSON_DEPARTED, (struct str){ 0 },
			   err);
}

/* ------------------------------------------------------------------ linking */

static int set_link(struct work *w, int64_t member, struct err *err)
{
	struct person_row p = {
		.pid = w->c.person.pid,
		.link = LINK_MEMBER,
		.member = member,
		.mark = w->at.person.mark,
	};

	if (end_tasks(w, TASK_KIND_COUNT, err) < 0)
		return -1;
	return set_person(w->d, w->at.feed.key, &p, err);
}

/* The person that it was linked to stays as an older id of the same. */
static int move_link(struct work *w, struct err *err)
{
	struct member_row *m = &w->at.member;
	struct person_row old = {
		.pid = m->pid,
		.link = LINK_ALIAS,
		.member = m->key,
		.mark = m->mark,
	};

	if (m->feed && set_person(w->d, m->feed, &old, err) < 0)
		return -1;
	if (set_link(w, m->key, err) < 0)
		return -1;
	return update_member(w, err);
}

static int create(struct work *w, enum person_status status, struct err *err)
{
	struct standing s = standing_of_new(status, &w->at.feed.rules);
	struct member_row m = {
		.status = s.status,
		.roles = s.roles,
		.ended = s.ended,
		.feed = w->at.feed.key,
		.pid = w->c.person.pid,
		.created_ms = w->now_ms,
		.changed_ms = w->now_ms,
	};
	char id[RANDOM_ID_SIZE];
	struct decision x;
	int64_t decision;

	memcpy(m.fields, w->c.person.fields, sizeof(m.fields));
	random_sorted_id(id, w->now_ms);
	m.id = str_of(id);
	write_difference(NULL, &m, &w->d->fields);
	if (buf_check(&w->d->fields, "the audit of a change", err) < 0)
		return -1;
	w->outcome = APPLY_CREATED;
	x = work_decision(w, w->at.person.mark.decision,
			  buf_str(&w->d->fields));
	if (add_decision(w->d, &x, &decision, err) < 0)
		return -1;
	m.mark = work_mark(w, status, decision);
	if (add_member(w->d, w->at.feed.organization, &m, err) < 0)
		return -1;
	return set_link(w, m.key, err);
}

static int join(struct work *w, enum person_status status, struct err *err)
{
	struct member_row found[FOUND_MAX];
	struct joiner who = {
		.feed = w->at.feed.key,
		.number = value_of(w, PERSON_EMPLOYEE_NUMBER),
		.email = value_of(w, PERSON_EMAIL),
	};
	struct joining j;
	size_t n;

	if (find_members(w->d, w->at.feed.organization, who.number, who.email,
			 found, &n, err) < 0)
		return -1;
	j = join_choose(&who, found, n);
	switch (j.what) {
	case JOIN_NONE:
		return who.email.len ? create(w, status, err)
				     : wait_for_data(w, status, err);
	case JOIN_MEMBER:
		w->at.member = *j.member;
		return move_link(w, err);
	default:
		return wait_for_someone(w, &j, status, err);
	}
}

int join_person(struct work *w, struct err *err)
{
	enum person_status status;

	if (complete(w, err) < 0)
		return -1;
	status = status_in_force(&w->c, w->at.person.mark.status, w->now_ms);
	if (status == PERSON_DEPARTED)
		return ignore(w, err);
	if (status == PERSON_STATUS_ABSENT)
		return wait_for_data(w, status, err);
	return join(w, status, err);
}

/*
 * R10: while an old record and a new one are both listed, the active one wins.
 * Two active ones are for somebody to look at.
 */
int update_alias(struct work *w, struct err *err)
{
	struct person_row p = w->at.person;
	struct mark *m = &w->at.member.mark;
	struct task t = work_task(w, TASK_IDENTITY_REVIEW, w->at.member.key, 0);
	enum person_status status =
		status_in_force(&w->c, p.mark.status, w->now_ms);
	bool gone = status == PERSON_DEPARTED;
	struct decision x;
	int64_t id;

	if (!gone && m->status == PERSON_DEPARTED)
		return move_link(w, err);
	w->outcome = gone ? APPLY_UNCHANGED : APPLY_REVIEW;
	x = work_decision(w, p.mark.decision, (struct str){ 0 });
	if ((gone ? end_task(w->d, &t, w->now_ms, err)
		  : add_task(w->d, &t, w->now_ms, err)) < 0 ||
	    add_decision(w->d, &x, &id, err) < 0)
		return -1;
	p.mark = work_mark(w, status, id);
	return set_person(w->d, w->at.feed.key, &p, err);
}

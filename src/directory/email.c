/* R11: an email is data. Who gets it when two want it, and who waits. */
#include "work.h"

#define CYCLE_MAX 8 /* people who pass their emails round */

static struct str email_of(const struct member_row *m)
{
	const struct field *f = &m->fields[PERSON_EMAIL];

	return f->state == FIELD_VALUE ? f->value : (struct str){ 0 };
}

static void set_email(struct member_row *m, struct str email)
{
	m->fields[PERSON_EMAIL] =
		(struct field){ email.len ? FIELD_VALUE : FIELD_NULL, email };
}

static struct task email_task(const struct member_row *m, int64_t organization,
			      int64_t other)
{
	return (struct task){
		.kind = TASK_EMAIL_TAKEN,
		.organization = organization,
		.feed = m->feed,
		.pid = m->pid,
		.member = m->key,
		.other = other,
	};
}

static int start_waiting(struct directory *d, int64_t organization,
			 const struct member_row *m, int64_t now_ms,
			 struct err *err)
{
	struct freed f = { organization, PERSON_EMAIL, m->wanted_email };

	return add_waiting(d, &f, m->feed, m->pid, now_ms, err);
}

static int stop_waiting(struct directory *d, int64_t organization,
			const struct member_row *m, int64_t now_ms,
			struct err *err)
{
	struct freed f = { organization, PERSON_EMAIL, m->wanted_email };
	struct task t = email_task(m, organization, 0);

	if (end_waiting(d, &f, m->feed, m->pid, err) < 0)
		return -1;
	return end_task(d, &t, now_ms, err);
}

int note_email(struct directory *d, int64_t organization,
	       const struct member_row *before, const struct member_row *next,
	       int64_t now_ms, struct err *err)
{
	const struct field *old = &before->fields[PERSON_EMAIL];
	bool waited = before->wanted_email.len, waits = next->wanted_email.len;
	bool same = str_eq(before->wanted_email, next->wanted_email);

	if (waited && !same &&
	    stop_waiting(d, organization, before, now_ms, err) < 0)
		return -1;
	if (waits && !same &&
	    start_waiting(d, organization, next, now_ms, err) < 0)
		return -1;
	if (old->state != FIELD_VALUE ||
	    field_same(old, &next->fields[PERSON_EMAIL]))
		return 0;
	work_free_value(d, organization, PERSON_EMAIL, old);
	return add_email_history(d, before->key, old->value, now_ms, err);
}

/* In the name of the change that asked for it. */
static int give(struct directory *d, int64_t organization,
		const struct member_row *m, int64_t now_ms, struct err *err)
{
	struct member_row next = *m;
	struct decision x = {
		.feed = m->feed,
		.pid = m->pid,
		.change = m->mark.change,
		.outcome = APPLY_UPDATED,
		.version = m->mark.version,
		.at_ms = now_ms,
		.previous = m->mark.decision,
	};

	set_email(&next, m->wanted_email);
	next.wanted_email = (struct str){ 0 };
	next.changed_ms = now_ms;
	write_difference(m, &next, &d->fields);
	if (buf_check(&d->fields, "the audit of a change", err) < 0)
		return -1;
	x.fields = buf_str(&d->fields);
	if (add_decision(d, &x, &next.mark.decision, err) < 0 ||
	    set_member(d, &next, WRITE_ALL, err) < 0)
		return -1;
	return note_email(d, organization, m, &next, now_ms, err);
}

int grant_email(struct directory *d, int64_t organization,
		const struct member_row *m, int64_t now_ms, struct err *err)
{
	struct member_row holder;
	bool found;

	if (find_holder(d, organization, m->wanted_email, m->key, &holder,
			&found, err) < 0)
		return -1;
	if (found && blocks_email(&holder))
		return 0;
	return give(d, organization, m, now_ms, err);
}

/*
 * Members may pass their emails round: each holder waits for the email of the
 * next, and the last for ours. Then all get what they want at once.
 */
static int find_cycle(struct work *w, struct member_row ring[CYCLE_MAX],
		      size_t *n, struct err *err)
{
	struct str ours = email_of(&w->at.member);
	struct str wanted = ring[0].wanted_email;
	size_t i = 1;

	*n = 0;
	while (wanted.len && !str_eq(wanted, ours)) {
		bool found;

		if (i == CYCLE_MAX)
			return 0;
		if (find_holder(w->d, w->at.feed.organization, wanted,
				w->at.member.key, &ring[i], &found, err) < 0)
			return -1;
		if (!found || !blocks_email(&ring[i]))
			return 0;
		wanted = ring[i++].wanted_email;
	}
	*n = wanted.len ? i : 0;
	return 0;
}

/* *taken becomes false when everybody along the ring got the next's. */
static int pass_round(struct work *w, const struct member_row *holder,
		      bool *taken, struct err *err)
{
	struct member_row ring[CYCLE_MAX];
	size_t n;

	ring[0] = *holder;
	if (!blocks_email(&w->at.member))
		return 0;
	if (find_cycle(w, ring, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (give(w->d, w->at.feed.organization, &ring[i], w->now_ms,
			 err) < 0)
			return -1;
	*taken = n == 0;
	return 0;
}

/* Held: the rest of the change applies. */
static int hold(struct work *w, struct member_row *next, struct str wish,
		int64_t holder, struct err *err)
{
	struct task t = email_task(next, w->at.feed.organization, holder);

	/* Who comes back cannot share an email with who has it by now. */
	if (blocks_email(&w->at.member))
		next->fields[PERSON_EMAIL] = w->at.member.fields[PERSON_EMAIL];
	else
		set_email(next, (struct str){ 0 });
	next->wanted_email = wish;
	w->review = true;
	return add_task(w->d, &t, w->now_ms, err);
}

/* Who left does not block, but may be the same person from before the HRIS. */
static int offer_link(struct work *w, const struct member_row *holder,
		      struct err *err)
{
	struct task t =
		work_task(w, TASK_LINK_OFFER, w->at.member.key, holder->key);

	return holder->feed ? 0 : add_task(w->d, &t, w->now_ms, err);
}

static int take_email(struct work *w, struct member_row *next, struct str wish,
		      struct err *err)
{
	struct member_row holder;
	bool found, taken;

	if (find_holder(w->d, w->at.feed.organization, wish, next->key, &holder,
			&found, err) < 0)
		return -1;
	taken = found && blocks_email(&holder);
	if (found && !taken && offer_link(w, &holder, err) < 0)
		return -1;
	if (taken && pass_round(w, &holder, &taken, err) < 0)
		return -1;
	if (taken)
		return hold(w, next, wish, holder.key, err);
	set_email(next, wish);
	return 0;
}

int settle_email(struct work *w, struct member_row *next, struct err *err)
{
	const struct member_row *m = &w->at.member;
	bool said = w->c.kind == CHANGE_STATE &&
		    w->c.person.fields[PERSON_EMAIL].state == FIELD_VALUE;
	struct str wish = email_of(next);

	/* Not said: what was wished before is still wished. */
	if (!said && m->wanted_email.len)
		wish = m->wanted_email;
	next->wanted_email = (struct str){ 0 };
	if (!wish.len)
		return 0;
	set_email(next, wish);
	if (!blocks_email(next) ||
	    (blocks_email(m) && str_eq(wish, email_of(m))))
		return 0;
	return take_email(w, next, wish, err);
}

#include "policy.h"

#include "base/assert.h"
#include "base/clock.h"

#define NO_DAY		 INT64_MAX
#define EARLIEST_ZONE_MS (14 * 3600000LL) /* UTC+14: where a day begins */

static int64_t day_of(const struct field *f)
{
	int64_t day;

	if (f->state != FIELD_VALUE || !clock_parse_day(f->value, &day))
		return NO_DAY;
	return day;
}

/*
 * The last day, as this very change gives it: a date that was stored before
 * somebody left must not end them again when they are back. Some systems keep
 * the old end date of who is hired again; a later start overrules it.
 */
static int64_t end_day(const struct person *p)
{
	int64_t start = day_of(&p->fields[PERSON_START_DATE]);
	int64_t end = day_of(&p->fields[PERSON_END_DATE]);

	return start != NO_DAY && start > end ? NO_DAY : end;
}

static bool is_current(enum person_status s)
{
	return s == PERSON_ACTIVE || s == PERSON_ON_LEAVE;
}

/* A hire in the future is upcoming, though the system calls it active. */
static enum person_status starting(const struct person *p,
				   enum person_status before, int64_t today)
{
	int64_t start = day_of(&p->fields[PERSON_START_DATE]);

	if (is_current(before) || start == NO_DAY || start <= today)
		return PERSON_ACTIVE;
	return PERSON_UPCOMING;
}

/*
 * R12: who leaves on a day to come works until then. A system says that
 * somebody has left from midnight on where they live, and we do not know
 * where: the day has come once it has come anywhere. Waiting for UTC's would
 * miss who left in Auckland, for no further change of them may follow.
 */
static enum person_status leaving(const struct person *p,
				  enum person_status before, int64_t now_ms)
{
	int64_t end = end_day(p);

	if (end == NO_DAY || end <= (now_ms + EARLIEST_ZONE_MS) / CLOCK_DAY_MS)
		return PERSON_DEPARTED;
	return before == PERSON_STATUS_ABSENT
		       ? starting(p, before, now_ms / CLOCK_DAY_MS)
		       : before;
}

enum person_status status_in_force(const struct change *c,
				   enum person_status before, int64_t now_ms)
{
	const struct person *p = &c->person;
	enum person_status s = p->status;
	int64_t today = now_ms / CLOCK_DAY_MS, end = end_day(p);

	if (c->kind == CHANGE_GONE)
		return PERSON_DEPARTED;
	switch (s) {
	case PERSON_DEPARTED:
		return leaving(p, before, now_ms);
	case PERSON_UPCOMING:
		s = is_current(before) ? before : PERSON_UPCOMING;
		break;
	case PERSON_ACTIVE:
		s = starting(p, before, today);
		break;
	case PERSON_ON_LEAVE:
		break;
	default: /* not said, or a word that nobody mapped: nothing changes */
		return before;
	}
	/* The last day is a day at work. */
	return end != NO_DAY && end < today ? PERSON_DEPARTED : s;
}

/* ---------------------------------------------------------------- standing */

static enum member_status awake(unsigned roles)
{
	return roles ? MEMBER_ACTIVE : MEMBER_PENDING_ROLE;
}

static struct standing end_by(struct standing s, enum member_ended why)
{
	if (s.status == MEMBER_DEACTIVATED)
		return s;
	s.status = MEMBER_DEACTIVATED;
	s.ended = why;
	return s;
}

/* What an admin ended by hand is for an admin to begin again. */
static struct standing begin_again(struct standing s,
				   const struct directory_rules *r)
{
	if (s.ended == ENDED_DEPARTED && r->rehire == REHIRE_PENDING)
		s.roles = 0;
	s.ended = ENDED_NOT;
	s.status = awake(s.roles);
	return s;
}

static bool is_ended_by_hr(struct standing s)
{
	return s.status == MEMBER_DEACTIVATED &&
	       (s.ended == ENDED_DEPARTED || s.ended == ENDED_LEAVE);
}

static struct standing at_work(struct standing s,
			       const struct directory_rules *r)
{
	if (is_ended_by_hr(s))
		return begin_again(s, r);
	if (s.status == MEMBER_UPCOMING || s.status == MEMBER_PAUSED)
		s.status = awake(s.roles);
	return s;
}

static struct standing on_leave(struct standing s, enum person_status before,
				const struct directory_rules *r)
{
	if (r->leave == LEAVE_KEEP)
		return at_work(s, r);
	if (before == PERSON_ON_LEAVE) /* an admin may have decided otherwise */
		return s;
	if (r->leave == LEAVE_DEACTIVATE)
		return end_by(s, ENDED_LEAVE);
	if (is_ended_by_hr(s))
		s = begin_again(s, r);
	if (s.status != MEMBER_DEACTIVATED)
		s.status = MEMBER_PAUSED;
	return s;
}

static struct standing not_yet(struct standing s,
			       const struct directory_rules *r)
{
	if (!is_ended_by_hr(s))
		return s;
	s = begin_again(s, r);
	s.status = MEMBER_UPCOMING;
	return s;
}

struct standing standing_after(struct standing now, enum person_status before,
			       enum person_status after,
			       const struct directory_rules *r)
{
	switch (after) {
	case PERSON_UPCOMING:
		return not_yet(now, r);
	case PERSON_ACTIVE:
		return at_work(now, r);
	case PERSON_ON_LEAVE:
		return on_leave(now, before, r);
	case PERSON_DEPARTED:
		/* Only a new departure: what an admin undid stays undone. */
		return before == PERSON_DEPARTED ? now
						 : end_by(now, ENDED_DEPARTED);
	default:
		return now;
	}
}

struct standing standing_of_new(enum person_status after,
				const struct directory_rules *r)
{
	struct standing s = { .roles = r->default_roles };

	ASSERT(after != PERSON_DEPARTED);
	s.status = after == PERSON_UPCOMING ? MEMBER_UPCOMING : awake(s.roles);
	return standing_after(s, PERSON_STATUS_ABSENT, after, r);
}

/* -------------------------------------------------------------------- join */

static bool has(const struct member_row *m, enum person_field f, struct str v)
{
	return v.len && m->fields[f].state == FIELD_VALUE &&
	       str_eq(m->fields[f].value, v);
}

static struct joining decided(enum join what, const struct member_row *m)
{
	return (struct joining){ what, m, NULL };
}

/*
 * The same number on another person of the same connection is a rehire or a
 * new id, and the link moves. But when both are still there under different
 * emails it may be two people and a typing error: that is not ours to decide.
 */
static struct joining join_by_number(const struct joiner *j,
				     const struct member_row *m)
{
	const struct field *email = &m->fields[PERSON_EMAIL];

	if (m->guarded)
		return decided(JOIN_REVIEW, m);
	if (!m->feed)
		return decided(JOIN_MEMBER, m);
	if (m->feed != j->feed)
		return decided(JOIN_REVIEW, m);
	if (m->mark.status != PERSON_DEPARTED && j->email.len &&
	    email->state == FIELD_VALUE && !str_eq(email->value, j->email))
		return decided(JOIN_REVIEW, m);
	return decided(JOIN_MEMBER, m);
}

bool blocks_email(const struct member_row *m)
{
	return m->status != MEMBER_DEACTIVATED || m->ended == ENDED_LEAVE;
}

static struct joining join_by_email(const struct member_row *m)
{
	if (m->feed && blocks_email(m))
		return decided(JOIN_WAIT, m);
	if (m->feed || m->guarded || !blocks_email(m))
		return decided(JOIN_REVIEW, m);
	return decided(JOIN_MEMBER, m);
}

struct joining join_choose(const struct joiner *j,
			   const struct member_row *found, size_t n)
{
	const struct member_row *by_number = NULL, *by_email = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct member_row *m = &found[i];

		if (has(m, PERSON_EMPLOYEE_NUMBER, j->number)) {
			if (by_number)
				return (struct joining){ JOIN_REVIEW, by_number,
							 m };
			by_number = m;
		}
	}
	for (size_t i = 0; i < n; i++) {
		const struct member_row *m = &found[i];

		if (m == by_number || !has(m, PERSON_EMAIL, j->email))
			continue;
		if (by_number || by_email)
			return (struct joining){
				JOIN_REVIEW, by_number ? by_number : by_email, m
			};
		by_email = m;
	}
	if (by_number)
		return join_by_number(j, by_number);
	if (by_email)
		return join_by_email(by_email);
	return decided(JOIN_NONE, NULL);
}

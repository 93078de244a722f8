#include "records.h"

#include "base/assert.h"

#include <stdbool.h>

/* One row or none; the statement stays open until db_reset when there is. */
static int step_one(struct put *p, bool *row, struct err *err)
{
	enum db_step step;

	if (db_step(p->s, &step, err) < 0)
		return -1;
	*row = step == DB_ROW;
	return 0;
}

static void take_mark(struct take *t, struct mark *m)
{
	m->version = take_int(t);
	m->rank = (enum change_source)take_int(t);
	m->change = take_str(t);
	m->status = (enum person_status)take_int(t);
	m->decision = take_int(t);
}

static void put_mark(struct put *p, const struct mark *m)
{
	put_int(p, m->version);
	put_int(p, m->rank);
	put_bytes(p, m->change);
	put_int(p, m->status);
	put_int(p, m->decision);
}

static void take_loaded(struct take *t, struct str pid, struct loaded *l)
{
	struct feed *f = &l->feed;

	f->key = take_int(t);
	f->organization = take_int(t);
	f->rules.default_roles = (unsigned)take_int(t);
	f->rules.leave = (enum leave_policy)take_int(t);
	f->rules.rehire = (enum rehire_policy)take_int(t);
	l->known = !db_is_null(t->s, t->at++);
	l->person.pid = pid;
	if (!l->known)
		return;
	l->person.link = (enum person_link)take_int(t);
	l->person.member = take_int(t);
	take_mark(t, &l->person.mark);
	l->person.kept = take_str(t);
	l->has_member = !db_is_null(t->s, t->at);
	if (l->has_member)
		take_member(t, &l->member);
}

static int load(struct directory *d, struct put *p, struct str pid,
		struct loaded *out, bool *found, struct err *err)
{
	struct take t = { .s = p->s, .a = &d->arena };

	if (step_one(p, found, err) < 0)
		return -1;
	*out = (struct loaded){ 0 };
	if (!*found)
		return 0;
	take_loaded(&t, pid, out);
	db_reset(p->s);
	return take_check(&t, err);
}

int load_person(struct directory *d, const struct change *c, struct loaded *out,
		bool *found, struct err *err)
{
	struct put p = put_start(d, STMT_LOAD);

	put_str(&p, c->person.pid);
	put_str(&p, c->connection);
	put_str(&p, c->organization);
	return load(d, &p, c->person.pid, out, found, err);
}

int load_person_of_feed(struct directory *d, int64_t feed, struct str pid,
			struct loaded *out, bool *found, struct err *err)
{
	struct put p = put_start(d, STMT_LOAD_BY_FEED);

	put_str(&p, pid);
	put_int(&p, feed);
	return load(d, &p, pid, out, found, err);
}

/* A change must not reach another organization's members. */
static int check_connection(struct directory *d, const struct change *c,
			    struct err *err)
{
	struct put p = put_start(d, STMT_FIND_CONNECTION);
	bool row, same;

	put_str(&p, c->connection);
	if (step_one(&p, &row, err) < 0)
		return -1;
	if (!row)
		return err_set(err, ERR_INVALID, "connection is not known");
	same = str_eq(db_str(p.s, 0), c->organization);
	db_reset(p.s);
	if (!same)
		return err_set(err, ERR_INVALID,
			       "connection is another organization's");
	return 0;
}

int add_feed(struct directory *d, const struct change *c, struct err *err)
{
	struct put p = put_start(d, STMT_ADD_RULES);

	if (check_connection(d, c, err) < 0)
		return -1;
	put_str(&p, c->organization);
	if (db_run(p.s, err) < 0)
		return -1;
	p = put_start(d, STMT_ADD_FEED);
	put_str(&p, c->connection);
	put_str(&p, c->organization);
	return db_run(p.s, err);
}

int find_members(struct directory *d, int64_t organization, struct str number,
		 struct str email, struct member_row out[FOUND_MAX], size_t *n,
		 struct err *err)
{
	struct put p = put_start(d, STMT_FIND_MEMBERS);
	struct take t = { .s = p.s, .a = &d->arena };
	bool row;

	put_int(&p, organization);
	put_text(&p, number);
	put_text(&p, email);
	*n = 0;
	for (;;) {
		if (step_one(&p, &row, err) < 0)
			return -1;
		if (!row)
			return take_check(&t, err);
		ASSERT(*n < FOUND_MAX); /* the statement has that limit */
		t.at = 0;
		take_member(&t, &out[(*n)++]);
	}
}

int find_holder(struct directory *d, int64_t organization, struct str email,
		int64_t except, struct member_row *out, bool *found,
		struct err *err)
{
	struct put p = put_start(d, STMT_FIND_HOLDER);
	struct take t = { .s = p.s, .a = &d->arena };

	put_int(&p, organization);
	put_str(&p, email);
	put_int(&p, except);
	if (step_one(&p, found, err) < 0)
		return -1;
	if (!*found)
		return 0;
	take_member(&t, out);
	db_reset(p.s);
	return take_check(&t, err);
}

int read_last_keys(struct directory *d, struct err *err)
{
	struct put p = put_start(d, STMT_LAST_KEYS);
	bool row;

	if (step_one(&p, &row, err) < 0)
		return -1;
	ASSERT(row);
	d->last_decision = db_int(p.s, 0);
	d->last_member = db_int(p.s, 1);
	db_reset(p.s);
	return 0;
}

static void put_standing(struct put *p, const struct member_row *m)
{
	put_int(p, m->status);
	put_int(p, m->roles);
	put_int(p, m->guarded);
	put_int(p, m->ended);
	put_key(p, m->feed);
	put_text(p, m->pid);
	put_mark(p, &m->mark);
	put_text(p, m->wanted_email);
	put_int(p, m->changed_ms);
}

int add_member(struct directory *d, int64_t organization, struct member_row *m,
	       struct err *err)
{
	struct put p = put_start(d, STMT_ADD_MEMBER);

	m->key = ++d->last_member;
	put_int(&p, m->key);
	put_str(&p, m->id);
	put_int(&p, organization);
	put_int(&p, m->created_ms);
	put_standing(&p, m);
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++)
		put_field(&p, &m->fields[i]);
	return db_run(p.s, err);
}

static bool is_key_field(size_t field)
{
	return field == PERSON_EMPLOYEE_NUMBER || field == PERSON_EMAIL;
}

/*
 * The indexed columns have a statement of their own: naming them in an UPDATE
 * writes their indexes even when the value stays.
 */
static int set_member_keys(struct directory *d, const struct member_row *m,
			   struct err *err)
{
	struct put p = put_start(d, STMT_SET_MEMBER_KEYS);

	put_field(&p, &m->fields[PERSON_EMPLOYEE_NUMBER]);
	put_field(&p, &m->fields[PERSON_EMAIL]);
	put_int(&p, m->key);
	return db_run(p.s, err);
}

static int mark_member(struct directory *d, const struct member_row *m,
		       struct err *err)
{
	struct put p = put_start(d, STMT_MARK_MEMBER);

	put_mark(&p, &m->mark);
	put_int(&p, m->key);
	return db_run(p.s, err);
}

int set_member(struct directory *d, const struct member_row *m,
	       enum member_write how, struct err *err)
{
	struct put p = put_start(d, STMT_SET_MEMBER);

	if (how == WRITE_MARK)
		return mark_member(d, m, err);
	put_standing(&p, m);
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++)
		if (!is_key_field(i))
			put_field(&p, &m->fields[i]);
	put_int(&p, m->key);
	if (db_run(p.s, err) < 0)
		return -1;
	return how == WRITE_ALL ? set_member_keys(d, m, err) : 0;
}

int set_person(struct directory *d, int64_t feed, const struct person_row *x,
	       struct err *err)
{
	struct put p = put_start(d, STMT_SET_PERSON);

	put_int(&p, feed);
	put_str(&p, x->pid);
	put_int(&p, x->link);
	put_key(&p, x->member);
	put_mark(&p, &x->mark);
	put_text(&p, x->kept);
	return db_run(p.s, err);
}

int add_decision(struct directory *d, const struct decision *x, int64_t *id,
		 struct err *err)
{
	struct put p = put_start(d, STMT_ADD_DECISION);

	*id = ++d->last_decision;
	put_int(&p, *id);
	put_int(&p, x->feed);
	put_str(&p, x->pid);
	put_bytes(&p, x->change);
	put_int(&p, x->outcome);
	put_int(&p, x->version);
	put_int(&p, x->effective_ms);
	put_int(&p, x->at_ms);
	put_int(&p, x->previous);
	put_text(&p, x->fields);
	return db_run(p.s, err);
}

/* From decision head back. */
static int find_decision(struct directory *d, int64_t head, struct str change,
			 int most, bool *out, struct err *err)
{
	*out = false;
	for (int i = 0; i < most && head && !*out; i++) {
		struct put p = put_start(d, STMT_GET_DECISION);
		bool row;

		put_int(&p, head);
		if (step_one(&p, &row, err) < 0)
			return -1;
		if (!row)
			return 0; /* retention ends chains */
		*out = str_eq(db_str(p.s, 0), change);
		head = db_int(p.s, 1);
		db_reset(p.s);
	}
	return 0;
}

/*
 * A linked person has its decisions on the member's chain, and those from
 * before the link on its own.
 */
int was_decided(struct directory *d, const struct loaded *l, struct str change,
		int most, bool *out, struct err *err)
{
	*out = false;
	if (!l->known)
		return 0;
	if (l->person.link == LINK_MEMBER &&
	    find_decision(d, l->member.mark.decision, change, most, out, err) <
		    0)
		return -1;
	if (*out)
		return 0;
	return find_decision(d, l->person.mark.decision, change, most, out,
			     err);
}

int add_email_history(struct directory *d, int64_t member, struct str email,
		      int64_t until_ms, struct err *err)
{
	struct put p = put_start(d, STMT_ADD_EMAIL_HISTORY);

	put_int(&p, member);
	put_int(&p, until_ms);
	put_str(&p, email);
	return db_run(p.s, err);
}

static struct put put_wish(struct directory *d, enum stmt which,
			   const struct freed *f)
{
	struct put p = put_start(d, which);

	put_int(&p, f->organization);
	put_int(&p, f->field);
	put_str(&p, f->value);
	return p;
}

int add_waiting(struct directory *d, const struct freed *f, int64_t feed,
		struct str pid, int64_t since_ms, struct err *err)
{
	struct put p = put_wish(d, STMT_ADD_WAITING, f);

	put_int(&p, feed);
	put_str(&p, pid);
	put_int(&p, since_ms);
	return db_run(p.s, err);
}

int end_waiting(struct directory *d, const struct freed *f, int64_t feed,
		struct str pid, struct err *err)
{
	struct put p = put_wish(d, STMT_END_WAITING, f);

	put_int(&p, feed);
	put_str(&p, pid);
	return db_run(p.s, err);
}

int find_waiting(struct directory *d, const struct freed *f,
		 struct waiter out[WAITERS_MAX], size_t *n, struct err *err)
{
	struct put p = put_wish(d, STMT_FIND_WAITING, f);
	struct take t = { .s = p.s, .a = &d->arena };
	bool row;

	*n = 0;
	for (;;) {
		if (step_one(&p, &row, err) < 0)
			return -1;
		if (!row)
			return take_check(&t, err);
		ASSERT(*n < WAITERS_MAX);
		t.at = 0;
		out[*n].feed = take_int(&t);
		out[(*n)++].pid = take_str(&t);
	}
}

/* ----------------------------------------------------------------- tasks */

static const char *const task_names[TASK_KIND_COUNT] = {
	[TASK_IDENTITY_REVIEW] = "identity_review",
	[TASK_EMAIL_TAKEN] = "email_taken",
	[TASK_LINK_OFFER] = "link_offer",
	[TASK_UNKNOWN_STATUS] = "unknown_status",
	[TASK_PROTECTED_DEPARTURE] = "protected_departure",
};

/* A word that nobody mapped is one task for all whom it is said of. */
static struct str subject_of(struct directory *d, const struct task *t)
{
	buf_clear(&d->subject);
	buf_addf(&d->subject, "%lld:", (long long)t->feed);
	buf_add_str(&d->subject,
		    t->kind == TASK_UNKNOWN_STATUS ? t->word : t->pid);
	return buf_str(&d->subject);
}

int add_task(struct directory *d, const struct task *t, int64_t now_ms,
	     struct err *err)
{
	struct put p = put_start(d, STMT_ADD_TASK);
	struct str subject = subject_of(d, t);
	char id[RANDOM_ID_SIZE];

	if (buf_check(&d->subject, "a task's subject", err) < 0)
		return -1;
	random_sorted_id(id, now_ms);
	put_str(&p, str_of(id));
	put_int(&p, t->organization);
	put_str(&p, str_of(task_names[t->kind]));
	put_str(&p, subject);
	put_key(&p, t->feed);
	put_text(&p, t->kind == TASK_UNKNOWN_STATUS ? str_none() : t->pid);
	put_text(&p, t->word);
	put_key(&p, t->member);
	put_key(&p, t->other);
	put_int(&p, now_ms);
	return db_run(p.s, err);
}

int end_task(struct directory *d, const struct task *t, int64_t now_ms,
	     struct err *err)
{
	struct put p = put_start(d, STMT_END_TASK);
	struct str subject = subject_of(d, t);

	if (buf_check(&d->subject, "a task's subject", err) < 0)
		return -1;
	put_int(&p, now_ms);
	put_int(&p, t->organization);
	put_str(&p, str_of(task_names[t->kind]));
	put_str(&p, subject);
	return db_run(p.s, err);
}

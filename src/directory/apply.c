/* A change, from the queue to the rows: order, duplicates, and who wakes. */
#include "work.h"

#include "base/assert.h"
#include "crypto/encode.h"

#include <limits.h>

/*
 * How far back a change is looked for among the decisions about its person:
 * half a millisecond's worth. What is older is noted once more, as superseded.
 */
#define CHAIN_MAX   1024
#define CHAIN_WHOLE INT_MAX

static bool read_key(const struct change *c,
		     unsigned char out[static CHANGE_KEY_SIZE])
{
	size_t len;

	return decode(ENCODING_HEX, str_of(c->id), out, CHANGE_KEY_SIZE,
		      &len) &&
	       len == CHANGE_KEY_SIZE;
}

int work_init(struct work *w, struct directory *d, const struct change *c,
	      int64_t now_ms, struct err *err)
{
	*w = (struct work){ .d = d, .c = *c, .now_ms = now_ms };
	if (!read_key(c, w->key))
		return err_set(err, ERR_INVALID, "id of the change is not hex");
	return lower_email(&w->c.person.fields[PERSON_EMAIL], &d->arena, err);
}

struct mark work_mark(const struct work *w, enum person_status status,
		      int64_t decision)
{
	return (struct mark){
		.version = w->c.version,
		.rank = w->c.source,
		.change = { (const char *)w->key, sizeof(w->key) },
		.status = status,
		.decision = decision,
	};
}

struct decision work_decision(const struct work *w, int64_t previous,
			      struct str fields)
{
	return (struct decision){
		.feed = w->at.feed.key,
		.pid = w->c.person.pid,
		.change = { (const char *)w->key, sizeof(w->key) },
		.outcome = w->outcome,
		.version = w->c.version,
		.effective_ms = w->c.effective_ms,
		.at_ms = w->now_ms,
		.previous = previous,
		.fields = fields,
	};
}

struct task work_task(const struct work *w, enum task_kind kind, int64_t member,
		      int64_t other)
{
	return (struct task){
		.kind = kind,
		.organization = w->at.feed.organization,
		.feed = w->at.feed.key,
		.pid = w->c.person.pid,
		.word = kind == TASK_UNKNOWN_STATUS ? w->c.person.status_word
						    : (struct str){ 0 },
		.member = member,
		.other = other,
	};
}

void work_free_value(struct directory *d, int64_t organization,
		     enum person_field field, const struct field *value)
{
	/* Past the limit they wait for the next change of their own. */
	if (value->state != FIELD_VALUE || d->freed_count == FREED_MAX)
		return;
	d->freed[d->freed_count++] =
		(struct freed){ organization, field, value->value };
}

/* ------------------------------------------------------- order, duplicates */

static struct mark *mark_of(struct loaded *l)
{
	if (!l->known)
		return NULL;
	return l->person.link == LINK_MEMBER ? &l->member.mark
					     : &l->person.mark;
}

/* R4: equal versions are decided by how much was read. */
static bool is_newer(const struct work *w, const struct mark *m)
{
	if (w->c.version != m->version)
		return w->c.version > m->version;
	return w->c.source > m->rank;
}

static int write_mark(struct work *w, struct err *err)
{
	if (w->at.person.link == LINK_MEMBER)
		return set_member(w->d, &w->at.member, WRITE_MARK, err);
	return set_person(w->d, w->at.feed.key, &w->at.person, err);
}

/*
 * Decided about once, and nothing changed by it. The mark keeps its version:
 * only its chain of decisions grows.
 */
static int note(struct work *w, struct mark *m, enum apply_outcome outcome,
		struct err *err)
{
	struct str key = { (const char *)w->key, sizeof(w->key) };
	struct decision x;
	bool decided;

	if (was_decided(w->d, &w->at, key, CHAIN_MAX, &decided, err) < 0)
		return -1;
	if (decided) {
		w->outcome = APPLY_DUPLICATE;
		return 0;
	}
	w->outcome = outcome;
	x = work_decision(w, m->decision, (struct str){ 0 });
	if (add_decision(w->d, &x, &m->decision, err) < 0)
		return -1;
	return write_mark(w, err);
}

static bool is_same(const struct work *w, const struct mark *m)
{
	return w->c.version == m->version &&
	       str_eq(m->change,
		      (struct str){ (const char *)w->key, sizeof(w->key) });
}

typedef int link_fn(struct work *w, struct err *err);

static link_fn *const by_link[] = {
	[LINK_NONE] = join_person,   [LINK_WAITING] = join_person,
	[LINK_REVIEW] = join_person, [LINK_MEMBER] = update_member,
	[LINK_ALIAS] = update_alias,
};

static int take_in(struct work *w, struct err *err)
{
	struct task t;

	if (w->c.person.status == PERSON_STATUS_UNKNOWN) {
		t = work_task(w, TASK_UNKNOWN_STATUS, 0, 0);
		if (add_task(w->d, &t, w->now_ms, err) < 0)
			return -1;
	}
	ASSERT((size_t)w->at.person.link < ARRAY_LEN(by_link));
	ASSERT(w->at.has_member == (w->at.person.link >= LINK_MEMBER));
	return by_link[w->at.person.link](w, err);
}

/*
 * R8: absence is a fact, not a departure. R6: who was heard of after the
 * snapshot began is not missing from it.
 */
static int note_absence(struct work *w, struct mark *m, struct err *err)
{
	w->outcome = APPLY_IGNORED;
	if (!m)
		return 0;
	return note(w, m, is_newer(w, m) ? APPLY_ABSENT : APPLY_SUPERSEDED,
		    err);
}

static int apply_one(struct work *w, struct err *err)
{
	struct mark *m = mark_of(&w->at);

	if (w->c.kind == CHANGE_ABSENT)
		return note_absence(w, m, err);
	if (m && is_same(w, m)) {
		w->outcome = APPLY_DUPLICATE;
		return 0;
	}
	if (m && !is_newer(w, m))
		return note(w, m, APPLY_SUPERSEDED, err);
	return take_in(w, err);
}

/* ------------------------------------------------------------------ waking */

/* The person is joined anew, by what was kept of it. */
static int wake_person(struct directory *d, const struct loaded *l,
		       int64_t now_ms, struct err *err)
{
	struct change c;
	struct work w;

	if (change_decode(&c, &d->arena, l->person.kept, err) < 0)
		return err_prefix(err, "what was kept of a person");
	if (work_init(&w, d, &c, now_ms, err) < 0)
		return -1;
	w.at = *l;
	return join_person(&w, err);
}

static int wake(struct directory *d, const struct freed *f,
		const struct waiter *who, int64_t now_ms, struct err *err)
{
	struct loaded l;
	bool found;

	if (load_person_of_feed(d, who->feed, who->pid, &l, &found, err) < 0)
		return -1;
	if (!found || !l.known)
		return 0;
	switch (l.person.link) {
	case LINK_WAITING:
	case LINK_REVIEW:
		return wake_person(d, &l, now_ms, err);
	case LINK_MEMBER:
		if (!str_eq(l.member.wanted_email, f->value))
			return 0;
		return grant_email(d, f->organization, &l.member, now_ms, err);
	default:
		return 0;
	}
}

/* Waking one may free what the next waits for: the list grows as it is read. */
static int wake_waiting(struct directory *d, int64_t now_ms, struct err *err)
{
	struct waiter who[WAITERS_MAX];
	size_t n;

	for (size_t i = 0; i < d->freed_count; i++) {
		if (find_waiting(d, &d->freed[i], who, &n, err) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			if (wake(d, &d->freed[i], &who[k], now_ms, err) < 0)
				return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------- entry */

static int load_or_add(struct work *w, struct err *err)
{
	bool found;

	if (load_person(w->d, &w->c, &w->at, &found, err) < 0)
		return -1;
	if (found)
		return 0;
	if (add_feed(w->d, &w->c, err) < 0 ||
	    load_person(w->d, &w->c, &w->at, &found, err) < 0)
		return -1;
	ASSERT(found);
	return 0;
}

int directory_begin(struct directory *d, struct err *err)
{
	if (db_begin(d->db, err) < 0)
		return -1;
	if (read_last_keys(d, err) < 0) {
		db_rollback(d->db);
		return -1;
	}
	return 0;
}

int directory_apply(struct directory *d, const struct change *c, int64_t now_ms,
		    enum apply_outcome *out, struct err *err)
{
	struct work w;

	arena_clear(&d->arena);
	d->freed_count = 0;
	if (c->effective_ms > now_ms)
		return err_set(err, ERR_INVALID,
			       "takes effect in the future: changes cannot be "
			       "scheduled yet, retry it then");
	if (work_init(&w, d, c, now_ms, err) < 0 || load_or_add(&w, err) < 0 ||
	    apply_one(&w, err) < 0 || wake_waiting(d, now_ms, err) < 0)
		return -1;
	*out = w.outcome;
	return 0;
}

int directory_was_decided(struct directory *d, const struct change *c,
			  bool *out, struct err *err)
{
	unsigned char key[CHANGE_KEY_SIZE];
	struct str id = { (const char *)key, sizeof(key) };
	struct loaded l;
	bool found;

	arena_clear(&d->arena);
	*out = false;
	if (!read_key(c, key))
		return 0;
	if (load_person(d, c, &l, &found, err) < 0)
		return -1;
	return found ? was_decided(d, &l, id, CHAIN_WHOLE, out, err) : 0;
}

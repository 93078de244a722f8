#include "sheaf_part.h"

#include "base/assert.h"
#include "base/map.h"
#include "base/mem.h"
#include "change/change.h"
#include "desk.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ texts */

static void texts_clear(struct part_texts *t)
{
	buf_clear(&t->bytes);
	t->count = 0;
}

static void texts_end_one(struct part_texts *t)
{
	t->ends[t->count++] = t->bytes.len;
}

static void texts_list(const struct part_texts *t, struct str *out)
{
	size_t at = 0;

	for (size_t i = 0; i < t->count; at = t->ends[i++])
		out[i] = (struct str){ t->bytes.data + at, t->ends[i] - at };
}

/* ------------------------------------------------------------------- life */

struct sheaf_part *part_new(void)
{
	struct sheaf_part *p = mem_new(sizeof(*p));

	buf_init(&p->changes.bytes, PART_BYTES);
	buf_init(&p->lookups.bytes, PART_BYTES);
	buf_init(&p->progress, PROGRESS_MAX);
	return p;
}

void part_free(struct sheaf_part **p)
{
	if (!*p)
		return;
	buf_release(&(*p)->changes.bytes);
	buf_release(&(*p)->lookups.bytes);
	buf_release(&(*p)->progress);
	free(*p);
	*p = NULL;
}

void part_clear(struct sheaf_part *p)
{
	p->taken = p->people = 0;
	p->most = RUN_BATCH_MAX;
	p->last = false;
}

/* ------------------------------------------------------------------- rows */

static bool is_seen(const struct sheaf_row *r)
{
	return r->kind == SHEAF_PERSON || r->kind == SHEAF_SEEN;
}

/*
 * Several records may be one human being: one of them counts. Records of other
 * parts are not looked at: R10 settles what comes apart.
 */
static void settle_groups(struct sheaf_part *p)
{
	struct map winners;

	map_init(&winners);
	for (size_t i = 0; i < p->people; i++) {
		struct sheaf_row *r = p->rows[i], *other;

		r->beaten = false;
		if (r->kind != SHEAF_PERSON || !r->fetched.group.len)
			continue;
		other = map_get(&winners, r->fetched.group);
		if (other && fetched_wins(&other->fetched, &r->fetched)) {
			r->beaten = true;
			continue;
		}
		if (other) {
			other->beaten = true;
			(void)map_remove(&winners, other->fetched.group);
		}
		(void)map_put(&winners, r->fetched.group, r);
	}
	map_release(&winners);
}

void part_fill(struct sheaf_part *p, const struct sheaf *s)
{
	struct sheaf_row *r;

	p->taken = p->people = 0;
	STAILQ_FOREACH (r, &s->rows, link) {
		if (p->taken == p->most)
			break;
		p->taken++;
		if (!is_seen(r))
			continue;
		p->rows[p->people] = r;
		p->pids[p->people++] = r->pid;
	}
	p->last = p->taken == s->count;
	settle_groups(p);
}

/*
 * Who is not told of keeps the digest of what the consumer has; all zero is
 * nobody's, so that the person is sent when there is something to send.
 */
static void keep_digest(struct run_person *m, struct str was)
{
	memset(m->digest, 0, sizeof(m->digest));
	if (was.ptr && was.len == sizeof(m->digest))
		memcpy(m->digest, was.ptr, was.len);
}

static void compare(struct sheaf_row *r, struct run_person *m, struct str was,
		    bool send_all)
{
	m->pid = r->pid;
	r->changed = r->kind == SHEAF_PERSON && !r->beaten;
	if (!r->changed) {
		keep_digest(m, was);
		return;
	}
	person_digest(&r->fetched.person, m->digest);
	if (!send_all)
		r->changed = !str_eq(
			was, (struct str){ m->digest, sizeof(m->digest) });
}

void part_compare(struct sheaf_part *p, const struct sheaf *s,
		  const struct str *digests, size_t count)
{
	ASSERT(count == p->people);
	for (size_t i = 0; i < count; i++)
		compare(p->rows[i], &p->marks[i], digests[i], s->send_all);
}

/* ---------------------------------------------------------------- storing */

/* R6: as old as the page, where the HRIS has no version of its own. */
static void add_change(struct sheaf_part *p, const struct sheaf *s,
		       const struct sheaf_row *r)
{
	int64_t version = r->fetched.version;
	struct change c = {
		.kind = CHANGE_STATE,
		.source = CHANGE_RUN,
		.organization = s->organization,
		.connection = s->place.connection,
		.version = version ? version : s->read_ms,
		.observed_ms = s->read_ms,
		.person = r->fetched.person,
	};

	change_identify(&c);
	change_encode(&c, &p->changes.bytes);
	texts_end_one(&p->changes);
}

static void add_lookup(struct sheaf_part *p, const struct sheaf *s,
		       const struct sheaf_row *r)
{
	const struct lookup l = { .organization = s->organization,
				  .connection = s->place.connection,
				  .pid = r->pid,
				  .reason = STR("changed, says a sync run"),
				  .deletion = r->kind == SHEAF_GONE,
				  .received_ms = s->read_ms };

	lookup_encode(&l, &p->lookups.bytes);
	texts_end_one(&p->lookups);
}

static void encode(struct sheaf_part *p, const struct sheaf *s)
{
	const struct sheaf_row *r = STAILQ_FIRST(&s->rows);

	texts_clear(&p->changes);
	texts_clear(&p->lookups);
	for (size_t i = 0; i < p->taken; i++, r = STAILQ_NEXT(r, link)) {
		if (r->kind == SHEAF_PERSON && r->changed)
			add_change(p, s, r);
		else if (r->kind == SHEAF_LOOKUP || r->kind == SHEAF_GONE)
			add_lookup(p, s, r);
	}
}

static void write_progress(struct sheaf_part *p, struct sheaf *s)
{
	int64_t counts[COUNT_COUNT];

	memcpy(counts, s->counts, sizeof(counts));
	part_count(p, counts);
	buf_clear(&p->progress);
	s->ops->progress(s, counts, p->last, &p->progress);
}

int part_store(struct sheaf_part *p, struct sheaf *s, run_page_fn *fn,
	       struct err *err)
{
	struct str changes[RUN_BATCH_MAX], lookups[RUN_BATCH_MAX];
	struct run_page page = { .number = s->number,
				 .read_ms = s->read_ms,
				 .people = p->marks,
				 .count = p->people,
				 .changes = changes,
				 .lookups = lookups };

	encode(p, s);
	write_progress(p, s);
	if (buf_check(&p->changes.bytes, "people", err) < 0 ||
	    buf_check(&p->lookups.bytes, "lookups", err) < 0 ||
	    buf_check(&p->progress, "the progress of a run", err) < 0)
		return -1;
	texts_list(&p->changes, changes);
	texts_list(&p->lookups, lookups);
	page.change_count = p->changes.count;
	page.lookup_count = p->lookups.count;
	page.progress = buf_str(&p->progress);
	return run_page(s->desk->queue, &s->place, &page, fn, s, err);
}

void part_count(const struct sheaf_part *p, int64_t counts[COUNT_COUNT])
{
	int64_t people = 0;

	for (size_t i = 0; i < p->people; i++)
		people += p->rows[i]->kind == SHEAF_PERSON;
	counts[COUNT_QUEUED] += (int64_t)p->changes.count;
	counts[COUNT_UNCHANGED] += people - (int64_t)p->changes.count;
	counts[COUNT_LOOKUPS] += (int64_t)p->lookups.count;
}

#include "sheaf.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "desk.h"
#include "page.h"
#include "sheaf_part.h"
#include "trouble.h"

#define LUCK_RANGE     1000
#define DETAIL_STAY_MS 300000 /* a longer wait is no wait within a page */

/* ------------------------------------------------------------------- rows */

static bool copy(struct sheaf *s, struct str *text)
{
	if (!text->ptr)
		return true;
	*text = arena_dup(&s->arena, *text);
	return text->ptr;
}

static bool copy_person(struct sheaf *s, struct person *p)
{
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++)
		if (!copy(s, &p->fields[i].value))
			return false;
	return copy(s, &p->pid) && copy(s, &p->status_word);
}

static struct sheaf_row *row_new(struct sheaf *s, enum sheaf_kind kind,
				 struct str pid)
{
	struct sheaf_row *r = arena_zalloc(&s->arena, 1, sizeof(*r));

	if (r && (!pid.ptr || copy(s, &pid))) {
		r->kind = kind;
		r->pid = pid;
		STAILQ_INSERT_TAIL(&s->rows, r, link);
		s->count++;
		return r;
	}
	(void)arena_full(&s->arena, &s->overflow);
	return NULL;
}

/* A row is a person: r's texts are borrowed until now. */
static void take_person(struct sheaf *s, struct sheaf_row *r,
			const struct fetched *f)
{
	r->kind = SHEAF_PERSON;
	r->fetched = *f;
	r->fetched.row = NULL;
	r->fetched.person.pid = r->pid;
	if (!copy_person(s, &r->fetched.person) ||
	    !copy(s, &r->fetched.group)) {
		(void)arena_full(&s->arena, &s->overflow);
		return;
	}
	s->counts[COUNT_PEOPLE]++;
	proof_count(&s->proof, &r->fetched.person);
}

/* Who it is can be told: so the person is there, whatever the rest says. */
static void spoil(struct sheaf *s, struct sheaf_row *r)
{
	r->kind = SHEAF_SEEN;
	s->counts[COUNT_UNUSABLE]++;
}

void sheaf_add_bad(struct sheaf *s, struct str pid)
{
	struct sheaf_row *r;

	if (!pid.len || pid.len > PERSON_ID_MAX_BYTES) {
		s->counts[COUNT_UNUSABLE]++;
		s->proof.nameless++;
		return;
	}
	r = row_new(s, SHEAF_SEEN, pid);
	if (r)
		spoil(s, r);
}

static void add_detail(struct sheaf *s, const struct read_row *row,
		       struct str record)
{
	struct sheaf_row *r = row_new(s, SHEAF_DETAIL, row->pid);

	if (!r)
		return;
	r->needs = row->details;
	r->record = record;
	if (!copy(s, &r->record))
		(void)arena_full(&s->arena, &s->overflow);
}

void sheaf_add(struct sheaf *s, const struct read_row *row, struct str record)
{
	struct sheaf_row *r;

	switch (row->kind) {
	case READ_ROW_PERSON:
		r = row_new(s, SHEAF_PERSON, row->pid);
		if (r)
			take_person(s, r, &row->fetched);
		return;
	case READ_ROW_DETAIL:
		add_detail(s, row, record);
		return;
	case READ_ROW_LOOKUP:
		(void)row_new(s, SHEAF_LOOKUP, row->pid);
		return;
	case READ_ROW_GONE:
		(void)row_new(s, SHEAF_GONE, row->pid);
		return;
	case READ_ROW_TABLE:
	case READ_ROW_SKIP:
		return;
	}
}

bool sheaf_is_full(const struct sheaf *s)
{
	return s->count >= SHEAF_ROWS || s->arena.used >= SHEAF_BYTES;
}

bool sheaf_is_open(const struct sheaf *s)
{
	return s->state == SHEAF_OPEN;
}

static void forget_rows(struct sheaf *s)
{
	STAILQ_INIT(&s->rows);
	s->count = 0;
	arena_clear(&s->arena);
	s->overflow = (struct err){ .kind = ERR_NONE };
}

void sheaf_clear(struct sheaf *s)
{
	ASSERT(s->state == SHEAF_OPEN);
	forget_rows(s);
}

/* ------------------------------------------------------------------- ends */

static void fail(struct sheaf *s, enum finding finding, int64_t asked_ms,
		 const struct err *err)
{
	s->state = SHEAF_OPEN;
	s->ops->failed(s, finding, asked_ms, err);
}

/* True: it was interrupted, and that is all there is to it. */
static bool is_cut(struct sheaf *s)
{
	if (!s->interrupted)
		return false;
	s->interrupted = false;
	s->state = SHEAF_OPEN;
	forget_rows(s);
	s->ops->cut(s);
	return true;
}

static void rest(struct sheaf *s)
{
	if (is_cut(s))
		return;
	s->state = SHEAF_RESTING;
	loop_timer_set(&s->timer, DESK_REST_MS);
}

/* True: it did not go well, and what follows is under way. */
static bool is_over(struct sheaf *s, const struct err *err)
{
	if (err->kind == ERR_CONFLICT) {
		s->state = SHEAF_OPEN;
		s->ops->lost(s);
		return true;
	}
	if (err->kind == ERR_NONE)
		return is_cut(s);
	log_debug("redis did not take people", log_str("why", err->text));
	rest(s);
	return true;
}

/* ---------------------------------------------------------------- storing */

static void next_part(struct sheaf *s);

static void stored_cb(uint64_t people, const struct err *err, void *arg)
{
	struct sheaf *s = arg;

	if (err->kind == ERR_NONE) {
		s->proof.people = (int64_t)people;
		part_count(s->part, s->counts);
		for (size_t n = s->part->taken; n; n--)
			STAILQ_REMOVE_HEAD(&s->rows, link);
		s->count -= s->part->taken;
	}
	if (!is_over(s, err))
		next_part(s);
}

static void store(struct sheaf *s)
{
	struct err err = { .kind = ERR_NONE };

	if (part_store(s->part, s, stored_cb, &err) == 0) {
		s->state = SHEAF_STORING;
	} else if (err.kind == ERR_LIMIT && s->part->taken > 1) {
		s->part->most = s->part->taken / 2;
		next_part(s);
	} else {
		rest(s);
	}
}

static void digests_cb(const struct str *digests, size_t count,
		       const struct err *err, void *arg)
{
	struct sheaf *s = arg;

	if (is_over(s, err))
		return;
	part_compare(s->part, s, digests, count);
	store(s);
}

static void ask(struct sheaf *s)
{
	struct err err = { .kind = ERR_NONE };

	if (!s->part->people) {
		store(s);
		return;
	}
	if (run_digests(s->desk->queue, &s->place, s->part->pids,
			s->part->people, digests_cb, s, &err) < 0)
		rest(s);
	else
		s->state = SHEAF_ASKING;
}

static void next_part(struct sheaf *s)
{
	if (STAILQ_EMPTY(&s->rows) && s->part->last) {
		s->state = SHEAF_OPEN;
		forget_rows(s);
		s->ops->stored(s);
		return;
	}
	part_fill(s->part, s);
	ask(s);
}

/* ---------------------------------------------------------------- details */

static void make_whole(struct sheaf *s);

static void one_cb(size_t i, const struct fetched *f, const struct err *err,
		   void *arg)
{
	struct sheaf *s = arg;

	(void)err;
	if (f)
		take_person(s, s->group[i], f);
	else
		spoil(s, s->group[i]);
}

static void again_cb(void *arg)
{
	struct sheaf *s = arg;

	if (s->state == SHEAF_WHOLE)
		make_whole(s);
	else
		ask(s); /* what was stored after all is not sent again */
}

/* R16, for this group alone: what was asked for before it stays. */
static void group_failed(struct sheaf *s, enum finding finding,
			 int64_t asked_ms, const struct err *err)
{
	struct trouble t = trouble_of(finding, s->detail_tries++, asked_ms,
				      random_below(LUCK_RANGE));
	struct source_news n = { .pause_ms = t.pause_ms, .reason = t.reason };

	if (t.action != TROUBLE_WAIT || t.wait_ms > DETAIL_STAY_MS) {
		fail(s, finding, asked_ms, err);
		return;
	}
	source_heed(s->source, &n);
	loop_timer_set(&s->timer, t.wait_ms);
}

static void group_cb(enum finding finding, int64_t asked_ms,
		     const struct err *err, void *arg)
{
	struct sheaf *s = arg;

	if (finding != FINDING_PERSON) {
		group_failed(s, finding, asked_ms, err);
		return;
	}
	s->detail_tries = 0;
	make_whole(s);
}

static size_t pick_group(struct sheaf *s, size_t most)
{
	struct sheaf_row *r;
	size_t n = 0;

	STAILQ_FOREACH (r, &s->rows, link) {
		if (r->kind != SHEAF_DETAIL)
			continue;
		s->group[n] = r;
		s->detail_rows[n++] = (struct detail_row){ .pid = r->pid,
							   .record = r->record,
							   .needs = r->needs };
		if (n == most)
			break;
	}
	return n;
}

static void begin_storing(struct sheaf *s)
{
	s->state = SHEAF_OPEN;
	if (s->overflow.kind)
		fail(s, FINDING_TOO_LARGE, -1, &s->overflow);
	else if (s->ops->is_fit(s))
		next_part(s);
}

static void make_whole(struct sheaf *s)
{
	struct details_spec spec = {
		.source = s->source,
		.class = BUDGET_RUN,
		.state = s->page_state,
		.page = s->about,
		.tables = s->tables,
		.rows = s->detail_rows,
		.count = pick_group(s, s->group_size),
		.one = one_cb,
		.ended = group_cb,
		.arg = s,
	};
	struct err err = { .kind = ERR_NONE };

	if (!spec.count) {
		begin_storing(s);
		return;
	}
	s->state = SHEAF_WHOLE;
	if (details_start(&s->details, &spec, &err) < 0)
		fail(s, finding_of(err.kind, 0), -1, &err);
}

/* --------------------------------------------------------------------- in */

void sheaf_flush(struct sheaf *s, const struct page *page)
{
	ASSERT(s->state == SHEAF_OPEN);
	s->read_ms = page_sent_ms(page);
	s->page_state = buf_str(&page->state);
	s->about = &page->about;
	s->tables = page->tables;
	s->group_size = details_group(page->step);
	s->detail_tries = 0;
	part_clear(s->part);
	make_whole(s);
}

void sheaf_interrupt(struct sheaf *s)
{
	s->interrupted = true;
	if (s->state == SHEAF_ASKING || s->state == SHEAF_STORING)
		return; /* the callback comes in any case */
	details_cancel(&s->details);
	loop_timer_cancel(&s->timer);
	(void)is_cut(s);
}

void sheaf_init(struct sheaf *s, const struct sheaf_ops *ops, struct desk *d,
		struct source *source)
{
	*s = (struct sheaf){ .ops = ops, .desk = d, .source = source };
	s->proof.total = -1;
	arena_init(&s->arena, SHEAF_MAX);
	STAILQ_INIT(&s->rows);
	loop_timer_init(&s->timer, d->loop, again_cb, s);
	s->part = part_new();
}

void sheaf_release(struct sheaf *s)
{
	details_cancel(&s->details);
	loop_timer_release(&s->timer);
	arena_release(&s->arena);
	part_free(&s->part);
}

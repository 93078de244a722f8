#include "names.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "desk.h"
#include "page.h"

#include <stdlib.h>

#define STATE_ARENA ((size_t)1 << 20)

TAILQ_HEAD(want_list, names_want);

struct names {
	unsigned refs;
	struct read_tables *tables;
};

struct names_store {
	struct source *source;
	struct setup *setup; /* that kept was read by */
	struct names *kept;
	int64_t read_ms;       /* monotonic: of kept */
	struct names *loading; /* NULL: nothing is under way */
	struct page page;
	unsigned pages;
	unsigned
		round; /* of telling: who wants them meanwhile is of the next */
	struct want_list wants;
};

/* ------------------------------------------------------------------ names */

static struct names *names_new(void)
{
	struct names *n = mem_new(sizeof(*n));

	n->refs = 1;
	n->tables = read_tables_new();
	return n;
}

struct names *names_ref(struct names *n)
{
	n->refs++;
	return n;
}

void names_unref(struct names **n)
{
	if (*n && --(*n)->refs == 0) {
		read_tables_free(&(*n)->tables);
		free(*n);
	}
	*n = NULL;
}

struct read_tables *names_tables(const struct names *n)
{
	return n ? read_tables_over(n->tables) : read_tables_new();
}

/* ------------------------------------------------------------------- kept */

static size_t *kept_bytes(const struct names_store *s)
{
	return &source_desk(s->source)->names_bytes;
}

static void forget(struct names_store *s)
{
	if (!s->kept)
		return;
	*kept_bytes(s) -= read_tables_bytes(s->kept->tables);
	names_unref(&s->kept);
	setup_unref(&s->setup);
}

/* Where all connections keep too much, this one reads them each time. */
static void keep(struct names_store *s, struct names *n)
{
	size_t bytes = read_tables_bytes(n->tables);

	forget(s);
	if (*kept_bytes(s) + bytes > NAMES_KEPT_BYTES)
		return;
	*kept_bytes(s) += bytes;
	s->kept = names_ref(n);
	s->setup = setup_ref(source_setup(s->source));
	s->read_ms = clock_mono_ms();
}

static bool is_fresh(const struct names_store *s, int64_t age_ms)
{
	return s->kept && s->setup == source_setup(s->source) &&
	       clock_mono_ms() - s->read_ms < age_ms;
}

/* ---------------------------------------------------------------- reading */

static void unlink_want(struct names_store *s, struct names_want *w)
{
	TAILQ_REMOVE(&s->wants, w, link);
	source_release(w->source);
	w->source = NULL;
}

static void tell_all(struct names_store *s, const struct names_result *r)
{
	unsigned round = ++s->round;
	struct names_want *w;

	while ((w = TAILQ_FIRST(&s->wants)) && w->round != round) {
		unlink_want(s, w);
		w->ready(w, r);
	}
}

static const struct page_ops ops;

/* The page's memory goes too: reads of names are far between. */
static void end_reading(struct names_store *s, const struct names_result *r)
{
	struct names *n = s->loading;

	s->loading = NULL;
	page_release(&s->page);
	page_init(&s->page, &ops);
	tell_all(s, r);
	names_unref(&n);
}

static struct names_store *store_of(struct page *p)
{
	return CONTAINER_OF(p, struct names_store, page);
}

static void row_cb(struct page *p, const struct read_row *row,
		   struct str record)
{
	(void)p; /* read_row has put it where it belongs */
	(void)row;
	(void)record;
}

/* A name that is missing leaves a field absent, no more. */
static void bad_cb(struct page *p, struct str pid, const struct err *err)
{
	(void)p;
	(void)pid;
	(void)err;
}

static bool full_cb(struct page *p)
{
	(void)p;
	return false;
}

static void failed_cb(struct page *p, enum finding finding, int64_t asked_ms,
		      const struct err *err)
{
	struct names_result r = { .finding = finding,
				  .asked_ms = asked_ms,
				  .err = *err };

	(void)err_prefix(&r.err, "tables");
	end_reading(store_of(p), &r);
}

static void next_page(struct names_store *s, struct str state)
{
	page_start(&s->page, s->source, BUDGET_RUN, state, s->loading->tables);
}

static void turned_cb(struct page *p, const struct read_turn *turn)
{
	struct names_store *s = store_of(p);
	struct names_result r = { .names = s->loading,
				  .finding = FINDING_PERSON,
				  .asked_ms = -1 };
	struct err err;

	if (!turn) {
		err_fill(&err, ERR_LIMIT, "pages come again");
		failed_cb(p, FINDING_TOO_LARGE, -1, &err);
	} else if (turn->done) {
		keep(s, s->loading);
		end_reading(s, &r);
	} else if (++s->pages >= NAMES_MAX_PAGES) {
		err_fill(&err, ERR_LIMIT, "no end after %d pages",
			 NAMES_MAX_PAGES);
		failed_cb(p, FINDING_TOO_LARGE, -1, &err);
	} else {
		next_page(s, turn->state);
	}
}

static const struct page_ops ops = {
	.row = row_cb,
	.bad = bad_cb,
	.full = full_cb,
	.turned = turned_cb,
	.failed = failed_cb,
};

static void begin_reading(struct names_store *s)
{
	const struct setup *setup = source_setup(s->source);
	struct fetch_context ctx = setup_context(setup);
	struct err err = { .kind = ERR_NONE };
	struct str state = { 0 };
	struct arena a;

	s->loading = names_new();
	s->pages = 0;
	arena_init(&a, STATE_ARENA);
	if (read_begin(setup->manifest, &ctx, READ_TABLES, NULL, ctx.now_ms, &a,
		       &state, &err) < 0)
		failed_cb(&s->page, finding_of(err.kind, 0), -1, &err);
	else
		next_page(s, state);
	arena_release(&a);
}

/* --------------------------------------------------------------------- in */

static struct names_store *store_for(struct source *source)
{
	struct names_store **at = source_names(source);
	struct names_store *s = *at;

	if (s)
		return s;
	s = mem_new(sizeof(*s));
	s->source = source;
	page_init(&s->page, &ops);
	TAILQ_INIT(&s->wants);
	*at = s;
	return s;
}

static bool has_names(const struct source *s)
{
	const struct setup *setup = source_setup(s);
	struct fetch_context ctx = setup_context(setup);

	return read_can(setup->manifest, &ctx, READ_TABLES);
}

bool names_are_there(struct source *source, int64_t age_ms)
{
	const struct names_store *s = *source_names(source);

	return !has_names(source) || (s && is_fresh(s, age_ms));
}

void names_get(struct names_want *w, struct source *source, int64_t age_ms)
{
	struct names_result r = { .finding = FINDING_PERSON, .asked_ms = -1 };
	struct names_store *s;

	if (!has_names(source)) {
		w->ready(w, &r);
		return;
	}
	s = store_for(source);
	if (is_fresh(s, age_ms)) {
		r.names = s->kept;
		w->ready(w, &r);
		return;
	}
	w->source = source;
	w->round = s->round;
	source_hold(source);
	TAILQ_INSERT_TAIL(&s->wants, w, link);
	if (!s->loading)
		begin_reading(s);
}

void names_cancel(struct names_want *w)
{
	if (w->source)
		unlink_want(*source_names(w->source), w);
}

void names_store_free(struct names_store **at)
{
	struct names_store *s = *at;

	if (!s)
		return;
	page_release(&s->page);
	forget(s);
	names_unref(&s->loading);
	free(s);
	*at = NULL;
}

/*
 * The job "fields": one page of people is read, and what stands in their
 * records is listed with samples. These are personal: they go into the reply,
 * and nowhere else.
 */
#include "details.h"
#include "inquiry.h"
#include "job_kinds.h"
#include "page.h"
#include "provider/discover.h"
#include "json/write.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

#define RECORDS	     25 /* of a page that are looked at */
#define WITH_DETAILS 5	/* of them, where each needs further calls */
#define WAYS_MAX     4	/* other ways of reading that are tried */
#define ROWS_ARENA   ((size_t)16 << 20)
#define RECORD_ARENA ((size_t)24 << 20)

struct fields {
	struct inquiry inquiry;
	struct page page;
	struct details details;
	struct arena rows_arena;
	struct arena scratch; /* of one record */
	struct detail_row rows[WITH_DETAILS];
	size_t row_count;
	size_t looked_at;
	unsigned ways;
	struct discovery *found;
};

static struct fields *fields_of(struct page *p)
{
	return CONTAINER_OF(p, struct fields, page);
}

static void fields_free(struct inquiry *q)
{
	struct fields *f = CONTAINER_OF(q, struct fields, inquiry);

	details_cancel(&f->details);
	page_release(&f->page);
	discovery_free(&f->found);
	arena_release(&f->rows_arena);
	arena_release(&f->scratch);
	inquiry_close(q);
	free(f);
}

/* ----------------------------------------------------------------- answer */

static void add_feeds(struct json_writer *w, uint32_t feeds)
{
	json_open_array(w, "feeds");
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++)
		if (feeds & PERSON_BIT(i))
			json_add_z(w, NULL,
				   person_field_name((enum person_field)i));
	if (feeds & PERSON_BIT(PERSON_FIELD_COUNT))
		json_add_z(w, NULL, "status");
	json_close(w);
}

static void add_field(struct json_writer *w, const struct discovered *d)
{
	json_open_object(w, NULL);
	json_add_string(w, "path", d->pointer);
	json_add_int(w, "seen", (int64_t)d->seen);
	json_open_array(w, "samples");
	for (size_t i = 0; i < d->sample_count; i++)
		json_add_string(w, NULL, d->samples[i]);
	json_close(w);
	add_feeds(w, d->feeds);
	json_close(w);
}

static void done(struct fields *f)
{
	struct fetch_context ctx = setup_context(f->inquiry.setup);
	struct json_writer w;

	discovery_match(f->found, f->inquiry.setup->manifest, &ctx);
	json_writer_init(&w, &f->inquiry.result);
	json_open_object(&w, NULL);
	json_add_int(&w, "records", (int64_t)discovery_records(f->found));
	json_open_array(&w, "fields");
	for (size_t i = 0; i < discovery_count(f->found); i++)
		add_field(&w, discovery_at(f->found, i));
	json_close(&w);
	json_close(&w);
	inquiry_done(&f->inquiry);
}

static void explain(struct fields *f, enum finding finding,
		    const struct err *why)
{
	struct err err = { 0 };

	inquiry_explain(finding, why, &err);
	inquiry_fail(&f->inquiry, &err);
}

/* ---------------------------------------------------------------- details */

/* Whole or not: what is there is shown. */
static void one_cb(size_t i, const struct fetched *person,
		   const struct err *err, void *arg)
{
	struct fields *f = arg;
	const struct details *d = &f->details;
	const struct json *record;

	(void)person;
	(void)err;
	arena_clear(&f->scratch);
	record = read_record(d->step, d->rows[i].row,
			     &d->answers[i * d->detail_count], &f->page.about,
			     &f->scratch);
	if (record)
		discovery_add(f->found, record);
}

static void details_cb(enum finding finding, int64_t asked_ms,
		       const struct err *err, void *arg)
{
	struct fields *f = arg;

	(void)asked_ms;
	if (finding == FINDING_PERSON)
		done(f);
	else
		explain(f, finding, err);
}

static void start_details(struct fields *f)
{
	const struct details_spec spec = {
		.source = f->inquiry.source,
		.class = BUDGET_ADMIN,
		.state = buf_str(&f->page.state),
		.page = &f->page.about,
		.rows = f->rows,
		.count = f->row_count,
		.one = one_cb,
		.ended = details_cb,
		.arg = f,
	};
	struct err err = { 0 };

	if (details_start(&f->details, &spec, &err) < 0)
		inquiry_fail(&f->inquiry, &err);
}

static void keep_row(struct fields *f, const struct read_row *row,
		     struct str record)
{
	struct detail_row *r = &f->rows[f->row_count];

	if (f->row_count == WITH_DETAILS)
		return;
	*r = (struct detail_row){ .pid = arena_dup(&f->rows_arena, row->pid),
				  .record = arena_dup(&f->rows_arena, record),
				  .needs = row->details };
	if (r->pid.ptr && r->record.ptr)
		f->row_count++;
}

/* ------------------------------------------------------------------- page */

static bool is_enough(const struct fields *f)
{
	return f->looked_at == RECORDS;
}

static void look_at(struct fields *f, struct str text)
{
	const struct json *v, *record;

	arena_clear(&f->scratch);
	if (json_parse(&v, &f->scratch, text, NULL, NULL) < 0)
		return;
	record =
		read_record(f->page.step, v, NULL, &f->page.about, &f->scratch);
	if (record)
		discovery_add(f->found, record);
	f->looked_at++;
	if (is_enough(f))
		done(f);
}

static void row_cb(struct page *p, const struct read_row *row,
		   struct str record)
{
	struct fields *f = fields_of(p);

	if (f->inquiry.over)
		return;
	if (row->kind == READ_ROW_PERSON)
		look_at(f, record);
	else if (row->kind == READ_ROW_DETAIL)
		keep_row(f, row, record);
}

/* It is no person as it is mapped now: all the more it is to be seen. */
static void bad_cb(struct page *p, struct str pid, const struct err *err)
{
	struct fields *f = fields_of(p);

	(void)pid;
	(void)err;
	if (!f->inquiry.over)
		look_at(f, p->record);
}

static bool full_cb(struct page *p)
{
	return fields_of(p)->inquiry.over;
}

static void start_page(struct fields *f, struct str state)
{
	page_start(&f->page, f->inquiry.source, BUDGET_ADMIN, state, NULL);
}

static void turned_cb(struct page *p, const struct read_turn *turn)
{
	struct fields *f = fields_of(p);
	bool nothing = !f->looked_at && !f->row_count;

	if (f->inquiry.over)
		return;
	if (nothing && !turn->done && f->ways++ < WAYS_MAX)
		start_page(f, turn->state);
	else if (f->row_count)
		start_details(f);
	else
		done(f);
}

static void failed_cb(struct page *p, enum finding finding, int64_t asked_ms,
		      const struct err *err)
{
	(void)asked_ms;
	explain(fields_of(p), finding, err);
}

static const struct page_ops ops = {
	.row = row_cb,
	.bad = bad_cb,
	.full = full_cb,
	.turned = turned_cb,
	.failed = failed_cb,
};

/* ------------------------------------------------------------------ start */

static int begin(struct fields *f, struct err *err)
{
	struct fetch_context ctx = setup_context(f->inquiry.setup);
	struct str state;

	if (read_begin(f->inquiry.setup->manifest, &ctx, READ_FULL, NULL,
		       clock_wall_ms(), &f->scratch, &state, err) < 0)
		return -1;
	start_page(f, state);
	return 0;
}

void job_fields(struct chore *c)
{
	struct fields *f = mem_new(sizeof(*f));
	struct err err = { 0 };

	if (inquiry_open(&f->inquiry, c, fields_free) < 0) {
		free(f);
		return;
	}
	page_init(&f->page, &ops);
	arena_init(&f->rows_arena, ROWS_ARENA);
	arena_init(&f->scratch, RECORD_ARENA);
	f->found = discovery_new();
	if (begin(f, &err) < 0)
		inquiry_fail(&f->inquiry, &err);
}

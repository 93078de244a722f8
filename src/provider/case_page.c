/*
 * Cases of reading many people: "<case>.page.json". A read is walked as the
 * fetcher would: each answer leads to rows, and to the next request.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "canonical.h"
#include "case.h"
#include "provider/mapping.h"
#include "provider/read.h"

#define ROWS_MAX 1000 /* of a page */

/* Records may be as deep as the reader lets them be. */
static const struct json_limits record_limits = { RECORD_MAX_BYTES, 128,
						  100000 };
static const struct json_limits rest_limits = { RECORD_MAX_REST, 128, 100000 };

struct walk {
	struct case_run *c;
	struct fetch_context ctx;
	struct read_tables *tables;
	int64_t now_ms;
	struct json_writer *w;
	/* Of the page at hand: */
	const struct read_step *step;
	const struct json *answer;
	struct read_page page;
	const struct json *records[ROWS_MAX];
	size_t count;
};

static int64_t today_of(const struct walk *w)
{
	return w->now_ms / CLOCK_DAY_MS;
}

/* ----------------------------------------------------------------- answers */

static struct str header_of(const void *headers, const char *name)
{
	const struct json *h = headers;

	for (h = json_first(h); h; h = json_next(h))
		if (str_eq_nocase(json_key(h), str_of(name)))
			return json_string(h);
	return str_none();
}

static int keep_record(struct str json, void *arg, struct err *err)
{
	struct walk *w = arg;

	if (w->count == ROWS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d rows", ROWS_MAX);
	return json_parse(&w->records[w->count++], w->c->arena, json,
			  &record_limits, err);
}

static int cut(struct walk *w, const struct read_call *call, struct str body,
	       struct err *err)
{
	struct record_reader *r;
	struct str rest = str_none();
	int res;

	if (record_reader_new(&r, &call->shape, keep_record, w, err) < 0)
		return -1;
	res = record_reader_feed(r, body, err);
	if (res == 0) {
		res = record_reader_end(r, &rest, err);
		w->page.missing = res < 0 && err->kind == ERR_NOT_FOUND;
	}
	if (res == 0 || w->page.missing)
		res = json_parse(&w->page.rest, w->c->arena, rest, &rest_limits,
				 err);
	record_reader_free(&r);
	return res;
}

static int take_answer(struct walk *w, const struct read_call *call,
		       struct err *err)
{
	int64_t status = 200;
	struct str body;

	(void)json_int(json_get(w->answer, "status"), &status);
	if (case_body(w->c, w->answer, &body, err) < 0)
		return -1;
	w->count = 0;
	w->page = (struct read_page){
		.status = (int)status,
		.header = header_of,
		.headers = json_get(w->answer, "headers"),
		.now_ms = w->now_ms,
	};
	if (status < 200 || status > 299) {
		w->page.body = body;
		return 0;
	}
	return call->has_records && status != 204 ? cut(w, call, body, err) : 0;
}

/* -------------------------------------------------------------------- rows */

static void add_error(struct json_writer *w, const struct err *err)
{
	json_add_z(w, "error", err_policy(err->kind)->name);
}

/* The i-th answer that the case gives for a detail. */
static const struct json *detail_answer(const struct walk *w, size_t detail,
					size_t i)
{
	const struct json *all = json_get(w->answer, "details");

	return json_at(json_at(all, detail), i);
}

struct detailed {
	const struct json *row;
	const struct json *found[READ_DETAILS_MAX];
};

static int ask_details(struct walk *w, size_t detail, size_t turn,
		       const struct read_detail_row *rows, size_t count,
		       const struct json **found, struct err *err)
{
	const struct json *answer = detail_answer(w, detail, turn);
	struct fetch_request r = { .method = NULL };
	int64_t status = 200;
	struct str body;
	struct err why = { .kind = ERR_NONE };

	if (read_detail_request(w->step, detail, rows, count, w->c->arena, &r,
				err) < 0)
		return -1;
	json_open_object(w->w, NULL);
	case_write_request(w->c, w->w, &r);
	(void)json_int(json_get(answer, "status"), &status);
	if (case_body(w->c, answer, &body, err) < 0)
		return -1;
	if (read_detail_answer(w->step, detail, (int)status, body, rows, count,
			       w->c->arena, found, &why) < 0)
		add_error(w->w, &why);
	json_close(w->w);
	return 0;
}

/* Those rows that need the detail, as many at once as it takes. */
static int read_detail(struct walk *w, size_t detail,
		       const struct read_row *rows, struct detailed *whole,
		       struct err *err)
{
	size_t batch = read_detail_batch(w->step, detail);
	struct read_detail_row asked[ROWS_MAX];
	const struct json *found[ROWS_MAX] = { NULL };
	size_t at[ROWS_MAX];
	size_t count = 0, turn = 0;

	for (size_t i = 0; i <= w->count; i++) {
		if (i < w->count && rows[i].kind == READ_ROW_DETAIL &&
		    rows[i].details & UINT32_C(1) << detail) {
			asked[count] = (struct read_detail_row){ rows[i].pid,
								 whole[i].row };
			at[count++] = i;
		}
		if (!count || (count < batch && i < w->count))
			continue;
		if (ask_details(w, detail, turn++, asked, count, found, err) <
		    0)
			return -1;
		for (size_t k = 0; k < count; k++) {
			whole[at[k]].found[detail] = found[k];
			found[k] = NULL;
		}
		count = 0;
	}
	return 0;
}

static void write_composed(struct walk *w, const struct detailed *whole)
{
	struct fetched f;
	struct err why = { .kind = ERR_NONE };

	if (read_composed(w->step, whole->row, whole->found, &w->page,
			  w->tables, today_of(w), w->c->arena, &f, &why) < 0)
		add_error(w->w, &why);
	else
		case_write_fetched(w->c, w->w, &f);
}

static void write_row(struct walk *w, const struct read_row *row,
		      const struct detailed *whole)
{
	switch (row->kind) {
	case READ_ROW_PERSON:
		case_write_fetched(w->c, w->w, &row->fetched);
		break;
	case READ_ROW_DETAIL:
		write_composed(w, whole);
		break;
	case READ_ROW_LOOKUP:
		json_add_string(w->w, "lookup", row->pid);
		break;
	case READ_ROW_GONE:
		json_add_string(w->w, "gone", row->pid);
		break;
	case READ_ROW_TABLE:
		json_add_bool(w->w, "table", true);
		break;
	case READ_ROW_SKIP:
		json_add_bool(w->w, "skip", true);
		break;
	}
}

/* What became of each record; a bad one has an error instead of a kind. */
struct rows {
	struct read_row row[ROWS_MAX];
	struct err err[ROWS_MAX];
	struct detailed whole[ROWS_MAX];
};

static int write_details(struct walk *w, struct rows *rows, struct err *err)
{
	size_t count = read_detail_count(w->step);

	if (!count)
		return 0;
	json_open_array(w->w, "details");
	for (size_t i = 0; i < count; i++)
		if (read_detail(w, i, rows->row, rows->whole, err) < 0)
			return -1;
	json_close(w->w);
	return 0;
}

static int write_rows(struct walk *w, struct rows *rows, struct err *err)
{
	if (read_around(w->step, w->page.rest, w->tables, err) < 0)
		return -1;
	for (size_t i = 0; i < w->count; i++) {
		rows->row[i] = (struct read_row){ .kind = READ_ROW_SKIP };
		rows->whole[i] = (struct detailed){ .row = w->records[i] };
		rows->err[i].kind = ERR_NONE;
		if (read_row(w->step, w->records[i], &w->page, w->tables,
			     today_of(w), w->c->arena, &rows->row[i],
			     &rows->err[i]) < 0 &&
		    rows->err[i].kind != ERR_INVALID)
			return err_set(err, ERR_CONFIG, "%s",
				       rows->err[i].text);
	}
	if (write_details(w, rows, err) < 0)
		return -1;
	json_open_array(w->w, "rows");
	for (size_t i = 0; i < w->count; i++) {
		json_open_object(w->w, NULL);
		if (rows->err[i].kind)
			add_error(w->w, &rows->err[i]);
		else
			write_row(w, &rows->row[i], &rows->whole[i]);
		json_close(w->w);
	}
	json_close(w->w);
	return 0;
}

int case_write_detailed(struct case_run *c, const struct fetch_context *ctx,
			struct read_tables *tables, int64_t today,
			const struct fetched *f, struct json_writer *writer,
			struct err *err)
{
	struct walk *w = arena_zalloc(c->arena, 1, sizeof(*w));
	struct rows *rows = arena_zalloc(c->arena, 1, sizeof(*rows));

	if (!w || !rows)
		return arena_full(c->arena, err);
	*w = (struct walk){
		.c = c,
		.ctx = *ctx,
		.tables = tables,
		.now_ms = today * CLOCK_DAY_MS,
		.w = writer,
		.answer = c->input,
		.count = 1,
	};
	if (read_open(&w->step, c->m, &w->ctx, str_none(), c->arena, err) < 0)
		return -1;
	rows->row[0] = (struct read_row){
		.kind = READ_ROW_DETAIL,
		.pid = f->person.pid,
		.details = f->details,
	};
	rows->whole[0].row = f->row;
	json_add_string(writer, "person_id", f->person.pid);
	if (write_details(w, rows, err) < 0)
		return -1;
	write_composed(w, &rows->whole[0]);
	return 0;
}

/* ------------------------------------------------------------------- turns */

static void write_turn(struct json_writer *w, const struct read_turn *t)
{
	if (t->done)
		json_add_bool(w, "done", true);
	if (t->restart)
		json_add_z(w, "restart", read_kind_name(t->kind));
	if (t->total >= 0)
		json_add_int(w, "total", t->total);
	if (t->mark.len)
		json_add_string(w, "mark", t->mark);
}

static int write_request_of(struct walk *w, struct str state,
			    struct read_call *call, struct err *err)
{
	if (read_open(&w->step, w->c->m, &w->ctx, state, w->c->arena, err) <
		    0 ||
	    read_request(w->step, w->c->arena, call, err) < 0)
		return -1;
	json_open_object(w->w, "request");
	case_write_request(w->c, w->w, &call->request);
	json_close(w->w);
	return 0;
}

/* *state is of the next page; left as it is when the call has to be repeated.
 */
static int walk_page(struct walk *w, struct rows *rows, struct str *state,
		     bool *over, struct err *err)
{
	struct read_call call;
	struct read_turn turn;
	struct err why = { .kind = ERR_NONE };

	if (write_request_of(w, *state, &call, err) < 0)
		return -1;
	if (!w->answer) {
		*over = true;
		return 0;
	}
	if (take_answer(w, &call, &why) < 0) {
		if (why.kind == ERR_CONFIG)
			return err_set(err, ERR_CONFIG, "%s", why.text);
		add_error(w->w, &why);
		*over = true;
		return 0;
	}
	if (w->count && write_rows(w, rows, err) < 0)
		return -1;
	if (read_turn(w->step, &w->page, w->c->arena, &turn, &why) < 0) {
		add_error(w->w, &why);
		*over = why.kind != ERR_TEMP;
		return 0;
	}
	write_turn(w->w, &turn);
	*over = turn.done;
	*state = turn.state;
	return 0;
}

static int walk_all(struct walk *w, enum read_kind kind,
		    const struct read_since *since, const struct json *answers,
		    struct err *err)
{
	struct rows *rows = arena_zalloc(w->c->arena, 1, sizeof(*rows));
	struct str state;
	bool over = false;
	int res;

	if (!rows)
		return arena_full(w->c->arena, err);
	if (read_begin(w->c->m, &w->ctx, kind, since, w->now_ms, w->c->arena,
		       &state, err) < 0)
		return -1;
	w->answer = json_first(answers);
	json_open_array(w->w, read_kind_name(kind));
	do {
		json_open_object(w->w, NULL);
		res = walk_page(w, rows, &state, &over, err);
		json_close(w->w);
		w->answer = json_next(w->answer);
	} while (res == 0 && !over);
	json_close(w->w);
	return res;
}

/* -------------------------------------------------------------------- case */

static int read_kind_of(const struct case_run *c, enum read_kind *out,
			struct err *err)
{
	struct str name = json_string(json_get(c->input, "kind"));

	for (unsigned i = 0; i < READ_KIND_COUNT; i++) {
		if (!str_is(name, read_kind_name((enum read_kind)i)))
			continue;
		*out = (enum read_kind)i;
		return 0;
	}
	return err_set(err, ERR_CONFIG,
		       "'kind' is none of full, changed, tables");
}

static int run_read(struct walk *w, struct err *err)
{
	const struct json *in = w->c->input;
	struct read_since since = {
		.since_ms = w->now_ms,
		.mark = json_string(json_get(in, "mark")),
	};
	bool has_since = clock_parse_ms(json_string(json_get(in, "since")),
					&since.since_ms) ||
			 since.mark.len;
	enum read_kind kind;

	if (read_kind_of(w->c, &kind, err) < 0)
		return -1;
	if (json_get(in, "tables") &&
	    walk_all(w, READ_TABLES, NULL, json_get(in, "tables"), err) < 0)
		return -1;
	return walk_all(w, kind, has_since ? &since : NULL,
			json_get(in, "answers"), err);
}

int case_page(struct case_run *c, struct err *err)
{
	struct walk *w = arena_zalloc(c->arena, 1, sizeof(*w));
	struct mapping *mapping = NULL;
	struct json_writer writer;
	struct buf got;
	struct err why = { .kind = ERR_NONE };

	if (!w)
		return arena_full(c->arena, err);
	if (case_context(c, &w->ctx, &mapping, err) < 0)
		return -1;
	w->c = c;
	w->w = &writer;
	w->tables = read_tables_new();
	if (!clock_parse_ms(json_string(json_get(c->input, "now")), &w->now_ms))
		(void)err_set(&why, ERR_CONFIG, "'now' is missing or wrong");
	buf_init(&got, 4 << 20);
	json_writer_init(&writer, &got);
	json_open_object(&writer, NULL);
	if (!why.kind && run_read(w, &why) == 0) {
		json_close(&writer);
		case_compare(c, &got);
	}
	buf_release(&got);
	read_tables_free(&w->tables);
	mapping_free(&mapping);
	return why.kind ? err_set(err, ERR_CONFIG, "%s", why.text) : 0;
}

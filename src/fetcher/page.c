#include "page.h"

#include "base/clock.h"
#include "desk.h"
#include "wait.h"

#include <string.h>

#define PAGE_ARENA    ((size_t)24 << 20) /* what stands around the records */
#define SCRATCH_ARENA ((size_t)24 << 20) /* a record of a megabyte, parsed */
#define STATE_MAX     READ_STATE_MAX

/* Of one record, and of what surrounds them. */
static const struct json_limits record_limits = { .bytes = RECORD_MAX_BYTES,
						  .depth = RECORD_MAX_DEPTH,
						  .values = 100000 };
static const struct json_limits rest_limits = { .bytes = RECORD_MAX_REST,
						.depth = RECORD_MAX_DEPTH,
						.values = 200000 };

/* ---------------------------------------------------------------- records */

static int64_t today(void)
{
	return clock_wall_ms() / CLOCK_DAY_MS;
}

/*
 * -1: nothing of the page is worth going on with. One record that two parsers
 * could read differently is no reason for that.
 */
static int take_record(struct page *p, struct str record, struct err *err)
{
	struct err bad = { .kind = ERR_NONE };
	struct read_row row = { .kind = READ_ROW_SKIP };
	const struct json *v;

	arena_clear(&p->scratch);
	p->record = record;
	if (json_parse(&v, &p->scratch, record, &record_limits, &bad) < 0) {
		p->about.rows++;
		p->ops->bad(p, (struct str){ 0 }, &bad);
		return 0;
	}
	if (read_row(p->step, v, &p->about, p->tables, today(), &p->scratch,
		     &row, &bad) == 0)
		p->ops->row(p, &row, record);
	else if (bad.kind == ERR_INVALID)
		p->ops->bad(p, row.pid, &bad);
	else
		return err_set(err, bad.kind, "%s", bad.text);
	return 0;
}

static void add_size(struct buf *out, size_t n)
{
	buf_add(out, &n, sizeof(n));
}

static int keep_record(struct page *p, struct str record, struct err *err)
{
	add_size(&p->records, record.len);
	buf_add_str(&p->records, record);
	return buf_check(&p->records, "a page", err);
}

static int record_cb(struct str record, void *arg, struct err *err)
{
	struct page *p = arg;

	return p->whole ? keep_record(p, record, err)
			: take_record(p, record, err);
}

static int take_kept(struct page *p, struct err *err)
{
	const char *at = p->records.data;
	size_t left = p->records.len;

	while (left) {
		struct str record;

		memcpy(&record.len, at, sizeof(record.len));
		record.ptr = at + sizeof(record.len);
		at = record.ptr + record.len;
		left -= sizeof(record.len) + record.len;
		if (take_record(p, record, err) < 0)
			return -1;
	}
	return 0;
}

/* ----------------------------------------------------------------- answer */

static enum http_flow chunk_cb(struct str bytes, void *arg)
{
	struct page *p = arg;

	if (record_reader_feed(p->reader, bytes, &p->err) < 0)
		return HTTP_ABORT;
	return !p->whole && p->ops->full(p) ? HTTP_PAUSE : HTTP_GO_ON;
}

static struct str header_cb(const void *headers, const char *name)
{
	return http_answer_header(headers, name);
}

static int take_rest(struct page *p, struct str text, struct err *err)
{
	if (!text.len)
		return 0;
	return json_parse(&p->about.rest, &p->arena, text, &rest_limits, err);
}

/* The records are over: what stood around them, and those that were kept. */
static int end_records(struct page *p, struct err *err)
{
	struct str rest = { 0 };

	if (!p->reader)
		return 0;
	if (record_reader_end(p->reader, &rest, err) < 0 ||
	    take_rest(p, rest, err) < 0)
		return -1;
	if (!p->whole)
		return 0;
	if (read_around(p->step, p->about.rest, p->tables, err) < 0)
		return -1;
	return take_kept(p, err);
}

static bool is_good(int status)
{
	return status >= 200 && status < 300;
}

static void fail(struct page *p, const struct http_answer *a,
		 const struct err *err)
{
	const struct manifest *m = p->ask.wire.setup->manifest;
	enum finding f = finding_of(err->kind, a->status);
	int64_t asked = a->status ? wait_asked_ms(m, a, clock_wall_ms()) : -1;

	p->ops->failed(p, wait_finding(m, f, a->status), asked, err);
}

static void ended_cb(const struct http_answer *a, void *arg)
{
	struct page *p = arg;
	struct read_turn turn = { .total = -1 };
	struct err err = { .kind = ERR_NONE };

	if (!a->status) {
		fail(p, a, p->err.kind ? &p->err : &a->err);
		return;
	}
	p->about.status = a->status;
	p->about.header = header_cb;
	p->about.headers = a;
	p->about.now_ms = clock_wall_ms();
	if (!is_good(a->status))
		p->about.body = a->body;
	if ((!is_good(a->status) || end_records(p, &err) == 0) &&
	    read_turn(p->step, &p->about, &p->arena, &turn, &err) == 0)
		p->ops->turned(p, &turn);
	else if (err.kind == ERR_CONFLICT)
		p->ops->turned(p, NULL);
	else
		fail(p, a, &err);
}

/* ---------------------------------------------------------------- request */

static int open_reader(struct page *p, const struct read_call *call,
		       struct err *err)
{
	record_reader_free(&p->reader);
	p->whole = call->whole || read_detail_count(p->step) > 0;
	if (!call->has_records)
		return 0;
	return record_reader_new(&p->reader, &call->shape, record_cb, p, err);
}

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	struct page *p = arg;
	struct read_call call = { .has_records = false };

	arena_clear(&p->arena);
	buf_clear(&p->records);
	p->about = (struct read_page){ .now_ms = ctx->now_ms };
	p->ctx = *ctx;
	if (read_open(&p->step, p->ask.wire.setup->manifest, &p->ctx,
		      buf_str(&p->state), &p->arena, err) < 0 ||
	    read_request(p->step, a, &call, err) < 0)
		return -1;
	p->ctx.tokens = NULL; /* they are gone after this */
	p->ctx.token_count = 0;
	*out = call.request;
	return open_reader(p, &call, err);
}

/* Nothing is streamed to nobody. */
static enum http_flow any_chunk_cb(struct str bytes, void *arg)
{
	const struct page *p = arg;

	return p->reader ? chunk_cb(bytes, arg) : HTTP_GO_ON;
}

/* Some compute a large answer for minutes before its first byte. */
static int64_t page_ms(const struct source *s)
{
	return (int64_t)source_desk(s)->settings->page_ms;
}

void page_start(struct page *p, struct source *s, enum budget_class c,
		struct str state, struct read_tables *tables)
{
	const struct wire_spec spec = { .build = build_cb,
					.chunk = any_chunk_cb,
					.max_body_bytes = PAGE_MAX_BYTES,
					.total_ms = PAGE_MAX_MS,
					.stall_ms = page_ms(s),
					.slow_ms = PAGE_SLOW_MS,
					.slow_bytes = PAGE_SLOW_BYTES,
					.ended = ended_cb,
					.arg = p };

	p->source = s;
	p->class = c;
	p->tables = tables;
	p->err = (struct err){ .kind = ERR_NONE };
	buf_clear(&p->state);
	buf_add_str(&p->state, state);
	ask_start(&p->ask, s, c, &spec);
}

void page_go_on(struct page *p)
{
	ask_resume(&p->ask);
}

int64_t page_sent_ms(const struct page *p)
{
	return p->ask.wire.sent_ms;
}

const char *page_upload(const struct page *p)
{
	return wire_upload(&p->ask.wire);
}

/* ------------------------------------------------------------------- life */

void page_init(struct page *p, const struct page_ops *ops)
{
	*p = (struct page){ .ops = ops };
	arena_init(&p->arena, PAGE_ARENA);
	arena_init(&p->scratch, SCRATCH_ARENA);
	buf_init(&p->state, STATE_MAX);
	buf_init(&p->records, PAGE_WHOLE_BYTES);
}

void page_cancel(struct page *p)
{
	ask_cancel(&p->ask);
	record_reader_free(&p->reader);
}

void page_release(struct page *p)
{
	page_cancel(p);
	arena_release(&p->arena);
	arena_release(&p->scratch);
	buf_release(&p->state);
	buf_release(&p->records);
}

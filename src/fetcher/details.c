#include "details.h"

#include "base/clock.h"
#include "desk.h"
#include "wait.h"

#include <string.h>

#define GROUP_ARENA ((size_t)24 << 20) /* rows and answers, parsed */
#define GROUP_LEAST 16		       /* rows, where each is a call */
#define ANSWER_MAX  ((size_t)4 << 20)  /* bytes of an answer */

/* One detail of some rows. */
struct details_call {
	struct details *details;
	struct details_call *next;
	struct ask ask;
	size_t detail;
	size_t *at; /* places of the rows in the group */
	struct read_detail_row *rows;
	size_t count;
};

size_t details_group(const struct read_step *step)
{
	size_t most = GROUP_LEAST;

	for (size_t k = 0; k < read_detail_count(step); k++)
		if (read_detail_batch(step, k) > most)
			most = read_detail_batch(step, k);
	return most < DETAILS_ROWS_MAX ? most : DETAILS_ROWS_MAX;
}

/* -------------------------------------------------------------------- end */

static void cancel_calls(struct details *d)
{
	for (struct details_call *c = d->calls; c; c = c->next)
		ask_cancel(&c->ask);
	d->calls = NULL;
	d->pending = 0;
}

void details_cancel(struct details *d)
{
	if (!d->setup)
		return;
	cancel_calls(d);
	arena_release(&d->arena);
	setup_unref(&d->setup);
}

static void end(struct details *d, enum finding finding, int64_t asked_ms,
		const struct err *err)
{
	struct details_spec spec = d->spec;
	struct err why = *err; /* may be in what is freed now */

	details_cancel(d);
	spec.ended(finding, asked_ms, &why, spec.arg);
}

static void compose(struct details *d, size_t i)
{
	const struct json *const *answers = &d->answers[i * d->detail_count];
	struct fetched f = { .wrong = 0 };
	struct err err = { .kind = ERR_NONE };

	if (read_composed(d->step, d->rows[i].row, answers, d->spec.page,
			  d->spec.tables, clock_wall_ms() / CLOCK_DAY_MS,
			  &d->arena, &f, &err) < 0)
		d->spec.one(i, NULL, &err, d->spec.arg);
	else
		d->spec.one(i, &f, &err, d->spec.arg);
}

static void compose_all(struct details *d)
{
	const struct err fine = { .kind = ERR_NONE };

	for (size_t i = 0; i < d->spec.count; i++)
		compose(d, i);
	end(d, FINDING_PERSON, -1, &fine);
}

/* ---------------------------------------------------------------- answers */

/* An answer that cannot be used spoils its rows; what may pass, the group. */
static bool spoils_rows(const struct err *err)
{
	return err->kind == ERR_INVALID || err->kind == ERR_LIMIT;
}

static int take_answer(struct details_call *c, const struct http_answer *a,
		       struct err *err)
{
	struct details *d = c->details;
	const struct json **out =
		arena_zalloc(&d->arena, c->count, sizeof(*out));

	if (!out)
		return arena_full(&d->arena, err);
	if (read_detail_answer(d->step, c->detail, a->status, a->body, c->rows,
			       c->count, &d->arena, out, err) < 0)
		return -1;
	for (size_t i = 0; i < c->count; i++)
		d->answers[c->at[i] * d->detail_count + c->detail] = out[i];
	return 0;
}

static void ended_cb(const struct http_answer *a, void *arg)
{
	struct details_call *c = arg;
	struct details *d = c->details;
	const struct manifest *m = d->setup->manifest;
	struct err err = a->err;

	if (a->status)
		(void)take_answer(c, a, &err);
	if (err.kind && !spoils_rows(&err)) {
		end(d,
		    wait_finding(m, finding_of(err.kind, a->status), a->status),
		    a->status ? wait_asked_ms(m, a, clock_wall_ms()) : -1,
		    &err);
		return;
	}
	if (--d->pending == 0)
		compose_all(d);
}

/* ------------------------------------------------------------------ calls */

/* With the tokens of this call: a step of its own. */
static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	const struct details_call *c = arg;
	const struct read_step *step;

	if (read_open(&step, c->ask.wire.setup->manifest, ctx,
		      c->details->spec.state, a, err) < 0)
		return -1;
	return read_detail_request(step, c->detail, c->rows, c->count, a, out,
				   err);
}

static void start_calls(struct details *d)
{
	for (struct details_call *c = d->calls; c; c = c->next) {
		const struct wire_spec spec = { .build = build_cb,
						.max_body_bytes = ANSWER_MAX,
						.ended = ended_cb,
						.arg = c };

		ask_start(&c->ask, d->spec.source, d->spec.class, &spec);
	}
}

static struct details_call *call_new(struct details *d, size_t detail,
				     size_t room)
{
	struct details_call *c = arena_zalloc(&d->arena, 1, sizeof(*c));

	if (!c)
		return NULL;
	c->details = d;
	c->detail = detail;
	c->at = arena_zalloc(&d->arena, room, sizeof(*c->at));
	c->rows = arena_zalloc(&d->arena, room, sizeof(*c->rows));
	if (!c->at || !c->rows)
		return NULL;
	c->next = d->calls;
	d->calls = c;
	d->pending++;
	return c;
}

static int plan_detail(struct details *d, size_t detail, struct err *err)
{
	size_t batch = read_detail_batch(d->step, detail);
	struct details_call *c = NULL;

	for (size_t i = 0; i < d->spec.count; i++) {
		if (!(d->spec.rows[i].needs & (UINT32_C(1) << detail)))
			continue;
		if (!c || c->count == batch)
			c = call_new(d, detail,
				     batch < d->spec.count ? batch
							   : d->spec.count);
		if (!c)
			return arena_full(&d->arena, err);
		c->at[c->count] = i;
		c->rows[c->count++] = d->rows[i];
	}
	return 0;
}

/* ------------------------------------------------------------------ start */

static int parse_row(struct details *d, size_t i, struct err *err)
{
	const struct json_limits limits = { .bytes = RECORD_MAX_BYTES,
					    .depth = RECORD_MAX_DEPTH,
					    .values = 100000 };
	const struct detail_row *r = &d->spec.rows[i];

	d->rows[i].pid = r->pid;
	d->rows[i].row = r->row;
	if (r->row)
		return 0;
	return json_parse(&d->rows[i].row, &d->arena, r->record, &limits, err);
}

static int prepare(struct details *d, struct err *err)
{
	size_t count = d->spec.count;

	if (read_open(&d->step, d->setup->manifest, &d->ctx, d->spec.state,
		      &d->arena, err) < 0)
		return -1;
	d->detail_count = read_detail_count(d->step);
	d->rows = arena_zalloc(&d->arena, count, sizeof(*d->rows));
	d->answers = arena_zalloc(&d->arena, count * d->detail_count,
				  sizeof(*d->answers));
	if (!d->rows || !d->answers)
		return arena_full(&d->arena, err);
	for (size_t i = 0; i < count; i++)
		if (parse_row(d, i, err) < 0)
			return -1;
	for (size_t k = 0; k < d->detail_count; k++)
		if (plan_detail(d, k, err) < 0)
			return -1;
	return 0;
}

int details_start(struct details *d, const struct details_spec *spec,
		  struct err *err)
{
	details_cancel(d);
	*d = (struct details){ .spec = *spec };
	d->setup = setup_ref(source_setup(spec->source));
	d->ctx = setup_context(d->setup);
	arena_init(&d->arena, GROUP_ARENA);
	if (prepare(d, err) < 0) {
		details_cancel(d);
		return -1;
	}
	if (d->pending)
		start_calls(d);
	else
		compose_all(d);
	return 0;
}

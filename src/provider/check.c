/* What the answers to a connection's checks say. */
#include "provider/check.h"

#include "answer.h"
#include "base/assert.h"
#include "base/clock.h"
#include "check_part.h"
#include "condition.h"
#include "parts.h"
#include "record/reader.h"

#include <inttypes.h>
#include <stdio.h>

static const struct check_part *check_at(const struct manifest *m, size_t i)
{
	const struct check_part *c = m->fetch.test.items;

	ASSERT(i < m->fetch.test.count);
	return &c[i];
}

size_t check_count(const struct manifest *m)
{
	return m->fetch.test.count;
}

bool check_applies(const struct manifest *m, size_t i,
		   const struct fetch_context *ctx)
{
	return when_holds(&check_at(m, i)->when, m, ctx);
}

int check_request(const struct manifest *m, size_t i,
		  const struct fetch_context *ctx, struct arena *a,
		  struct fetch_request *out, struct err *err)
{
	char now[CLOCK_TEXT_SIZE], today[CLOCK_TEXT_SIZE];
	const struct call_value items[] = {
		{ "now", str_of(clock_format_ms(ctx->now_ms, now)), false },
		{ "today",
		  str_of(clock_format_day(ctx->now_ms / CLOCK_DAY_MS, today)),
		  false },
	};
	const struct call_values values = { .items = items,
					    .count = ARRAY_LEN(items) };

	return call_request(m, ctx, &check_at(m, i)->call, &values, a, out,
			    err);
}

/* ----------------------------------------------------------------- remedies */

static const char *const usual_remedies[ANSWER_KIND_COUNT] = {
	[ANSWER_GONE] = "Check the settings: is this the right account, and "
			"the right address?",
	[ANSWER_LATER] = "The HRIS has trouble or is asked too much: try again "
			 "in some minutes.",
	[ANSWER_CREDENTIALS] = "Check the credentials, and enter them again.",
	[ANSWER_FORBIDDEN] =
		"Give the account the rights that the set-up guide "
		"names.",
	[ANSWER_FAILED] = "Check the settings against the set-up guide.",
};

static const char *remedy_for(const struct check_part *c, int status,
			      enum answer_kind kind)
{
	const struct check_remedy *r = c->remedies.items;
	const char *other = usual_remedies[kind];

	for (size_t i = 0; i < c->remedies.count; i++) {
		if (r[i].other)
			other = r[i].text;
		else if (r[i].status ? r[i].status == status
				     : r[i].means == (unsigned)kind)
			return r[i].text;
	}
	return other;
}

struct why_row {
	enum err_kind kind;
	const char *remedy;
};

static const struct why_row why_rows[] = {
	{ ERR_CONFIG, "Enter what is missing, in the form that is asked for." },
	{ ERR_AUTH, "Check the credentials, and enter them again." },
	{ ERR_FORBIDDEN, "Check the address: hrisd speaks to public hosts by "
			 "https alone, unless its operator allows others." },
	{ ERR_LIMIT, "The answer is larger than hrisd takes." },
	{ ERR_NOT_FOUND, "Upload the file at the connection." },
};

void check_failed(const struct manifest *m, size_t i, const struct err *why,
		  struct check_verdict *out)
{
	const struct check_part *c = check_at(m, i);

	*out = (struct check_verdict){
		.name = c->name,
		.title = c->title,
		.warning = c->level == CHECK_WARN,
		.remedy = "Check the settings and the network, and try again.",
	};
	(void)!snprintf(out->detail, sizeof(out->detail), "%s", why->text);
	for (size_t k = 0; k < ARRAY_LEN(why_rows); k++)
		if (why_rows[k].kind == why->kind)
			out->remedy = why_rows[k].remedy;
	if (why->kind == ERR_AUTH && manifest_needs_consent(m))
		out->remedy = "Allow access: sign in to the HR system from the "
			      "connection's page, as an administrator there. "
			      "If that was done before, check client ID and "
			      "secret, and allow it again.";
}

/* ------------------------------------------------------------- expectations */

/* Records as they come: only how many are as expected is kept of them. */
struct counting {
	const struct check_part *check;
	const struct fetch_context *ctx;
	const struct surroundings *around;
	struct arena arena; /* of one record */
	int64_t all;
	int64_t good[CHECK_MAX_VERDICTS];
};

static bool has_rows(const struct check_part *c)
{
	return c->items.ptr || c->call.format == CALL_FORMAT_CSV;
}

static void count_record(struct counting *n, const struct json *record)
{
	const struct expectation *e = n->check->expect.items;

	n->all++;
	for (size_t i = 0; i < n->check->expect.count; i++)
		if (conditions_hold(&e[i].that, record, n->around))
			n->good[i]++;
}

static int take_record(struct str json, void *arg, struct err *err)
{
	static const struct json_limits limits = { RECORD_MAX_BYTES, 128,
						   100000 };
	struct counting *n = arg;
	const struct json *record;

	arena_clear(&n->arena);
	if (json_parse(&record, &n->arena, json, &limits, err) < 0)
		return -1;
	count_record(n, record);
	return 0;
}

/* Also of an answer of many MiB: a list of everybody has no pages at some. */
static int count_items(struct counting *n, struct str body, struct err *err)
{
	struct record_shape shape = {
		.format = (enum record_format)n->check->call.format,
		.items = n->check->items,
	};
	struct record_reader *r;
	int res;

	if (csv_shape(&n->check->call.csv, n->around->m, n->ctx, &shape, err) <
	    0)
		return -1;
	if (record_reader_new(&r, &shape, take_record, n, err) < 0)
		return -1;
	res = record_reader_feed(r, body, err);
	if (res == 0)
		res = record_reader_end(r, NULL, err);
	record_reader_free(&r);
	return res;
}

static int count(struct counting *n, const struct json *root, struct str body,
		 struct err *err)
{
	if (has_rows(n->check))
		return count_items(n, body, err);
	if (!root)
		return err_set(err, ERR_INVALID, "the answer is not JSON");
	count_record(n, root);
	return 0;
}

static void judge_one(const struct counting *n, size_t i,
		      struct check_verdict *out)
{
	const struct expectation *e = n->check->expect.items;

	e += i;
	*out = (struct check_verdict){ .name = e->name, .title = e->title };
	out->ok = n->good[i] >= e->least;
	out->warning = !out->ok && e->level == CHECK_WARN;
	out->remedy = out->ok ? NULL : e->remedy;
	if (has_rows(n->check))
		(void)!snprintf(out->detail, sizeof(out->detail),
				"%" PRId64 " of %" PRId64 " records are so",
				n->good[i], n->all);
	else
		(void)!snprintf(out->detail, sizeof(out->detail), "%s",
				out->ok ? "it is there"
					: "the answer does not hold it");
}

/* -------------------------------------------------------------------- whole */

static enum answer_kind meaning(const struct manifest *m,
				const struct check_part *c,
				const struct surroundings *around, int status,
				const struct json *root, struct err *err)
{
	if (rate_is_limited(m, status) || status == 503) {
		(void)err_set(err, ERR_TEMP, "the HRIS asks to slow down (%d)",
			      status);
		return ANSWER_LATER;
	}
	return answer_of(m, &c->call, status, root, around, err);
}

/* What is of use of the body: all of it, or what a refusal says. */
static const struct json *parse(const struct check_part *c, int status,
				struct str body, struct arena *a)
{
	struct answer_body b;

	if (status >= 300 || c->items.ptr)
		return answer_refusal(body, a);
	if (c->call.format != CALL_FORMAT_JSON ||
	    answer_parse(&c->call, str_none(), body, a, &b, NULL) < 0)
		return NULL;
	return b.root;
}

static size_t judge_expected(struct counting *n, const struct json *root,
			     struct str body, struct check_verdict *out)
{
	struct err err = { .kind = ERR_NONE };
	size_t expected = n->check->expect.count;
	int res;

	if (!expected)
		return 1;
	arena_init(&n->arena, ANSWER_MAX_BYTES * 4);
	res = count(n, root, body, &err);
	arena_release(&n->arena);
	if (res < 0) {
		out->ok = false;
		out->warning = n->check->level == CHECK_WARN;
		out->remedy = remedy_for(n->check, 200, ANSWER_FAILED);
		(void)!snprintf(out->detail, sizeof(out->detail),
				"the answer is not what it should be: %.160s",
				err.text);
		return 1;
	}
	for (size_t i = 0; i < expected; i++)
		judge_one(n, i, &out[1 + i]);
	return 1 + expected;
}

size_t check_judge(const struct manifest *m, size_t i,
		   const struct fetch_context *ctx, int status, struct str body,
		   struct arena *a,
		   struct check_verdict out[static CHECK_MAX_VERDICTS])
{
	const struct check_part *c = check_at(m, i);
	const struct surroundings around =
		surroundings_of(m, ctx, NULL, ctx->now_ms / CLOCK_DAY_MS, a);
	const struct json *root = parse(c, status, body, a);
	struct counting n = { .check = c, .ctx = ctx, .around = &around };
	struct err err = { .kind = ERR_NONE };
	enum answer_kind kind = meaning(m, c, &around, status, root, &err);

	out[0] = (struct check_verdict){ .name = c->name, .title = c->title };
	out[0].ok = kind == ANSWER_GOOD || kind == ANSWER_EMPTY;
	if (out[0].ok) {
		(void)!snprintf(out[0].detail, sizeof(out[0].detail),
				"the HRIS answered %d", status);
		return judge_expected(&n, root, body, out);
	}
	out[0].warning = c->level == CHECK_WARN;
	out[0].remedy = remedy_for(c, status, kind);
	(void)!snprintf(out[0].detail, sizeof(out[0].detail), "%s", err.text);
	return 1;
}

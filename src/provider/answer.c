#include "answer.h"

#include "base/assert.h"
#include "condition.h"
#include "parts.h"
#include "provider/rate.h"
#include "record/reader.h"

#define RULES_MAX    16
#define STATUSES_MAX 8

static const struct json_limits limits = { ANSWER_MAX_BYTES, 64, 200000 };

/* ------------------------------------------------------------------- load */

static const struct load_name meanings[] = {
	[ANSWER_GOOD] = { "good" },
	[ANSWER_EMPTY] = { "empty" },
	[ANSWER_GONE] = { "gone" },
	[ANSWER_LATER] = { "later" },
	[ANSWER_CREDENTIALS] = { "credentials" },
	[ANSWER_FORBIDDEN] = { "forbidden" },
	[ANSWER_RESTART] = { "restart" },
	[ANSWER_FAILED] = { "failed" },
};

static const struct load_words meaning_words = LOAD_WORDS(meanings);
static const struct load_range status_range = { 200, 599 };

static const struct load_items statuses = {
	.load = load_int,
	.size = sizeof(int64_t),
	.max = STATUSES_MAX,
	.arg = &status_range,
	.one = true,
};

#define AT(member) offsetof(struct answer_rule, member)

static const struct load_key rule_keys[] = {
	{ "status", load_list, AT(status), &statuses, false },
	{ "when", load_list, AT(when), &load_conditions, false },
	{ "means", load_word, AT(means), &meaning_words, true },
};

static int load_rule(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	struct answer_rule *r = out;

	(void)arg;
	if (load_object(l, v, rule_keys, ARRAY_LEN(rule_keys), r) < 0)
		return -1;
	if (!r->status.count && !r->when.count)
		return load_fail(l, "needs 'status' or 'when'");
	return 0;
}

const struct load_items load_answers = {
	.load = load_rule,
	.size = sizeof(struct answer_rule),
	.max = RULES_MAX,
};

bool answers_mean(const struct list *answers, enum answer_kind kind)
{
	const struct answer_rule *r = answers->items;

	for (size_t i = 0; i < answers->count; i++)
		if (r[i].means == kind)
			return true;
	return false;
}

/* ---------------------------------------------------------------- meaning */

/* What a status means when the manifest does not say otherwise. */
struct status_row {
	int from, to;
	enum answer_kind kind;
};

static const struct status_row status_rows[] = {
	{ 204, 204, ANSWER_EMPTY },	  { 200, 299, ANSWER_GOOD },
	{ 401, 401, ANSWER_CREDENTIALS }, { 403, 403, ANSWER_FORBIDDEN },
	{ 408, 408, ANSWER_LATER },	  { 425, 425, ANSWER_LATER },
	{ 429, 429, ANSWER_LATER },	  { 500, 599, ANSWER_LATER },
};

struct kind_row {
	enum err_kind err;
	const char *text;
};

static const struct kind_row kind_rows[ANSWER_KIND_COUNT] = {
	[ANSWER_GONE] = { ERR_NOT_FOUND, "the HRIS has no such thing" },
	[ANSWER_LATER] = { ERR_TEMP, "the HRIS cannot answer now" },
	[ANSWER_CREDENTIALS] = { ERR_AUTH, "the HRIS refuses the credentials" },
	[ANSWER_FORBIDDEN] = { ERR_FORBIDDEN,
			       "the credentials may not read this" },
	[ANSWER_RESTART] = { ERR_TEMP, "the HRIS lost the place of the read" },
	[ANSWER_FAILED] = { ERR_INVALID,
			    "the HRIS does not do what was asked for" },
};

static bool has_status(const struct answer_rule *r, int status)
{
	const int64_t *s = r->status.items;

	for (size_t i = 0; i < r->status.count; i++)
		if (s[i] == status)
			return true;
	return r->status.count == 0;
}

static enum answer_kind meaning(const struct manifest *m,
				const struct call_part *c, int status,
				const struct json *root,
				const struct surroundings *around)
{
	const struct answer_rule *r = m->fetch.answers.items;

	for (size_t i = 0; i < m->fetch.answers.count; i++)
		if (has_status(&r[i], status) &&
		    conditions_hold(&r[i].when, root, around))
			return (enum answer_kind)r[i].means;
	if (c && call_is_gone(c, status))
		return ANSWER_GONE;
	if (rate_is_limited(m, status))
		return ANSWER_LATER;
	for (size_t i = 0; i < ARRAY_LEN(status_rows); i++)
		if (status >= status_rows[i].from &&
		    status <= status_rows[i].to)
			return status_rows[i].kind;
	return ANSWER_FAILED;
}

enum answer_kind answer_of(const struct manifest *m, const struct call_part *c,
			   int status, const struct json *root,
			   const struct surroundings *around, struct err *err)
{
	enum answer_kind kind = meaning(m, c, status, root, around);

	if (kind == ANSWER_GOOD && c && !call_ok_holds(&c->ok, root, around))
		kind = ANSWER_FAILED;
	if (kind > ANSWER_EMPTY)
		(void)err_set(err, kind_rows[kind].err, "%s (%d)",
			      kind_rows[kind].text, status);
	return kind;
}

/* ------------------------------------------------------------------ bodies */

/* The first record of an XML answer, and what stands around it. */
struct first {
	struct arena *arena;
	const struct json *record;
};

static int take_first(struct str json, void *arg, struct err *err)
{
	struct first *f = arg;

	if (f->record)
		return 0;
	return json_parse(&f->record, f->arena, json, &limits, err);
}

static int parse_xml(struct str items, struct str body, struct arena *a,
		     struct answer_body *out, struct err *err)
{
	const struct record_shape shape = { .format = RECORD_XML,
					    .items = items };
	struct first f = { .arena = a };
	struct record_reader *r;
	struct err why = { .kind = ERR_NONE };
	struct str rest = str_none();
	int res;

	if (record_reader_new(&r, &shape, take_first, &f, err) < 0)
		return -1;
	res = record_reader_feed(r, body, &why);
	if (res == 0)
		res = record_reader_end(r, &rest, &why);
	if (res == 0 || why.kind == ERR_NOT_FOUND)
		res = json_parse(&out->root, a, rest, &limits, err);
	else
		(void)err_set(err, why.kind, "%s", why.text);
	record_reader_free(&r);
	out->record = f.record;
	return res;
}

int answer_parse(const struct call_part *c, struct str items, struct str body,
		 struct arena *a, struct answer_body *out, struct err *err)
{
	struct answer_body b = { NULL, NULL };
	int res;

	if (c->format == CALL_FORMAT_XML) {
		res = parse_xml(items, body, a, &b, err);
	} else {
		res = json_parse(&b.root, a, body, &limits, err);
		b.record = b.root;
	}
	if (res < 0)
		return err_prefix(err, "the HRIS's answer");
	*out = b;
	return 0;
}

const struct json *answer_refusal(struct str body, struct arena *a)
{
	struct answer_body b = { NULL, NULL };

	body = str_trim(body);
	if (!body.len)
		return NULL;
	if (body.ptr[0] == '<')
		/* No element has this name: all of it stands around. */
		return parse_xml(STR("/-"), body, a, &b, NULL) < 0 ? NULL
								   : b.root;
	return json_parse(&b.root, a, body, &limits, NULL) < 0 ? NULL : b.root;
}

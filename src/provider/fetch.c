/* Reading one person back: the request, and what its answer means. */
#include "provider/fetch.h"

#include "answer.h"
#include "base/assert.h"
#include "parts.h"
#include "read_step.h"

int fetch_one_request(const struct manifest *m, const struct fetch_context *ctx,
		      struct str pid, struct arena *a,
		      struct fetch_request *out, struct err *err)
{
	const struct call_value person = { PERSON_ID_NAME, pid, false };
	const struct call_values values = {
		.items = &person,
		.count = 1,
		.ids = &pid,
		.id_count = 1,
	};

	const struct read_way *w;
	size_t i;

	w = way_find(m, ctx, 0, way_can_one, &i);
	if (!w)
		return err_set(err, ERR_CONFIG, "%s cannot be read from",
			       m->title);
	if (!pid.len || pid.len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "a person's id has 1 to %d bytes",
			       PERSON_ID_MAX_BYTES);
	return call_request(m, ctx, &w->one.call, &values, a, out, err);
}

static const enum fetch_outcome outcomes[ANSWER_KIND_COUNT] = {
	[ANSWER_GOOD] = FETCH_PERSON,
	[ANSWER_EMPTY] = FETCH_UNREADABLE,
	[ANSWER_GONE] = FETCH_GONE,
	[ANSWER_LATER] = FETCH_RETRY,
	[ANSWER_CREDENTIALS] = FETCH_CREDENTIALS,
	[ANSWER_FORBIDDEN] = FETCH_FORBIDDEN,
	[ANSWER_RESTART] = FETCH_RETRY,
	[ANSWER_FAILED] = FETCH_UNREADABLE,
};

static enum fetch_outcome unreadable(struct err *err, const char *why)
{
	(void)err_set(err, ERR_INVALID, "%s", why);
	return FETCH_UNREADABLE;
}

static int parse(const struct one_part *one, int status, struct str body,
		 struct arena *a, struct answer_body *out, struct err *err)
{
	if (status == 200)
		return answer_parse(&one->call, one->items, body, a, out, err);
	out->root = answer_refusal(body, a);
	out->record = NULL;
	return 0;
}

static const struct json *find_record(const struct one_part *one,
				      const struct answer_body *body,
				      const struct surroundings *around)
{
	const struct json *v =
		sources_find(&one->person, body->record, around).value;

	return json_is(v, JSON_OBJECT) ? v : NULL;
}

/* The person in a record, or that details are needed for it. */
static enum fetch_outcome read_person(const struct read_step *step,
				      const struct json *row,
				      const struct surroundings *around,
				      struct fetched *out, struct err *err)
{
	const struct person_map *map = &step->m->person;
	struct fetched f = { .row = row };
	const struct json *record = step_record(step, row, NULL, around);

	if (!record)
		return unreadable(err, "the person needs too much memory");
	f.details = step_details(step, record, around);
	if (!f.details)
		return person_map_fetched(map, record, around, out, err) < 0
			       ? FETCH_UNREADABLE
			       : FETCH_PERSON;
	if (person_map_id(map, record, around, &f.person.pid, err) < 0)
		return FETCH_UNREADABLE;
	*out = f;
	return FETCH_DETAIL;
}

enum fetch_outcome fetch_one_read(const struct manifest *m,
				  const struct fetch_context *ctx, int status,
				  struct str body, struct read_tables *tables,
				  int64_t today, struct arena *a,
				  struct fetched *out, struct err *err)
{
	const struct surroundings around =
		surroundings_of(m, ctx, tables, today, a);
	const struct read_step *step;
	struct answer_body parsed;
	const struct json *row;
	enum answer_kind kind;

	if (read_open(&step, m, ctx, str_none(), a, err) < 0 ||
	    parse(&step->way->one, status, body, a, &parsed, err) < 0)
		return FETCH_UNREADABLE;
	kind = answer_of(m, &step->way->one.call, status, parsed.root, &around,
			 err);
	if (kind == ANSWER_EMPTY)
		return unreadable(err, "the HRIS's answer is empty");
	if (kind != ANSWER_GOOD)
		return outcomes[kind];
	if (read_around(step, parsed.root, tables, err) < 0)
		return FETCH_UNREADABLE;
	row = find_record(&step->way->one, &parsed, &around);
	if (!row)
		return unreadable(err, "the HRIS's answer holds no person");
	return read_person(step, row, &around, out, err);
}

int64_t fetch_delay_ms(const struct manifest *m)
{
	return m->fetch.delay_s * 1000;
}

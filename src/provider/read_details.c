/* Further calls that make rows whole. */
#include "answer.h"
#include "base/assert.h"
#include "detail.h"
#include "read_step.h"

size_t read_detail_batch(const struct read_step *step, size_t detail)
{
	const struct detail *d = step_detail(step, detail);

	ASSERT(d);
	return (size_t)d->batch;
}

/* ------------------------------------------------------------------ request */

/* {person_id}, {person_ids}, and what is taken from the row. */
struct detail_values {
	struct call_value items[1 + DETAIL_VALUES_MAX];
	struct call_values values;
};

static int take_values(const struct read_step *step, const struct detail *d,
		       const struct json *row, struct arena *a,
		       struct detail_values *out, struct err *err)
{
	const struct surroundings around = step_surroundings(step, NULL, 0, a);
	const struct json *record = read_record(step, row, NULL, NULL, a);
	const struct list_member *m = d->values.items;

	if (!record)
		return arena_full(a, err);
	for (size_t i = 0; i < d->values.count; i++) {
		struct found f = sources_find(&m[i].from, record, &around);
		struct str text = found_word(&f);

		if (!text.len)
			return err_set(err, ERR_INVALID,
				       "the row lacks '%s', which '%s' is "
				       "asked for with",
				       m[i].name, d->name);
		out->items[out->values.count++] =
			(struct call_value){ m[i].name, text, false };
	}
	return 0;
}

int read_detail_request(const struct read_step *step, size_t detail,
			const struct read_detail_row *rows, size_t count,
			struct arena *a, struct fetch_request *out,
			struct err *err)
{
	const struct detail *d = step_detail(step, detail);
	struct str *ids = arena_zalloc(a, count, sizeof(*ids));
	struct detail_values v = { .values.items = v.items };

	ASSERT(d && count && count <= (size_t)d->batch);
	if (!ids)
		return arena_full(a, err);
	for (size_t i = 0; i < count; i++)
		ids[i] = rows[i].pid;
	v.values.ids = ids;
	v.values.id_count = count;
	if (d->batch == 1) {
		v.items[v.values.count++] =
			(struct call_value){ PERSON_ID_NAME, ids[0], false };
		if (take_values(step, d, rows[0].row, a, &v, err) < 0)
			return -1;
	}
	return call_request(step->m, &step->ctx, &d->call, &v.values, a, out,
			    err);
}

/* ------------------------------------------------------------------- answer */

static size_t find_row(struct str pid, const struct read_detail_row *rows,
		       size_t count)
{
	size_t i = 0;

	while (i < count && !str_eq(pid, rows[i].pid))
		i++;
	return i;
}

static void take_batch(const struct detail *d, const struct json *root,
		       const struct surroundings *around,
		       const struct read_detail_row *rows, size_t count,
		       const struct json **out)
{
	const struct json *v = sources_find(&d->answers, root, around).value;
	const struct json *e = elements_first(v);

	for (; e; e = elements_next(v, e)) {
		struct found id = sources_find(&d->id, e, around);
		size_t i = find_row(found_code(&id), rows, count);

		if (i == count || !call_ok_holds(&d->success, e, around))
			continue;
		out[i] = d->record.count
				 ? sources_find(&d->record, e, around).value
				 : e;
	}
}

/* A person without it has an empty one: that is an answer too. */
static int take_gone(struct arena *a, const struct json **out, struct err *err)
{
	return json_parse(&out[0], a, STR("{}"), NULL, err);
}

static int take_one(const struct read_step *step, const struct detail *d,
		    int status, const struct answer_body *body,
		    const struct surroundings *around, const struct json **out,
		    struct err *err)
{
	enum answer_kind kind =
		answer_of(step->m, &d->call, status, body->root, around, err);

	if (kind == ANSWER_GONE || kind == ANSWER_EMPTY)
		return take_gone(around->arena, out, err);
	if (kind != ANSWER_GOOD)
		return -1;
	out[0] = d->record.count
			 ? sources_find(&d->record, body->record, around).value
			 : body->record;
	return 0;
}

int read_detail_answer(const struct read_step *step, size_t detail, int status,
		       struct str body, const struct read_detail_row *rows,
		       size_t count, struct arena *a, const struct json **out,
		       struct err *err)
{
	const struct surroundings around = step_surroundings(step, NULL, 0, a);
	const struct detail *d = step_detail(step, detail);
	struct answer_body parsed = { NULL, NULL };

	ASSERT(d && count && count <= (size_t)d->batch);
	for (size_t i = 0; i < count; i++)
		out[i] = NULL;
	if (status < 200 || status > 299)
		parsed.root = answer_refusal(body, a);
	else if (status != 204 &&
		 answer_parse(&d->call, d->items, body, a, &parsed, err) < 0)
		return -1;
	if (d->batch == 1)
		return take_one(step, d, status, &parsed, &around, out, err);
	if (answer_of(step->m, &d->call, status, parsed.root, &around, err) >
	    ANSWER_EMPTY)
		return -1;
	take_batch(d, parsed.root, &around, rows, count, out);
	return 0;
}

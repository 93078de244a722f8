/* The words of "details". */
#include "base/assert.h"
#include "condition.h"
#include "detail.h"
#include "fields.h"
#include "parts.h"

static const struct load_range batch_range = { 2, DETAIL_BATCH_MAX };

#define AT(member) offsetof(struct detail, member)

static const struct load_key detail_keys[] = {
	{ "when", load_list, AT(when), &load_conditions, false },
	{ "values", load_list, AT(values), &load_list_members, false },
	{ "items", load_items_place, AT(items), NULL, false },
	{ "batch", load_int, AT(batch), &batch_range, false },
	{ "answers", load_list, AT(answers), &load_sources, false },
	{ "id", load_list, AT(id), &load_sources, false },
	{ "success", load_nested, AT(success), &load_call_ok, false },
	{ "record", load_list, AT(record), &load_sources, false },
};

/* What its call may name: the persons, and the values taken from their rows. */
static struct template_place *make_place(struct loader *l, const struct json *v)
{
	const struct json *values = json_get(v, "values");
	struct template_place *place = load_alloc(l, 1, sizeof(*place));
	struct load_name *names =
		load_alloc(l, 2 + json_size(values), sizeof(*names));
	size_t count = 0;

	if (!place || !names)
		return NULL;
	names[count++].name = PERSON_ID_NAME;
	names[count++].name = PERSON_IDS_NAME;
	for (values = json_first(values); values; values = json_next(values)) {
		struct str name = arena_dup(l->arena, json_key(values));

		if (name.len)
			names[count++].name = name.ptr;
	}
	place->offers = (struct load_words){ names, sizeof(*names), count };
	return place;
}

static int check_detail(struct loader *l, const struct json *v,
			const struct detail *d)
{
	bool many = d->batch > 1;

	if (d->call.format == CALL_FORMAT_CSV ||
	    d->call.format == CALL_FORMAT_NONE)
		return load_fail(l, "details are json or xml");
	if (many != (d->answers.count > 0) || many != (d->id.count > 0))
		return load_fail(l, "'batch', 'answers' and 'id' need each "
				    "other");
	if (json_get(v, "success") && !many)
		return load_fail(l, "'success' is of the answers of a batch");
	if (many && d->values.count)
		return load_fail(l, "'values' are of one row, not of a batch");
	if (d->call.format == CALL_FORMAT_XML && !d->items.len)
		return load_fail(l, "'items' names the element of the record");
	return 0;
}

static int load_detail(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	const struct template_place *place = make_place(l, v);
	struct detail *d = out;

	if (!place || load_name_of(l, v, &d->name, arg) < 0)
		return -1;
	d->batch = 1;
	d->items = STR("");
	if (load_call_with(l, v, place, &d->call, detail_keys,
			   ARRAY_LEN(detail_keys), d) < 0)
		return -1;
	return check_detail(l, v, d);
}

const struct load_items load_details = {
	.load = load_detail,
	.size = sizeof(struct detail),
	.max = READ_DETAILS_MAX,
	.members = true,
};

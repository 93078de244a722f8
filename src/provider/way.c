#include "way.h"

#include "answer.h"
#include "base/assert.h"
#include "dates.h"
#include "fields.h"
#include "parts.h"

#define WAYS_MAX      4
#define TABLES_MAX    8
#define OTHERWISE_MAX 8

/* --------------------------------------------------------------------- one */

static const struct load_name one_names[] = {
	{ PERSON_ID_NAME },
	{ PERSON_IDS_NAME },
};

static const struct template_place one_place = {
	.offers = LOAD_WORDS(one_names),
	.needs = PERSON_ID_NAME,
};

#define ONE(member) offsetof(struct one_part, member)

static const struct load_key one_keys[] = {
	{ "items", load_items_place, ONE(items), NULL, false },
	{ "person", load_list, ONE(person), &load_sources, true },
	{ "as", load_z, ONE(composition.as), NULL, false },
	{ "details", load_composition_details, ONE(composition), NULL, false },
};

/* out: struct read_way */
static int load_one(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	struct read_way *w = out;
	struct one_part *one = &w->one;

	(void)arg;
	*one = (struct one_part){ .items = STR("") };
	w->has_one = true;
	if (load_call_with(l, v, &one_place, &one->call, one_keys,
			   ARRAY_LEN(one_keys), one) < 0)
		return -1;
	if (one->call.format == CALL_FORMAT_CSV ||
	    one->call.format == CALL_FORMAT_NONE)
		return load_fail(l, "one person is read as json or xml");
	if (one->call.format == CALL_FORMAT_XML && !one->items.len)
		return load_fail(l, "'items' names the element of the person");
	if (!one->call.gone.count &&
	    !answers_mean(&l->manifest->fetch.answers, ANSWER_GONE))
		return load_fail(l, "'gone' is missing");
	return 0;
}

/* -------------------------------------------------------------------- ways */

static const struct load_range status_range = { 400, 499 };

static const struct load_items statuses = {
	.load = load_int,
	.size = sizeof(int64_t),
	.max = OTHERWISE_MAX,
	.arg = &status_range,
};

#define WAY(member) offsetof(struct read_way, member)

const struct load_key way_keys[WAY_KEY_COUNT] = {
	{ "details", load_list, WAY(details), &load_details, false },
	{ "one", load_one, 0, NULL, false },
	{ "list", load_one_list, WAY(lists), NULL, false },
	{ "lists", load_list, WAY(lists), &load_lists, false },
	{ "changed", load_changed, WAY(changed), NULL, false },
	{ "otherwise", load_list, WAY(otherwise), &statuses, false },
};

static const struct load_key when_keys[] = {
	{ "when", load_when, WAY(when), NULL, false },
};

static int load_way(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	struct read_way *w = out;
	const struct load_group groups[] = {
		{ when_keys, ARRAY_LEN(when_keys), w },
		{ way_keys, ARRAY_LEN(way_keys), w },
	};

	(void)arg;
	*w = l->manifest->fetch.way;
	if (load_name_of(l, v, &w->name, NULL) < 0 ||
	    load_groups(l, v, groups, ARRAY_LEN(groups)) < 0)
		return -1;
	return way_check(l, w);
}

const struct load_items load_ways = {
	.load = load_way,
	.size = sizeof(struct read_way),
	.max = WAYS_MAX,
	.members = true,
};

/* ------------------------------------------------------------------ checks */

static int find_detail(struct loader *l, const struct read_way *w,
		       struct str name, uint32_t *mask)
{
	const struct detail *d = w->details.items;

	for (size_t i = 0; i < w->details.count; i++) {
		if (!str_is(name, d[i].name))
			continue;
		*mask |= UINT32_C(1) << i;
		return 0;
	}
	return load_fail(l, "there is no detail '%.*s'", STR_ARG(name));
}

static int check_composition(struct loader *l, const struct read_way *w,
			     struct composition *c)
{
	const struct str *names = c->detail_names.items;

	c->details =
		c->details_named ? 0 : (UINT32_C(1) << w->details.count) - 1;
	for (size_t i = 0; i < c->detail_names.count; i++)
		if (find_detail(l, w, names[i], &c->details) < 0)
			return -1;
	if (c->details && !c->as)
		return load_fail(l, "a record that has details needs a name: "
				    "'as'");
	return 0;
}

/* Lists are shared by ways that name none: each way has its own masks. */
static int check_lists(struct loader *l, const struct read_way *w,
		       struct list *lists)
{
	struct read_list *own =
		load_alloc(l, lists->count ? lists->count : 1, sizeof(*own));

	if (!own)
		return -1;
	if (lists->count)
		memcpy(own, lists->items, lists->count * sizeof(*own));
	for (size_t i = 0; i < lists->count; i++)
		if (check_composition(l, w, &own[i].composition) < 0)
			return -1;
	lists->items = own;
	return 0;
}

static bool needs_one(const struct read_way *w)
{
	return w->changed.scheme && events_row_lookup(&w->changed.rows);
}

int way_check(struct loader *l, struct read_way *w)
{
	struct list lists;

	if (w->has_one && check_composition(l, w, &w->one.composition) < 0)
		return -1;
	if (check_lists(l, w, &w->lists) < 0 ||
	    check_lists(l, w, &w->changed.lists) < 0)
		return -1;
	lists = way_lists(w, READ_CHANGED);
	if (w->changed.scheme && changed_check(l, &w->changed, &lists) < 0)
		return -1;
	if (!w->has_one && !w->lists.count)
		return load_fail(l, "needs 'one', 'list' or 'lists'");
	if (!w->has_one && needs_one(w))
		return load_fail(l, "'changed' leads to lookups, and 'one' is "
				    "missing");
	return 0;
}

/* ------------------------------------------------------------------ tables */

static const struct load_key table_keys[] = {
	{ "when", load_when, offsetof(struct table_part, when), NULL, false },
};

static int load_table(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct table_part *t = out;
	const struct load_group groups[] = {
		{ table_rule_keys, TABLE_RULE_KEY_COUNT, &t->rule },
		{ table_keys, ARRAY_LEN(table_keys), t },
	};

	(void)arg;
	if (load_list_with(l, v, groups, ARRAY_LEN(groups), &t->list) < 0)
		return -1;
	return table_rule_check(l, v, &t->rule);
}

const struct load_items load_tables = {
	.load = load_table,
	.size = sizeof(struct table_part),
	.max = TABLES_MAX,
	.members = true,
};

static const struct load_key side_keys[] = {
	{ "items", load_list, offsetof(struct side_table, items), &load_sources,
	  true },
};

static int load_side_table(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	struct side_table *s = out;
	const struct load_group groups[] = {
		{ table_rule_keys, TABLE_RULE_KEY_COUNT, &s->rule },
		{ side_keys, ARRAY_LEN(side_keys), s },
	};

	(void)arg;
	if (load_groups(l, v, groups, ARRAY_LEN(groups)) < 0)
		return -1;
	return table_rule_check(l, v, &s->rule);
}

const struct load_items load_side = {
	.load = load_side_table,
	.size = sizeof(struct side_table),
	.max = TABLES_MAX,
	.members = true,
};

bool manifest_has_table(const struct manifest *m, const char *name)
{
	const struct table_part *t = m ? m->fetch.tables.items : NULL;
	const struct side_table *s = m ? m->fetch.side.items : NULL;

	for (size_t i = 0; t && i < m->fetch.tables.count; i++)
		if (!strcmp(t[i].rule.name, name))
			return true;
	for (size_t i = 0; s && i < m->fetch.side.count; i++)
		if (!strcmp(s[i].rule.name, name))
			return true;
	return false;
}

/* ------------------------------------------------------------------ choice */

struct list way_lists(const struct read_way *w, enum read_kind kind)
{
	if (kind == READ_CHANGED && !w->changed.scheme)
		return (struct list){ NULL, 0 };
	if (kind == READ_CHANGED && w->changed.lists.count)
		return w->changed.lists;
	return w->lists;
}

bool way_can_one(const struct read_way *w)
{
	return w->has_one;
}

bool way_can_full(const struct read_way *w)
{
	return w->lists.count > 0;
}

bool way_can_changed(const struct read_way *w)
{
	return w->changed.scheme != NULL;
}

const struct read_way *way_find(const struct manifest *m,
				const struct fetch_context *ctx, size_t from,
				way_can_fn *can, size_t *index)
{
	const struct read_way *w = m->fetch.ways.items;

	for (size_t i = from; i < m->fetch.ways.count; i++) {
		if (!can(&w[i]) || !when_holds(&w[i].when, m, ctx))
			continue;
		*index = i;
		return &w[i];
	}
	return NULL;
}

/* The words of "list". */
#include "base/assert.h"
#include "condition.h"
#include "list.h"
#include "parts.h"

#define LISTS_MAX	4
#define MEMBERS_MAX	4
#define PAGE_SIZE_MAX	10000
#define DETAIL_NAME_MAX 8

static const struct load_name names[LIST_NAME_COUNT] = {
	[LIST_PAGE_SIZE] = { "page_size" },
	[LIST_PAGE] = { "page" },
	[LIST_OFFSET] = { "offset" },
	[LIST_CURSOR] = { "cursor" },
	[LIST_SINCE] = { "since" },
	[LIST_UNTIL] = { "until" },
	[LIST_NOW] = { "now" },
	[LIST_TODAY] = { "today" },
};

static const struct template_place list_place = {
	.offers = LOAD_WORDS(names),
};

const char *list_name(enum list_name n)
{
	return names[n].name;
}

bool list_uses(const struct read_list *l, enum list_name n)
{
	return l->call.uses & UINT32_C(1) << n;
}

/* ------------------------------------------------------------------- parts */

int load_items_place(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	const struct json_path *path;
	struct str text;

	if (load_pointer(l, v, &path, arg) < 0)
		return -1;
	text = arena_dup(l->arena, json_string(v));
	if (!text.ptr)
		return load_fail(l, "the manifest needs too much memory");
	*(struct str *)out = text;
	return 0;
}

static const struct load_key count_keys[] = {
	{ "header", load_z, offsetof(struct count_place, header), NULL, true },
};

/* Places around the rows, or {"header": NAME}. */
static int load_count(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct count_place *c = out;

	(void)arg;
	if (json_is(v, JSON_OBJECT) && json_get(v, "header"))
		return load_object(l, v, count_keys, ARRAY_LEN(count_keys), c);
	return load_list(l, v, &c->from, &load_sources);
}

static int load_member(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct list_member *m = out;
	struct str name = arena_dup(l->arena, json_key(v));

	if (!name.len)
		return load_fail(l, "a member without a name");
	m->name = name.ptr;
	return load_list(l, v, &m->from, arg);
}

const struct load_items load_list_members = {
	.load = load_member,
	.size = sizeof(struct list_member),
	.max = MEMBERS_MAX,
	.arg = &load_sources,
	.members = true,
};

static const struct load_items detail_names = {
	.load = load_text,
	.size = sizeof(struct str),
	.max = DETAIL_NAME_MAX,
};

/* Names of details; an empty list: none of them. */
int load_composition_details(struct loader *l, const struct json *v, void *out,
			     const void *arg)
{
	struct composition *c = out;

	(void)arg;
	c->details_named = true;
	if (json_is(v, JSON_ARRAY) && !json_first(v))
		return 0;
	return load_list(l, v, &c->detail_names, &detail_names);
}

/* ------------------------------------------------------------- CSV's words */

static const struct load_name encodings[] = {
	[RECORD_UTF8] = { "utf-8" },
	[RECORD_WINDOWS_1252] = { "windows-1252" },
	[RECORD_LATIN1] = { "latin-1" },
	[RECORD_UTF16] = { "utf-16" },
};

const struct load_words encoding_words = LOAD_WORDS(encodings);

/* One character, or "{setting}". */
static int load_csv_delimiter(struct loader *l, const struct json *v, void *out,
			      const void *arg)
{
	struct read_list *list = out;
	int set = load_setting_text(l, v, &list->delimiter_by);
	struct str text = json_string(v);

	(void)arg;
	if (set)
		return set < 0 ? -1 : 0;
	if (text.len != 1)
		return load_fail(l, "is not one character");
	list->delimiter = text.ptr[0];
	return 0;
}

static int load_csv_encoding(struct loader *l, const struct json *v, void *out,
			     const void *arg)
{
	struct read_list *list = out;
	int set = load_setting_text(l, v, &list->encoding_by);

	if (set)
		return set < 0 ? -1 : 0;
	return load_word(l, v, &list->encoding, arg);
}

/* ------------------------------------------------------------------- whole */

static const struct load_range page_size_range = { 1, PAGE_SIZE_MAX };

/* A number, or "{setting}": of the kind number, with a default. */
static int load_page_size(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	struct read_list *list = out;
	int set = load_setting_text(l, v, &list->page_size_by);
	const struct setting_field *f;

	if (set < 0)
		return -1;
	if (!set)
		return load_int(l, v, &list->page_size, arg);
	f = setting_of(l->manifest, str_of(list->page_size_by));
	if (f->kind != SETTING_NUMBER || !f->fallback)
		return load_fail(l,
				 "'%s' is no setting of the kind number "
				 "with a default",
				 f->name);
	if (!str_to_i64(str_of(f->fallback), &list->page_size) ||
	    list->page_size < 1)
		return load_fail(l, "the default of '%s' is no page size",
				 f->name);
	return 0;
}

#define AT(member) offsetof(struct read_list, member)

static const struct load_key list_keys[] = {
	{ "items", load_items_place, AT(items), NULL, false },
	{ "keyed", load_bool, AT(keyed), NULL, false },
	{ "only_member", load_bool, AT(only_member), NULL, false },
	{ "optional", load_bool, AT(optional), NULL, false },
	{ "delimiter", load_csv_delimiter, 0, NULL, false },
	{ "encoding", load_csv_encoding, 0, &encoding_words, false },
	{ "page_size", load_page_size, 0, &page_size_range, false },
	{ "paging", load_paging, AT(paging), NULL, false },
	{ "total", load_count, AT(total), NULL, false },
	{ "more", load_list, AT(more), &load_sources, false },
	{ "add", load_list, AT(add), &load_list_members, false },
	{ "skip", load_list, AT(skip), &load_conditions, false },
	{ "removed", load_list, AT(removed), &load_conditions, false },
	{ "as", load_z, AT(composition.as), NULL, false },
	{ "details", load_composition_details, AT(composition), NULL, false },
};

static int check_list(struct loader *l, const struct json *v,
		      const struct read_list *list)
{
	bool csv = list->call.format == CALL_FORMAT_CSV;

	if (list->call.format == CALL_FORMAT_NONE)
		return load_fail(l, "a list has a format");
	if ((json_get(v, "delimiter") || json_get(v, "encoding")) && !csv)
		return load_fail(l, "'delimiter' and 'encoding' are for csv");
	if (list->keyed && list->call.format != CALL_FORMAT_JSON)
		return load_fail(l, "'keyed' is for json");
	if (list->call.format == CALL_FORMAT_XML && !list->items.len)
		return load_fail(l, "'items' names the elements of the rows");
	if (list_uses(list, LIST_PAGE_SIZE) && !list->page_size)
		return load_fail(l, "'page_size' is missing");
	return paging_check(l, list);
}

#define MORE_MAX 2

int load_list_with(struct loader *l, const struct json *v,
		   const struct load_group *more, size_t count,
		   struct read_list *list)
{
	struct load_group groups[1 + MORE_MAX] = {
		{ list_keys, ARRAY_LEN(list_keys), list },
	};

	ASSERT(count <= MORE_MAX);
	for (size_t i = 0; i < count; i++)
		groups[1 + i] = more[i];
	list->paging.scheme = paging_none();
	list->items = STR("");
	if (load_call_groups(l, v, &list_place, &list->call, groups,
			     1 + count) < 0)
		return -1;
	return check_list(l, v, list);
}

static int load_list_item(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	(void)arg;
	return load_list_with(l, v, NULL, 0, out);
}

const struct load_items load_lists = {
	.load = load_list_item,
	.size = sizeof(struct read_list),
	.max = LISTS_MAX,
};

int load_one_list(struct loader *l, const struct json *v, void *out,
		  const void *arg)
{
	struct read_list *list = load_alloc(l, 1, sizeof(*list));

	(void)arg;
	if (!list || load_list_with(l, v, NULL, 0, list) < 0)
		return -1;
	*(struct list *)out = (struct list){ list, 1 };
	return 0;
}

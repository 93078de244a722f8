/* The words of places. */
#include "base/assert.h"
#include "dates.h"
#include "parts.h"
#include "source_kind.h"

#define EQUALS_MAX 16

static load_fn load_source;

static const bool with_key = true;

const struct load_items load_sources = {
	.load = load_source,
	.size = sizeof(struct source),
	.max = SOURCES_MAX,
	.one = true,
};

const struct load_items load_sources_or_key = {
	.load = load_source,
	.size = sizeof(struct source),
	.max = SOURCES_MAX,
	.arg = &with_key,
	.one = true,
};

/* Also pointer and leaf, as they are written. */
static int take_path(struct loader *l, struct str text, struct source *s)
{
	struct err why = { .kind = ERR_NONE };

	if (json_path_compile(&s->path, l->arena, text, &why) < 0)
		return load_fail(l, "%s", why.text);
	s->pointer = arena_dup(l->arena, text);
	if (!s->pointer.ptr)
		return load_fail(l, "the manifest needs too much memory");
	text = s->pointer;
	while (str_cut(&text, '/', &s->leaf))
		; /* what is left is the last token */
	return 0;
}

static int load_path(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	(void)arg;
	if (!json_is(v, JSON_STRING))
		return load_fail(l, "is not a JSON pointer");
	return take_path(l, json_string(v), out);
}

static int find_setting_name(struct loader *l, struct str name,
			     const char **out)
{
	const struct setting_field *f = setting_of(l->manifest, name);

	if (!f)
		return load_fail(l, "the setting '%.*s' is not declared",
				 STR_ARG(name));
	*out = f->name;
	return 0;
}

int load_setting_name(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	const char *name;

	if (load_z(l, v, &name, arg) < 0)
		return -1;
	return find_setting_name(l, str_of(name), out);
}

int load_setting_text(struct loader *l, const struct json *v, const char **out)
{
	struct str text = json_string(v);

	if (text.len < 3 || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
		return 0;
	text = (struct str){ text.ptr + 1, text.len - 2 };
	return find_setting_name(l, text, out) < 0 ? -1 : 1;
}

static int load_table_name(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	const char *name;

	if (load_z(l, v, &name, arg) < 0)
		return -1;
	if (!manifest_has_table(l->manifest, name))
		return load_fail(l, "there is no table '%s'", name);
	*(const char **)out = name;
	return 0;
}

static const struct load_items texts = {
	.load = load_text,
	.size = sizeof(struct str),
	.max = EQUALS_MAX,
	.one = true,
};

#define AT(member) offsetof(struct source, member)

static int load_equals(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct source *s = out;
	int set = load_setting_text(l, v, &s->equals_set);

	(void)arg;
	if (set)
		return set < 0 ? -1 : 0;
	return load_list(l, v, &s->equals, &texts);
}

static const struct load_key each_keys[] = {
	{ "each", load_path, 0, NULL, true },
	{ "where", load_list, AT(where), &load_sources, false },
	{ "equals", load_equals, 0, NULL, false },
	{ "same", load_list, AT(same), &load_sources, false },
	{ "latest", load_list, AT(latest), &load_sources, false },
	{ "format", load_word, AT(format), &date_words, false },
	{ "take", load_list, AT(take), &load_sources, false },
};

static const struct load_key table_keys[] = {
	{ "table", load_table_name, AT(name), NULL, true },
	{ "key", load_list, AT(key), &load_sources, true },
	{ "take", load_path, 0, NULL, false },
};

static const struct load_key written_keys[] = {
	{ "json", load_list, AT(key), &load_sources, true },
	{ "take", load_list, AT(take), &load_sources, true },
};

static const struct load_key setting_keys[] = {
	{ "setting", load_setting_name, AT(name), NULL, true },
	{ "in", load_path, 0, NULL, false },
};

/* The words of those that are objects; the others are texts. */
static const struct source_kind kinds[] = {
	{ "each", find_each, feeds_each, LOAD_TABLE(each_keys) },
	{ "table", find_in_table, feeds_by_key, LOAD_TABLE(table_keys) },
	{ "setting", find_setting_place, feeds_setting_place,
	  LOAD_TABLE(setting_keys) },
	{ "json", find_written, feeds_by_key, LOAD_TABLE(written_keys) },
};

static const struct source_kind pointer_kind = { .find = find_pointer,
						 .feeds = feeds_pointer };
static const struct source_kind key_kind = { .find = find_key,
					     .feeds = feeds_nothing };

bool source_is_object(const struct json *v)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (json_get(v, kinds[i].word))
			return true;
	return false;
}

static int check_each(struct loader *l, const struct json *v,
		      const struct source *s)
{
	bool equals = s->equals.count || s->equals_set;

	if (equals && s->same.count)
		return load_fail(l, "'equals' and 'same' exclude each other");
	if ((s->where.count > 0) != (equals || s->same.count))
		return load_fail(l, "'where' needs 'equals' or 'same', which "
				    "need it");
	if (json_get(v, "format") && !s->latest.count)
		return load_fail(l, "'format' is for 'latest'");
	return 0;
}

/* Leaf is for fields that an HRIS names as withheld: pointers alone. */
static int load_kind(struct loader *l, const struct json *v, struct source *s)
{
	const struct load_words words = LOAD_WORDS(kinds);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct source_kind *k = &kinds[i];

		if (!json_get(v, k->word))
			continue;
		s->kind = k;
		if (load_object(l, v, k->keys.keys, k->keys.count, s) < 0)
			return -1;
		s->leaf = (struct str){ 0 };
		return check_each(l, v, s);
	}
	return load_unknown(l, "place", &words, json_key(json_first(v)));
}

static int load_source(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct source *s = out;

	if (json_is(v, JSON_OBJECT)) {
		/* "": the whole, where no pointer is given. */
		if (json_path_compile(&s->path, l->arena, STR(""), NULL) < 0)
			return load_fail(l,
					 "the manifest needs too much memory");
		return load_kind(l, v, s);
	}
	if (arg && str_is(json_string(v), "key")) {
		s->kind = &key_kind;
		return 0;
	}
	s->kind = &pointer_kind;
	return load_path(l, v, s, NULL);
}

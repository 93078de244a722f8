#include "source.h"

#include "base/assert.h"

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

static const struct load_key select_keys[] = {
	{ "each", load_pointer, offsetof(struct source, path), NULL, true },
	{ "where", load_pointer, offsetof(struct source, where), NULL, true },
	{ "equals", load_text, offsetof(struct source, equals), NULL, true },
	{ "take", load_pointer, offsetof(struct source, take), NULL, true },
};

static int load_source(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct source *s = out;
	struct str text = json_string(v);

	if (json_is(v, JSON_OBJECT))
		return load_object(l, v, select_keys, ARRAY_LEN(select_keys),
				   s);
	if (arg && str_is(text, "key")) {
		s->key = true;
		return 0;
	}
	if (load_pointer(l, v, &s->path, NULL) < 0)
		return -1;
	text = arena_dup(l->arena, text);
	if (!text.ptr)
		return load_fail(l, "the manifest needs too much memory");
	while (str_cut(&text, '/', &s->leaf))
		; /* what is left is the last token */
	return 0;
}

static const struct json *find_selected(const struct source *s,
					const struct json *array)
{
	const struct json *e;

	if (!json_is(array, JSON_ARRAY))
		return NULL;
	for (e = json_first(array); e; e = json_next(e)) {
		struct str text = json_text(json_path_find(s->where, e));

		if (str_eq(text, s->equals))
			return json_path_find(s->take, e);
	}
	return NULL;
}

static const struct json *find_one(const struct source *s,
				   const struct json *root)
{
	const struct json *v = json_path_find(s->path, root);

	return s->where ? find_selected(s, v) : v;
}

static bool says_something(const struct json *v)
{
	if (json_is(v, JSON_STRING))
		return str_trim(json_string(v)).len > 0;
	return v && json_type(v) != JSON_NULL;
}

struct found sources_find(const struct list *sources, const struct json *root)
{
	const struct source *s = sources->items;
	struct found first = { NULL, { 0 }, { 0 } };

	for (size_t i = 0; i < sources->count; i++, s++) {
		struct found f = { NULL, { 0 }, s->leaf };

		if (s->key)
			f.text = json_key(root);
		else
			f.value = find_one(s, root);
		if (f.text.len || says_something(f.value))
			return f;
		if (f.value && !first.value)
			first = f;
	}
	return first;
}

struct str found_code(const struct found *f)
{
	return str_trim(f->text.len ? f->text : json_text(f->value));
}

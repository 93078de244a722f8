#include "loader.h"

#include "base/assert.h"
#include "base/buf.h"
#include "provider/manifest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 40 /* bytes of a wrong word that a message repeats */

void load_explain(struct loader *l, const char *fmt, ...)
{
	char text[sizeof(l->err->text)];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	err_fill(l->err, ERR_CONFIG, "%s: %s: %s", l->name,
		 l->path_len ? l->path : "/", text);
}

size_t load_enter(struct loader *l, struct str key)
{
	size_t mark = l->path_len;
	size_t room = sizeof(l->path) - mark;
	int len = snprintf(l->path + mark, room, "/%.*s", STR_ARG(key));

	if (len > 0)
		l->path_len += (size_t)len < room ? (size_t)len : room - 1;
	return mark;
}

void load_leave(struct loader *l, size_t mark)
{
	l->path_len = mark;
	l->path[mark] = '\0';
}

void *load_alloc(struct loader *l, size_t count, size_t size)
{
	void *p = arena_zalloc(l->arena, count, size);

	if (!p)
		load_explain(l, "the manifest needs too much memory");
	return p;
}

int load_count_rule(struct loader *l)
{
	if (++l->rules > LOADER_MAX_RULES)
		return load_fail(l, "more than %d rules", LOADER_MAX_RULES);
	return 0;
}

const char *words_at(const struct load_words *words, size_t i)
{
	const char *name;

	memcpy(&name, (const char *)words->rows + i * words->stride,
	       sizeof(name));
	return name;
}

bool words_find(const struct load_words *words, struct str word, unsigned *out)
{
	for (size_t i = 0; i < words->count; i++) {
		if (!str_is(word, words_at(words, i)))
			continue;
		*out = (unsigned)i;
		return true;
	}
	return false;
}

int load_unknown(struct loader *l, const char *what,
		 const struct load_words *words, struct str word)
{
	struct buf known;

	if (word.len > SHOWN)
		word.len = SHOWN;
	buf_init(&known, sizeof(l->err->text));
	for (size_t i = 0; i < words->count; i++) {
		buf_add_z(&known, i ? ", " : "");
		buf_add_z(&known, words_at(words, i));
	}
	load_explain(l, "unknown %s '%.*s'; known: %s", what, STR_ARG(word),
		     buf_z(&known));
	buf_release(&known);
	return -1;
}

/* All keys as one table, so that a message names all that are known. */
static int check_known(struct loader *l, const struct json *v,
		       const struct load_group *groups, size_t count)
{
	struct load_key all[LOAD_MAX_KEYS];
	struct load_words words = { all, sizeof(*all), 0 };
	unsigned i;

	for (size_t g = 0; g < count; g++) {
		ASSERT(words.count + groups[g].count <= LOAD_MAX_KEYS);
		if (groups[g].count)
			memcpy(all + words.count, groups[g].keys,
			       groups[g].count * sizeof(*all));
		words.count += groups[g].count;
	}
	for (const struct json *m = json_first(v); m; m = json_next(m))
		if (!words_find(&words, json_key(m), &i))
			return load_unknown(l, "key", &words, json_key(m));
	return 0;
}

static int load_member(struct loader *l, const struct json *v,
		       const struct load_key *k, void *out)
{
	const struct json *m = json_get(v, k->key);
	size_t mark;

	if (!m)
		return 0;
	mark = load_enter(l, json_key(m));
	if (k->load(l, m, (char *)out + k->offset, k->arg) < 0)
		return -1;
	load_leave(l, mark);
	return 0;
}

static int check_required(struct loader *l, const struct json *v,
			  const struct load_group *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->keys[i].required && !json_get(v, g->keys[i].key))
			return load_fail(l, "'%s' is missing", g->keys[i].key);
	return 0;
}

int load_groups(struct loader *l, const struct json *v,
		const struct load_group *groups, size_t count)
{
	if (!json_is(v, JSON_OBJECT))
		return load_fail(l, "is not an object");
	if (check_known(l, v, groups, count) < 0)
		return -1;
	for (size_t g = 0; g < count; g++)
		for (size_t i = 0; i < groups[g].count; i++)
			if (load_member(l, v, &groups[g].keys[i],
					groups[g].out) < 0)
				return -1;
	for (size_t g = 0; g < count; g++)
		if (check_required(l, v, &groups[g]) < 0)
			return -1;
	return 0;
}

int load_object(struct loader *l, const struct json *v,
		const struct load_key *keys, size_t count, void *out)
{
	const struct load_group group = { keys, count, out };

	return load_groups(l, v, &group, 1);
}

int load_nested(struct loader *l, const struct json *v, void *out,
		const void *arg)
{
	const struct load_table *table = arg;

	return load_object(l, v, table->keys, table->count, out);
}

/* Items of an array have no name: their place is their number. */
static size_t enter_item(struct loader *l, const struct json *item, bool named,
			 size_t i)
{
	char number[24];

	if (named)
		return load_enter(l, json_key(item));
	(void)!snprintf(number, sizeof(number), "%zu", i);
	return load_enter(l, str_of(number));
}

static int load_item(struct loader *l, const struct json *v,
		     const struct load_items *how, void *out)
{
	if (load_count_rule(l) < 0)
		return -1;
	return how->load(l, v, out, how->arg);
}

static int load_children(struct loader *l, const struct json *v,
			 const struct load_items *how, char *items)
{
	size_t i = 0;

	for (const struct json *c = json_first(v); c; c = json_next(c), i++) {
		size_t mark = enter_item(l, c, how->members, i);

		if (load_item(l, c, how, items + i * how->size) < 0)
			return -1;
		load_leave(l, mark);
	}
	return 0;
}

int load_list(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	const struct load_items *how = arg;
	enum json_type want = how->members ? JSON_OBJECT : JSON_ARRAY;
	bool one = how->one && json_type(v) != want;
	size_t count = one ? 1 : json_size(v);
	char *items;

	if (!one && !json_is(v, want))
		return load_fail(l, how->members ? "is not an object"
						 : "is not a list");
	if (count == 0 || count > how->max)
		return load_fail(l, "needs 1 to %zu entries", how->max);
	items = load_alloc(l, count, how->size);
	if (!items || (one ? load_item(l, v, how, items)
			   : load_children(l, v, how, items)) < 0)
		return -1;
	*(struct list *)out = (struct list){ items, count };
	return 0;
}

int load_text(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	struct str text = json_string(v);

	(void)arg;
	if (!text.len)
		return load_fail(l, "is not a text, or is empty");
	text = arena_dup(l->arena, text);
	if (!text.ptr)
		return load_fail(l, "the manifest needs too much memory");
	*(struct str *)out = text;
	return 0;
}

int load_z(struct loader *l, const struct json *v, void *out, const void *arg)
{
	struct str text;

	if (load_text(l, v, &text, arg) < 0)
		return -1;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return load_fail(l, "holds a control character");
	*(const char **)out = text.ptr;
	return 0;
}

int load_bool(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	(void)arg;
	if (!json_is(v, JSON_BOOL))
		return load_fail(l, "is neither true nor false");
	*(bool *)out = json_true(v);
	return 0;
}

int load_int(struct loader *l, const struct json *v, void *out, const void *arg)
{
	const struct load_range *range = arg;
	int64_t n;

	if (!json_int(v, &n) || n < range->min || n > range->max)
		return load_fail(
			l, "is not an integer from %" PRId64 " to %" PRId64,
			range->min, range->max);
	*(int64_t *)out = n;
	return 0;
}

int load_word(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	if (!json_is(v, JSON_STRING))
		return load_fail(l, "is not a word");
	if (!words_find(arg, json_string(v), out))
		return load_unknown(l, "word", arg, json_string(v));
	return 0;
}

int load_pointer(struct loader *l, const struct json *v, void *out,
		 const void *arg)
{
	struct err why = { .kind = ERR_NONE };

	(void)arg;
	if (!json_is(v, JSON_STRING))
		return load_fail(l, "is not a JSON pointer");
	if (json_path_compile(out, l->arena, json_string(v), &why) < 0)
		return load_fail(l, "%s", why.text);
	return 0;
}

int load_check_credential(struct loader *l, struct str name, bool webhook)
{
	for (size_t i = 0; i < manifest_credential_count(l->manifest); i++) {
		const struct credential_field *c =
			manifest_credential(l->manifest, i);

		if (!str_is(name, c->name))
			continue;
		if (c->webhook == webhook)
			return 0;
		return load_fail(l, "the credential '%.*s' is not for %s",
				 STR_ARG(name), webhook ? "webhook" : "api");
	}
	return load_fail(l, "the credential '%.*s' is not declared",
			 STR_ARG(name));
}

int load_api_credential(struct loader *l, const struct json *v, void *out,
			const void *arg)
{
	if (load_z(l, v, out, arg) < 0)
		return -1;
	return load_check_credential(l, json_string(v), false);
}

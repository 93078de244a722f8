/*
 * Words of a signature that a connection's settings decide: what a vendor's
 * documents leave open, an admin can put right.
 */
#include "signature.h"

#include "base/assert.h"
#include "template.h"

/* ------------------------------------------------------------------ loading */

/* "{name}" and nothing else; ptr NULL when it is not that. */
static struct str setting_name(const struct json *v)
{
	struct str text = json_string(v);

	if (text.len < 3 || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
		return str_none();
	return (struct str){ text.ptr + 1, text.len - 2 };
}

static int find_field(struct loader *l, struct str name, enum setting_kind kind,
		      const struct setting_field **out)
{
	const struct setting_field *f = setting_of(l->manifest, name);

	if (!f || f->kind != kind)
		return load_fail(l, "'%.*s' is not a setting of the kind %s",
				 STR_ARG(name), setting_kind_name(kind));
	if (!f->fallback && kind != SETTING_TEXT)
		return load_fail(l, "the setting '%s' needs a default",
				 f->name);
	*out = f;
	return 0;
}

static int load_chosen_word(struct loader *l, struct str name,
			    const struct load_words *words, const char **by)
{
	const struct setting_field *f;
	unsigned row;

	if (find_field(l, name, SETTING_CHOICE, &f) < 0)
		return -1;
	for (size_t i = 0; i < f->choice_count; i++)
		if (!words_find(words, str_of(f->choices[i]), &row))
			return load_unknown(l, "choice", words,
					    str_of(f->choices[i]));
	*by = f->name;
	return 0;
}

static int load_word_by(struct loader *l, const struct json *v,
			const struct load_words *words, unsigned *out,
			const char **by)
{
	struct str name = setting_name(v);

	if (!name.ptr)
		return load_word(l, v, out, words);
	return load_chosen_word(l, name, words, by);
}

int load_algorithm(struct loader *l, const struct json *v, void *out,
		   const void *arg)
{
	struct signature *s = out;

	return load_word_by(l, v, arg, &s->algorithm, &s->by.algorithm);
}

int load_encoding(struct loader *l, const struct json *v, void *out,
		  const void *arg)
{
	struct signature *s = out;

	return load_word_by(l, v, arg, &s->encoding, &s->by.encoding);
}

int load_prefix(struct loader *l, const struct json *v, void *out,
		const void *arg)
{
	struct str name = setting_name(v);
	const struct setting_field *f;
	struct signature *s = out;

	if (!name.ptr)
		return load_text(l, v, &s->prefix, arg);
	if (find_field(l, name, SETTING_TEXT, &f) < 0)
		return -1;
	s->by.prefix = f->name;
	return 0;
}

int load_header_by(struct loader *l, const struct json *v, const char **out,
		   const char **by)
{
	struct str name = setting_name(v);
	const struct setting_field *f;

	if (!name.ptr)
		return load_z(l, v, out, NULL);
	if (find_field(l, name, SETTING_HEADER, &f) < 0)
		return -1;
	*out = f->fallback; /* until the settings are known */
	*by = f->name;
	return 0;
}

/* ---------------------------------------------------------------- resolving */

struct resolving {
	const struct manifest *m;
	struct fetch_context ctx;
	struct arena *a;
};

/* A NUL-terminated copy; NULL when there is no such word, or no value. */
static int value_of(const struct resolving *r, const char *name,
		    struct str *out, struct err *err)
{
	*out = str_none();
	if (!name)
		return 0;
	if (find_setting(r->m, &r->ctx, str_of(name), out, err) < 0)
		return -1;
	if (!out->ptr)
		return 0;
	*out = arena_dup(r->a, *out);
	return out->ptr ? 0 : arena_full(r->a, err);
}

static int resolve_header(const struct resolving *r, struct signature *s,
			  struct err *err)
{
	struct header_set *set;
	struct str value;

	if (value_of(r, s->by.header, &value, err) < 0)
		return -1;
	if (!value.ptr)
		return 0;
	set = arena_alloc(r->a, sizeof(*set));
	if (!set)
		return arena_full(r->a, err);
	*set = *(const struct header_set *)s->headers.items;
	set->signature = value.ptr;
	s->headers = (struct list){ set, 1 };
	return 0;
}

/* The load has seen to it that every choice is a word. */
static int resolve_words(const struct resolving *r, struct signature *s,
			 struct err *err)
{
	enum hmac_algorithm algorithm;
	enum encoding encoding;
	struct str value;

	if (value_of(r, s->by.algorithm, &value, err) < 0)
		return -1;
	if (value.ptr && hmac_algorithm_find(value, &algorithm))
		s->algorithm = algorithm;
	if (value_of(r, s->by.encoding, &value, err) < 0)
		return -1;
	if (value.ptr && encoding_find(value, &encoding))
		s->encoding = encoding;
	return 0;
}

int signature_resolve(const struct signature *s, const struct manifest *m,
		      const struct json *settings, struct arena *a,
		      struct signature *out, struct err *err)
{
	const struct resolving r = { m, { .settings = settings }, a };
	struct signature resolved = *s;

	if (resolve_header(&r, &resolved, err) < 0 ||
	    resolve_words(&r, &resolved, err) < 0)
		return -1;
	if (s->by.prefix &&
	    value_of(&r, s->by.prefix, &resolved.prefix, err) < 0)
		return -1;
	*out = resolved;
	return 0;
}

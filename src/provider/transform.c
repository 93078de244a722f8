#include "transform.h"

#include "base/assert.h"
#include "base/clock.h"
#include "dates.h"

static enum transformed take(struct str text, struct str *out)
{
	text = str_trim(text);
	if (!text.len)
		return TRANSFORM_NULL;
	if (text.len > PERSON_FIELD_MAX_BYTES)
		return TRANSFORM_WRONG;
	*out = text;
	return TRANSFORM_VALUE;
}

static enum transformed as_text(const struct field_rule *r,
				const struct json *v, struct arena *a,
				struct str *out)
{
	(void)r;
	(void)a;
	if (!json_is(v, JSON_STRING))
		return TRANSFORM_WRONG;
	return take(json_string(v), out);
}

/* Ids and numbers: some vendors send 57 where others send "57". */
static enum transformed as_code(const struct field_rule *r,
				const struct json *v, struct arena *a,
				struct str *out)
{
	struct str text = json_text(v);

	(void)r;
	(void)a;
	return text.ptr ? take(text, out) : TRANSFORM_WRONG;
}

static bool is_email(struct str s)
{
	const char *at = memchr(s.ptr, '@', s.len);

	if (!at || at == s.ptr || at == s.ptr + s.len - 1)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	return true;
}

/* R1: trimmed, lower-cased, nothing cleverer. */
static enum transformed as_email(const struct field_rule *r,
				 const struct json *v, struct arena *a,
				 struct str *out)
{
	enum transformed t = as_text(r, v, a, out);
	char *copy;

	if (t != TRANSFORM_VALUE)
		return t;
	if (!is_email(*out))
		return TRANSFORM_WRONG;
	copy = arena_alloc(a, out->len);
	if (!copy)
		return TRANSFORM_FULL;
	for (size_t i = 0; i < out->len; i++)
		copy[i] = str_lower(out->ptr[i]);
	out->ptr = copy;
	return TRANSFORM_VALUE;
}

static enum transformed as_date(const struct field_rule *r,
				const struct json *v, struct arena *a,
				struct str *out)
{
	struct str text = json_text(v);
	char plain[CLOCK_TEXT_SIZE];
	int64_t day;

	if (!text.ptr)
		return TRANSFORM_WRONG;
	switch (date_read(r->format, text, &day)) {
	case DATE_NONE:
		return TRANSFORM_NULL;
	case DATE_WRONG:
		return TRANSFORM_WRONG;
	case DATE_DAY:
		break;
	}
	*out = arena_dup(a, str_of(clock_format_day(day, plain)));
	return out->ptr ? TRANSFORM_VALUE : TRANSFORM_FULL;
}

bool word_normal(struct str text, char out[static WORD_MAX_BYTES],
		 struct str *word)
{
	text = str_trim(text);
	if (!text.len || text.len > WORD_MAX_BYTES)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = str_lower(text.ptr[i]);

		out[i] = c == '_' || c == '-' ? ' ' : c;
	}
	*word = (struct str){ out, text.len };
	return true;
}

int load_normal(struct loader *l, struct str text, struct str *out)
{
	char normal[WORD_MAX_BYTES];
	struct str word;

	if (!word_normal(text, normal, &word))
		return load_fail(l, "a word is empty or longer than %d bytes",
				 WORD_MAX_BYTES);
	*out = arena_dup(l->arena, word);
	return out->ptr ? 0
			: load_fail(l, "the manifest needs too much memory");
}

static enum transformed as_choice(const struct field_rule *r,
				  const struct json *v, struct arena *a,
				  struct str *out)
{
	const struct choice *c = r->choices.items;
	char normal[WORD_MAX_BYTES];
	struct str word;
	enum transformed t = as_code(r, v, a, out);

	if (t != TRANSFORM_VALUE)
		return t;
	if (!word_normal(*out, normal, &word))
		return TRANSFORM_WRONG;
	for (size_t i = 0; i < r->choices.count; i++, c++) {
		if (!str_eq(word, c->word))
			continue;
		*out = c->value;
		return TRANSFORM_VALUE;
	}
	return TRANSFORM_WRONG;
}

enum { AS_TEXT, AS_CODE, AS_EMAIL, AS_DATE, AS_CHOICE };

static const struct transform transforms[] = {
	[AS_TEXT] = { "text", as_text },       [AS_CODE] = { "code", as_code },
	[AS_EMAIL] = { "email", as_email },    [AS_DATE] = { "date", as_date },
	[AS_CHOICE] = { "choice", as_choice },
};

const struct load_words transform_words = LOAD_WORDS(transforms);

unsigned transform_default(enum person_field f)
{
	switch (f) {
	case PERSON_EMPLOYEE_NUMBER:
	case PERSON_MANAGER_ID:
		return AS_CODE;
	case PERSON_EMAIL:
		return AS_EMAIL;
	case PERSON_START_DATE:
	case PERSON_END_DATE:
		return AS_DATE;
	default:
		return AS_TEXT;
	}
}

enum transformed transform_apply(const struct field_rule *r,
				 const struct json *v, struct arena *a,
				 struct str *out)
{
	if (!v || json_type(v) == JSON_NULL)
		return TRANSFORM_NULL;
	return transforms[r->as].apply(r, v, a, out);
}

#include "csv_part.h"

#include "base/assert.h"
#include "source.h"
#include "template.h"

static const struct load_name encodings[] = {
	[RECORD_UTF8] = { "utf-8" },
	[RECORD_WINDOWS_1252] = { "windows-1252" },
	[RECORD_LATIN1] = { "latin-1" },
	[RECORD_UTF16] = { "utf-16" },
};

static const struct load_words encoding_words = LOAD_WORDS(encodings);

/* In a setting, where a tab cannot be typed. */
struct delimiter_row {
	const char *name;
	char delimiter;
};

static const struct delimiter_row delimiters[] = {
	{ "auto", '\0' }, { "comma", ',' }, { "semicolon", ';' },
	{ "tab", '\t' },  { "pipe", '|' },
};

static bool find_delimiter(struct str text, char *out)
{
	for (size_t i = 0; i < ARRAY_LEN(delimiters); i++) {
		if (!str_is(text, delimiters[i].name))
			continue;
		*out = delimiters[i].delimiter;
		return true;
	}
	*out = text.len == 1 ? text.ptr[0] : '\0';
	return text.len == 1;
}

/* One character, its name, or "{setting}". */
int load_csv_delimiter(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct csv_part *c = out;
	int set = load_setting_text(l, v, &c->delimiter_by);

	(void)arg;
	if (set)
		return set < 0 ? -1 : 0;
	if (!find_delimiter(json_string(v), &c->delimiter))
		return load_fail(l, "is neither one character nor auto, comma, "
				    "semicolon, tab or pipe");
	return 0;
}

int load_csv_encoding(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct csv_part *c = out;
	int set = load_setting_text(l, v, &c->encoding_by);

	(void)arg;
	if (set)
		return set < 0 ? -1 : 0;
	return load_word(l, v, &c->encoding, &encoding_words);
}

static struct str value_of(const struct manifest *m,
			   const struct fetch_context *ctx, const char *name)
{
	struct str value;

	if (find_setting(m, ctx, str_of(name), &value, NULL) < 0)
		return str_none();
	return value;
}

int csv_shape(const struct csv_part *c, const struct manifest *m,
	      const struct fetch_context *ctx, struct record_shape *out,
	      struct err *err)
{
	unsigned encoding = c->encoding;
	struct str value;

	out->delimiter = c->delimiter;
	if (c->delimiter_by)
		(void)find_delimiter(value_of(m, ctx, c->delimiter_by),
				     &out->delimiter);
	if (c->encoding_by) {
		value = value_of(m, ctx, c->encoding_by);
		if (value.len && !words_find(&encoding_words, value, &encoding))
			return err_set(err, ERR_CONFIG,
				       "the setting '%s' is no encoding: "
				       "utf-8, windows-1252, latin-1 or "
				       "utf-16",
				       c->encoding_by);
	}
	out->encoding = (enum record_encoding)encoding;
	return 0;
}

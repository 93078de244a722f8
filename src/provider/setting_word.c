#include "setting_word.h"

#include "source_kind.h"
#include "template.h"

struct str setting_name(const struct json *v)
{
	struct str text = json_string(v);

	if (text.len < 3 || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
		return str_none();
	return (struct str){ text.ptr + 1, text.len - 2 };
}

int load_setting_of(struct loader *l, struct str name, enum setting_kind kind,
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

int load_word_by(struct loader *l, const struct json *v,
		 const struct load_words *words, unsigned *out, const char **by)
{
	struct str name = setting_name(v);
	const struct setting_field *f;

	if (!name.ptr)
		return load_word(l, v, out, words);
	if (load_setting_of(l, name, SETTING_CHOICE, &f) < 0)
		return -1;
	for (size_t i = 0; i < f->choice_count; i++)
		if (!words_find(words, str_of(f->choices[i]), out))
			return load_unknown(l, "choice", words,
					    str_of(f->choices[i]));
	(void)words_find(words, str_of(f->fallback), out);
	*by = f->name;
	return 0;
}

unsigned word_by(const struct surroundings *around, const char *by,
		 const struct load_words *words, unsigned usual)
{
	unsigned row = usual;

	if (by)
		(void)words_find(words, setting_text(around, by), &row);
	return row;
}

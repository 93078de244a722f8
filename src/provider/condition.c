#include "condition.h"

#include "base/assert.h"
#include "dates.h"
#include "setting_word.h"
#include "transform.h"

#define CONDITIONS_MAX 4
#define WORDS_MAX      64

enum date_is { DATE_FUTURE, DATE_REACHED, DATE_PAST };

static const struct load_name date_rows[] = {
	[DATE_FUTURE] = { "future" },
	[DATE_REACHED] = { "reached" },
	[DATE_PAST] = { "past" },
};

static const struct load_words date_is_words = LOAD_WORDS(date_rows);

/* Exactly one of the tests is named. */
struct condition_test {
	const char *name;
	bool (*holds)(const struct condition *c, const struct found *f,
		      const struct surroundings *around);
};

static bool test_in(const struct condition *c, const struct found *f,
		    const struct surroundings *around)
{
	const struct str *words = c->in.items;
	char normal[WORD_MAX_BYTES];
	struct str word;

	(void)around;
	if (!word_normal(found_word(f), normal, &word))
		return false;
	for (size_t i = 0; i < c->in.count; i++)
		if (str_eq(word, words[i]))
			return true;
	return false;
}

static bool test_has(const struct condition *c, const struct found *f,
		     const struct surroundings *around)
{
	char normal[WORD_MAX_BYTES];
	struct str rest, word;

	(void)around;
	if (!word_normal(found_code(f), normal, &rest))
		return false;
	while (rest.len) {
		(void)str_cut(&rest, ' ', &word);
		if (str_eq(word, c->has))
			return true;
	}
	return false;
}

#define SEARCHED_MAX 1024 /* bytes of a text, from its beginning */

/* For messages of an HRIS, where nothing else tells one fault from another. */
static bool test_contains(const struct condition *c, const struct found *f,
			  const struct surroundings *around)
{
	const struct str *texts = c->contains.items;
	struct str in = found_code(f);
	char low[SEARCHED_MAX];

	(void)around;
	if (in.len > SEARCHED_MAX)
		in.len = SEARCHED_MAX;
	for (size_t i = 0; i < in.len; i++)
		low[i] = str_lower(in.ptr[i]);
	for (size_t i = 0; i < c->contains.count; i++)
		if (in.len && memmem(low, in.len, texts[i].ptr, texts[i].len))
			return true;
	return false;
}

static bool test_date(const struct condition *c, const struct found *f,
		      const struct surroundings *around)
{
	unsigned format =
		word_by(around, c->format_by, &date_words, c->date_format);
	int64_t day;

	if (date_read(format, found_code(f), &day) != DATE_DAY)
		return false;
	if (c->date_is == DATE_PAST)
		return day < around->today;
	return (c->date_is == DATE_FUTURE) == (day > around->today);
}

/* XML and CSV have no booleans, and some JSON does as if it had none. */
struct truth_word {
	const char *word;
	bool is;
};

static const struct truth_word truths[] = {
	{ "true", true },   { "1", true },  { "yes", true }, { "y", true },
	{ "false", false }, { "0", false }, { "no", false }, { "n", false },
};

static bool test_is(const struct condition *c, const struct found *f,
		    const struct surroundings *around)
{
	char normal[WORD_MAX_BYTES];
	struct str word;

	(void)around;
	if (!word_normal(found_word(f), normal, &word))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(truths); i++)
		if (str_is(word, truths[i].word))
			return truths[i].is == c->is;
	return false;
}

/* A list without elements, and a date that means none, are nothing. */
static bool is_there(const struct found *f)
{
	int64_t day;

	if (json_is(f->value, JSON_ARRAY) || json_is(f->value, JSON_OBJECT))
		return json_first(f->value) != NULL;
	if (json_is(f->value, JSON_STRING) &&
	    date_read(0, json_string(f->value), &day) == DATE_NONE)
		return false;
	return f->text.len || says_something(f->value);
}

static bool test_there(const struct condition *c, const struct found *f,
		       const struct surroundings *around)
{
	(void)around;
	return is_there(f) == c->there;
}

static const struct condition_test tests[] = {
	{ "in", test_in },
	{ "has", test_has },
	{ "contains", test_contains },
	{ "date", test_date },
	{ "is", test_is },
	{ "there", test_there },
};

static int load_normal_text(struct loader *l, const struct json *v, void *out,
			    const void *arg)
{
	struct str text;

	(void)arg;
	if (load_text(l, v, &text, NULL) < 0)
		return -1;
	return load_normal(l, text, out);
}

static const struct load_items normal_texts = {
	.load = load_normal_text,
	.size = sizeof(struct str),
	.max = WORDS_MAX,
	.one = true,
};

static int load_low_text(struct loader *l, const struct json *v, void *out,
			 const void *arg)
{
	struct str text;
	char *low;

	if (load_text(l, v, &text, arg) < 0)
		return -1;
	low = load_alloc(l, text.len, 1);
	if (!low)
		return -1;
	for (size_t i = 0; i < text.len; i++)
		low[i] = str_lower(text.ptr[i]);
	*(struct str *)out = (struct str){ low, text.len };
	return 0;
}

static const struct load_items low_texts = {
	.load = load_low_text,
	.size = sizeof(struct str),
	.max = WORDS_MAX,
	.one = true,
};

#define AT(member) offsetof(struct condition, member)

/* out: struct condition */
static int load_format(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct condition *c = out;

	return load_word_by(l, v, arg, &c->date_format, &c->format_by);
}

static const struct load_key condition_keys[] = {
	{ "at", load_list, AT(at), &load_sources, true },
	{ "in", load_list, AT(in), &normal_texts, false },
	{ "has", load_normal_text, AT(has), NULL, false },
	{ "contains", load_list, AT(contains), &low_texts, false },
	{ "date", load_word, AT(date_is), &date_is_words, false },
	{ "format", load_format, 0, &date_words, false },
	{ "is", load_bool, AT(is), NULL, false },
	{ "there", load_bool, AT(there), NULL, false },
};

static int load_condition(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	struct condition *c = out;
	size_t named = 0;

	(void)arg;
	if (load_object(l, v, condition_keys, ARRAY_LEN(condition_keys), c) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		if (!json_get(v, tests[i].name))
			continue;
		c->test = &tests[i];
		named++;
	}
	if (named != 1)
		return load_fail(l, "needs exactly one of in, has, contains, "
				    "date, is, there");
	if (json_get(v, "format") && !json_get(v, "date"))
		return load_fail(l, "'format' is for 'date'");
	return 0;
}

const struct load_items load_conditions = {
	.load = load_condition,
	.size = sizeof(struct condition),
	.max = CONDITIONS_MAX,
	.one = true,
};

bool conditions_hold(const struct list *conditions, const struct json *record,
		     const struct surroundings *around)
{
	const struct condition *c = conditions->items;

	for (size_t i = 0; i < conditions->count; i++, c++) {
		struct found f = sources_find(&c->at, record, around);

		if (!c->test->holds(c, &f, around))
			return false;
	}
	return true;
}

#include "status.h"

#include "base/assert.h"
#include "source.h"
#include "transform.h"

#define RULES_MAX      16
#define CONDITIONS_MAX 4
#define WORDS_MAX      64

/* The statuses that a manifest may name. */
struct status_row {
	const char *name;
	enum person_status status;
};

static const struct status_row statuses[] = {
	{ "upcoming", PERSON_UPCOMING },
	{ "active", PERSON_ACTIVE },
	{ "on_leave", PERSON_ON_LEAVE },
	{ "departed", PERSON_DEPARTED },
};

static const struct load_words status_words = LOAD_WORDS(statuses);

struct status_word {
	struct str word; /* normal */
	unsigned status; /* row of statuses */
};

enum date_is { DATE_FUTURE, DATE_REACHED };

struct date_row {
	const char *name;
	enum date_is is;
};

static const struct date_row date_rows[] = {
	{ "future", DATE_FUTURE },
	{ "reached", DATE_REACHED },
};

static const struct load_words date_is_words = LOAD_WORDS(date_rows);

struct status_condition;
typedef bool test_fn(const struct status_condition *c, const struct json *v,
		     int64_t today);

/* Exactly one of the tests is named. */
struct status_condition {
	struct list at;	  /* struct source */
	struct list in;	  /* struct str, normal: is one of these */
	struct str has;	  /* normal: holds this word */
	unsigned date_is; /* row of date_rows */
	bool is;
	test_fn *test;
};

struct status_rule {
	struct list when; /* struct status_condition; all must hold */
	unsigned then;	  /* row of statuses */
};

static bool test_in(const struct status_condition *c, const struct json *v,
		    int64_t today)
{
	const struct str *words = c->in.items;
	char normal[WORD_MAX_BYTES];
	struct str word;

	(void)today;
	if (!word_normal(json_text(v), normal, &word))
		return false;
	for (size_t i = 0; i < c->in.count; i++)
		if (str_eq(word, words[i]))
			return true;
	return false;
}

static bool test_has(const struct status_condition *c, const struct json *v,
		     int64_t today)
{
	char normal[WORD_MAX_BYTES];
	struct str rest, word;

	(void)today;
	if (!word_normal(json_text(v), normal, &rest))
		return false;
	while (rest.len) {
		(void)str_cut(&rest, ' ', &word);
		if (str_eq(word, c->has))
			return true;
	}
	return false;
}

static bool test_date(const struct status_condition *c, const struct json *v,
		      int64_t today)
{
	int64_t day;

	if (!date_read(0, str_trim(json_string(v)), &day))
		return false;
	return (date_rows[c->date_is].is == DATE_FUTURE) == (day > today);
}

static bool test_is(const struct status_condition *c, const struct json *v,
		    int64_t today)
{
	(void)today;
	return json_is(v, JSON_BOOL) && json_true(v) == c->is;
}

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

static const struct load_key condition_keys[] = {
	{ "at", load_list, offsetof(struct status_condition, at), &load_sources,
	  true },
	{ "in", load_list, offsetof(struct status_condition, in), &normal_texts,
	  false },
	{ "has", load_normal_text, offsetof(struct status_condition, has), NULL,
	  false },
	{ "date", load_word, offsetof(struct status_condition, date_is),
	  &date_is_words, false },
	{ "is", load_bool, offsetof(struct status_condition, is), NULL, false },
};

struct test_row {
	const char *name;
	test_fn *test;
};

static const struct test_row tests[] = {
	{ "in", test_in },
	{ "has", test_has },
	{ "date", test_date },
	{ "is", test_is },
};

static int load_condition(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	struct status_condition *c = out;
	size_t named = 0;

	(void)arg;
	if (load_object(l, v, condition_keys, ARRAY_LEN(condition_keys), c) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		if (!json_get(v, tests[i].name))
			continue;
		c->test = tests[i].test;
		named++;
	}
	if (named != 1)
		return load_fail(l, "needs exactly one of in, has, date, is");
	return 0;
}

static const struct load_items conditions = {
	.load = load_condition,
	.size = sizeof(struct status_condition),
	.max = CONDITIONS_MAX,
	.one = true,
};

static const struct load_key rule_keys[] = {
	{ "when", load_list, offsetof(struct status_rule, when), &conditions,
	  true },
	{ "then", load_word, offsetof(struct status_rule, then), &status_words,
	  true },
};

static const struct load_table rule_table = LOAD_TABLE(rule_keys);

static const struct load_items rules = {
	.load = load_nested,
	.size = sizeof(struct status_rule),
	.max = RULES_MAX,
	.arg = &rule_table,
};

static int load_status_word(struct loader *l, const struct json *v, void *out,
			    const void *arg)
{
	struct status_word *w = out;

	if (load_normal(l, json_key(v), &w->word) < 0)
		return -1;
	return load_word(l, v, &w->status, arg);
}

static const struct load_items words = {
	.load = load_status_word,
	.size = sizeof(struct status_word),
	.max = WORDS_MAX,
	.arg = &status_words,
	.members = true,
};

static const struct load_key status_keys[] = {
	{ "word", load_list, offsetof(struct status_map, word), &load_sources,
	  true },
	{ "words", load_list, offsetof(struct status_map, words), &words,
	  false },
	{ "rules", load_list, offsetof(struct status_map, rules), &rules,
	  false },
	{ "required", load_bool, offsetof(struct status_map, required), NULL,
	  false },
};

const struct load_table load_status = LOAD_TABLE(status_keys);

static bool rule_holds(const struct status_rule *r, const struct json *record,
		       int64_t today)
{
	const struct status_condition *c = r->when.items;

	for (size_t i = 0; i < r->when.count; i++, c++) {
		struct found f = sources_find(&c->at, record);

		if (!c->test(c, f.value, today))
			return false;
	}
	return true;
}

static bool apply_rules(const struct status_map *m, const struct json *record,
			int64_t today, struct person *out)
{
	const struct status_rule *r = m->rules.items;

	for (size_t i = 0; i < m->rules.count; i++, r++) {
		if (!rule_holds(r, record, today))
			continue;
		out->status = statuses[r->then].status;
		return true;
	}
	return false;
}

static bool apply_words(const struct status_map *m, struct str text,
			struct person *out)
{
	const struct status_word *w = m->words.items;
	char normal[WORD_MAX_BYTES];
	struct str word;

	if (!word_normal(text, normal, &word))
		return false;
	for (size_t i = 0; i < m->words.count; i++, w++) {
		if (!str_eq(word, w->word))
			continue;
		out->status = statuses[w->status].status;
		return true;
	}
	return false;
}

bool status_apply(const struct status_map *m, const struct json *record,
		  int64_t today, struct person *out)
{
	struct found f;
	struct str text;

	out->status = PERSON_STATUS_ABSENT;
	if (apply_rules(m, record, today, out))
		return true;
	f = sources_find(&m->word, record);
	if (!f.value || json_type(f.value) == JSON_NULL)
		return !m->required;
	text = found_code(&f);
	if (apply_words(m, text, out))
		return true;
	if (!text.len || text.len > PERSON_FIELD_MAX_BYTES)
		return json_is(f.value, JSON_STRING) && !text.len &&
		       !m->required;
	out->status = PERSON_STATUS_UNKNOWN;
	out->status_word = text;
	return true;
}

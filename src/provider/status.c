#include "status.h"

#include "base/assert.h"
#include "condition.h"
#include "person_map.h"
#include "transform.h"
#include "when.h"

#define RULES_MAX 16
#define WORDS_MAX 64

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

struct status_rule {
	struct when settings; /* it counts only with these */
	struct list when;     /* struct condition; all must hold */
	unsigned then;	      /* row of statuses */
};

static const struct load_key rule_keys[] = {
	{ "settings", load_when, offsetof(struct status_rule, settings), NULL,
	  false },
	{ "when", load_list, offsetof(struct status_rule, when),
	  &load_conditions, true },
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

static int load_fallback(struct loader *l, const struct json *v, void *out,
			 const void *arg)
{
	struct status_map *m = out;

	m->has_fallback = true;
	return load_word(l, v, &m->fallback, arg);
}

#define AT(member) offsetof(struct status_map, member)

static const struct load_key status_keys[] = {
	{ "word", load_list, AT(word), &load_sources, false },
	{ "words", load_list, AT(words), &words, false },
	{ "rules", load_list, AT(rules), &rules, false },
	{ "default", load_fallback, 0, &status_words, false },
	{ "required", load_bool, AT(required), NULL, false },
};

int load_status(struct loader *l, const struct json *v, void *out,
		const void *arg)
{
	struct status_map *m = out;

	(void)arg;
	if (load_object(l, v, status_keys, ARRAY_LEN(status_keys), m) < 0)
		return -1;
	if (!m->word.count && !m->rules.count)
		return load_fail(l, "needs 'word' or 'rules'");
	if (m->words.count && !m->word.count)
		return load_fail(l, "'words' are of a 'word'");
	return 0;
}

/* Of a mapping: the manifest's stays where it says nothing. */
static const struct load_key own_keys[] = {
	{ "word", load_list, AT(word), &load_sources, false },
	{ "words", load_list, AT(words), &words, false },
	{ "rules", load_list, AT(rules), &rules, false },
	{ "default", load_fallback, 0, &status_words, false },
};

const struct load_table load_own_status = LOAD_TABLE(own_keys);

static bool apply_rules(const struct status_map *m, const struct json *record,
			const struct surroundings *around, struct person *out)
{
	const struct fetch_context ctx = { .settings = around->settings };
	const struct status_rule *r = m->rules.items;

	for (size_t i = 0; i < m->rules.count; i++, r++) {
		if (!when_holds(&r->settings, around->m, &ctx) ||
		    !conditions_hold(&r->when, record, around))
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

/* Nothing stands where the word should. */
static bool apply_nothing(const struct status_map *m,
			  const struct status_map *own, struct person *out)
{
	const struct status_map *says = own && own->has_fallback ? own : m;

	if (says->has_fallback)
		out->status = statuses[says->fallback].status;
	return says->has_fallback || !m->required;
}

bool status_apply(const struct status_map *m, const struct json *record,
		  const struct surroundings *around, struct person *out)
{
	const struct status_map *own =
		around->mapping ? &around->mapping->status : NULL;
	struct found f = sources_find(
		own && own->word.count ? &own->word : &m->word, record, around);
	struct str text = found_word(&f);

	out->status = PERSON_STATUS_ABSENT;
	if (own && (apply_rules(own, record, around, out) ||
		    apply_words(own, text, out)))
		return true;
	if (apply_rules(m, record, around, out) || apply_words(m, text, out))
		return true;
	if (!f.text.len && !says_something(f.value))
		return apply_nothing(m, own, out);
	if (!text.len || text.len > PERSON_FIELD_MAX_BYTES)
		return false;
	out->status = PERSON_STATUS_UNKNOWN;
	out->status_word = text;
	return true;
}

static bool rules_places(const struct list *rules_of, size_t *i,
			 struct list *out)
{
	const struct status_rule *r = rules_of->items;

	for (size_t n = 0; n < rules_of->count; n++) {
		const struct condition *c = r[n].when.items;

		if (*i < r[n].when.count) {
			*out = c[*i].at;
			return true;
		}
		*i -= r[n].when.count;
	}
	return false;
}

bool status_places(const struct status_map *m, size_t i, struct list *out)
{
	if (i == 0) {
		*out = m->word;
		return true;
	}
	i--;
	return rules_places(&m->rules, &i, out);
}

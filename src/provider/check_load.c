/* The words of "test". */
#include "base/assert.h"
#include "check_part.h"
#include "condition.h"
#include "fields.h"
#include "provider/check.h"

#define CHECKS_MAX   8
#define REMEDIES_MAX 12
#define EXPECT_MAX   (CHECK_MAX_VERDICTS - 1)
#define OTHER	     "other"

static const struct load_name levels[] = {
	[CHECK_FAIL] = { "fail" },
	[CHECK_WARN] = { "warn" },
};

static const struct load_words level_words = LOAD_WORDS(levels);

static const struct load_name check_names[] = { { "today" }, { "now" } };
static const struct template_place check_place = {
	.offers = LOAD_WORDS(check_names),
};

/* {"401": "…", "other": "…"} */
static int load_remedy(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct check_remedy *r = out;
	struct str key = json_key(v);
	uint64_t status = 0;

	if (!str_is(key, OTHER) &&
	    (!str_to_u64(key, &status) || status < 300 || status > 599))
		return load_fail(l, "is neither a status from 300 to 599 nor "
				    "'" OTHER "'");
	r->status = (int)status;
	return load_z(l, v, &r->text, arg);
}

static const struct load_items remedies = {
	.load = load_remedy,
	.size = sizeof(struct check_remedy),
	.max = REMEDIES_MAX,
	.members = true,
};

#define EXPECT(member) offsetof(struct expectation, member)

static const struct load_range least_range = { 1, 1000 };

static const struct load_key expect_keys[] = {
	{ "name", load_name, EXPECT(name), NULL, true },
	{ "title", load_z, EXPECT(title), NULL, true },
	{ "that", load_list, EXPECT(that), &load_conditions, false },
	{ "least", load_int, EXPECT(least), &least_range, false },
	{ "level", load_word, EXPECT(level), &level_words, false },
	{ "remedy", load_z, EXPECT(remedy), NULL, true },
};

static int load_expectation(struct loader *l, const struct json *v, void *out,
			    const void *arg)
{
	struct expectation *e = out;

	(void)arg;
	e->least = 1;
	return load_object(l, v, expect_keys, ARRAY_LEN(expect_keys), e);
}

static const struct load_items expectations = {
	.load = load_expectation,
	.size = sizeof(struct expectation),
	.max = EXPECT_MAX,
	.one = true,
};

/* Read by the record reader, which says at a call what it does not like. */
static int load_items_place(struct loader *l, const struct json *v, void *out,
			    const void *arg)
{
	struct str text = arena_dup(l->arena, json_string(v));

	(void)arg;
	if (!json_is(v, JSON_STRING) || (text.len && text.ptr[0] != '/'))
		return load_fail(l, "is not a pointer");
	if (!text.ptr)
		return load_fail(l, "the manifest needs too much memory");
	*(struct str *)out = text;
	return 0;
}

#define AT(member) offsetof(struct check_part, member)

static int load_check_call(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	(void)arg;
	return load_call(l, v, out, &check_place);
}

static const struct load_key check_keys[] = {
	{ "name", load_name, AT(name), NULL, true },
	{ "title", load_z, AT(title), NULL, true },
	{ "when", load_when, AT(when), NULL, false },
	{ "call", load_check_call, AT(call), NULL, true },
	{ "items", load_items_place, AT(items), NULL, false },
	{ "level", load_word, AT(level), &level_words, false },
	{ "remedies", load_list, AT(remedies), &remedies, false },
	{ "expect", load_list, AT(expect), &expectations, false },
};

static int load_check(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct check_part *c = out;

	(void)arg;
	if (load_object(l, v, check_keys, ARRAY_LEN(check_keys), c) < 0)
		return -1;
	if (c->call.format == CALL_FORMAT_NONE && c->expect.count)
		return load_fail(l, "'expect' needs an answer that is looked "
				    "at");
	if (c->call.format == CALL_FORMAT_XML && c->expect.count &&
	    !c->items.len)
		return load_fail(l, "'expect' needs 'items' in XML");
	return 0;
}

const struct load_items load_checks = {
	.load = load_check,
	.size = sizeof(struct check_part),
	.max = CHECKS_MAX,
};

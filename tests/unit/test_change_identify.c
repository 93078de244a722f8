/* R3: the id of a change is a function of its content, and of nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "change/change.h"
#include "change/digest.h"

static struct change sample(void)
{
	struct change c = {
		.kind = CHANGE_STATE,
		.source = CHANGE_WEBHOOK,
		.organization = STR("o"),
		.connection = STR("c"),
		.version = -5,
		.observed_ms = 10,
		.person = { .pid = STR("42"), .status = PERSON_ACTIVE },
	};

	c.person.fields[PERSON_FIRST_NAME] =
		(struct field){ FIELD_VALUE, STR("Sam") };
	c.person.fields[PERSON_EMAIL] = (struct field){ FIELD_NULL, { 0 } };
	return c;
}

/* What docs/schema/change-event.json promises, spelt out by hand. */
static void test_id_is_the_published_hash(void **state)
{
	const struct str spelling =
		STR("14:hrisd-change-1,1:o,1:c,2:42,5:state,6:active,0:,2:-5,"
		    "1:0,10:first_name,3:Sam,5:email,0:,");
	struct change c = sample();
	char want[DIGEST_TEXT_SIZE];

	(void)state;
	digest_text(&spelling, 1, want);
	change_identify(&c);
	assert_string_equal(c.id, want);
}

static void test_digest_is_sha256(void **state)
{
	const struct str parts[] = { STR("a"), STR(""), STR("bc") };
	char text[DIGEST_TEXT_SIZE];

	(void)state;
	digest_text(parts, ARRAY_LEN(parts), text); /* FIPS 180, "abc" */
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223");
}

static void test_how_it_was_learnt_is_not_content(void **state)
{
	struct change a = sample();
	struct change b = sample();

	(void)state;
	b.observed_ms = 99;
	b.source = CHANGE_RUN;
	change_identify(&a);
	change_identify(&b);
	assert_string_equal(a.id, b.id);
}

static void set_organization(struct change *c)
{
	c->organization = STR("p");
}

static void set_connection(struct change *c)
{
	c->connection = STR("d");
}

static void set_pid(struct change *c)
{
	c->person.pid = STR("43");
}

static void set_gone(struct change *c)
{
	c->kind = CHANGE_GONE;
}

static void set_absent_in_a_run(struct change *c)
{
	c->kind = CHANGE_ABSENT;
	c->run = STR("r1");
}

static void set_absent_in_another(struct change *c)
{
	c->kind = CHANGE_ABSENT;
	c->run = STR("r2");
}

static void set_status(struct change *c)
{
	c->person.status = PERSON_DEPARTED;
}

static void set_word(struct change *c)
{
	c->person.status_word = STR("x");
}

static void set_version(struct change *c)
{
	c->version = 5;
}

static void set_effective(struct change *c)
{
	c->effective_ms = 1;
}

static void set_value(struct change *c)
{
	c->person.fields[PERSON_FIRST_NAME].value = STR("Sa");
}

static void set_null(struct change *c)
{
	c->person.fields[PERSON_FIRST_NAME].state = FIELD_NULL;
}

static void set_absent(struct change *c)
{
	c->person.fields[PERSON_EMAIL].state = FIELD_ABSENT;
}

static void set_other_field(struct change *c)
{
	c->person.fields[PERSON_LAST_NAME] =
		c->person.fields[PERSON_FIRST_NAME];
	c->person.fields[PERSON_FIRST_NAME].state = FIELD_ABSENT;
}

/* Organization and connection must not run into each other. */
static void set_border(struct change *c)
{
	c->organization = STR("oc");
	c->connection = STR("");
}

static void test_any_other_content_has_another_id(void **state)
{
	static void (*const edits[])(struct change *) = {
		set_organization, set_connection,      set_pid,
		set_gone,	  set_status,	       set_word,
		set_version,	  set_effective,       set_value,
		set_null,	  set_absent,	       set_border,
		set_other_field,  set_absent_in_a_run, set_absent_in_another,
	};
	char ids[ARRAY_LEN(edits) + 1][CHANGE_ID_SIZE];

	(void)state;
	for (size_t i = 0; i <= ARRAY_LEN(edits); i++) {
		struct change c = sample();

		if (i < ARRAY_LEN(edits))
			edits[i](&c);
		change_identify(&c);
		memcpy(ids[i], c.id, sizeof(ids[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
}

/* What a run compares to tell who changed. */
static void test_a_persons_digest_is_of_the_state_alone(void **state)
{
	static const struct {
		void (*edit)(struct change *);
		bool same;
	} rows[] = {
		{ set_pid, false },	    { set_status, false },
		{ set_word, false },	    { set_value, false },
		{ set_null, false },	    { set_absent, false },
		{ set_other_field, false }, { set_organization, true },
		{ set_version, true },	    { set_effective, true },
	};
	const struct change was = sample();
	char before[PERSON_DIGEST_SIZE], after[PERSON_DIGEST_SIZE];

	(void)state;
	person_digest(&was.person, before);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct change c = sample();

		rows[i].edit(&c);
		person_digest(&c.person, after);
		assert_int_equal(!memcmp(before, after, sizeof(before)),
				 rows[i].same);
	}
}

static void test_the_longest_content_has_an_id(void **state)
{
	static char long_text[PERSON_FIELD_MAX_BYTES];
	const struct str text = { long_text, sizeof(long_text) };
	struct change c = { .organization = { long_text, CHANGE_NAME_MAX },
			    .connection = { long_text, CHANGE_NAME_MAX },
			    .version = INT64_MIN,
			    .effective_ms = INT64_MAX };

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	c.person.pid = (struct str){ long_text, PERSON_ID_MAX_BYTES };
	c.person.status = PERSON_STATUS_UNKNOWN;
	c.person.status_word = text;
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++)
		c.person.fields[i] = (struct field){ FIELD_VALUE, text };
	change_identify(&c);
	assert_int_equal(strlen(c.id), CHANGE_ID_SIZE - 1);
}

static void test_names_are_found_again(void **state)
{
	enum person_field f;
	enum person_status s;

	(void)state;
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const char *name = person_field_name((enum person_field)i);

		assert_true(person_field_find(str_of(name), &f));
		assert_int_equal(f, i);
	}
	for (unsigned i = 1; i < PERSON_STATUS_COUNT; i++) {
		const char *name = person_status_name((enum person_status)i);

		assert_true(person_status_find(str_of(name), &s));
		assert_int_equal(s, i);
	}
	assert_false(person_field_find(STR("id"), &f));
	assert_false(person_status_find(STR(""), &s));
	assert_false(person_status_find(STR("Active"), &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id_is_the_published_hash),
		cmocka_unit_test(test_digest_is_sha256),
		cmocka_unit_test(test_how_it_was_learnt_is_not_content),
		cmocka_unit_test(test_any_other_content_has_another_id),
		cmocka_unit_test(test_a_persons_digest_is_of_the_state_alone),
		cmocka_unit_test(test_the_longest_content_has_an_id),
		cmocka_unit_test(test_names_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

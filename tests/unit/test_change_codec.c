/* The entries of the streams: what is written is read back, and the reader
 * refuses what it would misread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "change/change.h"

#define HEAD                                                         \
	"{\"format\":1,\"id\":\"0123456789abcdef0123456789abcdef\"," \
	"\"kind\":\"state\",\"source\":\"webhook\","                 \
	"\"organization\":\"o1\",\"connection\":\"c1\","
#define TIMES "\"version\":7,\"observed_ms\":8,"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct change full_change(void)
{
	struct change c = {
		.kind = CHANGE_STATE,
		.source = CHANGE_LOOKUP,
		.organization = STR("org1"),
		.connection = STR("conn1"),
		.version = 1789000000123,
		.observed_ms = 1789000000456,
		.effective_ms = 1790000000000,
		.person = { .pid = STR("3332883894011691100"),
			    .status = PERSON_ON_LEAVE },
	};

	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const char *text = person_field_name((enum person_field)i);

		if (person_field_is_date((enum person_field)i))
			text = "2026-02-28";
		c.person.fields[i] =
			(struct field){ FIELD_VALUE, str_of(text) };
	}
	c.person.fields[PERSON_LOCATION] = (struct field){ FIELD_NULL, { 0 } };
	c.person.fields[PERSON_MANAGER_ID].state = FIELD_ABSENT;
	c.person.fields[PERSON_LAST_NAME].value =
		STR("O\"Nei\\ll \xc3\xa9\n\xf0\x9f\x98\x80");
	change_identify(&c);
	return c;
}

static struct change decode_back(const struct change *c)
{
	struct buf out;
	struct change back;
	struct err err = { 0 };

	buf_init(&out, 1 << 16);
	change_encode(c, &out);
	assert_false(out.failed);
	if (change_decode(&back, &arena, buf_str(&out), &err) < 0)
		fail_msg("%s in %s", err.text, buf_z(&out));
	buf_release(&out);
	return back;
}

static void same_str(struct str a, struct str b)
{
	if (!str_eq(a, b))
		fail_msg("'%.*s' is not '%.*s'", STR_ARG(a), STR_ARG(b));
}

static void same_person(const struct person *a, const struct person *b)
{
	same_str(a->pid, b->pid);
	assert_int_equal(a->status, b->status);
	same_str(a->status_word, b->status_word);
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++) {
		assert_int_equal(a->fields[i].state, b->fields[i].state);
		if (a->fields[i].state == FIELD_VALUE)
			same_str(a->fields[i].value, b->fields[i].value);
	}
}

static void test_change_is_read_back_as_written(void **state)
{
	struct change c = full_change();
	struct change back = decode_back(&c);

	(void)state;
	assert_string_equal(back.id, c.id);
	assert_int_equal(back.kind, c.kind);
	assert_int_equal(back.source, c.source);
	same_str(back.organization, c.organization);
	same_str(back.connection, c.connection);
	assert_true(back.version == c.version);
	assert_true(back.observed_ms == c.observed_ms);
	assert_true(back.effective_ms == c.effective_ms);
	same_person(&back.person, &c.person);
}

static void test_gone_carries_no_status(void **state)
{
	struct change c = full_change();
	struct change back;

	(void)state;
	c.kind = CHANGE_GONE;
	c.effective_ms = 0;
	c.person = (struct person){ .pid = STR("1") };
	back = decode_back(&c);
	assert_int_equal(back.kind, CHANGE_GONE);
	assert_true(back.effective_ms == 0);
	same_person(&back.person, &c.person);
}

static void test_absent_carries_its_run(void **state)
{
	struct change c = full_change();
	struct change back;

	(void)state;
	c.kind = CHANGE_ABSENT;
	c.run = STR("01k5a");
	c.person = (struct person){ .pid = STR("1") };
	back = decode_back(&c);
	assert_int_equal(back.kind, CHANGE_ABSENT);
	same_str(back.run, c.run);
	assert_true(back.observed_ms == c.observed_ms);
	same_person(&back.person, &c.person);
}

static void test_unknown_status_keeps_its_word(void **state)
{
	struct change c = full_change();
	struct change back;

	(void)state;
	c.person.status = PERSON_STATUS_UNKNOWN;
	c.person.status_word = STR("Sabbatical");
	back = decode_back(&c);
	same_person(&back.person, &c.person);
}

static void test_lookup_is_read_back_as_written(void **state)
{
	const struct lookup l = {
		.organization = STR("org1"),
		.connection = STR("conn1"),
		.pid = STR("42"),
		.reason = STR("employee.deleted"),
		.deletion = true,
		.urgent = true,
		.received_ms = 1789000000456,
	};
	struct lookup back;
	struct buf out;
	struct err err = { 0 };

	(void)state;
	buf_init(&out, 4096);
	lookup_encode(&l, &out);
	assert_int_equal(lookup_decode(&back, &arena, buf_str(&out), &err), 0);
	buf_release(&out);
	same_str(back.organization, l.organization);
	same_str(back.connection, l.connection);
	same_str(back.pid, l.pid);
	same_str(back.reason, l.reason);
	assert_true(back.deletion);
	assert_true(back.urgent);
	assert_true(back.received_ms == l.received_ms);
}

static const struct row {
	const char *name;
	const char *text;
	const char *want; /* in the error; NULL: it is accepted */
} rows[] = {
	{ "least", HEAD TIMES "\"person\":{\"id\":\"1\"}}", NULL },
	{ "a newer producer's member",
	  HEAD TIMES "\"new\":[1],\"person\":{\"id\":\"1\",\"shoe\":{}}}",
	  NULL },
	{ "absent from no run",
	  "{\"format\":1,\"id\":\"0123456789abcdef0123456789abcdef\","
	  "\"kind\":\"absent\",\"source\":\"run\","
	  "\"organization\":\"o1\",\"connection\":\"c1\"," TIMES
	  "\"person\":{\"id\":\"1\"}}",
	  "run" },
	{ "not an object", "[]", "not an object" },
	{ "not JSON", "{", "change event: " },
	{ "a format to come", "{\"format\":2}", "format is not 1" },
	{ "format as text", "{\"format\":\"1\"}", "format is not 1" },
	{ "no id", "{\"format\":1}", "id is not" },
	{ "short id", "{\"format\":1,\"id\":\"0123\"}", "32 letters" },
	{ "no times", HEAD "\"person\":{\"id\":\"1\"}}", "version is not" },
	{ "fractional version",
	  HEAD "\"version\":1.5,\"observed_ms\":1,\"person\":{\"id\":\"1\"}}",
	  "version is not" },
	{ "no person", HEAD TIMES "\"x\":0}", "id is not a text" },
	{ "empty pid", HEAD TIMES "\"person\":{\"id\":\"\"}}",
	  "id is not a text" },
	{ "pid as number", HEAD TIMES "\"person\":{\"id\":1}}",
	  "id is not a text" },
	{ "status nobody knows",
	  HEAD TIMES "\"person\":{\"id\":\"1\",\"status\":\"fired\"}}",
	  "status is not known" },
	{ "empty status",
	  HEAD TIMES "\"person\":{\"id\":\"1\",\"status\":\"\"}}",
	  "status is not known" },
	{ "unknown status without its word",
	  HEAD TIMES "\"person\":{\"id\":\"1\",\"status\":\"unknown\"}}",
	  "status_word" },
	{ "empty field", HEAD TIMES "\"person\":{\"id\":\"1\",\"email\":\"\"}}",
	  "email is not a text" },
	{ "field as number",
	  HEAD TIMES "\"person\":{\"id\":\"1\",\"email\":3}}",
	  "email is not a text" },
	{ "no such day",
	  HEAD TIMES "\"person\":{\"id\":\"1\",\"end_date\":\"2026-02-30\"}}",
	  "end_date is not a day" },
};

static void test_decode_refuses_what_it_would_misread(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct change c = { .version = -1 };
		struct err err = { 0 };
		int res = change_decode(&c, &arena, str_of(r->text), &err);

		if (!r->want && res < 0)
			fail_msg("%s: %s", r->name, err.text);
		if (!r->want)
			continue;
		if (res == 0 || !strstr(err.text, r->want))
			fail_msg("%s: %d '%s'", r->name, res, err.text);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_true(c.version == -1); /* untouched */
	}
}

static void test_decode_refuses_unknown_kind_and_source(void **state)
{
	static const char *const texts[] = {
		"{\"format\":1,\"id\":\"0123456789abcdef0123456789abcdef\","
		"\"kind\":\"fired\"}",
		"{\"format\":1,\"id\":\"0123456789abcdef0123456789abcdef\","
		"\"kind\":\"state\",\"source\":\"rumour\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct change c;
		struct err err = { 0 };

		assert_int_equal(
			change_decode(&c, &arena, str_of(texts[i]), &err), -1);
		assert_non_null(strstr(err.text, "is not known"));
	}
}

static void test_lookup_needs_person_and_reason(void **state)
{
	static const char head[] = "{\"format\":1,\"organization\":\"o\","
				   "\"connection\":\"c\"";
	static const char *const tails[] = {
		",\"reason\":\"r\",\"received_ms\":1}",
		",\"person_id\":\"1\",\"received_ms\":1}",
		",\"person_id\":\"1\",\"reason\":\"r\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		char *text = arena_printf(&arena, "%s%s", head, tails[i]);
		struct lookup l;
		struct err err = { 0 };

		assert_int_equal(lookup_decode(&l, &arena, str_of(text), &err),
				 -1);
		assert_int_equal(err.kind, ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change_is_read_back_as_written),
		cmocka_unit_test(test_gone_carries_no_status),
		cmocka_unit_test(test_absent_carries_its_run),
		cmocka_unit_test(test_unknown_status_keeps_its_word),
		cmocka_unit_test(test_lookup_is_read_back_as_written),
		cmocka_unit_test(test_decode_refuses_what_it_would_misread),
		cmocka_unit_test(test_decode_refuses_unknown_kind_and_source),
		cmocka_unit_test(test_lookup_needs_person_and_reason),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

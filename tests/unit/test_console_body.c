#include "check.h"

#include "body.h"
#include "params.h"

struct request {
	struct arena arena;
	struct err err;
};

static int setup(void **state)
{
	static struct request r;

	r = (struct request){ 0 };
	arena_init(&r.arena, 1 << 20);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	arena_release(&((struct request *)*state)->arena);
	return 0;
}

static const struct json *parsed(struct request *r, const char *text)
{
	const struct json *v;

	if (json_parse(&v, &r->arena, str_of(text), NULL, &r->err) < 0)
		fail_msg("%s: %s", text, r->err.text);
	return v;
}

static void test_console_body_has_only_what_it_may(void **state)
{
	static const struct {
		const char *body, *says; /* NULL: it is fine */
	} rows[] = {
		{ "{\"name\":\"a\"}", NULL },
		{ "{\"name\":\"a\",\"settings\":{}}", NULL },
		{ "{}", "name is missing" },
		{ "[]", "must be a JSON object" },
		{ "\"name\"", "must be a JSON object" },
		{ "{\"name\":1}", "name must be a string" },
		{ "{\"name\":null}", "name must be a string" },
		{ "{\"name\":\"a\",\"settings\":[]}",
		  "settings must be an object" },
		{ "{\"name\":\"a\",\"Settings\":{}}",
		  "there is no member 'Settings'" },
		{ "{\"name\":\"a\",\"status\":\"enabled\"}",
		  "there is no member 'status'" },
	};
	struct request *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct json *name, *settings;
		const struct body_field fields[] = {
			{ "name", JSON_STRING, true, &name },
			{ "settings", JSON_OBJECT, false, &settings },
		};
		int result = body_check(parsed(r, rows[i].body), fields,
					ARRAY_LEN(fields), &r->err);

		if (result != (rows[i].says ? -1 : 0))
			fail_msg("%s", rows[i].body);
		if (!rows[i].says)
			continue;
		assert_int_equal(r->err.kind, ERR_INVALID);
		if (!strstr(r->err.text, rows[i].says))
			fail_msg("%s: %s", rows[i].body, r->err.text);
	}
}

static void test_console_body_gives_what_is_there(void **state)
{
	const struct json *name = NULL, *settings = NULL;
	const struct body_field fields[] = {
		{ "name", JSON_STRING, false, &name },
		{ "settings", JSON_OBJECT, false, &settings },
	};
	struct request *r = *state;

	assert_int_equal(body_check(parsed(r, "{\"name\":\"x\"}"), fields,
				    ARRAY_LEN(fields), &r->err),
			 0);
	assert_str(json_string(name), "x");
	assert_null(settings);
	assert_int_equal(body_check(parsed(r, "{\"settings\":{}}"), fields,
				    ARRAY_LEN(fields), &r->err),
			 0);
	assert_null(name); /* nothing is left of the one before */
	assert_non_null(settings);
}

static void test_console_body_names_only_the_start_of_a_long_name(void **state)
{
	struct request *r = *state;
	char text[400] = "{\"";

	memset(text + 2, 'x', 300);
	memcpy(text + 302, "\":1}", 5);
	assert_int_equal(body_check(parsed(r, text), NULL, 0, &r->err), -1);
	assert_true(strlen(r->err.text) < 120);
}

static void test_console_body_type_is_json(void **state)
{
	(void)state;
	assert_true(body_is_json(STR("application/json")));
	assert_true(body_is_json(STR("Application/JSON; charset=utf-8")));
	assert_false(body_is_json((struct str){ 0 }));
	assert_false(body_is_json(STR("text/plain")));
	assert_false(body_is_json(STR("application/json-patch+json")));
	assert_false(body_is_json(STR("text/plain; application/json")));
}

static void test_console_query_has_only_what_it_may(void **state)
{
	static const struct {
		const char *query, *q, *limit, *says;
	} rows[] = {
		{ "", "", "", NULL },
		{ "q=a%20b+c&limit=5", "a b c", "5", NULL },
		{ "limit=5&", "", "5", NULL },
		{ "q=", "", "", NULL },
		{ "q", "", "", NULL },
		{ "q=a=b", "a=b", "", NULL },
		{ "%71=x", "x", "", NULL },
		{ "q=1&q=2", "", "", "'q' is given twice" },
		{ "Q=1", "", "", "no parameter 'Q'" },
		{ "limits=1", "", "", "no parameter 'limits'" },
		{ "q=%zz", "", "", "percent-encoded" },
		{ "q=%4", "", "", "percent-encoded" },
		{ "q=%00", "", "", "percent-encoded" },
	};
	struct request *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str q = { 0 }, limit = { 0 };
		const struct param fields[] = { { "q", &q },
						{ "limit", &limit } };
		int result =
			params_parse(str_of(rows[i].query), fields,
				     ARRAY_LEN(fields), &r->arena, &r->err);

		if (result != (rows[i].says ? -1 : 0))
			fail_msg("%s", rows[i].query);
		if (result == 0) {
			assert_str(q, rows[i].q);
			assert_str(limit, rows[i].limit);
		} else if (!strstr(r->err.text, rows[i].says)) {
			fail_msg("%s: %s", rows[i].query, r->err.text);
		}
	}
}

static void test_console_params_limit_has_bounds(void **state)
{
	static const char *const bad[] = { "",	  "0",	 "201",
					   "-1",  "1.5", "99999999999999999999",
					   "ten", " 5" };
	struct request *r = *state;
	size_t limit = 50;

	assert_int_equal(params_limit((struct str){ 0 }, 200, &limit, &r->err),
			 0);
	assert_int_equal(limit, 50);
	assert_int_equal(params_limit(STR("200"), 200, &limit, &r->err), 0);
	assert_int_equal(limit, 200);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (params_limit(str_of(bad[i]), 200, &limit, &r->err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_non_null(strstr(r->err.text, "1 to 200"));
		assert_int_equal(limit, 200);
	}
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_console_body_has_only_what_it_may),
		WITH(test_console_body_gives_what_is_there),
		WITH(test_console_body_names_only_the_start_of_a_long_name),
		WITH(test_console_body_type_is_json),
		WITH(test_console_query_has_only_what_it_may),
		WITH(test_console_params_limit_has_bounds),
	};

	return cmocka_run_group_tests_name("console body", tests, NULL, NULL);
}

/* Documents put together from parts of others share them, and read as one. */
#include "check.h"

#include "base/arena.h"
#include "json/json.h"
#include "json/write.h"

static struct arena arena;

static const struct json *parse(const char *text)
{
	const struct json *v;
	struct err err = { 0 };

	if (json_parse(&v, &arena, str_of(text), NULL, &err) < 0)
		fail_msg("%s: %s", err.text, text);
	return v;
}

static void check_text(const struct json *v, const char *want)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 4096);
	json_writer_init(&w, &text);
	json_add_value(&w, NULL, v);
	assert_str(buf_str(&text), want);
	buf_release(&text);
}

static void test_a_member_more(void **state)
{
	const struct json *row = parse("{\"id\":12345678901234567890}");
	const struct json *rest = parse("[1,{\"x\":null}]");
	const struct json *v;

	(void)state;
	v = json_with(&arena, NULL, STR("row"), row);
	check_text(v, "{\"row\":{\"id\":12345678901234567890}}");
	v = json_with(&arena, v, STR("detail"), rest);
	check_text(v, "{\"detail\":[1,{\"x\":null}],"
		      "\"row\":{\"id\":12345678901234567890}}");
	assert_str(json_key(json_first(v)), "detail");
	assert_int_equal(json_size(v), 2);
	/* What it was made of is as it was. */
	check_text(row, "{\"id\":12345678901234567890}");
	check_text(rest, "[1,{\"x\":null}]");
	assert_null(json_next(rest));
}

static void test_the_newer_member_goes_first(void **state)
{
	const struct json *v = parse("{\"a\":1,\"b\":2}");

	(void)state;
	v = json_with(&arena, v, STR("b"), parse("3"));
	assert_str(json_number(json_get(v, "b")), "3");
	v = json_with(&arena, v, STR("c"), NULL);
	assert_true(json_is(json_get(v, "c"), JSON_NULL));
	v = json_of_str(&arena, STR("x\"y"));
	check_text(v, "\"x\\\"y\"");
}

static void test_a_full_arena_gives_nothing(void **state)
{
	struct arena small;

	(void)state;
	arena_init(&small, 16);
	assert_null(json_with(&small, NULL, STR("a"), NULL));
	assert_null(json_of_str(&small, STR("a")));
	arena_release(&small);
}

static int open_arena(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_member_more),
		cmocka_unit_test(test_the_newer_member_goes_first),
		cmocka_unit_test(test_a_full_arena_gives_nothing),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}

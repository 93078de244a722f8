#include "json/json.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

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

/* The document and the pointers of RFC 6901 section 5, and some more. */
static const char document[] =
	"{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
	"\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,"
	"\"deep\":[{\"x\":{\"y\":[[9]]}}],\"10\":10,\"~1\":11,\"01\":12}";

static const struct row {
	const char *pointer, *want; /* text of the scalar; NULL: nothing */
} rows[] = {
	{ "/foo/0", "bar" },
	{ "/foo/1", "baz" },
	{ "/", "0" },
	{ "/a~1b", "1" },
	{ "/c%d", "2" },
	{ "/e^f", "3" },
	{ "/g|h", "4" },
	{ "/i\\j", "5" },
	{ "/k\"l", "6" },
	{ "/ ", "7" },
	{ "/m~0n", "8" },
	{ "/deep/0/x/y/0/0", "9" },
	{ "/10", "10" },
	{ "/~01", "11" },
	{ "/01", "12" },
	{ "/foo/2", NULL },
	{ "/foo/00", NULL },
	{ "/foo/01", NULL },
	{ "/foo/-", NULL },
	{ "/foo/-1", NULL },
	{ "/foo/+1", NULL },
	{ "/foo/1x", NULL },
	{ "/foo/", NULL },
	{ "/foo/18446744073709551615", NULL },
	{ "/foo/18446744073709551616", NULL },
	{ "/foo/0/bar", NULL },
	{ "/Foo/0", NULL },
	{ "/none/x", NULL },
	{ "//", NULL },
};

static const struct json *parse(const char *text)
{
	const struct json *v = NULL;

	assert_int_equal(json_parse(&v, &arena, str_of(text), NULL, NULL), 0);
	return v;
}

static const struct json_path *compile(const char *pointer)
{
	const struct json_path *p = NULL;

	assert_int_equal(json_path_compile(&p, &arena, str_of(pointer), NULL),
			 0);
	return p;
}

static void test_paths_find_as_rfc_6901_says(void **state)
{
	const struct json *root = parse(document);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct json *v =
			json_path_find(compile(rows[i].pointer), root);
		bool good = rows[i].want ? str_is(json_text(v), rows[i].want)
					 : v == NULL;

		if (!good)
			fail_msg("%s", rows[i].pointer);
	}
}

static void test_the_empty_path_is_the_document(void **state)
{
	const struct json *root = parse(document);

	(void)state;
	assert_ptr_equal(json_path_find(compile(""), root), root);
	assert_null(json_path_find(compile(""), NULL));
	assert_null(json_path_find(compile("/a"), NULL));
}

static void test_bad_pointers_do_not_compile(void **state)
{
	static const char *const bad[] = { "a",	    "a/b",  "/~",  "/~2",
					   "/a~/b", "/a/~", "#/a", " /a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct json_path *p = NULL;
		struct err err = { 0 };

		if (json_path_compile(&p, &arena, str_of(bad[i]), &err) == 0)
			fail_msg("compiled: %s", bad[i]);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_null(p);
	}
}

static void test_a_path_is_bounded(void **state)
{
	char pointer[2 * (JSON_PATH_MAX + 1)];
	const struct json_path *p = NULL;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(pointer); i++)
		pointer[i] = i % 2 ? 'a' : '/';
	assert_int_equal(
		json_path_compile(&p, &arena,
				  (struct str){ pointer, 2 * JSON_PATH_MAX },
				  &err),
		0);
	assert_int_equal(
		json_path_compile(&p, &arena,
				  (struct str){ pointer, sizeof(pointer) },
				  &err),
		-1);
	assert_int_equal(err.kind, ERR_LIMIT);
}

static void test_a_path_tells_its_parts(void **state)
{
	static const struct str parts[] = { { "a/b", 3 },
					    { "0", 1 },
					    { "", 0 } };
	const struct json_path *p;

	(void)state;
	assert_int_equal(json_path_compile(&p, &arena, STR("/a~1b/0/"), NULL),
			 0);
	assert_int_equal(json_path_size(p), ARRAY_LEN(parts));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		assert_true(str_eq(json_path_key(p, i), parts[i]));
	assert_int_equal(json_path_compile(&p, &arena, STR(""), NULL), 0);
	assert_int_equal(json_path_size(p), 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_paths_find_as_rfc_6901_says),
		TEST(test_the_empty_path_is_the_document),
		TEST(test_bad_pointers_do_not_compile),
		TEST(test_a_path_is_bounded),
		TEST(test_a_path_tells_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

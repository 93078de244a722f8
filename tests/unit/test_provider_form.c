/* Forms, also with brackets, read as the JSON that they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/buf.h"
#include "canonical.h"
#include "form.h"

static const struct row {
	const char *text;
	const char *want; /* JSON; NULL: refused */
	enum err_kind kind;
} rows[] = {
	{ "", "{}", ERR_NONE },
	{ "a=1&b=x+y%21", "{\"a\":\"1\",\"b\":\"x y!\"}", ERR_NONE },
	{ "&&a=1&&", "{\"a\":\"1\"}", ERR_NONE },
	{ "a", "{\"a\":\"\"}", ERR_NONE },
	{ "a=b=c", "{\"a\":\"b=c\"}", ERR_NONE },
	{ "a=%C3%A9", "{\"a\":\"\xc3\xa9\"}", ERR_NONE },
	{ "a=%ff", "{\"a\":\"\xef\xbf\xbd\"}", ERR_NONE },
	{ "a[b]=1&a[c][0]=2&a[c][1]=3",
	  "{\"a\":{\"b\":\"1\",\"c\":{\"0\":\"2\",\"1\":\"3\"}}}", ERR_NONE },
	{ "a%5Bb%5D=1&d=2&a[c]=3",
	  "{\"a\":{\"b\":\"1\",\"c\":\"3\"},\"d\":\"2\"}", ERR_NONE },
	{ "a[First+name]=x", "{\"a\":{\"First name\":\"x\"}}", ERR_NONE },
	{ "a[]=x", "{\"a\":{\"\":\"x\"}}", ERR_NONE },
	{ "a[b=x", "{\"a[b\":\"x\"}", ERR_NONE },
	{ "a]b=x", "{\"a]b\":\"x\"}", ERR_NONE },
	{ "[a]=x", "{\"\":{\"a\":\"x\"}}", ERR_NONE },
	{ "a[b]c]=x", NULL, ERR_INVALID },
	{ "a=%4", NULL, ERR_INVALID },
	{ "a=%zz", NULL, ERR_INVALID },
	{ "a=%", NULL, ERR_INVALID },
	{ "a=%00", NULL, ERR_INVALID },
	{ "a%00b=1", NULL, ERR_INVALID },
	{ "=1", NULL, ERR_INVALID },
	{ "a=1&a=2", NULL, ERR_INVALID },
	{ "a=1&a[b]=2", NULL, ERR_INVALID },
	{ "a[b]=1&a=2", NULL, ERR_INVALID },
	{ "a[1][2][3][4][5][6][7]=x",
	  "{\"a\":{\"1\":{\"2\":{\"3\":{\"4\":{\"5\":{\"6\":{\"7\":\"x\"}}}}}}}"
	  "}",
	  ERR_NONE },
	{ "a[1][2][3][4][5][6][7][8]=x", NULL, ERR_LIMIT },
};

static void check(const struct row *r, struct arena *a)
{
	const struct json *root;
	struct str got;
	struct err err = { 0 };
	int res = form_parse(&root, a, str_of(r->text), &err);

	if (!r->want) {
		if (res == 0 || err.kind != r->kind)
			fail_msg("%s: %d %s", r->text, res, err.text);
		return;
	}
	if (res < 0)
		fail_msg("%s: %s", r->text, err.text);
	assert_int_equal(json_canonical(root, a, &got, &err), 0);
	assert_string_equal(got.ptr, r->want);
}

static void test_form_is_read_as_json(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&rows[i], &a);
	arena_release(&a);
}

static void test_form_is_bounded(void **state)
{
	const struct json *root;
	struct err err = { 0 };
	struct buf text;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 22);
	buf_init(&text, 1 << 20);
	for (int i = 0; i < FORM_MAX_PAIRS; i++)
		buf_addf(&text, "a%d=1&", i);
	assert_int_equal(form_parse(&root, &a, buf_str(&text), &err), 0);
	assert_int_equal(json_size(root), FORM_MAX_PAIRS);
	buf_add_z(&text, "b=1");
	assert_int_equal(form_parse(&root, &a, buf_str(&text), &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	arena_release(&a);

	arena_init(&a, 4096);
	assert_int_equal(form_parse(&root, &a, buf_str(&text), &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	arena_release(&a);
	buf_release(&text);
}

static void test_form_finds_one_value(void **state)
{
	struct arena a;
	struct str v;

	(void)state;
	arena_init(&a, 65536);
	v = form_find(STR("x=1&token=a%20b&token=c"), STR("token"), &a);
	assert_true(str_is(v, "a b"));
	assert_null(form_find(STR("x=1"), STR("token"), &a).ptr);
	assert_null(form_find(STR("token=%2"), STR("token"), &a).ptr);
	assert_null(form_find(STR(""), STR("token"), &a).ptr);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form_is_read_as_json),
		cmocka_unit_test(test_form_is_bounded),
		cmocka_unit_test(test_form_finds_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Records out of JSON: where they start and end, and what stands around. */
#include "record_check.h"

#include "json/json.h"

#define T RECORD_TEXT

static const struct record_row rows[] = {
	/* where they stand */
	{ "", T("[]"), "", "[]" },
	{ "", T("[1]"), "1\n", "[]" },
	{ "", T(" [ 1 , {\"a\":[1,2]} ]\n"), "1\n{\"a\":[1,2]}\n", " []\n" },
	{ "/data", T("{\"data\":[{\"id\":1},{\"id\":2}],\"next\":\"x\"}"),
	  "{\"id\":1}\n{\"id\":2}\n", "{\"data\":[],\"next\":\"x\"}" },
	{ "/a/b", T("{\"x\":{\"b\":[0]},\"a\":{\"c\":[[]],\"b\":[7]},\"y\":2}"),
	  "7\n", "{\"x\":{\"b\":[0]},\"a\":{\"c\":[[]],\"b\":[]},\"y\":2}" },
	{ "/1/rows", T("[{\"rows\":[1]},{\"rows\":[2]},{\"rows\":[3]}]"), "2\n",
	  "[{\"rows\":[1]},{\"rows\":[]},{\"rows\":[3]}]" },
	{ "/a~1b/~0", T("{\"a/b\":{\"~\":[1]}}"), "1\n",
	  "{\"a/b\":{\"~\":[]}}" },
	{ "/data", T("{\"data\":null,\"n\":0}"), "",
	  "{\"data\":null,\"n\":0}" },
	{ "", T("null"), "", "null" },
	{ "", T("\xef\xbb\xbf[1]"), "1\n", "[]" },

	/* keys are compared by what they mean, however they are written */
	{ "/data", T("{\"d\\u0061ta\":[1]}"), "1\n", "{\"d\\u0061ta\":[]}" },
	{ "/data", T("{\"dat\":1,\"datas\":2,\"data\":[1]}"), "1\n",
	  "{\"dat\":1,\"datas\":2,\"data\":[]}" },
	{ "/\"", T("{\"\\\"\":[1]}"), "1\n", "{\"\\\"\":[]}" },

	/* nothing within a string counts */
	{ "", T("[\"]\",\"\\\"]\",\"\\\\\",\"}{[\"]"),
	  "\"]\"\n\"\\\"]\"\n\"\\\\\"\n\"}{[\"\n", "[]" },
	{ "/d", T("{\"x\":\"{\\\"d\\\":[9]}\",\"d\":[{\"a\":\"\\\\\\\"]}\"}]}"),
	  "{\"a\":\"\\\\\\\"]}\"}\n", "{\"x\":\"{\\\"d\\\":[9]}\",\"d\":[]}" },
	{ "", T("[\"1234567\\\"\",\"12345678\\\"\",\"123456789\\\\\"]"),
	  "\"1234567\\\"\"\n\"12345678\\\"\"\n\"123456789\\\\\"\n", "[]" },

	/* all kinds of records */
	{ "", T("[true,null,-1.5e3,\"\",[],{},[[]]]"),
	  "true\nnull\n-1.5e3\n\"\"\n[]\n{}\n[[]]\n", "[]" },
	{ "", T("[1,\n\t2 \r,3\n]"), "1\n2\n3\n", "[]" },

};

static const struct record_bad bad_rows[] = {
	/* not there */
	{ "/data", T("{}"), "no list of records" },
	{ "/data", T("[]"), "no list of records" },
	{ "/data", T("1"), "no list of records" },
	{ "/data/x", T("{\"data\":1}"), "no list of records" },
	{ "/data", T("{\"data\":{}}"), "an array" },
	{ "/data", T("{\"data\":\"x\"}"), "an array" },
	{ "/data", T("{\"data\":nul}"), "an array" },
	{ "", T("nul"), "an array" },
	{ "", T("{\"error\":1}"), "an array" },
	{ "/d", T("{\"d\":[1],\"d\":[2]}"), "twice" },
	{ "/d", T("{\"d\":null,\"d\":[2]}"), "twice" },
	{ "/a/d", T("{\"a\":{\"d\":[1]},\"a\":{\"d\":[2]}}"), "twice" },

	/* malformed */
	{ "", T(""), "too early" },
	{ "", T("["), "byte 1: the JSON text ends" },
	{ "", T("[1"), "too early" },
	{ "", T("[{\"a\":1}"), "too early" },
	{ "", T("[\"a]"), "too early" },
	{ "", T("[1,]"), "byte 3: a value" },
	{ "", T("[,1]"), "byte 1: a value" },
	{ "", T("[1 2]"), "byte 3: ','" },
	{ "", T("[1:2]"), "byte 2: ','" },
	{ "", T("[1\"\"]"), "byte 2: ','" },
	{ "", T("[\"a\"\"b\"]"), "byte 4: ','" },
	{ "", T("[{}{}]"), "byte 3: ','" },
	{ "", T("[1}"), "byte 2: ','" },
	{ "", T("[{\"a\":[1}]"), "byte 8: '}' closes" },
	{ "", T("[[1}]"), "byte 3: '}' closes" },
	{ "", T("[{\"a\":1]]"), "']' closes" },
	{ "", T("[]]"), "byte 2: text after" },
	{ "", T("[] x"), "byte 3: text after" },
	{ "", T("[][]"), "byte 2: text after" },
	{ "/d", T("{\"d\":[1]"), "too early" },
	{ "/d", T("{\"d\"[1]}"), "byte 4: ':'" },
	{ "/d", T("{\"d\":}"), "byte 5: a value" },
	{ "/d", T("{d:[1]}"), "byte 1: a key" },
	{ "/d", T("{\"d\":[1],}"), "byte 9: a key" },
	{ "/d", T("{\"d\":[1] \"e\":2}"), "',' or '}'" },
	{ "/d", T("{\"x\":[1},\"d\":[1]}"), "byte 7: '}' closes" },
	{ "", T("\xef\xbb[1]"), "byte 2" },
};

static void test_record_json_finds_the_records_however_it_is_cut(void **state)
{
	const struct record_shape shape = { .format = RECORD_JSON };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		record_check_row(&shape, &rows[i]);
}

static void test_record_json_refuses_what_is_malformed(void **state)
{
	const struct record_shape shape = { .format = RECORD_JSON };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++)
		record_check_bad(&shape, &bad_rows[i]);
}

static const struct record_row keyed_rows[] = {
	{ "", T("{}"), "", "{}" },
	{ "", T("{\"1\":{\"a\":2},\"b\\\"\" : 3 }"),
	  "{\"key\":\"1\",\"value\":{\"a\":2}}\n"
	  "{\"key\":\"b\\\"\",\"value\":3}\n",
	  "{}" },
	{ "/employees", T("{\"latest\":\"x\",\"employees\":{\"7\":null}}"),
	  "{\"key\":\"7\",\"value\":null}\n",
	  "{\"latest\":\"x\",\"employees\":{}}" },
	{ "", T("null"), "", "null" },
	/* as PHP writes an object without members */
	{ "/e", T("{\"e\":[],\"f\":1}"), "", "{\"e\":[],\"f\":1}" },
	{ "/e", T("{\"e\":[ \n]}"), "", "{\"e\":[ \n]}" },
};

static const struct record_bad keyed_bad_rows[] = {
	{ "", T("[1]"), "in an object" },   { "", T("[[]]"), "in an object" },
	{ "", T("\"x\""), "in an object" }, { "", T("{\"a\":1,}"), "a key" },
	{ "", T("{\"a\"}"), "':'" },	    { "", T("{\"a\":1]"), "'}'" },
};

static void test_record_json_takes_members_of_an_object(void **state)
{
	const struct record_shape shape = { .format = RECORD_JSON,
					    .keyed = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keyed_rows); i++)
		record_check_row(&shape, &keyed_rows[i]);
	for (size_t i = 0; i < ARRAY_LEN(keyed_bad_rows); i++)
		record_check_bad(&shape, &keyed_bad_rows[i]);
}

static void test_record_json_refuses_what_is_no_pointer(void **state)
{
	struct record_shape shape = { .format = RECORD_JSON,
				      .items = STR("data") };
	struct record_reader *r = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
		record_reader_new(&r, &shape, record_collect, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_null(r);
	shape.items = STR("/a~2");
	assert_int_equal(
		record_reader_new(&r, &shape, record_collect, NULL, &err), -1);
}

/* ------------------------------------------------------------------ limits */

/* Of head, times (piece), tail. */
static void check_limit(const char *head, const char *piece, size_t times,
			const char *tail, enum err_kind want)
{
	struct record_shape shape = { .format = RECORD_JSON,
				      .items = STR("/d") };
	struct record_result got;
	struct buf text;

	buf_init(&text, RECORD_CHECK_MAX);
	buf_add_z(&text, head);
	for (size_t i = 0; i < times; i++)
		buf_add_z(&text, piece);
	buf_add_z(&text, tail);
	assert_false(text.failed);
	for (size_t size = text.len; size; size = size > 4096 ? 4096 : 0) {
		record_run(&shape, buf_str(&text), size, size, &got);
		if (got.err.kind != want)
			fail_msg("%s… in pieces of %zu: %s", head, size,
				 got.err.text);
		record_result_release(&got);
	}
	buf_release(&text);
}

static void test_record_json_has_limits(void **state)
{
	(void)state;
	/* 1 is the object around them, 2 the list. */
	check_limit("{\"d\":[", "[", RECORD_MAX_DEPTH - 2, "", ERR_INVALID);
	check_limit("{\"d\":[", "[", RECORD_MAX_DEPTH - 1, "", ERR_LIMIT);
	check_limit("{\"x\":", "[", RECORD_MAX_DEPTH - 1, "", ERR_INVALID);
	check_limit("{\"x\":", "[", RECORD_MAX_DEPTH, "", ERR_LIMIT);
	check_limit("{\"d\":[\"", "x", RECORD_MAX_BYTES - 2, "\"]}", ERR_NONE);
	check_limit("{\"d\":[\"", "x", RECORD_MAX_BYTES - 1, "\"]}", ERR_LIMIT);
	check_limit("{\"d\":[],\"x\":\"", "x", RECORD_MAX_REST - 15, "\"}",
		    ERR_NONE);
	check_limit("{\"d\":[],\"x\":\"", "x", RECORD_MAX_REST - 14, "\"}",
		    ERR_LIMIT);
	check_limit("{\"d\":[],\"", "x", RECORD_MAX_REST, "\":1}", ERR_LIMIT);
	check_limit("{", "  ", RECORD_MAX_REST, "\"d\":[]}", ERR_LIMIT);
	/* Between the records nothing is kept. */
	check_limit("{\"d\":[1", " ", RECORD_MAX_REST + 1, ",2]}", ERR_NONE);
}

static int stop_at_two(struct str json, void *arg, struct err *err)
{
	(void)arg;
	return str_is(json, "2") ? err_set(err, ERR_TEMP, "enough") : 0;
}

static void test_record_json_stops_when_told_to(void **state)
{
	struct record_shape shape = { .format = RECORD_JSON };
	struct record_reader *r;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(record_reader_new(&r, &shape, stop_at_two, NULL, &err),
			 0);
	assert_int_equal(record_reader_feed(r, STR("[1,2,3]"), &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(record_reader_count(r), 2);
	assert_int_equal(record_reader_feed(r, STR(",4]"), &err), -1);
	record_reader_free(&r);
	record_reader_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_record_json_finds_the_records_however_it_is_cut),
		cmocka_unit_test(test_record_json_refuses_what_is_malformed),
		cmocka_unit_test(test_record_json_takes_members_of_an_object),
		cmocka_unit_test(test_record_json_refuses_what_is_no_pointer),
		cmocka_unit_test(test_record_json_has_limits),
		cmocka_unit_test(test_record_json_stops_when_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

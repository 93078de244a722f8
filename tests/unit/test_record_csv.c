/* Records out of CSV: rows, quotes, delimiters, encodings, what is refused. */
#include "record_check.h"

#define T RECORD_TEXT

/* items is not used. */
static const struct record_row rows[] = {
	{ "", T("a,b\n1,2\n3,4\n"),
	  "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T("a\n"), "", "{\"columns\":[\"a\"]}" },
	{ "", T("a"), "", "{\"columns\":[\"a\"]}" },
	{ "", T("a\nx"), "{\"a\":\"x\"}\n", "{\"columns\":[\"a\"]}" },

	/* line ends, empty lines */
	{ "", T("a,b\r\n1,2\r\n\r\n3,4\r\n"),
	  "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T("\n\r\na,b\r1,2\r3,4"),
	  "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },

	/* quotes */
	{ "", T("\"a\",b\n\"x, \"\"y\"\"\",\" z \"\n\"1\r\n2\",\n"),
	  "{\"a\":\"x, \\\"y\\\"\",\"b\":\" z \"}\n"
	  "{\"a\":\"1\\r\\n2\",\"b\":\"\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T(" a , \" b\" \n  1  , \"2\" \n"), "{\"a\":\"1\",\"b\":\"2\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T("\"a\nb\",c\n1,2\n"), "{\"a\\nb\":\"1\",\"c\":\"2\"}\n",
	  "{\"columns\":[\"a\\nb\",\"c\"]}" },

	/* the delimiter, by the header row */
	{ "", T("a;b,c;d\n1;2;3\n"),
	  "{\"a\":\"1\",\"b,c\":\"2\",\"d\":\"3\"}\n",
	  "{\"columns\":[\"a\",\"b,c\",\"d\"]}" },
	{ "", T("a\tb\n1\t\n\t2,\n"),
	  "{\"a\":\"1\",\"b\":\"\"}\n{\"a\":\"\",\"b\":\"2,\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T("a|b\n1|2;\n"), "{\"a\":\"1\",\"b\":\"2;\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T("\"a,b,c\";d\n1;2\n"), "{\"a,b,c\":\"1\",\"d\":\"2\"}\n",
	  "{\"columns\":[\"a,b,c\",\"d\"]}" },

	/* a column without a name is left out: many end lines in a comma */
	{ "", T("a,,b,\n1,2,3,\n"), "{\"a\":\"1\",\"b\":\"3\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T(",\n1,2\n"), "{}\n", "{\"columns\":[]}" },

	/* encodings */
	{ "", T("\xef\xbb\xbf\"a\",b\n\xc3\xab,\xf0\x9f\x98\x80\n"),
	  "{\"a\":\"\xc3\xab\",\"b\":\"\xf0\x9f\x98\x80\"}\n",
	  "{\"columns\":[\"a\",\"b\"]}" },
	{ "", T("Zo\xc3\xab,b\nx\xc3\xabx,\xef\xbb\xbf\n"),
	  "{\"Zo\xc3\xab\":\"x\xc3\xabx\",\"b\":\"\xef\xbb\xbf\"}\n",
	  "{\"columns\":[\"Zo\xc3\xab\",\"b\"]}" },
	{ "", T("a\n\\ \x01\n"), "{\"a\":\"\\\\ \\u0001\"}\n",
	  "{\"columns\":[\"a\"]}" },
};

static const struct record_bad bad_rows[] = {
	{ "", T(""), "row 1: there is no header" },
	{ "", T("\n\r\n"), "no header" },
	{ "", T("a,b\n1\n"), "row 2: 1 columns, where the header row has 2" },
	{ "", T("a,b\n1,2\n\n1,2,3\n"), "row 3: 3 columns" },
	{ "", T("a,b\n1,2,\n"), "row 2: 3 columns" },
	{ "", T("a,b\n1,2\n3"), "row 3: 1 columns" },
	{ "", T("a,b,a\n"), "row 1: columns 1 and 3 have the same name" },
	{ "", T("a,\" a \"\n"), "row 1: columns 1 and 2" },
	{ "", T("a\n1\nx\"y\"\n"), "row 3: quotes" },
	{ "", T("a\n\"x\"y\n"), "row 2: quotes" },
	{ "", T("a\n1\n\"x\n2\n"), "row 3: the text ends within quotes" },
	{ "", T("a\n1\nx\0y\n"), "row 3: a NUL byte" },
	{ "", T("a\n1\n\xeb\n234"), "row 3: not UTF-8" },
	{ "", T("a\n1\n\xeb\n"), "row 3: the text ends within" },
	{ "", T("a\n\xed\xa0\x80\n"), "row 2: not UTF-8" },
	{ "", T("a\n\xc0\x80\n123"), "row 2: not UTF-8" },
	{ "", T("a\nx\xf4\x90\x80\x80\n"), "row 2: not UTF-8" },
	{ "", T("a\nx\xfa\xa2\xa2\xbf\x81\n"), "row 2: not UTF-8" },
	{ "", T("\xfd\x91\x8a\x93\x93\x9e\x1f\n"), "not UTF-8" },
	{ "", T("a\nx\xc3"), "row 2: the text ends within a character" },
	{ "",
	  T("\xff\xfe"
	    "a\0\n\0"),
	  "not UTF-8" },
};

static void test_record_csv_becomes_json_however_it_is_cut(void **state)
{
	const struct record_shape shape = { .format = RECORD_CSV };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		record_check_row(&shape, &rows[i]);
}

static void test_record_csv_refuses_by_row(void **state)
{
	const struct record_shape shape = { .format = RECORD_CSV };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++)
		record_check_bad(&shape, &bad_rows[i]);
}

static const struct {
	enum record_encoding encoding;
	struct record_row row;
} encoded[] = {
	{ RECORD_WINDOWS_1252,
	  { "", T("na\xefve,b\n\x80\x9f,\xff\n"),
	    "{\"na\xc3\xafve\":\"\xe2\x82\xac\xc5\xb8\",\"b\":\"\xc3\xbf\"}\n",
	    "{\"columns\":[\"na\xc3\xafve\",\"b\"]}" } },
	{ RECORD_LATIN1,
	  { "", T("a\n\x80\xeb\n"), "{\"a\":\"\xc2\x80\xc3\xab\"}\n",
	    "{\"columns\":[\"a\"]}" } },
	{ RECORD_UTF16,
	  { "",
	    T("\xff\xfe"
	      "a\0;\0b\0\r\0\n\0\xeb\0;\0\x3d\xd8\x00\xde\n\0"),
	    "{\"a\":\"\xc3\xab\",\"b\":\"\xf0\x9f\x98\x80\"}\n",
	    "{\"columns\":[\"a\",\"b\"]}" } },
	{ RECORD_UTF16,
	  { "", T("\xfe\xff\0a\0\n\0\xeb"), "{\"a\":\"\xc3\xab\"}\n",
	    "{\"columns\":[\"a\"]}" } },
	{ RECORD_UTF16,
	  { "", T("a\0\n\0\xeb\0"), "{\"a\":\"\xc3\xab\"}\n",
	    "{\"columns\":[\"a\"]}" } },
};

static const struct {
	enum record_encoding encoding;
	struct record_bad row;
} badly_encoded[] = {
	{ RECORD_WINDOWS_1252, { "", T("a\n\x81\n"), "row 2: not Windows" } },
	{ RECORD_UTF16, { "", T("a"), "ends within a character" } },
	{ RECORD_UTF16, { "", T("a\0\n\0\x3d\xd8"), "row 2: the text ends" } },
	{ RECORD_UTF16, { "", T("a\0\n\0\x00\xde"), "row 2: not UTF-16" } },
};

static void test_record_csv_reads_other_encodings(void **state)
{
	struct record_shape shape = { .format = RECORD_CSV };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(encoded); i++) {
		shape.encoding = encoded[i].encoding;
		record_check_row(&shape, &encoded[i].row);
	}
	for (size_t i = 0; i < ARRAY_LEN(badly_encoded); i++) {
		shape.encoding = badly_encoded[i].encoding;
		record_check_bad(&shape, &badly_encoded[i].row);
	}
}

static void test_record_csv_takes_the_delimiter_it_is_told(void **state)
{
	static const struct record_row row = {
		"", T("a,b;c\n1,2;3\n"), "{\"a,b\":\"1,2\",\"c\":\"3\"}\n",
		"{\"columns\":[\"a,b\",\"c\"]}"
	};
	struct record_shape shape = { .format = RECORD_CSV, .delimiter = ';' };
	static const char wrong[] = { '"', ' ', '\n', '\r', '\x01', '\xeb' };
	struct record_reader *r;
	struct err err = { 0 };

	(void)state;
	record_check_row(&shape, &row);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		shape.delimiter = wrong[i];
		assert_int_equal(record_reader_new(&r, &shape, record_collect,
						   NULL, &err),
				 -1);
		assert_int_equal(err.kind, ERR_INVALID);
	}
}

/* Lists, quoted values and the like, of many pieces. */
static const struct {
	const char *head;
	const char *piece;
	size_t times;
	const char *tail;
	enum err_kind want;
} limits[] = {
	{ "a\n", "x", RECORD_MAX_BYTES - 8, "\n", ERR_NONE },
	{ "a\n", "x", RECORD_MAX_BYTES - 7, "\n", ERR_LIMIT },
	{ "a\n\"", "x", 12 << 20, "", ERR_LIMIT },
	{ "a\n\"", "\"\"", RECORD_MAX_BYTES, "\"\n", ERR_LIMIT },
	{ "a,\n", ",", 1 << 20, "\n", ERR_INVALID },
	{ "a", ",", RECORD_MAX_COLUMNS - 1, "\n", ERR_NONE },
	{ "a", ",", RECORD_MAX_COLUMNS, "\n", ERR_LIMIT },
	{ "", "x", 65535, "\n1\n", ERR_NONE },
	{ "", "x", 65536, "\n1\n", ERR_LIMIT },
	{ "\"", "\n", 70000, "\"\n", ERR_LIMIT },
	{ "a,b\n", "1,2\n\n", 1 << 20, "", ERR_NONE },
	{ "", "\n", 1 << 20, "a\n", ERR_NONE },
};

static void test_record_csv_has_limits(void **state)
{
	const struct record_shape shape = { .format = RECORD_CSV };
	struct record_result got;
	struct buf text;

	(void)state;
	buf_init(&text, RECORD_CHECK_MAX);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		buf_clear(&text);
		buf_add_z(&text, limits[i].head);
		for (size_t k = 0; k < limits[i].times; k++)
			buf_add_z(&text, limits[i].piece);
		buf_add_z(&text, limits[i].tail);
		assert_false(text.failed);
		record_run(&shape, buf_str(&text), 16384, 16384, &got);
		if (got.err.kind != limits[i].want)
			fail_msg("row %zu: %s", i, got.err.text);
		record_result_release(&got);
	}
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_record_csv_becomes_json_however_it_is_cut),
		cmocka_unit_test(test_record_csv_refuses_by_row),
		cmocka_unit_test(test_record_csv_reads_other_encodings),
		cmocka_unit_test(
			test_record_csv_takes_the_delimiter_it_is_told),
		cmocka_unit_test(test_record_csv_has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

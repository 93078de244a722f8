#include "json/json.h"

#include "base/assert.h"
#include "base/buf.h"
#include "json/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static struct arena arena;

static int open_arena(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* From memory that ends where the text does, so that ASan sees a byte more. */
static int parse_exact(const struct json **out, struct str text,
		       const struct json_limits *lim, struct err *err)
{
	char *copy = malloc(text.len ? text.len : 1);
	int result;

	assert_non_null(copy);
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	result = json_parse(out, &arena, (struct str){ copy, text.len }, lim,
			    err);
	free(copy);
	return result;
}

static const struct json *parse(const char *text)
{
	const struct json *v = NULL;
	struct err err = { 0 };

	if (parse_exact(&v, str_of(text), NULL, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return v;
}

static const struct refusal {
	const char *name;
	struct str text;
	const char *at; /* what the message starts with */
} refusals[] = {
	{ "nothing", BYTES(""), "byte 0:" },
	{ "only space", BYTES(" \n"), "byte 2:" },
	{ "BOM", BYTES("\xef\xbb\xbf{}"), "byte 0:" },
	{ "duplicate", BYTES("{\"a\":1,\"a\":2}"), "byte 11:" },
	{ "duplicate, escaped", BYTES("{\"a\":1,\"\\u0061\":2}"), "byte 16:" },
	{ "duplicate, deep", BYTES("[{\"x\":[1,{\"k\":[],\"k\":{}}]}]"),
	  "byte 21:" },
	{ "duplicate empty key", BYTES("{\"\":1,\"\":2}"), "byte 9:" },
	{ "overlong UTF-8", BYTES("\"\xc0\xaf\""), "byte 1:" },
	{ "overlong UTF-8, three", BYTES("\"\xe0\x80\xaf\""), "byte 1:" },
	{ "overlong UTF-8, four", BYTES("\"\xf0\x80\x80\xaf\""), "byte 1:" },
	{ "UTF-8 surrogate", BYTES("\"\xed\xa0\x80\""), "byte 1:" },
	{ "past U+10FFFF", BYTES("\"\xf4\x90\x80\x80\""), "byte 1:" },
	{ "UTF-8 cut by quote", BYTES("\"ab\xe2\x82\""), "byte 3:" },
	{ "UTF-8 cut by end", BYTES("\"ab\xe2\x82"), "byte 3:" },
	{ "lone continuation", BYTES("\"\x80\""), "byte 1:" },
	{ "Latin-1", BYTES("\"caf\xe9 au lait\""), "byte 4:" },
	{ "bad UTF-8 in a key", BYTES("{\"\xff\":1}"), "byte 2:" },
	{ "lone high surrogate", BYTES("\"\\ud800\""), "byte 7:" },
	{ "high and letter", BYTES("\"\\ud800x\""), "byte 7:" },
	{ "two high surrogates", BYTES("\"\\ud800\\ud800\""), "byte 13:" },
	{ "lone low surrogate", BYTES("\"\\udc00\""), "byte 7:" },
	{ "\\u0000", BYTES("\"x\\u0000y\""), "byte 8:" },
	{ "\\u0000 in a key", BYTES("{\"x\\u0000y\":1}"), "byte 9:" },
	{ "\\u with three digits", BYTES("\"\\u123\""), "byte 3:" },
	{ "unknown escape", BYTES("\"\\x41\""), "byte 2:" },
	{ "escape at the end", BYTES("\"\\"), "byte 2:" },
	{ "NUL between", BYTES("[1,\0 2]"), "byte 3:" },
	{ "NUL in a string", BYTES("\"x\0y\""), "byte 2:" },
	{ "NUL behind", BYTES("{}\0"), "byte 2:" },
	{ "tab in a string", BYTES("\"a\tb\""), "byte 2:" },
	{ "newline in a string", BYTES("\"seven77\nx\""), "byte 8:" },
	{ "0x1f in a string", BYTES("\"abcdefg\x1fhijklmno\""), "byte 8:" },
	{ "leading zero", BYTES("012"), "byte 1:" },
	{ "minus, leading zero", BYTES("[-01]"), "byte 3:" },
	{ "plus", BYTES("+1"), "byte 0:" },
	{ "no digit before dot", BYTES(".5"), "byte 0:" },
	{ "no digit after dot", BYTES("[1.]"), "byte 3:" },
	{ "no digit in exponent", BYTES("[1e]"), "byte 3:" },
	{ "two signs in exponent", BYTES("[1e+-1]"), "byte 4:" },
	{ "minus alone", BYTES("[-]"), "byte 2:" },
	{ "hex", BYTES("0x10"), "byte 1:" },
	{ "NaN", BYTES("NaN"), "byte 0:" },
	{ "Infinity", BYTES("-Infinity"), "byte 1:" },
	{ "infinite", BYTES("[1, 1e999]"), "byte 4:" },
	{ "minus infinite", BYTES("-1e400"), "byte 0:" },
	{ "text behind", BYTES("{} x"), "byte 3:" },
	{ "two documents", BYTES("{}{}"), "byte 2:" },
	{ "two lines", BYTES("1\n2"), "byte 2:" },
	{ "comma at the end, array", BYTES("[1,]"), "byte 3:" },
	{ "comma at the end, object", BYTES("{\"a\":1,}"), "byte 7:" },
	{ "comma alone", BYTES("[,]"), "byte 1:" },
	{ "no comma", BYTES("[1 2]"), "byte 3:" },
	{ "no colon", BYTES("{\"a\" 1}"), "byte 5:" },
	{ "no value", BYTES("{\"a\":}"), "byte 5:" },
	{ "key without quotes", BYTES("{a:1}"), "byte 1:" },
	{ "number as key", BYTES("{1:1}"), "byte 1:" },
	{ "single quotes", BYTES("'a'"), "byte 0:" },
	{ "comment", BYTES("/**/1"), "byte 0:" },
	{ "wrong closer", BYTES("[1}"), "byte 2:" },
	{ "open array", BYTES("[1"), "byte 2:" },
	{ "open object", BYTES("{\"a\":1"), "byte 6:" },
	{ "open string", BYTES("\"abc"), "byte 4:" },
	{ "open escape", BYTES("\"\\u00"), "byte 3:" },
	{ "closer alone", BYTES("]"), "byte 0:" },
	{ "capitals", BYTES("True"), "byte 0:" },
	{ "cut word", BYTES("[tru]"), "byte 1:" },
	{ "longer word", BYTES("nullx"), "byte 4:" },
	{ "form feed", BYTES("\f1"), "byte 0:" },
	{ "no-break space",
	  BYTES("\xc2\xa0"
		"1"),
	  "byte 0:" },
};

static void test_parse_refuses_what_others_read_differently(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];
		const struct json *v = NULL;
		struct err err = { 0 };

		if (parse_exact(&v, r->text, NULL, &err) == 0)
			fail_msg("accepted: %s", r->name);
		assert_null(v);
		if (err.kind != ERR_INVALID ||
		    strncmp(err.text, r->at, strlen(r->at)) != 0)
			fail_msg("%s: kind %d, %s", r->name, (int)err.kind,
				 err.text);
	}
}

/* text, and what it is when written again. */
static const char *const accepted[][2] = {
	{ "{}", "{}" },
	{ " [ ] ", "[]" },
	{ "\t\r\n{ \"a\" : [ 1 , 2 ] }\n", "{\"a\":[1,2]}" },
	{ "[true,false,null]", "[true,false,null]" },
	{ "\"\"", "\"\"" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
	{ "\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"",
	  "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"",
	  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"" },
	{ "\"\x7f\xed\x9f\xbf\xee\x80\x80\"",
	  "\"\x7f\xed\x9f\xbf\xee\x80\x80\"" },
	{ "\"\\u001f\"", "\"\\u001f\"" },
	{ "{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":{\"a\":{\"a\":1}}}" },
	{ "{\"a\":1,\"A\":2,\"aa\":3,\"\":4}",
	  "{\"a\":1,\"A\":2,\"aa\":3,\"\":4}" },
	{ "[0,-0,0.0,-0.5,1E5,1e-5,1e+05,1.25e10]",
	  "[0,-0,0.0,-0.5,1E5,1e-5,1e+05,1.25e10]" },
	{ "[9007199254740993,{\"n\":-12345678901234567890123}]",
	  "[9007199254740993,{\"n\":-12345678901234567890123}]" },
	{ "0.10000000000000000000000000000000000000000000001",
	  "0.10000000000000000000000000000000000000000000001" },
};

static void test_parse_keeps_what_is_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accepted); i++) {
		const struct json *v = parse(accepted[i][0]);
		struct json_writer w;
		struct buf out;

		buf_init(&out, 1000);
		json_writer_init(&w, &out);
		json_add_value(&w, NULL, v);
		assert_string_equal(buf_z(&out), accepted[i][1]);
		buf_release(&out);
	}
}

static void test_numbers_keep_their_text(void **state)
{
	const struct json *v =
		parse("{\"a\":9007199254740993,\"b\":[\"7\",-1.50],\"c\":1e2,"
		      "\"d\":9223372036854775807,\"e\":9223372036854775808,"
		      "\"f\":-42}");
	int64_t n = 0;

	(void)state;
	assert_true(str_is(json_number(json_get(v, "a")), "9007199254740993"));
	assert_true(json_int(json_get(v, "a"), &n));
	assert_true(n == INT64_C(9007199254740993));
	assert_true(str_is(json_number(json_at(json_get(v, "b"), 1)), "-1.50"));
	assert_true(str_is(json_text(json_at(json_get(v, "b"), 0)), "7"));
	assert_true(str_is(json_text(json_at(json_get(v, "b"), 1)), "-1.50"));
	assert_false(json_int(json_at(json_get(v, "b"), 0), &n));
	assert_false(json_int(json_get(v, "c"), &n));
	assert_true(json_int(json_get(v, "d"), &n));
	assert_true(n == INT64_MAX);
	assert_false(json_int(json_get(v, "e"), &n));
	assert_true(json_int(json_get(v, "f"), &n));
	assert_true(n == -42);
}

/* A locale with a decimal comma must not change what is JSON. */
static void test_locale_does_not_matter(void **state)
{
	const struct json *v;
	bool set = setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "C");

	(void)state;
	assert_true(set);
	v = parse("[1.5]");
	assert_true(str_is(json_number(json_first(v)), "1.5"));
	(void)setlocale(LC_ALL, "C");
}

static void test_get_is_exact(void **state)
{
	const struct json *v = parse("{\"ID\":1,\"id\":2,\"idx\":3,\"\":4}");
	const struct json *list = parse("[5]");

	(void)state;
	assert_true(str_is(json_number(json_get(v, "id")), "2"));
	assert_true(str_is(json_number(json_get(v, "ID")), "1"));
	assert_true(str_is(json_number(json_get(v, "")), "4"));
	assert_true(str_is(
		json_number(json_get_str(v, (struct str){ "idx", 2 })), "2"));
	assert_null(json_get(v, "Id"));
	assert_null(json_get(v, "i"));
	assert_null(json_get(v, "idxy"));
	assert_null(json_get_str(v, (struct str){ "id\0x", 4 }));
	assert_null(json_get(list, ""));
}

static void test_children_come_in_order(void **state)
{
	const struct json *v = parse("{\"b\":[10,20],\"a\":true}");
	const struct json *b = json_first(v);
	const struct json *a = json_next(b);

	(void)state;
	assert_int_equal(json_size(v), 2);
	assert_true(str_is(json_key(b), "b"));
	assert_true(str_is(json_key(a), "a"));
	assert_null(json_next(a));
	assert_int_equal(json_size(b), 2);
	assert_true(str_is(json_number(json_at(b, 1)), "20"));
	assert_null(json_at(b, 2));
	assert_null(json_at(v, 0)); /* not an array */
	assert_int_equal(json_key(json_first(b)).len, 0);
	assert_true(json_true(a));
	assert_false(json_true(b));
}

static void test_types_are_told_apart(void **state)
{
	static const char *const texts[] = {
		[JSON_NULL] = "null", [JSON_BOOL] = "false",
		[JSON_NUMBER] = "1",  [JSON_STRING] = "\"1\"",
		[JSON_ARRAY] = "[1]", [JSON_OBJECT] = "{\"a\":1}",
	};

	(void)state;
	for (int t = JSON_NULL; t <= JSON_OBJECT; t++) {
		const struct json *v = parse(texts[t]);

		for (int other = JSON_NULL; other <= JSON_OBJECT; other++)
			assert_int_equal(json_is(v, (enum json_type)other),
					 t == other);
		assert_int_equal(json_string(v).ptr != NULL, t == JSON_STRING);
		assert_int_equal(json_number(v).ptr != NULL, t == JSON_NUMBER);
		assert_false(json_true(v));
	}
}

static void test_a_missing_value_is_harmless(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(json_type(NULL), JSON_NULL);
	assert_false(json_is(NULL, JSON_NULL));
	assert_null(json_get(NULL, "a"));
	assert_int_equal(json_size(NULL), 0);
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_null(json_at(NULL, 0));
	assert_int_equal(json_key(NULL).len, 0);
	assert_null(json_string(NULL).ptr);
	assert_null(json_number(NULL).ptr);
	assert_null(json_text(NULL).ptr);
	assert_false(json_int(NULL, &n));
	assert_false(json_true(NULL));
}

static const struct limit {
	const char *name;
	struct json_limits lim;
	const char *fits, *passes;
} limits[] = {
	{ "bytes", { 4, 9, 9 }, "[12]", "[123]" },
	{ "depth 1", { 99, 1, 9 }, "[]", "[1]" },
	{ "depth 1, object", { 99, 1, 9 }, "{}", "{\"a\":1}" },
	{ "depth 3", { 99, 3, 9 }, "[[[]],1]", "[[[[]]]]" },
	{ "values", { 99, 9, 3 }, "[1,{}]", "[1,{},\"\"]" },
	{ "digits",
	  { 99, 9, 9 },
	  "[123456789012345678901234567890123456789012345678901234567890123]",
	  "[1234567890123456789012345678901234567890123456789012345678901234"
	  "]" },
};

static void test_limits_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct limit *l = &limits[i];
		const struct json *v = NULL;
		struct err err = { 0 };

		if (parse_exact(&v, str_of(l->fits), &l->lim, &err) < 0)
			fail_msg("%s: %s", l->name, err.text);
		if (parse_exact(&v, str_of(l->passes), &l->lim, &err) == 0)
			fail_msg("%s: accepted", l->name);
		if (err.kind != ERR_LIMIT)
			fail_msg("%s: %s", l->name, err.text);
	}
}

static void test_depth_of_100000_is_refused(void **state)
{
	const size_t len = 100000;
	char *text = malloc(len);
	const struct json *v = NULL;
	struct err err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '[', len);
	assert_int_equal(parse_exact(&v, (struct str){ text, len }, NULL, &err),
			 -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	free(text);
}

/* An object of count keys k0, k1, …, and again the one with number twin. */
static void write_keys(struct buf *out, size_t count, size_t twin)
{
	buf_clear(out);
	buf_add_char(out, '{');
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s\"k%zu\":%zu", i ? "," : "", i, i);
	if (twin < count)
		buf_addf(out, ",\"k%zu\":0", twin);
	buf_add_char(out, '}');
	assert_false(out->failed);
}

static void test_duplicates_are_found_among_any_number(void **state)
{
	static const size_t counts[] = { 1, 2, 31, 32, 33, 64, 50000 };
	const struct json *v = NULL;
	struct err err = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		const size_t twins[] = { 0, counts[i] / 2, counts[i] - 1 };

		arena_clear(&arena);
		write_keys(&text, counts[i], SIZE_MAX);
		assert_int_equal(parse_exact(&v, buf_str(&text), NULL, &err),
				 0);
		assert_int_equal(json_size(v), counts[i]);
		for (size_t t = 0; t < ARRAY_LEN(twins); t++) {
			char want[32];

			arena_clear(&arena);
			write_keys(&text, counts[i], twins[t]);
			assert_int_equal(
				parse_exact(&v, buf_str(&text), NULL, &err),
				-1);
			(void)snprintf(want, sizeof(want),
				       "byte %zu:", text.len - 2);
			assert_memory_equal(err.text, want, strlen(want));
		}
	}
	buf_release(&text);
}

static void test_a_million_keys_are_too_many(void **state)
{
	static const struct json_limits large = { 64 << 20, 32, 100000 };
	const struct json *v = NULL;
	struct err err = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 64 << 20);
	write_keys(&text, 1000000, SIZE_MAX);
	assert_int_equal(parse_exact(&v, buf_str(&text), NULL, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_int_equal(parse_exact(&v, buf_str(&text), &large, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_release(&text);
}

/* Wherever memory ends, it is an error and the next parse works. */
static void test_a_full_arena_is_a_limit(void **state)
{
	static const char text[] =
		"{\"a\":[1,2,\"three\",{\"b\":4.5}],\"c\":\"\\u0041bc\"}";
	bool parsed = false;

	(void)state;
	for (size_t max = 0; !parsed && max < 4096; max += 16) {
		const struct json *v = NULL;
		struct err err = { 0 };
		struct arena small;

		arena_init(&small, max);
		parsed = json_parse(&v, &small, str_of(text), NULL, &err) == 0;
		if (!parsed)
			assert_int_equal(err.kind, ERR_LIMIT);
		arena_release(&small);
	}
	assert_true(parsed);
	assert_int_equal(json_size(parse(text)), 2);
}

static void test_errors_do_not_repeat_the_text(void **state)
{
	static const char *const texts[] = {
		"{\"secretname\":1,\"secretname\":2}",
		"{\"secretname\":secretname}",
		"[\"secretname\" \"secretname\"]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const struct json *v;
		struct err err = { 0 };

		assert_int_equal(parse_exact(&v, str_of(texts[i]), NULL, &err),
				 -1);
		assert_null(strstr(err.text, "secretname"));
	}
}

static const struct {
	struct str text;
	size_t want;
} sequences[] = {
	{ BYTES(""), 0 },
	{ BYTES("a\0b"), 3 },
	{ BYTES("\xc3\xab\xe2\x82\xac\xf0\x9f\x98\x80z"), 10 },
	{ BYTES("a\xc3"), 1 },		      /* cut */
	{ BYTES("\xc3\xab\xe2\x82"), 2 },     /* cut */
	{ BYTES("ab\x80"), 2 },		      /* no lead */
	{ BYTES("a\xc0\xaf"), 1 },	      /* overlong */
	{ BYTES("\xed\xa0\x80"), 0 },	      /* surrogate */
	{ BYTES("a\xf4\x90\x80\x80"), 1 },    /* past U+10FFFF */
	{ BYTES("\xfa\xa2\xa2\xbf\x81"), 0 }, /* five bytes */
};

static void test_whole_utf8_is_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sequences); i++)
		if (json_utf8(sequences[i].text) != sequences[i].want)
			fail_msg("row %zu: %zu", i,
				 json_utf8(sequences[i].text));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parse_refuses_what_others_read_differently),
		TEST(test_parse_keeps_what_is_valid),
		TEST(test_numbers_keep_their_text),
		TEST(test_locale_does_not_matter),
		TEST(test_get_is_exact),
		TEST(test_children_come_in_order),
		TEST(test_types_are_told_apart),
		TEST(test_a_missing_value_is_harmless),
		TEST(test_limits_are_exact),
		TEST(test_depth_of_100000_is_refused),
		TEST(test_duplicates_are_found_among_any_number),
		TEST(test_a_million_keys_are_too_many),
		TEST(test_a_full_arena_is_a_limit),
		TEST(test_errors_do_not_repeat_the_text),
		TEST(test_whole_utf8_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "json/write.h"

#include "base/assert.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_writer_sets_commas_keys_and_closers(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	json_writer_init(&w, &out);
	json_open_object(&w, NULL);
	json_add_z(&w, "id", "a");
	json_open_array(&w, "list");
	json_add_int(&w, NULL, 0);
	json_add_int(&w, NULL, INT64_MIN);
	json_add_int(&w, NULL, INT64_MAX);
	json_open_object(&w, NULL);
	json_close(&w);
	json_open_array(&w, NULL);
	json_close(&w);
	json_add_string(&w, NULL, (struct str){ NULL, 0 });
	json_close(&w);
	json_add_bool(&w, "yes", true);
	json_add_bool(&w, "no", false);
	json_add_null(&w, "none");
	json_add_raw(&w, "raw", STR("[1]"));
	json_add_value(&w, "value", NULL);
	json_add_int(&w, "a \"key\"\n", 1);
	json_close(&w);
	assert_string_equal(
		buf_z(&out),
		"{\"id\":\"a\",\"list\":[0,-9223372036854775808,"
		"9223372036854775807,{},[],\"\"],\"yes\":true,\"no\":false,"
		"\"none\":null,\"raw\":[1],\"value\":null,"
		"\"a \\\"key\\\"\\n\":1}");
	buf_release(&out);
}

static const struct row {
	const char *name;
	struct str in;
	const char *want;
} rows[] = {
	{ "plain", { "abc", 3 }, "\"abc\"" },
	{ "plain, long",
	  { "0123456789 0123456789", 21 },
	  "\"0123456789 0123456789\"" },
	{ "escapes", { "\"\\\b\f\n\r\t/", 8 }, "\"\\\"\\\\\\b\\f\\n\\r\\t/\"" },
	{ "controls", { "\x01\x1f\x7f", 3 }, "\"\\u0001\\u001f\x7f\"" },
	{ "NUL",
	  { "a\0b", 3 },
	  "\"a\xef\xbf\xbd"
	  "b\"" },
	{ "UTF-8",
	  { "\xc3\xa9\xf0\x9f\x98\x80", 6 },
	  "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	{ "late",
	  { "0123456789\n0123456789\xc3\xa9", 23 },
	  "\"0123456789\\n0123456789\xc3\xa9\"" },
	{ "invalid byte",
	  { "a\xff"
	    "b",
	    3 },
	  "\"a\xef\xbf\xbd"
	  "b\"" },
	{ "cut sequence", { "\xe2\x82", 2 }, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "surrogate",
	  { "\xed\xa0\x80", 3 },
	  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void test_writer_escapes_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_writer w;
		struct buf out;

		buf_init(&out, 1000);
		json_writer_init(&w, &out);
		json_add_string(&w, NULL, rows[i].in);
		if (!str_is(buf_str(&out), rows[i].want))
			fail_msg("%s: %s", rows[i].name, buf_z(&out));
		buf_release(&out);
	}
}

/* Every byte at every place of a word: read back, it must be the same. */
static void test_writer_and_parser_agree_on_every_byte(void **state)
{
	struct arena a;
	struct buf out;

	(void)state;
	arena_init(&a, 1 << 16);
	buf_init(&out, 1000);
	for (unsigned byte = 1; byte < 0x80; byte++)
		for (size_t place = 0; place < 20; place++) {
			char text[20];
			const struct json *v = NULL;
			struct json_writer w;
			struct str s = { text, sizeof(text) };

			memset(text, 'a', sizeof(text));
			text[place] = (char)byte;
			arena_clear(&a);
			buf_clear(&out);
			json_writer_init(&w, &out);
			json_add_string(&w, NULL, s);
			assert_int_equal(
				json_parse(&v, &a, buf_str(&out), NULL, NULL),
				0);
			assert_true(str_eq(json_string(v), s));
		}
	buf_release(&out);
	arena_release(&a);
}

/* Behind the end, too, stand bytes that would stop it. */
static void skip_in_text_of(size_t len, unsigned byte)
{
	unsigned char text[32];
	const unsigned char *end = text + len;
	bool plain = text_is_plain((unsigned char)byte);

	for (size_t place = 0; place < len; place++) {
		memset(text, ' ', len);
		memset(text + len, '"', sizeof(text) - len);
		text[place] = (unsigned char)byte;
		assert_ptr_equal(text_skip_plain(text, end),
				 plain ? end : text + place);
	}
}

static void test_skip_plain_stops_at_the_first_special_byte(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++)
		for (size_t len = 0; len <= 24; len++)
			skip_in_text_of(len, byte);
}

/* Every one of the 1,112,064 characters, and no surrogate. */
static void test_sequence_knows_every_character(void **state)
{
	(void)state;
	for (unsigned c = 0x80; c < 0x110000; c++) {
		unsigned char s[4];
		size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		for (size_t i = len; i > 1; i--)
			s[i - 1] = (unsigned char)(0x80 |
						   (c >> 6 * (len - i) & 0x3f));
		s[0] = (unsigned char)(0xf00 >> len | c >> 6 * (len - 1));
		if (text_sequence(s, s + len) != (surrogate ? 0 : len))
			fail_msg("U+%04X", c);
		assert_int_equal(text_sequence(s, s + len - 1), 0);
	}
}

static void test_writer_fails_the_buffer_that_is_full(void **state)
{
	const struct str want = STR("{\"key\":\"va\\nlue\",\"n\":1}");

	struct buf out;

	(void)state;
	for (size_t max = 0; max <= want.len; max++) {
		struct json_writer w;

		buf_init(&out, max);
		json_writer_init(&w, &out);
		json_open_object(&w, NULL);
		json_add_z(&w, "key", "va\nlue");
		json_add_int(&w, "n", 1);
		json_close(&w);
		assert_int_equal(out.failed, max < want.len);
		assert_int_equal(str_eq(buf_str(&out), want), max == want.len);
		assert_true(out.len <= max);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer_sets_commas_keys_and_closers),
		cmocka_unit_test(test_writer_escapes_strings),
		cmocka_unit_test(test_writer_and_parser_agree_on_every_byte),
		cmocka_unit_test(
			test_skip_plain_stops_at_the_first_special_byte),
		cmocka_unit_test(test_sequence_knows_every_character),
		cmocka_unit_test(test_writer_fails_the_buffer_that_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "crypto/encode.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef bool decode_fn(enum encoding e, struct str text, unsigned char *out,
		       size_t cap, size_t *len);

static decode_fn *const decoders[] = { decode, decode_public };

/* RFC 4648 section 10. */
static const struct known {
	const char *plain, *hex, *base64, *base64url;
} known[] = {
	{ "", "", "", "" },
	{ "f", "66", "Zg==", "Zg" },
	{ "fo", "666f", "Zm8=", "Zm8" },
	{ "foo", "666f6f", "Zm9v", "Zm9v" },
	{ "foob", "666f6f62", "Zm9vYg==", "Zm9vYg" },
	{ "fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xfb\xff", "fbff", "+/8=", "-_8" },
};

static void check_both_ways(enum encoding e, const char *plain,
			    const char *text)
{
	unsigned char out[16];
	struct buf b;
	size_t len;

	buf_init(&b, 100);
	encode(e, plain, strlen(plain), &b);
	assert_string_equal(buf_z(&b), text);
	buf_release(&b);
	for (size_t i = 0; i < ARRAY_LEN(decoders); i++) {
		assert_true(
			decoders[i](e, str_of(text), out, sizeof(out), &len));
		assert_int_equal(len, strlen(plain));
		assert_memory_equal(out, plain, len);
	}
}

static void test_encode_and_decode_match_rfc_4648(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const struct known *k = &known[i];

		check_both_ways(ENCODING_HEX, k->plain, k->hex);
		check_both_ways(ENCODING_BASE64, k->plain, k->base64);
		check_both_ways(ENCODING_BASE64URL, k->plain, k->base64url);
	}
}

static const struct refusal {
	enum encoding e;
	const char *why, *text;
} refusals[] = {
	{ ENCODING_HEX, "odd", "abc" },
	{ ENCODING_HEX, "letter", "0g" },
	{ ENCODING_HEX, "space", "0a 0b" },
	{ ENCODING_HEX, "prefix", "0x0a" },
	{ ENCODING_HEX, "past ASCII", "0\x80" },
	{ ENCODING_BASE64, "no padding", "Zg" },
	{ ENCODING_BASE64, "half the padding", "Zg=" },
	{ ENCODING_BASE64, "too much padding", "Zm8==" },
	{ ENCODING_BASE64, "padding alone", "=" },
	{ ENCODING_BASE64, "text after padding", "Zg==Zg==" },
	{ ENCODING_BASE64, "one letter", "Z" },
	{ ENCODING_BASE64, "leftover bits", "Zh==" },
	{ ENCODING_BASE64, "newline", "Zg==\n" },
	{ ENCODING_BASE64, "space", " Zg==" },
	{ ENCODING_BASE64, "space for a letter", " Zm9v   " },
	{ ENCODING_BASE64, "newline for padding", "Zg=\n" },
	{ ENCODING_BASE64, "spaces alone", "    " },
	{ ENCODING_BASE64, "padding for letters", "====" },
	{ ENCODING_BASE64, "three paddings", "Z===" },
	{ ENCODING_BASE64, "padding inside", "Zg==Zm9v" },
	{ ENCODING_BASE64, "end of a mail", "Zm9v----" },
	{ ENCODING_BASE64, "url letters", "-_8=" },
	{ ENCODING_BASE64, "past ASCII", "\x80w==" },
	{ ENCODING_BASE64URL, "past ASCII", "\x80w" },
	{ ENCODING_BASE64URL, "plain letters", "+/8" },
	{ ENCODING_BASE64URL, "half the padding", "Zg=" },
	{ ENCODING_BASE64URL, "leftover bits", "Zh" },
	{ ENCODING_BASE64URL, "one letter", "Z" },
};

static void refuses_all(decode_fn *fn)
{
	unsigned char out[16];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (fn(refusals[i].e, str_of(refusals[i].text), out,
		       sizeof(out), &len))
			fail_msg("accepted: %s", refusals[i].why);
	assert_false(fn(ENCODING_HEX, (struct str){ "0a\0b", 4 }, out,
			sizeof(out), &len));
	assert_false(fn(ENCODING_BASE64, (struct str){ "Zm9\0", 4 }, out,
			sizeof(out), &len));
}

static void test_decode_refuses_all_but_one_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decoders); i++)
		refuses_all(decoders[i]);
}

static void test_decode_takes_what_the_header_allows(void **state)
{
	unsigned char out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decoders); i++) {
		assert_true(decoders[i](ENCODING_HEX, STR("aBfF"), out,
					sizeof(out), &len));
		assert_memory_equal(out, "\xab\xff", 2);
		assert_true(decoders[i](ENCODING_BASE64URL, STR("Zg=="), out,
					sizeof(out), &len));
		assert_int_equal(len, 1);
	}
}

static void stays_within_its_room(decode_fn *fn)
{
	unsigned char out[4] = { 0, 0, 0, 0x5a };
	size_t len;

	assert_false(fn(ENCODING_HEX, STR("01020304"), out, 3, &len));
	assert_false(fn(ENCODING_BASE64, STR("AQIDBA=="), out, 3, &len));
	assert_int_equal(out[3], 0x5a);
	assert_true(fn(ENCODING_BASE64, STR("AQID"), out, 3, &len));
	assert_int_equal(len, 3);
	assert_int_equal(out[3], 0x5a);
}

static void test_decode_stays_within_its_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decoders); i++)
		stays_within_its_room(decoders[i]);
}

/* A letter changed at any place of a text: both say the same of it. */
static void both_agree_on(const char *text)
{
	unsigned char a[128], b[128];
	size_t len = strlen(text), a_len = 0, b_len = 0;
	char other[160];

	for (size_t place = 0; place < len; place++)
		for (unsigned c = 0; c < 256; c++) {
			bool takes;

			memcpy(other, text, len);
			other[place] = (char)c;
			takes = decode(ENCODING_BASE64,
				       (struct str){ other, len }, a, sizeof(a),
				       &a_len);
			assert_int_equal(
				decode_public(ENCODING_BASE64,
					      (struct str){ other, len }, b,
					      sizeof(b), &b_len),
				takes);
			if (!takes)
				continue;
			assert_int_equal(a_len, b_len);
			assert_memory_equal(a, b, a_len);
		}
}

static void test_both_decoders_agree(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 160);
	for (size_t len = 0; len <= 100; len++) {
		unsigned char bytes[100];

		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)(i * 151 + len * 7);
		buf_clear(&text);
		encode(ENCODING_BASE64, bytes, len, &text);
		both_agree_on(buf_z(&text));
	}
	buf_release(&text);
}

static void test_encode_fails_the_buffer_that_is_too_small(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 7);
	encode(ENCODING_HEX, "abcd", 4, &b);
	assert_true(b.failed);
	buf_clear(&b);
	encode(ENCODING_HEX, "abcdefghi", 9, &b);
	assert_true(b.failed);
	buf_clear(&b);
	encode(ENCODING_BASE64, "abcd", 4, &b);
	assert_true(b.failed);
	buf_clear(&b);
	encode(ENCODING_BASE64URL, "abcd", 4, &b);
	assert_false(b.failed);
	assert_string_equal(buf_z(&b), "YWJjZA");
	buf_release(&b);
}

static void test_encodings_have_names(void **state)
{
	enum encoding e;

	(void)state;
	assert_true(encoding_find(STR("hex"), &e));
	assert_int_equal(e, ENCODING_HEX);
	assert_true(encoding_find(STR("base64"), &e));
	assert_int_equal(e, ENCODING_BASE64);
	assert_true(encoding_find(STR("base64url"), &e));
	assert_int_equal(e, ENCODING_BASE64URL);
	assert_false(encoding_find(STR("base32"), &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode_and_decode_match_rfc_4648),
		cmocka_unit_test(test_decode_refuses_all_but_one_spelling),
		cmocka_unit_test(test_decode_takes_what_the_header_allows),
		cmocka_unit_test(test_decode_stays_within_its_room),
		cmocka_unit_test(test_both_decoders_agree),
		cmocka_unit_test(
			test_encode_fails_the_buffer_that_is_too_small),
		cmocka_unit_test(test_encodings_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

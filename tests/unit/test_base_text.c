/* Views, growing buffers and arenas. */
#include "check.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdalign.h>

static void test_numbers_are_whole_and_bounded(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t n;
	} rows[] = {
		{ "0", true, 0 },
		{ "007", true, 7 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "+1", false, 0 },
		{ "-1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1e3", false, 0 },
		{ "0x10", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t n = 0;

		if (str_to_u64(str_of(rows[i].text), &n) != rows[i].ok ||
		    n != rows[i].n)
			fail_msg("'%s' gave %llu", rows[i].text,
				 (unsigned long long)n);
	}
}

static void test_signed_numbers_end_at_their_limits(void **state)
{
	int64_t n = 1;

	(void)state;
	assert_true(str_to_i64(STR("-9223372036854775807"), &n));
	assert_int_equal(n, -INT64_MAX);
	assert_true(str_to_i64(STR("9223372036854775807"), &n));
	assert_int_equal(n, INT64_MAX);
	assert_false(str_to_i64(STR("9223372036854775808"), &n));
	assert_true(str_to_i64(STR("-9223372036854775808"), &n));
	assert_true(n == INT64_MIN);
	assert_false(str_to_i64(STR("-9223372036854775809"), &n));
	assert_false(str_to_i64(STR("--1"), &n));
	assert_false(str_to_i64(STR("-"), &n));
}

static void test_numbers_are_written_as_they_are_read(void **state)
{
	static const int64_t list[] = { INT64_MIN, INT64_MIN + 1, -10, -1, 0, 9,
					10,	   INT64_MAX };
	char room[STR_NUMBER_SIZE], expected[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		snprintf(expected, sizeof(expected), "%lld",
			 (long long)list[i]);
		assert_true(str_is(str_of_i64(list[i], room), expected));
	}
	assert_true(str_is(str_of_u64(0, room), "0"));
	assert_true(
		str_is(str_of_u64(UINT64_MAX, room), "18446744073709551615"));
}

static void test_cut_gives_every_piece_once(void **state)
{
	struct str rest = STR("a,,b"), head;

	(void)state;
	assert_true(str_cut(&rest, ',', &head));
	assert_str(head, "a");
	assert_true(str_cut(&rest, ',', &head));
	assert_str(head, "");
	assert_false(str_cut(&rest, ',', &head));
	assert_str(head, "b");
	assert_int_equal(rest.len, 0);
}

static void test_case_is_ignored_for_ascii_only(void **state)
{
	(void)state;
	assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
	assert_false(str_eq_nocase(STR("a"), STR("ab")));
	assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
	assert_str(str_trim(STR(" \t x y \r\n")), "x y");
	assert_str(str_trim(STR("  ")), "");
}

static void test_a_buffer_never_passes_its_maximum(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_string_equal(buf_z(&b), "");
	buf_add_z(&b, "12345678");
	assert_int_equal(buf_check(&b, "x", &err), 0);
	buf_add_char(&b, '9');
	assert_true(b.failed);
	buf_clear(&b);
	buf_add_z(&b, "1234");
	buf_add_z(&b, "56789"); /* does not fit: nothing of it is added */
	buf_add_z(&b, "5");	/* would fit, but the failure sticks */
	assert_string_equal(buf_z(&b), "1234");
	assert_int_equal(buf_check(&b, "the body", &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_string_equal(err.text, "the body is larger than 8 bytes");
	buf_release(&b);
}

static void test_a_buffer_holds_what_was_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i % 10);
	buf_add_u64(&b, 0);
	buf_add_u64(&b, UINT64_MAX);
	assert_false(b.failed);
	assert_int_equal(b.len, 2000 + 1 + 20);
	assert_string_equal(b.data + 2000, "018446744073709551615");
	buf_consume(&b, 2001);
	assert_string_equal(buf_z(&b), "18446744073709551615");
	buf_truncate(&b, 2);
	assert_str(buf_str(&b), "18");
	buf_release(&b);
}

static void test_an_arena_is_bounded_and_reused(void **state)
{
	struct arena a;
	void *first;

	(void)state;
	arena_init(&a, 20000);
	first = arena_alloc(&a, 1);
	assert_non_null(first);
	assert_int_equal((uintptr_t)arena_alloc(&a, 3) % alignof(max_align_t),
			 0);
	assert_null(arena_alloc(&a, 20001));
	assert_non_null(arena_alloc(&a, 9000));
	assert_null(arena_alloc(&a, 9000));
	assert_null(arena_zalloc(&a, SIZE_MAX / 2, 3));
	arena_clear(&a);
	assert_ptr_equal(arena_alloc(&a, 1), first);
	assert_str(arena_dup(&a, STR("abc")), "abc");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	assert_null(arena_printf(&a, "%30000d", 1));
	arena_release(&a);
}

static void test_an_arena_that_was_wiped_can_be_used_again(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	arena_wipe(&a); /* of nothing */
	for (int i = 0; i < 3; i++)
		assert_non_null(arena_alloc(&a, 9000)); /* several blocks */
	arena_wipe(&a);
	assert_int_equal(a.used, 0);
	assert_str(arena_dup(&a, STR("abc")), "abc");
	arena_release(&a);
}

static void test_an_error_keeps_its_kind_and_gains_context(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, ERR_AUTH, "no %s", "key"), -1);
	assert_int_equal(err_prefix(&err, "acme: %d", 3), -1);
	assert_int_equal(err.kind, ERR_AUTH);
	assert_string_equal(err.text, "acme: 3: no key");
	assert_int_equal(err_policy(err.kind)->http_status, 401);
	assert_int_equal(err_policy((enum err_kind)99)->http_status, 500);
	assert_int_equal(err_set(NULL, ERR_BUG, "nobody listens"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_whole_and_bounded),
		cmocka_unit_test(test_signed_numbers_end_at_their_limits),
		cmocka_unit_test(test_numbers_are_written_as_they_are_read),
		cmocka_unit_test(test_cut_gives_every_piece_once),
		cmocka_unit_test(test_case_is_ignored_for_ascii_only),
		cmocka_unit_test(test_a_buffer_never_passes_its_maximum),
		cmocka_unit_test(test_a_buffer_holds_what_was_written),
		cmocka_unit_test(test_an_arena_is_bounded_and_reused),
		cmocka_unit_test(
			test_an_arena_that_was_wiped_can_be_used_again),
		cmocka_unit_test(
			test_an_error_keeps_its_kind_and_gains_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

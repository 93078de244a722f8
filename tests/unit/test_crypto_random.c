#include "crypto/random.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define IDS 20000 /* many refills of the pool */

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, RANDOM_ID_SIZE);
}

static void test_ids_differ_and_use_their_letters(void **state)
{
	char(*ids)[RANDOM_ID_SIZE] = malloc(sizeof(*ids) * IDS);

	(void)state;
	assert_non_null(ids);
	for (size_t i = 0; i < IDS; i++) {
		random_id(ids[i]);
		assert_int_equal(
			strspn(ids[i], "abcdefghijklmnopqrstuvwxyz234567"),
			RANDOM_ID_SIZE - 1);
	}
	qsort(ids, IDS, sizeof(*ids), compare);
	for (size_t i = 1; i < IDS; i++)
		assert_true(strcmp(ids[i - 1], ids[i]) < 0);
	free(ids);
}

static void test_sorted_ids_follow_time(void **state)
{
	static const int64_t times[] = { 0,
					 1,
					 31,
					 32,
					 1023,
					 1024,
					 1795392000000,
					 1795392000001,
					 (INT64_C(1) << 48) - 1 };
	char before[RANDOM_ID_SIZE] = "", id[RANDOM_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		random_sorted_id(id, times[i]);
		assert_int_equal(strspn(id, "0123456789abcdefghjkmnpqrstvwxyz"),
				 RANDOM_ID_SIZE - 1);
		assert_true(strcmp(before, id) < 0);
		memcpy(before, id, sizeof(id));
	}
	assert_memory_equal(id, "7zzzzzzzzz", 10); /* the last of times */
	random_sorted_id(before, times[ARRAY_LEN(times) - 1]);
	assert_memory_equal(id, before, 10);
	assert_string_not_equal(id, before);
}

static void test_below_reaches_all_and_only_smaller(void **state)
{
	unsigned seen[6] = { 0 };

	(void)state;
	for (int i = 0; i < 6000; i++) {
		uint32_t n = random_below(6);

		assert_true(n < 6);
		seen[n]++;
	}
	for (size_t i = 0; i < ARRAY_LEN(seen); i++)
		assert_in_range(seen[i], 700, 1300); /* 10 deviations */
	assert_int_equal(random_below(1), 0);
	for (int i = 0; i < 100; i++)
		assert_true(random_below(UINT32_MAX) < UINT32_MAX);
}

/* Across the sizes that come from the pool and those that do not. */
static void test_bytes_fill_exactly_what_was_asked(void **state)
{
	unsigned char out[600];

	(void)state;
	for (size_t len = 0; len < sizeof(out) - 1; len++) {
		memset(out, 0, sizeof(out));
		random_bytes(out, len);
		assert_int_equal(out[len], 0);
		if (len < 16)
			continue;
		/* A missed tail would be 8 zeros: once in 2^64. */
		assert_memory_not_equal(out + len - 8, "\0\0\0\0\0\0\0\0", 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_differ_and_use_their_letters),
		cmocka_unit_test(test_sorted_ids_follow_time),
		cmocka_unit_test(test_below_reaches_all_and_only_smaller),
		cmocka_unit_test(test_bytes_fill_exactly_what_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

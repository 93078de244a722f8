/* A put-off lookup as JSON: it must read back, and as a plain lookup too. */
#include "check.h"
#include "later.h"

#define ARENA_MAX 65536

static const char plain[] =
	"{\"format\":1,\"organization\":\"o\",\"connection\":\"c\","
	"\"person_id\":\"p\",\"reason\":\"r\",\"received_ms\":5%s}";

static void test_fetcher_later_carries_history_along(void **state)
{
	const struct lookup l = { .organization = STR("o"),
				  .connection = STR("c"),
				  .pid = STR("p \"q\""),
				  .reason = STR("employee.deleted"),
				  .deletion = true,
				  .received_ms = 17 };
	const struct history h = { 3, 1800000000123LL };
	struct lookup back, as_plain;
	struct history back_h;
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ARENA_MAX);
	buf_init(&b, 4096);
	later_encode(&l, &h, &b);
	assert_int_equal(later_decode(&back, &back_h, &a, buf_str(&b), NULL),
			 0);
	assert_int_equal(back_h.tries, 3);
	assert_int_equal(back_h.missing_ms, 1800000000123LL);
	assert_str(back.pid, "p \"q\"");
	assert_str(back.reason, "employee.deleted");
	assert_true(back.deletion);
	assert_int_equal(back.received_ms, 17);
	assert_int_equal(lookup_decode(&as_plain, &a, buf_str(&b), NULL), 0);
	assert_str(as_plain.connection, "c");
	buf_release(&b);
	arena_release(&a);
}

static const struct row {
	const char *more;
	int result;
	unsigned tries;
	int64_t missing_ms;
} rows[] = {
	{ "", 0, 0, 0 },
	{ ",\"tries\":2", 0, 2, 0 },
	{ ",\"missing_ms\":9", 0, 0, 9 },
	{ ",\"tries\":-1", -1, 0, 0 },
	{ ",\"tries\":1001", -1, 0, 0 },
	{ ",\"missing_ms\":-9", -1, 0, 0 },
};

static void test_fetcher_later_reads_lookups_of_the_receiver(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lookup l;
		struct history h = { 0, 0 };
		char text[300];
		struct arena a;
		int result;

		(void)snprintf(text, sizeof(text), plain, rows[i].more);
		arena_init(&a, ARENA_MAX);
		result = later_decode(&l, &h, &a, str_of(text), NULL);
		if (result != rows[i].result || h.tries != rows[i].tries ||
		    h.missing_ms != rows[i].missing_ms)
			fail_msg("row %zu", i);
		arena_release(&a);
	}
}

static void test_fetcher_later_refuses_what_is_no_lookup(void **state)
{
	static const char *const texts[] = { "", "[]", "{}", "{\"format\":1}" };
	struct lookup l;
	struct history h;
	struct err err;
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_MAX);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(
			later_decode(&l, &h, &a, str_of(texts[i]), &err), -1);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fetcher_later_carries_history_along),
		cmocka_unit_test(
			test_fetcher_later_reads_lookups_of_the_receiver),
		cmocka_unit_test(test_fetcher_later_refuses_what_is_no_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

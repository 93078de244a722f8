#include "check.h"

#include "base/map.h"
#include "base/mem.h"

#include <stdlib.h>

#define MANY 20000

static void test_a_map_keeps_what_was_put(void **state)
{
	char(*keys)[16] = mem_new_array(MANY, sizeof(*keys));
	size_t at = 0, seen = 0;
	struct map m;

	(void)state;
	map_init(&m);
	assert_null(map_get(&m, STR("nothing")));
	for (size_t i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		assert_null(map_put(&m, str_of(keys[i]), keys[i]));
	}
	for (size_t i = 0; i < MANY; i += 2)
		assert_ptr_equal(map_remove(&m, str_of(keys[i])), keys[i]);
	assert_int_equal(m.len, MANY / 2);
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(map_get(&m, str_of(keys[i])),
				 i % 2 ? keys[i] : NULL);
	while (map_next(&m, &at))
		seen++;
	assert_int_equal(seen, MANY / 2);
	map_release(&m);
	free(keys);
}

static void test_putting_again_replaces(void **state)
{
	struct map m;
	int a, b;

	(void)state;
	map_init(&m);
	assert_null(map_put(&m, STR("x"), &a));
	assert_ptr_equal(map_put(&m, STR("x"), &b), &a);
	assert_ptr_equal(map_get(&m, STR("x")), &b);
	assert_int_equal(m.len, 1);
	assert_null(map_remove(&m, STR("y")));
	map_release(&m);
}

/* Graves must not fill the table: removing and adding for ever is bounded. */
static void test_turnover_does_not_grow_a_map(void **state)
{
	static char keys[MANY][8];
	struct map m;
	int value;

	(void)state;
	map_init(&m);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%zu", i);
		map_put(&m, str_of(keys[i]), &value);
		if (i >= 10)
			assert_ptr_equal(map_remove(&m, str_of(keys[i - 10])),
					 &value);
	}
	assert_int_equal(m.len, 10);
	assert_true(m.cap <= 64);
	map_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_map_keeps_what_was_put),
		cmocka_unit_test(test_putting_again_replaces),
		cmocka_unit_test(test_turnover_does_not_grow_a_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

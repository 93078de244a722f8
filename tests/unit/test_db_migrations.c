/* Every file of src/db/migrations/ is carried, in order and once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "migrations.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_is_file(const char *text, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t len = strlen(text);
	char *want = malloc(len + 1);

	assert_non_null(f);
	assert_non_null(want);
	assert_int_equal(fread(want, 1, len + 1, f), len);
	assert_memory_equal(text, want, len);
	free(want);
	assert_int_equal(fclose(f), 0);
}

static void test_db_carries_every_migration_in_order(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob("src/db/migrations/*.sql", 0, NULL, &files), 0);
	assert_int_equal(files.gl_pathc, db_migration_count);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		const char *name = strrchr(files.gl_pathv[i], '/') + 1;

		assert_int_equal(strtoul(name, NULL, 10), i + 1);
		assert_is_file(db_migrations[i], files.gl_pathv[i]);
	}
	globfree(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_db_carries_every_migration_in_order),
	};

	return cmocka_run_group_tests_name("db migrations", tests, NULL, NULL);
}

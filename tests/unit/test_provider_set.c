/* A folder of manifests: all of them, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "provider/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT(name)                                                    \
	"{\"manifest\":1,\"name\":\"" name "\",\"title\":\"T\","      \
	"\"webhook\":{\"body\":\"json\",\"signature\":{\"scheme\":"   \
	"\"none\"},\"events\":{\"type\":\"/t\",\"person_id\":\"/i\"," \
	"\"map\":{\"x\":\"gone\"}}}}"

static char dir[] = "/tmp/hrisd-set-XXXXXX";

static const char *path_of(const char *rest)
{
	static char path[256];

	(void)!snprintf(path, sizeof(path), "%s/%s", dir, rest);
	return path;
}

static void write_file(const char *rest, const char *text)
{
	FILE *f = fopen(path_of(rest), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *name, const char *text)
{
	char file[64];

	assert_int_equal(mkdir(path_of(name), 0700), 0);
	(void)!snprintf(file, sizeof(file), "%s/manifest.json", name);
	write_file(file, text);
}

static void remove_folder(const char *name)
{
	char file[64];

	(void)!snprintf(file, sizeof(file), "%s/manifest.json", name);
	assert_int_equal(unlink(path_of(file)), 0);
	assert_int_equal(rmdir(path_of(name)), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	make_folder("bravo", TEXT("bravo"));
	make_folder("alpha", TEXT("alpha"));
	write_file("README.md", "not a provider");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_folder("alpha");
	remove_folder("bravo");
	unlink(path_of("README.md"));
	return rmdir(dir);
}

static void must_fail(const char *want)
{
	struct manifest_set *set = NULL;
	struct err err = { 0 };

	assert_int_equal(manifest_set_load(&set, dir, &err), -1);
	assert_null(set);
	assert_int_equal(err.kind, ERR_CONFIG);
	if (!strstr(err.text, want))
		fail_msg("'%s' has no '%s'", err.text, want);
}

static void test_set_is_sorted_and_found_by_name(void **state)
{
	struct manifest_set *set, *other;
	struct err err = { 0 };

	(void)state;
	if (manifest_set_load(&set, dir, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(manifest_set_count(set), 2);
	assert_string_equal(manifest_name(manifest_set_at(set, 0)), "alpha");
	assert_string_equal(manifest_name(manifest_set_at(set, 1)), "bravo");
	assert_ptr_equal(manifest_set_find(set, STR("bravo")),
			 manifest_set_at(set, 1));
	assert_null(manifest_set_find(set, STR("charlie")));
	assert_null(manifest_set_find(set, STR("brav")));

	other = manifest_set_ref(set);
	manifest_set_unref(&set);
	assert_null(set);
	assert_string_equal(manifest_name(manifest_set_at(other, 0)), "alpha");
	manifest_set_unref(&other);
	manifest_set_unref(&other); /* NULL is harmless */
}

static void test_one_bad_manifest_fails_the_set(void **state)
{
	(void)state;
	make_folder("charlie", "{\"manifest\":1,\"nam\":\"charlie\"}");
	must_fail("charlie: /: unknown key 'nam'");
	remove_folder("charlie");
}

static void test_a_folder_is_named_like_its_manifest(void **state)
{
	(void)state;
	make_folder("charlie", TEXT("delta"));
	must_fail("charlie: /name: is 'delta', the folder is not");
	remove_folder("charlie");
}

static void test_links_are_not_followed(void **state)
{
	(void)state;
	assert_int_equal(symlink("alpha", path_of("charlie")), 0);
	must_fail("charlie is not a folder");
	assert_int_equal(unlink(path_of("charlie")), 0);

	assert_int_equal(mkdir(path_of("charlie"), 0700), 0);
	assert_int_equal(symlink("../alpha/manifest.json",
				 path_of("charlie/manifest.json")),
			 0);
	must_fail("charlie: manifest.json: ");
	remove_folder("charlie");
}

static void test_a_fifo_does_not_block_the_load(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("charlie"), 0700), 0);
	assert_int_equal(mkfifo(path_of("charlie/manifest.json"), 0600), 0);
	must_fail("is not a regular file");
	remove_folder("charlie");
}

static void test_a_folder_without_a_manifest_fails(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("charlie"), 0700), 0);
	must_fail("charlie: manifest.json: No such file");
	assert_int_equal(rmdir(path_of("charlie")), 0);
}

static void test_nothing_to_load_fails(void **state)
{
	struct manifest_set *set = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(manifest_set_load(&set, path_of("absent"), &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(mkdir(path_of("empty"), 0700), 0);
	assert_int_equal(manifest_set_load(&set, path_of("empty"), &err), -1);
	assert_non_null(strstr(err.text, "no folder with a manifest.json"));
	assert_int_equal(rmdir(path_of("empty")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_is_sorted_and_found_by_name),
		cmocka_unit_test(test_one_bad_manifest_fails_the_set),
		cmocka_unit_test(test_a_folder_is_named_like_its_manifest),
		cmocka_unit_test(test_links_are_not_followed),
		cmocka_unit_test(test_a_fifo_does_not_block_the_load),
		cmocka_unit_test(test_a_folder_without_a_manifest_fails),
		cmocka_unit_test(test_nothing_to_load_fails),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

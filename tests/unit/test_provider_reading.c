/*
 * The language of reading many people, proven by data: a folder of
 * tests/data/reading for each of its words, with cases as of a provider.
 */
#include "check.h"

#include "provider/cases.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDER "tests/data/reading"

static void tell(const char *name, const char *why, void *arg)
{
	print_error("%s/%s: %s\n", (const char *)arg, name, why);
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static size_t run(const char *name, size_t *cases)
{
	struct cases_report r = { .failed = tell };
	struct err err = { 0 };
	char dir[512];

	(void)snprintf(dir, sizeof(dir), FOLDER "/%s", name);
	r.arg = dir;
	if (cases_run(dir, &r, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(r.cases > 0);
	*cases += r.cases;
	return r.failures;
}

static void test_every_kind_of_reading_does_what_its_cases_say(void **state)
{
	struct dirent **folders;
	int count = scandir(FOLDER, &folders, is_visible, alphasort);
	size_t failures = 0, cases = 0;

	(void)state;
	assert_true(count >= 30);
	for (int i = 0; i < count; i++) {
		failures += run(folders[i]->d_name, &cases);
		free(folders[i]);
	}
	free(folders);
	print_message("%zu cases of %d kinds\n", cases, count);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_kind_of_reading_does_what_its_cases_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The language of asking an HRIS, proven by data: a folder of tests/data/asking
 * for each way to sign in and to make webhooks, with cases as of a provider.
 */
#include "check.h"

#include "provider/cases.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDER "tests/data/asking"

static void tell(const char *name, const char *why, void *arg)
{
	print_error("%s/%s: %s\n", (const char *)arg, name, why);
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void run(const char *name, size_t *failures)
{
	struct cases_report r = { .failed = tell };
	struct err err = { 0 };
	char dir[512];

	(void)snprintf(dir, sizeof(dir), FOLDER "/%s", name);
	r.arg = dir;
	if (cases_run(dir, &r, &err) < 0)
		fail_msg("%s: %s", dir, err.text);
	assert_true(r.cases > 0);
	*failures += r.failures;
}

static void test_every_way_of_asking_does_what_its_cases_say(void **state)
{
	struct dirent **folders;
	int count = scandir(FOLDER, &folders, is_visible, alphasort);
	size_t failures = 0;

	(void)state;
	assert_true(count >= 7);
	for (int i = 0; i < count; i++) {
		run(folders[i]->d_name, &failures);
		free(folders[i]);
	}
	free(folders);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_way_of_asking_does_what_its_cases_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

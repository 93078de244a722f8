/*
 * The example of docs/providers.md: the folder does what its cases say, and
 * the text shows what is in it.
 */
#include "check.h"

#include "base/buf.h"
#include "provider/cases.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER	     "tests/data/providers/breathe"
#define TEXT_MAX_LEN ((size_t)1 << 20)

static char *read_whole(const char *path)
{
	char *text = calloc(1, TEXT_MAX_LEN);
	FILE *in = fopen(path, "r");

	assert_non_null(text);
	if (!in)
		fail_msg("%s is missing", path);
	assert_true(fread(text, 1, TEXT_MAX_LEN - 1, in) < TEXT_MAX_LEN - 1);
	assert_int_equal(fclose(in), 0);
	return text;
}

static void tell(const char *name, const char *why, void *arg)
{
	(void)arg;
	print_error("%s: %s\n", name, why);
}

static void test_the_example_does_what_its_cases_say(void **state)
{
	struct cases_report r = { .failed = tell };
	struct err err = { 0 };
	char *docs = read_whole("docs/providers.md");
	char said[128];

	(void)state;
	if (cases_run(FOLDER, &r, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(r.failures, 0);
	(void)snprintf(said, sizeof(said),
		       "%zu cases, %zu refusals, %zu failures", r.cases,
		       r.refusals, r.failures);
	if (!strstr(docs, said))
		fail_msg("docs/providers.md does not say '%s'", said);
	free(docs);
}

static void test_the_manual_shows_the_example(void **state)
{
	static const char *const shown[] = { "manifest.json",
					     "cases/to-come.answer.json",
					     "cases/to-come.expect.json" };
	char *docs = read_whole("docs/providers.md");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		char path[128];
		char *text;

		(void)snprintf(path, sizeof(path), FOLDER "/%s", shown[i]);
		text = read_whole(path);
		if (!strstr(docs, text))
			fail_msg("docs/providers.md shows another %s",
				 shown[i]);
		free(text);
	}
	free(docs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_does_what_its_cases_say),
		cmocka_unit_test(test_the_manual_shows_the_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

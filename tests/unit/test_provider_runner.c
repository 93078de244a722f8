/* A runner of cases is worth what it finds: each fault here must be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "provider/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST(scheme, map)                                              \
	"{\"manifest\":1,\"name\":\"t\",\"title\":\"T\",\"credentials\":[" \
	"{\"name\":\"s\",\"label\":\"L\",\"help\":\"H\",\"for\":"          \
	"\"webhook\"}],\"webhook\":{\"body\":\"json\",\"signature\":"      \
	"{" scheme "},\"events\":{\"type\":\"/t\",\"person_id\":\"/i\","   \
	"\"map\":{" map "}}}}"
#define BEARER "\"scheme\":\"bearer\",\"secret\":\"s\""
#define GONE   "\"x\":\"gone\""

#define REQUEST                                                        \
	"{\"now\":\"2026-11-23T00:00:00Z\",\"secrets\":{\"s\":\"k\"}," \
	"\"headers\":{\"Authorization\":\"Bearer k\"},\"body\":"       \
	"\"{\\\"t\\\":\\\"x\\\",\\\"i\\\":7}\"}"
#define EXPECT(pid)                                                  \
	"{\"status\":202,\"once\":false,\"items\":[{\"type\":\"x\"," \
	"\"change\":{\"kind\":\"gone\",\"version\":1795392000000,"   \
	"\"person\":{\"id\":\"" pid "\"}}}]}"

static const struct row {
	const char *name;
	const char *manifest, *request, *expect;
	const char *want; /* in what is told; "": nothing; NULL: no run */
} rows[] = {
	{ "good", MANIFEST(BEARER, GONE), REQUEST, EXPECT("7"), "" },
	{ "other person", MANIFEST(BEARER, GONE), REQUEST, EXPECT("8"),
	  "\"id\":\"7\"" },
	{ "other key", MANIFEST(BEARER, GONE),
	  "{\"now\":\"2026-11-23T00:00:00Z\",\"secrets\":{\"s\":\"j\"},"
	  "\"headers\":{\"Authorization\":\"Bearer k\"},\"body\":\"{}\"}",
	  EXPECT("7"), "\"error\":\"auth\"" },
	{ "type without a case", MANIFEST(BEARER, GONE ",\"y\":\"gone\""),
	  REQUEST, EXPECT("7"), "no case shows 'y'" },
	{ "a signature that nobody checks any more",
	  MANIFEST("\"scheme\":\"none\"", GONE), REQUEST, EXPECT("7"),
	  "has secrets, and nothing is signed" },
	{ "no time", MANIFEST(BEARER, GONE), "{\"now\":\"noon\"}", EXPECT("7"),
	  NULL },
	{ "not JSON", MANIFEST(BEARER, GONE), "{", EXPECT("7"), NULL },
	{ "bad manifest", "{}", REQUEST, EXPECT("7"), NULL },
};

#define WHY_SIZE 4096

static char dir[] = "/tmp/hrisd-cases-XXXXXX";

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

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? mkdir(path_of("cases"), 0700) : -1;
}

static int teardown(void **state)
{
	static const char *const files[] = {
		"manifest.json",
		"cases/a.request.json",
		"cases/a.expect.json",
		"cases/a.fetch.json",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlink(path_of(files[i]));
	(void)rmdir(path_of("cases"));
	return rmdir(dir);
}

static void keep(const char *name, const char *why, void *arg)
{
	char *all = arg;
	size_t used = strlen(all);

	(void)name;
	(void)!snprintf(all + used, WHY_SIZE - used, "%s\n", why);
}

static void test_runner_tells_every_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		char why[WHY_SIZE] = "";
		struct cases_report report = { .failed = keep, .arg = why };
		struct err err = { 0 };
		int res;

		write_file("manifest.json", r->manifest);
		write_file("cases/a.request.json", r->request);
		write_file("cases/a.expect.json", r->expect);
		res = cases_run(dir, &report, &err);
		if ((res < 0) != !r->want)
			fail_msg("%s: %s", r->name, err.text);
		if (!r->want)
			continue;
		if (!strstr(why, r->want) ||
		    (report.failures > 0) != (r->want[0] != '\0'))
			fail_msg("%s: %zu '%s'", r->name, report.failures, why);
		assert_int_equal(report.cases, 1);
	}
}

static void test_runner_derives_refusals(void **state)
{
	struct cases_report report = { .failed = NULL };
	struct err err = { 0 };

	(void)state;
	write_file("manifest.json", MANIFEST(BEARER, GONE));
	write_file("cases/a.request.json", REQUEST);
	write_file("cases/a.expect.json", EXPECT("7"));
	assert_int_equal(cases_run(dir, &report, &err), 0);
	/* Unsigned, another key, each byte of "Bearer k". */
	assert_int_equal(report.refusals, 2 + 8);
	assert_int_equal(report.refused[CASES_UNSIGNED], 1);
	assert_int_equal(report.refused[CASES_OTHER_KEY], 1);
	assert_int_equal(report.refused[CASES_CHANGED], 8);
	assert_int_equal(report.failures, 0);
}

static void test_a_case_of_fetch_needs_fetch(void **state)
{
	struct cases_report report = { .failed = NULL };
	struct err err = { 0 };

	(void)state;
	write_file("manifest.json", MANIFEST(BEARER, GONE));
	write_file("cases/a.fetch.json", "{\"person_id\":\"1\"}");
	write_file("cases/a.expect.json", "{}");
	assert_int_equal(cases_run(dir, &report, &err), -1);
	assert_non_null(strstr(err.text, "the manifest has no 'fetch'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runner_tells_every_fault),
		cmocka_unit_test(test_runner_derives_refusals),
		cmocka_unit_test(test_a_case_of_fetch_needs_fetch),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

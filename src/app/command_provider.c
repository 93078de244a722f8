/*
 * hrisd provider test DIR: a provider's folder, or a folder of such, against
 * its own cases: what an author runs before the manifest is installed.
 */
#include "commands.h"

#include "base/buf.h"
#include "provider/cases.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_MAX_BYTES 4096

struct totals {
	size_t passed;
	size_t failed;
};

static void print_failure(const char *name, const char *why, void *arg)
{
	(void)arg;
	printf("%s: %s\n", name, why);
}

/* " (unsigned 2, another key 1, a byte changed 8)" */
static void print_refusals(const struct cases_report *r)
{
	const char *before = " (";

	for (unsigned i = 0; i < CASES_REFUSAL_COUNT; i++) {
		if (!r->refused[i])
			continue;
		printf("%s%s %zu", before,
		       cases_refusal_name((enum cases_refusal)i),
		       r->refused[i]);
		before = ", ";
	}
	if (r->refusals)
		printf(")");
}

static void run_one(const char *dir, struct totals *t)
{
	struct cases_report report = { .failed = print_failure };
	struct err err = { 0 };

	if (cases_run(dir, &report, &err) < 0) {
		printf("%s: %s\n", dir, err.text);
		t->failed++;
		return;
	}
	printf("%s: %zu cases, %zu refusals", dir, report.cases,
	       report.refusals);
	print_refusals(&report);
	printf(", %zu failures\n", report.failures);
	t->failed += report.failures;
	if (report.failures == 0)
		t->passed += report.cases;
}

static int is_folder(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool has_manifest(const char *dir)
{
	struct buf path;
	bool there;

	buf_init(&path, PATH_MAX_BYTES);
	buf_addf(&path, "%s/manifest.json", dir);
	there = access(buf_z(&path), F_OK) == 0;
	buf_release(&path);
	return there;
}

static int run_all(const char *dir, struct totals *t, struct err *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, is_folder, alphasort);
	struct buf path;

	if (n < 0)
		return err_set(err, ERR_INVALID, "%.200s: no such folder", dir);
	buf_init(&path, PATH_MAX_BYTES);
	for (int i = 0; i < n; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", dir, list[i]->d_name);
		if (has_manifest(buf_z(&path)))
			run_one(buf_z(&path), t);
		free(list[i]);
	}
	free(list);
	buf_release(&path);
	return 0;
}

int command_provider(struct settings *s, int argc, char **argv, struct err *err)
{
	struct totals t = { 0 };

	(void)s;
	if (argc != 2 || strcmp(argv[0], "test") != 0)
		return err_set(err, ERR_INVALID,
			       "usage: hrisd provider test DIR");
	if (has_manifest(argv[1]))
		run_one(argv[1], &t);
	else if (run_all(argv[1], &t, err) < 0)
		return -1;
	if (t.passed + t.failed == 0)
		return err_set(err, ERR_INVALID,
			       "%.200s: no manifest.json there or in a folder "
			       "below",
			       argv[1]);
	printf("%zu passed, %zu failed\n", t.passed, t.failed);
	if (t.failed)
		return err_set(err, ERR_INVALID, "%zu failed", t.failed);
	return 0;
}

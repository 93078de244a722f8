/*
 * Every folder of providers/ is data, and so are its tests: there is no C per
 * provider.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "provider/cases.h"
#include "provider/manifest.h"

#include <stdio.h>

static void tell(const char *name, const char *why, void *arg)
{
	print_error("%s/%s: %s\n", (const char *)arg, name, why);
}

static const struct manifest *at(const struct manifest_set *set, size_t i)
{
	return manifest_set_at(set, i);
}

static void test_every_provider_does_what_its_cases_say(void **state)
{
	struct manifest_set *set;
	struct err err = { 0 };
	size_t failures = 0;

	(void)state;
	if (manifest_set_load(&set, "providers", &err) < 0)
		fail_msg("%s", err.text);
	assert_true(manifest_set_count(set) >= 4);
	for (size_t i = 0; i < manifest_set_count(set); i++) {
		char name[64];
		char dir[128];
		struct cases_report r = { .failed = tell, .arg = name };

		(void)!snprintf(name, sizeof(name), "%s",
				manifest_name(at(set, i)));
		(void)!snprintf(dir, sizeof(dir), "providers/%s", name);
		if (cases_run(dir, &r, &err) < 0)
			fail_msg("%s", err.text);
		print_message("%s: %zu cases, %zu refusals\n", name, r.cases,
			      r.refusals);
		assert_true(r.cases > 0);
		for (unsigned k = CASES_UNSIGNED; k <= CASES_CHANGED; k++)
			assert_int_equal(r.refused[k] > 0,
					 manifest_has_webhooks(at(set, i)));
		failures += r.failures;
	}
	manifest_set_unref(&set);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_provider_does_what_its_cases_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where calls may be led to, with what says who we are. */
#include "check.h"

#include "address.h"
#include "provider/fetch.h"
#include "provider_manifest.h"

#define ONE "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"

static const struct row {
	const char *to;
	bool want; /* from https://www.example.com, in the domain example.com */
} rows[] = {
	{ "https://www.example.com/x?y", true },
	{ "HTTPS://WWW.example.com", true }, /* the same origin */
	{ "https://example.com/x", true },
	{ "https://a.b.Example.com", true },
	{ "http://a.example.com/x", false },
	{ "https://badexample.com/x", false },
	{ "https://example.com.bad.example/x", false },
	{ "https://example.com:444/x", false },
	{ "https://user@a.example.com/x", false },
	{ "https://bad.example/@a.example.com", false },
	{ "https://bad.example#.example.com", false },
	{ "https://bad.example?.example.com", false },
	{ "https://bad.example\\.example.com", false },
	{ "https://a .example.com/", false },
	{ "//a.example.com/x", false },
	{ "/x", false },
	{ "https://", false },
	{ "", false },
};

static void check(const char *fetch, bool domain)
{
	struct manifest *m = NULL;
	struct err err = { 0 };

	if (test_manifest(&m, fetch, "", &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (fetch_may_follow(m, STR("https://www.example.com/api?a=b"),
				     str_of(rows[i].to)) !=
		    (domain && rows[i].want))
			fail_msg("%s", rows[i].to);
	manifest_free(&m);
}

static void test_a_redirect_leads_where_the_manifest_says(void **state)
{
	(void)state;
	check("'redirects':'example.com'," ONE, true);
	check(ONE, false);
}

static void test_a_domain_has_two_labels_at_least(void **state)
{
	static const char *const bad[] = {
		"com",	".com", "example.", "a b.com", "https://example.com",
		"*.com"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct manifest *m = NULL;
		struct err err = { 0 };
		char fetch[256];

		(void)snprintf(fetch, sizeof(fetch), "'redirects':'%s'," ONE,
			       bad[i]);
		if (test_manifest(&m, fetch, "", &err) == 0)
			fail_msg("%s: loads", bad[i]);
		assert_non_null(strstr(err.text, "is no domain"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_redirect_leads_where_the_manifest_says),
		cmocka_unit_test(test_a_domain_has_two_labels_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

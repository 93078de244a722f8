/* Namely: pages, what stands beside them, and the order of changes. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/namely/api/v1"
#define FOURTH "6ca3e100-0000-4000-8000-000000000004"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_NAMELY, auth);
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/profiles/" FOURTH, NULL, 200,
	  "{\"profiles\":[{\"id\":\"" FOURTH "\"" },
	{ "GET", AT "/profiles/x", NULL, 404, "errors" },
	{ "GET", AT "/profiles?per_page=101", NULL, 400, "per_page" },
	{ "GET", AT "/profiles?sort=name", NULL, 400, "sort" },
	{ "GET", AT "/profiles?per_page=1", NULL, 200,
	  "\"meta\":{\"count\":1,\"total_count\":120,\"status\":200}" },
	{ "GET", AT "/profiles/me", NULL, 200, "\"user_status\":\"active\"" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, auth, rows, ARRAY_LEN(rows));
}

static size_t page(struct world *w, int number, const char *rest)
{
	char path[128];

	(void)snprintf(path, sizeof(path), AT "/profiles?per_page=50&page=%d%s",
		       number, rest);
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	return json_size(json_get(w->json, "profiles"));
}

static void test_pages_end_when_one_is_short(void **state)
{
	struct world *w = *state;

	assert_int_equal(page(w, 1, ""), 50);
	assert_int_equal(page(w, 2, ""), 50);
	assert_int_equal(page(w, 3, ""), 20);
	assert_int_equal(page(w, 4, ""), 0);
	control(w, "PATCH", "/sandbox/faults/namely", "{\"looping\":true}");
	assert_int_equal(page(w, 4, ""), 50);
}

static int64_t updated_at(const struct json *p)
{
	int64_t n = 0;

	assert_true(json_int(json_get(p, "updated_at"), &n));
	return n;
}

static void test_the_latest_change_comes_first(void **state)
{
	struct world *w = *state;
	int64_t last = INT64_MAX;
	size_t count = 0;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3}");
	for (int i = 1; i <= 3; i++) {
		const struct json *p;

		count += page(w, i, "&sort=-updated_at");
		p = json_first(json_get(w->json, "profiles"));
		if (i == 1)
			assert_str(json_string(json_get(p, "id")), FOURTH);
		for (; p; p = json_next(p)) {
			assert_true(updated_at(p) <= last);
			last = updated_at(p);
		}
	}
	assert_int_equal(count, PEOPLE);
}

static const struct json *find(const struct json *list, struct str id)
{
	const struct json *v = json_first(list);

	while (v && !str_eq(json_string(json_get(v, "id")), id))
		v = json_next(v);
	assert_non_null(v);
	return v;
}

static void test_what_it_refers_to_stands_beside_it(void **state)
{
	struct world *w = *state;
	const struct json *linked, *p, *g, *t;
	struct employee e;
	char text[64];
	bool has_department = false;

	assert_true(company_get(&w->sandbox->company, 3, &e));
	assert_int_equal(call(w, "GET", AT "/profiles/" FOURTH, auth, NULL),
			 200);
	linked = json_get(w->json, "linked");
	p = json_first(json_get(w->json, "profiles"));
	g = json_first(json_get(json_get(p, "links"), "groups"));
	for (; g; g = json_next(g)) {
		const struct json *at = find(json_get(linked, "groups"),
					     json_string(json_get(g, "id")));

		if (!str_is(json_string(json_get(at, "type")), "department"))
			continue;
		has_department = true;
		assert_str(json_string(json_get(at, "title")),
			   departments[e.department].name);
	}
	assert_true(has_department);
	t = find(json_get(linked, "job_titles"),
		 json_string(json_get(json_get(p, "links"), "job_title")));
	assert_str(json_string(json_get(t, "title")), e.title);
	(void)snprintf(text, sizeof(text), "%s", levels[e.level].name);
	assert_str(
		json_string(json_get(json_get(json_get(t, "links"), "job_tier"),
				     "title")),
		text);
	assert_str(json_string(json_get(p, "departure_date")), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_pages_end_when_one_is_short),
		TEST(test_the_latest_change_comes_first),
		TEST(test_what_it_refers_to_stands_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

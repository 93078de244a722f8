/* Merge: two headers, cursors, expansions, tombstones, full webhooks. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/merge/api/hris/v1"
#define FOURTH "6c3e7600-0000-4000-8000-000000000004"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_MERGE, auth);
	extra_of(w, VENDOR_MERGE);
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/employees/" FOURTH, NULL, 200, "{\"id\":\"" FOURTH "\"" },
	{ "GET", AT "/employees/x", NULL, 404, "status_code" },
	{ "GET", AT "/employees?page_size=101", NULL, 400, "page_size" },
	{ "GET", AT "/employees?cursor=x", NULL, 400, "cursor" },
	{ "GET", AT "/employees?modified_after=x", NULL, 400,
	  "modified_after" },
	{ "GET", AT "/employees?modified_after=2026-11-23T09:00:00Z", NULL, 200,
	  "{\"results\":[],\"next\":null,\"previous\":null}" },
	{ "GET", AT "/employees?page_size=1", NULL, 200,
	  "\"employments\":[\"e03e7600-0000-4000-8000-000000000001\"]" },
	{ "GET", AT "/employees?page_size=1&expand=employments,groups", NULL,
	  200, "\"job_title\":\"Chief Executive\"" },
	{ "GET", AT "/employments?page_size=1", NULL, 200, "\"employee\":" },
	{ "GET", AT "/groups", NULL, 200, "\"type\":\"DEPARTMENT\"" },
	{ "GET", AT "/locations", NULL, 200, "\"name\":\"London, UK\"" },
	{ "GET", AT "/account-details", NULL, 200, "\"category\":\"hris\"" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, auth, rows, ARRAY_LEN(rows));
}

static void test_both_headers_are_needed(void **state)
{
	struct world *w = *state;

	assert_int_equal(call(w, "GET", AT "/account-details", NULL, NULL),
			 401);
	w->extra = (struct http_call_header){ 0 };
	assert_int_equal(call(w, "GET", AT "/account-details", auth, NULL),
			 401);
}

static int follow(struct world *w, const char *list, const char *rest)
{
	char path[256], cursor[64] = "";
	int count = 0;

	for (int pages = 0; pages < 30; pages++) {
		const struct json *next;

		(void)snprintf(path, sizeof(path), AT "/%s?page_size=50%s%s%s",
			       list, rest, cursor[0] ? "&cursor=" : "", cursor);
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		count += (int)json_size(json_get(w->json, "results"));
		next = json_get(w->json, "next");
		if (json_is(next, JSON_NULL))
			return count;
		world_copy(cursor, sizeof(cursor), json_string(next));
	}
	return -1;
}

static void test_the_cursor_leads_to_everybody(void **state)
{
	struct world *w = *state;

	assert_int_equal(follow(w, "employees", ""), PEOPLE);
	assert_int_equal(follow(w, "employments", ""), PEOPLE);
	control(w, "PATCH", "/sandbox/faults/merge", "{\"looping\":true}");
	assert_int_equal(follow(w, "employees", ""), -1);
}

static void test_the_deleted_are_tombstones_when_asked_for(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"delete\",\"person\":3}");
	assert_int_equal(follow(w, "employees", ""), PEOPLE - 1);
	assert_int_equal(follow(w, "employees", "&include_deleted_data=true"),
			 PEOPLE);
	assert_int_equal(follow(w, "employees",
				"&include_deleted_data=true&modified_after="
				"2026-11-23T09:00:00Z"),
			 1);
	assert_non_null(strstr(w->body, "{\"id\":\"" FOURTH "\""));
	assert_non_null(strstr(w->body, "\"remote_was_deleted\":true"));
	assert_int_equal(call(w, "GET", AT "/employees/" FOURTH, auth, NULL),
			 404);
}

static void test_webhooks_hold_the_whole_record(void **state)
{
	struct world *w = *state;
	const struct json *data, *v;

	subscribe(w, "merge");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"last_name\":"
		"\"Newname\"}}");
	await_posts(w, 1);
	assert_int_equal(
		json_parse(&v, &w->arena, str_of(w->posts[0].body), NULL, NULL),
		0);
	data = json_get(v, "data");
	assert_str(json_string(json_get(json_get(v, "hook"), "event")),
		   "employee.updated");
	assert_str(json_string(json_get(data, "id")), FOURTH);
	assert_str(json_string(json_get(data, "last_name")), "Newname");
	assert_str(json_string(json_get(data, "modified_at")),
		   "2026-11-23T09:00:00.000Z");
	/* 32 bytes in base64url, with the '=' that theirs has */
	assert_int_equal(strlen(w->posts[0].signature), 44);
	assert_int_equal(w->posts[0].signature[43], '=');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_both_headers_are_needed),
		TEST(test_the_cursor_leads_to_everybody),
		TEST(test_the_deleted_are_tombstones_when_asked_for),
		TEST(test_webhooks_hold_the_whole_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

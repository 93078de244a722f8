/* Personio: pages by links, employments per person, webhooks by its API. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/personio/v2"
#define FIRST  "8629001"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_PERSONIO, auth);
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/persons/" FIRST, NULL, 200, "\"id\":\"" FIRST "\"" },
	{ "GET", AT "/persons/1", NULL, 404, "Not Found" },
	{ "GET", AT "/persons?limit=51", NULL, 400, "limit" },
	{ "GET", AT "/persons?cursor=x", NULL, 400, "cursor" },
	{ "GET", AT "/persons?status=x", NULL, 400, "status" },
	{ "GET", AT "/persons?updated_at.gt=x", NULL, 400, "updated_at" },
	{ "GET", AT "/persons?limit=1", NULL, 200,
	  "\"_meta\":{\"links\":{\"next\":" },
	{ "GET", AT "/persons?updated_at.gt=2026-11-23T09:00:00Z", NULL, 200,
	  "{\"_data\":[],\"_meta\":{\"links\":{}}}" },
	{ "GET", AT "/persons/" FIRST "/employments", NULL, 200,
	  "\"position\":{\"title\":\"Chief Executive\"}" },
	{ "GET", AT "/persons/1/employments", NULL, 404, "Not Found" },
	{ "GET", AT "/org-units", NULL, 200,
	  "{\"id\":\"7001\",\"type\":\"department\",\"name\":"
	  "\"Engineering\"}" },
	{ "GET", AT "/org-units/7002", NULL, 200, "\"name\":\"Product\"" },
	{ "GET", AT "/org-units/9", NULL, 404, "Not Found" },
	{ "GET", AT "/workplaces", NULL, 200, "\"name\":\"London, UK\"" },
	{ "POST", AT "/webhooks", "{\"url\":\"x\"}", 400, "auth_type" },
	{ "POST", AT "/webhooks", "{\"url\":\"x\",\"token\":\"t\"}", 400,
	  "url" },
	{ "GET", AT "/webhooks/1", NULL, 404, "webhook" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, auth, rows, ARRAY_LEN(rows));
}

/* Following the links to the end; how many persons, or -1 when there is none */
static int follow(struct world *w, const char *query)
{
	char path[512];
	int count = 0;

	(void)snprintf(path, sizeof(path), AT "/persons?limit=50%s", query);
	for (int pages = 0; pages < 30; pages++) {
		struct str next;

		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		count += (int)json_size(json_get(w->json, "_data"));
		next = json_string(json_get(
			json_get(json_get(json_get(w->json, "_meta"), "links"),
				 "next"),
			"href"));
		if (!next.ptr)
			return count;
		assert_true(str_starts(next, str_of(w->base)));
		(void)snprintf(path, sizeof(path), "%.*s",
			       (int)(next.len - strlen(w->base)),
			       next.ptr + strlen(w->base));
	}
	return -1;
}

static void test_links_lead_to_everybody(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);

	assert_int_equal(follow(w, ""), PEOPLE);
	assert_int_equal(follow(w, "&status=INACTIVE"),
			 counts[EMPLOYEE_DEPARTED]);
	control(w, "PATCH", "/sandbox/faults/personio",
		"{\"repeat_cursor\":true}");
	assert_int_equal(follow(w, ""), -1);
	control(w, "DELETE", "/sandbox/faults/personio", NULL);
	control(w, "PATCH", "/sandbox/faults/personio", "{\"looping\":true}");
	assert_int_equal(follow(w, ""), -1);
}

static const struct json *employment(struct world *w, int n)
{
	char path[128];

	(void)snprintf(path, sizeof(path), AT "/persons/%d/employments",
		       8629001 + n);
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	return json_first(json_get(w->json, "_data"));
}

static void test_the_latest_employment_comes_first(void **state)
{
	struct world *w = *state;
	const struct json *e;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"person\":5}");
	e = employment(w, 5);
	assert_str(json_string(json_get(e, "status")), "INACTIVE");
	assert_str(json_string(json_get(json_get(e, "termination"),
					"termination_date")),
		   "2026-11-23");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"rehire\",\"person\":5}");
	e = employment(w, 5);
	assert_str(json_string(json_get(e, "status")), "ACTIVE");
	assert_str(json_string(json_get(e, "employment_start_date")),
		   "2026-11-23");
	assert_str(json_string(json_get(json_next(e), "status")), "INACTIVE");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"leave\",\"person\":5}");
	assert_str(json_string(json_get(employment(w, 5), "status")), "LEAVE");
}

static void test_only_a_client_gets_a_token(void **state)
{
	struct world *w = *state;

	assert_int_equal(post_form(w, AT "/auth/token", NULL,
				   "grant_type=client_credentials&client_id=x&"
				   "client_secret=y"),
			 401);
	assert_int_equal(call(w, "GET", AT "/persons", "Bearer papi-x", NULL),
			 401);
	assert_true(strstr(auth, "Bearer papi-") == auth);
}

static unsigned add_webhook(struct world *w, const char *rest)
{
	char body[512];
	struct subscription *sub;

	(void)snprintf(body, sizeof(body), "{\"url\":\"%s/p\",%s}", w->hooks,
		       rest);
	if (call(w, "POST", AT "/webhooks", auth, body) != 201)
		fail_msg("%s", w->body);
	sub = sender_first(w->sandbox->sender);
	while (sender_next(sub))
		sub = sender_next(sub);
	return sub->id;
}

static void test_a_webhook_is_disabled_until_it_is_enabled(void **state)
{
	struct world *w = *state;
	char path[128];

	(void)add_webhook(w, "\"token\":\"Bearer secret\",\"enabled_events\":["
			     "\"person.updated\",\"attendance.created\"]");
	assert_non_null(strstr(w->body, "\"status\":\"DISABLED\""));
	assert_non_null(
		strstr(w->body, "\"enabled_events\":[\"person.updated\"]"));
	(void)snprintf(path, sizeof(path), AT "/webhooks/%.*s",
		       STR_ARG(json_string(json_get(w->json, "id"))));
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3}");
	await_quiet(w);
	assert_int_equal(w->post_count, 0);
	assert_int_equal(
		call(w, "PATCH", path, auth, "{\"status\":\"ENABLED\"}"), 200);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"email\":"
		"\"x@example.com\",\"job_title\":\"X\"}}");
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	assert_string_equal(w->posts[0].signature, "Bearer secret");
	assert_int_equal(call(w, "DELETE", path, auth, NULL), 204);
	assert_int_equal(call(w, "GET", path, auth, NULL), 404);
}

static void test_headers_may_be_chosen_or_none(void **state)
{
	struct world *w = *state;

	(void)add_webhook(w, "\"status\":\"ENABLED\",\"auth_type\":\"CUSTOM\","
			     "\"custom_headers\":{\"Bob-Signature\":\"mine\"}");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"delete\",\"person\":3}");
	await_posts(w, 2);
	assert_string_equal(w->posts[0].signature, "mine");
	await_quiet(w);
	sender_unsubscribe(w->sandbox->sender,
			   sender_first(w->sandbox->sender));
	world_forget_posts(w);
	(void)add_webhook(w, "\"status\":\"ENABLED\",\"auth_type\":\"NONE\"");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"delete\",\"person\":4}");
	await_posts(w, 2);
	assert_string_equal(w->posts[0].signature, "");
}

static void test_what_was_missed_can_be_read(void **state)
{
	struct world *w = *state;
	char path[160];
	const struct json *v;

	(void)add_webhook(w, "\"token\":\"t\"");
	(void)snprintf(path, sizeof(path), AT "/webhooks/%.*s/events?limit=1",
		       STR_ARG(json_string(json_get(w->json, "id"))));
	for (int i = 3; i < 5; i++) {
		char body[64];

		(void)snprintf(body, sizeof(body),
			       "{\"action\":\"delete\",\"person\":%d}", i);
		control(w, "POST", "/sandbox/act", body);
	}
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	v = json_first(json_get(w->json, "_data"));
	assert_str(json_string(json_get(v, "event_name")), "person.deleted");
	assert_str(json_string(json_get(json_get(v, "payload"), "person_id")),
		   "8629004");
	assert_non_null(strstr(w->body, "\"next\":{\"href\":"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_links_lead_to_everybody),
		TEST(test_the_latest_employment_comes_first),
		TEST(test_only_a_client_gets_a_token),
		TEST(test_a_webhook_is_disabled_until_it_is_enabled),
		TEST(test_headers_may_be_chosen_or_none),
		TEST(test_what_was_missed_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

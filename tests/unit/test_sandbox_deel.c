/* Deel: offsets with a total, its pace, people, webhooks by its API. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/deel/rest/v2"
#define FOURTH "6cde3100-0000-4000-8000-000000000004"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_DEEL, auth);
	control(w, "PATCH", "/sandbox/faults/deel", "{\"no_rate_limit\":true}");
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/people/" FOURTH, NULL, 200,
	  "{\"data\":{\"id\":\"" FOURTH },
	{ "GET", AT "/people/me", NULL, 200, "\"worker_id\":500001" },
	{ "GET", AT "/people/x", NULL, 404, "errors" },
	{ "GET", AT "/people?limit=201", NULL, 400, "limit" },
	{ "GET", AT "/people?limit=1", NULL, 200,
	  "\"page\":{\"offset\":0,\"total_rows\":120,\"items_per_page\":1}" },
	{ "GET", AT "/people?search=x", NULL, 400, "search" },
	{ "GET", AT "/people?hiring_statuses[]=x", NULL, 400, "unknown" },
	{ "POST", AT "/webhooks", "{\"url\":\"x\"}", 400, "events" },
	{ "GET", AT "/webhooks/events/types", NULL, 200, "worker.v2.updated" },
	{ "GET", AT "/webhooks/x", NULL, 404, "webhook" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, auth, rows, ARRAY_LEN(rows));
}

/* By the total; 20 pages at most. */
static size_t read_all(struct world *w, const char *rest)
{
	char path[160];
	size_t count = 0;

	for (int64_t offset = 0; offset < 1000; offset += 50) {
		(void)snprintf(path, sizeof(path),
			       AT "/people?limit=50&offset=%d%s", (int)offset,
			       rest);
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		count += json_size(json_get(w->json, "data"));
		if (offset + 50 >= number(w, "page.total_rows"))
			break;
	}
	return count;
}

static void test_the_total_leads_to_everybody(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);

	assert_int_equal(read_all(w, ""), PEOPLE);
	assert_int_equal(read_all(w, "&hiring_statuses[]=active"),
			 counts[EMPLOYEE_ACTIVE] + counts[EMPLOYEE_ON_LEAVE]);
	control(w, "PATCH", "/sandbox/faults/deel", "{\"half_list\":true}");
	assert_int_equal(read_all(w, ""), PEOPLE / 2);
	control(w, "PATCH", "/sandbox/faults/deel",
		"{\"half_list\":false,\"looping\":true}");
	assert_true(read_all(w, "") > 5 * PEOPLE); /* until it gives up */
}

static void test_past_its_pace_it_says_nothing_but_429(void **state)
{
	struct world *w = *state;
	int64_t end = clock_mono_ms() + DEADLINE_MS;

	control(w, "DELETE", "/sandbox/faults/deel", NULL);
	while (call(w, "GET", AT "/people?limit=1", auth, NULL) == 200)
		assert_true(clock_mono_ms() < end);
	assert_int_equal(w->status, 429);
	assert_string_equal(w->body, "");
	assert_string_equal(w->headers[RETRY_AFTER], "");
	assert_string_equal(w->headers[RATE_LIMIT], "");
}

static const struct json *person(struct world *w)
{
	assert_int_equal(call(w, "GET", AT "/people/" FOURTH, auth, NULL), 200);
	return json_get(w->json, "data");
}

static void test_an_end_to_come_is_offboarding(void **state)
{
	struct world *w = *state;
	const struct json *p;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"person\":3,\"on\":\"2026-12-24\"}");
	p = person(w);
	assert_str(json_string(json_get(p, "hiring_status")), "offboarding");
	assert_str(json_string(
			   json_get(p, "direct_employee_termination_last_day")),
		   "2026-12-24");
	assert_true(json_is(json_get(p, "completion_date"), JSON_NULL));
	control(w, "POST", "/sandbox/clock",
		"{\"to\":\"2026-12-26T00:00:00Z\"}");
	assert_str(json_string(json_get(person(w), "hiring_status")),
		   "inactive");
}

static void test_a_webhook_of_its_api(void **state)
{
	struct world *w = *state;
	char body[512], path[128];

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"n\",\"url\":\"%s/d\",\"signing_key\":"
		       "\"my key\",\"events\":[\"worker.v2.updated\"]}",
		       w->hooks);
	assert_int_equal(call(w, "POST", AT "/webhooks", auth, body), 201);
	assert_non_null(strstr(w->body, "\"signing_key\":\"my key\""));
	(void)snprintf(path, sizeof(path), AT "/webhooks/%.*s",
		       STR_ARG(json_string(
			       json_get(json_get(w->json, "data"), "id"))));
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	assert_null(strstr(w->body, "my key"));
	control(w, "POST", "/sandbox/act", "{\"action\":\"hire\"}");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"leave\",\"person\":3}");
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	assert_non_null(strstr(w->posts[0].body, FOURTH));
	assert_int_equal(strlen(w->posts[0].signature), 64);
	assert_int_equal(call(w, "DELETE", path, auth, NULL), 204);
}

static void test_oauth_by_basic(void **state)
{
	struct world *w = *state;
	char client[AUTH_SIZE], bearer[AUTH_SIZE];

	basic_auth(client, cred(w, CRED_DEEL_CLIENT),
		   cred(w, CRED_DEEL_SECRET));
	refreshed(w, VENDOR_DEEL, "/as/deel/oauth2/tokens", client,
		  CRED_DEEL_CLIENT, CRED_DEEL_SECRET, bearer);
	assert_int_equal(call(w, "GET", AT "/people/me", bearer, NULL), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_the_total_leads_to_everybody),
		TEST(test_past_its_pace_it_says_nothing_but_429),
		TEST(test_an_end_to_come_is_offboarding),
		TEST(test_a_webhook_of_its_api),
		TEST(test_oauth_by_basic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

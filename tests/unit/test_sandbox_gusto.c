/* Gusto: tokens of two kinds, pages with totals in headers, the handshake. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/gusto/v1"
#define LIST   AT "/companies/c0605700-0000-4000-8000-000000000001/employees"
#define FIRST  "6c057000-0000-4000-8000-000000000001"
#define HOOKS  AT "/webhook_subscriptions"
#define FOURTH "6c057000-0000-4000-8000-000000000004"

static char auth[AUTH_SIZE], system_auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);
	char body[256];

	auth_of(w, VENDOR_GUSTO, auth);
	(void)snprintf(body, sizeof(body),
		       "grant_type=system_access&client_id=%s&client_secret=%s",
		       cred(w, CRED_GUSTO_CLIENT), cred(w, CRED_GUSTO_SECRET));
	assert_int_equal(post_form(w, "/as/gusto/oauth/token", NULL, body),
			 200);
	assert_null(json_get(w->json, "refresh_token"));
	bearer_auth(system_auth, token_field(w, "access_token"));
	*state = w;
	return 0;
}

static const struct row {
	const char *method, *path, *body;
	bool system;
	int status;
	const char *holds;
} rows[] = {
	{ "GET", AT "/token_info", NULL, false, 200, "\"type\":\"Company\"" },
	{ "GET", AT "/token_info", NULL, true, 200, "\"resource\":" },
	{ "GET", AT "/employees/" FIRST, NULL, false, 200,
	  "\"onboarded\":true" },
	{ "GET", AT "/employees/" FIRST, NULL, true, 401, "unauthorized" },
	{ "GET", AT "/events", NULL, false, 401, "unauthorized" },
	{ "GET", HOOKS, NULL, false, 401, "unauthorized" },
	{ "GET", AT "/employees/x", NULL, false, 404, "not_found" },
	{ "GET", AT "/companies/x/employees", NULL, false, 404, "not_found" },
	{ "GET", LIST "?page=1&per=101", NULL, false, 422, "per" },
	{ "GET", LIST "?page=0", NULL, false, 422, "page" },
	{ "GET", LIST "?sort_by=name", NULL, false, 422, "sort_by" },
	{ "GET", AT "/events", NULL, true, 200, "[]" },
	{ "GET", AT "/events?starting_after_uuid=x", NULL, true, 422, "ours" },
	{ "GET", AT "/events?limit=101", NULL, true, 422, "limit" },
	{ "GET", HOOKS, NULL, true, 200, "[]" },
	{ "POST", HOOKS, "{\"url\":\"x\"}", true, 422, "subscription_types" },
	{ "GET", HOOKS "/x", NULL, true, 404, "not_found" },
	{ "GET", AT "/webhooks/health_check", NULL, true, 200, "healthy" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int status = call(w, r->method, r->path,
				  r->system ? system_auth : auth, r->body);

		if (status != r->status || !strstr(w->body, r->holds))
			fail_msg("%s %s: %d %.300s", r->method, r->path, status,
				 w->body);
	}
}

static void test_pages_end_when_one_is_short(void **state)
{
	struct world *w = *state;
	char path[160];
	size_t count = 0, here;
	int page = 1;

	do {
		(void)snprintf(path, sizeof(path), LIST "?page=%d&per=50",
			       page++);
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		here = json_size(w->json);
		count += here;
	} while (here == 50);
	assert_int_equal(count, PEOPLE);
	assert_int_equal(page, 4);
	assert_int_equal(call(w, "GET", LIST, auth, NULL), 200);
	assert_int_equal(json_size(w->json), PEOPLE); /* in one */
}

static void test_the_rate_is_told_with_a_time_as_text(void **state)
{
	struct world *w = *state;
	const char *reset = w->headers[RATE_RESET];

	assert_int_equal(call(w, "GET", AT "/employees/" FIRST, auth, NULL),
			 200);
	assert_string_equal(w->headers[RATE_LIMIT], "200");
	assert_int_equal(strlen(reset), strlen("2025-07-08 15:35:40 -0700"));
	assert_string_equal(reset + 19, " -0700");
	for (int i = 0; w->status == 200; i++) {
		assert_true(i < 200);
		(void)call(w, "GET", AT "/employees/" FIRST, auth, NULL);
	}
	assert_int_equal(w->status, 429);
	assert_true(w->headers[RETRY_AFTER][0] != '\0');
}

static void test_a_termination_to_come_is_not_active(void **state)
{
	struct world *w = *state;
	const struct json *t;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"person\":3,\"on\":\"2026-12-24\"}");
	assert_int_equal(call(w, "GET", AT "/employees/" FOURTH, auth, NULL),
			 200);
	assert_true(json_true(json_get(w->json, "terminated")));
	t = json_first(json_get(w->json, "terminations"));
	assert_false(json_true(json_get(t, "active")));
	assert_str(json_string(json_get(t, "effective_date")), "2026-12-24");
	control(w, "POST", "/sandbox/clock",
		"{\"to\":\"2026-12-26T00:00:00Z\"}");
	assert_int_equal(call(w, "GET", AT "/employees/" FOURTH, auth, NULL),
			 200);
	t = json_first(json_get(w->json, "terminations"));
	assert_true(json_true(json_get(t, "active")));
	assert_null(json_get(w->json, "custom_fields"));
	assert_int_equal(call(w, "GET",
			      AT "/employees/" FOURTH "?include=custom_fields",
			      auth, NULL),
			 200);
	assert_non_null(strstr(w->body, "\"name\":\"Seniority\""));
}

static void test_nothing_is_sent_before_the_handshake(void **state)
{
	struct world *w = *state;
	char body[512], path[160], token[128];
	const char *at;

	(void)snprintf(body, sizeof(body),
		       "{\"url\":\"%s/g\",\"subscription_types\":[\"Payroll\","
		       "\"Employee\"]}",
		       w->hooks);
	assert_int_equal(call(w, "POST", HOOKS, system_auth, body), 201);
	assert_non_null(strstr(w->body, "\"status\":\"pending\""));
	(void)snprintf(path, sizeof(path), HOOKS "/%.*s/verify",
		       STR_ARG(json_string(json_get(w->json, "uuid"))));
	await_posts(w, 1);
	at = strstr(w->posts[0].body, "{\"verification_token\":\"");
	assert_true(at == w->posts[0].body);
	(void)snprintf(token, sizeof(token), "%.*s",
		       (int)strcspn(at + 23, "\""), at + 23);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3}");
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	assert_int_equal(call(w, "PUT", path, system_auth,
			      "{\"verification_token\":\"x\"}"),
			 422);
	(void)snprintf(body, sizeof(body), "{\"verification_token\":\"%s\"}",
		       token);
	assert_int_equal(call(w, "PUT", path, system_auth, body), 200);
	assert_non_null(strstr(w->body, "\"status\":\"verified\""));
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3}");
	await_posts(w, 2);
	assert_non_null(strstr(w->posts[1].body, FOURTH));
	assert_int_equal(strlen(w->posts[1].signature), 64);
}

static void test_the_token_is_sent_again_when_asked_for(void **state)
{
	struct world *w = *state;
	char body[512], path[160];

	(void)snprintf(body, sizeof(body),
		       "{\"url\":\"%s/g\",\"subscription_types\":["
		       "\"Employee\"]}",
		       w->hooks);
	w->receiver_status = 500;
	assert_int_equal(call(w, "POST", HOOKS, system_auth, body), 201);
	(void)snprintf(path, sizeof(path),
		       HOOKS "/%.*s/request_verification_token",
		       STR_ARG(json_string(json_get(w->json, "uuid"))));
	await_posts(w, 1);
	w->receiver_status = 200;
	assert_int_equal(call(w, "GET", path, system_auth, NULL), 200);
	await_posts(w, 2);
	assert_string_equal(w->posts[0].body, w->posts[1].body);
}

/* The log has the ids that webhooks have. */
static void test_events_are_read_after_the_last_one(void **state)
{
	struct world *w = *state;
	char path[256] = AT "/events?event_type=employee.*&limit=2";
	size_t count = 0, here;

	subscribe(w, "gusto");
	await_posts(w, 1);
	world_forget_posts(w);
	for (int i = 3; i < 8; i++) {
		char body[64];

		(void)snprintf(body, sizeof(body),
			       "{\"action\":\"change\",\"person\":%d}", i);
		control(w, "POST", "/sandbox/act", body);
	}
	await_posts(w, 5);
	do {
		const struct json *last;

		assert_int_equal(call(w, "GET", path, system_auth, NULL), 200);
		here = json_size(w->json);
		if (here == 0)
			break;
		last = json_at(w->json, here - 1);
		(void)snprintf(path, sizeof(path),
			       AT "/events?limit=2&starting_after_uuid=%.*s",
			       STR_ARG(json_string(json_get(last, "uuid"))));
		count += here;
		if (count == 5)
			assert_non_null(strstr(w->body, w->posts[4].body));
	} while (here > 0);
	assert_int_equal(count, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_pages_end_when_one_is_short),
		TEST(test_the_rate_is_told_with_a_time_as_text),
		TEST(test_a_termination_to_come_is_not_active),
		TEST(test_nothing_is_sent_before_the_handshake),
		TEST(test_the_token_is_sent_again_when_asked_for),
		TEST(test_events_are_read_after_the_last_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

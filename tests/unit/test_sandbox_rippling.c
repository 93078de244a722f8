/* Rippling beside its workers: the older API, leaves, redactions, OAuth. */
#include "sandbox_auth.h"

#define PEOPLE 250
#define V1     "/platform/api"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_RIPPLING, auth);
	*state = w;
	return 0;
}

static const struct row {
	const char *method, *path;
	int status;
	const char *holds;
} rows[] = {
	{ "GET", V1 "/employees/66f000000000000000000001", 200,
	  "\"roleState\":\"ACTIVE\"" },
	{ "GET", V1 "/employees/x", 404, "not found" },
	{ "GET", V1 "/employees?limit=101", 400, "limit" },
	{ "GET", V1 "/employees?limit=1", 200,
	  "[{\"id\":\"66f000000000000000000001\",\"name\":" },
	{ "GET", V1 "/me", 200, "\"company\":" },
	{ "GET", V1 "/companies/current", 200, "\"name\":" },
	{ "POST", V1 "/mark_app_installed", 200, "\"ok\":true" },
	{ "GET", V1 "/company_activity", 200,
	  "{\"data\":{\"events\":[],\"next\":null},\"error\":null}" },
	{ "GET", V1 "/company_activity?startDate=2026-01-01", 400, "90" },
	{ "GET", V1 "/company_activity?next=zzz", 400, "next" },
	{ "GET", "/leave-requests/?limit=1", 200, "\"status\":\"APPROVED\"" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int status = call(w, r->method, r->path, auth, NULL);

		if (status != r->status || !strstr(w->body, r->holds))
			fail_msg("%s: %d %.300s", r->path, status, w->body);
	}
}

static size_t read_v1(struct world *w, const char *list)
{
	char path[128];
	size_t count = 0, page;

	do {
		(void)snprintf(path, sizeof(path), V1 "%s?limit=60&offset=%zu",
			       list, count);
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		page = json_size(w->json);
		count += page;
	} while (page == 60);
	return count;
}

static void test_the_older_list_is_read_by_its_offset(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);

	assert_int_equal(read_v1(w, "/employees/include_terminated"), PEOPLE);
	assert_int_equal(read_v1(w, "/employees"),
			 counts[EMPLOYEE_ACTIVE] + counts[EMPLOYEE_ON_LEAVE]);
}

static void test_who_has_left_has_no_work_address(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"person\":3}");
	assert_int_equal(call(w, "GET",
			      V1 "/employees/66f000000000000000000004", auth,
			      NULL),
			 200);
	assert_non_null(strstr(w->body, "\"workEmail\":null"));
	assert_non_null(strstr(w->body, "\"roleState\":\"TERMINATED\""));
	assert_non_null(strstr(w->body, "\"endDate\":\"2026-11-23\""));
}

static void test_the_activity_is_read_from_page_to_page(void **state)
{
	struct world *w = *state;
	char path[256] = V1 "/company_activity?startDate=2026-11-23&limit=2";
	size_t count = 0;

	for (int i = 3; i < 8; i++) {
		char body[64];

		(void)snprintf(body, sizeof(body),
			       "{\"action\":\"change\",\"person\":%d}", i);
		control(w, "POST", "/sandbox/act", body);
	}
	for (;;) {
		const struct json *data;
		char next[64];

		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		data = json_get(w->json, "data");
		count += json_size(json_get(data, "events"));
		if (json_is(json_get(data, "next"), JSON_NULL))
			break;
		world_copy(next, sizeof(next),
			   json_string(json_get(data, "next")));
		(void)snprintf(path, sizeof(path),
			       V1 "/company_activity?startDate=2026-11-23&"
				  "limit=2&next=%s",
			       next);
	}
	assert_int_equal(count, 5);
	assert_non_null(strstr(w->body, "{\"instance\":"
					"\"66f000000000000000000008\","
					"\"type\":\"ROLE\""));
}

static void test_redactions_are_announced(void **state)
{
	struct world *w = *state;

	control(w, "PATCH", "/sandbox/faults/rippling",
		"{\"redacted_field\":\"email\"}");
	assert_int_equal(call(w, "GET", "/workers/?limit=1", auth, NULL), 200);
	assert_non_null(
		strstr(w->body, "{\"name\":\"work_email\",\"reason\":"));
	assert_non_null(strstr(w->body, "\"work_email\":null"));
}

static void test_leaves_follow_the_company(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);

	assert_int_equal(
		call(w, "GET", "/leave-requests/?limit=100", auth, NULL), 200);
	assert_int_equal(json_size(json_get(w->json, "results")),
			 counts[EMPLOYEE_ON_LEAVE]);
}

static void test_oauth_by_basic(void **state)
{
	struct world *w = *state;
	char client[AUTH_SIZE], body[256], token[TOKEN_SIZE], bearer[AUTH_SIZE];

	basic_auth(client, cred(w, CRED_RIPPLING_CLIENT),
		   cred(w, CRED_RIPPLING_SECRET));
	(void)snprintf(body, sizeof(body),
		       "grant_type=refresh_token&refresh_token=%s",
		       token_refresh(w->sandbox, VENDOR_RIPPLING, token));
	assert_int_equal(post_form(w, "/api/o/token/", client, body), 200);
	assert_int_equal(number(w, "expires_in"), 129600);
	bearer_auth(bearer, token_field(w, "access_token"));
	assert_int_equal(call(w, "GET", V1 "/me", bearer, NULL), 200);
	assert_int_equal(call(w, "GET", "/sso-me", bearer, NULL), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_the_older_list_is_read_by_its_offset),
		TEST(test_who_has_left_has_no_work_address),
		TEST(test_the_activity_is_read_from_page_to_page),
		TEST(test_redactions_are_announced),
		TEST(test_leaves_follow_the_company),
		TEST(test_oauth_by_basic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

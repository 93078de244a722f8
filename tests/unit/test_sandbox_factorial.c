/* Factorial: cursors, joins, and one webhook for each type. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/factorial/api/2026-07-01/resources"
#define HOOKS  AT "/api_public/webhook_subscriptions"

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	w->extra = (struct http_call_header){
		STR("x-api-key"), str_of(cred(w, CRED_FACTORIAL_KEY))
	};
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/employees/employees/1001", NULL, 200,
	  "{\"id\":\"1001\"" },
	{ "GET", AT "/employees/employees/x", NULL, 404, "errors" },
	{ "GET", AT "/employees/employees?limit=101", NULL, 422, "limit" },
	{ "GET", AT "/employees/employees?after_id=x", NULL, 422, "after_id" },
	{ "GET", AT "/employees/employees?limit=1", NULL, 200,
	  "\"meta\":{\"has_next_page\":true" },
	{ "GET", AT "/contracts/contract_versions?limit=1", NULL, 200,
	  "\"employee_id\":\"1001\",\"job_title\":\"Chief Executive\"" },
	{ "GET", AT "/teams/memberships?limit=1", NULL, 200,
	  "\"employee_id\":\"1001\",\"team_id\":\"50" },
	{ "GET", AT "/teams/teams", NULL, 200, "\"name\":\"Engineering\"" },
	{ "GET", AT "/job_catalog/levels", NULL, 200, "\"name\":\"Senior\"" },
	{ "GET", AT "/locations/locations", NULL, 200, "\"id\":\"701\"" },
	{ "GET", AT "/api_public/credentials", NULL, 200, "\"company_id\":" },
	{ "POST", HOOKS,
	  "{\"subscription_type\":\"shoes\",\"target_url\":\"x\"}", 422,
	  "subscription_type" },
	{ "DELETE", HOOKS "/9", NULL, 404, "webhook" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, NULL, rows, ARRAY_LEN(rows));
	w->extra.value = STR("x");
	assert_int_equal(call(w, "GET", AT "/teams/teams", NULL, NULL), 401);
}

static int follow(struct world *w, const char *list)
{
	char path[256], cursor[64] = "";
	int count = 0;

	for (int pages = 0; pages < 30; pages++) {
		const struct json *meta;

		(void)snprintf(path, sizeof(path), AT "/%s?limit=50%s%s", list,
			       cursor[0] ? "&after_id=" : "", cursor);
		assert_int_equal(call(w, "GET", path, NULL, NULL), 200);
		assert_int_equal(number(w, "meta.total"), PEOPLE);
		count += (int)json_size(json_get(w->json, "data"));
		meta = json_get(w->json, "meta");
		if (!json_true(json_get(meta, "has_next_page")))
			return count;
		world_copy(cursor, sizeof(cursor),
			   json_string(json_get(meta, "end_cursor")));
	}
	return -1;
}

static void test_every_list_has_everybody(void **state)
{
	struct world *w = *state;

	assert_int_equal(follow(w, "employees/employees"), PEOPLE);
	assert_int_equal(follow(w, "contracts/contract_versions"), PEOPLE);
	assert_int_equal(follow(w, "teams/memberships"), PEOPLE);
	control(w, "PATCH", "/sandbox/faults/factorial", "{\"looping\":true}");
	assert_int_equal(follow(w, "teams/memberships"), -1);
}

static void test_an_end_to_come_and_one_that_came(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"person\":3,\"on\":\"2026-12-24\"}");
	(void)call(w, "GET", AT "/employees/employees/1004", NULL, NULL);
	assert_non_null(strstr(w->body, "\"active\":true,\"is_terminating\":"
					"true,\"terminated_on\":"
					"\"2026-12-24\""));
	control(w, "POST", "/sandbox/clock",
		"{\"to\":\"2026-12-26T00:00:00Z\"}");
	(void)call(w, "GET", AT "/employees/employees/1004", NULL, NULL);
	assert_non_null(
		strstr(w->body, "\"active\":false,\"is_terminating\":false"));
}

static int add_webhook(struct world *w, const char *type, const char *path)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		       "{\"subscription_type\":\"%s\",\"target_url\":\"%s/%s\","
		       "\"name\":\"n\",\"challenge\":\"my challenge\"}",
		       type, w->hooks, path);
	return call(w, "POST", HOOKS, NULL, body);
}

static void test_each_type_has_its_own_webhook(void **state)
{
	struct world *w = *state;
	const struct json *v;

	assert_int_equal(add_webhook(w, "employees/employee/update", "u"), 201);
	assert_int_equal(add_webhook(w, "teams/membership/update", "m"), 201);
	assert_int_equal(add_webhook(w, "teams/membership/update", "x"), 422);
	assert_non_null(strstr(w->body, "taken"));
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"last_name\":"
		"\"Newname\"}}");
	await_posts(w, 1);
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	assert_string_equal(w->posts[0].path, "/u");
	assert_string_equal(w->posts[0].signature, "my challenge");
	assert_int_equal(
		json_parse(&v, &w->arena, str_of(w->posts[0].body), NULL, NULL),
		0);
	assert_str(json_string(json_get(v, "id")), "1004");
	assert_str(json_string(json_get(v, "last_name")), "Newname");
	world_forget_posts(w);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"department\":"
		"\"Finance\"}}");
	await_quiet(w);
	assert_int_equal(w->post_count, 2);
}

static void test_a_webhook_that_was_switched_off_comes_back(void **state)
{
	struct world *w = *state;
	char path[128];

	assert_int_equal(add_webhook(w, "employees/employee/update", "u"), 201);
	(void)snprintf(path, sizeof(path), HOOKS "/%.*s",
		       STR_ARG(json_string(json_get(w->json, "id"))));
	assert_int_equal(call(w, "PUT", path, NULL, "{\"enabled\":false}"),
			 200);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"leave\",\"person\":3}");
	await_quiet(w);
	assert_int_equal(w->post_count, 0);
	assert_int_equal(call(w, "PUT", path, NULL, "{\"enabled\":true}"), 200);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"return\",\"person\":3}");
	await_posts(w, 1);
	assert_int_equal(call(w, "DELETE", path, NULL, NULL), 204);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_every_list_has_everybody),
		TEST(test_an_end_to_come_and_one_that_came),
		TEST(test_each_type_has_its_own_webhook),
		TEST(test_a_webhook_that_was_switched_off_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

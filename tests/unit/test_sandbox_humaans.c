/* Humaans: pages by $skip with a total, roles joined, webhooks by its API. */
#include "sandbox_auth.h"

#define PEOPLE 120
#define AT     "/as/humaans/api"
#define FOURTH "Pp3kTq9vWx2p000000000004"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_HUMAANS, auth);
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/people/" FOURTH, NULL, 200, "{\"id\":\"" FOURTH "\"" },
	{ "GET", AT "/people/x", NULL, 404, "NotFound" },
	{ "GET", AT "/people?$limit=251", NULL, 400, "$limit" },
	{ "GET", AT "/people?%24limit=1&%24skip=119", NULL, 200,
	  "{\"total\":120,\"limit\":1,\"skip\":119,\"data\":[{" },
	{ "GET", AT "/people?updatedAt[$gte]=2026-11-23T09:00:00Z", NULL, 200,
	  "{\"total\":0," },
	{ "GET", AT "/people?updatedAt[$gte]=x", NULL, 400, "updatedAt" },
	{ "GET", AT "/job-roles?personId=" FOURTH, NULL, 200,
	  "{\"total\":1,\"limit\":100,\"skip\":0,\"data\":[{" },
	{ "GET", AT "/job-roles?personId=x", NULL, 200, "\"data\":[]" },
	{ "GET", AT "/locations", NULL, 200, "\"label\":\"London, UK\"" },
	{ "GET", AT "/me", NULL, 200, "\"status\":\"active\"" },
	{ "GET", AT "/webhooks/x", NULL, 404, "webhook" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, auth, rows, ARRAY_LEN(rows));
}

static size_t read_all(struct world *w, const char *list)
{
	char path[128];
	size_t count = 0;

	for (int skip = 0; skip < 1000; skip += 50) {
		(void)snprintf(path, sizeof(path), AT "/%s?$limit=50&$skip=%d",
			       list, skip);
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		count += json_size(json_get(w->json, "data"));
		if (skip + 50 >= number(w, "total"))
			break;
	}
	return count;
}

static void test_people_and_roles_have_the_same_total(void **state)
{
	struct world *w = *state;

	assert_int_equal(read_all(w, "people"), PEOPLE);
	assert_int_equal(read_all(w, "job-roles"), PEOPLE);
	control(w, "PATCH", "/sandbox/faults/humaans", "{\"wrong_total\":7}");
	assert_int_equal(read_all(w, "people"), PEOPLE);
	assert_int_equal(number(w, "total"), PEOPLE + 7);
}

static void test_past_its_limit_it_says_how_long(void **state)
{
	struct world *w = *state;

	while (call(w, "GET", AT "/locations", auth, NULL) == 200)
		assert_true(w->sandbox->apis[VENDOR_HUMAANS].requests <= 601);
	assert_int_equal(w->status, 429);
	assert_true(w->headers[RETRY_AFTER][0] != '\0');
}

static void test_statuses(void **state)
{
	struct world *w = *state;
	struct edit later = { .text[FIELD_START] = STR("2026-12-24") };
	uint32_t n;

	assert_int_equal(company_hire(&w->sandbox->company, &later, &n, NULL),
			 0);
	assert_int_equal(company_depart(&w->sandbox->company, 3, NO_DAY, NULL),
			 0);
	(void)call(w, "GET", AT "/people/Pp3kTq9vWx2p000000000079", auth, NULL);
	assert_str(json_string(json_get(w->json, "status")), "newHire");
	(void)call(w, "GET", AT "/people/" FOURTH, auth, NULL);
	assert_str(json_string(json_get(w->json, "status")), "offboarded");
}

static void test_a_webhook_of_its_api(void **state)
{
	struct world *w = *state;
	char body[256], path[128];

	(void)snprintf(body, sizeof(body),
		       "{\"url\":\"%s/h\",\"events\":[\"person.deleted\"]}",
		       w->hooks);
	assert_int_equal(call(w, "POST", AT "/webhooks", auth, body), 201);
	assert_non_null(strstr(w->body, "\"secret\":"));
	(void)snprintf(path, sizeof(path), AT "/webhooks/%.*s",
		       STR_ARG(json_string(json_get(w->json, "id"))));
	control(w, "POST", "/sandbox/act", "{\"action\":\"hire\"}");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"delete\",\"person\":3}");
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	assert_non_null(strstr(w->posts[0].body, FOURTH));
	assert_int_equal(strlen(w->posts[0].signature), 64);
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	assert_null(strstr(w->body, "secret"));
	assert_int_equal(call(w, "DELETE", path, auth, NULL), 204);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_people_and_roles_have_the_same_total),
		TEST(test_past_its_limit_it_says_how_long),
		TEST(test_statuses),
		TEST(test_a_webhook_of_its_api),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

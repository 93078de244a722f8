/* What BambooHR has beyond the list and one person, and its OAuth. */
#include "sandbox_auth.h"

#include "text.h"

#define PEOPLE 120

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_BAMBOOHR, auth);
	*state = w;
	return 0;
}

#define DATA   "/api/v2/datasets/employee/data"
#define REPORT "/api/v1/reports/custom?format=JSON"

static const struct row {
	const char *method, *path, *body;
	int status;
	const char *holds;
} rows[] = {
	{ "POST", DATA, "{\"fields\":[\"eeid\",\"email\"],\"pageSize\":2}", 200,
	  "{\"data\":[{\"fields\":{\"eeid\":\"101\",\"email\":" },
	{ "POST", DATA, "{\"fields\":[\"eeid\"]}", 200,
	  "\"meta\":{\"page\":1,\"pageSize\":100,\"totalPages\":2,"
	  "\"totalItems\":120}" },
	{ "POST", DATA, "{\"fields\":[\"eeid\"],\"pageSize\":1000}", 200,
	  "\"links\":[]" },
	{ "POST", DATA, "{\"fields\":[\"eeid\"],\"pageSize\":50,\"page\":2}",
	  200, "data?page=3\",\"prev\":" },
	{ "POST", DATA,
	  "{\"fields\":[\"eeid\"],\"filter\":\"eeid in ('101','103','7')\"}",
	  200, "\"totalItems\":2" },
	{ "POST", DATA, "{\"fields\":[\"eeid\"],\"filter\":\"eeid eq '101'\"}",
	  200, "{\"data\":[{\"fields\":{\"eeid\":\"101\"}}]" },
	{ "POST", DATA,
	  "{\"fields\":[\"eeid\"],\"filter\":\"lastChanged gt "
	  "'2026-11-23T09:00:00Z'\"}",
	  200, "\"totalItems\":0" },
	{ "POST", DATA,
	  "{\"fields\":[\"eeid\"],\"filter\":\"status eq 'Active' or x\"}", 422,
	  "\"status\":422" },
	{ "POST", DATA, "{\"fields\":[\"eeid\"],\"orderBy\":\"email asc\"}",
	  422, "orderBy" },
	{ "POST", DATA, "{\"fields\":[\"eeid\"],\"pageSize\":1001}", 422,
	  "pageSize" },
	{ "POST", DATA, "{\"fields\":[\"shoeSize\"]}", 400, "unknown" },
	{ "POST", DATA, "{}", 400, "fields" },
	{ "POST", "/api/v2/datasets/shoes/data", "{\"fields\":[\"eeid\"]}", 404,
	  "dataset" },
	{ "GET", "/api/v1_2/datasets", NULL, 200, "\"name\":\"employee\"" },
	{ "GET", "/api/v1_2/datasets/employee/fields", NULL, 200,
	  "\"name\":\"jobInformationJobTitle\"" },
	{ "POST", REPORT,
	  "{\"title\":\"T\",\"fields\":[\"workEmail\",\"shoeSize\","
	  "\"terminationDate\",\"workEmail\"]}",
	  200,
	  "{\"title\":\"T\",\"fields\":[{\"id\":\"workEmail\",\"type\":"
	  "\"email\",\"name\":\"Work Email\"},{\"id\":\"terminationDate\"" },
	{ "POST", REPORT, "{\"fields\":[\"terminationDate\"]}", 200,
	  "{\"id\":\"101\",\"terminationDate\":\"\"}" },
	{ "POST", REPORT,
	  "{\"fields\":[],\"filters\":{\"lastChanged\":{\"includeNull\":"
	  "\"no\",\"value\":\"2026-11-23T09:00:00Z\"}}}",
	  200, "\"employees\":[]" },
	{ "POST", REPORT, "{\"filters\":{\"department\":{}}}", 400, "filters" },
	{ "POST", "/api/v1/reports/custom?format=pdf", "{}", 404, "" },
	{ "GET", "/api/v1/employees/101/tables/jobInfo", NULL, 200,
	  "[{\"id\":\"10\",\"employeeId\":\"101\",\"date\":" },
	{ "GET", "/api/v1/employees/101/tables/shoes", NULL, 404, "" },
	{ "GET", "/api/v1/employees/9/tables/jobInfo", NULL, 404, "" },
	{ "GET", "/api/v1/employees/changed/tables/jobInfo", NULL, 400,
	  "since" },
	{ "GET", "/api/v1/meta/lists", NULL, 200, "\"alias\":\"department\"" },
	{ "GET", "/api/v1/meta/tables", NULL, 200,
	  "\"alias\":\"employmentStatus\"" },
	{ "GET", "/api/v1/meta/users", NULL, 200, "\"employeeId\":101" },
	{ "GET", "/api/v1/webhooks/post-fields", NULL, 200, "\"pages\":[]" },
	{ "PUT", "/api/v1/webhooks/9", "{}", 404, "ID: 9." },
	{ "GET", "/api/v1/webhooks/9/log", NULL, 404, "ID: 9." },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int status = call(w, r->method, r->path, auth, r->body);

		if (status != r->status || !strstr(w->body, r->holds))
			fail_msg("%s %s %s: %d %.400s", r->method, r->path,
				 r->body ? r->body : "", status, w->body);
	}
}

/* Theirs takes any other spelling for XML. */
static void test_a_report_needs_its_exact_content_type(void **state)
{
	struct world *w = *state;
	const struct http_call_header headers[] = {
		{ STR("Authorization"), str_of(auth) },
		{ STR("Content-Type"), STR("application/json; charset=utf-8") },
	};

	assert_int_equal(
		world_call(w, "POST", REPORT, headers, 2, "{\"fields\":[]}"),
		400);
	assert_non_null(strstr(w->body, "Malformed XML"));
}

static void test_a_dataset_is_read_by_its_pages(void **state)
{
	struct world *w = *state;
	char body[128];
	size_t count = 0;
	int64_t pages = 1;

	for (int64_t page = 1; page <= pages; page++) {
		(void)snprintf(body, sizeof(body),
			       "{\"fields\":[\"eeid\",\"status\"],\"pageSize\":"
			       "50,\"page\":%d}",
			       (int)page);
		assert_int_equal(call(w, "POST", DATA, auth, body), 200);
		count += json_size(json_get(w->json, "data"));
		pages = number(w, "meta.totalPages");
	}
	assert_int_equal(pages, 3);
	assert_int_equal(count, PEOPLE);
}

static void test_departures_to_come_are_in_the_table_alone(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"person\":3,\"on\":\"2026-12-24\"}");
	assert_int_equal(call(w, "GET",
			      "/api/v1/employees/104/tables/employmentStatus",
			      auth, NULL),
			 200);
	assert_non_null(strstr(w->body, "\"date\":\"2026-12-24\","
					"\"employmentStatus\":\"Terminated\""));
	assert_int_equal(call(w, "POST", DATA, auth,
			      "{\"fields\":[\"status\",\"terminationDate\"],"
			      "\"filter\":\"eeid eq '104'\"}"),
			 200);
	assert_non_null(strstr(w->body, "{\"status\":\"Active\","
					"\"terminationDate\":null}"));
}

/* --- webhooks --- */

static unsigned add_webhook(struct world *w)
{
	char body[512];
	uint64_t id;

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"n\",\"url\":\"%s/mine\",\"format\":"
		       "\"json\",\"events\":[\"employee.updated\"],"
		       "\"monitorFields\":[\"workEmail\"]}",
		       w->hooks);
	assert_int_equal(call(w, "POST", "/api/v1/webhooks", auth, body), 201);
	assert_true(str_to_u64(json_string(json_get(w->json, "id")), &id));
	return (unsigned)id;
}

static void test_a_webhook_is_replaced_and_keeps_its_key(void **state)
{
	struct world *w = *state;
	unsigned id = add_webhook(w);
	struct subscription *sub = sender_find(w->sandbox->sender, id);
	char path[64], body[512], secret[CREDENTIAL_SIZE];

	memcpy(secret, sub->target.secret, sizeof(secret));
	(void)snprintf(path, sizeof(path), "/api/v1/webhooks/%u", id);
	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"other\",\"url\":\"%s/other\",\"format\":"
		       "\"form-encoded\",\"events\":[\"employee.created\"]}",
		       w->hooks);
	assert_int_equal(call(w, "PUT", path, auth, body), 200);
	assert_null(json_get(w->json, "privateKey"));
	assert_non_null(strstr(w->body, "\"format\":\"form-encoded\""));
	assert_non_null(strstr(w->body, "\"monitorFields\":[]"));
	sub = sender_find(w->sandbox->sender, id);
	assert_string_equal(sub->target.secret, secret);
	control(w, "POST", "/sandbox/act", "{\"action\":\"hire\"}");
	await_posts(w, 1);
	await_quiet(w);
	assert_int_equal(w->post_count, 1); /* updates are not wanted now */
	assert_string_equal(w->posts[0].path, "/other");
	assert_memory_equal(w->posts[0].body, "type=employee.created", 21);
	assert_int_equal(call(w, "PUT", path, auth,
			      "{\"name\":\"x\",\"url\":\"http://127.0.0.1:1/\","
			      "\"format\":\"json\",\"events\":["
			      "\"employee.created\"]}"),
			 400);
}

static void test_the_log_says_429_with_200(void **state)
{
	struct world *w = *state;
	unsigned id = add_webhook(w);
	char path[64];

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"email\":"
		"\"x@example.com\"}}");
	await_quiet(w);
	(void)snprintf(path, sizeof(path), "/api/v1/webhooks/%u/log", id);
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	assert_int_equal(json_size(w->json), 1);
	assert_non_null(strstr(w->body, "\"statusCode\":\"200\""));
	assert_non_null(strstr(w->body, "\"employeeIds\":[\"104\"]"));
	for (int i = 0; i < 10; i++)
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	assert_int_equal(number(w, "error.code"), 429);
}

/* --- OAuth --- */

#define CLIENT "client_id=sandbox-bamboohr-client&client_secret="
#define BACK   "http%3A%2F%2F127.0.0.1%3A1%2Fback"

static int ask_token(struct world *w, const char *rest)
{
	char body[1024];

	(void)snprintf(body, sizeof(body), CLIENT "%s&%s",
		       cred(w, CRED_BAMBOOHR_SECRET), rest);
	return post_form(w, "/token.php?request=token", NULL, body);
}

static void test_a_refresh_token_opens_once(void **state)
{
	struct world *w = *state;
	char token[TOKEN_SIZE], body[256], bearer[AUTH_SIZE];

	(void)token_refresh(w->sandbox, VENDOR_BAMBOOHR, token);
	(void)snprintf(body, sizeof(body),
		       "grant_type=refresh_token&refresh_token=%s", token);
	assert_int_equal(ask_token(w, body), 200);
	assert_int_equal(number(w, "expires_in"), 3600);
	bearer_auth(bearer, token_field(w, "access_token"));
	assert_int_equal(ask_token(w, body), 400);
	assert_string_equal(w->body, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(call(w, "GET", "/api/v1/meta/fields", bearer, NULL),
			 200);
	bearer[strlen(bearer) - 1] ^= 1;
	assert_int_equal(call(w, "GET", "/api/v1/meta/fields", bearer, NULL),
			 401);
	control(w, "GET", "/sandbox/credentials", NULL);
	assert_null(strstr(w->body, token)); /* the new one is shown */
}

static void test_a_code_opens_once_with_its_verifier(void **state)
{
	struct world *w = *state;
	/* RFC 7636, appendix B */
	static const char good[] =
		"grant_type=authorization_code&redirect_uri=" BACK
		"&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
		"&code=";
	char body[512], code[TOKEN_SIZE];
	const char *at;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			call(w, "GET",
			     "/authorize.php?request=authorize&state=a%20b&"
			     "response_type=code&redirect_uri=" BACK
			     "&client_id=sandbox-bamboohr-client&"
			     "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWb"
			     "uGJSstw-cM&code_challenge_method=S256",
			     NULL, NULL),
			302);
		at = strstr(w->headers[LOCATION], "?code=");
		assert_non_null(at);
		assert_memory_equal(w->headers[LOCATION],
				    "http://127.0.0.1:1/back?", 24);
		(void)snprintf(code, sizeof(code), "%.*s",
			       (int)strcspn(at + 6, "&"), at + 6);
		(void)snprintf(body, sizeof(body), "%s%s", good, code);
		if (i == 1)
			body[strlen(good) - 8] ^= 1; /* another verifier */
		assert_int_equal(ask_token(w, body), i ? 400 : 200);
		assert_int_equal(ask_token(w, body), 400);
	}
}

static void test_only_the_client_gets_tokens(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *error;
	} wrong[] = {
		{ CLIENT "x&grant_type=refresh_token", 401, "invalid_client" },
		{ "grant_type=refresh_token", 401, "invalid_client" },
		{ "%zz", 400, "invalid_request" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(
			post_form(w, "/token.php", NULL, wrong[i].body),
			wrong[i].status);
		assert_non_null(strstr(w->body, wrong[i].error));
	}
	assert_int_equal(ask_token(w, "grant_type=password"), 400);
	assert_non_null(strstr(w->body, "unsupported_grant_type"));
	control(w, "PATCH", "/sandbox/faults/bamboohr", "{\"revoked\":true}");
	assert_int_equal(ask_token(w, "grant_type=refresh_token"), 400);
	assert_non_null(strstr(w->body, "invalid_grant"));
}

static void test_tokens_end(void **state)
{
	struct world *w = *state;
	char token[TOKEN_SIZE], body[256], bearer[AUTH_SIZE];

	control(w, "PATCH", "/sandbox/faults/bamboohr",
		"{\"token_ttl_s\":100}");
	(void)snprintf(body, sizeof(body),
		       "grant_type=refresh_token&refresh_token=%s",
		       token_refresh(w->sandbox, VENDOR_BAMBOOHR, token));
	assert_int_equal(ask_token(w, body), 200);
	assert_int_equal(number(w, "expires_in"), 100);
	bearer_auth(bearer, token_field(w, "access_token"));
	clock_fake_ms(clock_wall_ms() + 90000);
	assert_int_equal(call(w, "GET", "/api/v1/meta/fields", bearer, NULL),
			 200);
	clock_fake_ms(clock_wall_ms() + 20000);
	assert_int_equal(call(w, "GET", "/api/v1/meta/fields", bearer, NULL),
			 401);
	clock_fake_ms(-1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_a_report_needs_its_exact_content_type),
		TEST(test_a_dataset_is_read_by_its_pages),
		TEST(test_departures_to_come_are_in_the_table_alone),
		TEST(test_a_webhook_is_replaced_and_keeps_its_key),
		TEST(test_the_log_says_429_with_200),
		TEST(test_a_refresh_token_opens_once),
		TEST(test_a_code_opens_once_with_its_verifier),
		TEST(test_only_the_client_gets_tokens),
		TEST(test_tokens_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

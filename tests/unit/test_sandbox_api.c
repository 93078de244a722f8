/* The vendors' APIs, called over HTTP: credentials, errors, pages, faults. */
#include "sandbox_auth.h"

#define PEOPLE 300

static char auth[API_COUNT][AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	for (unsigned v = 0; v < API_COUNT; v++)
		auth_of(w, (enum vendor)v, auth[v]);
	*state = w;
	return 0;
}

/* Of each API: one call that every credential may make. */
static const struct {
	const char *method, *path, *body;
} pings[API_COUNT] = {
	[VENDOR_BAMBOOHR] = { "GET", "/api/v1/meta/fields", NULL },
	[VENDOR_HIBOB] = { "POST", "/v1/people/3332883894011691100", "{}" },
	[VENDOR_RIPPLING] = { "GET", "/sso-me", NULL },
	[VENDOR_WORKDAY] = { "GET",
			     "/as/workday/ccx/service/customreport2/sandbox/"
			     "ISU_hrisd/"
			     "INT_hrisd_Workers?format=json&Worker!Employee_ID="
			     "21001",
			     NULL },
	[VENDOR_GUSTO] = { "GET",
			   "/as/gusto/v1/employees/"
			   "6c057000-0000-4000-8000-000000000001",
			   NULL },
	[VENDOR_DEEL] = { "GET",
			  "/as/deel/rest/v2/people/"
			  "6cde3100-0000-4000-8000-000000000001",
			  NULL },
	[VENDOR_MERGE] = { "GET", "/as/merge/api/hris/v1/account-details",
			   NULL },
	[VENDOR_WORKOS] = { "GET", "/as/workos/organizations?limit=1", NULL },
	[VENDOR_FACTORIAL] = { "GET",
			       "/as/factorial/api/2026-07-01/resources/"
			       "api_public/credentials",
			       NULL },
	[VENDOR_HUMAANS] = { "GET", "/as/humaans/api/me", NULL },
	[VENDOR_NAMELY] = { "GET", "/as/namely/api/v1/profiles/me", NULL },
	[VENDOR_CSV] = { "GET", "/as/csv/employees.csv", NULL },
	[VENDOR_PERSONIO] = { "GET", "/as/personio/v2/persons/8629001", NULL },
};

static int ping(struct world *w, enum vendor v)
{
	int status;

	extra_of(w, v);
	status =
		call(w, pings[v].method, pings[v].path, auth[v], pings[v].body);
	w->extra = (struct http_call_header){ 0 };
	return status;
}

static unsigned long atoi_of(const char *text)
{
	uint64_t n = UINT64_MAX;

	(void)str_to_u64(str_of(text), &n);
	return n;
}

static void test_only_the_right_credential_opens(void **state)
{
	struct world *w = *state;

	for (unsigned v = 0; v < API_COUNT; v++) {
		const char *wrong[] = { NULL, "Basic eDp4", "Bearer x",
					"Basic !", auth[(v + 1) % API_COUNT] };

		assert_int_equal(ping(w, (enum vendor)v), 200);
		for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
			assert_int_equal(call(w, pings[v].method, pings[v].path,
					      wrong[i], pings[v].body),
					 401);
	}
}

static const struct row {
	enum vendor vendor;
	const char *method, *path, *body;
	int status;
	const char *holds; /* somewhere in the answer */
} rows[] = {
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/101?fields=firstName",
	  NULL, 200, "{\"id\":\"101\",\"firstName\":" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/0?fields=firstName", NULL,
	  200, "{\"id\":\"101\"" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/401", NULL, 404, "" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/x", NULL, 404, "" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/nothing", NULL, 404, "" },
	{ VENDOR_BAMBOOHR, "PUT", "/api/v1/employees/101", "{}", 405, "" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees?page%5Blimit%5D=0", NULL,
	  400, "\"code\":\"BadRequest\"" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees?page%5Bafter%5D=xx!", NULL,
	  400, "\"code\":\"BadPage\"" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees?filter%5Bstatus%5D=x",
	  NULL, 400, "BadRequest" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees?sort=-lastName", NULL, 400,
	  "BadRequest" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees?filter%5Bids%5D=101,103",
	  NULL, 200, "\"total\":2" },
	{ VENDOR_BAMBOOHR, "GET",
	  "/api/v1/employees?filter[ids][]=101&filter[ids][]=999999", NULL, 200,
	  "\"total\":1" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees?x=%zz", NULL, 400,
	  "BadRequest" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/changed", NULL, 400,
	  "since" },
	{ VENDOR_BAMBOOHR, "GET",
	  "/api/v1/employees/changed?since=2026-11-23T09:00:00Z", NULL, 200,
	  "{\"employees\":{},\"latest\":\"2026-11-23T09:00:00+00:00\"}" },
	{ VENDOR_BAMBOOHR, "GET",
	  "/api/v1/employees/changed?since=2026-11-23T09:00:00Z&type=x", NULL,
	  400, "type" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/directory", NULL, 200,
	  "\"supervisor\":" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/company_information", NULL, 200,
	  "legalName" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/webhooks/monitor_fields", NULL, 200,
	  "\"alias\":\"workEmail\"" },
	{ VENDOR_BAMBOOHR, "POST", "/api/v1/webhooks", "{\"format\":\"json\"}",
	  400, "\"issues\":[\"name" },
	{ VENDOR_BAMBOOHR, "POST", "/api/v1/webhooks", "nonsense", 400,
	  "Invalid request body" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/webhooks/9", NULL, 404,
	  "No webhook was found with ID: 9." },
	{ VENDOR_HIBOB, "POST", "/v1/people/1", "{}", 404, "not_found" },
	{ VENDOR_HIBOB, "POST", "/v1/people/search", "[", 400, "bad_request" },
	{ VENDOR_HIBOB, "POST", "/v1/people/search",
	  "{\"humanReadable\":\"x\"}", 400, "bad_request" },
	{ VENDOR_HIBOB, "POST", "/v1/people/search",
	  "{\"filters\":[{\"fieldPath\":\"root.surname\",\"operator\":"
	  "\"equals\",\"values\":[\"x\"]}]}",
	  400, "bad_request" },
	{ VENDOR_HIBOB, "POST", "/v1/people/search",
	  "{\"filters\":[{\"fieldPath\":\"root.id\",\"operator\":\"equals\","
	  "\"values\":[\"3332883894011691100\",\"7\"]}]}",
	  200, "{\"employees\":[{\"id\":\"3332883894011691100\"" },
	{ VENDOR_HIBOB, "GET", "/v1/company/people/fields", NULL, 200,
	  "\"jsonPath\":\"internal.lifecycleStatus\"" },
	{ VENDOR_HIBOB, "GET", "/v1/company/named-lists/department", NULL, 200,
	  "\"archived\":false" },
	{ VENDOR_HIBOB, "GET", "/v1/company/named-lists/x", NULL, 404,
	  "not_found" },
	{ VENDOR_RIPPLING, "GET", "/workers/66f000000000000000000001/", NULL,
	  200, "\"user_id\":\"65f000000000000000000001\"" },
	{ VENDOR_RIPPLING, "GET", "/workers/66f000000000000000009999/", NULL,
	  404, "{\"ok\":false,\"error\":\"Worker not found\"}" },
	{ VENDOR_RIPPLING, "GET", "/workers/?limit=101", NULL, 400, "limit" },
	{ VENDOR_RIPPLING, "GET", "/workers/?expand=shoes", NULL, 400,
	  "expand" },
	{ VENDOR_RIPPLING, "GET", "/workers/?cursor=zzz", NULL, 400, "cursor" },
	{ VENDOR_RIPPLING, "GET", "/workers/?filter=shoes%20eq%20'1'", NULL,
	  400, "filter" },
	{ VENDOR_RIPPLING, "GET",
	  "/workers/?filter=user_id%20eq%20'65f000000000000000000003'", NULL,
	  200, "\"results\":[{\"id\":\"66f000000000000000000003\"" },
	{ VENDOR_RIPPLING, "GET", "/nothing", NULL, 404, "\"ok\":false" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int status =
			call(w, r->method, r->path, auth[r->vendor], r->body);

		if (status != r->status || !strstr(w->body, r->holds))
			fail_msg("%s %s: %d %.300s", r->method, r->path, status,
				 w->body);
	}
}

static void test_bamboohr_answers_xml_unless_asked(void **state)
{
	struct world *w = *state;
	struct http_call_header h = { STR("Authorization"),
				      str_of(auth[VENDOR_BAMBOOHR]) };
	static const char *const paths[] = { "/api/v1/employees/101",
					     "/api/v1/employees/directory",
					     "/api/v1/meta/fields" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		(void)world_call(w, "GET", paths[i], &h, 1, NULL);
		assert_int_equal(w->status, 200);
		assert_int_equal(
			strncmp(w->body, "<?xml version=\"1.0\"?>", 21), 0);
		assert_string_equal(w->headers[CONTENT_TYPE],
				    "text/xml; charset=utf-8");
	}
}

/* Read every page; how many people, or -1 when it does not end. */
static int read_bamboohr(struct world *w, const char *filter)
{
	char path[256], cursor[128] = "";
	int count = 0;

	for (int pages = 0; pages < 50; pages++) {
		const struct json *next;

		(void)snprintf(path, sizeof(path),
			       "/api/v1/employees?page%%5Blimit%%5D=40%s%s%s",
			       filter, cursor[0] ? "&page%5Bafter%5D=" : "",
			       cursor);
		assert_int_equal(
			call(w, "GET", path, auth[VENDOR_BAMBOOHR], NULL), 200);
		count += (int)json_size(json_get(w->json, "data"));
		next = json_get(json_get(json_get(w->json, "meta"), "page"),
				"nextCursor");
		if (json_is(next, JSON_NULL))
			return count;
		world_copy(cursor, sizeof(cursor), json_string(next));
	}
	return -1;
}

static int read_rippling(struct world *w)
{
	char path[256] = "/workers/?limit=40&expand=user";
	int count = 0;

	for (int pages = 0; pages < 50; pages++) {
		struct str next;

		assert_int_equal(
			call(w, "GET", path, auth[VENDOR_RIPPLING], NULL), 200);
		count += (int)json_size(json_get(w->json, "results"));
		next = json_string(json_get(w->json, "next_link"));
		if (!next.ptr)
			return count;
		assert_true(str_starts(next, str_of(w->base)));
		(void)snprintf(path, sizeof(path), "%.*s&limit=40",
			       (int)(next.len - strlen(w->base)),
			       next.ptr + strlen(w->base));
	}
	return -1;
}

static int search_hibob(struct world *w, const char *inactive)
{
	char body[64];

	(void)snprintf(body, sizeof(body), "{\"showInactive\":%s}", inactive);
	assert_int_equal(
		call(w, "POST", "/v1/people/search", auth[VENDOR_HIBOB], body),
		200);
	return (int)json_size(json_get(w->json, "employees"));
}

static void test_every_page_together_is_everybody(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);
	int here = (int)(counts[EMPLOYEE_ACTIVE] + counts[EMPLOYEE_ON_LEAVE]);

	assert_int_equal(read_bamboohr(w, ""), PEOPLE);
	assert_int_equal(number(w, "meta.total"), PEOPLE);
	assert_int_equal(read_bamboohr(w, "&filter%5Bstatus%5D=active"), here);
	assert_int_equal(read_rippling(w), PEOPLE);
	assert_int_equal(search_hibob(w, "true"), PEOPLE);
	assert_int_equal(search_hibob(w, "false"), here);
}

static void test_lists_go_wrong_on_demand(void **state)
{
	struct world *w = *state;

	control(w, "PATCH", "/sandbox/faults/bamboohr", "{\"half_list\":true}");
	assert_int_equal(read_bamboohr(w, ""), PEOPLE / 2);
	assert_int_equal(number(w, "meta.total"), PEOPLE);
	control(w, "DELETE", "/sandbox/faults/bamboohr", NULL);
	control(w, "PATCH", "/sandbox/faults/bamboohr",
		"{\"repeat_cursor\":true}");
	assert_int_equal(read_bamboohr(w, ""), -1);
	control(w, "DELETE", "/sandbox/faults/bamboohr", NULL);
	control(w, "PATCH", "/sandbox/faults/bamboohr", "{\"wrong_total\":5}");
	assert_int_equal(read_bamboohr(w, ""), PEOPLE);
	assert_int_equal(number(w, "meta.total"), PEOPLE + 5);
	control(w, "PATCH", "/sandbox/faults/rippling",
		"{\"empty_list\":true}");
	assert_int_equal(read_rippling(w), 0);
	control(w, "PATCH", "/sandbox/faults/hibob", "{\"hidden_percent\":30}");
	assert_in_range(search_hibob(w, "true"), PEOPLE / 2, PEOPLE * 4 / 5);
}

static void test_refusals_on_demand(void **state)
{
	struct world *w = *state;
	char path[64];

	for (unsigned v = 0; v < API_COUNT; v++) {
		(void)snprintf(path, sizeof(path), "/sandbox/faults/%s",
			       vendor_name((enum vendor)v));
		control(w, "PATCH", path,
			"{\"throttle_percent\":100,\"retry_after_s\":7,"
			"\"times\":2}");
		assert_int_equal(ping(w, (enum vendor)v), 429);
		assert_string_equal(w->headers[RETRY_AFTER], "7");
		assert_int_equal(ping(w, (enum vendor)v), 429);
		assert_int_equal(ping(w, (enum vendor)v), 200);
		control(w, "PATCH", path, "{\"revoked\":true,\"after\":1}");
		assert_int_equal(ping(w, (enum vendor)v), 200);
		assert_int_equal(ping(w, (enum vendor)v), 401);
		control(w, "DELETE", path, NULL);
		control(w, "PATCH", path, "{\"forbidden\":true}");
		assert_int_equal(ping(w, (enum vendor)v), 403);
		control(w, "DELETE", path, NULL);
		control(w, "PATCH", path,
			"{\"error_percent\":100,\"error_status\":502}");
		assert_int_equal(ping(w, (enum vendor)v), 502);
		control(w, "DELETE", path, NULL);
		assert_int_equal(ping(w, (enum vendor)v), 200);
	}
}

static void test_connections_break_on_demand(void **state)
{
	struct world *w = *state;
	static const char *const faults[] = {
		"{\"reset_percent\":100}",
		"{\"truncated_body_percent\":100}",
	};

	for (unsigned v = 0; v < API_COUNT; v++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/sandbox/faults/%s",
			       vendor_name((enum vendor)v));
		for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
			control(w, "PATCH", path, faults[i]);
			assert_int_equal(ping(w, (enum vendor)v), 0);
			control(w, "DELETE", path, NULL);
			assert_int_equal(ping(w, (enum vendor)v), 200);
		}
	}
}

static void test_answers_are_late_or_slow_on_demand(void **state)
{
	static const char *const faults[] = { "{\"latency_ms\":200}",
					      "{\"slow_body_ms\":200}" };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		int64_t before;

		control(w, "PATCH", "/sandbox/faults/rippling", faults[i]);
		before = clock_mono_ms();
		assert_int_equal(read_rippling(w), PEOPLE);
		assert_true(clock_mono_ms() - before >= 8 * 150);
		control(w, "DELETE", "/sandbox/faults/rippling", NULL);
	}
}

static void test_answers_come_in_drops_on_demand(void **state)
{
	struct world *w = *state;
	int64_t before = clock_mono_ms();

	control(w, "PATCH", "/sandbox/faults/rippling", "{\"drip_ms\":1}");
	assert_int_equal(ping(w, VENDOR_RIPPLING), 200);
	/* Head and all, a millisecond each. */
	assert_true(clock_mono_ms() - before >= (int64_t)strlen(w->body));
}

static void test_callers_are_sent_elsewhere_on_demand(void **state)
{
	struct world *w = *state;

	for (unsigned v = 0; v < API_COUNT; v++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/sandbox/faults/%s",
			       vendor_name((enum vendor)v));
		control(w, "PATCH", path,
			"{\"redirect\":\"http://169.254.169.254/x\"}");
		assert_int_equal(ping(w, (enum vendor)v), 302);
		assert_string_equal(w->headers[LOCATION],
				    "http://169.254.169.254/x");
		control(w, "PATCH", path, "{\"redirect\":null}");
		assert_int_equal(ping(w, (enum vendor)v), 200);
	}
}

static void test_a_path_is_away_on_demand(void **state)
{
	struct world *w = *state;

	control(w, "PATCH", "/sandbox/faults/bamboohr",
		"{\"missing_path\":\"/api/v1/employees\"}");
	assert_int_equal(call(w, "GET", "/api/v1/employees?fields=workEmail",
			      auth[VENDOR_BAMBOOHR], NULL),
			 404);
	assert_int_equal(ping(w, VENDOR_BAMBOOHR), 200);
}

static void test_an_answer_is_held_on_demand(void **state)
{
	const struct http_call_header header = {
		STR("Authorization"), str_of(auth[VENDOR_RIPPLING])
	};
	char url[128];
	const struct http_call_spec spec = { .method = "GET",
					     .url = url,
					     .headers = &header,
					     .header_count = 1 };
	struct world *w = *state, late = { .answered = false };
	int64_t end = clock_mono_ms() + DEADLINE_MS;
	struct err err = { 0 };

	arena_init(&late.arena, 1 << 20);
	(void)snprintf(url, sizeof(url), "%s/workers/", w->base);
	control(w, "PATCH", "/sandbox/faults/rippling",
		"{\"held_path\":\"/workers/\"}");
	world_must(http_client_start(w->client, &spec, world_answer, &late,
				     NULL, &err),
		   &err);
	do
		control(w, "GET", "/sandbox/state", NULL);
	while (number(w, "held") == 0 && clock_mono_ms() < end);
	assert_int_equal(number(w, "held"), 1);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":7,\"set\":"
		"{\"job_title\":\"Lion Tamer\"}}");
	assert_int_equal(ping(w, VENDOR_RIPPLING), 200); /* another path */
	assert_false(late.answered);
	control(w, "DELETE", "/sandbox/faults/rippling", NULL);
	while (!late.answered && clock_mono_ms() < end)
		loop_turn(w->loop, 50);
	assert_int_equal(late.status, 200);
	assert_null(strstr(late.body, "Lion Tamer"));
	free(late.body);
	arena_release(&late.arena);
}

/* Few bytes, which would become a hundred million. */
static void test_small_bodies_become_large_on_demand(void **state)
{
	struct world *w = *state;

	for (unsigned v = 0; v < API_COUNT; v++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/sandbox/faults/%s",
			       vendor_name((enum vendor)v));
		control(w, "PATCH", path, "{\"gzip_bomb\":100000000}");
		/* our own client takes nothing that is packed */
		assert_int_equal(ping(w, (enum vendor)v), 0);
		assert_string_equal(w->headers[CONTENT_ENCODING], "gzip");
		assert_true(atoi_of(w->headers[CONTENT_LENGTH]) < 300000);
	}
}

static void test_bodies_are_large_or_mislabelled_on_demand(void **state)
{
	struct world *w = *state;

	control(w, "PATCH", "/sandbox/faults/rippling",
		"{\"oversized_bytes\":20000000,\"wrong_content_type\":true}");
	assert_int_equal(ping(w, VENDOR_RIPPLING), 200);
	assert_true(strlen(w->body) >= 20000000);
	assert_string_equal(w->headers[CONTENT_TYPE],
			    "text/html; charset=utf-8");
}

static void test_hibob_locks_out_who_guesses(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < LOCK_AFTER; i++)
		assert_int_equal(call(w, "POST", "/v1/people/search",
				      "Basic eDp4", "{}"),
				 401);
	assert_int_equal(ping(w, VENDOR_HIBOB), 403);
	assert_string_equal(w->headers[CONTENT_TYPE],
			    "text/html; charset=utf-8");
	assert_int_equal(ping(w, VENDOR_RIPPLING), 200);
	control(w, "DELETE", "/sandbox/faults/hibob", NULL);
	assert_int_equal(ping(w, VENDOR_HIBOB), 200);
}

static void test_a_limit_is_lifted_on_demand(void **state)
{
	struct world *w = *state;

	control(w, "PATCH", "/sandbox/faults/hibob",
		"{\"no_rate_limit\":true}");
	for (int i = 0; i < 60; i++)
		(void)search_hibob(w, "false");
}

static void test_hibob_limits_searches(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 50; i++)
		(void)search_hibob(w, "false");
	assert_string_equal(w->headers[RATE_LIMIT], "50");
	assert_string_equal(w->headers[RATE_REMAINING], "0");
	assert_int_equal(
		call(w, "POST", "/v1/people/search", auth[VENDOR_HIBOB], "{}"),
		429);
	assert_int_equal(number(w, "statusCode"), 429);
	assert_true(json_string(json_get(w->json, "timestamp")).len > 0);
	assert_int_equal(ping(w, VENDOR_HIBOB), 200); /* reads go on */
}

static void test_changes_are_seen_by_all(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":7,"
		"\"set\":{\"job_title\":\"Lion Tamer\"}}");
	(void)call(w, "GET", "/api/v1/employees/108?fields=jobTitle",
		   auth[VENDOR_BAMBOOHR], NULL);
	assert_string_equal(w->body,
			    "{\"id\":\"108\",\"jobTitle\":\"Lion Tamer\"}");
	(void)call(w, "POST", "/v1/people/3332883894011691107",
		   auth[VENDOR_HIBOB],
		   "{\"fields\":[\"work.title\"],\"humanReadable\":"
		   "\"REPLACE\"}");
	assert_non_null(strstr(w->body, "\"title\":\"Lion Tamer\""));
	(void)call(w, "GET", "/workers/66f000000000000000000008/",
		   auth[VENDOR_RIPPLING], NULL);
	assert_non_null(strstr(w->body, "\"title\":\"Lion Tamer\""));
	(void)call(w, "GET",
		   "/api/v1/employees/changed?since=2026-11-23T09:00:00Z",
		   auth[VENDOR_BAMBOOHR], NULL);
	assert_non_null(strstr(w->body, "{\"id\":\"108\",\"action\":"
					"\"Updated\",\"lastChanged\":"
					"\"2026-11-23T09:00:00+00:00\"}"));
}

static void test_the_deleted_are_not_found(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"delete\",\"person\":7}");
	assert_int_equal(call(w, "GET", "/api/v1/employees/108",
			      auth[VENDOR_BAMBOOHR], NULL),
			 404);
	assert_int_equal(call(w, "POST", "/v1/people/3332883894011691107",
			      auth[VENDOR_HIBOB], "{}"),
			 404);
	assert_int_equal(call(w, "GET", "/workers/66f000000000000000000008/",
			      auth[VENDOR_RIPPLING], NULL),
			 404);
	(void)call(w, "GET",
		   "/api/v1/employees/changed?since=2026-11-23T09:00:00Z",
		   auth[VENDOR_BAMBOOHR], NULL);
	assert_non_null(strstr(w->body, "\"action\":\"Deleted\""));
	assert_int_equal(read_bamboohr(w, ""), PEOPLE - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_only_the_right_credential_opens),
		TEST(test_calls_and_their_errors),
		TEST(test_bamboohr_answers_xml_unless_asked),
		TEST(test_every_page_together_is_everybody),
		TEST(test_lists_go_wrong_on_demand),
		TEST(test_refusals_on_demand),
		TEST(test_connections_break_on_demand),
		TEST(test_answers_are_late_or_slow_on_demand),
		TEST(test_answers_come_in_drops_on_demand),
		TEST(test_callers_are_sent_elsewhere_on_demand),
		TEST(test_a_path_is_away_on_demand),
		TEST(test_an_answer_is_held_on_demand),
		TEST(test_small_bodies_become_large_on_demand),
		TEST(test_bodies_are_large_or_mislabelled_on_demand),
		TEST(test_hibob_locks_out_who_guesses),
		TEST(test_a_limit_is_lifted_on_demand),
		TEST(test_hibob_limits_searches),
		TEST(test_changes_are_seen_by_all),
		TEST(test_the_deleted_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

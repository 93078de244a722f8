/* Answers that hold everybody: as large as they need to be, never kept. */
#include "sandbox_auth.h"

#define PEOPLE 20000

static int setup(void **state)
{
	*state = world_open(PEOPLE);
	return 0;
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0, len = strlen(what);
	const char *end = text + strlen(text);

	/* Not strstr: a sanitizer's walks to the end each time. */
	for (; (text = memmem(text, (size_t)(end - text), what, len));
	     text += len)
		count++;
	return count;
}

static const struct row {
	enum vendor vendor;
	const char *method, *path, *body;
	const char *each; /* stands there once for each person */
} rows[] = {
	{ VENDOR_BAMBOOHR, "POST", "/api/v1/reports/custom?format=JSON",
	  "{\"fields\":[\"workEmail\",\"firstName\",\"jobTitle\"]}",
	  "\"workEmail\":" },
	{ VENDOR_BAMBOOHR, "GET", "/api/v1/employees/all/tables/jobInfo", NULL,
	  "\"jobTitle\":" },
	{ VENDOR_BAMBOOHR, "GET",
	  "/api/v1/employees/changed/tables/jobInfo?since=2000-01-01T00:00:00Z",
	  NULL, "\"lastChanged\":" },
	{ VENDOR_BAMBOOHR, "GET",
	  "/api/v1/employees/changed?since=2000-01-01T00:00:00Z", NULL,
	  "\"lastChanged\":" },
	{ VENDOR_WORKDAY, "GET",
	  "/as/workday/ccx/service/customreport2/sandbox/ISU_hrisd/"
	  "INT_hrisd_Workers?format=json",
	  NULL, "\"Employee_ID\":" },
	{ VENDOR_GUSTO, "GET",
	  "/as/gusto/v1/companies/c0605700-0000-4000-8000-000000000001/"
	  "employees",
	  NULL, "\"work_email\":" },
	{ VENDOR_CSV, "GET", "/as/csv/employees.csv", NULL, "@example.com," },
	{ VENDOR_HIBOB, "POST", "/v1/people/search",
	  "{\"showInactive\":true,\"fields\":[\"root.id\"]}",
	  "\"creationDateTime\":" },
};

static void test_everybody_is_there_once(void **state)
{
	struct world *w = *state;
	char auth[AUTH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		size_t len, count;

		auth_of(w, r->vendor, auth);
		assert_int_equal(call(w, r->method, r->path, auth, r->body),
				 200);
		len = strlen(w->body);
		count = count_of(w->body, r->each);
		if (count != PEOPLE || len < 1 << 20)
			fail_msg("%s: %zu in %zu bytes", r->path, count, len);
		assert_string_equal(w->headers[CONTENT_LENGTH], "");
		assert_non_null(strchr("}]\n", w->body[len - 1]));
	}
}

static void test_faults_hit_what_is_streamed(void **state)
{
	struct world *w = *state;
	char auth[AUTH_SIZE];

	auth_of(w, VENDOR_HIBOB, auth);
	control(w, "PATCH", "/sandbox/faults/hibob",
		"{\"truncated_body_percent\":100}");
	assert_int_equal(call(w, "POST", "/v1/people/search", auth,
			      "{\"showInactive\":true}"),
			 0);
	control(w, "DELETE", "/sandbox/faults/hibob", NULL);
	control(w, "PATCH", "/sandbox/faults/hibob",
		"{\"oversized_bytes\":30000000}");
	assert_int_equal(call(w, "POST", "/v1/people/search", auth,
			      "{\"showInactive\":true}"),
			 200);
	assert_true(strlen(w->body) >= 30000000);
	control(w, "DELETE", "/sandbox/faults/hibob", NULL);
	control(w, "PATCH", "/sandbox/faults/hibob",
		"{\"gzip_bomb\":50000000}");
	assert_int_equal(call(w, "POST", "/v1/people/search", auth,
			      "{\"showInactive\":true}"),
			 0); /* our own client takes nothing that is packed */
	assert_string_equal(w->headers[CONTENT_ENCODING], "gzip");
}

/* Closing while it is under way must leave nothing behind. */
static void test_a_caller_may_go_away(void **state)
{
	struct world *w = *state;
	struct http_call *c = NULL;
	char auth[AUTH_SIZE], url[256];
	struct http_call_header h = { .name = STR("Authorization") };
	struct http_call_spec spec = { .method = "POST",
				       .url = url,
				       .headers = &h,
				       .header_count = 1,
				       .body = STR("{\"showInactive\":true}") };
	struct err err = { 0 };

	auth_of(w, VENDOR_HIBOB, auth);
	h.value = str_of(auth);
	(void)snprintf(url, sizeof(url), "%s/v1/people/search", w->base);
	for (int i = 0; i < 3; i++) {
		world_must(http_client_start(w->client, &spec, world_answer, w,
					     &c, &err),
			   &err);
		while (w->sandbox->apis[VENDOR_HIBOB].requests <= (uint64_t)i)
			loop_turn(w->loop, 50);
		http_call_cancel(&c);
	}
	control(w, "GET", "/sandbox/state", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everybody_is_there_once),
		TEST(test_faults_hit_what_is_streamed),
		TEST(test_a_caller_may_go_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

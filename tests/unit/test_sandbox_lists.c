/*
 * What may go wrong with a list goes wrong with every list of every vendor:
 * each is asked for whole, and people in the answer are counted.
 */
#include "sandbox_auth.h"

#include "xml.h"

#include <string.h>

#define PEOPLE	  50
#define PATH_SIZE 256
#define HOUR	  "3600000"

#define WSSE                                      \
	"http://docs.oasis-open.org/wss/2004/01/" \
	"oasis-200401-wss-wssecurity-secext-1.0.xsd"

/* The password stands between these two. */
static const char soap_head[] =
	"<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" "
	"xmlns:b=\"urn:com.workday/bsvc\"><e:Header><w:Security "
	"xmlns:w=\"" WSSE "\"><w:UsernameToken>"
	"<w:Username>ISU_hrisd@sandbox</w:Username><w:Password>";
static const char soap_tail[] =
	"</w:Password></w:UsernameToken></w:Security></e:Header><e:Body>"
	"<b:Get_Workers_Request><b:Request_Criteria>"
	"<b:Exclude_Inactive_Workers>0</b:Exclude_Inactive_Workers>"
	"</b:Request_Criteria><b:Response_Group>"
	"<b:Include_Reference>1</b:Include_Reference>"
	"<b:Include_Personal_Information>1</b:Include_Personal_Information>"
	"<b:Include_Employment_Information>1"
	"</b:Include_Employment_Information>"
	"</b:Response_Group></b:Get_Workers_Request></e:Body></e:Envelope>";

#define RAAS                                                                 \
	"/as/workday/ccx/service/customreport2/sandbox/ISU_hrisd/INT_hrisd_" \
	"Workers?format="
#define FACTORIAL "/as/factorial/api/2026-07-01/resources/"

#define TITLE "A title to find"

/* Lists, and what stands in them once for everybody. */
static const struct list {
	enum vendor vendor;
	const char *path; /* with * for the company or the directory */
	const char *body; /* NULL: by GET */
	const char *person;
	bool titled; /* people's titles are in it */
} lists[] = {
	{ VENDOR_BAMBOOHR,
	  "/api/v1/employees?page%5Blimit%5D=500&fields=jobTitleName", NULL,
	  "\"employeeId\":", true },
	{ VENDOR_BAMBOOHR, "/api/v1/reports/custom?format=JSON&onlyCurrent=0",
	  "{\"title\":\"x\",\"fields\":[\"jobTitle\"]}", "\"id\":\"", true },
	{ VENDOR_BAMBOOHR, "/api/v2/datasets/employee/data",
	  "{\"fields\":[\"eeid\",\"jobInformationJobTitle\"]}",
	  "\"eeid\":", true },
	{ VENDOR_HIBOB, "/v1/people/search",
	  "{\"showInactive\":true,\"humanReadable\":\"REPLACE\",\"fields\":["
	  "\"root.id\",\"work.title\"]}",
	  "\"id\":", true },
	{ VENDOR_RIPPLING, "/workers/?limit=100", NULL, "\"number\":", true },
	{ VENDOR_RIPPLING,
	  "/platform/api/employees/include_terminated?limit=100", NULL,
	  "\"workEmail\":", true },
	{ VENDOR_WORKDAY, RAAS "json", NULL, "\"Employee_ID\":", true },
	{ VENDOR_WORKDAY, RAAS "simplexml", NULL, "<wd:Employee_ID>", true },
	{ VENDOR_WORKDAY, RAAS "csv", NULL, "\r\n", true },
	{ VENDOR_WORKDAY,
	  "/as/workday/ccx/service/sandbox/Human_Resources/v44.0", soap_tail,
	  "<wd:Worker>", true },
	{ VENDOR_PERSONIO, "/as/personio/v2/persons?limit=50", NULL,
	  "\"first_name\":", false },
	{ VENDOR_GUSTO, "/as/gusto/v1/companies/*/employees", NULL,
	  "\"work_email\":", true },
	{ VENDOR_DEEL, "/as/deel/rest/v2/people?limit=200", NULL,
	  "\"seniority\":", true },
	{ VENDOR_MERGE,
	  "/as/merge/api/hris/v1/employees?page_size=100&expand=employments",
	  NULL, "\"work_email\":", true },
	{ VENDOR_WORKOS, "/as/workos/directory_users?limit=100&directory=*",
	  NULL, "\"object\":\"directory_user\"", true },
	{ VENDOR_FACTORIAL, FACTORIAL "employees/employees?limit=100", NULL,
	  "\"access_id\":", false },
	{ VENDOR_FACTORIAL, FACTORIAL "contracts/contract_versions?limit=100",
	  NULL, "\"employee_id\":", true },
	{ VENDOR_HUMAANS, "/as/humaans/api/people?$limit=250", NULL,
	  "\"firstName\":", false },
	{ VENDOR_HUMAANS, "/as/humaans/api/job-roles?$limit=250", NULL,
	  "\"personId\":", true },
	{ VENDOR_NAMELY, "/as/namely/api/v1/profiles?per_page=50", NULL,
	  "\"personal_email\":", true },
	{ VENDOR_CSV, "/as/csv/employees.csv", NULL, "\r\n", true },
};

static char auth[API_COUNT][AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	for (unsigned v = 0; v < API_COUNT; v++)
		auth_of(w, (enum vendor)v, auth[v]);
	*state = w;
	return 0;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

static void write_path(const struct world *w, const struct list *l,
		       char out[static PATH_SIZE])
{
	int whole = (int)strcspn(l->path, "*");

	(void)snprintf(out, PATH_SIZE, "%.*s", whole, l->path);
	if (!l->path[whole])
		return;
	(void)snprintf(out + whole, PATH_SIZE - (size_t)whole, "%s%s",
		       cred(w, l->vendor == VENDOR_GUSTO
				       ? CRED_GUSTO_COMPANY
				       : CRED_WORKOS_DIRECTORY),
		       l->path + whole + 1);
}

static void read_list(struct world *w, const struct list *l)
{
	char path[PATH_SIZE];
	struct buf body;
	int status;

	buf_init(&body, 65536);
	if (l->body == soap_tail) {
		buf_add_z(&body, soap_head);
		xml_text(&body, cred(w, CRED_WORKDAY_PASSWORD));
	}
	if (l->body)
		buf_add_z(&body, l->body);
	write_path(w, l, path);
	extra_of(w, l->vendor);
	status = call(w, l->body ? "POST" : "GET", path, auth[l->vendor],
		      l->body ? buf_z(&body) : NULL);
	if (status != 200)
		fail_msg("%s: %d %.200s", path, status, w->body);
	buf_release(&body);
}

static size_t people_in(struct world *w, const struct list *l)
{
	read_list(w, l);
	return count(w->body, l->person);
}

static void set_faults(struct world *w, const struct list *l,
		       const char *faults)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/sandbox/faults/%s",
		       vendor_name(l->vendor));
	control(w, "DELETE", path, NULL);
	control(w, "PATCH", path, "{\"no_rate_limit\":true}");
	control(w, "PATCH", path, faults);
}

/* What an empty list holds of the marker is a header's. */
static void test_every_list_becomes_empty_or_half(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct list *l = &lists[i];
		size_t none, half;

		set_faults(w, l, "{\"empty_list\":true}");
		none = people_in(w, l);
		assert_true(none <= 1);
		set_faults(w, l, "{}");
		assert_int_equal(people_in(w, l) - none, PEOPLE);
		set_faults(w, l, "{\"half_list\":true}");
		half = people_in(w, l) - none;
		if (half != PEOPLE / 2)
			fail_msg("%s: %zu people", l->path, half);
		set_faults(w, l, "{}");
	}
}

static void test_every_list_hides_some(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct list *l = &lists[i];
		size_t shown;

		set_faults(w, l, "{\"hidden_percent\":50}");
		shown = people_in(w, l);
		if (shown < PEOPLE / 5 || shown > PEOPLE * 4 / 5)
			fail_msg("%s: %zu people", l->path, shown);
		set_faults(w, l, "{}");
	}
}

/* With this field empty there is nothing of it, and nobody is missing. */
static void check_blank(struct world *w, const struct list *l,
			const char *field, size_t people, const char *of_it)
{
	char fault[64];
	size_t left;

	(void)snprintf(fault, sizeof(fault), "{\"blank_field\":\"%s\"}", field);
	set_faults(w, l, fault);
	assert_int_equal(people_in(w, l), people);
	left = count(w->body, of_it);
	if (left > 0)
		fail_msg("%s: %s %zu times", l->path, of_it, left);
}

static void test_every_list_is_without_a_field(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct list *l = &lists[i];
		size_t people = people_in(w, l);

		assert_int_equal(count(w->body, "Director, ") > 0, l->titled);
		assert_true(l->titled || count(w->body, "@example.com") > 0);
		check_blank(w, l, "job_title", people, "Director, ");
		check_blank(w, l, "email", people, "@example.com");
	}
}

static void test_every_list_lags(void **state)
{
	struct world *w = *state;

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,"
		"\"set\":{\"job_title\":\"" TITLE "\"}}");
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct list *l = &lists[i];

		set_faults(w, l, "{\"read_lag_ms\":" HOUR "}");
		read_list(w, l);
		assert_int_equal(count(w->body, TITLE), 0);
		set_faults(w, l, "{}");
		read_list(w, l);
		if ((count(w->body, TITLE) > 0) != l->titled)
			fail_msg("%s: %zu", l->path, count(w->body, TITLE));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_list_becomes_empty_or_half),
		TEST(test_every_list_hides_some),
		TEST(test_every_list_is_without_a_field),
		TEST(test_every_list_lags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

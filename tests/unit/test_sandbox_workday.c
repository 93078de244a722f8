/* Workday: reports in each format, Get_Workers, faults, OAuth. */
#include "sandbox_auth.h"

#include "text.h"
#include "xml.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#define PEOPLE 250
#define REPORT                                                     \
	"/as/workday/ccx/service/customreport2/sandbox/ISU_hrisd/" \
	"INT_hrisd_Workers"
#define SERVICE "/as/workday/ccx/service/sandbox/Human_Resources/v44.0"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_WORKDAY, auth);
	*state = w;
	return 0;
}

/* --- reading an answer, by a parser that is not ours --- */

struct answer {
	xmlDoc *doc;
	xmlXPathContext *ctx;
};

static struct answer parse(const struct world *w)
{
	struct answer a = { .doc = xmlReadMemory(w->body, (int)strlen(w->body),
						 NULL, NULL, XML_PARSE_NONET) };

	if (!a.doc)
		fail_msg("not XML: %.300s", w->body);
	a.ctx = xmlXPathNewContext(a.doc);
	assert_non_null(a.ctx);
	(void)xmlXPathRegisterNs(a.ctx, (const xmlChar *)"wd",
				 (const xmlChar *)"urn:com.workday/bsvc");
	return a;
}

static void release(struct answer *a)
{
	xmlXPathFreeContext(a->ctx);
	xmlFreeDoc(a->doc);
}

static void check_text(const struct answer *a, const char *path,
		       const char *want)
{
	xmlXPathObject *o =
		xmlXPathEvalExpression((const xmlChar *)path, a->ctx);
	xmlChar *got;

	assert_non_null(o);
	got = xmlXPathCastToString(o);
	if (strcmp((const char *)got, want) != 0)
		fail_msg("%s: %s, not %s", path, got, want);
	xmlFree(got);
	xmlXPathFreeObject(o);
}

static int count_nodes(const struct answer *a, const char *path)
{
	xmlXPathObject *o =
		xmlXPathEvalExpression((const xmlChar *)path, a->ctx);
	int count;

	assert_non_null(o);
	count = o->nodesetval ? o->nodesetval->nodeNr : 0;
	xmlXPathFreeObject(o);
	return count;
}

/* --- SOAP --- */

#define WSSE                                      \
	"http://docs.oasis-open.org/wss/2004/01/" \
	"oasis-200401-wss-wssecurity-secext-1.0.xsd"

static void envelope(const struct world *w, const char *password,
		     const char *body, struct buf *out)
{
	buf_clear(out);
	buf_add_z(out, "<soapenv:Envelope xmlns:soapenv=\"http://schemas."
		       "xmlsoap.org/soap/envelope/\" xmlns:bsvc=\"urn:com."
		       "workday/bsvc\"><soapenv:Header><wsse:Security "
		       "xmlns:wsse=\"" WSSE "\"><wsse:UsernameToken>"
		       "<wsse:Username>ISU_hrisd@sandbox</wsse:Username>"
		       "<wsse:Password>");
	xml_text(out, password ? password : cred(w, CRED_WORKDAY_PASSWORD));
	buf_add_z(out, "</wsse:Password></wsse:UsernameToken></wsse:Security>"
		       "</soapenv:Header><soapenv:Body>");
	buf_add_z(out, body);
	buf_add_z(out, "</soapenv:Body></soapenv:Envelope>");
}

static int soap_as(struct world *w, const char *password, const char *body)
{
	const struct http_call_header h = { STR("Content-Type"),
					    STR("text/xml") };
	struct buf b;
	int status;

	buf_init(&b, 65536);
	envelope(w, password, body, &b);
	status = world_call(w, "POST", SERVICE, &h, 1, buf_z(&b));
	buf_release(&b);
	return status;
}

static int soap(struct world *w, const char *body)
{
	return soap_as(w, NULL, body);
}

#define WORKERS(rest)                                            \
	"<bsvc:Get_Workers_Request bsvc:version=\"v44.0\">" rest \
	"</bsvc:Get_Workers_Request>"
#define GROUPS                                                             \
	"<bsvc:Response_Group><bsvc:Include_Reference>1</bsvc:Include_"    \
	"Reference><bsvc:Include_Personal_Information>true</bsvc:Include_" \
	"Personal_Information><bsvc:Include_Employment_Information>1"      \
	"</bsvc:Include_Employment_Information><bsvc:Include_"             \
	"Organizations>1</bsvc:Include_Organizations></bsvc:Response_Group>"
#define ONE(type, id)                                                     \
	"<bsvc:Request_References><bsvc:Worker_Reference><bsvc:ID "       \
	"bsvc:type=\"" type "\">" id "</bsvc:ID></bsvc:Worker_Reference>" \
	"</bsvc:Request_References>"
#define JOB "//wd:Worker_Job_Data[@wd:Primary_Job='1']/wd:Position_Data/"

static void test_a_worker_is_where_the_paths_say(void **state)
{
	struct world *w = *state;
	const struct company *c = &w->sandbox->company;
	struct employee e, m;
	struct answer a;
	char text[TEXT_SIZE];

	assert_int_equal(company_change(&w->sandbox->company, 9, NULL, NULL),
			 0);
	assert_true(company_get(c, 9, &e));
	assert_true(company_get(c, e.manager, &m));
	assert_int_equal(soap(w, WORKERS(ONE("Employee_ID", "21010") GROUPS)),
			 200);
	a = parse(w);
	check_text(&a, "//wd:Worker_Reference/wd:ID[@wd:type='WID']",
		   vendor_id(VENDOR_WORKDAY, c, 9, text));
	check_text(&a, "//wd:Legal_Name_Data/wd:Name_Detail_Data/wd:First_Name",
		   e.first);
	check_text(&a,
		   "//wd:Email_Address_Data[wd:Usage_Data/wd:Type_Data[@wd:"
		   "Primary='1']/wd:Type_Reference/wd:ID[@wd:type="
		   "'Communication_Usage_Type_ID']='WORK']/wd:Email_Address",
		   e.email);
	check_text(&a, JOB "wd:Business_Title", e.title);
	check_text(&a, JOB "wd:Business_Site_Summary_Data/wd:Name",
		   employee_text(&e, FIELD_LOCATION, text));
	check_text(&a,
		   JOB "wd:Manager_as_of_last_detected_manager_change_"
		       "Reference/wd:ID[@wd:type='WID']",
		   vendor_id(VENDOR_WORKDAY, c, m.n, text));
	check_text(&a,
		   "//wd:Organization_Data[wd:Organization_Type_Reference/"
		   "wd:ID='COST_CENTER']/wd:Organization_Name",
		   employee_text(&e, FIELD_DEPARTMENT, text));
	check_text(&a, "substring(//wd:Worker_Status_Data/wd:Hire_Date,1,10)",
		   employee_text(&e, FIELD_START, text));
	check_text(&a, "//wd:Worker_Status_Data/wd:Active", "1");
	assert_int_equal(count_nodes(&a, "//wd:Compensation_Data"), 0);
	release(&a);
}

static int page(struct world *w, int number, struct answer *a)
{
	char body[1024];

	(void)snprintf(body, sizeof(body),
		       WORKERS("<bsvc:Response_Filter><bsvc:As_Of_Effective_"
			       "Date>2026-11-23</bsvc:As_Of_Effective_Date>"
			       "<bsvc:Page>%d</bsvc:Page><bsvc:Count>60"
			       "</bsvc:Count></bsvc:Response_Filter>" GROUPS),
		       number);
	assert_int_equal(soap(w, body), 200);
	*a = parse(w);
	return count_nodes(a, "//wd:Worker");
}

static void test_pages_hold_everybody(void **state)
{
	struct world *w = *state;
	int count = 0;

	for (int i = 1; i <= 5; i++) {
		struct answer a;

		count += page(w, i, &a);
		check_text(&a, "//wd:Total_Pages", "5");
		check_text(&a, "//wd:Total_Results", "250");
		check_text(&a, "//wd:Page_Results", i < 5 ? "60" : "10");
		release(&a);
	}
	assert_int_equal(count, PEOPLE);
	control(w, "PATCH", "/sandbox/faults/workday", "{\"half_list\":true}");
	for (int i = 3; i <= 5; i++) {
		struct answer a;

		assert_int_equal(page(w, i, &a), i == 3 ? 5 : 0);
		check_text(&a, "//wd:Total_Results", "250");
		release(&a);
	}
}

#define CRITERIA(rest)                         \
	WORKERS("<bsvc:Request_Criteria>" rest \
		"</bsvc:Request_Criteria>" GROUPS)
#define LOG(rest)                                            \
	CRITERIA("<bsvc:Transaction_Log_Criteria_Data>" rest \
		 "</bsvc:Transaction_Log_Criteria_Data>")
#define RANGE(rest)                               \
	"<bsvc:Transaction_Date_Range_Data>" rest \
	"</bsvc:Transaction_Date_Range_Data>"
#define TYPE(name)                                                     \
	"<bsvc:Transaction_Type_References><bsvc:Transaction_Type_"    \
	"Reference><bsvc:ID bsvc:type=\"Business_Process_Type\">" name \
	"</bsvc:ID></bsvc:Transaction_Type_Reference></bsvc:"          \
	"Transaction_Type_References>"

static int total(struct world *w, const char *body)
{
	struct answer a;
	int count;

	if (soap(w, body) != 200)
		fail_msg("%s", w->body);
	a = parse(w);
	count = count_nodes(&a, "//wd:Worker");
	release(&a);
	return count;
}

static void test_the_transaction_log_finds_who_changed(void **state)
{
	struct world *w = *state;
	struct company *c = &w->sandbox->company;
	int64_t day;

	assert_int_equal(company_change(c, 9, NULL, NULL), 0);
	assert_true(clock_parse_day(STR("2026-12-24"), &day));
	assert_int_equal(company_depart(c, 11, day, NULL), 0);
	/* 09:00 UTC is one in the morning of the Pacific's winter. */
	assert_int_equal(total(w, LOG(RANGE("<bsvc:Updated_From>2026-11-23T01:"
					    "00:00</bsvc:Updated_From>"))),
			 2);
	assert_int_equal(total(w, LOG(RANGE("<bsvc:Updated_From>2026-11-23T09:"
					    "00:01Z</bsvc:Updated_From>"))),
			 0);
	assert_int_equal(total(w, LOG(RANGE("<bsvc:Effective_From>2026-12-24-"
					    "08:00</bsvc:Effective_From><bsvc:"
					    "Effective_Through>2026-12-24"
					    "</bsvc:Effective_Through>")
					      TYPE("Terminate Employee"))),
			 1);
	assert_int_equal(
		total(w, CRITERIA("<bsvc:Exclude_Inactive_Workers>1</bsvc:"
				  "Exclude_Inactive_Workers><bsvc:Exclude_"
				  "Employees>1</bsvc:Exclude_Employees><bsvc:"
				  "Exclude_Contingent_Workers>1</bsvc:Exclude_"
				  "Contingent_Workers>")),
		0);
}

static void test_a_hire_to_come_is_whole_when_looked_at_then(void **state)
{
	struct world *w = *state;
	struct edit edit = { .text[FIELD_START] = STR("2026-12-24") };
	struct answer a;
	uint32_t n;

	edit.text[FIELD_TYPE] = STR("full_time");
	assert_int_equal(company_hire(&w->sandbox->company, &edit, &n, NULL),
			 0);
	assert_int_equal(n, PEOPLE);
	assert_int_equal(soap(w, WORKERS(ONE("Employee_ID", "21251") GROUPS)),
			 200);
	a = parse(w);
	check_text(&a, "//wd:Worker_Status_Data/wd:Active", "0");
	assert_int_equal(count_nodes(&a, "//wd:Worker_Job_Data"), 0);
	release(&a);
	assert_int_equal(
		soap(w,
		     WORKERS(ONE("Employee_ID",
				 "21251") "<bsvc:Response_Filter><bsvc:As_Of_"
					  "Effective_Date>2026-12-24</bsvc:As_"
					  "Of_Effective_Date></bsvc:Response_"
					  "Filter>" GROUPS)),
		200);
	a = parse(w);
	check_text(&a, "//wd:Worker_Status_Data/wd:Active", "1");
	assert_int_equal(count_nodes(&a, "//wd:Worker_Job_Data"), 1);
	release(&a);
}

static void test_whoever_names_no_groups_gets_pay(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(soap(w, WORKERS(ONE("Employee_ID", "21001"))), 200);
	a = parse(w);
	assert_int_equal(count_nodes(&a, "//wd:Compensation_Data"), 1);
	assert_int_equal(count_nodes(&a, "//wd:Organization_Data"), 0);
	release(&a);
}

static const struct fault_row {
	const char *body;
	const char *says;
} faults[] = {
	{ "<bsvc:Put_Worker/>", "Put_Worker" },
	{ WORKERS("<bsvc:Shoes/>"), "not expected here: Shoes" },
	{ WORKERS(GROUPS "<bsvc:Response_Filter/>"),
	  "not expected here: Response_Filter" },
	{ WORKERS("<bsvc:Response_Filter><bsvc:Count>1000</bsvc:Count>"
		  "</bsvc:Response_Filter>"),
	  "out of range: Count" },
	{ WORKERS("<bsvc:Response_Filter><bsvc:Count>9</bsvc:Count><bsvc:Page>"
		  "1</bsvc:Page></bsvc:Response_Filter>"),
	  "not expected here: Page" },
	{ CRITERIA("<bsvc:Organization_Reference/>"),
	  "does not have: Organization_Reference" },
	{ CRITERIA("<bsvc:Exclude_Employees>maybe</bsvc:Exclude_Employees>"),
	  "not a boolean: Exclude_Employees" },
	{ LOG(TYPE("Dance")), "not a transaction type: Dance" },
	{ LOG(RANGE("<bsvc:Updated_From>soon</bsvc:Updated_From>")),
	  "not a date-time: Updated_From" },
	{ WORKERS(ONE("WID", "x")),
	  "'x' is not a valid ID value for type = 'WID'" },
};

static void test_what_is_not_valid_is_a_fault(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		int status = soap(w, faults[i].body);
		struct answer a;

		if (status != 500 || !strstr(w->body, faults[i].says))
			fail_msg("%s: %d %s", faults[i].says, status, w->body);
		a = parse(w);
		check_text(&a, "//faultcode",
			   "SOAP-ENV:Client.validationError");
		assert_int_equal(count_nodes(&a, "//wd:Validation_Error"), 1);
		release(&a);
	}
	assert_int_equal(soap(w, WORKERS("<bsvc:Request_References "
					 "bsvc:Skip_Non_Existing_Instances="
					 "\"true\"><bsvc:Worker_Reference>"
					 "<bsvc:ID bsvc:type=\"WID\">x</bsvc:"
					 "ID></bsvc:Worker_Reference></bsvc:"
					 "Request_References>")),
			 200);
}

#define PING "<bsvc:Server_Timestamp_Get/>"

static void test_bad_credentials_are_a_fault(void **state)
{
	struct world *w = *state;
	static const char *const none = "<x/>";

	assert_int_equal(soap(w, PING), 200);
	assert_non_null(strstr(w->body, "<wd:Server_Timestamp_Data>2026-11-23T"
					"01:00:00.000-08:00"));
	assert_int_equal(soap_as(w, "guess", PING), 500);
	assert_non_null(strstr(w->body, "invalid username or password"));
	assert_int_equal(call(w, "POST", SERVICE, NULL, none), 500);
	control(w, "PATCH", "/sandbox/faults/workday", "{\"revoked\":true}");
	assert_int_equal(soap(w, PING), 500);
	control(w, "DELETE", "/sandbox/faults/workday", NULL);
	control(w, "PATCH", "/sandbox/faults/workday", "{\"forbidden\":true}");
	assert_int_equal(soap(w, PING), 500);
	assert_non_null(strstr(w->body, "is not authorized"));
	control(w, "DELETE", "/sandbox/faults/workday", NULL);
	control(w, "PATCH", "/sandbox/faults/workday",
		"{\"throttle_percent\":100}");
	assert_int_equal(soap(w, PING), 429);
}

static void test_hostile_xml_is_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"not xml",
		"<!DOCTYPE x [<!ENTITY e \"x\">]><x>&e;</x>",
		"<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x/>",
		"<x xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"/>",
	};
	struct world *w = *state;
	const struct http_call_header h = { STR("Content-Type"),
					    STR("text/xml") };

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(
			world_call(w, "POST", SERVICE, &h, 1, bodies[i]), 500);
		assert_null(strstr(w->body, "root:"));
	}
}

/* --- reports --- */

static void test_a_report_leaves_out_what_is_empty(void **state)
{
	struct world *w = *state;
	const struct json *row;

	assert_int_equal(call(w, "GET",
			      REPORT "?format=json&Worker!Employee_ID=21001",
			      auth, NULL),
			 200);
	row = json_first(json_get(w->json, "Report_Entry"));
	assert_str(json_string(json_get(row, "Active_Status")), "1");
	assert_str(json_string(json_get(row, "Employee_ID")), "21001");
	assert_null(json_get(row, "Manager_Employee_ID"));
	assert_null(json_get(row, "Termination_Date"));
	assert_int_equal(
		call(w, "GET", REPORT "?format=json&Worker!WID=x", auth, NULL),
		200);
	assert_string_equal(w->body, "{\"Report_Entry\":[]}");
}

static void test_a_report_in_every_format(void **state)
{
	struct world *w = *state;
	struct answer a;
	int lines = 0;

	assert_int_equal(call(w, "GET", REPORT "?format=json", auth, NULL),
			 200);
	assert_int_equal(json_size(json_get(w->json, "Report_Entry")), PEOPLE);
	assert_int_equal(call(w, "GET", REPORT, auth, NULL), 200);
	a = parse(w);
	assert_int_equal(count_nodes(&a, "//*[local-name()='Location']/"
					 "*[local-name()='ID']"),
			 PEOPLE);
	release(&a);
	assert_int_equal(call(w, "GET", REPORT "?format=simplexml", auth, NULL),
			 200);
	a = parse(w);
	assert_int_equal(count_nodes(&a, "//*[local-name()='Location']"),
			 PEOPLE);
	assert_int_equal(count_nodes(&a, "//*[local-name()='ID']"), 0);
	release(&a);
	assert_int_equal(call(w, "GET", REPORT "?format=csv", auth, NULL), 200);
	for (const char *c = w->body; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, PEOPLE + 1);
	assert_non_null(strstr(w->body, ",\"London, UK\","));
}

static void test_prompts(void **state)
{
	struct world *w = *state;

	assert_int_equal(company_change(&w->sandbox->company, 9, NULL, NULL),
			 0);
	assert_int_equal(call(w, "GET",
			      REPORT "?format=json&Updated_Since=2026-11-23T09:"
				     "00:00Z",
			      auth, NULL),
			 200);
	assert_int_equal(json_size(json_get(w->json, "Report_Entry")), 1);
	assert_int_equal(call(w, "GET",
			      REPORT "?format=json&Worker!Employee_ID=21010&"
				     "Effective_as_of_Date=2000-01-01-08:00",
			      auth, NULL),
			 200);
	assert_non_null(strstr(w->body, "\"Active_Status\":\"0\""));
	assert_int_equal(call(w, "GET", REPORT "?format=pdf", auth, NULL), 400);
	assert_int_equal(call(w, "GET", REPORT "?Shoe=1", auth, NULL), 400);
	assert_int_equal(call(w, "GET", REPORT "s", auth, NULL), 404);
}

static void test_the_refresh_token_stays_good(void **state)
{
	struct world *w = *state;
	char client[AUTH_SIZE], body[256], token[TOKEN_SIZE], bearer[AUTH_SIZE];

	basic_auth(client, cred(w, CRED_WORKDAY_CLIENT),
		   cred(w, CRED_WORKDAY_SECRET));
	(void)snprintf(body, sizeof(body),
		       "grant_type=refresh_token&refresh_token=%s",
		       token_refresh(w->sandbox, VENDOR_WORKDAY, token));
	for (int i = 0; i < 2; i++)
		assert_int_equal(post_form(w,
					   "/as/workday/ccx/oauth2/sandbox/"
					   "token",
					   client, body),
				 200);
	bearer_auth(bearer, token_field(w, "access_token"));
	assert_int_equal(call(w, "GET", REPORT "?format=json", bearer, NULL),
			 200);
	assert_int_equal(call(w, "GET", REPORT "?format=json", client, NULL),
			 401);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_worker_is_where_the_paths_say),
		TEST(test_pages_hold_everybody),
		TEST(test_the_transaction_log_finds_who_changed),
		TEST(test_a_hire_to_come_is_whole_when_looked_at_then),
		TEST(test_whoever_names_no_groups_gets_pay),
		TEST(test_what_is_not_valid_is_a_fault),
		TEST(test_bad_credentials_are_a_fault),
		TEST(test_hostile_xml_is_refused),
		TEST(test_a_report_leaves_out_what_is_empty),
		TEST(test_a_report_in_every_format),
		TEST(test_prompts),
		TEST(test_the_refresh_token_stays_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

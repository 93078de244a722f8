/* Trying out a connection: what works, what does not, what to do about it. */
#include "check.h"

#include "provider/check.h"
#include "provider_manifest.h"

#include <stdlib.h>

#define ONE "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"

static const char checks[] =
	"'auth':{'scheme':'bearer','token':'api_key'}," ONE ",'test':["
	"{'name':'sign-in','title':'Sign in','call':{'path':'/me','query':{"
	"'day':'{today}','at':'{now}'},'ok':{'at':'/ok','equals':true}},"
	"'remedies':{'401':'Make a new key.','other':'Ask us.'}},"
	"{'name':'people','title':'Read people','call':{'path':'/people'},"
	"'items':'/employees','expect':[{'name':'anybody','title':'Somebody is "
	"seen','remedy':'Give it a group.'},{'name':'leavers','title':"
	"'Leavers are seen','that':{'at':'/left','there':true},'least':2,"
	"'level':'warn','remedy':'Remove the filter.'}]},"
	"{'name':'fields','title':'Fields','level':'warn','call':{'path':'/1'},"
	"'expect':{'name':'email','title':'Email','that':{'at':'/email','there'"
	":true},'remedy':'Let it see emails.'}},"
	"{'name':'oauth','title':'OAuth','when':{'mode':'oauth'},'call':{'path'"
	":'/o','format':'none'}},"
	"{'name':'soap','title':'SOAP','call':{'method':'POST','path':'/s',"
	"'xml':['<a/>'],'format':'xml'},'items':'/E/B/W','expect':{'name':"
	"'worker','title':'Worker','that':{'at':'/@id','in':'7'},'remedy':"
	"'Ask for it.'}}]";

enum { SIGN_IN, PEOPLE, FIELDS, OAUTH, SOAP };

struct world {
	struct arena a;
	struct manifest *m;
	struct fetch_context ctx;
	struct check_verdict out[CHECK_MAX_VERDICTS];
	size_t count;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err = { 0 };

	arena_init(&w->a, 32 << 20);
	if (test_manifest(&w->m, checks, "", &err) < 0)
		fail_msg("%s", err.text);
	w->ctx = (struct fetch_context){
		.credentials = test_json(&w->a, "{'api_key':'k'}"),
		.settings = test_json(&w->a, "{'tenant':'acme'}"),
		.now_ms = 1700000000000,
	};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	manifest_free(&w->m);
	arena_release(&w->a);
	free(w);
	return 0;
}

static void judge(struct world *w, size_t i, int status, const char *body)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s", body);
	test_quotes(text);
	w->count = check_judge(w->m, i, &w->ctx, status, str_of(text), &w->a,
			       w->out);
}

static void expect(const struct check_verdict *v, const char *name, bool ok,
		   bool warning, const char *detail, const char *remedy)
{
	assert_string_equal(v->name, name);
	if (v->ok != ok || v->warning != warning ||
	    strcmp(v->detail, detail) != 0)
		fail_msg("%s: ok %d, warning %d, %s", name, v->ok, v->warning,
			 v->detail);
	if (!remedy)
		assert_null(v->remedy);
	else if (!v->remedy || strcmp(v->remedy, remedy) != 0)
		fail_msg("%s: %s", name, v->remedy ? v->remedy : "no remedy");
}

static void test_checks_are_calls(void **state)
{
	struct world *w = *state;
	struct fetch_request r;
	struct err err = { 0 };

	assert_int_equal(check_count(w->m), 5);
	assert_true(check_applies(w->m, SIGN_IN, &w->ctx));
	assert_false(check_applies(w->m, OAUTH, &w->ctx));
	w->ctx.settings = test_json(&w->a, "{'tenant':'acme','mode':'oauth'}");
	assert_true(check_applies(w->m, OAUTH, &w->ctx));
	assert_int_equal(check_request(w->m, SIGN_IN, &w->ctx, &w->a, &r, &err),
			 0);
	assert_string_equal(test_request_text(&r, &w->a),
			    "GET https://acme.example.com/me?day=2023-11-14&at="
			    "2023-11-14T22%3A13%3A20.000Z\n"
			    "Authorization: Bearer k\n");
}

static void test_an_answer_is_judged_by_its_status(void **state)
{
	struct world *w = *state;

	judge(w, SIGN_IN, 200, "{'ok':true}");
	assert_int_equal(w->count, 1);
	expect(w->out, "sign-in", true, false, "the HRIS answered 200", NULL);
	assert_string_equal(w->out[0].title, "Sign in");
	judge(w, SIGN_IN, 401, "nobody may read this name: Jane");
	assert_int_equal(w->count, 1);
	expect(w->out, "sign-in", false, false,
	       "the HRIS refuses the credentials (401)", "Make a new key.");
	judge(w, SIGN_IN, 403, "");
	expect(w->out, "sign-in", false, false,
	       "the credentials may not read this (403)", "Ask us.");
	judge(w, SIGN_IN, 200, "{'ok':false}");
	expect(w->out, "sign-in", false, false,
	       "the HRIS does not do what was asked for (200)", "Ask us.");
	judge(w, SIGN_IN, 302, "");
	assert_false(w->out[0].ok);
	judge(w, PEOPLE, 403, "");
	assert_true(strstr(w->out[0].remedy, "rights") != NULL);
	judge(w, PEOPLE, 429, "");
	expect(w->out, "people", false, false,
	       "the HRIS asks to slow down (429)",
	       "The HRIS has trouble or is asked too much: try again in some "
	       "minutes.");
}

static void test_records_are_counted(void **state)
{
	struct world *w = *state;

	judge(w, PEOPLE, 200,
	      "{'employees':[{'left':'2023-01-01'},{'left':null},{'left':"
	      "'2022-01-01'}]}");
	assert_int_equal(w->count, 3);
	expect(&w->out[0], "people", true, false, "the HRIS answered 200",
	       NULL);
	expect(&w->out[1], "anybody", true, false, "3 of 3 records are so",
	       NULL);
	expect(&w->out[2], "leavers", true, false, "2 of 3 records are so",
	       NULL);
	judge(w, PEOPLE, 200, "{'employees':[{'left':'2023-01-01'},{}]}");
	expect(&w->out[2], "leavers", false, true, "1 of 2 records are so",
	       "Remove the filter.");
	judge(w, PEOPLE, 200, "{'employees':[]}");
	expect(&w->out[1], "anybody", false, false, "0 of 0 records are so",
	       "Give it a group.");
}

static void test_a_field_may_be_missed(void **state)
{
	struct world *w = *state;

	judge(w, FIELDS, 200, "{'email':'jane@example.com'}");
	assert_int_equal(w->count, 2);
	expect(&w->out[1], "email", true, false, "it is there", NULL);
	judge(w, FIELDS, 200, "{'name':'Jane'}");
	expect(&w->out[1], "email", false, false, "the answer does not hold it",
	       "Let it see emails.");
	judge(w, FIELDS, 404, "{}");
	assert_int_equal(w->count, 1);
	assert_false(w->out[0].ok);
	assert_true(w->out[0].warning);
}

static void test_an_answer_of_another_kind_is_told(void **state)
{
	struct world *w = *state;

	judge(w, PEOPLE, 200, "<html>");
	assert_int_equal(w->count, 1);
	assert_false(w->out[0].ok);
	assert_non_null(strstr(w->out[0].detail,
			       "the answer is not what it should be: "));
	judge(w, PEOPLE, 200, "{'people':[]}");
	assert_int_equal(w->count, 1);
	assert_false(w->out[0].ok);
	judge(w, FIELDS, 200, "Jane Doe");
	assert_false(w->out[0].ok);
	assert_null(strstr(w->out[0].detail, "Jane"));
}

static void test_no_answer_says_why(void **state)
{
	const struct err guard = { ERR_FORBIDDEN, "an internal address" };
	const struct err missing = { ERR_CONFIG, "the credential is missing" };
	struct world *w = *state;

	check_failed(w->m, FIELDS, &guard, w->out);
	expect(w->out, "fields", false, true, "an internal address",
	       "Check the address: hrisd speaks to public hosts by https "
	       "alone, unless its operator allows others.");
	check_failed(w->m, SIGN_IN, &missing, w->out);
	expect(w->out, "sign-in", false, false, "the credential is missing",
	       "Enter what is missing, in the form that is asked for.");
}

static const struct refusal {
	const char *name, *test, *want;
} refusals[] = {
	{ "no status",
	  "{'name':'a','title':'A','call':{'path':'/'},'remedies':"
	  "{'200':'x'}}",
	  "/fetch/test/0/remedies/200: is neither a status from 300 to 599" },
	{ "records of nothing",
	  "{'name':'a','title':'A','call':{'path':'/','format':'none'},"
	  "'expect':{'name':'b','title':'B','remedy':'R'}}",
	  "'expect' needs an answer that is looked at" },
	{ "XML without a place",
	  "{'name':'a','title':'A','call':{'path':'/','format':'xml'},"
	  "'expect':{'name':'b','title':'B','remedy':'R'}}",
	  "'expect' needs 'items' in XML" },
	{ "a person", "{'name':'a','title':'A','call':{'path':'/{person_id}'}}",
	  "unknown name '{person_id}'; known: today, now" },
	{ "no remedy",
	  "{'name':'a','title':'A','call':{'path':'/'},'expect':{'name':'b',"
	  "'title':'B'}}",
	  "/fetch/test/0/expect: 'remedy' is missing" },
};

static void test_checks_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct manifest *m = NULL;
		char fetch[1024];
		struct err err = { 0 };

		(void)snprintf(fetch, sizeof(fetch), ONE ",'test':[%s]",
			       refusals[i].test);
		if (test_manifest(&m, fetch, "", &err) == 0)
			fail_msg("%s: loads", refusals[i].name);
		if (!strstr(err.text, refusals[i].want))
			fail_msg("%s: %s", refusals[i].name, err.text);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checks_are_calls),
		TEST(test_an_answer_is_judged_by_its_status),
		TEST(test_records_are_counted),
		TEST(test_a_field_may_be_missed),
		TEST(test_an_answer_of_another_kind_is_told),
		TEST(test_no_answer_says_why),
		cmocka_unit_test(test_checks_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

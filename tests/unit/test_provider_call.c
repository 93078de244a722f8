/* From a manifest's call to the request that is sent, to the byte. */
#include "check.h"

#include "call.h"
#include "parts.h"
#include "provider_manifest.h"
#include "source.h"

#define BASE	     "https://acme.example.com"
#define ONE(members) "'one':{'person':'','gone':[404]," members "}"
#define GET_ONE	     ONE("'path':'/p/{person_id}'")
#define POST_ONE(body) \
	ONE("'method':'POST','path':'/p','query':{'i':'{person_id}'}," body)
#define PERSON	   "a/b&c=\\\"<é"
#define PERSON_URL "a%2Fb%26c%3D%22%3C%C3%A9"

struct row {
	const char *name;
	const char *fetch;
	const char *want; /* of the request, or of the error */
};

static const struct row requests[] = {
	{ "a path of the old kind, with its query inside",
	  ONE("'method':'GET','path':'/p/{person_id}?fields=a,b&x=[1]'"),
	  "GET " BASE "/p/" PERSON_URL "?fields=a,b&x=[1]\n" },
	{ "parameters are escaped, names and texts too",
	  ONE("'path':'/p','query':{'page[limit]':'{size}','$top':'1',"
	      "'filter':'a gt {person_id}&b','fields':'a,b:c'}"),
	  "GET " BASE
	  "/p?page%5Blimit%5D=100&$top=1&filter=a%20gt%20" PERSON_URL
	  "%26b&fields=a,b:c\n" },
	{ "parameters follow a query that is there",
	  ONE("'path':'/p?a=1','query':{'i':'{person_id}'}"),
	  "GET " BASE "/p?a=1&i=" PERSON_URL "\n" },
	{ "what has no value is left out",
	  ONE("'path':'/p/{person_id}','query':{'r':'x{region}','s':'2'},"
	      "'headers':{'X-Region':'{region}','X-Size':'{size}'}"),
	  "GET " BASE "/p/" PERSON_URL "?s=2\nX-Size: 100\n" },
	{ "another host", ONE("'url':'{login}/p/{person_id}'"),
	  "GET https://login.example.com/p/" PERSON_URL "\n" },
	{ "another host by name",
	  ONE("'url':'https://{tenant}.other.example/p','query':{'i':"
	      "'{person_id}'}"),
	  "GET https://acme.other.example/p?i=" PERSON_URL "\n" },
	{ "JSON: lone names keep their kind",
	  POST_ONE("'body':{'n':'{size}','b':'{flag}','i':'{person_id}','t':"
		   "'x {size} {person_id}','none':'{region}','part':'a{region}'"
		   ",'raw':[1,null,true,'','{person_ids}',{'k':'v'}]}"),
	  "POST " BASE "/p?i=" PERSON_URL "\nContent-Type: application/json\n\n"
	  "{\"n\":100,\"b\":true,\"i\":\"" PERSON "\",\"t\":\"x 100 " PERSON
	  "\",\"raw\":[1,null,true,\"\",[\"" PERSON "\"],{\"k\":\"v\"}]}" },
	{ "JSON: one element for each person",
	  POST_ONE("'body':{'ids':{'{each}':{'id':'{person_id}','n':1}}}"),
	  "POST " BASE "/p?i=" PERSON_URL "\nContent-Type: application/json\n\n"
	  "{\"ids\":[{\"id\":\"" PERSON "\",\"n\":1}]}" },
	{ "a form",
	  POST_ONE("'form':{'id':'{person_id}','a b':'c+d','r':'{region}'}"),
	  "POST " BASE "/p?i=" PERSON_URL
	  "\nContent-Type: application/x-www-form-urlencoded\n\n"
	  "id=" PERSON_URL "&a%20b=c%2Bd" },
	{ "XML: escaped, lines without a value left out, lists per person",
	  POST_ONE("'xml':['<a x=\\'{person_id}\\'>','<r>{region}</r>',"
		   "['<i>{person_id}</i>'],'</a>']"),
	  "POST " BASE "/p?i=" PERSON_URL
	  "\nContent-Type: text/xml; charset=utf-8\n\n"
	  "<a x=\"a/b&amp;c=&quot;&lt;é\">\n<i>a/b&amp;c=&quot;&lt;é</i>\n"
	  "</a>\n" },
	{ "headers of all calls, and of one that says otherwise",
	  "'headers':{'Accept':'application/json','X-A':'1'}," POST_ONE(
		  "'body':{},'headers':{'content-type':'application/json; "
		  "charset=utf-8','accept':'text/xml'}"),
	  "POST " BASE "/p?i=" PERSON_URL "\nAccept: text/xml\nX-A: 1\n"
	  "Content-Type: application/json; charset=utf-8\n\n{}" },
	{ "basic",
	  "'auth':{'scheme':'basic','user':'user','password':'password'}"
	  "," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL
	  "\nAuthorization: Basic bWU8Onc6b3JkJiI=\n" },
	{ "a user made of two",
	  "'auth':{'scheme':'basic','user':'{user}@{tenant}','password_text':"
	  "'x'}," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL
	  "\nAuthorization: Basic bWU8QGFjbWU6eA==\n" },
	{ "bearer", "'auth':{'scheme':'bearer','token':'api_key'}," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL "\nAuthorization: Bearer k&y=1\n" },
	{ "a header of a template, and another one",
	  "'auth':[{'scheme':'header','header':'Authorization','value':"
	  "'Token token={client_id}:{client_secret}'},{'scheme':'header',"
	  "'header':'X-Key','value':'api_key'}]," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL
	  "\nAuthorization: Token token=id:s3cret+/\nX-Key: k&y=1\n" },
	{ "a key in the query",
	  "'auth':{'scheme':'query','name':'sub key','value':'api_key'}," ONE(
		  "'path':'/p','query':{'i':'{person_id}'}"),
	  "GET " BASE "/p?i=" PERSON_URL "&sub%20key=k%26y%3D1\n" },
	{ "a key in the body",
	  "'auth':{'scheme':'body','name':'APIKey','value':'api_key'}"
	  "," POST_ONE("'body':{'Action':'Get'}"),
	  "POST " BASE "/p?i=" PERSON_URL "\nContent-Type: application/json\n\n"
	  "{\"Action\":\"Get\",\"APIKey\":\"k&y=1\"}" },
	{ "WS-Security, escaped, where {auth} is",
	  "'auth':{'scheme':'wsse','user':'{user}@{tenant}','password':"
	  "'password'}," POST_ONE("'xml':['<h>{auth}</h>']"),
	  "POST " BASE "/p?i=" PERSON_URL
	  "\nContent-Type: text/xml; charset=utf-8\n\n"
	  "<h><wsse:Security soapenv:mustUnderstand=\"1\" xmlns:soapenv=\"http:"
	  "//schemas.xmlsoap.org/soap/envelope/\" xmlns:wsse=\"http://docs."
	  "oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0."
	  "xsd\"><wsse:UsernameToken><wsse:Username>me&lt;@acme</wsse:Username>"
	  "<wsse:Password Type=\"http://docs.oasis-open.org/wss/2004/01/oasis-"
	  "200401-wss-username-token-profile-1.0#PasswordText\">w:ord&amp;&"
	  "quot;"
	  "</wsse:Password></wsse:UsernameToken></wsse:Security></h>\n" },
	{ "an auth that is not for this way to sign in",
	  "'auth':[{'scheme':'bearer','token':'oauth_only','when':{'mode':"
	  "'oauth'}},{'scheme':'header','header':'X-Key','value':'api_key',"
	  "'when':{'mode':['key']}}]," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL "\nX-Key: k&y=1\n" },
	{ "a token that is not for this way to sign in",
	  "'tokens':{'t':{'when':{'mode':'oauth'},'grant':'login','call':{'url'"
	  ":'{login}'}}}," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL "\n" },
	{ "a token",
	  "'tokens':{'t':{'grant':'login','call':{'url':'{login}'},'send':{"
	  "'header':'X-Token','value':'tok {token}'}}}," GET_ONE,
	  "GET " BASE "/p/" PERSON_URL "\nX-Token: tok T-1\n" },
	{ "the second of two tokens",
	  "'tokens':{'t':{'grant':'login','call':{'url':'{login}'}},'u':{"
	  "'grant':'login','call':{'url':'{login}'}}}," ONE(
		  "'path':'/p/{person_id}','token':'u'"),
	  "GET " BASE "/p/" PERSON_URL "\nAuthorization: Bearer U-2\n" },
};

static const char credentials[] =
	"{'api_key':'k&y=1','user':'me<','password':'w:ord&\\\"','client_id':"
	"'id','client_secret':'s3cret+/','certificate':'CERT\\n','private_key':"
	"'KEY\\n','first_refresh':'r\\nr'}";

static const struct fetch_token tokens[] = {
	{ "t", { "T-1", 3 } },
	{ "u", { "U-2", 3 } },
};

struct world {
	struct arena a;
	struct manifest *m;
	struct fetch_context ctx;
	struct fetch_request r;
};

static void open_world(struct world *w, const char *fetch)
{
	struct err err = { 0 };

	*w = (struct world){ .m = NULL };
	arena_init(&w->a, 4 << 20);
	if (test_manifest(&w->m, fetch, "", &err) < 0)
		fail_msg("%s: %s", fetch, err.text);
	w->ctx = (struct fetch_context){
		.credentials = test_json(&w->a, credentials),
		.settings = test_json(&w->a, "{'tenant':'acme'}"),
		.tokens = tokens,
		.token_count = ARRAY_LEN(tokens),
	};
}

static void close_world(struct world *w)
{
	manifest_free(&w->m);
	arena_release(&w->a);
}

static void test_calls_become_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const struct row *row = &requests[i];
		struct err err = { 0 };
		const char *text;
		struct world w;

		open_world(&w, row->fetch);
		if (fetch_one_request(w.m, &w.ctx, STR("a/b&c=\"<é"), &w.a,
				      &w.r, &err) < 0)
			fail_msg("%s: %s", row->name, err.text);
		text = test_request_text(&w.r, &w.a);
		if (strcmp(text, row->want) != 0)
			fail_msg("%s: is\n%s\nnot\n%s", row->name, text,
				 row->want);
		close_world(&w);
	}
}

static const struct row failures[] = {
	{ "a credential that is missing",
	  "'auth':{'scheme':'bearer','token':'oauth_only'}," GET_ONE,
	  "the credential 'oauth_only' is missing" },
	{ "half of a proof is none",
	  "'auth':{'scheme':'header','header':'X','value':'{client_id}:{spare}'"
	  "}," GET_ONE,
	  "the credential 'spare' is missing" },
	{ "a line end in a header",
	  "'auth':{'scheme':'header','header':'X','value':'first_refresh'}"
	  "," GET_ONE,
	  "holds control characters" },
	{ "a part of a path that is missing",
	  ONE("'path':'/{region}/{person_id}'"),
	  "the setting 'region' is missing" },
};

static void test_a_request_that_cannot_be_made_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		const struct row *row = &failures[i];
		struct err err = { 0 };
		struct world w;

		open_world(&w, row->fetch);
		assert_int_equal(fetch_one_request(w.m, &w.ctx, STR("1"), &w.a,
						   &w.r, &err),
				 -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		if (!strstr(err.text, row->want))
			fail_msg("%s: %s", row->name, err.text);
		close_world(&w);
	}
}

static void test_a_call_without_its_token_is_not_made(void **state)
{
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, "'tokens':{'t':{'grant':'login','call':{'url':"
		       "'{login}'}}}," GET_ONE);
	w.ctx.token_count = 0;
	assert_int_equal(
		fetch_one_request(w.m, &w.ctx, STR("1"), &w.a, &w.r, &err), 0);
	assert_string_equal(w.r.missing_token, "t");
	assert_null(w.r.url);
	assert_null(w.r.method);
	w.ctx.token_count = 1;
	assert_int_equal(
		fetch_one_request(w.m, &w.ctx, STR("1"), &w.a, &w.r, &err), 0);
	assert_null(w.r.missing_token);
	assert_string_equal(w.r.token, "t");
	close_world(&w);
}

static void test_certificates_go_with_every_call(void **state)
{
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, "'tls':{'certificate':'certificate','key':"
		       "'private_key'}," GET_ONE);
	assert_int_equal(
		fetch_one_request(w.m, &w.ctx, STR("1"), &w.a, &w.r, &err), 0);
	assert_true(str_is(w.r.certificate, "CERT\n"));
	assert_true(str_is(w.r.key, "KEY\n"));
	w.ctx.credentials = test_json(&w.a, "{'certificate':'C'}");
	assert_int_equal(
		fetch_one_request(w.m, &w.ctx, STR("1"), &w.a, &w.r, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	close_world(&w);
}

/* A next link has its own parameters; who we are is added. */
static void test_a_call_goes_on_at_another_address(void **state)
{
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, "'auth':[{'scheme':'query','name':'k','value':'api_key'}"
		       ",{'scheme':'bearer','token':'api_key'}]," ONE(
			       "'path':'/p/{person_id}','query':{'limit':"
			       "'{size}'}"));
	if (call_request_at(w.m, &w.ctx, &w.m->fetch.way.one.call, NULL,
			    STR("https://x.example/n?c=1"), &w.a, &w.r,
			    &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(test_request_text(&w.r, &w.a),
			    "GET https://x.example/n?c=1&k=k%26y%3D1\n"
			    "Authorization: Bearer k&y=1\n");
	close_world(&w);
}

static void test_several_persons_are_asked_for_at_once(void **state)
{
	static const struct str ids[] = { { "1", 1 }, { "2&", 2 } };
	const struct call_values values = { .ids = ids, .id_count = 2 };
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, POST_ONE("'xml':['<a>',['<i>{person_id}</i>',"
				"'<j/>'],'</a>']"));
	assert_int_equal(call_request(w.m, &w.ctx, &w.m->fetch.way.one.call,
				      &values, &w.a, &w.r, &err),
			 0);
	assert_true(str_is(w.r.body, "<a>\n<i>1</i>\n<j/>\n<i>2&amp;</i>\n"
				     "<j/>\n</a>\n"));
	close_world(&w);
	open_world(&w, ONE("'method':'POST','path':'/p','query':{'ids':"
			   "'{person_ids}'},'body':{'v':'{person_ids}','e':{"
			   "'{each}':'{person_id}'},'x':'{person_id}'}"));
	assert_int_equal(call_request(w.m, &w.ctx, &w.m->fetch.way.one.call,
				      &values, &w.a, &w.r, &err),
			 0);
	assert_string_equal(test_request_text(&w.r, &w.a),
			    "POST " BASE "/p?ids=1,2%26\n"
			    "Content-Type: application/json\n\n"
			    "{\"v\":[\"1\",\"2&\"],\"e\":[\"1\",\"2&\"]}");
	close_world(&w);
}

static void test_some_credentials_are_only_for_one_way_to_sign_in(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, GET_ONE);
	for (size_t i = 0; i < manifest_credential_count(w.m); i++) {
		const char *name = manifest_credential(w.m, i)->name;
		bool conditional = !strcmp(name, "oauth_only");

		assert_int_equal(
			manifest_needs_credential(w.m, i, w.ctx.settings),
			!conditional && strcmp(name, "spare") != 0);
		if (conditional)
			assert_true(manifest_needs_credential(
				w.m, i, test_json(&w.a, "{'mode':'oauth'}")));
	}
	close_world(&w);
}

static const struct row refusals[] = {
	{ "no address", ONE("'method':'GET'"),
	  "exactly one of path, url, upload" },
	{ "two addresses",
	  ONE("'path':'/p/{person_id}','url':'https://x/{person_id}'"),
	  "exactly one of path, url, upload" },
	{ "an address without TLS", ONE("'url':'http://x/{person_id}'"),
	  "/fetch/one/url: starts neither with https://" },
	{ "an address that a plain setting begins",
	  ONE("'url':'{tenant}/{person_id}'"),
	  "/fetch/one/url: starts neither with https://" },
	{ "two bodies", POST_ONE("'body':{},'form':{'a':'b'}"),
	  "more than one of body, form, xml" },
	{ "a name that nobody knows", ONE("'path':'/{who}/{person_id}'"),
	  "/fetch/one/path: unknown name '{who}'; known: person_id, "
	  "person_ids, tenant, region" },
	{ "a credential in an address", ONE("'path':'/{api_key}/{person_id}'"),
	  "unknown name '{api_key}'" },
	{ "a secret of the receiver",
	  "'auth':{'scheme':'bearer','token':'webhook_secret'}," GET_ONE,
	  "/fetch/auth/token: the credential 'webhook_secret' is not for api" },
	{ "one that is not declared",
	  "'auth':{'scheme':'header','header':'X','value':'a{key}'}," GET_ONE,
	  "/fetch/auth/value: unknown name '{key}'" },
	{ "a token that is not declared",
	  ONE("'path':'/p/{person_id}','token':'t'"),
	  "/fetch/one/token: unknown word 't'; known: " },
	{ "SOAP without its auth",
	  "'auth':{'scheme':'wsse','user':'user','password':'password'}"
	  "," POST_ONE("'xml':['<a/>']"),
	  "/fetch/one: 'xml' needs {auth}" },
	{ "a key in the body of a GET",
	  "'auth':{'scheme':'body','name':'k','value':'api_key'}," GET_ONE,
	  "/fetch/one: needs 'body'" },
	{ "{auth} in JSON", POST_ONE("'body':{'a':'{auth}'}"),
	  "/fetch/one/body/a: unknown name '{auth}'" },
	{ "more beside {each}", POST_ONE("'body':{'a':{'{each}':1,'b':2}}"),
	  "has more beside {each}" },
	{ "a header that is none",
	  ONE("'path':'/{person_id}','headers':{'X Y':'1'}"),
	  "is not the name of a header" },
	{ "a method that is none",
	  ONE("'method':'SEARCH','path':'/{person_id}'"),
	  "unknown word 'SEARCH'; known: GET, POST, PUT, PATCH, DELETE" },
	{ "a sign that is no scalar",
	  ONE("'path':'/{person_id}','ok':{'at':'/s','equals':{}}"),
	  "is neither a text, a number, true nor false" },
	{ "when a setting is not one to choose from",
	  "'auth':{'scheme':'bearer','token':'api_key','when':{'tenant':'a'}}"
	  "," GET_ONE,
	  "is not a setting of the kind choice" },
	{ "when it cannot have that value",
	  "'auth':{'scheme':'bearer','token':'api_key','when':{'mode':'a'}}"
	  "," GET_ONE,
	  "'a' is not a choice of mode" },
};

static void test_a_call_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct manifest *m = NULL;
		struct err err = { 0 };

		if (test_manifest(&m, refusals[i].fetch, "", &err) == 0)
			fail_msg("%s: loads", refusals[i].name);
		assert_null(m);
		if (!strstr(err.text, refusals[i].want))
			fail_msg("%s: %s", refusals[i].name, err.text);
	}
}

static const struct sign_row {
	const char *answer;
	bool good;
} signs[] = {
	{ "{'s':0}", true },	  { "{'s':'0'}", true }, { "{'s':true}", true },
	{ "{'s':false}", false }, { "{'s':1}", false },	 { "{}", false },
	{ "{'s':null}", false },
};

static void test_a_200_may_have_to_show_a_sign_of_success(void **state)
{
	struct surroundings around;
	struct world w;

	(void)state;
	open_world(&w, ONE("'path':'/{person_id}','ok':{'at':'/s','equals':["
			   "0,true]}"));
	around = surroundings_of(w.m, &w.ctx, NULL, 0, &w.a);
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (call_ok_holds(&w.m->fetch.way.one.call.ok,
				  test_json(&w.a, signs[i].answer),
				  &around) != signs[i].good)
			fail_msg("%s", signs[i].answer);
	close_world(&w);
	open_world(&w, GET_ONE);
	assert_true(call_ok_holds(&w.m->fetch.way.one.call.ok, NULL, NULL));
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_become_requests),
		cmocka_unit_test(test_a_request_that_cannot_be_made_says_why),
		cmocka_unit_test(test_a_call_without_its_token_is_not_made),
		cmocka_unit_test(test_certificates_go_with_every_call),
		cmocka_unit_test(test_a_call_goes_on_at_another_address),
		cmocka_unit_test(test_several_persons_are_asked_for_at_once),
		cmocka_unit_test(
			test_some_credentials_are_only_for_one_way_to_sign_in),
		cmocka_unit_test(test_a_call_that_makes_no_sense_is_refused),
		cmocka_unit_test(test_a_200_may_have_to_show_a_sign_of_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

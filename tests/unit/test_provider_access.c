/* Getting tokens: what is asked, what the answer means, what is kept. */
#include "check.h"

#include "crypto/encode.h"
#include "provider/access.h"
#include "provider_manifest.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define ONE   "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"
#define NOW   1700000000000LL
#define URL   "'url':'{login}/token'"
#define LOGIN "https://login.example.com/token"
#define FORM  "Content-Type: application/x-www-form-urlencoded\n\n"
#define JSON  "Content-Type: application/json\n\n"
#define CLIENT(auth) \
	"'client':{'id':'client_id','secret':'client_secret','auth':'" auth "'}"
#define POST  "'call':{'method':'POST'," URL "}"
#define BASIC "Authorization: Basic aWQ6czNjcmV0Ky8=\n"

struct world {
	struct arena a;
	struct manifest *m;
	struct fetch_context ctx;
};

static void open_world(struct world *w, const char *token, const char *key)
{
	char fetch[4096], text[4096];
	struct err err = { 0 };

	*w = (struct world){ .m = NULL };
	arena_init(&w->a, 4 << 20);
	(void)snprintf(fetch, sizeof(fetch), "'tokens':{'t':{%s}}," ONE, token);
	if (test_manifest(&w->m, fetch, "", &err) < 0)
		fail_msg("%s: %s", token, err.text);
	(void)snprintf(text, sizeof(text),
		       "{'client_id':'id','client_secret':'s3cret+/','user':"
		       "'me','password':'w','first_refresh':'R0','api_key':'k'"
		       ",'private_key':'%s'}",
		       key);
	w->ctx = (struct fetch_context){
		.credentials = test_json(&w->a, text),
		.settings = test_json(&w->a, "{'tenant':'acme'}"),
		.now_ms = NOW,
	};
}

static void close_world(struct world *w)
{
	manifest_free(&w->m);
	arena_release(&w->a);
}

#define BEGIN                        \
	{                            \
		.step = ACCESS_BEGIN \
	}
#define REFRESH                                                 \
	{                                                       \
		.step = ACCESS_REFRESH, .refresh = { "R&1", 3 } \
	}
#define CODE                                                          \
	{                                                             \
		.step = ACCESS_CODE, .code = { "C", 1 },              \
		.redirect_uri = { "https://us/x", 12 }, .verifier = { \
			"V",                                          \
			1                                             \
		}                                                     \
	}

static const struct ask_row {
	const char *name;
	const char *token;
	struct access_ask ask;
	const char *want;
} asks[] = {
	{ "client credentials, basic",
	  "'grant':'client_credentials','scope':'a b'," POST
	  "," CLIENT("basic"),
	  BEGIN,
	  "POST " LOGIN "\n" BASIC FORM
	  "grant_type=client_credentials&scope=a%20b" },
	{ "client credentials in a form, with more parameters",
	  "'grant':'client_credentials','grant_type':'kekaapi','call':{'method'"
	  ":'POST'," URL
	  ",'form':{'api_key':'{api_key}','x':'{spare}'}}," CLIENT("form"),
	  BEGIN,
	  "POST " LOGIN "\n" FORM "api_key=k&grant_type=kekaapi&client_id=id&"
	  "client_secret=s3cret%2B%2F" },
	{ "client credentials in JSON",
	  "'grant':'client_credentials'," POST "," CLIENT("json"), BEGIN,
	  "POST " LOGIN "\n" JSON
	  "{\"grant_type\":\"client_credentials\",\"client_id\":\"id\","
	  "\"client_secret\":\"s3cret+/\"}" },
	{ "client credentials in a GET",
	  "'grant':'client_credentials','call':{" URL "}," CLIENT("basic"),
	  BEGIN, "GET " LOGIN "?grant_type=client_credentials\n" BASIC },
	{ "client credentials in a query",
	  "'grant':'client_credentials','call':{'method':'POST'," URL
	  ",'query':{'k':'{api_key}'}}," CLIENT("query"),
	  BEGIN,
	  "POST " LOGIN "?k=k&grant_type=client_credentials&client_id=id&"
	  "client_secret=s3cret%2B%2F\n" },
	{ "a password",
	  "'grant':'password','username':'user','password':'password','call':{"
	  "'method':'POST'," URL ",'form':{'company':'{tenant}'}},'client':{"
	  "'id':'client_id','auth':'none'}",
	  BEGIN,
	  "POST " LOGIN "\n" FORM
	  "company=acme&grant_type=password&username=me&password=w&"
	  "client_id=id" },
	{ "the first refresh token",
	  "'grant':'refresh_token','refresh_token':'first_refresh'," POST
	  "," CLIENT("basic"),
	  BEGIN,
	  "POST " LOGIN "\n" BASIC FORM
	  "grant_type=refresh_token&refresh_token=R0" },
	{ "the next refresh token",
	  "'grant':'refresh_token','refresh_token':'first_refresh'," POST
	  "," CLIENT("form"),
	  REFRESH,
	  "POST " LOGIN "\n" FORM
	  "grant_type=refresh_token&refresh_token=R%261&client_id=id&"
	  "client_secret=s3cret%2B%2F" },
	{ "a refresh that takes more",
	  "'grant':'refresh_token','refresh_token':'first_refresh',"
	  "'refresh_with':{'redirect_uri':'https://{tenant}/x'}," POST
	  "," CLIENT("form"),
	  REFRESH,
	  "POST " LOGIN "\n" FORM
	  "grant_type=refresh_token&refresh_token=R%261&"
	  "redirect_uri=https%3A%2F%2Facme%2Fx&client_id=id&"
	  "client_secret=s3cret%2B%2F" },
	{ "a code, with PKCE",
	  "'grant':'authorization_code','authorize':{'url':'{login}/auth',"
	  "'pkce':true}," POST "," CLIENT("form"),
	  CODE,
	  "POST " LOGIN "\n" FORM
	  "grant_type=authorization_code&code=C&redirect_uri=https%3A%2F%2Fus"
	  "%2Fx&code_verifier=V&client_id=id&client_secret=s3cret%2B%2F" },
	{ "a login",
	  "'grant':'login','call':{'method':'POST'," URL
	  ",'body':{'apiKey':'{api_key}'}}",
	  BEGIN, "POST " LOGIN "\n" JSON "{\"apiKey\":\"k\"}" },
};

static void test_each_grant_asks_in_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		const struct ask_row *row = &asks[i];
		struct fetch_request r;
		struct err err = { 0 };
		const char *text;
		struct world w;

		open_world(&w, row->token, "x");
		if (access_request(w.m, 0, &w.ctx, &row->ask, &w.a, &r, &err) <
		    0)
			fail_msg("%s: %s", row->name, err.text);
		text = test_request_text(&r, &w.a);
		if (strcmp(text, row->want) != 0)
			fail_msg("%s: is\n%s\nnot\n%s", row->name, text,
				 row->want);
		assert_null(r.token);
		close_world(&w);
	}
}

/* --------------------------------------------------------------- assertions */

static void new_key(char *out, size_t size)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	size_t at = 0;
	char *text;
	long len;

	assert_int_equal(
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL),
		1);
	len = BIO_get_mem_data(bio, &text);
	for (long i = 0; i < len; i++) {
		assert_true(at + 3 < size);
		if (text[i] == '\n') {
			out[at++] = '\\';
			out[at++] = 'n';
		} else {
			out[at++] = text[i];
		}
	}
	out[at] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(key);
}

/* The n-th part of the token after marker in the body, decoded. */
static const char *decoded(struct str body, const char *marker, int n,
			   struct arena *a)
{
	const char *at = memmem(body.ptr, body.len, marker, strlen(marker));
	unsigned char bytes[2048];
	struct str rest, part;
	size_t len;

	assert_non_null(at);
	at += strlen(marker);
	rest = (struct str){ at, body.len - (size_t)(at - body.ptr) };
	for (int i = 0; i <= n; i++)
		assert_true(str_cut(&rest, '.', &part));
	assert_true(decode(ENCODING_BASE64URL, part, bytes, sizeof(bytes) - 1,
			   &len));
	return arena_dup(a, (struct str){ (char *)bytes, len }).ptr;
}

#define JWT                                                              \
	"'assertion':{'algorithm':'ES256','key':'private_key','key_id':" \
	"'client_id','claims':{'iss':'{client_id}','sub':'x@{tenant}',"  \
	"'aud':['{login}/token'],'none':'{region}'},'lifetime_s':600}"

static const struct ask_row signed_asks[] = {
	{ "as a grant", "'grant':'jwt_bearer'," POST "," JWT, BEGIN,
	  "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"
	  "assertion=" },
	{ "as the client's proof",
	  "'grant':'client_credentials','client':{'id':'client_id','auth':"
	  "'assertion'}," POST "," JWT,
	  BEGIN,
	  "grant_type=client_credentials&client_id=id&client_assertion_type="
	  "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&"
	  "client_assertion=" },
};

static void test_tokens_are_signed(void **state)
{
	char key[2048];

	(void)state;
	new_key(key, sizeof(key));
	for (size_t i = 0; i < ARRAY_LEN(signed_asks); i++) {
		const struct ask_row *row = &signed_asks[i];
		struct fetch_request r;
		struct err err = { 0 };
		struct world w;

		open_world(&w, row->token, key);
		if (access_request(w.m, 0, &w.ctx, &row->ask, &w.a, &r, &err) <
		    0)
			fail_msg("%s: %s", row->name, err.text);
		assert_true(str_starts(r.body, str_of(row->want)));
		assert_string_equal(
			decoded(r.body, row->want, 0, &w.a),
			"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"id\"}");
		assert_string_equal(
			decoded(r.body, row->want, 1, &w.a),
			"{\"iss\":\"id\",\"sub\":\"x@acme\",\"aud\":[\"" LOGIN
			"\"],\"iat\":1700000000,\"exp\":1700000600}");
		close_world(&w);
	}
}

static void test_a_key_that_does_not_sign_names_its_credential(void **state)
{
	const struct access_ask ask = BEGIN;
	struct fetch_request r;
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, "'grant':'jwt_bearer'," POST "," JWT, "no key");
	assert_int_equal(access_request(w.m, 0, &w.ctx, &ask, &w.a, &r, &err),
			 -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "the credential 'private_key': "));
	assert_null(strstr(err.text, "no key"));
	close_world(&w);
}

/* ------------------------------------------------------------------ answers */

#define REFRESHED                                                       \
	"'grant':'refresh_token','refresh_token':'first_refresh'," POST \
	"," CLIENT("basic")
#define CONSENTED                                                   \
	"'grant':'authorization_code','authorize':{'url':'{login}/" \
	"auth'}," POST "," CLIENT("basic")
static const struct answer_row {
	const char *name;
	const char *token;
	struct access_ask ask;
	int status;
	const char *body;
	enum access_outcome want;
	struct access_grant grant;
	const char *error;
} answers[] = {
	{ "granted",
	  REFRESHED,
	  BEGIN,
	  200,
	  "{'access_token':'A','expires_in':1000,'refresh_token':'R'}",
	  ACCESS_GRANTED,
	  { { "A", 1 }, NOW + 1000000, NOW + 900000, { "R", 1 } },
	  NULL },
	{ "a long one is renewed five minutes early",
	  REFRESHED,
	  BEGIN,
	  201,
	  "{'access_token':'A','expires_in':'86400','refresh_token':'R'}",
	  ACCESS_GRANTED,
	  { { "A", 1 }, NOW + 86400000, NOW + 86100000, { "R", 1 } },
	  NULL },
	{ "the refresh token stays when no new one comes",
	  REFRESHED,
	  REFRESH,
	  200,
	  "{'access_token':'A'}",
	  ACCESS_GRANTED,
	  { { "A", 1 }, NOW + 3600000, NOW + 3300000, { "R&1", 3 } },
	  NULL },
	{ "and is replaced by a new one",
	  REFRESHED,
	  REFRESH,
	  200,
	  "{'access_token':'A','refresh_token':'R2'}",
	  ACCESS_GRANTED,
	  { { "A", 1 }, NOW + 3600000, NOW + 3300000, { "R2", 2 } },
	  NULL },
	{ "no refresh token is kept where none is meant",
	  "'grant':'client_credentials'," POST "," CLIENT("basic"),
	  BEGIN,
	  200,
	  "{'access_token':'A','refresh_token':'R','expires_in':-1}",
	  ACCESS_GRANTED,
	  { { "A", 1 }, NOW + 3600000, NOW + 3300000, { NULL, 0 } },
	  NULL },
	{ "elsewhere in the answer",
	  "'grant':'login','token':'/data/token','expires':'/data/ttl',"
	  "'ttl_s':60," POST,
	  BEGIN,
	  200,
	  "{'data':{'token':'A'}}",
	  ACCESS_GRANTED,
	  { { "A", 1 }, NOW + 60000, NOW + 54000, { NULL, 0 } },
	  NULL },
	{ "what was kept is over",
	  REFRESHED,
	  REFRESH,
	  400,
	  "{'error':'invalid_grant'}",
	  ACCESS_AGAIN,
	  { .expires_ms = 0 },
	  "(400, invalid_grant)" },
	{ "an admin's consent is over",
	  CONSENTED,
	  REFRESH,
	  400,
	  "{'error':'invalid_grant'}",
	  ACCESS_REFUSED,
	  { .expires_ms = 0 },
	  "(400, invalid_grant)" },
	{ "wrong credentials",
	  REFRESHED,
	  BEGIN,
	  401,
	  "{'error':'invalid_client'}",
	  ACCESS_REFUSED,
	  { .expires_ms = 0 },
	  "(401, invalid_client)" },
	{ "a reason of the HRIS's own is not repeated",
	  REFRESHED,
	  BEGIN,
	  403,
	  "{'error':'person 7 is gone'}",
	  ACCESS_REFUSED,
	  { .expires_ms = 0 },
	  "(403, no reason given)" },
	{ "no answer of ours",
	  REFRESHED,
	  BEGIN,
	  404,
	  "<html>",
	  ACCESS_REFUSED,
	  { .expires_ms = 0 },
	  "(404, no reason given)" },
	{ "a refusal within a 200",
	  REFRESHED,
	  BEGIN,
	  200,
	  "{'error':'access_denied'}",
	  ACCESS_REFUSED,
	  { .expires_ms = 0 },
	  "(200, access_denied)" },
	{ "no sign of success",
	  "'grant':'login','call':{" URL ",'ok':{'at':'/ok','equals':true}}",
	  BEGIN,
	  200,
	  "{'ok':false,'access_token':'A'}",
	  ACCESS_REFUSED,
	  { .expires_ms = 0 },
	  "(200, no reason given)" },
	{ "too fast",
	  REFRESHED,
	  REFRESH,
	  429,
	  "",
	  ACCESS_LATER,
	  { .expires_ms = 0 },
	  "(429)" },
	{ "a fault",
	  REFRESHED,
	  REFRESH,
	  503,
	  "",
	  ACCESS_LATER,
	  { .expires_ms = 0 },
	  "(503)" },
	{ "a page to sign in at",
	  REFRESHED,
	  BEGIN,
	  302,
	  "",
	  ACCESS_UNREADABLE,
	  { .expires_ms = 0 },
	  "another status" },
	{ "no JSON",
	  REFRESHED,
	  BEGIN,
	  200,
	  "ok",
	  ACCESS_UNREADABLE,
	  { .expires_ms = 0 },
	  "is not JSON" },
	{ "no token",
	  REFRESHED,
	  BEGIN,
	  200,
	  "{'access_token':''}",
	  ACCESS_UNREADABLE,
	  { .expires_ms = 0 },
	  "holds none" },
};

static void check_grant(const struct answer_row *row,
			const struct access_grant *g)
{
	if (!str_eq(g->token, row->grant.token) ||
	    !str_eq(g->refresh, row->grant.refresh) ||
	    g->expires_ms != row->grant.expires_ms ||
	    g->renew_ms != row->grant.renew_ms)
		fail_msg("%s: token %.*s, refresh %.*s, in %lld, %lld",
			 row->name, STR_ARG(g->token), STR_ARG(g->refresh),
			 (long long)(g->expires_ms - NOW),
			 (long long)(g->renew_ms - NOW));
}

static void test_answers_mean_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const struct answer_row *row = &answers[i];
		struct access_grant g = { .expires_ms = 0 };
		enum access_outcome got;
		char body[512];
		struct err err = { 0 };
		struct world w;

		open_world(&w, row->token, "x");
		(void)snprintf(body, sizeof(body), "%s", row->body);
		test_quotes(body);
		got = access_read(w.m, 0, &w.ctx, &row->ask, row->status,
				  str_of(body), &w.a, &g, &err);
		if (got != row->want)
			fail_msg("%s: %d %s", row->name, got, err.text);
		if (got == ACCESS_GRANTED)
			check_grant(row, &g);
		else if (!strstr(err.text, row->error))
			fail_msg("%s: %s", row->name, err.text);
		close_world(&w);
	}
}

static void test_a_grant_is_kept_and_planned_with(void **state)
{
	const struct access_grant g = { STR("A\"1"), NOW, NOW - 5, STR("R") };
	struct access_grant back;
	struct access_ask ask;
	struct err err = { 0 };
	struct buf text;
	struct world w;

	(void)state;
	open_world(&w, REFRESHED, "x");
	buf_init(&text, ACCESS_GRANT_MAX);
	access_encode(&g, &text);
	assert_int_equal(access_decode(&back, &w.a, buf_str(&text), &err), 0);
	assert_str(back.token, "A\"1");
	assert_str(back.refresh, "R");
	assert_int_equal(back.expires_ms, NOW);
	assert_int_equal(back.renew_ms, NOW - 5);
	assert_int_equal(access_decode(&back, &w.a, STR("{}"), &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	buf_release(&text);

	ask = access_plan(w.m, 0, &g);
	assert_int_equal(ask.step, ACCESS_REFRESH);
	assert_str(ask.refresh, "R");
	assert_int_equal(access_plan(w.m, 0, NULL).step, ACCESS_BEGIN);
	close_world(&w);
	open_world(&w, "'grant':'client_credentials'," POST "," CLIENT("basic"),
		   "x");
	assert_int_equal(access_plan(w.m, 0, &g).step, ACCESS_BEGIN);
	close_world(&w);
}

/* ------------------------------------------------------------------ consent */

static void test_an_admin_is_sent_to_consent(void **state)
{
	const struct access_ask ask = BEGIN;
	struct fetch_request r;
	struct err err = { 0 };
	const char *url;
	struct world w;

	(void)state;
	open_world(&w,
		   "'grant':'authorization_code','scope':'a b','authorize':{"
		   "'url':'{login}/auth?x=1','query':{'prompt':'login'},'pkce':"
		   "true}," POST "," CLIENT("form"),
		   "x");
	assert_true(access_needs_consent(w.m, 0));
	assert_int_equal(access_request(w.m, 0, &w.ctx, &ask, &w.a, &r, &err),
			 -1);
	assert_int_equal(err.kind, ERR_AUTH);
	/* RFC 7636, appendix B */
	assert_int_equal(
		access_consent_url(
			w.m, 0, &w.ctx, STR("https://us.example/done"),
			STR("st&1"),
			STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
			&w.a, &url, &err),
		0);
	assert_string_equal(
		url,
		"https://login.example.com/auth?x=1&prompt=login&response_type="
		"code&redirect_uri=https%3A%2F%2Fus.example%2Fdone&state=st%261"
		"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"
		"code_challenge_method=S256&client_id=id&scope=a%20b");
	close_world(&w);
	open_world(&w, REFRESHED, "x");
	assert_false(access_needs_consent(w.m, 0));
	assert_int_equal(access_consent_url(w.m, 0, &w.ctx, STR("u"), STR("s"),
					    STR("v"), &w.a, &url, &err),
			 -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	close_world(&w);
}

static void test_verifiers_are_new_each_time(void **state)
{
	char a[ACCESS_VERIFIER_SIZE], b[ACCESS_VERIFIER_SIZE];

	(void)state;
	access_new_verifier(a);
	access_new_verifier(b);
	assert_int_equal(strlen(a), 43);
	assert_string_not_equal(a, b);
}

static void test_tokens_are_told_by_name(void **state)
{
	struct world w;
	size_t i = 7;

	(void)state;
	open_world(&w, "'when':{'mode':'oauth'},'grant':'login'," POST, "x");
	assert_int_equal(access_count(w.m), 1);
	assert_string_equal(access_name(w.m, 0), "t");
	assert_true(access_find(w.m, "t", &i));
	assert_int_equal(i, 0);
	assert_false(access_find(w.m, "u", &i));
	assert_false(access_applies(w.m, 0, &w.ctx));
	w.ctx.settings = test_json(&w.a, "{'tenant':'a','mode':'oauth'}");
	assert_true(access_applies(w.m, 0, &w.ctx));
	close_world(&w);
}

static const struct refusal_row {
	const char *name, *token, *want;
} refusals[] = {
	{ "a grant that is none", "'grant':'saml'," POST,
	  "/fetch/tokens/t/grant: unknown word 'saml'; known: "
	  "client_credentials, refresh_token, password, authorization_code, "
	  "jwt_bearer, saml2_bearer, login" },
	{ "no client", "'grant':'client_credentials'," POST,
	  "the grant client_credentials needs 'client'" },
	{ "no user", "'grant':'password'," POST, "password needs 'username'" },
	{ "more than the grant takes",
	  "'grant':'login','refresh_token':'first_refresh'," POST,
	  "the grant login has no 'refresh_token'" },
	{ "a client without its secret",
	  "'grant':'client_credentials','client':{'id':'client_id','auth':"
	  "'basic'}," POST,
	  "'secret' is for basic, form, json and query, which need it" },
	{ "a client that does not sign",
	  "'grant':'client_credentials','client':{'id':'client_id','auth':"
	  "'assertion'}," POST,
	  "'assertion' is for the grant jwt_bearer" },
	{ "a claim that is added anyway",
	  "'grant':'jwt_bearer','assertion':{'algorithm':'RS256','key':"
	  "'private_key','claims':{'exp':1}}," POST,
	  "the claim 'exp' is added by itself" },
	{ "a token that needs a token",
	  "'grant':'login','call':{" URL ",'token':'t'}",
	  "/fetch/tokens/t/call/token: unknown word 't'" },
	{ "sending something else",
	  "'grant':'login','send':{'value':'Bearer x'}," POST,
	  "/fetch/tokens/t/send: needs {token}" },
	{ "an answer in XML", "'grant':'login','call':{" URL ",'format':'xml'}",
	  "a token's answer is JSON" },
};

static void test_a_token_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct manifest *m = NULL;
		char fetch[2048];
		struct err err = { 0 };

		(void)snprintf(fetch, sizeof(fetch), "'tokens':{'t':{%s}}," ONE,
			       refusals[i].token);
		if (test_manifest(&m, fetch, "", &err) == 0)
			fail_msg("%s: loads", refusals[i].name);
		if (!strstr(err.text, refusals[i].want))
			fail_msg("%s: %s", refusals[i].name, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_grant_asks_in_its_way),
		cmocka_unit_test(test_tokens_are_signed),
		cmocka_unit_test(
			test_a_key_that_does_not_sign_names_its_credential),
		cmocka_unit_test(test_answers_mean_what_to_do),
		cmocka_unit_test(test_a_grant_is_kept_and_planned_with),
		cmocka_unit_test(test_an_admin_is_sent_to_consent),
		cmocka_unit_test(test_verifiers_are_new_each_time),
		cmocka_unit_test(test_tokens_are_told_by_name),
		cmocka_unit_test(test_a_token_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

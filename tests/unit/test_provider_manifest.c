/* A manifest loads whole or not at all, and says where it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/buf.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "provider/webhook.h"

#define HEAD "{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\""
#define CREDENTIAL(name, purpose)                                \
	"{\"name\":\"" name "\",\"label\":\"L\",\"help\":\"H\"," \
	"\"for\":\"" purpose "\"}"
#define SECRET CREDENTIAL("webhook_secret", "webhook")
#define KEY    CREDENTIAL("api_key", "api")
#define BOTH   ",\"credentials\":[" SECRET "," KEY "]"
#define SIGNATURE \
	"\"signature\":{\"scheme\":\"bearer\",\"secret\":\"webhook_secret\"}"
#define MAP(words) "\"map\":{" words "}"
#define EVENTS                                                   \
	"\"events\":{\"type\":\"/t\",\"person_id\":\"/i\"," MAP( \
		"\"x\":\"gone\"") "}"
#define WEBHOOK(signature, events) \
	",\"webhook\":{\"body\":\"json\"," signature "," events "}"
#define FETCH(path)                                                      \
	",\"fetch\":{\"base_url\":\"https://x\",\"auth\":{\"scheme\":"   \
	"\"bearer\",\"token\":\"api_key\"},\"one\":{\"method\":\"GET\"," \
	"\"path\":\"" path "\",\"person\":\"\",\"gone\":[404]}}"
#define FIELDS(more) "\"fields\":{\"email\":\"/email\"" more "}"
#define STATUS	     "\"status\":{\"word\":\"/status\"}"
#define PERSON(status, fields) \
	",\"person\":{\"id\":\"/id\"," status "," fields "}"
#define WHOLE BOTH WEBHOOK(SIGNATURE, EVENTS)
#define HMAC(more)                                                          \
	"\"signature\":{\"scheme\":\"hmac\",\"secret\":\"webhook_secret\"," \
	"\"algorithm\":\"sha256\",\"encoding\":\"hex\",\"header\":\"X-"     \
	"S\"" more "}"
#define WITH_HMAC(more) HEAD BOTH WEBHOOK(HMAC(more), EVENTS) "}"
#define BODY		",\"signed\":[\"body\"]"

static const struct row {
	const char *name;
	const char *text;
	const char *want; /* in the error; NULL: it loads */
} rows[] = {
	{ "webhooks alone", HEAD WHOLE "}", NULL },
	{ "lookups alone",
	  HEAD ",\"credentials\":[" KEY "]" FETCH("/p/{person_id}")
		  PERSON(STATUS, FIELDS("")) "}",
	  NULL },
	{ "not JSON", "{", "acme: /: " },
	{ "not an object", "[]", "acme: /: is not an object" },
	{ "a key twice", HEAD ",\"name\":\"b\"}", "acme: /: " },
	{ "another version", "{\"manifest\":2}",
	  "acme: /manifest: is not an integer from 1 to 1" },
	{ "a name with a slash", "{\"manifest\":1,\"name\":\"a/b\"}",
	  "acme: /name: is not 1 to 32 of" },
	{ "no name", "{\"manifest\":1,\"title\":\"T\"}",
	  "acme: /: 'name' is missing" },
	{ "an unknown key", HEAD ",\"webhok\":{}}",
	  "acme: /: unknown key 'webhok'; known: $schema, manifest, name" },
	{ "nothing to do", HEAD "}", "needs 'webhook' or 'fetch'" },
	{ "an unknown scheme",
	  HEAD BOTH WEBHOOK("\"signature\":{\"scheme\":\"hmca\"}", EVENTS) "}",
	  "acme: /webhook/signature/scheme: unknown word 'hmca'; known: hmac, "
	  "standard-webhooks, header, bearer, basic, body-field, none" },
	{ "a key of another scheme",
	  HEAD BOTH WEBHOOK(
		  "\"signature\":{\"scheme\":\"none\",\"secret\":\"a\"}",
		  EVENTS) "}",
	  "acme: /webhook/signature: unknown key 'secret'; known: scheme" },
	{ "an unknown body",
	  HEAD BOTH ",\"webhook\":{\"body\":\"xml\"," SIGNATURE "," EVENTS "}}",
	  "acme: /webhook/body: unknown word 'xml'; known: json, form, "
	  "json-or-form" },
	{ "hmac over the body", WITH_HMAC(BODY), NULL },
	{ "hmac over nothing", WITH_HMAC(",\"signed\":[\"method\"]"),
	  "'signed' does not cover the body" },
	{ "an unknown part", WITH_HMAC(",\"signed\":[\"bodies\"]"),
	  "acme: /webhook/signature/signed/0: unknown part 'bodies'" },
	{ "a timestamp that nobody signs",
	  WITH_HMAC(BODY ",\"timestamp\":{\"header\":\"X-T\",\"unit\":\"s\","
			 "\"tolerance_s\":300}"),
	  "'signed' does not cover the timestamp" },
	{ "a timestamp from nowhere",
	  WITH_HMAC(",\"signed\":[\"timestamp\",\"body\"]"),
	  "a timestamp from nowhere" },
	{ "a timestamp from two places",
	  WITH_HMAC(",\"signed\":[\"timestamp\",\"body\"],\"timestamp\":{"
		    "\"header\":\"X-T\",\"body\":\"/t\",\"unit\":\"s\","
		    "\"tolerance_s\":300}"),
	  "exactly one of header, field, body" },
	{ "a tolerance of a month",
	  WITH_HMAC(BODY ",\"timestamp\":{\"body\":\"/t\",\"unit\":\"s\","
			 "\"tolerance_s\":2592000}"),
	  "is not an integer from 1 to 604800" },
	{ "fields without a name",
	  WITH_HMAC(BODY ",\"layout\":\"fields\",\"separator\":\",\""),
	  "'field' names a signature" },
	{ "a list without a separator", WITH_HMAC(BODY ",\"layout\":\"list\""),
	  "'separator' is one character" },
	{ "an id from nowhere", WITH_HMAC(",\"signed\":[\"id\",\"body\"]"),
	  "'id_header' need each other" },
	{ "a secret of the fetcher",
	  HEAD BOTH WEBHOOK("\"signature\":{\"scheme\":\"bearer\","
			    "\"secret\":\"api_key\"}",
			    EVENTS) "}",
	  "the credential 'api_key' is not for webhook" },
	{ "a secret that is not declared", HEAD WEBHOOK(SIGNATURE, EVENTS) "}",
	  "the credential 'webhook_secret' is not declared" },
	{ "a credential twice",
	  HEAD ",\"credentials\":[" KEY "," KEY "," SECRET
	       "]" WEBHOOK(SIGNATURE, EVENTS) "}",
	  "two credentials have the same name" },
	{ "an unknown action",
	  HEAD BOTH WEBHOOK(SIGNATURE,
			    "\"events\":{\"type\":\"/t\",\"person_id\":\"/i\","
			    "\"map\":{\"x\":\"fire\"}}") "}",
	  "acme: /webhook/events/map/x: unknown word 'fire'; known: lookup" },
	{ "a bad pointer",
	  HEAD BOTH WEBHOOK(SIGNATURE,
			    "\"events\":{\"type\":\"t\",\"person_id\":\"/i\","
			    "\"map\":{\"x\":\"gone\"}}") "}",
	  "acme: /webhook/events/type: " },
	{ "a state without person",
	  HEAD BOTH WEBHOOK(SIGNATURE,
			    "\"events\":{\"type\":\"/t\",\"person_id\":\"/i\","
			    "\"map\":{\"x\":\"state\"}}") "}",
	  "'person' is missing" },
	{ "a lookup without fetch",
	  HEAD BOTH WEBHOOK(SIGNATURE,
			    "\"events\":{\"type\":\"/t\",\"person_id\":\"/i\","
			    "\"map\":{\"x\":\"lookup\"}}") "}",
	  "'fetch.one' is missing" },
	{ "an unknown handshake",
	  HEAD BOTH WEBHOOK("\"handshake\":[{\"when\":\"never\"}]," SIGNATURE,
			    EVENTS) "}",
	  "acme: /webhook/handshake/0: unknown handshake 'never'; known: "
	  "body-is, body-field-is, header-is, get-echo-header, echo-query" },
	{ "a path without its person",
	  HEAD BOTH FETCH("/p") PERSON(STATUS, FIELDS("")) "}",
	  "acme: /fetch/one: needs {person_id}" },
	{ "a path that is a host",
	  HEAD BOTH FETCH("@evil/{person_id}") PERSON(STATUS, FIELDS("")) "}",
	  "acme: /fetch/one/path: does not start with '/'" },
	{ "a path with an open brace",
	  HEAD BOTH FETCH("/{person_id") PERSON(STATUS, FIELDS("")) "}",
	  "has a '{' without its '}'" },
	{ "a setting that is not declared",
	  HEAD BOTH FETCH("/{tenant}/{person_id}")
		  PERSON(STATUS, FIELDS("")) "}",
	  "unknown name '{tenant}'; known: person_id" },
	{ "a default that is not of its kind",
	  HEAD ",\"settings\":[{\"name\":\"s\",\"label\":\"L\",\"help\":\"H\","
	       "\"as\":\"dns-label\",\"default\":\"a.b\"}]" WHOLE "}",
	  "acme: /settings/0: s is not one part of a host's name" },
	{ "a choice without choices",
	  HEAD ",\"settings\":[{\"name\":\"s\",\"label\":\"L\",\"help\":\"H\","
	       "\"as\":\"choice\"}]" WHOLE "}",
	  "acme: /settings/0: 'choices' are for the kind choice" },
	{ "a default that is not among the choices",
	  HEAD ",\"settings\":[{\"name\":\"s\",\"label\":\"L\",\"help\":\"H\","
	       "\"as\":\"choice\",\"choices\":[\"a\",\"b\"],\"default\":\"c\"}"
	       "]" WHOLE "}",
	  "acme: /settings/0: s is not one of a, b" },
	{ "a text with a maximum",
	  HEAD ",\"settings\":[{\"name\":\"s\",\"label\":\"L\",\"help\":\"H\","
	       "\"as\":\"text\",\"max\":5}]" WHOLE "}",
	  "'min' and 'max' are for the kind number" },
	{ "an unknown field",
	  HEAD WHOLE PERSON(STATUS, FIELDS(",\"shoe\":\"/s\"")) "}",
	  "acme: /person/fields/shoe: is no field of a person" },
	{ "an unknown transform",
	  HEAD WHOLE PERSON(STATUS,
			    FIELDS(",\"location\":{\"from\":\"/l\",\"as\":"
				   "\"upper\"}")) "}",
	  "acme: /person/fields/location/as: unknown word 'upper'; known: "
	  "text, code, email, date, choice" },
	{ "a date read as text",
	  HEAD WHOLE PERSON(STATUS,
			    FIELDS(",\"start_date\":{\"from\":\"/l\",\"as\":"
				   "\"text\"}")) "}",
	  "can only be read as a date" },
	{ "a name read as a date",
	  HEAD WHOLE PERSON(STATUS,
			    FIELDS(",\"first_name\":{\"from\":\"/l\",\"as\":"
				   "\"date\"}")) "}",
	  "is not a date" },
	{ "a choice without choices",
	  HEAD WHOLE PERSON(STATUS,
			    FIELDS(",\"location\":{\"from\":\"/l\",\"as\":"
				   "\"choice\"}")) "}",
	  "need each other" },
	{ "an unknown status",
	  HEAD WHOLE PERSON("\"status\":{\"word\":\"/s\",\"words\":{\"a\":"
			    "\"fired\"}}",
			    FIELDS("")) "}",
	  "unknown word 'fired'; known: upcoming, active, on_leave, departed" },
	{ "a condition with two tests",
	  HEAD WHOLE PERSON("\"status\":{\"word\":\"/s\",\"rules\":[{\"when\":"
			    "{\"at\":\"/s\",\"in\":\"a\",\"has\":\"b\"},"
			    "\"then\":\"active\"}]}",
			    FIELDS("")) "}",
	  "needs exactly one of in, has, contains, date, is, there" },
	{ "an empty list",
	  HEAD WHOLE PERSON(STATUS, FIELDS(",\"location\":[]")) "}",
	  "acme: /person/fields/location: needs 1 to 8 entries" },
};

static void test_manifest_says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct manifest *m = NULL;
		struct err err = { 0 };
		int res = manifest_parse(&m, "acme", str_of(r->text), &err);

		if (!r->want) {
			if (res < 0)
				fail_msg("%s: %s", r->name, err.text);
			manifest_free(&m);
			assert_null(m);
			continue;
		}
		if (res == 0 || !strstr(err.text, r->want))
			fail_msg("%s: %d '%s'", r->name, res, err.text);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_null(m);
	}
}

static void refuse(const struct buf *text, const char *want)
{
	struct manifest *m = NULL;
	struct err err = { 0 };

	assert_false(text->failed);
	assert_int_equal(manifest_parse(&m, "acme", buf_str(text), &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	if (!strstr(err.text, want))
		fail_msg("'%s' has no '%s'", err.text, want);
}

static const char *const texts_of_a_person[] = {
	"first_name", "last_name",	 "preferred_name",
	"department", "job_title",	 "seniority_level",
	"location",   "employment_type", "employee_number",
};

static void test_manifest_is_bounded(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, HEAD WHOLE "}");
	while (text.len <= 65536)
		buf_add_char(&text, ' ');
	refuse(&text, "more than 65536");

	buf_clear(&text);
	buf_add_z(&text, HEAD ",\"x\":");
	for (int i = 0; i < 16; i++)
		buf_add_char(&text, '[');
	refuse(&text, "16 levels");

	/* Each list is within its limit, all together are not. */
	buf_clear(&text);
	buf_add_z(&text, HEAD WHOLE ",\"person\":{\"id\":\"/id\"," STATUS
				    ",\"fields\":{");
	for (size_t i = 0; i < ARRAY_LEN(texts_of_a_person); i++) {
		buf_addf(&text,
			 "%s\"%s\":{\"from\":\"/l\",\"as\":\"choice\","
			 "\"choices\":{",
			 i ? "," : "", texts_of_a_person[i]);
		for (int k = 0; k < 64; k++)
			buf_addf(&text, "%s\"w%d\":\"v\"", k ? "," : "", k);
		buf_add_z(&text, "}}");
	}
	buf_add_z(&text, "}}}");
	refuse(&text, "more than 512 rules");
	buf_release(&text);
}

static void test_manifest_tells_what_an_admin_enters(void **state)
{
	const struct str text = STR(
		HEAD BOTH
		",\"settings\":[{\"name\":\"subdomain\",\"label\":\"S\","
		"\"help\":\"Where\",\"as\":\"dns-label\",\"required\":true}"
		",{\"name\":\"v\",\"label\":\"V\",\"help\":\"W\",\"as\":"
		"\"text\",\"default\":\"1\"},{\"name\":\"base_url\","
		"\"label\":\"B\",\"help\":\"B\",\"as\":\"base-url\"}]" WEBHOOK(
			SIGNATURE, EVENTS) "}");
	struct manifest *m;
	struct err err = { 0 };

	(void)state;
	if (manifest_parse(&m, "acme", text, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(manifest_name(m), "acme");
	assert_string_equal(manifest_title(m), "Acme");
	assert_true(manifest_has_webhooks(m));
	assert_false(manifest_has_lookup(m));
	assert_int_equal(manifest_credential_count(m), 2);
	assert_string_equal(manifest_credential(m, 0)->name, "webhook_secret");
	assert_true(manifest_credential(m, 0)->webhook);
	assert_true(manifest_credential(m, 0)->secret);
	assert_true(manifest_credential(m, 0)->required);
	assert_false(manifest_credential(m, 1)->webhook);
	assert_int_equal(manifest_setting_count(m), 3);
	assert_true(manifest_setting(m, 0)->required);
	assert_null(manifest_setting(m, 0)->fallback);
	assert_string_equal(manifest_setting(m, 1)->fallback, "1");
	manifest_free(&m);
}

#define KIND(name, as, more)                                            \
	"{\"name\":\"" name "\",\"label\":\"L\",\"help\":\"H\",\"as\":" \
	"\"" as "\"" more "}"

static const struct value_row {
	size_t setting; /* in the order of the manifest below */
	const char *value;
	bool good;
} values[] = {
	{ 0, "acme", true },
	{ 0, "a-1", true },
	{ 0, "", false },
	{ 0, "a.b", false },
	{ 0, "Acme", false },
	{ 0, "-a", false },
	{ 0, "a-", false },
	{ 0, "a/b", false },
	{ 0, "a@b", false },
	{ 0, "a\nb", false },
	{ 0, "0123456789012345678901234567890123456789012345678901234567890123",
	  false },
	{ 1, "2024-08-01", true },
	{ 1, "", false },
	{ 1, "a\r\nb", false },
	{ 2, "https://api.example.com", true },
	{ 2, "http://127.0.0.1:8080/bamboohr", true },
	{ 2, "http://[::1]:8080", true },
	{ 2, "https://api.example.com/", false },
	{ 2, "https://", false },
	{ 2, "https:///x", false },
	{ 2, "ftp://api.example.com", false },
	{ 2, "//api.example.com", false },
	{ 2, "https://user@api.example.com", false },
	{ 2, "https://api.example.com?x=", false },
	{ 2, "https://api.example.com#", false },
	{ 2, "https://api example.com", false },
	{ 2, "javascript:alert(1)", false },
	{ 3, "hr.example.com", true },
	{ 3, "localhost:8080", true },
	{ 3, "hr.example.com/", false },
	{ 3, "hr..example.com", false },
	{ 3, "hr.example.com:0", false },
	{ 3, "user@hr.example.com", false },
	{ 3, ".example.com", false },
	{ 4, "key", true },
	{ 4, "Key", false },
	{ 4, "", false },
	{ 5, "1", true },
	{ 5, "500", true },
	{ 5, "0", false },
	{ 5, "501", false },
	{ 5, "007", false },
	{ 5, "1.5", false },
	{ 5, "+1", false },
	{ 6, "true", true },
	{ 6, "false", true },
	{ 6, "yes", false },
	{ 7, "X-Signature", true },
	{ 7, "X Signature", false },
	{ 7, "X:", false },
	{ 7, "", false },
};

static void test_settings_are_checked(void **state)
{
	const struct str text = STR(
		HEAD BOTH
		",\"settings\":[{\"name\":\"subdomain\",\"label\":\"S\","
		"\"help\":\"Where\",\"as\":\"dns-label\"}"
		",{\"name\":\"v\",\"label\":\"V\",\"help\":\"W\",\"as\":"
		"\"text\"},{\"name\":\"base_url\","
		"\"label\":\"B\",\"help\":\"B\",\"as\":\"base-url\"}"
		"," KIND("h", "host", "") "," KIND("c", "choice", ",\"choices\":[\"key\",\"oauth\"]") "," KIND(
			"n", "number",
			",\"min\":1,\"max\":500") "," KIND("b", "bool",
							   "") "," KIND("x",
									"header"
									"-name",
									"") "]" WEBHOOK(SIGNATURE,
											EVENTS) "}");
	struct manifest *m;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(manifest_parse(&m, "acme", text, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		const struct value_row *v = &values[i];
		int res = manifest_check_setting(m, v->setting,
						 str_of(v->value), &err);

		if ((res == 0) != v->good)
			fail_msg("%zu: '%s'", v->setting, v->value);
		if (!v->good)
			assert_int_equal(err.kind, ERR_INVALID);
	}
	manifest_free(&m);
}

static void test_a_provider_without_webhooks_has_no_keys(void **state)
{
	const struct str text = STR(HEAD ",\"credentials\":[" KEY "]" FETCH(
		"/p/{person_id}") PERSON(STATUS, FIELDS("")) "}");
	const struct webhook w = { .now_ms = 0 };
	struct webhook_keys *keys;
	struct manifest *m;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(manifest_parse(&m, "acme", text, &err), 0);
	assert_int_equal(
		webhook_keys_new(&keys, m, NULL, NULL, 0, NULL, 0, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(webhook_verify(m, NULL, &w, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_AUTH);
	manifest_free(&m);
}

static void test_a_provider_without_api_makes_no_request(void **state)
{
	const struct fetch_context ctx = { .settings = NULL };
	struct fetch_request r;
	struct manifest *m;
	struct arena a;
	struct err err = { 0 };

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(manifest_parse(&m, "acme", STR(HEAD WHOLE "}"), &err),
			 0);
	assert_int_equal(fetch_one_request(m, &ctx, STR("1"), &a, &r, &err),
			 -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	manifest_free(&m);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manifest_says_what_is_wrong_and_where),
		cmocka_unit_test(test_manifest_is_bounded),
		cmocka_unit_test(test_manifest_tells_what_an_admin_enters),
		cmocka_unit_test(test_settings_are_checked),
		cmocka_unit_test(test_a_provider_without_webhooks_has_no_keys),
		cmocka_unit_test(test_a_provider_without_api_makes_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What some senders want answered before anything else, word by word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "provider/manifest.h"
#include "provider/webhook.h"

#include <stdio.h>
#include <string.h>

static const char manifest[] =
	"{\"manifest\":1,\"name\":\"h\",\"title\":\"H\",\"webhook\":{"
	"\"body\":\"json\",\"signature\":{\"scheme\":\"none\"},"
	"\"handshake\":["
	"{\"when\":\"body-is\",\"text\":\"Ping test\"},"
	"{\"when\":\"body-field-is\",\"field\":\"/ping\",\"text\":\"yes\","
	"\"answer\":204},"
	"{\"when\":\"header-is\",\"header\":\"X-Goog-Resource-State\","
	"\"text\":\"sync\"},"
	"{\"when\":\"get-echo-header\",\"header\":"
	"\"X-Okta-Verification-Challenge\",\"field\":\"verification\"},"
	"{\"when\":\"echo-query\",\"parameter\":\"validationToken\"}],"
	"\"events\":{\"type\":\"/t\",\"person_id\":\"/i\",\"map\":{\"x\":"
	"\"gone\"}}}}";

struct header {
	const char *name;
	const char *value;
};

static struct str find(const void *headers, const char *name)
{
	const struct header *h = headers;

	return h->name && !strcmp(h->name, name) ? str_of(h->value)
						 : (struct str){ 0 };
}

#define OKTA  "X-Okta-Verification-Challenge"
#define GOOG  "X-Goog-Resource-State"
#define JSON_ "application/json"
#define TEXT  "text/plain; charset=utf-8"

static const struct row {
	const char *name;
	const char *method, *query, *body;
	struct header header;
	int want; /* status; 0: no handshake */
	const char *type, *answer;
} rows[] = {
	{ "ping", "POST", "", "Ping test", { 0 }, 200, NULL, NULL },
	{ "ping and a newline",
	  "POST",
	  "",
	  "Ping test\r\n",
	  { 0 },
	  200,
	  NULL,
	  NULL },
	{ "ping by GET", "GET", "", "Ping test", { 0 }, 0, NULL, NULL },
	{ "almost a ping", "POST", "", "Ping tests", { 0 }, 0, NULL, NULL },
	{ "field", "POST", "", "{\"ping\":\"yes\"}", { 0 }, 204, NULL, NULL },
	{ "field and more",
	  "POST",
	  "",
	  "{\"ping\":\"yes\",\"t\":\"x\"}",
	  { 0 },
	  0,
	  NULL,
	  NULL },
	{ "field is another",
	  "POST",
	  "",
	  "{\"ping\":\"no\"}",
	  { 0 },
	  0,
	  NULL,
	  NULL },
	{ "an event", "POST", "", "{\"t\":\"x\"}", { 0 }, 0, NULL, NULL },
	{ "sync", "POST", "", "", { GOOG, "sync" }, 200, NULL, NULL },
	{ "not sync", "POST", "", "", { GOOG, "exists" }, 0, NULL, NULL },
	{ "challenge",
	  "GET",
	  "",
	  "",
	  { OKTA, "a\"b" },
	  200,
	  JSON_,
	  "{\"verification\":\"a\\\"b\"}" },
	{ "challenge by POST", "POST", "", "", { OKTA, "abc" }, 0, NULL, NULL },
	{ "challenge with a control",
	  "GET",
	  "",
	  "",
	  { OKTA, "a\tb" },
	  0,
	  NULL,
	  NULL },
	{ "token",
	  "POST",
	  "x=1&validationToken=a%3Cb+c",
	  "",
	  { 0 },
	  200,
	  TEXT,
	  "a<b c" },
	{ "token by GET",
	  "GET",
	  "validationToken=abc",
	  "",
	  { 0 },
	  200,
	  TEXT,
	  "abc" },
	{ "empty token", "POST", "validationToken=", "", { 0 }, 0, NULL, NULL },
	{ "token with a newline",
	  "POST",
	  "validationToken=a%0d%0ab",
	  "",
	  { 0 },
	  0,
	  NULL,
	  NULL },
};

static void check(const struct row *r, const struct manifest *m,
		  struct arena *a)
{
	const struct webhook w = {
		.method = str_of(r->method),
		.url = STR("/webhooks/x"),
		.query = str_of(r->query),
		.body = str_of(r->body),
		.header = find,
		.headers = &r->header,
	};
	struct webhook_handshake h = { .status = 0 };

	if (webhook_handshake(m, &w, a, &h) != (r->want != 0))
		fail_msg("%s: %d", r->name, h.status);
	if (!r->want)
		return;
	assert_int_equal(h.status, r->want);
	if (!r->type) {
		assert_null(h.content_type);
		return;
	}
	assert_string_equal(h.content_type, r->type);
	if (!str_is(h.body, r->answer))
		fail_msg("%s: '%.*s'", r->name, STR_ARG(h.body));
}

static void test_handshakes_are_answered(void **state)
{
	struct manifest *m;
	struct arena a;
	struct err err = { 0 };

	(void)state;
	arena_init(&a, 65536);
	if (manifest_parse(&m, "h", str_of(manifest), &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&rows[i], m, &a);
	manifest_free(&m);
	arena_release(&a);
}

static void test_a_long_token_is_not_echoed(void **state)
{
	static char query[16 + 1025 + 1]; /* a byte over the limit */
	struct row r = {
		"long token", "POST", query, "", { 0 }, 0, NULL, NULL
	};
	struct manifest *m;
	struct arena a;
	struct err err = { 0 };

	(void)state;
	memset(query, 'x', sizeof(query) - 1);
	memcpy(query, "validationToken=", 16);
	arena_init(&a, 65536);
	assert_int_equal(manifest_parse(&m, "h", str_of(manifest), &err), 0);
	check(&r, m, &a);
	manifest_free(&m);
	arena_release(&a);
}

#define CAPTURE                                                                \
	"{\"manifest\":1,\"name\":\"c\",\"title\":\"C\",\"credentials\":[{"    \
	"\"name\":"                                                            \
	"\"webhook_secret\",\"label\":\"L\",\"help\":\"H\",\"for\":"           \
	"\"webhook\"},"                                                        \
	"{\"name\":\"api_key\",\"label\":\"L\",\"help\":\"H\",\"for\":"        \
	"\"api\"}],"                                                           \
	"\"webhook\":{\"body\":\"json\",\"handshake\":[{\"when\":"             \
	"\"capture-token\",\"field\":\"/verification_token\",\"id\":"          \
	"\"/webhook_subscription_uuid\",\"into\":\"%s\",\"answer\":202}],"     \
	"\"signature\":{\"scheme\":\"bearer\",\"secret\":\"webhook_secret\"}," \
	"\"events\":{\"type\":\"/t\",\"person_id\":\"/i\",\"map\":{\"x\":"     \
	"\"gone\"}}}}"

static int load_capture(struct manifest **out, const char *into,
			struct err *err)
{
	char text[2048];
	int len = snprintf(text, sizeof(text), CAPTURE, into);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	return manifest_parse(out, "c", str_of(text), err);
}

static const struct capture_row {
	const char *method, *body;
	const char *token; /* NULL: it is none */
	const char *id;
} captures[] = {
	{ "POST",
	  "{\"verification_token\":\"v-1\",\"webhook_subscription_uuid\":"
	  "\"u\"}",
	  "v-1", "u" },
	{ "POST", "{\"verification_token\":\"v-1\"}", "v-1", NULL },
	{ "POST", "{\"verification_token\":\"v\\n1\"}", NULL, NULL },
	{ "POST", "{\"verification_token\":7}", NULL, NULL },
	{ "POST", "{\"t\":\"x\",\"i\":1}", NULL, NULL },
	{ "GET", "{\"verification_token\":\"v-1\"}", NULL, NULL },
	{ "POST", "v-1", NULL, NULL },
};

static void test_a_token_is_captured_to_be_confirmed(void **state)
{
	struct row nothing = { .name = "none" };
	struct manifest *m;
	struct arena a;
	struct err err = { 0 };

	(void)state;
	arena_init(&a, 65536);
	if (load_capture(&m, "webhook_secret", &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(captures); i++) {
		const struct capture_row *r = &captures[i];
		const struct webhook w = {
			.method = str_of(r->method),
			.body = str_of(r->body),
			.header = find,
			.headers = &nothing.header,
		};
		struct webhook_handshake h = { .status = 0 };

		if (webhook_handshake(m, &w, &a, &h) != (r->token != NULL))
			fail_msg("%s", r->body);
		if (!r->token)
			continue;
		assert_int_equal(h.status, 202);
		assert_true(str_is(h.token, r->token));
		assert_true(str_eq(h.id, str_of(r->id)));
		assert_string_equal(h.field, "webhook_secret");
		assert_null(h.body.ptr);
	}
	manifest_free(&m);
	arena_release(&a);
}

static void test_a_token_becomes_a_secret_of_the_receiver(void **state)
{
	struct manifest *m = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(load_capture(&m, "api_key", &err), -1);
	assert_non_null(strstr(err.text,
			       "/webhook/handshake/0/into: the credential "
			       "'api_key' is not for webhook"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshakes_are_answered),
		cmocka_unit_test(test_a_long_token_is_not_echoed),
		cmocka_unit_test(test_a_token_is_captured_to_be_confirmed),
		cmocka_unit_test(test_a_token_becomes_a_secret_of_the_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What of a signature a connection's settings decide. */
#include "check.h"

#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "provider/manifest.h"
#include "provider/webhook.h"
#include "json/json.h"

#include <stdio.h>
#include <strings.h>

#define BODY "{\"type\":\"x\",\"id\":\"1\"}"
#define SETTING(name, as, more)                                              \
	"{\"name\":\"" name "\",\"label\":\"L\",\"help\":\"H\",\"as\":\"" as \
	"\"" more "}"
#define CHOICE(name, choices, fallback) \
	SETTING(name, "choice",         \
		",\"choices\":[" choices "],\"default\":\"" fallback "\"")
#define GOOD_SETTINGS                                                          \
	SETTING("where", "header-name", ",\"default\":\"X-Usual\"")            \
	"," CHOICE("how", "\"hex\",\"base64\",\"base64url\"",                  \
		   "hex") "," CHOICE("hash", "\"sha1\",\"sha256\",\"sha512\"", \
				     "sha256") "," SETTING("before", "text",   \
							   "")
#define GOOD_SIGNATURE                                                     \
	"\"scheme\":\"hmac\",\"secret\":\"webhook_secret\",\"algorithm\":" \
	"\"{hash}\",\"encoding\":\"{how}\",\"header\":\"{where}\","        \
	"\"prefix\":\"{before}\",\"signed\":[\"body\"]"

static int load(struct manifest **out, const char *settings,
		const char *signature, struct err *err)
{
	char text[4096];
	int len = snprintf(
		text, sizeof(text),
		"{\"manifest\":1,\"name\":\"acme\",\"title\":\"A\","
		"\"settings\":"
		"[%s],\"credentials\":[{\"name\":\"webhook_secret\",\"label\":"
		"\"L\",\"help\":\"H\",\"for\":\"webhook\"}],\"webhook\":{"
		"\"body\":\"json\",\"signature\":{%s},\"events\":{\"type\":"
		"\"/type\",\"person_id\":\"/id\",\"map\":{\"x\":\"gone\"}}}}",
		settings, signature);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	return manifest_parse(out, "acme", str_of(text), err);
}

struct sent {
	const char *name;
	char value[256];
};

static struct str find(const void *headers, const char *name)
{
	const struct sent *h = headers;

	return strcasecmp(h->name, name) == 0 ? str_of(h->value) : str_none();
}

static void sign(struct sent *out, const char *header, const char *prefix,
		 enum hmac_algorithm hash, enum encoding how)
{
	const struct str body = STR(BODY);
	unsigned char mac[HMAC_MAX_SIZE];
	struct hmac_key *key;
	struct buf text;
	size_t len;

	assert_int_equal(hmac_key_new(&key, hash, STR("secret"), NULL), 0);
	len = hmac_compute(key, &body, 1, mac);
	hmac_key_free(&key);
	buf_init(&text, sizeof(out->value) - 1);
	buf_add_z(&text, prefix);
	encode(how, mac, len, &text);
	out->name = header;
	(void)snprintf(out->value, sizeof(out->value), "%s", buf_z(&text));
	buf_release(&text);
}

static bool taken(const struct manifest *m, const char *settings,
		  const struct sent *sent)
{
	const struct webhook_secret secret = { "webhook_secret",
					       STR("secret") };
	const struct webhook w = {
		.method = STR("POST"),
		.body = STR(BODY),
		.header = find,
		.headers = sent,
	};
	const struct json *values;
	struct webhook_keys *keys;
	struct err err = { 0 };
	struct arena a;
	bool good;

	arena_init(&a, 65536);
	if (json_parse(&values, &a, str_of(settings), NULL, &err) < 0 ||
	    webhook_keys_new(&keys, m, values, &secret, 1, NULL, 0, &err) < 0)
		fail_msg("%s: %s", settings, err.text);
	/* The keys hold copies of what they need. */
	arena_release(&a);
	arena_init(&a, 65536);
	good = webhook_verify(m, keys, &w, &a, NULL) == 0;
	webhook_keys_free(&keys);
	arena_release(&a);
	return good;
}

static const struct row {
	const char *settings;
	const char *header;
	const char *prefix;
	enum hmac_algorithm hash;
	enum encoding how;
} rows[] = {
	{ "{}", "X-Usual", "", HMAC_SHA256, ENCODING_HEX },
	{ "{\"where\":\"X-Other\"}", "x-other", "", HMAC_SHA256, ENCODING_HEX },
	{ "{\"how\":\"base64\"}", "X-Usual", "", HMAC_SHA256, ENCODING_BASE64 },
	{ "{\"hash\":\"sha512\"}", "X-Usual", "", HMAC_SHA512, ENCODING_HEX },
	{ "{\"before\":\"sha256=\"}", "X-Usual", "sha256=", HMAC_SHA256,
	  ENCODING_HEX },
	{ "{\"where\":\"X-All\",\"how\":\"base64url\",\"hash\":\"sha1\","
	  "\"before\":\"v=\"}",
	  "X-All", "v=", HMAC_SHA1, ENCODING_BASE64URL },
};

/* Each is taken with its own settings, and with no others. */
static void test_settings_say_how_webhooks_are_signed(void **state)
{
	struct manifest *m;
	struct err err = { 0 };

	(void)state;
	if (load(&m, GOOD_SETTINGS, GOOD_SIGNATURE, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct sent sent;

		sign(&sent, r->header, r->prefix, r->hash, r->how);
		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			if (taken(m, rows[k].settings, &sent) != (i == k))
				fail_msg("%s with %s", r->settings,
					 rows[k].settings);
	}
	manifest_free(&m);
}

static void test_a_setting_that_is_wrong_makes_no_keys(void **state)
{
	const struct webhook_secret secret = { "webhook_secret",
					       STR("secret") };
	const struct json *values;
	struct webhook_keys *keys;
	struct manifest *m;
	struct arena a;
	struct err err = { 0 };

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(load(&m, GOOD_SETTINGS, GOOD_SIGNATURE, &err), 0);
	assert_int_equal(
		json_parse(&values, &a, STR("{\"how\":\"octal\"}"), NULL, &err),
		0);
	assert_int_equal(
		webhook_keys_new(&keys, m, values, &secret, 1, NULL, 0, &err),
		-1);
	assert_int_equal(err.kind, ERR_CONFIG);
	manifest_free(&m);
	arena_release(&a);
}

#define SIGNED(header, encoding)                                           \
	"\"scheme\":\"hmac\",\"secret\":\"webhook_secret\",\"algorithm\":" \
	"\"sha256\",\"encoding\":\"" encoding "\",\"header\":\"" header    \
	"\",\"signed\":[\"body\"]"

static const struct refusal {
	const char *name, *settings, *signature, *want;
} refusals[] = {
	{ "a setting that is not declared", SETTING("x", "text", ""),
	  SIGNED("{where}", "hex"),
	  "/webhook/signature/header: 'where' is not a setting of the kind "
	  "header-name" },
	{ "one of another kind", SETTING("where", "text", ""),
	  SIGNED("{where}", "hex"),
	  "is not a setting of the kind header-name" },
	{ "one without a default", SETTING("where", "header-name", ""),
	  SIGNED("{where}", "hex"), "the setting 'where' needs a default" },
	{ "a choice that is no word", CHOICE("how", "\"hex\",\"octal\"", "hex"),
	  SIGNED("X", "{how}"),
	  "/webhook/signature/encoding: unknown choice 'octal'; known: hex, "
	  "base64, base64url" },
};

static void test_settings_that_cannot_say_it_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct manifest *m = NULL;
		struct err err = { 0 };

		if (load(&m, refusals[i].settings, refusals[i].signature,
			 &err) == 0)
			fail_msg("%s: loads", refusals[i].name);
		if (!strstr(err.text, refusals[i].want))
			fail_msg("%s: %s", refusals[i].name, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_say_how_webhooks_are_signed),
		cmocka_unit_test(test_a_setting_that_is_wrong_makes_no_keys),
		cmocka_unit_test(test_settings_that_cannot_say_it_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

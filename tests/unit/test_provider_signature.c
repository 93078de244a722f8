/*
 * Every kind of signature, by vectors that were computed by others: published
 * ones, and Python's hmac for the rest. tests/data/signature-vectors.json
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "provider/manifest.h"
#include "provider/webhook.h"
#include "json/write.h"

#include <stdio.h>

#define VECTORS	    "tests/data/signature-vectors.json"
#define SECRETS_MAX 2

static const struct json *load_vectors(struct arena *a)
{
	const struct json *root;
	struct err err = { 0 };
	struct buf text;
	FILE *f = fopen(VECTORS, "r");
	size_t n = 1;

	assert_non_null(f);
	buf_init(&text, 1 << 20);
	while (n > 0) {
		char *room = buf_reserve(&text, 4096);

		assert_non_null(room);
		n = fread(room, 1, 4096, f);
		buf_grown(&text, n);
	}
	assert_int_equal(fclose(f), 0);
	if (json_parse(&root, a, buf_str(&text), NULL, &err) < 0)
		fail_msg("%s", err.text);
	buf_release(&text);
	return root;
}

static void add_credential(struct json_writer *w, const char *name)
{
	json_open_object(w, NULL);
	json_add_z(w, "name", name);
	json_add_z(w, "label", "x");
	json_add_z(w, "help", "x");
	json_add_z(w, "for", "webhook");
	json_close(w);
}

/* The least manifest that has this signature. */
static struct manifest *manifest_of(const struct json *signature)
{
	struct manifest *m = NULL;
	struct json_writer w;
	struct err err = { 0 };
	struct buf text;

	buf_init(&text, 1 << 16);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	json_add_int(&w, "manifest", 1);
	json_add_z(&w, "name", "vector");
	json_add_z(&w, "title", "Vector");
	json_open_array(&w, "credentials");
	add_credential(&w, "webhook_secret");
	add_credential(&w, "webhook_user");
	json_close(&w);
	json_open_object(&w, "webhook");
	json_add_z(&w, "body", "json");
	json_add_value(&w, "signature", signature);
	json_add_raw(&w, "events",
		     STR("{\"type\":\"/event\",\"person_id\":\"/id\","
			 "\"map\":{\"employee.deleted\":\"gone\"}}"));
	json_close(&w);
	json_close(&w);
	if (manifest_parse(&m, "vector", buf_str(&text), &err) < 0)
		fail_msg("%s", err.text);
	buf_release(&text);
	return m;
}

static struct str header(const void *headers, const char *name)
{
	return json_string(json_get(headers, name));
}

static struct str text_or(const struct json *v, const char *otherwise)
{
	struct str s = json_string(v);

	return s.ptr ? s : str_of(otherwise);
}

static size_t secrets_of(const struct json *v, struct arena *a,
			 struct webhook_secret out[static SECRETS_MAX])
{
	size_t count = 0;

	for (v = json_first(v); v; v = json_next(v)) {
		assert_true(count < SECRETS_MAX);
		out[count++] = (struct webhook_secret){
			arena_dup(a, json_key(v)).ptr,
			json_string(v),
		};
	}
	return count;
}

static int verify(const struct json *vector, struct arena *a, struct err *err)
{
	struct manifest *m = manifest_of(json_get(vector, "signature"));
	struct webhook_secret secrets[SECRETS_MAX];
	size_t count = secrets_of(json_get(vector, "secrets"), a, secrets);
	struct webhook_keys *keys;
	struct webhook w = {
		.method = text_or(json_get(vector, "method"), "POST"),
		.url = text_or(json_get(vector, "url"), "/"),
		.body = json_string(json_get(vector, "body")),
		.header = header,
		.headers = json_get(vector, "headers"),
	};
	int res;

	assert_true(clock_parse_ms(json_string(json_get(vector, "now")),
				   &w.now_ms));
	if (webhook_keys_new(&keys, m, NULL, secrets, count, NULL, 0, err) < 0)
		fail_msg("%s", err->text);
	res = webhook_verify(m, keys, &w, a, err);
	webhook_keys_free(&keys);
	manifest_free(&m);
	return res;
}

static void test_vectors_verify_as_they_say(void **state)
{
	const struct json *v;
	struct arena a;
	size_t count = 0;

	(void)state;
	arena_init(&a, 1 << 22);
	for (v = json_first(load_vectors(&a)); v; v = json_next(v), count++) {
		bool genuine = json_true(json_get(v, "genuine"));
		struct str name = json_string(json_get(v, "name"));
		struct err err = { 0 };

		if ((verify(v, &a, &err) == 0) != genuine)
			fail_msg("%.*s: is %sgenuine", STR_ARG(name),
				 genuine ? "not " : "");
		if (genuine)
			continue;
		assert_int_equal(err.kind, ERR_AUTH);
		/* One text for all: a sender learns nothing from it. */
		assert_string_equal(err.text,
				    "the webhook could not be verified");
	}
	assert_true(count > 50);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_verify_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

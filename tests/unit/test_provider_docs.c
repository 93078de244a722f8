/*
 * Every word of the language stands in docs/providers.md and in the schema
 * for editors: the loader itself is asked which words it knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/buf.h"
#include "provider/manifest.h"

#include <stdio.h>

#define SIGNATURE(text)	   "{\"webhook\":{\"signature\":{" text "}}}"
#define HANDSHAKE(text)	   "{\"webhook\":{\"handshake\":[{" text "}]}}"
#define EVENTS(text)	   "{\"webhook\":{\"events\":{" text "}}}"
#define FETCH(text)	   "{\"fetch\":{" text "}}"
#define TOKEN(text)	   FETCH("\"tokens\":{\"a\":{" text "}}")
#define ONE(text)	   FETCH("\"one\":{" text "}")
#define LIST(text)	   FETCH("\"list\":{" text "}")
#define PAGING(word, text) LIST("\"paging\":{\"scheme\":\"" word "\"," text "}")
#define CHANGED(word, text) \
	FETCH("\"changed\":{\"scheme\":\"" word "\"," text "}")
#define PERSON(text)	"{\"person\":{" text "}}"
#define CONDITION(text) PERSON("\"status\":{\"rules\":[{\"when\":{" text "}}]}")
#define SCHEME(word)	SIGNATURE("\"scheme\":\"" word "\",\"?\":1")
#define HMAC(key)	SIGNATURE("\"scheme\":\"hmac\",\"" key "\":\"?\"")
#define TIMESTAMP(text) \
	SIGNATURE("\"scheme\":\"hmac\",\"timestamp\":{" text "}")

/* Each is wrong at its '?', where the message lists what is known. */
static const char *const questions[] = {
	"{\"?\":1}",
	"{\"credentials\":[{\"?\":1}]}",
	"{\"credentials\":[{\"for\":\"?\"}]}",
	"{\"settings\":[{\"?\":1}]}",
	"{\"settings\":[{\"as\":\"?\"}]}",
	"{\"webhook\":{\"?\":1}}",
	"{\"webhook\":{\"body\":\"?\"}}",
	"{\"webhook\":{\"unreadable\":\"?\"}}",
	"{\"webhook\":{\"too_many\":\"?\"}}",
	"{\"webhook\":{\"once\":[\"?\"]}}",
	HANDSHAKE("\"when\":\"?\""),
	HANDSHAKE("\"when\":\"body-is\",\"?\":1"),
	HANDSHAKE("\"when\":\"body-field-is\",\"?\":1"),
	HANDSHAKE("\"when\":\"header-is\",\"?\":1"),
	HANDSHAKE("\"when\":\"get-echo-header\",\"?\":1"),
	HANDSHAKE("\"when\":\"echo-query\",\"?\":1"),
	HANDSHAKE("\"when\":\"capture-token\",\"?\":1"),
	SIGNATURE("\"scheme\":\"?\""),
	SCHEME("hmac"),
	SCHEME("standard-webhooks"),
	SCHEME("header"),
	SCHEME("bearer"),
	SCHEME("basic"),
	SCHEME("body-field"),
	SCHEME("none"),
	HMAC("secret_encoding"),
	HMAC("algorithm"),
	HMAC("encoding"),
	HMAC("layout"),
	SIGNATURE("\"scheme\":\"hmac\",\"signed\":[\"?\"]"),
	TIMESTAMP("\"?\":1"),
	TIMESTAMP("\"unit\":\"?\""),
	SIGNATURE("\"scheme\":\"standard-webhooks\",\"headers\":{\"?\":1}"),
	EVENTS("\"?\":1"),
	EVENTS("\"map\":{\"x\":\"?\"}"),
	EVENTS("\"type\":{\"?\":1}"),
	FETCH("\"?\":1"),
	FETCH("\"auth\":{\"scheme\":\"?\"}"),
	FETCH("\"auth\":{\"scheme\":\"basic\",\"?\":1}"),
	FETCH("\"auth\":{\"scheme\":\"bearer\",\"?\":1}"),
	FETCH("\"auth\":{\"scheme\":\"header\",\"?\":1}"),
	FETCH("\"auth\":{\"scheme\":\"query\",\"?\":1}"),
	FETCH("\"auth\":{\"scheme\":\"body\",\"?\":1}"),
	FETCH("\"auth\":{\"scheme\":\"wsse\",\"?\":1}"),
	FETCH("\"tls\":{\"?\":1}"),
	FETCH("\"rate\":{\"?\":1}"),
	FETCH("\"rate\":{\"reset\":{\"?\":1}}"),
	FETCH("\"rate\":{\"reset\":{\"format\":\"?\"}}"),
	FETCH("\"test\":[{\"?\":1}]"),
	FETCH("\"test\":[{\"level\":\"?\"}]"),
	FETCH("\"test\":[{\"expect\":{\"?\":1}}]"),
	FETCH("\"register\":{\"?\":1}"),
	FETCH("\"register\":{\"create\":{\"?\":1}}"),
	FETCH("\"register\":{\"list\":{\"?\":1}}"),
	FETCH("\"register\":{\"secret\":{\"?\":1}}"),
	FETCH("\"register\":{\"secret\":{\"new\":\"?\"}}"),
	TOKEN("\"?\":1"),
	TOKEN("\"grant\":\"?\""),
	TOKEN("\"call\":{\"?\":1}"),
	TOKEN("\"client\":{\"?\":1}"),
	TOKEN("\"client\":{\"auth\":\"?\"}"),
	TOKEN("\"assertion\":{\"?\":1}"),
	TOKEN("\"assertion\":{\"algorithm\":\"?\"}"),
	TOKEN("\"authorize\":{\"?\":1}"),
	TOKEN("\"send\":{\"?\":1}"),
	ONE("\"?\":1"),
	ONE("\"method\":\"?\""),
	ONE("\"person\":{\"?\":1}"),
	ONE("\"person\":{\"each\":\"\",\"?\":1}"),
	ONE("\"person\":{\"table\":\"x\",\"?\":1}"),
	ONE("\"person\":{\"setting\":\"x\",\"?\":1}"),

	FETCH("\"answers\":[{\"?\":1}]"),
	FETCH("\"answers\":[{\"means\":\"?\"}]"),
	LIST("\"?\":1"),
	LIST("\"query\":{\"a\":\"{?}\"}"),
	LIST("\"format\":\"?\""),
	LIST("\"encoding\":\"?\""),

	LIST("\"total\":{\"header\":\"x\",\"?\":1}"),
	LIST("\"paging\":{\"scheme\":\"?\"}"),
	PAGING("none", "\"?\":1"),
	PAGING("page", "\"?\":1"),
	PAGING("page", "\"end\":\"?\""),
	PAGING("offset", "\"?\":1"),
	PAGING("offset", "\"by\":\"?\""),
	PAGING("cursor", "\"?\":1"),
	PAGING("cursor", "\"next\":{\"header\":\"x\",\"?\":1}"),
	PAGING("next-url", "\"?\":1"),
	PAGING("link-header", "\"?\":1"),
	PAGING("last-id", "\"?\":1"),
	PAGING("queue", "\"?\":1"),
	PAGING("queue", "\"acknowledge\":{\"path\":\"/{?}\"}"),
	FETCH("\"changed\":{\"scheme\":\"?\"}"),
	CHANGED("since", "\"?\":1"),
	CHANGED("since", "\"format\":\"?\""),
	CHANGED("window", "\"?\":1"),
	CHANGED("sorted-stop", "\"?\":1"),
	CHANGED("changed-list", "\"?\":1"),
	CHANGED("changed-list", "\"rows\":{\"?\":1}"),
	CHANGED("event-log", "\"?\":1"),
	CHANGED("delta-link", "\"?\":1"),
	FETCH("\"details\":{\"x\":{\"?\":1}}"),
	FETCH("\"details\":{\"x\":{\"path\":\"/{?}\"}}"),
	FETCH("\"tables\":{\"x\":{\"?\":1}}"),
	FETCH("\"side_tables\":{\"x\":{\"?\":1}}"),
	FETCH("\"ways\":{\"x\":{\"?\":1}}"),
	FETCH("\"one\":{\"format\":\"?\"}"),
	FETCH("\"one\":{\"ok\":{\"?\":1}}"),
	FETCH("\"one\":{\"method\":\"?\"}"),
	PERSON("\"?\":1"),
	PERSON("\"withheld\":{\"?\":1}"),
	PERSON("\"fields\":{\"email\":{\"?\":1}}"),
	PERSON("\"fields\":{\"email\":{\"as\":\"?\"}}"),
	PERSON("\"fields\":{\"email\":{\"format\":\"?\"}}"),
	PERSON("\"fields\":{\"email\":{\"empty\":\"?\"}}"),
	PERSON("\"status\":{\"?\":1}"),
	PERSON("\"status\":{\"rules\":[{\"?\":1}]}"),
	PERSON("\"status\":{\"words\":{\"x\":\"?\"}}"),
	CONDITION("\"?\":1"),
	CONDITION("\"date\":\"?\""),
};

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");
	size_t n = 1;

	assert_non_null(f);
	buf_init(out, 1 << 20);
	while (n > 0) {
		char *room = buf_reserve(out, 4096);

		assert_non_null(room);
		n = fread(room, 1, 4096, f);
		buf_grown(out, n);
	}
	assert_int_equal(fclose(f), 0);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '-' || c == '$';
}

/* As a word of its own: "in" is not in "minItems". */
static bool holds(const struct buf *text, struct str word)
{
	const char *at = text->data;
	size_t left = text->len;

	while ((at = memmem(at, left, word.ptr, word.len))) {
		if (at > text->data && !is_letter(at[-1]) &&
		    !is_letter(at[word.len]))
			return true;
		at++;
		left = text->len - (size_t)(at - text->data);
	}
	return false;
}

static size_t check_words(struct str known, const struct buf *manual,
			  const struct buf *schema)
{
	size_t count = 0;
	struct str word;

	for (; known.len; count++) {
		(void)str_cut(&known, ',', &word);
		word = str_trim(word);
		if (word.len && word.ptr[word.len - 1] == ':')
			word.len--; /* "header:" */
		if (!holds(manual, word) && !str_is(word, "$schema"))
			fail_msg("docs/providers.md lacks '%.*s'",
				 STR_ARG(word));
		if (!holds(schema, word))
			fail_msg("docs/schema/manifest.json lacks '%.*s'",
				 STR_ARG(word));
	}
	return count;
}

static void test_every_word_is_documented(void **state)
{
	struct buf manual, schema;
	size_t count = 0;

	(void)state;
	read_file("docs/providers.md", &manual);
	read_file("docs/schema/manifest.json", &schema);
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct manifest *m = NULL;
		struct err err = { 0 };
		const char *known;

		assert_int_equal(
			manifest_parse(&m, "q", str_of(questions[i]), &err),
			-1);
		known = strstr(err.text, "known: ");
		if (!known || strlen(err.text) == sizeof(err.text) - 1)
			fail_msg("%s: '%s'", questions[i], err.text);
		count += check_words(str_of(known + strlen("known: ")), &manual,
				     &schema);
	}
	assert_true(count > 150);
	buf_release(&manual);
	buf_release(&schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

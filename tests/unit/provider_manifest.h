/*
 * Manifests for tests, written with ' in place of ", with the same settings
 * and credentials each time; and requests as text.
 */
#ifndef TESTS_PROVIDER_MANIFEST_H
#define TESTS_PROVIDER_MANIFEST_H

#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "json/json.h"

#include <stdio.h>

#define TEST_SETTING(name, as, more) \
	"{'name':'" name "','label':'L','help':'H','as':'" as "'" more "}"
#define TEST_API(name, more) \
	"{'name':'" name "','label':'L','help':'H','for':'api'" more "}"
#define TEST_OPTIONAL ",'required':false"

#define TEST_SETTINGS                                                                                                                     \
	TEST_SETTING("tenant", "dns-label", "")                                                                                           \
	"," TEST_SETTING("region", "text", "") "," TEST_SETTING("size", "number", ",'min':1,'max':500,'default':'100'") "," TEST_SETTING( \
		"flag", "bool",                                                                                                           \
		",'default':'true'") "," TEST_SETTING("login", "base-url",                                                                \
						      ",'default':'"                                                                      \
						      "https://"                                                                          \
						      "login.example."                                                                    \
						      "com'") "," TEST_SETTING("mode",                                                    \
									       "choice",                                                  \
									       ",'choices':['key','oauth'],'default':'k"                  \
									       "ey'")

#define TEST_CREDENTIALS                                                                                                                                         \
	TEST_API("api_key", "")                                                                                                                                  \
	"," TEST_API("user", "") "," TEST_API("password", "") "," TEST_API(                                                                                      \
		"client_id",                                                                                                                                     \
		"") "," TEST_API("client_secret",                                                                                                                \
				 "") "," TEST_API("first_refresh",                                                                                               \
						  "") "," TEST_API("private_"                                                                                    \
								   "key",                                                                                        \
								   "") "," TEST_API("certificate",                                                               \
										    "") "," TEST_API("spare",                                                    \
												     TEST_OPTIONAL) "," TEST_API("oauth_only",                   \
																 ",'when':{'mode':'oauth'}") "," \
																			     "{'name':'webhook_secret','label':'L','help':'H','for':'webhook'}"

static inline void test_quotes(char *z)
{
	for (; *z; z++)
		if (*z == '\'')
			*z = '"';
}

/* fetch: the members of "fetch" but for base_url and one; more: of it all. */
static inline int test_manifest(struct manifest **out, const char *fetch,
				const char *more, struct err *err)
{
	static const char form[] =
		"{'manifest':1,'name':'acme','title':'Acme','settings':[%s],"
		"'credentials':[%s],'fetch':{'base_url':"
		"'https://{tenant}.example.com'%s%s},'person':{'id':'/id',"
		"'status':{'word':'/status'},'fields':{'email':'/email'}}%s}";
	char text[16384];
	int len = snprintf(text, sizeof(text), form, TEST_SETTINGS,
			   TEST_CREDENTIALS, *fetch ? "," : "", fetch, more);

	ASSERT(len > 0 && (size_t)len < sizeof(text));
	test_quotes(text);
	return manifest_parse(out, "acme", str_of(text), err);
}

/* An object of texts written with '; lives in the arena. */
static inline const struct json *test_json(struct arena *a, const char *z)
{
	struct str text = arena_dup(a, str_of(z));
	const struct json *v;
	struct err err = { 0 };

	ASSERT(text.ptr);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\'')
			((char *)(uintptr_t)text.ptr)[i] = '"';
	if (json_parse(&v, a, text, NULL, &err) < 0)
		ASSERT(!"a test's JSON");
	return v;
}

/* "GET https://…\nName: value\n\nbody" */
static inline const char *test_request_text(const struct fetch_request *r,
					    struct arena *a)
{
	struct buf text;
	struct str copy;

	buf_init(&text, 1 << 18);
	buf_addf(&text, "%s %s\n", r->method, r->url);
	for (size_t i = 0; i < r->header_count; i++)
		buf_addf(&text, "%.*s: %.*s\n", STR_ARG(r->headers[i].name),
			 STR_ARG(r->headers[i].value));
	if (r->body.ptr)
		buf_addf(&text, "\n%.*s", STR_ARG(r->body));
	copy = arena_dup(a, buf_str(&text));
	buf_release(&text);
	ASSERT(copy.ptr);
	return copy.ptr;
}

#endif

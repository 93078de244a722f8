/* Whole manifests for tests, written with ' in place of ". */
#ifndef TESTS_PROVIDER_WHOLE_H
#define TESTS_PROVIDER_WHOLE_H

#include "check.h"

#include "provider_manifest.h"

/* members: all but manifest, name and title. */
static inline int test_whole_parse(struct manifest **out, const char *members,
				   struct err *err)
{
	char text[16384];
	int len = snprintf(text, sizeof(text),
			   "{'manifest':1,'name':'acme','title':'Acme',%s}",
			   members);

	ASSERT(len > 0 && (size_t)len < sizeof(text));
	test_quotes(text);
	return manifest_parse(out, "acme", str_of(text), err);
}

static inline struct manifest *test_whole(const char *members)
{
	struct manifest *m = NULL;
	struct err err = { 0 };

	if (test_whole_parse(&m, members, &err) < 0)
		fail_msg("%s", err.text);
	return m;
}

#endif

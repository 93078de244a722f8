/* Words and checks that the codecs of both entries share. */
#ifndef CHANGE_NAMES_H
#define CHANGE_NAMES_H

#include "base/err.h"
#include "base/str.h"
#include "change/change.h"
#include "json/json.h"

const char *change_kind_name(enum change_kind k); /* never NULL */
bool change_kind_find(struct str name, enum change_kind *out);
bool change_source_find(struct str name, enum change_source *out);

/* root must be an object of a format that we know. */
int check_format(const struct json *root, struct err *err) MUST_CHECK;

/* A member that must be there: a string of 1 to max bytes. */
int need_text(const struct json *root, const char *key, size_t max,
	      struct str *out, struct err *err) MUST_CHECK;

/* A member that must be there: an exact integer. */
int need_int(const struct json *root, const char *key, int64_t *out,
	     struct err *err) MUST_CHECK;

#endif

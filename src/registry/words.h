/* Small checks of what an admin sends. */
#ifndef REGISTRY_WORDS_H
#define REGISTRY_WORDS_H

#include "base/err.h"
#include "base/str.h"

/*
 * A text for people: something other than white space, at most max bytes, no
 * control characters. what names it in the error. *out is s, trimmed.
 */
int words_check_text(struct str s, const char *what, size_t max,
		     struct str *out, struct err *err) MUST_CHECK;

/* Something@something, no white space, at most 254 bytes (RFC 5321). */
int words_check_email(struct str s, struct str *out,
		      struct err *err) MUST_CHECK;

/* The start of a name that somebody sent, short enough for an error. */
struct str words_shown(struct str name);

#endif

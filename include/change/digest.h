/* A short name for content: equal content, equal name. */
#ifndef CHANGE_DIGEST_H
#define CHANGE_DIGEST_H

#include "base/str.h"

#include <stddef.h>

#define DIGEST_TEXT_SIZE 33 /* 32 hex digits and a NUL */

/*
 * The first 128 bits of SHA-256 over the parts in order, as if they were one
 * text: where two lists of parts must not mean the same, frame them.
 */
void digest_text(const struct str *parts, size_t count,
		 char out[static DIGEST_TEXT_SIZE]);

#endif

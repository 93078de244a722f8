/*
 * One strict pass over the text before cJSON sees it. cJSON accepts more than
 * JSON and forgets how a number was written; this pass refuses the one and
 * keeps the other.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stddef.h>

/* A number as it was written; in the order of the text. */
struct scan_number {
	struct scan_number *next;
	size_t at;   /* byte offset */
	char text[]; /* NUL-terminated */
};

/* In arena a. *numbers may become NULL: there were none. */
int scan(struct str text, const struct json_limits *lim, struct arena *a,
	 struct scan_number **numbers, struct err *err) MUST_CHECK;

/*
 * Byte offset of the value with this ordinal (the document itself is 0, every
 * value counts where it starts) in a text that scan accepted.
 */
size_t scan_find(struct str text, size_t ordinal);

#endif

/*
 * One strict pass over the text before cJSON sees it. cJSON accepts more than
 * JSON, forgets how a number was written, and looks at each byte of a string
 * twice. So this pass refuses the one, keeps the text of the others, and writes
 * a brief of the whole in which null stands for them. What is shorter than that
 * stands there as it is, and so do a string with escapes, which cJSON resolves,
 * and a number with an exponent, which may be too large for a double.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stddef.h>

/* A number, or a string without escapes. */
struct scan_kept {
	struct scan_kept *next; /* in the order of the text */
	size_t ordinal;		/* of the value; the document itself is 0 */
	enum json_type type;	/* JSON_NUMBER or JSON_STRING */
	char text[];		/* NUL-terminated */
};

struct scanned {
	struct str brief;	/* what cJSON shall read */
	struct scan_kept *kept; /* NULL: none */
};

/* The result lies in the arena; the brief may be text itself. */
int scan(struct scanned *out, struct str text, const struct json_limits *lim,
	 struct arena *a, struct err *err) MUST_CHECK;

/*
 * Byte offset of the value with this ordinal (every value counts where it
 * starts) in a text that scan accepted.
 */
size_t scan_find(struct str text, size_t ordinal);

#endif

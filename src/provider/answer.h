/*
 * What an answer of an HRIS means, by its status and by signs in its body:
 * "answers" of a manifest, and what holds where it says nothing.
 */
#ifndef PROVIDER_ANSWER_H
#define PROVIDER_ANSWER_H

#include "base/arena.h"
#include "call.h"
#include "loader.h"
#include "source.h"

enum answer_kind {
	ANSWER_GOOD,
	ANSWER_EMPTY,	    /* good, and nothing is in it */
	ANSWER_GONE,	    /* no such thing */
	ANSWER_LATER,	    /* 429, 5xx, 408 */
	ANSWER_CREDENTIALS, /* 401 */
	ANSWER_FORBIDDEN,   /* 403 */
	ANSWER_RESTART,	    /* a read has to begin anew */
	ANSWER_FAILED,	    /* it is of no use, and would not be again */
	ANSWER_KIND_COUNT
};

struct answer_rule {
	struct list status; /* int64_t; empty: any */
	struct list when;   /* struct condition, of the body */
	unsigned means;	    /* enum answer_kind */
};

extern const struct load_items load_answers; /* struct answer_rule */

/* Whether some rule means it. */
bool answers_mean(const struct list *answers, enum answer_kind kind);

/*
 * err is filled for all but GOOD and EMPTY. root is the body, or what stands
 * around its records; NULL: none that can be read. c may be NULL.
 */
enum answer_kind answer_of(const struct manifest *m, const struct call_part *c,
			   int status, const struct json *root,
			   const struct surroundings *around, struct err *err);

/* The body of a refusal, JSON or XML; NULL when it is neither. */
const struct json *answer_refusal(struct str body, struct arena *a);

/* A body as one document and, for XML, the first record at items in it. */
struct answer_body {
	const struct json *root; /* JSON: all of it; XML: around the record */
	const struct json
		*record; /* JSON: root; XML: NULL when none is there */
};

#define ANSWER_MAX_BYTES ((size_t)4 << 20)

int answer_parse(const struct call_part *c, struct str items, struct str body,
		 struct arena *a, struct answer_body *out,
		 struct err *err) MUST_CHECK;

#endif

/* Query parameters, with names and values percent-decoded. */
#ifndef SANDBOX_QUERY_H
#define SANDBOX_QUERY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUERY_MAX 32 /* parameters */

struct query {
	size_t count;
	struct {
		struct str name;
		struct str value;
	} items[QUERY_MAX];
};

/* The strings live in the arena, NUL-terminated. */
int query_parse(struct query *q, struct arena *a, struct str text,
		struct err *err) MUST_CHECK;

/* The first of that name; ptr NULL when there is none. */
struct str query_get(const struct query *q, const char *name);

/* A whole number within the range; what is not there is fallback. */
int query_number(const struct query *q, const char *name, uint64_t fallback,
		 uint64_t min, uint64_t max, uint64_t *out,
		 struct err *err) MUST_CHECK;

/* Is item one of the comma-separated list? */
bool query_lists(struct str list, struct str item);

#endif

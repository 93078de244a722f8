/* A parsed JSON value as text of which equal documents have the same. */
#ifndef PROVIDER_CANONICAL_H
#define PROVIDER_CANONICAL_H

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

/*
 * Compact, keys in the order of their bytes, numbers as they were sent. out
 * lives in the arena, with a NUL after it.
 */
int json_canonical(const struct json *v, struct arena *a, struct str *out,
		   struct err *err) MUST_CHECK;

#endif

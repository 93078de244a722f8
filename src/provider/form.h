/*
 * application/x-www-form-urlencoded, also with names like a[b][0] for nested
 * values, as PHP and its heirs write them.
 */
#ifndef PROVIDER_FORM_H
#define PROVIDER_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#define FORM_MAX_PAIRS 1000
#define FORM_MAX_DEPTH 8 /* of names in brackets */

/*
 * The form as a JSON object: a value is a text, a[b][0]=x is
 * {"a":{"b":{"0":"x"}}}. ERR_INVALID for a bad escape, a repeated name, or a
 * name that is a value and an object at once; ERR_LIMIT when it is too much.
 */
int form_parse(const struct json **out, struct arena *a, struct str text,
	       struct err *err) MUST_CHECK;

/* A name or value, decoded; ptr NULL when it is malformed. */
struct str form_decode(struct str text, struct arena *a);

/* The first value of a name, decoded; ptr NULL when absent or malformed. */
struct str form_find(struct str text, struct str name, struct arena *a);

#endif

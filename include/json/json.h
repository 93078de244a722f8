/*
 * JSON, strictly: what a parser on the other side could read differently is
 * refused. Only this module knows cJSON.
 *
 * Refused, all with ERR_INVALID and a byte offset: duplicate keys, invalid
 * UTF-8, a byte order mark, \u0000, raw control characters, lone surrogates,
 * numbers that RFC 8259 does not allow or that are infinite as a double,
 * anything after the value. Too large, too deep, too many values, a number of
 * too many digits, or an arena that is full: ERR_LIMIT.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_limits {
	size_t bytes;
	size_t depth;  /* 1: a scalar or an empty container */
	size_t values; /* of all kinds, in all levels */
};

#define JSON_NUMBER_MAX 63 /* characters of a number */
#define JSON_PATH_MAX	32 /* parts of a path */

/* 1 MiB, 32 levels, 100,000 values. depth may be 1,000 at most. */
extern const struct json_limits json_default_limits;

struct json; /* a value; lives in the arena that it was parsed into */

/*
 * text may be freed at once. lim NULL: the default limits. The arena gets
 * some 100 bytes per value and the text of strings, keys and numbers.
 */
int json_parse(const struct json **out, struct arena *a, struct str text,
	       const struct json_limits *lim, struct err *err) MUST_CHECK;

/* Every function below takes a NULL value and treats it as not there. */
enum json_type json_type(const struct json *v);		 /* NULL: JSON_NULL */
bool json_is(const struct json *v, enum json_type type); /* NULL: false */

/* An object's member by its exact name; NULL when there is none. */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_get_str(const struct json *object, struct str key);

/* Children of an array or object, in order. size and at walk the list. */
size_t json_size(const struct json *v);
const struct json *json_first(const struct json *v);
const struct json *json_next(const struct json *child);
const struct json *json_at(const struct json *array, size_t index);
struct str json_key(const struct json *child); /* empty in an array */

/* A string's bytes (UTF-8); ptr NULL when v is not a string. */
struct str json_string(const struct json *v);

/*
 * A number's text as it was sent: identifiers longer than a double's 53 bits
 * are exact here. ptr NULL when v is not a number.
 */
struct str json_number(const struct json *v);

/* A string's bytes or a number's text: for ids, which vendors send as both. */
struct str json_text(const struct json *v);

/* A number written as a whole one (1.0 is not); false when it does not fit. */
bool json_int(const struct json *v, int64_t *out);
bool json_true(const struct json *v); /* is the literal true */

/*
 * object with one member more, which goes before a member of the same name;
 * object NULL: with that member alone. It shares what is in object and value,
 * and lives in the arena. NULL when that is full.
 */
const struct json *json_with(struct arena *a, const struct json *object,
			     struct str key, const struct json *value);

/* A string that is not part of a document; NULL when the arena is full. */
const struct json *json_of_str(struct arena *a, struct str text);

/*
 * How many bytes from the start of s are whole UTF-8 sequences (RFC 3629, as
 * strings of JSON must be).
 */
size_t json_utf8(struct str s);

/*
 * JSON Pointer (RFC 6901), split once when a manifest is loaded. Array
 * indexes are allowed; "-" never finds one. The path owns copies, in the
 * arena. ERR_INVALID for a bad pointer.
 */
struct json_path;

int json_path_compile(const struct json_path **out, struct arena *a,
		      struct str pointer, struct err *err) MUST_CHECK;
const struct json *json_path_find(const struct json_path *p,
				  const struct json *root);

/* Its parts, for who walks a text that is not parsed. index < size. */
size_t json_path_size(const struct json_path *p);
struct str json_path_key(const struct json_path *p, size_t index);

#endif

/*
 * Where a value stands in a record: one or more places, of which the first
 * that holds something counts.
 */
#ifndef PROVIDER_SOURCE_H
#define PROVIDER_SOURCE_H

#include "loader.h"
#include "json/json.h"

#include <stdbool.h>

#define SOURCES_MAX 8 /* places of one value */

struct source {
	const struct json_path *path;
	struct str leaf; /* the pointer's last token */
	bool key;	 /* the record's own name in its object, no path */
	/* of an element of the array at path: */
	const struct json_path *where; /* NULL: path is the value itself */
	struct str equals;
	const struct json_path *take;
};

struct found {
	const struct json *value; /* NULL: absent everywhere */
	struct str text;	  /* of a key; else ptr NULL */
	struct str leaf;
};

/* A list of struct source; arg: struct load_items as below. */
extern const struct load_items load_sources;
extern const struct load_items load_sources_or_key; /* "key" is a place too */

/*
 * The first that is neither null nor an empty text; else the first that is
 * there at all.
 */
struct found sources_find(const struct list *sources, const struct json *root);

/* A text, or a number's digits as sent; trimmed. ptr NULL: neither. */
struct str found_code(const struct found *f);

#endif

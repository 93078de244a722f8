/*
 * Where a value stands in a record: one or more places, of which the first
 * that holds something counts.
 */
#ifndef PROVIDER_SOURCE_H
#define PROVIDER_SOURCE_H

#include "base/arena.h"
#include "loader.h"
#include "provider/fetch.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

#define SOURCES_MAX 8 /* places of one value */

struct source_kind;

struct source {
	const struct source_kind *kind;
	const struct json_path *path;
	struct str pointer; /* path as it was written */
	struct str leaf;    /* the pointer's last token */
	const char *name;   /* of a table or setting */
	/* of the elements at path: */
	struct list where;	/* struct source; empty: all of them */
	struct list equals;	/* struct str: what stands at where */
	const char *equals_set; /* NULL, or the setting that holds it */
	struct list same; /* struct source: or where in the record it stands */
	struct list latest; /* struct source: of a date; empty: the first */
	unsigned format;    /* of that date: row of date_words */
	struct list take;   /* struct source; empty: the element itself */
	/* of a table, and of JSON in a text: what is looked up, what is read */
	struct list key; /* struct source */
};

/* Whether an object is a place, by the keys it has. */
bool source_is_object(const struct json *v);

/* The name of a setting that is declared; out: const char * */
load_fn load_setting_name;

/*
 * The same from "{name}", which stands where else a text would: 1, and *out is
 * set; 0: it is none; -1: it is not declared.
 */
int load_setting_text(struct loader *l, const struct json *v,
		      const char **out) MUST_CHECK;

/* What places may look at beside the record. */
struct surroundings {
	const struct manifest *m; /* for defaults of settings */
	const struct json *settings;
	const struct read_tables *tables; /* NULL: none */
	const struct mapping *mapping;	  /* NULL: the connection has none */
	int64_t today;			  /* days since 1970 */
	struct arena *arena;
};

/* ctx may be NULL: a connection without settings. */
struct surroundings surroundings_of(const struct manifest *m,
				    const struct fetch_context *ctx,
				    const struct read_tables *tables,
				    int64_t today, struct arena *a);

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
struct found sources_find(const struct list *sources, const struct json *root,
			  const struct surroundings *around);

/*
 * For discovery: whether what stands at a pointer of a record, with indexes of
 * arrays in it, is the value of one of the places or a part of it.
 */
bool sources_fed(const struct list *sources, struct str pointer,
		 const struct surroundings *around);

/* A text, or a number's digits as sent; trimmed. ptr NULL: neither. */
struct str found_code(const struct found *f);

/* As found_code; a boolean is "true" or "false". */
struct str found_word(const struct found *f);

/* Neither absent, null, nor an empty text. */
bool says_something(const struct json *v);

/* Elements of an array; what is none counts as an array of one, as in XML. */
const struct json *elements_first(const struct json *v);
const struct json *elements_next(const struct json *v, const struct json *e);

/*
 * Of effective dates: does a count rather than b? The latest that is reached;
 * when none is, the first to come. none is INT64_MIN.
 */
bool date_counts(int64_t a, int64_t b, int64_t today);

#endif

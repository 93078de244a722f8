/* What is known by id: rows read before, and what stands around a page. */
#ifndef PROVIDER_TABLES_H
#define PROVIDER_TABLES_H

#include "loader.h"
#include "provider/read.h"
#include "source.h"

/* A member of what a table keeps: "value": {"title": "/jobTitle"}. */
struct table_member {
	const char *name;
	struct list from; /* struct source */
};

/* How a record becomes a row of a table. */
struct table_rule {
	const char *name;
	struct list key;     /* struct source */
	struct list value;   /* struct source; or */
	struct list members; /* struct table_member */
	struct list latest;  /* struct source: which of several rows counts */
	unsigned format;     /* of latest: row of date_words */
	const struct json_path *children; /* of a row: more rows; or NULL */
};

#define TABLE_NAME_MAX 32 /* bytes */

#define TABLE_RULE_KEY_COUNT 5
extern const struct load_key table_rule_keys[TABLE_RULE_KEY_COUNT];

/* The name that a rule stands under, and what its keys cannot say alone. */
int table_rule_check(struct loader *l, const struct json *v,
		     struct table_rule *r) MUST_CHECK;

/*
 * Put a record and its children in; one without a key or a value is left out.
 * page: it is of the page at hand, and goes with it. ERR_LIMIT: there is no
 * more room.
 */
int tables_put(struct read_tables *t, const struct table_rule *r, bool page,
	       const struct json *record, const struct surroundings *around,
	       struct err *err) MUST_CHECK;

/* Forget what stood around the page before. */
void tables_clear_page(struct read_tables *t);

/* NULL when there is none, or t is NULL. Lives in the arena. */
const struct json *tables_find(const struct read_tables *t, const char *table,
			       struct str key, struct arena *a);

#endif

/*
 * A way of reading: which calls are made for one person, for everybody, and
 * for who changed. A manifest has one, or several of which settings choose.
 */
#ifndef PROVIDER_WAY_H
#define PROVIDER_WAY_H

#include "changed.h"
#include "detail.h"
#include "list.h"
#include "provider/read.h"
#include "tables.h"
#include "when.h"

/* Reading one person. */
struct one_part {
	struct call_part call;
	struct list person; /* struct source: where the record stands */
	struct str items;   /* XML: the element of the record */
	struct composition composition;
};

struct read_way {
	const char *name; /* NULL: the only one */
	struct when when;
	bool has_one;
	struct one_part one;
	struct list lists; /* struct read_list: all of them are read */
	struct changed changed;
	struct list details; /* struct detail */
	/* int64_t: statuses of a first call after which the next way is tried.
	 */
	struct list otherwise;
};

/* Rows read before, for their names: an item of "tables". */
struct table_part {
	struct table_rule rule;
	struct read_list list;
	struct when when;
};

/* What stands around a page's rows, by id: an item of "side_tables". */
struct side_table {
	struct table_rule rule;
	struct list items; /* struct source: the array */
};

extern const struct load_items load_tables; /* struct table_part */
extern const struct load_items load_side;   /* struct side_table */

/* The keys of a way, for the table that "fetch" has of its own. */
#define WAY_KEY_COUNT 6
extern const struct load_key way_keys[WAY_KEY_COUNT];
extern const struct load_items load_ways; /* struct read_way */

/* What its parts say of each other, once all are loaded. */
int way_check(struct loader *l, struct read_way *w) MUST_CHECK;

/* The lists of a kind of read; count 0: none. Tables are not a way's. */
struct list way_lists(const struct read_way *w, enum read_kind kind);

/*
 * The first way from index `from` on that the settings allow and that can read
 * so; NULL: none. *index is its own.
 */
typedef bool way_can_fn(const struct read_way *w);

const struct read_way *way_find(const struct manifest *m,
				const struct fetch_context *ctx, size_t from,
				way_can_fn *can, size_t *index);

way_can_fn way_can_one, way_can_full, way_can_changed;

#endif

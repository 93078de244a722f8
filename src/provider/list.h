/* How many people are read, a page at a time: "list" of a manifest. */
#ifndef PROVIDER_LIST_H
#define PROVIDER_LIST_H

#include "call.h"
#include "loader.h"
#include "paging.h"
#include "source.h"

#include <stdint.h>

/* A number in a header or around the rows. */
struct count_place {
	const char *header; /* NULL: from */
	struct list from;   /* struct source */
};

/* How one record that is read is named and made whole. */
struct composition {
	const char *as;		  /* NULL: the row is the record */
	bool details_named;	  /* else all of the way's */
	struct list detail_names; /* struct str */
	uint32_t details; /* of the way's, by bit; set when it is known */
};

struct read_list {
	struct call_part call;
	struct str items;	  /* where the rows stand */
	bool keyed;		  /* of an object: {"key": …, "value": …} */
	bool only_member;	  /* each row is such an object of one member */
	bool optional;		  /* the place may be missing: no rows */
	char delimiter;		  /* of CSV; 0: found out */
	const char *delimiter_by; /* the setting that holds it */
	unsigned encoding;	  /* of CSV */
	const char *encoding_by;
	int64_t page_size;	  /* 0: the HRIS's own */
	const char *page_size_by; /* the setting that holds it; or NULL */
	struct paging paging;
	struct count_place total;
	struct list more;    /* struct source: is there another page? */
	struct list add;     /* struct list_member: from around the rows */
	struct list skip;    /* struct condition: rows that are no people */
	struct list removed; /* struct condition: rows that say: gone */
	struct composition composition;
};

/* Of what stands around the rows, a member that each row gets. */
struct list_member {
	const char *name;
	struct list from; /* struct source */
};

/* Names that the templates of a list may hold. */
enum list_name {
	LIST_PAGE_SIZE,
	LIST_PAGE,
	LIST_OFFSET,
	LIST_CURSOR,
	LIST_SINCE,
	LIST_UNTIL,
	LIST_NOW,
	LIST_TODAY,
	LIST_NAME_COUNT
};

const char *list_name(enum list_name n);
bool list_uses(const struct read_list *l, enum list_name n);

/* Load a list that has further keys of its own: those of more. */
int load_list_with(struct loader *l, const struct json *v,
		   const struct load_group *more, size_t count,
		   struct read_list *list) MUST_CHECK;

extern const struct load_items load_lists; /* struct read_list */
load_fn load_one_list;			   /* out: struct list, of one */

load_fn load_items_place;	  /* a pointer, kept as text; out: struct str */
load_fn load_composition_details; /* out: struct composition */
extern const struct load_items load_list_members; /* struct list_member */
extern const struct load_words encoding_words;

#endif

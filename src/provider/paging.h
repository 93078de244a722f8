/* How one page leads to the next: "paging" of a list. */
#ifndef PROVIDER_PAGING_H
#define PROVIDER_PAGING_H

#include "call.h"
#include "loader.h"
#include "source.h"

#include <stdint.h>

struct paging_scheme;

struct paging {
	const struct paging_scheme *scheme;
	struct str word; /* the scheme's, as the manifest spells it */
	int64_t first;	 /* number of the first page or row */
	unsigned by;	 /* enum paging_by */
	unsigned end;	 /* enum paging_end */
	bool end_named;
	struct list pages;	 /* struct source: how many there are */
	struct list next;	 /* struct source: cursor or address */
	const char *next_header; /* where next stands instead */
	const char *parameter;	 /* of an address that is a bare cursor */
	bool complete;	 /* parameters that an address lacks are added */
	const char *rel; /* of a Link header */
	struct list id;	 /* struct source: of a row */
	struct call_part acknowledge;
};

enum paging_by { BY_ROWS, BY_PAGE_SIZE };
enum paging_end { END_EMPTY, END_SHORT, END_TOTAL };

load_fn load_paging; /* out: struct paging */

#define MESSAGE_ID_NAME "message_id" /* of the call that acknowledges */

/* All rows are in one answer: what a list does that does not say. */
const struct paging_scheme *paging_none(void);

/* What it needs of the list that it is part of. */
struct read_list;
int paging_check(struct loader *l, const struct read_list *list) MUST_CHECK;

#endif

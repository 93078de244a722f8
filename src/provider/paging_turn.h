/* What the schemes of paging do when a page is over. */
#ifndef PROVIDER_PAGING_TURN_H
#define PROVIDER_PAGING_TURN_H

#include "list.h"
#include "read_state.h"
#include "source.h"

/* A good answer, and where it stands. */
struct paging_turn {
	const struct manifest *m;
	const struct fetch_context *ctx;
	const struct read_list *list;
	const struct call_values *values; /* of the call that was made */
	const struct read_page *page;
	const struct surroundings *around;
	bool empty;	   /* an answer without content ends whatever is said */
	int64_t total;	   /* of this list, as the HRIS counts; -1: not said */
	int64_t page_size; /* rows that were asked for; 0: none were */
};

/*
 * Move *s to the next page, or set *more to false. Rows and pages of *s count
 * this page already. ERR_INVALID as of read_turn.
 */
typedef int paging_next_fn(const struct paging_turn *t, struct read_state *s,
			   bool *more, struct err *err);

struct paging_scheme {
	const char *name;
	paging_next_fn *next;
	struct load_table keys;
	enum list_name needs; /* a name that the call must hold; or COUNT */
	bool address;	      /* state.cursor is one */
};

paging_next_fn next_none, next_page, next_offset, next_cursor, next_address,
	next_link, next_last_id, next_message;

/*
 * The address of a next link, which must lead to the host of the call that it
 * was got by: absolute, from the host, from the call's own path ("?page=2"),
 * or a bare cursor where the paging names a parameter for it. ERR_INVALID. out
 * lives in the arena.
 */
int next_address_of(const struct paging_turn *t, struct str link,
		    struct str *out, struct err *err) MUST_CHECK;

/* The target of a Link header (RFC 8288) with this relation; ptr NULL: none. */
struct str link_target(struct str header, const char *rel);

#endif

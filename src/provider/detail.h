/* Further calls that make a row whole: an item of "details". */
#ifndef PROVIDER_DETAIL_H
#define PROVIDER_DETAIL_H

#include "call.h"
#include "list.h"
#include "loader.h"
#include "source.h"

#include <stdint.h>

#define DETAIL_VALUES_MAX 4
#define DETAIL_BATCH_MAX  500

struct detail {
	const char *name;
	struct call_part call;
	struct list when;	/* struct condition, of the row */
	struct list values;	/* struct list_member: names for the call */
	struct str items;	/* XML: the element of the record */
	int64_t batch;		/* rows of one call */
	struct list answers;	/* struct source: the array, of a batch */
	struct list id;		/* struct source: of an element, the person's */
	struct call_ok success; /* of an element */
	struct list record;	/* struct source: what is kept */
};

extern const struct load_items load_details; /* struct detail */

#endif

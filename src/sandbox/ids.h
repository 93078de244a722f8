/*
 * How the vendors spell the ids of what they have: a number of ours and the
 * epoch, which grows when everybody gets other ids.
 */
#ifndef SANDBOX_IDS_H
#define SANDBOX_IDS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define ID_SIZE	      56
#define ID_EPOCH_SIZE 10000000u /* numbers of one epoch, where it counts on */

struct id_form {
	const char *prefix;
	/*
	 * In decimal: the number 0 of epoch 0. 0: in hexadecimal, the epoch
	 * (4 digits), the text in the middle, and the number and 1 (8 digits).
	 */
	uint64_t first;
	const char *middle;
	bool upper; /* digits A to F */
};

/* Returns out. */
const char *id_text(const struct id_form *f, uint32_t epoch, uint32_t n,
		    char out[static ID_SIZE]);

/* False for what is not such an id; what it names need not exist. */
bool id_find(const struct id_form *f, uint32_t epoch, struct str id,
	     uint32_t *n);

/* A UUID, of which what is what is seen by its first group. */
#define ID_UUID(group)                                           \
	{                                                        \
		.prefix = group "-0000-4000-8000-", .middle = "" \
	}

#endif

/* R13: from a record's words, flags and dates to a person's status. */
#ifndef PROVIDER_STATUS_H
#define PROVIDER_STATUS_H

#include "change/person.h"
#include "loader.h"

#include <stdint.h>

struct status_map {
	struct list word;  /* struct source: shown when nothing matches */
	struct list rules; /* struct status_rule, tried first, in order */
	struct list words; /* struct status_word */
	bool required;	   /* a record without it is not a record */
};

extern const struct load_table load_status;

/*
 * Set status and status_word of *out. False when what stands there is no word
 * at all, or nothing stands there and the manifest requires it.
 */
bool status_apply(const struct status_map *m, const struct json *record,
		  int64_t today, struct person *out);

#endif

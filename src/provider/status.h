/* R13: from a record's words, flags and dates to a person's status. */
#ifndef PROVIDER_STATUS_H
#define PROVIDER_STATUS_H

#include "change/person.h"
#include "loader.h"
#include "source.h"

#include <stdint.h>

struct status_map {
	struct list word;  /* struct source: shown when nothing matches */
	struct list rules; /* struct status_rule, tried first, in order */
	struct list words; /* struct status_word */
	bool required;	   /* a record without it is not a record */
	bool has_fallback;
	unsigned fallback; /* row of its words: where nothing stands */
};

load_fn load_status;				/* out: struct status_map */
extern const struct load_table load_own_status; /* of a mapping */

/*
 * Set status and status_word of *out; the connection's own mapping goes
 * first. False when what stands there is no word at all, or nothing stands
 * there and the manifest requires it.
 */
bool status_apply(const struct status_map *m, const struct json *record,
		  const struct surroundings *around, struct person *out);

/* For discovery: every place of it, a list at a time; false past the last. */
bool status_places(const struct status_map *m, size_t i, struct list *out);

#endif

/*
 * Which fields an HRIS sends: records walked, their leaves listed with a few
 * samples, and what the mapping makes of each. For an admin who maps fields;
 * the samples are personal and go to nobody else.
 */
#ifndef PROVIDER_DISCOVER_H
#define PROVIDER_DISCOVER_H

#include "base/str.h"
#include "change/person.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "json/json.h"

#include <stddef.h>
#include <stdint.h>

#define DISCOVER_MAX_FIELDS  500 /* the first that are met */
#define DISCOVER_MAX_SAMPLES 3	 /* of a field, all different */
#define DISCOVER_MAX_DEPTH   8
#define DISCOVER_MAX_ITEMS   4	 /* of an array in a record */
#define DISCOVER_SAMPLE_MAX  80	 /* bytes; longer ones are cut */
#define DISCOVER_POINTER_MAX 200 /* bytes; deeper ones are left out */

#define DISCOVER_ID_BIT                                       \
	PERSON_BIT(PERSON_FIELD_COUNT + 1) /* the person's id \
					    */

struct discovered {
	struct str pointer; /* from the record, as places name it */
	size_t seen;	    /* records in which something stood there */
	struct str samples[DISCOVER_MAX_SAMPLES];
	size_t sample_count;
	/* PERSON_BITs of the fields and the status that it feeds; and: */
	uint32_t feeds;
};

struct discovery;

struct discovery *discovery_new(void);
void discovery_free(struct discovery **d);

/*
 * One record as places of the manifest see it: a row, or one with its details
 * (read_record). Copied.
 */
void discovery_add(struct discovery *d, const struct json *record);

/* Fill in what feeds what; ctx may have a mapping, and settings. */
void discovery_match(struct discovery *d, const struct manifest *m,
		     const struct fetch_context *ctx);

size_t discovery_records(const struct discovery *d);
size_t discovery_count(const struct discovery *d);

/* Sorted by pointer after discovery_match; else as they were met. */
const struct discovered *discovery_at(const struct discovery *d, size_t i);

#endif

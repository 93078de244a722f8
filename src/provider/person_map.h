/* From a record of an HRIS to a person: "person" of a manifest. */
#ifndef PROVIDER_PERSON_MAP_H
#define PROVIDER_PERSON_MAP_H

#include "base/arena.h"
#include "change/person.h"
#include "loader.h"
#include "provider/fetch.h"
#include "provider/mapping.h"
#include "source.h"
#include "status.h"

#include <stdint.h>

struct person_map {
	struct list id;	     /* struct source */
	struct list group;   /* struct source; empty: none */
	struct list fields;  /* struct field_rule */
	struct list version; /* struct source; empty: none */
	struct status_map status;
	/* R2: names of what we may not see, which is not what is empty. */
	struct list withheld;		       /* struct source: the array */
	const struct json_path *withheld_name; /* NULL: its elements */
};

/* What a connection lays over it: provider/mapping.h. */
struct mapping {
	struct arena arena; /* holds all of it */
	struct list id;	    /* struct source; empty: the manifest's */
	struct list fields; /* struct field_rule; without places: not taken */
	struct status_map status;
};

extern const struct load_table load_person_map;

/* A member of "fields" by the name of its key; out: struct field_rule. */
load_fn load_field_rule;

/* What fills a field: the connection's rule, else the manifest's, else NULL. */
const struct field_rule *person_map_rule(const struct person_map *m,
					 const struct mapping *own,
					 enum person_field f);

/* The id alone, as person_map_apply reads it. */
int person_map_id(const struct person_map *m, const struct json *record,
		  const struct surroundings *around, struct str *out,
		  struct err *err) MUST_CHECK;

/*
 * Read a person out of record; *out borrows from it and the arena. ERR_INVALID
 * when it has no usable id, or no status where the manifest requires one. A
 * field that is not what the manifest says loses nobody: it stays absent, and
 * its bit in *wrong is set.
 */
int person_map_apply(const struct person_map *m, const struct json *record,
		     const struct surroundings *around, struct person *out,
		     uint32_t *wrong, struct err *err) MUST_CHECK;

/* All of *out but row and details. */
int person_map_fetched(const struct person_map *m, const struct json *record,
		       const struct surroundings *around, struct fetched *out,
		       struct err *err) MUST_CHECK;

/*
 * R4: an integer, or a time as ms. *out is 0 when the record or the manifest
 * has none; ERR_INVALID when what stands there is neither.
 */
int person_map_version(const struct person_map *m, const struct json *record,
		       const struct surroundings *around, int64_t *out,
		       struct err *err) MUST_CHECK;

#endif

/* How an HRIS tells who changed: "changed" of a manifest. */
#ifndef PROVIDER_CHANGED_H
#define PROVIDER_CHANGED_H

#include "events.h"
#include "list.h"
#include "loader.h"
#include "source.h"

#include <stdint.h>

struct changed_scheme;

struct changed {
	const struct changed_scheme *scheme; /* NULL: it does not tell */
	struct str word;     /* the scheme's, as the manifest spells it */
	struct list lists;   /* struct read_list; empty: the way's own */
	unsigned format;     /* of {since} and {until}: row of moment_words */
	int64_t overlap_s;   /* asked for again, since clocks differ */
	int64_t lag_s;	     /* what is younger is not told yet */
	int64_t retention_s; /* how far back it is told; 0: for ever */
	struct list at;	     /* struct source: of a row: last modified */
	struct list latest;  /* struct source: around: the next mark */
	struct list id;	     /* struct source: of a row: the next mark */
	struct event_shape rows; /* what rows are; no person_id: people */
};

/* What schemes differ in. */
struct changed_scheme {
	const char *name;
	struct load_table keys;
	bool since; /* {since} must stand in the calls */
	bool until; /* and {until} */
	bool stops; /* at rows that are older, which come last */
	bool ids;   /* rows tell who changed, not what */
	bool marks; /* the mark is where to go on */
	bool link;  /* and is an address */
};

load_fn load_changed; /* out: struct changed */

/* What it needs of the lists that are read for it. */
int changed_check(struct loader *l, const struct changed *c,
		  const struct list *lists) MUST_CHECK;

#endif

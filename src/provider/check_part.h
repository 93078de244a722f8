/* "test" of a manifest, compiled. */
#ifndef PROVIDER_CHECK_PART_H
#define PROVIDER_CHECK_PART_H

#include "call.h"
#include "loader.h"
#include "when.h"

#include <stdint.h>

enum check_level { CHECK_FAIL, CHECK_WARN };

struct check_remedy {
	int status; /* 0: any other */
	const char *text;
};

/* Something that an answer has to hold. */
struct expectation {
	const char *name;
	const char *title;
	struct list that; /* struct condition; empty: there is a record */
	int64_t least;	  /* so many records have to be so */
	unsigned level;	  /* enum check_level */
	const char *remedy;
};

struct check_part {
	const char *name;
	const char *title;
	struct when when;
	struct call_part call;
	struct str items;     /* where records stand; ptr NULL: it is one */
	unsigned level;	      /* enum check_level */
	struct list remedies; /* struct check_remedy */
	struct list expect;   /* struct expectation */
};

extern const struct load_items load_checks; /* struct check_part */

#endif

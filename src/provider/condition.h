/* What may be asked of a record: "when" of a status and of a detail. */
#ifndef PROVIDER_CONDITION_H
#define PROVIDER_CONDITION_H

#include "loader.h"
#include "source.h"

#include <stdbool.h>

extern const struct load_items load_conditions; /* struct condition */

struct condition_test;

struct condition {
	struct list at;	       /* struct source */
	struct list in;	       /* struct str, normal: is one of these */
	struct str has;	       /* normal: holds this word */
	struct list contains;  /* struct str, lower case: one stands in it */
	unsigned date_is;      /* future, reached, past */
	unsigned date_format;  /* row of date_words */
	const char *format_by; /* the setting that says; or NULL */
	bool is;	       /* of a boolean */
	bool there;	       /* something stands there */
	const struct condition_test *test;
};

/* All of them hold; none are true of everything. */
bool conditions_hold(const struct list *conditions, const struct json *record,
		     const struct surroundings *around);

#endif

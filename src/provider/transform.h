/* How a value of a record becomes a field of a person: the words of "as". */
#ifndef PROVIDER_TRANSFORM_H
#define PROVIDER_TRANSFORM_H

#include "change/person.h"
#include "loader.h"

struct field_rule;

enum transformed {
	TRANSFORM_VALUE, /* *out is set */
	TRANSFORM_NULL,	 /* the HRIS says that it is empty */
	TRANSFORM_WRONG, /* not of this kind, or too long */
	TRANSFORM_FULL	 /* the arena is */
};

typedef enum transformed transform_fn(const struct field_rule *r,
				      const struct json *v, struct arena *a,
				      struct str *out);

struct transform {
	const char *name;
	transform_fn *apply;
};

extern const struct load_words transform_words;

/* The row of transform_words for a field whose rule does not name one. */
unsigned transform_default(enum person_field f);

struct choice {
	struct str word; /* as choice_normal leaves it */
	struct str value;
};

struct field_rule {
	enum person_field field;
	struct list from;	 /* struct source */
	unsigned as;		 /* row of transform_words */
	unsigned format;	 /* of a date: row of date_words (dates.h) */
	const char *format_by;	 /* the setting that says; or NULL */
	struct list choices;	 /* struct choice */
	bool empty_means_absent; /* "empty": "absent" */
	struct list null_with;	 /* struct source: nothing at from is null */
};

enum transformed transform_apply(const struct field_rule *r,
				 const struct json *v, struct arena *a,
				 struct str *out);

#define WORD_MAX_BYTES                                         \
	64 /* of a status or choice; longer ones match nothing \
	    */

/*
 * Lower case, '_' and '-' as spaces, trimmed: vendors spell one word in
 * several ways. False when text is empty or too long.
 */
bool word_normal(struct str text, char out[static WORD_MAX_BYTES],
		 struct str *word);

/* The same for a word of a manifest. */
int load_normal(struct loader *l, struct str text, struct str *out);

#endif

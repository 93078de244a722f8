/* The kinds of places, and how each is found. */
#ifndef PROVIDER_SOURCE_KIND_H
#define PROVIDER_SOURCE_KIND_H

#include "source.h"

/* Fill in value or text of *out, which holds neither yet. */
typedef void find_fn(const struct source *s, const struct json *root,
		     const struct surroundings *around, struct found *out);

struct source_kind {
	const char *word; /* the key that tells it from the others */
	find_fn *find;
	struct load_table keys;
};

find_fn find_pointer, find_key, find_each, find_in_table, find_setting_place;

#endif

/* The kinds of places, and how each is found. */
#ifndef PROVIDER_SOURCE_KIND_H
#define PROVIDER_SOURCE_KIND_H

#include "source.h"

/* Fill in value or text of *out, which holds neither yet. */
typedef void find_fn(const struct source *s, const struct json *root,
		     const struct surroundings *around, struct found *out);

/* Whether what stands at a pointer from the same root becomes the value. */
typedef bool feeds_fn(const struct source *s, struct str pointer,
		      const struct surroundings *around);

struct source_kind {
	const char *word; /* the key that tells it from the others */
	find_fn *find;
	feeds_fn *feeds;
	struct load_table keys;
};

find_fn find_pointer, find_key, find_each, find_in_table, find_setting_place,
	find_written;
feeds_fn feeds_pointer, feeds_nothing, feeds_each, feeds_by_key,
	feeds_setting_place;

/* The value of a setting, or its default; ptr NULL: neither. */
struct str setting_text(const struct surroundings *around, const char *name);

#endif

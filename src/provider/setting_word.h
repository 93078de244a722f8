/*
 * Words that a connection's settings decide: what a vendor's documents leave
 * open, or a file may be written in, an admin can put right.
 */
#ifndef PROVIDER_SETTING_WORD_H
#define PROVIDER_SETTING_WORD_H

#include "loader.h"
#include "provider/manifest.h"
#include "source.h"

/* "{name}" and nothing else; ptr NULL when it is not that. */
struct str setting_name(const struct json *v);

/* A setting of that kind, with a default unless it is a text. */
int load_setting_of(struct loader *l, struct str name, enum setting_kind kind,
		    const struct setting_field **out) MUST_CHECK;

/*
 * A word, or "{setting}" of the kind choice, each of whose choices is one:
 * *by is its name, and *out the row of its default.
 */
int load_word_by(struct loader *l, const struct json *v,
		 const struct load_words *words, unsigned *out,
		 const char **by) MUST_CHECK;

/* The row that the setting `by` chooses; by NULL: usual. */
unsigned word_by(const struct surroundings *around, const char *by,
		 const struct load_words *words, unsigned usual);

#endif

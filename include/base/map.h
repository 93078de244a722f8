/*
 * A hash map from bytes to a pointer. Keyed by SipHash with a key of the
 * process, so that a sender cannot choose names that collide.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

#include <stddef.h>

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t cap;  /* a power of two, or 0 */
	size_t len;  /* entries */
	size_t used; /* entries and graves */
};

void map_init(struct map *m);

/* Frees the map's own memory; the values are the caller's. */
void map_release(struct map *m);

/* NULL when there is none. */
void *map_get(const struct map *m, struct str key);

/*
 * The key is borrowed for as long as the entry lives: keep it in the value.
 * Returns the value that was there before, or NULL.
 */
void *map_put(struct map *m, struct str key, void *value);

/* Returns the value that was there, or NULL. */
void *map_remove(struct map *m, struct str key);

/*
 * Walk all entries: start with *at = 0, ends with NULL. Removing the entry
 * just returned is fine; adding is not.
 */
void *map_next(const struct map *m, size_t *at);

#endif

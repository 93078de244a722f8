/*
 * Memory for one request or one queue message: taken in small pieces, given
 * back all at once. Bounded: past its maximum it gives NULL, which callers
 * turn into ERR_LIMIT.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

#include <stdalign.h>
#include <stddef.h>

struct arena_block;

#define ARENA_ALIGNMENT alignof(max_align_t)

struct arena {
	struct arena_block *blocks; /* newest first */
	char *next;		    /* free space in the newest block */
	size_t left;		    /* there; whole alignments */
	size_t used;		    /* bytes of all blocks */
	size_t max;
};

void arena_init(struct arena *a, size_t max);
void arena_release(struct arena *a);

/* As arena_release, after overwriting what it held: secrets. */
void arena_wipe(struct arena *a);

/* Forget everything allocated; the first block stays for the next use. */
void arena_clear(struct arena *a);

/* As arena_alloc, when the newest block has not that much left. */
void *arena_grow(struct arena *a, size_t size);

/* Aligned for any type, not zeroed. NULL past the maximum. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	char *p = a->next;

	if (size > a->left || !p)
		return arena_grow(a, size);
	size = (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
	a->next += size;
	a->left -= size;
	return p;
}

/* As arena_alloc, zeroed, with the product checked. */
void *arena_zalloc(struct arena *a, size_t count, size_t size);

/* Copy s, with a NUL after it. On failure ptr is NULL. */
struct str arena_dup(struct arena *a, struct str s);

/* NUL-terminated; NULL past the maximum. */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* err_set for the NULL of the calls above. */
#define arena_full(a, err) \
	err_set(err, ERR_LIMIT, "needs more than %zu bytes of memory", (a)->max)

#endif

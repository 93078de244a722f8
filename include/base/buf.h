/*
 * A growing byte string with a maximum. It is always NUL-terminated, and its
 * failure is sticky: a run of appends is checked once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/assert.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until the first byte; then NUL-terminated */
	size_t len;
	size_t cap;
	size_t max;  /* largest len; what would pass it is not appended */
	bool failed; /* something did not fit; stays until buf_clear */
};

/* No memory is taken until the first append. */
void buf_init(struct buf *b, size_t max);

/* Free the memory; b may be used again as if just initialised. */
void buf_release(struct buf *b);

/* Empty, keeping the memory for the next use. */
void buf_clear(struct buf *b);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, struct str s);
void buf_add_z(struct buf *b, const char *z);
void buf_add_char(struct buf *b, char c);
void buf_add_u64(struct buf *b, uint64_t n);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* As buf_reserve, when the memory has to grow for it, or must not. */
char *buf_grow(struct buf *b, size_t len);

/* Room for len more bytes at the end, or NULL (then failed). See buf_grown. */
static inline char *buf_reserve(struct buf *b, size_t len)
{
	bool fits = len < b->cap - b->len && len <= b->max - b->len;

	return fits && !b->failed ? b->data + b->len : buf_grow(b, len);
}

/* len bytes were written to what buf_reserve gave. */
static inline void buf_grown(struct buf *b, size_t len)
{
	ASSERT(len < b->cap - b->len);
	b->len += len;
	b->data[b->len] = '\0';
}

/* Cut back to len, which must not be larger than it is. */
void buf_truncate(struct buf *b, size_t len);

/* Remove len bytes from the front. */
void buf_consume(struct buf *b, size_t len);

/* 0, or -1 with ERR_LIMIT when an append did not fit. */
int buf_check(const struct buf *b, const char *what,
	      struct err *err) MUST_CHECK;

/* Borrowed until the next change of b. */
struct str buf_str(const struct buf *b);

/* Never NULL. Borrowed until the next change of b. */
const char *buf_z(const struct buf *b);

#endif

/* Texts that may hold secrets, while they are put together. */
#ifndef PROVIDER_SECRET_TEXT_H
#define PROVIDER_SECRET_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Room for max at once: growing would leave a copy behind. */
void secret_buf(struct buf *b, size_t max);

/* Wiped before it is freed. */
void release_secret(struct buf *b);

/* Move what was built into the arena; b is released, also on failure. */
int keep_text(struct buf *b, const char *what, struct arena *a, struct str *out,
	      struct err *err) MUST_CHECK;

#endif

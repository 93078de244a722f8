/* A small body that becomes a large one: gzip, by zlib. */
#ifndef SANDBOX_BOMB_H
#define SANDBOX_BOMB_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * Compress body, with white space behind it up to so many bytes, in place.
 * False: it stays as it is.
 */
bool bomb_make(struct buf *body, size_t bytes);

#endif

/*
 * Commands as Redis reads them: an array of byte strings, each with its
 * length in front (RESP, https://redis.io/docs/reference/protocol-spec). So
 * no byte of an event can ever be taken for a part of the protocol.
 */
#ifndef QUEUE_RESP_H
#define QUEUE_RESP_H

#include "base/buf.h"

#include <stdint.h>

/* words of these must follow. */
void resp_begin(struct buf *b, size_t words);

void resp_str(struct buf *b, struct str s);
void resp_z(struct buf *b, const char *z);
void resp_int(struct buf *b, int64_t n);

#endif

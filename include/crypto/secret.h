/* Secret bytes: kept out of swap and core dumps, wiped when freed. */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include "base/str.h"

#include <stddef.h>

struct secret;

/* Copies. The caller's own copy is the caller's to wipe. */
struct secret *secret_new(struct str bytes);
void secret_free(struct secret **s);

/* Borrowed. There is deliberately no way to print a secret. */
struct str secret_bytes(const struct secret *s);

/* Overwrite memory in a way that the compiler keeps. */
void secret_wipe(void *p, size_t len);

#endif

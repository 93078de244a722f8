/*
 * Secret bytes: in pages of their own, between guard pages, out of core dumps
 * and out of swap, wiped when freed. Small ones share pages: one of 32 bytes
 * takes 64, and tens of thousands are no burden.
 *
 * Linux lets a process lock only so much (RLIMIT_MEMLOCK, often 8 MiB or
 * less). What is past that is kept all the same but may be swapped out: give
 * the service a higher limit, or the machine no swap or an encrypted one. Not
 * having the memory at all ends the process.
 */
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

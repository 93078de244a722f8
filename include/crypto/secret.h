/*
 * Secret bytes: kept out of swap and core dumps, wiped when freed. Each takes
 * 16 KiB of address space, 4 to 8 KiB of it real, and four mappings of the
 * 65,530 that Linux gives a process by default (vm.max_map_count): count on
 * at most 15,000 at once. Past what the system gives, the process aborts.
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

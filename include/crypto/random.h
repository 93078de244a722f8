/*
 * Random bytes and the ids made of them. Small requests are served from a
 * page of them that is kept: a process that forks and goes on without exec
 * must not use these in both.
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);
uint32_t random_below(uint32_t limit); /* uniform; limit > 0 */

#define RANDOM_ID_SIZE 27 /* 26 letters and a NUL */

/* 130 random bits in lower-case base32 (a-z, 2-7): cannot be guessed. */
void random_id(char out[static RANDOM_ID_SIZE]);

/*
 * 48 bits of time in ms, then 80 random ones, in lower-case Crockford
 * base32, so that later ids sort after earlier ones: for keys of tables.
 */
void random_sorted_id(char out[static RANDOM_ID_SIZE], int64_t now_ms);

#endif

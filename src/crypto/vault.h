/* Locked memory for secrets and for what is as good as a secret. */
#ifndef CRYPTO_VAULT_H
#define CRYPTO_VAULT_H

#include "crypto/secret.h"

#include <stddef.h>

/*
 * Aligned for any type; the contents are undefined. Up to 1,008 bytes share
 * pages with others of about the same size; guard pages stand before and
 * behind those. See crypto/secret.h for locking. Aborts when the system has
 * no memory left: a secret never goes to ordinary memory instead.
 */
void *vault_alloc(size_t size) __attribute__((returns_nonnull));

/* Wipes. NULL is fine. */
void vault_free(void *p);

/* A secret of len bytes that are still to be filled in: *bytes_out. */
struct secret *secret_new_empty(size_t len, unsigned char **bytes_out);

#endif

/* HMAC (RFC 2104) with a key that is prepared once, and digests. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define HMAC_MAX_SIZE 64 /* bytes of the longest: SHA-512 */
#define SHA256_SIZE   32

enum hmac_algorithm {
	HMAC_SHA1,
	HMAC_SHA256,
	HMAC_SHA512,
	HMAC_ALGORITHM_COUNT
};

struct hmac_key; /* wiped when freed */

/* "sha1", "sha256", "sha512"; false when unknown. */
bool hmac_algorithm_find(struct str name, enum hmac_algorithm *out);
size_t hmac_size(enum hmac_algorithm alg);

/* ERR_CONFIG for an empty secret. A key takes 512 bytes: see secret.h. */
int hmac_key_new(struct hmac_key **out, enum hmac_algorithm alg,
		 struct str secret, struct err *err) MUST_CHECK;
void hmac_key_free(struct hmac_key **key);

/*
 * Over the parts in order, as if they were one text. Returns the size of the
 * result. Not reentrant, also with two keys: there are no threads.
 */
size_t hmac_compute(struct hmac_key *key, const struct str *parts, size_t count,
		    unsigned char out[static HMAC_MAX_SIZE]);

void sha256(const struct str *parts, size_t count,
	    unsigned char out[static SHA256_SIZE]);

/* Takes the same time wherever the bytes differ. */
bool crypto_equal(const void *a, const void *b, size_t len);

#endif

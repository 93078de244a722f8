/*
 * Hex, base64 and base64url (RFC 4648), decoded strictly: no white space, no
 * foreign letters, no leftover bits, so that one value has one spelling.
 */
#ifndef CRYPTO_ENCODE_H
#define CRYPTO_ENCODE_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum encoding {
	ENCODING_HEX,	    /* either case */
	ENCODING_BASE64,    /* padding required */
	ENCODING_BASE64URL, /* padding allowed, not required */
	ENCODING_COUNT
};

bool encoding_find(struct str name, enum encoding *out);

/* False when text is not valid or needs more than cap bytes. */
bool decode(enum encoding e, struct str text, unsigned char *out, size_t cap,
	    size_t *len);

/*
 * The same, several times as fast for base64, but the time that it takes tells
 * of the bytes: for what is no secret, as a signature that came.
 */
bool decode_public(enum encoding e, struct str text, unsigned char *out,
		   size_t cap, size_t *len);

/* Hex in lower case; base64 padded; base64url without padding. */
void encode(enum encoding e, const void *bytes, size_t len, struct buf *out);

#endif

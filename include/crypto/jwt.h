/* Signing JSON Web Tokens (RFC 7519, RFC 7515) with a key of an HRIS's app. */
#ifndef CRYPTO_JWT_H
#define CRYPTO_JWT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

enum jwt_algorithm {
	JWT_RS256, /* RSA, PKCS #1 1.5, SHA-256; keys of 2,048 bits and more */
	JWT_ES256, /* ECDSA on P-256, SHA-256 */
	JWT_ALGORITHM_COUNT
};

const char *jwt_algorithm_name(enum jwt_algorithm a); /* "RS256" */

/*
 * Append header.claims.signature. header and claims are JSON texts; header
 * has to name the algorithm. key is a private key as PEM, without a
 * passphrase. ERR_CONFIG when it is not one, or not of the algorithm; no text
 * tells anything of it. Check out for whether all fitted.
 */
int jwt_sign(enum jwt_algorithm a, struct str key, struct str header,
	     struct str claims, struct buf *out, struct err *err) MUST_CHECK;

#endif

/* Signing JSON Web Tokens (RFC 7519, RFC 7515) with a key of an HRIS's app. */
#ifndef CRYPTO_JWT_H
#define CRYPTO_JWT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/sign.h"

#define JWT_SIGNATURE_MAX 4096 /* bytes, encoded: RSA of 16,384 bits */

/*
 * Append header.claims.signature. header and claims are JSON texts; header
 * has to name the algorithm. key and errors as of sign_text. Check out for
 * whether all fitted.
 */
int jwt_sign(enum sign_algorithm a, struct str key, struct str header,
	     struct str claims, struct buf *out, struct err *err) MUST_CHECK;

#endif

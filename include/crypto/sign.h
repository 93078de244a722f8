/* Signing with a private key of an HRIS's app, and its certificate. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/encode.h"

enum sign_algorithm {
	SIGN_RS256, /* RSA, PKCS #1 1.5, SHA-256; keys of 2,048 bits and more */
	SIGN_PS256, /* the same keys, PSS, SHA-256, as long a salt */
	SIGN_ES256, /* ECDSA on P-256, SHA-256; r and s side by side */
	SIGN_ALGORITHM_COUNT
};

const char *sign_algorithm_name(enum sign_algorithm a); /* "RS256" */

/*
 * Append the signature of text, which may be of out. key is a private key as
 * PEM, without a passphrase. ERR_CONFIG when it is not one, or not of the
 * algorithm; no text tells anything of it. Check out for whether all fitted.
 */
int sign_text(enum sign_algorithm a, struct str key, struct str text,
	      enum encoding e, struct buf *out, struct err *err) MUST_CHECK;

enum certificate_form {
	CERTIFICATE_DER,   /* base64, as XML signatures carry it */
	CERTIFICATE_SHA1,  /* thumbprints, base64url: x5t */
	CERTIFICATE_SHA256 /* x5t#S256 */
};

/* Append the first certificate of a PEM text. ERR_CONFIG: there is none. */
int certificate_write(struct str pem, enum certificate_form form,
		      struct buf *out, struct err *err) MUST_CHECK;

#endif

/*
 * A SAML 2.0 assertion that we make and sign, for the grant saml2_bearer
 * (RFC 7522): "saml" of a token.
 */
#ifndef PROVIDER_SAML_H
#define PROVIDER_SAML_H

#include "loader.h"
#include "template.h"

#include <stdint.h>

struct saml_part {
	const char *key;	 /* name of the credential: PEM, RSA */
	const char *certificate; /* the same; NULL: the receiver has it */
	struct list issuer;	 /* these: struct template_part */
	struct list subject;
	struct list audience;
	struct list recipient;
	struct list attributes; /* struct named_template */
	int64_t lifetime_s;
	unsigned encoding; /* row of saml_encodings */
};

load_fn load_saml; /* out: struct saml_part */

/* The assertion, signed and encoded, in the arena. ERR_CONFIG. */
int saml_sign(const struct filling *f, const struct saml_part *s,
	      struct arena *a, struct str *out, struct err *err) MUST_CHECK;

#endif

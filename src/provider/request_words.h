/* What the words of "fetch" do. */
#ifndef PROVIDER_REQUEST_WORDS_H
#define PROVIDER_REQUEST_WORDS_H

#include "request.h"

const char *method_name(unsigned row);

/* Append the header that authenticates. */
typedef int auth_fn(const struct auth *auth, const struct fetch_context *ctx,
		    struct arena *a, struct fetch_request *out,
		    struct err *err);

struct auth_scheme {
	const char *name;
	auth_fn *apply;
};

auth_fn auth_basic, auth_bearer, auth_header;

int add_header(struct fetch_request *out, struct str name, struct str value,
	       struct err *err) MUST_CHECK;

/* A text without control characters; ERR_CONFIG names the credential. */
int credential(const struct fetch_context *ctx, const char *name,
	       struct str *out, struct err *err) MUST_CHECK;

#endif

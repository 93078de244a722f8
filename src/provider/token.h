/* Tokens that are got by a call before others can be made: "tokens". */
#ifndef PROVIDER_TOKEN_H
#define PROVIDER_TOKEN_H

#include "build.h"
#include "call.h"
#include "crypto/jwt.h"
#include "loader.h"
#include "saml.h"
#include "when.h"

#include <stdint.h>

/* How the client proves who it is, and so where parameters stand. */
enum client_auth {
	CLIENT_NONE,
	CLIENT_BASIC,
	CLIENT_FORM,
	CLIENT_JSON,
	CLIENT_QUERY,
	CLIENT_ASSERTION /* RFC 7523: a signed token instead of a secret */
};

struct client_part {
	struct list id;	    /* struct template_part */
	struct list secret; /* empty: none, or an assertion */
	unsigned auth;	    /* enum client_auth */
};

/* A token that we sign ourselves. */
struct jwt_part {
	unsigned algorithm;	 /* enum sign_algorithm */
	const char *key;	 /* name of the credential: PEM */
	const char *certificate; /* the same; NULL: no thumbprints */
	struct list key_id;	 /* struct template_part; empty: none */
	const struct json_node *claims;
	int64_t lifetime_s;
	bool id; /* a "jti" */
};

struct authorize_part {
	struct list url;   /* struct template_part */
	struct list query; /* struct named_template */
	bool pkce;
};

struct send_part {
	const char *header;
	struct list value; /* struct template_part: {token} */
};

struct token_part {
	const char *name;
	struct when when;
	unsigned grant;	       /* row of grants */
	struct str grant_type; /* instead of the grant's own */
	struct call_part call;
	struct client_part client;
	struct list scope;		/* struct template_part */
	struct list username;		/* struct template_part */
	struct list password;		/* struct template_part */
	const char *refresh_credential; /* the first one, from an admin */
	struct list refresh_with;	/* struct named_template */
	struct jwt_part jwt;
	bool has_jwt;
	struct saml_part saml; /* its key NULL: none */
	struct authorize_part authorize;
	struct list token;   /* struct source */
	struct list expires; /* struct source; seconds */
	struct list refresh; /* struct source; empty: none comes */
	int64_t ttl_s;	     /* when the answer does not say */
	struct send_part send;
};

extern const struct load_items load_tokens; /* items: struct token_part */

/* An object within a token, in whose texts credentials may stand. */
int load_token_part(struct loader *l, const struct json *v,
		    const struct load_key *keys, size_t count,
		    void *out) MUST_CHECK;

/* The names of the manifest's tokens. */
struct load_words token_words(const struct manifest *m);

/*
 * Which token the builder's call is sent with, if any: b->token and its value,
 * or b->out->missing_token when the context has none.
 */
int token_choose(struct call_builder *b, struct err *err) MUST_CHECK;
int token_add_header(struct call_builder *b, struct err *err) MUST_CHECK;

/* The grant's own word, for the parameter grant_type; NULL: it has none. */
struct str token_grant_type(const struct token_part *t);

/* The grant, as the manifest names it: "client_credentials". */
struct str token_grant_word(const struct token_part *t);

/* Whether an admin has to consent in the browser. */
bool token_is_authorized(const struct token_part *t);

/* A signed token, in the arena. */
int token_sign(const struct filling *f, const struct token_part *t,
	       struct arena *a, struct str *out, struct err *err) MUST_CHECK;

#endif

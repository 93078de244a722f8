/*
 * OAuth2, as far as vendors differ in it: one engine, a row for each. Access
 * tokens say by themselves until when they hold; of refresh tokens that rotate
 * only the latest opens; a code opens once. All in real time.
 */
#ifndef SANDBOX_TOKEN_H
#define SANDBOX_TOKEN_H

#include "credentials.h"
#include "crypto/hmac.h"

#include <stdbool.h>

#define TOKEN_SIZE 96

struct exchange;
struct sandbox;

enum token_kind { TOKEN_COMPANY, TOKEN_SYSTEM };

/* How a client shows who it is; bits. */
enum { CLIENT_BASIC = 1, CLIENT_FORM = 2 };

struct token_source {
	const char *prefix; /* of access tokens: "papi-" */
	enum credential client, secret;
	unsigned client_auth;
	const char *grants; /* with commas between */
	int64_t ttl_s;
	bool rotates; /* a refresh token is good once */
	bool refresh; /* hands out refresh tokens at all */
};

struct token_state {	   /* of one API */
	uint32_t rotation; /* of the refresh token that is good; is kept */
	uint32_t serial;   /* of the latest token or code */
	bool has_code;
	char code[TOKEN_SIZE];
	char challenge[64]; /* of PKCE; "": none */
	unsigned char redirect[SHA256_SIZE];
};

/* The token endpoint: a form in, tokens or an error of RFC 6749 out. */
void token_answer(struct exchange *x);

/* Where a browser is sent to: goes back at once with a code, as allowed. */
void token_authorize(struct exchange *x);

/* Is it an access token of this kind of x's API, and in time? */
bool token_is_good(struct exchange *x, enum token_kind kind, struct str text);

/* The refresh token that opens; "" when the API has none. */
const char *token_refresh(const struct sandbox *sb, enum vendor v,
			  char out[static TOKEN_SIZE]);

#endif

/* How each vendor's API is opened, by the sandbox's own credentials. */
#ifndef TESTS_UNIT_SANDBOX_AUTH_H
#define TESTS_UNIT_SANDBOX_AUTH_H

#include "sandbox_world.h"

#include "crypto/encode.h"

#define AUTH_SIZE 256

static inline const char *cred(const struct world *w, enum credential c)
{
	return w->sandbox->credentials.text[c];
}

static inline void basic_auth(char out[static AUTH_SIZE], const char *user,
			      const char *password)
{
	char plain[160];
	struct buf b;

	(void)snprintf(plain, sizeof(plain), "%s:%s", user, password);
	buf_init(&b, AUTH_SIZE - 8);
	encode(ENCODING_BASE64, plain, strlen(plain), &b);
	(void)snprintf(out, AUTH_SIZE, "Basic %s", buf_z(&b));
	buf_release(&b);
}

static inline void bearer_auth(char out[static AUTH_SIZE], struct str token)
{
	assert_true(token.len > 0);
	(void)snprintf(out, AUTH_SIZE, "Bearer %.*s", STR_ARG(token));
}

/* A client's own token: a form, credentials in it, or in auth. */
static inline void client_token(struct world *w, const char *path,
				const char *auth, enum credential client,
				enum credential secret,
				char out[static AUTH_SIZE])
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		       "grant_type=client_credentials&client_id=%s&"
		       "client_secret=%s",
		       cred(w, client), cred(w, secret));
	assert_int_equal(post_form(w, path, auth, body), 200);
	bearer_auth(out, json_string(json_get(w->json, "access_token")));
}

/* By the refresh token that opens now. */
static inline void refreshed(struct world *w, enum vendor v, const char *path,
			     const char *auth, enum credential client,
			     enum credential secret, char out[static AUTH_SIZE])
{
	char body[512], token[TOKEN_SIZE];

	(void)snprintf(body, sizeof(body),
		       "grant_type=refresh_token&refresh_token=%s&client_id=%s"
		       "&client_secret=%s",
		       token_refresh(w->sandbox, v, token), cred(w, client),
		       cred(w, secret));
	assert_int_equal(post_form(w, path, auth, body), 200);
	bearer_auth(out, json_string(json_get(w->json, "access_token")));
}

/* What stands in Authorization, got as a client of v gets it. */
static inline void auth_of(struct world *w, enum vendor v,
			   char out[static AUTH_SIZE])
{
	switch (v) {
	case VENDOR_BAMBOOHR:
		basic_auth(out, cred(w, CRED_BAMBOOHR_KEY), "x");
		return;
	case VENDOR_HIBOB:
		basic_auth(out, cred(w, CRED_HIBOB_ID),
			   cred(w, CRED_HIBOB_TOKEN));
		return;
	case VENDOR_RIPPLING:
		bearer_auth(out, str_of(cred(w, CRED_RIPPLING_TOKEN)));
		return;
	case VENDOR_WORKDAY:
		basic_auth(out, "ISU_hrisd", cred(w, CRED_WORKDAY_PASSWORD));
		return;
	case VENDOR_PERSONIO:
		client_token(w, "/as/personio/v2/auth/token", NULL,
			     CRED_PERSONIO_CLIENT, CRED_PERSONIO_SECRET, out);
		return;
	case VENDOR_GUSTO:
		refreshed(w, v, "/as/gusto/oauth/token", NULL,
			  CRED_GUSTO_CLIENT, CRED_GUSTO_SECRET, out);
		return;
	case VENDOR_DEEL:
		bearer_auth(out, str_of(cred(w, CRED_DEEL_TOKEN)));
		return;
	case VENDOR_MERGE:
		bearer_auth(out, str_of(cred(w, CRED_MERGE_KEY)));
		return;
	case VENDOR_WORKOS:
		bearer_auth(out, str_of(cred(w, CRED_WORKOS_KEY)));
		return;
	case VENDOR_FACTORIAL: /* by its token: the key needs no test but one */
		refreshed(w, v, "/as/factorial/oauth/token", NULL,
			  CRED_FACTORIAL_CLIENT, CRED_FACTORIAL_SECRET, out);
		return;
	case VENDOR_HUMAANS:
		bearer_auth(out, str_of(cred(w, CRED_HUMAANS_TOKEN)));
		return;
	case VENDOR_NAMELY:
		bearer_auth(out, str_of(cred(w, CRED_NAMELY_TOKEN)));
		return;
	case VENDOR_CSV:
		basic_auth(out, cred(w, CRED_CSV_USER),
			   cred(w, CRED_CSV_PASSWORD));
		return;
	default:
		fail_msg("no way in to %s", vendor_name(v));
	}
}

/* What v wants beside it, in every call from now on. */
static inline void extra_of(struct world *w, enum vendor v)
{
	w->extra = (struct http_call_header){ 0 };
	if (v == VENDOR_MERGE)
		w->extra = (struct http_call_header){
			STR("X-Account-Token"),
			str_of(cred(w, CRED_MERGE_ACCOUNT))
		};
}

/* A form to a token endpoint, for the fields of text. */
static inline struct str token_field(const struct world *w, const char *name)
{
	struct str s = json_string(json_get(w->json, name));

	if (!s.ptr)
		fail_msg("no %s: %d %s", name, w->status, w->body);
	return s;
}

/* A call, how it is answered, and what stands in the answer. */
struct expected_call {
	const char *method, *path, *body;
	int status;
	const char *holds;
};

static inline void expect_calls(struct world *w, const char *auth,
				const struct expected_call *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct expected_call *r = &rows[i];
		int status = call(w, r->method, r->path, auth, r->body);

		if (status != r->status || !strstr(w->body, r->holds))
			fail_msg("%s %s: %d %.300s", r->method, r->path, status,
				 w->body);
	}
}

static inline int teardown(void **state)
{
	world_close(*state);
	return 0;
}

#endif

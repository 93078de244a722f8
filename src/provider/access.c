/* Asking for a token. */
#include "provider/access.h"

#include "auth.h"
#include "base/assert.h"
#include "build.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "parts.h"
#include "token.h"

#define PARAM_MAX      16384 /* bytes: an assertion, a refresh token */
#define VERIFIER_BYTES 32
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static const struct token_part *token_at(const struct manifest *m, size_t i)
{
	const struct token_part *t = m->fetch.tokens.items;

	ASSERT(i < m->fetch.tokens.count);
	return &t[i];
}

size_t access_count(const struct manifest *m)
{
	return m->fetch.tokens.count;
}

const char *access_name(const struct manifest *m, size_t i)
{
	return token_at(m, i)->name;
}

bool access_find(const struct manifest *m, const char *name, size_t *out)
{
	for (size_t i = 0; i < access_count(m); i++) {
		if (strcmp(access_name(m, i), name) != 0)
			continue;
		*out = i;
		return true;
	}
	return false;
}

bool access_applies(const struct manifest *m, size_t i,
		    const struct fetch_context *ctx)
{
	return when_holds(&token_at(m, i)->when, m, ctx);
}

bool access_needs_consent(const struct manifest *m, size_t i)
{
	return token_is_authorized(token_at(m, i));
}

struct access_ask access_plan(const struct manifest *m, size_t i,
			      const struct access_grant *kept)
{
	struct access_ask ask = { .step = ACCESS_BEGIN };

	if (!kept || !kept->refresh.len || !token_at(m, i)->refresh.count)
		return ask;
	ask.step = ACCESS_REFRESH;
	ask.refresh = kept->refresh;
	return ask;
}

/* --------------------------------------------------------------- parameters */

static void add_param(struct call_builder *b, const char *name,
		      struct str value)
{
	ASSERT(b->param_count < CALL_MAX_PARAMS);
	b->params[b->param_count++] = (struct call_param){ name, value };
}

/* Left out when it has no value: an optional scope. */
static int add_filled(struct call_builder *b, const char *name,
		      const struct list *t, struct err *err)
{
	struct str value;

	if (!t->count)
		return 0;
	if (fill_text(&b->f, t, ESCAPE_NONE, PARAM_MAX, b->a, &value, err) < 0)
		return err_prefix(err, "%s", name);
	if (value.ptr)
		add_param(b, name, value);
	return 0;
}

static int add_assertion(struct call_builder *b, const struct token_part *t,
			 const char *name, struct err *err)
{
	struct str value;

	if (token_sign(&b->f, t, b->a, &value, err) < 0)
		return -1;
	add_param(b, name, value);
	return 0;
}

static int add_saml(struct call_builder *b, const struct token_part *t,
		    struct err *err)
{
	struct str value;

	if (saml_sign(&b->f, &t->saml, b->a, &value, err) < 0)
		return -1;
	add_param(b, "assertion", value);
	return 0;
}

typedef int step_fn(struct call_builder *b, const struct token_part *t,
		    const struct access_ask *ask, struct err *err);

static int add_refresh(struct call_builder *b, const struct token_part *t,
		       struct str refresh, struct err *err)
{
	const struct named_template *more = t->refresh_with.items;

	add_param(b, "refresh_token", refresh);
	for (size_t i = 0; i < t->refresh_with.count; i++)
		if (add_filled(b, more[i].name, &more[i].value, err) < 0)
			return -1;
	return 0;
}

static int ask_refresh(struct call_builder *b, const struct token_part *t,
		       const struct access_ask *ask, struct err *err)
{
	add_param(b, "grant_type", STR("refresh_token"));
	return add_refresh(b, t, ask->refresh, err);
}

static int ask_code(struct call_builder *b, const struct token_part *t,
		    const struct access_ask *ask, struct err *err)
{
	(void)err;
	add_param(b, "grant_type", STR("authorization_code"));
	add_param(b, "code", ask->code);
	add_param(b, "redirect_uri", ask->redirect_uri);
	if (t->authorize.pkce)
		add_param(b, "code_verifier", ask->verifier);
	return 0;
}

static int ask_begin(struct call_builder *b, const struct token_part *t,
		     const struct access_ask *ask, struct err *err)
{
	struct str type = token_grant_type(t), first;

	(void)ask;
	if (token_is_authorized(t))
		return err_set(err, ERR_AUTH,
			       "an admin has to sign in to the HRIS first: "
			       "see the connection's page");
	if (type.len)
		add_param(b, "grant_type", type);
	if (t->refresh_credential) {
		if (need_credential(b->f.ctx, t->refresh_credential, &first,
				    err) < 0)
			return -1;
		return add_refresh(b, t, first, err);
	}
	if (t->has_jwt && t->client.auth != CLIENT_ASSERTION &&
	    add_assertion(b, t, "assertion", err) < 0)
		return -1;
	if (t->saml.key && add_saml(b, t, err) < 0)
		return -1;
	if (add_filled(b, "username", &t->username, err) < 0 ||
	    add_filled(b, "password", &t->password, err) < 0)
		return -1;
	return add_filled(b, "scope", &t->scope, err);
}

static step_fn *const steps[] = {
	[ACCESS_BEGIN] = ask_begin,
	[ACCESS_REFRESH] = ask_refresh,
	[ACCESS_CODE] = ask_code,
};

/* ------------------------------------------------------------------- client */

static int add_basic_client(struct call_builder *b, const struct client_part *c,
			    struct err *err)
{
	struct str id, secret, value;

	if (fill_text(&b->f, &c->id, ESCAPE_NONE, PARAM_MAX, b->a, &id, err) <
		    0 ||
	    fill_text(&b->f, &c->secret, ESCAPE_NONE, PARAM_MAX, b->a, &secret,
		      err) < 0 ||
	    basic_value(id, secret, b->a, &value, err) < 0)
		return -1;
	return add_header(b->out, STR("Authorization"), value, err);
}

static int add_client(struct call_builder *b, const struct token_part *t,
		      struct err *err)
{
	const struct client_part *c = &t->client;

	if (!c->id.count || c->auth == CLIENT_BASIC)
		return 0;
	if (add_filled(b, "client_id", &c->id, err) < 0)
		return -1;
	if (c->auth == CLIENT_ASSERTION) {
		add_param(b, "client_assertion_type", STR(ASSERTION_TYPE));
		return add_assertion(b, t, "client_assertion", err);
	}
	return add_filled(b, "client_secret", &c->secret, err);
}

static enum call_params place_of(const struct token_part *t)
{
	const struct call_part *c = &t->call;

	switch (t->client.auth) {
	case CLIENT_FORM:
		return PARAMS_FORM;
	case CLIENT_JSON:
		return PARAMS_JSON;
	case CLIENT_QUERY:
		return PARAMS_QUERY;
	default:
		break;
	}
	if (c->body_kind == CALL_JSON)
		return PARAMS_JSON;
	return strcmp(method_name(c->method), "GET") == 0 ? PARAMS_QUERY
							  : PARAMS_FORM;
}

int access_request(const struct manifest *m, size_t i,
		   const struct fetch_context *ctx,
		   const struct access_ask *ask, struct arena *a,
		   struct fetch_request *out, struct err *err)
{
	const struct token_part *t = token_at(m, i);
	struct fetch_request r = { .method = NULL };
	struct call_builder b = {
		.f = { .m = m, .ctx = ctx },
		.call = &t->call,
		.place = place_of(t),
		.a = a,
		.out = &r,
		.secrets = true,
	};

	if (steps[ask->step](&b, t, ask, err) < 0 || add_client(&b, t, err) < 0)
		return -1;
	if (t->client.auth == CLIENT_BASIC &&
	    add_basic_client(&b, &t->client, err) < 0)
		return -1;
	if (build_request(&b, str_none(), err) < 0)
		return -1;
	*out = r;
	return 0;
}

/* ------------------------------------------------------------------ consent */

void access_new_verifier(char out[static ACCESS_VERIFIER_SIZE])
{
	unsigned char bytes[VERIFIER_BYTES];
	struct buf text;

	random_bytes(bytes, sizeof(bytes));
	buf_init(&text, ACCESS_VERIFIER_SIZE);
	encode(ENCODING_BASE64URL, bytes, sizeof(bytes), &text);
	ASSERT(text.len == ACCESS_VERIFIER_SIZE - 1);
	memcpy(out, text.data, ACCESS_VERIFIER_SIZE);
	secret_wipe(bytes, sizeof(bytes));
	release_secret(&text);
}

static void add_challenge(struct call_builder *b, struct str verifier,
			  struct buf *room)
{
	unsigned char digest[SHA256_SIZE];

	sha256(&verifier, 1, digest);
	encode(ENCODING_BASE64URL, digest, sizeof(digest), room);
	add_param(b, "code_challenge", buf_str(room));
	add_param(b, "code_challenge_method", STR("S256"));
}

static int write_consent_url(struct call_builder *b, const struct token_part *t,
			     struct err *err)
{
	const struct call_part page = { .url = t->authorize.url,
					.query = t->authorize.query };
	int res;

	if (add_filled(b, "client_id", &t->client.id, err) < 0 ||
	    add_filled(b, "scope", &t->scope, err) < 0)
		return -1;
	b->call = &page; /* cppcheck-suppress autoVariables; taken back */
	res = build_url(b, str_none(), err);
	b->call = NULL;
	return res;
}

int access_consent_url(const struct manifest *m, size_t i,
		       const struct fetch_context *ctx, struct str redirect_uri,
		       struct str state, struct str verifier, struct arena *a,
		       const char **out, struct err *err)
{
	const struct token_part *t = token_at(m, i);
	struct fetch_request r = { .method = NULL };
	struct call_builder b = {
		.f = { .m = m, .ctx = ctx },
		.place = PARAMS_QUERY,
		.a = a,
		.out = &r,
		.secrets = true,
	};
	struct buf challenge;
	int res;

	if (!token_is_authorized(t))
		return err_set(err, ERR_CONFIG,
			       "the token '%s' needs nobody's consent",
			       t->name);
	buf_init(&challenge, 2 * SHA256_SIZE);
	add_param(&b, "response_type", STR("code"));
	add_param(&b, "redirect_uri", redirect_uri);
	add_param(&b, "state", state);
	if (t->authorize.pkce)
		add_challenge(&b, verifier, &challenge);
	res = write_consent_url(&b, t, err);
	buf_release(&challenge);
	if (res == 0)
		*out = r.url;
	return res;
}

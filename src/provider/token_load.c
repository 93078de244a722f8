/* The words of "tokens". */
#include "base/assert.h"
#include "fields.h"
#include "parts.h"
#include "source.h"
#include "token.h"

#define TOKENS_MAX     4
#define AUTHORIZE_MAX  8
#define REFRESH_MAX    4
#define TTL_S	       3600
#define JWT_LIFETIME_S 300

/* What a grant needs beside a call; each is a member of the token's table. */
enum grant_need {
	NEEDS_CLIENT = 1,
	NEEDS_REFRESH = 2, /* "refresh_token": a credential */
	NEEDS_USER = 4,
	NEEDS_AUTHORIZE = 8,
	NEEDS_ASSERTION = 16,
	NEEDS_SAML = 32
};

struct grant {
	const char *name;
	const char *type; /* the parameter grant_type; NULL: none */
	unsigned needs;
	unsigned allows; /* beside what it needs */
};

static const struct grant grants[] = {
	{ "client_credentials", "client_credentials", NEEDS_CLIENT,
	  NEEDS_ASSERTION },
	{ "refresh_token", "refresh_token", NEEDS_CLIENT | NEEDS_REFRESH, 0 },
	{ "password", "password", NEEDS_USER, NEEDS_CLIENT },
	{ "authorization_code", "authorization_code",
	  NEEDS_CLIENT | NEEDS_AUTHORIZE, NEEDS_ASSERTION },
	{ "jwt_bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer",
	  NEEDS_ASSERTION, NEEDS_CLIENT },
	{ "saml2_bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
	  NEEDS_SAML, NEEDS_CLIENT },
	{ "login", NULL, 0, 0 },
};

static const struct load_name client_auths[] = {
	[CLIENT_NONE] = { "none" },   [CLIENT_BASIC] = { "basic" },
	[CLIENT_FORM] = { "form" },   [CLIENT_JSON] = { "json" },
	[CLIENT_QUERY] = { "query" }, [CLIENT_ASSERTION] = { "assertion" },
};

static const struct load_name algorithms[] = {
	[SIGN_RS256] = { "RS256" },
	[SIGN_PS256] = { "PS256" },
	[SIGN_ES256] = { "ES256" },
};

static const struct load_words grant_words = LOAD_WORDS(grants);
static const struct load_words client_words = LOAD_WORDS(client_auths);
static const struct load_words algorithm_words = LOAD_WORDS(algorithms);

/* In the texts of a token's call nothing is offered but credentials. */
static const struct template_place token_place = { .secrets = true };

static const struct load_name sent[] = { { "token" } };
static const struct template_place send_place = {
	.offers = LOAD_WORDS(sent),
	.needs = "token",
};

struct str token_grant_type(const struct token_part *t)
{
	return t->grant_type.ptr ? t->grant_type
				 : str_of(grants[t->grant].type);
}

struct str token_grant_word(const struct token_part *t)
{
	return str_of(grants[t->grant].name);
}

bool token_is_authorized(const struct token_part *t)
{
	return grants[t->grant].needs & NEEDS_AUTHORIZE;
}

/* ------------------------------------------------------------------- parts */

/* A part's texts, with the names that they may hold. */
static int load_placed(struct loader *l, const struct json *v,
		       const struct template_place *place,
		       const struct load_key *keys, size_t count, void *out)
{
	const struct template_place *outer = l->place;

	l->place = place;
	if (load_object(l, v, keys, count, out) < 0)
		return -1;
	l->place = outer;
	return 0;
}

int load_token_part(struct loader *l, const struct json *v,
		    const struct load_key *keys, size_t count, void *out)
{
	return load_placed(l, v, &token_place, keys, count, out);
}

#define CLIENT(member) offsetof(struct client_part, member)

static const struct load_key client_keys[] = {
	{ "id", load_secret_template, CLIENT(id), NULL, true },
	{ "secret", load_secret_template, CLIENT(secret), NULL, false },
	{ "auth", load_word, CLIENT(auth), &client_words, true },
};

static int load_client(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct client_part *c = out;
	bool secret;

	(void)arg;
	if (load_token_part(l, v, client_keys, ARRAY_LEN(client_keys), c) < 0)
		return -1;
	secret = c->auth != CLIENT_NONE && c->auth != CLIENT_ASSERTION;
	if (c->auth == CLIENT_NONE || secret == (c->secret.count > 0))
		return 0;
	return load_fail(l, "'secret' is for basic, form, json and query, "
			    "which need it");
}

#define JWT(member) offsetof(struct jwt_part, member)

static const struct load_range lifetime_range = { 30, 3600 };

static const struct load_key jwt_keys[] = {
	{ "algorithm", load_word, JWT(algorithm), &algorithm_words, true },
	{ "key", load_api_credential, JWT(key), NULL, true },
	{ "certificate", load_api_credential, JWT(certificate), NULL, false },
	{ "key_id", load_secret_template, JWT(key_id), NULL, false },
	{ "claims", load_json_body, JWT(claims), NULL, true },
	{ "lifetime_s", load_int, JWT(lifetime_s), &lifetime_range, false },
	{ "jti", load_bool, JWT(id), NULL, false },
};

static const char *const own_claims[] = { "iat", "exp", "jti" };

static int load_jwt(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	struct jwt_part *j = out;

	(void)arg;
	j->lifetime_s = JWT_LIFETIME_S;
	for (size_t i = 0; i < ARRAY_LEN(own_claims); i++)
		if (json_get(json_get(v, "claims"), own_claims[i]))
			return load_fail(l, "the claim '%s' is added by itself",
					 own_claims[i]);
	return load_token_part(l, v, jwt_keys, ARRAY_LEN(jwt_keys), j);
}

#define AUTHORIZE(member) offsetof(struct authorize_part, member)

static const struct load_items authorize_query = {
	.load = load_named,
	.size = sizeof(struct named_template),
	.max = AUTHORIZE_MAX,
	.members = true,
};

static const struct load_key authorize_keys[] = {
	{ "url", load_address, AUTHORIZE(url), NULL, true },
	{ "query", load_list, AUTHORIZE(query), &authorize_query, false },
	{ "pkce", load_bool, AUTHORIZE(pkce), NULL, false },
};

static int load_authorize(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	(void)arg;
	return load_token_part(l, v, authorize_keys, ARRAY_LEN(authorize_keys),
			       out);
}

#define SEND(member) offsetof(struct send_part, member)

static const struct load_key send_keys[] = {
	{ "header", load_z, SEND(header), NULL, false },
	{ "value", load_template, SEND(value), NULL, true },
};

static const struct template_part bearer_parts[] = {
	{ TEMPLATE_TEXT, { "Bearer ", 7 } },
	{ TEMPLATE_OFFERED, { "token", 5 } },
};

static int load_send(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	(void)arg;
	l->needed_seen = false;
	if (load_placed(l, v, &send_place, send_keys, ARRAY_LEN(send_keys),
			out) < 0)
		return -1;
	return l->needed_seen ? 0 : load_fail(l, "needs {token}");
}

static int load_token_call(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	struct call_part *c = out;

	(void)arg;
	if (load_call(l, v, c, &token_place) < 0)
		return -1;
	if (c->format != CALL_FORMAT_JSON)
		return load_fail(l, "a token's answer is JSON");
	return 0;
}

static int load_secret_text(struct loader *l, const struct json *v, void *out,
			    const void *arg)
{
	const struct template_place *outer = l->place;
	load_fn *load = arg ? load_secret_template : load_template;

	l->place = &token_place;
	if (load(l, v, out, NULL) < 0)
		return -1;
	l->place = outer;
	return 0;
}

static const struct load_items refresh_params = {
	.load = load_named,
	.size = sizeof(struct named_template),
	.max = REFRESH_MAX,
	.members = true,
};

static int load_refresh_with(struct loader *l, const struct json *v, void *out,
			     const void *arg)
{
	const struct template_place *outer = l->place;

	(void)arg;
	l->place = &token_place;
	if (load_list(l, v, out, &refresh_params) < 0)
		return -1;
	l->place = outer;
	return 0;
}

static int load_assertion(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	struct token_part *t = out;

	t->has_jwt = true;
	return load_jwt(l, v, &t->jwt, arg);
}

/* ------------------------------------------------------------------- whole */

#define AT(member) offsetof(struct token_part, member)

static const struct load_range ttl_range = { 30, 31622400 };
static const bool lone_credential = true;

static const struct load_key token_keys[] = {
	{ "when", load_when, AT(when), NULL, false },
	{ "grant", load_word, AT(grant), &grant_words, true },
	{ "grant_type", load_text, AT(grant_type), NULL, false },
	{ "call", load_token_call, AT(call), NULL, true },
	{ "client", load_client, AT(client), NULL, false },
	{ "scope", load_secret_text, AT(scope), NULL, false },
	{ "username", load_secret_text, AT(username), &lone_credential, false },
	{ "password", load_secret_text, AT(password), &lone_credential, false },
	{ "refresh_token", load_api_credential, AT(refresh_credential), NULL,
	  false },
	{ "refresh_with", load_refresh_with, AT(refresh_with), NULL, false },
	{ "assertion", load_assertion, 0, NULL, false },
	{ "saml", load_saml, AT(saml), NULL, false },
	{ "authorize", load_authorize, AT(authorize), NULL, false },
	{ "token", load_list, AT(token), &load_sources, false },
	{ "expires", load_list, AT(expires), &load_sources, false },
	{ "refresh", load_list, AT(refresh), &load_sources, false },
	{ "ttl_s", load_int, AT(ttl_s), &ttl_range, false },
	{ "send", load_send, AT(send), NULL, false },
};

struct need_row {
	unsigned need;
	const char *key;
};

static const struct need_row need_rows[] = {
	{ NEEDS_CLIENT, "client" },	  { NEEDS_REFRESH, "refresh_token" },
	{ NEEDS_USER, "username" },	  { NEEDS_USER, "password" },
	{ NEEDS_AUTHORIZE, "authorize" }, { NEEDS_ASSERTION, "assertion" },
	{ NEEDS_SAML, "saml" },
};

static int check_needs(struct loader *l, const struct json *v,
		       const struct token_part *t)
{
	const struct grant *g = &grants[t->grant];

	for (size_t i = 0; i < ARRAY_LEN(need_rows); i++) {
		const struct need_row *n = &need_rows[i];
		bool there = json_get(v, n->key) != NULL;

		if (there && !((g->needs | g->allows) & n->need))
			return load_fail(l, "the grant %s has no '%s'", g->name,
					 n->key);
		if (!there && (g->needs & n->need))
			return load_fail(l, "the grant %s needs '%s'", g->name,
					 n->key);
	}
	if (t->has_jwt != ((g->needs & NEEDS_ASSERTION) ||
			   t->client.auth == CLIENT_ASSERTION))
		return load_fail(l, "'assertion' is for the grant jwt_bearer "
				    "and for a client with auth assertion");
	if (t->grant_type.ptr && !g->type)
		return load_fail(l, "the grant %s has no 'grant_type'",
				 g->name);
	return 0;
}

static int use_default(struct loader *l, const char *pointer, struct list *out)
{
	const struct json *place;

	/* As if the manifest had it: a text, in JSON. */
	if (json_parse(&place, l->arena, str_of(pointer), NULL, NULL) < 0)
		return load_fail(l, "the manifest needs too much memory");
	return load_list(l, place, out, &load_sources);
}

/* As RFC 6749, 5.1 has it, where the manifest does not say otherwise. */
static int set_defaults(struct loader *l, struct token_part *t)
{
	bool code = token_is_authorized(t) || t->refresh_credential;

	if (!t->ttl_s)
		t->ttl_s = TTL_S;
	if (!t->send.header)
		t->send.header = "Authorization";
	if (!t->send.value.count)
		t->send.value =
			(struct list){ bearer_parts, ARRAY_LEN(bearer_parts) };
	if (!t->token.count &&
	    use_default(l, "\"/access_token\"", &t->token) < 0)
		return -1;
	if (!t->expires.count &&
	    use_default(l, "\"/expires_in\"", &t->expires) < 0)
		return -1;
	if (t->refresh_with.count && !code && !t->refresh.count)
		return load_fail(l, "'refresh_with' is for tokens that are "
				    "refreshed");
	if (code && !t->refresh.count)
		return use_default(l, "\"/refresh_token\"", &t->refresh);
	return 0;
}

static int load_token(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct token_part *t = out;
	struct str name = arena_dup(l->arena, json_key(v));

	(void)arg;
	if (!name.len || !name_is_good(name.ptr))
		return load_fail(l, "is no name of a token: a-z, 0-9, '-' and "
				    "'_'");
	t->name = name.ptr;
	if (load_object(l, v, token_keys, ARRAY_LEN(token_keys), t) < 0 ||
	    check_needs(l, v, t) < 0)
		return -1;
	return set_defaults(l, t);
}

const struct load_items load_tokens = {
	.load = load_token,
	.size = sizeof(struct token_part),
	.max = TOKENS_MAX,
	.members = true,
};

struct load_words token_words(const struct manifest *m)
{
	const struct list *tokens = &m->fetch.tokens;

	return (struct load_words){ tokens->items, sizeof(struct token_part),
				    tokens->count };
}

#include "token.h"

#include "base/clock.h"
#include "crypto/encode.h"
#include "exchange.h"
#include "http/router.h"
#include "override.h"
#include "state.h"

#include <inttypes.h>
#include <stdio.h>

#define SALT_ACCESS  7000
#define SALT_REFRESH 7100
#define SALT_CODE    7200
#define DIGITS	     8

static uint64_t mark(const struct sandbox *sb, enum vendor v, unsigned salt,
		     uint64_t a, uint64_t b)
{
	return company_hash(sb->company.seed ^ a << 32, b, salt + v);
}

/* --- access tokens: prefix, kind, end, serial, proof of all that --- */

static void write_access(const struct sandbox *sb, enum vendor v,
			 const char *prefix, enum token_kind kind, uint32_t end,
			 uint32_t serial, char out[static TOKEN_SIZE])
{
	uint64_t proof = mark(sb, v, SALT_ACCESS + 20 * kind, serial, end);

	(void)snprintf(out, TOKEN_SIZE, "%s%c%08x%08x%016" PRIx64, prefix,
		       kind == TOKEN_SYSTEM ? 's' : 'c', end, serial, proof);
}

static bool read_hex(struct str *text, uint32_t *out)
{
	unsigned char bytes[DIGITS / 2];
	size_t len;

	if (text->len < DIGITS ||
	    !decode(ENCODING_HEX, (struct str){ text->ptr, DIGITS }, bytes,
		    sizeof(bytes), &len))
		return false;
	*out = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
	text->ptr += DIGITS;
	text->len -= DIGITS;
	return true;
}

bool token_is_good(struct exchange *x, enum token_kind kind, struct str text)
{
	const char *prefix = x->api->tokens->prefix;
	size_t skip = strlen(prefix) + 1;
	struct str rest = text;
	uint32_t end, serial;
	char again[TOKEN_SIZE];

	if (!text.ptr || text.len < skip)
		return false;
	rest.ptr += skip;
	rest.len -= skip;
	if (!read_hex(&rest, &end) || !read_hex(&rest, &serial) ||
	    clock_wall_ms() / 1000 >= end)
		return false;
	write_access(x->sandbox, x->api->vendor, prefix, kind, end, serial,
		     again);
	return str_is(text, again);
}

/* --- refresh tokens and codes --- */

static void write_refresh(const struct sandbox *sb, enum vendor v,
			  uint32_t rotation, char out[static TOKEN_SIZE])
{
	(void)snprintf(out, TOKEN_SIZE, "sandbox-%s-refresh-%08x%016" PRIx64,
		       vendor_name(v), rotation,
		       mark(sb, v, SALT_REFRESH, 0, rotation));
}

const char *token_refresh(const struct sandbox *sb, enum vendor v,
			  char out[static TOKEN_SIZE])
{
	const struct token_source *s = api_of_vendor(v)->tokens;

	out[0] = '\0';
	if (s && s->refresh)
		write_refresh(sb, v, sb->apis[v].token.rotation, out);
	return out;
}

static bool query_has(struct exchange *x, const char *name, const char *value)
{
	return str_is(query_get(&x->query, name), value);
}

static void add_parameter(struct buf *url, const char *name, struct str value)
{
	buf_add_char(url, memchr(url->data, '?', url->len) ? '&' : '?');
	buf_addf(url, "%s=", name);
	http_url_encode(value, url);
}

void token_authorize(struct exchange *x)
{
	struct token_state *t = &exchange_state(x)->token;
	struct str back = query_get(&x->query, "redirect_uri");
	struct str challenge = query_get(&x->query, "code_challenge");
	struct str given = query_get(&x->query, "state");
	struct buf url;

	if (!query_has(x, "response_type", "code") || back.len == 0 ||
	    !query_has(x, "client_id",
		       exchange_credential(x, x->api->tokens->client)) ||
	    challenge.len >= sizeof(t->challenge)) {
		exchange_refuse(x, REFUSE_INVALID,
				"response_type=code, client_id and "
				"redirect_uri are needed");
		return;
	}
	t->has_code = true;
	t->serial++;
	(void)snprintf(
		t->code, sizeof(t->code), "code-%08x%016" PRIx64, t->serial,
		mark(x->sandbox, x->api->vendor, SALT_CODE, 0, t->serial));
	(void)snprintf(t->challenge, sizeof(t->challenge), "%.*s",
		       STR_ARG(challenge));
	sha256(&back, 1, t->redirect);
	buf_init(&url, 4096);
	buf_add_str(&url, back);
	add_parameter(&url, "code", str_of(t->code));
	if (given.ptr)
		add_parameter(&url, "state", given);
	x->status = 302;
	x->type = NULL;
	exchange_header(x, "Location", buf_z(&url));
	buf_release(&url);
}

/* --- the token endpoint --- */

static void refuse(struct exchange *x, int status, const char *error)
{
	x->status = status;
	buf_clear(&x->body);
	json_writer_init(&x->json, &x->body);
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "error", error);
	json_close(&x->json);
}

static bool is_client(struct exchange *x, const struct token_source *s)
{
	const char *id = exchange_credential(x, s->client);
	const char *secret = exchange_credential(x, s->secret);
	struct str given = exchange_basic(x), user;

	if ((s->client_auth & CLIENT_BASIC) && given.ptr) {
		(void)str_cut(&given, ':', &user);
		return str_is(user, id) && str_is(given, secret);
	}
	return (s->client_auth & CLIENT_FORM) &&
	       query_has(x, "client_id", id) &&
	       query_has(x, "client_secret", secret);
}

/* The code, once, with the verifier that fits its challenge. */
static bool take_code(struct exchange *x, struct token_state *t)
{
	struct str verifier = query_get(&x->query, "code_verifier");
	struct str back = query_get(&x->query, "redirect_uri");
	unsigned char digest[SHA256_SIZE];
	struct buf coded;
	bool fits;

	if (!t->has_code || !query_has(x, "code", t->code))
		return false;
	t->has_code = false;
	sha256(&back, 1, digest);
	if (!crypto_equal(digest, t->redirect, sizeof(digest)))
		return false;
	if (!t->challenge[0])
		return true;
	sha256(&verifier, 1, digest);
	buf_init(&coded, sizeof(t->challenge));
	encode(ENCODING_BASE64URL, digest, sizeof(digest), &coded);
	fits = str_is(buf_str(&coded), t->challenge);
	buf_release(&coded);
	return fits;
}

static bool take_refresh(struct exchange *x, const struct token_source *s,
			 struct token_state *t)
{
	char good[TOKEN_SIZE];

	if (!query_has(x, "refresh_token",
		       token_refresh(x->sandbox, x->api->vendor, good)))
		return false;
	t->rotation += s->rotates;
	return true;
}

static void grant(struct exchange *x, const struct token_source *s,
		  enum token_kind kind, bool refresh)
{
	struct token_state *t = &exchange_state(x)->token;
	int64_t ttl = x->fault.value[FAULT_TOKEN_TTL_S];
	char text[TOKEN_SIZE];

	if (ttl == 0)
		ttl = s->ttl_s;
	write_access(x->sandbox, x->api->vendor, s->prefix, kind,
		     (uint32_t)(clock_wall_ms() / 1000 + ttl), ++t->serial,
		     text);
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "access_token", text);
	json_add_z(&x->json, "token_type", "Bearer");
	json_add_int(&x->json, "expires_in", ttl);
	if (refresh && s->refresh)
		json_add_z(&x->json, "refresh_token",
			   token_refresh(x->sandbox, x->api->vendor, text));
	json_close(&x->json);
}

void token_answer(struct exchange *x)
{
	const struct token_source *s = x->api->tokens;
	struct token_state *t = &exchange_state(x)->token;
	struct str wanted;
	struct err err = { 0 };
	bool fine = true, refresh = true;
	enum token_kind kind = TOKEN_COMPANY;

	if (query_parse(&x->query, &x->arena, http_request_body(x->req), &err) <
	    0) {
		refuse(x, 400, "invalid_request");
		return;
	}
	if (!is_client(x, s)) {
		refuse(x, 401, "invalid_client");
		return;
	}
	wanted = query_get(&x->query, "grant_type");
	if (wanted.len == 0 || !query_lists(str_of(s->grants), wanted)) {
		refuse(x, 400, "unsupported_grant_type");
		return;
	}
	if (x->fault.value[FAULT_REVOKED])
		fine = false;
	else if (str_is(wanted, "refresh_token"))
		fine = take_refresh(x, s, t);
	else if (str_is(wanted, "authorization_code"))
		fine = take_code(x, t);
	else
		refresh = false; /* the client's own credentials */
	if (str_is(wanted, "system_access"))
		kind = TOKEN_SYSTEM;
	if (fine)
		grant(x, s, kind, refresh);
	else
		refuse(x, 400, "invalid_grant");
}

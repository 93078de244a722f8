/* Which token a call is sent with, and tokens that we sign ourselves. */
#include "token.h"

#include "base/assert.h"
#include "build.h"
#include "crypto/random.h"
#include "parts.h"

#define CLAIMS_MAX     8192
#define JWT_MAX	       16384
#define THUMBPRINT_MAX 64

static const struct token_part *find_token(const struct call_builder *b)
{
	const struct list *tokens = &b->f.m->fetch.tokens;
	const struct token_part *t = tokens->items;

	for (size_t i = 0; i < tokens->count; i++, t++) {
		if (b->call->token && strcmp(b->call->token, t->name) != 0)
			continue;
		if (when_holds(&t->when, b->f.m, b->f.ctx))
			return t;
	}
	return NULL;
}

static struct str current_value(const struct fetch_context *ctx,
				const char *name)
{
	for (size_t i = 0; i < ctx->token_count; i++)
		if (!strcmp(ctx->tokens[i].name, name))
			return ctx->tokens[i].value;
	return str_none();
}

int token_choose(struct call_builder *b, struct err *err)
{
	const struct token_part *t = find_token(b);
	struct str value;

	if (!t)
		return 0;
	value = current_value(b->f.ctx, t->name);
	if (!value.ptr) {
		b->out->missing_token = t->name;
		return 0;
	}
	if (!value.len || value.len > HEADER_MAX / 2)
		return err_set(err, ERR_CONFIG,
			       "the token '%s' is empty, or longer than %d "
			       "bytes",
			       t->name, HEADER_MAX / 2);
	b->token = t;
	b->token_value = value;
	b->out->token = t->name;
	return 0;
}

int token_add_header(struct call_builder *b, struct err *err)
{
	const struct token_part *t = b->token;
	const struct call_value value = { "token", b->token_value, false };
	struct call_builder one = *b;

	if (!t)
		return 0;
	one.f.values = (struct call_values){ .items = &value, .count = 1 };
	return add_template_header(&one, t->send.header, &t->send.value, err);
}

/* ------------------------------------------------------------------ signing */

/* RFC 7515, 4.1.7 and 4.1.8. */
static const struct {
	const char *name;
	enum certificate_form form;
} thumbprints[] = {
	{ "x5t", CERTIFICATE_SHA1 },
	{ "x5t#S256", CERTIFICATE_SHA256 },
};

/* Which of the certificates that the receiver knows is the key's. */
static int write_thumbprints(const struct filling *f, const struct jwt_part *j,
			     struct json_writer *w, struct err *err)
{
	struct str pem =
		json_string(json_get(f->ctx->credentials, j->certificate));
	struct buf text;
	int res = 0;

	buf_init(&text, THUMBPRINT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(thumbprints) && res == 0; i++) {
		buf_clear(&text);
		res = certificate_write(pem, thumbprints[i].form, &text, err);
		json_add_string(w, thumbprints[i].name, buf_str(&text));
	}
	buf_release(&text);
	return res < 0 ? err_prefix(err, "the credential '%s'", j->certificate)
		       : 0;
}

static int write_header(const struct filling *f, const struct jwt_part *j,
			struct arena *a, struct buf *out, struct err *err)
{
	enum sign_algorithm alg = (enum sign_algorithm)j->algorithm;
	struct json_writer w;
	struct str id = { 0 };

	if (j->key_id.count &&
	    fill_text(f, &j->key_id, ESCAPE_JSON, CLAIMS_MAX, a, &id, err) < 0)
		return -1;
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "alg", sign_algorithm_name(alg));
	json_add_z(&w, "typ", "JWT");
	if (id.ptr)
		json_add_string(&w, "kid", id);
	if (j->certificate && write_thumbprints(f, j, &w, err) < 0)
		return -1;
	json_close(&w);
	return 0;
}

static int write_claims(const struct filling *f, const struct jwt_part *j,
			struct buf *out, struct err *err)
{
	int64_t now_s = f->ctx->now_ms / 1000;
	char id[RANDOM_ID_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	if (json_body_write(j->claims, f, &w, err) < 0)
		return -1;
	json_add_int(&w, "iat", now_s);
	json_add_int(&w, "exp", now_s + j->lifetime_s);
	if (j->id) {
		random_id(id);
		json_add_z(&w, "jti", id);
	}
	json_close(&w);
	return 0;
}

static int sign(const struct filling *f, const struct jwt_part *j,
		struct str header, struct str claims, struct arena *a,
		struct str *out, struct err *err)
{
	struct str key = json_string(json_get(f->ctx->credentials, j->key));
	struct buf text;

	if (!key.len)
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is missing", j->key);
	secret_buf(&text, JWT_MAX);
	if (jwt_sign((enum sign_algorithm)j->algorithm, key, header, claims,
		     &text, err) < 0) {
		release_secret(&text);
		return err_prefix(err, "the credential '%s'", j->key);
	}
	return keep_text(&text, "the signed token", a, out, err);
}

int token_sign(const struct filling *f, const struct token_part *t,
	       struct arena *a, struct str *out, struct err *err)
{
	struct buf header, claims;
	int res = -1;

	buf_init(&header, CLAIMS_MAX);
	buf_init(&claims, CLAIMS_MAX);
	if (write_header(f, &t->jwt, a, &header, err) == 0 &&
	    write_claims(f, &t->jwt, &claims, err) == 0 &&
	    buf_check(&header, "the header of the token", err) == 0 &&
	    buf_check(&claims, "the claims of the token", err) == 0)
		res = sign(f, &t->jwt, buf_str(&header), buf_str(&claims), a,
			   out, err);
	buf_release(&header);
	buf_release(&claims);
	return res;
}

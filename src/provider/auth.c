/* How a request to an HRIS authenticates. */
#include "base/buf.h"
#include "crypto/encode.h"
#include "crypto/secret.h"
#include "request_words.h"

#define SECRET_MAX 4096 /* bytes of a credential in a header */

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return true;
}

int credential(const struct fetch_context *ctx, const char *name,
	       struct str *out, struct err *err)
{
	struct str text = json_string(json_get(ctx->credentials, name));

	if (!text.len)
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is missing", name);
	if (text.len > SECRET_MAX || !is_printable(text))
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is longer than %d bytes or "
			       "holds control characters",
			       name, SECRET_MAX);
	*out = text;
	return 0;
}

int add_header(struct fetch_request *out, struct str name, struct str value,
	       struct err *err)
{
	if (out->header_count == FETCH_MAX_HEADERS)
		return err_set(err, ERR_CONFIG, "more than %d headers",
			       FETCH_MAX_HEADERS);
	out->headers[out->header_count++] =
		(struct fetch_header){ name, value };
	return 0;
}

static int add_authorization(struct str value, struct arena *a,
			     struct fetch_request *out, struct err *err)
{
	value = arena_dup(a, value);
	if (!value.ptr)
		return arena_full(a, err);
	return add_header(out, STR("Authorization"), value, err);
}

/* Buffers that held a secret are wiped before they are freed. */
static void release_secret(struct buf *b)
{
	if (b->data)
		secret_wipe(b->data, b->cap);
	buf_release(b);
}

int auth_basic(const struct auth *auth, const struct fetch_context *ctx,
	       struct arena *a, struct fetch_request *out, struct err *err)
{
	struct str user, password = auth->password;
	struct buf pair, value;
	int res;

	if (credential(ctx, auth->user, &user, err) < 0 ||
	    (auth->secret && credential(ctx, auth->secret, &password, err) < 0))
		return -1;
	if (memchr(user.ptr, ':', user.len))
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' holds a ':'", auth->user);
	buf_init(&pair, 2 * SECRET_MAX + 1);
	buf_init(&value, 4 * SECRET_MAX);
	buf_add_str(&pair, user);
	buf_add_char(&pair, ':');
	buf_add_str(&pair, password);
	buf_add_z(&value, "Basic ");
	encode(ENCODING_BASE64, pair.data, pair.len, &value);
	res = buf_check(&value, "the credential", err);
	if (res == 0)
		res = add_authorization(buf_str(&value), a, out, err);
	release_secret(&pair);
	release_secret(&value);
	return res;
}

int auth_bearer(const struct auth *auth, const struct fetch_context *ctx,
		struct arena *a, struct fetch_request *out, struct err *err)
{
	struct str token;
	char *value;

	if (credential(ctx, auth->secret, &token, err) < 0)
		return -1;
	value = arena_printf(a, "Bearer %.*s", STR_ARG(token));
	if (!value)
		return arena_full(a, err);
	return add_header(out, STR("Authorization"), str_of(value), err);
}

int auth_header(const struct auth *auth, const struct fetch_context *ctx,
		struct arena *a, struct fetch_request *out, struct err *err)
{
	struct str value;

	if (credential(ctx, auth->secret, &value, err) < 0)
		return -1;
	value = arena_dup(a, value);
	if (!value.ptr)
		return arena_full(a, err);
	return add_header(out, str_of(auth->header), value, err);
}

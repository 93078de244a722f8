/* What an answer to asking for a token means, and what of it is kept. */
#include "provider/access.h"

#include "base/assert.h"
#include "base/clock.h"
#include "parts.h"
#include "source.h"
#include "token.h"
#include "json/write.h"

#define MARGIN_MS      300000LL /* before the end; at most a tenth of it */
#define LIFETIME_MAX_S 31622400

/* RFC 6749, 5.2: words that tell an admin more, and never a secret. */
static const char *const error_words[] = {
	"invalid_request",	  "invalid_client", "invalid_grant",
	"unauthorized_client",	  "invalid_scope",  "access_denied",
	"unsupported_grant_type",
};

static const char *error_word(const struct json *root)
{
	struct str word = json_string(json_get(root, "error"));

	for (size_t i = 0; i < ARRAY_LEN(error_words); i++)
		if (str_is(word, error_words[i]))
			return error_words[i];
	return "no reason given";
}

static bool is_later(const struct manifest *m, int status)
{
	return status == 408 || status == 425 || status == 429 ||
	       status >= 500 || rate_is_limited(m, status);
}

static enum access_outcome refused(const struct token_part *t,
				   const struct access_ask *ask, int status,
				   const struct json *root, struct err *err)
{
	(void)err_set(err, ERR_AUTH,
		      "the HRIS gives no token '%s' for these credentials "
		      "(%d, %s)",
		      t->name, status, error_word(root));
	if (ask->step == ACCESS_REFRESH && !token_is_authorized(t))
		return ACCESS_AGAIN;
	return ACCESS_REFUSED;
}

static enum access_outcome unreadable(struct err *err, const char *what)
{
	(void)err_set(err, ERR_INVALID, "the answer with the token %s", what);
	return ACCESS_UNREADABLE;
}

static int64_t lifetime_s(const struct token_part *t, const struct json *root,
			  const struct surroundings *around)
{
	struct found f = sources_find(&t->expires, root, around);
	int64_t n;

	if (!str_to_i64(found_code(&f), &n) || n < 1)
		n = t->ttl_s;
	return n < LIFETIME_MAX_S ? n : LIFETIME_MAX_S;
}

static struct str text_at(const struct list *sources, const struct json *root,
			  const struct surroundings *around)
{
	return json_string(sources_find(sources, root, around).value);
}

/* A refresh token that does not come anew stays the one it was. */
static void take_grant(const struct token_part *t, const struct json *root,
		       const struct surroundings *around,
		       const struct access_ask *ask, int64_t now_ms,
		       struct access_grant *out)
{
	int64_t life_ms = lifetime_s(t, root, around) * 1000;
	int64_t margin = life_ms / 10;

	if (margin > MARGIN_MS)
		margin = MARGIN_MS;
	out->token = text_at(&t->token, root, around);
	out->expires_ms = now_ms + life_ms;
	out->renew_ms = out->expires_ms - margin;
	out->refresh = t->refresh.count ? text_at(&t->refresh, root, around)
					: str_none();
	if (!out->refresh.len && ask->step == ACCESS_REFRESH)
		out->refresh = ask->refresh;
}

static enum access_outcome
read_good(const struct token_part *t, const struct json *root,
	  const struct surroundings *around, const struct access_ask *ask,
	  int status, int64_t now_ms, struct access_grant *out, struct err *err)
{
	struct access_grant g;

	if (status != 200 && status != 201)
		return unreadable(err, "has another status than 200");
	if (!root)
		return unreadable(err, "is not JSON");
	if (!call_ok_holds(&t->call.ok, root, around) ||
	    json_string(json_get(root, "error")).len)
		return refused(t, ask, status, root, err);
	take_grant(t, root, around, ask, now_ms, &g);
	if (!g.token.len)
		return unreadable(err, "holds none where the manifest says");
	*out = g;
	return ACCESS_GRANTED;
}

enum access_outcome access_read(const struct manifest *m, size_t i,
				const struct fetch_context *ctx,
				const struct access_ask *ask, int status,
				struct str body, struct arena *a,
				struct access_grant *out, struct err *err)
{
	const struct surroundings around =
		surroundings_of(m, ctx, NULL, ctx->now_ms / CLOCK_DAY_MS, a);
	const struct token_part *t = m->fetch.tokens.items;
	const struct json *root = NULL;

	ASSERT(i < m->fetch.tokens.count);
	t += i;
	if (is_later(m, status)) {
		(void)err_set(err, ERR_TEMP, "the HRIS gives no token now (%d)",
			      status);
		return ACCESS_LATER;
	}
	if (json_parse(&root, a, body, NULL, NULL) < 0)
		root = NULL;
	if (status >= 400)
		return refused(t, ask, status, root, err);
	return read_good(t, root, &around, ask, status, ctx->now_ms, out, err);
}

/* ------------------------------------------------------------------ keeping */

void access_encode(const struct access_grant *g, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_string(&w, "token", g->token);
	json_add_int(&w, "expires_ms", g->expires_ms);
	json_add_int(&w, "renew_ms", g->renew_ms);
	json_add_string(&w, "refresh", g->refresh);
	json_close(&w);
}

int access_decode(struct access_grant *out, struct arena *a, struct str text,
		  struct err *err)
{
	struct access_grant g = { .expires_ms = 0 };
	const struct json *root;

	if (json_parse(&root, a, text, NULL, err) < 0)
		return -1;
	g.token = json_string(json_get(root, "token"));
	g.refresh = json_string(json_get(root, "refresh"));
	if (!g.token.len ||
	    !json_int(json_get(root, "expires_ms"), &g.expires_ms) ||
	    !json_int(json_get(root, "renew_ms"), &g.renew_ms))
		return err_set(err, ERR_INVALID,
			       "no token is in what was kept");
	*out = g;
	return 0;
}

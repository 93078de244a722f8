/*
 * The jobs "authorize" and "confirm": where an admin allows access in the
 * browser, and what came back from there.
 */
#include "inquiry.h"
#include "job_kinds.h"
#include "provider/access.h"
#include "registry/token.h"
#include "json/write.h"

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "desk.h"

#include <stdlib.h>

#define URL_ARENA    65536
#define ANSWER_ARENA ((size_t)4 << 20)
#define PUT_TRIES    4 /* of a token that somebody else puts meanwhile */

struct consent {
	struct inquiry inquiry;
	size_t token; /* of the manifest's */
	struct str redirect_uri;
	struct secret *code; /* confirm */
	struct secret *verifier;
};

static void consent_free(struct inquiry *q)
{
	struct consent *c = CONTAINER_OF(q, struct consent, inquiry);

	secret_free(&c->code);
	secret_free(&c->verifier);
	inquiry_close(q);
	free(c);
}

/* The token that needs it, of this connection's way to sign in. */
static int find_token(struct consent *c, struct err *err)
{
	const struct manifest *m = c->inquiry.setup->manifest;
	struct fetch_context ctx = setup_context(c->inquiry.setup);

	for (size_t i = 0; i < access_count(m); i++) {
		if (!access_needs_consent(m, i) || !access_applies(m, i, &ctx))
			continue;
		c->token = i;
		return 0;
	}
	return err_set(err, ERR_CONFIG,
		       "this connection signs in without a browser: enter its "
		       "credentials");
}

/* NULL: answered. */
static struct consent *open_consent(struct chore *chore, struct err *err)
{
	struct consent *c = mem_new(sizeof(*c));

	if (inquiry_open(&c->inquiry, chore, consent_free) < 0) {
		free(c);
		return NULL;
	}
	if (find_token(c, err) == 0 &&
	    inquiry_text(&c->inquiry, "redirect_uri", &c->redirect_uri, err) ==
		    0 &&
	    inquiry_unseal(&c->inquiry, "verifier", &c->verifier, err) == 0)
		return c;
	inquiry_fail(&c->inquiry, err);
	return NULL;
}

/* -------------------------------------------------------------- authorize */

static int write_url(struct consent *c, struct arena *a, struct err *err)
{
	struct fetch_context ctx = setup_context(c->inquiry.setup);
	struct json_writer w;
	struct str state;
	const char *url;

	if (inquiry_text(&c->inquiry, "state", &state, err) < 0 ||
	    access_consent_url(c->inquiry.setup->manifest, c->token, &ctx,
			       c->redirect_uri, state,
			       secret_bytes(c->verifier), a, &url, err) < 0)
		return -1;
	json_writer_init(&w, &c->inquiry.result);
	json_open_object(&w, NULL);
	json_add_z(&w, "url", url);
	json_close(&w);
	return 0;
}

void job_authorize(struct chore *chore)
{
	struct err err = { 0 };
	struct consent *c = open_consent(chore, &err);
	struct arena a;

	if (!c)
		return;
	arena_init(&a, URL_ARENA);
	if (write_url(c, &a, &err) < 0)
		inquiry_fail(&c->inquiry, &err);
	else
		inquiry_done(&c->inquiry);
	arena_wipe(&a);
}

/* ---------------------------------------------------------------- confirm */

static struct access_ask ask_of(const struct consent *c)
{
	return (struct access_ask){ .step = ACCESS_CODE,
				    .code = secret_bytes(c->code),
				    .redirect_uri = c->redirect_uri,
				    .verifier = secret_bytes(c->verifier) };
}

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	const struct consent *c = arg;
	struct access_ask ask = ask_of(c);

	return access_request(c->inquiry.setup->manifest, c->token, ctx, &ask,
			      a, out, err);
}

/* Another fetcher may renew the old one just now: what is new wins. */
static int put_text(struct consent *c, struct str text, struct err *err)
{
	const struct desk *d = c->inquiry.chore->desk;
	struct token_write w = {
		.connection = source_id(c->inquiry.source),
		.name = str_of(
			access_name(c->inquiry.setup->manifest, c->token)),
		.value = text,
		.now_ms = clock_wall_ms(),
	};
	int64_t generation;

	for (int i = 0; i < PUT_TRIES; i++) {
		struct token old = { .generation = 0 };

		if (registry_get_token(d->db, d->keys, w.connection, w.name,
				       &old, err) < 0)
			return -1;
		w.was = old.generation;
		token_release(&old);
		if (registry_put_token(d->db, d->keys, &w, &generation, err) ==
		    0)
			return 0;
		if (err->kind != ERR_CONFLICT)
			return -1;
	}
	return -1;
}

static int keep(struct consent *c, const struct access_grant *g,
		struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, ACCESS_GRANT_MAX);
	/* Growing would leave copies behind: take all of it at once. */
	(void)buf_reserve(&text, ACCESS_GRANT_MAX);
	access_encode(g, &text);
	result = buf_check(&text, "a token", err);
	if (result == 0)
		result = put_text(c, buf_str(&text), err);
	secret_wipe(text.data, text.len);
	buf_release(&text);
	return result;
}

/* What stopped its reads is mended: the next call need not wait. */
static void resume_reads(const struct consent *c)
{
	const struct source_news good = { .good = true };

	source_heed(c->inquiry.source, &good);
}

static int take_answer(struct consent *c, const struct http_answer *answer,
		       struct arena *a, struct err *err)
{
	struct fetch_context ctx = setup_context(c->inquiry.setup);
	struct access_ask ask = ask_of(c);
	struct access_grant grant = { .expires_ms = 0 };
	enum access_outcome outcome;

	if (!answer->status) {
		inquiry_explain(finding_of(answer->err.kind, 0), &answer->err,
				err);
		return -1;
	}
	outcome = access_read(c->inquiry.setup->manifest, c->token, &ctx, &ask,
			      answer->status, answer->body, a, &grant, err);
	if (outcome == ACCESS_GRANTED)
		return keep(c, &grant, err);
	err->kind = outcome == ACCESS_LATER ? ERR_TEMP : ERR_CONFIG;
	return -1;
}

static void answered_cb(const struct http_answer *answer, void *arg)
{
	struct consent *c = arg;
	struct err err = { 0 };
	struct arena a;

	arena_init(&a, ANSWER_ARENA);
	if (take_answer(c, answer, &a, &err) < 0) {
		inquiry_fail(&c->inquiry, &err);
	} else {
		resume_reads(c);
		buf_add_z(&c->inquiry.result, "{}");
		inquiry_done(&c->inquiry);
	}
	arena_wipe(&a);
}

void job_confirm(struct chore *chore)
{
	struct err err = { 0 };
	struct consent *c = open_consent(chore, &err);
	const struct wire_spec spec = { .build = build_cb,
					.ended = answered_cb,
					.arg = c };

	if (!c)
		return;
	if (inquiry_unseal(&c->inquiry, "code", &c->code, &err) < 0)
		inquiry_fail(&c->inquiry, &err);
	else
		inquiry_call(&c->inquiry, &spec);
}

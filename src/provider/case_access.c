/*
 * Cases of getting tokens and of trying out a connection: "<case>.token.json",
 * "<case>.test.json".
 */
#include "base/buf.h"
#include "base/clock.h"
#include "case.h"
#include "check_part.h"
#include "provider/access.h"
#include "provider/check.h"

/* Credentials and the rest, and "now". *mapping as of case_context. */
static int take_context(struct case_run *c, struct fetch_context *ctx,
			struct mapping **mapping, struct err *err)
{
	const struct json *now = json_get(c->input, "now");

	if (case_context(c, ctx, mapping, err) < 0)
		return -1;
	if (now && !clock_parse_ms(json_string(now), &ctx->now_ms))
		return err_set(err, ERR_CONFIG, "'now' is not a time");
	return 0;
}

static bool take_status(const struct json *v, int *out)
{
	int64_t n;

	if (!json_int(json_get(v, "status"), &n) || n < 100 || n > 599)
		return false;
	*out = (int)n;
	return true;
}

static void write_request(struct case_run *c, struct json_writer *w,
			  const struct fetch_request *r, int res,
			  const struct err *why)
{
	json_open_object(w, "request");
	if (res < 0)
		json_add_z(w, "error", err_policy(why->kind)->name);
	else if (r->missing_token)
		json_add_z(w, "missing_token", r->missing_token);
	else
		case_write_request(c, w, r);
	json_close(w);
}

/* ------------------------------------------------------------------ tokens */

static const char *const outcomes[] = {
	[ACCESS_GRANTED] = "granted",	    [ACCESS_AGAIN] = "again",
	[ACCESS_REFUSED] = "refused",	    [ACCESS_LATER] = "later",
	[ACCESS_UNREADABLE] = "unreadable",
};

static struct access_ask ask_of(const struct case_run *c, size_t token)
{
	const struct json *code = json_get(c->input, "code");
	const struct access_grant kept = {
		.refresh = json_string(json_get(c->input, "refresh")),
	};
	struct access_ask ask = access_plan(c->m, token, &kept);

	if (!code)
		return ask;
	return (struct access_ask){
		.step = ACCESS_CODE,
		.code = json_string(code),
		.redirect_uri = json_string(json_get(c->input, "redirect_uri")),
		.verifier = json_string(json_get(c->input, "verifier")),
	};
}

static void write_grant(struct json_writer *w, const struct access_grant *g,
			int64_t now_ms)
{
	json_add_string(w, "token", g->token);
	json_add_int(w, "expires_s", (g->expires_ms - now_ms) / 1000);
	if (g->refresh.len)
		json_add_string(w, "refresh", g->refresh);
}

/* Without a status in the case only the request is looked at. */
static int write_token(struct case_run *c, const struct fetch_context *ctx,
		       size_t token, struct json_writer *w, struct err *err)
{
	const struct access_ask ask = ask_of(c, token);
	struct err why = { .kind = ERR_NONE };
	struct access_grant grant;
	enum access_outcome outcome;
	struct fetch_request r;
	struct str body;
	int res, status;

	res = access_request(c->m, token, ctx, &ask, c->arena, &r, &why);
	write_request(c, w, &r, res, &why);
	if (!take_status(c->input, &status))
		return 0;
	if (case_body(c, c->input, &body, err) < 0)
		return -1;
	outcome = access_read(c->m, token, ctx, &ask, status, body, c->arena,
			      &grant, &why);
	json_add_z(w, "outcome", outcomes[outcome]);
	if (outcome == ACCESS_GRANTED)
		write_grant(w, &grant, ctx->now_ms);
	return 0;
}

static int find_token(struct case_run *c, size_t *out, struct err *err)
{
	struct str name =
		arena_dup(c->arena, json_string(json_get(c->input, "token")));

	if (!name.len || !access_find(c->m, name.ptr, out))
		return err_set(err, ERR_CONFIG,
			       "'token' is not one of the manifest's");
	return 0;
}

/* ------------------------------------------------------------------- tests */

static int find_check(struct case_run *c, size_t *out, struct err *err)
{
	const struct check_part *p = c->m->fetch.test.items;
	struct str name = json_string(json_get(c->input, "test"));

	for (*out = 0; *out < c->m->fetch.test.count; ++*out)
		if (str_is(name, p[*out].name))
			return 0;
	return err_set(err, ERR_CONFIG, "'test' is not one of the manifest's");
}

static void write_verdict(struct json_writer *w, const struct check_verdict *v)
{
	json_open_object(w, NULL);
	json_add_z(w, "name", v->name);
	json_add_z(w, "result", v->ok ? "ok" : v->warning ? "warn" : "fail");
	json_add_z(w, "detail", v->detail);
	if (v->remedy)
		json_add_z(w, "remedy", v->remedy);
	json_close(w);
}

static int write_check(struct case_run *c, const struct fetch_context *ctx,
		       size_t check, struct json_writer *w, struct err *err)
{
	struct check_verdict verdicts[CHECK_MAX_VERDICTS];
	struct err why = { .kind = ERR_NONE };
	struct fetch_request r;
	struct str body;
	size_t count;
	int res, status;

	res = check_request(c->m, check, ctx, c->arena, &r, &why);
	write_request(c, w, &r, res, &why);
	if (!take_status(c->input, &status))
		return 0;
	if (case_body(c, c->input, &body, err) < 0)
		return -1;
	count = check_judge(c->m, check, ctx, status, body, c->arena, verdicts);
	json_open_array(w, "verdicts");
	for (size_t i = 0; i < count; i++)
		write_verdict(w, &verdicts[i]);
	json_close(w);
	return 0;
}

/* ------------------------------------------------------------------- whole */

typedef int find_fn(struct case_run *c, size_t *out, struct err *err);
typedef int write_fn(struct case_run *c, const struct fetch_context *ctx,
		     size_t which, struct json_writer *w, struct err *err);

static int run(struct case_run *c, find_fn *find, write_fn *write,
	       struct err *err)
{
	struct mapping *mapping = NULL;
	struct fetch_context ctx;
	struct json_writer w;
	struct buf got;
	size_t which;
	int res;

	buf_init(&got, 1 << 20);
	json_writer_init(&w, &got);
	json_open_object(&w, NULL);
	res = find(c, &which, err);
	if (res == 0)
		res = take_context(c, &ctx, &mapping, err);
	if (res == 0)
		res = write(c, &ctx, which, &w, err);
	json_close(&w);
	if (res == 0)
		case_compare(c, &got);
	buf_release(&got);
	mapping_free(&mapping);
	return res;
}

int case_token(struct case_run *c, struct err *err)
{
	return run(c, find_token, write_token, err);
}

int case_test(struct case_run *c, struct err *err)
{
	return run(c, find_check, write_check, err);
}

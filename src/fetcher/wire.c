#include "wire.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "desk.h"
#include "wait.h"

#define TOKENS_OF_CALL 4 /* one that needs another first, and one more */
#define TOKENS_ARENA   ((size_t)1 << 20)
#define LOCATION_MAX   8192

/* Whatever else it means: also a good answer may say that it was the last. */
static void heed_limit(const struct wire *w, const struct http_answer *a)
{
	int64_t ms = wait_asked_ms(w->setup->manifest, a, clock_wall_ms());

	if (ms > 0)
		source_spare(w->source, ms);
}

static bool renew(struct wire *w);
static bool follow(struct wire *w, const struct http_answer *a);

static void answered_cb(const struct http_answer *a, void *arg)
{
	struct wire *w = arg;

	w->call = NULL;
	if (a->status == 401 && renew(w))
		return;
	if (a->status / 100 == 3 && follow(w, a))
		return;
	if (a->status)
		heed_limit(w, a);
	w->spec.ended(a, w->spec.arg);
}

static enum http_flow chunk_cb(struct str bytes, void *arg)
{
	struct wire *w = arg;

	return w->spec.chunk(bytes, w->spec.arg);
}

/* Texts of requests end in a NUL. */
static struct http_sftp sftp_of(const struct fetch_sftp *s)
{
	return (struct http_sftp){ .user = s->user.ptr,
				   .password = s->password.ptr,
				   .key = s->key,
				   .host_key = s->host_key.ptr };
}

static int send_request(struct wire *w, const struct fetch_request *r,
			struct err *err)
{
	struct http_call_header headers[FETCH_MAX_HEADERS];
	const struct http_sftp sftp = sftp_of(&r->sftp);
	struct http_call_spec spec = {
		.method = r->method,
		.url = r->url,
		.sftp = sftp.user ? &sftp : NULL,
		.headers = headers,
		.header_count = r->header_count,
		.body = r->body,
		.certificate = r->certificate,
		.key = r->key,
		.chunk = w->spec.chunk ? chunk_cb : NULL,
		.max_body_bytes = w->spec.max_body_bytes,
		.total_ms = w->spec.total_ms,
		.stall_ms = w->spec.stall_ms,
		.slow_ms = w->spec.slow_ms,
		.slow_bytes = w->spec.slow_bytes,
	};

	for (size_t i = 0; i < r->header_count; i++)
		headers[i] = (struct http_call_header){ r->headers[i].name,
							r->headers[i].value };
	w->sent_ms = clock_wall_ms();
	if (http_client_start(source_desk(w->source)->client, &spec,
			      answered_cb, w, &w->call, err) < 0)
		return -1;
	metrics_add(METRIC_CALLS, 1);
	return 0;
}

/* ----------------------------------------------------------------- tokens */

static int build_and_send(struct wire *w, struct err *err);

static void end(struct wire *w, const struct err *err)
{
	const struct http_answer a = { .err = *err };

	w->spec.ended(&a, w->spec.arg);
}

static void token_cb(struct token_want *want, const struct err *err)
{
	struct wire *w = CONTAINER_OF(want, struct wire, want);
	struct err why = *err;

	if (why.kind || build_and_send(w, &why) < 0)
		end(w, &why);
}

static int want_token(struct wire *w, const char *name, struct err *err)
{
	if (++w->tokens > TOKENS_OF_CALL)
		return err_set(err, ERR_AUTH,
			       "the token '%s' is over as soon as it is there",
			       name);
	w->token = name;
	w->want.ready = token_cb;
	tokens_get(&w->want, w->source, name);
	return 0;
}

/* A token may be over before its time: one more is got, once. */
static bool renew(struct wire *w)
{
	if (!w->token || w->renewed)
		return false;
	w->renewed = true;
	tokens_refuse(w->source, w->token, w->generation);
	return want_token(w, w->token, NULL) == 0;
}

/* -------------------------------------------------------------- redirects */

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

/* Once: what it leads to leads no further. */
static bool follow(struct wire *w, const struct http_answer *a)
{
	struct str location = http_answer_header(a, "Location");
	struct err err = { .kind = ERR_NONE };

	if (!is_redirect(a->status) || w->moved.len || !location.len)
		return false;
	buf_init(&w->moved, LOCATION_MAX);
	buf_add_str(&w->moved, location);
	return !w->moved.failed && build_and_send(w, &err) == 0;
}

static int move(const struct wire *w, struct fetch_request *r, struct err *err)
{
	if (!w->moved.len)
		return 0;
	if (strcmp(r->method, "GET") != 0 ||
	    !fetch_may_follow(w->setup->manifest, str_of(r->url),
			      buf_str(&w->moved)))
		return err_set(err, ERR_FORBIDDEN,
			       "a redirect leads where calls may not go");
	r->url = buf_z(&w->moved);
	return 0;
}

static void uploaded_cb(const struct http_answer *a, void *arg)
{
	struct wire *w = arg;

	w->spec.ended(a, w->spec.arg);
}

static int read_upload(struct wire *w, struct err *err)
{
	const struct upload_spec spec = {
		.chunk = w->spec.chunk ? chunk_cb : NULL,
		.max_body_bytes = w->spec.max_body_bytes,
		.ended = uploaded_cb,
		.arg = w,
	};
	const struct desk *d = source_desk(w->source);

	w->sent_ms = clock_wall_ms();
	return upload_start(&w->upload, d->loop, d->settings->spool,
			    w->setup->connection, &spec, err);
}

static int take_request(struct wire *w, struct fetch_request *r,
			struct err *err)
{
	if (r->missing_token)
		return want_token(w, r->missing_token, err);
	if (r->upload)
		return read_upload(w, err);
	if (move(w, r, err) < 0)
		return -1;
	w->token = r->token;
	if (w->token)
		w->generation = tokens_generation(w->source, w->token);
	return send_request(w, r, err);
}

static int build_and_send(struct wire *w, struct err *err)
{
	struct fetch_context ctx = setup_context(w->setup);
	struct fetch_token tokens[TOKENS_MAX];
	struct fetch_request r = { 0 };
	struct arena a, secrets;
	int result;

	arena_init(&a, FETCH_REQUEST_MAX);
	arena_init(&secrets, TOKENS_ARENA);
	ctx.tokens = tokens;
	ctx.token_count = tokens_fill(w->source, &secrets, tokens);
	result = w->spec.build(&ctx, &a, &r, w->spec.arg, err);
	if (result == 0)
		result = take_request(w, &r, err);
	arena_wipe(&a);
	arena_wipe(&secrets);
	return result;
}

int wire_start(struct wire *w, struct source *s, const struct wire_spec *spec,
	       struct err *err)
{
	wire_cancel(w);
	*w = (struct wire){ .source = s, .spec = *spec };
	w->setup = setup_ref(source_setup(s));
	return build_and_send(w, err);
}

void wire_cancel(struct wire *w)
{
	tokens_cancel(&w->want);
	http_call_cancel(&w->call);
	upload_cancel(&w->upload);
	setup_unref(&w->setup);
	buf_release(&w->moved);
}

void wire_resume(struct wire *w)
{
	if (w->call)
		http_call_resume(w->call);
	upload_resume(w->upload);
}

const char *wire_upload(const struct wire *w)
{
	return upload_read(w->upload);
}

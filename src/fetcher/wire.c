#include "wire.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "desk.h"
#include "wait.h"

/* Whatever else it means: also a good answer may say that it was the last. */
static void heed_limit(const struct wire *w, const struct http_answer *a)
{
	int64_t ms = wait_asked_ms(w->setup->manifest, a, clock_wall_ms());

	if (ms > 0)
		source_spare(w->source, ms);
}

static void answered_cb(const struct http_answer *a, void *arg)
{
	struct wire *w = arg;

	w->call = NULL;
	if (a->status)
		heed_limit(w, a);
	w->spec.ended(a, w->spec.arg);
}

static enum http_flow chunk_cb(struct str bytes, void *arg)
{
	struct wire *w = arg;

	return w->spec.chunk(bytes, w->spec.arg);
}

static int send_request(struct wire *w, const struct fetch_request *r,
			struct err *err)
{
	struct http_call_header headers[FETCH_MAX_HEADERS];
	struct http_call_spec spec = {
		.method = r->method,
		.url = r->url,
		.headers = headers,
		.header_count = r->header_count,
		.body = r->body,
		.certificate = r->certificate,
		.key = r->key,
		.chunk = w->spec.chunk ? chunk_cb : NULL,
		.max_body_bytes = w->spec.max_body_bytes,
		.total_ms = w->spec.total_ms,
	};

	for (size_t i = 0; i < r->header_count; i++)
		headers[i] = (struct http_call_header){ r->headers[i].name,
							r->headers[i].value };
	w->sent_ms = clock_wall_ms();
	return http_client_start(source_desk(w->source)->client, &spec,
				 answered_cb, w, &w->call, err);
}

static int build_and_send(struct wire *w, struct err *err)
{
	struct fetch_context ctx = setup_context(w->setup);
	struct fetch_request r = { 0 };
	struct arena a;
	int result;

	arena_init(&a, FETCH_REQUEST_MAX);
	result = w->spec.build(&ctx, &a, &r, w->spec.arg, err);
	if (result == 0)
		result = send_request(w, &r, err);
	arena_wipe(&a);
	return result;
}

int wire_start(struct wire *w, struct source *s, const struct wire_spec *spec,
	       struct err *err)
{
	setup_unref(&w->setup);
	*w = (struct wire){ .source = s, .spec = *spec };
	w->setup = setup_ref(source_setup(s));
	if (build_and_send(w, err) < 0)
		return -1;
	metrics_add(METRIC_CALLS, 1);
	return 0;
}

void wire_cancel(struct wire *w)
{
	http_call_cancel(&w->call);
	setup_unref(&w->setup);
}

void wire_resume(struct wire *w)
{
	if (w->call)
		http_call_resume(w->call);
}

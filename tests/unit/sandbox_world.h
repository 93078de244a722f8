/*
 * A sandbox, somebody who calls it, and somebody who receives its webhooks,
 * all on one loop.
 */
#ifndef TESTS_UNIT_SANDBOX_WORLD_H
#define TESTS_UNIT_SANDBOX_WORLD_H

#include "check.h"

#include "base/clock.h"
#include "http/client.h"
#include "sender.h"
#include "server.h"
#include "json/json.h"

#include <stdlib.h>

#define NOW	    1795424400000LL /* 2026-11-23T09:00:00Z */
#define DEADLINE_MS 10000
#define POSTS_MAX   4096

enum {
	RETRY_AFTER,
	RATE_LIMIT,
	RATE_REMAINING,
	RATE_RESET,
	CONTENT_TYPE,
	CONTENT_ENCODING,
	CONTENT_LENGTH,
	LOCATION,
	WORLD_HEADERS
};

static const char *const world_headers[WORLD_HEADERS] = {
	[RETRY_AFTER] = "Retry-After",
	[RATE_LIMIT] = "X-RateLimit-Limit",
	[RATE_REMAINING] = "X-RateLimit-Remaining",
	[RATE_RESET] = "X-RateLimit-Reset",
	[CONTENT_TYPE] = "Content-Type",
	[CONTENT_ENCODING] = "Content-Encoding",
	[CONTENT_LENGTH] = "Content-Length",
	[LOCATION] = "Location",
};

struct post { /* a webhook that arrived */
	char path[32];
	char signature[160];
	char time[32];
	char *body;
};

struct world {
	struct loop *loop;
	struct sandbox *sandbox;
	struct http_client *client;
	struct http_server *receiver;
	char base[80];	/* http://127.0.0.1:port */
	char hooks[80]; /* of the receiver */
	char targets[64];
	char allowed[64];
	int receiver_status; /* what it answers; 0: nothing, ever */
	struct post posts[POSTS_MAX];
	size_t post_count;
	/* the last answer */
	bool answered;
	int status; /* 0: there was no whole answer: see why */
	enum err_kind why;
	char *body;
	char headers[WORLD_HEADERS][256]; /* see world_headers */
	struct arena arena;
	const struct json *json;       /* of the body, when it is JSON */
	struct http_call_header extra; /* of every call; name empty: none */
};

static inline void world_copy(char *out, size_t size, struct str s)
{
	(void)snprintf(out, size, "%.*s", STR_ARG(s));
}

static inline void world_receive(struct http_request *req, void *arg)
{
	struct world *w = arg;
	struct str body = http_request_body(req);
	struct http_reply reply = { .status = w->receiver_status };
	static const char *const signatures[] = {
		"X-BambooHR-Signature",	     "Bob-Signature",
		"webhook-signature",	     "Authorization",
		"X-Gusto-Signature",	     "x-deel-signature",
		"X-Merge-Webhook-Signature", "WorkOS-Signature",
		"x-factorial-wh-challenge",  "X-Humaans-Signature",
	};
	struct post *p = &w->posts[w->post_count++];

	assert_true(w->post_count <= POSTS_MAX);
	world_copy(p->path, sizeof(p->path), http_request_path(req));
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++)
		if (http_request_header(req, signatures[i]).ptr)
			world_copy(p->signature, sizeof(p->signature),
				   http_request_header(req, signatures[i]));
	world_copy(p->time, sizeof(p->time),
		   http_request_header(req, "X-BambooHR-Timestamp"));
	p->body = malloc(body.len + 1);
	assert_non_null(p->body);
	world_copy(p->body, body.len + 1, body);
	if (reply.status)
		http_reply(req, &reply);
}

static inline void world_forget_posts(struct world *w)
{
	for (size_t i = 0; i < w->post_count; i++)
		free(w->posts[i].body);
	memset(w->posts, 0, sizeof(w->posts));
	w->post_count = 0;
}

static inline void world_must(int result, const struct err *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static inline struct world *world_open(uint32_t people)
{
	struct world *w = calloc(1, sizeof(*w));
	struct http_server_config receiver = {
		.listen = "127.0.0.1:0",
		.handlers = { .request = world_receive, .arg = w },
	};
	struct http_client_config client = { .total_ms = DEADLINE_MS };
	struct sandbox_options o = { .people = people,
				     .seed = 5,
				     .listen = "127.0.0.1:0",
				     .fixed_ms = NOW };
	struct err err = { 0 };

	assert_non_null(w);
	w->receiver_status = 200;
	arena_init(&w->arena, 64 << 20);
	world_must(loop_new(&w->loop, &err), &err);
	world_must(http_server_new(&w->receiver, w->loop, &receiver, &err),
		   &err);
	(void)snprintf(w->targets, sizeof(w->targets), "127.0.0.1:%u",
		       http_server_port(w->receiver));
	(void)snprintf(w->hooks, sizeof(w->hooks), "http://%s", w->targets);
	o.targets = w->targets;
	world_must(sandbox_open(&w->sandbox, w->loop, &o, &err), &err);
	(void)snprintf(w->allowed, sizeof(w->allowed), "127.0.0.1:%u",
		       sandbox_port(w->sandbox));
	(void)snprintf(w->base, sizeof(w->base), "http://%s", w->allowed);
	client.allow_hosts = w->allowed;
	client.max_body_bytes = 128 << 20;
	world_must(http_client_new(&w->client, w->loop, &client, &err), &err);
	return w;
}

static inline void world_close(struct world *w)
{
	http_client_free(&w->client);
	sandbox_close(&w->sandbox);
	sandbox_close(&w->sandbox); /* closing twice is harmless */
	http_server_free(&w->receiver);
	loop_turn(w->loop, 0); /* what was put off until the turn's end */
	loop_free(&w->loop);
	world_forget_posts(w);
	arena_release(&w->arena);
	free(w->body);
	free(w);
}

static inline void world_answer(const struct http_answer *a, void *arg)
{
	struct world *w = arg;

	w->answered = true;
	w->status = a->status;
	w->why = a->err.kind;
	w->body = malloc(a->body.len + 1);
	assert_non_null(w->body);
	if (a->body.len)
		memcpy(w->body, a->body.ptr, a->body.len);
	w->body[a->body.len] = '\0';
	for (size_t i = 0; i < WORLD_HEADERS; i++)
		world_copy(w->headers[i], sizeof(w->headers[i]),
			   http_answer_header(a, world_headers[i]));
	if (json_parse(&w->json, &w->arena, str_of(w->body), NULL, NULL) < 0)
		w->json = NULL;
}

/* One call, to its end; the status. */
static inline int world_call(struct world *w, const char *method,
			     const char *path,
			     const struct http_call_header *headers,
			     size_t count, const char *body)
{
	char url[1024];
	struct http_call_spec spec = { .method = method,
				       .url = url,
				       .headers = headers,
				       .header_count = count,
				       .body = str_of(body) };
	int64_t end = clock_mono_ms() + DEADLINE_MS;
	struct err err = { 0 };

	(void)snprintf(url, sizeof(url), "%s%s", w->base, path);
	free(w->body);
	w->body = NULL;
	w->answered = false;
	arena_clear(&w->arena);
	world_must(http_client_start(w->client, &spec, world_answer, w, NULL,
				     &err),
		   &err);
	while (!w->answered && clock_mono_ms() < end)
		loop_turn(w->loop, 50);
	assert_true(w->answered);
	return w->status;
}

/* With JSON both ways. auth and body may be NULL. */
static inline int call(struct world *w, const char *method, const char *path,
		       const char *auth, const char *body)
{
	struct http_call_header headers[4] = {
		{ STR("Accept"), STR("application/json") },
		{ STR("Content-Type"), STR("application/json") },
	};
	size_t count = 2;

	if (auth)
		headers[count++] =
			(struct http_call_header){ STR("Authorization"),
						   str_of(auth) };
	if (w->extra.name.len > 0)
		headers[count++] = w->extra;
	return world_call(w, method, path, headers, count, body);
}

/* A form, as OAuth2 has it. */
static inline int post_form(struct world *w, const char *path, const char *auth,
			    const char *body)
{
	const struct http_call_header headers[] = {
		{ STR("Content-Type"),
		  STR("application/x-www-form-urlencoded") },
		{ STR("Authorization"), str_of(auth) },
	};

	return world_call(w, "POST", path, headers, auth ? 2 : 1, body);
}

/* A call of the control API that must succeed. */
static inline void control(struct world *w, const char *method,
			   const char *path, const char *body)
{
	int status = call(w, method, path, NULL, body);

	if (status < 200 || status > 299)
		fail_msg("%s %s: %d %s", method, path, status, w->body);
}

/* Until count webhooks have arrived in all. */
static inline void await_posts(struct world *w, size_t count)
{
	int64_t end = clock_mono_ms() + DEADLINE_MS;

	while (w->post_count < count && clock_mono_ms() < end)
		loop_turn(w->loop, 50);
	if (w->post_count < count)
		fail_msg("%zu webhooks, not %zu", w->post_count, count);
}

/* Until nothing is queued or under way: what may still be retried counts. */
static inline void await_quiet(struct world *w)
{
	int64_t end = clock_mono_ms() + DEADLINE_MS;
	struct sender_counts c;

	do {
		loop_turn(w->loop, 50);
		sender_count(w->sandbox->sender, &c);
	} while ((c.waiting || c.in_flight || w->sandbox->jobs.count) &&
		 clock_mono_ms() < end);
	assert_int_equal(c.waiting + c.in_flight, 0);
}

static inline void subscribe(struct world *w, const char *provider)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"provider\":\"%s\",\"url\":\"%s/%s\",\"confirmed\":"
		       "true}",
		       provider, w->hooks, provider);
	control(w, "POST", "/sandbox/subscriptions", body);
}

/* The number at a path of names, of the last answer. */
static inline int64_t number(const struct world *w, const char *path)
{
	struct str rest = str_of(path);
	const struct json *v = w->json;
	int64_t n = -1;

	while (rest.len > 0) {
		struct str key;

		(void)str_cut(&rest, '.', &key);
		v = json_get_str(v, key);
	}
	if (!json_int(v, &n))
		fail_msg("no number at %s: %s", path, w->body);
	return n;
}

#endif

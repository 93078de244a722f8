#include "exchange.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/encode.h"
#include "relay.h"
#include "state.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX  (4u << 20)
#define ANSWER_MAX (256u << 20) /* everybody at once, as HiBob answers */

static const struct api *const apis[] = {
	&control_api, /* has no faults, so it comes first */
	&bamboohr_api,
	&hibob_api,
	&rippling_api,
};

static const struct api *api_of(struct str path)
{
	for (size_t i = 0; i + 1 < ARRAY_LEN(apis); i++)
		if (str_starts(path, str_of(apis[i]->prefix)))
			return apis[i];
	return apis[ARRAY_LEN(apis) - 1];
}

static struct api_state *state_of(struct exchange *x)
{
	enum vendor v;

	if (!vendor_find(str_of(x->api->name), &v))
		return NULL; /* the control API */
	return &x->sandbox->apis[v];
}

static void release(struct exchange *x)
{
	loop_timer_release(&x->timer);
	buf_release(&x->body);
	arena_release(&x->arena);
	free(x);
}

void exchange_abandon(struct exchange *x)
{
	TAILQ_REMOVE(&x->sandbox->held, x, link);
	release(x);
}

void exchange_header(struct exchange *x, const char *name, const char *value)
{
	char *copy = arena_printf(&x->arena, "%s", value);

	ASSERT(x->header_count < EXCHANGE_HEADERS);
	if (copy)
		x->headers[x->header_count++] =
			(struct http_header){ name, copy };
}

static void add_detailed(struct buf *out, const char *form, const char *detail)
{
	const char *hole = strstr(form, "%s");
	struct json_writer w;

	if (!hole) {
		buf_add_z(out, form);
		return;
	}
	buf_add(out, form, (size_t)(hole - form));
	json_writer_init(&w, out);
	json_add_z(&w, NULL, detail ? detail : "");
	buf_add_z(out, hole + 2);
}

void exchange_refuse(struct exchange *x, enum refusal why, const char *detail)
{
	const struct refusal_row *r = &x->api->refusals[why];

	x->status = r->status;
	x->type = r->type;
	buf_clear(&x->body);
	if (r->type)
		add_detailed(&x->body, r->body, detail);
	if (r->message_header && detail)
		exchange_header(x, r->message_header, detail);
}

int exchange_json(struct exchange *x, const struct json **out)
{
	struct err err = { 0 };

	if (json_parse(out, &x->arena, http_request_body(x->req), NULL, &err) ==
	    0)
		return 0;
	exchange_refuse(x, REFUSE_INVALID, err.text);
	return -1;
}

static struct str after(struct str text, struct str scheme)
{
	if (text.len <= scheme.len ||
	    !str_eq_nocase((struct str){ text.ptr, scheme.len }, scheme))
		return (struct str){ 0 };
	return str_trim(
		(struct str){ text.ptr + scheme.len, text.len - scheme.len });
}

struct str exchange_bearer(struct exchange *x)
{
	return after(http_request_header(x->req, "Authorization"),
		     STR("Bearer "));
}

struct str exchange_basic(struct exchange *x)
{
	struct str text = after(http_request_header(x->req, "Authorization"),
				STR("Basic "));
	unsigned char *plain;
	size_t len;

	if (!text.ptr)
		return (struct str){ 0 };
	plain = arena_alloc(&x->arena, text.len);
	if (!plain || !decode(ENCODING_BASE64, text, plain, text.len, &len))
		return (struct str){ 0 };
	return (struct str){ (const char *)plain, len };
}

/* --- sending the answer --- */

static void send_answer(struct exchange *x)
{
	struct http_reply reply = { .status = x->status,
				    .headers = x->headers,
				    .header_count = x->header_count };

	if (x->type) {
		ASSERT(x->header_count < EXCHANGE_HEADERS);
		x->headers[reply.header_count++] =
			(struct http_header){ "Content-Type", x->type };
		reply.body = buf_str(&x->body);
	}
	http_reply(x->req, &reply);
	release(x);
}

static void held_cb(void *arg)
{
	struct exchange *x = arg;

	TAILQ_REMOVE(&x->sandbox->held, x, link);
	send_answer(x);
}

/* JSON and XML allow white space at the end, so the answer stays valid. */
static void pad(struct exchange *x, int64_t bytes)
{
	while (x->body.len < (size_t)bytes && !x->body.failed)
		buf_addf(&x->body, "%4096s", "");
}

static void spoil_transport(struct relay *relay, struct exchange *x)
{
	struct relay_link *link = relay_find(relay, http_request_peer(x->req));
	const int64_t *fault = x->fault.value;

	if (!link)
		return;
	if (fault[FAULT_RESET])
		relay_reset(link);
	else if (fault[FAULT_TRUNCATED_BODY])
		relay_cut(link, x->body.len / 2);
	else if (fault[FAULT_SLOW_BODY_MS])
		relay_slow(link, x->body.len, fault[FAULT_SLOW_BODY_MS]);
}

static void finish(struct sandbox *sb, struct exchange *x)
{
	struct api_state *state = state_of(x);

	if (x->body.failed)
		exchange_refuse(x, REFUSE_BROKEN,
				"The answer is too large for the sandbox");
	if (state)
		state->refused += x->status >= 400;
	if (x->type && x->fault.value[FAULT_OVERSIZED_BYTES])
		pad(x, x->fault.value[FAULT_OVERSIZED_BYTES]);
	if (x->type && x->fault.value[FAULT_WRONG_CONTENT_TYPE])
		x->type = "text/html; charset=utf-8";
	spoil_transport(sb->relay, x);
	if (x->fault.value[FAULT_LATENCY_MS] == 0) {
		send_answer(x);
		return;
	}
	TAILQ_INSERT_TAIL(&sb->held, x, link);
	loop_timer_set(&x->timer, x->fault.value[FAULT_LATENCY_MS]);
}

/* --- what comes before the handler --- */

static bool refused_by_fault(struct exchange *x)
{
	const int64_t *fault = x->fault.value;
	char text[24], now[TEXT_SIZE];

	if (fault[FAULT_THROTTLE_PERCENT]) {
		(void)snprintf(text, sizeof(text), "%lld",
			       (long long)(fault[FAULT_RETRY_AFTER_S]
						   ? fault[FAULT_RETRY_AFTER_S]
						   : 1));
		exchange_header(x, "Retry-After", text);
		exchange_refuse(x, REFUSE_THROTTLED,
				time_text(clock_wall_ms(), TIME_Z, now));
		return true;
	}
	if (fault[FAULT_ERROR_PERCENT]) {
		exchange_refuse(x, REFUSE_BROKEN, "It was asked to fail");
		if (fault[FAULT_ERROR_STATUS])
			x->status = (int)fault[FAULT_ERROR_STATUS];
		return true;
	}
	if (fault[FAULT_FORBIDDEN]) {
		exchange_refuse(x, REFUSE_FORBIDDEN, NULL);
		return true;
	}
	return false;
}

static void dispatch(struct exchange *x)
{
	struct err err = { 0 };
	struct http_match m;
	const struct endpoint *e;
	int status;

	if (x->fault.value[FAULT_REVOKED] || !x->api->is_authorized(x)) {
		exchange_refuse(x, REFUSE_AUTH, NULL);
		return;
	}
	if (refused_by_fault(x))
		return;
	status = http_route_find(x->api->routes, http_request_method(x->req),
				 http_request_path(x->req), &m);
	if (status != 0) {
		exchange_refuse(
			x, status == 405 ? REFUSE_METHOD : REFUSE_NOT_FOUND,
			"There is no such call in the sandbox");
		return;
	}
	if (query_parse(&x->query, &x->arena, http_request_query(x->req),
			&err) < 0) {
		exchange_refuse(x, REFUSE_INVALID, err.text);
		return;
	}
	memcpy(x->params, m.params, sizeof(x->params));
	e = m.route->target;
	e->run(x);
}

void exchange_begin(struct sandbox *sb, struct http_request *req)
{
	struct exchange *x = mem_new(sizeof(*x));
	struct api_state *state;

	x->sandbox = sb;
	x->req = req;
	x->api = api_of(http_request_path(req));
	x->status = 200;
	x->type = "application/json";
	x->view = (struct view){ &sb->company, &x->fault };
	arena_init(&x->arena, ARENA_MAX);
	buf_init(&x->body, ANSWER_MAX);
	json_writer_init(&x->json, &x->body);
	loop_timer_init(&x->timer, sb->loop, held_cb, x);
	state = state_of(x);
	if (state) {
		state->requests++;
		x->fault = fault_next(&state->fault, sb->company.seed,
				      &state->drawn);
	}
	dispatch(x);
	finish(sb, x);
}

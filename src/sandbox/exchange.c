#include "exchange.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "bomb.h"
#include "crypto/encode.h"
#include "relay.h"
#include "state.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX  (4u << 20)
#define ANSWER_MAX (64u << 20) /* that is not streamed */
#define STREAM_MIN (1u << 20)  /* less of a stream is sent as a whole */
#define PADDING	   65536       /* at once, of an oversized stream */

#define HELD_LOOK_MS 10 /* how often it is seen whether to hold on */

/* Whose paths begin so; the first that fits counts. */
static const struct {
	const char *prefix;
	const struct api *api;
} places[] = {
	{ "/sandbox/", &control_api },
	{ "/api/v1/", &bamboohr_api },
	{ "/api/v1_2/", &bamboohr_api },
	{ "/api/v2/", &bamboohr_api },
	{ "/token.php", &bamboohr_api },
	{ "/authorize.php", &bamboohr_api },
	{ "/v1/", &hibob_api },
	{ "/as/workday/", &workday_api },
	{ "/as/personio/", &personio_api },
	{ "/as/gusto/", &gusto_api },
	{ "/as/deel/", &deel_api },
	{ "/as/merge/", &merge_api },
	{ "/as/workos/", &workos_api },
	{ "/as/factorial/", &factorial_api },
	{ "/as/humaans/", &humaans_api },
	{ "/as/namely/", &namely_api },
	{ "/as/csv/", &csv_api },
	{ "/as/", &control_api }, /* of nobody */
	{ "/", &rippling_api },
};

static const struct api *api_of(struct str path)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(places) &&
	       !str_starts(path, str_of(places[i].prefix)))
		i++;
	return places[i].api;
}

const struct api *api_of_vendor(enum vendor v)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (places[i].api->vendor == v)
			return places[i].api;
	return NULL;
}

struct api_state *exchange_state(struct exchange *x)
{
	return x->api->vendor < API_COUNT ? &x->sandbox->apis[x->api->vendor]
					  : NULL;
}

const char *exchange_credential(struct exchange *x, enum credential c)
{
	return x->sandbox->credentials.text[c];
}

void exchange_base(struct exchange *x, enum vendor v, struct buf *out)
{
	struct str host = http_request_header(x->req, "Host");

	buf_addf(out, "http://%.*s%s", STR_ARG(host), vendor_base(v));
}

void exchange_stream(struct exchange *x, bool (*more)(struct exchange *x),
		     void *arg)
{
	x->more = more;
	x->more_arg = arg;
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

void exchange_write_refusal(struct exchange *x, const struct refusal_row *r,
			    const char *detail)
{
	if (r->type)
		add_detailed(&x->body, r->body, detail);
}

void exchange_refuse(struct exchange *x, enum refusal why, const char *detail)
{
	const struct refusal_row *r = &x->api->refusals[why];

	x->status = r->status;
	x->type = r->type;
	x->more = NULL;
	buf_clear(&x->body);
	if (x->api->write_refusal)
		x->api->write_refusal(x, why, detail);
	else
		exchange_write_refusal(x, r, detail);
	if (r->message_header && detail)
		exchange_header(x, r->message_header, detail);
}

bool exchange_person(struct exchange *x, struct employee *out)
{
	uint32_t n;

	if (vendor_id_find(x->api->vendor, &x->sandbox->company, x->params[0],
			   &n) &&
	    view_get(&x->view, n, out))
		return true;
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is nobody with this id");
	return false;
}

bool exchange_has_token(struct exchange *x, enum credential c)
{
	struct str token = exchange_bearer(x);

	return str_is(token, exchange_credential(x, c)) ||
	       token_is_good(x, TOKEN_COMPANY, token);
}

bool exchange_owner(struct exchange *x, struct employee *out)
{
	if (view_get(&x->view, 0, out))
		return true;
	exchange_refuse(x, REFUSE_NOT_FOUND, "Nobody made this token");
	return false;
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

/* JSON and XML allow white space at the end, so the answer stays valid. */
static void pad(struct buf *body, size_t bytes)
{
	while (body->len < bytes && !body->failed)
		buf_addf(body, "%4096s", "");
}

static bool stream_more(struct buf *out, void *arg)
{
	struct exchange *x = arg;
	size_t wanted = (size_t)x->fault.value[FAULT_OVERSIZED_BYTES];
	bool more = x->more != NULL;

	buf_clear(&x->body);
	if (more && !x->more(x))
		x->more = NULL;
	if (!more && x->sent < wanted)
		pad(&x->body, PADDING);
	buf_add_str(out, buf_str(&x->body));
	out->failed |= x->body.failed;
	x->sent += x->body.len;
	return x->more || x->sent < wanted;
}

static void stream_done(void *arg)
{
	release(arg);
}

static void send_answer(struct exchange *x)
{
	const struct http_source source = { stream_more, stream_done, x };
	struct http_reply reply = { .status = x->status,
				    .headers = x->headers,
				    .header_count = x->header_count };

	if (x->type) {
		ASSERT(x->header_count < EXCHANGE_HEADERS);
		x->headers[reply.header_count++] =
			(struct http_header){ "Content-Type", x->type };
		reply.body = buf_str(&x->body);
		x->sent = x->body.len;
	}
	if (x->more) {
		reply.source = &source; /* which releases it */
		http_reply(x->req, &reply);
		return;
	}
	http_reply(x->req, &reply);
	release(x);
}

/* The answer stands, and is not sent before this is cleared. */
static bool is_held(struct exchange *x, const struct fault_set *f)
{
	return f->value[FAULT_HELD_PATH] &&
	       str_is(http_request_path(x->req), f->text[FAULT_TEXT_HELD]);
}

static void held_cb(void *arg)
{
	struct exchange *x = arg;
	const struct api_state *state = exchange_state(x);

	if (state && is_held(x, &x->fault) && is_held(x, &state->fault)) {
		loop_timer_set(&x->timer, HELD_LOOK_MS);
		return;
	}
	TAILQ_REMOVE(&x->sandbox->held, x, link);
	send_answer(x);
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
	else if (fault[FAULT_DRIP_MS])
		relay_drip(link, fault[FAULT_DRIP_MS]);
	else if (fault[FAULT_SLOW_BODY_MS])
		relay_slow(link, x->body.len, fault[FAULT_SLOW_BODY_MS]);
}

/* What is small enough is sent with its length, as most answers are. */
static void fill(struct exchange *x)
{
	while (x->more && x->body.len < STREAM_MIN && !x->body.failed)
		if (!x->more(x))
			x->more = NULL;
}

static void spoil_body(struct exchange *x)
{
	const int64_t *fault = x->fault.value;

	if (!x->type)
		return;
	if (fault[FAULT_OVERSIZED_BYTES] && !x->more)
		pad(&x->body, (size_t)fault[FAULT_OVERSIZED_BYTES]);
	if (fault[FAULT_GZIP_BOMB] &&
	    bomb_make(&x->body, (size_t)fault[FAULT_GZIP_BOMB])) {
		x->more = NULL;
		exchange_header(x, "Content-Encoding", "gzip");
	}
	if (fault[FAULT_WRONG_CONTENT_TYPE])
		x->type = "text/html; charset=utf-8";
}

static void finish(struct sandbox *sb, struct exchange *x)
{
	struct api_state *state = exchange_state(x);
	int64_t wait_ms = x->fault.value[FAULT_LATENCY_MS];

	fill(x);
	if (x->body.failed)
		exchange_refuse(x, REFUSE_BROKEN,
				"The answer is too large for the sandbox");
	if (state)
		state->refused += x->status >= 400;
	spoil_body(x);
	spoil_transport(sb->relay, x);
	if (wait_ms == 0 && is_held(x, &x->fault))
		wait_ms = HELD_LOOK_MS;
	if (wait_ms == 0) {
		send_answer(x);
		return;
	}
	TAILQ_INSERT_TAIL(&sb->held, x, link);
	loop_timer_set(&x->timer, wait_ms);
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
	if (fault[FAULT_REDIRECT]) {
		x->status = 302;
		x->type = NULL;
		exchange_header(x, "Location",
				x->fault.text[FAULT_TEXT_REDIRECT]);
		return true;
	}
	if (fault[FAULT_MISSING_PATH] &&
	    str_is(http_request_path(x->req), x->fault.text[FAULT_TEXT_PATH])) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "It was asked to be away");
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

static bool is_locked(struct exchange *x)
{
	struct api_state *s = exchange_state(x);

	if (!s || !x->api->refusals[REFUSE_LOCKED].status)
		return false;
	if (clock_mono_ms() - s->wrong_since_ms >= LOCK_MS)
		s->wrong = 0;
	return s->wrong >= LOCK_AFTER;
}

static void count_wrong(struct exchange *x)
{
	struct api_state *s = exchange_state(x);

	if (s && s->wrong++ == 0)
		s->wrong_since_ms = clock_mono_ms();
}

static bool may_come_in(struct exchange *x)
{
	if (is_locked(x)) {
		exchange_refuse(x, REFUSE_LOCKED, NULL);
		return false;
	}
	if (!x->fault.value[FAULT_REVOKED] && x->api->is_authorized(x))
		return true;
	count_wrong(x);
	exchange_refuse(x, REFUSE_AUTH, NULL);
	return false;
}

static void run(struct exchange *x, const struct endpoint *e)
{
	const struct limit *l = e->limit  ? e->limit
				: e->open ? NULL
					  : x->api->limit;
	struct err err = { 0 };

	if (l && !limit_take(x, l))
		return;
	if (query_parse(&x->query, &x->arena, http_request_query(x->req),
			&err) < 0)
		exchange_refuse(x, REFUSE_INVALID, err.text);
	else
		e->run(x);
}

static void dispatch(struct exchange *x)
{
	const struct endpoint *e = NULL;
	struct http_match m;
	int status =
		http_route_find(x->api->routes, http_request_method(x->req),
				http_request_path(x->req), &m);

	if (status == 0)
		e = m.route->target;
	if (!(e && e->open) && !may_come_in(x))
		return;
	if (refused_by_fault(x))
		return;
	if (!e) {
		exchange_refuse(
			x, status == 405 ? REFUSE_METHOD : REFUSE_NOT_FOUND,
			"There is no such call in the sandbox");
		return;
	}
	memcpy(x->params, m.params, sizeof(x->params));
	run(x, e);
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
	x->view = (struct view){ .company = &sb->company, .fault = &x->fault };
	arena_init(&x->arena, ARENA_MAX);
	buf_init(&x->body, ANSWER_MAX);
	json_writer_init(&x->json, &x->body);
	loop_timer_init(&x->timer, sb->loop, held_cb, x);
	state = exchange_state(x);
	if (state) {
		state->requests++;
		x->fault = fault_next(&state->fault, sb->company.seed,
				      &state->drawn);
	}
	dispatch(x);
	finish(sb, x);
}

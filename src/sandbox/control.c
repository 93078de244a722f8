/* The control API: what the sandbox is and does, for whoever drives it. */
#include "control.h"

#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "relay.h"
#include "sender.h"
#include "state.h"
#include "text.h"

#define MINUTE_MAX  3600000
#define ADVANCE_MAX (3650 * CLOCK_DAY_MS)

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json", "{\"error\":%s}", NULL },
	[REFUSE_AUTH] = { 403, "application/json",
			  "{\"error\":\"The control API answers this machine "
			  "only\"}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json", "{\"error\":%s}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json", "{\"error\":%s}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json", "{\"error\":%s}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json", "{\"error\":%s}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json", "{\"error\":%s}", NULL },
};

void control_refuse(struct exchange *x, const struct err *err)
{
	exchange_refuse(x, REFUSE_INVALID, err->text);
	x->status = err_policy(err->kind)->http_status;
}

/* Whoever can reach it can do anything, so only this machine may. */
static bool is_local(struct exchange *x)
{
	struct relay_link *l =
		relay_find(x->sandbox->relay, http_request_peer(x->req));

	return !l || relay_is_local(l);
}

/* --- the state --- */

static void write_clock(struct exchange *x)
{
	const struct company *c = &x->sandbox->company;
	char text[CLOCK_TEXT_SIZE];

	json_open_object(&x->json, "clock");
	json_add_z(&x->json, "now", clock_format_ms(company_now_ms(c), text));
	json_add_bool(&x->json, "stands", c->fixed_ms >= 0);
	json_close(&x->json);
}

static void write_people(struct exchange *x)
{
	struct company *c = &x->sandbox->company;
	const uint32_t *counts = company_count(c);
	uint32_t total = 0;

	json_open_object(&x->json, "people");
	for (unsigned s = 0; s < EMPLOYEE_STATUS_COUNT; s++) {
		json_add_int(&x->json,
			     employee_status_name((enum employee_status)s),
			     counts[s]);
		total += counts[s];
	}
	json_add_int(&x->json, "total", total);
	json_add_int(&x->json, "changed", (int64_t)c->overrides.len);
	json_close(&x->json);
}

static void write_apis(struct exchange *x)
{
	json_open_object(&x->json, "apis");
	for (unsigned v = 0; v < API_COUNT; v++) {
		const struct api_state *s = &x->sandbox->apis[v];

		json_open_object(&x->json, vendor_name((enum vendor)v));
		json_add_int(&x->json, "requests", (int64_t)s->requests);
		json_add_int(&x->json, "refused", (int64_t)s->refused);
		json_close(&x->json);
	}
	json_close(&x->json);
}

static void write_webhooks(struct exchange *x)
{
	struct sender_counts c;

	sender_count(x->sandbox->sender, &c);
	json_open_object(&x->json, "webhooks");
	json_add_int(&x->json, "queued", (int64_t)c.queued);
	json_add_int(&x->json, "attempts", (int64_t)c.attempts);
	json_add_int(&x->json, "accepted", (int64_t)c.accepted);
	json_add_int(&x->json, "failed", (int64_t)c.failed);
	json_add_int(&x->json, "dropped", (int64_t)c.dropped);
	json_add_int(&x->json, "lost", (int64_t)c.lost);
	json_add_int(&x->json, "waiting", (int64_t)c.waiting);
	json_add_int(&x->json, "in_flight", (int64_t)c.in_flight);
	json_close(&x->json);
}

static void write_held(struct exchange *x)
{
	const struct exchange *held;
	int64_t count = 0;

	TAILQ_FOREACH (held, &x->sandbox->held, link)
		count++;
	json_add_int(&x->json, "held", count);
}

static void write_settings(struct exchange *x, const char *key)
{
	const struct sender_settings *s = sender_settings(x->sandbox->sender);

	json_open_object(&x->json, key);
	json_add_int(&x->json, "rate_per_minute", (int64_t)x->sandbox->rate);
	json_add_int(&x->json, "in_flight", s->in_flight);
	json_add_int(&x->json, "retry_minute_ms", s->minute_ms);
	json_close(&x->json);
}

static void get_state(struct exchange *x)
{
	char seed[32];
	struct buf b;

	buf_init(&b, sizeof(seed));
	buf_add_u64(&b, x->sandbox->company.seed);
	json_open_object(&x->json, NULL);
	json_add_string(&x->json, "seed", buf_str(&b));
	write_clock(x);
	write_people(x);
	write_apis(x);
	write_held(x);
	write_webhooks(x);
	write_settings(x, "settings");
	json_open_array(&x->json, "jobs");
	jobs_write(&x->sandbox->jobs, &x->json);
	json_close(&x->json);
	json_close(&x->json);
	buf_release(&b);
}

static void get_credentials(struct exchange *x)
{
	char token[TOKEN_SIZE];
	struct buf base;

	buf_init(&base, 1024);
	json_open_object(&x->json, NULL);
	for (unsigned i = 0; i < API_COUNT; i++) {
		enum vendor v = (enum vendor)i;

		buf_clear(&base);
		exchange_base(x, v, &base);
		json_open_object(&x->json, vendor_name(v));
		json_add_string(&x->json, "base_url", buf_str(&base));
		credentials_write(&x->sandbox->credentials, v, &x->json);
		if (token_refresh(x->sandbox, v, token)[0])
			json_add_z(&x->json, "refresh_token", token);
		json_close(&x->json);
	}
	json_close(&x->json);
	buf_release(&base);
}

/* --- settings and the clock --- */

/* A number of the object, when it is there. False: out of range. */
static bool take_number(struct exchange *x, const struct json *body,
			const char *name, int64_t min, int64_t max,
			int64_t *out)
{
	const struct json *v = json_get(body, name);
	char *text;
	int64_t n;

	if (!v)
		return true;
	if (json_int(v, &n) && n >= min && n <= max) {
		*out = n;
		return true;
	}
	text = arena_printf(&x->arena, "%s: a number from %lld to %lld", name,
			    (long long)min, (long long)max);
	exchange_refuse(x, REFUSE_INVALID, text);
	return false;
}

static void put_settings(struct exchange *x)
{
	struct sender_settings *s = sender_settings(x->sandbox->sender);
	int64_t rate = (int64_t)x->sandbox->rate;
	int64_t in_flight = s->in_flight, minute = s->minute_ms;
	const struct json *body;

	if (exchange_json(x, &body) < 0 ||
	    !take_number(x, body, "rate_per_minute", 0, SANDBOX_RATE_MAX,
			 &rate) ||
	    !take_number(x, body, "in_flight", 1, IN_FLIGHT_MAX, &in_flight) ||
	    !take_number(x, body, "retry_minute_ms", 1, MINUTE_MAX, &minute))
		return;
	x->sandbox->rate = (uint64_t)rate;
	s->in_flight = in_flight;
	s->minute_ms = minute;
	write_settings(x, NULL);
}

/* {"advance_ms": n} or {"to": "2026-12-01T00:00:00Z"}; never back. */
static void post_clock(struct exchange *x)
{
	struct company *c = &x->sandbox->company;
	const struct json *body;
	struct str to;
	int64_t ms = 0, at;

	if (exchange_json(x, &body) < 0 ||
	    !take_number(x, body, "advance_ms", 0, ADVANCE_MAX, &ms))
		return;
	to = json_string(json_get(body, "to"));
	if (to.ptr) {
		if (!clock_parse_ms(to, &at) || at < company_now_ms(c) ||
		    at - company_now_ms(c) > ADVANCE_MAX) {
			exchange_refuse(x, REFUSE_INVALID,
					"to: a later time, within ten years");
			return;
		}
		ms = at - company_now_ms(c);
	}
	company_advance(c, ms);
	json_open_object(&x->json, NULL);
	write_clock(x);
	json_close(&x->json);
}

/* --- faults --- */

/* NULL and a refusal when the path names no such thing. */
static struct fault_set *faults_of(struct exchange *x, enum fault_scope *scope)
{
	enum vendor v;

	*scope = FAULT_OF_WEBHOOKS;
	if (str_is(x->params[0], "webhooks"))
		return &sender_settings(x->sandbox->sender)->fault;
	*scope = FAULT_OF_API;
	if (vendor_find(x->params[0], &v) && v < API_COUNT)
		return &x->sandbox->apis[v].fault;
	exchange_refuse(x, REFUSE_NOT_FOUND,
			"faults of webhooks, or of an API by its provider's "
			"name, such as bamboohr");
	return NULL;
}

static void show_faults(struct exchange *x, const struct fault_set *f,
			enum fault_scope scope)
{
	json_open_object(&x->json, NULL);
	fault_write(f, scope, &x->json);
	json_close(&x->json);
}

static void get_faults(struct exchange *x)
{
	enum fault_scope scope;
	struct fault_set *f = faults_of(x, &scope);

	if (f)
		show_faults(x, f, scope);
}

static void patch_faults(struct exchange *x)
{
	enum fault_scope scope;
	struct fault_set *f = faults_of(x, &scope);
	const struct json *body;
	struct err err = { 0 };

	if (!f || exchange_json(x, &body) < 0)
		return;
	if (fault_read(f, scope, body, &err) < 0)
		control_refuse(x, &err);
	else
		show_faults(x, f, scope);
}

static void delete_faults(struct exchange *x)
{
	enum fault_scope scope;
	struct fault_set *f = faults_of(x, &scope);
	enum vendor v;

	if (!f)
		return;
	*f = (struct fault_set){ 0 };
	if (vendor_find(x->params[0], &v) && v < API_COUNT) {
		x->sandbox->apis[v].wrong = 0; /* nobody is locked out */
		memset(x->sandbox->apis[v].windows, 0,
		       sizeof(x->sandbox->apis[v].windows));
	}
	show_faults(x, f, scope);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/sandbox/state", RUN(get_state) },
	{ HTTP_GET, "/sandbox/credentials", RUN(get_credentials) },
	{ HTTP_PATCH, "/sandbox/settings", RUN(put_settings) },
	{ HTTP_POST, "/sandbox/clock", RUN(post_clock) },
	{ HTTP_GET, "/sandbox/faults/{api}", RUN(get_faults) },
	{ HTTP_PATCH, "/sandbox/faults/{api}", RUN(patch_faults) },
	{ HTTP_DELETE, "/sandbox/faults/{api}", RUN(delete_faults) },
	{ HTTP_POST, "/sandbox/act", RUN(control_act) },
	{ HTTP_POST, "/sandbox/announce", RUN(control_announce) },
	{ HTTP_GET, "/sandbox/people", RUN(control_people) },
	{ HTTP_GET, "/sandbox/people/{n}", RUN(control_get_person) },
	{ HTTP_GET, "/sandbox/subscriptions", RUN(control_subscriptions) },
	{ HTTP_POST, "/sandbox/subscriptions", RUN(control_subscribe) },
	{ HTTP_DELETE, "/sandbox/subscriptions/{id}",
	  RUN(control_unsubscribe) },
	{ HTTP_GET, "/sandbox/log", RUN(control_log) },
	{ HTTP_GET, NULL, NULL },
};

const struct api control_api = {
	.vendor = VENDOR_COUNT,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_local,
};

/* Humaans: people by $limit and $skip, their roles in a list of its own. */
#include "base/clock.h"
#include "exchange.h"
#include "hooks.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define AT "/as/humaans/api"

static const struct id_form roles = { "Rr3kTq9vWx2p", .middle = "" };
static const struct id_form places = { "Lm3kTq9vWx2p", .middle = "" };
static const struct id_form webhooks = { "Hk3kTq9vWx2p", .middle = "" };
static const struct id_form event_ids = { "Ev3kTq9vWx2p", .middle = "" };

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"code\":400,\"name\":\"BadRequest\","
			     "\"message\":%s}",
			     NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"code\":401,\"name\":\"NotAuthenticated\","
			  "\"message\":\"Access token not found\"}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"code\":403,\"name\":\"Forbidden\","
			       "\"message\":\"Insufficient scope\"}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"code\":404,\"name\":\"NotFound\","
			       "\"message\":%s}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"code\":405,\"name\":\"MethodNotAllowed\","
			    "\"message\":%s}",
			    NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"code\":429,\"name\":\"TooManyRequests\","
			       "\"message\":\"Too many requests\"}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"code\":500,\"name\":\"GeneralError\","
			    "\"message\":%s}",
			    NULL },
};

/* Theirs is not published; a 429 says how long. */
static const struct limit limit = { .count = 600,
				    .window_ms = 60000,
				    .retry_after = true };

static bool is_authorized(struct exchange *x)
{
	return str_is(exchange_bearer(x),
		      exchange_credential(x, CRED_HUMAANS_TOKEN));
}

/* --- records --- */

static const char *status_of(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "newHire",
		[EMPLOYEE_ACTIVE] = "active",
		[EMPLOYEE_ON_LEAVE] = "active", /* leave is no word of theirs */
		[EMPLOYEE_DEPARTED] = "offboarded",
	};

	return status_word(e, words);
}

static void write_names(struct json_writer *w, const struct employee *e)
{
	char home[TEXT_SIZE];

	add_text(w, "firstName", e->first);
	json_add_null(w, "middleName");
	add_text(w, "lastName", e->last);
	add_text(w, "preferredName", e->preferred);
	add_text(w, "email", e->email);
	json_add_z(w, "personalEmail", home_email(e, home));
}

static void write_person(struct json_writer *w, const struct view *v,
			 const struct employee *e)
{
	json_open_object(w, NULL);
	add_person(w, "id", VENDOR_HUMAANS, v, e->n);
	json_add_z(w, "companyId", "Co3kTq9vWx2p000000000001");
	write_names(w, e);
	add_text(w, "status", status_of(e));
	add_field(w, "contractType", e, FIELD_TYPE);
	add_field(w, "employmentStartDate", e, FIELD_START);
	add_field(w, "employmentEndDate", e, FIELD_END);
	add_field(w, "lastWorkingDate", e, FIELD_END);
	json_add_null(w, "probationEndDate");
	add_text(w, "leavingReason",
		 e->status == EMPLOYEE_DEPARTED ? "resigned" : "");
	add_field(w, "employeeId", e, FIELD_NUMBER);
	if (employee_has(e, FIELD_LOCATION))
		add_object(w, "locationId", &places, v, e->location);
	else
		json_add_null(w, "locationId");
	json_open_array(w, "teams");
	json_close(w);
	add_time(w, "createdAt", e->created_ms, TIME_Z);
	add_time(w, "updatedAt", e->changed_ms, TIME_Z);
	json_close(w);
}

static void write_role(struct json_writer *w, const struct view *v,
		       const struct employee *e)
{
	json_open_object(w, NULL);
	add_object(w, "id", &roles, v, e->n);
	add_person(w, "personId", VENDOR_HUMAANS, v, e->n);
	add_text(w, "jobTitle", e->title);
	add_field(w, "department", e, FIELD_DEPARTMENT);
	add_field(w, "level", e, FIELD_LEVEL);
	add_person(w, "reportingTo", VENDOR_HUMAANS, v, e->manager);
	add_field(w, "effectiveDate", e, FIELD_START);
	json_add_null(w, "endDate");
	add_time(w, "createdAt", e->created_ms, TIME_Z);
	add_time(w, "updatedAt", e->changed_ms, TIME_Z);
	json_close(w);
}

/* --- lists --- */

static const struct page_form pages = { PAGE_OFFSET, "$skip", "$limit",
					100,	     250,     false };

/* updatedAt[$gte]=2026-01-01T00:00:00Z */
static bool read_wanted(struct exchange *x, struct wanted *w)
{
	struct str since = query_get(&x->query, "updatedAt[$gte]");

	*w = WANTED_ALL;
	if (!since.ptr || clock_parse_ms(since, &w->changed_since_ms))
		return true;
	exchange_refuse(x, REFUSE_INVALID, "updatedAt[$gte]: a time");
	return false;
}

static void write_envelope(struct exchange *x, uint32_t total, uint32_t size,
			   uint32_t skip)
{
	json_add_int(&x->json, "total", total);
	json_add_int(&x->json, "limit", size);
	json_add_int(&x->json, "skip", skip);
}

static void list(struct exchange *x, page_write_fn *write)
{
	struct wanted w;
	struct page p;

	if (!read_wanted(x, &w) || !page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	write_envelope(x, page_total(x, &p), p.limit, p.at);
	page_write(x, &p, "data", write);
	json_close(&x->json);
}

static void list_people(struct exchange *x)
{
	list(x, write_person);
}

static void get_person(struct exchange *x)
{
	struct employee e;

	if (exchange_person(x, &e))
		write_person(&x->json, &x->view, &e);
}

/* All, or with personId those of one. */
static void list_roles(struct exchange *x)
{
	struct str id = query_get(&x->query, "personId");
	struct employee e;
	uint32_t n;
	bool there;

	if (!id.ptr) {
		list(x, write_role);
		return;
	}
	there = vendor_id_find(VENDOR_HUMAANS, &x->sandbox->company, id, &n) &&
		view_get(&x->view, n, &e);
	json_open_object(&x->json, NULL);
	write_envelope(x, there, pages.usual, 0);
	json_open_array(&x->json, "data");
	if (there)
		write_role(&x->json, &x->view, &e);
	json_close(&x->json);
	json_close(&x->json);
}

static void list_places(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	write_envelope(x, LOCATION_COUNT, pages.usual, 0);
	json_open_array(&x->json, "data");
	for (uint32_t i = 0; i < LOCATION_COUNT; i++) {
		json_open_object(&x->json, NULL);
		add_object(&x->json, "id", &places, &x->view, i);
		json_add_z(&x->json, "label", locations[i].name);
		json_close(&x->json);
	}
	json_close(&x->json);
	json_close(&x->json);
}

static void get_me(struct exchange *x)
{
	struct employee e;

	if (exchange_owner(x, &e))
		write_person(&x->json, &x->view, &e);
}

/* --- webhooks --- */

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] =
	WEBHOOK_EVENTS("person.created", "person.updated", "person.updated",
		       "person.deleted");

static void body(const struct webhook_message *m, struct buf *out)
{
	char id[VENDOR_ID_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "id", id_text(&event_ids, 0, m->number, id));
	json_add_z(&w, "event", m->event);
	add_time(&w, "createdAt", m->now_us / 1000, TIME_Z);
	json_open_object(&w, "data");
	add_person(&w, "id", VENDOR_HUMAANS, m->view, m->happening->who->n);
	json_close(&w);
	json_close(&w);
}

const struct webhook_scheme humaans_webhook = {
	.events = events,
	.body = body,
	.header = "X-Humaans-Signature",
	.algorithm = HMAC_SHA256,
	.encoding = ENCODING_HEX,
	/* nothing is known of theirs: a few */
	.policy = { .on_4xx = true,
		    .retries = 4,
		    .minutes = { 1, 10, 60, 360 } },
};

static void write_webhook(struct exchange *x, const struct subscription *sub,
			  bool whole)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", hook_id(&webhooks, sub, id));
	json_add_z(&x->json, "url", sub->target.url);
	json_open_array(&x->json, "events");
	for (size_t i = 0; i < WEBHOOK_WANTS_MAX && sub->target.wants[i]; i++)
		json_add_z(&x->json, NULL, sub->target.wants[i]);
	json_close(&x->json);
	if (whole)
		json_add_z(&x->json, "secret", sub->target.secret);
	add_time(&x->json, "createdAt", sub->created_ms, TIME_Z);
	json_close(&x->json);
}

static void add_webhook(struct exchange *x)
{
	struct subscription spec, *sub;
	const struct json *given;

	if (exchange_json(x, &given) < 0 ||
	    !hook_begin(x, json_get(given, "url"), NULL,
			json_get(given, "events"), &spec))
		return;
	sub = hook_make(x, &spec);
	if (sub)
		write_webhook(x, sub, true);
}

static void list_webhooks(struct exchange *x)
{
	struct subscription *sub = NULL;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	while ((sub = hook_next(x, sub)))
		write_webhook(x, sub, false);
	json_close(&x->json);
	json_close(&x->json);
}

static void get_webhook(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		write_webhook(x, sub, false);
}

static void remove_webhook(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		hook_remove(x, sub);
}

static const struct http_route routes[] = {
	{ HTTP_GET, AT "/people", RUN(list_people) },
	{ HTTP_GET, AT "/people/{id}", RUN(get_person) },
	{ HTTP_GET, AT "/job-roles", RUN(list_roles) },
	{ HTTP_GET, AT "/locations", RUN(list_places) },
	{ HTTP_GET, AT "/me", RUN(get_me) },
	{ HTTP_GET, AT "/webhooks", RUN(list_webhooks) },
	{ HTTP_POST, AT "/webhooks", RUN(add_webhook) },
	{ HTTP_GET, AT "/webhooks/{id}", RUN(get_webhook) },
	{ HTTP_DELETE, AT "/webhooks/{id}", RUN(remove_webhook) },
	{ HTTP_GET, NULL, NULL },
};

const struct api humaans_api = {
	.vendor = VENDOR_HUMAANS,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.limit = &limit,
};

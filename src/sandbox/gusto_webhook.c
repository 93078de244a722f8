/* Gusto's webhooks, the handshake that they begin with, and its events. */
#include "eventlog.h"
#include "gusto.h"
#include "hooks.h"
#include "render.h"
#include "state.h"

#define EVENTS_USUAL 25
#define EVENTS_LIMIT 100

static const struct id_form webhooks = ID_UUID("b0605700");
static const struct id_form event_ids = ID_UUID("e0e05700");

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { "employee.created" },
	[HAPPENED_UPDATED] = { "employee.updated" },
	[HAPPENED_JOINED] = { "employee.onboarded" },
	[HAPPENED_LEAVE_BEGAN] = { "employee.updated" },
	[HAPPENED_LEAVE_ENDED] = { "employee.updated" },
	[HAPPENED_LEFT] = { "employee.terminated" },
	[HAPPENED_REHIRED] = { "employee.rehired" },
	[HAPPENED_DELETED] = { "employee.deleted" },
};

static void write_event(const struct webhook_message *m, struct json_writer *w)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(w, NULL);
	/* It does not change with the company's epoch, as people's ids do. */
	json_add_z(w, "uuid", id_text(&event_ids, 0, m->number, id));
	json_add_z(w, "event_type", m->event);
	json_add_z(w, "resource_type", "Company");
	json_add_z(w, "resource_uuid", GUSTO_COMPANY);
	json_add_z(w, "entity_type", "Employee");
	add_person(w, "entity_uuid", VENDOR_GUSTO, m->view,
		   m->happening->who->n);
	json_add_int(w, "timestamp", m->now_us / 1000000);
	json_close(w);
}

static void body(const struct webhook_message *m, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	write_event(m, &w);
}

/* Until it is given back through the API nothing else is sent. */
static bool hello(const struct webhook_target *t, unsigned k, struct buf *out)
{
	struct json_writer w;

	if (k > 0)
		return false;
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "verification_token", t->secret);
	json_close(&w);
	return true;
}

const struct webhook_scheme gusto_webhook = {
	.events = events,
	.body = body,
	.hello = hello,
	.confirmed = true,
	.header = "X-Gusto-Signature",
	.algorithm = HMAC_SHA256,
	.encoding = ENCODING_HEX,
	.policy = { .on_4xx = true,
		    .stops = true,
		    .retries = 16,
		    .minutes = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
				 1440, 1440, 1440, 1440, 1440 } },
};

/* --- the log of events --- */

/* "employee.*", or one of them whole. */
static bool is_wanted(struct str type, const char *event)
{
	if (type.len > 1 && type.ptr[type.len - 1] == '*')
		return str_starts(str_of(event),
				  (struct str){ type.ptr, type.len - 1 });
	return type.len == 0 || str_is(type, event);
}

void gusto_events(struct exchange *x)
{
	struct str after = query_get(&x->query, "starting_after_uuid");
	struct str type = query_get(&x->query, "event_type");
	struct str order = query_get(&x->query, "sort_order");
	struct str company = query_get(&x->query, "resource_uuid");
	struct event_log log;
	uint64_t limit = 0;
	uint32_t number = 0;

	if (query_number(&x->query, "limit", EVENTS_USUAL, 1, EVENTS_LIMIT,
			 &limit, NULL) < 0 ||
	    (after.ptr && !id_find(&event_ids, 0, after, &number)) ||
	    (order.ptr && !str_is(order, "asc")) ||
	    (company.ptr && !str_is(company, GUSTO_COMPANY))) {
		exchange_refuse(x, REFUSE_INVALID,
				"limit: 1 to 100; starting_after_uuid, "
				"resource_uuid: ours; sort_order: asc");
		return;
	}
	event_log_open(&log, x, after.ptr ? &number : NULL);
	json_open_array(&x->json, NULL);
	while (limit > 0 && event_log_next(&log)) {
		if (!is_wanted(type, log.message.event))
			continue;
		write_event(&log.message, &x->json);
		limit--;
	}
	json_close(&x->json);
}

/* --- subscriptions --- */

static void write_subscription(struct exchange *x,
			       const struct subscription *sub)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "uuid", hook_id(&webhooks, sub, id));
	json_add_z(&x->json, "url", sub->target.url);
	json_add_z(&x->json, "status",
		   sub->stopped	  ? "unreachable"
		   : sub->pending ? "pending"
				  : "verified");
	json_open_array(&x->json, "subscription_types");
	if (!sub->target.chosen)
		json_add_z(&x->json, NULL, "Employee");
	json_close(&x->json);
	json_close(&x->json);
}

/* Of the types the company has employees alone. */
void gusto_hook_add(struct exchange *x)
{
	struct subscription spec, *sub;
	const struct json *given, *types;

	if (exchange_json(x, &given) < 0)
		return;
	types = json_get(given, "subscription_types");
	if (json_size(types) == 0) {
		exchange_refuse(x, REFUSE_INVALID,
				"subscription_types: a list is needed");
		return;
	}
	if (!hook_begin(x, json_get(given, "url"), NULL, NULL, &spec))
		return;
	spec.target.chosen = true;
	for (const struct json *v = json_first(types); v; v = json_next(v))
		if (str_is(json_string(v), "Employee"))
			spec.target.chosen = false;
	sub = hook_make(x, &spec);
	if (sub)
		write_subscription(x, sub);
}

void gusto_hook_verify(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);
	const struct json *given;

	if (!sub || exchange_json(x, &given) < 0)
		return;
	if (!str_is(json_string(json_get(given, "verification_token")),
		    sub->target.secret)) {
		exchange_refuse(
			x, REFUSE_INVALID,
			"verification_token: not the one that was sent");
		return;
	}
	sub->pending = false;
	sender_changed(x->sandbox->sender);
	write_subscription(x, sub);
}

void gusto_hook_ask(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (!sub)
		return;
	sender_hello(x->sandbox->sender, sub);
	x->type = NULL;
}

void gusto_hook_get(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		write_subscription(x, sub);
}

void gusto_hook_remove(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		hook_remove(x, sub);
}

void gusto_hooks(struct exchange *x)
{
	struct subscription *sub = NULL;

	json_open_array(&x->json, NULL);
	while ((sub = hook_next(x, sub)))
		write_subscription(x, sub);
	json_close(&x->json);
}

void gusto_health(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "status", "healthy");
	json_close(&x->json);
}

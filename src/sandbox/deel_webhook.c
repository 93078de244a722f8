/* Deel's webhooks: thin, signed together with the method. */
#include "deel.h"
#include "hooks.h"
#include "render.h"
#include "state.h"

static const struct id_form webhooks = ID_UUID("b0de3100");
static const struct id_form trackings = ID_UUID("70de3100");

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { "worker.v2.created" },
	[HAPPENED_UPDATED] = { "worker.v2.updated" },
	[HAPPENED_JOINED] = { "worker.v2.updated" },
	[HAPPENED_LEAVE_BEGAN] = { "worker.v2.updated" },
	[HAPPENED_LEAVE_ENDED] = { "worker.v2.updated" },
	[HAPPENED_LEFT] = { "worker.v2.updated" },
	[HAPPENED_REHIRED] = { "worker.v2.updated" },
	[HAPPENED_DELETED] = { "worker.v2.deleted" },
};

static void body(const struct webhook_message *m, struct buf *out)
{
	char id[VENDOR_ID_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_open_object(&w, "data");
	json_open_object(&w, "meta");
	json_add_z(&w, "event_type", m->event);
	json_add_z(&w, "event_type_id", "e7de3100-0000-4000-8000-000000000001");
	json_add_int(&w, "organization_id", 4242);
	json_add_z(&w, "organization_name", "Make-believe Company");
	json_add_z(&w, "tracking_id", id_text(&trackings, 0, m->number, id));
	json_close(&w);
	json_open_object(&w, "resource");
	add_person(&w, "id", VENDOR_DEEL, m->view, m->happening->who->n);
	json_close(&w);
	json_close(&w);
	add_time(&w, "timestamp", m->now_us / 1000, TIME_Z);
	json_close(&w);
}

/* The signature itself is by the row below. */
static void sign(const struct webhook_signed *s)
{
	webhook_add(s->out, "x-deel-hmac-label", "hrisd");
	webhook_add(s->out, "x-deel-webhook-version", "v2");
}

const struct webhook_scheme deel_webhook = {
	.events = events,
	.body = body,
	.header = "x-deel-signature",
	.before = "POST",
	.algorithm = HMAC_SHA256,
	.encoding = ENCODING_HEX,
	.sign = sign,
	/* not published; they are said to give up after ten */
	.policy = { .on_4xx = true,
		    .stops = true,
		    .retries = 9,
		    .minutes = { 1, 2, 4, 8, 16, 32, 64, 128, 256 } },
};

/* whole: with the key, which is shown once. */
static void write_webhook(struct exchange *x, const char *key,
			  const struct subscription *sub, bool whole)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, key);
	json_add_z(&x->json, "id", hook_id(&webhooks, sub, id));
	json_add_z(&x->json, "name", sub->name);
	json_add_z(&x->json, "url", sub->target.url);
	json_add_z(&x->json, "status", sub->stopped ? "disabled" : "enabled");
	json_add_z(&x->json, "api_version", "v2");
	if (whole)
		json_add_z(&x->json, "signing_key", sub->target.secret);
	json_open_array(&x->json, "events");
	for (size_t i = 0; i < WEBHOOK_WANTS_MAX && sub->target.wants[i]; i++)
		json_add_z(&x->json, NULL, sub->target.wants[i]);
	json_close(&x->json);
	add_time(&x->json, "created_at", sub->created_ms, TIME_Z);
	json_close(&x->json);
}

static void write_one(struct exchange *x, const struct subscription *sub,
		      bool whole)
{
	json_open_object(&x->json, NULL);
	write_webhook(x, "data", sub, whole);
	json_close(&x->json);
}

void deel_hook_add(struct exchange *x)
{
	struct subscription spec, *sub;
	const struct json *given, *list;

	if (exchange_json(x, &given) < 0)
		return;
	list = json_get(given, "events");
	if (json_size(list) == 0) {
		exchange_refuse(x, REFUSE_INVALID, "events: a list is needed");
		return;
	}
	if (!hook_begin(x, json_get(given, "url"),
			json_get(given, "signing_key"), list, &spec))
		return;
	spec.stopped =
		str_is(json_string(json_get(given, "status")), "disabled");
	sub = hook_make(x, &spec);
	if (sub)
		write_one(x, sub, true);
}

void deel_hook_get(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		write_one(x, sub, false);
}

void deel_hook_remove(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		hook_remove(x, sub);
}

void deel_hooks(struct exchange *x)
{
	struct subscription *sub = NULL;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	while ((sub = hook_next(x, sub)))
		write_webhook(x, NULL, sub, false);
	json_close(&x->json);
	json_close(&x->json);
}

void deel_hook_types(struct exchange *x)
{
	static const char *const names[] = { "worker.v2.created",
					     "worker.v2.updated",
					     "worker.v2.deleted" };

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_open_object(&x->json, NULL);
		json_add_z(&x->json, "name", names[i]);
		json_add_z(&x->json, "module_name", "people");
		json_close(&x->json);
	}
	json_close(&x->json);
	json_close(&x->json);
}

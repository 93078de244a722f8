/* HiBob's webhooks, version 2: thin JSON, and a ping before anything else. */
#include "render.h"
#include "text.h"
#include "webhook.h"

#include <string.h>

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { "employee.created" },
	[HAPPENED_UPDATED] = { "employee.updated" },
	[HAPPENED_JOINED] = { "employee.joined", "employee.activated" },
	[HAPPENED_LEAVE_BEGAN] = { "table.entry.created" },
	[HAPPENED_LEAVE_ENDED] = { "table.entry.created" },
	[HAPPENED_LEFT] = { "employee.left", "employee.inactivated" },
	[HAPPENED_REHIRED] = { "employee.joined", "employee.activated" },
	[HAPPENED_DELETED] = { "employee.deleted" },
};

static void write_updates(const struct happening *h, struct json_writer *w)
{
	json_open_array(w, "fieldUpdates");
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
		if (!(h->fields & FIELD_BIT(f)))
			continue;
		json_open_object(w, NULL);
		json_add_z(w, "id", hibob_field_path((enum employee_field)f));
		json_close(w);
	}
	json_close(w);
}

static void body(const struct webhook_message *m, struct buf *out)
{
	const struct happening *h = m->happening;
	const struct company *c = m->view->company;
	char text[TEXT_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "companyId", HIBOB_COMPANY);
	json_add_z(&w, "type", m->event);
	json_add_z(&w, "triggeredBy",
		   h->kind == HAPPENED_JOINED ? "system" : HIBOB_SYSTEM_ID);
	json_add_z(&w, "triggeredAt", time_text_us(m->now_us, text));
	json_add_z(&w, "version", "v2");
	json_open_object(&w, "data");
	json_add_z(&w, "employeeId",
		   vendor_id(VENDOR_HIBOB, c, h->who->n, text));
	if (!strcmp(m->event, "table.entry.created")) {
		json_add_z(&w, "tableId", "lifecycle");
		json_add_z(&w, "effectiveDate",
			   day_text(c->today[h->who->location], text));
	}
	if (!strcmp(m->event, "employee.updated"))
		write_updates(h, &w);
	json_close(&w);
	json_close(&w);
}

static bool hello(const struct webhook_target *t, unsigned k, struct buf *out)
{
	static const char *const bodies[] = { "Ping test",
					      "{\"text\":\"Ping test\"}" };

	(void)t;
	if (k >= sizeof(bodies) / sizeof(bodies[0]))
		return false;
	buf_add_z(out, bodies[k]);
	return true;
}

const struct webhook_scheme hibob_webhook = {
	.events = events,
	.body = body,
	.hello = hello,
	.hello_must = true,
	.header = "Bob-Signature",
	.algorithm = HMAC_SHA512,
	.encoding = ENCODING_BASE64,
	/* up to 3 days */
	.policy = { .on_4xx = true,
		    .stops = true,
		    .retries = 12,
		    .minutes = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
				 2048 } },
};

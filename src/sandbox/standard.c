/* The standard provider's body: what any system may push. */
#include "render.h"

#include "text.h"
#include "webhook.h"

#include <stdio.h>

void standard_person(const struct view *v, const struct employee *e,
		     struct json_writer *w)
{
	char out[TEXT_SIZE];
	struct employee m;

	json_add_z(w, "id", vendor_id(VENDOR_STANDARD, v->company, e->n, out));
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
		if (f != FIELD_MANAGER)
			add_text(w, employee_field_name((enum employee_field)f),
				 employee_text(e, (enum employee_field)f, out));
	if (view_manager(v, e, &m))
		json_add_z(w, "manager_id",
			   vendor_id(VENDOR_STANDARD, v->company, m.n, out));
	else
		json_add_null(w, "manager_id");
	json_add_int(w, "version", e->version);
}

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] =
	WEBHOOK_EVENTS("employee.created", "employee.updated",
		       "employee.departed", "employee.deleted");

static void body(const struct webhook_message *m, struct buf *out)
{
	char text[TEXT_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "type", m->event);
	json_add_z(&w, "timestamp", time_text(m->now_us / 1000, TIME_Z, text));
	json_open_object(&w, "data");
	standard_person(m->view, m->happening->who, &w);
	json_close(&w);
	json_close(&w);
}

static void sign(const struct webhook_signed *s)
{
	char time[24];
	struct str parts[] = {
		str_of(s->id), STR("."), { time, 0 }, STR("."), s->body
	};
	struct buf b;

	parts[2].len = (size_t)snprintf(time, sizeof(time), "%lld",
					(long long)(s->time_ms / 1000));
	buf_init(&b, 256);
	buf_add_z(&b, "v1,");
	webhook_mac(s, parts, 5, ENCODING_BASE64, &b);
	webhook_add(s->out, "webhook-id", s->id);
	webhook_add(s->out, "webhook-timestamp", time);
	webhook_add(s->out, "webhook-signature", buf_z(&b));
	buf_release(&b);
}

const struct webhook_scheme standard_webhook = {
	.events = events,
	.body = body,
	.algorithm = HMAC_SHA256,
	.sign = sign,
	/* the specification's example */
	.policy = { .on_4xx = true,
		    .retries = 9,
		    .minutes = { 1, 5, 30, 120, 300, 600, 840, 1200, 1440 } },
};

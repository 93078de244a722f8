/* BambooHR's webhooks: thin, or with the fields' values; JSON or a form. */
#include "render.h"
#include "text.h"
#include "webhook.h"

#include <stdio.h>
#include <string.h>

/* A new person is told of twice. */
static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { "employee.created", "employee.updated" },
	[HAPPENED_UPDATED] = { "employee.updated" },
	[HAPPENED_JOINED] = { "employee.updated" },
	[HAPPENED_LEAVE_BEGAN] = { "employee.updated" },
	[HAPPENED_LEAVE_ENDED] = { "employee.updated" },
	[HAPPENED_LEFT] = { "employee.updated" },
	[HAPPENED_REHIRED] = { "employee.updated" },
	[HAPPENED_DELETED] = { "employee.deleted" },
};

/* The watched ones of what changed; for a new person all that is watched. */
static unsigned monitored(const struct webhook_target *t,
			  const struct happening *h)
{
	return h->fields ? h->fields & t->monitor : t->monitor;
}

static bool fits(const struct webhook_message *m)
{
	return strcmp(m->event, "employee.updated") != 0 ||
	       monitored(m->target, m->happening) != 0;
}

static const char *person_id(const struct webhook_message *m,
			     char out[static VENDOR_ID_SIZE])
{
	return vendor_id(VENDOR_BAMBOOHR, m->view->company,
			 m->happening->who->n, out);
}

static void thin(const struct webhook_message *m, struct buf *out)
{
	struct json_writer w;
	char text[TEXT_SIZE];

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "type", m->event);
	json_add_z(&w, "timestamp",
		   time_text(m->now_us / 1000, TIME_PLAIN, text));
	json_open_object(&w, "data");
	json_add_z(&w, "companyId", BAMBOOHR_COMPANY);
	json_add_z(&w, "employeeId", person_id(m, text));
	if (!strcmp(m->event, "employee.updated")) {
		json_open_array(&w, "changedFields");
		for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
			if (monitored(m->target, m->happening) & FIELD_BIT(f))
				json_add_z(
					&w, NULL,
					bamboohr_changed_name(
						(enum employee_field)f, false));
		json_close(&w);
	}
	json_close(&w);
	json_close(&w);
}

static void legacy(const struct webhook_message *m, struct buf *out)
{
	bool updated = !strcmp(m->event, "employee.updated");
	unsigned fields = updated ? monitored(m->target, m->happening) : 0;
	struct json_writer w;
	char text[TEXT_SIZE];

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_open_array(&w, "employees");
	json_open_object(&w, NULL);
	json_add_z(&w, "id", person_id(m, text));
	json_add_z(&w, "action",
		   updated				   ? "Updated"
		   : !strcmp(m->event, "employee.created") ? "Created"
							   : "Deleted");
	json_add_z(&w, "timestamp",
		   time_text(m->now_us / 1000, TIME_PLAIN, text));
	json_open_array(&w, "changedFields");
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
		if (fields & FIELD_BIT(f))
			json_add_z(&w, NULL,
				   bamboohr_changed_name((enum employee_field)f,
							 true));
	json_close(&w);
	json_open_object(&w, "fields");
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
		if (fields & FIELD_BIT(f))
			add_text(&w,
				 bamboohr_changed_name((enum employee_field)f,
						       true),
				 bamboohr_changed_value(
					 m->view, m->happening->who,
					 (enum employee_field)f, text));
	json_close(&w);
	json_close(&w);
	json_close(&w);
	json_close(&w);
}

static void thin_form(const struct webhook_message *m, struct buf *out)
{
	char text[TEXT_SIZE], name[TEXT_SIZE];
	unsigned i = 0;

	webhook_form_item(out, "type", m->event);
	webhook_form_item(out, "timestamp",
			  time_text(m->now_us / 1000, TIME_PLAIN, text));
	webhook_form_item(out, "data[companyId]", BAMBOOHR_COMPANY);
	webhook_form_item(out, "data[employeeId]", person_id(m, text));
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
		if (strcmp(m->event, "employee.updated") != 0 ||
		    !(monitored(m->target, m->happening) & FIELD_BIT(f)))
			continue;
		(void)snprintf(name, sizeof(name), "data[changedFields][%u]",
			       i++);
		webhook_form_item(
			out, name,
			bamboohr_changed_name((enum employee_field)f, false));
	}
}

/* employees[12345][changedFields][0]=First Name&employees[12345][First Name]=
 */
static void legacy_form(const struct webhook_message *m, struct buf *out)
{
	char id[VENDOR_ID_SIZE], text[TEXT_SIZE], name[TEXT_SIZE];
	unsigned fields = monitored(m->target, m->happening), i = 0;

	(void)person_id(m, id);
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
		const char *label;

		if (!(fields & FIELD_BIT(f)))
			continue;
		label = bamboohr_changed_name((enum employee_field)f, true);
		(void)snprintf(name, sizeof(name),
			       "employees[%s][changedFields][%u]", id, i++);
		webhook_form_item(out, name, label);
		(void)snprintf(name, sizeof(name), "employees[%s][%s]", id,
			       label);
		webhook_form_item(
			out, name,
			bamboohr_changed_value(m->view, m->happening->who,
					       (enum employee_field)f, text));
	}
}

static void body(const struct webhook_message *m, struct buf *out)
{
	const struct webhook_target *t = m->target;

	if (t->legacy && t->form)
		legacy_form(m, out);
	else if (t->legacy)
		legacy(m, out);
	else if (t->form)
		thin_form(m, out);
	else
		thin(m, out);
}

static void sign(const struct webhook_signed *s)
{
	char time[24];
	struct str parts[] = { s->body, { time, 0 } };
	struct buf b;

	parts[1].len = (size_t)snprintf(time, sizeof(time), "%lld",
					(long long)(s->time_ms / 1000));
	buf_init(&b, 256);
	webhook_add(s->out, "X-BambooHR-Timestamp", time);
	webhook_mac(s, parts, 2, ENCODING_HEX, &b);
	webhook_add(s->out, "X-BambooHR-Signature", buf_z(&b));
	if (s->target->include_domain)
		webhook_add(s->out, "company-domain", BAMBOOHR_DOMAIN);
	buf_release(&b);
}

const struct webhook_scheme bamboohr_webhook = {
	.events = events,
	.body = body,
	.fits = fits,
	.algorithm = HMAC_SHA256,
	.sign = sign,
	.policy = { .retries = 5, .minutes = { 5, 10, 20, 40, 80 } },
};

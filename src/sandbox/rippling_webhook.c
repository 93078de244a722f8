/* Rippling's webhooks: thin forms, unsigned. */
#include "webhook.h"

/*
 * Their "deleted" means that the app has lost access, and follows a
 * termination.
 */
static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { "employee.created", "employee.hired" },
	[HAPPENED_UPDATED] = { "employee.updated" },
	[HAPPENED_JOINED] = { "employee.updated" },
	[HAPPENED_LEAVE_BEGAN] = { "employee.updated" },
	[HAPPENED_LEAVE_ENDED] = { "employee.updated" },
	[HAPPENED_LEFT] = { "employee.terminated", "employee.deleted" },
	[HAPPENED_REHIRED] = { "employee.created", "employee.hired" },
	[HAPPENED_DELETED] = { "employee.deleted" },
};

static void body(const struct webhook_message *m, struct buf *out)
{
	char id[VENDOR_ID_SIZE];

	webhook_form_item(out, "event_name", m->event);
	webhook_form_item(out, "id",
			  vendor_id(VENDOR_RIPPLING, m->view->company,
				    m->happening->who->n, id));
	webhook_form_item(out, "company_primary_email", COMPANY_ADMIN);
	webhook_form_item(out, "company_id", RIPPLING_COMPANY);
}

/* Nothing is known of retries: it sends once, so that nobody relies on more. */
const struct webhook_scheme rippling_webhook = {
	.events = events,
	.body = body,
	.form = true,
	.header = "Authorization",
	.prefix = "Bearer ",
	.bare = true,
};

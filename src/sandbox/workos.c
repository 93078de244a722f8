/* WorkOS Directory Sync: users after the last id, a log of events, both whole.
 */
#include "base/clock.h"
#include "eventlog.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define AT	     "/as/workos"
#define EVENTS_USUAL 10
#define EVENTS_LIMIT 100

static const struct id_form event_ids = { .prefix = "event_01J9X0000000KE",
					  .middle = "",
					  .upper = true };
static const struct id_form group_ids = {
	.prefix = "directory_group_01J9X0000000KG", .middle = "", .upper = true
};

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 422, "application/json",
			     "{\"message\":%s,\"code\":"
			     "\"unprocessable_entity\",\"errors\":[]}",
			     NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"message\":\"Unauthorized\"}", NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"message\":\"Forbidden\"}", NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"message\":%s,\"code\":"
			       "\"entity_not_found\"}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json", "{\"message\":%s}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"message\":\"Too many requests\"}", NULL },
	[REFUSE_BROKEN] = { 500, "application/json", "{\"message\":%s}", NULL },
};

static bool is_authorized(struct exchange *x)
{
	return str_is(exchange_bearer(x),
		      exchange_credential(x, CRED_WORKOS_KEY));
}

/* --- one user --- */

/* Who is yet to come is as inactive as who has left: a date tells them apart */
static const char *state_of(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "inactive",
		[EMPLOYEE_ACTIVE] = "active",
		[EMPLOYEE_ON_LEAVE] = "suspended",
		[EMPLOYEE_DEPARTED] = "inactive",
	};

	return status_word(e, words);
}

/* What the company's directory has beside the names. */
static const struct attribute {
	const char *name;
	enum employee_field field;
} attributes[] = {
	{ "department", FIELD_DEPARTMENT },
	{ "job_title", FIELD_TITLE },
	{ "employment_start_date", FIELD_START },
	{ "employee_type", FIELD_TYPE },
	{ "employee_number", FIELD_NUMBER },
	{ "seniority", FIELD_LEVEL },
	{ "location", FIELD_LOCATION },
	{ "preferred_name", FIELD_PREFERRED_NAME },
	{ "employment_end_date", FIELD_END },
};

static void write_manager(struct json_writer *w, const struct view *v,
			  const struct employee *e)
{
	struct employee m;

	add_text(w, "manager_email", view_manager(v, e, &m) ? m.email : "");
}

static void write_attributes(struct json_writer *w, const struct view *v,
			     const struct employee *e)
{
	json_open_object(w, "custom_attributes");
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		add_field(w, attributes[i].name, e, attributes[i].field);
	write_manager(w, v, e);
	json_close(w);
}

static void write_email(struct json_writer *w, const struct employee *e)
{
	json_open_array(w, "emails"); /* which is deprecated */
	if (e->email[0]) {
		json_open_object(w, NULL);
		json_add_bool(w, "primary", true);
		json_add_z(w, "type", "work");
		json_add_z(w, "value", e->email);
		json_close(w);
	}
	json_close(w);
}

/* As members of an open object. */
static void write_user(struct json_writer *w, const struct view *v,
		       const struct employee *e)
{
	char text[TEXT_SIZE];

	json_add_z(w, "object", "directory_user");
	add_person(w, "id", VENDOR_WORKOS, v, e->n);
	json_add_z(w, "directory_id", WORKOS_DIRECTORY);
	json_add_z(w, "organization_id", WORKOS_ORGANIZATION);
	(void)snprintf(text, sizeof(text), "idp-%u", e->n + 1);
	json_add_z(w, "idp_id", text);
	add_text(w, "email", e->email);
	add_text(w, "first_name", e->first);
	add_text(w, "last_name", e->last);
	json_add_z(w, "name", full_name(e, text));
	add_text(w, "state", state_of(e));
	write_attributes(w, v, e);
	write_email(w, e);
	json_open_array(w, "groups");
	json_close(w);
	json_open_object(w, "role");
	json_add_z(w, "slug", "member");
	json_close(w);
	add_time(w, "created_at", e->created_ms, TIME_MS);
	add_time(w, "updated_at", e->changed_ms, TIME_MS);
}

/* --- events: of the log and of webhooks --- */

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] =
	WEBHOOK_EVENTS("dsync.user.created", "dsync.user.updated",
		       "dsync.user.updated", "dsync.user.deleted");

static void write_previous(const struct webhook_message *m,
			   struct json_writer *w)
{
	unsigned fields = m->happening->fields;
	struct employee e;

	if (!company_get_late(m->view->company, m->happening->who->n, INT64_MAX,
			      &e))
		return;
	json_open_object(w, "previous_attributes");
	if (fields & FIELD_BIT(FIELD_EMAIL))
		add_text(w, "email", e.email);
	if (fields & FIELD_BIT(FIELD_FIRST_NAME))
		add_text(w, "first_name", e.first);
	if (fields & FIELD_BIT(FIELD_LAST_NAME))
		add_text(w, "last_name", e.last);
	if (fields & FIELD_BIT(FIELD_STATUS))
		add_text(w, "state", state_of(&e));
	json_open_object(w, "custom_attributes");
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		if (fields & FIELD_BIT(attributes[i].field))
			add_field(w, attributes[i].name, &e,
				  attributes[i].field);
	json_close(w);
	json_close(w);
}

static void write_event(const struct webhook_message *m, struct json_writer *w)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(w, NULL);
	json_add_z(w, "object", "event");
	json_add_z(w, "id", id_text(&event_ids, 0, m->number, id));
	json_add_z(w, "event", m->event);
	json_open_object(w, "data");
	write_user(w, m->view, m->happening->who);
	if (!strcmp(m->event, "dsync.user.updated"))
		write_previous(m, w);
	json_close(w);
	add_time(w, "created_at", m->now_us / 1000, TIME_MS);
	json_close(w);
}

static void body(const struct webhook_message *m, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	write_event(m, &w);
}

static void sign(const struct webhook_signed *s)
{
	char time[24];
	struct str parts[] = { { time, 0 }, STR("."), s->body };
	struct buf b;

	parts[0].len = (size_t)snprintf(time, sizeof(time), "%lld",
					(long long)s->time_ms);
	buf_init(&b, 256);
	buf_addf(&b, "t=%s, v1=", time);
	webhook_mac(s, parts, 3, ENCODING_HEX, &b);
	webhook_add(s->out, "WorkOS-Signature", buf_z(&b));
	buf_release(&b);
}

const struct webhook_scheme workos_webhook = {
	.events = events,
	.body = body,
	.algorithm = HMAC_SHA256,
	.sign = sign,
	/* six tries over three days */
	.policy = { .on_4xx = true,
		    .retries = 5,
		    .minutes = { 5, 60, 360, 1440, 2455 } },
};

/* events[]=dsync.user.created&events[]=…: those that are named alone. */
static bool is_named(struct exchange *x, const char *event)
{
	for (size_t i = 0; i < x->query.count; i++)
		if (str_is(x->query.items[i].name, "events[]") &&
		    str_is(x->query.items[i].value, event))
			return true;
	return false;
}

static void write_metadata(struct exchange *x, const char *after)
{
	json_open_object(&x->json, "list_metadata");
	json_add_null(&x->json, "before");
	add_text(&x->json, "after", after);
	json_close(&x->json);
}

static void list_events(struct exchange *x)
{
	struct str after = query_get(&x->query, "after");
	struct str since = query_get(&x->query, "range_start");
	char id[VENDOR_ID_SIZE] = "";
	struct event_log log;
	int64_t from = INT64_MIN;
	uint32_t number = 0;
	uint64_t limit = 0;

	if (query_number(&x->query, "limit", EVENTS_USUAL, 1, EVENTS_LIMIT,
			 &limit, NULL) < 0 ||
	    (after.ptr && !id_find(&event_ids, 0, after, &number)) ||
	    (since.ptr && !clock_parse_ms(since, &from)) ||
	    !query_get(&x->query, "events[]").ptr) {
		exchange_refuse(x, REFUSE_INVALID,
				"events[] is needed; limit: 1 to 100; after: "
				"one of ours; range_start: a time");
		return;
	}
	event_log_open(&log, x, after.ptr ? &number : NULL);
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "object", "list");
	json_open_array(&x->json, "data");
	while (limit > 0 && event_log_next(&log)) {
		if (log.message.now_us / 1000 < from ||
		    !is_named(x, log.message.event))
			continue;
		write_event(&log.message, &x->json);
		(void)id_text(&event_ids, 0, log.message.number, id);
		limit--;
	}
	json_close(&x->json);
	/* Only when there is more: else the last one has to be kept. */
	write_metadata(x, limit == 0 && event_log_next(&log) ? id : "");
	json_close(&x->json);
}

/* --- users --- */

static const struct page_form pages = { PAGE_AFTER, "after", "limit",
					10,	    100,     false };

static bool is_directory(struct exchange *x)
{
	struct str id = query_get(&x->query, "directory");

	if (!id.ptr) {
		exchange_refuse(x, REFUSE_INVALID,
				"directory: needed; the sandbox has no groups "
				"to ask for");
		return false;
	}
	if (str_is(id, WORKOS_DIRECTORY))
		return true;
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is no such directory");
	return false;
}

/* The id to go on after: of the last, unless the list was spoilt on demand. */
static uint32_t last_of(struct exchange *x, const struct page *p)
{
	if (x->fault.value[FAULT_REPEAT_CURSOR] && p->next == p->start)
		return view_position(&x->view, p->start - 1);
	return p->next == 0 ? view_position(&x->view, 0) : p->last;
}

static void list_users(struct exchange *x)
{
	const struct wanted all = WANTED_ALL;
	char id[VENDOR_ID_SIZE] = "";
	struct employee e;
	struct page p;

	if (!is_directory(x) || !page_open(x, &pages, &all, &p))
		return;
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "object", "list");
	json_open_array(&x->json, "data");
	while (page_take(x, &p, &e)) {
		json_open_object(&x->json, NULL);
		write_user(&x->json, &x->view, &e);
		json_close(&x->json);
	}
	page_close(x, &p);
	json_close(&x->json);
	if (p.more)
		(void)vendor_id(VENDOR_WORKOS, &x->sandbox->company,
				last_of(x, &p), id);
	write_metadata(x, id);
	json_close(&x->json);
}

static void get_user(struct exchange *x)
{
	struct employee e;

	if (!exchange_person(x, &e))
		return;
	json_open_object(&x->json, NULL);
	write_user(&x->json, &x->view, &e);
	json_close(&x->json);
}

/* --- the rest of the directory --- */

static void write_directory(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "object", "directory");
	json_add_z(&x->json, "id", WORKOS_DIRECTORY);
	json_add_z(&x->json, "organization_id", WORKOS_ORGANIZATION);
	json_add_z(&x->json, "name", "Make-believe Company");
	json_add_z(&x->json, "type", "generic scim v2.0");
	json_add_z(&x->json, "state", "linked");
	json_close(&x->json);
}

static void write_organization(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "object", "organization");
	json_add_z(&x->json, "id", WORKOS_ORGANIZATION);
	json_add_z(&x->json, "name", "Make-believe Company");
	json_close(&x->json);
}

static void list_one(struct exchange *x, void (*write)(struct exchange *x))
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "object", "list");
	json_open_array(&x->json, "data");
	write(x);
	json_close(&x->json);
	write_metadata(x, "");
	json_close(&x->json);
}

static void list_directories(struct exchange *x)
{
	list_one(x, write_directory);
}

static void list_organizations(struct exchange *x)
{
	list_one(x, write_organization);
}

static void list_groups(struct exchange *x)
{
	if (!is_directory(x))
		return;
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "object", "list");
	json_open_array(&x->json, "data");
	for (uint32_t i = 0; i < DEPARTMENT_COUNT; i++) {
		json_open_object(&x->json, NULL);
		json_add_z(&x->json, "object", "directory_group");
		add_object(&x->json, "id", &group_ids, &x->view, i);
		json_add_z(&x->json, "directory_id", WORKOS_DIRECTORY);
		json_add_z(&x->json, "name", departments[i].name);
		json_close(&x->json);
	}
	json_close(&x->json);
	write_metadata(x, "");
	json_close(&x->json);
}

static const struct http_route routes[] = {
	{ HTTP_GET, AT "/directory_users", RUN(list_users) },
	{ HTTP_GET, AT "/directory_users/{id}", RUN(get_user) },
	{ HTTP_GET, AT "/directory_groups", RUN(list_groups) },
	{ HTTP_GET, AT "/directories", RUN(list_directories) },
	{ HTTP_GET, AT "/organizations", RUN(list_organizations) },
	{ HTTP_GET, AT "/events", RUN(list_events) },
	{ HTTP_GET, NULL, NULL },
};

const struct api workos_api = {
	.vendor = VENDOR_WORKOS,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
};

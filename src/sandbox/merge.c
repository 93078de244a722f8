/* Merge: employees by cursor, ids of other things unless they are expanded. */
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"
#include "webhook.h"

#include <stdio.h>

#define AT "/as/merge/api/hris/v1"

static const struct id_form employments = ID_UUID("e03e7600");
static const struct id_form groups = ID_UUID("603e7600");
static const struct id_form teams = ID_UUID("7e3e7600");
static const struct id_form places = ID_UUID("103e7600");
static const struct id_form hooks = ID_UUID("b03e7600");

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"detail\":%s,\"status_code\":400}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"detail\":\"Invalid token.\",\"status_code\":401}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"detail\":\"You do not have permission to "
			       "perform this action.\",\"status_code\":403}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"detail\":%s,\"status_code\":404}", NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"detail\":%s,\"status_code\":405}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"detail\":\"Request was throttled.\","
			       "\"status_code\":429}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"detail\":%s,\"status_code\":500}", NULL },
};

static const struct limit limit = {
	.count = 400,
	.window_ms = 60000,
	.limit = "X-RateLimit-Limit",
	.remaining = "X-RateLimit-Remaining",
	.reset = "X-RateLimit-Reset",
	.retry_after = true,
};

/* Both: whose key it is, and whose account. */
static bool is_authorized(struct exchange *x)
{
	return str_is(exchange_bearer(x),
		      exchange_credential(x, CRED_MERGE_KEY)) &&
	       str_is(http_request_header(x->req, "X-Account-Token"),
		      exchange_credential(x, CRED_MERGE_ACCOUNT));
}

/* --- one employee --- */

static const char *type_of(const struct employee *e)
{
	static const char *const words[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "FULL_TIME",
		[TYPE_PART_TIME] = "PART_TIME",
		[TYPE_CONTRACTOR] = "CONTRACTOR",
		[TYPE_INTERN] = "INTERN",
	};

	return type_word(e, words);
}

static void write_employment(struct json_writer *w, const struct view *v,
			     const struct employee *e)
{
	json_open_object(w, NULL);
	add_object(w, "id", &employments, v, e->n);
	add_person(w, "employee", VENDOR_MERGE, v, e->n);
	add_text(w, "job_title", e->title);
	json_add_null(w, "pay_rate");
	add_field(w, "effective_date", e, FIELD_START);
	add_text(w, "employment_type", type_of(e));
	json_close(w);
}

static void write_employments(struct json_writer *w, const struct view *v,
			      const struct employee *e, bool whole)
{
	json_open_array(w, "employments");
	if (whole)
		write_employment(w, v, e);
	else
		add_object(w, NULL, &employments, v, e->n);
	json_close(w);
}

static void write_group(struct json_writer *w, const struct view *v,
			uint32_t department)
{
	json_open_object(w, NULL);
	add_object(w, "id", &groups, v, department);
	json_add_z(w, "name", departments[department].name);
	json_add_z(w, "type", "DEPARTMENT");
	json_close(w);
}

static void write_groups(struct json_writer *w, const struct view *v,
			 const struct employee *e, bool whole)
{
	json_open_array(w, "groups");
	if (employee_has(e, FIELD_DEPARTMENT)) {
		if (whole)
			write_group(w, v, e->department);
		else
			add_object(w, NULL, &groups, v, e->department);
	}
	json_close(w);
}

/* A thing with a name: its id, or whole. */
static void write_named(struct json_writer *w, const char *key,
			const struct view *v, const struct id_form *f,
			uint32_t n, const char *name, bool whole)
{
	if (!name[0]) {
		json_add_null(w, key);
	} else if (whole) {
		json_open_object(w, key);
		add_object(w, "id", f, v, n);
		json_add_z(w, "name", name);
		json_close(w);
	} else {
		add_object(w, key, f, v, n);
	}
}

static void write_manager(struct json_writer *w, const struct view *v,
			  const struct employee *e, bool whole)
{
	struct employee m;

	if (!whole || !view_manager(v, e, &m)) {
		add_person(w, "manager", VENDOR_MERGE, v, e->manager);
		return;
	}
	json_open_object(w, "manager");
	add_person(w, "id", VENDOR_MERGE, v, m.n);
	add_text(w, "work_email", m.email);
	json_close(w);
}

static const char *status_of(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "PENDING",
		[EMPLOYEE_ACTIVE] = "ACTIVE",
		[EMPLOYEE_ON_LEAVE] = "ACTIVE", /* leave is no word of theirs */
		[EMPLOYEE_DEPARTED] = "INACTIVE",
	};

	return status_word(e, words);
}

static void write_names(struct json_writer *w, const struct employee *e)
{
	char text[TEXT_SIZE];

	add_field(w, "employee_number", e, FIELD_NUMBER);
	add_text(w, "first_name", e->first);
	add_text(w, "last_name", e->last);
	add_text(w, "preferred_name", e->preferred);
	json_add_z(w, "display_full_name", full_name(e, text));
	add_text(w, "work_email", e->email);
	json_add_z(w, "personal_email", home_email(e, text));
}

static void write_custom(struct json_writer *w, const struct employee *e)
{
	json_open_object(w, "custom_fields");
	add_field(w, "seniority", e, FIELD_LEVEL);
	json_close(w);
}

static void write_employee(struct json_writer *w, const char *key,
			   const struct view *v, const struct employee *e,
			   struct str expand)
{
	char text[TEXT_SIZE];

	json_open_object(w, key);
	add_person(w, "id", VENDOR_MERGE, v, e->n);
	(void)snprintf(text, sizeof(text), "remote-%u", e->n + 1);
	json_add_z(w, "remote_id", text);
	write_names(w, e);
	write_groups(w, v, e, query_lists(expand, STR("groups")));
	write_employments(w, v, e, query_lists(expand, STR("employments")));
	write_named(w, "work_location", v, &places, e->location,
		    employee_text(e, FIELD_LOCATION, text),
		    query_lists(expand, STR("work_location")));
	write_manager(w, v, e, query_lists(expand, STR("manager")));
	write_named(w, "team", v, &teams, e->department,
		    employee_text(e, FIELD_DEPARTMENT, text),
		    query_lists(expand, STR("team")));
	add_field(w, "start_date", e, FIELD_START);
	add_time(w, "remote_created_at", e->created_ms, TIME_Z);
	add_text(w, "employment_status", status_of(e));
	add_field(w, "termination_date", e, FIELD_END);
	write_custom(w, e);
	json_add_bool(w, "remote_was_deleted", e->deleted);
	add_time(w, "created_at", e->created_ms, TIME_Z);
	add_time(w, "modified_at", e->changed_ms, TIME_MS);
	json_close(w);
}

/* --- lists --- */

static const struct page_form pages = { PAGE_CURSOR, "cursor", "page_size",
					30,	     100,      false };

static bool read_time(struct exchange *x, const char *name, int64_t *out)
{
	struct str text = query_get(&x->query, name);

	return !text.ptr || clock_parse_ms(text, out);
}

static bool read_wanted(struct exchange *x, struct wanted *w)
{
	int64_t created_after = 0;

	*w = WANTED_ALL;
	w->deleted =
		str_is(query_get(&x->query, "include_deleted_data"), "true");
	if (read_time(x, "modified_after", &w->changed_since_ms) &&
	    read_time(x, "modified_before", &w->changed_before_ms) &&
	    read_time(x, "created_before", &w->created_before_ms) &&
	    read_time(x, "created_after", &created_after) && !created_after)
		return true;
	exchange_refuse(x, REFUSE_INVALID,
			"modified_after, modified_before, created_before: "
			"times; the sandbox has no created_after");
	return false;
}

static void write_next(struct exchange *x, const struct page *p)
{
	char cursor[PAGE_CURSOR_SIZE];

	add_text(&x->json, "next", p->more ? page_cursor(p->next, cursor) : "");
	json_add_null(&x->json, "previous");
}

static void open_results(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "results");
}

static void close_results(struct exchange *x, const struct page *p)
{
	json_close(&x->json);
	write_next(x, p);
	json_close(&x->json);
}

static void list_employees(struct exchange *x)
{
	struct str expand = query_get(&x->query, "expand");
	struct employee e;
	struct wanted w;
	struct page p;

	if (!read_wanted(x, &w) || !page_open(x, &pages, &w, &p))
		return;
	open_results(x);
	while (page_take(x, &p, &e))
		write_employee(&x->json, NULL, &x->view, &e, expand);
	page_close(x, &p);
	close_results(x, &p);
}

static void list_employments(struct exchange *x)
{
	struct wanted w;
	struct page p;

	if (!read_wanted(x, &w) || !page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	page_write(x, &p, "results", write_employment);
	write_next(x, &p);
	json_close(&x->json);
}

static void get_employee(struct exchange *x)
{
	struct employee e;

	if (exchange_person(x, &e))
		write_employee(&x->json, NULL, &x->view, &e,
			       query_get(&x->query, "expand"));
}

static void list_groups(struct exchange *x)
{
	const struct page whole = { 0 };

	open_results(x);
	for (uint32_t i = 0; i < DEPARTMENT_COUNT; i++)
		write_group(&x->json, &x->view, i);
	close_results(x, &whole);
}

static void list_places(struct exchange *x)
{
	const struct page whole = { 0 };

	open_results(x);
	for (uint32_t i = 0; i < LOCATION_COUNT; i++)
		write_named(&x->json, NULL, &x->view, &places, i,
			    locations[i].name, true);
	close_results(x, &whole);
}

static void get_account(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", "ac3e7600-0000-4000-8000-000000000001");
	json_add_z(&x->json, "integration", "Sandbox");
	json_add_z(&x->json, "integration_slug", "sandbox");
	json_add_z(&x->json, "category", "hris");
	json_add_z(&x->json, "status", "COMPLETE");
	json_close(&x->json);
}

/* --- webhooks: the whole record, made in their dashboard only --- */

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] =
	WEBHOOK_EVENTS("employee.created", "employee.updated",
		       "employee.updated", "employee.deleted");

static void body(const struct webhook_message *m, struct buf *out)
{
	char id[VENDOR_ID_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_open_object(&w, "hook");
	json_add_z(&w, "id", id_text(&hooks, 0, 0, id));
	json_add_z(&w, "event", m->event);
	json_add_z(&w, "target", m->target->url);
	json_close(&w);
	json_open_object(&w, "linked_account");
	json_add_z(&w, "id", "ac3e7600-0000-4000-8000-000000000001");
	json_add_z(&w, "integration", "Sandbox");
	json_add_z(&w, "category", "hris");
	json_add_z(&w, "end_user_origin_id", "sandbox");
	json_close(&w);
	write_employee(&w, "data", m->view, m->happening->who,
		       STR("employments,groups"));
	json_close(&w);
}

const struct webhook_scheme merge_webhook = {
	.events = events,
	.body = body,
	.header = "X-Merge-Webhook-Signature",
	.algorithm = HMAC_SHA256,
	.encoding = ENCODING_BASE64URL,
	.padded = true,
	/* some five within an hour */
	.policy = { .on_4xx = true,
		    .retries = 5,
		    .minutes = { 1, 4, 10, 15, 30 } },
};

static const struct http_route routes[] = {
	{ HTTP_GET, AT "/employees", RUN(list_employees) },
	{ HTTP_GET, AT "/employees/{id}", RUN(get_employee) },
	{ HTTP_GET, AT "/employments", RUN(list_employments) },
	{ HTTP_GET, AT "/groups", RUN(list_groups) },
	{ HTTP_GET, AT "/locations", RUN(list_places) },
	{ HTTP_GET, AT "/account-details", RUN(get_account) },
	{ HTTP_GET, NULL, NULL },
};

const struct api merge_api = {
	.vendor = VENDOR_MERGE,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.limit = &limit,
};

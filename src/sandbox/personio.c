/*
 * Personio, version 2: a person, and per person a call for the employments.
 * Names of departments are yet another list.
 */
#include "personio.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define AT "/as/personio/v2"

const struct id_form personio_employments = ID_UUID("e0a1b2c3");
static const struct id_form former = ID_UUID("e0f0b2c3");
static const struct id_form departments_form = { "", .first = 7001 };
static const struct id_form teams = { "", .first = 8001 };
static const struct id_form offices = { "", .first = 9001 };

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"timestamp\":\"\",\"error\":\"Bad Request\","
			     "\"message\":%s}",
			     NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"error\":\"Unauthorized\",\"message\":\"The token "
			  "is not valid\"}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"error\":\"Forbidden\",\"message\":\"A scope "
			       "is missing\"}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"error\":\"Not Found\",\"message\":%s}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"error\":\"Method Not Allowed\",\"message\":%s}",
			    NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"error\":\"Too Many Requests\"}", NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"error\":\"Internal Server Error\",\"message\":"
			    "%s}",
			    NULL },
};

/* Their version 1's; of version 2 none is published. Not told in headers. */
static const struct limit limit = { .count = 300, .window_ms = 60000 };
static const struct limit token_limit = { .count = 150, .window_ms = 60000 };

static bool is_authorized(struct exchange *x)
{
	return token_is_good(x, TOKEN_COMPANY, exchange_bearer(x));
}

static const struct page_form pages = { PAGE_CURSOR, "cursor", "limit",
					10,	     50,       false };

/* --- links --- */

static void add_href(struct exchange *x, const char *name, const char *path,
		     const char *rest)
{
	struct buf url;

	buf_init(&url, 1024);
	exchange_base(x, VENDOR_PERSONIO, &url);
	buf_addf(&url, "%s%s", path, rest);
	json_open_object(&x->json, name);
	json_add_string(&x->json, "href", buf_str(&url));
	json_close(&x->json);
	buf_release(&url);
}

void personio_links(struct exchange *x, const struct page *p, const char *path)
{
	char cursor[PAGE_CURSOR_SIZE], rest[400];
	struct str since = query_get(&x->query, "updated_at.gt");

	json_open_object(&x->json, "_meta");
	json_open_object(&x->json, "links");
	if (p->more) {
		(void)snprintf(rest, sizeof(rest), "?limit=%u&cursor=%s%s%.*s",
			       p->limit, page_cursor(p->next, cursor),
			       since.len ? "&updated_at.gt=" : "",
			       (int)(since.len < 60 ? since.len : 60),
			       since.ptr);
		add_href(x, "next", path, rest);
	}
	json_close(&x->json);
	json_close(&x->json);
}

/* --- persons --- */

static const char *person_status(const struct employee *e)
{
	if (!employee_has(e, FIELD_STATUS))
		return "UNSPECIFIED";
	return e->status == EMPLOYEE_DEPARTED ? "INACTIVE" : "ACTIVE";
}

static void write_level(struct exchange *x, const struct employee *e)
{
	json_open_array(&x->json, "custom_attributes");
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", "dynamic_4700");
	json_add_z(&x->json, "type", "STRING");
	json_add_z(&x->json, "global_id", "seniority");
	json_add_z(&x->json, "label", "Seniority");
	add_field(&x->json, "value", e, FIELD_LEVEL);
	json_close(&x->json);
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", "dynamic_4701");
	json_add_z(&x->json, "type", "STRING");
	json_add_z(&x->json, "global_id", "employee_number");
	json_add_z(&x->json, "label", "Employee number");
	add_field(&x->json, "value", e, FIELD_NUMBER);
	json_close(&x->json);
	json_close(&x->json);
}

static bool was_rehired(const struct employee *e)
{
	return e->first_day < e->start_day;
}

static void write_employment_ids(struct exchange *x, const struct employee *e)
{
	json_open_array(&x->json, "employments");
	json_open_object(&x->json, NULL);
	add_object(&x->json, "id", &personio_employments, &x->view, e->n);
	json_close(&x->json);
	if (was_rehired(e)) {
		json_open_object(&x->json, NULL);
		add_object(&x->json, "id", &former, &x->view, e->n);
		json_close(&x->json);
	}
	json_close(&x->json);
}

static void write_person(struct exchange *x, const struct employee *e)
{
	json_open_object(&x->json, NULL);
	add_person(&x->json, "id", VENDOR_PERSONIO, &x->view, e->n);
	add_text(&x->json, "email", e->email);
	add_text(&x->json, "first_name", e->first);
	add_text(&x->json, "last_name", e->last);
	add_text(&x->json, "preferred_name", e->preferred);
	json_add_z(&x->json, "status", person_status(e));
	add_time(&x->json, "created_at", e->created_ms, TIME_Z);
	add_time(&x->json, "updated_at", e->changed_ms, TIME_Z);
	write_level(x, e);
	write_employment_ids(x, e);
	json_close(&x->json);
}

/* status=ACTIVE is whoever has not left: those to come, too. */
static bool read_wanted(struct exchange *x, struct wanted *w)
{
	struct str status = query_get(&x->query, "status");
	struct str from = query_get(&x->query, "updated_at.gt");
	struct str to = query_get(&x->query, "updated_at.lt");

	*w = WANTED_ALL;
	if (str_is(status, "ACTIVE"))
		w->statuses &= ~FIELD_BIT(EMPLOYEE_DEPARTED);
	else if (str_is(status, "INACTIVE"))
		w->statuses = FIELD_BIT(EMPLOYEE_DEPARTED);
	else if (status.ptr)
		goto bad;
	if ((from.ptr && !clock_parse_ms(from, &w->changed_since_ms)) ||
	    (to.ptr && !clock_parse_ms(to, &w->changed_before_ms)))
		goto bad;
	return true;
bad:
	exchange_refuse(x, REFUSE_INVALID,
			"status: ACTIVE or INACTIVE; updated_at.gt and .lt: "
			"times");
	return false;
}

static void list_persons(struct exchange *x)
{
	struct employee e;
	struct wanted w;
	struct page p;

	if (!read_wanted(x, &w) || !page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "_data");
	while (page_take(x, &p, &e))
		write_person(x, &e);
	page_close(x, &p);
	json_close(&x->json);
	personio_links(x, &p, "/v2/persons");
	json_close(&x->json);
}

static void get_person(struct exchange *x)
{
	struct employee e;

	if (exchange_person(x, &e))
		write_person(x, &e);
}

/* --- employments --- */

static const char *employment_status(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "ONBOARDING",
		[EMPLOYEE_ACTIVE] = "ACTIVE",
		[EMPLOYEE_ON_LEAVE] = "LEAVE",
		[EMPLOYEE_DEPARTED] = "INACTIVE",
	};

	if (!employee_has(e, FIELD_STATUS))
		return "UNSPECIFIED";
	return e->word[0] ? e->word : words[e->status];
}

static void write_reference(struct exchange *x, const char *name,
			    const struct id_form *f, uint32_t n, bool has)
{
	if (!has) {
		json_add_null(&x->json, name);
		return;
	}
	json_open_object(&x->json, name);
	add_object(&x->json, "id", f, &x->view, n);
	json_close(&x->json);
}

static void write_unit(struct exchange *x, const char *type,
		       const struct id_form *f, uint32_t n)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "type", type);
	add_object(&x->json, "id", f, &x->view, n);
	json_close(&x->json);
}

static void write_units(struct exchange *x, const struct employee *e)
{
	json_open_array(&x->json, "org_units");
	if (employee_has(e, FIELD_DEPARTMENT)) {
		write_unit(x, "team", &teams, e->department);
		write_unit(x, "department", &departments_form, e->department);
	}
	json_close(&x->json);
}

static void write_termination(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];

	if (e->end_day == NO_DAY || !employee_has(e, FIELD_END)) {
		json_add_null(&x->json, "termination");
		return;
	}
	day_text(e->end_day, text);
	json_open_object(&x->json, "termination");
	json_add_z(&x->json, "termination_date", text);
	json_add_z(&x->json, "last_working_day", text);
	add_time(&x->json, "terminated_at", e->changed_ms, TIME_Z);
	json_add_z(&x->json, "type",
		   e->rescinded ? "CANCELLATION" : "EMPLOYEE");
	json_add_null(&x->json, "reason");
	json_close(&x->json);
}

static void write_employment(struct exchange *x, const struct employee *e)
{
	struct employee m;
	bool has_manager = view_manager(&x->view, e, &m);

	json_open_object(&x->json, NULL);
	add_object(&x->json, "id", &personio_employments, &x->view, e->n);
	json_open_object(&x->json, "person");
	add_person(&x->json, "id", VENDOR_PERSONIO, &x->view, e->n);
	json_close(&x->json);
	json_add_z(&x->json, "status", employment_status(e));
	json_open_object(&x->json, "position");
	add_text(&x->json, "title", e->title);
	json_close(&x->json);
	add_field(&x->json, "employment_start_date", e, FIELD_START);
	add_field(&x->json, "employment_end_date", e, FIELD_END);
	if (has_manager) {
		json_open_object(&x->json, "supervisor");
		add_person(&x->json, "id", VENDOR_PERSONIO, &x->view, m.n);
		json_close(&x->json);
	} else {
		json_add_null(&x->json, "supervisor");
	}
	write_reference(x, "office", &offices, e->location,
			employee_has(e, FIELD_LOCATION));
	write_units(x, e);
	json_add_z(&x->json, "type",
		   e->type == TYPE_CONTRACTOR ? "EXTERNAL" : "INTERNAL");
	write_termination(x, e);
	add_time(&x->json, "created_at", e->created_ms, TIME_Z);
	add_time(&x->json, "updated_at", e->changed_ms, TIME_Z);
	json_close(&x->json);
}

/* What ended before somebody was hired again. */
static void write_former(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, NULL);
	add_object(&x->json, "id", &former, &x->view, e->n);
	json_open_object(&x->json, "person");
	add_person(&x->json, "id", VENDOR_PERSONIO, &x->view, e->n);
	json_close(&x->json);
	json_add_z(&x->json, "status", "INACTIVE");
	add_text(&x->json, "employment_start_date",
		 day_text(e->first_day, text));
	add_text(&x->json, "employment_end_date",
		 day_text(e->start_day - 1, text));
	json_close(&x->json);
}

/* The latest comes first. */
static void list_employments(struct exchange *x)
{
	const struct page whole = { 0 };
	struct employee e;

	if (!exchange_person(x, &e))
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "_data");
	write_employment(x, &e);
	if (was_rehired(&e))
		write_former(x, &e);
	json_close(&x->json);
	personio_links(x, &whole, "");
	json_close(&x->json);
}

/* --- names of ids --- */

static const char *department(size_t i)
{
	return i < DEPARTMENT_COUNT ? departments[i].name : NULL;
}

static const char *office(size_t i)
{
	return i < LOCATION_COUNT ? locations[i].name : NULL;
}

static const struct names {
	const char *type;
	const struct id_form *form;
	const char *(*name)(size_t i);
} units[] = {
	{ "team", &teams, department },
	{ "department", &departments_form, department },
};

static void write_name(struct exchange *x, const struct names *l, uint32_t i)
{
	json_open_object(&x->json, NULL);
	add_object(&x->json, "id", l->form, &x->view, i);
	json_add_z(&x->json, "type", l->type);
	json_add_z(&x->json, "name", l->name(i));
	json_close(&x->json);
}

static void write_names(struct exchange *x, const struct names *lists,
			size_t count)
{
	const struct page whole = { 0 };

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "_data");
	for (size_t k = 0; k < count; k++)
		for (uint32_t i = 0; lists[k].name(i); i++)
			write_name(x, &lists[k], i);
	json_close(&x->json);
	personio_links(x, &whole, "");
	json_close(&x->json);
}

static void list_units(struct exchange *x)
{
	write_names(x, units, ARRAY_LEN(units));
}

static void list_offices(struct exchange *x)
{
	static const struct names list = { "office", &offices, office };

	write_names(x, &list, 1);
}

static void get_unit(struct exchange *x)
{
	for (size_t k = 0; k < ARRAY_LEN(units); k++) {
		uint32_t i;

		if (object_id_find(units[k].form, &x->sandbox->company,
				   x->params[0], &i) &&
		    units[k].name(i)) {
			write_name(x, &units[k], i);
			return;
		}
	}
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is no such unit");
}

static const struct http_route routes[] = {
	{ HTTP_POST, AT "/auth/token",
	  &(const struct endpoint){
		  .run = token_answer, .open = true, .limit = &token_limit } },
	{ HTTP_GET, AT "/persons", RUN(list_persons) },
	{ HTTP_GET, AT "/persons/{id}", RUN(get_person) },
	{ HTTP_GET, AT "/persons/{id}/employments", RUN(list_employments) },
	{ HTTP_GET, AT "/org-units", RUN(list_units) },
	{ HTTP_GET, AT "/org-units/{id}", RUN(get_unit) },
	{ HTTP_GET, AT "/workplaces", RUN(list_offices) },
	{ HTTP_GET, AT "/webhooks", RUN(personio_hooks) },
	{ HTTP_POST, AT "/webhooks", RUN(personio_hook_add) },
	{ HTTP_GET, AT "/webhooks/{id}", RUN(personio_hook_get) },
	{ HTTP_PATCH, AT "/webhooks/{id}", RUN(personio_hook_change) },
	{ HTTP_DELETE, AT "/webhooks/{id}", RUN(personio_hook_remove) },
	{ HTTP_GET, AT "/webhooks/{id}/events", RUN(personio_hook_events) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "papi-",
	.client = CRED_PERSONIO_CLIENT,
	.secret = CRED_PERSONIO_SECRET,
	.client_auth = CLIENT_FORM,
	.grants = "client_credentials",
	.ttl_s = 86400,
};

const struct api personio_api = {
	.vendor = VENDOR_PERSONIO,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
	.limit = &limit,
};

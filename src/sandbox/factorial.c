/*
 * Factorial: employees by cursor, and beside them contracts, teams and levels
 * that have to be joined.
 */
#include "factorial.h"

#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

static const struct id_form contracts = { "", .first = 3000001 };
static const struct id_form memberships = { "", .first = 4000001 };
static const struct id_form teams = { "", .first = 501 };
static const struct id_form level_ids = { "", .first = 601 };
static const struct id_form places = { "", .first = 701 };

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 422, "application/json",
			     "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"errors\":[{\"message\":\"Not authenticated\"}]}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"errors\":[{\"message\":\"Not allowed\"}]}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"errors\":[{\"message\":\"Too many "
			       "requests\"}]}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
};

static bool is_authorized(struct exchange *x)
{
	return str_is(http_request_header(x->req, "x-api-key"),
		      exchange_credential(x, CRED_FACTORIAL_KEY)) ||
	       token_is_good(x, TOKEN_COMPANY, exchange_bearer(x));
}

/* --- employees --- */

static void write_names(struct json_writer *w, const struct employee *e)
{
	char text[TEXT_SIZE];

	add_text(w, "first_name", e->first);
	add_text(w, "last_name", e->last);
	json_add_z(w, "full_name", full_name(e, text));
	add_text(w, "preferred_name", e->preferred);
	add_text(w, "email", e->email);
	add_text(w, "login_email", e->email);
	json_add_z(w, "personal_email", home_email(e, text));
}

/* Active means not terminated: whoever is yet to come is, too. */
static void write_end(struct json_writer *w, const struct employee *e)
{
	bool left = e->status == EMPLOYEE_DEPARTED;
	bool ends = e->end_day != NO_DAY && employee_has(e, FIELD_END);

	if (employee_has(e, FIELD_STATUS))
		json_add_bool(w, "active", !left);
	json_add_bool(w, "is_terminating", ends && !left);
	add_field(w, "terminated_on", e, FIELD_END);
	add_text(w, "termination_reason_type",
		 !ends		? ""
		 : e->rescinded ? "never_joined"
				: "resignation");
}

void factorial_employee(struct json_writer *w, const struct view *v,
			const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(w, NULL);
	add_person(w, "id", VENDOR_FACTORIAL, v, e->n);
	(void)snprintf(text, sizeof(text), "%u", 900001 + e->user);
	json_add_z(w, "access_id", text);
	json_add_z(w, "company_id", FACTORIAL_COMPANY);
	write_names(w, e);
	write_end(w, e);
	add_person(w, "manager_id", VENDOR_FACTORIAL, v, e->manager);
	if (employee_has(e, FIELD_LOCATION))
		add_object(w, "location_id", &places, v, e->location);
	else
		json_add_null(w, "location_id");
	json_add_z(w, "legal_entity_id", "1");
	add_field(w, "company_identifier", e, FIELD_NUMBER);
	add_text(w, "seniority_calculation_date", day_text(e->first_day, text));
	json_add_bool(w, "attendable", true);
	add_time(w, "created_at", e->created_ms, TIME_Z);
	add_time(w, "updated_at", e->changed_ms, TIME_Z);
	json_close(w);
}

static void write_contract(struct json_writer *w, const struct view *v,
			   const struct employee *e)
{
	json_open_object(w, NULL);
	add_object(w, "id", &contracts, v, e->n);
	add_person(w, "employee_id", VENDOR_FACTORIAL, v, e->n);
	add_text(w, "job_title", e->title);
	if (employee_has(e, FIELD_LEVEL))
		add_object(w, "job_catalog_level_id", &level_ids, v, e->level);
	else
		json_add_null(w, "job_catalog_level_id");
	add_field(w, "effective_on", e, FIELD_START);
	add_field(w, "starts_on", e, FIELD_START);
	add_field(w, "ends_on", e, FIELD_END);
	add_field(w, "contract_type", e, FIELD_TYPE);
	json_close(w);
}

void factorial_membership(struct json_writer *w, const struct view *v,
			  const struct employee *e)
{
	json_open_object(w, NULL);
	add_object(w, "id", &memberships, v, e->n);
	add_person(w, "employee_id", VENDOR_FACTORIAL, v, e->n);
	if (employee_has(e, FIELD_DEPARTMENT))
		add_object(w, "team_id", &teams, v, e->department);
	else
		json_add_null(w, "team_id");
	json_add_z(w, "company_id", FACTORIAL_COMPANY);
	json_close(w);
}

/* --- lists --- */

static const struct page_form pages = { PAGE_CURSOR, "after_id", "limit",
					100,	     100,	 false };

static void write_meta(struct exchange *x, const struct page *p, uint32_t total)
{
	char cursor[PAGE_CURSOR_SIZE];

	json_open_object(&x->json, "meta");
	json_add_bool(&x->json, "has_next_page", p->more);
	json_add_bool(&x->json, "has_previous_page", p->start > 0);
	add_text(&x->json, "end_cursor",
		 p->more ? page_cursor(p->next, cursor) : "");
	json_add_null(&x->json, "start_cursor");
	json_add_int(&x->json, "limit", p->limit);
	json_add_int(&x->json, "total", total);
	json_close(&x->json);
}

static void list(struct exchange *x, page_write_fn *write)
{
	struct wanted w = WANTED_ALL;
	struct page p;

	if (str_is(query_get(&x->query, "only_active"), "true"))
		w.statuses &= ~FIELD_BIT(EMPLOYEE_DEPARTED);
	if (!page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	page_write(x, &p, "data", write);
	write_meta(x, &p, page_total(x, &p));
	json_close(&x->json);
}

static void list_employees(struct exchange *x)
{
	list(x, factorial_employee);
}

static void list_contracts(struct exchange *x)
{
	list(x, write_contract);
}

static void list_memberships(struct exchange *x)
{
	list(x, factorial_membership);
}

/* The version comes first in the path. */
static void get_employee(struct exchange *x)
{
	struct employee e;

	x->params[0] = x->params[1];
	if (exchange_person(x, &e))
		factorial_employee(&x->json, &x->view, &e);
}

static const char *team(uint32_t i)
{
	return i < DEPARTMENT_COUNT ? departments[i].name : NULL;
}

static const char *level(uint32_t i)
{
	return i < LEVEL_COUNT ? levels[i].name : NULL;
}

static const char *place(uint32_t i)
{
	return i < LOCATION_COUNT ? locations[i].name : NULL;
}

static void list_names(struct exchange *x, const struct id_form *form,
		       const char *(*name)(uint32_t i))
{
	const struct page whole = { .limit = 100 };
	uint32_t i = 0;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	for (; name(i); i++) {
		json_open_object(&x->json, NULL);
		add_object(&x->json, "id", form, &x->view, i);
		json_add_z(&x->json, "company_id", FACTORIAL_COMPANY);
		json_add_z(&x->json, "name", name(i));
		json_close(&x->json);
	}
	json_close(&x->json);
	write_meta(x, &whole, i);
	json_close(&x->json);
}

static void list_teams(struct exchange *x)
{
	list_names(x, &teams, team);
}

static void list_levels(struct exchange *x)
{
	list_names(x, &level_ids, level);
}

static void list_places(struct exchange *x)
{
	list_names(x, &places, place);
}

static void get_credentials(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", "1");
	json_add_z(&x->json, "company_id", FACTORIAL_COMPANY);
	json_add_z(&x->json, "full_name", "Sandbox");
	json_close(&x->json);
	json_close(&x->json);
	json_close(&x->json);
}

#define AT "/as/factorial/api/{version}/resources"

static const struct http_route routes[] = {
	{ HTTP_POST, "/as/factorial/oauth/token", RUN_OPEN(token_answer) },
	{ HTTP_GET, "/as/factorial/oauth/authorize",
	  RUN_OPEN(token_authorize) },
	{ HTTP_GET, AT "/employees/employees", RUN(list_employees) },
	{ HTTP_GET, AT "/employees/employees/{id}", RUN(get_employee) },
	{ HTTP_GET, AT "/contracts/contract_versions", RUN(list_contracts) },
	{ HTTP_GET, AT "/teams/memberships", RUN(list_memberships) },
	{ HTTP_GET, AT "/teams/teams", RUN(list_teams) },
	{ HTTP_GET, AT "/job_catalog/levels", RUN(list_levels) },
	{ HTTP_GET, AT "/locations/locations", RUN(list_places) },
	{ HTTP_GET, AT "/api_public/credentials", RUN(get_credentials) },
	{ HTTP_GET, AT "/api_public/webhook_subscriptions",
	  RUN(factorial_hooks) },
	{ HTTP_POST, AT "/api_public/webhook_subscriptions",
	  RUN(factorial_hook_add) },
	{ HTTP_PUT, AT "/api_public/webhook_subscriptions/{id}",
	  RUN(factorial_hook_change) },
	{ HTTP_DELETE, AT "/api_public/webhook_subscriptions/{id}",
	  RUN(factorial_hook_remove) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-factorial-token-",
	.client = CRED_FACTORIAL_CLIENT,
	.secret = CRED_FACTORIAL_SECRET,
	.client_auth = CLIENT_FORM,
	.grants = "authorization_code,refresh_token",
	.ttl_s = 3600,
	.rotates = true,
	.refresh = true,
};

const struct api factorial_api = {
	.vendor = VENDOR_FACTORIAL,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
};

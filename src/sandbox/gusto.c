/* Gusto: employees by pages and headers, tokens of two kinds, events. */
#include "gusto.h"

#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define AT_ONCE 256 /* people of a streamed answer */

static const struct id_form departments_form = ID_UUID("d0605700");
static const struct id_form jobs = ID_UUID("10b05700");
static const struct id_form terminations = ID_UUID("7e405700");

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 422, "application/json",
			     "{\"errors\":[{\"error_key\":\"base\","
			     "\"category\":\"invalid_attribute_value\","
			     "\"message\":%s}]}",
			     NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"errors\":[{\"error_key\":\"request\","
			  "\"category\":\"unauthorized\",\"message\":\"The "
			  "access token is invalid\"}]}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"errors\":[{\"error_key\":\"request\","
			       "\"category\":\"forbidden\",\"message\":\"A "
			       "scope is missing\"}]}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"errors\":[{\"error_key\":\"request\","
			       "\"category\":\"not_found\",\"message\":%s}]}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"errors\":[{\"error_key\":\"request\","
			       "\"category\":\"rate_limit_exceeded\","
			       "\"message\":\"Too many requests\"}]}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
};

static const struct limit limit = {
	.count = 200,
	.window_ms = 60000,
	.limit = "X-RateLimit-Limit",
	.remaining = "X-RateLimit-Remaining",
	.reset = "X-RateLimit-Reset",
	.reset_form = LIMIT_RESET_TEXT,
	.retry_after = true,
};

/* The application's own token is for events and webhooks, and nothing else. */
static bool is_authorized(struct exchange *x)
{
	struct str path = http_request_path(x->req), token = exchange_bearer(x);
	bool system = str_starts(path, STR(GUSTO_AT "/events")) ||
		      str_starts(path, STR(GUSTO_AT "/webhook"));

	if (str_is(path, GUSTO_AT "/token_info") &&
	    token_is_good(x, TOKEN_SYSTEM, token))
		return true;
	return token_is_good(x, system ? TOKEN_SYSTEM : TOKEN_COMPANY, token);
}

/* --- one employee --- */

static void write_jobs(struct exchange *x, const struct employee *e)
{
	json_open_array(&x->json, "jobs");
	json_open_object(&x->json, NULL);
	add_object(&x->json, "uuid", &jobs, &x->view, e->n);
	json_add_bool(&x->json, "primary", true);
	add_text(&x->json, "title", e->title);
	add_field(&x->json, "hire_date", e, FIELD_START);
	json_add_z(&x->json, "payment_unit", "Year");
	json_close(&x->json);
	json_close(&x->json);
}

/* Not active as long as its day has not come. */
static void write_terminations(struct exchange *x, const struct employee *e)
{
	bool ends = e->end_day != NO_DAY && employee_has(e, FIELD_END);
	bool left = e->status == EMPLOYEE_DEPARTED;

	if (employee_has(e, FIELD_STATUS))
		json_add_bool(&x->json, "terminated", ends);
	json_open_array(&x->json, "terminations");
	if (ends) {
		json_open_object(&x->json, NULL);
		add_object(&x->json, "uuid", &terminations, &x->view, e->n);
		add_person(&x->json, "employee_uuid", VENDOR_GUSTO, &x->view,
			   e->n);
		json_add_bool(&x->json, "active", left);
		json_add_bool(&x->json, "cancelable", !left);
		add_field(&x->json, "effective_date", e, FIELD_END);
		json_add_bool(&x->json, "run_termination_payroll", false);
		json_close(&x->json);
	}
	json_close(&x->json);
}

static void write_onboarding(struct exchange *x, const struct employee *e)
{
	bool done = e->status != EMPLOYEE_UPCOMING && !e->rescinded;

	if (!employee_has(e, FIELD_STATUS))
		return;
	json_add_bool(&x->json, "onboarded", done);
	json_add_z(&x->json, "onboarding_status",
		   e->word[0] ? e->word
		   : done     ? "onboarding_completed"
			      : "self_onboarding_invited");
}

static const char *type_of(const struct employee *e)
{
	static const char *const words[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "full_time",
		[TYPE_PART_TIME] = "part_time_twenty_plus_hours",
		[TYPE_CONTRACTOR] = "variable",
		[TYPE_INTERN] = "seasonal",
	};

	return type_word(e, words);
}

static void write_custom(struct exchange *x, const struct employee *e)
{
	static const struct {
		const char *name;
		enum employee_field field;
	} rows[] = {
		{ "Seniority", FIELD_LEVEL },
		{ "Employee number", FIELD_NUMBER },
		{ "Location", FIELD_LOCATION },
	};
	char id[40];

	json_open_array(&x->json, "custom_fields");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_open_object(&x->json, NULL);
		(void)snprintf(id, sizeof(id),
			       "c0505700-0000-4000-8000-00000000000%zu", i);
		json_add_z(&x->json, "id", id);
		json_add_z(&x->json, "name", rows[i].name);
		json_add_z(&x->json, "type", "text");
		add_field(&x->json, "value", e, rows[i].field);
		json_close(&x->json);
	}
	json_close(&x->json);
}

static void write_employee(struct exchange *x, const struct employee *e,
			   bool custom)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, NULL);
	add_person(&x->json, "uuid", VENDOR_GUSTO, &x->view, e->n);
	json_add_z(&x->json, "company_uuid", GUSTO_COMPANY);
	add_text(&x->json, "first_name", e->first);
	json_add_null(&x->json, "middle_initial");
	add_text(&x->json, "last_name", e->last);
	add_text(&x->json, "preferred_first_name", e->preferred);
	add_text(&x->json, "work_email", e->email);
	json_add_z(&x->json, "email",
		   home_email(e, text)); /* the personal one */
	add_field(&x->json, "department", e, FIELD_DEPARTMENT);
	if (employee_has(e, FIELD_DEPARTMENT))
		add_object(&x->json, "department_uuid", &departments_form,
			   &x->view, e->department);
	add_text(&x->json, "title", e->title);
	write_jobs(x, e);
	add_field(&x->json, "hired_at", e, FIELD_START);
	add_person(&x->json, "manager_uuid", VENDOR_GUSTO, &x->view,
		   e->manager);
	write_terminations(x, e);
	write_onboarding(x, e);
	add_text(&x->json, "current_employment_status", type_of(e));
	if (custom)
		write_custom(x, e);
	json_close(&x->json);
}

static bool wants_custom(struct exchange *x)
{
	return query_lists(query_get(&x->query, "include"),
			   STR("custom_fields"));
}

static void get_employee(struct exchange *x)
{
	struct employee e;

	if (exchange_person(x, &e))
		write_employee(x, &e, wants_custom(x));
}

/* --- the list --- */

static const struct page_form pages = { PAGE_NUMBER, "page", "per",
					25,	     100,    false };

static bool is_set(struct exchange *x, const char *name)
{
	return str_is(query_get(&x->query, name), "true");
}

static bool read_wanted(struct exchange *x, struct wanted *w)
{
	static const char *const unknown[] = { "uuids", "sort_by",
					       "terminated_today",
					       "location_uuid" };

	*w = WANTED_ALL;
	if (is_set(x, "terminated"))
		w->statuses = FIELD_BIT(EMPLOYEE_DEPARTED);
	if (is_set(x, "onboarded_active"))
		w->statuses = FIELD_BIT(EMPLOYEE_ACTIVE) |
			      FIELD_BIT(EMPLOYEE_ON_LEAVE);
	if (is_set(x, "onboarded"))
		w->statuses &= ~FIELD_BIT(EMPLOYEE_UPCOMING);
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		if (query_get(&x->query, unknown[i]).ptr) {
			exchange_refuse(x, REFUSE_INVALID, unknown[i]);
			return false;
		}
	}
	if (str_is(x->params[0], GUSTO_COMPANY))
		return true;
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is no such company");
	return false;
}

struct all {
	struct wanted wanted;
	uint32_t at;
	bool custom;
};

static bool more_of_all(struct exchange *x)
{
	struct all *a = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &a->wanted, &a->at, &e)) {
			json_close(&x->json);
			return false;
		}
		write_employee(x, &e, a->custom);
	}
	return true;
}

/* Whoever names no page gets everybody. */
static void list_all(struct exchange *x, const struct wanted *w)
{
	struct all *a = arena_zalloc(&x->arena, 1, sizeof(*a));

	ASSERT(a); /* a query takes little of the arena */
	a->wanted = *w;
	a->custom = wants_custom(x);
	json_open_array(&x->json, NULL);
	exchange_stream(x, more_of_all, a);
}

static void add_count(struct exchange *x, const char *name, uint32_t n)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", n);
	exchange_header(x, name, text);
}

static void list_employees(struct exchange *x)
{
	bool custom = wants_custom(x);
	struct employee e;
	struct wanted w;
	struct page p;
	uint32_t total;

	if (!read_wanted(x, &w))
		return;
	if (!query_get(&x->query, "page").ptr) {
		list_all(x, &w);
		return;
	}
	if (!page_open(x, &pages, &w, &p))
		return;
	json_open_array(&x->json, NULL);
	while (page_take(x, &p, &e))
		write_employee(x, &e, custom);
	page_close(x, &p);
	json_close(&x->json);
	total = page_total(x, &p);
	add_count(x, "X-Page", p.at);
	add_count(x, "X-Total-Pages", (total + p.limit - 1) / p.limit);
	add_count(x, "X-Total-Count", total);
}

/* --- who is calling --- */

static void get_token_info(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "scope", "employees:read");
	json_open_object(&x->json, "resource");
	json_add_z(&x->json, "type", "Company");
	json_add_z(&x->json, "uuid", GUSTO_COMPANY);
	json_close(&x->json);
	json_open_object(&x->json, "resource_owner");
	json_add_z(&x->json, "type", "CompanyAdmin");
	json_add_z(&x->json, "uuid", "ad305700-0000-4000-8000-000000000001");
	json_close(&x->json);
	json_close(&x->json);
}

static const struct http_route routes[] = {
	{ HTTP_POST, "/as/gusto/oauth/token", RUN_OPEN(token_answer) },
	{ HTTP_GET, "/as/gusto/oauth/authorize", RUN_OPEN(token_authorize) },
	{ HTTP_GET, GUSTO_AT "/token_info", RUN(get_token_info) },
	{ HTTP_GET, GUSTO_AT "/companies/{uuid}/employees",
	  RUN(list_employees) },
	{ HTTP_GET, GUSTO_AT "/employees/{uuid}", RUN(get_employee) },
	{ HTTP_GET, GUSTO_AT "/events", RUN(gusto_events) },
	{ HTTP_GET, GUSTO_AT "/webhooks/health_check", RUN(gusto_health) },
	{ HTTP_GET, GUSTO_AT "/webhook_subscriptions", RUN(gusto_hooks) },
	{ HTTP_POST, GUSTO_AT "/webhook_subscriptions", RUN(gusto_hook_add) },
	{ HTTP_GET, GUSTO_AT "/webhook_subscriptions/{uuid}",
	  RUN(gusto_hook_get) },
	{ HTTP_DELETE, GUSTO_AT "/webhook_subscriptions/{uuid}",
	  RUN(gusto_hook_remove) },
	{ HTTP_PUT, GUSTO_AT "/webhook_subscriptions/{uuid}/verify",
	  RUN(gusto_hook_verify) },
	{ HTTP_GET,
	  GUSTO_AT "/webhook_subscriptions/{uuid}/request_verification_token",
	  RUN(gusto_hook_ask) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-gusto-token-",
	.client = CRED_GUSTO_CLIENT,
	.secret = CRED_GUSTO_SECRET,
	.client_auth = CLIENT_FORM,
	.grants = "authorization_code,refresh_token,system_access",
	.ttl_s = 7200,
	.rotates = true,
	.refresh = true,
};

const struct api gusto_api = {
	.vendor = VENDOR_GUSTO,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
	.limit = &limit,
};

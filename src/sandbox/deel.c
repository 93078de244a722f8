/* Deel: people by offset with a total, five calls a second, one record each. */
#include "deel.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define WORKER_FIRST 500001 /* their second id, a number */

static const struct id_form departments_form = ID_UUID("d0de3100");
static const struct id_form employments = ID_UUID("e0de3100");

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"errors\":[{\"message\":\"Unauthorized\"}]}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"errors\":[{\"message\":\"Forbidden: the "
			       "scope people:read is missing\"}]}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_THROTTLED] = { 429, NULL, NULL, NULL }, /* and no word more */
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
};

static const struct limit limit = { .count = 5, .window_ms = 1000 };

static bool is_authorized(struct exchange *x)
{
	return exchange_has_token(x, CRED_DEEL_TOKEN);
}

/* --- one person --- */

static void write_email(struct json_writer *w, const char *type,
			const char *value)
{
	json_open_object(w, NULL);
	json_add_z(w, "type", type);
	add_text(w, "value", value);
	json_close(w);
}

static void write_emails(struct json_writer *w, const struct employee *e)
{
	char home[TEXT_SIZE];

	json_open_array(w, "emails");
	write_email(w, "personal", home_email(e, home));
	write_email(w, "work", e->email);
	json_close(w);
}

static void write_manager(struct json_writer *w, const struct view *v,
			  const struct employee *e)
{
	struct employee m;

	if (!view_manager(v, e, &m)) {
		json_add_null(w, "direct_manager");
		return;
	}
	json_open_object(w, "direct_manager");
	add_person(w, "id", VENDOR_DEEL, v, m.n);
	json_add_int(w, "worker_id", WORKER_FIRST + (int64_t)m.n);
	add_text(w, "first_name", m.first);
	add_text(w, "last_name", m.last);
	add_text(w, "work_email", m.email);
	json_close(w);
}

/* Somebody with an end to come is offboarding. */
static const char *hiring_status(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "onboarding",
		[EMPLOYEE_ACTIVE] = "active",
		[EMPLOYEE_ON_LEAVE] = "active", /* leave is no word of theirs */
		[EMPLOYEE_DEPARTED] = "inactive",
	};

	return is_here(e) && e->end_day != NO_DAY && !e->word[0] &&
			       employee_has(e, FIELD_STATUS)
		       ? "offboarding"
		       : status_word(e, words);
}

static const char *hiring_type(const struct employee *e)
{
	static const char *const words[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "direct_employee",
		[TYPE_PART_TIME] = "direct_employee",
		[TYPE_CONTRACTOR] = "contractor",
		[TYPE_INTERN] = "eor",
	};

	return type_word(e, words);
}

/* The last day stands elsewhere for each way of being hired. */
static void write_ends(struct json_writer *w, const struct employee *e)
{
	char text[TEXT_SIZE];
	const char *end = employee_text(e, FIELD_END, text);
	bool direct = e->type != TYPE_CONTRACTOR;

	add_text(w, "completion_date", direct ? "" : end);
	add_text(w, "direct_employee_termination_last_day", direct ? end : "");
}

static void write_employments(struct json_writer *w, const struct view *v,
			      const struct employee *e)
{
	json_open_array(w, "employments");
	json_open_object(w, NULL);
	add_object(w, "id", &employments, v, e->n);
	add_text(w, "job_title", e->title);
	add_text(w, "work_email", e->email);
	add_text(w, "hiring_type", hiring_type(e));
	add_text(w, "hiring_status", hiring_status(e));
	json_add_bool(w, "is_ended", e->status == EMPLOYEE_DEPARTED);
	add_field(w, "start_date", e, FIELD_START);
	add_field(w, "termination_last_day", e, FIELD_END);
	json_close(w);
	json_close(w);
}

static void write_department(struct json_writer *w, const struct view *v,
			     const struct employee *e)
{
	if (!employee_has(e, FIELD_DEPARTMENT)) {
		json_add_null(w, "department");
		return;
	}
	json_open_object(w, "department");
	add_object(w, "id", &departments_form, v, e->department);
	add_field(w, "name", e, FIELD_DEPARTMENT);
	json_add_null(w, "parent");
	json_close(w);
}

static void write_person(struct json_writer *w, const char *key,
			 const struct view *v, const struct employee *e)
{
	char full[TEXT_SIZE];

	json_open_object(w, key);
	add_person(w, "id", VENDOR_DEEL, v, e->n);
	json_add_int(w, "worker_id", WORKER_FIRST + (int64_t)e->n);
	add_field(w, "external_id", e, FIELD_NUMBER);
	add_text(w, "first_name", e->first);
	add_text(w, "last_name", e->last);
	json_add_z(w, "full_name", full_name(e, full));
	add_text(w, "preferred_first_name", e->preferred);
	write_emails(w, e);
	add_text(w, "job_title", e->title);
	add_field(w, "seniority", e, FIELD_LEVEL);
	write_department(w, v, e);
	json_add_z(w, "state",
		   e->status == EMPLOYEE_DEPARTED ? "Inactive" : "Active");
	add_text(w, "hiring_status", hiring_status(e));
	add_text(w, "new_hiring_status", hiring_status(e));
	add_text(w, "hiring_type", hiring_type(e));
	add_field(w, "start_date", e, FIELD_START);
	write_ends(w, e);
	write_manager(w, v, e);
	add_field(w, "work_location", e, FIELD_LOCATION);
	add_text(w, "country",
		 employee_has(e, FIELD_LOCATION)
			 ? locations[e->location].country
			 : "");
	write_employments(w, v, e);
	add_time(w, "created_at", e->created_ms, TIME_Z);
	add_time(w, "updated_at", e->changed_ms, TIME_Z);
	json_close(w);
}

/* --- calls --- */

static const struct page_form pages = { PAGE_OFFSET, "offset", "limit",
					50,	     200,      false };

/* hiring_statuses[]=active&hiring_statuses[]=onboarding */
static bool read_wanted(struct exchange *x, struct wanted *w)
{
	static const struct {
		const char *word;
		unsigned statuses;
		bool ended;
	} words[] = {
		{ "active",
		  FIELD_BIT(EMPLOYEE_ACTIVE) | FIELD_BIT(EMPLOYEE_ON_LEAVE),
		  false },
		{ "onboarding", FIELD_BIT(EMPLOYEE_UPCOMING), false },
		{ "inactive", FIELD_BIT(EMPLOYEE_DEPARTED), false },
		{ "offboarding",
		  FIELD_BIT(EMPLOYEE_ACTIVE) | FIELD_BIT(EMPLOYEE_ON_LEAVE),
		  true },
	};
	bool named = false;

	*w = WANTED_ALL;
	for (size_t i = 0; i < x->query.count; i++) {
		size_t k = 0;

		if (!str_is(x->query.items[i].name, "hiring_statuses[]"))
			continue;
		while (k < ARRAY_LEN(words) &&
		       !str_is(x->query.items[i].value, words[k].word))
			k++;
		if (k == ARRAY_LEN(words)) {
			exchange_refuse(x, REFUSE_INVALID,
					"hiring_statuses: one is unknown");
			return false;
		}
		w->statuses = words[k].statuses | (named ? w->statuses : 0);
		w->ended = words[k].ended;
		named = true;
	}
	return true;
}

static void list_people(struct exchange *x)
{
	struct employee e;
	struct wanted w;
	struct page p;

	if (query_get(&x->query, "search").ptr ||
	    query_get(&x->query, "sort_by").ptr) {
		exchange_refuse(x, REFUSE_INVALID,
				"The sandbox does not search or sort");
		return;
	}
	if (!read_wanted(x, &w) || !page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	while (page_take(x, &p, &e))
		write_person(&x->json, NULL, &x->view, &e);
	page_close(x, &p);
	json_close(&x->json);
	json_open_object(&x->json, "page");
	json_add_int(&x->json, "offset", p.at);
	json_add_int(&x->json, "total_rows", page_total(x, &p));
	json_add_int(&x->json, "items_per_page", p.limit);
	json_close(&x->json);
	json_close(&x->json);
}

static void write_one(struct exchange *x, const struct employee *e)
{
	json_open_object(&x->json, NULL);
	write_person(&x->json, "data", &x->view, e);
	json_close(&x->json);
}

static void get_person(struct exchange *x)
{
	struct employee e;

	if (exchange_person(x, &e))
		write_one(x, &e);
}

/* Whoever made the token. */
static void get_me(struct exchange *x)
{
	struct employee e;

	if (exchange_owner(x, &e))
		write_one(x, &e);
}

static const struct http_route routes[] = {
	{ HTTP_POST, "/as/deel/oauth2/tokens", RUN_OPEN(token_answer) },
	{ HTTP_GET, "/as/deel/oauth2/authorize", RUN_OPEN(token_authorize) },
	{ HTTP_GET, DEEL_AT "/people", RUN(list_people) },
	{ HTTP_GET, DEEL_AT "/people/me", RUN(get_me) },
	{ HTTP_GET, DEEL_AT "/people/{id}", RUN(get_person) },
	{ HTTP_GET, DEEL_AT "/webhooks", RUN(deel_hooks) },
	{ HTTP_POST, DEEL_AT "/webhooks", RUN(deel_hook_add) },
	{ HTTP_GET, DEEL_AT "/webhooks/events/types", RUN(deel_hook_types) },
	{ HTTP_GET, DEEL_AT "/webhooks/{id}", RUN(deel_hook_get) },
	{ HTTP_DELETE, DEEL_AT "/webhooks/{id}", RUN(deel_hook_remove) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-deel-token-",
	.client = CRED_DEEL_CLIENT,
	.secret = CRED_DEEL_SECRET,
	.client_auth = CLIENT_BASIC,
	.grants = "authorization_code,refresh_token",
	.ttl_s = 2592000,
	.rotates = true,
	.refresh = true,
};

const struct api deel_api = {
	.vendor = VENDOR_DEEL,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
	.limit = &limit,
};

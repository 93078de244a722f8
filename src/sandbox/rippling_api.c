/* Rippling's REST API v2: https://developer.rippling.com, what is used of it.
 */
#include "exchange.h"

#include "base/clock.h"
#include "render.h"
#include "rippling.h"
#include "state.h"

#include <stdio.h>

static const struct page_form pages = { PAGE_CURSOR, "cursor", "limit",
					50,	     100,      false };

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"ok\":false,\"error\":%s}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"ok\":false,\"error\":\"Unauthorized\"}", NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"ok\":false,\"error\":\"Insufficient oauth "
			       "scopes to access worker\"}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"ok\":false,\"error\":%s}", NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"ok\":false,\"error\":%s}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"ok\":false,\"error\":\"Too many "
			       "requests\"}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"ok\":false,\"error\":%s}", NULL },
};

static bool is_authorized(struct exchange *x)
{
	return exchange_has_token(x, CRED_RIPPLING_TOKEN);
}

/* --- filter: work_email eq 'a@example.com' and status eq 'ACTIVE' --- */

static struct str take_word(struct str *text)
{
	struct str word;

	*text = str_trim(*text);
	(void)str_cut(text, ' ', &word);
	return word;
}

static struct str unquote(struct str s)
{
	if (s.len >= 2 && (s.ptr[0] == '\'' || s.ptr[0] == '"') &&
	    s.ptr[s.len - 1] == s.ptr[0])
		return (struct str){ s.ptr + 1, s.len - 2 };
	return s;
}

static bool take_status(struct str word, unsigned *statuses)
{
	static const struct {
		const char *word;
		unsigned statuses;
	} rows[] = {
		{ "ACTIVE",
		  FIELD_BIT(EMPLOYEE_ACTIVE) | FIELD_BIT(EMPLOYEE_ON_LEAVE) },
		{ "HIRED", FIELD_BIT(EMPLOYEE_UPCOMING) },
		{ "TERMINATED", FIELD_BIT(EMPLOYEE_DEPARTED) },
		{ "INIT", 0 },
		{ "ACCEPTED", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_is(word, rows[i].word)) {
			*statuses = rows[i].statuses;
			return true;
		}
	}
	return false;
}

static bool take_condition(struct exchange *x, struct str *text,
			   struct wanted *w)
{
	struct str field = take_word(text);
	struct str op = take_word(text);
	struct str value = unquote(take_word(text));

	if (str_is(field, "updated_at") &&
	    (str_is(op, "ge") || str_is(op, "gt")))
		return clock_parse_ms(value, &w->changed_since_ms);
	if (!str_is(op, "eq") || value.len == 0)
		return false;
	if (str_is(field, "status"))
		return take_status(value, &w->statuses);
	if (str_is(field, "work_email")) {
		w->email = value;
		return true;
	}
	return str_is(field, "user_id") &&
	       rippling_id_find(RIPPLING_USER, &x->sandbox->company, value,
				&w->user);
}

static bool read_filter(struct exchange *x, struct wanted *w)
{
	struct str text = query_get(&x->query, "filter");

	*w = WANTED_ALL;
	text = str_trim(text);
	while (text.len > 0) {
		if (!take_condition(x, &text, w))
			return false;
		text = str_trim(text);
		if (text.len > 0 &&
		    !str_eq_nocase(take_word(&text), STR("and")))
			return false;
	}
	return true;
}

/* --- workers --- */

/* Known over there; of some the company has nothing to show. */
static bool is_expandable(struct str list)
{
	const struct str known =
		STR("user,manager,legal_entity,employment_type,compensation,"
		    "department,teams,level,custom_fields,business_partners");

	while (list.len > 0) {
		struct str one;

		(void)str_cut(&list, ',', &one);
		if (!query_lists(known, str_trim(one)))
			return false;
	}
	return true;
}

static void write_redacted(struct exchange *x, const char *name)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "name", name);
	json_add_z(&x->json, "reason", "Insufficient entitlements");
	json_close(&x->json);
}

static void open_meta(struct exchange *x)
{
	int64_t field = x->fault.value[FAULT_REDACTED_FIELD];

	json_open_object(&x->json, "__meta");
	json_open_array(&x->json, "redacted_fields");
	write_redacted(x, "date_of_birth"); /* which is not even asked for */
	if (field)
		write_redacted(x, rippling_field_name(
					  (enum employee_field)(field - 1)));
	json_close(&x->json);
	json_close(&x->json);
}

/* As theirs, the link holds the cursor alone: the rest is to be added again. */
static void write_next(struct exchange *x, const char *path,
		       const struct page *p)
{
	char cursor[PAGE_CURSOR_SIZE];
	struct buf link;

	if (!p->more) {
		json_add_null(&x->json, "next_link");
		return;
	}
	buf_init(&link, 1024);
	exchange_base(x, VENDOR_RIPPLING, &link);
	buf_addf(&link, "%s?cursor=%s", path, page_cursor(p->next, cursor));
	json_add_string(&x->json, "next_link", buf_str(&link));
	buf_release(&link);
}

static void list_workers(struct exchange *x)
{
	struct str expand = query_get(&x->query, "expand");
	struct employee e;
	struct wanted w;
	struct page p;

	if (!read_filter(x, &w)) {
		exchange_refuse(x, REFUSE_INVALID,
				"filter: status, work_email or user_id eq, "
				"updated_at ge");
		return;
	}
	if (!is_expandable(expand)) {
		exchange_refuse(x, REFUSE_INVALID, "expand: a name is unknown");
		return;
	}
	if (!page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	open_meta(x);
	json_open_array(&x->json, "results");
	while (page_take(x, &p, &e))
		rippling_worker(&x->view, &e, expand, &x->json);
	page_close(x, &p);
	json_close(&x->json);
	write_next(x, "/workers/", &p);
	json_close(&x->json);
}

/* One for everybody who is away: leave is no status of theirs. */
static void write_leave(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(
		&x->json, "id",
		rippling_id(RIPPLING_LEAVE, &x->sandbox->company, e->n, text));
	json_add_z(
		&x->json, "worker_id",
		rippling_id(RIPPLING_WORKER, &x->sandbox->company, e->n, text));
	json_add_z(&x->json, "status", "APPROVED");
	json_add_z(&x->json, "start_date",
		   day_text(e->changed_ms / CLOCK_DAY_MS, text));
	json_add_null(&x->json, "end_date");
	json_add_z(&x->json, "updated_at",
		   time_text(e->changed_ms, TIME_Z, text));
	json_close(&x->json);
}

static void list_leaves(struct exchange *x)
{
	const struct wanted w = { .statuses = FIELD_BIT(EMPLOYEE_ON_LEAVE),
				  .user = EMPLOYEE_NONE };
	struct employee e;
	struct page p;

	if (!page_open(x, &pages, &w, &p))
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "results");
	while (page_take(x, &p, &e))
		write_leave(x, &e);
	page_close(x, &p);
	json_close(&x->json);
	write_next(x, "/leave-requests/", &p);
	json_close(&x->json);
}

static void get_worker(struct exchange *x)
{
	struct str expand = query_get(&x->query, "expand");
	struct employee e;
	uint32_t n;

	if (!is_expandable(expand)) {
		exchange_refuse(x, REFUSE_INVALID, "expand: a name is unknown");
		return;
	}
	if (!vendor_id_find(VENDOR_RIPPLING, &x->sandbox->company, x->params[0],
			    &n) ||
	    !view_get(&x->view, n, &e)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "Worker not found");
		return;
	}
	rippling_worker(&x->view, &e, expand, &x->json);
}

static void get_me(struct exchange *x)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id",
		   vendor_id(VENDOR_RIPPLING, &x->sandbox->company, 0, id));
	json_add_z(&x->json, "work_email", COMPANY_ADMIN);
	json_add_z(&x->json, "company_id", RIPPLING_COMPANY);
	json_close(&x->json);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/workers", RUN(list_workers) },
	{ HTTP_GET, "/workers/", RUN(list_workers) },
	{ HTTP_GET, "/workers/{id}", RUN(get_worker) },
	{ HTTP_GET, "/workers/{id}/", RUN(get_worker) },
	{ HTTP_GET, "/sso-me", RUN(get_me) },
	{ HTTP_GET, "/sso-me/", RUN(get_me) },
	{ HTTP_GET, "/leave-requests", RUN(list_leaves) },
	{ HTTP_GET, "/leave-requests/", RUN(list_leaves) },
	{ HTTP_GET, "/platform/api/employees", RUN(rippling_v1_employees) },
	{ HTTP_GET, "/platform/api/employees/include_terminated",
	  RUN(rippling_v1_everybody) },
	{ HTTP_GET, "/platform/api/employees/{id}", RUN(rippling_v1_employee) },
	{ HTTP_GET, "/platform/api/company_activity",
	  RUN(rippling_v1_activity) },
	{ HTTP_GET, "/platform/api/me", RUN(rippling_v1_me) },
	{ HTTP_GET, "/platform/api/companies/current",
	  RUN(rippling_v1_company) },
	{ HTTP_POST, "/platform/api/mark_app_installed",
	  RUN(rippling_v1_installed) },
	{ HTTP_POST, "/api/o/token/", RUN_OPEN(token_answer) },
	{ HTTP_POST, "/o/token", RUN_OPEN(token_answer) },
	{ HTTP_GET, "/o/authorize", RUN_OPEN(token_authorize) },
	{ HTTP_GET, "/apps/PLATFORM/{app}/authorize",
	  RUN_OPEN(token_authorize) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-rippling-token-",
	.client = CRED_RIPPLING_CLIENT,
	.secret = CRED_RIPPLING_SECRET,
	.client_auth = CLIENT_BASIC | CLIENT_FORM,
	.grants = "authorization_code,refresh_token",
	.ttl_s = 129600,
	.rotates = true,
	.refresh = true,
};

const struct api rippling_api = {
	.vendor = VENDOR_RIPPLING,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
};

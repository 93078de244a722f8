/* BambooHR's API: https://documentation.bamboohr.com, as far as it is used. */
#include "exchange.h"

#include "bamboohr.h"
#include "base/assert.h"
#include "base/clock.h"
#include "render.h"
#include "state.h"
#include "text.h"

#include <stdio.h>

#define PAGE_DEFAULT 250
#define PAGE_MAX     2500
#define AT_ONCE	     256 /* people of a streamed answer */

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"error\":{\"code\":\"BadRequest\","
			     "\"message\":%s}}",
			     "X-BambooHR-Error-Message" },
	[REFUSE_AUTH] = { 401, NULL, NULL, NULL },
	[REFUSE_FORBIDDEN] = { 403, NULL, NULL, NULL },
	[REFUSE_NOT_FOUND] = { 404, NULL, NULL, "X-BambooHR-Error-Message" },
	[REFUSE_METHOD] = { 405, NULL, NULL, "X-BambooHR-Error-Message" },
	[REFUSE_THROTTLED] = { 429, NULL, NULL, NULL },
	[REFUSE_BROKEN] = { 503, NULL, NULL, "X-BambooHR-Error-Message" },
	[REFUSE_LOCKED] = { 403, NULL, NULL, NULL },
};

/* The key is the user; the password is whatever the caller likes. */
static bool is_authorized(struct exchange *x)
{
	struct str rest = exchange_basic(x), key;

	(void)str_cut(&rest, ':', &key);
	return str_is(key, exchange_credential(x, CRED_BAMBOOHR_KEY)) ||
	       token_is_good(x, TOKEN_COMPANY, exchange_bearer(x));
}

bool bamboohr_wants_json(struct exchange *x)
{
	struct str accept = http_request_header(x->req, "Accept");

	while (accept.len > 0) {
		struct str one, type;

		(void)str_cut(&accept, ',', &one);
		(void)str_cut(&one, ';', &type);
		if (str_eq_nocase(str_trim(type), STR("application/json")))
			return true;
	}
	x->type = "text/xml; charset=utf-8";
	return false;
}

bool bamboohr_has_json_only(struct exchange *x)
{
	if (bamboohr_wants_json(x))
		return true;
	exchange_refuse(x, REFUSE_INVALID,
			"The sandbox has this in JSON only: send Accept: "
			"application/json");
	return false;
}

/* --- one person --- */

static size_t count_names(struct str names)
{
	size_t count = names.len > 0;

	for (size_t i = 0; i < names.len; i++)
		count += names.ptr[i] == ',';
	return count;
}

static void get_person(struct exchange *x)
{
	struct str names = query_get(&x->query, "fields");
	bool future = str_is(query_get(&x->query, "onlyCurrent"), "false");
	struct employee e;
	uint32_t n = 0; /* of id 0: whoever owns the key */

	if (count_names(names) > BAMBOOHR_FIELDS_MAX) {
		exchange_refuse(x, REFUSE_INVALID, "More than 400 fields");
		return;
	}
	if ((!str_is(x->params[0], "0") &&
	     !vendor_id_find(VENDOR_BAMBOOHR, &x->sandbox->company,
			     x->params[0], &n)) ||
	    !view_get(&x->view, n, &e)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "Employee not found");
		return;
	}
	if (!bamboohr_wants_json(x)) {
		bamboohr_fields_xml(&x->view, &e, names, future, &x->body);
		return;
	}
	json_open_object(&x->json, NULL);
	bamboohr_fields(&x->view, &e, names, future, &x->json);
	json_close(&x->json);
}

/* --- the list --- */

static void bad_page(struct exchange *x)
{
	x->status = 400;
	buf_add_z(&x->body, "{\"error\":{\"code\":\"BadPage\",\"message\":"
			    "\"The page cursor is not valid\"}}");
}

/* -1 and a refusal for what the sandbox does not do, rather than ignoring. */
static int read_filters(struct exchange *x, struct wanted *w)
{
	static const char *const unknown[] = {
		"filter[firstName]",
		"filter[lastName]",
		"filter[jobTitleName]",
		"page[before]",
	};
	struct str status = query_get(&x->query, "filter[status]");
	struct str sort = query_get(&x->query, "sort");

	*w = WANTED_ALL;
	if (str_is(status, "active"))
		w->statuses = FIELD_BIT(EMPLOYEE_ACTIVE) |
			      FIELD_BIT(EMPLOYEE_ON_LEAVE);
	else if (str_is(status, "inactive"))
		w->statuses = FIELD_BIT(EMPLOYEE_UPCOMING) |
			      FIELD_BIT(EMPLOYEE_DEPARTED);
	else if (status.ptr) {
		exchange_refuse(x, REFUSE_INVALID,
				"filter[status]: active or inactive");
		return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		if (query_get(&x->query, unknown[i]).ptr) {
			exchange_refuse(x, REFUSE_INVALID, unknown[i]);
			return -1;
		}
	}
	if (sort.ptr && !str_is(sort, "employeeId")) {
		exchange_refuse(x, REFUSE_INVALID,
				"sort: the sandbox has employeeId only");
		return -1;
	}
	return 0;
}

static bool has_ids(const struct exchange *x)
{
	return query_get(&x->query, "filter[ids]").ptr ||
	       query_get(&x->query, "filter[ids][]").ptr;
}

/* filter[ids]=1,2 and filter[ids][]=1&filter[ids][]=2 mean the same. */
static uint32_t write_ids(struct exchange *x, const struct wanted *w,
			  uint32_t limit)
{
	struct str names = query_get(&x->query, "fields");
	uint32_t count = 0;

	for (size_t i = 0; i < x->query.count; i++) {
		struct str list = x->query.items[i].value;

		if (!str_is(x->query.items[i].name, "filter[ids]") &&
		    !str_is(x->query.items[i].name, "filter[ids][]"))
			continue;
		while (list.len > 0 && count < limit) {
			struct employee e;
			struct str one;
			uint32_t n;

			(void)str_cut(&list, ',', &one);
			if (!vendor_id_find(VENDOR_BAMBOOHR,
					    &x->sandbox->company, one, &n) ||
			    !view_get(&x->view, n, &e) ||
			    !(w->statuses & FIELD_BIT(e.status)))
				continue;
			bamboohr_list_item(&x->view, &e, names, &x->json);
			count++;
		}
	}
	return count;
}

static void write_people(struct exchange *x, struct page *p)
{
	struct str names = query_get(&x->query, "fields");
	struct employee e;

	while (page_take(x, p, &e))
		bamboohr_list_item(&x->view, &e, names, &x->json);
	page_close(x, p);
}

static void write_meta(struct exchange *x, const struct page *p, uint32_t total)
{
	char cursor[PAGE_CURSOR_SIZE];

	json_open_object(&x->json, "meta");
	json_add_int(&x->json, "total", total);
	json_open_object(&x->json, "page");
	json_add_int(&x->json, "limit", p->limit);
	add_text(&x->json, "nextCursor",
		 p->more ? page_cursor(p->next, cursor) : "");
	json_add_null(&x->json, "prevCursor");
	json_close(&x->json);
	json_close(&x->json);
	json_open_object(&x->json, "_links");
	json_close(&x->json);
}

static void list_people(struct exchange *x)
{
	struct str after = query_get(&x->query, "page[after]");
	uint32_t at = 0, total;
	struct wanted w;
	struct page p;
	uint64_t limit;
	struct err err = { 0 };

	if (query_number(&x->query, "page[limit]", PAGE_DEFAULT, 1, PAGE_MAX,
			 &limit, &err) < 0) {
		exchange_refuse(x, REFUSE_INVALID, err.text);
		return;
	}
	if (read_filters(x, &w) < 0)
		return;
	if (after.ptr &&
	    (!page_cursor_read(after, &at) || at > x->sandbox->company.size)) {
		bad_page(x);
		return;
	}
	page_open_at(x, PAGE_CURSOR, &w, at, (uint32_t)limit, &p);
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	if (has_ids(x)) {
		total = write_ids(x, &w, (uint32_t)limit);
	} else {
		write_people(x, &p);
		total = page_total(x, &p);
	}
	json_close(&x->json);
	write_meta(x, &p, total);
	json_close(&x->json);
}

/* --- the directory --- */

struct directory {
	struct wanted wanted;
	uint32_t at;
	bool json;
};

static void end_directory(struct exchange *x, const struct directory *d)
{
	if (!d->json) {
		buf_add_z(&x->body, "</employees></directory>");
		return;
	}
	json_close(&x->json);
	json_close(&x->json);
}

static bool more_of_directory(struct exchange *x)
{
	struct directory *d = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &d->wanted, &d->at, &e)) {
			end_directory(x, d);
			return false;
		}
		if (d->json)
			bamboohr_directory_item(&x->view, &e, &x->json);
		else
			bamboohr_directory_item_xml(&x->view, &e, &x->body);
	}
	return true;
}

static void begin_directory(struct exchange *x, bool json)
{
	if (!json) {
		buf_add_z(&x->body, "<?xml version=\"1.0\"?>\n<directory>"
				    "<fieldset>");
		bamboohr_directory_fields_xml(&x->body);
		buf_add_z(&x->body, "</fieldset><employees>");
		return;
	}
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "fields");
	bamboohr_directory_fields(&x->json);
	json_close(&x->json);
	json_open_array(&x->json, "employees");
}

/* Current people; with onlyCurrent=false those to come as well. */
static void get_directory(struct exchange *x)
{
	bool future = str_is(query_get(&x->query, "onlyCurrent"), "false");
	struct directory *d = arena_zalloc(&x->arena, 1, sizeof(*d));
	uint32_t at = 0, n;

	ASSERT(d); /* the first that is taken from the arena */
	d->wanted = WANTED_ALL;
	d->wanted.statuses =
		FIELD_BIT(EMPLOYEE_ACTIVE) | FIELD_BIT(EMPLOYEE_ON_LEAVE);
	if (future)
		d->wanted.statuses |= FIELD_BIT(EMPLOYEE_UPCOMING);
	d->json = bamboohr_wants_json(x);
	if (!view_next(&x->view, &d->wanted, &at, &n)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "No employees");
		return;
	}
	begin_directory(x, d->json);
	exchange_stream(x, more_of_directory, d);
}

/* --- who changed --- */

enum change { INSERTED, UPDATED, DELETED, CHANGE_COUNT };

static const char *const change_names[CHANGE_COUNT] = { "Inserted", "Updated",
							"Deleted" };

static void write_change(struct exchange *x, const struct employee *e,
			 enum change c)
{
	char id[VENDOR_ID_SIZE], text[TEXT_SIZE];

	vendor_id(VENDOR_BAMBOOHR, &x->sandbox->company, e->n, id);
	json_open_object(&x->json, id);
	json_add_z(&x->json, "id", id);
	json_add_z(&x->json, "action", change_names[c]);
	json_add_z(&x->json, "lastChanged",
		   time_text(e->changed_ms, TIME_COLON, text));
	json_close(&x->json);
}

struct changes {
	int64_t since, latest;
	int type; /* enum change; CHANGE_COUNT: all */
	uint32_t n;
};

static void take_change(struct exchange *x, struct changes *c, uint32_t n)
{
	enum change change = UPDATED;
	struct employee e;

	if (!company_peek(&x->sandbox->company, n, &e))
		change = DELETED;
	else if (e.created_ms >= c->since)
		change = INSERTED;
	/* Seconds only over there: the one that is cut off counts. */
	if (e.changed_ms / 1000 < c->since / 1000 || !view_shows(&x->view, n) ||
	    (c->type != CHANGE_COUNT && c->type != (int)change))
		return;
	write_change(x, &e, change);
	if (e.changed_ms > c->latest)
		c->latest = e.changed_ms;
}

static bool more_of_changes(struct exchange *x)
{
	struct changes *c = x->more_arg;
	uint32_t size = x->sandbox->company.size;
	char text[TEXT_SIZE];

	if (x->fault.value[FAULT_EMPTY_LIST])
		c->n = size;
	for (int i = 0; i < AT_ONCE && c->n < size; i++)
		take_change(x, c, c->n++);
	if (c->n < size)
		return true;
	json_close(&x->json);
	json_add_z(&x->json, "latest", time_text(c->latest, TIME_COLON, text));
	json_close(&x->json);
	return false;
}

static bool read_type(struct str text, int *out)
{
	*out = CHANGE_COUNT;
	if (!text.ptr || str_is(text, "all"))
		return true;
	for (int c = 0; c < CHANGE_COUNT; c++)
		if (str_eq_nocase(text, str_of(change_names[c])))
			*out = c;
	return *out != CHANGE_COUNT;
}

static void get_changed(struct exchange *x)
{
	struct changes *c = arena_zalloc(&x->arena, 1, sizeof(*c));

	ASSERT(c); /* the first that is taken from the arena */
	if (!clock_parse_ms(query_get(&x->query, "since"), &c->since)) {
		exchange_refuse(x, REFUSE_INVALID,
				"since: an ISO 8601 time is needed");
		return;
	}
	if (!read_type(query_get(&x->query, "type"), &c->type)) {
		exchange_refuse(x, REFUSE_INVALID,
				"type: inserted, updated, deleted, all");
		return;
	}
	c->latest = c->since;
	json_open_object(&x->json, NULL);
	json_open_object(&x->json, "employees");
	exchange_stream(x, more_of_changes, c);
}

/* --- about the company --- */

static void get_meta(struct exchange *x)
{
	if (bamboohr_wants_json(x))
		bamboohr_meta(&x->body);
	else
		bamboohr_meta_xml(&x->body);
}

static void get_company(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "legalName", "Make-believe Company");
	json_add_z(&x->json, "displayName", "Sandbox");
	json_close(&x->json);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/api/v1/employees", RUN(list_people) },
	{ HTTP_GET, "/api/v1/employees/directory", RUN(get_directory) },
	{ HTTP_GET, "/api/v1/employees/changed", RUN(get_changed) },
	{ HTTP_GET, "/api/v1/employees/changed/tables/{table}",
	  RUN(bamboohr_changed_table) },
	{ HTTP_GET, "/api/v1/employees/{id}", RUN(get_person) },
	{ HTTP_GET, "/api/v1/employees/{id}/tables/{table}",
	  RUN(bamboohr_table) },
	{ HTTP_POST, "/api/v1/reports/custom", RUN(bamboohr_report) },
	{ HTTP_GET, "/api/v1/datasets", RUN(bamboohr_datasets) },
	{ HTTP_GET, "/api/v1_2/datasets", RUN(bamboohr_datasets) },
	{ HTTP_GET, "/api/v1/datasets/{name}/fields",
	  RUN(bamboohr_dataset_fields) },
	{ HTTP_GET, "/api/v1_2/datasets/{name}/fields",
	  RUN(bamboohr_dataset_fields) },
	{ HTTP_POST, "/api/v2/datasets/{name}/data",
	  RUN(bamboohr_dataset_data) },
	{ HTTP_GET, "/api/v1/meta/fields", RUN(get_meta) },
	{ HTTP_GET, "/api/v1/meta/lists", RUN(bamboohr_meta_lists) },
	{ HTTP_GET, "/api/v1/meta/tables", RUN(bamboohr_meta_tables) },
	{ HTTP_GET, "/api/v1/meta/users", RUN(bamboohr_meta_users) },
	{ HTTP_GET, "/api/v1/company_information", RUN(get_company) },
	{ HTTP_GET, "/api/v1/webhooks", RUN(bamboohr_hooks_list) },
	{ HTTP_POST, "/api/v1/webhooks", RUN(bamboohr_hooks_add) },
	{ HTTP_GET, "/api/v1/webhooks/monitor_fields",
	  RUN(bamboohr_hooks_fields) },
	{ HTTP_GET, "/api/v1/webhooks/post-fields",
	  RUN(bamboohr_hooks_post_fields) },
	{ HTTP_GET, "/api/v1/webhooks/{id}", RUN(bamboohr_hooks_get) },
	{ HTTP_PUT, "/api/v1/webhooks/{id}", RUN(bamboohr_hooks_replace) },
	{ HTTP_GET, "/api/v1/webhooks/{id}/log", RUN(bamboohr_hooks_log) },
	{ HTTP_DELETE, "/api/v1/webhooks/{id}", RUN(bamboohr_hooks_remove) },
	{ HTTP_POST, "/token.php", RUN_OPEN(token_answer) },
	{ HTTP_GET, "/authorize.php", RUN_OPEN(token_authorize) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-bamboohr-token-",
	.client = CRED_BAMBOOHR_CLIENT,
	.secret = CRED_BAMBOOHR_SECRET,
	.client_auth = CLIENT_FORM,
	.grants = "authorization_code,refresh_token",
	.ttl_s = 3600,
	.rotates = true,
	.refresh = true,
};

const struct api bamboohr_api = {
	.vendor = VENDOR_BAMBOOHR,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
};

/* BambooHR's API: https://documentation.bamboohr.com, as far as it is used. */
#include "exchange.h"

#include "bamboohr_hooks.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/encode.h"
#include "render.h"
#include "state.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE_DEFAULT 250
#define PAGE_MAX     2500

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
};

/* The key is the user; the password is whatever the caller likes. */
static bool is_authorized(struct exchange *x)
{
	struct str rest = exchange_basic(x), key;

	(void)str_cut(&rest, ':', &key);
	return str_is(key, x->sandbox->credentials.bamboohr_key);
}

/* The older calls answer in XML unless asked not to. */
static bool wants_json(struct exchange *x)
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
	if (!wants_json(x)) {
		bamboohr_fields_xml(&x->view, &e, names, future, &x->body);
		return;
	}
	json_open_object(&x->json, NULL);
	bamboohr_fields(&x->view, &e, names, future, &x->json);
	json_close(&x->json);
}

/* --- the list --- */

/* Opaque to callers: base64 of {"at":101}, a position. */
static void write_cursor(struct exchange *x, uint32_t position)
{
	struct buf plain, coded;

	buf_init(&plain, 64);
	buf_init(&coded, 128);
	buf_addf(&plain, "{\"at\":%u}", position);
	encode(ENCODING_BASE64URL, plain.data, plain.len, &coded);
	json_add_z(&x->json, "nextCursor", buf_z(&coded));
	buf_release(&plain);
	buf_release(&coded);
}

static bool read_cursor(struct exchange *x, struct str text, uint32_t *position)
{
	unsigned char plain[64];
	const struct json *v;
	int64_t at;
	size_t len;

	if (!decode(ENCODING_BASE64URL, text, plain, sizeof(plain), &len) ||
	    json_parse(&v, &x->arena, (struct str){ (char *)plain, len }, NULL,
		       NULL) < 0 ||
	    !json_int(json_get(v, "at"), &at) || at < 0 ||
	    at > x->sandbox->company.size)
		return false;
	*position = (uint32_t)at;
	return true;
}

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

	*w = (struct wanted){ .statuses = STATUSES_ALL, .user = EMPLOYEE_NONE };
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

/* filter[ids]=1,2 and filter[ids][]=1&filter[ids][]=2 mean the same. */
static uint32_t list_ids(struct exchange *x, const struct wanted *w,
			 uint32_t *out, uint32_t limit)
{
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
			if (vendor_id_find(VENDOR_BAMBOOHR,
					   &x->sandbox->company, one, &n) &&
			    view_get(&x->view, n, &e) &&
			    (w->statuses & FIELD_BIT(e.status)))
				out[count++] = n;
		}
	}
	return count;
}

static bool has_ids(const struct exchange *x)
{
	return query_get(&x->query, "filter[ids]").ptr ||
	       query_get(&x->query, "filter[ids][]").ptr;
}

static void write_page(struct exchange *x, const uint32_t *people,
		       uint32_t count, uint32_t next, uint32_t total,
		       uint64_t limit)
{
	struct str names = query_get(&x->query, "fields");
	struct employee e;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	for (uint32_t i = 0; i < count; i++)
		if (view_get(&x->view, people[i], &e))
			bamboohr_list_item(&x->view, &e, names, &x->json);
	json_close(&x->json);
	json_open_object(&x->json, "meta");
	json_add_int(&x->json, "total", total);
	json_open_object(&x->json, "page");
	json_add_int(&x->json, "limit", (int64_t)limit);
	if (next)
		write_cursor(x, next);
	else
		json_add_null(&x->json, "nextCursor");
	json_add_null(&x->json, "prevCursor");
	json_close(&x->json);
	json_close(&x->json);
	json_open_object(&x->json, "_links");
	json_close(&x->json);
	json_close(&x->json);
}

static void list_people(struct exchange *x)
{
	struct str after = query_get(&x->query, "page[after]");
	uint32_t *people, count, at = 0, next = 0, total;
	struct wanted w;
	uint64_t limit;
	struct err err = { 0 };

	if (query_number(&x->query, "page[limit]", PAGE_DEFAULT, 1, PAGE_MAX,
			 &limit, &err) < 0) {
		exchange_refuse(x, REFUSE_INVALID, err.text);
		return;
	}
	if (read_filters(x, &w) < 0)
		return;
	if (after.ptr && !read_cursor(x, after, &at)) {
		bad_page(x);
		return;
	}
	people = mem_new_array(limit, sizeof(*people));
	if (has_ids(x)) {
		count = list_ids(x, &w, people, (uint32_t)limit);
		total = count;
	} else {
		count = view_list(&x->view, &w, at, (uint32_t)limit, people,
				  &next);
		total = view_total(&x->view, &w);
	}
	write_page(x, people, count, next, total, limit);
	free(people);
}

/* --- the directory --- */

/* Current people; with onlyCurrent=false those to come as well. */
static void get_directory(struct exchange *x)
{
	bool future = str_is(query_get(&x->query, "onlyCurrent"), "false");
	bool json = wants_json(x);
	struct wanted w = { .statuses = FIELD_BIT(EMPLOYEE_ACTIVE) |
					FIELD_BIT(EMPLOYEE_ON_LEAVE),
			    .user = EMPLOYEE_NONE };
	uint32_t n, at = 0, found = 0;
	struct employee e;

	if (future)
		w.statuses |= FIELD_BIT(EMPLOYEE_UPCOMING);
	if (json) {
		json_open_object(&x->json, NULL);
		json_open_array(&x->json, "fields");
		bamboohr_directory_fields(&x->json);
		json_close(&x->json);
		json_open_array(&x->json, "employees");
	} else {
		buf_add_z(&x->body, "<?xml version=\"1.0\"?>\n<directory>"
				    "<fieldset>");
		bamboohr_directory_fields_xml(&x->body);
		buf_add_z(&x->body, "</fieldset><employees>");
	}
	while (!x->body.failed && view_next(&x->view, &w, &at, &n)) {
		if (!view_get(&x->view, n, &e))
			continue;
		found++;
		if (json)
			bamboohr_directory_item(&x->view, &e, &x->json);
		else
			bamboohr_directory_item_xml(&x->view, &e, &x->body);
	}
	if (found == 0) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "No employees");
		return;
	}
	if (json) {
		json_close(&x->json);
		json_close(&x->json);
	} else {
		buf_add_z(&x->body, "</employees></directory>");
	}
}

/* --- who changed --- */

enum change { INSERTED, UPDATED, DELETED, CHANGE_COUNT };

static const char *const change_names[CHANGE_COUNT] = { "Inserted", "Updated",
							"Deleted" };

static bool type_is(struct str wanted, enum change c)
{
	return !wanted.ptr || str_is(wanted, "all") ||
	       str_eq_nocase(wanted, str_of(change_names[c]));
}

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

static int64_t write_changes(struct exchange *x, int64_t since, struct str type)
{
	const struct company *c = &x->sandbox->company;
	int64_t latest = since;
	struct employee e;

	for (uint32_t n = 0; n < c->size; n++) {
		enum change change = UPDATED;
		bool is_there = company_peek(c, n, &e);

		if (!is_there)
			change = DELETED;
		else if (e.created_ms >= since)
			change = INSERTED;
		/* Seconds only over there: the one that is cut off counts. */
		if (e.changed_ms / 1000 < since / 1000 ||
		    !view_shows(&x->view, n) || !type_is(type, change))
			continue;
		write_change(x, &e, change);
		if (e.changed_ms > latest)
			latest = e.changed_ms;
	}
	return latest;
}

static void get_changed(struct exchange *x)
{
	struct str since = query_get(&x->query, "since");
	struct str type = query_get(&x->query, "type");
	char text[TEXT_SIZE];
	bool known = !type.ptr || str_is(type, "all");
	int64_t at, latest;

	for (unsigned c = 0; c < CHANGE_COUNT; c++)
		known |= str_eq_nocase(type, str_of(change_names[c]));
	if (!clock_parse_ms(since, &at) || !known) {
		exchange_refuse(
			x, REFUSE_INVALID,
			known ? "since: an ISO 8601 time is needed"
			      : "type: inserted, updated, deleted, all");
		return;
	}
	json_open_object(&x->json, NULL);
	json_open_object(&x->json, "employees");
	latest = x->fault.value[FAULT_EMPTY_LIST] ? at
						  : write_changes(x, at, type);
	json_close(&x->json);
	json_add_z(&x->json, "latest", time_text(latest, TIME_COLON, text));
	json_close(&x->json);
}

/* --- about the company --- */

static void get_meta(struct exchange *x)
{
	if (wants_json(x))
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

#define ENDPOINT(name, fn) static const struct endpoint name = { fn }

ENDPOINT(people, list_people);
ENDPOINT(directory, get_directory);
ENDPOINT(changed, get_changed);
ENDPOINT(person, get_person);
ENDPOINT(meta, get_meta);
ENDPOINT(company, get_company);
ENDPOINT(hooks, bamboohr_hooks_list);
ENDPOINT(hook_add, bamboohr_hooks_add);
ENDPOINT(hook_fields, bamboohr_hooks_fields);
ENDPOINT(hook, bamboohr_hooks_get);
ENDPOINT(hook_remove, bamboohr_hooks_remove);

static const struct http_route routes[] = {
	{ HTTP_GET, "/api/v1/employees", &people },
	{ HTTP_GET, "/api/v1/employees/directory", &directory },
	{ HTTP_GET, "/api/v1/employees/changed", &changed },
	{ HTTP_GET, "/api/v1/employees/{id}", &person },
	{ HTTP_GET, "/api/v1/meta/fields", &meta },
	{ HTTP_GET, "/api/v1/company_information", &company },
	{ HTTP_GET, "/api/v1/webhooks", &hooks },
	{ HTTP_POST, "/api/v1/webhooks", &hook_add },
	{ HTTP_GET, "/api/v1/webhooks/monitor_fields", &hook_fields },
	{ HTTP_GET, "/api/v1/webhooks/{id}", &hook },
	{ HTTP_DELETE, "/api/v1/webhooks/{id}", &hook_remove },
	{ HTTP_GET, NULL, NULL },
};

const struct api bamboohr_api = {
	.name = "bamboohr",
	.prefix = "/api/v1/",
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
};

/* BambooHR's custom reports: everybody in one answer, columns as asked for. */
#include "bamboohr.h"
#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#define AT_ONCE	    256 /* people of a streamed answer */
#define COLUMNS_MAX 64	/* there are fewer that we know */

struct report {
	struct wanted wanted;
	size_t count;
	int columns[COLUMNS_MAX];
	bool future;
	uint32_t at;
};

static void write_row(struct exchange *x, const struct report *r,
		      const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(
		&x->json, "id",
		vendor_id(VENDOR_BAMBOOHR, &x->sandbox->company, e->n, text));
	for (size_t i = 0; i < r->count; i++) /* an empty one is "" */
		json_add_z(&x->json, bamboohr_column_alias(r->columns[i]),
			   bamboohr_column_value(&x->view, e, r->columns[i],
						 r->future, text));
	json_close(&x->json);
}

static bool more_of_report(struct exchange *x)
{
	struct report *r = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &r->wanted, &r->at, &e)) {
			json_close(&x->json);
			json_close(&x->json);
			return false;
		}
		write_row(x, r, &e);
	}
	return true;
}

/* {"lastChanged": {"includeNull": "no", "value": "2026-01-01T00:00:00Z"}} */
static bool read_filters(struct exchange *x, const struct json *filters,
			 struct report *r)
{
	const struct json *changed = json_get(filters, "lastChanged");
	struct str since = json_string(json_get(changed, "value"));

	for (const struct json *v = json_first(filters); v; v = json_next(v)) {
		if (v == changed)
			continue;
		exchange_refuse(x, REFUSE_INVALID,
				"filters: the sandbox has lastChanged only");
		return false;
	}
	if (!changed || clock_parse_ms(since, &r->wanted.changed_since_ms))
		return true;
	exchange_refuse(x, REFUSE_INVALID, "lastChanged: a time is needed");
	return false;
}

/* Exactly so, or the body is taken for XML, which it then is not. */
static bool is_json(struct exchange *x)
{
	struct str format = query_get(&x->query, "format");

	if (!str_is(http_request_header(x->req, "Content-Type"),
		    "application/json")) {
		exchange_refuse(x, REFUSE_INVALID, "Malformed XML");
		return false;
	}
	if (format.ptr ? str_eq_nocase(format, STR("json"))
		       : str_is(http_request_header(x->req, "Accept"),
				"application/json"))
		return true;
	exchange_refuse(x, REFUSE_NOT_FOUND,
			"The sandbox has reports in JSON only");
	return false;
}

/* Unknown ones are left out, and those that are asked for twice. */
static void read_fields(const struct json *fields, struct report *r)
{
	for (const struct json *v = json_first(fields); v; v = json_next(v)) {
		int column = bamboohr_column(json_string(v));
		size_t i = 0;

		while (i < r->count && r->columns[i] != column)
			i++;
		if (column >= 0 && i == r->count && i < COLUMNS_MAX)
			r->columns[r->count++] = column;
	}
}

void bamboohr_report(struct exchange *x)
{
	struct report *r = arena_zalloc(&x->arena, 1, sizeof(*r));
	const struct json *body;
	struct str title;

	ASSERT(r); /* the first that is taken from the arena */
	r->wanted = WANTED_ALL;
	if (!is_json(x) || exchange_json(x, &body) < 0 ||
	    !read_filters(x, json_get(body, "filters"), r))
		return;
	read_fields(json_get(body, "fields"), r);
	r->future = str_is(query_get(&x->query, "onlyCurrent"), "false");
	if (json_size(json_get(body, "fields")) > BAMBOOHR_FIELDS_MAX) {
		exchange_refuse(x, REFUSE_INVALID, "More than 400 fields");
		return;
	}
	title = json_string(json_get(body, "title"));
	json_open_object(&x->json, NULL);
	json_add_string(&x->json, "title", title.ptr ? title : STR("Report"));
	json_open_array(&x->json, "fields");
	for (size_t i = 0; i < r->count; i++)
		bamboohr_column_describe(r->columns[i], &x->json);
	json_close(&x->json);
	json_open_array(&x->json, "employees");
	exchange_stream(x, more_of_report, r);
}

/* BambooHR's datasets: the employee's, with its own names of fields. */
#include "bamboohr.h"
#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define SIZE_USUAL  100
#define SIZE_LIMIT  1000
#define COLUMNS_MAX 64 /* fewer than that are there */
#define IDS_MAX	    1000

typedef const char *value_fn(const struct view *v, const struct employee *e,
			     char out[static TEXT_SIZE]);

static const char *id(const struct view *v, const struct employee *e,
		      char out[static TEXT_SIZE])
{
	return vendor_id(VENDOR_BAMBOOHR, v->company, e->n, out);
}

static const char *manager_email(const struct view *v, const struct employee *e,
				 char out[static TEXT_SIZE])
{
	struct employee m;

	out[0] = '\0';
	if (view_manager(v, e, &m))
		(void)snprintf(out, TEXT_SIZE, "%s", m.email);
	return out;
}

static const char *leads(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	(void)out;
	return e->level >= LEVEL_DIRECTOR ? "Yes" : "No";
}

static const char *changed(const struct view *v, const struct employee *e,
			   char out[static TEXT_SIZE])
{
	(void)v;
	return time_text(e->changed_ms, TIME_COLON, out);
}

/* Most are what GET /employees/{id} calls otherwise: by its alias. */
static const struct column {
	const char *name;
	const char *label;
	const char *alias;
	value_fn *value;
} columns[] = {
	{ "eeid", "Employee ID", NULL, id },
	{ "employeeNumber", "Employee #", "employeeNumber", NULL },
	{ "firstName", "First Name", "firstName", NULL },
	{ "lastName", "Last Name", "lastName", NULL },
	{ "middleName", "Middle Name", "middleName", NULL },
	{ "preferredName", "Preferred Name", "preferredName", NULL },
	{ "email", "Work Email", "workEmail", NULL },
	{ "status", "Status", "status", NULL },
	{ "employmentStatus", "Employment Status", "employmentHistoryStatus",
	  NULL },
	{ "hireDate", "Hire Date", "hireDate", NULL },
	{ "originalHireDate", "Original Hire Date", "originalHireDate", NULL },
	{ "terminationDate", "Termination Date", "terminationDate", NULL },
	{ "jobInformationJobTitle", "Job Title", "jobTitle", NULL },
	{ "jobInformationDepartment", "Department", "department", NULL },
	{ "jobInformationDivision", "Division", "division", NULL },
	{ "jobInformationLocation", "Location", "location", NULL },
	{ "jobInformationReportsTo", "Reports To", "reportsTo", NULL },
	{ "jobLevel", "Job Level", "customSeniority", NULL },
	{ "supervisorId", "Supervisor ID", "supervisorId", NULL },
	{ "supervisorEid", "Supervisor EID", "supervisorEId", NULL },
	{ "supervisorName", "Supervisor name", "supervisor", NULL },
	{ "supervisorEmail", "Supervisor email", NULL, manager_email },
	{ "isSupervisor", "Is Supervisor", NULL, leads },
	{ "lastChanged", "Last changed", NULL, changed },
	{ "lastChangedIso", "Last changed (ISO)", NULL, changed },
};

struct asked {
	struct wanted wanted;
	size_t count;
	int columns[COLUMNS_MAX];   /* places in the table above */
	int of_person[COLUMNS_MAX]; /* see bamboohr_column; or -1 */
	bool has_ids;
	uint32_t id_count;
	uint32_t ids[IDS_MAX];
	uint32_t page, size;
};

/* RFC 9457, as the newer calls answer. */
static int problem(struct exchange *x, int status, const char *title,
		   const char *detail)
{
	x->status = status;
	x->type = "application/problem+json";
	buf_clear(&x->body);
	json_writer_init(&x->json, &x->body);
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "type", "about:blank");
	json_add_z(&x->json, "title", title);
	json_add_int(&x->json, "status", status);
	json_add_z(&x->json, "detail", detail);
	json_close(&x->json);
	return -1;
}

static int invalid(struct exchange *x, const char *detail)
{
	return problem(x, 422, "Unprocessable Entity", detail);
}

static bool is_employee(struct exchange *x)
{
	if (str_is(x->params[0], "employee"))
		return true;
	(void)problem(x, 404, "Not Found", "There is no such dataset");
	return false;
}

/* --- the filter: status eq 'Active' and lastChanged gt '2026-…' --- */

static struct str take_word(struct str *text)
{
	struct str word;

	*text = str_trim(*text);
	(void)str_cut(text, ' ', &word);
	return word;
}

/* 'x', or for "in" ('x','y'); taken off the front. */
static bool take_quoted(struct str *text, struct str *out)
{
	struct str rest = str_trim(*text);

	if (rest.len == 0 || rest.ptr[0] != '\'')
		return false;
	rest.ptr++;
	rest.len--;
	if (!str_cut(&rest, '\'', out))
		return false;
	*text = str_trim(rest);
	return true;
}

static bool take_value(struct exchange *x, struct str field, struct str value,
		       struct asked *a)
{
	uint32_t n;

	if (str_is(field, "status")) {
		a->wanted.statuses |=
			str_is(value, "Active")
				? FIELD_BIT(EMPLOYEE_ACTIVE) |
					  FIELD_BIT(EMPLOYEE_ON_LEAVE)
				: FIELD_BIT(EMPLOYEE_UPCOMING) |
					  FIELD_BIT(EMPLOYEE_DEPARTED);
		return str_is(value, "Active") || str_is(value, "Inactive");
	}
	if (!str_is(field, "eeid") || a->id_count == IDS_MAX)
		return false;
	if (vendor_id_find(VENDOR_BAMBOOHR, &x->sandbox->company, value, &n))
		a->ids[a->id_count++] = n;
	return true;
}

static bool take_list(struct exchange *x, struct str field, struct str *text,
		      struct asked *a)
{
	struct str value;

	*text = str_trim(*text);
	if (text->len == 0 || text->ptr[0] != '(')
		return false;
	do { /* past '(' or ',' */
		text->ptr++;
		text->len--;
		if (!take_quoted(text, &value) ||
		    !take_value(x, field, value, a))
			return false;
	} while (text->len > 0 && text->ptr[0] == ',');
	if (text->len == 0 || text->ptr[0] != ')')
		return false;
	text->ptr++;
	text->len--;
	return true;
}

static bool take_condition(struct exchange *x, struct str *text,
			   struct asked *a)
{
	struct str field = take_word(text), op = take_word(text), value;

	if (str_is(field, "lastChanged") || str_is(field, "lastChangedIso"))
		return (str_is(op, "gt") || str_is(op, "ge")) &&
		       take_quoted(text, &value) &&
		       clock_parse_ms(value, &a->wanted.changed_since_ms);
	if (str_is(field, "status"))
		a->wanted.statuses = 0;
	a->has_ids |= str_is(field, "eeid");
	if (str_is(op, "in"))
		return take_list(x, field, text, a);
	return str_is(op, "eq") && take_quoted(text, &value) &&
	       take_value(x, field, value, a);
}

static int read_filter(struct exchange *x, struct str text, struct asked *a)
{
	bool fine = true;

	text = str_trim(text);
	while (fine && text.len > 0) {
		fine = take_condition(x, &text, a);
		text = str_trim(text);
		if (fine && text.len > 0)
			fine = str_is(take_word(&text), "and");
	}
	if (fine)
		return 0;
	return invalid(x, "filter: the sandbox has status and eeid with eq and "
			  "in, lastChanged with gt and ge, joined by and");
}

/* --- what is asked for --- */

static int find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (str_is(name, columns[i].name))
			return (int)i;
	return -1;
}

static int read_fields(struct exchange *x, const struct json *list,
		       struct asked *a)
{
	if (json_size(list) == 0)
		return problem(x, 400, "Bad Request", "fields: a list");
	for (const struct json *v = json_first(list); v; v = json_next(v)) {
		int column = find(json_string(v));

		if (column < 0)
			return problem(x, 400, "Bad Request",
				       "fields: one is unknown");
		if (a->count == COLUMNS_MAX)
			return problem(x, 400, "Bad Request",
				       "fields: some stand there twice");
		a->columns[a->count] = column;
		a->of_person[a->count++] =
			columns[column].alias
				? bamboohr_column(str_of(columns[column].alias))
				: -1;
	}
	return 0;
}

static int read_size(struct exchange *x, const struct json *body,
		     const char *name, int64_t usual, int64_t max,
		     uint32_t *out)
{
	const struct json *v = json_get(body, name);
	int64_t n = usual;

	if (v && (!json_int(v, &n) || n < 1 || n > max))
		return invalid(x, "page: from 1 on; pageSize: 1 to 1000");
	*out = (uint32_t)n;
	return 0;
}

static int read_asked(struct exchange *x, struct asked *a)
{
	const struct json *body, *order;
	struct err err = { 0 };

	if (json_parse(&body, &x->arena, http_request_body(x->req), NULL,
		       &err) < 0)
		return problem(x, 400, "Bad Request", err.text);
	a->wanted = WANTED_ALL;
	order = json_get(body, "orderBy");
	if (order && !json_is(order, JSON_NULL) &&
	    !str_is(json_string(order), "eeid asc"))
		return invalid(x, "orderBy: the sandbox sorts by eeid alone");
	if (read_fields(x, json_get(body, "fields"), a) < 0 ||
	    read_size(x, body, "page", 1, UINT32_MAX / 2, &a->page) < 0 ||
	    read_size(x, body, "pageSize", SIZE_USUAL, SIZE_LIMIT, &a->size) <
		    0)
		return -1;
	return read_filter(x, json_string(json_get(body, "filter")), a);
}

/* --- the answer --- */

static void write_row(struct exchange *x, const struct asked *a,
		      const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, NULL);
	json_open_object(&x->json, "fields");
	for (size_t i = 0; i < a->count; i++) {
		const struct column *c = &columns[a->columns[i]];

		add_text(&x->json, c->name,
			 c->value ? c->value(&x->view, e, text)
				  : bamboohr_column_value(&x->view, e,
							  a->of_person[i],
							  false, text));
	}
	json_close(&x->json);
	json_close(&x->json);
}

/* Those named by id, whichever page was asked for: there is one. */
static uint32_t write_ids(struct exchange *x, const struct asked *a)
{
	struct employee e;
	uint32_t count = 0;

	for (uint32_t i = 0; i < a->id_count; i++) {
		if (!view_get(&x->view, a->ids[i], &e) ||
		    !(a->wanted.statuses & FIELD_BIT(e.status)))
			continue;
		write_row(x, a, &e);
		count++;
	}
	return count;
}

static void write_link(struct exchange *x, const char *name, uint32_t page)
{
	struct buf url;

	buf_init(&url, 1024);
	exchange_base(x, VENDOR_BAMBOOHR, &url);
	buf_addf(&url, "/api/v2/datasets/employee/data?page=%u", page);
	json_add_string(&x->json, name, buf_str(&url));
	buf_release(&url);
}

/* An empty array, not an object, when there is no other page. */
static void write_links(struct exchange *x, uint32_t page, uint32_t pages)
{
	if (pages <= 1) {
		json_open_array(&x->json, "links");
		json_close(&x->json);
		return;
	}
	json_open_object(&x->json, "links");
	if (page < pages)
		write_link(x, "next", page + 1);
	if (page > 1)
		write_link(x, "prev", page - 1);
	json_close(&x->json);
}

static void write_meta(struct exchange *x, const struct asked *a,
		       uint32_t total)
{
	uint32_t pages = (total + a->size - 1) / a->size;

	write_links(x, a->page, pages);
	json_open_object(&x->json, "meta");
	json_add_int(&x->json, "page", a->page);
	json_add_int(&x->json, "pageSize", a->size);
	json_add_int(&x->json, "totalPages", pages);
	json_add_int(&x->json, "totalItems", total);
	json_close(&x->json);
}

void bamboohr_dataset_data(struct exchange *x)
{
	struct asked a = { 0 };
	struct employee e;
	struct page p;
	uint32_t total;

	if (!is_employee(x) || read_asked(x, &a) < 0)
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	if (a.has_ids) {
		total = write_ids(x, &a);
	} else {
		page_open_at(x, PAGE_NUMBER, &a.wanted, a.page, a.size, &p);
		while (page_take(x, &p, &e))
			write_row(x, &a, &e);
		page_close(x, &p);
		total = page_total(x, &p);
	}
	json_close(&x->json);
	write_meta(x, &a, total);
	json_close(&x->json);
}

/* --- what there is --- */

void bamboohr_datasets(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "datasets");
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "name", "employee");
	json_add_z(&x->json, "label", "Employee");
	json_close(&x->json);
	json_close(&x->json);
	json_close(&x->json);
}

void bamboohr_dataset_fields(struct exchange *x)
{
	if (!is_employee(x))
		return;
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "name", "employee");
	json_add_z(&x->json, "label", "Employee");
	json_open_array(&x->json, "fields");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		json_open_object(&x->json, NULL);
		json_add_z(&x->json, "name", columns[i].name);
		json_add_z(&x->json, "label", columns[i].label);
		json_add_z(&x->json, "parentType", "page");
		json_add_z(&x->json, "parentName", "Personal");
		json_add_z(&x->json, "entityName", "personal");
		json_close(&x->json);
	}
	json_close(&x->json);
	json_open_object(&x->json, "pagination");
	json_add_int(&x->json, "limit", 500);
	json_add_int(&x->json, "current_page", 1);
	json_add_int(&x->json, "total_pages", 1);
	json_add_int(&x->json, "total_records", ARRAY_LEN(columns));
	json_close(&x->json);
	json_close(&x->json);
}

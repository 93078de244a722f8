/* Workday's reports as a service: everybody, in JSON, XML or CSV. */
#include "base/assert.h"
#include "base/clock.h"
#include "csv.h"
#include "exchange.h"
#include "state.h"
#include "workday.h"
#include "xml.h"

#include <stdio.h>

#define AT_ONCE	 256 /* people of a streamed answer */
#define DAY_TEXT 10

enum format { FORMAT_XML, FORMAT_SIMPLE_XML, FORMAT_JSON, FORMAT_CSV };

struct report {
	struct wanted wanted;
	enum format format;
	bool one; /* the person n alone */
	uint32_t n, at;
	int64_t as_of[LOCATION_COUNT];
	bool has_as_of;
};

typedef const char *value_fn(const struct view *v, const struct employee *e,
			     char out[static TEXT_SIZE]);

static const char *number(const struct view *v, const struct employee *e,
			  char out[static TEXT_SIZE])
{
	(void)v;
	out[0] = '\0';
	return employee_has(e, FIELD_NUMBER) ? workday_number(e, out) : out;
}

static const char *wid(const struct view *v, const struct employee *e,
		       char out[static TEXT_SIZE])
{
	return vendor_id(VENDOR_WORKDAY, v->company, e->n, out);
}

static const char *type(const struct view *v, const struct employee *e,
			char out[static TEXT_SIZE])
{
	(void)v;
	out[0] = '\0';
	if (!employee_has(e, FIELD_TYPE))
		return out;
	return e->type == TYPE_CONTRACTOR ? "Contingent Worker" : "Employee";
}

static const char *email(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	(void)out;
	return e->email;
}

static const char *first(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	(void)out;
	return e->first;
}

static const char *last(const struct view *v, const struct employee *e,
			char out[static TEXT_SIZE])
{
	(void)v;
	(void)out;
	return e->last;
}

static const char *preferred(const struct view *v, const struct employee *e,
			     char out[static TEXT_SIZE])
{
	(void)v;
	(void)out;
	return e->preferred;
}

/* A word that nobody knows, when that was asked for. */
static const char *active(const struct view *v, const struct employee *e,
			  char out[static TEXT_SIZE])
{
	(void)v;
	out[0] = '\0';
	if (!employee_has(e, FIELD_STATUS))
		return out;
	if (e->word[0])
		return e->word;
	return e->status == EMPLOYEE_ACTIVE || e->status == EMPLOYEE_ON_LEAVE
		       ? "1"
		       : "0";
}

static const char *leave(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	out[0] = '\0';
	if (!employee_has(e, FIELD_STATUS))
		return out;
	return e->status == EMPLOYEE_ON_LEAVE ? "1" : "0";
}

static const char *rescinded(const struct view *v, const struct employee *e,
			     char out[static TEXT_SIZE])
{
	(void)v;
	out[0] = '\0';
	if (!employee_has(e, FIELD_STATUS))
		return out;
	return e->rescinded ? "1" : "0";
}

static const char *start(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	return employee_text(e, FIELD_START, out);
}

static const char *end(const struct view *v, const struct employee *e,
		       char out[static TEXT_SIZE])
{
	(void)v;
	return employee_text(e, FIELD_END, out);
}

static const char *team_id(const struct view *v, const struct employee *e,
			   char out[static TEXT_SIZE])
{
	(void)v;
	out[0] = '\0';
	if (employee_has(e, FIELD_DEPARTMENT))
		(void)snprintf(out, TEXT_SIZE, "SUPERVISORY-%u",
			       e->department + 1u);
	return out;
}

static const char *department(const struct view *v, const struct employee *e,
			      char out[static TEXT_SIZE])
{
	(void)v;
	return employee_text(e, FIELD_DEPARTMENT, out);
}

static const char *manager(const struct view *v, const struct employee *e,
			   char out[static TEXT_SIZE])
{
	struct employee m;

	out[0] = '\0';
	return view_manager(v, e, &m) ? workday_number(&m, out) : out;
}

static const char *manager_wid(const struct view *v, const struct employee *e,
			       char out[static TEXT_SIZE])
{
	out[0] = '\0';
	return e->manager != EMPLOYEE_NONE
		       ? vendor_id(VENDOR_WORKDAY, v->company, e->manager, out)
		       : out;
}

static const char *title(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	(void)out;
	return e->title;
}

static const char *level(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	return employee_text(e, FIELD_LEVEL, out);
}

static const char *place(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	(void)v;
	return employee_text(e, FIELD_LOCATION, out);
}

static const char *updated(const struct view *v, const struct employee *e,
			   char out[static TEXT_SIZE])
{
	(void)v;
	return time_text(e->changed_ms, TIME_Z, out);
}

/* is_object: a reference, which default XML writes as an object with ids. */
static const struct column {
	const char *name;
	value_fn *value;
	const char *is_object; /* the type of its id; NULL: a text */
} columns[] = {
	{ "Employee_ID", number, NULL },
	{ "Worker_WID", wid, NULL },
	{ "Worker_Type", type, NULL },
	{ "Work_Email", email, NULL },
	{ "Legal_First_Name", first, NULL },
	{ "Legal_Last_Name", last, NULL },
	{ "Preferred_Name", preferred, NULL },
	{ "Active_Status", active, NULL },
	{ "On_Leave", leave, NULL },
	{ "Hire_Date", start, NULL },
	{ "Hire_Rescinded", rescinded, NULL },
	{ "Termination_Date", end, NULL },
	{ "Supervisory_Organization_ID", team_id, NULL },
	{ "Supervisory_Organization", workday_team,
	  "Organization_Reference_ID" },
	{ "Cost_Center", department, "Cost_Center_Reference_ID" },
	{ "Manager_Employee_ID", manager, NULL },
	{ "Manager_WID", manager_wid, NULL },
	{ "Business_Title", title, NULL },
	{ "Management_Level", level, "Management_Level_ID" },
	{ "Location", place, "Location_ID" },
	{ "Last_Updated", updated, NULL },
};

static void write_json(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, NULL);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const char *value = columns[i].value(&x->view, e, text);

		if (value[0]) /* an empty one is not there */
			json_add_z(&x->json, columns[i].name, value);
	}
	json_close(&x->json);
}

static void add_reference(struct buf *out, const struct column *c,
			  const char *value)
{
	buf_addf(out, "<wd:%s wd:Descriptor=\"", c->name);
	xml_text(out, value);
	buf_addf(out, "\"><wd:ID wd:type=\"%s\">", c->is_object);
	xml_text(out, value);
	buf_addf(out, "</wd:ID></wd:%s>", c->name);
}

static void write_xml(struct exchange *x, const struct employee *e, bool simple)
{
	char text[TEXT_SIZE], name[TEXT_SIZE];

	buf_add_z(&x->body, "<wd:Report_Entry>");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];
		const char *value = c->value(&x->view, e, text);

		if (!value[0])
			continue;
		(void)snprintf(name, sizeof(name), "wd:%s", c->name);
		if (c->is_object && !simple)
			add_reference(&x->body, c, value);
		else
			xml_add(&x->body, name, value);
	}
	buf_add_z(&x->body, "</wd:Report_Entry>");
}

static void write_csv(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		csv_add(&x->body, i > 0, ',',
			columns[i].value(&x->view, e, text));
	buf_add(&x->body, "\r\n", 2);
}

static void write_entry(struct exchange *x, const struct report *r,
			const struct employee *e)
{
	if (r->format == FORMAT_JSON)
		write_json(x, e);
	else if (r->format == FORMAT_CSV)
		write_csv(x, e);
	else
		write_xml(x, e, r->format == FORMAT_SIMPLE_XML);
}

static void begin(struct exchange *x, const struct report *r)
{
	if (r->format == FORMAT_JSON) {
		json_open_object(&x->json, NULL);
		json_open_array(&x->json, "Report_Entry");
		return;
	}
	if (r->format == FORMAT_CSV) {
		x->type = "text/csv; charset=utf-8";
		for (size_t i = 0; i < ARRAY_LEN(columns); i++)
			csv_add(&x->body, i > 0, ',', columns[i].name);
		buf_add(&x->body, "\r\n", 2);
		return;
	}
	x->type = "text/xml; charset=utf-8";
	buf_add_z(&x->body,
		  "<?xml version='1.0' encoding='UTF-8'?>\n"
		  "<wd:Report_Data "
		  "xmlns:wd=\"urn:com.workday.report/" WORKDAY_REPORT "\">");
}

static bool end_report(struct exchange *x, const struct report *r)
{
	if (r->format == FORMAT_JSON) {
		json_close(&x->json);
		json_close(&x->json);
	} else if (r->format != FORMAT_CSV) {
		buf_add_z(&x->body, "</wd:Report_Data>");
	}
	return false;
}

static bool more_of_report(struct exchange *x)
{
	struct report *r = x->more_arg;
	struct employee e;

	if (r->has_as_of)
		x->view.as_of = r->as_of;
	if (r->one) {
		if (view_get(&x->view, r->n, &e))
			write_entry(x, r, &e);
		return end_report(x, r);
	}
	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &r->wanted, &r->at, &e))
			return end_report(x, r);
		write_entry(x, r, &e);
	}
	return true;
}

/* --- prompts --- */

static bool take_as_of(struct exchange *x, struct str value, struct report *r)
{
	int64_t day;

	(void)x;
	if (value.len < DAY_TEXT ||
	    !clock_parse_day((struct str){ value.ptr, DAY_TEXT }, &day))
		return false;
	for (size_t i = 0; i < LOCATION_COUNT; i++)
		r->as_of[i] = day;
	r->has_as_of = true;
	return true;
}

static bool take_updated(struct exchange *x, struct str value, struct report *r)
{
	int64_t day;

	(void)x;
	if (clock_parse_ms(value, &r->wanted.changed_since_ms))
		return true;
	if (value.len < DAY_TEXT ||
	    !clock_parse_day((struct str){ value.ptr, DAY_TEXT }, &day))
		return false;
	r->wanted.changed_since_ms = day * CLOCK_DAY_MS;
	return true;
}

static bool take_worker(struct exchange *x, struct str value, struct report *r)
{
	r->one = true;
	if (!vendor_id_find(VENDOR_WORKDAY, &x->sandbox->company, value, &r->n))
		r->n = EMPLOYEE_NONE; /* nobody: an empty report */
	return true;
}

static bool take_number(struct exchange *x, struct str value, struct report *r)
{
	r->one = true;
	if (!workday_number_find(&x->view, value, false, &r->n) &&
	    !workday_number_find(&x->view, value, true, &r->n))
		r->n = EMPLOYEE_NONE;
	return true;
}

static bool take_format(struct exchange *x, struct str value, struct report *r)
{
	static const struct {
		const char *name;
		enum format format;
	} formats[] = {
		{ "json", FORMAT_JSON },
		{ "simplexml", FORMAT_SIMPLE_XML },
		{ "csv", FORMAT_CSV },
	};

	(void)x;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (str_is(value, formats[i].name)) {
			r->format = formats[i].format;
			return true;
		}
	}
	return false;
}

static const struct prompt {
	const char *name;
	bool (*take)(struct exchange *x, struct str value, struct report *r);
} prompts[] = {
	{ "format", take_format },
	{ "Effective_as_of_Date", take_as_of },
	{ "Updated_Since", take_updated },
	{ "Worker!WID", take_worker },
	{ "Worker!Employee_ID", take_number },
};

static bool read_prompts(struct exchange *x, struct report *r)
{
	for (size_t i = 0; i < x->query.count; i++) {
		const char *name = x->query.items[i].name.ptr;
		size_t k = 0;

		while (k < ARRAY_LEN(prompts) &&
		       !str_is(x->query.items[i].name, prompts[k].name))
			k++;
		if (k < ARRAY_LEN(prompts) &&
		    prompts[k].take(x, x->query.items[i].value, r))
			continue;
		exchange_refuse(x, REFUSE_INVALID, name);
		return false;
	}
	return true;
}

/* x->params: the tenant, the report's owner, the report. */
void workday_report(struct exchange *x)
{
	struct report *r = arena_zalloc(&x->arena, 1, sizeof(*r));

	ASSERT(r); /* a query takes little of the arena */
	r->wanted = WANTED_ALL;
	if (!str_is(x->params[0], WORKDAY_TENANT) ||
	    !str_is(x->params[1], WORKDAY_ISU) ||
	    !str_is(x->params[2], WORKDAY_REPORT)) {
		exchange_refuse(x, REFUSE_NOT_FOUND,
				"There is no such tenant, owner or report");
		return;
	}
	if (!read_prompts(x, r))
		return;
	begin(x, r);
	exchange_stream(x, more_of_report, r);
}

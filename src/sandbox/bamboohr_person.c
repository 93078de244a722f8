/* BambooHR's names, numbers and spellings of what a person's record holds. */
#include "render.h"

#include "base/assert.h"
#include "query.h"
#include "text.h"
#include "vendor.h"
#include "words.h"
#include "xml.h"

#include <stdio.h>

struct subject {
	const struct view *view;
	const struct employee *e;
	bool future; /* show what has not taken effect */
};

typedef const char *value_fn(const struct subject *s,
			     char out[static TEXT_SIZE]);

static bool has_left(const struct employee *e)
{
	return e->status == EMPLOYEE_DEPARTED;
}

static const char *id(const struct subject *s, char out[static TEXT_SIZE])
{
	return vendor_id(VENDOR_BAMBOOHR, s->view->company, s->e->n, out);
}

static const char *nothing(const struct subject *s, char out[static TEXT_SIZE])
{
	(void)s;
	out[0] = '\0';
	return out;
}

static const char *display_name(const struct subject *s,
				char out[static TEXT_SIZE])
{
	const struct employee *e = s->e;

	(void)snprintf(out, TEXT_SIZE, "%s %s",
		       e->preferred[0] ? e->preferred : e->first, e->last);
	return out;
}

static const char *division(const struct subject *s, char out[static TEXT_SIZE])
{
	return employee_has(s->e, FIELD_LOCATION)
		       ? locations[s->e->location].region
		       : nothing(s, out);
}

static const char *status(const struct subject *s, char out[static TEXT_SIZE])
{
	if (!employee_has(s->e, FIELD_STATUS))
		return nothing(s, out);
	return s->e->status == EMPLOYEE_ACTIVE ||
			       s->e->status == EMPLOYEE_ON_LEAVE
		       ? "Active"
		       : "Inactive";
}

/*
 * The customer's own list. Leave is no status of BambooHR's; customers add a
 * word for it, and those who do keep the person Active.
 */
static const char *history_status(const struct subject *s,
				  char out[static TEXT_SIZE])
{
	static const char *const types[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "Full-Time",
		[TYPE_PART_TIME] = "Part-Time",
		[TYPE_CONTRACTOR] = "Contractor",
		[TYPE_INTERN] = "Intern",
	};

	if (!employee_has(s->e, FIELD_STATUS))
		return nothing(s, out);
	if (s->e->word[0])
		return s->e->word;
	if (has_left(s->e))
		return "Terminated";
	if (s->e->status == EMPLOYEE_ON_LEAVE)
		return "Leave of Absence";
	return employee_has(s->e, FIELD_TYPE) ? types[s->e->type]
					      : nothing(s, out);
}

static const char *original_hire(const struct subject *s,
				 char out[static TEXT_SIZE])
{
	return employee_has(s->e, FIELD_START) ? day_text(s->e->first_day, out)
					       : nothing(s, out);
}

/* A date to come is not shown unless it is asked for. */
static const char *termination(const struct subject *s,
			       char out[static TEXT_SIZE])
{
	if (!s->future && !has_left(s->e))
		return nothing(s, out);
	return employee_text(s->e, FIELD_END, out);
}

static const char *manager_last_first(const struct subject *s,
				      char out[static TEXT_SIZE])
{
	struct employee m;

	if (!view_manager(s->view, s->e, &m))
		return nothing(s, out);
	(void)snprintf(out, TEXT_SIZE, "%s, %s", m.last, m.first);
	return out;
}

static const char *manager_first_last(const struct subject *s,
				      char out[static TEXT_SIZE])
{
	struct employee m;

	if (!view_manager(s->view, s->e, &m))
		return nothing(s, out);
	(void)snprintf(out, TEXT_SIZE, "%s %s", m.first, m.last);
	return out;
}

/* Their supervisorId is the manager's employee number, not the id. */
static const char *manager_number(const struct subject *s,
				  char out[static TEXT_SIZE])
{
	struct employee m;

	if (!view_manager(s->view, s->e, &m))
		return nothing(s, out);
	return employee_text(&m, FIELD_NUMBER, out);
}

static const char *manager_id(const struct subject *s,
			      char out[static TEXT_SIZE])
{
	struct employee m;

	if (!view_manager(s->view, s->e, &m))
		return nothing(s, out);
	return vendor_id(VENDOR_BAMBOOHR, s->view->company, m.n, out);
}

static const char *last_changed(const struct subject *s,
				char out[static TEXT_SIZE])
{
	return time_text(s->e->changed_ms, TIME_COLON, out);
}

#define NO_FIELD EMPLOYEE_FIELD_COUNT

/* alias is GET /employees/{id}'s, listed that of the list GET /employees. */
static const struct field {
	const char *alias;
	const char *listed; /* NULL: not in that list */
	unsigned id;
	const char *type;
	const char *name;
	enum employee_field field; /* NO_FIELD: by value */
	value_fn *value;
} fields[] = {
	{ "firstName", NULL, 1, "text", "First Name", FIELD_FIRST_NAME, NULL },
	{ "lastName", NULL, 2, "text", "Last Name", FIELD_LAST_NAME, NULL },
	{ "middleName", "middleName", 5, "text", "Middle Name", NO_FIELD,
	  nothing },
	{ "preferredName", NULL, 1358, "text", "Preferred Name",
	  FIELD_PREFERRED_NAME, NULL },
	{ "displayName", NULL, 4600, "text", "Display name", NO_FIELD,
	  display_name },
	{ "employeeNumber", NULL, 4113, "employee_number", "Employee #",
	  FIELD_NUMBER, NULL },
	{ "workEmail", "workEmail", 6, "email", "Work Email", FIELD_EMAIL,
	  NULL },
	{ "homeEmail", "homeEmail", 7, "email", "Home Email", NO_FIELD,
	  nothing },
	{ "bestEmail", "bestEmail", 4601, "email", "Best Email", FIELD_EMAIL,
	  NULL },
	{ "jobTitle", "jobTitleName", 17, "list", "Job Title", FIELD_TITLE,
	  NULL },
	{ "department", "departmentName", 4, "list", "Department",
	  FIELD_DEPARTMENT, NULL },
	{ "division", "divisionName", 1355, "list", "Division", NO_FIELD,
	  division },
	{ "location", "locationName", 18, "list", "Location", FIELD_LOCATION,
	  NULL },
	{ "status", NULL, 387, "status", "Status", NO_FIELD, status },
	{ "employmentHistoryStatus", "employmentStatusName", 16, "list",
	  "Employment Status", NO_FIELD, history_status },
	{ "hireDate", "hireDate", 3, "date", "Hire Date", FIELD_START, NULL },
	{ "originalHireDate", NULL, 4602, "date", "Original Hire Date",
	  NO_FIELD, original_hire },
	{ "terminationDate", NULL, 4603, "date", "Termination Date", NO_FIELD,
	  termination },
	{ "supervisor", NULL, 91, "employee", "Reporting to", NO_FIELD,
	  manager_last_first },
	{ "reportsTo", "reportsToName", 91, "employee", "Reporting to",
	  NO_FIELD, manager_first_last },
	{ "supervisorId", NULL, 4604, "text", "Supervisor ID", NO_FIELD,
	  manager_number },
	{ "supervisorEId", "reportsToId", 4605, "text", "Supervisor EID",
	  NO_FIELD, manager_id },
	{ "lastChanged", NULL, 4606, "timestamp", "Last changed", NO_FIELD,
	  last_changed },
	{ "customSeniority", NULL, 4700, "list", "Seniority", FIELD_LEVEL,
	  NULL }, /* the make-believe customer's own */
};

_Static_assert(ARRAY_LEN(fields) <= 64, "a bit for each");

static const char *value_of(const struct field *f, const struct subject *s,
			    char out[static TEXT_SIZE])
{
	return f->value ? f->value(s, out) : employee_text(s->e, f->field, out);
}

static const struct field *find(struct str alias)
{
	/* The alias trap: these two are one field. */
	if (str_is(alias, "employmentStatus"))
		alias = STR("status");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (str_is(alias, fields[i].alias))
			return &fields[i];
	return NULL;
}

void bamboohr_fields(const struct view *v, const struct employee *e,
		     struct str names, bool future, struct json_writer *w)
{
	struct subject s = { v, e, future };
	char out[TEXT_SIZE];
	uint64_t done = 0; /* a name asked for twice is answered once */

	json_add_z(w, "id", id(&s, out));
	while (names.len > 0) {
		const struct field *f;
		struct str one;

		(void)str_cut(&names, ',', &one);
		f = find(str_trim(one));
		if (!f || (done & 1ull << (f - fields)))
			continue;
		done |= 1ull << (f - fields);
		add_text(w, f->alias, value_of(f, &s, out));
	}
}

int bamboohr_column(struct str alias)
{
	const struct field *f = find(alias);

	return f ? (int)(f - fields) : -1;
}

const char *bamboohr_column_alias(int column)
{
	return fields[column].alias;
}

void bamboohr_column_describe(int column, struct json_writer *w)
{
	const struct field *f = &fields[column];

	json_open_object(w, NULL);
	json_add_z(w, "id", f->alias);
	json_add_z(w, "type", f->type);
	json_add_z(w, "name", f->name);
	json_close(w);
}

const char *bamboohr_column_value(const struct view *v,
				  const struct employee *e, int column,
				  bool future, char text[static TEXT_SIZE])
{
	struct subject s = { v, e, future };

	return value_of(&fields[column], &s, text);
}

static void field_xml(const char *name, const char *value, struct buf *out)
{
	buf_addf(out, "<field id=\"%s\">", name);
	xml_text(out, value);
	buf_add_z(out, "</field>");
}

void bamboohr_fields_xml(const struct view *v, const struct employee *e,
			 struct str names, bool future, struct buf *out)
{
	struct subject s = { v, e, future };
	char text[TEXT_SIZE];

	buf_addf(out, "<?xml version=\"1.0\"?>\n<employee id=\"%s\">",
		 id(&s, text));
	while (names.len > 0) {
		const struct field *f;
		struct str one;

		(void)str_cut(&names, ',', &one);
		f = find(str_trim(one));
		if (f)
			field_xml(f->alias, value_of(f, &s, text), out);
	}
	buf_add_z(out, "</employee>");
}

void bamboohr_list_item(const struct view *v, const struct employee *e,
			struct str names, struct json_writer *w)
{
	struct subject s = { v, e, false };
	char out[TEXT_SIZE];

	json_open_object(w, NULL);
	json_add_z(w, "employeeId", id(&s, out));
	add_text(w, "firstName", e->first);
	add_text(w, "lastName", e->last);
	add_text(w, "preferredName", e->preferred);
	json_add_null(w, "photoUrl");
	add_text(w, "jobTitleName", e->title);
	add_text(w, "status", status(&s, out));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field *f = &fields[i];

		if (f->listed && f->field != FIELD_TITLE &&
		    query_lists(names, str_of(f->listed)))
			add_text(w, f->listed, value_of(f, &s, out));
	}
	json_open_array(w, "_restrictedFields");
	json_close(w);
	json_close(w);
}

/* Of the directory: what its fields array announces. */
static const char *const directory[] = {
	"displayName", "firstName",  "lastName", "preferredName", "jobTitle",
	"workEmail",   "department", "location", "division",	  "reportsTo",
};

/* The directory calls the manager so, and writes the name the other way. */
static const char *directory_name(const char *alias)
{
	return str_is(STR("reportsTo"), alias) ? "supervisor" : alias;
}

void bamboohr_directory_item(const struct view *v, const struct employee *e,
			     struct json_writer *w)
{
	struct subject s = { v, e, false };
	char out[TEXT_SIZE];

	json_open_object(w, NULL);
	json_add_z(w, "id", id(&s, out));
	for (size_t i = 0; i < ARRAY_LEN(directory); i++)
		add_text(w, directory_name(directory[i]),
			 value_of(find(str_of(directory[i])), &s, out));
	json_add_null(w, "workPhone");
	json_add_null(w, "mobilePhone");
	json_add_null(w, "photoUrl");
	json_add_int(w, "canUploadPhoto", 0);
	json_close(w);
}

void bamboohr_directory_item_xml(const struct view *v, const struct employee *e,
				 struct buf *out)
{
	struct subject s = { v, e, false };
	char text[TEXT_SIZE];

	buf_addf(out, "<employee id=\"%s\">", id(&s, text));
	for (size_t i = 0; i < ARRAY_LEN(directory); i++)
		field_xml(directory_name(directory[i]),
			  value_of(find(str_of(directory[i])), &s, text), out);
	buf_add_z(out, "</employee>");
}

void bamboohr_directory_fields(struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(directory); i++) {
		const struct field *f = find(str_of(directory[i]));

		json_open_object(w, NULL);
		json_add_z(w, "id", directory_name(f->alias));
		json_add_z(w, "type", f->type);
		json_add_z(w, "name", f->name);
		json_close(w);
	}
}

void bamboohr_directory_fields_xml(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(directory); i++)
		field_xml(directory_name(directory[i]),
			  find(str_of(directory[i]))->name, out);
}

void bamboohr_meta(struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_array(&w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		json_open_object(&w, NULL);
		json_add_int(&w, "id", fields[i].id);
		json_add_z(&w, "name", fields[i].name);
		json_add_z(&w, "type", fields[i].type);
		json_add_z(&w, "alias", fields[i].alias);
		json_close(&w);
	}
	json_close(&w);
}

void bamboohr_meta_xml(struct buf *out)
{
	buf_add_z(out, "<?xml version=\"1.0\"?>\n<fields>");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field *f = &fields[i];

		buf_addf(out, "<field id=\"%u\" type=\"%s\" alias=\"%s\">",
			 f->id, f->type, f->alias);
		xml_text(out, f->name);
		buf_add_z(out, "</field>");
	}
	buf_add_z(out, "</fields>");
}

/* The row that shows a change of f. */
static const struct field *row_of(enum employee_field f)
{
	static const char *const others[EMPLOYEE_FIELD_COUNT] = {
		[FIELD_MANAGER] = "reportsTo",
		[FIELD_STATUS] = "status",
		[FIELD_END] = "terminationDate",
		[FIELD_TYPE] = "employmentHistoryStatus",
	};

	if (others[f])
		return find(str_of(others[f]));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].field == f)
			return &fields[i];
	return NULL;
}

const char *bamboohr_changed_name(enum employee_field f, bool label)
{
	const struct field *row = row_of(f);

	ASSERT(row); /* every field has one */
	return label ? row->name : row->alias;
}

const char *bamboohr_changed_value(const struct view *v,
				   const struct employee *e,
				   enum employee_field f,
				   char out[static TEXT_SIZE])
{
	struct subject s = { v, e, false };

	return value_of(row_of(f), &s, out);
}

bool bamboohr_is_field(struct str alias)
{
	return find(alias) != NULL;
}

void bamboohr_monitor_fields(struct json_writer *w)
{
	char number[24];

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		(void)snprintf(number, sizeof(number), "%u", fields[i].id);
		json_open_object(w, NULL);
		json_add_z(w, "id", number);
		json_add_z(w, "name", fields[i].name);
		json_add_z(w, "alias", fields[i].alias);
		json_close(w);
	}
}

/* HiBob's paths, ids of lists, and two spellings of each value. */
#include "render.h"

#include "base/assert.h"
#include "override.h"
#include "text.h"
#include "vendor.h"

#include <stdio.h>

#define DEPARTMENT_ID 250984221u
#define SITE_ID	      77u
#define TITLE_ID      300000000u
#define SALT_TITLE    6000

struct subject {
	const struct view *view;
	const struct employee *e;
	struct employee manager;
	bool has_manager;
	bool human; /* names and local dates instead of ids */
};

typedef void write_fn(const struct subject *s, const char *key,
		      struct json_writer *w);

/* Titles are free text here but items of a list there: an id by its letters. */
static const char *title_id(const char *title, char out[static TEXT_SIZE])
{
	uint64_t h = 0;

	for (const char *p = title; *p; p++)
		h = company_hash(h, (unsigned char)*p, SALT_TITLE);
	(void)snprintf(out, TEXT_SIZE, "%u",
		       TITLE_ID + (unsigned)(h % TITLE_ID));
	return out;
}

static void write_id(const struct subject *s, const char *key,
		     struct json_writer *w)
{
	char out[VENDOR_ID_SIZE];

	json_add_z(w, key,
		   vendor_id(VENDOR_HIBOB, s->view->company, s->e->n, out));
}

static void write_company(const struct subject *s, const char *key,
			  struct json_writer *w)
{
	(void)s;
	json_add_int(w, key, HIBOB_COMPANY);
}

static void write_first(const struct subject *s, const char *key,
			struct json_writer *w)
{
	add_text(w, key, s->e->first);
}

static void write_last(const struct subject *s, const char *key,
		       struct json_writer *w)
{
	add_text(w, key, s->e->last);
}

static void write_display(const struct subject *s, const char *key,
			  struct json_writer *w)
{
	const struct employee *e = s->e;
	char out[TEXT_SIZE];

	(void)snprintf(out, sizeof(out), "%s %s",
		       e->preferred[0] ? e->preferred : e->first, e->last);
	json_add_z(w, key, out);
}

static void write_full(const struct subject *s, const char *key,
		       struct json_writer *w)
{
	char out[TEXT_SIZE];

	json_add_z(w, key, full_name(s->e, out));
}

static void write_email(const struct subject *s, const char *key,
			struct json_writer *w)
{
	add_text(w, key, s->e->email);
}

static void write_created(const struct subject *s, const char *key,
			  struct json_writer *w)
{
	char out[TEXT_SIZE];

	json_add_z(w, key, time_text_us(s->e->created_ms * 1000, out));
}

static void write_title(const struct subject *s, const char *key,
			struct json_writer *w)
{
	char out[TEXT_SIZE];

	if (s->human || !s->e->title[0])
		add_text(w, key, s->e->title);
	else
		json_add_z(w, key, title_id(s->e->title, out));
}

static void write_department(const struct subject *s, const char *key,
			     struct json_writer *w)
{
	char out[TEXT_SIZE];

	if (s->human || !employee_has(s->e, FIELD_DEPARTMENT)) {
		add_text(w, key, employee_text(s->e, FIELD_DEPARTMENT, out));
		return;
	}
	(void)snprintf(out, sizeof(out), "%u",
		       DEPARTMENT_ID + s->e->department);
	json_add_z(w, key, out);
}

static void write_site(const struct subject *s, const char *key,
		       struct json_writer *w)
{
	bool has = employee_has(s->e, FIELD_LOCATION);

	add_text(w, key, has ? locations[s->e->location].city : "");
}

static void write_site_id(const struct subject *s, const char *key,
			  struct json_writer *w)
{
	if (employee_has(s->e, FIELD_LOCATION))
		json_add_int(w, key, SITE_ID + s->e->location);
	else
		json_add_null(w, key);
}

static void write_day(const struct subject *s, enum employee_field f,
		      int64_t day, const char *key, struct json_writer *w)
{
	char out[TEXT_SIZE];

	if (!employee_has(s->e, f))
		json_add_null(w, key);
	else
		add_text(w, key,
			 s->human ? day_text_local(day, out)
				  : day_text(day, out));
}

static void write_start(const struct subject *s, const char *key,
			struct json_writer *w)
{
	write_day(s, FIELD_START, s->e->start_day, key, w);
}

static void write_end(const struct subject *s, const char *key,
		      struct json_writer *w)
{
	write_day(s, FIELD_END, s->e->end_day, key, w);
}

static void write_null(const struct subject *s, const char *key,
		       struct json_writer *w)
{
	(void)s;
	json_add_null(w, key);
}

static void write_is_manager(const struct subject *s, const char *key,
			     struct json_writer *w)
{
	json_add_bool(w, key, s->e->level >= LEVEL_DIRECTOR);
}

static void write_manager(const struct subject *s, const char *key,
			  struct json_writer *w)
{
	char out[VENDOR_ID_SIZE];

	if (s->has_manager)
		json_add_z(w, key,
			   vendor_id(VENDOR_HIBOB, s->view->company,
				     s->manager.n, out));
	else
		json_add_null(w, key);
}

static void write_number(const struct subject *s, const char *key,
			 struct json_writer *w)
{
	if (employee_has(s->e, FIELD_NUMBER))
		json_add_int(w, key, s->e->number);
	else
		json_add_null(w, key);
}

static void write_manager_number(const struct subject *s, const char *key,
				 struct json_writer *w)
{
	if (s->has_manager)
		json_add_int(w, key, s->manager.number);
	else
		json_add_null(w, key);
}

static void write_reports_to(const struct subject *s, const char *key,
			     struct json_writer *w)
{
	struct subject m = { .view = s->view, .e = &s->manager };

	if (!s->has_manager) {
		json_add_null(w, key);
		return;
	}
	json_open_object(w, key);
	write_id(&m, "id", w);
	write_display(&m, "displayName", w);
	write_email(&m, "email", w);
	write_first(&m, "firstName", w);
	write_last(&m, "surname", w);
	json_close(w);
}

static void write_level(const struct subject *s, const char *key,
			struct json_writer *w)
{
	char out[TEXT_SIZE];

	add_text(w, key, employee_text(s->e, FIELD_LEVEL, out));
}

static void write_type(const struct subject *s, const char *key,
		       struct json_writer *w)
{
	static const char *const names[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "Full time",
		[TYPE_PART_TIME] = "Part time",
		[TYPE_CONTRACTOR] = "Contractor",
		[TYPE_INTERN] = "Intern",
	};

	add_text(w, key,
		 employee_has(s->e, FIELD_TYPE) ? names[s->e->type] : "");
}

bool hibob_is_active(const struct employee *e)
{
	return e->status == EMPLOYEE_ACTIVE || e->status == EMPLOYEE_ON_LEAVE;
}

static void write_status(const struct subject *s, const char *key,
			 struct json_writer *w)
{
	if (!employee_has(s->e, FIELD_STATUS))
		json_add_null(w, key);
	else
		json_add_z(w, key,
			   hibob_is_active(s->e) ? "Active" : "Inactive");
}

static void write_lifecycle(const struct subject *s, const char *key,
			    struct json_writer *w)
{
	static const char *const words[2][EMPLOYEE_STATUS_COUNT] = {
		{ "hired", "employed", "leave", "terminated" },
		{ "Hired", "Employed", "Leave", "Terminated" },
	};

	if (!employee_has(s->e, FIELD_STATUS))
		json_add_null(w, key);
	else if (s->e->word[0])
		json_add_z(w, key, s->e->word);
	else
		json_add_z(w, key, words[s->human][s->e->status]);
}

static void write_reason(const struct subject *s, const char *key,
			 struct json_writer *w)
{
	add_text(w, key, s->e->status == EMPLOYEE_DEPARTED ? "Other" : "");
}

static void write_end_type(const struct subject *s, const char *key,
			   struct json_writer *w)
{
	add_text(w, key, s->e->status == EMPLOYEE_DEPARTED ? "Voluntary" : "");
}

enum group { ROOT, WORK, INTERNAL, PAYROLL, CUSTOM, GROUP_COUNT };

static const char *const group_names[GROUP_COUNT] = {
	[ROOT] = "root",       [WORK] = "work",	    [INTERNAL] = "internal",
	[PAYROLL] = "payroll", [CUSTOM] = "custom",
};

/* In the order of the answer. always: given whether asked for or not. */
static const struct field {
	enum group group;
	const char *key;
	const char *type; /* of the metadata */
	write_fn *write;
	bool always;
	bool human;	  /* is also in the humanReadable part */
	const char *path; /* under which it stands a second time */
} fields[] = {
	{ ROOT, "id", "text", write_id, true, true, "/root/id" },
	{ ROOT, "companyId", "number", write_company, true, false, NULL },
	{ ROOT, "firstName", "text", write_first, true, true, NULL },
	{ ROOT, "surname", "text", write_last, true, true, NULL },
	{ ROOT, "displayName", "text", write_display, true, false, NULL },
	{ ROOT, "fullName", "text", write_full, true, false, NULL },
	{ ROOT, "email", "text", write_email, true, true, "/root/email" },
	{ ROOT, "creationDateTime", "date", write_created, true, false, NULL },
	{ WORK, "title", "list", write_title, false, true, "/work/title" },
	{ WORK, "department", "list", write_department, false, true,
	  "/work/department" },
	{ WORK, "site", "list", write_site, false, true, NULL },
	{ WORK, "siteId", "number", write_site_id, false, false, NULL },
	{ WORK, "startDate", "date", write_start, false, true, NULL },
	{ WORK, "activeEffectiveDate", "date", write_start, false, false,
	  NULL },
	{ WORK, "isManager", "boolean", write_is_manager, false, false, NULL },
	{ WORK, "manager", "text", write_manager, false, false, NULL },
	{ WORK, "secondLevelManager", "text", write_null, false, false, NULL },
	{ WORK, "employeeIdInCompany", "number", write_number, false, false,
	  NULL },
	{ WORK, "reportsToIdInCompany", "number", write_manager_number, false,
	  false, NULL },
	{ WORK, "reportsTo", "employeeReference", write_reports_to, false,
	  false, NULL },
	{ INTERNAL, "status", "text", write_status, false, true, NULL },
	{ INTERNAL, "lifecycleStatus", "list", write_lifecycle, false, true,
	  NULL },
	{ INTERNAL, "terminationDate", "date", write_end, false, true, NULL },
	{ INTERNAL, "terminationReason", "list", write_reason, false, false,
	  NULL },
	{ INTERNAL, "terminationType", "list", write_end_type, false, false,
	  NULL },
	{ INTERNAL, "probationEndDate", "date", write_null, false, false,
	  NULL },
	{ INTERNAL, "currentActiveStatusStartDate", "date", write_start, false,
	  false, NULL },
	{ INTERNAL, "periodSinceTermination", "text", write_null, false, false,
	  NULL },
	{ INTERNAL, "yearsSinceTermination", "number", write_null, false, false,
	  NULL },
	{ INTERNAL, "notice", "number", write_null, false, false, NULL },
	{ PAYROLL, "employmentType", "list", write_type, false, true, NULL },
	{ CUSTOM, "seniority", "list", write_level, false, true, NULL },
};

_Static_assert(ARRAY_LEN(fields) <= 64, "a bit for each");

/* Asked for as "work.title" or "/work/title". */
static bool is_named(const struct field *f, struct str path)
{
	struct str group;

	if (path.len > 0 && path.ptr[0] == '/') {
		path.ptr++;
		path.len--;
		(void)str_cut(&path, '/', &group);
	} else {
		(void)str_cut(&path, '.', &group);
	}
	return str_is(group, group_names[f->group]) && str_is(path, f->key);
}

uint64_t hibob_asked(const struct json *list)
{
	uint64_t asked = 0;

	for (const struct json *p = json_first(list); p; p = json_next(p))
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if (is_named(&fields[i], json_string(p)))
				asked |= 1ull << i;
	return asked;
}

static void write_group(const struct subject *s, enum group g,
			const struct hibob_request *r, bool only_human,
			struct json_writer *w)
{
	bool open = g == ROOT; /* whose fields stand outside of any object */

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field *f = &fields[i];

		if (f->group != g || (only_human && !f->human) ||
		    !(f->always || (r->asked & 1ull << i)))
			continue;
		if (!open)
			json_open_object(w, group_names[g]);
		open = true;
		f->write(s, f->key, w);
	}
	if (open && g != ROOT)
		json_close(w);
}

/* Some values stand a second time under their path, as theirs do. */
static void write_paths(const struct subject *s, const struct hibob_request *r,
			struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (!fields[i].path || !(r->asked & 1ull << i))
			continue;
		json_open_object(w, fields[i].path);
		fields[i].write(s, "value", w);
		json_close(w);
	}
}

void hibob_person(const struct view *v, const struct employee *e,
		  const struct hibob_request *r, struct json_writer *w)
{
	struct subject s = { .view = v,
			     .e = e,
			     .human = r->style == HIBOB_REPLACE };

	s.has_manager = view_manager(v, e, &s.manager);
	json_open_object(w, NULL);
	write_group(&s, ROOT, r, false, w);
	if (r->style != HIBOB_REPLACE)
		write_paths(&s, r, w);
	for (unsigned g = WORK; g < GROUP_COUNT; g++)
		write_group(&s, (enum group)g, r, false, w);
	if (r->style == HIBOB_APPEND) {
		s.human = true;
		json_open_object(w, "humanReadable");
		for (unsigned g = ROOT; g < GROUP_COUNT; g++)
			write_group(&s, (enum group)g, r, true, w);
		json_close(w);
	}
	json_close(w);
}

const char *hibob_field_path(enum employee_field f)
{
	static const char *const paths[EMPLOYEE_FIELD_COUNT] = {
		[FIELD_FIRST_NAME] = "root.firstName",
		[FIELD_LAST_NAME] = "root.surname",
		[FIELD_PREFERRED_NAME] = "root.displayName",
		[FIELD_EMAIL] = "root.email",
		[FIELD_DEPARTMENT] = "work.department",
		[FIELD_TITLE] = "work.title",
		[FIELD_LEVEL] = "custom.seniority",
		[FIELD_LOCATION] = "work.site",
		[FIELD_TYPE] = "payroll.employmentType",
		[FIELD_MANAGER] = "work.reportsTo",
		[FIELD_NUMBER] = "work.employeeIdInCompany",
		[FIELD_START] = "work.startDate",
		[FIELD_END] = "internal.terminationDate",
		[FIELD_STATUS] = "internal.lifecycleStatus",
	};

	return paths[f];
}

void hibob_meta(struct json_writer *w)
{
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field *f = &fields[i];
		const char *group = group_names[f->group];

		(void)snprintf(path, sizeof(path), "%s.%s", group, f->key);
		json_open_object(w, NULL);
		json_add_z(w, "id", path);
		json_add_z(w, "category", group);
		json_add_z(w, "name", f->key);
		json_add_z(w, "type", f->type);
		(void)snprintf(path, sizeof(path), "%s%s%s",
			       f->group == ROOT ? "" : group,
			       f->group == ROOT ? "" : ".", f->key);
		json_add_z(w, "jsonPath", path);
		json_add_bool(w, "historical", f->group == WORK);
		json_open_object(w, "typeData");
		if (!strcmp(f->type, "list"))
			json_add_z(w, "listId", f->key);
		json_close(w);
		json_close(w);
	}
}

/* --- named lists --- */

static void add_item(struct json_writer *w, unsigned id, const char *name)
{
	json_open_object(w, NULL);
	json_add_int(w, "id", id);
	json_add_z(w, "name", name);
	json_add_bool(w, "archived", false);
	json_open_array(w, "children");
	json_close(w);
	json_close(w);
}

static void department_items(struct json_writer *w)
{
	for (unsigned i = 0; i < DEPARTMENT_COUNT; i++)
		add_item(w, DEPARTMENT_ID + i, departments[i].name);
}

static void site_items(struct json_writer *w)
{
	for (unsigned i = 0; i < LOCATION_COUNT; i++)
		add_item(w, SITE_ID + i, locations[i].city);
}

/* Every title that the company makes, in the words that it makes them of. */
static void title_items(struct json_writer *w)
{
	struct employee e = { 0 };
	char out[TEXT_SIZE];
	uint64_t id;

	for (unsigned i = 0; i < LEVEL_COUNT * DEPARTMENT_COUNT * 3; i++) {
		e.level = (uint8_t)(i / (DEPARTMENT_COUNT * 3));
		e.department = (uint8_t)(i / 3 % DEPARTMENT_COUNT);
		if (e.level >= LEVEL_DIRECTOR && i % 3 != 0)
			continue; /* one title for the whole department */
		if (e.level == LEVEL_CHIEF && e.department != 0)
			continue;
		company_title(&e, i % 3);
		if (str_to_u64(str_of(title_id(e.title, out)), &id))
			add_item(w, (unsigned)id, e.title);
	}
}

static const struct {
	const char *name;
	void (*items)(struct json_writer *w);
} lists[] = {
	{ "department", department_items },
	{ "site", site_items },
	{ "title", title_items },
};

static void write_list(size_t i, const char *key, struct json_writer *w)
{
	json_open_object(w, key);
	json_add_z(w, "name", lists[i].name);
	json_open_array(w, "items");
	lists[i].items(w);
	json_close(w);
	json_close(w);
}

bool hibob_list(struct str name, struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (str_is(name, lists[i].name)) {
			write_list(i, NULL, w);
			return true;
		}
	}
	return false;
}

void hibob_lists(struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		write_list(i, lists[i].name, w);
}

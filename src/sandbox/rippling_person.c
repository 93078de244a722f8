/* Rippling's worker, and the objects that can be expanded in it. */
#include "render.h"

#include "base/assert.h"
#include "query.h"
#include "text.h"
#include "vendor.h"

#include <stdio.h>

#define COMPANY_SINCE "2023-01-01T00:00:00Z"

struct subject {
	const struct view *view;
	const struct employee *e;
	struct json_writer *w;
};

static void add_id(const struct subject *s, const char *key,
		   enum rippling_object o, uint32_t n)
{
	char out[VENDOR_ID_SIZE];

	json_add_z(s->w, key, rippling_id(o, s->view->company, n, out));
}

static void add_moment(const struct subject *s, const char *key, int64_t ms)
{
	char out[TEXT_SIZE];

	json_add_z(s->w, key, time_text(ms, TIME_Z, out));
}

static void add_since(const struct subject *s)
{
	json_add_z(s->w, "created_at", COMPANY_SINCE);
	json_add_z(s->w, "updated_at", COMPANY_SINCE);
}

static void write_name(const struct subject *s)
{
	const struct employee *e = s->e;
	char full[TEXT_SIZE];

	json_open_object(s->w, "name");
	json_add_z(s->w, "formatted", full_name(e, full));
	add_text(s->w, "given_name", e->first);
	json_add_null(s->w, "middle_name");
	add_text(s->w, "family_name", e->last);
	add_text(s->w, "preferred_given_name", e->preferred);
	json_add_null(s->w, "preferred_family_name");
	json_close(s->w);
	(void)snprintf(full, sizeof(full), "%s %s",
		       e->preferred[0] ? e->preferred : e->first, e->last);
	json_add_z(s->w, "display_name", full);
}

static void write_emails(const struct subject *s)
{
	json_open_array(s->w, "emails");
	if (s->e->email[0]) {
		json_open_object(s->w, NULL);
		json_add_z(s->w, "value", s->e->email);
		json_add_z(s->w, "type", "WORK");
		json_add_null(s->w, "display");
		json_close(s->w);
	}
	json_close(s->w);
}

static void write_user(const struct subject *s)
{
	const struct employee *e = s->e;
	char out[TEXT_SIZE];

	json_open_object(s->w, "user");
	add_id(s, "id", RIPPLING_USER, e->user);
	add_moment(s, "created_at", e->created_ms);
	add_moment(s, "updated_at", e->changed_ms);
	json_add_bool(s->w, "active",
		      e->status == EMPLOYEE_ACTIVE ||
			      e->status == EMPLOYEE_ON_LEAVE);
	add_text(s->w, "username", e->email);
	write_name(s);
	write_emails(s);
	add_text(s->w, "number", employee_text(e, FIELD_NUMBER, out));
	json_close(s->w);
}

static void write_department(const struct subject *s)
{
	if (!employee_has(s->e, FIELD_DEPARTMENT)) {
		json_add_null(s->w, "department");
		return;
	}
	json_open_object(s->w, "department");
	add_id(s, "id", RIPPLING_DEPARTMENT, s->e->department);
	add_since(s);
	json_add_z(s->w, "name", departments[s->e->department].name);
	json_add_null(s->w, "parent_id");
	json_add_null(s->w, "reference_code");
	json_close(s->w);
}

static void write_level(const struct subject *s)
{
	if (!employee_has(s->e, FIELD_LEVEL)) {
		json_add_null(s->w, "level");
		return;
	}
	json_open_object(s->w, "level");
	add_id(s, "id", RIPPLING_LEVEL, s->e->level);
	add_since(s);
	json_add_z(s->w, "name", levels[s->e->level].code);
	json_add_null(s->w, "parent_id");
	json_add_int(s->w, "global_level", s->e->level + 1);
	json_add_z(s->w, "description", levels[s->e->level].name);
	json_add_int(s->w, "rank", s->e->level + 1);
	json_add_null(s->w, "track_id");
	json_close(s->w);
}

static const struct {
	const char *label, *name, *type, *period, *amount;
} types[TYPE_COUNT] = {
	[TYPE_FULL_TIME] = { "Salaried, full-time", "SALARIED_FT", "EMPLOYEE",
			     "SALARIED", "FULL-TIME" },
	[TYPE_PART_TIME] = { "Salaried, part-time", "SALARIED_PT", "EMPLOYEE",
			     "SALARIED", "PART-TIME" },
	[TYPE_CONTRACTOR] = { "Contractor", "CONTRACTOR", "CONTRACTOR",
			      "HOURLY", "FULL-TIME" },
	[TYPE_INTERN] = { "Temporary", "TEMP", "EMPLOYEE", "HOURLY",
			  "TEMPORARY" },
};

static void write_type(const struct subject *s)
{
	uint8_t t = s->e->type;

	if (!employee_has(s->e, FIELD_TYPE)) {
		json_add_null(s->w, "employment_type");
		return;
	}
	json_open_object(s->w, "employment_type");
	add_id(s, "id", RIPPLING_EMPLOYMENT_TYPE, t);
	add_since(s);
	json_add_z(s->w, "label", types[t].label);
	json_add_z(s->w, "name", types[t].name);
	json_add_z(s->w, "type", types[t].type);
	json_add_z(s->w, "compensation_time_period", types[t].period);
	json_add_z(s->w, "amount_worked", types[t].amount);
	json_close(s->w);
}

static void write_manager(const struct subject *s)
{
	struct employee m;

	if (!view_manager(s->view, s->e, &m)) {
		json_add_null(s->w, "manager");
		return;
	}
	json_open_object(s->w, "manager");
	add_id(s, "id", RIPPLING_WORKER, m.n);
	add_id(s, "user_id", RIPPLING_USER, m.user);
	add_text(s->w, "work_email", m.email);
	json_add_z(s->w, "status", rippling_status(&m));
	json_close(s->w);
}

const char *rippling_status(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "HIRED",
		[EMPLOYEE_ACTIVE] = "ACTIVE",
		[EMPLOYEE_ON_LEAVE] = "ACTIVE", /* leave is another object */
		[EMPLOYEE_DEPARTED] = "TERMINATED",
	};

	return e->word[0] ? e->word : words[e->status];
}

static void write_termination(const struct subject *s)
{
	if (s->e->status != EMPLOYEE_DEPARTED) {
		json_add_null(s->w, "termination_details");
		return;
	}
	json_open_object(s->w, "termination_details");
	json_add_z(s->w, "type", s->e->rescinded ? "RESCIND" : "VOLUNTARY");
	json_add_z(s->w, "reason",
		   s->e->rescinded ? "Offer withdrawn" : "New opportunity");
	json_close(s->w);
}

/* A field that holds another object's id, null when it is blank. */
static void add_reference(const struct subject *s, enum employee_field f,
			  const char *key, enum rippling_object o, uint32_t n)
{
	if (employee_has(s->e, f))
		add_id(s, key, o, n);
	else
		json_add_null(s->w, key);
}

static void write_location(const struct subject *s)
{
	const struct location *l = &locations[s->e->location];
	bool has = employee_has(s->e, FIELD_LOCATION);

	add_text(s->w, "country", has ? l->country : "");
	json_open_object(s->w, "location");
	json_add_z(s->w, "type", "WORK");
	add_text(s->w, "work_location_id", has ? l->name : "");
	json_close(s->w);
}

static void write_facts(const struct subject *s)
{
	const struct employee *e = s->e;
	char out[TEXT_SIZE];

	add_text(s->w, "start_date", employee_text(e, FIELD_START, out));
	add_text(s->w, "end_date", employee_text(e, FIELD_END, out));
	if (employee_has(e, FIELD_NUMBER))
		json_add_int(s->w, "number", e->number);
	else
		json_add_null(s->w, "number");
	add_text(s->w, "work_email", e->email);
	json_add_null(s->w, "personal_email");
	add_text(s->w, "status",
		 employee_has(e, FIELD_STATUS) ? rippling_status(e) : "");
	add_text(s->w, "title", e->title);
}

const char *rippling_field_name(enum employee_field f)
{
	static const char *const names[EMPLOYEE_FIELD_COUNT] = {
		[FIELD_FIRST_NAME] = "user.name.given_name",
		[FIELD_LAST_NAME] = "user.name.family_name",
		[FIELD_PREFERRED_NAME] = "user.name.preferred_given_name",
		[FIELD_EMAIL] = "work_email",
		[FIELD_DEPARTMENT] = "department_id",
		[FIELD_TITLE] = "title",
		[FIELD_LEVEL] = "level_id",
		[FIELD_LOCATION] = "location",
		[FIELD_TYPE] = "employment_type_id",
		[FIELD_MANAGER] = "manager_id",
		[FIELD_NUMBER] = "number",
		[FIELD_START] = "start_date",
		[FIELD_END] = "end_date",
		[FIELD_STATUS] = "status",
	};

	return names[f];
}

void rippling_worker(const struct view *v, const struct employee *e,
		     struct str expand, struct json_writer *w)
{
	static const struct {
		const char *name;
		void (*write)(const struct subject *s);
	} objects[] = {
		{ "user", write_user },
		{ "department", write_department },
		{ "level", write_level },
		{ "employment_type", write_type },
		{ "manager", write_manager },
	};
	struct subject s = { v, e, w };

	json_open_object(w, NULL);
	add_id(&s, "id", RIPPLING_WORKER, e->n);
	add_moment(&s, "created_at", e->created_ms);
	add_moment(&s, "updated_at", e->changed_ms);
	add_id(&s, "user_id", RIPPLING_USER, e->user);
	if (e->manager == EMPLOYEE_NONE)
		json_add_null(w, "manager_id");
	else
		add_id(&s, "manager_id", RIPPLING_WORKER, e->manager);
	add_id(&s, "legal_entity_id", RIPPLING_LEGAL_ENTITY, 0);
	add_reference(&s, FIELD_TYPE, "employment_type_id",
		      RIPPLING_EMPLOYMENT_TYPE, e->type);
	add_reference(&s, FIELD_DEPARTMENT, "department_id",
		      RIPPLING_DEPARTMENT, e->department);
	add_reference(&s, FIELD_LEVEL, "level_id", RIPPLING_LEVEL, e->level);
	write_location(&s);
	write_facts(&s);
	json_open_array(w, "teams_id");
	json_close(w);
	write_termination(&s);
	for (size_t i = 0; i < ARRAY_LEN(objects); i++)
		if (query_lists(expand, str_of(objects[i].name)))
			objects[i].write(&s);
	json_close(w);
}

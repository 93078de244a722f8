/* BambooHR's tables of what was and will be, and its lists of words. */
#include "bamboohr.h"
#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define AT_ONCE	  256 /* people of a streamed answer */
#define CELLS_MAX 8
#define ROW_IDS	  10 /* rows of one person have such numbers */

/* A cell is a field by its alias, or what the row gives. */
struct cell {
	const char *name;
	const char *alias; /* NULL: the row's date or word */
};

struct row { /* of one person's table */
	int64_t day;
	const char *word;
};

static size_t job_rows(const struct employee *e, struct row *out)
{
	out[0] = (struct row){ e->start_day, "" };
	return 1;
}

/* One for the beginning, one for a leave, one for the end, past or to come. */
static size_t status_rows(const struct employee *e, struct row *out)
{
	static const char *const types[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "Full-Time",
		[TYPE_PART_TIME] = "Part-Time",
		[TYPE_CONTRACTOR] = "Contractor",
		[TYPE_INTERN] = "Intern",
	};
	size_t count = 0;

	out[count++] = (struct row){ e->start_day, types[e->type] };
	if (e->on_leave)
		out[count++] = (struct row){ e->changed_ms / CLOCK_DAY_MS,
					     "Leave of Absence" };
	if (e->end_day != NO_DAY)
		out[count++] = (struct row){ e->end_day, "Terminated" };
	return count;
}

static const struct table {
	const char *name;
	size_t (*rows)(const struct employee *e, struct row *out);
	struct cell cells[CELLS_MAX];
} tables[] = {
	{ "jobInfo",
	  job_rows,
	  { { "date", NULL },
	    { "location", "location" },
	    { "department", "department" },
	    { "division", "division" },
	    { "jobTitle", "jobTitle" },
	    { "reportsTo", "reportsTo" } } },
	{ "employmentStatus",
	  status_rows,
	  { { "date", NULL }, { "employmentStatus", NULL } } },
	/* without a sum: nobody may need one */
	{ "compensation", job_rows, { { "startDate", NULL } } },
};

static const struct table *find_table(struct exchange *x, struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (str_is(name, tables[i].name))
			return &tables[i];
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is no such table");
	return NULL;
}

static void write_cells(struct exchange *x, const struct table *t,
			const struct employee *e, const struct row *r)
{
	char text[TEXT_SIZE];

	for (size_t i = 0; i < CELLS_MAX && t->cells[i].name; i++) {
		const struct cell *c = &t->cells[i];

		if (c->alias)
			add_text(&x->json, c->name,
				 bamboohr_column_value(
					 &x->view, e,
					 bamboohr_column(str_of(c->alias)),
					 true, text));
		else if (i == 0)
			json_add_z(&x->json, c->name, day_text(r->day, text));
		else
			json_add_z(&x->json, c->name, r->word);
	}
}

/* whole: with the ids that a list of several people's rows needs. */
static void write_rows(struct exchange *x, const struct table *t,
		       const struct employee *e, bool whole)
{
	char text[TEXT_SIZE];
	struct row rows[3];
	size_t count = t->rows(e, rows);

	for (size_t i = 0; i < count; i++) {
		json_open_object(&x->json, NULL);
		if (whole) {
			(void)snprintf(text, sizeof(text), "%u",
				       (e->n + 1) * ROW_IDS + (unsigned)i);
			json_add_z(&x->json, "id", text);
			json_add_z(&x->json, "employeeId",
				   vendor_id(VENDOR_BAMBOOHR,
					     &x->sandbox->company, e->n, text));
		}
		write_cells(x, t, e, &rows[i]);
		json_close(&x->json);
	}
}

struct everybody {
	const struct table *table;
	struct wanted wanted;
	uint32_t at;
};

static bool more_of_all(struct exchange *x)
{
	struct everybody *all = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &all->wanted, &all->at, &e)) {
			json_close(&x->json);
			return false;
		}
		write_rows(x, all->table, &e, true);
	}
	return true;
}

void bamboohr_table(struct exchange *x)
{
	const struct table *t = find_table(x, x->params[1]);
	struct everybody *all = arena_zalloc(&x->arena, 1, sizeof(*all));
	struct employee e;
	uint32_t n;

	ASSERT(all); /* the first that is taken from the arena */
	if (!t || !bamboohr_has_json_only(x))
		return;
	if (str_is(x->params[0], "all")) {
		all->table = t;
		all->wanted = WANTED_ALL;
		json_open_array(&x->json, NULL);
		exchange_stream(x, more_of_all, all);
		return;
	}
	if (!vendor_id_find(VENDOR_BAMBOOHR, &x->sandbox->company, x->params[0],
			    &n) ||
	    !view_get(&x->view, n, &e)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "Employee not found");
		return;
	}
	json_open_array(&x->json, NULL);
	write_rows(x, t, &e, true);
	json_close(&x->json);
}

static void write_changed(struct exchange *x, const struct table *t,
			  const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(&x->json, vendor_id(VENDOR_BAMBOOHR,
					     &x->sandbox->company, e->n, text));
	json_add_z(&x->json, "lastChanged",
		   time_text(e->changed_ms, TIME_Z, text));
	json_open_array(&x->json, "rows");
	write_rows(x, t, e, false);
	json_close(&x->json);
	json_close(&x->json);
}

static bool more_of_changed(struct exchange *x)
{
	struct everybody *all = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &all->wanted, &all->at, &e)) {
			json_close(&x->json);
			json_close(&x->json);
			return false;
		}
		write_changed(x, all->table, &e);
	}
	return true;
}

/* Any change of a person brings all rows of that table. */
void bamboohr_changed_table(struct exchange *x)
{
	const struct table *t = find_table(x, x->params[0]);
	struct everybody *all = arena_zalloc(&x->arena, 1, sizeof(*all));

	ASSERT(all); /* the first that is taken from the arena */
	if (!t || !bamboohr_has_json_only(x))
		return;
	all->table = t;
	all->wanted = WANTED_ALL;
	if (!clock_parse_ms(query_get(&x->query, "since"),
			    &all->wanted.changed_since_ms)) {
		exchange_refuse(x, REFUSE_INVALID,
				"since: an ISO 8601 time is needed");
		return;
	}
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "table", t->name);
	json_open_object(&x->json, "employees");
	exchange_stream(x, more_of_changed, all);
}

/* --- words --- */

static const char *department(size_t i)
{
	return i < DEPARTMENT_COUNT ? departments[i].name : NULL;
}

static const char *location(size_t i)
{
	return i < LOCATION_COUNT ? locations[i].name : NULL;
}

static const char *status(size_t i)
{
	static const char *const words[] = { "Contractor", "Full-Time",
					     "Intern",	   "Leave of Absence",
					     "Part-Time",  "Terminated" };

	return i < ARRAY_LEN(words) ? words[i] : NULL;
}

static const struct list {
	unsigned field;
	const char *name, *alias;
	const char *(*option)(size_t i);
} lists[] = {
	{ 4, "Department", "department", department },
	{ 16, "Employment Status", "employmentHistoryStatus", status },
	{ 18, "Location", "location", location },
};

static void write_options(struct exchange *x, const struct list *l)
{
	const char *word;

	json_open_array(&x->json, "options");
	for (size_t i = 0; (word = l->option(i)); i++) {
		json_open_object(&x->json, NULL);
		json_add_int(&x->json, "id",
			     (int64_t)(l->field * 1000 + i + 1));
		json_add_z(&x->json, "archived", "no");
		json_add_null(&x->json, "createdDate");
		json_add_null(&x->json, "archivedDate");
		json_add_z(&x->json, "name", word);
		json_close(&x->json);
	}
	json_close(&x->json);
}

void bamboohr_meta_lists(struct exchange *x)
{
	char number[24];

	if (!str_is(query_get(&x->query, "format"), "json") &&
	    !bamboohr_has_json_only(x))
		return;
	x->type = "application/json";
	json_open_array(&x->json, NULL);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		(void)snprintf(number, sizeof(number), "%u", lists[i].field);
		json_open_object(&x->json, NULL);
		json_add_z(&x->json, "fieldId", number);
		json_add_z(&x->json, "manageable", "yes");
		json_add_z(&x->json, "multiple", "no");
		json_add_z(&x->json, "name", lists[i].name);
		write_options(x, &lists[i]);
		json_add_z(&x->json, "alias", lists[i].alias);
		json_close(&x->json);
	}
	json_close(&x->json);
}

void bamboohr_meta_tables(struct exchange *x)
{
	if (!bamboohr_has_json_only(x))
		return;
	json_open_array(&x->json, NULL);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		json_open_object(&x->json, NULL);
		json_add_z(&x->json, "alias", tables[i].name);
		json_open_array(&x->json, "fields");
		for (size_t k = 0; k < CELLS_MAX && tables[i].cells[k].name;
		     k++) {
			json_open_object(&x->json, NULL);
			json_add_int(&x->json, "id",
				     (int64_t)(4100 + i * CELLS_MAX + k));
			json_add_z(&x->json, "name", tables[i].cells[k].name);
			json_add_z(&x->json, "alias", tables[i].cells[k].name);
			json_add_z(&x->json, "type", k == 0 ? "date" : "list");
			json_close(&x->json);
		}
		json_close(&x->json);
		json_close(&x->json);
	}
	json_close(&x->json);
}

/* The only one who has a login is who owns the key. */
void bamboohr_meta_users(struct exchange *x)
{
	struct employee e;

	if (!bamboohr_has_json_only(x))
		return;
	json_open_object(&x->json, NULL);
	if (view_get(&x->view, 0, &e)) {
		json_open_object(&x->json, "2370");
		json_add_int(&x->json, "id", 2370);
		json_add_int(&x->json, "employeeId", 101);
		json_add_z(&x->json, "firstName", e.first);
		json_add_z(&x->json, "lastName", e.last);
		json_add_z(&x->json, "email", e.email);
		json_add_z(&x->json, "status", "enabled");
		json_close(&x->json);
	}
	json_close(&x->json);
}

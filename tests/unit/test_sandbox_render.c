/*
 * Each vendor's way to write a person: all the names that it has, and the
 * words for each status. tests/data/sandbox/keys.txt is the list of names.
 */
#include "check.h"

#include "base/clock.h"
#include "render.h"
#include "vendor.h"

#define NOW  1795424400000LL /* 2026-11-23T09:00:00Z */
#define KEYS "tests/data/sandbox/keys.txt"

#define BAMBOOHR_FIELDS                                              \
	"employeeNumber,firstName,lastName,preferredName,workEmail," \
	"jobTitle,department,division,location,status,"              \
	"employmentHistoryStatus,hireDate,originalHireDate,"         \
	"terminationDate,supervisor,supervisorId,supervisorEId,lastChanged"
#define LIST_FIELDS                                                    \
	"workEmail,hireDate,departmentName,locationName,divisionName," \
	"employmentStatusName,reportsToName,reportsToId"
#define HIBOB_FIELDS                                                       \
	"[\"root.id\",\"root.email\",\"work.title\",\"/work/department\"," \
	"\"work.site\",\"work.siteId\",\"work.startDate\","                \
	"\"work.activeEffectiveDate\",\"work.isManager\","                 \
	"\"work.manager\",\"work.secondLevelManager\","                    \
	"\"work.employeeIdInCompany\",\"work.reportsToIdInCompany\","      \
	"\"work.reportsTo\",\"internal.status\","                          \
	"\"internal.lifecycleStatus\",\"internal.terminationDate\","       \
	"\"internal.terminationReason\",\"internal.terminationType\","     \
	"\"internal.probationEndDate\","                                   \
	"\"internal.currentActiveStatusStartDate\","                       \
	"\"internal.periodSinceTermination\","                             \
	"\"internal.yearsSinceTermination\",\"internal.notice\"]"
#define RIPPLING_OBJECTS "user,department,level,employment_type"

struct world {
	struct company company;
	struct fault_set fault;
	struct view view;
	struct arena arena;
	struct buf out;
	struct json_writer w;
};

static int setup(void **state)
{
	static struct world w;
	struct err err = { 0 };

	w = (struct world){ 0 };
	if (company_init(&w.company, 200, 11, NOW, &err) < 0)
		return -1;
	w.view = (struct view){ .company = &w.company, .fault = &w.fault };
	arena_init(&w.arena, 1 << 20);
	buf_init(&w.out, 1 << 20);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	company_release(&w->company);
	arena_release(&w->arena);
	buf_release(&w->out);
	return 0;
}

static const struct json *parsed(struct world *w)
{
	const struct json *v = NULL;
	struct err err = { 0 };

	if (json_parse(&v, &w->arena, buf_str(&w->out), NULL, &err) < 0)
		fail_msg("%s in %s", err.text, buf_z(&w->out));
	return v;
}

static void begin(struct world *w)
{
	buf_clear(&w->out);
	json_writer_init(&w->w, &w->out);
}

static const struct json *bamboohr(struct world *w, const struct employee *e)
{
	begin(w);
	json_open_object(&w->w, NULL);
	bamboohr_fields(&w->view, e, STR(BAMBOOHR_FIELDS), false, &w->w);
	json_close(&w->w);
	return parsed(w);
}

static const struct json *bamboohr_list(struct world *w,
					const struct employee *e)
{
	begin(w);
	bamboohr_list_item(&w->view, e, STR(LIST_FIELDS), &w->w);
	return parsed(w);
}

static const struct json *bamboohr_directory(struct world *w,
					     const struct employee *e)
{
	begin(w);
	bamboohr_directory_item(&w->view, e, &w->w);
	return parsed(w);
}

static const struct json *hibob_as(struct world *w, const struct employee *e,
				   enum hibob_style style)
{
	struct hibob_request r = { .style = style };
	const struct json *fields;

	assert_int_equal(
		json_parse(&fields, &w->arena, STR(HIBOB_FIELDS), NULL, NULL),
		0);
	r.asked = hibob_asked(fields);
	begin(w);
	hibob_person(&w->view, e, &r, &w->w);
	return parsed(w);
}

static const struct json *hibob(struct world *w, const struct employee *e)
{
	return hibob_as(w, e, HIBOB_APPEND);
}

static const struct json *rippling(struct world *w, const struct employee *e)
{
	begin(w);
	rippling_worker(&w->view, e, STR(RIPPLING_OBJECTS), &w->w);
	return parsed(w);
}

static const struct json *standard(struct world *w, const struct employee *e)
{
	begin(w);
	json_open_object(&w->w, NULL);
	standard_person(&w->view, e, &w->w);
	json_close(&w->w);
	return parsed(w);
}

static const struct rendering {
	const char *name;
	const struct json *(*render)(struct world *w, const struct employee *e);
} renderings[] = {
	{ "bamboohr", bamboohr },
	{ "bamboohr-list", bamboohr_list },
	{ "bamboohr-directory", bamboohr_directory },
	{ "hibob", hibob },
	{ "rippling", rippling },
	{ "standard", standard },
};

static const struct json *find(const struct json *v, struct str path)
{
	while (path.len > 0) {
		struct str key;

		(void)str_cut(&path, '.', &key);
		v = json_get_str(v, key);
	}
	return v;
}

static const struct json *at(const struct json *v, const char *path)
{
	return find(v, str_of(path));
}

static struct employee person(struct world *w, uint32_t n)
{
	struct employee e;

	assert_true(view_get(&w->view, n, &e));
	return e;
}

static void check_line(struct world *w, char *line)
{
	struct str path = str_trim(str_of(line)), name;
	struct employee e = person(w, 50); /* who has a manager */

	if (path.len == 0 || path.ptr[0] == '#')
		return;
	assert_true(str_cut(&path, ' ', &name));
	for (size_t i = 0; i < ARRAY_LEN(renderings); i++) {
		if (!str_is(name, renderings[i].name))
			continue;
		if (!find(renderings[i].render(w, &e), path))
			fail_msg("missing: %s", line);
		return;
	}
	fail_msg("no rendering: %s", line);
}

static void test_every_name_of_the_vendors_is_there(void **state)
{
	FILE *f = fopen(KEYS, "r");
	char line[128];
	int count = 0;

	if (!f)
		fail_msg("%s: run from the top of the tree", KEYS);
	while (fgets(line, sizeof(line), f)) {
		check_line(*state, line);
		arena_clear(&((struct world *)*state)->arena);
		count++;
	}
	fclose(f);
	assert_true(count > 140);
}

static void test_a_person_is_the_same_for_every_vendor(void **state)
{
	struct world *w = *state;

	for (uint32_t n = 0; n < 200; n++) {
		struct employee e = person(w, n);

		assert_str(json_string(at(bamboohr(w, &e), "workEmail")),
			   e.email);
		assert_str(json_string(at(hibob(w, &e), "email")), e.email);
		assert_str(json_string(at(rippling(w, &e), "work_email")),
			   e.email);
		assert_str(json_string(at(standard(w, &e), "email")), e.email);
		assert_str(json_string(at(hibob(w, &e),
					  "humanReadable.work.title")),
			   e.title);
		arena_clear(&w->arena);
	}
}

static void set_status(struct employee *e, enum employee_status s)
{
	e->status = s;
	e->on_leave = s == EMPLOYEE_ON_LEAVE;
	e->type = TYPE_FULL_TIME;
	e->end_day = s == EMPLOYEE_DEPARTED ? 20000 : NO_DAY;
}

static void test_statuses_in_each_vendors_words(void **state)
{
	static const struct {
		enum employee_status status;
		const char *bamboohr, *history, *hibob, *active, *rippling;
	} rows[] = {
		{ EMPLOYEE_UPCOMING, "Inactive", "Full-Time", "hired",
		  "Inactive", "HIRED" },
		{ EMPLOYEE_ACTIVE, "Active", "Full-Time", "employed", "Active",
		  "ACTIVE" },
		{ EMPLOYEE_ON_LEAVE, "Active", "Leave of Absence", "leave",
		  "Active", "ACTIVE" },
		{ EMPLOYEE_DEPARTED, "Inactive", "Terminated", "terminated",
		  "Inactive", "TERMINATED" },
	};
	struct world *w = *state;
	struct employee e = person(w, 50);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		set_status(&e, rows[i].status);
		assert_str(json_string(at(bamboohr(w, &e), "status")),
			   rows[i].bamboohr);
		assert_str(json_string(at(bamboohr(w, &e),
					  "employmentHistoryStatus")),
			   rows[i].history);
		assert_str(json_string(at(hibob(w, &e),
					  "internal.lifecycleStatus")),
			   rows[i].hibob);
		assert_str(json_string(at(hibob(w, &e), "internal.status")),
			   rows[i].active);
		assert_str(json_string(at(rippling(w, &e), "status")),
			   rows[i].rippling);
	}
}

static void test_an_unknown_word_is_shown_as_it_is(void **state)
{
	struct world *w = *state;
	struct employee e;

	assert_int_equal(
		company_set_word(&w->company, 50, STR("sabbatical"), NULL), 0);
	e = person(w, 50);
	assert_str(json_string(at(bamboohr(w, &e), "employmentHistoryStatus")),
		   "sabbatical");
	assert_str(json_string(at(hibob(w, &e), "internal.lifecycleStatus")),
		   "sabbatical");
	assert_str(json_string(at(rippling(w, &e), "status")), "sabbatical");
	assert_str(json_string(at(standard(w, &e), "status")), "sabbatical");
}

static void test_bamboohr_supervisor_id_is_a_number_not_an_id(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50), m = person(w, e.manager);
	char text[128];

	(void)snprintf(text, sizeof(text), "%u", m.number);
	assert_str(json_string(at(bamboohr(w, &e), "supervisorId")), text);
	(void)snprintf(text, sizeof(text), "%u", m.n + 101);
	assert_str(json_string(at(bamboohr(w, &e), "supervisorEId")), text);
	(void)snprintf(text, sizeof(text), "%s, %s", m.last, m.first);
	assert_str(json_string(at(bamboohr(w, &e), "supervisor")), text);
}

static void test_bamboohr_hides_a_departure_to_come(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50);

	e.end_day = 30000;
	assert_true(json_is(at(bamboohr(w, &e), "terminationDate"), JSON_NULL));
	begin(w);
	json_open_object(&w->w, NULL);
	bamboohr_fields(&w->view, &e, STR("terminationDate"), true, &w->w);
	json_close(&w->w);
	assert_str(json_string(at(parsed(w), "terminationDate")), "2052-02-20");
}

static void test_bamboohr_leaves_out_what_it_does_not_know(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50);

	begin(w);
	json_open_object(&w->w, NULL);
	bamboohr_fields(&w->view, &e, STR("shoeSize,firstName, firstName"),
			false, &w->w);
	json_close(&w->w);
	assert_int_equal(json_size(parsed(w)), 2); /* id and firstName */
}

static void test_xml_is_escaped(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50);

	(void)snprintf(e.first, sizeof(e.first), "<A & \"B\">");
	buf_clear(&w->out);
	bamboohr_fields_xml(&w->view, &e, STR("firstName"), false, &w->out);
	assert_string_equal(buf_z(&w->out),
			    "<?xml version=\"1.0\"?>\n<employee id=\"151\">"
			    "<field id=\"firstName\">&lt;A &amp; "
			    "&quot;B&quot;&gt;</field></employee>");
}

static void test_hibob_writes_names_or_ids_as_asked(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50);
	const struct json *v;
	uint64_t id;

	e.start_day = 19786; /* 2024-03-04 */
	v = hibob_as(w, &e, HIBOB_MACHINE);
	assert_true(str_to_u64(json_string(at(v, "work.title")), &id));
	assert_str(json_string(at(v, "work.startDate")), "2024-03-04");
	assert_null(at(v, "humanReadable"));
	v = hibob_as(w, &e, HIBOB_REPLACE);
	assert_str(json_string(at(v, "work.title")), e.title);
	assert_str(json_string(at(v, "work.startDate")), "04/03/2024");
	assert_null(at(v, "/root/id"));
}

static void test_hibob_gives_no_field_that_was_not_asked_for(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50);
	struct hibob_request r = { 0 };

	begin(w);
	hibob_person(&w->view, &e, &r, &w->w);
	assert_non_null(at(parsed(w), "email"));
	assert_null(at(parsed(w), "work"));
	assert_null(at(parsed(w), "internal"));
}

static void test_hibob_titles_are_items_of_their_list(void **state)
{
	struct world *w = *state;
	struct employee e = person(w, 50);
	struct str id =
		json_string(at(hibob_as(w, &e, HIBOB_MACHINE), "work.title"));
	bool found = false;

	begin(w);
	assert_true(hibob_list(STR("title"), &w->w));
	for (const struct json *v = json_first(at(parsed(w), "items")); v;
	     v = json_next(v))
		if (str_eq(json_text(at(v, "id")), id)) {
			assert_str(json_string(at(v, "name")), e.title);
			found = true;
		}
	assert_true(found);
	assert_false(hibob_list(STR("no such"), &w->w));
}

static void test_a_blank_field_is_empty_everywhere(void **state)
{
	static const struct {
		enum employee_field field;
		const char *bamboohr, *hibob, *rippling, *standard;
	} rows[] = {
		{ FIELD_EMAIL, "workEmail", "email", "work_email", "email" },
		{ FIELD_DEPARTMENT, "department", "work.department",
		  "department", "department" },
		{ FIELD_TITLE, "jobTitle", "work.title", "title", "job_title" },
		{ FIELD_LOCATION, "location", "work.site", "country",
		  "location" },
		{ FIELD_MANAGER, "supervisorEId", "work.manager", "manager_id",
		  "manager_id" },
		{ FIELD_NUMBER, "employeeNumber", "work.employeeIdInCompany",
		  "number", "employee_number" },
		{ FIELD_START, "hireDate", "work.startDate", "start_date",
		  "start_date" },
		{ FIELD_STATUS, "status", "internal.lifecycleStatus", "status",
		  "status" },
		{ FIELD_LAST_NAME, "lastName", "surname",
		  "user.name.family_name", "last_name" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct employee e;

		w->fault.value[FAULT_BLANK_FIELD] = rows[i].field + 1;
		e = person(w, 50);
		assert_true(json_is(at(bamboohr(w, &e), rows[i].bamboohr),
				    JSON_NULL));
		assert_true(
			json_is(at(hibob(w, &e), rows[i].hibob), JSON_NULL));
		assert_true(json_is(at(rippling(w, &e), rows[i].rippling),
				    JSON_NULL));
		assert_true(json_is(at(standard(w, &e), rows[i].standard),
				    JSON_NULL));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_name_of_the_vendors_is_there),
		TEST(test_a_person_is_the_same_for_every_vendor),
		TEST(test_statuses_in_each_vendors_words),
		TEST(test_an_unknown_word_is_shown_as_it_is),
		TEST(test_bamboohr_supervisor_id_is_a_number_not_an_id),
		TEST(test_bamboohr_hides_a_departure_to_come),
		TEST(test_bamboohr_leaves_out_what_it_does_not_know),
		TEST(test_xml_is_escaped),
		TEST(test_hibob_writes_names_or_ids_as_asked),
		TEST(test_hibob_gives_no_field_that_was_not_asked_for),
		TEST(test_hibob_titles_are_items_of_their_list),
		TEST(test_a_blank_field_is_empty_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

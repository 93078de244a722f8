/* The nightly file: rows, spellings, what changed, and what is broken. */
#include "sandbox_auth.h"

#define PEOPLE	  120
#define FILE_PATH "/as/csv/employees.csv"
#define DELTA	  "/as/csv/employees-delta.csv"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_CSV, auth);
	*state = w;
	return 0;
}

static const char *get(struct world *w, const char *path)
{
	assert_int_equal(call(w, "GET", path, auth, NULL), 200);
	return w->body;
}

static int lines_of(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* How many cells a line has; quotes are not for delimiters of one's own. */
static int cells_of(const char *line, char delimiter)
{
	bool quoted = false;
	int cells = 1;

	for (; *line && *line != '\r'; line++) {
		if (*line == '"')
			quoted = !quoted;
		cells += *line == delimiter && !quoted;
	}
	return cells;
}

static void test_a_line_for_everybody(void **state)
{
	struct world *w = *state;
	const char *line = get(w, FILE_PATH);

	assert_string_equal(w->headers[CONTENT_TYPE],
			    "text/csv; charset=utf-8");
	assert_int_equal(lines_of(line), PEOPLE + 1);
	assert_memory_equal(line, "Employee ID,Employee Number,First Name,",
			    39);
	for (; *line; line = strchr(line, '\n') + 1)
		assert_int_equal(cells_of(line, ','), 15);
	assert_non_null(strstr(w->body, "\r\n50001,1,"));
	assert_non_null(strstr(w->body, ",\"London, UK\","));
	assert_int_equal(lines_of(get(w, "/as/csv/employees_20261123.csv")),
			 PEOPLE + 1);
}

static void test_spellings(void **state)
{
	static const struct {
		const char *query;
		const char *holds;
	} rows[] = {
		{ "?delimiter=semicolon", "Employee ID;Employee Number;" },
		{ "?delimiter=tab", "Employee ID\tEmployee Number\t" },
		{ "?delimiter=pipe", "Employee ID|Employee Number|" },
		{ "?encoding=utf-8-bom", "\xef\xbb\xbf"
					 "Employee ID," },
		{ "?encoding=utf-8", "S\xc3\xa3o Paulo" },
		{ "?encoding=windows-1252", "S\xe3o Paulo" },
		{ "?dates=iso", ",2014-" },
		{ "?dates=us", "/2014," },
		{ "?dates=german", ".2014," },
	};
	struct world *w = *state;
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)snprintf(path, sizeof(path), FILE_PATH "%s",
			       rows[i].query);
		if (!strstr(get(w, path), rows[i].holds))
			fail_msg("%s: %.300s", rows[i].query, w->body);
	}
}

static void test_what_is_not_there_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(call(w, "GET", "/as/csv/x.csv", auth, NULL), 404);
	assert_int_equal(
		call(w, "GET", "/as/csv/employees_20261122.csv", auth, NULL),
		404);
	assert_int_equal(call(w, "GET", FILE_PATH "?delimiter=x", auth, NULL),
			 400);
	assert_int_equal(call(w, "GET", DELTA "?since=x", auth, NULL), 400);
}

static void test_a_delta_holds_who_changed(void **state)
{
	struct world *w = *state;

	assert_int_equal(lines_of(get(w, DELTA "?since=2026-11-23T09:00:00Z")),
			 1);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"leave\",\"person\":3}");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"delete\",\"person\":4}");
	assert_int_equal(lines_of(get(w, DELTA "?since=2026-11-23T09:00:00Z")),
			 3);
	assert_non_null(strstr(w->body, "\r\n50004,"));
	assert_non_null(strstr(w->body, ",On Leave,changed\r\n"));
	assert_non_null(strstr(w->body, ",deleted\r\n"));
}

static void test_who_has_left_may_be_absent(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);

	assert_true(counts[EMPLOYEE_DEPARTED] > 0);
	assert_non_null(strstr(get(w, FILE_PATH), ",Terminated\r\n"));
	assert_int_equal(lines_of(get(w, FILE_PATH "?leavers=absent")),
			 PEOPLE + 1 - (int)counts[EMPLOYEE_DEPARTED]);
	assert_null(strstr(w->body, ",Terminated\r\n"));
}

static void test_rows_are_ragged_or_cut_off_on_demand(void **state)
{
	struct world *w = *state;
	int few = 0, many = 0;
	const char *line;

	control(w, "PATCH", "/sandbox/faults/csv", "{\"ragged_percent\":50}");
	for (line = get(w, FILE_PATH); *line; line = strchr(line, '\n') + 1) {
		few += cells_of(line, ',') == 14;
		many += cells_of(line, ',') == 16;
	}
	assert_in_range(few, 10, PEOPLE / 2);
	assert_in_range(many, 10, PEOPLE / 2);
	control(w, "DELETE", "/sandbox/faults/csv", NULL);
	control(w, "PATCH", "/sandbox/faults/csv", "{\"cut_off\":true}");
	assert_int_equal(lines_of(get(w, FILE_PATH)), PEOPLE / 2 + 2);
	assert_int_not_equal(w->body[strlen(w->body) - 1], '\n');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_line_for_everybody),
		TEST(test_spellings),
		TEST(test_what_is_not_there_is_refused),
		TEST(test_a_delta_holds_who_changed),
		TEST(test_who_has_left_may_be_absent),
		TEST(test_rows_are_ragged_or_cut_off_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Faults: how they are set, whom they hit, and what a list becomes. */
#include "check.h"

#include "view.h"

#define NOW 1795424400000LL

static int set(struct fault_set *f, enum fault_scope scope, const char *text,
	       struct err *err)
{
	const struct json *v;
	struct arena a;
	int got;

	arena_init(&a, 65536);
	assert_int_equal(json_parse(&v, &a, str_of(text), NULL, NULL), 0);
	got = fault_read(f, scope, v, err);
	arena_release(&a);
	return got;
}

static void test_bad_faults_change_nothing(void **state)
{
	static const char *const rows[] = {
		"[]",
		"{\"no_such\":1}",
		"{\"latency_ms\":5,\"revoked\":1}",
		"{\"latency_ms\":-1}",
		"{\"latency_ms\":600001}",
		"{\"latency_ms\":1.5}",
		"{\"throttle_percent\":101}",
		"{\"error_status\":404}",
		"{\"blank_field\":\"shoe_size\"}",
		"{\"lost_percent\":1}", /* of webhooks */
	};
	static const struct fault_set none;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fault_set f = { 0 };
		struct err err = { 0 };

		if (set(&f, FAULT_OF_API, rows[i], &err) == 0)
			fail_msg("%s was taken", rows[i]);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_memory_equal(&f, &none, sizeof(f));
	}
}

static void test_what_is_written_can_be_read(void **state)
{
	struct fault_set f = { 0 }, again = { 0 };
	struct json_writer w;
	struct buf b;

	(void)state;
	assert_int_equal(set(&f, FAULT_OF_API,
			     "{\"latency_ms\":5,\"revoked\":true,"
			     "\"blank_field\":\"department\","
			     "\"wrong_total\":-3}",
			     NULL),
			 0);
	buf_init(&b, 4096);
	json_writer_init(&w, &b);
	json_open_object(&w, NULL);
	fault_write(&f, FAULT_OF_API, &w);
	json_close(&w);
	assert_int_equal(set(&again, FAULT_OF_API, buf_z(&b), NULL), 0);
	assert_memory_equal(&f, &again, sizeof(f));
	assert_int_equal(f.value[FAULT_BLANK_FIELD], FIELD_DEPARTMENT + 1);
	buf_release(&b);
}

static void test_a_fault_hits_some_requests_after_others(void **state)
{
	struct fault_set f = { 0 };
	uint64_t drawn = 0;

	(void)state;
	f.value[FAULT_REVOKED] = 1;
	f.value[FAULT_AFTER] = 2;
	f.value[FAULT_TIMES] = 3;
	for (int i = 0; i < 8; i++)
		assert_int_equal(fault_next(&f, 1, &drawn).value[FAULT_REVOKED],
				 i >= 2 && i < 5);
}

static void test_percents_are_met_and_repeat_with_the_seed(void **state)
{
	struct fault_set f = { 0 };
	uint64_t a = 0, b = 0, c = 0;
	int hits = 0, differ = 0;

	(void)state;
	f.value[FAULT_ERROR_PERCENT] = 30;
	for (int i = 0; i < 10000; i++) {
		int64_t x = fault_next(&f, 1, &a).value[FAULT_ERROR_PERCENT];
		int64_t y = fault_next(&f, 1, &b).value[FAULT_ERROR_PERCENT];
		int64_t z = fault_next(&f, 2, &c).value[FAULT_ERROR_PERCENT];

		assert_int_equal(x, y);
		differ += x != z;
		hits += x != 0;
	}
	assert_in_range(hits, 2800, 3200);
	assert_true(differ > 3000);
}

/* --- lists --- */

#define PEOPLE 1000

static void test_totals(void **state)
{
	struct fault_set f = { 0 };
	struct company c;
	struct view v = { .company = &c, .fault = &f };
	struct wanted all = { .statuses = STATUSES_ALL, .user = EMPLOYEE_NONE };
	struct wanted gone = { .statuses = FIELD_BIT(EMPLOYEE_DEPARTED),
			       .user = EMPLOYEE_NONE };
	uint32_t few;

	(void)state;
	assert_int_equal(company_init(&c, PEOPLE, 1, NOW, NULL), 0);
	assert_int_equal(view_total(&v, &all), PEOPLE);
	few = view_total(&v, &gone);
	assert_in_range(few, 10, 60);
	f.value[FAULT_WRONG_TOTAL] = -7;
	assert_int_equal(view_total(&v, &all), PEOPLE - 7);
	f = (struct fault_set){ 0 };
	f.value[FAULT_HALF_LIST] = 1; /* so that it can be noticed */
	assert_int_equal(view_total(&v, &all), PEOPLE);
	f = (struct fault_set){ 0 };
	f.value[FAULT_HIDDEN_PERCENT] = 30; /* permission lost: cannot be */
	assert_in_range(view_total(&v, &all), 650, 750);
	company_release(&c);
}

static void test_filters(void **state)
{
	struct fault_set f = { 0 };
	struct company c;
	struct view v = { .company = &c, .fault = &f };
	struct wanted w = { .statuses = STATUSES_ALL, .user = EMPLOYEE_NONE };
	struct employee e;
	uint32_t n, at = 0;

	(void)state;
	assert_int_equal(company_init(&c, PEOPLE, 1, NOW, NULL), 0);
	assert_true(company_get(&c, 77, &e));
	w.email = str_of(e.email);
	assert_true(view_next(&v, &w, &at, &n));
	assert_int_equal(n, 77);
	assert_false(view_next(&v, &w, &at, &n));

	assert_int_equal(company_change(&c, 5, NULL, NULL), 0);
	w.email = (struct str){ 0 };
	w.changed_since_ms = NOW;
	at = 0;
	assert_true(view_next(&v, &w, &at, &n));
	assert_int_equal(n, 5);
	assert_false(view_next(&v, &w, &at, &n));
	company_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_faults_change_nothing),
		cmocka_unit_test(test_what_is_written_can_be_read),
		cmocka_unit_test(test_a_fault_hits_some_requests_after_others),
		cmocka_unit_test(
			test_percents_are_met_and_repeat_with_the_seed),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

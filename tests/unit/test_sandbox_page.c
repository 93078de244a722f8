/* Lists in pages, whichever way they are cut, and what goes wrong with them. */
#include "check.h"

#include "exchange.h"
#include "state.h"

#define NOW    1795424400000LL /* 2026-11-23T09:00:00Z */
#define PEOPLE 1000
#define SIZE   70
#define PAGES  100 /* then it does not end */

static struct sandbox sandbox;
static struct exchange exchange;

static int setup(void **state)
{
	(void)state;
	sandbox = (struct sandbox){ 0 };
	exchange =
		(struct exchange){ .sandbox = &sandbox, .api = &bamboohr_api };
	exchange.view = (struct view){ .company = &sandbox.company,
				       .fault = &exchange.fault };
	buf_init(&exchange.body, 1024);
	return company_init(&sandbox.company, PEOPLE, 1, NOW, NULL);
}

static int teardown(void **state)
{
	(void)state;
	company_release(&sandbox.company);
	return 0;
}

struct walk {
	unsigned pages;
	uint32_t count;
	bool twice;
	bool ascending;
	bool ended;
};

static bool seen[PEOPLE];

static void take_all(struct page *p, struct walk *r)
{
	struct employee e;
	uint32_t last = 0;

	while (page_take(&exchange, p, &e)) {
		r->twice |= seen[e.n];
		r->ascending &= p->count <= 1 || e.n >= last;
		seen[e.n] = true;
		last = e.n;
		r->count++;
	}
	page_close(&exchange, p);
}

static uint32_t next_of(enum page_kind kind, const struct page *p)
{
	if (kind == PAGE_NUMBER)
		return p->at + 1;
	return kind == PAGE_OFFSET ? p->at + p->limit : p->next;
}

/* As a reader does that goes by what the page says, or by its total. */
static struct walk walk(enum page_kind kind, bool by_total)
{
	struct wanted w = WANTED_ALL;
	struct walk r = { .ascending = true };
	uint32_t at = kind == PAGE_NUMBER;
	struct page p;

	memset(seen, 0, sizeof(seen));
	do {
		page_open_at(&exchange, kind, &w, at, SIZE, &p);
		take_all(&p, &r);
		at = next_of(kind, &p);
		r.pages++;
		if (by_total)
			p.more = r.pages * SIZE < page_total(&exchange, &p);
	} while (p.more && r.pages < PAGES);
	r.ended = !p.more;
	return r;
}

static const enum page_kind kinds[] = { PAGE_CURSOR, PAGE_OFFSET, PAGE_NUMBER };

static void set(enum fault f, int64_t value)
{
	exchange.fault = (struct fault_set){ 0 };
	exchange.fault.value[f] = value;
}

static void test_pages_hold_everybody_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (int by_total = 0; by_total < 2; by_total++) {
			struct walk r = walk(kinds[i], by_total != 0);

			assert_int_equal(r.count, PEOPLE);
			assert_int_equal(r.pages, 15);
			assert_true(r.ended && r.ascending && !r.twice);
		}
	}
}

static void test_faults_of_lists_hit_every_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct walk r;

		set(FAULT_HALF_LIST, 1);
		r = walk(kinds[i], false);
		assert_int_equal(r.count, PEOPLE / 2);
		assert_true(r.ended && !r.twice);

		set(FAULT_EMPTY_LIST, 1);
		r = walk(kinds[i], false);
		assert_int_equal(r.count, 0);
		assert_true(r.ended);

		set(FAULT_REPEAT_CURSOR, 1);
		r = walk(kinds[i], false);
		assert_true(!r.ended && r.twice);

		set(FAULT_LOOPING, 1);
		r = walk(kinds[i], false);
		assert_true(!r.ended && r.twice);
		assert_true(r.count > 5 * PEOPLE);
		r = walk(kinds[i], true); /* of a cursor the total is true */
		assert_int_equal(r.ended, kinds[i] == PAGE_CURSOR);

		set(FAULT_HIDDEN_PERCENT, 30);
		r = walk(kinds[i], false);
		assert_in_range(r.count, 650, 750);
		assert_true(r.ended && !r.twice);

		set(FAULT_REVERSE_LIST, 1);
		r = walk(kinds[i], false);
		assert_int_equal(r.count, PEOPLE);
		assert_true(r.ended && !r.ascending && !r.twice);
	}
}

/* Where the last page ended is remembered, for as long as it is true. */
static void test_a_page_in_the_middle_is_the_same_however_reached(void **state)
{
	static const uint32_t pages[] = { 3, 4, 5, 2, 9, 1, 10, 8 };
	const struct wanted gone = { .statuses = FIELD_BIT(EMPLOYEE_DEPARTED),
				     .user = EMPLOYEE_NONE };
	const struct wanted all = WANTED_ALL;
	struct employee e;
	struct page p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		uint32_t n = (pages[i] - 1) * SIZE;

		page_open_at(&exchange, PAGE_NUMBER, &all, pages[i], SIZE, &p);
		while (page_take(&exchange, &p, &e))
			assert_int_equal(e.n, n++);
		page_close(&exchange, &p);
		assert_int_equal(p.count, SIZE);
		page_open_at(&exchange, PAGE_NUMBER, &gone, 1, SIZE, &p);
		while (page_take(&exchange, &p, &e))
			assert_int_equal(e.status, EMPLOYEE_DEPARTED);
		page_close(&exchange, &p);
	}
	page_open_at(&exchange, PAGE_OFFSET, &all, 2, 2, &p);
	while (page_take(&exchange, &p, &e))
		;
	page_close(&exchange, &p);
	assert_int_equal(company_delete(&sandbox.company, 1, NULL), 0);
	page_open_at(&exchange, PAGE_OFFSET, &all, 4, 2, &p);
	assert_true(page_take(&exchange, &p, &e));
	assert_int_equal(e.n, 5); /* everybody moved up */
}

static void test_totals_follow_what_changes(void **state)
{
	const struct wanted contractors = { .statuses = STATUSES_ALL,
					    .types = FIELD_BIT(TYPE_CONTRACTOR),
					    .user = EMPLOYEE_NONE };
	const struct wanted all = WANTED_ALL;
	struct page p;
	uint32_t some;

	(void)state;
	page_open_at(&exchange, PAGE_OFFSET, &all, 0, SIZE, &p);
	assert_int_equal(page_total(&exchange, &p), PEOPLE);
	assert_int_equal(company_delete(&sandbox.company, 1, NULL), 0);
	assert_int_equal(page_total(&exchange, &p), PEOPLE - 1);
	set(FAULT_WRONG_TOTAL, 5);
	assert_int_equal(page_total(&exchange, &p), PEOPLE + 4);
	set(FAULT_WRONG_TOTAL, 0);
	page_open_at(&exchange, PAGE_OFFSET, &contractors, 0, SIZE, &p);
	some = page_total(&exchange, &p);
	assert_in_range(some, 20, 200);
	assert_int_equal(page_total(&exchange, &p), some);
}

static void test_a_cursor_is_read_back_and_nothing_else_is(void **state)
{
	static const char *const wrong[] = { "", "x", "YXQ6", "YXQ6LTE",
					     "YXQ6NDI5NDk2NzI5Ng" };
	char text[PAGE_CURSOR_SIZE];
	uint32_t at = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(page_cursor_read(str_of(wrong[i]), &at));
	assert_int_equal(at, 7);
	assert_true(
		page_cursor_read(str_of(page_cursor(UINT32_MAX, text)), &at));
	assert_int_equal(at, UINT32_MAX);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_pages_hold_everybody_once),
		CASE(test_faults_of_lists_hit_every_kind),
		CASE(test_a_page_in_the_middle_is_the_same_however_reached),
		CASE(test_totals_follow_what_changes),
		CASE(test_a_cursor_is_read_back_and_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

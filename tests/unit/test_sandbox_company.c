/* The company: the same for the same seed, everybody somebody of their own. */
#include "check.h"

#include "base/clock.h"
#include "company.h"
#include "vendor.h"
#include "words.h"

#include <stdlib.h>

#define NOW 1795424400000LL /* 2026-11-23T09:00:00Z */

static void start(struct company *c, uint32_t people, uint64_t seed)
{
	struct err err = { 0 };

	if (company_init(c, people, seed, NOW, &err) < 0)
		fail_msg("%s", err.text);
}

static struct employee person(const struct company *c, uint32_t n)
{
	struct employee e;

	assert_true(company_get(c, n, &e));
	return e;
}

static void test_same_seed_gives_the_same_bytes(void **state)
{
	struct company a, b, other;
	unsigned differ = 0;

	(void)state;
	start(&a, 2000, 7);
	start(&b, 2000, 7);
	start(&other, 2000, 8);
	for (uint32_t n = 0; n < 2000; n++) {
		struct employee x, y, z;

		/* Padding too: company_generate clears the whole struct. */
		assert_true(company_get(&a, n, &x));
		assert_true(company_get(&b, n, &y));
		assert_true(company_get(&other, n, &z));
		assert_memory_equal(&x, &y, sizeof(x));
		differ += strcmp(x.email, z.email) != 0;
	}
	assert_true(differ > 1900);
	company_release(&a);
	company_release(&b);
	company_release(&other);
}

static void test_life_is_the_same_for_the_same_seed(void **state)
{
	struct company a, b;

	(void)state;
	start(&a, 500, 7);
	start(&b, 500, 7);
	for (int i = 0; i < 2000; i++) {
		company_live(&a);
		company_live(&b);
	}
	assert_int_equal(a.size, b.size);
	assert_true(a.size > 600); /* hires happened */
	assert_memory_equal(company_count(&a), company_count(&b),
			    sizeof(a.counts));
	for (uint32_t n = 0; n < a.size; n++) {
		struct employee x = person(&a, n), y = person(&b, n);

		assert_string_equal(x.email, y.email);
		assert_string_equal(x.title, y.title);
		assert_int_equal(x.status, y.status);
		assert_int_equal(x.version, y.version);
	}
	company_release(&a);
	company_release(&b);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_emails_are_unique_over_100000_people(void **state)
{
	enum { PEOPLE = 100000 };
	char **emails = calloc(PEOPLE, sizeof(*emails));
	struct company c;

	(void)state;
	assert_non_null(emails);
	start(&c, PEOPLE, 42);
	for (uint32_t n = 0; n < PEOPLE; n++) {
		struct employee e = person(&c, n);
		size_t len = strlen(e.email);

		assert_true(len > 12);
		assert_string_equal(e.email + len - 12, "@example.com");
		for (size_t i = 0; i < len; i++) /* plain ASCII, lower case */
			assert_true(e.email[i] > ' ' && e.email[i] < 127 &&
				    !(e.email[i] >= 'A' && e.email[i] <= 'Z'));
		emails[n] = strdup(e.email);
	}
	qsort(emails, PEOPLE, sizeof(*emails), by_text);
	for (uint32_t n = 1; n < PEOPLE; n++)
		if (!strcmp(emails[n - 1], emails[n]))
			fail_msg("twice: %s", emails[n]);
	for (uint32_t n = 0; n < PEOPLE; n++)
		free(emails[n]);
	free(emails);
	company_release(&c);
}

static void test_ids_lead_back_and_differ(void **state)
{
	struct company c;
	char id[VENDOR_ID_SIZE], before[VENDOR_ID_SIZE];
	uint32_t n;

	(void)state;
	start(&c, 100000, 1);
	for (unsigned v = 0; v < VENDOR_COUNT; v++) {
		vendor_id((enum vendor)v, &c, 0, before);
		for (uint32_t i = 0; i < 100000; i++) {
			vendor_id((enum vendor)v, &c, i, id);
			assert_true(vendor_id_find((enum vendor)v, &c,
						   str_of(id), &n));
			assert_int_equal(n, i); /* so no two are equal */
		}
		company_renumber(&c);
		assert_false(
			vendor_id_find((enum vendor)v, &c, str_of(before), &n));
		assert_string_not_equal(vendor_id((enum vendor)v, &c, 0, id),
					before);
	}
	company_release(&c);
}

static void test_foreign_ids_are_not_found(void **state)
{
	static const struct {
		enum vendor v;
		const char *id;
	} rows[] = {
		{ VENDOR_BAMBOOHR, "" },
		{ VENDOR_BAMBOOHR, "100" }, /* the first is 101 */
		{ VENDOR_BAMBOOHR, "-101" },
		{ VENDOR_BAMBOOHR, "101x" },
		{ VENDOR_BAMBOOHR, "99999999999999999999" },
		{ VENDOR_HIBOB, "101" },
		{ VENDOR_RIPPLING, "66f000000000000000000000" },
		{ VENDOR_RIPPLING, "66F000000000000000000001" },
		{ VENDOR_RIPPLING, "65f000000000000000000001" },
		{ VENDOR_RIPPLING, "66f00000000000000000001" },
		{ VENDOR_RIPPLING, "66f100000000000000000001" },
		{ VENDOR_STANDARD, "1" },
		{ VENDOR_STANDARD, "person-" },
	};
	struct company c;
	uint32_t n;

	(void)state;
	start(&c, 10, 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (vendor_id_find(rows[i].v, &c, str_of(rows[i].id), &n))
			fail_msg("%s found", rows[i].id);
	company_release(&c);
}

static void test_a_million_start_at_once(void **state)
{
	struct company c;
	int64_t before = clock_mono_ms();

	(void)state;
	start(&c, COMPANY_MAX_PEOPLE, 3);
	assert_true(clock_mono_ms() - before < 50);
	assert_int_equal(c.overrides.len, 0);
	assert_int_equal(person(&c, 999999).n, 999999);
	company_release(&c);
}

static void test_bad_sizes_are_refused(void **state)
{
	struct company c;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(company_init(&c, 0, 1, NOW, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_int_equal(company_init(&c, 1000001, 1, NOW, &err), -1);
}

static void test_statuses_are_mixed_and_managers_work(void **state)
{
	struct company c;
	const uint32_t *counts;

	(void)state;
	start(&c, 10000, 5);
	counts = company_count(&c);
	for (unsigned s = 0; s < EMPLOYEE_STATUS_COUNT; s++)
		assert_in_range(counts[s], 100, 9900);
	assert_int_equal(counts[0] + counts[1] + counts[2] + counts[3], 10000);
	for (uint32_t n = 0; n < 10000; n++) {
		struct employee e = person(&c, n);

		if (n == 0) {
			assert_int_equal(e.manager, EMPLOYEE_NONE);
			continue;
		}
		assert_true(e.manager < n);
		assert_int_equal(person(&c, e.manager).status, EMPLOYEE_ACTIVE);
	}
	company_release(&c);
}

/* --- what happens --- */

struct heard {
	unsigned count[HAPPENING_KIND_COUNT];
	uint32_t last;
	unsigned fields;
};

static void hear(const struct happening *h, void *arg)
{
	struct heard *heard = arg;

	heard->count[h->kind]++;
	heard->last = h->who->n;
	heard->fields = h->fields;
}

static void start_heard(struct company *c, struct heard *h)
{
	*h = (struct heard){ 0 };
	start(c, 100, 1);
	c->listener = hear;
	c->listener_arg = h;
}

static struct edit edit_of(enum employee_field f, const char *text)
{
	struct edit e = { 0 };

	e.text[f] = str_of(text);
	return e;
}

static void test_versions_grow_even_when_the_clock_stands(void **state)
{
	struct company c;
	struct heard h;
	int64_t version, changed;

	(void)state;
	start_heard(&c, &h);
	version = person(&c, 3).version;
	changed = person(&c, 3).changed_ms;
	assert_true(changed < NOW);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(company_change(&c, 3, NULL, NULL), 0);
		assert_true(person(&c, 3).version > version);
		version = person(&c, 3).version;
	}
	assert_int_equal(person(&c, 3).changed_ms, NOW);
	assert_int_equal(h.count[HAPPENED_UPDATED], 5);
	assert_int_equal(c.overrides.len, 1);
	company_release(&c);
}

static void test_depart_and_three_ways_of_rehire(void **state)
{
	struct company c;
	struct heard h;
	uint32_t n;
	struct err err = { 0 };

	(void)state;
	start_heard(&c, &h);
	assert_int_equal(company_depart(&c, 2, NO_DAY, NULL), 0);
	assert_int_equal(person(&c, 2).status, EMPLOYEE_DEPARTED);
	assert_int_equal(h.count[HAPPENED_LEFT], 1);
	assert_int_equal(company_depart(&c, 2, NO_DAY, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);

	assert_int_equal(company_rehire(&c, 2, REHIRE_SAME, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(person(&c, 2).status, EMPLOYEE_ACTIVE);
	assert_int_equal(h.count[HAPPENED_REHIRED], 1);

	assert_int_equal(company_depart(&c, 2, NO_DAY, NULL), 0);
	assert_int_equal(company_rehire(&c, 2, REHIRE_NEW_ID, &n, NULL), 0);
	assert_int_equal(n, 100);
	assert_int_equal(person(&c, 100).number, person(&c, 2).number);
	assert_int_equal(person(&c, 100).user, 2);
	assert_string_equal(person(&c, 100).email, person(&c, 2).email);
	assert_int_equal(person(&c, 2).status, EMPLOYEE_DEPARTED);

	assert_int_equal(company_rehire(&c, 2, REHIRE_NEW_NUMBER, &n, NULL), 0);
	assert_int_not_equal(person(&c, n).number, person(&c, 2).number);
	assert_int_equal(h.count[HAPPENED_CREATED], 2);
	company_release(&c);
}

static void test_convert_lists_two_records_of_one_human(void **state)
{
	struct edit contractor = edit_of(FIELD_TYPE, "contractor");
	struct company c;
	struct heard h;
	uint32_t n;

	(void)state;
	start_heard(&c, &h);
	assert_int_equal(company_change(&c, 1, &contractor, NULL), 0);
	assert_int_equal(company_convert(&c, 1, &n, NULL), 0);
	assert_int_equal(person(&c, 1).status, EMPLOYEE_DEPARTED);
	assert_int_equal(person(&c, 1).type, TYPE_CONTRACTOR);
	assert_int_equal(person(&c, n).status, EMPLOYEE_ACTIVE);
	assert_int_equal(person(&c, n).type, TYPE_FULL_TIME);
	assert_int_equal(person(&c, n).start_day, person(&c, 1).end_day);
	assert_string_equal(person(&c, n).email, person(&c, 1).email);
	company_release(&c);
}

static void test_leaver_leaves_at_midnight_in_auckland(void **state)
{
	struct edit there = edit_of(FIELD_LOCATION, "Auckland, New Zealand");
	struct company c;
	struct heard h;
	int64_t day;

	(void)state;
	start_heard(&c, &h);
	assert_int_equal(company_change(&c, 1, &there, NULL), 0);
	assert_true(clock_parse_day(STR("2026-11-24"), &day));
	assert_int_equal(company_depart(&c, 1, day, NULL), 0);
	assert_int_equal(person(&c, 1).status, EMPLOYEE_ACTIVE);

	/* 09:00 UTC is 22:00 there: summer time, 13 hours ahead. */
	company_advance(&c, 2 * 3600000 - 1);
	assert_int_equal(person(&c, 1).status, EMPLOYEE_ACTIVE);
	assert_int_equal(h.count[HAPPENED_LEFT], 0);
	company_advance(&c, 1);
	assert_int_equal(person(&c, 1).status, EMPLOYEE_DEPARTED);
	assert_int_equal(h.count[HAPPENED_LEFT], 1);
	assert_int_equal(h.last, 1);
	company_release(&c);
}

static void test_upcoming_hire_joins_or_is_rescinded(void **state)
{
	struct edit later = edit_of(FIELD_START, "2026-12-01");
	struct company c;
	struct heard h;
	uint32_t comes, stays_away;

	(void)state;
	start_heard(&c, &h);
	assert_int_equal(company_hire(&c, &later, &comes, NULL), 0);
	assert_int_equal(company_hire(&c, &later, &stays_away, NULL), 0);
	assert_int_equal(person(&c, comes).status, EMPLOYEE_UPCOMING);
	assert_int_equal(company_depart(&c, stays_away, NO_DAY, NULL), 0);
	assert_true(person(&c, stays_away).rescinded);
	assert_int_equal(person(&c, stays_away).status, EMPLOYEE_DEPARTED);
	company_advance(&c, 10 * CLOCK_DAY_MS);
	assert_int_equal(person(&c, comes).status, EMPLOYEE_ACTIVE);
	assert_true(h.count[HAPPENED_JOINED] >= 1);
	company_release(&c);
}

static void test_emails_can_be_swapped_shared_and_missing(void **state)
{
	struct company c;
	struct heard h;
	char first[96], second[96];
	struct edit none = edit_of(FIELD_EMAIL, "");
	struct edit shared;

	(void)state;
	start_heard(&c, &h);
	strcpy(first, person(&c, 1).email);
	strcpy(second, person(&c, 2).email);
	assert_int_equal(company_swap_emails(&c, 1, 2, NULL), 0);
	assert_string_equal(person(&c, 1).email, second);
	assert_string_equal(person(&c, 2).email, first);
	assert_int_equal(h.count[HAPPENED_UPDATED], 2);
	assert_int_equal(company_swap_emails(&c, 1, 1, NULL), -1);

	shared = edit_of(FIELD_EMAIL, first);
	assert_int_equal(company_change(&c, 3, &shared, NULL), 0);
	assert_string_equal(person(&c, 3).email, person(&c, 2).email);
	assert_int_equal(company_change(&c, 3, &none, NULL), 0);
	assert_string_equal(person(&c, 3).email, "");
	company_release(&c);
}

static void test_deleted_people_are_gone(void **state)
{
	struct company c;
	struct heard h;
	struct employee e;
	struct err err = { 0 };

	(void)state;
	start_heard(&c, &h);
	assert_int_equal(company_delete(&c, 9, NULL), 0);
	assert_false(company_get(&c, 9, &e));
	assert_int_equal(company_change(&c, 9, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(h.count[HAPPENED_DELETED], 1);
	company_release(&c);
}

static void test_bad_edits_change_nothing(void **state)
{
	static const struct {
		enum employee_field f;
		const char *text;
	} rows[] = {
		{ FIELD_DEPARTMENT, "No such" },
		{ FIELD_START, "" },
		{ FIELD_START, "2026-02-30" },
		{ FIELD_END, "soon" },
		{ FIELD_MANAGER, "100" },
		{ FIELD_STATUS, "departed" },
		{ FIELD_TYPE, "" },
		{ FIELD_NUMBER, "x" },
		{ FIELD_FIRST_NAME, "a name that is longer than what an HRIS "
				    "would take in this field" },
	};
	struct company c;
	struct heard h;

	(void)state;
	start_heard(&c, &h);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct edit e = edit_of(rows[i].f, rows[i].text);
		struct err err = { 0 };

		if (company_change(&c, 1, &e, &err) == 0)
			fail_msg("%s was taken", rows[i].text);
		assert_int_equal(err.kind, ERR_INVALID);
	}
	assert_int_equal(c.overrides.len, 0);
	assert_int_equal(h.count[HAPPENED_UPDATED], 0);
	company_release(&c);
}

static void test_a_late_read_gives_what_was_before(void **state)
{
	struct edit title = edit_of(FIELD_TITLE, "Lion Tamer");
	struct company c;
	struct heard h;
	struct employee e;
	uint32_t n;

	(void)state;
	start_heard(&c, &h);
	assert_int_equal(company_change(&c, 1, &title, NULL), 0);
	assert_true(company_get_late(&c, 1, 60000, &e));
	assert_string_not_equal(e.title, "Lion Tamer");
	assert_true(company_get_late(&c, 1, 0, &e));
	assert_string_equal(e.title, "Lion Tamer");
	assert_int_equal(company_hire(&c, NULL, &n, NULL), 0);
	assert_false(company_get_late(&c, n, 60000, &e));
	company_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed_gives_the_same_bytes),
		cmocka_unit_test(test_life_is_the_same_for_the_same_seed),
		cmocka_unit_test(test_emails_are_unique_over_100000_people),
		cmocka_unit_test(test_ids_lead_back_and_differ),
		cmocka_unit_test(test_foreign_ids_are_not_found),
		cmocka_unit_test(test_a_million_start_at_once),
		cmocka_unit_test(test_bad_sizes_are_refused),
		cmocka_unit_test(test_statuses_are_mixed_and_managers_work),
		cmocka_unit_test(test_versions_grow_even_when_the_clock_stands),
		cmocka_unit_test(test_depart_and_three_ways_of_rehire),
		cmocka_unit_test(test_convert_lists_two_records_of_one_human),
		cmocka_unit_test(test_leaver_leaves_at_midnight_in_auckland),
		cmocka_unit_test(test_upcoming_hire_joins_or_is_rescinded),
		cmocka_unit_test(test_emails_can_be_swapped_shared_and_missing),
		cmocka_unit_test(test_deleted_people_are_gone),
		cmocka_unit_test(test_bad_edits_change_nothing),
		cmocka_unit_test(test_a_late_read_gives_what_was_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* R7: which snapshots prove that somebody is not in them. */
#include "check.h"
#include "proof.h"
#include "json/json.h"

#define ALL_FIELDS (2 * PERSON_STATUS_BIT - 1)

static const struct proof_rule rule = { .least_percent = 80,
					.mapped = ALL_FIELDS };
static const struct proof_before nothing_before = { .people = -1 };

/* A hundred people with an email and a status each; all is well. */
static struct proof whole(void)
{
	struct proof p = {
		.people = 100, .rows = 100, .total = -1, .last_page = true
	};

	p.filled[PERSON_EMAIL] = 100;
	p.filled[PERSON_FIELD_COUNT] = 100;
	return p;
}

static struct proof_before before(void)
{
	struct proof_before b = { .people = 100, .rows = 100 };

	b.filled[PERSON_EMAIL] = 51;
	b.filled[PERSON_DEPARTMENT] = 50; /* no more than half: not most */
	return b;
}

static enum proof_fault judge(const struct proof *p)
{
	struct proof_before b = before();

	return proof_judge(p, &b, &rule).fault;
}

static void test_proof_holds_for_a_whole_snapshot(void **state)
{
	struct proof p = whole();

	(void)state;
	assert_int_equal(judge(&p), PROOF_HOLDS);
	assert_int_equal(proof_judge(&p, &nothing_before, &rule).fault,
			 PROOF_HOLDS);
	p.total = 100;
	assert_int_equal(judge(&p), PROOF_HOLDS);
	p.rows = 103; /* three came twice, as lists move under a reader */
	assert_int_equal(judge(&p), PROOF_HOLDS);
}

static void test_proof_needs_the_last_page(void **state)
{
	struct proof p = whole();

	(void)state;
	p.last_page = false;
	assert_int_equal(judge(&p), PROOF_NO_END);
}

static void test_proof_fails_when_pages_repeat_or_never_end(void **state)
{
	struct proof p = whole();

	(void)state;
	p.repeated = true;
	assert_int_equal(judge(&p), PROOF_REPEATED);
	p = whole();
	p.capped = true;
	assert_int_equal(judge(&p), PROOF_CAPPED);
}

static void test_proof_fails_when_the_total_differs(void **state)
{
	struct proof p = whole();

	(void)state;
	p.total = 101;
	assert_int_equal(judge(&p), PROOF_TOTAL);
	p.total = 99;
	assert_int_equal(judge(&p), PROOF_TOTAL);
	p.total = 0;
	assert_int_equal(judge(&p), PROOF_TOTAL);
}

/* Some count what the manifest leaves out, some do not. */
static void test_proof_knows_what_was_left_out(void **state)
{
	struct proof p = whole();

	(void)state;
	p.left_out = 7;
	p.total = 100;
	assert_int_equal(judge(&p), PROOF_HOLDS);
	p.total = 107;
	assert_int_equal(judge(&p), PROOF_HOLDS);
	p.total = 103;
	assert_int_equal(judge(&p), PROOF_TOTAL);
}

static void test_proof_fails_when_nobody_came(void **state)
{
	struct proof p = { .total = -1, .last_page = true };

	(void)state;
	assert_int_equal(judge(&p), PROOF_EMPTY);
	/* Also the first time: it may be a right that is missing. */
	assert_int_equal(proof_judge(&p, &nothing_before, &rule).fault,
			 PROOF_EMPTY);
}

static void test_proof_fails_when_a_record_is_nobodys(void **state)
{
	struct proof p = whole();

	(void)state;
	p.nameless = 1;
	assert_int_equal(judge(&p), PROOF_NAMELESS);
}

static void test_proof_fails_below_four_fifths(void **state)
{
	struct proof p = whole();

	(void)state;
	p.people = 80;
	assert_int_equal(judge(&p), PROOF_HOLDS);
	p.people = 79;
	assert_int_equal(judge(&p), PROOF_SHRUNK);
	assert_int_equal(proof_judge(&p, &nothing_before, &rule).fault,
			 PROOF_HOLDS);
}

static void test_proof_fails_when_a_field_of_most_is_empty(void **state)
{
	struct proof p = whole();
	struct proof_before b = before();
	struct proof_rule unmapped = rule;
	struct proof_verdict v;

	(void)state;
	p.filled[PERSON_EMAIL] = 0;
	v = proof_judge(&p, &b, &rule);
	assert_int_equal(v.fault, PROOF_FIELD);
	assert_int_equal(v.field, PERSON_EMAIL);

	unmapped.mapped &= ~PERSON_BIT(PERSON_EMAIL);
	assert_int_equal(proof_judge(&p, &b, &unmapped).fault, PROOF_HOLDS);
	p.filled[PERSON_EMAIL] = 1; /* one has it still: not all are empty */
	assert_int_equal(judge(&p), PROOF_HOLDS);
}

static void test_proof_watches_the_status_too(void **state)
{
	struct proof p = whole();
	struct proof_before b = before();

	(void)state;
	b.filled[PERSON_FIELD_COUNT] = 100;
	p.filled[PERSON_FIELD_COUNT] = 0;
	assert_int_equal(proof_judge(&p, &b, &rule).fault, PROOF_FIELD);
}

static void test_proof_counts_what_people_have(void **state)
{
	struct proof p = { .total = -1 };
	struct person one = { .status = PERSON_ACTIVE };
	struct person other = { .status = PERSON_STATUS_UNKNOWN };

	(void)state;
	one.fields[PERSON_EMAIL].state = FIELD_VALUE;
	one.fields[PERSON_LOCATION].state = FIELD_NULL;
	proof_count(&p, &one);
	proof_count(&p, &other);
	assert_int_equal(p.rows, 2);
	assert_int_equal(p.filled[PERSON_EMAIL], 1);
	assert_int_equal(p.filled[PERSON_LOCATION], 0);
	assert_int_equal(p.filled[PERSON_FIELD_COUNT], 1);
}

/* ----------------------------------------------------------- words, codec */

static void test_proof_explains_every_fault(void **state)
{
	struct proof p = whole();
	struct proof_before b = before();
	struct buf text;

	(void)state;
	buf_init(&text, 1000);
	for (unsigned i = PROOF_HOLDS + 1; i < PROOF_FAULT_COUNT; i++) {
		struct proof_verdict v = { (enum proof_fault)i, PERSON_EMAIL };

		buf_clear(&text);
		proof_explain(&p, &b, &rule, v, &text);
		assert_true(text.len > 10 && !text.failed);
	}
	assert_non_null(strstr(buf_z(&text), "email"));
	buf_release(&text);
}

/* R7: of a list that was whole and surprises; never of one that was not. */
static void test_proof_lets_a_person_confirm_surprises_alone(void **state)
{
	const unsigned whole_but_odd = 1u << PROOF_SHRUNK | 1u << PROOF_FIELD;

	(void)state;
	for (unsigned i = PROOF_HOLDS + 1; i < PROOF_FAULT_COUNT; i++) {
		assert_true(*proof_fault_name((enum proof_fault)i));
		assert_int_equal(proof_is_confirmable((enum proof_fault)i),
				 whole_but_odd >> i & 1);
	}
}

static const struct json *written(const struct proof *p, struct arena *a)
{
	const struct json *v = NULL;
	struct json_writer w;
	struct buf text;

	buf_init(&text, 4096);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	proof_write(&w, p, NULL);
	json_close(&w);
	assert_int_equal(json_parse(&v, a, buf_str(&text), NULL, NULL), 0);
	buf_release(&text);
	return v;
}

static void test_proof_survives_a_crash(void **state)
{
	struct proof p = whole(), back;
	struct proof_before b;
	struct arena a;

	(void)state;
	p.nameless = 3;
	p.left_out = 4;
	p.repeated = true;
	p.total = 7;
	arena_init(&a, 65536);
	proof_read(&back, written(&p, &a));
	assert_memory_equal(back.filled, p.filled, sizeof(p.filled));
	assert_true(back.people == p.people && back.rows == p.rows);
	assert_true(back.nameless == p.nameless && back.total == p.total);
	assert_int_equal(back.left_out, p.left_out);
	assert_true(back.repeated && back.last_page && !back.capped);
	p.total = -1;
	proof_read(&back, written(&p, &a));
	assert_int_equal(back.total, -1);

	proof_read_before(&b, written(&p, &a));
	assert_int_equal(b.people, 100);
	assert_int_equal(b.filled[PERSON_EMAIL], 100);
	proof_read_before(&b, NULL);
	assert_int_equal(b.people, -1);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof_holds_for_a_whole_snapshot),
		cmocka_unit_test(test_proof_needs_the_last_page),
		cmocka_unit_test(
			test_proof_fails_when_pages_repeat_or_never_end),
		cmocka_unit_test(test_proof_fails_when_the_total_differs),
		cmocka_unit_test(test_proof_knows_what_was_left_out),
		cmocka_unit_test(test_proof_fails_when_nobody_came),
		cmocka_unit_test(test_proof_fails_when_a_record_is_nobodys),
		cmocka_unit_test(test_proof_fails_below_four_fifths),
		cmocka_unit_test(
			test_proof_fails_when_a_field_of_most_is_empty),
		cmocka_unit_test(test_proof_watches_the_status_too),
		cmocka_unit_test(test_proof_counts_what_people_have),
		cmocka_unit_test(test_proof_explains_every_fault),
		cmocka_unit_test(
			test_proof_lets_a_person_confirm_surprises_alone),
		cmocka_unit_test(test_proof_survives_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

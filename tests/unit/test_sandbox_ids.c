/* Ids of the vendors, there and back; and the journal, in which ids count on.
 */
#include "check.h"

#include "ids.h"
#include "journal.h"

static const struct id_form decimal = { "n-", .first = 1001 };
static const struct id_form hex = { "66f0", .middle = "00" };
static const struct id_form upper = { "user_", .middle = "KS", .upper = true };
static const struct id_form uuid = ID_UUID("6c057000");

static const struct {
	const struct id_form *form;
	uint32_t epoch, n;
	const char *text;
} ids[] = {
	{ &decimal, 0, 0, "n-1001" },
	{ &decimal, 0, 41, "n-1042" },
	{ &decimal, 2, 41, "n-20001042" },
	{ &hex, 0, 0, "66f000000000000001" },
	{ &hex, 0x1a, 0xfe, "66f0001a00000000ff" },
	{ &upper, 0, 0xabcd, "user_0000KS0000ABCE" },
	{ &uuid, 0, 9, "6c057000-0000-4000-8000-00000000000a" },
	{ &uuid, 1, 9, "6c057000-0000-4000-8000-00010000000a" },
};

static void test_ids_go_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		char text[ID_SIZE];
		uint32_t n = 0;

		assert_string_equal(
			id_text(ids[i].form, ids[i].epoch, ids[i].n, text),
			ids[i].text);
		assert_true(
			id_find(ids[i].form, ids[i].epoch, str_of(text), &n));
		assert_int_equal(n, ids[i].n);
		/* Those of another time open nothing. */
		assert_false(id_find(ids[i].form, ids[i].epoch + 1,
				     str_of(text), &n));
	}
}

static void test_what_is_no_id_is_not_found(void **state)
{
	static const struct {
		const struct id_form *form;
		const char *text;
	} wrong[] = {
		{ &decimal, "" },
		{ &decimal, "1001" },
		{ &decimal, "n-" },
		{ &decimal, "n-1000" }, /* before the first */
		{ &decimal, "n-1001x" },
		{ &decimal, "n--1" },
		{ &decimal, "n-99999999999999999999" },
		{ &hex, "" },
		{ &hex, "66f000000000000000" }, /* they begin at 1 */
		{ &hex, "66f00000000000001" },
		{ &hex, "66f0000000000000011" },
		{ &hex, "66f00000010000000g" },
		{ &hex, "66f0000001000000 1" },
		{ &upper, "user_0000KS0000abce" },
		{ &upper, "user_0000ks0000ABCE" },
		{ &uuid, "6c057000-0000-4000-8000-00000000000A" },
		{ &uuid, "6c057001-0000-4000-8000-00000000000a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		uint32_t n;

		if (id_find(wrong[i].form, 0, str_of(wrong[i].text), &n))
			fail_msg("%s was found", wrong[i].text);
	}
}

static void add(struct journal *j, uint32_t n)
{
	const struct employee e = { .n = n, .version = 7 };
	const struct happening h = { .kind = HAPPENED_UPDATED,
				     .who = &e,
				     .fields = FIELD_BIT(FIELD_TITLE) };

	journal_add(j, &h, 1000 + n);
}

static void test_the_journal_forgets_the_oldest(void **state)
{
	const uint32_t more = 1000;
	struct journal j = { 0 };
	const struct journal_entry *e;

	(void)state;
	assert_null(journal_from(&j, 0));
	for (uint32_t n = 0; n < JOURNAL_MAX + more; n++)
		add(&j, n);
	e = journal_from(&j, 0);
	assert_non_null(e);
	assert_int_equal(e->seq, more);
	for (uint32_t seq = more; seq < JOURNAL_MAX + more; seq++) {
		e = journal_from(&j, seq);
		assert_int_equal(e->seq, seq);
		assert_int_equal(e->n, seq);
	}
	assert_int_equal(e->at_ms, 1000 + e->n);
	assert_int_equal(e->kind, HAPPENED_UPDATED);
	assert_int_equal(e->fields, FIELD_BIT(FIELD_TITLE));
	assert_int_equal(e->version, 7);
	assert_null(journal_from(&j, JOURNAL_MAX + more));
	journal_release(&j);
}

/* What it held is gone; numbers go on, so that none comes again. */
static void test_the_journal_goes_on_elsewhere(void **state)
{
	struct journal j = { .first = 5000, .next = 5000 };
	const struct journal_entry *e;

	(void)state;
	assert_null(journal_from(&j, 0));
	add(&j, 3);
	add(&j, 4);
	e = journal_from(&j, 17);
	assert_int_equal(e->seq, 5000);
	assert_int_equal(e->n, 3);
	assert_int_equal(journal_from(&j, 5001)->n, 4);
	assert_null(journal_from(&j, 5002));
	journal_release(&j);
	assert_null(journal_from(&j, 0));
	add(&j, 9);
	assert_int_equal(journal_from(&j, 0)->seq, 5002);
	journal_release(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_go_there_and_back),
		cmocka_unit_test(test_what_is_no_id_is_not_found),
		cmocka_unit_test(test_the_journal_forgets_the_oldest),
		cmocka_unit_test(test_the_journal_goes_on_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

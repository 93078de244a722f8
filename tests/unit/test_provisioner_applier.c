/* A batch is one transaction, and nobody in it stops the others. */
#include "directory_fixture.h"

#include "applier.h"
#include "base/buf.h"

#define MAX_DELIVERIES 3

struct batch {
	struct queue_entry entries[8];
	struct verdict verdicts[8];
	struct buf texts[8];
	size_t count;
};

static void add(struct batch *b, const struct change *c)
{
	struct buf *t = &b->texts[b->count];

	buf_init(t, 1 << 16);
	change_encode(c, t);
	b->entries[b->count++] = (struct queue_entry){ .id = STR("1-1"),
						       .event = buf_str(t),
						       .deliveries = 1 };
}

static void add_said(struct fixture *f, struct batch *b, struct say s)
{
	struct change c;

	say_change(f, &s, &c);
	add(b, &c);
}

static void add_text(struct batch *b, const char *text)
{
	b->entries[b->count++] = (struct queue_entry){ .id = STR("1-1"),
						       .event = str_of(text),
						       .deliveries = 1 };
}

static int run_batch(struct fixture *f, struct batch *b, struct err *err)
{
	const struct applier_batch batch = { .shard = 0,
					     .entries = b->entries,
					     .count = b->count,
					     .verdicts = b->verdicts };
	struct applier a;
	int result;

	applier_init(&a, f->db, f->d, MAX_DELIVERIES);
	result = applier_run(&a, &batch, err);
	applier_release(&a);
	return result;
}

static void release(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		buf_release(&b->texts[i]);
}

static const char *fates(const struct batch *b)
{
	static char out[16];
	size_t i;

	for (i = 0; i < b->count; i++)
		out[i] = "ABL"[b->verdicts[i].fate];
	out[i] = '\0';
	return out;
}

static void test_a_batch_is_applied_in_order(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };

	add_said(f, &b, (struct say){ CREATE_A });
	add_said(f, &b, (struct say){ .pid = "a", .title = "Lead" });
	add_said(f, &b, (struct say){ CREATE_B });
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "AAA");
	assert_int_equal(b.verdicts[0].outcome, APPLY_CREATED);
	assert_int_equal(b.verdicts[1].outcome, APPLY_UPDATED);
	assert_answer(f, "SELECT job_title FROM members WHERE pid = 'a'",
		      "Lead");
	/* The whole batch again, as after a crash before acknowledging. */
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "AAA");
	for (size_t i = 0; i < b.count; i++)
		assert_int_equal(b.verdicts[i].outcome, APPLY_DUPLICATE);
	assert_answer(f, "SELECT count(*) FROM decisions", "3");
	release(&b);
}

static void test_what_cannot_be_read_is_buried_alone(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };

	add_said(f, &b, (struct say){ CREATE_A });
	add_text(&b, "{\"format\":1,");
	add_text(&b, NULL);
	add_said(f, &b, (struct say){ CREATE_B });
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "ABBA");
	assert_string_equal(b.verdicts[2].why.text, "the entry has no event");
	assert_answer(f, "SELECT count(*) FROM members", "2");
	release(&b);
}

/* It fails in the middle of a transaction: the others are applied after all. */
static void test_what_cannot_be_applied_is_buried_alone(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };
	struct change c;

	add_said(f, &b, (struct say){ CREATE_A });
	say_change(f, &(struct say){ .pid = "x", .status = "active" }, &c);
	c.connection = STR("nobody");
	add(&b, &c);
	add_said(f, &b, (struct say){ CREATE_B });
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "ABA");
	assert_string_equal(b.verdicts[1].why.text, "connection is not known");
	assert_answer(f, STATUSES, "a pending_role|b pending_role");
	release(&b);
}

static void test_what_came_too_often_is_buried(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };

	add_said(f, &b, (struct say){ CREATE_A });
	add_said(f, &b, (struct say){ CREATE_B });
	b.entries[0].deliveries = MAX_DELIVERIES + 1;
	b.entries[1].deliveries = MAX_DELIVERIES;
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "BA");
	assert_string_equal(b.verdicts[0].why.text,
			    "not applied in 3 deliveries");
	assert_answer(f, STATUSES, "b pending_role");
	release(&b);
}

#define SUSPECTS "SELECT entry || ' ' || lives FROM suspects"

static void test_r3_what_was_applied_is_never_buried(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };
	struct change c;

	add_said(f, &b, (struct say){ CREATE_A });
	must(run_batch(f, &b, &err), &err);
	add_said(f, &b, (struct say){ CREATE_B });
	add_said(f, &b, (struct say){ .pid = "a", .title = "Lead" });
	say_change(f, &(struct say){ .pid = "x", .status = "active" }, &c);
	c.connection = STR("nobody"); /* so that each is tried apart */
	add(&b, &c);
	b.entries[0].deliveries = 100;
	b.entries[1].deliveries = MAX_DELIVERIES + 1;
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "ABAB");
	assert_int_equal(b.verdicts[0].outcome, APPLY_DUPLICATE);
	assert_int_equal(b.verdicts[2].outcome, APPLY_UPDATED);
	assert_answer(f, STATUSES, "a pending_role");
	assert_answer(f, SUSPECTS, "");
	release(&b);
}

static void test_what_came_too_often_and_is_unreadable_says_why(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };

	add_text(&b, "{\"format\":1,");
	add_text(&b, NULL);
	for (size_t i = 0; i < b.count; i++)
		b.entries[i].deliveries = 100;
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "BB");
	assert_int_equal(b.verdicts[0].why.kind, ERR_INVALID);
	assert_string_equal(b.verdicts[1].why.text,
			    "not applied in 99 deliveries");
	release(&b);
}

/* After the third it is not read again: it may be what ends them. */
static void test_who_looks_and_does_not_come_back_is_counted(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };

	add_said(f, &b, (struct say){ CREATE_A });
	must(run_batch(f, &b, &err), &err);
	b.entries[0].deliveries = 100;
	run(f, "INSERT INTO suspects (shard, entry, life, lives)"
	       " VALUES (0, '1-1', 'x', 2), (1, '1-1', 'x', 9)");
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "A");
	assert_answer(f, SUSPECTS, "1-1 9"); /* the other shard's */
	run(f, "INSERT INTO suspects (shard, entry, life, lives)"
	       " VALUES (0, '1-1', 'x', 3)");
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "B");
	assert_answer(f, SUSPECTS, "1-1 9");
	release(&b);
}

/* Within one process a look is repeated as often as it takes. */
static void test_a_busy_database_is_no_look_more(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };
	struct applier a;
	struct applier_batch batch = { 0, b.entries, 1, b.verdicts };

	applier_init(&a, f->db, f->d, MAX_DELIVERIES);
	add_said(f, &b, (struct say){ CREATE_A });
	must(applier_run(&a, &batch, &err), &err);
	b.entries[0].deliveries = 100;
	run(f, "ALTER TABLE persons RENAME TO away");
	for (int i = 0; i < 5; i++)
		assert_int_equal(applier_run(&a, &batch, &err), -1);
	assert_answer(f, SUSPECTS, "1-1 1");
	run(f, "ALTER TABLE away RENAME TO persons");
	must(applier_run(&a, &batch, &err), &err);
	assert_string_equal(fates(&b), "A");
	assert_answer(f, SUSPECTS, "");
	applier_release(&a);
	release(&b);
}

/* Busy is the database's trouble: no entry comes closer to being buried. */
static void test_a_busy_database_fails_the_whole_batch(void **state)
{
	struct fixture *f = *state;
	struct batch b = { 0 };
	struct err err = { 0 };
	struct db *other;

	db_set_wait_ms(f->db, 0);
	must(db_open(&other, f->url, DB_READ_WRITE, &err), &err);
	must(db_begin(other, &err), &err);
	add_said(f, &b, (struct say){ CREATE_A });
	assert_int_equal(run_batch(f, &b, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	db_rollback(other);
	must(run_batch(f, &b, &err), &err);
	assert_string_equal(fates(&b), "A");
	assert_int_equal(b.verdicts[0].outcome, APPLY_CREATED);
	db_close(&other);
	release(&b);
}

/* Who was stopped while another took over finds everything applied. */
static void test_two_appliers_do_not_apply_twice(void **state)
{
	struct fixture *f = *state, other = *f;
	struct batch b = { 0 };
	struct err err = { 0 };

	must(db_open(&other.db, f->url, DB_READ_WRITE, &err), &err);
	must(directory_open(&other.d, other.db, &err), &err);
	add_said(f, &b, (struct say){ CREATE_A });
	add_said(f, &b, (struct say){ .pid = "a", .status = "departed" });
	must(run_batch(&other, &b, &err), &err);
	must(run_batch(f, &b, &err), &err);
	assert_int_equal(b.verdicts[0].outcome, APPLY_DUPLICATE);
	assert_int_equal(b.verdicts[1].outcome, APPLY_DUPLICATE);
	assert_answer(f, "SELECT count(*) FROM decisions", "2");
	directory_close(&other.d);
	db_close(&other.db);
	release(&b);
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_batch_is_applied_in_order),
		T(test_what_cannot_be_read_is_buried_alone),
		T(test_what_cannot_be_applied_is_buried_alone),
		T(test_what_came_too_often_is_buried),
		T(test_r3_what_was_applied_is_never_buried),
		T(test_what_came_too_often_and_is_unreadable_says_why),
		T(test_who_looks_and_does_not_come_back_is_counted),
		T(test_a_busy_database_is_no_look_more),
		T(test_a_busy_database_fails_the_whole_batch),
		T(test_two_appliers_do_not_apply_twice),
	};

	return cmocka_run_group_tests_name("provisioner applier", tests, NULL,
					   NULL);
}

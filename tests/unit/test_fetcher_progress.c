/* How far a run is, as JSON and back: what a crash leaves is all there is. */
#include "check.h"
#include "progress.h"

static void fill(struct progress *p)
{
	progress_init(p);
	p->phase = WALK_ABSENT;
	p->read = READ_CHANGED;
	p->partial = true;
	p->started_ms = 1767225600000;
	p->tries = 2;
	p->restarts = 1;
	p->waits_until_ms = 1767225700000;
	p->obeys = true;
	buf_add_z(&p->waits_for, "asked to");
	buf_add_z(&p->state, "{\"cursor\":\"a\\\"b\"}");
	buf_add_z(&p->mark, "mark");
	buf_add_z(&p->cursor, "17");
	for (unsigned i = 0; i < COUNT_COUNT; i++)
		p->counts[i] = 10 + i;
	p->proof.total = 9;
	p->proof.rows = 8;
	p->proof.filled[PERSON_EMAIL] = 7;
}

static void test_progress_survives_a_crash(void **state)
{
	struct progress p, back;
	struct buf text;

	(void)state;
	fill(&p);
	progress_init(&back);
	buf_init(&text, PROGRESS_MAX);
	progress_write(&p, NULL, &text);
	assert_int_equal(progress_read(&back, buf_str(&text), NULL), 0);
	assert_int_equal(back.phase, WALK_ABSENT);
	assert_int_equal(back.read, READ_CHANGED);
	assert_true(back.partial);
	assert_int_equal(back.started_ms, p.started_ms);
	assert_int_equal(back.tries, 2);
	assert_int_equal(back.restarts, 1);
	assert_int_equal(back.waits_until_ms, p.waits_until_ms);
	assert_true(back.obeys);
	assert_string_equal(buf_z(&back.waits_for), "asked to");
	assert_string_equal(buf_z(&back.state), "{\"cursor\":\"a\\\"b\"}");
	assert_string_equal(buf_z(&back.mark), "mark");
	assert_string_equal(buf_z(&back.cursor), "17");
	assert_memory_equal(back.counts, p.counts, sizeof(p.counts));
	assert_int_equal(back.proof.total, 9);
	assert_int_equal(back.proof.filled[PERSON_EMAIL], 7);
	buf_release(&text);
	progress_release(&p);
	progress_release(&back);
}

/* What people see grows within a page; what a crash goes on from does not. */
static void test_progress_shows_more_than_it_resumes_from(void **state)
{
	int64_t now[COUNT_COUNT] = { [COUNT_PEOPLE] = 500 };
	struct progress p, back;
	struct buf text;

	(void)state;
	fill(&p);
	progress_init(&back);
	buf_init(&text, PROGRESS_MAX);
	progress_write(&p, now, &text);
	assert_non_null(strstr(buf_z(&text), "\"counts\":{\"people\":500,"));
	assert_int_equal(progress_read(&back, buf_str(&text), NULL), 0);
	assert_int_equal(back.counts[COUNT_PEOPLE], 10);
	buf_release(&text);
	progress_release(&p);
	progress_release(&back);
}

static void test_progress_of_another_make_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"{\"phase\":\"reading\",\"read\":\"full\"}",
		"{\"phase\":\"dancing\",\"read\":\"full\",\"resume\":{}}",
	};
	struct progress p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err = { .kind = ERR_NONE };

		progress_init(&p);
		assert_int_equal(progress_read(&p, str_of(texts[i]), &err), -1);
		assert_int_equal(err.kind, ERR_INVALID);
		progress_release(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progress_survives_a_crash),
		cmocka_unit_test(test_progress_shows_more_than_it_resumes_from),
		cmocka_unit_test(test_progress_of_another_make_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is said of a run: figures as they are, and a sentence for people. */
#include "check.h"

#include "render_run.h"

static struct arena arena;
static struct buf out;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	buf_init(&out, 65536);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	buf_release(&out);
	return 0;
}

static const struct json *parsed(const char *text)
{
	const struct json *v;

	if (!text)
		return NULL;
	assert_int_equal(json_parse(&v, &arena, str_of(text), NULL, NULL), 0);
	return v;
}

#define COMPLETE "{\"people\":412,\"total\":412,\"last_page\":true}"

static const struct row {
	enum run_status status;
	const char *counts, *proof, *error, *want;
	int64_t total, waits_until_ms;
	const char *waits_for;
	bool obeys;
} rows[] = {
	{ RUN_QUEUED, NULL, NULL, NULL,
	  "Waits for a fetcher; usually a second.", -1, 0, NULL, false },
	{ RUN_RUNNING, NULL, NULL, NULL, "Reading Acme.", -1, 0, NULL, false },
	{ RUN_RUNNING, "{\"pages\":6,\"people\":350}", NULL, NULL,
	  "Reading Acme: page 7, 350 people so far of 412.", 412, 0, NULL,
	  false },
	{ RUN_RUNNING, "{\"pages\":0,\"people\":0}", NULL, NULL,
	  "Reading Acme: page 1, 0 people so far. It waits until "
	  "2023-11-14T22:13:20.000Z: cannot connect. Sync now tries at once.",
	  -1, 1700000000000, "cannot connect", false },
	{ RUN_RUNNING, NULL, NULL, NULL,
	  "Reading Acme. It waits until 2023-11-14T22:13:20.000Z: asked to.",
	  -1, 1700000000000, "asked to", true },
	{ RUN_DONE, "{\"people\":412}", COMPLETE, NULL,
	  "The list is complete: 412 people, as many as Acme says, and the "
	  "last page was seen.",
	  -1, 0, NULL, false },
	{ RUN_DONE, "{\"people\":412}", "{\"people\":412}", NULL,
	  "The list is complete: 412 people, and the last page was seen.", -1,
	  0, NULL, false },
	{ RUN_DONE, "{\"people\":3}", NULL, NULL,
	  "3 people were read who may have changed.", -1, 0, NULL, false },
	{ RUN_DONE, "{\"people\":0}", NULL, NULL, "Nobody has changed.", -1, 0,
	  NULL, false },
	{ RUN_REFUSED, NULL, "{\"people\":200}", "412 were said, 200 came",
	  "The list looked incomplete: 412 were said, 200 came. Hires and "
	  "changes were applied; nobody counts as missing.",
	  -1, 0, NULL, false },
	{ RUN_FAILED, NULL, NULL, "the key was refused: enter another",
	  "It could not go on: the key was refused: enter another. What came "
	  "before was applied.",
	  -1, 0, NULL, false },
	{ RUN_STOPPED, NULL, NULL, NULL,
	  "It was stopped. What came before was applied.", -1, 0, NULL, false },
};

static void test_console_every_state_has_its_sentence(void **state)
{
	bool seen[RUN_STATUS_COUNT] = { false };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct run run = { .status = r->status,
				   .error = str_of(r->error) };
		struct run_view v = { &run,
				      "Acme",
				      parsed(r->counts),
				      parsed(r->proof),
				      r->total,
				      r->waits_until_ms,
				      str_of(r->waits_for),
				      r->obeys };

		seen[r->status] = true;
		buf_clear(&out);
		run_sentence(&v, &out);
		assert_str(buf_str(&out), r->want);
	}
	for (size_t i = 0; i < RUN_STATUS_COUNT; i++)
		assert_true(seen[i]);
}

static const struct json *rendered(const struct run_view *v)
{
	struct json_writer w;

	buf_clear(&out);
	json_writer_init(&w, &out);
	render_run(&w, NULL, v);
	return parsed(buf_z(&out));
}

static void test_console_a_run_is_shown_with_its_proof(void **state)
{
	const struct run run = { .id = "r1",
				 .connection = "c1",
				 .kind = RUN_FULL,
				 .reason = RUN_SCHEDULED,
				 .status = RUN_DONE,
				 .asked_ms = 1700000000000,
				 .started_ms = 1700000001000,
				 .finished_ms = 1700000002000 };
	const struct run_view v = { &run,
				    "Acme",
				    parsed("{\"people\":412}"),
				    parsed(COMPLETE),
				    -1,
				    0,
				    { 0 },
				    false };
	const struct json *r = rendered(&v);
	int64_t n;

	(void)state;
	assert_str(json_string(json_get(r, "id")), "r1");
	assert_str(json_string(json_get(r, "connection_id")), "c1");
	assert_str(json_string(json_get(r, "kind")), "full");
	assert_str(json_string(json_get(r, "reason")), "scheduled");
	assert_str(json_string(json_get(r, "status")), "done");
	assert_str(json_string(json_get(r, "asked_at")),
		   "2023-11-14T22:13:20.000Z");
	assert_str(json_string(json_get(r, "finished_at")),
		   "2023-11-14T22:13:22.000Z");
	assert_true(json_int(json_get(json_get(r, "counts"), "people"), &n));
	assert_int_equal(n, 412);
	assert_true(json_true(json_get(json_get(r, "proof"), "last_page")));
	assert_int_equal(json_type(json_get(r, "error")), JSON_NULL);
}

static void test_console_what_is_not_there_is_null(void **state)
{
	static const char *const names[] = { "error",	    "started_at",
					     "finished_at", "waiting_until",
					     "counts",	    "proof" };
	const struct run run = { .status = RUN_QUEUED, .asked_ms = 1 };
	const struct run_view v = { &run, "Acme", NULL,	 NULL,
				    -1,	  0,	  { 0 }, false };
	const struct json *r = rendered(&v);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_non_null(json_get(r, names[i]));
		assert_int_equal(json_type(json_get(r, names[i])), JSON_NULL);
	}
}

static void test_console_a_run_that_is_over_is_not_stopping(void **state)
{
	struct run run = { .status = RUN_RUNNING, .stop = true };
	const struct run_view v = { &run, "Acme", NULL,	 NULL,
				    -1,	  0,	  { 0 }, false };

	(void)state;
	assert_true(json_true(json_get(rendered(&v), "stopping")));
	run.status = RUN_STOPPED;
	assert_false(json_true(json_get(rendered(&v), "stopping")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_console_every_state_has_its_sentence),
		TEST(test_console_a_run_is_shown_with_its_proof),
		TEST(test_console_what_is_not_there_is_null),
		TEST(test_console_a_run_that_is_over_is_not_stopping),
	};

	return cmocka_run_group_tests_name("console run", tests, NULL, NULL);
}

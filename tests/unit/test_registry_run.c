/* R17: runs are asked for, joined, ended, and forgotten in time. */
#include "registry_fixture.h"

#include "registry/run.h"

#define NOW 1767571200000LL

static struct run ask(struct fixture *f, enum run_kind kind, bool *joined)
{
	struct err err = { 0 };
	struct run run;

	must(registry_ask_run(f->store.db, f->admin.organization, id_of(f),
			      kind, RUN_BY_HAND, NOW, &f->arena, &run, joined,
			      &err),
	     &err);
	return run;
}

static struct run get(struct fixture *f, const struct run *r)
{
	struct err err = { 0 };
	struct run run;

	must(registry_get_run(f->store.db, f->admin.organization, str_of(r->id),
			      &f->arena, &run, &err),
	     &err);
	return run;
}

static void start(struct fixture *f, const struct run *r, int64_t now_ms)
{
	struct err err = { 0 };

	must(registry_start_run(f->store.db, str_of(r->id), now_ms, &err),
	     &err);
}

static void finish(struct fixture *f, const struct run *r,
		   enum run_status status)
{
	struct err err = { 0 };

	must(registry_finish_run(f->store.db, str_of(r->id), status,
				 STR("{\"people\":3}"), STR("{\"pages\":1}"),
				 status == RUN_FAILED ? STR("no answer")
						      : str_none(),
				 NOW + 9, &err),
	     &err);
}

static size_t open_ones(struct fixture *f, struct run **list)
{
	struct err err = { 0 };
	size_t count;

	must(registry_list_open(f->store.db, str_none(), RUN_LIST_MAX,
				&f->arena, list, &count, &err),
	     &err);
	return count;
}

static void test_a_run_goes_from_queued_to_done(void **state)
{
	struct fixture *f = *state;
	struct run run, seen;
	bool joined;

	make_enabled(f);
	run = ask(f, RUN_FULL, &joined);
	assert_false(joined);
	assert_int_equal(run.status, RUN_QUEUED);
	assert_string_equal(run.connection, f->connection.id);
	assert_string_equal(run.organization, f->admin.organization);
	assert_true(run.asked_ms == NOW && !run.started_ms &&
		    !run.finished_ms && !run.stop);
	assert_str(run.counts, "{}");

	start(f, &run, NOW + 5);
	start(f, &run, NOW + 7); /* gone on with after a crash */
	seen = get(f, &run);
	assert_int_equal(seen.status, RUN_RUNNING);
	assert_true(seen.started_ms == NOW + 5);

	finish(f, &run, RUN_DONE);
	finish(f, &run, RUN_FAILED); /* comes too late */
	seen = get(f, &run);
	assert_int_equal(seen.status, RUN_DONE);
	assert_true(seen.finished_ms == NOW + 9);
	assert_str(seen.counts, "{\"people\":3}");
	assert_str(seen.proof, "{\"pages\":1}");
	assert_str(seen.error, "");
}

static void test_what_is_over_does_not_start(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run;
	bool joined;

	make_enabled(f);
	run = ask(f, RUN_FULL, &joined);
	finish(f, &run, RUN_FAILED);
	must_fail(registry_start_run(f->store.db, str_of(run.id), NOW, &err),
		  &err, ERR_CONFLICT, "over");
	assert_str(get(f, &run).error, "no answer");
}

static void test_the_open_run_is_joined(void **state)
{
	struct fixture *f = *state;
	struct run first, second;
	bool joined;

	make_enabled(f);
	first = ask(f, RUN_FULL, &joined);
	second = ask(f, RUN_FULL, &joined);
	assert_true(joined);
	assert_string_equal(first.id, second.id);
	start(f, &first, NOW);
	second = ask(f, RUN_FULL, &joined);
	assert_true(joined);
	assert_int_equal(second.status, RUN_RUNNING);
	finish(f, &first, RUN_DONE);
	second = ask(f, RUN_FULL, &joined);
	assert_false(joined);
	assert_string_not_equal(first.id, second.id);
}

static void test_a_queued_run_becomes_what_sends_more(void **state)
{
	static const struct {
		enum run_kind first, second, want;
	} rows[] = {
		{ RUN_INCREMENTAL, RUN_RECONCILE, RUN_RECONCILE },
		{ RUN_RECONCILE, RUN_INCREMENTAL, RUN_RECONCILE },
		{ RUN_INCREMENTAL, RUN_FULL, RUN_FULL },
		{ RUN_FULL, RUN_INITIAL, RUN_INITIAL },
		{ RUN_INITIAL, RUN_RECONCILE, RUN_INITIAL },
	};
	struct fixture *f = *state;
	struct run run;
	bool joined;

	make_enabled(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)ask(f, rows[i].first, &joined);
		run = ask(f, rows[i].second, &joined);
		assert_int_equal(run.kind, rows[i].want);
		assert_int_equal(get(f, &run).kind, rows[i].want);
		finish(f, &run, RUN_DONE);
	}
	run = ask(f, RUN_INCREMENTAL, &joined);
	start(f, &run, NOW);
	run = ask(f, RUN_RECONCILE, &joined); /* too late to change it */
	assert_int_equal(run.kind, RUN_INCREMENTAL);
}

static void test_only_an_enabled_connection_runs(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run;
	bool joined;

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must_fail(registry_ask_run(f->store.db, NULL, id_of(f), RUN_FULL,
				   RUN_BY_HAND, NOW, &f->arena, &run, &joined,
				   &err),
		  &err, ERR_CONFLICT, "enable it first");
	must_fail(registry_ask_run(f->store.db, "other", id_of(f), RUN_FULL,
				   RUN_BY_HAND, NOW, &f->arena, &run, &joined,
				   &err),
		  &err, ERR_NOT_FOUND, "no such connection");
}

static void test_runs_belong_to_their_organization(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run, *list;
	size_t count;
	bool joined;

	make_enabled(f);
	run = ask(f, RUN_FULL, &joined);
	must_fail(registry_get_run(f->store.db, "other", str_of(run.id),
				   &f->arena, &run, &err),
		  &err, ERR_NOT_FOUND, "no such run");
	must_fail(registry_stop_run(f->store.db, "other", str_of(run.id), &err),
		  &err, ERR_NOT_FOUND, "no such run");
	must(registry_list_runs(f->store.db, "other", id_of(f), str_none(), 10,
				&f->arena, &list, &count, &err),
	     &err);
	assert_int_equal(count, 0);
}

static void test_a_run_is_stopped(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run;
	bool joined;

	make_enabled(f);
	run = ask(f, RUN_FULL, &joined);
	must(registry_stop_run(f->store.db, f->admin.organization,
			       str_of(run.id), &err),
	     &err);
	assert_int_equal(get(f, &run).status, RUN_STOPPED);
	assert_true(get(f, &run).finished_ms == clock_wall_ms());

	run = ask(f, RUN_FULL, &joined);
	assert_false(joined);
	start(f, &run, NOW);
	must(registry_stop_run(f->store.db, f->admin.organization,
			       str_of(run.id), &err),
	     &err);
	assert_int_equal(get(f, &run).status, RUN_RUNNING);
	assert_true(get(f, &run).stop);
	finish(f, &run, RUN_DONE);
	must(registry_stop_run(f->store.db, f->admin.organization,
			       str_of(run.id), &err),
	     &err);
	assert_int_equal(get(f, &run).status, RUN_DONE);
}

static void test_switching_off_ends_what_runs(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run;
	bool joined;

	make_enabled(f);
	run = ask(f, RUN_FULL, &joined);
	must(set_status(f, CONNECTION_DISABLED, &err), &err);
	assert_int_equal(get(f, &run).status, RUN_STOPPED);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	run = ask(f, RUN_FULL, &joined);
	start(f, &run, NOW);
	must(set_status(f, CONNECTION_PAUSED, &err), &err);
	assert_true(get(f, &run).stop);
}

/* A fetcher finds what waits, and what a dead one left. */
static void test_open_runs_are_listed_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run runs[3], *list;
	size_t count;
	bool joined;

	for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
		make_enabled(f);
		must(registry_ask_run(f->store.db, NULL, id_of(f), RUN_FULL,
				      RUN_SCHEDULED, NOW + (int64_t)i,
				      &f->arena, &runs[i], &joined, &err),
		     &err);
	}
	start(f, &runs[1], NOW);
	assert_int_equal(open_ones(f, &list), 3);
	for (size_t i = 0; i < ARRAY_LEN(runs); i++)
		assert_string_equal(list[i].id, runs[i].id);
	must(registry_list_open(f->store.db, str_of(runs[0].id), 1, &f->arena,
				&list, &count, &err),
	     &err);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].id, runs[1].id);
	finish(f, &runs[1], RUN_REFUSED);
	assert_int_equal(open_ones(f, &list), 2);
}

static void test_the_newest_hundred_runs_are_kept(void **state)
{
	enum { MORE = 5 };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run, *list;
	struct run other;
	char first[RANDOM_ID_SIZE];
	size_t count;
	bool joined;

	make_enabled(f);
	other = ask(f, RUN_FULL, &joined);
	finish(f, &other, RUN_DONE);
	make_enabled(f);
	for (int i = 0; i < RUN_KEPT + MORE; i++) {
		must(registry_ask_run(f->store.db, NULL, id_of(f), RUN_FULL,
				      RUN_SCHEDULED, NOW + i, &f->arena, &run,
				      &joined, &err),
		     &err);
		if (i == MORE)
			memcpy(first, run.id, sizeof(first));
		finish(f, &run, RUN_DONE);
	}
	must(registry_list_runs(f->store.db, f->admin.organization, id_of(f),
				str_none(), RUN_LIST_MAX, &f->arena, &list,
				&count, &err),
	     &err);
	assert_int_equal(count, RUN_KEPT);
	assert_string_equal(list[0].id, run.id); /* newest first */
	assert_string_equal(list[RUN_KEPT - 1].id, first);
	must(registry_list_runs(f->store.db, f->admin.organization, id_of(f),
				str_of(list[RUN_KEPT - 2].id), 10, &f->arena,
				&list, &count, &err),
	     &err);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].id, first);
	assert_int_equal(get(f, &other).status, RUN_DONE);
}

static void test_texts_of_a_run_have_a_limit(void **state)
{
	static char text[RUN_TEXT_MAX + 1];
	const struct str long_text = { text, sizeof(text) };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run;
	bool joined;

	make_enabled(f);
	run = ask(f, RUN_FULL, &joined);
	must_fail(registry_finish_run(f->store.db, str_of(run.id), RUN_FAILED,
				      str_none(), str_none(), long_text, NOW,
				      &err),
		  &err, ERR_LIMIT, "longer");
	assert_int_equal(get(f, &run).status, RUN_QUEUED);
}

static void test_kinds_have_names(void **state)
{
	enum run_kind k;

	(void)state;
	for (unsigned i = 0; i < RUN_KIND_COUNT; i++) {
		assert_true(run_kind_find(
			str_of(run_kind_name((enum run_kind)i)), &k));
		assert_int_equal(k, i);
	}
	assert_false(run_kind_find(STR(""), &k));
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_run_goes_from_queued_to_done),
		WITH(test_what_is_over_does_not_start),
		WITH(test_the_open_run_is_joined),
		WITH(test_a_queued_run_becomes_what_sends_more),
		WITH(test_only_an_enabled_connection_runs),
		WITH(test_runs_belong_to_their_organization),
		WITH(test_a_run_is_stopped),
		WITH(test_switching_off_ends_what_runs),
		WITH(test_open_runs_are_listed_oldest_first),
		WITH(test_the_newest_hundred_runs_are_kept),
		WITH(test_texts_of_a_run_have_a_limit),
		cmocka_unit_test(test_kinds_have_names),
	};

	return cmocka_run_group_tests_name("registry run", tests, NULL, NULL);
}

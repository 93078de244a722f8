/* R17: slots on the wall clock, each run once, and idle ones cost nothing. */
#include "registry_fixture.h"

#include "registry/run.h"
#include "run_rows.h"

#include <sys/wait.h>

#define MINUTE_MS 60000LL
#define DAY_MS	  (24 * HOUR_MS)
#define MONDAY	  1767571200000LL /* 2026-01-05T00:00:00Z */

static int64_t jitter_of(const char *connection, enum schedule s)
{
	return schedule_next(s, str_of(connection), MONDAY - 1) - MONDAY;
}

static void test_slots_lie_on_the_wall_clock(void **state)
{
	static const struct {
		enum schedule schedule;
		int64_t every_ms;
	} rows[] = {
		{ SCHEDULE_15_MINUTES, 15 * MINUTE_MS },
		{ SCHEDULE_HOURLY, HOUR_MS },
		{ SCHEDULE_6_HOURS, 6 * HOUR_MS },
		{ SCHEDULE_12_HOURS, 12 * HOUR_MS },
		{ SCHEDULE_DAILY, DAY_MS },
		{ SCHEDULE_WEEKLY, 7 * DAY_MS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t every = rows[i].every_ms;
		enum schedule s = rows[i].schedule;
		int64_t slot = MONDAY + jitter_of("acme", s);

		assert_true(slot >= MONDAY);
		assert_true(slot < MONDAY + every / 10);
		assert_true(slot < MONDAY + 15 * MINUTE_MS);
		for (int k = 0; k < 5; k++) {
			const int64_t afters[] = { slot - 1, slot - every };

			for (size_t j = 0; j < ARRAY_LEN(afters); j++)
				assert_true(schedule_next(s, STR("acme"),
							  afters[j]) == slot);
			slot += every;
		}
	}
}

static void test_a_slot_comes_after_and_never_again(void **state)
{
	int64_t at = MONDAY;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t next = schedule_next(SCHEDULE_HOURLY, STR("acme"), at);

		assert_true(next > at && next <= at + HOUR_MS);
		at = next;
	}
	assert_true(schedule_next(SCHEDULE_MANUAL, STR("acme"), at) == 0);
	assert_true(schedule_next(SCHEDULE_WEEKLY, STR("acme"), 0) > 0);
}

/* Always the same of one connection, and those of many are spread. */
static void test_jitter_is_the_connections_own(void **state)
{
	enum { MANY = 1000, PARTS = 15 };
	int in_part[PARTS] = { 0 };
	char name[16];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		int64_t jitter;

		(void)snprintf(name, sizeof(name), "c%d", i);
		jitter = jitter_of(name, SCHEDULE_DAILY);
		assert_true(jitter == jitter_of(name, SCHEDULE_DAILY));
		in_part[jitter / MINUTE_MS]++;
	}
	for (int i = 0; i < PARTS; i++)
		assert_in_range(in_part[i], MANY / PARTS / 2, MANY / PARTS * 2);
}

static void test_schedules_have_names(void **state)
{
	enum schedule s;

	(void)state;
	for (unsigned i = 0; i < SCHEDULE_COUNT; i++) {
		const char *name = schedule_name((enum schedule)i);

		assert_true(schedule_find(str_of(name), &s));
		assert_int_equal(s, i);
	}
	assert_false(schedule_find(STR("Daily"), &s));
}

/* ------------------------------------------------------------------ rows */

static struct sync_state sync_of(struct fixture *f)
{
	struct sync_state state = { 0 };
	struct err err = { 0 };

	must(registry_get_sync(f->store.db, str_of(f->connection.id), &f->arena,
			       &state, &err),
	     &err);
	return state;
}

static int64_t slot_after(struct fixture *f, enum schedule s, int64_t after)
{
	return schedule_next(s, str_of(f->connection.id), after);
}

static void test_a_new_connection_is_daily_and_not_due(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct sync_state s;

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	s = sync_of(f);
	assert_int_equal(s.schedule, SCHEDULE_DAILY);
	assert_true(s.next_ms == 0 && s.since_ms == 0 && s.full_ms == 0 &&
		    s.reconcile_ms == 0 && s.people == -1);
	assert_str(s.mark, "");
}

static void test_slots_come_only_while_it_is_enabled(void **state)
{
	static const enum connection_status off[] = { CONNECTION_DISABLED,
						      CONNECTION_PAUSED };
	struct fixture *f = *state;
	int64_t now = clock_wall_ms();
	struct err err = { 0 };

	make_enabled(f);
	for (size_t i = 0; i < ARRAY_LEN(off); i++) {
		assert_true(sync_of(f).next_ms ==
			    slot_after(f, SCHEDULE_DAILY, now));
		must(set_status(f, off[i], &err), &err);
		assert_true(sync_of(f).next_ms == 0);
		must(set_status(f, CONNECTION_ENABLED, &err), &err);
	}
}

static void test_another_schedule_counts_from_now(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_wall_ms();
	struct err err = { 0 };
	struct str id;

	make_enabled(f);
	id = str_of(f->connection.id);
	must(registry_set_schedule(f->store.db, id, SCHEDULE_HOURLY, now, &err),
	     &err);
	assert_true(sync_of(f).next_ms == slot_after(f, SCHEDULE_HOURLY, now));
	must(registry_set_schedule(f->store.db, id, SCHEDULE_MANUAL, now, &err),
	     &err);
	assert_true(sync_of(f).next_ms == 0);
	must(set_status(f, CONNECTION_DISABLED, &err), &err);
	must(registry_set_schedule(f->store.db, id, SCHEDULE_HOURLY, now, &err),
	     &err);
	assert_true(sync_of(f).next_ms == 0);
	assert_int_equal(sync_of(f).schedule, SCHEDULE_HOURLY);
	must_fail(registry_set_schedule(f->store.db, STR("nobody"),
					SCHEDULE_HOURLY, now, &err),
		  &err, ERR_NOT_FOUND, "no such connection");
}

static void test_what_a_run_left_is_kept_beside_the_schedule(void **state)
{
	const struct sync_state left = { .schedule = SCHEDULE_MANUAL,
					 .next_ms = 7,
					 .since_ms = 1,
					 .full_ms = 2,
					 .reconcile_ms = 3,
					 .mark = STR("cursor 5"),
					 .people = 4,
					 .accepted = STR("{\"rows\":4}") };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct sync_state s;
	int64_t next_ms;

	make_enabled(f);
	next_ms = sync_of(f).next_ms;
	must(registry_set_sync(f->store.db, str_of(f->connection.id), &left,
			       &err),
	     &err);
	s = sync_of(f);
	assert_int_equal(s.schedule, SCHEDULE_DAILY);
	assert_true(s.next_ms == next_ms);
	assert_true(s.since_ms == 1 && s.full_ms == 2 && s.reconcile_ms == 3 &&
		    s.people == 4);
	assert_str(s.mark, "cursor 5");
	assert_str(s.accepted, "{\"rows\":4}");
}

static size_t due_at(struct fixture *f, int64_t now_ms, struct str *first)
{
	struct err err = { 0 };
	struct str *list;
	size_t count;

	must(registry_list_due(f->store.db, now_ms, 10, &f->arena, &list,
			       &count, &err),
	     &err);
	if (count)
		*first = list[0];
	return count;
}

static bool take_slot(struct fixture *f, int64_t now_ms, struct run *run)
{
	struct err err = { 0 };
	bool taken;

	must(registry_take_slot(f->store.db, str_of(f->connection.id), now_ms,
				RUN_FULL, &f->arena, run, &taken, &err),
	     &err);
	return taken;
}

static void test_a_slot_that_has_come_is_found_and_taken_once(void **state)
{
	struct fixture *f = *state;
	struct run run;
	struct str id = { 0 };
	int64_t slot;

	make_enabled(f);
	slot = sync_of(f).next_ms;
	assert_int_equal(due_at(f, slot - 1, &id), 0);
	assert_false(take_slot(f, slot - 1, &run));
	assert_int_equal(due_at(f, slot, &id), 1);
	assert_str(id, f->connection.id);
	assert_true(take_slot(f, slot, &run));
	assert_int_equal(run.status, RUN_QUEUED);
	assert_int_equal(run.reason, RUN_SCHEDULED);
	assert_int_equal(run.kind, RUN_FULL);
	assert_false(take_slot(f, slot, &run));
	assert_int_equal(due_at(f, slot, &id), 0);
	assert_true(sync_of(f).next_ms == slot + DAY_MS);
}

static void test_slots_that_were_missed_run_once(void **state)
{
	struct fixture *f = *state;
	struct run run;
	struct str id;
	int64_t late;

	make_enabled(f);
	late = sync_of(f).next_ms + 9 * DAY_MS + HOUR_MS;
	assert_true(take_slot(f, late, &run));
	assert_false(take_slot(f, late, &run));
	assert_int_equal(due_at(f, late, &id), 0);
	assert_true(sync_of(f).next_ms == slot_after(f, SCHEDULE_DAILY, late));
}

/* The parent's kept random bytes (crypto/random.h) are used up. */
static void own_random(void)
{
	for (int i = 0; i < 4096; i++) {
		char byte;

		random_bytes(&byte, 1);
	}
}

/* How many slots of the due ones a process of its own gets. */
static int fetch_due(const struct fixture *f, int64_t now_ms)
{
	struct str *list;
	struct err err = { 0 };
	struct arena a;
	char url[96];
	struct db *db;
	size_t count;
	int got = 0;

	own_random();
	arena_init(&a, 1 << 20);
	(void)snprintf(url, sizeof(url), "sqlite:%s/t.db", f->store.dir);
	if (db_open(&db, url, DB_READ_WRITE, &err) < 0 ||
	    registry_list_due(db, now_ms, 100, &a, &list, &count, &err) < 0)
		return 255;
	for (size_t i = 0; i < count; i++) {
		struct run run;
		bool taken;

		if (registry_take_slot(db, list[i], now_ms, RUN_FULL, &a, &run,
				       &taken, &err) < 0)
			return 255;
		got += taken;
	}
	db_close(&db);
	arena_release(&a);
	return got;
}

static void test_two_fetchers_at_once_take_a_slot_once(void **state)
{
	enum { FETCHERS = 4, SLOTS = 20 };
	struct fixture *f = *state;
	int64_t late = clock_wall_ms() + 2 * DAY_MS;
	pid_t pids[FETCHERS];
	int sum = 0;

	for (int i = 0; i < SLOTS; i++)
		make_enabled(f);
	for (int i = 0; i < FETCHERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(fetch_due(f, late));
	}
	for (int i = 0; i < FETCHERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		sum += WEXITSTATUS(status);
	}
	assert_int_equal(sum, SLOTS);
}

/* ----------------------------------------------------------------- plans */

/* How the database would run it; sql is a literal. */
static void assert_uses(struct fixture *f, const char *sql, const char *index)
{
	struct err err = { 0 };
	enum db_step step;
	struct db_stmt *s;
	bool found = false;

	must(db_prepare(f->store.db, &s, sql, &err), &err);
	for (;;) {
		char line[256];

		must(db_step(s, &step, &err), &err);
		if (step == DB_DONE)
			break;
		(void)snprintf(line, sizeof(line), "%.*s",
			       STR_ARG(db_str(s, 3)));
		if (strstr(line, "SCAN") || strstr(line, "TEMP B-TREE"))
			fail_msg("%s", line);
		found = found || strstr(line, index);
	}
	assert_true(found);
}

/* However many connections and runs there are that nothing is to be done for.
 */
static void test_looking_for_work_reads_an_index(void **state)
{
	struct fixture *f = *state;

	assert_uses(f, "EXPLAIN QUERY PLAN " SQL_LIST_DUE, "schedules_by_slot");
	assert_uses(f, "EXPLAIN QUERY PLAN " SQL_LIST_OPEN, "runs_open_by_age");
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_lie_on_the_wall_clock),
		cmocka_unit_test(test_a_slot_comes_after_and_never_again),
		cmocka_unit_test(test_jitter_is_the_connections_own),
		cmocka_unit_test(test_schedules_have_names),
		WITH(test_a_new_connection_is_daily_and_not_due),
		WITH(test_slots_come_only_while_it_is_enabled),
		WITH(test_another_schedule_counts_from_now),
		WITH(test_what_a_run_left_is_kept_beside_the_schedule),
		WITH(test_a_slot_that_has_come_is_found_and_taken_once),
		WITH(test_slots_that_were_missed_run_once),
		WITH(test_two_fetchers_at_once_take_a_slot_once),
		WITH(test_looking_for_work_reads_an_index),
	};

	return cmocka_run_group_tests_name("registry schedule", tests, NULL,
					   NULL);
}

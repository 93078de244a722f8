/*
 * Real provisioner processes on a real Redis and SQLite: whatever ends them,
 * wherever, every change is applied once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/settings.h"
#include "change/change.h"
#include "db/db.h"
#include "db/migrate.h"
#include "provisioner/provisioner.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEOPLE	 400
#define CHANGES	 (2 * PEOPLE) /* each is hired and renamed */
#define CLAIM_MS 200
#define CLAIM	 "200ms"
#define LONG_MS	 20000
#define RUNS_MAX 2
#define STREAM	 "{hrisd:0}:changes"

struct world {
	struct fixture *f;
	char store[160];
	struct db *db;
	pid_t children[RUNS_MAX];
};

static const char rows[] =
	"INSERT INTO organizations (id, name, plan, created_ms, changed_ms)"
	" VALUES ('org1', 'One', 'growth', 0, 0);"
	"INSERT INTO connections (id, organization, provider, name, settings,"
	" status, shard, generation, created_ms, changed_ms) VALUES"
	" ('con1', 'org1', 'standard', 'A', '{}', 'enabled', 0, 1, 0, 0)";

static void must(int result, const struct err *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err = { 0 };
	void *f = NULL;

	if (!w || fixture_setup(&f) < 0)
		return -1;
	if (!f) {
		free(w);
		*state = NULL;
		return 0;
	}
	w->f = f;
	(void)snprintf(w->store, sizeof(w->store), "sqlite:%s/t.db",
		       w->f->redis.dir);
	if (db_open(&w->db, w->store, DB_READ_WRITE, &err) < 0)
		return -1;
	*state = w;
	return 0;
}

static void end_child(pid_t *pid)
{
	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGKILL);
	(void)kill(*pid, SIGCONT);
	(void)waitpid(*pid, NULL, 0);
	*pid = 0;
}

static int teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct world *w = *state;
	char path[200];

	if (!w)
		return 0;
	for (size_t i = 0; i < RUNS_MAX; i++)
		end_child(&w->children[i]);
	db_close(&w->db);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(path, sizeof(path), "%s%s",
			       w->store + strlen("sqlite:"), ends[i]);
		(void)unlink(path);
	}
	*state = w->f;
	free(w);
	return fixture_teardown(state);
}

static void prepare(struct world *w)
{
	struct err err = { 0 };

	must(db_migrate(w->db, &err), &err);
	must(db_exec(w->db, rows, &err), &err);
}

static int64_t count(struct world *w, const char *sql)
{
	struct err err = { 0 };
	enum db_step step;
	struct db_stmt *s;
	int64_t n;

	must(db_prepare(w->db, &s, sql, &err), &err);
	must(db_step(s, &step, &err), &err);
	n = db_int(s, 0);
	db_reset(s);
	return n;
}

/* --------------------------------------------------------------- children */

static void configure(struct settings *s, const char *redis, const char *store)
{
	const char *const values[][2] = {
		{ "redis", redis },	   { "store", store },
		{ "claim-ms", CLAIM },	   { "batch", "50" },
		{ "max-deliveries", "3" }, { "drain-ms", "5s" },
	};
	struct err err = { 0 };

	settings_init(s);
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		must(settings_set(s, values[i][0], values[i][1], &err), &err);
}

/* This program, called by itself: argv is its name, Redis, the database. */
static int run_provisioner(char **argv)
{
	struct settings s;
	struct err err = { 0 };
	int result;

	log_open("provisioner", LOG_ERROR, LOG_TEXT);
	configure(&s, argv[1], argv[2]);
	result = provisioner_run(&s, NULL, &err);
	if (result < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	settings_release(&s);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * A new program, and nothing of ours in it: SQLite must not be carried across
 * a fork, and our sockets would stay open after we close them.
 */
static void start(struct world *w, size_t slot, const char *point,
		  const char *after)
{
	char name[] = "provisioner";
	char *argv[] = { name, w->f->redis.url, w->store, NULL };

	w->children[slot] = fork();
	assert_true(w->children[slot] >= 0);
	if (w->children[slot] > 0)
		return;
	(void)close_range(3, ~0U, 0);
	if (point) {
		(void)setenv("HRISD_CRASH_POINT", point, 1);
		(void)setenv("HRISD_CRASH_AFTER", after, 1);
	}
	(void)execv("/proc/self/exe", argv);
	_exit(EXIT_FAILURE);
}

/* What waitpid says of a child that ends by itself. */
static int wait_for(struct world *w, size_t slot)
{
	int64_t end = clock_mono_ms() + LONG_MS;
	int status;

	while (waitpid(w->children[slot], &status, WNOHANG) == 0) {
		if (clock_mono_ms() > end)
			fail_msg("a provisioner does not end");
		loop_turn(w->f->loop, 10);
	}
	w->children[slot] = 0;
	return status;
}

static void stop(struct world *w, size_t slot)
{
	int status;

	assert_int_equal(kill(w->children[slot], SIGTERM), 0);
	status = wait_for(w, slot);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---------------------------------------------------------------- changes */

static struct field text(const char *z)
{
	return (struct field){ FIELD_VALUE, str_of(z) };
}

static void write_change(struct buf *out, int who, int64_t version,
			 const char *title)
{
	char pid[32], email[48];
	struct change c = { .version = version,
			    .observed_ms = 1,
			    .organization = STR("org1"),
			    .connection = STR("con1") };

	(void)snprintf(pid, sizeof(pid), "p%d", who);
	(void)snprintf(email, sizeof(email), "p%d@example.com", who);
	c.person.pid = str_of(pid);
	c.person.status = PERSON_ACTIVE;
	c.person.fields[PERSON_EMAIL] = text(email);
	c.person.fields[PERSON_JOB_TITLE] = text(title);
	change_identify(&c);
	change_encode(&c, out);
}

static void send_items(struct world *w, const struct queue_item *items,
		       size_t n)
{
	const struct queue_accept a = { .items = items, .count = n };
	struct result r = { 0 };
	struct err err = { 0 };

	must(queue_accept(w->f->q, &a, got_accepted, &r, &err), &err);
	WAIT(w->f->loop, r.calls);
	must(r.err.kind ? -1 : 0, &r.err);
}

static void send_all(struct world *w)
{
	static struct queue_item items[CHANGES];
	static struct buf texts[CHANGES];

	for (int i = 0; i < CHANGES; i++) {
		bool hired = i < PEOPLE;

		buf_init(&texts[i], 4096);
		write_change(&texts[i], i % PEOPLE, hired ? 1 : 2,
			     hired ? "Junior" : "Senior");
		items[i] = (struct queue_item){ QUEUE_CHANGES,
						buf_str(&texts[i]) };
	}
	send_items(w, items, CHANGES);
	for (int i = 0; i < CHANGES; i++)
		buf_release(&texts[i]);
}

/* The first n people are hired. */
static void send_hires(struct world *w, int n)
{
	struct buf text;

	for (int i = 0; i < n; i++) {
		struct queue_item item = { .stream = QUEUE_CHANGES };

		buf_init(&text, 4096);
		write_change(&text, i, 1, "Junior");
		item.event = buf_str(&text);
		send_items(w, &item, 1);
		buf_release(&text);
	}
}

static struct queue_lag lag_of(struct world *w)
{
	struct result r = { 0 };
	struct err err = { 0 };

	must(queue_lag(w->f->q, 0, QUEUE_CHANGES, "provisioners", got_lag, &r,
		       &err),
	     &err);
	WAIT(w->f->loop, r.calls);
	return r.lag;
}

static void wait_until_drained(struct world *w)
{
	int64_t end = clock_mono_ms() + LONG_MS;

	for (;;) {
		struct queue_lag lag = lag_of(w);

		if (lag.pending == 0 && lag.behind == 0)
			return;
		if (clock_mono_ms() > end)
			fail_msg("%d pending, %d behind", (int)lag.pending,
				 (int)lag.behind);
		loop_turn(w->f->loop, 20);
	}
}

static void wait_until_decided(struct world *w, int64_t n)
{
	int64_t end = clock_mono_ms() + LONG_MS;

	while (count(w, "SELECT count(*) FROM decisions") < n) {
		if (clock_mono_ms() > end)
			fail_msg("not all are applied");
		loop_turn(w->f->loop, 10);
	}
}

static void assert_all_applied_once(struct world *w)
{
	assert_int_equal(count(w, "SELECT count(*) FROM members"), PEOPLE);
	assert_int_equal(count(w, "SELECT count(*) FROM members"
				  " WHERE job_title = 'Senior'"),
			 PEOPLE);
	assert_int_equal(count(w, "SELECT count(DISTINCT change_id)"
				  " FROM decisions"),
			 CHANGES);
	assert_int_equal(count(w, "SELECT count(*) FROM decisions"), CHANGES);
}

/* ------------------------------------------------------------------ tests */

static void test_changes_are_applied_and_acknowledged(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	prepare(w);
	start(w, 0, NULL, NULL);
	send_all(w);
	wait_until_drained(w);
	stop(w, 0);
	assert_all_applied_once(w);
	assert_int_equal(redis_int(&w->f->redis, "EXISTS {hrisd:0}:dead"), 0);
}

/* R3, at every point where it may be half done. */
static void crash_at(struct world *w, const char *point)
{
	int status;

	SKIP_WITHOUT(w);
	prepare(w);
	send_all(w);
	start(w, 0, point, "3");
	status = wait_for(w, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* Somewhere in the middle, or this test shows nothing. */
	assert_true(lag_of(w).pending + lag_of(w).behind > 0);
	start(w, 0, NULL, NULL);
	wait_until_drained(w);
	stop(w, 0);
	assert_all_applied_once(w);
}

static void test_crash_before_commit(void **state)
{
	crash_at(*state, "before-commit");
}

static void test_crash_after_commit(void **state)
{
	crash_at(*state, "after-commit");
}

static void test_crash_before_ack(void **state)
{
	crash_at(*state, "before-ack");
}

static void test_crash_after_ack(void **state)
{
	crash_at(*state, "after-ack");
}

/* A process that stood still past its time comes back to work done. */
static void test_a_stopped_process_does_not_apply_twice(void **state)
{
	struct world *w = *state;
	int64_t end;

	SKIP_WITHOUT(w);
	prepare(w);
	start(w, 0, NULL, NULL);
	send_all(w);
	end = clock_mono_ms() + LONG_MS;
	while (count(w, "SELECT count(*) FROM decisions") < 100)
		assert_true(clock_mono_ms() < end);
	assert_int_equal(kill(w->children[0], SIGSTOP), 0);
	start(w, 1, NULL, NULL);
	/* It may hold the database's lock: then nobody gets further yet. */
	end = clock_mono_ms() + 1500;
	while (clock_mono_ms() < end && lag_of(w).behind + lag_of(w).pending)
		loop_turn(w->f->loop, 50);
	assert_int_equal(kill(w->children[0], SIGCONT), 0);
	wait_until_drained(w);
	stop(w, 0);
	stop(w, 1);
	assert_all_applied_once(w);
}

static void test_two_processes_share_the_work(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	prepare(w);
	start(w, 0, NULL, NULL);
	start(w, 1, NULL, NULL);
	send_all(w);
	wait_until_drained(w);
	stop(w, 0);
	stop(w, 1);
	/* Out of order, a hire may come after its update: R4. */
	assert_int_equal(count(w, "SELECT count(*) FROM members"
				  " WHERE job_title = 'Senior'"),
			 PEOPLE);
	assert_int_equal(count(w, "SELECT count(*) FROM decisions"), CHANGES);
}

static void test_what_nobody_can_read_becomes_a_dead_letter(void **state)
{
	const struct queue_item items[] = {
		{ QUEUE_CHANGES, STR("{\"format\":1}") },
		{ QUEUE_CHANGES, STR("not json") },
	};
	struct world *w = *state;

	SKIP_WITHOUT(w);
	prepare(w);
	send_items(w, items, ARRAY_LEN(items));
	send_all(w);
	start(w, 0, NULL, NULL);
	wait_until_drained(w);
	stop(w, 0);
	assert_all_applied_once(w);
	assert_int_equal(redis_int(&w->f->redis, "XLEN {hrisd:0}:dead"), 2);
}

/* What was delivered may be claimed by now. */
static void wait_until_idle(struct world *w)
{
	int64_t end = clock_mono_ms() + CLAIM_MS + 50;

	while (clock_mono_ms() < end)
		loop_turn(w->f->loop, 10);
}

/*
 * The process dies of what it reads first, each time: after so many deliveries
 * that one change alone is set aside, and those that shared its batch are not.
 */
static void test_what_kills_the_process_does_not_stop_the_others(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	prepare(w);
	send_all(w);
	for (int i = 0; i < 3; i++) {
		start(w, 0, "before-commit", "1");
		assert_true(WIFSIGNALED(wait_for(w, 0)));
		wait_until_idle(w);
	}
	assert_int_equal(redis_int(&w->f->redis, "EXISTS {hrisd:0}:dead"), 0);
	start(w, 0, NULL, NULL);
	wait_until_drained(w);
	stop(w, 0);
	assert_int_equal(redis_int(&w->f->redis, "XLEN {hrisd:0}:dead"), 1);
	assert_int_equal(count(w, "SELECT count(*) FROM decisions"),
			 CHANGES - 1);
}

/* ----------------------------------------------- Redis refuses XACK alone */

#define SOME 20

static void let_it_acknowledge(struct world *w, bool may)
{
	freeReplyObject(
		redis_do(&w->f->redis, may ? "ACL SETUSER default +xack"
					   : "ACL SETUSER default -xack"));
}

struct pending {
	char id[48];
	long long deliveries;
};

static size_t list_pending(struct world *w, struct pending out[SOME])
{
	redisReply *r = redis_do(&w->f->redis,
				 "XPENDING " STREAM " provisioners - + 1000");
	size_t n = r->elements;

	assert_true(n <= SOME);
	for (size_t i = 0; i < n; i++) {
		redisReply **row = r->element[i]->element;

		(void)snprintf(out[i].id, sizeof(out[i].id), "%s", row[0]->str);
		out[i].deliveries = row[3]->integer;
	}
	freeReplyObject(r);
	return n;
}

/* As if others had claimed all of them that often. */
static void pretend_deliveries(struct world *w, int n)
{
	struct pending all[SOME];
	char line[160];

	for (size_t i = list_pending(w, all); i-- > 0;) {
		(void)snprintf(line, sizeof(line),
			       "XCLAIM " STREAM " provisioners gone 0 %s"
			       " RETRYCOUNT %d JUSTID",
			       all[i].id, n);
		freeReplyObject(redis_do(&w->f->redis, line));
	}
}

static void assert_some_applied_and_none_dead(struct world *w)
{
	assert_int_equal(count(w, "SELECT count(*) FROM decisions"), SOME);
	assert_int_equal(redis_int(&w->f->redis, "EXISTS {hrisd:0}:dead"), 0);
}

static void apply_without_acknowledging(struct world *w)
{
	prepare(w);
	let_it_acknowledge(w, false);
	send_hires(w, SOME);
	start(w, 0, NULL, NULL);
	wait_until_decided(w, SOME);
}

/* R16: only what could not be applied comes closer to the dead letters. */
static void test_what_is_not_acknowledged_is_not_claimed_again(void **state)
{
	struct world *w = *state;
	struct pending all[SOME];

	SKIP_WITHOUT(w);
	apply_without_acknowledging(w);
	for (int i = 0; i < 6; i++)
		wait_until_idle(w);
	assert_int_equal(list_pending(w, all), SOME);
	for (size_t i = 0; i < SOME; i++)
		assert_int_equal(all[i].deliveries, 1);
	let_it_acknowledge(w, true);
	wait_until_drained(w);
	stop(w, 0);
	assert_some_applied_and_none_dead(w);
}

/* What is new is applied meanwhile. */
static void test_while_xack_is_refused_changes_are_applied(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	prepare(w);
	let_it_acknowledge(w, false);
	start(w, 0, NULL, NULL);
	send_hires(w, 1);
	wait_until_decided(w, 1);
	wait_until_idle(w);
	send_all(w);
	wait_until_decided(w, CHANGES);
	let_it_acknowledge(w, true);
	wait_until_drained(w);
	stop(w, 0);
	assert_all_applied_once(w);
}

static void test_a_stop_acknowledges_what_it_owes(void **state)
{
	struct world *w = *state;
	struct queue_lag lag;

	SKIP_WITHOUT(w);
	apply_without_acknowledging(w);
	assert_int_equal(kill(w->children[0], SIGTERM), 0);
	let_it_acknowledge(w, true);
	assert_int_equal(wait_for(w, 0), 0);
	lag = lag_of(w);
	assert_int_equal(lag.pending + lag.behind, 0);
	assert_some_applied_and_none_dead(w);
}

/* Another process knows by what is in the database. */
static void test_r3_what_was_applied_never_becomes_a_dead_letter(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	apply_without_acknowledging(w);
	end_child(&w->children[0]);
	pretend_deliveries(w, 9);
	wait_until_idle(w);
	let_it_acknowledge(w, true);
	start(w, 0, NULL, NULL);
	wait_until_drained(w);
	stop(w, 0);
	assert_some_applied_and_none_dead(w);
}

/* Nothing that is looked at may end one process after the other for ever. */
static void test_what_kills_at_a_look_is_set_aside_unread(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	apply_without_acknowledging(w);
	end_child(&w->children[0]);
	pretend_deliveries(w, 9);
	let_it_acknowledge(w, true);
	for (int i = 0; i < 3; i++) {
		wait_until_idle(w);
		start(w, 0, "at-a-look", "1");
		assert_true(WIFSIGNALED(wait_for(w, 0)));
		assert_int_equal(
			redis_int(&w->f->redis, "EXISTS {hrisd:0}:dead"), 0);
	}
	start(w, 0, NULL, NULL);
	wait_until_drained(w);
	stop(w, 0);
	assert_int_equal(redis_int(&w->f->redis, "XLEN {hrisd:0}:dead"), 1);
	assert_int_equal(count(w, "SELECT count(*) FROM suspects"), 0);
}

static void test_it_waits_for_redis_to_come_back(void **state)
{
	struct world *w = *state;

	SKIP_WITHOUT(w);
	prepare(w);
	send_all(w);
	start(w, 0, NULL, NULL);
	wait_until_drained(w);
	redis_kill(&w->f->redis, SIGKILL);
	WAIT(w->f->loop, !queue_is_ready(w->f->q));
	redis_restart(&w->f->redis, "");
	fixture_wait_ready(w->f);
	send_all(w); /* all of them once more */
	wait_until_drained(w);
	stop(w, 0);
	assert_all_applied_once(w);
}

static void test_without_a_schema_it_says_what_to_do(void **state)
{
	struct world *w = *state;
	struct settings s;
	struct err err = { 0 };

	SKIP_WITHOUT(w);
	configure(&s, w->f->redis.url, w->store);
	assert_int_equal(provisioner_run(&s, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "hrisd init"));
	settings_release(&s);
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_changes_are_applied_and_acknowledged),
		T(test_crash_before_commit),
		T(test_crash_after_commit),
		T(test_crash_before_ack),
		T(test_crash_after_ack),
		T(test_a_stopped_process_does_not_apply_twice),
		T(test_two_processes_share_the_work),
		T(test_what_nobody_can_read_becomes_a_dead_letter),
		T(test_what_kills_the_process_does_not_stop_the_others),
		T(test_what_is_not_acknowledged_is_not_claimed_again),
		T(test_while_xack_is_refused_changes_are_applied),
		T(test_a_stop_acknowledges_what_it_owes),
		T(test_r3_what_was_applied_never_becomes_a_dead_letter),
		T(test_what_kills_at_a_look_is_set_aside_unread),
		T(test_it_waits_for_redis_to_come_back),
		T(test_without_a_schema_it_says_what_to_do),
	};

	if (argc == 3)
		return run_provisioner(argv);
	log_open("test", LOG_ERROR, LOG_TEXT);
	return cmocka_run_group_tests_name("provisioner process", tests, NULL,
					   NULL);
}

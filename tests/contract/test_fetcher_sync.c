/* Sync runs: the fetcher as a process, a real Redis, a database, an HRIS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetcher_world.h"
#include "people.h"

#include "base/assert.h"
#include "base/metrics.h"
#include "change/change.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                 \
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\","              \
	"\"credentials\":[{\"name\":\"api_key\",\"label\":\"Key\","          \
	"\"help\":\"In the settings\",\"for\":\"api\"}],"                    \
	"\"settings\":[{\"name\":\"base_url\",\"label\":\"URL\","            \
	"\"help\":\"For tests\",\"as\":\"base-url\"}],"                      \
	"\"fetch\":{\"base_url\":\"https://api.example.com\","               \
	"\"auth\":{\"scheme\":\"bearer\",\"token\":\"api_key\"},"            \
	"\"one\":{\"method\":\"GET\",\"path\":\"/people/{person_id}\","      \
	"\"person\":[\"\"],\"gone\":[404,410]" AS "},"                       \
	"\"list\":{\"path\":\"/people\",\"query\":{\"cursor\":\"{cursor}\"," \
	"\"limit\":\"{page_size}\"},\"items\":\"/people\",\"page_size\":10," \
	"\"total\":[\"/total\"]" AS ",\"paging\":{\"scheme\":\"cursor\","    \
	"\"next\":[\"/next\"]}}"
#define PERSON(more)                                         \
	"},\"person\":{\"id\":\"" ROW "/id\","               \
	"\"status\":{\"word\":\"" ROW "/status\",\"words\":" \
	"{\"active\":\"active\",\"left\":\"departed\"}},"    \
	"\"fields\":{\"email\":\"" ROW "/email\"" more "}}}"

#define AS  ""
#define ROW ""
static const char plain[] = HEAD PERSON("");
static const char with_teams[] =
	HEAD ",\"tables\":{\"teams\":{\"path\":\"/teams\",\"items\":\"/teams\","
	     "\"key\":\"/id\",\"value\":\"/name\"}}" PERSON(
		     ",\"department\":{\"from\":[{\"table\":\"teams\","
		     "\"key\":\"/team\"}]}");
static const char with_changes[] = HEAD
	",\"changed\":{\"scheme\":\"changed-list\",\"rows\":"
	"{\"person_id\":\"\"},\"list\":{\"path\":\"/changed\","
	"\"query\":{\"since\":\"{since}\"},\"items\":\"/ids\"}}" PERSON("");
#undef AS
#undef ROW
#define AS	 ",\"as\":\"row\""
#define ROW	 "/row"
#define LOCATION PERSON(",\"location\":\"/more/location\"")
static const char with_details[] = HEAD ",\"details\":{\"more\":{\"path\":\"/"
					"people/{person_id}/more\"}}" LOCATION;
static const char with_batches[] =
	HEAD ",\"details\":{\"more\":{\"path\":\"/more\",\"query\":"
	     "{\"ids\":\"{person_ids}\"},\"batch\":8,\"answers\":\"/list\","
	     "\"id\":\"/id\"}}" LOCATION;

/* A world whose HRIS has people. */
struct town {
	struct fetcher_world *w;
	struct people people;
};

static struct town town;

/* Each test: 25 people in three pages, a fetcher, and a run of this kind. */
static struct people *open_town(struct fetcher_world *w, const char *manifest)
{
	town.w = w;
	world_set_manifest(w, manifest);
	people_start(&town.people, &w->hris);
	return &town.people;
}

static const char *run_to_end(struct fetcher_world *w, enum run_kind kind,
			      enum run_status status)
{
	static char id[RANDOM_ID_SIZE];

	(void)snprintf(id, sizeof(id), "%s", world_ask_run(w, kind));
	if (!w->fetcher)
		world_fetch(w);
	WAIT(w->loop, world_run_is(w, id, status));
	return id;
}

/* Every one of p0 … is in the changes from n on, in order, exactly once. */
static void expect_people(struct fetcher_world *w, size_t n, int people)
{
	char pid[16];

	assert_int_equal(world_count(w, "changes"), (long long)n + people);
	for (int i = 0; i < people; i++) {
		struct arena a;
		struct change c = world_change(w, n + (size_t)i, &a);

		(void)snprintf(pid, sizeof(pid), "p%d", i);
		if (!str_is(c.person.pid, pid))
			fail_msg("%.*s is not %s", STR_ARG(c.person.pid), pid);
		arena_release(&a);
	}
}

/* ------------------------------------------------------------------ whole */

static void test_run_reads_everybody(void **state)
{
	struct fetcher_world *w = *state;
	int64_t before = clock_wall_ms();
	struct change c;
	struct arena a;
	const char *run;

	SKIP_WITHOUT(w);
	(void)open_town(w, plain);
	run = run_to_end(w, RUN_INITIAL, RUN_DONE);
	expect_people(w, 0, 25);
	c = world_change(w, 7, &a);
	assert_int_equal(c.kind, CHANGE_STATE);
	assert_int_equal(c.source, CHANGE_RUN);
	assert_true(c.version >= before && c.version == c.observed_ms);
	assert_true(str_is(c.organization, w->organization));
	assert_true(
		str_is(c.person.fields[PERSON_EMAIL].value, "p7@example.com"));
	arena_release(&a);
	assert_int_equal(world_counted(w, run, "people"), 25);
	assert_int_equal(world_counted(w, run, "queued"), 25);
	assert_int_equal(world_counted(w, run, "pages"), 3);
	assert_int_equal(world_counted(w, run, "absent"), 0);
	assert_int_equal(world_proven(w, run, "people"), 25);
	assert_int_equal(world_proven(w, run, "total"), 25);
	assert_int_equal(world_sync(w)->people, 25);
	assert_true(world_sync(w)->full_ms >= before);
	assert_true(world_sync(w)->reconcile_ms >= before);
	assert_int_equal(world_counted(w, run, "unusable"), 0);
	assert_false(world_logged(w, "p7@example.com"));
	assert_false(world_logged(w, "first-key"));
	WAIT(w->loop, world_lease_ms(w) == -2);
	assert_false(world_progress_has(w, "counts"));
}

/* R3 */
static void test_run_queues_only_who_changed(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	(void)run_to_end(w, RUN_INITIAL, RUN_DONE);
	run = run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_count(w, "changes"), 25);
	assert_int_equal(world_counted(w, run, "unchanged"), 25);
	assert_int_equal(world_counted(w, run, "queued"), 0);

	p->email_of_p1 = "new@example.com";
	run = run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_count(w, "changes"), 26);
	assert_int_equal(world_counted(w, run, "queued"), 1);

	run = run_to_end(w, RUN_RECONCILE, RUN_DONE);
	assert_int_equal(world_counted(w, run, "queued"), 25);
	assert_int_equal(world_count(w, "changes"), 51);
}

static void test_slot_becomes_a_run(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	(void)open_town(w, plain);
	world_make_slot_due(w);
	world_fetch(w);
	WAIT(w->loop, world_sync(w)->full_ms > 0);
	expect_people(w, 0, 25);
	assert_true(world_sync(w)->next_ms > clock_wall_ms());
}

/* ---------------------------------------------------------------- crashes */

/* A fetcher that is in the middle of a run, with page n asked for. */
static const char *stop_in_page(struct fetcher_world *w, struct people *p,
				int page)
{
	static char id[RANDOM_ID_SIZE];

	(void)snprintf(id, sizeof(id), "%s", world_ask_run(w, RUN_INITIAL));
	w->hris.hold = true;
	world_fetch(w);
	for (int i = 0; i < page; i++) {
		WAIT(w->loop, w->hris.calls == i + 1);
		hris_let_go(&w->hris);
		w->hris.hold = true;
	}
	WAIT(w->loop, w->hris.calls == page + 1);
	WAIT(w->loop, world_count(w, "changes") == (long long)page * 10);
	assert_int_equal(people_pages(p), page);
	return id;
}

static void test_run_killed_between_pages_is_gone_on_with(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	run = stop_in_page(w, p, 2);
	world_signal(w, SIGKILL);
	hris_let_go(&w->hris); /* to nobody */
	world_break_lease(w);
	memset(p->served, 0, sizeof(p->served));

	world_fetch(w);
	WAIT(w->loop, world_run_is(w, run, RUN_DONE));
	expect_people(w, 0, 25);
	assert_int_equal(people_pages(p), 1); /* the others are behind us */
	assert_int_equal(world_counted(w, run, "people"), 25);
	assert_int_equal(world_counted(w, run, "pages"), 3);
	assert_int_equal(world_proven(w, run, "people"), 25);
}

static void test_fetcher_that_ends_hands_its_run_over(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	run = stop_in_page(w, p, 1);
	world_signal(w, SIGTERM);
	assert_int_equal(world_lease_ms(w), -2);
	hris_let_go(&w->hris);
	world_fetch(w);
	WAIT(w->loop, world_run_is(w, run, RUN_DONE));
	expect_people(w, 0, 25);
}

/* Somebody else holds the lease by now: it may not write a thing. */
static void test_fetcher_without_the_lease_writes_nothing(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	run = stop_in_page(w, p, 1);
	world_steal_lease(w);
	hris_let_go(&w->hris);
	WAIT(w->loop, world_logged(w, "taken over by another fetcher"));
	assert_int_equal(world_count(w, "changes"), 10);
	assert_int_equal(world_run(w, run)->status, RUN_RUNNING);
	assert_int_equal(p->served[2], 0);
}

static void test_two_fetchers_never_run_one_connection(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	run = stop_in_page(w, p, 1);
	world_fetch_beside(w);
	WAIT(w->loop, world_logged_times(w, "redis is ready") == 2);
	for (int i = 0; i < 5; i++) {
		(void)world_ask_run(w, RUN_FULL); /* is joined, wakes both */
		for (int k = 0; k < 20; k++)
			loop_turn(w->loop, 5);
	}
	assert_int_equal(w->hris.calls, 2);
	hris_let_go(&w->hris);
	WAIT(w->loop, world_run_is(w, run, RUN_DONE));
	expect_people(w, 0, 25);
	assert_int_equal(people_pages(p), 3);
}

/* -------------------------------------------------------------- R7: proof */

/* A snapshot of 25 is accepted; what comes next is not. */
static struct people *open_after_snapshot(struct fetcher_world *w)
{
	struct people *p = open_town(w, plain);

	(void)run_to_end(w, RUN_INITIAL, RUN_DONE);
	expect_people(w, 0, 25);
	return p;
}

static void expect_refused(struct fetcher_world *w, const char *why)
{
	long long before = world_count(w, "changes");
	const char *run = run_to_end(w, RUN_FULL, RUN_REFUSED);
	const struct run *r = world_run(w, run);

	if (!memmem(r->error.ptr, r->error.len, why, strlen(why)))
		fail_msg("'%.*s' does not say: %s", STR_ARG(r->error), why);
	assert_int_equal(world_counted(w, run, "absent"), 0);
	for (size_t i = (size_t)before; i < (size_t)world_count(w, "changes");
	     i++) {
		struct arena a;

		assert_int_equal(world_change(w, i, &a).kind, CHANGE_STATE);
		arena_release(&a);
	}
	assert_int_equal(world_sync(w)->people, 25); /* of the last good one */
}

static void test_snapshot_of_nobody_is_refused(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->count = 0;
	expect_refused(w, "nobody came");
}

static void test_half_a_snapshot_is_refused(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->count = 12;
	expect_refused(w, "12 people came, fewer than 80 %");
}

static void test_snapshot_that_repeats_a_page_is_refused(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->fault =
		(struct people_fault){ .page = 1, .times = 9, .again = true };
	expect_refused(w, "gave a page again");
}

static void test_snapshot_of_another_total_is_refused(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->total = 26;
	expect_refused(w, "says that it has 26 people, and 25 came");
}

/* Its updates are facts all the same, and apply. */
static void test_snapshot_without_a_field_that_all_had_is_refused(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->without_email = true;
	expect_refused(w, "the field email");
	assert_int_equal(world_count(w, "changes"), 50);
}

static void test_snapshot_with_a_nameless_record_is_refused(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->nobodys = 1;
	expect_refused(w, "1 records do not say whose they are");
}

/* R8: told of, and no more; who is back is told of, too. */
static void test_absence_is_handed_on_as_a_fact(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	struct change c;
	struct arena a;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_after_snapshot(w);
	p->left_out = 3;
	run = run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_counted(w, run, "absent"), 1);
	assert_int_equal(world_count(w, "changes"), 26);
	c = world_change(w, 25, &a);
	assert_int_equal(c.kind, CHANGE_ABSENT);
	assert_int_equal(c.source, CHANGE_RUN);
	assert_true(str_is(c.person.pid, "p3"));
	assert_true(str_is(c.run, run));
	arena_release(&a);
	assert_int_equal(world_sync(w)->people, 24);

	p->left_out = -1;
	run = run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_counted(w, run, "queued"), 1);
	c = world_change(w, 26, &a);
	assert_int_equal(c.kind, CHANGE_STATE);
	assert_true(str_is(c.person.pid, "p3"));
	arena_release(&a);
}

/* ---------------------------------------------------------- R16: troubles */

static const char *run_with_fault(struct fetcher_world *w,
				  struct people_fault fault,
				  enum run_status status)
{
	open_town(w, plain)->fault = fault;
	return run_to_end(w, RUN_INITIAL, status);
}

static void test_refused_credentials_stop_the_connection(void **state)
{
	struct fetcher_world *w = *state;
	int calls;

	SKIP_WITHOUT(w);
	(void)run_with_fault(w,
			     (struct people_fault){ .page = 1,
						    .times = 99,
						    .status = "401 No" },
			     RUN_FAILED);
	assert_int_equal(world_count(w, "changes"), 10);
	assert_true(world_logged(w, "refuses the credentials"));
	calls = w->hris.calls;
	assert_int_equal(calls, 2);
	(void)run_to_end(w, RUN_FULL, RUN_FAILED);
	world_notice(w, NULL, "p1");
	WAIT(w->loop, world_count(w, "later") == 1);
	assert_int_equal(w->hris.calls, calls); /* not asked again */

	town.people.fault.times = 0; /* until somebody changes it */
	world_set_api_key(w, "second-key");
	(void)run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_count(w, "changes"), 25);
}

static void test_limit_of_calls_is_obeyed(void **state)
{
	struct fetcher_world *w = *state;
	int64_t start = clock_mono_ms();
	const char *run;

	SKIP_WITHOUT(w);
	run = run_with_fault(
		w,
		(struct people_fault){ .page = 1,
				       .times = 2,
				       .status = "429 Too Many Requests",
				       .headers = "Retry-After: 1\r\n" },
		RUN_DONE);
	assert_true(clock_mono_ms() - start >= 2000);
	expect_people(w, 0, 25);
	assert_int_equal(town.people.served[1], 3);
	assert_int_equal(world_counted(w, run, "pages"), 3);
}

/* A long wait is not waited out: the lease keeps everybody away until then. */
static void test_long_wait_parks_the_run(void **state)
{
	struct fetcher_world *w = *state;
	const char *run;
	long long ttl;

	SKIP_WITHOUT(w);
	open_town(w, plain)->fault =
		(struct people_fault){ .page = 1,
				       .times = 99,
				       .status = "429 Too Many Requests",
				       .headers = "Retry-After: 600\r\n" };
	run = world_ask_run(w, RUN_INITIAL);
	world_fetch(w);
	WAIT(w->loop, world_lease_ms(w) > 500000);
	ttl = world_lease_ms(w);
	assert_true(ttl < 800000);
	assert_int_equal(world_count(w, "changes"), 10);
	assert_true(world_progress_has(w, "waits_until_ms"));
	/* Stopping it is not put off. */
	world_stop_run(w, run);
	WAIT(w->loop, world_run_is(w, run, RUN_STOPPED));
	assert_int_equal(world_counted(w, run, "people"), 10);
	assert_int_equal(town.people.served[1], 1);
}

static void test_body_cut_short_is_asked_for_again(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	(void)run_with_fault(
		w, (struct people_fault){ .page = 1, .times = 1, .cut = true },
		RUN_DONE);
	expect_people(w, 0, 25);
	assert_int_equal(town.people.served[1], 2);
}

static void test_oversized_record_ends_the_run(void **state)
{
	struct fetcher_world *w = *state;
	const char *run;

	SKIP_WITHOUT(w);
	run = run_with_fault(w,
			     (struct people_fault){ .page = 1,
						    .times = 99,
						    .padding = 2 << 20 },
			     RUN_FAILED);
	assert_int_equal(world_counted(w, run, "people"), 10);
	assert_int_equal(world_count(w, "changes"), 10);
}

/* R16: over 40 % of at least 50. */
static void test_run_of_unusable_records_is_quarantined(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	p->count = p->page_size = 200;
	p->nobodys = 90;
	run = run_to_end(w, RUN_INITIAL, RUN_FAILED);
	assert_int_equal(world_count(w, "changes"), 0);
	assert_int_equal(world_counted(w, run, "unusable"), 90);
	p->nobodys = 70;
	(void)run_to_end(w, RUN_INITIAL, RUN_REFUSED);
	assert_int_equal(world_count(w, "changes"), 130);
}

/* -------------------------------------------------------------- stop, off */

static void test_stop_takes_effect_at_once(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	run = stop_in_page(w, p, 1);
	world_stop_run(w, run);
	WAIT(w->loop, world_run_is(w, run, RUN_STOPPED));
	assert_int_equal(world_count(w, "changes"), 10);
	assert_int_equal(world_counted(w, run, "people"), 10);
	assert_int_equal(world_lease_ms(w), -2);
	hris_let_go(&w->hris);
	(void)run_to_end(w, RUN_FULL, RUN_DONE); /* the next one may run */
	assert_int_equal(world_count(w, "changes"), 25);
}

static void test_connection_switched_off_ends_its_run(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	run = stop_in_page(w, p, 1);
	world_set_status(w, CONNECTION_DISABLED);
	WAIT(w->loop, world_run_is(w, run, RUN_STOPPED));
	assert_int_equal(world_count(w, "changes"), 10);
}

/* ------------------------------------------------------------------- turns */

/* The lease is over before the wait is: another fetcher waits on. */
static void test_wait_outlives_its_fetcher(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	open_town(w, plain)->fault =
		(struct people_fault){ .page = 1,
				       .times = 99,
				       .status = "429 Too Many Requests",
				       .headers = "Retry-After: 600\r\n" };
	(void)world_ask_run(w, RUN_INITIAL);
	world_fetch(w);
	WAIT(w->loop, world_lease_ms(w) > 500000);
	world_signal(w, SIGKILL);
	world_break_lease(w);
	world_fetch(w);
	WAIT(w->loop, world_lease_ms(w) > 500000);
	assert_int_equal(town.people.served[1], 1);
}

/* "Sync now" is for now: what it waits for may be over. */
static void test_asking_again_ends_a_wait(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, plain);
	p->fault = (struct people_fault){ .page = 1,
					  .times = 2,
					  .status = "502 Bad Gateway" };
	run = world_ask_run(w, RUN_INITIAL);
	world_fetch(w);
	WAIT(w->loop,
	     p->served[1] == 2 && world_progress_has(w, "waits_until_ms"));
	assert_true(world_lease_ms(w) > 40000); /* a minute, says R16 */
	(void)world_ask_run(w, RUN_FULL);
	WAIT(w->loop, world_run_is(w, run, RUN_DONE));
	expect_people(w, 0, 25);
}

/* Whose key a call has: the first letter of it. */
static char caller(const struct fetcher_world *w)
{
	const char *at = strstr(w->hris.last, "Bearer ");

	assert_non_null(at);
	return at[7];
}

/* Two connections, room for one run: each gets its page in turn. */
static void test_connections_take_turns(void **state)
{
	struct fetcher_world *w = *state;
	char order[7] = "", first[RANDOM_ID_SIZE], second[RANDOM_ID_SIZE];

	SKIP_WITHOUT(w);
	(void)open_town(w, plain);
	w->flags = "runs 1 run-turn-ms 0";
	(void)snprintf(first, sizeof(first), "%s",
		       world_ask_run(w, RUN_INITIAL));
	world_add_connection(w, "other-key");
	(void)snprintf(second, sizeof(second), "%s",
		       world_ask_run(w, RUN_INITIAL));
	w->hris.hold = true;
	world_fetch(w);
	for (int i = 0; i < 6; i++) {
		WAIT(w->loop, w->hris.calls == i + 1);
		order[i] = caller(w);
		hris_let_go(&w->hris);
		w->hris.hold = i < 5;
	}
	WAIT(w->loop, world_run_is(w, first, RUN_DONE) &&
			      world_run_is(w, second, RUN_DONE));
	if (strcmp(order, "fofofo") != 0 && strcmp(order, "ofofof") != 0)
		fail_msg("the order was %s", order);
	assert_int_equal(world_count(w, "changes"), 50);
}

/* ------------------------------------------------ names, details, changes */

static struct str field_of(struct fetcher_world *w, size_t n,
			   enum person_field f, struct arena *a)
{
	return world_change(w, n, a).person.fields[f].value;
}

static void test_names_are_read_before_people(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	struct arena a;

	SKIP_WITHOUT(w);
	p = open_town(w, with_teams);
	p->team = "t1";
	(void)run_to_end(w, RUN_INITIAL, RUN_DONE);
	assert_true(str_is(field_of(w, 4, PERSON_DEPARTMENT, &a), "Toys"));
	arena_release(&a);
	world_notice(w, NULL, "p1"); /* … and of one person */
	WAIT(w->loop, world_count(w, "changes") == 26);
	assert_true(str_is(field_of(w, 25, PERSON_DEPARTMENT, &a), "Toys"));
	arena_release(&a);
	assert_int_equal(p->tables, 1); /* they were still known */
}

static void expect_locations(struct fetcher_world *w, const char *manifest,
			     int calls)
{
	struct people *p = open_town(w, manifest);
	char location[16];
	struct arena a;

	(void)run_to_end(w, RUN_INITIAL, RUN_DONE);
	expect_people(w, 0, 25);
	for (int i = 0; i < 25; i++) {
		(void)snprintf(location, sizeof(location), "L%d", i);
		assert_true(str_is(field_of(w, (size_t)i, PERSON_LOCATION, &a),
				   location));
		arena_release(&a);
	}
	assert_int_equal(p->details, calls);
	world_notice(w, NULL, "p4");
	WAIT(w->loop, world_count(w, "changes") == 26);
	assert_true(str_is(field_of(w, 25, PERSON_LOCATION, &a), "L4"));
	arena_release(&a);
	/* The lookup has told Redis what it sent. */
	(void)run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_count(w, "changes"), 26);
}

static void test_details_are_asked_for_one_by_one(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	expect_locations(w, with_details, 25);
	assert_true(w->hris.most <= 4);
}

static void test_details_are_asked_for_in_batches(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	expect_locations(w, with_batches, 5); /* 8 and 2, 8 and 2, 5 */
}

static void test_changes_since_become_lookups(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	const char *run;

	SKIP_WITHOUT(w);
	p = open_town(w, with_changes);
	(void)run_to_end(w, RUN_INITIAL, RUN_DONE);
	p->changed = "\"p3\",\"p4\"";
	p->email_of_p1 = "unseen@example.com";
	run = run_to_end(w, RUN_INCREMENTAL, RUN_DONE);
	assert_int_equal(world_counted(w, run, "lookups"), 2);
	assert_int_equal(people_pages(p), 3); /* the list was not read again */
	WAIT(w->loop, p->lookups == 2 && world_count(w, "changes") == 27);
	assert_int_equal(world_sync(w)->people, 25);
}

/* A to B by webhook, and back: the poll that finds A must send it. */
static void test_change_is_not_swallowed_on_its_way_back(void **state)
{
	struct fetcher_world *w = *state;
	struct arena a;

	SKIP_WITHOUT(w);
	(void)open_after_snapshot(w);
	world_webhook(w, "p1");
	(void)run_to_end(w, RUN_FULL, RUN_DONE);
	assert_int_equal(world_count(w, "changes"), 27); /* B, then A again */
	assert_true(
		str_is(field_of(w, 26, PERSON_EMAIL, &a), "p1@example.com"));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(test_run_reads_everybody),
		TEST(test_run_queues_only_who_changed),
		TEST(test_slot_becomes_a_run),
		TEST(test_run_killed_between_pages_is_gone_on_with),
		TEST(test_fetcher_that_ends_hands_its_run_over),
		TEST(test_fetcher_without_the_lease_writes_nothing),
		TEST(test_two_fetchers_never_run_one_connection),
		TEST(test_snapshot_of_nobody_is_refused),
		TEST(test_half_a_snapshot_is_refused),
		TEST(test_snapshot_that_repeats_a_page_is_refused),
		TEST(test_snapshot_of_another_total_is_refused),
		TEST(test_snapshot_without_a_field_that_all_had_is_refused),
		TEST(test_snapshot_with_a_nameless_record_is_refused),
		TEST(test_absence_is_handed_on_as_a_fact),
		TEST(test_refused_credentials_stop_the_connection),
		TEST(test_limit_of_calls_is_obeyed),
		TEST(test_long_wait_parks_the_run),
		TEST(test_body_cut_short_is_asked_for_again),
		TEST(test_oversized_record_ends_the_run),
		TEST(test_run_of_unusable_records_is_quarantined),
		TEST(test_stop_takes_effect_at_once),
		TEST(test_connection_switched_off_ends_its_run),
		TEST(test_wait_outlives_its_fetcher),
		TEST(test_asking_again_ends_a_wait),
		TEST(test_connections_take_turns),
		TEST(test_names_are_read_before_people),
		TEST(test_details_are_asked_for_one_by_one),
		TEST(test_details_are_asked_for_in_batches),
		TEST(test_changes_since_become_lookups),
		TEST(test_change_is_not_swallowed_on_its_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

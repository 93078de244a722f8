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

static struct change change_at(struct fetcher_world *w, size_t n,
			       struct arena *a)
{
	struct change c;
	struct err err = { .kind = ERR_NONE };
	char *event = world_field(w, "changes", n, "event");

	arena_init(a, 65536);
	if (change_decode(&c, a, str_of(event), &err) < 0)
		fail_msg("%s: %s", err.text, event);
	free(event);
	return c;
}

/* Every one of p0 … is in the changes from n on, in order, exactly once. */
static void expect_people(struct fetcher_world *w, size_t n, int people)
{
	char pid[16];

	assert_int_equal(world_count(w, "changes"), (long long)n + people);
	for (int i = 0; i < people; i++) {
		struct arena a;
		struct change c = change_at(w, n + (size_t)i, &a);

		(void)snprintf(pid, sizeof(pid), "p%d", i);
		if (!str_is(c.person.pid, pid))
			fail_msg("%.*s is not %s", STR_ARG(c.person.pid), pid);
		arena_release(&a);
	}
}

/* ------------------------------------------------------------------- whole */

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
	c = change_at(w, 7, &a);
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
	/* Nothing is left of it in Redis but what was sent. */
	assert_int_equal(redis_int(&w->redis, "EXISTS {hrisd:0}:lease:x"), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(test_run_reads_everybody),
		TEST(test_run_queues_only_who_changed),
		TEST(test_slot_becomes_a_run),
	};

	(void)with_teams;
	(void)with_changes;
	(void)with_details;
	(void)with_batches;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

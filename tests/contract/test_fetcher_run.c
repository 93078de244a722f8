/* The fetcher as a process, with a real Redis, a database and an HRIS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetcher_world.h"

#include "base/assert.h"
#include "base/metrics.h"
#include "change/change.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANYBODY "{\"id\":\"*\",\"status\":\"active\"}"
#define PERSON                                                \
	"{\"id\":\"p1\",\"status\":\"active\",\"version\":7," \
	"\"email\":\"sam@example.com\"}"
#define UNVERSIONED "{\"id\":\"p1\",\"status\":\"left\"}"

/* Everything is acknowledged and nothing waits. */
static bool is_settled(struct fetcher_world *w)
{
	return world_pending(w) == 0 && world_count(w, "later") == 0;
}

static bool is(struct str s, const char *z)
{
	return str_is(s, z);
}

static void test_fetcher_turns_a_notice_into_a_change(void **state)
{
	struct fetcher_world *w = *state;
	struct change c;
	struct arena a;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", PERSON);
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "changes") == 1 && is_settled(w));
	c = world_change(w, 0, &a);
	assert_int_equal(c.kind, CHANGE_STATE);
	assert_int_equal(c.source, CHANGE_LOOKUP);
	assert_int_equal(c.version, 7);
	assert_true(is(c.connection, w->connection));
	assert_true(is(c.organization, w->organization));
	assert_true(is(c.person.pid, "p1"));
	assert_int_equal(c.person.status, PERSON_ACTIVE);
	assert_true(is(c.person.fields[PERSON_EMAIL].value, "sam@example.com"));
	arena_release(&a);
	assert_non_null(strstr(w->hris.last, "GET /people/p1 HTTP/1.1\r\n"));
	assert_non_null(
		strstr(w->hris.last, "Authorization: Bearer first-key\r\n"));
	assert_false(world_logged(w, "sam@example.com"));
	assert_false(world_logged(w, "first-key"));
}

/* R4: without a version of the vendor's, the time just before the call. */
static void test_fetcher_orders_by_the_time_before_the_call(void **state)
{
	struct fetcher_world *w = *state;
	int64_t before = clock_wall_ms(), asked;
	struct change c;
	struct arena a;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", UNVERSIONED);
	w->hris.hold = true;
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 1);
	asked = clock_wall_ms();
	while (clock_wall_ms() <= asked)
		loop_turn(w->loop, 1);
	hris_let_go(&w->hris);
	WAIT(w->loop, world_count(w, "changes") == 1);
	c = world_change(w, 0, &a);
	assert_true(c.version >= before && c.version <= asked);
	assert_int_equal(c.observed_ms, c.version);
	assert_int_equal(c.person.status, PERSON_DEPARTED);
	arena_release(&a);
}

/* R5: notices of one person within the window are one read. */
static void test_fetcher_reads_a_person_once_per_window(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", PERSON);
	for (int i = 0; i < 5; i++)
		world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "changes") == 1 && is_settled(w));
	assert_int_equal(w->hris.calls, 1);
	world_notice(w, NULL, "p1"); /* a later one is another read */
	WAIT(w->loop, w->hris.calls == 2 && is_settled(w));
}

static void test_fetcher_waits_as_long_as_the_vendor_needs(void **state)
{
	struct fetcher_world *w = *state;
	int64_t start;

	SKIP_WITHOUT(w);
	world_set_delay(w, 1);
	hris_says(&w->hris, "200 OK", "", PERSON);
	start = clock_mono_ms();
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 1);
	/* two clocks, each cut to milliseconds */
	assert_true(clock_mono_ms() - start >= 998);
}

/* Longer than a fetcher would hold it: a crash then must not repeat it. */
static void test_fetcher_spends_a_long_delay_in_later(void **state)
{
	struct fetcher_world *w = *state;
	long long due;

	SKIP_WITHOUT(w);
	world_set_delay(w, 120);
	hris_says(&w->hris, "200 OK", "", PERSON);
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1 && world_pending(w) == 0);
	due = world_due_in_s(w);
	assert_true(due >= 119 && due <= 240);
	assert_int_equal(w->hris.calls, 0);
}

static void test_fetcher_asks_four_at_a_time(void **state)
{
	struct fetcher_world *w = *state;
	char pid[16];

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "404 Not Found", "", "");
	w->hris.hold = true;
	for (int i = 0; i < 12; i++) {
		(void)snprintf(pid, sizeof(pid), "p%d", i);
		world_notice(w, NULL, pid);
	}
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 4);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);
	assert_int_equal(w->hris.calls, 4);
	hris_let_go(&w->hris);
	WAIT(w->loop, w->hris.calls == 12 && world_count(w, "later") == 12);
	assert_int_equal(w->hris.most, 4);
}

/* ---------------------------------------------------------------- crashes */

static void test_fetcher_killed_during_a_call_loses_nothing(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", PERSON);
	w->hris.hold = true;
	world_notice(w, NULL, "p1");
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 1);
	world_signal(w, SIGKILL);
	assert_int_equal(world_pending(w), 2);
	assert_int_equal(world_count(w, "changes"), 0);

	hris_let_go(&w->hris);
	world_fetch(w);
	WAIT(w->loop, world_count(w, "changes") == 1 && is_settled(w));
	assert_int_equal(w->hris.calls, 2);
}

static void expect_everybody(struct fetcher_world *w, int people)
{
	bool seen[100] = { false };
	long long changes = world_count(w, "changes");
	unsigned n;

	for (long long i = 0; i < changes; i++) {
		struct arena a;
		struct change c = world_change(w, (size_t)i, &a);
		char pid[16];

		(void)snprintf(pid, sizeof(pid), "%.*s", STR_ARG(c.person.pid));
		assert_int_equal(sscanf(pid, "p%u", &n), 1);
		assert_true(n < ARRAY_LEN(seen));
		seen[n] = true;
		arena_release(&a);
	}
	for (int i = 0; i < people; i++)
		if (!seen[i])
			fail_msg("p%d was lost", i);
}

/* Killed where it happens to be: in a window, a call, a write, a reply. */
static void test_fetcher_killed_again_and_again_loses_nobody(void **state)
{
	enum { PEOPLE = 80, KILLS = 8, LIFE_MS = 130, STEP_MS = 11 };
	struct fetcher_world *w = *state;
	int64_t end;
	char pid[16];

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", ANYBODY);
	for (int i = 0; i < KILLS; i++) {
		for (int k = i; k < PEOPLE; k += KILLS) {
			(void)snprintf(pid, sizeof(pid), "p%d", k);
			world_notice(w, NULL, pid);
		}
		world_fetch(w);
		end = clock_mono_ms() + LIFE_MS + i * STEP_MS;
		while (clock_mono_ms() < end)
			loop_turn(w->loop, 2);
		world_signal(w, SIGKILL);
	}
	world_fetch(w);
	end = clock_mono_ms() + 20000;
	while (!is_settled(w) || world_count(w, "changes") < PEOPLE) {
		assert_true(clock_mono_ms() < end);
		loop_turn(w->loop, 20);
	}
	assert_int_equal(world_count(w, "dead"), 0);
	expect_everybody(w, PEOPLE);
}

#define LOOKUPS "{hrisd:0}:lookups"

/* As if fetchers that are gone had all notices in hand that often. */
static void pretend_deliveries(struct fetcher_world *w, int n)
{
	redisReply *all;
	char line[200];

	freeReplyObject(redis_do(&w->redis, "XGROUP CREATE " LOOKUPS
					    " fetchers 0 MKSTREAM"));
	freeReplyObject(redis_do(&w->redis,
				 "XREADGROUP GROUP fetchers gone COUNT 100 "
				 "STREAMS " LOOKUPS " >"));
	all = redis_do(&w->redis, "XPENDING " LOOKUPS " fetchers - + 100");
	for (size_t i = 0; i < all->elements; i++) {
		(void)snprintf(line, sizeof(line),
			       "XCLAIM " LOOKUPS " fetchers gone 0 %s IDLE "
			       "600000 RETRYCOUNT %d JUSTID",
			       all->element[i]->element[0]->str, n);
		freeReplyObject(redis_do(&w->redis, line));
	}
	freeReplyObject(all);
}

/*
 * What a fetcher had begun each time when it ended becomes a dead letter; what
 * only waited in it does not.
 */
static void test_fetcher_condemns_only_what_it_had_begun(void **state)
{
	enum { PEOPLE = 12, AT_ONCE = 4, MAX_DELIVERIES = 5 };
	struct fetcher_world *w = *state;
	char pid[16];

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", ANYBODY);
	w->hris.hold = true;
	for (int i = 0; i < PEOPLE; i++) {
		(void)snprintf(pid, sizeof(pid), "p%d", i);
		world_notice(w, NULL, pid);
	}
	pretend_deliveries(w, MAX_DELIVERIES - 1);
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == AT_ONCE);
	world_signal(w, SIGKILL);

	hris_let_go(&w->hris);
	world_fetch(w);
	WAIT(w->loop, is_settled(w) && world_count(w, "dead") == AT_ONCE);
	assert_int_equal(world_count(w, "changes"), PEOPLE - AT_ONCE);
}

static void test_fetcher_drains_on_sigterm(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", PERSON);
	w->hris.hold = true;
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 1);
	assert_int_equal(kill(w->fetcher, SIGTERM), 0);
	WAIT(w->loop, world_logged(w, "draining"));
	hris_let_go(&w->hris);
	world_signal(w, SIGTERM); /* a second one changes nothing */
	assert_int_equal(world_count(w, "changes"), 1);
	assert_int_equal(world_pending(w), 0);
}

static void test_fetcher_hands_back_what_waits(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	world_set_delay(w, 1);
	hris_says(&w->hris, "200 OK", "", PERSON);
	world_notice(w, NULL, "p1");
	world_notice(w, NULL, "p2");
	world_fetch(w);
	WAIT(w->loop,
	     world_logged(w, "redis is ready") && world_pending(w) == 2);
	world_signal(w, SIGTERM);
	assert_int_equal(w->hris.calls, 0);
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(world_count(w, "later"), 2);

	world_set_delay(w, 0);
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 2 && world_pending(w) == 0);
}

static void test_fetcher_outlives_redis_with_an_answer_in_hand(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", PERSON);
	w->hris.hold = true;
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 1);
	redis_kill(&w->redis, SIGKILL);
	hris_let_go(&w->hris);
	WAIT(w->loop, world_logged(w, "redis did not take an outcome"));
	world_restart_redis(w);
	WAIT(w->loop, world_count(w, "changes") >= 1 && is_settled(w));
}

/* ---------------------------------------------------- answers of the HRIS */

/* R5: twice, with time between, and a crash between them forgets nothing. */
static void test_fetcher_says_gone_after_the_second_404(void **state)
{
	struct fetcher_world *w = *state;
	struct change c;
	struct arena a;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "404 Not Found", "", "");
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1 && world_pending(w) == 0);
	assert_int_equal(world_count(w, "changes"), 0);
	world_signal(w, SIGKILL);

	world_fetch(w);
	world_make_due(w);
	WAIT(w->loop, world_count(w, "changes") == 1 && is_settled(w));
	assert_int_equal(w->hris.calls, 2);
	c = world_change(w, 0, &a);
	assert_int_equal(c.kind, CHANGE_GONE);
	assert_true(is(c.person.pid, "p1"));
	arena_release(&a);
}

static void test_fetcher_found_again_is_not_gone(void **state)
{
	struct fetcher_world *w = *state;
	struct change c;
	struct arena a;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "410 Gone", "", "");
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1);
	hris_says(&w->hris, "200 OK", "", PERSON);
	world_make_due(w);
	WAIT(w->loop, world_count(w, "changes") == 1 && is_settled(w));
	c = world_change(w, 0, &a);
	assert_int_equal(c.kind, CHANGE_STATE);
	arena_release(&a);
}

/* 401 stops the connection: more calls would get the caller's IP blocked. */
static void test_fetcher_stops_at_401_until_the_credentials_change(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "401 Unauthorized", "", "");
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1);
	world_notice(w, NULL, "p2");
	WAIT(w->loop, world_count(w, "later") == 2 && world_pending(w) == 0);
	assert_int_equal(w->hris.calls, 1);
	world_signal(w, SIGTERM);

	hris_says(&w->hris, "404 Not Found", "", "");
	world_set_api_key(w, "second-key");
	world_fetch(w);
	world_make_due(w);
	WAIT(w->loop, w->hris.calls == 3);
	assert_non_null(strstr(w->hris.last, "Bearer second-key\r\n"));
}

static void test_fetcher_notices_new_credentials_while_it_runs(void **state)
{
	struct fetcher_world *w = *state;
	int64_t end = clock_mono_ms() + 10000; /* it looks every 5 s */

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "401 Unauthorized", "", "");
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1);
	world_set_api_key(w, "second-key");
	hris_says(&w->hris, "200 OK", "", PERSON);
	while (world_count(w, "changes") == 0) {
		assert_true(clock_mono_ms() < end);
		world_make_due(w);
		loop_turn(w->loop, 50);
	}
	assert_int_equal(w->hris.calls, 2);
}

/* What was asked for, and a bit: it must not come back too early. */
static void expect_pause(struct fetcher_world *w, const char *headers,
			 long long seconds)
{
	int calls = w->hris.calls;
	long long due;

	freeReplyObject(redis_do(&w->redis, "DEL {hrisd:0}:later"));
	hris_says(&w->hris, "429 Slow down", headers, "");
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1 && world_pending(w) == 0);
	due = world_due_in_s(w);
	if (due < seconds || due > seconds + 30)
		fail_msg("%s: due in %lld s", headers, due);
	world_notice(w, NULL, "p2"); /* the budget is the connection's */
	WAIT(w->loop, world_count(w, "later") == 2 && world_pending(w) == 0);
	assert_int_equal(w->hris.calls, calls + 1);
	world_signal(w, SIGTERM);
}

/* R16: the HRIS counts by the credential, whichever connection calls. */
static void test_fetcher_shares_the_budget_of_a_credential(void **state)
{
	struct fetcher_world *w = *state;
	char first[RANDOM_ID_SIZE];
	char pid[16];

	SKIP_WITHOUT(w);
	memcpy(first, w->connection, sizeof(first));
	world_add_connection(w, "first-key");
	hris_says(&w->hris, "200 OK", "", ANYBODY);
	w->hris.hold = true;
	for (int i = 0; i < 6; i++) {
		(void)snprintf(pid, sizeof(pid), "p%d", i);
		world_notice(w, first, pid);
		world_notice(w, w->connection, pid);
	}
	world_fetch(w);
	WAIT(w->loop, w->hris.calls == 4);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);
	hris_let_go(&w->hris);
	WAIT(w->loop, world_count(w, "changes") == 12 && is_settled(w));
	assert_int_equal(w->hris.most, 4);
}

static void
test_fetcher_shares_a_pause_with_the_same_credential_only(void **state)
{
	struct fetcher_world *w = *state;
	char first[RANDOM_ID_SIZE], same[RANDOM_ID_SIZE];

	SKIP_WITHOUT(w);
	memcpy(first, w->connection, sizeof(first));
	world_add_connection(w, "first-key");
	memcpy(same, w->connection, sizeof(same));
	world_add_connection(w, "other-key");
	hris_says(&w->hris, "429 Slow down", "Retry-After: 3600\r\n", "");
	world_fetch(w);
	world_notice(w, first, "p1");
	WAIT(w->loop, world_count(w, "later") == 1 && world_pending(w) == 0);
	assert_int_equal(w->hris.calls, 1);

	hris_says(&w->hris, "200 OK", "", ANYBODY);
	world_notice(w, same, "p1");
	WAIT(w->loop, world_count(w, "later") == 2 && world_pending(w) == 0);
	assert_int_equal(w->hris.calls, 1);
	world_notice(w, w->connection, "p1");
	WAIT(w->loop, world_count(w, "changes") == 1);
	assert_int_equal(w->hris.calls, 2);
}

static void test_fetcher_waits_as_long_as_429_asks(void **state)
{
	struct fetcher_world *w = *state;
	char reset[64];

	SKIP_WITHOUT(w);
	(void)snprintf(reset, sizeof(reset), "X-RateLimit-Reset: %lld\r\n",
		       (long long)clock_wall_ms() / 1000 + 900);
	expect_pause(w, "Retry-After: 600\r\n", 600);
	expect_pause(w, "RateLimit-Reset: 300\r\n", 300);
	expect_pause(w, reset, 890);
	expect_pause(w, "", 60);
}

static const char *const later_statuses[] = {
	"403 Forbidden",
	"500 Oops",
	"503 Busy",
	"302 Found",
};

static void test_fetcher_tries_again_later(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	world_fetch(w);
	for (int i = 0; i < (int)ARRAY_LEN(later_statuses); i++) {
		char pid[16];

		(void)snprintf(pid, sizeof(pid), "p%d", i);
		hris_says(&w->hris, later_statuses[i], "", "");
		world_notice(w, NULL, pid);
		WAIT(w->loop,
		     world_count(w, "later") == i + 1 && world_pending(w) == 0);
		assert_int_equal(w->hris.calls, i + 1);
	}
	assert_int_equal(world_count(w, "changes"), 0);
	WAIT(w->loop, metrics_most(METRIC_LOOKUPS_LATER, "fetcher") == 4);
	hris_says(&w->hris, "200 OK", "", PERSON);
	world_make_due(w);
	WAIT(w->loop, metrics_most(METRIC_LOOKUPS_LATER, "fetcher") < 4);
}

static const char following[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\","
	"\"credentials\":[{\"name\":\"api_key\",\"label\":\"Key\","
	"\"help\":\"H\",\"for\":\"api\"}],\"settings\":[{\"name\":"
	"\"base_url\",\"label\":\"URL\",\"help\":\"H\",\"as\":"
	"\"base-url\"}],\"fetch\":{\"base_url\":"
	"\"https://api.example.com\",\"redirects\":\"example.com\","
	"\"auth\":{\"scheme\":\"bearer\",\"token\":\"api_key\"},"
	"\"one\":{\"path\":\"/people/{person_id}\",\"person\":\"\","
	"\"gone\":[404]}},\"person\":{\"id\":\"/id\",\"status\":{"
	"\"word\":\"/status\",\"words\":{\"active\":\"active\"}},"
	"\"fields\":{\"email\":\"/email\"}}}";

/* Every path but /moved/… leads on: to there, or where arg says. */
static void lead_on(struct hris *h, const char *target, struct hris_reply *out)
{
	const char *elsewhere = h->arg;

	if (!strncmp(target, "/moved/", 7)) {
		buf_add_z(&out->body, PERSON);
		return;
	}
	out->status = "302 Found";
	(void)snprintf(out->headers, sizeof(out->headers),
		       "Location: http://127.0.0.1:%u%s\r\n", h->port,
		       elsewhere ? elsewhere : "/moved/p1");
}

static void test_fetcher_follows_a_redirect_that_it_may_follow(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	world_set_manifest(w, following);
	w->hris.serve = lead_on;
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "changes") == 1);
	assert_int_equal(w->hris.calls, 2);
}

/* Where it leads in a circle, and where the manifest allows none. */
static void test_fetcher_follows_no_other_redirect(void **state)
{
	static char again[] = "/again";
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	w->hris.serve = lead_on;
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1);
	assert_int_equal(w->hris.calls, 1);
	world_signal(w, SIGTERM);
	world_set_manifest(w, following);
	w->hris.arg = again;
	world_notice(w, NULL, "p2");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 2);
	assert_int_equal(w->hris.calls, 3);
}

static void test_fetcher_refuses_an_answer_about_another(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	hris_says(&w->hris, "200 OK", "", PERSON);
	world_notice(w, NULL, "p2");
	world_fetch(w);
	WAIT(w->loop, world_count(w, "later") == 1 && world_pending(w) == 0);
	assert_int_equal(world_count(w, "changes"), 0);
}

/* ----------------------------------------------------------- dead letters */

static void test_fetcher_buries_what_nobody_can_look_up(void **state)
{
	struct fetcher_world *w = *state;
	char *reason;

	SKIP_WITHOUT(w);
	world_notice(w, "aaaaaaaaaaaaaaaaaaaaaaaaaa", "p1");
	freeReplyObject(
		redis_do(&w->redis, "XADD {hrisd:0}:lookups * event {}"));
	freeReplyObject(
		redis_do(&w->redis, "XADD {hrisd:0}:lookups * other x"));
	world_fetch(w);
	WAIT(w->loop, world_count(w, "dead") == 3 && world_pending(w) == 0);
	assert_int_equal(w->hris.calls, 0);
	for (size_t i = 0; i < 3; i++) {
		reason = world_field(w, "dead", i, "reason");
		assert_true(strlen(reason) > 10);
		free(reason);
	}
}

static void test_fetcher_drops_lookups_of_a_disabled_connection(void **state)
{
	struct fetcher_world *w = *state;

	SKIP_WITHOUT(w);
	world_set_status(w, CONNECTION_DISABLED);
	world_notice(w, NULL, "p1");
	world_fetch(w);
	WAIT(w->loop, world_logged(w, "disabled") && is_settled(w));
	assert_int_equal(w->hris.calls, 0);
	assert_int_equal(world_count(w, "dead"), 0);
	assert_int_equal(world_count(w, "changes"), 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fetcher_turns_a_notice_into_a_change),
		TEST(test_fetcher_orders_by_the_time_before_the_call),
		TEST(test_fetcher_reads_a_person_once_per_window),
		TEST(test_fetcher_waits_as_long_as_the_vendor_needs),
		TEST(test_fetcher_spends_a_long_delay_in_later),
		TEST(test_fetcher_asks_four_at_a_time),
		TEST(test_fetcher_killed_during_a_call_loses_nothing),
		TEST(test_fetcher_killed_again_and_again_loses_nobody),
		TEST(test_fetcher_condemns_only_what_it_had_begun),
		TEST(test_fetcher_drains_on_sigterm),
		TEST(test_fetcher_hands_back_what_waits),
		TEST(test_fetcher_outlives_redis_with_an_answer_in_hand),
		TEST(test_fetcher_says_gone_after_the_second_404),
		TEST(test_fetcher_found_again_is_not_gone),
		TEST(test_fetcher_stops_at_401_until_the_credentials_change),
		TEST(test_fetcher_notices_new_credentials_while_it_runs),
		TEST(test_fetcher_shares_the_budget_of_a_credential),
		TEST(test_fetcher_shares_a_pause_with_the_same_credential_only),
		TEST(test_fetcher_waits_as_long_as_429_asks),
		TEST(test_fetcher_tries_again_later),
		TEST(test_fetcher_follows_a_redirect_that_it_may_follow),
		TEST(test_fetcher_follows_no_other_redirect),
		TEST(test_fetcher_refuses_an_answer_about_another),
		TEST(test_fetcher_buries_what_nobody_can_look_up),
		TEST(test_fetcher_drops_lookups_of_a_disabled_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tokens that calls need: got, shared, renewed, kept before they are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetcher_world.h"
#include "people.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char manifest[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\","
	"\"credentials\":[{\"name\":\"api_key\",\"label\":\"Key\","
	"\"help\":\"In the settings\",\"for\":\"api\"}],"
	"\"settings\":[{\"name\":\"base_url\",\"label\":\"URL\","
	"\"help\":\"For tests\",\"as\":\"base-url\"}],"
	"\"fetch\":{\"base_url\":\"https://api.example.com\","
	"\"tokens\":{\"main\":{\"grant\":\"client_credentials\","
	"\"call\":{\"method\":\"POST\",\"path\":\"/token\"},"
	"\"client\":{\"id\":\"api_key\",\"secret\":\"api_key\",\"auth\":"
	"\"form\"},"
	"\"token\":\"/access_token\",\"expires\":\"/expires_in\","
	"\"refresh\":\"/refresh_token\"}},"
	"\"one\":{\"path\":\"/people/{person_id}\",\"person\":[\"\"],"
	"\"gone\":[404]},"
	"\"list\":{\"path\":\"/people\",\"query\":{\"cursor\":\"{cursor}\"},"
	"\"items\":\"/people\",\"total\":[\"/total\"],"
	"\"paging\":{\"scheme\":\"cursor\",\"next\":[\"/next\"]}}"
	"},\"person\":{\"id\":\"/id\",\"status\":{\"word\":\"/status\","
	"\"words\":{\"active\":\"active\"}},"
	"\"fields\":{\"email\":\"/email\"}}}";

static struct people people;

static struct people *open_town(struct fetcher_world *w)
{
	world_set_manifest(w, manifest);
	people_start(&people, &w->hris);
	people.only_newest = true;
	return &people;
}

static const char *run_to_end(struct fetcher_world *w, enum run_status status)
{
	static char id[RANDOM_ID_SIZE];

	(void)snprintf(id, sizeof(id), "%s", world_ask_run(w, RUN_RECONCILE));
	if (!w->fetcher)
		world_fetch(w);
	WAIT(w->loop, world_run_is(w, id, status));
	return id;
}

static void test_token_serves_all_calls_and_fetchers(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_town(w);
	(void)run_to_end(w, RUN_DONE);
	world_notice(w, NULL, "p1");
	WAIT(w->loop, world_count(w, "changes") == 26);
	assert_int_equal(p->tokens, 1);
	assert_int_equal(w->hris.calls, 5);
	world_signal(w, SIGTERM);
	(void)run_to_end(w, RUN_DONE); /* by another one */
	assert_int_equal(p->tokens, 1);
	assert_false(world_logged(w, "access-1"));
	assert_false(world_logged(w, "refresh-1"));
}

/* Over before its time: one more, and the page is not lost. */
static void test_refused_token_is_renewed_once(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_town(w);
	(void)run_to_end(w, RUN_DONE);
	assert_true(world_token_is(w, "main", "\"refresh\":\"refresh-1\""));
	p->refused_tokens = 1;
	(void)run_to_end(w, RUN_DONE);
	assert_int_equal(p->tokens, 2);
	assert_true(world_token_is(w, "main", "\"refresh\":\"refresh-2\""));
	assert_int_equal(world_count(w, "changes"), 50);
}

static void test_second_refusal_stops_the_connection(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;
	int calls;

	SKIP_WITHOUT(w);
	p = open_town(w);
	p->refused_tokens = 99;
	(void)run_to_end(w, RUN_FAILED);
	assert_int_equal(p->tokens, 2);
	calls = w->hris.calls;
	assert_int_equal(calls, 4); /* a token, a 401, and both again */
	(void)run_to_end(w, RUN_FAILED);
	assert_int_equal(w->hris.calls, calls);
	assert_int_equal(world_logged_times(w, "refuses the credentials"), 3);
}

/* The old refresh token is void by then: a crash must not lose the new one. */
static void test_token_is_kept_before_it_is_used(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_town(w);
	(void)run_to_end(w, RUN_DONE);
	p->refused_tokens = 1;
	(void)world_ask_run(w, RUN_FULL);
	WAIT(w->loop, p->tokens == 2);
	w->hris.hold = true; /* what comes with the second gets no answer */
	WAIT(w->loop, world_token_is(w, "main", "\"refresh\":\"refresh-2\""));
	world_signal(w, SIGKILL);
	hris_let_go(&w->hris);
	if (world_lease_ms(w) > 0)
		world_break_lease(w);
	(void)run_to_end(w, RUN_DONE);
	assert_int_equal(p->tokens, 2);
}

/* A refresh token that is no good any more: the first way is tried again. */
static void test_void_refresh_token_is_forgotten(void **state)
{
	struct fetcher_world *w = *state;
	struct people *p;

	SKIP_WITHOUT(w);
	p = open_town(w);
	p->token_lasts_s = 1;
	(void)run_to_end(w, RUN_DONE);
	p->tokens += 5; /* somebody else has got some */
	(void)run_to_end(w, RUN_DONE);
	assert_true(world_token_is(w, "main", "\"token\":\"access-7\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		TEST(test_token_serves_all_calls_and_fetchers),
		TEST(test_refused_token_is_renewed_once),
		TEST(test_second_refusal_stops_the_connection),
		TEST(test_token_is_kept_before_it_is_used),
		TEST(test_void_refresh_token_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

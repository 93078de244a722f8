/* What a queue asks of its Redis before it says that it is ready. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Enough for each end of the queue; scripts/redis-acl gives some less. */
#define KEYS	 "~{hrisd*}* "
#define CONNECT	 "+ping +info +config|get +function|load +fcall "
#define RECEIVER "+get +set +xadd +xlen "
#define CONSUMER                                                              \
	"+xreadgroup +xgroup|create +xack +xautoclaim +xpending +xlen +xadd " \
	"+xinfo|groups +xrange +xtrim "

/* Open a queue on a Redis with these settings; url: "%s" is the socket. */
static void begin(struct fixture *f, const char *settings, const char *url,
		  enum queue_durability least)
{
	static char text[256];

	redis_start(&f->redis, settings);
	(void)snprintf(text, sizeof(text), "%s%s", f->redis.url, url);
	fixture_open(f, &(struct queue_config){ .url = text, .least = least });
}

static const struct level {
	const char *settings;
	enum queue_durability has;
	const char *remedy; /* in the trouble when it is too little */
} levels[] = {
	{ "appendonly no", QUEUE_MEMORY, "redis.conf" },
	{ "appendfsync no", QUEUE_MEMORY, "'appendfsync " },
	{ "appendfsync everysec", QUEUE_EVERYSEC, "'appendfsync always'" },
	{ "appendfsync always", QUEUE_ALWAYS, NULL },
};

static void test_ready_only_at_the_durability_asked_for(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		const struct level *l = &levels[i];

		begin(f, l->settings, "", l->has);
		fixture_wait_ready(f);
		assert_int_equal(queue_durability(f->q), l->has);
		queue_free(&f->q);
		if (l->remedy) {
			fixture_open(f, &(struct queue_config){
						.least = l->has + 1 });
			fixture_wait_trouble(f, l->remedy);
			fixture_wait_trouble(f,
					     queue_durability_name(l->has + 1));
			assert_int_equal(f->changes, 1);
			queue_free(&f->q);
		}
		f->changes = 0;
		redis_remove(&f->redis);
	}
	f->redis.dir[0] = '\0';
}

static void test_a_remedy_helps_without_a_restart(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	begin(f, "appendonly no", "", QUEUE_ALWAYS);
	fixture_wait_trouble(f, "'appendonly yes'");
	freeReplyObject(redis_do(&f->redis, "CONFIG SET appendonly yes"));
	fixture_wait_ready(f);
	assert_string_equal(queue_trouble(f->q), "");
}

static void test_everysec_is_the_guess_without_config(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	begin(f,
	      "user u on >pw " KEYS "-@all +info +function|load +fcall "
	      "+xlen",
	      "?user=u&password=pw", QUEUE_EVERYSEC);
	fixture_wait_ready(f);
	assert_int_equal(queue_durability(f->q), QUEUE_EVERYSEC);
	queue_free(&f->q);
	fixture_open(f, &(struct queue_config){
				.url = "unix:/nowhere",
				.least = QUEUE_ALWAYS,
			});
	fixture_wait_trouble(f, "cannot reach Redis at unix:/nowhere");
}

static void test_always_cannot_be_guessed(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	begin(f, "user u on >pw " KEYS "-@all +info +function|load +fcall",
	      "?user=u&password=pw", QUEUE_ALWAYS);
	fixture_wait_trouble(f, "+config|get");
}

static const struct login {
	const char *settings;
	const char *url;
	const char *trouble; /* NULL: gets in */
} logins[] = {
	{ "requirepass secret-1", "?password=secret-1", NULL },
	{ "requirepass se%ret&1", "?password=se%25ret%261", NULL },
	{ "user u on >secret-1 ~* +@all", "?user=u&password=secret-1", NULL },
	{ "", "?db=3", NULL },
	{ "requirepass secret-1", "", "Redis wants a password" },
	{ "requirepass secret-1", "?password=secret-2", "does not take" },
	{ "", "?user=nobody&password=secret-2", "does not take" },
	{ "", "?password=secret-2", "this Redis has none" },
	{ "", "?db=99", "no database of that number" },
};

static void test_logs_in_or_says_why_not(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	for (size_t i = 0; i < ARRAY_LEN(logins); i++) {
		const struct login *l = &logins[i];

		begin(f, l->settings, l->url, QUEUE_ALWAYS);
		if (l->trouble)
			fixture_wait_trouble(f, l->trouble);
		else
			fixture_wait_ready(f);
		assert_null(strstr(queue_trouble(f->q), "secret"));
		queue_free(&f->q);
		redis_remove(&f->redis);
	}
	f->redis.dir[0] = '\0';
}

/* A right that is missing on one path only would show in production first. */
static void test_the_receiver_needs_no_more_than_its_rights(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	begin(f, "user u on >pw " KEYS "-@all " CONNECT RECEIVER,
	      "?user=u&password=pw", QUEUE_ALWAYS);
	fixture_wait_ready(f);
	assert_int_equal(accept_one(f, "d1", "one"), QUEUE_NEW);
	assert_int_equal(accept_one(f, "d1", "one"), QUEUE_DUPLICATE);
	assert_int_equal(accept_one(f, "", "two"), QUEUE_NEW);
}

static void forbidden(struct fixture *f, const struct str *words, size_t n)
{
	struct result r = { 0 };
	struct err err;

	assert_int_equal(queue_command(f->q, words, n, got_value, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "lacks a right"));
	assert_true(queue_is_ready(f->q));
}

static void test_the_receiver_may_nothing_else(void **state)
{
	const struct str flush[] = { STR("FLUSHALL") };
	const struct str set[] = { STR("CONFIG"), STR("SET"), STR("appendonly"),
				   STR("no") };
	const struct str foreign[] = { STR("SET"), STR("other"), STR("1") };
	const struct str eval[] = { STR("EVAL"), STR("return 1"), STR("0") };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	begin(f, "user u on >pw " KEYS "-@all " CONNECT RECEIVER,
	      "?user=u&password=pw", QUEUE_ALWAYS);
	fixture_wait_ready(f);
	forbidden(f, flush, ARRAY_LEN(flush));
	forbidden(f, set, ARRAY_LEN(set));
	forbidden(f, foreign, ARRAY_LEN(foreign));
	forbidden(f, eval, ARRAY_LEN(eval));
	assert_int_equal(
		queue_claim(f->q, &reader_1, 1, 0, got_entries, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "lacks a right"));
}

static void test_the_consumer_needs_no_more_than_its_rights(void **state)
{
	struct fixture *f = *state;
	struct queue_entry entry = { .event = STR("e"), .deliveries = 2 };
	struct result r, end = { 0 };

	SKIP_WITHOUT(f);
	begin(f, "user u on >pw " KEYS "-@all " CONNECT CONSUMER,
	      "?user=u&password=pw", QUEUE_ALWAYS);
	fixture_wait_ready(f);
	read_some(f, &reader_1, 1, &r);
	for (int i = 0; i < 3; i++)
		freeReplyObject(redis_do(&f->redis,
					 "XADD {hrisd:0}:changes * event e"));
	read_some(f, &reader_1, 10, &r);
	assert_int_equal(r.count, 3);
	ack_one(f, &reader_1, r.entries[0].id);
	claim_some(f, &reader_2, 10, 0, &r);
	assert_int_equal(r.count, 2);
	entry.id = str_of(r.entries[0].id);
	assert_int_equal(
		queue_bury(f->q, &reader_2, &entry, "x", got_done, &end, NULL),
		0);
	WAIT(f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_NONE);
	trim_changes(f);
	assert_int_equal(redis_int(&f->redis, "XLEN {hrisd:0}:changes"), 1);
	end = (struct result){ 0 };
	assert_int_equal(queue_lag(f->q, 0, QUEUE_CHANGES, "provisioners",
				   got_lag, &end, NULL),
			 0);
	WAIT(f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_NONE);
	assert_int_equal(end.lag.pending, 1);
}

static void test_functions_may_be_loaded_by_somebody_else(void **state)
{
	static char url[256];
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	begin(f,
	      "user u on >pw " KEYS "-@all +info +config|get +fcall " RECEIVER,
	      "?user=u&password=pw", QUEUE_ALWAYS);
	fixture_wait_trouble(f, "cannot load our functions");
	fixture_wait_trouble(f, "function|load");
	queue_free(&f->q);
	fixture_open(f, &(struct queue_config){ 0 }); /* may load them */
	fixture_wait_ready(f);
	queue_free(&f->q);
	(void)snprintf(url, sizeof(url), "%s?user=u&password=pw", f->redis.url);
	fixture_open(f, &(struct queue_config){ .url = url });
	fixture_wait_ready(f);
	assert_int_equal(accept_one(f, "d1", "one"), QUEUE_NEW);
}

static void test_urls_are_checked_at_once(void **state)
{
	struct fixture *f = *state;
	struct queue_config cfg = { .url = "rediss://localhost" };
	struct queue *q = NULL;
	struct err err;

	SKIP_WITHOUT(f);
	assert_int_equal(queue_new(&q, f->loop, &cfg, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "TLS"));
	assert_null(q);
}

static void test_waits_while_redis_loads_its_data(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	redis_start(&f->redis, "enable-debug-command local");
	freeReplyObject(redis_do(&f->redis, "DEBUG POPULATE 400"));
	freeReplyObject(redis_do(&f->redis, "SAVE"));
	redis_kill(&f->redis, SIGKILL);
	/* 2 ms per key: the data is there after a while. */
	redis_restart(&f->redis, "appendonly no\nkey-load-delay 2000\n"
				 "loading-process-events-interval-bytes 1024");
	fixture_open(f, &(struct queue_config){ 0 });
	fixture_wait_trouble(f, "loading");
	fixture_wait_ready(f);
	assert_int_equal(redis_int(&f->redis, "DBSIZE"), 400);
}

#define TEST(fn)                                                \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_bare, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ready_only_at_the_durability_asked_for),
		TEST(test_a_remedy_helps_without_a_restart),
		TEST(test_everysec_is_the_guess_without_config),
		TEST(test_always_cannot_be_guessed),
		TEST(test_logs_in_or_says_why_not),
		TEST(test_the_receiver_needs_no_more_than_its_rights),
		TEST(test_the_receiver_may_nothing_else),
		TEST(test_the_consumer_needs_no_more_than_its_rights),
		TEST(test_functions_may_be_loaded_by_somebody_else),
		TEST(test_urls_are_checked_at_once),
		TEST(test_waits_while_redis_loads_its_data),
	};

	return cmocka_run_group_tests_name("queue bring-up", tests, NULL, NULL);
}

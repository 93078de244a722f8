/* What was sent of whom: nothing is swallowed, and who is absent is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_runs.h"

#include "base/assert.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define A      "aaaaaaaaaaaaaaaa" /* digests of states of one person */
#define B      "bbbbbbbbbbbbbbbb"
#define MINUTE 60000LL

static void redis_say(struct fixture *f, const char *line)
{
	freeReplyObject(redis_do(&f->redis, line));
}

/* A lookup of pid, answered at read_ms; digest NULL: the person is gone. */
static void look_up(struct fixture *f, int64_t read_ms, const char *pid,
		    const char *digest)
{
	const struct run_read r = { .change = STR("{}"),
				    .pid = str_of(pid),
				    .digest = digest,
				    .read_ms = read_ms };

	went_well(store_read(f, &r));
}

/* A webhook with pid's whole record. */
static enum queue_accepted webhook(struct fixture *f, int64_t now_ms,
				   const char *pid, const char *id)
{
	const struct queue_item item = { QUEUE_CHANGES, STR("{}") };
	const struct str person = str_of(pid);
	const struct queue_accept a = { .shard = 3,
					.once_id = str_of(id),
					.once_ms = 1000000,
					.items = &item,
					.count = 1,
					.persons = &person,
					.connection = STR("acme"),
					.received_ms = now_ms };
	struct result r = { 0 };
	struct err err;

	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	WAIT(f->loop, r.calls);
	if (r.err.kind)
		fail_msg("%s", r.err.text);
	return r.how;
}

/* --------------------------------------------------------------- digests */

static void test_digests_come_in_the_order_asked_for(void **state)
{
	static const char *const pids[] = { "bob", "nobody", "ada" };
	struct fixture *f = *state;
	const struct heard *h;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	see(f, &p, 1, NOON, "ada", A);
	see(f, &p, 1, NOON, "bob", B);
	h = digests_of(f, pids, ARRAY_LEN(pids));
	went_well(h);
	assert_int_equal(h->count, ARRAY_LEN(pids));
	assert_string_equal(h->texts[0], B);
	assert_string_equal(h->texts[1], "");
	assert_string_equal(h->texts[2], A);
}

static void test_any_byte_may_be_in_a_digest(void **state)
{
	static const char bytes[] = "\0\xff\r\n\0\0\0\0\x80$3\r\n*1x";
	const struct run_read r = { .change = STR("{}"),
				    .pid = STR("ada"),
				    .digest = bytes,
				    .read_ms = NOON };
	struct fixture *f = *state;
	redisReply *v;

	SKIP_WITHOUT(f);
	assert_int_equal(sizeof(bytes) - 1, RUN_DIGEST_SIZE);
	went_well(store_read(f, &r));
	v = redis_do(&f->redis, "HGET " SEEN " ada");
	assert_int_equal(v->len, 11 + RUN_DIGEST_SIZE);
	assert_memory_equal(v->str + 11, bytes, RUN_DIGEST_SIZE);
	freeReplyObject(v);
}

/*
 * A → B by webhook → A, and all the while the run that reads A: it must send A
 * once more, since the consumer has B.
 */
static void test_a_webhook_is_not_undone_by_a_digest(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	see(f, &p, 1, NOON - HOUR, "ada", A);
	assert_int_equal(webhook(f, NOON, "ada", "d1"), QUEUE_NEW);
	assert_string_equal(sent_of(f, "ada"), "");
	see(f, &p, 2, NOON + HOUR, "ada", A);
	assert_string_equal(sent_of(f, "ada"), A);
	/* The same delivery again says nothing new. */
	assert_int_equal(webhook(f, NOON, "ada", "d1"), QUEUE_DUPLICATE);
	assert_string_equal(sent_of(f, "ada"), A);
}

/* It was asked for before the webhook came, and is stored after it. */
static void test_a_page_under_way_does_not_hide_a_webhook(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	see(f, &p, 1, NOON - HOUR, "ada", A);
	(void)webhook(f, NOON, "ada", "d1");
	(void)webhook(f, NOON, "new", "d2");
	see(f, &p, 2, NOON - MINUTE, "ada", A);
	see(f, &p, 2, NOON - MINUTE, "new", A);
	assert_string_equal(sent_of(f, "ada"), "");
	assert_string_equal(sent_of(f, "new"), "");
	/* The HRIS may show a save late. */
	see(f, &p, 2, NOON + MINUTE, "ada", A);
	assert_string_equal(sent_of(f, "ada"), "");
	see(f, &p, 3, NOON + HOUR, "ada", A);
	assert_string_equal(sent_of(f, "ada"), A);
}

static void test_a_page_under_way_does_not_hide_a_lookup(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	look_up(f, NOON, "ada", B);
	assert_string_equal(sent_of(f, "ada"), B);
	see(f, &p, 1, NOON - HOUR, "ada", A); /* read long before */
	assert_string_equal(sent_of(f, "ada"), "");
	look_up(f, NOON, "bob", B);
	see(f, &p, 1, NOON + MINUTE, "bob", B); /* they agree */
	assert_string_equal(sent_of(f, "bob"), B);
	look_up(f, NOON + HOUR, "bob", A);
	assert_string_equal(sent_of(f, "bob"), A);
}

/* R10: an ended record and a new one of the same person in one page. */
static void test_two_records_of_one_person_leave_it_open(void **state)
{
	const struct run_person both[] = { { TEXT("ada"), A },
					   { TEXT("ada"), B } };
	const struct run_page page = {
		.number = 1, .read_ms = NOON, .people = both, .count = 2
	};
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(store_page(f, &p, &page));
	assert_string_equal(sent_of(f, "ada"), "");
}

/* ------------------------------------------------------ webhooks, lookups */

static void test_a_delivery_about_nobody_keeps_no_list(void **state)
{
	const struct queue_item items[] = { { QUEUE_LOOKUPS, STR("{}") },
					    { QUEUE_DEAD, STR("{}") } };
	const struct str persons[2] = { 0 };
	const struct queue_accept a = { .shard = 3,
					.items = items,
					.count = 2,
					.persons = persons,
					.connection = STR("acme") };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct err err;

	SKIP_WITHOUT(f);
	assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_NONE);
	assert_int_equal(redis_int(&f->redis, "EXISTS " SEEN), 0);
	assert_int_equal(redis_int(&f->redis, "XLEN " LOOKUPS), 1);
}

static void test_a_delivery_and_what_it_makes_unknown_are_one(void **state)
{
	static const char *const others[] = { SEEN, RUN, CHANGES };
	const struct queue_item item = { QUEUE_CHANGES, STR("{}") };
	const struct str person = STR("ada");
	const struct queue_accept a = { .shard = 3,
					.once_id = STR("d1"),
					.once_ms = 1000000,
					.items = &item,
					.count = 1,
					.persons = &person,
					.connection = STR("acme"),
					.received_ms = NOON };
	struct fixture *f = *state;
	struct err err;
	char line[64];

	SKIP_WITHOUT(f);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct result r = { 0 };

		(void)snprintf(line, sizeof(line), "SET %s x", others[i]);
		redis_say(f, line);
		assert_int_equal(queue_accept(f->q, &a, got_accepted, &r, &err),
				 0);
		WAIT(f->loop, r.calls);
		assert_int_equal(r.err.kind, ERR_CONFIG);
		assert_int_equal(redis_int(&f->redis, "DBSIZE"), 1);
		redis_say(f, "FLUSHALL");
	}
	assert_int_equal(webhook(f, NOON, "ada", "d1"), QUEUE_NEW);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
	assert_int_equal(redis_int(&f->redis, "HLEN " SEEN), 1);
}

static void notice(struct fixture *f, const char *id)
{
	const struct queue_reader r = { .shard = 3,
					.stream = QUEUE_LOOKUPS,
					.group = "fetchers",
					.consumer = "c1" };
	struct result out;
	char line[80];

	(void)snprintf(line, sizeof(line), "XADD " LOOKUPS " %s event {}", id);
	redis_say(f, line);
	read_some(f, &r, 10, &out);
	assert_int_equal(out.count, 1);
}

static long long pending(struct fixture *f)
{
	redisReply *r = redis_do(&f->redis, "XPENDING " LOOKUPS " fetchers");
	long long n = r->element[0]->integer;

	freeReplyObject(r);
	return n;
}

static void test_a_lookup_is_stored_and_acknowledged_at_once(void **state)
{
	const struct str ids[] = { STR("5-1"), STR("5-2") };
	struct run_read r = { .change = STR("{\"of\":\"ada\"}"),
			      .pid = STR("ada"),
			      .digest = A,
			      .read_ms = NOON,
			      .ids = ids,
			      .id_count = 2 };
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	notice(f, "5-1");
	notice(f, "5-2");
	notice(f, "5-3");
	redis_say(f, "SET " SEEN " x");
	assert_int_equal(store_read(f, &r)->err.kind, ERR_CONFIG);
	assert_int_equal(redis_int(&f->redis, "EXISTS " CHANGES), 0);
	assert_int_equal(pending(f), 3);
	redis_say(f, "DEL " SEEN);

	went_well(store_read(f, &r));
	assert_int_equal(pending(f), 1);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
	assert_string_equal(sent_of(f, "ada"), A);
	/* As after an answer that got lost: the consumer stands two. */
	went_well(store_read(f, &r));
	assert_int_equal(pending(f), 1);
}

static void test_a_lookup_where_no_run_reads_keeps_no_list(void **state)
{
	const struct str id = STR("5-1");
	const struct run_read r = {
		.change = STR("{}"), .read_ms = NOON, .ids = &id, .id_count = 1
	};
	struct fixture *f = *state;

	SKIP_WITHOUT(f);
	notice(f, "5-1");
	went_well(store_read(f, &r));
	assert_int_equal(pending(f), 0);
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 1);
	assert_int_equal(redis_int(&f->redis, "EXISTS " SEEN), 0);
}

/* ---------------------------------------------------------------- people */

static uint64_t people_after(struct fixture *f, const struct run_place *p,
			     uint64_t number, const char *pid)
{
	struct run_person one = { .pid = str_of(pid), .digest = A };
	struct run_page page = { .number = number,
				 .read_ms = NOON,
				 .people = &one,
				 .count = pid ? 1 : 0 };
	const struct heard *h = store_page(f, p, &page);

	went_well(h);
	return h->people;
}

/* R7: the number of different people, whatever comes twice or from aside. */
static void test_a_run_counts_different_people(void **state)
{
	struct fixture *f = *state;
	struct run_place p;
	uint64_t number;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "before"));
	assert_int_equal(people_after(f, &p, 1, "ada"), 1);
	went_well(end_run(f, &p, "before"));

	number = begin_run(f, &p, "run")->number;
	assert_int_equal(people_after(f, &p, number, NULL), 0);
	look_up(f, NOON, "ada", A); /* not by a page */
	(void)webhook(f, NOON, "bob", "d1");
	assert_int_equal(people_after(f, &p, number, "ada"), 1);
	assert_int_equal(people_after(f, &p, number, "ada"), 1);
	look_up(f, NOON, "ada", B);
	(void)webhook(f, NOON, "ada", "d2");
	assert_int_equal(people_after(f, &p, number, "ada"), 1);
	assert_int_equal(people_after(f, &p, number, "bob"), 2);
	went_well(begin_run(f, &p, "run")); /* after a crash */
	assert_int_equal(people_after(f, &p, number, NULL), 2);
}

/* ---------------------------------------------------------------- absent */

/* Begins a run and gives its number. */
static uint64_t begin(struct fixture *f, const struct run_place *p)
{
	const struct heard *h = begin_run(f, p, "run");

	went_well(h);
	return h->number;
}

/* The absent of the run, which is ended. "": nobody. */
static const char *end(struct fixture *f, const struct run_place *p,
		       uint64_t number)
{
	static char names[256];
	const struct heard *h = absent_in(f, p, number, "0");

	went_well(h);
	assert_string_equal(h->cursor, "0"); /* so few are one portion */
	names[0] = '\0';
	for (size_t i = 0; i < h->count; i++) {
		size_t len = strlen(names);

		(void)snprintf(names + len, sizeof(names) - len, "%s%s",
			       i ? " " : "", h->texts[i]);
	}
	went_well(end_run(f, p, "run"));
	return names;
}

static const char *run_that_sees(struct fixture *f, const struct run_place *p,
				 const char *pid)
{
	uint64_t number = begin(f, p);

	see(f, p, number, NOON + (int64_t)number * HOUR, pid, A);
	return end(f, p, number);
}

static void test_absences_are_told_three_times_then_forgotten(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	assert_string_equal(run_that_sees(f, &p, "ada"), "");
	assert_string_equal(run_that_sees(f, &p, "bob"), "ada");
	/* Who is back is sent again, so that the consumer hears of it. */
	assert_string_equal(sent_of(f, "ada"), "");
	assert_string_equal(run_that_sees(f, &p, "bob"), "ada");
	assert_string_equal(run_that_sees(f, &p, "bob"), "ada");
	assert_string_equal(run_that_sees(f, &p, "bob"), "");
	assert_int_equal(redis_int(&f->redis, "HLEN " SEEN), 1);
	/* Back again: all of it is new. */
	assert_string_equal(sent_of(f, "ada"), "");
	assert_string_equal(run_that_sees(f, &p, "ada"), "bob");
}

/* "Two in a row": somebody who was there in between is missed for the first
 * time again. */
static void test_a_sighting_ends_a_row_of_absences(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	(void)run_that_sees(f, &p, "ada");
	for (int i = 0; i < 2 * RUN_ABSENT_MAX; i++)
		assert_string_equal(run_that_sees(f, &p, i % 2 ? "ada" : "bob"),
				    i % 2 ? "bob" : "ada");
}

/* The fetcher died before it had sent them: they come again, counted once. */
static void
test_what_is_asked_again_is_told_again_and_counted_once(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	(void)run_that_sees(f, &p, "ada");
	for (int run = 0; run < RUN_ABSENT_MAX; run++) {
		uint64_t number = begin(f, &p);

		for (int i = 0; i < 5; i++) {
			const struct heard *h = absent_in(f, &p, number, "0");

			went_well(h);
			assert_int_equal(h->count, 1);
			assert_string_equal(h->texts[0], "ada");
		}
		went_well(end_run(f, &p, "run"));
	}
	assert_string_equal(end(f, &p, begin(f, &p)), "");
}

/* R6 */
static void test_who_came_during_the_snapshot_is_not_missing(void **state)
{
	struct fixture *f = *state;
	struct run_place p;
	uint64_t number;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	(void)run_that_sees(f, &p, "ada");
	number = begin(f, &p);
	look_up(f, NOON, "hired", A);
	(void)webhook(f, NOON, "pushed", "d1");
	look_up(f, NOON, "ada", B);
	assert_string_equal(end(f, &p, number), "");
	assert_int_equal(redis_int(&f->redis, "HLEN " SEEN), 3);
}

static void test_who_is_gone_is_not_told_as_absent(void **state)
{
	struct fixture *f = *state;
	struct run_place p;
	uint64_t number;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	(void)run_that_sees(f, &p, "ada");
	(void)run_that_sees(f, &p, "ada");
	number = begin(f, &p);
	look_up(f, NOON + HOUR, "ada", NULL);
	assert_string_equal(sent_of(f, "ada"), "");
	assert_string_equal(end(f, &p, number), "");
	assert_string_equal(run_that_sees(f, &p, "bob"), "");
	assert_int_equal(redis_int(&f->redis, "HLEN " SEEN), 1);
	/* A page from before the deletion does not make it known. */
	look_up(f, NOON + 9 * HOUR, "cy", NULL);
	see(f, &p, 9, NOON + 9 * HOUR - MINUTE, "cy", A);
	assert_string_equal(sent_of(f, "cy"), "");
}

static void see_many(struct fixture *f, const struct run_place *p,
		     uint64_t number, int from, int to)
{
	static char names[RUN_BATCH_MAX][24];
	static struct run_person people[RUN_BATCH_MAX];
	struct run_page page = { .number = number,
				 .read_ms = NOON,
				 .people = people };

	while (from < to) {
		for (page.count = 0; from < to && page.count < RUN_BATCH_MAX;
		     page.count++, from++) {
			int len = snprintf(names[page.count], sizeof(names[0]),
					   "p%d", from);

			people[page.count] = (struct run_person){
				{ names[page.count], (size_t)len }, A
			};
		}
		went_well(store_page(f, p, &page));
	}
}

/* Portions: each is small, and together they miss nobody. */
static void test_absences_come_in_portions_that_miss_nobody(void **state)
{
	enum { ALL = 5000, STAYED = 1000 };
	static bool told[ALL];
	struct fixture *f = *state;
	const struct heard *h;
	struct run_place p;
	char cursor[32] = "0";
	int portions = 0;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	see_many(f, &p, 1, 0, ALL);
	see_many(f, &p, 2, 0, STAYED);
	memset(told, 0, sizeof(told));
	do {
		int n;

		h = absent_in(f, &p, 2, cursor);
		went_well(h);
		(void)snprintf(cursor, sizeof(cursor), "%s", h->cursor);
		for (size_t i = 0; i < h->count; i++) {
			assert_int_equal(sscanf(h->texts[i], "p%d", &n), 1);
			told[n] = true;
		}
		/* As the fetcher does: its events, and more people. */
		see_many(f, &p, 2, ALL + 100 * portions,
			 ALL + 100 * portions + 100);
		portions++;
		assert_in_range(h->count, 0, RUN_BATCH_MAX);
	} while (strcmp(cursor, "0") != 0);
	for (int i = 0; i < ALL; i++)
		assert_int_equal(told[i], i >= STAYED);
	assert_true(portions > 5);
}

/* --------------------------------------------------------------- cluster */

static unsigned free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(close(fd), 0);
	return ntohs(a.sin_port);
}

static bool cluster_is_up(struct fixture *f)
{
	redisReply *r = redis_do(&f->redis, "CLUSTER INFO");
	bool up = strstr(r->str, "cluster_state:ok") != NULL;

	freeReplyObject(r);
	return up;
}

/* There, keys of different slots in one call would be CROSSSLOT. */
static void test_the_keys_of_a_call_are_of_one_slot(void **state)
{
	const struct str change = STR("{}");
	struct run_page page = { .number = 1,
				 .read_ms = NOON,
				 .changes = &change,
				 .change_count = 1,
				 .lookups = &change,
				 .lookup_count = 1,
				 .progress = STR("{}") };
	struct fixture *f = *state;
	struct result r = { 0 };
	struct run_place p;
	struct err err;
	char extra[128];

	SKIP_WITHOUT(f);
	(void)snprintf(extra, sizeof(extra),
		       "bind 127.0.0.1\ncluster-enabled yes\ncluster-port %u",
		       free_port());
	redis_start(&f->redis, extra);
	redis_say(f, "CLUSTER ADDSLOTSRANGE 0 16383");
	WAIT(f->loop, cluster_is_up(f));
	fixture_open(f, &(struct queue_config){ .least = QUEUE_ALWAYS });
	fixture_wait_ready(f);

	p = place_of(f, "one");
	assert_int_equal(begin(f, &p), 1);
	went_well(store_page(f, &p, &page));
	see(f, &p, 1, NOON, "ada", A);
	look_up(f, NOON, "bob", A);
	(void)webhook(f, NOON, "cy", "d1");
	went_well(progress_of(f));
	assert_string_equal(sent_of(f, "ada"), A);
	assert_string_equal(end(f, &p, 1), "");
	went_well(keep_lease(f, &p));
	went_well(drop_lease(f, &p));
	assert_int_equal(
		run_forget(f->q, p.shard, p.connection, got_done, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_NONE);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_BARE(name)                                           \
	cmocka_unit_test_setup_teardown(name, fixture_setup_bare, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_digests_come_in_the_order_asked_for),
		TEST(test_any_byte_may_be_in_a_digest),
		TEST(test_a_webhook_is_not_undone_by_a_digest),
		TEST(test_a_page_under_way_does_not_hide_a_webhook),
		TEST(test_a_page_under_way_does_not_hide_a_lookup),
		TEST(test_two_records_of_one_person_leave_it_open),
		TEST(test_a_delivery_about_nobody_keeps_no_list),
		TEST(test_a_delivery_and_what_it_makes_unknown_are_one),
		TEST(test_a_lookup_is_stored_and_acknowledged_at_once),
		TEST(test_a_lookup_where_no_run_reads_keeps_no_list),
		TEST(test_a_run_counts_different_people),
		TEST(test_absences_are_told_three_times_then_forgotten),
		TEST(test_a_sighting_ends_a_row_of_absences),
		TEST(test_what_is_asked_again_is_told_again_and_counted_once),
		TEST(test_who_came_during_the_snapshot_is_not_missing),
		TEST(test_who_is_gone_is_not_told_as_absent),
		TEST(test_absences_come_in_portions_that_miss_nobody),
		TEST_BARE(test_the_keys_of_a_call_are_of_one_slot),
	};

	return cmocka_run_group_tests_name("queue seen", tests, NULL, NULL);
}

/* Leases and runs: one at a time, gone on with after a crash, whole pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_runs.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct run_person two[] = {
	{ TEXT("ada"), "aaaaaaaaaaaaaaa1" },
	{ TEXT("bob"), "bbbbbbbbbbbbbbb1" },
};
static const struct str changes[] = { TEXT("{\"of\":\"ada\"}"),
				      TEXT("{\"of\":\"bob\"}") };
static const struct str lookups[] = { TEXT("{\"of\":\"cy\"}") };

static struct run_page whole_page(uint64_t number)
{
	return (struct run_page){ .number = number,
				  .read_ms = NOON,
				  .people = two,
				  .count = ARRAY_LEN(two),
				  .changes = changes,
				  .change_count = ARRAY_LEN(changes),
				  .lookups = lookups,
				  .lookup_count = ARRAY_LEN(lookups),
				  .progress = STR("{\"page\":2}") };
}

static void redis_say(struct fixture *f, const char *line)
{
	freeReplyObject(redis_do(&f->redis, line));
}

/* ----------------------------------------------------------------- lease */

static void test_a_lease_has_one_owner(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	assert_int_equal(take_lease(f, "other")->fence, 0);
	assert_in_range(take_lease(f, "other")->retry_ms, 1, 60000);
	went_well(keep_lease(f, &p));
	assert_in_range(redis_int(&f->redis, "PTTL " LEASE), 60001, 90000);
	went_well(drop_lease(f, &p));
	assert_true(take_lease(f, "other")->fence > p.fence);
}

/* Restarted under its name, or not sure whether it got it. */
static void test_its_owner_gets_it_again_with_a_new_fence(void **state)
{
	struct fixture *f = *state;
	struct run_place before, now;

	SKIP_WITHOUT(f);
	before = place_of(f, "one");
	now = place_of(f, "one");
	assert_true(now.fence > before.fence);
	assert_int_equal(keep_lease(f, &before)->err.kind, ERR_CONFLICT);
	went_well(keep_lease(f, &now));
	assert_int_equal(take_lease(f, "on")->fence, 0);
}

static void test_fences_grow_though_redis_forgets(void **state)
{
	struct fixture *f = *state;
	struct run_place before;

	SKIP_WITHOUT(f);
	before = place_of(f, "one");
	redis_say(f, "FLUSHALL");
	assert_true(take_lease(f, "other")->fence > before.fence);
	assert_int_equal(keep_lease(f, &before)->err.kind, ERR_CONFLICT);
}

typedef const struct heard *write_fn(struct fixture *f,
				     const struct run_place *p);

static const struct heard *write_begin(struct fixture *f,
				       const struct run_place *p)
{
	return begin_run(f, p, "another");
}

static const struct heard *write_page(struct fixture *f,
				      const struct run_place *p)
{
	const struct run_page page = whole_page(1);

	return store_page(f, p, &page);
}

static const struct heard *write_absent(struct fixture *f,
					const struct run_place *p)
{
	return absent_in(f, p, 2, "0");
}

static const struct heard *write_end(struct fixture *f,
				     const struct run_place *p)
{
	return end_run(f, p, "run");
}

static write_fn *const writes[] = { keep_lease, drop_lease,   write_begin,
				    write_page, write_absent, write_end };

static void test_who_lost_the_lease_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct run_place stalled, now;

	SKIP_WITHOUT(f);
	stalled = place_of(f, "one");
	went_well(begin_run(f, &stalled, "run"));
	see(f, &stalled, 1, NOON, "zoe", "zzzzzzzzzzzzzzz1");
	redis_say(f, "DEL " LEASE); /* its time is over */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_LEN(writes); i++)
			assert_int_equal(writes[i](f, &stalled)->err.kind,
					 ERR_CONFLICT);
		assert_int_equal(redis_int(&f->redis, "EXISTS " CHANGES), 0);
		assert_int_equal(redis_int(&f->redis, "HLEN " SEEN), 1);
		assert_string_equal(progress_of(f)->run, "run");
		assert_string_equal(progress_of(f)->progress, "");
		now = place_of(f, "two"); /* and somebody took it */
	}
	went_well(keep_lease(f, &now));
	went_well(write_page(f, &now));
}

/* ------------------------------------------------------------------- run */

static void test_a_run_is_gone_on_with_after_a_crash(void **state)
{
	struct fixture *f = *state;
	const struct run_page page = whole_page(1);
	const struct heard *h;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	h = begin_run(f, &p, "first");
	went_well(h);
	assert_string_equal(h->run, "first");
	assert_string_equal(h->progress, "");
	assert_int_equal(h->number, 1);
	went_well(store_page(f, &p, &page));

	redis_kill(&f->redis, SIGKILL); /* and the fetcher with it */
	fixture_wait_trouble(f, "edis at unix:");
	redis_restart(&f->redis, "");
	fixture_wait_ready(f);

	p = place_of(f, "one");
	h = begin_run(f, &p, "second");
	assert_string_equal(h->run, "first");
	assert_string_equal(h->progress, "{\"page\":2}");
	assert_int_equal(h->number, 1);
	assert_string_equal(sent_of(f, "bob"), "bbbbbbbbbbbbbbb1");
}

static void test_numbers_of_runs_grow(void **state)
{
	struct fixture *f = *state;
	const struct heard *h;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "first"));
	went_well(end_run(f, &p, "another")); /* leaves it alone */
	assert_string_equal(progress_of(f)->run, "first");
	went_well(end_run(f, &p, "first"));
	went_well(end_run(f, &p, "first"));
	h = begin_run(f, &p, "second");
	assert_string_equal(h->run, "second");
	assert_int_equal(h->number, 2);
}

static void test_progress_is_seen_without_a_lease(void **state)
{
	struct fixture *f = *state;
	struct run_page page = whole_page(1);
	const struct heard *h;
	struct run_place p;

	SKIP_WITHOUT(f);
	assert_string_equal(progress_of(f)->run, "");
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	went_well(store_page(f, &p, &page));
	page.progress = (struct str){ 0 }; /* not at the end of a page */
	went_well(store_page(f, &p, &page));
	h = progress_of(f);
	assert_string_equal(h->run, "run");
	assert_string_equal(h->progress, "{\"page\":2}");
	assert_int_equal(h->number, 1);
	went_well(end_run(f, &p, "run"));
	assert_string_equal(progress_of(f)->run, "");
	assert_string_equal(progress_of(f)->progress, "");
}

/* ------------------------------------------------------------------ page */

static void nothing_was_stored(struct fixture *f)
{
	assert_string_equal(progress_of(f)->progress, "");
	assert_int_equal(
		redis_int(&f->redis, "EXISTS " CHANGES " " LOOKUPS " " SEEN),
		0);
}

static void all_was_stored(struct fixture *f)
{
	assert_int_equal(redis_int(&f->redis, "XLEN " CHANGES), 2);
	assert_int_equal(redis_int(&f->redis, "XLEN " LOOKUPS), 1);
	assert_int_equal(redis_int(&f->redis, "HLEN " SEEN), 2);
	assert_string_equal(progress_of(f)->progress, "{\"page\":2}");
}

static void test_a_page_is_stored_whole(void **state)
{
	struct fixture *f = *state;
	struct run_place p;
	redisReply *r;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	went_well(write_page(f, &p));
	all_was_stored(f);
	r = redis_do(&f->redis, "XRANGE " CHANGES " - +");
	for (size_t i = 0; i < 2; i++) {
		redisReply *fields = r->element[i]->element[1];

		assert_string_equal(fields->element[0]->str, "event");
		assert_string_equal(fields->element[1]->str, changes[i].ptr);
	}
	freeReplyObject(r);
}

static void test_an_empty_page_can_say_how_far_it_is(void **state)
{
	const struct run_page page = { .number = 1,
				       .progress = STR("{\"page\":9}") };
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	went_well(store_page(f, &p, &page));
	assert_string_equal(progress_of(f)->progress, "{\"page\":9}");
	assert_int_equal(redis_int(&f->redis, "EXISTS " SEEN), 0);
}

static void test_a_page_is_all_or_none_whatever_key_is_not_ours(void **state)
{
	static const char *const keys[] = { SEEN, CHANGES, LOOKUPS };
	struct fixture *f = *state;
	struct run_place p;
	char line[64];

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		(void)snprintf(line, sizeof(line), "SET %s x", keys[i]);
		redis_say(f, line);
		assert_int_equal(write_page(f, &p)->err.kind, ERR_CONFIG);
		(void)snprintf(line, sizeof(line), "DEL %s", keys[i]);
		redis_say(f, line);
		nothing_was_stored(f);
	}
	redis_say(f, "RENAME " RUN " {hrisd:3}:aside");
	redis_say(f, "SET " RUN " x");
	assert_int_equal(write_page(f, &p)->err.kind, ERR_CONFIG);
	redis_say(f, "RENAME {hrisd:3}:aside " RUN);
	nothing_was_stored(f);
	went_well(write_page(f, &p));
	all_was_stored(f);
}

static void test_a_full_redis_takes_no_page_and_leaves_the_lease(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	redis_say(f, "CONFIG SET maxmemory 1");
	assert_int_equal(write_page(f, &p)->err.kind, ERR_TEMP);
	nothing_was_stored(f);
	went_well(keep_lease(f, &p));
	redis_say(f, "CONFIG SET maxmemory 0");
	went_well(write_page(f, &p));
	all_was_stored(f);
	redis_say(f, "CONFIG SET maxmemory 1");
	went_well(end_run(f, &p, "run"));
	went_well(drop_lease(f, &p));
}

static void test_a_replica_takes_no_page(void **state)
{
	struct fixture *f = *state;
	struct run_place p;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	redis_say(f, "REPLICAOF 127.0.0.1 1");
	assert_int_equal(write_page(f, &p)->err.kind, ERR_TEMP);
	redis_say(f, "REPLICAOF NO ONE");
	fixture_wait_ready(f);
	nothing_was_stored(f);
	went_well(write_page(f, &p));
	all_was_stored(f);
}

static void test_limits_are_refused_at_once(void **state)
{
	static struct run_person people[RUN_BATCH_MAX + 1];
	static struct str list[RUN_BATCH_MAX + 1];
	const struct run_page pages[] = {
		{ .people = people, .count = RUN_BATCH_MAX + 1 },
		{ .changes = list, .change_count = RUN_BATCH_MAX + 1 },
		{ .lookups = list, .lookup_count = RUN_BATCH_MAX + 1 },
	};
	static char name[RUN_CONNECTION_MAX + 1];
	struct fixture *f = *state;
	struct run_place p;
	struct err err;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		assert_int_equal(
			run_page(f->q, &p, &pages[i], NULL, NULL, &err), -1);
		assert_int_equal(err.kind, ERR_LIMIT);
	}
	assert_int_equal(
		run_digests(f->q, &p, list, ARRAY_LEN(list), NULL, NULL, &err),
		-1);
	assert_int_equal(err.kind, ERR_LIMIT);
	p.connection = (struct str){ name, sizeof(name) };
	assert_int_equal(run_lease_drop(f->q, &p, NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	p.connection = (struct str){ 0 };
	assert_int_equal(run_lease_drop(f->q, &p, NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
}

static void test_a_deleted_connection_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct result r = { 0 };
	struct run_place p;
	struct err err;

	SKIP_WITHOUT(f);
	p = place_of(f, "one");
	went_well(begin_run(f, &p, "run"));
	see(f, &p, 1, NOON, "ada", "aaaaaaaaaaaaaaa1");
	assert_int_equal(
		run_forget(f->q, p.shard, p.connection, got_done, &r, &err), 0);
	WAIT(f->loop, r.calls);
	assert_int_equal(r.err.kind, ERR_NONE);
	assert_int_equal(redis_int(&f->redis, "DBSIZE"), 1); /* the fence */
	assert_int_equal(write_page(f, &p)->err.kind, ERR_CONFLICT);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_lease_has_one_owner),
		TEST(test_its_owner_gets_it_again_with_a_new_fence),
		TEST(test_fences_grow_though_redis_forgets),
		TEST(test_who_lost_the_lease_writes_nothing),
		TEST(test_a_run_is_gone_on_with_after_a_crash),
		TEST(test_numbers_of_runs_grow),
		TEST(test_progress_is_seen_without_a_lease),
		TEST(test_a_page_is_stored_whole),
		TEST(test_an_empty_page_can_say_how_far_it_is),
		TEST(test_a_page_is_all_or_none_whatever_key_is_not_ours),
		TEST(test_a_full_redis_takes_no_page_and_leaves_the_lease),
		TEST(test_a_replica_takes_no_page),
		TEST(test_limits_are_refused_at_once),
		TEST(test_a_deleted_connection_leaves_nothing),
	};

	return cmocka_run_group_tests_name("queue run", tests, NULL, NULL);
}

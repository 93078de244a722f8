/* Commands as bytes, what error replies mean, how durable Redis says it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "durability.h"
#include "reply.h"
#include "resp.h"
#include "waiters.h"

#include "base/assert.h"

#include <string.h>

static void test_commands_are_counted_bytes(void **state)
{
	static const char want[] = "*5\r\n$3\r\nSET\r\n$5\r\na\r\n\0b\r\n"
				   "$0\r\n\r\n$20\r\n-9223372036854775808"
				   "\r\n$1\r\n0\r\n";
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	resp_begin(&b, 5);
	resp_z(&b, "SET");
	resp_str(&b, (struct str){ "a\r\n\0b", 5 });
	resp_str(&b, (struct str){ 0 });
	resp_int(&b, INT64_MIN);
	resp_int(&b, 0);
	assert_int_equal(b.len, sizeof(want) - 1);
	assert_memory_equal(b.data, want, b.len);
	buf_release(&b);
}

static const struct meaning {
	const char *reply;
	enum err_kind kind;
	enum reply_effect effect;
	const char *says;
} meanings[] = {
	{ "LOADING Redis is loading the dataset in memory", ERR_TEMP,
	  REPLY_RECHECK, "loading" },
	{ "READONLY You can't write against a read only replica.", ERR_TEMP,
	  REPLY_RECHECK, "replica" },
	{ "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is "
	  "set to 'no'.",
	  ERR_TEMP, REPLY_RECHECK, "primary" },
	{ "MISCONF Redis is configured to save RDB snapshots", ERR_TEMP,
	  REPLY_ONLY_THIS, "disk" },
	{ "OOM command not allowed when used memory > 'maxmemory'.", ERR_TEMP,
	  REPLY_ONLY_THIS, "full" },
	{ "BUSY Redis is busy running a script.", ERR_TEMP, REPLY_ONLY_THIS,
	  "script" },
	{ "NOREPLICAS Not enough good replicas to write.", ERR_TEMP,
	  REPLY_ONLY_THIS, "min-replicas" },
	{ "NOGROUP No such key 'x' or consumer group 'y'", ERR_TEMP,
	  REPLY_ONLY_THIS, "group" },
	{ "NOSCRIPT No matching script.", ERR_TEMP, REPLY_RECHECK, "again" },
	{ "ERR Function not found", ERR_TEMP, REPLY_RECHECK, "again" },
	{ "NOAUTH Authentication required.", ERR_CONFIG, REPLY_RECHECK,
	  "password" },
	{ "WRONGPASS invalid username-password pair or user is disabled.",
	  ERR_CONFIG, REPLY_RECHECK, "password" },
	{ "NOPERM this user has no permissions to run the 'fcall' command",
	  ERR_CONFIG, REPLY_ONLY_THIS, "'fcall'" },
	{ "WRONGTYPE Operation against a key holding the wrong kind of value",
	  ERR_CONFIG, REPLY_ONLY_THIS, "another program" },
	{ "ERR unknown command 'FCALL', with args beginning with: 'jane' ",
	  ERR_CONFIG, REPLY_ONLY_THIS, "7.0" },
	{ "MOVED 3999 127.0.0.1:6381", ERR_CONFIG, REPLY_ONLY_THIS, "node" },
	{ "ERR max number of clients reached", ERR_TEMP, REPLY_RECHECK,
	  "maxclients" },
	{ "ERR syntax error", ERR_BUG, REPLY_ONLY_THIS, "ERR syntax error" },
	{ "ERR wrong thing 'jane' x", ERR_BUG, REPLY_ONLY_THIS,
	  "ERR wrong thing" },
	{ "", ERR_BUG, REPLY_ONLY_THIS, "refused" },
};

static void test_error_replies_say_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		const struct meaning *m = &meanings[i];
		struct err err = { 0 };

		assert_int_equal(reply_error(str_of(m->reply), &err),
				 m->effect);
		if (err.kind != m->kind || !strstr(err.text, m->says))
			fail_msg("%s: %s", m->reply, err.text);
		/* An argument that Redis quotes may be somebody's name. */
		assert_null(strstr(err.text, "jane"));
	}
}

static void test_a_missing_group_is_told_apart(void **state)
{
	(void)state;
	assert_true(reply_is_no_group(STR("NOGROUP No such key")));
	assert_true(reply_is_no_group(STR("UNBLOCKED the stream key no longer "
					  "exists")));
	assert_false(reply_is_no_group(STR("ERR NOGROUP")));
}

static void test_durability_has_names(void **state)
{
	enum queue_durability d;

	(void)state;
	for (unsigned i = 0; i < QUEUE_DURABILITY_COUNT; i++) {
		const char *name =
			queue_durability_name((enum queue_durability)i);

		assert_true(queue_durability_find(str_of(name), &d));
		assert_int_equal(d, i);
	}
	assert_false(queue_durability_find(STR("Always"), &d));
	assert_false(queue_durability_find(STR(""), &d));
}

static void test_durability_is_what_redis_is_set_to(void **state)
{
	static const struct {
		const char *appendonly, *appendfsync;
		enum queue_durability want;
	} rows[] = {
		{ "no", "always", QUEUE_MEMORY },
		{ "", "", QUEUE_MEMORY },
		{ "yes", "always", QUEUE_ALWAYS },
		{ "yes", "everysec", QUEUE_EVERYSEC },
		{ "yes", "no", QUEUE_MEMORY },
		{ "yes", "", QUEUE_MEMORY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(durability_of(str_of(rows[i].appendonly),
					       str_of(rows[i].appendfsync)),
				 rows[i].want);
	assert_int_equal(durability_of_info(STR("# Persistence\r\nloading:0\r\n"
						"aof_enabled:1\r\nx:1\r\n")),
			 QUEUE_EVERYSEC);
	assert_int_equal(durability_of_info(STR("aof_enabled:0\r\n")),
			 QUEUE_MEMORY);
	assert_int_equal(durability_of_info(STR("not_aof_enabled:1")),
			 QUEUE_MEMORY);
}

static void test_too_little_durability_names_both_remedies(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
		durability_check(QUEUE_ALWAYS, QUEUE_ALWAYS, false, &err), 0);
	assert_int_equal(
		durability_check(QUEUE_MEMORY, QUEUE_ALWAYS, false, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "'appendfsync always'"));
	assert_non_null(strstr(err.text, "redis-durability to memory"));
	assert_int_equal(
		durability_check(QUEUE_EVERYSEC, QUEUE_ALWAYS, true, &err), -1);
	assert_non_null(strstr(err.text, "+config|get"));
}

static void test_waiters_come_out_as_they_went_in(void **state)
{
	struct waiters ws = { 0 };
	static char args[1000];

	(void)state;
	assert_null(waiters_first(&ws));
	for (size_t in = 0, out = 0; out < ARRAY_LEN(args); out++) {
		/* In and out by turns, so that the ring also wraps. */
		for (size_t k = 0; k < 3 && in < ARRAY_LEN(args); k++) {
			const struct waiter w = { .arg = &args[in++],
						  .bytes = 2 };

			waiters_push(&ws, &w);
		}
		assert_int_equal(ws.bytes, (in - out) * 2);
		assert_ptr_equal(waiters_first(&ws)->arg, &args[out]);
		assert_ptr_equal(waiters_pop(&ws).arg, &args[out]);
	}
	assert_null(waiters_first(&ws));
	assert_int_equal(ws.bytes, 0);
	waiters_release(&ws);
}

static void test_what_waits_behind_is_due_no_earlier(void **state)
{
	const int64_t due[] = { 100, 5000, 200, 6000 };
	const int64_t want[] = { 100, 5000, 5000, 6000 };
	struct waiters ws = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(due); i++)
		waiters_push(&ws, &(struct waiter){ .due_ms = due[i] });
	for (size_t i = 0; i < ARRAY_LEN(due); i++)
		assert_int_equal(waiters_pop(&ws).due_ms, want[i]);
	waiters_release(&ws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_are_counted_bytes),
		cmocka_unit_test(test_error_replies_say_what_to_do),
		cmocka_unit_test(test_a_missing_group_is_told_apart),
		cmocka_unit_test(test_durability_has_names),
		cmocka_unit_test(test_durability_is_what_redis_is_set_to),
		cmocka_unit_test(
			test_too_little_durability_names_both_remedies),
		cmocka_unit_test(test_waiters_come_out_as_they_went_in),
		cmocka_unit_test(test_what_waits_behind_is_due_no_earlier),
	};

	return cmocka_run_group_tests_name("queue protocol", tests, NULL, NULL);
}

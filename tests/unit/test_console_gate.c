#include "check.h"

#include "gate.h"
#include "throttle.h"

static void test_console_host_must_name_this_machine(void **state)
{
	static const struct {
		const char *host;
		bool allowed;
	} rows[] = {
		{ "localhost", true },
		{ "LOCALHOST:8081", true },
		{ "127.0.0.1", true },
		{ "127.0.0.1:8081", true },
		{ "127.9.8.7:1", true },
		{ "[::1]", true },
		{ "[::1]:8081", true },
		{ "", false },
		{ ":8081", false },
		{ "localhost.example.com", false },
		{ "127.0.0.1.example.com", false },
		{ "127.0.0.1:8081.example.com", false },
		{ "127.1", false },
		{ "0.0.0.0:8081", false },
		{ "192.0.2.1:8081", false },
		{ "[::ffff:127.0.0.1]", false },
		{ "::1", false },
		{ "localhost@example.com", false },
		{ "rebind.example.com:8081", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (host_is_loopback(str_of(rows[i].host)) != rows[i].allowed)
			fail_msg("'%s'", rows[i].host);
}

static void test_console_knows_when_it_listens_on_loopback(void **state)
{
	(void)state;
	assert_true(listens_on_loopback("127.0.0.1:8081"));
	assert_true(listens_on_loopback("[::1]:0"));
	assert_true(listens_on_loopback("localhost:8081"));
	assert_false(listens_on_loopback("0.0.0.0:8081"));
	assert_false(listens_on_loopback("[::]:8081"));
	assert_false(listens_on_loopback("192.0.2.1:8081"));
	assert_false(listens_on_loopback("unix:/run/hrisd/console.sock"));
}

static void test_console_reads_a_bearer_token(void **state)
{
	static const struct {
		const char *header, *token; /* NULL: none */
	} rows[] = {
		{ "Bearer abc", "abc" },
		{ "bearer abc", "abc" },
		{ "Bearer   abc ", "abc" },
		{ "Bearer a b", "a b" }, /* refused as a token later */
		{ "Bearer", NULL },
		{ "Bearer ", NULL },
		{ "Basic YTpi", NULL },
		{ "abc", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str token;

		if (bearer_token(str_of(rows[i].header), &token) !=
		    (rows[i].token != NULL))
			fail_msg("'%s'", rows[i].header);
		if (rows[i].token)
			assert_str(token, rows[i].token);
	}
}

static bool too_many(struct throttle *t, struct str peer, int64_t now_ms)
{
	return throttle_failed(t, peer, now_ms) > THROTTLE_FAILURES;
}

static void test_console_peer_may_fail_so_often_in_a_window(void **state)
{
	struct throttle t = { 0 };
	int64_t now = 1000;

	(void)state;
	for (int i = 0; i < THROTTLE_FAILURES; i++)
		assert_false(too_many(&t, STR("192.0.2.1:1"), now));
	assert_true(too_many(&t, STR("192.0.2.1:2"), now));
	assert_false(too_many(&t, STR("192.0.2.2:1"), now));
	assert_true(
		too_many(&t, STR("192.0.2.1:3"), now + THROTTLE_WINDOW_MS - 1));
	assert_false(
		too_many(&t, STR("192.0.2.1:3"), now + THROTTLE_WINDOW_MS));
}

static void test_console_peer_of_any_form_is_counted(void **state)
{
	static const char *const peers[] = { "unix", "[2001:db8::1]:4711", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		struct throttle t = { 0 };

		for (int n = 0; n < THROTTLE_FAILURES; n++)
			assert_false(too_many(&t, str_of(peers[i]), 5));
		assert_true(too_many(&t, str_of(peers[i]), 5));
	}
}

/* More peers than slots: the oldest are forgotten, nothing grows. */
static void test_console_throttle_gives_up_the_oldest(void **state)
{
	static struct throttle t;
	char peer[32];

	(void)state;
	for (int n = 0; n <= THROTTLE_FAILURES; n++)
		(void)too_many(&t, STR("192.0.2.1:1"), 1);
	for (int i = 0; i < THROTTLE_PEERS - 1; i++) {
		(void)snprintf(peer, sizeof(peer), "198.51.100.%d.%d:1",
			       i / 100, i % 100);
		assert_false(too_many(&t, str_of(peer), 2));
	}
	assert_true(too_many(&t, STR("192.0.2.1:1"), 3));
	assert_false(too_many(&t, STR("203.0.113.1:1"), 3));
	assert_false(too_many(&t, STR("192.0.2.1:1"), 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console_host_must_name_this_machine),
		cmocka_unit_test(
			test_console_knows_when_it_listens_on_loopback),
		cmocka_unit_test(test_console_reads_a_bearer_token),
		cmocka_unit_test(
			test_console_peer_may_fail_so_often_in_a_window),
		cmocka_unit_test(test_console_peer_of_any_form_is_counted),
		cmocka_unit_test(test_console_throttle_gives_up_the_oldest),
	};

	return cmocka_run_group_tests_name("console gate", tests, NULL, NULL);
}

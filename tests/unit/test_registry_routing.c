/* A route as JSON: what is written is read back, and nothing else is taken. */
#include "check.h"

#include "registry/routing.h"

static const struct route whole = {
	.connection = { "abcdefghijklmnopqrstuvwxyz", 26 },
	.organization = { "org", 3 },
	.provider = { "standard", 8 },
	.status = CONNECTION_ENABLED,
	.shard = 3,
	.generation = 9007199254740993,
	.settings = { "{\"subdomain\":\"acme\"}", 20 },
	.mapping = { "{\"location\":null}", 17 },
	.sealed = { "{\"webhook_secret\":\"c2VhbGVk\"}", 29 },
	.sealed_previous = { "{\"webhook_secret\":\"b2xk\"}", 25 },
	.previous_until_ms = 1700000000123,
};

static void round_trip(const struct route *r, struct arena *a,
		       struct route *out)
{
	struct buf text;
	struct err err;

	buf_init(&text, ROUTE_TEXT_MAX);
	route_encode(r, &text);
	if (route_decode(out, a, buf_str(&text), &err) < 0)
		fail_msg("%s: %s", buf_z(&text), err.text);
	buf_release(&text);
}

static void assert_same(struct str a, struct str b)
{
	assert_true(str_eq(a, b));
}

static void test_a_route_is_read_back_as_it_was(void **state)
{
	struct arena a;
	struct route r;

	(void)state;
	arena_init(&a, 1 << 20);
	round_trip(&whole, &a, &r);
	assert_same(r.connection, whole.connection);
	assert_same(r.organization, whole.organization);
	assert_same(r.provider, whole.provider);
	assert_int_equal(r.status, whole.status);
	assert_int_equal(r.shard, whole.shard);
	assert_int_equal(r.generation, whole.generation);
	assert_same(r.settings, whole.settings);
	assert_same(r.mapping, whole.mapping);
	assert_same(r.sealed, whole.sealed);
	assert_same(r.sealed_previous, whole.sealed_previous);
	assert_int_equal(r.previous_until_ms, whole.previous_until_ms);
	arena_release(&a);
}

static void test_a_route_may_have_no_secrets(void **state)
{
	struct route bare = whole, r;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (unsigned s = 0; s < CONNECTION_STATUS_COUNT; s++) {
		bare.status = (enum connection_status)s;
		bare.sealed = bare.sealed_previous = (struct str){ 0 };
		round_trip(&bare, &a, &r);
		assert_int_equal(r.status, s);
		assert_int_equal(r.sealed.len, 0);
		assert_int_equal(r.sealed_previous.len, 0);
		assert_int_equal(r.previous_until_ms, 0);
	}
	arena_release(&a);
}

#define GOOD                                                              \
	"\"connection\":\"c\",\"organization\":\"o\",\"provider\":\"p\"," \
	"\"status\":\"draft\",\"shard\":0"

static const char *const bads[] = {
	"",
	"[]",
	"{}",
	"{" GOOD "}",
	"{" GOOD ",\"generation\":-1}",
	"{" GOOD ",\"generation\":1.5}",
	"{" GOOD ",\"generation\":\"1\"}",
	"{" GOOD ",\"generation\":1,\"sealed\":[]}",
	"{" GOOD ",\"generation\":1,\"sealed_previous\":{\"a\":\"b\"}}",
	"{" GOOD ",\"generation\":1,\"generation\":2}",
	"{\"connection\":\"abcdefghijklmnopqrstuvwxyz2\","
	"\"organization\":\"o\",\"provider\":\"p\",\"status\":\"draft\","
	"\"shard\":0,\"generation\":1}",
	"{\"connection\":\"c\",\"organization\":\"o\",\"provider\":\"p\","
	"\"status\":\"other\",\"shard\":0,\"generation\":1}",
	"{\"connection\":\"c\",\"organization\":\"o\",\"provider\":\"p\","
	"\"status\":\"draft\",\"shard\":9999999999,\"generation\":1}",
	"{\"connection\":\"\",\"organization\":\"o\",\"provider\":\"p\","
	"\"status\":\"draft\",\"shard\":0,\"generation\":1}",
};

static void test_what_is_no_route_is_refused(void **state)
{
	struct route r;
	struct arena a;
	struct err err;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_int_equal(
		route_decode(&r, &a, STR("{" GOOD ",\"generation\":1}"), &err),
		0);
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		if (route_decode(&r, &a, str_of(bads[i]), &err) == 0)
			fail_msg("taken: %s", bads[i]);
		assert_int_equal(err.kind, ERR_INVALID);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_route_is_read_back_as_it_was),
		cmocka_unit_test(test_a_route_may_have_no_secrets),
		cmocka_unit_test(test_what_is_no_route_is_refused),
	};

	return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "url.h"

#include "base/assert.h"

#include <string.h>

static const struct good {
	const char *text;
	struct queue_url want;
} goods[] = {
	{ "unix:/run/redis.sock",
	  { .path = "/run/redis.sock", .label = "unix:/run/redis.sock" } },
	{ "unix:/r%20s?db=3&user=u&password=a%26b%3d",
	  { .path = "/r s",
	    .user = "u",
	    .password = "a&b=",
	    .db = 3,
	    .label = "unix:/r s" } },
	{ "redis://example.com",
	  { .host = "example.com",
	    .port = 6379,
	    .label = "example.com:6379" } },
	{ "redis://",
	  { .host = "localhost", .port = 6379, .label = "localhost:6379" } },
	{ "redis://10.0.0.1:7000/15",
	  { .host = "10.0.0.1",
	    .port = 7000,
	    .db = 15,
	    .label = "10.0.0.1:7000" } },
	{ "redis://:pw@h/",
	  { .host = "h", .port = 6379, .password = "pw", .label = "h:6379" } },
	{ "redis://us%3Aer:p@ss%2fw@h:1",
	  { .host = "h",
	    .port = 1,
	    .user = "us:er",
	    .password = "p@ss/w",
	    .label = "h:1" } },
	{ "redis://[::1]:6380/1",
	  { .host = "::1", .port = 6380, .db = 1, .label = "::1:6380" } },
	{ "redis://[fe80::2]",
	  { .host = "fe80::2", .port = 6379, .label = "fe80::2:6379" } },
};

static void test_urls_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goods); i++) {
		const struct queue_url *w = &goods[i].want;
		struct queue_url u;
		struct err err = { 0 };

		if (queue_url_parse(&u, goods[i].text, &err) < 0)
			fail_msg("%s: %s", goods[i].text, err.text);
		assert_string_equal(u.path, w->path);
		assert_string_equal(u.host, w->host);
		assert_int_equal(u.port, w->port);
		assert_string_equal(u.user, w->user);
		assert_string_equal(u.password, w->password);
		assert_int_equal(u.db, w->db);
		assert_string_equal(u.label, w->label);
	}
}

static const struct bad {
	const char *text;
	const char *says;
} bads[] = {
	{ "", "must start with" },
	{ "redis:/x", "must start with" },
	{ "http://h", "must start with" },
	{ "rediss://h", "TLS" },
	{ "unix:", "whole path" },
	{ "unix:run/redis.sock", "whole path" },
	{ "unix:/r?port=3", "only user=" },
	{ "unix:/r?db=x", "must be a number" },
	{ "unix:/r?user=u", "needs a password" },
	{ "redis://u@h", "user:password" },
	{ "redis://u:@h", "needs a password" },
	{ "redis://h:0", "1 to 65535" },
	{ "redis://h:65536", "1 to 65535" },
	{ "redis://h:12x", "1 to 65535" },
	{ "redis://h/-1", "must be a number" },
	{ "redis://h/9999999999", "must be a number" },
	{ "redis://[::1", "IPv6" },
	{ "redis://[::1]x", "IPv6" },
	{ "redis://:sec%ret@h", "%25" },
	{ "redis://:sec%2@h", "%25" },
	{ "redis://:sec%00ret@h", "NUL" },
};

static void test_what_is_wrong_with_a_url_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		struct queue_url u;
		struct err err = { 0 };

		if (queue_url_parse(&u, bads[i].text, &err) == 0)
			fail_msg("%s is taken", bads[i].text);
		assert_int_equal(err.kind, ERR_CONFIG);
		if (!strstr(err.text, bads[i].says))
			fail_msg("%s: %s", bads[i].text, err.text);
		assert_null(strstr(err.text, "sec%"));
	}
}

static void test_too_long_parts_are_refused(void **state)
{
	static const struct {
		const char *before;
		size_t fits;
	} rows[] = {
		{ "unix:/", QUEUE_PATH_MAX - 1 },
		{ "redis://", QUEUE_HOST_MAX },
		{ "redis://:", QUEUE_PASSWORD_MAX },
	};
	char text[600];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t start = strlen(rows[i].before);

		for (size_t more = 0; more < 2; more++) {
			size_t n = start + rows[i].fits + more;
			struct queue_url u;
			struct err err;

			memset(text, 'a', sizeof(text));
			memcpy(text, rows[i].before, start);
			memcpy(text + n, i == 2 ? "@h" : "", i == 2 ? 3 : 1);
			assert_int_equal(queue_url_parse(&u, text, &err),
					 more ? -1 : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_are_understood),
		cmocka_unit_test(test_what_is_wrong_with_a_url_is_said),
		cmocka_unit_test(test_too_long_parts_are_refused),
	};

	return cmocka_run_group_tests_name("queue url", tests, NULL, NULL);
}

/* The guard, range by range: first, last, and the neighbours outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "http/guard.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

union any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

static union any address(const char *text)
{
	union any a = { 0 };

	if (strchr(text, ':')) {
		a.v6.sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &a.v6.sin6_addr), 1);
	} else {
		a.v4.sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &a.v4.sin_addr), 1);
	}
	return a;
}

static void expect(const char *text, bool is_public)
{
	union any a = address(text);

	if (http_guard_is_public(&a.sa) != is_public)
		fail_msg("%s should be %s", text,
			 is_public ? "public" : "refused");
}

/* before and after: the neighbours when they are public, else NULL. */
static const struct row {
	const char *before, *first, *last, *after;
} rows[] = {
	{ NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0" },
	{ "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0" },
	{ "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0" },
	{ "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0" },
	{ "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0" },
	{ "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0" },
	{ "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0" },
	{ "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0" },
	{ "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0" },
	{ "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0" },
	{ "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0" },
	{ "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0" },
	{ "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0" },
	{ "223.255.255.255", "224.0.0.0", "239.255.255.255", NULL },
	{ NULL, "240.0.0.0", "255.255.255.255", NULL },

	{ NULL, "::", "::1", NULL },
	{ "::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255",
	  "::ffff:11.0.0.0" },
	{ NULL, "::ffff:127.0.0.0", "::ffff:127.255.255.255",
	  "::ffff:128.0.0.0" },
	{ NULL, "::ffff:169.254.0.0", "::ffff:169.254.169.254", NULL },
	{ NULL, "64:ff9b::", "64:ff9b::ffff:ffff", NULL },
	{ NULL, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL },
	{ NULL, "100::", "100::ffff:ffff:ffff:ffff", NULL },
	{ NULL, "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::" },
	{ "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
	{ "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
	  "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::" },
	{ "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::" },
	{ "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
	{ "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "4000::", "4fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ NULL, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ NULL, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
};

static void test_http_guard_refuses_ranges_and_nothing_beside(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		expect(rows[i].first, false);
		expect(rows[i].last, false);
		if (rows[i].before)
			expect(rows[i].before, true);
		if (rows[i].after)
			expect(rows[i].after, true);
	}
}

static void test_http_guard_lets_public_addresses_pass(void **state)
{
	static const char *const list[] = { "1.1.1.1", "93.184.216.34",
					    "2606:4700:4700::1111",
					    "2a00:1450:4001:80b::200e" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		expect(list[i], true);
}

static void test_http_guard_refuses_other_families(void **state)
{
	union any a = { .un = { .sun_family = AF_UNIX } };

	(void)state;
	assert_false(http_guard_is_public(&a.sa));
	a.sa.sa_family = AF_UNSPEC;
	assert_false(http_guard_is_public(&a.sa));
}

static const struct allowed_row {
	const char *list, *host;
	unsigned port;
	bool want;
} allowed_rows[] = {
	{ "hr.example.com:443", "hr.example.com", 443, true },
	{ "a.example.com:1, hr.example.com:443", "HR.example.com", 443, true },
	{ "[::1]:8080", "[::1]", 8080, true },
	{ "hr.example.com:443", "hr.example.com", 444, false },
	{ "hr.example.com:443", "hr.example.com", 44, false },
	{ "hr.example.com:443", "x.hr.example.com", 443, false },
	{ "hr.example.com:443", "hr.example.com.", 443, false },
	{ "hr.example.com", "hr.example.com", 443, false },
	{ "*:443", "hr.example.com", 443, false },
	{ "", "hr.example.com", 443, false },
	{ NULL, "hr.example.com", 443, false },
	{ ",,", "", 0, false },
};

static void test_http_guard_allows_by_exact_host_and_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(allowed_rows); i++) {
		const struct allowed_row *r = &allowed_rows[i];

		if (http_guard_is_allowed(r->list, r->host, r->port) != r->want)
			fail_msg("row %zu: %s:%u", i, r->host, r->port);
	}
}

static void test_http_guard_refuses_a_host_too_long_to_compare(void **state)
{
	char host[400];

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_false(http_guard_is_allowed("a:1", host, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_http_guard_refuses_ranges_and_nothing_beside),
		cmocka_unit_test(test_http_guard_lets_public_addresses_pass),
		cmocka_unit_test(test_http_guard_refuses_other_families),
		cmocka_unit_test(test_http_guard_allows_by_exact_host_and_port),
		cmocka_unit_test(
			test_http_guard_refuses_a_host_too_long_to_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

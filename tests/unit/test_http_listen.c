/* Addresses to listen on, and what is said about those that do not work. */
#include "http_peer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static char peer_seen[64];

static void on_request(struct http_request *req, void *arg)
{
	const struct http_reply reply = { .status = 202 };

	(void)arg;
	assert_true(snprintf(peer_seen, sizeof(peer_seen), "%.*s",
			     STR_ARG(http_request_peer(req))) > 0);
	http_reply(req, &reply);
}

static struct loop *new_loop(void)
{
	struct loop *loop = NULL;
	struct err err = { 0 };

	assert_int_equal(loop_new(&loop, &err), 0);
	return loop;
}

static int try_listen(struct loop *loop, const char *listen, bool reuse_port,
		      struct http_server **out, struct err *err)
{
	const struct http_server_config cfg = {
		.listen = listen,
		.reuse_port = reuse_port,
		.handlers = { .request = on_request },
	};

	return http_server_new(out, loop, &cfg, err);
}

static void test_bad_addresses_are_named(void **state)
{
	static const char *const bad[] = {
		"",
		"8080",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"127.0.0.1:80x",
		"localhost:8080",
		"::1:8080",
		"[::1:8080",
		"[127.0.0.1]:8080",
		"unix:",
	};
	struct http_server *s = NULL;
	struct loop *loop = new_loop();
	char path[300] = "unix:/";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { 0 };

		if (try_listen(loop, bad[i], false, &s, &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.text, "unix"));
	}
	memset(path + 6, 'x', 200);
	assert_int_equal(try_listen(loop, path, false, &s, NULL), -1);
	assert_null(s);
	loop_free(&loop);
}

static int connect_to(const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	if (connect(fd, to, len) < 0)
		assert_int_equal(errno, EINPROGRESS);
	return fd;
}

/* One request; what the handler sees of the client. */
static void check_peer(struct loop *loop, int fd, const char *format)
{
	struct peer_server s = { .loop = loop };
	struct sockaddr_in6 own;
	socklen_t len = sizeof(own);
	struct peer p = { .fd = fd };
	char want[64];

	buf_init(&p.in, 65536);
	buf_init(&p.last_head, 65536);
	buf_init(&p.last_body, 65536);
	peer_send_z(&s, &p, GET);
	peer_expect(&s, &p, 1, false);
	assert_int_equal(p.status[0], 202);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	/* The port stands at the same place for both families. */
	assert_true(snprintf(want, sizeof(want), "%s:%u", format,
			     ntohs(own.sin6_port)) > 0);
	assert_string_equal(peer_seen, want);
	peer_close(&p);
}

static void test_tcp_on_a_port_that_is_free(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct http_server *s = NULL;
	struct loop *loop = new_loop();
	struct err err = { 0 };

	(void)state;
	assert_int_equal(try_listen(loop, "127.0.0.1:0", false, &s, &err), 0);
	assert_in_range(http_server_port(s), 1, 65535);
	to.sin_port = htons((in_port_t)http_server_port(s));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check_peer(loop, connect_to((struct sockaddr *)&to, sizeof(to)),
		   "127.0.0.1");
	http_server_free(&s);
	loop_free(&loop);
}

static void test_tcp_over_ipv6(void **state)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct http_server *s = NULL;
	struct loop *loop = new_loop();
	struct err err = { 0 };

	(void)state;
	if (try_listen(loop, "[::1]:0", false, &s, &err) < 0) {
		loop_free(&loop);
		print_message("no IPv6 here: %s\n", err.text);
		skip();
	}
	to.sin6_port = htons((in_port_t)http_server_port(s));
	to.sin6_addr = in6addr_loopback;
	check_peer(loop, connect_to((struct sockaddr *)&to, sizeof(to)),
		   "[::1]");
	http_server_free(&s);
	loop_free(&loop);
}

static void test_only_reuse_port_shares_an_address(void **state)
{
	struct http_server *one = NULL, *two = NULL, *three = NULL;
	struct loop *loop = new_loop();
	struct err err = { 0 };
	char same[32];

	(void)state;
	assert_int_equal(try_listen(loop, "127.0.0.1:0", true, &one, &err), 0);
	assert_true(snprintf(same, sizeof(same), "127.0.0.1:%u",
			     http_server_port(one)) > 0);
	assert_int_equal(try_listen(loop, same, true, &two, &err), 0);
	assert_int_equal(try_listen(loop, same, false, &three, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, same));
	assert_null(three);
	http_server_free(&one);
	http_server_free(&two);
	loop_free(&loop);
}

static void test_socket_file_of_a_dead_server_is_replaced(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct http_server *s = NULL, *second = NULL;
	struct loop *loop = new_loop();
	char dir[] = "/tmp/hrisd-test-XXXXXX", listen[64];
	struct err err = { 0 };
	int left = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_true(snprintf(listen, sizeof(listen), "unix:%s/s", dir) > 0);
	assert_true(snprintf(a.sun_path, sizeof(a.sun_path), "%s", listen + 5) >
		    0);
	assert_int_equal(bind(left, (struct sockaddr *)&a, sizeof(a)), 0);
	close(left); /* the file stays */
	assert_int_equal(try_listen(loop, listen, false, &s, &err), 0);
	/* One that lives is not. */
	assert_int_equal(try_listen(loop, listen, false, &second, &err), -1);
	assert_non_null(strstr(err.text, "in use"));
	http_server_free(&s);
	assert_int_equal(rmdir(dir), 0);
	loop_free(&loop);
}

static void test_other_files_are_never_removed(void **state)
{
	char dir[] = "/tmp/hrisd-test-XXXXXX", listen[64];
	struct http_server *s = NULL;
	struct loop *loop = new_loop();
	struct err err = { 0 };
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_true(snprintf(listen, sizeof(listen), "unix:%s/s", dir) > 0);
	file = fopen(listen + 5, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(try_listen(loop, listen, false, &s, &err), -1);
	assert_int_equal(unlink(listen + 5), 0);
	assert_int_equal(rmdir(dir), 0);
	loop_free(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_addresses_are_named),
		cmocka_unit_test(test_tcp_on_a_port_that_is_free),
		cmocka_unit_test(test_tcp_over_ipv6),
		cmocka_unit_test(test_only_reuse_port_shares_an_address),
		cmocka_unit_test(test_socket_file_of_a_dead_server_is_replaced),
		cmocka_unit_test(test_other_files_are_never_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

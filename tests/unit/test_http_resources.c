/* Connections, descriptors and memory: each has an end that is survived. */
#include "http_peer.h"

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#define GET	 "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define IDLE	 10000 /* connections; two descriptors each */
#define IDLE_MAX 1024  /* bytes of memory that each may cost */

/* AddressSanitizer's allocator answers nothing here, and costs more. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void on_request(struct http_request *req, void *arg)
{
	const struct http_reply reply = { .status = 202 };

	(void)arg;
	http_reply(req, &reply);
}

static const struct http_handlers handlers = { .request = on_request };

static void test_connections_past_the_limit_wait(void **state)
{
	const struct http_limits limits = { .connections = 2 };
	struct peer_server s = { .loop = NULL };
	struct peer p[4];

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		peer_connect(&p[i], &s);
		peer_send_z(&s, &p[i], GET);
	}
	peer_expect(&s, &p[0], 1, false);
	peer_expect(&s, &p[1], 1, false);
	peer_settle(&s, &p[2]);
	peer_settle(&s, &p[3]);
	assert_int_equal(http_server_connections(s.http), 2);
	assert_int_equal(p[2].replies + p[3].replies, 0);
	peer_close(&p[0]);
	peer_expect(&s, &p[2], 1, false);
	peer_close(&p[1]);
	peer_expect(&s, &p[3], 1, false);
	assert_int_equal(http_server_connections(s.http), 2);
	peer_close(&p[2]);
	peer_close(&p[3]);
	peer_server_stop(&s);
}

static int64_t cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* The loop waits most of 300 ms, although a client waits to be accepted. */
static void check_does_not_spin(struct peer_server *s)
{
	int64_t end = clock_mono_ms() + 300, cpu = cpu_us();
	size_t turns = 0;

	while (clock_mono_ms() < end) {
		loop_turn(s->loop, 50);
		turns++;
	}
	assert_true(turns < 40);
	assert_true(cpu_us() - cpu < 100000);
}

static void test_no_descriptor_left_is_waited_out(void **state)
{
	const struct http_limits limits = { 0 };
	struct peer_server s = { .loop = NULL };
	struct rlimit before, low;
	struct peer first, second;
	int held;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&first, &s);
	peer_connect(&second, &s);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	held = dup(first.fd); /* the lowest that is free, then none is */
	assert_true(held >= 0);
	low = before;
	low.rlim_cur = (rlim_t)held + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	check_does_not_spin(&s);
	assert_int_equal(http_server_connections(s.http), 0);
	close(held); /* now one fits, and the other when that one leaves */
	peer_send_z(&s, &first, GET);
	peer_expect(&s, &first, 1, false);
	check_does_not_spin(&s);
	assert_int_equal(http_server_connections(s.http), 1);
	peer_close(&first);
	peer_send_z(&s, &second, GET);
	peer_expect(&s, &second, 1, false);
	assert_int_equal(second.status[0], 202);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	peer_close(&second);
	peer_server_stop(&s);
}

static size_t raise_descriptors(void)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	return (size_t)r.rlim_cur;
}

static int connect_fd(const struct peer_server *s)
{
	struct peer p;

	peer_connect(&p, s); /* its buffers are empty: nothing to release */
	return p.fd;
}

static void use_once(struct peer_server *s, int fd)
{
	char scratch[256];

	assert_int_equal(send(fd, GET, strlen(GET), MSG_NOSIGNAL), strlen(GET));
	do
		loop_turn(s->loop, 20);
	while (recv(fd, scratch, sizeof(scratch), 0) < 0);
}

static size_t memory_in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Each has made a request, so that what a request needs would be seen. */
static void test_idle_connection_costs_under_1_kb(void **state)
{
	const struct http_limits limits = { .connections = IDLE };
	struct peer_server s = { .loop = NULL };
	size_t n = raise_descriptors() / 2 - 64, each, before;
	int *fds;

	(void)state;
	n = n < IDLE ? n : IDLE;
	fds = calloc(n, sizeof(*fds));
	peer_server_start(&s, &limits, &handlers);
	fds[0] = connect_fd(&s);
	use_once(&s, fds[0]);
	before = memory_in_use();
	for (size_t i = 1; i < n; i++) {
		fds[i] = connect_fd(&s);
		use_once(&s, fds[i]);
	}
	each = (memory_in_use() - before) / (n - 1);
	assert_int_equal(http_server_connections(s.http), n);
	print_message("%zu idle connections: %zu bytes each\n", n, each);
	assert_true(SANITIZED || (each > 100 && each <= IDLE_MAX));
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
	peer_server_stop(&s);
}

/* A flood of half requests is given back whole. */
static void test_memory_of_requests_comes_back(void **state)
{
	const struct http_limits limits = { 0 };
	struct peer_server s = { .loop = NULL };
	static char body[600000];
	size_t before, during, after;
	struct peer p[32];

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	before = memory_in_use();
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		peer_connect(&p[i], &s);
		peer_send_z(&s, &p[i],
			    "POST / HTTP/1.1\r\nHost: a\r\n"
			    "Content-Length: 700000\r\n\r\n");
		peer_send(&s, &p[i], (struct str){ body, sizeof(body) });
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		peer_settle(&s, &p[i]);
	during = memory_in_use();
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		peer_close(&p[i]);
	while (http_server_connections(s.http))
		loop_turn(s.loop, 20);
	loop_turn(s.loop, 0);
	after = memory_in_use();
	assert_true(SANITIZED || during > before + 32 * 600000);
	assert_true(SANITIZED || after < before + 32 * 16384);
	peer_server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connections_past_the_limit_wait),
		cmocka_unit_test(test_no_descriptor_left_is_waited_out),
		cmocka_unit_test(test_idle_connection_costs_under_1_kb),
		cmocka_unit_test(test_memory_of_requests_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every phase has an absolute end, however the client feeds or reads. */
#include "http_peer.h"

static const struct http_limits limits = {
	.header_ms = 150,
	.body_ms = 150,
	.reply_ms = 150,
	.idle_ms = 150,
};

static const struct http_limits slow_idle = {
	.header_ms = 60000,
	.idle_ms = 150,
};

static char large[8388608];

static void on_request(struct http_request *req, void *arg)
{
	struct http_reply reply = { .status = 200 };

	(void)arg;
	if (str_is(http_request_path(req), "/large"))
		reply.body = (struct str){ large, sizeof(large) };
	http_reply(req, &reply);
}

static const struct http_handlers handlers = { .request = on_request };

/* Feed a byte of text every 10 ms until the server ends it; ms it took. */
static int64_t drip(struct peer_server *s, struct peer *p, const char *text)
{
	int64_t start = clock_mono_ms(), next = start;

	while (!p->closed && clock_mono_ms() < start + PEER_WAIT_MS) {
		loop_turn(s->loop, 5);
		peer_receive(p);
		if (clock_mono_ms() < next || p->replies)
			continue;
		next += 10;
		if (send(p->fd, *text ? text++ : "x", 1, MSG_NOSIGNAL) < 0)
			break;
	}
	return clock_mono_ms() - start;
}

static void check_drip(const char *before, const char *text, int want)
{
	struct peer_server s = { .loop = NULL };
	struct peer p;
	int64_t took;

	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	peer_send_z(&s, &p, before);
	took = drip(&s, &p, text);
	assert_true(p.closed);
	assert_in_range(took, 130, 2000);
	assert_int_equal(p.replies, want ? 1 : 0);
	if (want)
		assert_int_equal(p.status[0], want);
	peer_close(&p);
	peer_server_stop(&s);
}

static void test_slow_headers_end_in_408(void **state)
{
	(void)state;
	check_drip("", "GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaa",
		   408);
}

static void test_slow_body_ends_in_408(void **state)
{
	(void)state;
	check_drip("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n",
		   "", 408);
}

static void test_slow_chunks_end_in_408(void **state)
{
	(void)state;
	check_drip("POST / HTTP/1.1\r\nHost: a\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n",
		   "1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n", 408);
}

/* Ends without a word: the time it took. */
static int64_t wait_silent(struct peer_server *s, struct peer *p)
{
	int64_t start = clock_mono_ms();
	size_t before = p->replies;

	peer_expect(s, p, 0, true);
	assert_int_equal(p->replies, before);
	return clock_mono_ms() - start;
}

static void test_silent_client_is_closed_silently(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct peer p;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	assert_in_range(wait_silent(&s, &p), 130, 2000);
	peer_close(&p);
	peer_connect(&p, &s); /* an empty line is not yet a request */
	peer_send_z(&s, &p, "\r\n");
	assert_in_range(wait_silent(&s, &p), 130, 2000);
	peer_close(&p);
	peer_server_stop(&s);
}

static void test_idle_client_is_closed_silently(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct peer p;

	(void)state;
	peer_server_start(&s, &slow_idle, &handlers);
	peer_connect(&p, &s);
	for (size_t i = 1; i <= 3; i++) {
		peer_send_z(&s, &p, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		peer_expect(&s, &p, i, false);
	}
	assert_in_range(wait_silent(&s, &p), 130, 2000);
	peer_close(&p);
	peer_server_stop(&s);
}

static bool all_gone(void *arg)
{
	struct peer_server *s = arg;

	return http_server_connections(s->http) == 0;
}

/* Reads a little now and then: progress does not move the deadline. */
static void test_slow_reader_is_closed(void **state)
{
	struct peer_server s = { .loop = NULL };
	int64_t start = clock_mono_ms();
	char scratch[1024];
	struct peer p;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	peer_send_z(&s, &p, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	do {
		loop_turn(s.loop, 5);
		(void)!recv(p.fd, scratch, sizeof(scratch), 0);
	} while (!all_gone(&s) && clock_mono_ms() < start + PEER_WAIT_MS);
	assert_in_range(clock_mono_ms() - start, 130, 2000);
	peer_close(&p);
	peer_server_stop(&s);
}

/* One that goes on sending after its refusal is not listened to for ever. */
static void test_lingering_ends(void **state)
{
	struct peer_server s = { .loop = NULL };
	int64_t start = clock_mono_ms();
	struct peer p;

	(void)state;
	peer_server_start(&s, &slow_idle, &handlers);
	peer_connect(&p, &s);
	peer_send_z(&s, &p, "nonsense\r\n");
	while (!all_gone(&s) && clock_mono_ms() < start + PEER_WAIT_MS) {
		(void)!send(p.fd, "x", 1, MSG_NOSIGNAL);
		loop_turn(s.loop, 5);
	}
	assert_true(all_gone(&s));
	assert_in_range(clock_mono_ms() - start, 1000, 4000);
	peer_receive(&p);
	assert_int_equal(p.status[0], 400);
	peer_close(&p);
	peer_server_stop(&s);
}

/* Nor for more than a certain amount. */
static void test_lingering_reads_only_so_much(void **state)
{
	struct peer_server s = { .loop = NULL };
	int64_t start = clock_mono_ms();
	size_t sent = 0;
	struct peer p;

	(void)state;
	peer_server_start(&s, &slow_idle, &handlers);
	peer_connect(&p, &s);
	peer_send_z(&s, &p, "nonsense\r\n");
	while (!all_gone(&s) && clock_mono_ms() < start + PEER_WAIT_MS) {
		ssize_t n = send(p.fd, large, 65536, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		loop_turn(s.loop, 0);
	}
	assert_in_range(sent, 1048576, 2097152);
	assert_true(clock_mono_ms() - start < 1500);
	peer_close(&p);
	peer_server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_headers_end_in_408),
		cmocka_unit_test(test_slow_body_ends_in_408),
		cmocka_unit_test(test_slow_chunks_end_in_408),
		cmocka_unit_test(test_silent_client_is_closed_silently),
		cmocka_unit_test(test_idle_client_is_closed_silently),
		cmocka_unit_test(test_slow_reader_is_closed),
		cmocka_unit_test(test_lingering_ends),
		cmocka_unit_test(test_lingering_reads_only_so_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

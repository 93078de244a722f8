/* Bodies that go to their handler as they come, larger than any kept one. */
#include "http_peer.h"

#define STREAM_MAX 100000

static const struct http_limits limits = { .body_bytes = 1000,
					   .body_ms = 60000,
					   .stream_ms = 150 };
static const struct http_limits patient = { .body_bytes = 1000 };

/* What happened to the one request that is streamed. */
static struct {
	size_t got;
	size_t whole; /* calls of the request handler */
	size_t gone;
	size_t refuse_at; /* bytes; 0: never */
	struct http_request *req;
} seen;

static char big[STREAM_MAX + 1];

static int on_bytes(struct str bytes, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < bytes.len; i++)
		assert_int_equal(bytes.ptr[i], 'x');
	seen.got += bytes.len;
	if (!seen.refuse_at || seen.got < seen.refuse_at)
		return 0;
	http_request_explain(seen.req, "the disk is full", NULL);
	return 503;
}

static void on_gone(void *arg)
{
	(void)arg;
	seen.gone++;
}

static int on_headers(struct http_request *req, void *arg)
{
	static const struct http_header how = { "WWW-Authenticate", "Bearer" };
	const struct http_stream stream = { .max = STREAM_MAX,
					    .bytes = on_bytes,
					    .gone = on_gone };

	(void)arg;
	if (str_is(http_request_path(req), "/closed")) {
		http_request_explain(req, "send a token", &how);
		return 401;
	}
	if (!str_is(http_request_path(req), "/upload"))
		return 0;
	seen.req = req;
	http_request_stream(req, &stream);
	return 0;
}

static void on_request(struct http_request *req, void *arg)
{
	struct http_reply reply = { .status = 200 };

	(void)arg;
	seen.whole++;
	assert_int_equal(seen.gone, 0);
	if (seen.got)
		assert_int_equal(http_request_body(req).len, 0);
	http_reply(req, &reply);
}

static const struct http_handlers handlers = { .headers = on_headers,
					       .request = on_request };

struct pair {
	struct peer_server s;
	struct peer p;
};

static int setup(void **state)
{
	static struct pair pair;

	memset(&seen, 0, sizeof(seen));
	memset(big, 'x', sizeof(big));
	memset(&pair, 0, sizeof(pair));
	peer_server_start(&pair.s, &patient, &handlers);
	peer_connect(&pair.p, &pair.s);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	peer_close(&pair->p);
	peer_server_stop(&pair->s);
	return 0;
}

static void send_head(struct pair *pair, const char *path, size_t length,
		      const char *more)
{
	char head[256];

	assert_true(snprintf(head, sizeof(head),
			     "POST %s HTTP/1.1\r\nHost: a\r\n%s"
			     "Content-Length: %zu\r\n\r\n",
			     path, more, length) > 0);
	peer_send_z(&pair->s, &pair->p, head);
}

static void send_x(struct pair *pair, size_t n)
{
	peer_send(&pair->s, &pair->p, (struct str){ big, n });
}

static void expect(struct pair *pair, size_t replies, int status)
{
	peer_expect(&pair->s, &pair->p, replies, false);
	assert_int_equal(pair->p.replies, replies);
	assert_int_equal(pair->p.status[replies - 1], status);
}

static void test_http_a_body_beyond_the_limit_is_streamed(void **state)
{
	struct pair *pair = *state;

	send_head(pair, "/upload", STREAM_MAX, "");
	send_x(pair, STREAM_MAX);
	expect(pair, 1, 200);
	assert_int_equal(seen.got, STREAM_MAX);
	assert_int_equal(seen.whole, 1);
	assert_int_equal(seen.gone, 0);
}

static void test_http_chunks_are_streamed(void **state)
{
	struct pair *pair = *state;

	peer_send_z(&pair->s, &pair->p,
		    "POST /upload HTTP/1.1\r\nHost: a\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n1770\r\n");
	send_x(pair, 6000);
	peer_send_z(&pair->s, &pair->p, "\r\n1\r\nx\r\n0\r\n\r\n");
	expect(pair, 1, 200);
	assert_int_equal(seen.got, 6001);
}

static void test_http_the_next_request_has_the_usual_limits(void **state)
{
	struct pair *pair = *state;

	send_head(pair, "/upload", 5000, "");
	send_x(pair, 5000);
	expect(pair, 1, 200);
	seen.got = 0;
	send_head(pair, "/other", 1000, "");
	send_x(pair, 1000);
	expect(pair, 2, 200);
	assert_int_equal(seen.got, 0);
	send_head(pair, "/other", 1001, "");
	expect(pair, 3, 413);
}

static void test_http_a_stream_too_long_is_refused_before_it_comes(void **state)
{
	struct pair *pair = *state;

	send_head(pair, "/upload", STREAM_MAX + 1, "Expect: 100-continue\r\n");
	expect(pair, 1, 413);
	assert_int_equal(pair->p.interim, 0);
	assert_int_equal(seen.got, 0);
	assert_int_equal(seen.gone, 1);
	assert_int_equal(seen.whole, 0);
}

static void test_http_chunks_too_long_are_refused(void **state)
{
	struct pair *pair = *state;
	char size[32];

	peer_send_z(&pair->s, &pair->p,
		    "POST /upload HTTP/1.1\r\nHost: a\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n");
	assert_true(snprintf(size, sizeof(size), "%x\r\n", STREAM_MAX - 10) >
		    0);
	peer_send_z(&pair->s, &pair->p, size);
	send_x(pair, STREAM_MAX - 10);
	peer_send_z(&pair->s, &pair->p, "\r\nb\r\n");
	expect(pair, 1, 413);
	assert_int_equal(seen.gone, 1);
	assert_int_equal(seen.whole, 0);
}

static void test_http_who_may_go_on_is_told_so(void **state)
{
	struct pair *pair = *state;

	send_head(pair, "/upload", 10, "Expect: 100-continue\r\n");
	while (!pair->p.interim) {
		loop_turn(pair->s.loop, 20);
		peer_receive(&pair->p);
	}
	send_x(pair, 10);
	expect(pair, 1, 200);
	assert_int_equal(seen.got, 10);
}

static void test_http_a_stream_may_refuse_in_the_middle(void **state)
{
	struct pair *pair = *state;

	seen.refuse_at = 3000;
	send_head(pair, "/upload", STREAM_MAX, "");
	send_x(pair, STREAM_MAX);
	expect(pair, 1, 503);
	assert_non_null(strstr(buf_z(&pair->p.last_body), "the disk is full"));
	assert_int_equal(seen.gone, 1);
	assert_int_equal(seen.whole, 0);
}

static void test_http_a_client_that_leaves_is_told_of_once(void **state)
{
	struct pair *pair = *state;
	int64_t end = clock_mono_ms() + PEER_WAIT_MS;

	send_head(pair, "/upload", STREAM_MAX, "");
	send_x(pair, 5000);
	while (seen.got < 5000)
		loop_turn(pair->s.loop, 20);
	close(pair->p.fd);
	pair->p.fd = -1;
	while (!seen.gone && clock_mono_ms() < end)
		loop_turn(pair->s.loop, 20);
	assert_int_equal(seen.gone, 1);
	assert_int_equal(seen.whole, 0);
}

static void test_http_a_server_that_ends_tells_of_it(void **state)
{
	struct pair *pair = *state;

	send_head(pair, "/upload", STREAM_MAX, "");
	send_x(pair, 5000);
	while (seen.got < 5000)
		loop_turn(pair->s.loop, 20);
	http_server_free(&pair->s.http);
	assert_int_equal(seen.gone, 1);
}

static void test_http_a_refusal_is_explained(void **state)
{
	struct pair *pair = *state;

	send_head(pair, "/closed", 10, "");
	expect(pair, 1, 401);
	assert_str(peer_header(&pair->p, "www-authenticate"), "Bearer");
	assert_non_null(strstr(buf_z(&pair->p.last_body), "send a token"));
}

static void test_http_a_slow_stream_has_a_deadline_of_its_own(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct pair pair;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	pair.s = s;
	peer_connect(&pair.p, &s);
	send_head(&pair, "/upload", 100, "");
	send_x(&pair, 10);
	expect(&pair, 1, 408);
	assert_int_equal(seen.gone, 1);
	peer_close(&pair.p);
	peer_server_stop(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_a_body_beyond_the_limit_is_streamed),
		TEST(test_http_chunks_are_streamed),
		TEST(test_http_the_next_request_has_the_usual_limits),
		TEST(test_http_a_stream_too_long_is_refused_before_it_comes),
		TEST(test_http_chunks_too_long_are_refused),
		TEST(test_http_who_may_go_on_is_told_so),
		TEST(test_http_a_stream_may_refuse_in_the_middle),
		TEST(test_http_a_client_that_leaves_is_told_of_once),
		TEST(test_http_a_server_that_ends_tells_of_it),
		TEST(test_http_a_refusal_is_explained),
		TEST(test_http_a_slow_stream_has_a_deadline_of_its_own),
	};

	return cmocka_run_group_tests_name("http stream", tests, NULL, NULL);
}

/* Bodies that are made while they are sent. */
#include "http_peer.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

struct app {
	struct peer_server server;
	struct peer peer;
	int pieces;   /* that the source gives */
	size_t piece; /* bytes of each */
	int given;
	int done;
};

static bool more(struct buf *out, void *arg)
{
	struct app *a = arg;
	char *room;

	assert_int_equal(a->done, 0);
	if (a->given == a->pieces)
		return false;
	room = buf_reserve(out, a->piece);
	if (room) {
		memset(room, 'a' + a->given % 26, a->piece);
		buf_grown(out, a->piece);
	}
	return ++a->given < a->pieces;
}

static void done(void *arg)
{
	((struct app *)arg)->done++;
}

static void on_request(struct http_request *req, void *arg)
{
	struct app *a = arg;
	const struct http_source source = { more, done, a };
	const struct http_reply reply = { .status = 200,
					  .body = STR("first,"),
					  .source = &source };

	a->given = 0;
	a->done = 0;
	http_reply(req, &reply);
}

static int setup(void **state)
{
	struct app *a = calloc(1, sizeof(*a));
	const struct http_handlers handlers = { .request = on_request,
						.arg = a };
	const struct http_limits limits = { .total_bytes = 1 << 20 };

	assert_non_null(a);
	a->pieces = 3;
	a->piece = 4;
	peer_server_start(&a->server, &limits, &handlers);
	peer_connect(&a->peer, &a->server);
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct app *a = *state;

	peer_close(&a->peer);
	peer_server_stop(&a->server);
	free(a);
	return 0;
}

/* What has come, head and all, until it ends so. */
static void await_end(struct app *a, const char *last)
{
	int64_t end = clock_mono_ms() + PEER_WAIT_MS;
	struct buf *in = &a->peer.in;
	size_t len = strlen(last);
	char scratch[4096];

	buf_clear(in);
	while (in->len < len || strcmp(in->data + in->len - len, last) != 0) {
		ssize_t n = recv(a->peer.fd, scratch, sizeof(scratch), 0);

		if (n > 0)
			buf_add(in, scratch, (size_t)n);
		assert_true(clock_mono_ms() < end);
		loop_turn(a->server.loop, 20);
	}
}

static const char small[] = "\r\n\r\n00000006\r\nfirst,\r\n"
			    "00000004\r\naaaa\r\n"
			    "00000004\r\nbbbb\r\n"
			    "00000004\r\ncccc\r\n0\r\n\r\n";

static void test_it_goes_out_in_chunks_and_the_connection_stays(void **state)
{
	struct app *a = *state;

	for (int i = 0; i < 3; i++) {
		peer_send_z(&a->server, &a->peer, GET);
		await_end(a, small);
		assert_non_null(strstr(buf_z(&a->peer.in),
				       "Transfer-Encoding: chunked\r\n"));
		assert_null(strstr(buf_z(&a->peer.in), "Content-Length"));
		assert_int_equal(a->done, 1);
	}
}

static void test_an_old_client_reads_to_the_end(void **state)
{
	struct app *a = *state;

	peer_send_z(&a->server, &a->peer, "GET / HTTP/1.0\r\n\r\n");
	peer_expect(&a->server, &a->peer, 1, true);
	assert_string_equal(buf_z(&a->peer.in), "first,aaaabbbbcccc");
	assert_str(peer_header(&a->peer, "connection"), "close");
	assert_int_equal(a->done, 1);
}

static void test_head_asks_the_source_for_nothing(void **state)
{
	struct app *a = *state;

	peer_send_z(&a->server, &a->peer, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_expect(&a->server, &a->peer, 1, false);
	assert_int_equal(a->peer.in.len, 0);
	assert_int_equal(a->given, 0);
	assert_int_equal(a->done, 1);
}

/* 100 MB, of which never more than the limit of 1 MiB waits. */
static void test_no_more_is_made_than_the_client_takes(void **state)
{
	struct app *a = *state;
	int64_t end = clock_mono_ms() + 3 * PEER_WAIT_MS;
	size_t total = 0;
	int made;

	a->pieces = 1600;
	a->piece = 65536;
	peer_send_z(&a->server, &a->peer, GET);
	for (int i = 0; i < 50; i++)
		loop_turn(a->server.loop, 0);
	made = a->given;
	assert_in_range(made, 1, 200);
	while (!a->done && clock_mono_ms() < end) {
		char scratch[65536];
		ssize_t n = recv(a->peer.fd, scratch, sizeof(scratch), 0);

		total += n > 0 ? (size_t)n : 0;
		loop_turn(a->server.loop, 0);
	}
	assert_int_equal(a->done, 1);
	assert_int_equal(a->given, 1600);
	assert_true(total > (size_t)1500 * 65536);
}

static void test_a_client_that_goes_ends_it(void **state)
{
	struct app *a = *state;
	int64_t end = clock_mono_ms() + PEER_WAIT_MS;

	a->pieces = 1600;
	a->piece = 65536;
	peer_send_z(&a->server, &a->peer, GET);
	close(a->peer.fd);
	a->peer.fd = -1;
	while (!a->done && clock_mono_ms() < end)
		loop_turn(a->server.loop, 20);
	assert_int_equal(a->done, 1);
	assert_true(a->given < 1600);
}

static void test_what_is_under_way_ends_with_the_server(void **state)
{
	struct app *a = *state;

	a->pieces = 1600;
	a->piece = 65536;
	peer_send_z(&a->server, &a->peer, GET);
	for (int i = 0; i < 10; i++)
		loop_turn(a->server.loop, 0);
	assert_int_equal(a->done, 0);
	http_server_free(&a->server.http);
	assert_int_equal(a->done, 1);
}

static void test_an_append_past_its_limit_closes(void **state)
{
	struct app *a = *state;

	a->piece = 2 * HTTP_SOURCE_MAX;
	peer_send_z(&a->server, &a->peer, GET);
	peer_expect(&a->server, &a->peer, 1, true);
	assert_true(a->peer.closed);
	assert_null(strstr(buf_z(&a->peer.in), "0\r\n\r\n0"));
	assert_int_equal(a->done, 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_it_goes_out_in_chunks_and_the_connection_stays),
		CASE(test_an_old_client_reads_to_the_end),
		CASE(test_head_asks_the_source_for_nothing),
		CASE(test_no_more_is_made_than_the_client_takes),
		CASE(test_a_client_that_goes_ends_it),
		CASE(test_what_is_under_way_ends_with_the_server),
		CASE(test_an_append_past_its_limit_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

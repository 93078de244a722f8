/* What the server promises to handlers and to well-behaved clients. */
#include "http_peer.h"

#include <sys/stat.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct http_limits no_limits = { 0 };

/* A handler that answers at once, later or with what came. */
struct app {
	struct peer_server server;
	struct peer peer;
	bool later; /* keep requests in waiting */
	struct http_request *waiting[8];
	size_t waiting_count;
	size_t awaited;
	size_t handled;
	int refuse_head; /* status */
	struct str reply_body;
	bool drained;
};

static void echo(struct http_request *req)
{
	struct http_reply reply = { .status = 200,
				    .body = http_request_body(req) };

	http_reply(req, &reply);
}

static void answer(struct http_request *req, int status)
{
	const struct http_reply reply = { .status = status };

	http_reply(req, &reply);
}

static void on_request(struct http_request *req, void *arg)
{
	struct app *a = arg;
	struct http_reply reply = { .status = 200, .body = a->reply_body };

	a->handled++;
	if (a->later)
		a->waiting[a->waiting_count++] = req;
	else if (a->reply_body.len)
		http_reply(req, &reply);
	else
		echo(req);
}

static int on_headers(struct http_request *req, void *arg)
{
	struct app *a = arg;

	assert_true(http_request_path(req).len > 0);
	assert_int_equal(http_request_body(req).len, 0);
	return a->refuse_head;
}

static int setup(void **state)
{
	struct app *a = calloc(1, sizeof(*a));
	const struct http_handlers handlers = { .headers = on_headers,
						.request = on_request,
						.arg = a };

	peer_server_start(&a->server, &no_limits, &handlers);
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

static bool is_waiting(void *arg)
{
	struct app *a = arg;

	return a->waiting_count >= a->awaited;
}

/* Until the handler holds n requests. */
static void wait_for_requests(struct app *a, size_t n)
{
	a->awaited = n;
	peer_wait(&a->server, is_waiting, a);
}

static bool is_drained(void *arg)
{
	struct app *a = arg;

	return a->drained;
}

static void test_request_is_given_as_it_came(void **state)
{
	struct app *a = *state;
	struct http_request *req;
	struct str name, value;

	a->later = true;
	peer_send_z(&a->server, &a->peer,
		    "PATCH /a/b?c=d&e HTTP/1.1\r\nHost: x\r\nX-One: 1\r\n"
		    "Content-Length: 3\r\n\r\nabc");
	wait_for_requests(a, 1);
	req = a->waiting[0];
	assert_int_equal(http_request_method(req), HTTP_PATCH);
	assert_str(http_request_path(req), "/a/b");
	assert_str(http_request_query(req), "c=d&e");
	assert_str(http_request_body(req), "abc");
	assert_str(http_request_header(req, "x-one"), "1");
	assert_null(http_request_header(req, "x-two").ptr);
	assert_true(http_request_header_at(req, 0, &name, &value));
	assert_str(name, "Host");
	assert_str(value, "x");
	assert_false(http_request_header_at(req, 3, &name, &value));
	assert_str(http_request_peer(req), "unix");
	assert_null(http_request_data(req));
	http_request_set_data(req, a);
	assert_ptr_equal(http_request_data(req), a);
	answer(req, 204);
	peer_expect(&a->server, &a->peer, 1, false);
	assert_int_equal(a->peer.status[0], 204);
	assert_null(peer_header(&a->peer, "content-length").ptr);
}

static void test_reply_has_date_length_and_the_given_fields(void **state)
{
	struct app *a = *state;
	const struct http_header headers[] = { { "X-One", "1" },
					       { "Location", "/x" } };
	const struct http_reply reply = { .status = 201,
					  .headers = headers,
					  .header_count = 2,
					  .body = STR("hello") };

	a->later = true;
	peer_send_z(&a->server, &a->peer, GET);
	wait_for_requests(a, 1);
	clock_fake_ms(784111777000); /* RFC 9110's example of a date */
	http_reply(a->waiting[0], &reply);
	clock_fake_ms(-1);
	peer_expect(&a->server, &a->peer, 1, false);
	assert_str(buf_str(&a->peer.last_head),
		   "HTTP/1.1 201 Created\r\n"
		   "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		   "Content-Length: 5\r\nX-One: 1\r\nLocation: /x\r\n\r\n");
	assert_str(buf_str(&a->peer.last_body), "hello");
}

static void test_head_is_answered_without_a_body(void **state)
{
	struct app *a = *state;

	a->reply_body = STR("hello");
	a->peer.head_only = true;
	peer_send_z(&a->server, &a->peer, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_expect(&a->server, &a->peer, 1, false);
	assert_str(peer_header(&a->peer, "content-length"), "5");
	peer_settle(&a->server, &a->peer);
	assert_int_equal(a->peer.in.len, 0);
	assert_false(a->peer.closed);
}

static void test_100_continue_is_sent_before_the_body(void **state)
{
	struct app *a = *state;

	peer_send_z(&a->server, &a->peer,
		    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		    "Content-Length: 2\r\n\r\n");
	peer_settle(&a->server, &a->peer);
	assert_int_equal(a->peer.interim, 1);
	assert_int_equal(a->peer.replies, 0);
	peer_send_z(&a->server, &a->peer, "hi");
	peer_expect(&a->server, &a->peer, 1, false);
	assert_int_equal(a->peer.interim, 1);
	assert_str(buf_str(&a->peer.last_body), "hi");
}

static void test_headers_handler_refuses_before_the_body(void **state)
{
	struct app *a = *state;

	a->refuse_head = 404;
	peer_send_z(&a->server, &a->peer,
		    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		    "Content-Length: 1000000\r\n\r\n");
	peer_expect(&a->server, &a->peer, 1, true);
	assert_int_equal(a->peer.status[0], 404);
	assert_int_equal(a->peer.interim, 0);
	assert_int_equal(a->handled, 0);
	assert_str(peer_header(&a->peer, "connection"), "close");
	assert_str(peer_header(&a->peer, "content-type"),
		   "application/problem+json");
}

static void test_refused_client_can_read_why_while_it_sends(void **state)
{
	struct app *a = *state;
	struct buf big;

	buf_init(&big, 4194304);
	buf_add_z(&big, "POST / HTTP/1.1\r\nHost: a\r\n"
			"Content-Length: 2000000\r\n\r\n");
	while (big.len < 900000)
		buf_add_z(&big, "0123456789");
	peer_send(&a->server, &a->peer, buf_str(&big));
	peer_expect(&a->server, &a->peer, 1, true);
	assert_int_equal(a->peer.replies, 1);
	assert_int_equal(a->peer.status[0], 413);
	buf_release(&big);
}

static void test_requests_wait_for_the_one_before(void **state)
{
	struct app *a = *state;

	a->later = true;
	peer_send_z(&a->server, &a->peer, GET GET GET);
	for (size_t i = 0; i < 3; i++) {
		wait_for_requests(a, i + 1);
		peer_settle(&a->server, &a->peer);
		assert_int_equal(a->waiting_count, i + 1);
		assert_int_equal(a->peer.replies, i);
		answer(a->waiting[i], 202);
		peer_expect(&a->server, &a->peer, i + 1, false);
	}
	assert_int_equal(a->waiting_count, 3);
	assert_false(a->peer.closed);
}

/* What a client pipelines stays with it once the server holds one read. */
static void test_pipelined_input_is_bounded(void **state)
{
	struct app *a = *state;
	static char flood[4194304];
	size_t sent = 0;
	ssize_t n;

	a->later = true;
	memset(flood, 'x', sizeof(flood));
	peer_send_z(&a->server, &a->peer, GET);
	wait_for_requests(a, 1);
	do {
		n = send(a->peer.fd, flood, sizeof(flood), MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		for (int i = 0; i < 4; i++)
			loop_turn(a->server.loop, 0);
	} while (n > 0);
	assert_true(sent < 1048576);
	answer(a->waiting[0], 202);
	peer_expect(&a->server, &a->peer, 2, true);
	assert_int_equal(a->peer.status[1], 414);
}

static void test_large_reply_goes_out_as_the_client_reads(void **state)
{
	struct app *a = *state;
	static char body[8388608];

	memset(body, 'y', sizeof(body));
	a->reply_body = (struct str){ body, sizeof(body) };
	peer_send_z(&a->server, &a->peer, GET GET);
	peer_expect(&a->server, &a->peer, 2, false);
	assert_int_equal(a->peer.replies, 2);
	assert_int_equal(a->peer.last_body.len, sizeof(body));
	assert_memory_equal(a->peer.last_body.data, body, sizeof(body));
}

static void test_reply_to_a_vanished_client_is_dropped(void **state)
{
	struct app *a = *state;
	struct peer other;

	a->later = true;
	peer_connect(&other, &a->server);
	peer_send_z(&a->server, &other, GET GET);
	wait_for_requests(a, 1);
	peer_close(&other);
	loop_turn(a->server.loop, 0);
	answer(a->waiting[0], 202);
	loop_turn(a->server.loop, 0);
	assert_int_equal(a->waiting_count, 1); /* the other died with it */
	peer_send_z(&a->server, &a->peer, GET);
	wait_for_requests(a, 2);
	assert_int_equal(http_server_connections(a->server.http), 1);
	answer(a->waiting[1], 202);
	peer_expect(&a->server, &a->peer, 1, false);
}

static void test_half_closed_client_gets_its_reply(void **state)
{
	struct app *a = *state;

	a->later = true;
	peer_send_z(&a->server, &a->peer, GET);
	assert_int_equal(shutdown(a->peer.fd, SHUT_WR), 0);
	wait_for_requests(a, 1);
	answer(a->waiting[0], 202);
	peer_expect(&a->server, &a->peer, 1, true);
	assert_int_equal(a->peer.replies, 1);
	assert_int_equal(a->peer.status[0], 202);
}

static void test_reply_may_close(void **state)
{
	struct app *a = *state;
	const struct http_reply reply = { .status = 410, .close = true };

	a->later = true;
	peer_send_z(&a->server, &a->peer, GET GET);
	wait_for_requests(a, 1);
	http_reply(a->waiting[0], &reply);
	peer_expect(&a->server, &a->peer, 1, true);
	assert_int_equal(a->peer.replies, 1);
	assert_str(peer_header(&a->peer, "connection"), "close");
	assert_int_equal(a->waiting_count, 1);
}

static void note_drained(void *arg)
{
	struct app *a = arg;

	a->drained = true;
}

static void test_drain_answers_what_is_under_way(void **state)
{
	struct app *a = *state;
	struct peer idle, late;

	peer_connect(&idle, &a->server);
	peer_send_z(&a->server, &idle, GET);
	peer_expect(&a->server, &idle, 1, false);
	a->later = true;
	peer_send_z(&a->server, &a->peer, GET);
	wait_for_requests(a, 1);
	peer_connect(&late, &a->server); /* half a request */
	peer_send_z(&a->server, &late, "GET / HTTP/1.1\r\n");
	peer_settle(&a->server, &late);

	http_server_drain(a->server.http, 5000, note_drained, a);
	peer_expect(&a->server, &idle, 1, true);
	assert_false(a->drained);
	answer(a->waiting[0], 202);
	peer_expect(&a->server, &a->peer, 1, true);
	assert_str(peer_header(&a->peer, "connection"), "close");
	peer_send_z(&a->server, &late, "Host: a\r\n\r\n");
	wait_for_requests(a, 2);
	answer(a->waiting[1], 202);
	peer_expect(&a->server, &late, 1, true);
	assert_int_equal(late.status[0], 202);
	peer_close(&a->peer);
	peer_close(&late);
	peer_wait(&a->server, is_drained, a);
	assert_int_equal(http_server_connections(a->server.http), 0);
	peer_close(&idle);
	a->peer.fd = -1;
}

static void test_drain_ends_at_its_deadline(void **state)
{
	struct app *a = *state;

	a->later = true;
	peer_send_z(&a->server, &a->peer, GET);
	wait_for_requests(a, 1);
	http_server_drain(a->server.http, 30, note_drained, a);
	peer_wait(&a->server, is_drained, a);
	assert_int_equal(http_server_connections(a->server.http), 1);
}

static void test_drain_of_nothing_ends_at_once(void **state)
{
	struct app *a = *state;
	struct stat st;

	peer_close(&a->peer);
	for (int i = 0; i < 4; i++)
		loop_turn(a->server.loop, 0);
	http_server_drain(a->server.http, 60000, note_drained, a);
	assert_false(a->drained); /* never from within the call */
	peer_wait(&a->server, is_drained, a);
	assert_int_equal(stat(a->server.listen + 5, &st), -1);
}

static void test_all_memory_together_is_bounded(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct app a = { .later = true };
	const struct http_limits limits = { .body_bytes = 1048576,
					    .total_bytes = 200000 };
	const struct http_handlers handlers = { .request = on_request,
						.arg = &a };
	struct peer one, two;
	char part[120000];

	(void)state;
	memset(part, 'x', sizeof(part));
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&one, &s);
	peer_connect(&two, &s);
	peer_send_z(&s, &one,
		    "POST / HTTP/1.1\r\nHost: a\r\n"
		    "Content-Length: 120001\r\n\r\n");
	peer_send(&s, &one, (struct str){ part, sizeof(part) });
	peer_send_z(&s, &two,
		    "POST / HTTP/1.1\r\nHost: a\r\n"
		    "Content-Length: 120001\r\n\r\n");
	peer_send(&s, &two, (struct str){ part, sizeof(part) });
	peer_expect(&s, &two, 1, true);
	assert_int_equal(two.status[0], 503);
	assert_non_null(peer_header(&two, "retry-after").ptr);
	peer_send_z(&s, &one, "x");
	peer_settle(&s, &one);
	assert_int_equal(a.waiting_count, 1);
	answer(a.waiting[0], 202);
	peer_expect(&s, &one, 1, false);
	assert_int_equal(one.status[0], 202);
	peer_close(&one);
	peer_close(&two);
	peer_server_stop(&s);
}

/* Replies that nobody takes count too: whose reply does not fit is closed. */
static void test_slow_readers_together_are_bounded(void **state)
{
	struct peer_server s = { .loop = NULL };
	static char body[4194304];
	struct app a = { .reply_body = { body, sizeof(body) } };
	const struct http_limits limits = { .total_bytes = 10000000 };
	const struct http_handlers handlers = { .request = on_request,
						.arg = &a };
	struct peer p[3];

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		peer_connect(&p[i], &s);
		peer_send_z(&s, &p[i], GET);
	}
	while (a.handled < ARRAY_LEN(p))
		loop_turn(s.loop, 20);
	assert_int_equal(http_server_connections(s.http), 2);
	for (size_t i = 0; i < 2; i++) {
		peer_expect(&s, &p[i], 1, false);
		assert_int_equal(p[i].last_body.len, sizeof(body));
	}
	peer_send_z(&s, &p[0], GET); /* there is room again */
	peer_expect(&s, &p[0], 2, false);
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		peer_close(&p[i]);
	peer_server_stop(&s);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_request_is_given_as_it_came),
		CASE(test_reply_has_date_length_and_the_given_fields),
		CASE(test_head_is_answered_without_a_body),
		CASE(test_100_continue_is_sent_before_the_body),
		CASE(test_headers_handler_refuses_before_the_body),
		CASE(test_refused_client_can_read_why_while_it_sends),
		CASE(test_requests_wait_for_the_one_before),
		CASE(test_pipelined_input_is_bounded),
		CASE(test_large_reply_goes_out_as_the_client_reads),
		CASE(test_reply_to_a_vanished_client_is_dropped),
		CASE(test_half_closed_client_gets_its_reply),
		CASE(test_reply_may_close),
		CASE(test_drain_answers_what_is_under_way),
		CASE(test_drain_ends_at_its_deadline),
		CASE(test_drain_of_nothing_ends_at_once),
		cmocka_unit_test(test_all_memory_together_is_bounded),
		cmocka_unit_test(test_slow_readers_together_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Errors as the client sees them. */
#include "http_peer.h"

#include "http/problem.h"
#include "http/router.h"

static const struct http_limits limits = { 0 };

static const struct http_route routes[] = {
	{ HTTP_GET, "/route", NULL },
	{ HTTP_PUT, "/route", NULL },
	{ .pattern = NULL },
};

static const struct http_header in_a_while = { "Retry-After", "42" };

static void on_request(struct http_request *req, void *arg)
{
	struct str path = http_request_path(req);
	struct http_match m;
	struct err err = { 0 };

	(void)arg;
	if (str_is(path, "/err")) {
		err_fill(&err, ERR_CONFLICT, "say \"%s\"", "a\\b\n\xc3\xa9");
		http_reply_err(req, &err);
	} else if (str_is(path, "/busy")) {
		http_reply_problem(req, 503, NULL);
	} else if (str_is(path, "/in-a-while")) {
		http_reply_problem_with(req, 429, "Later.", &in_a_while);
	} else if (str_is(path, "/slow-down")) {
		http_reply_problem(req, 429, "Later.");
	} else {
		http_route_reply(req, routes,
				 http_route_find(routes,
						 http_request_method(req), path,
						 &m));
	}
}

static const struct http_handlers handlers = { .request = on_request };

static void ask(struct peer_server *s, struct peer *p, const char *what)
{
	peer_send_z(s, p, what);
	peer_send_z(s, p, " HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_expect(s, p, p->replies + 1, false);
}

static const struct row {
	const char *what;
	int status;
	const char *body;
	const char *allow;
} rows[] = {
	{ "GET /err", 409,
	  "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,"
	  "\"detail\":\"say \\\"a\\\\b???\\\"\"}",
	  NULL },
	{ "GET /busy", 503,
	  "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\","
	  "\"status\":503}",
	  NULL },
	{ "GET /nothing", 404,
	  "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
	  "\"detail\":\"There is nothing at this path.\"}",
	  NULL },
	{ "POST /route", 405,
	  "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\","
	  "\"status\":405,\"detail\":\"See Allow for the methods.\"}",
	  "GET, HEAD, PUT" },
};

static void test_problems_say_what_and_why(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct peer p;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		ask(&s, &p, r->what);
		assert_int_equal(p.status[i], r->status);
		assert_str(peer_header(&p, "content-type"),
			   "application/problem+json");
		assert_string_equal(buf_z(&p.last_body), r->body);
		if (r->allow)
			assert_str(peer_header(&p, "allow"), r->allow);
	}
	assert_false(p.closed); /* an answer, not a refusal of the bytes */
	peer_close(&p);
	peer_server_stop(&s);
}

static void test_retry_after_is_spread(void **state)
{
	struct peer_server s = { .loop = NULL };
	uint64_t least = UINT64_MAX, most = 0;
	struct peer p;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	for (int i = 0; i < 200; i++) {
		uint64_t seconds;

		ask(&s, &p, i % 2 ? "GET /busy" : "GET /slow-down");
		assert_true(
			str_to_u64(peer_header(&p, "retry-after"), &seconds));
		least = seconds < least ? seconds : least;
		most = seconds > most ? seconds : most;
	}
	assert_in_range(least, 1, 10);
	assert_in_range(most, least + 5, 60);
	peer_close(&p);
	peer_server_stop(&s);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strcasestr(text, word)); text += strlen(word))
		n++;
	return n;
}

static void test_retry_after_of_who_knows_better_stands_alone(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct peer p;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	ask(&s, &p, "GET /in-a-while");
	assert_int_equal(p.status[0], 429);
	assert_str(peer_header(&p, "retry-after"), "42");
	assert_int_equal(count(buf_z(&p.last_head), "retry-after"), 1);
	peer_close(&p);
	peer_server_stop(&s);
}

static void test_reasons_are_known_and_never_null(void **state)
{
	(void)state;
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(202), "Accepted");
	assert_string_equal(http_reason(204), "No Content");
	assert_string_equal(http_reason(304), "Not Modified");
	assert_string_equal(http_reason(308), "Permanent Redirect");
	assert_string_equal(http_reason(411), "Length Required");
	assert_string_equal(http_reason(415), "Unsupported Media Type");
	assert_string_equal(http_reason(422), "Unprocessable Content");
	assert_string_equal(http_reason(429), "Too Many Requests");
	assert_string_equal(http_reason(431),
			    "Request Header Fields Too Large");
	assert_string_equal(http_reason(505), "HTTP Version Not Supported");
	for (int i = -1; i < 1000; i++)
		assert_non_null(http_reason(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems_say_what_and_why),
		cmocka_unit_test(test_retry_after_is_spread),
		cmocka_unit_test(
			test_retry_after_of_who_knows_better_stands_alone),
		cmocka_unit_test(test_reasons_are_known_and_never_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

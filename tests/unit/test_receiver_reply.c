/* Verdicts as they go over the wire. */
#include "http_peer.h"

#include "reply.h"

static const struct http_limits limits = { 0 };

static const struct row {
	const char *path;
	struct verdict verdict;
	const char *type, *retry, *body; /* NULL: none, or any */
} rows[] = {
	{ "/stored", { .status = 202 }, NULL, NULL, "" },
	{ "/handshake",
	  { .status = 200,
	    .content_type = "text/plain",
	    .body = { "echo", 4 } },
	  "text/plain",
	  NULL,
	  "echo" },
	{ "/refused",
	  { .status = 401, .detail = "Not so." },
	  "application/problem+json",
	  NULL,
	  "{\"type\":\"about:blank\",\"title\":\"Unauthorized\","
	  "\"status\":401,\"detail\":\"Not so.\"}" },
	{ "/at-once",
	  { .status = 429, .detail = "Later.", .retry_ms = 1 },
	  "application/problem+json",
	  "1",
	  "{\"type\":\"about:blank\",\"title\":\"Too Many Requests\","
	  "\"status\":429,\"detail\":\"Later.\"}" },
	{ "/second", { .status = 429, .retry_ms = 1000 }, NULL, "1", NULL },
	{ "/past-it", { .status = 503, .retry_ms = 1001 }, NULL, "2", NULL },
	{ "/minute", { .status = 503, .retry_ms = 60000 }, NULL, "60", NULL },
};

static void on_request(struct http_request *req, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_is(http_request_path(req), rows[i].path))
			reply_verdict(req, &rows[i].verdict);
}

static const struct http_handlers handlers = { .request = on_request };

static void check_reply(const struct peer *p, const struct row *r)
{
	struct str retry = peer_header(p, "retry-after");

	if (r->type)
		assert_str(peer_header(p, "content-type"), r->type);
	if (r->body)
		assert_string_equal(buf_z(&p->last_body), r->body);
	if (r->retry)
		assert_str(retry, r->retry);
	else
		assert_null(retry.ptr);
}

static void test_receiver_reply_says_what_and_when(void **state)
{
	struct peer_server s = { .loop = NULL };
	struct peer p;

	(void)state;
	peer_server_start(&s, &limits, &handlers);
	peer_connect(&p, &s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		peer_send_z(&s, &p, "GET ");
		peer_send_z(&s, &p, rows[i].path);
		peer_send_z(&s, &p, " HTTP/1.1\r\nHost: a\r\n\r\n");
		peer_expect(&s, &p, i + 1, false);
		assert_int_equal(p.status[i], rows[i].verdict.status);
		check_reply(&p, &rows[i]);
	}
	peer_close(&p);
	peer_server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receiver_reply_says_what_and_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

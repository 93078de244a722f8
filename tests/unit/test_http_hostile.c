/* Every case over a socket: whole, split at every byte, and byte by byte. */
#include "http_cases.h"
#include "http_peer.h"

#define ALL_SPLITS 400 /* bytes; of longer cases only some offsets */

static void accept_all(struct http_request *req, void *arg)
{
	const struct http_reply reply = { .status = 202 };

	(void)arg;
	http_reply(req, &reply);
}

static void check(const struct http_case *c, const struct peer *p,
		  const char *how, size_t at)
{
	bool same = p->replies == c->want_count && p->closed == c->want_close &&
		    !memcmp(p->status, c->want, p->replies * sizeof(int)) &&
		    p->in.len == 0;

	if (!same)
		fail_msg("%s (%s %zu): %zu replies, the last %d, %s", c->name,
			 how, at, p->replies,
			 p->replies ? p->status[p->replies - 1] : 0,
			 p->closed ? "close" : "open");
}

static void in_pieces(struct peer_server *s, const struct http_case *c,
		      size_t first, size_t next, const char *how)
{
	struct str rest = buf_str(&c->send);
	size_t size = first;
	struct peer p;

	peer_connect(&p, s);
	while (rest.len) {
		struct str piece = { rest.ptr,
				     rest.len < size ? rest.len : size };

		peer_send(s, &p, piece);
		rest.ptr += piece.len;
		rest.len -= piece.len;
		size = next;
	}
	peer_expect(s, &p, c->want_count, c->want_close);
	peer_settle(s, &p);
	check(c, &p, how, first);
	peer_close(&p);
}

static void run(const struct http_case *c, void *arg)
{
	struct peer_server *s = arg;
	size_t len = c->send.len;
	size_t step = len <= ALL_SPLITS ? 1 : len / 13;

	in_pieces(s, c, len, len, "whole");
	for (size_t at = 1; at < len; at += step)
		in_pieces(s, c, at, len, "split at");
	if (len <= ALL_SPLITS)
		in_pieces(s, c, 1, 1, "byte by byte");
}

static bool all_gone(void *arg)
{
	struct peer_server *s = arg;

	return http_server_connections(s->http) == 0;
}

static void test_every_case_ends_as_promised(void **state)
{
	const struct http_handlers handlers = { .request = accept_all };
	struct peer_server s = { .loop = NULL };

	(void)state;
	peer_server_start(&s, &case_limits, &handlers);
	assert_true(cases_each(run, &s) > 150);
	peer_wait(&s, all_gone, &s);
	peer_server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_case_ends_as_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

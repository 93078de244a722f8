/*
 * Clients that come, send a part, leave, and come back, while a handler
 * answers at once, later, or after the client has left. The order is random
 * but the same in each run; what is checked must hold in any order.
 */
#include "http_peer.h"

#define STEPS	20000
#define CLIENTS 24
#define WAITING 256

static const char *const pieces[] = {
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	"5\r\nhello\r\n0\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	"Content-Length: 2\r\n\r\nhi",
	"GET / HTTP/1.1\r\n",
	"nonsense\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
};

struct chaos {
	struct peer_server server;
	struct peer clients[CLIENTS];
	bool open[CLIENTS];
	struct http_request *waiting[WAITING];
	size_t waiting_count;
	size_t handled, answered;
	uint64_t random;
};

static char large[300000];

static size_t pick(struct chaos *c, size_t below)
{
	c->random = c->random * 6364136223846793005 + 1442695040888963407;
	return (size_t)(c->random >> 33) % below;
}

static void answer(struct chaos *c, struct http_request *req)
{
	struct http_reply reply = { .status = 202 };

	if (pick(c, 8) == 0)
		reply.body = (struct str){ large, sizeof(large) };
	reply.close = pick(c, 16) == 0;
	c->answered++;
	http_reply(req, &reply);
}

static void on_request(struct http_request *req, void *arg)
{
	struct chaos *c = arg;

	c->handled++;
	if (c->waiting_count == WAITING || pick(c, 2))
		answer(c, req);
	else
		c->waiting[c->waiting_count++] = req;
}

static void answer_one(struct chaos *c)
{
	size_t i;
	struct http_request *req;

	if (c->waiting_count == 0)
		return;
	i = pick(c, c->waiting_count);
	req = c->waiting[i];
	c->waiting[i] = c->waiting[--c->waiting_count];
	answer(c, req);
}

static void send_piece(struct chaos *c, struct peer *p)
{
	const char *z = pieces[pick(c, ARRAY_LEN(pieces))];
	size_t len = strlen(z);

	if (pick(c, 4) == 0)
		len = pick(c, len) + 1;
	if (send(p->fd, z, len, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		p->closed = true;
}

static void receive_some(struct peer *p)
{
	char scratch[65536];

	if (recv(p->fd, scratch, sizeof(scratch), 0) == 0)
		p->closed = true;
}

static void act(struct chaos *c, size_t i)
{
	struct peer *p = &c->clients[i];

	if (!c->open[i]) {
		peer_connect(p, &c->server);
		c->open[i] = true;
		return;
	}
	switch (p->closed ? 0 : pick(c, 20)) {
	case 0:
		peer_close(p);
		c->open[i] = false;
		break;
	case 1:
		(void)shutdown(p->fd, SHUT_WR);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
		receive_some(p);
		break;
	default:
		send_piece(c, p);
	}
}

static void leave(struct chaos *c)
{
	while (c->waiting_count)
		answer_one(c);
	for (size_t i = 0; i < CLIENTS; i++)
		if (c->open[i])
			peer_close(&c->clients[i]);
}

static bool all_gone(void *arg)
{
	struct chaos *c = arg;

	while (c->waiting_count)
		answer_one(c);
	return http_server_connections(c->server.http) == 0;
}

static void run(uint64_t seed)
{
	static struct chaos c;
	const struct http_limits limits = { .connections = CLIENTS - 4,
					    .header_ms = 40,
					    .body_ms = 40,
					    .reply_ms = 40,
					    .idle_ms = 40 };
	const struct http_handlers handlers = { .request = on_request,
						.arg = &c };

	c = (struct chaos){ .random = seed };
	peer_server_start(&c.server, &limits, &handlers);
	for (int step = 0; step < STEPS; step++) {
		act(&c, pick(&c, CLIENTS));
		if (pick(&c, 3) == 0)
			answer_one(&c);
		if (pick(&c, 2) == 0)
			loop_turn(c.server.loop, 0);
		assert_true(http_server_connections(c.server.http) <=
			    limits.connections);
	}
	leave(&c);
	peer_wait(&c.server, all_gone, &c);
	assert_true(c.handled > 1000);
	assert_int_equal(c.answered, c.handled);
	peer_server_stop(&c.server);
}

static void test_each_request_is_answered_once_whatever_happens(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_each_request_is_answered_once_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

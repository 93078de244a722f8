/* A small server of raw sockets on a test's own loop: says what it is told. */
#ifndef TESTS_UNIT_HTTP_ORIGIN_H
#define TESTS_UNIT_HTTP_ORIGIN_H

#include "check.h"

#include "loop/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define ORIGIN_PEERS 16

struct origin_peer {
	struct origin *origin;
	struct loop_io io; /* fd -1: free */
	char in[8192];
	size_t in_len;
	size_t sent;
	bool answering;
};

struct origin {
	struct loop *loop;
	struct loop_io listener;
	unsigned port;
	struct origin_peer peers[ORIGIN_PEERS];
	size_t accepted;
	char request[8192]; /* the last one */

	const char *answer; /* NULL: never answers */
	size_t answer_len;
	size_t hold; /* so many bytes at most, until origin_release */
	bool closes; /* after the answer */
};

static inline void origin_drop(struct origin_peer *p)
{
	if (p->io.fd < 0)
		return;
	loop_io_release(&p->io);
	close(p->io.fd);
	p->io.fd = -1;
}

static inline void origin_send_some(struct origin_peer *p)
{
	struct origin *o = p->origin;
	size_t until = o->hold < o->answer_len ? o->hold : o->answer_len;
	ssize_t n = send(p->io.fd, o->answer + p->sent, until - p->sent,
			 MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN) {
		origin_drop(p);
		return;
	}
	if (n > 0)
		p->sent += (size_t)n;
	p->answering = p->sent < o->answer_len;
	if (p->sent < until) {
		loop_io_want(&p->io, LOOP_READ | LOOP_WRITE);
		return;
	}
	loop_io_want(&p->io, LOOP_READ);
	if (p->answering)
		return;
	p->sent = 0;
	if (o->closes)
		origin_drop(p);
}

static inline void origin_peer_cb(unsigned ready, void *arg)
{
	struct origin_peer *p = arg;
	struct origin *o = p->origin;
	ssize_t n;

	if (ready & LOOP_WRITE) {
		origin_send_some(p);
		return;
	}
	n = recv(p->io.fd, p->in + p->in_len, sizeof(p->in) - 1 - p->in_len, 0);
	if (n <= 0) {
		origin_drop(p);
		return;
	}
	p->in_len += (size_t)n;
	p->in[p->in_len] = '\0';
	if (!strstr(p->in, "\r\n\r\n"))
		return;
	memcpy(o->request, p->in, p->in_len + 1);
	p->in_len = 0;
	if (o->answer)
		origin_send_some(p);
}

static inline void origin_accept_cb(unsigned ready, void *arg)
{
	struct origin *o = arg;
	int fd = accept4(o->listener.fd, NULL, NULL, SOCK_NONBLOCK);
	int little = 65536; /* what the system may hold back of an answer */

	(void)ready;
	assert_true(fd >= 0);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof(little)),
		0);
	for (size_t i = 0; i < ORIGIN_PEERS; i++) {
		struct origin_peer *p = &o->peers[i];

		if (p->io.fd >= 0)
			continue;
		*p = (struct origin_peer){ .origin = o };
		loop_io_init(&p->io, o->loop, fd, origin_peer_cb, p);
		loop_io_want(&p->io, LOOP_READ);
		o->accepted++;
		return;
	}
	fail_msg("more than %d connections", ORIGIN_PEERS);
}

static inline void origin_start(struct origin *o, struct loop *loop)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*o = (struct origin){ .loop = loop, .hold = SIZE_MAX };
	for (size_t i = 0; i < ORIGIN_PEERS; i++)
		o->peers[i].io.fd = -1;
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	o->port = ntohs(a.sin_port);
	loop_io_init(&o->listener, loop, fd, origin_accept_cb, o);
	loop_io_want(&o->listener, LOOP_READ);
}

/* No more connections; those that there are stay. */
static inline void origin_close_listener(struct origin *o)
{
	if (o->listener.fd < 0)
		return;
	loop_io_release(&o->listener);
	close(o->listener.fd);
	o->listener.fd = -1;
}

static inline void origin_stop(struct origin *o)
{
	origin_close_listener(o);
	for (size_t i = 0; i < ORIGIN_PEERS; i++)
		origin_drop(&o->peers[i]);
}

static inline void origin_serve(struct origin *o, struct str answer)
{
	o->answer = answer.ptr;
	o->answer_len = answer.len;
}

/* hold is larger than it was. */
static inline void origin_send_held(struct origin *o)
{
	for (size_t i = 0; i < ORIGIN_PEERS; i++)
		if (o->peers[i].io.fd >= 0 && o->peers[i].answering)
			origin_send_some(&o->peers[i]);
}

/* What hold held back. */
static inline void origin_release(struct origin *o)
{
	o->hold = SIZE_MAX;
	origin_send_held(o);
}

#endif

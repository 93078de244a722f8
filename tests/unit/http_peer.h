/* A server on a loop in this process, and clients on raw sockets. */
#ifndef TESTS_UNIT_HTTP_PEER_H
#define TESTS_UNIT_HTTP_PEER_H

#include "check.h"

#include "base/buf.h"
#include "base/clock.h"
#include "http/server.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PEER_WAIT_MS 10000 /* then something hangs */
#define PEER_REPLIES 1100

struct peer_server {
	struct loop *loop;
	struct http_server *http;
	char dir[64];
	char listen[96]; /* "unix:<dir>/s" */
};

/* A client, and what it has received so far. */
struct peer {
	int fd;
	struct buf in;
	int status[PEER_REPLIES];
	size_t replies;
	size_t interim; /* replies of 100 */
	bool closed;
	bool head_only; /* replies have no body, whatever they say */
	struct buf last_head;
	struct buf last_body;
};

static inline void peer_server_start(struct peer_server *s,
				     const struct http_limits *limits,
				     const struct http_handlers *handlers)
{
	struct http_server_config cfg = { .listen = s->listen,
					  .limits = *limits,
					  .handlers = *handlers };
	struct err err = { 0 };

	assert_true(snprintf(s->dir, sizeof(s->dir), "/tmp/hrisd-test-XXXXXX") >
		    0);
	assert_non_null(mkdtemp(s->dir));
	assert_true(snprintf(s->listen, sizeof(s->listen), "unix:%s/s",
			     s->dir) > 0);
	assert_int_equal(loop_new(&s->loop, &err), 0);
	if (http_server_new(&s->http, s->loop, &cfg, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void peer_server_stop(struct peer_server *s)
{
	http_server_free(&s->http);
	loop_free(&s->loop);
	assert_int_equal(rmdir(s->dir), 0); /* the socket is gone too */
}

/* Until done(arg), or fail. */
static inline void peer_wait(struct peer_server *s, bool (*done)(void *arg),
			     void *arg)
{
	int64_t end = clock_mono_ms() + PEER_WAIT_MS;

	while (!done(arg)) {
		if (clock_mono_ms() > end)
			fail_msg("waited %d ms in vain", PEER_WAIT_MS);
		loop_turn(s->loop, 20);
	}
}

static inline void peer_connect(struct peer *p, const struct peer_server *s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	*p = (struct peer){
		.fd = socket(AF_UNIX,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
	};
	buf_init(&p->in, 16777216);
	buf_init(&p->last_head, 65536);
	buf_init(&p->last_body, 16777216);
	assert_true(p->fd >= 0);
	assert_true(snprintf(to.sun_path, sizeof(to.sun_path), "%s",
			     s->listen + strlen("unix:")) > 0);
	assert_int_equal(connect(p->fd, (struct sockaddr *)&to, sizeof(to)), 0);
}

static inline void peer_close(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	buf_release(&p->in);
	buf_release(&p->last_head);
	buf_release(&p->last_body);
}

/* Header field of the last reply, or ptr NULL. */
static inline struct str peer_header(const struct peer *p, const char *name)
{
	struct str rest = buf_str(&p->last_head), line, key;

	while (rest.len) {
		(void)str_cut(&rest, '\n', &line);
		if (str_cut(&line, ':', &key) &&
		    str_eq_nocase(key, str_of(name)))
			return str_trim(line);
	}
	return (struct str){ 0 };
}

/* Take one whole reply off the front of what was received. */
static inline bool peer_take_reply(struct peer *p)
{
	const char *end;
	uint64_t body = 0, status;
	size_t head;

	end = p->in.len ? strstr(p->in.data, "\r\n\r\n") : NULL;
	if (!end)
		return false;
	head = (size_t)(end - p->in.data) + 4;
	buf_clear(&p->last_head);
	buf_add(&p->last_head, p->in.data, head);
	assert_memory_equal(p->in.data, "HTTP/1.1 ", 9);
	assert_true(str_to_u64((struct str){ p->in.data + 9, 3 }, &status));
	(void)str_to_u64(peer_header(p, "content-length"), &body);
	if (p->head_only)
		body = 0;
	if (p->in.len < head + body)
		return false;
	buf_clear(&p->last_body);
	buf_add(&p->last_body, p->in.data + head, body);
	buf_consume(&p->in, head + body);
	if (status == 100) {
		p->interim++;
		return true;
	}
	assert_true(p->replies < PEER_REPLIES);
	p->status[p->replies++] = (int)status;
	return true;
}

/* Receive what there is. */
static inline void peer_receive(struct peer *p)
{
	char scratch[65536];
	ssize_t n;

	while ((n = recv(p->fd, scratch, sizeof(scratch), 0)) > 0)
		buf_add(&p->in, scratch, (size_t)n);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		p->closed = true;
	while (peer_take_reply(p))
		;
}

/*
 * Send all, giving the server its turns; what the server does not want any
 * more, because it has closed, is left.
 */
static inline void peer_send(struct peer_server *s, struct peer *p,
			     struct str data)
{
	int64_t end = clock_mono_ms() + PEER_WAIT_MS;

	while (data.len) {
		ssize_t n = send(p->fd, data.ptr, data.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return;
		if (n > 0) {
			data.ptr += n;
			data.len -= (size_t)n;
		}
		loop_turn(s->loop, 0);
		if (n < 0)
			peer_receive(p);
		if (clock_mono_ms() > end)
			fail_msg("the server takes nothing more");
	}
}

static inline void peer_send_z(struct peer_server *s, struct peer *p,
			       const char *z)
{
	peer_send(s, p, str_of(z));
}

/* Until n replies have come, and the end too when close is set. */
static inline void peer_expect(struct peer_server *s, struct peer *p, size_t n,
			       bool close_too)
{
	int64_t end = clock_mono_ms() + PEER_WAIT_MS;

	for (;;) {
		peer_receive(p);
		if (p->closed || (p->replies >= n && !close_too))
			return;
		if (clock_mono_ms() > end)
			fail_msg("%zu replies of %zu, %s", p->replies, n,
				 p->closed ? "closed" : "open");
		loop_turn(s->loop, 20);
	}
}

/* A few turns in which nothing more may come. */
static inline void peer_settle(struct peer_server *s, struct peer *p)
{
	for (int i = 0; i < 4; i++)
		loop_turn(s->loop, 0);
	peer_receive(p);
}

#endif

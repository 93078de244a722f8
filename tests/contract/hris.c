#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hris.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void drop(struct hris_peer *p)
{
	if (p->io.fd < 0)
		return;
	loop_io_release(&p->io);
	close(p->io.fd);
	p->io.fd = -1;
	p->asked = false;
	buf_release(&p->out);
}

static void fill_body(const struct hris_peer *p, char out[HRIS_BODY_MAX])
{
	const char *body = p->hris->body, *at = strchr(body, '*');
	char path[256] = "";
	const char *last;
	int len;

	(void)sscanf(p->in, "%*s %255s", path);
	last = strrchr(path, '/');
	if (at && last)
		len = snprintf(out, HRIS_BODY_MAX, "%.*s%s%s", (int)(at - body),
			       body, last + 1, at + 1);
	else
		len = snprintf(out, HRIS_BODY_MAX, "%s", body);
	assert_true(len >= 0 && len < HRIS_BODY_MAX);
}

/* False when all was sent. */
static bool has_more(struct hris_peer *p)
{
	if (p->sent < p->out.len)
		return true;
	if (!p->more)
		return false;
	buf_clear(&p->out);
	p->sent = 0;
	p->more(p, &p->out);
	assert_false(p->out.failed);
	return p->out.len > 0;
}

static void send_more(struct hris_peer *p)
{
	ssize_t n = send(p->io.fd, p->out.data + p->sent, p->out.len - p->sent,
			 MSG_NOSIGNAL);

	if (n > 0)
		p->sent += (size_t)n;
	if (n <= 0 && errno == EAGAIN)
		n = 1;
	if (n <= 0 || !has_more(p))
		drop(p);
	else
		loop_io_want(&p->io, LOOP_READ | LOOP_WRITE);
}

static void serve(struct hris_peer *p, struct hris_reply *r)
{
	struct hris *h = p->hris;
	char body[HRIS_BODY_MAX], target[512] = "";

	(void)sscanf(p->in, "%*s %511s", target);
	if (h->serve) {
		h->serve(h, target, r);
		return;
	}
	fill_body(p, body);
	r->status = h->status;
	(void)snprintf(r->headers, sizeof(r->headers), "%s", h->headers);
	buf_add_z(&r->body, body);
}

static void answer(struct hris_peer *p)
{
	struct hris_reply r = { .status = "200 OK" };

	p->asked = false;
	buf_init(&r.body, HRIS_ANSWER_MAX);
	buf_init(&p->out, HRIS_ANSWER_MAX);
	serve(p, &r);
	buf_addf(&p->out,
		 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s"
		 "Connection: close\r\n\r\n",
		 r.status, r.body.len + r.more_length, r.headers);
	p->more = r.more;
	assert_true(r.cut <= r.body.len);
	buf_add(&p->out, buf_z(&r.body), r.body.len - r.cut);
	assert_false(p->out.failed || r.body.failed);
	buf_release(&r.body);
	send_more(p);
}

static int held(const struct hris *h)
{
	int n = 0;

	for (int i = 0; i < HRIS_PEERS_MAX; i++)
		n += h->peers[i].asked;
	return n;
}

/* With the body that its head announces. */
static bool is_whole(const char *in, size_t len)
{
	const char *end = strstr(in, "\r\n\r\n");
	const char *length = strcasestr(in, "\r\nContent-Length: ");

	if (!end)
		return false;
	end += 4;
	if (!length || length > end)
		return true;
	return (size_t)(in + len - end) >=
	       strtoul(strchr(length, ':') + 1, NULL, 10);
}

static void peer_cb(unsigned ready, void *arg)
{
	struct hris_peer *p = arg;
	struct hris *h = p->hris;
	ssize_t n;

	if (ready & LOOP_WRITE) {
		send_more(p);
		return;
	}
	n = recv(p->io.fd, p->in + p->len, sizeof(p->in) - 1 - p->len, 0);
	if (n <= 0) {
		drop(p);
		return;
	}
	p->len += (size_t)n;
	p->in[p->len] = '\0';
	if (p->asked || !is_whole(p->in, p->len))
		return;
	memcpy(h->last, p->in, p->len + 1);
	h->calls++;
	p->asked = true;
	if (held(h) > h->most)
		h->most = held(h);
	if (!h->hold)
		answer(p);
}

static void accept_cb(unsigned ready, void *arg)
{
	struct hris *h = arg;
	int fd = accept4(h->listener.fd, NULL, NULL, SOCK_NONBLOCK);

	(void)ready;
	if (fd < 0)
		return;
	for (int i = 0; i < HRIS_PEERS_MAX; i++) {
		struct hris_peer *p = &h->peers[i];

		if (p->io.fd >= 0)
			continue;
		*p = (struct hris_peer){ .hris = h };
		loop_io_init(&p->io, h->loop, fd, peer_cb, p);
		loop_io_want(&p->io, LOOP_READ);
		return;
	}
	fail_msg("more than %d connections", HRIS_PEERS_MAX);
}

void hris_start(struct hris *h, struct loop *loop)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, HRIS_PEERS_MAX), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*h = (struct hris){ .loop = loop, .port = ntohs(a.sin_port) };
	for (int i = 0; i < HRIS_PEERS_MAX; i++)
		h->peers[i].io.fd = -1;
	hris_says(h, "500 Not told what to say", "", "");
	loop_io_init(&h->listener, loop, fd, accept_cb, h);
	loop_io_want(&h->listener, LOOP_READ);
}

void hris_stop(struct hris *h)
{
	for (int i = 0; i < HRIS_PEERS_MAX; i++)
		drop(&h->peers[i]);
	loop_io_release(&h->listener);
	close(h->listener.fd);
}

void hris_says(struct hris *h, const char *status, const char *headers,
	       const char *body)
{
	h->status = status;
	h->headers = headers;
	h->body = body;
}

void hris_let_go(struct hris *h)
{
	h->hold = false;
	for (int i = 0; i < HRIS_PEERS_MAX; i++)
		if (h->peers[i].asked)
			answer(&h->peers[i]);
}

/* The server: made, accepting connections, drained, freed. */
#include "http/server.h"

#include "base/mem.h"
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BATCH	64    /* connections per turn; then others */
#define ACCEPT_AGAIN_MS 100   /* after the system had no descriptor left */
#define REPLY_MAX	65536 /* of a head, and a small body behind it */

static void use_default(size_t *field, size_t value)
{
	if (*field == 0)
		*field = value;
}

static void use_default_ms(int64_t *field, int64_t value)
{
	if (*field == 0)
		*field = value;
}

static void set_defaults(struct http_limits *l)
{
	use_default(&l->connections, 10240);
	use_default(&l->header_bytes, 16384);
	use_default(&l->headers, 64);
	use_default(&l->body_bytes, 1048576);
	use_default(&l->total_bytes, 268435456);
	use_default_ms(&l->header_ms, 10000);
	use_default_ms(&l->body_ms, 30000);
	use_default_ms(&l->stream_ms, 600000);
	use_default_ms(&l->reply_ms, 30000);
	use_default_ms(&l->idle_ms, 75000);
}

static void watch_listener(struct http_server *s, bool on)
{
	if (s->listener.fd < 0)
		return;
	s->accepting = on;
	loop_io_want(&s->listener, on ? LOOP_READ : 0);
}

static void accept_again_cb(void *arg)
{
	watch_listener(arg, true);
}

static struct http_peer peer_of(const struct sockaddr_storage *from)
{
	struct http_peer p = { .family = from->ss_family };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (from->ss_family == AF_INET) {
		memcpy(&in, from, sizeof(in));
		p.port = in.sin_port;
		memcpy(p.addr, &in.sin_addr, sizeof(in.sin_addr));
	} else if (from->ss_family == AF_INET6) {
		memcpy(&in6, from, sizeof(in6));
		p.port = in6.sin6_port;
		memcpy(p.addr, &in6.sin6_addr, sizeof(in6.sin6_addr));
	}
	return p;
}

/* The client that gave up meanwhile is no reason to stop; these are. */
static bool is_out_of_resources(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM;
}

/* False when there is none to accept now. */
static bool accept_one(struct http_server *s)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	struct http_peer peer;
	int fd = accept4(s->listener.fd, (struct sockaddr *)&from, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		peer = peer_of(&from);
		http_conn_open(s, fd, &peer);
		return true;
	}
	if (is_out_of_resources(errno)) {
		/* The listener stays readable: to watch it would spin. */
		watch_listener(s, false);
		loop_timer_set(&s->accept_again, ACCEPT_AGAIN_MS);
		return false;
	}
	return errno != EAGAIN && errno != EWOULDBLOCK;
}

static void listener_cb(unsigned ready, void *arg)
{
	struct http_server *s = arg;

	(void)ready;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		if (s->connections >= s->limits.connections) {
			watch_listener(s, false);
			return;
		}
		if (!accept_one(s))
			return;
	}
}

static void drained_task(void *arg)
{
	struct http_server *s = arg;
	void (*done)(void *) = s->drain_done;

	loop_timer_cancel(&s->drain_end);
	s->drain_done = NULL;
	if (done)
		done(s->drain_arg); /* it may free s */
}

void http_server_conn_gone(struct http_server *s)
{
	if (!s->accepting && !s->draining) {
		loop_timer_cancel(&s->accept_again);
		watch_listener(s, true);
	}
	if (s->draining && s->connections == 0)
		loop_post(s->loop, &s->drained);
}

static void reap_task(void *arg)
{
	struct http_server *s = arg;
	struct http_conn_list *closed = &s->phases[HTTP_CLOSED];
	struct http_conn *c;

	while ((c = TAILQ_FIRST(closed))) {
		TAILQ_REMOVE(closed, c, link);
		free(c);
	}
}

static void init_loop_parts(struct http_server *s)
{
	loop_io_init(&s->listener, s->loop, s->listener.fd, listener_cb, s);
	loop_timer_init(&s->accept_again, s->loop, accept_again_cb, s);
	loop_timer_init(&s->drain_end, s->loop, drained_task, s);
	loop_task_init(&s->drained, drained_task, s);
	loop_task_init(&s->reap, reap_task, s);
}

int http_server_new(struct http_server **out, struct loop *loop,
		    const struct http_server_config *cfg, struct err *err)
{
	struct http_server *s = mem_new(sizeof(*s));

	s->loop = loop;
	s->limits = cfg->limits;
	s->handlers = cfg->handlers;
	set_defaults(&s->limits);
	if (http_listen(s, cfg, err) < 0) {
		free(s);
		return -1;
	}
	s->scratch = mem_resize(NULL, HTTP_SCRATCH);
	buf_init(&s->head, REPLY_MAX);
	TAILQ_INIT(&s->active);
	TAILQ_INIT(&s->pool);
	http_deadlines_init(s);
	init_loop_parts(s);
	watch_listener(s, true);
	*out = s;
	return 0;
}

unsigned http_server_port(const struct http_server *s)
{
	return s->port;
}

size_t http_server_connections(const struct http_server *s)
{
	return s->connections;
}

static void close_listener(struct http_server *s)
{
	if (s->listener.fd < 0)
		return;
	loop_timer_cancel(&s->accept_again);
	loop_io_release(&s->listener);
	close(s->listener.fd);
	s->listener.fd = -1;
	if (s->unlink_path)
		(void)unlink(s->unlink_path);
}

static void close_phase(struct http_server *s, enum http_phase phase)
{
	struct http_conn *c;

	while ((c = TAILQ_FIRST(&s->phases[phase])))
		http_conn_close(c);
}

/* Those that were accepted and have not begun to say anything. */
static void close_silent(struct http_server *s)
{
	struct http_conn *c, *next;

	for (c = TAILQ_FIRST(&s->phases[HTTP_READ_HEAD]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!c->request)
			http_conn_close(c);
	}
}

void http_server_drain(struct http_server *s, int64_t ms,
		       void (*done)(void *arg), void *arg)
{
	s->draining = true;
	s->drain_done = done;
	s->drain_arg = arg;
	close_listener(s);
	close_phase(s, HTTP_IDLE);
	close_silent(s);
	if (s->connections == 0)
		loop_post(s->loop, &s->drained);
	else
		loop_timer_set(&s->drain_end, ms);
}

void http_server_free(struct http_server **server)
{
	struct http_server *s = *server;

	if (!s)
		return;
	s->draining = true; /* nothing is accepted in place of the closed */
	close_listener(s);
	for (int phase = 0; phase < HTTP_CLOSED; phase++)
		close_phase(s, (enum http_phase)phase);
	reap_task(s);
	loop_task_cancel(s->loop, &s->reap);
	loop_task_cancel(s->loop, &s->drained);
	loop_timer_release(&s->tick);
	loop_timer_release(&s->accept_again);
	loop_timer_release(&s->drain_end);
	http_request_pool_free(s);
	buf_release(&s->head);
	free(s->scratch);
	free(s->unlink_path);
	free(s);
	*server = NULL;
}

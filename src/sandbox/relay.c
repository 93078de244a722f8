#include "relay.h"

#include "base/mem.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINKS_MAX   512
#define FLOW_BYTES  16384
#define PUMP_ROUNDS 16 /* per turn and link, so that all get their share */
#define SLOW_STEPS  20

enum side { CLIENT, SERVER, SIDE_COUNT };

struct flow { /* bytes read from one side, for the other */
	char data[FLOW_BYTES];
	size_t at, len;
	bool ended; /* the side has closed */
	bool passed_on;
};

struct relay_link {
	struct relay *relay;
	int fd[SIDE_COUNT];
	struct loop_io io[SIDE_COUNT];
	struct flow from[SIDE_COUNT];
	unsigned port; /* as the server sees it */
	bool local;
	bool connected;
	bool closed;
	/* faults of what goes to the client */
	bool cuts;
	bool resets;
	bool seeks_body; /* cut_left counts from the end of the head on */
	size_t cut_left;
	size_t step; /* bytes per tick; 0: as fast as it goes */
	size_t step_left;
	size_t slow_left;
	int64_t tick_ms;
	struct loop_timer timer;
	struct loop_task free_later;
	TAILQ_ENTRY(relay_link) link;
};

struct relay {
	struct loop *loop;
	int fd;
	struct loop_io io;
	unsigned port;
	unsigned server_port;
	size_t count;
	TAILQ_HEAD(, relay_link) links;
};

static void free_cb(void *arg)
{
	struct relay_link *l = arg;

	free(l);
}

static void close_link(struct relay_link *l)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct relay *r = l->relay;

	if (l->closed)
		return;
	l->closed = true;
	loop_timer_release(&l->timer);
	if (l->resets) /* makes close send RST instead of FIN */
		(void)setsockopt(l->fd[CLIENT], SOL_SOCKET, SO_LINGER, &at_once,
				 sizeof(at_once));
	for (int s = 0; s < SIDE_COUNT; s++) {
		loop_io_release(&l->io[s]);
		(void)close(l->fd[s]);
	}
	TAILQ_REMOVE(&r->links, l, link);
	r->count--;
	loop_io_want(&r->io, LOOP_READ);
	loop_post(r->loop, &l->free_later);
}

/* How many of the bytes may go to that side now. */
static size_t allowed(const struct relay_link *l, enum side to, size_t len)
{
	if (to == SERVER)
		return len;
	if (l->cuts && !l->seeks_body && len > l->cut_left)
		len = l->cut_left;
	if (l->step && len > l->step_left)
		len = l->step_left;
	return len;
}

static void count_sent(struct relay_link *l, size_t n)
{
	if (l->cuts && !l->seeks_body)
		l->cut_left -= n;
	if (!l->step)
		return;
	l->step_left -= n;
	l->slow_left -= n < l->slow_left ? n : l->slow_left;
	if (l->slow_left == 0)
		l->step = 0;
}

/* False when nothing moved, or the link was closed. */
static bool fill(struct relay_link *l, enum side from)
{
	struct flow *f = &l->from[from];
	ssize_t n;

	if (f->len > 0 || f->ended)
		return false;
	n = recv(l->fd[from], f->data, sizeof(f->data), 0);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			close_link(l);
		return false;
	}
	f->at = 0;
	f->len = (size_t)n;
	f->ended = n == 0;
	return n > 0;
}

/* The head of an answer is written in one piece, so it is read in one too. */
static void find_body(struct relay_link *l, const struct flow *f)
{
	const char *end = memmem(f->data + f->at, f->len, "\r\n\r\n", 4);

	if (!l->seeks_body || !end)
		return;
	l->seeks_body = false;
	l->cut_left += (size_t)(end + 4 - (f->data + f->at));
}

static bool drain(struct relay_link *l, enum side from)
{
	enum side to = from == CLIENT ? SERVER : CLIENT;
	struct flow *f = &l->from[from];
	size_t len;
	ssize_t n;

	if (to == CLIENT)
		find_body(l, f);
	len = allowed(l, to, f->len);
	if (f->len > 0 && to == CLIENT && l->cuts && !l->seeks_body &&
	    l->cut_left == 0) {
		close_link(l);
		return false;
	}
	if (len == 0)
		return false;
	n = send(l->fd[to], f->data + f->at, len, MSG_NOSIGNAL);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			close_link(l);
		return false;
	}
	f->at += (size_t)n;
	f->len -= (size_t)n;
	if (to == CLIENT)
		count_sent(l, (size_t)n);
	return true;
}

static void pass_end_on(struct relay_link *l, enum side from)
{
	struct flow *f = &l->from[from];

	if (!f->ended || f->len > 0 || f->passed_on)
		return;
	f->passed_on = true;
	(void)shutdown(l->fd[from == CLIENT ? SERVER : CLIENT], SHUT_WR);
}

static void want(struct relay_link *l, enum side s)
{
	enum side other = s == CLIENT ? SERVER : CLIENT;
	unsigned events = 0;

	if (l->from[s].len == 0 && !l->from[s].ended)
		events |= LOOP_READ;
	if (l->from[other].len > 0 &&
	    (s == SERVER || !l->step || l->step_left > 0))
		events |= LOOP_WRITE;
	loop_io_want(&l->io[s], events);
}

static void pump(struct relay_link *l)
{
	for (int i = 0; i < PUMP_ROUNDS; i++) {
		bool moved = false;

		for (int s = 0; s < SIDE_COUNT && !l->closed; s++) {
			moved |= fill(l, (enum side)s);
			if (!l->closed)
				moved |= drain(l, (enum side)s);
		}
		if (l->closed)
			return;
		if (!moved)
			break;
	}
	pass_end_on(l, CLIENT);
	pass_end_on(l, SERVER);
	if (l->from[CLIENT].passed_on && l->from[SERVER].passed_on) {
		close_link(l);
		return;
	}
	want(l, CLIENT);
	want(l, SERVER);
}

static void link_cb(unsigned ready, void *arg)
{
	struct relay_link *l = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)ready;
	if (l->closed)
		return;
	if (!l->connected) {
		if (getsockopt(l->fd[SERVER], SOL_SOCKET, SO_ERROR, &error,
			       &len) < 0 ||
		    error != 0) {
			close_link(l);
			return;
		}
		l->connected = true;
	}
	pump(l);
}

static void tick_cb(void *arg)
{
	struct relay_link *l = arg;

	if (!l->step)
		return;
	l->step_left = l->step;
	loop_timer_set(&l->timer, l->tick_ms);
	pump(l);
}

static bool is_loopback(const struct sockaddr_storage *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->ss_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	memcpy(&v6, a, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static unsigned port_of(const struct sockaddr_storage *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->ss_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return ntohs(v4.sin_port);
	}
	memcpy(&v6, a, sizeof(v6));
	return ntohs(v6.sin6_port);
}

/* A socket on its way to the server, and the port that it comes from. */
static int reach_server(const struct relay *r, unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)r->server_port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in own = { .sin_family = AF_INET };
	socklen_t len = sizeof(own);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if ((connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 &&
	     errno != EINPROGRESS) ||
	    getsockname(fd, (struct sockaddr *)&own, &len) < 0) {
		(void)close(fd);
		return -1;
	}
	*port = ntohs(own.sin_port);
	return fd;
}

static void add_link(struct relay *r, int client,
		     const struct sockaddr_storage *from)
{
	unsigned port = 0;
	int server = reach_server(r, &port);
	struct relay_link *l;
	int one = 1;

	if (server < 0) {
		(void)close(client);
		return;
	}
	(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	l = mem_new(sizeof(*l));
	l->relay = r;
	l->fd[CLIENT] = client;
	l->fd[SERVER] = server;
	l->port = port;
	l->local = is_loopback(from);
	for (int s = 0; s < SIDE_COUNT; s++)
		loop_io_init(&l->io[s], r->loop, l->fd[s], link_cb, l);
	loop_timer_init(&l->timer, r->loop, tick_cb, l);
	loop_task_init(&l->free_later, free_cb, l);
	TAILQ_INSERT_TAIL(&r->links, l, link);
	r->count++;
	loop_io_want(&l->io[SERVER], LOOP_WRITE); /* when it is connected */
}

static void accept_cb(unsigned ready, void *arg)
{
	struct relay *r = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	int fd;

	(void)ready;
	fd = accept4(r->fd, (struct sockaddr *)&from, &len,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		add_link(r, fd, &from);
	if (r->count >= LINKS_MAX)
		loop_io_want(&r->io, 0); /* until one closes */
}

/* Cut "host:port" or "[host]:port" into host and port. */
static int split(const char *listen, char *host, size_t size, const char **port,
		 struct err *err)
{
	const char *colon = strrchr(listen, ':');
	const char *from = listen;
	size_t len;

	if (!colon)
		return err_set(err, ERR_INVALID,
			       "--listen: HOST:PORT, such as 127.0.0.1:9090");
	len = (size_t)(colon - listen);
	if (len > 1 && listen[0] == '[' && colon[-1] == ']') {
		from++;
		len -= 2;
	}
	if (len >= size)
		return err_set(err, ERR_INVALID, "--listen: too long a host");
	memcpy(host, from, len);
	host[len] = '\0';
	*port = colon + 1;
	return 0;
}

static int bound(const struct addrinfo *a)
{
	int one = 1;
	int fd = socket(a->ai_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, 128) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int open_listener(struct relay *r, const char *where, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_PASSIVE |
					      AI_NUMERICSERV };
	struct addrinfo *a = NULL;
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof(own);
	const char *port;
	char host[64];

	if (split(where, host, sizeof(host), &port, err) < 0)
		return -1;
	if (getaddrinfo(host, port, &hints, &a) != 0)
		return err_set(err, ERR_INVALID,
			       "--listen: \"%s\" is not an address and a port",
			       where);
	r->fd = bound(a);
	freeaddrinfo(a);
	if (r->fd < 0)
		return err_set(err, ERR_CONFIG, "cannot listen on %s: %s",
			       where, strerror(errno));
	if (getsockname(r->fd, (struct sockaddr *)&own, &len) == 0)
		r->port = port_of(&own);
	return 0;
}

int relay_new(struct relay **out, struct loop *loop, const char *where,
	      unsigned port, struct err *err)
{
	struct relay *r = mem_new(sizeof(*r));

	r->loop = loop;
	r->server_port = port;
	TAILQ_INIT(&r->links);
	if (open_listener(r, where, err) < 0) {
		free(r);
		return -1;
	}
	loop_io_init(&r->io, loop, r->fd, accept_cb, r);
	loop_io_want(&r->io, LOOP_READ);
	*out = r;
	return 0;
}

void relay_free(struct relay **rp)
{
	struct relay *r = *rp;
	struct relay_link *l, *next;

	if (!r)
		return;
	for (l = TAILQ_FIRST(&r->links); l; l = next) {
		next = TAILQ_NEXT(l, link);
		close_link(l);
		loop_task_cancel(r->loop, &l->free_later);
		free(l);
	}
	loop_io_release(&r->io);
	(void)close(r->fd);
	free(r);
	*rp = NULL;
}

unsigned relay_port(const struct relay *r)
{
	return r->port;
}

struct relay_link *relay_find(struct relay *r, struct str peer)
{
	struct relay_link *l;
	struct str head;
	uint64_t port;

	(void)str_cut(&peer, ':', &head);
	if (!r || !str_to_u64(peer, &port))
		return NULL;
	TAILQ_FOREACH (l, &r->links, link)
		if (l->port == port)
			return l;
	return NULL;
}

bool relay_is_local(const struct relay_link *l)
{
	return l->local;
}

void relay_reset(struct relay_link *l)
{
	l->cuts = true;
	l->resets = true;
	l->cut_left = 0;
}

void relay_cut(struct relay_link *l, size_t bytes)
{
	l->cuts = true;
	l->seeks_body = true;
	l->cut_left = bytes;
}

void relay_slow(struct relay_link *l, size_t bytes, int64_t ms)
{
	l->slow_left = bytes;
	l->step = bytes / SLOW_STEPS + 1;
	l->step_left = l->step;
	l->tick_ms = ms / SLOW_STEPS + 1;
	loop_timer_set(&l->timer, l->tick_ms);
}

void relay_drip(struct relay_link *l, int64_t ms)
{
	l->slow_left = SIZE_MAX; /* until it closes */
	l->step = 1;
	l->step_left = 1;
	l->tick_ms = ms;
	loop_timer_set(&l->timer, ms);
}

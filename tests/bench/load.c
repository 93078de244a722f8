/*
 * A load generator for webhook receivers. Requests are made and signed before
 * the clock starts, with distinct ids and fresh timestamps.
 *
 *   load --port P --path /webhooks/ID --key BASE64 --requests N
 *        [--connections C] [--rate R] [--people N] [--xadd]
 *
 * Without --rate each connection sends as soon as it has its answer: the most
 * that a server can do. With --rate requests are due at fixed times, and a
 * latency counts from when its request was due, not from when a connection was
 * free: waiting in line is not hidden. Prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 20000
#define REQUEST_MAX	4096
#define ANSWER_MAX	8192
#define EVENTS		512
#define GIVE_UP_US	30000000 /* without any answer */

struct options {
	unsigned port;
	const char *path;
	const char *key;
	long requests, connections, rate, people;
	bool xadd; /* webdis: PUT /XADD/wh/<star>/body, no signature */
};

struct connection {
	int fd;
	long current; /* request under way; -1: none */
	size_t sent;
	size_t got;
	bool writing; /* waiting for EPOLLOUT */
	char answer[ANSWER_MAX];
};

static struct options opt = { .connections = 64, .people = 100000 };
static struct connection *connections;
/* Free connections, longest free first: each gets its turn. */
static int *idle;
static long idle_first, idle_count;
static char *text;	/* all requests, one after the other */
static size_t *offsets; /* requests + 1 */
static int64_t *due_us, *latency_us;
static long started, ended, accepted, refused;
static int poller;

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* A full record of about 1.4 kB, as an HR system would push it. */
static int write_body(char *out, long i)
{
	static const char note[] =
		"Moved with the team to the second floor; keeps the parking "
		"space. Laptop to be renewed in spring. Contract amended for "
		"the new working hours, signed by both sides. ";
	long person = (i * 7919) % opt.people;
	time_t now = time(NULL);
	struct tm tm;
	char when[32];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return snprintf(
		out, REQUEST_MAX,
		"{\"type\":\"employee.updated\",\"timestamp\":\"%s\","
		"\"data\":{\"id\":\"p-%ld\",\"employee_number\":\"%ld\","
		"\"first_name\":\"Person\",\"last_name\":\"Number %ld\","
		"\"preferred_name\":null,\"email\":\"p%ld@example.com\","
		"\"department\":\"Department %ld\",\"job_title\":\"Engineer "
		"%ld\",\"seniority_level\":\"IC%ld\",\"status\":\"active\","
		"\"start_date\":\"2024-03-04\",\"end_date\":null,"
		"\"manager_id\":\"p-%ld\",\"location\":\"Berlin\","
		"\"employment_type\":\"full-time\",\"version\":%ld,"
		"\"custom\":{\"cost_center\":\"CC-%ld\",\"floor\":2,"
		"\"languages\":[\"en\",\"de\",\"fr\"],\"badge\":%ld,"
		"\"remote\":true,\"notes\":\"%s%s%s%s\"}}}",
		when, person, 100000 + person, person, person, person % 40,
		i % 1000, person % 9, person / 10, i + 1, person % 99,
		9000000 + person, note, note, note, note);
}

static void sign(const char *id, const char *stamp, const char *body,
		 int body_len, char *out)
{
	static unsigned char key[64];
	static int key_len = -1;
	unsigned char digest[32];
	char *signed_text = malloc(REQUEST_MAX * 2);
	int len;

	if (key_len < 0) {
		size_t n = strlen(opt.key);

		key_len = EVP_DecodeBlock(key, (const unsigned char *)opt.key,
					  (int)n);
		while (n && opt.key[--n] == '=')
			key_len--;
	}
	len = sprintf(signed_text, "%s.%s.", id, stamp);
	memcpy(signed_text + len, body, (size_t)body_len);
	HMAC(EVP_sha256(), key, key_len, (unsigned char *)signed_text,
	     (size_t)(len + body_len), digest, NULL);
	EVP_EncodeBlock((unsigned char *)out, digest, 32);
	free(signed_text);
}

static size_t write_request(char *out, long i)
{
	char body[REQUEST_MAX], id[64], stamp[32], signature[64];
	int len = write_body(body, i), head;

	if (opt.xadd) {
		head = sprintf(out,
			       "PUT /XADD/wh/*/body HTTP/1.1\r\nHost: x\r\n"
			       "Content-Length: %d\r\n\r\n",
			       len);
	} else {
		snprintf(id, sizeof(id), "msg_%d_%ld", getpid(), i);
		snprintf(stamp, sizeof(stamp), "%lld", (long long)time(NULL));
		sign(id, stamp, body, len, signature);
		head = sprintf(out,
			       "POST %s HTTP/1.1\r\nHost: x\r\n"
			       "Content-Type: application/json\r\n"
			       "webhook-id: %s\r\nwebhook-timestamp: %s\r\n"
			       "webhook-signature: v1,%s\r\n"
			       "Content-Length: %d\r\n\r\n",
			       opt.path, id, stamp, signature, len);
	}
	memcpy(out + head, body, (size_t)len);
	return (size_t)(head + len);
}

static void make_requests(void)
{
	size_t at = 0;

	text = malloc((size_t)opt.requests * REQUEST_MAX);
	offsets = calloc((size_t)opt.requests + 1, sizeof(*offsets));
	due_us = calloc((size_t)opt.requests, sizeof(*due_us));
	latency_us = calloc((size_t)opt.requests, sizeof(*latency_us));
	if (!text || !offsets || !due_us || !latency_us)
		die("memory");
	for (long i = 0; i < opt.requests; i++) {
		offsets[i] = at;
		at += write_request(text + at, i);
	}
	offsets[opt.requests] = at;
}

static void push_idle(int i)
{
	idle[(idle_first + idle_count++) % opt.connections] = i;
}

static int pop_idle(void)
{
	int i = idle[idle_first];

	idle_first = (idle_first + 1) % opt.connections;
	idle_count--;
	return i;
}

static void watch(struct connection *c, uint32_t events, int how)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(poller, how, c->fd, &ev) < 0)
		die("epoll_ctl");
}

static void open_connections(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)opt.port) };
	int on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	poller = epoll_create1(0);
	connections = calloc((size_t)opt.connections, sizeof(*connections));
	idle = calloc((size_t)opt.connections, sizeof(*idle));
	if (poller < 0 || !connections || !idle)
		die("start");
	for (int i = 0; i < opt.connections; i++) {
		struct connection *c = &connections[i];

		c->fd = socket(AF_INET, SOCK_STREAM, 0);
		if (c->fd < 0 ||
		    connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
			die("connect");
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		fcntl(c->fd, F_SETFL, O_NONBLOCK);
		c->current = -1;
		watch(c, EPOLLIN, EPOLL_CTL_ADD);
		push_idle(i);
	}
}

static void send_more(struct connection *c)
{
	const char *from = text + offsets[c->current];
	size_t len = offsets[c->current + 1] - offsets[c->current];
	ssize_t n = write(c->fd, from + c->sent, len - c->sent);
	bool blocked;

	if (n < 0 && errno != EAGAIN)
		die("write");
	c->sent += n > 0 ? (size_t)n : 0;
	blocked = c->sent < len;
	if (blocked != c->writing)
		watch(c, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
	c->writing = blocked;
}

static void start_next(struct connection *c, int64_t now)
{
	c->current = started;
	c->sent = 0;
	c->got = 0;
	if (!opt.rate)
		due_us[started] = now;
	started++;
	send_more(c);
}

/* Is the whole answer there? Its status, or 0. */
static int whole_status(struct connection *c)
{
	char *end, *length;

	c->answer[c->got] = '\0';
	end = strstr(c->answer, "\r\n\r\n");
	if (!end)
		return 0;
	length = strcasestr(c->answer, "\r\nContent-Length:");
	if (length && length < end) {
		size_t body = strtoul(length + 17, NULL, 10);

		if (c->got < (size_t)(end + 4 - c->answer) + body)
			return 0;
	} else if (!strstr(end, "\r\n0\r\n\r\n") &&
		   strcasestr(c->answer, "chunked")) {
		return 0;
	}
	return (int)strtol(c->answer + 9, NULL, 10);
}

static void answered(struct connection *c, int status, int64_t now)
{
	latency_us[c->current] = now - due_us[c->current];
	c->current = -1;
	ended++;
	if (status >= 200 && status < 300)
		accepted++;
	else if (refused++ == 0)
		fprintf(stderr, "load: first refusal: %.200s\n", c->answer);
	if (opt.rate || started >= opt.requests)
		push_idle((int)(c - connections));
	else
		start_next(c, now);
}

static void receive(struct connection *c)
{
	ssize_t n = read(c->fd, c->answer + c->got, ANSWER_MAX - 1 - c->got);
	int status;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("the server closed a connection");
	c->got += (size_t)n;
	status = whole_status(c);
	if (status && c->current >= 0)
		answered(c, status, now_us());
}

static void start_due(int64_t now)
{
	while (idle_count && started < opt.requests && due_us[started] <= now)
		start_next(&connections[pop_idle()], now);
}

static void wait_and_handle(int64_t now)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = { 1, 0 };
	int n;

	if (opt.rate && started < opt.requests && idle_count) {
		int64_t us = due_us[started] - now;

		wait = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	}
	n = epoll_pwait2(poller, events, EVENTS, &wait, NULL);
	if (n < 0 && errno != EINTR)
		die("epoll_wait");
	for (int i = 0; i < n; i++) {
		struct connection *c = events[i].data.ptr;

		if (events[i].events & EPOLLOUT)
			send_more(c);
		if (events[i].events & ~(uint32_t)EPOLLOUT)
			receive(c);
	}
}

static int64_t run(void)
{
	int64_t begin = now_us(), last = begin, now = begin;
	long seen = 0;

	for (long i = 0; opt.rate && i < opt.requests; i++)
		due_us[i] = begin + i * 1000000 / opt.rate;
	if (!opt.rate)
		while (idle_count && started < opt.requests)
			start_next(&connections[pop_idle()], begin);
	while (ended < opt.requests) {
		now = now_us();
		if (opt.rate)
			start_due(now);
		if (ended != seen) {
			seen = ended;
			last = now;
		}
		if (now - last > GIVE_UP_US) {
			errno = ETIMEDOUT;
			die("no answers");
		}
		wait_and_handle(now);
	}
	return now_us() - begin;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static long long at_share(double share)
{
	long i = (long)(share * (double)(opt.requests - 1));

	return (long long)latency_us[i];
}

static void report(int64_t us)
{
	qsort(latency_us, (size_t)opt.requests, sizeof(*latency_us), by_value);
	printf("{\"requests\":%ld,\"accepted\":%ld,\"refused\":%ld,"
	       "\"seconds\":%.3f,\"per_second\":%.0f,\"p50_us\":%lld,"
	       "\"p90_us\":%lld,\"p99_us\":%lld,\"p999_us\":%lld,"
	       "\"max_us\":%lld}\n",
	       opt.requests, accepted, refused, (double)us / 1e6,
	       (double)opt.requests * 1e6 / (double)us, at_share(.5),
	       at_share(.9), at_share(.99), at_share(.999), at_share(1));
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(name, "--xadd")) {
			opt.xadd = true;
			continue;
		}
		i++;
		if (!strcmp(name, "--port"))
			opt.port = (unsigned)strtoul(value, NULL, 10);
		else if (!strcmp(name, "--path"))
			opt.path = value;
		else if (!strcmp(name, "--key"))
			opt.key = value;
		else if (!strcmp(name, "--requests"))
			opt.requests = strtol(value, NULL, 10);
		else if (!strcmp(name, "--connections"))
			opt.connections = strtol(value, NULL, 10);
		else if (!strcmp(name, "--rate"))
			opt.rate = strtol(value, NULL, 10);
		else if (!strcmp(name, "--people"))
			opt.people = strtol(value, NULL, 10);
		else {
			fprintf(stderr, "load: what is '%s'?\n", name);
			exit(64);
		}
	}
	if (!opt.port || opt.requests <= 0 || opt.connections <= 0 ||
	    opt.connections > MAX_CONNECTIONS || opt.people <= 0 ||
	    (!opt.xadd && (!opt.path || !opt.key))) {
		fprintf(stderr, "load: see the head of load.c\n");
		exit(64);
	}
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	make_requests();
	open_connections();
	report(run());
	return refused ? 2 : 0;
}

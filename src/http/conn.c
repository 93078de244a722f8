/* What a connection does with the bytes that come, and what it does next. */
#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/problem.h"
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUESTS_PER_TURN 20	  /* of one connection; then others */
#define LINGER_BYTES	  1048576 /* thrown away after a last reply */

static bool wants_input(const struct http_conn *c)
{
	return c->phase <= HTTP_READ_STREAM;
}

void http_conn_enter(struct http_conn *c, enum http_phase phase)
{
	struct http_server *s = c->server;

	TAILQ_REMOVE(&s->phases[c->phase], c, link);
	TAILQ_INSERT_TAIL(&s->phases[phase], c, link);
	c->phase = (unsigned char)phase;
	if (s->phase_ms[phase])
		c->deadline_ms = clock_mono_ms() + s->phase_ms[phase];
}

/* Freed at the end of the turn: callers up the stack still look at it. */
void http_conn_close(struct http_conn *c)
{
	struct http_server *s = c->server;

	if (c->phase == HTTP_CLOSED)
		return;
	http_conn_enter(c, HTTP_CLOSED);
	loop_io_release(&c->io);
	close(c->io.fd);
	loop_task_cancel(s->loop, &c->resume);
	http_rest_free(s, &c->input);
	http_rest_free(s, &c->output);
	http_feed_end(&c->feed);
	if (c->request) {
		c->request->conn = NULL;
		/* Once handed over it lives until it is answered. */
		if (!c->request->handed)
			http_request_give_back(c->request);
		c->request = NULL;
	}
	s->connections--;
	loop_post(s->loop, &s->reap);
	http_server_conn_gone(s);
}

/*
 * To close with input unread would send a reset, and that may reach the
 * client before it has read the reply: so only our half is closed first.
 */
static void linger(struct http_conn *c)
{
	if (shutdown(c->io.fd, SHUT_WR) < 0) {
		http_conn_close(c);
		return;
	}
	http_rest_free(c->server, &c->input);
	http_conn_enter(c, HTTP_LINGERING);
	loop_io_want(&c->io, LOOP_READ);
}

void http_conn_replied(struct http_conn *c)
{
	if (c->close_after && c->linger_after) {
		linger(c);
	} else if (c->close_after) {
		http_conn_close(c);
	} else {
		http_conn_enter(c, HTTP_IDLE);
		if (c->feeding)
			return; /* which goes on by itself */
		if (c->input)
			loop_post(c->server->loop, &c->resume);
		else
			loop_io_want(&c->io, LOOP_READ);
	}
}

/* We answer it ourselves, and it is the last on this connection. */
static void refuse(struct http_conn *c, int status, const char *why)
{
	struct http_request *req = c->request;

	ASSERT(req);
	req->handed = true;
	req->refused = true;
	http_conn_enter(c, HTTP_HANDLING);
	http_reply_problem_with(req, status, why, req->extra);
}

static void head_is_in(struct http_conn *c)
{
	struct http_request *req = c->request;
	const struct http_handlers *h = &c->server->handlers;
	int status = h->headers ? h->headers(req, h->arg) : 0;

	if (status)
		refuse(c, status, req->why);
	else if (!http_framing_fits(&req->parser.framing))
		refuse(c, req->parser.framing.status, req->parser.framing.why);
	else if (req->parser.expects_continue)
		http_reply_continue(c);
}

static void hand_over(struct http_conn *c)
{
	const struct http_handlers *h = &c->server->handlers;

	http_conn_enter(c, HTTP_HANDLING);
	c->request->handed = true;
	c->request->stream.gone = NULL;
	h->request(c->request, h->arg);
}

static enum http_step feed_request(struct http_conn *c, const char *data,
				   size_t len, size_t *used)
{
	struct http_parser *p = &c->request->parser;
	enum http_step step = http_parser_feed(p, data, len, used);

	if (step == HTTP_STEP_REFUSED)
		refuse(c, p->refusal.status,
		       c->request->why ? c->request->why : p->refusal.why);
	else if (!http_request_charge(c->request))
		refuse(c, 503, "Too much is being received; try again later.");
	else if (step == HTTP_STEP_HEAD)
		head_is_in(c);
	else if (step == HTTP_STEP_DONE)
		hand_over(c);
	return step;
}

/* The deadline of a phase counts from its start, whatever comes in it. */
static void note_phase(struct http_conn *c)
{
	enum http_phase phase = HTTP_READ_BODY;

	if (!wants_input(c) || !c->request)
		return;
	if (!c->request->parser.head_told)
		phase = HTTP_READ_HEAD;
	else if (c->request->stream.gone)
		phase = HTTP_READ_STREAM;
	if (c->phase < phase)
		http_conn_enter(c, phase);
}

/*
 * Bytes to requests, one after the other, for as long as each is answered at
 * once. Returns how many bytes were taken.
 */
static size_t feed(struct http_conn *c, const char *data, size_t len)
{
	enum http_step step = HTTP_STEP_MORE;
	size_t at = 0, begun = 0, n;

	c->feeding = true;
	while (wants_input(c) && (at < len || step == HTTP_STEP_HEAD)) {
		if (!c->request) {
			if (begun++ == REQUESTS_PER_TURN)
				break;
			c->request = http_request_take(c);
		}
		step = feed_request(c, data + at, len - at, &n);
		at += n;
	}
	c->feeding = false;
	note_phase(c);
	return at;
}

/* Input beyond what can be handled now waits, and so does the socket. */
static void keep_input(struct http_conn *c, struct str data)
{
	if (c->phase > HTTP_WRITING || data.len == 0)
		return;
	c->input = http_rest_new(c->server, data, (struct str){ 0 });
	if (!c->input) {
		http_conn_close(c);
		return;
	}
	loop_io_want(&c->io, c->io.wanted & ~(unsigned)LOOP_READ);
	if (wants_input(c))
		loop_post(c->server->loop, &c->resume);
}

static void resume_task(void *arg)
{
	struct http_conn *c = arg;
	struct http_rest *in = c->input;

	if (!in || !wants_input(c))
		return;
	/* Taken off while in use: closing the connection would free it. */
	c->input = NULL;
	in->at += feed(c, in->data + in->at, in->len - in->at);
	if (in->at < in->len && c->phase <= HTTP_WRITING) {
		c->input = in;
		if (wants_input(c))
			loop_post(c->server->loop, &c->resume);
		return;
	}
	http_rest_free(c->server, &in);
	if (wants_input(c))
		loop_io_want(&c->io, LOOP_READ);
}

static void discard(struct http_conn *c, ssize_t n)
{
	c->discarded += (size_t)n;
	if (c->discarded > LINGER_BYTES)
		http_conn_close(c);
}

static void readable(struct http_conn *c)
{
	char *scratch = c->server->scratch;
	size_t used;
	ssize_t n;

	/* Busy with a request: what comes meanwhile stays in the kernel. */
	if (c->input || (!wants_input(c) && c->phase != HTTP_LINGERING)) {
		loop_io_want(&c->io, c->io.wanted & ~(unsigned)LOOP_READ);
		return;
	}
	n = recv(c->io.fd, scratch, HTTP_SCRATCH, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		http_conn_close(c);
	} else if (c->phase == HTTP_LINGERING) {
		discard(c, n);
	} else {
		used = feed(c, scratch, (size_t)n);
		keep_input(c, (struct str){ scratch + used, (size_t)n - used });
	}
}

static void io_cb(unsigned ready, void *arg)
{
	struct http_conn *c = arg;

	if (c->phase == HTTP_CLOSED)
		return;
	if (ready & LOOP_READ)
		readable(c);
	else if (c->output || c->feed)
		http_reply_flush(c);
}

void http_conn_expire(struct http_conn *c)
{
	bool begun = c->request && http_parser_has_begun(&c->request->parser);

	if (c->phase == HTTP_READ_HEAD && begun)
		refuse(c, 408, "The header fields took too long.");
	else if (c->phase == HTTP_READ_BODY || c->phase == HTTP_READ_STREAM)
		refuse(c, 408, "The body took too long.");
	else
		http_conn_close(c);
}

void http_conn_open(struct http_server *s, int fd, const struct http_peer *peer)
{
	struct http_conn *c = mem_new(sizeof(*c));

	c->server = s;
	c->peer = *peer;
	loop_io_init(&c->io, s->loop, fd, io_cb, c);
	loop_task_init(&c->resume, resume_task, c);
	s->connections++;
	c->phase = HTTP_IDLE;
	TAILQ_INSERT_TAIL(&s->phases[HTTP_IDLE], c, link);
	http_conn_enter(c, HTTP_READ_HEAD);
	loop_io_want(&c->io, LOOP_READ);
	http_deadlines_need_tick(s);
}

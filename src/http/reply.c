/* Replies: formatted into one buffer, sent with one call when not large. */
#include "base/assert.h"
#include "base/clock.h"
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define JOINED_MAX 16384 /* bytes of a body that are sent with the head */

/* RFC 9110, 5.6.7, in English whatever the locale; made once per second. */
static const char *date_now(struct http_server *s)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed",
					    "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	int64_t now_s = clock_wall_ms() / 1000;
	time_t t = (time_t)now_s;
	struct tm tm;

	if (now_s == s->date_s)
		return s->date;
	ASSERT(gmtime_r(&t, &tm));
	ASSERT(snprintf(s->date, sizeof(s->date),
			"%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
			tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
			tm.tm_hour, tm.tm_min, tm.tm_sec) > 0);
	s->date_s = now_s;
	return s->date;
}

/* RFC 9110, 8.6 and 15.3.5: these end with the header. */
static bool status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

static void add_header(struct buf *out, const struct http_header *h)
{
	ASSERT(!strpbrk(h->name, "\r\n:") && !strpbrk(h->value, "\r\n"));
	buf_add_z(out, h->name);
	buf_add(out, ": ", 2);
	buf_add_z(out, h->value);
	buf_add(out, "\r\n", 2);
}

static void add_length(struct buf *out, const struct http_reply *r,
		       bool chunked)
{
	if (!status_has_body(r->status) || (r->source && !chunked))
		return; /* of a source, it ends with the connection */
	if (chunked) {
		buf_add_z(out, "Transfer-Encoding: chunked\r\n");
		return;
	}
	buf_add(out, "Content-Length: ", 16);
	buf_add_u64(out, r->body.len);
	buf_add(out, "\r\n", 2);
}

static void format_head(struct http_server *s, const struct http_reply *r,
			bool chunked, bool closes)
{
	struct buf *out = &s->head;

	ASSERT(r->status >= 200 && r->status <= 599);
	buf_clear(out);
	buf_add(out, "HTTP/1.1 ", 9);
	buf_add_u64(out, (uint64_t)r->status);
	buf_add_char(out, ' ');
	buf_add_z(out, http_reason(r->status));
	buf_add(out, "\r\nDate: ", 8);
	buf_add_z(out, date_now(s));
	buf_add(out, "\r\n", 2);
	add_length(out, r, chunked);
	for (size_t i = 0; i < r->header_count; i++)
		add_header(out, &r->headers[i]);
	if (closes)
		buf_add_z(out, "Connection: close\r\n");
	buf_add(out, "\r\n", 2);
}

/* Bytes sent, 0 when the socket is full, -1 when the client is gone. */
static ssize_t send_some(struct http_conn *c, struct str data, int flags)
{
	ssize_t n;

	do
		n = send(c->io.fd, data.ptr, data.len, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return n;
}

/* What is behind the first n bytes of s. */
static struct str behind(struct str s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct str){ s.ptr + n, s.len - n };
}

/* Keep what was not sent until there is room, or the reply's deadline. */
static void keep_output(struct http_conn *c, struct str head, struct str body,
			size_t sent)
{
	size_t of_body = sent > head.len ? sent - head.len : 0;

	c->output = http_rest_new(c->server, behind(head, sent),
				  behind(body, of_body));
	if (!c->output) {
		http_conn_close(c); /* all slow readers together: too much */
		return;
	}
	http_conn_enter(c, HTTP_WRITING);
	loop_io_want(&c->io, LOOP_WRITE);
}

static void send_reply(struct http_conn *c, struct str head, struct str body)
{
	ssize_t n = send_some(c, head, body.len ? MSG_MORE : 0), more = 0;

	if (n == (ssize_t)head.len && body.len)
		more = send_some(c, body, 0);
	if (n < 0 || more < 0)
		http_conn_close(c);
	else if ((size_t)(n + more) < head.len + body.len)
		keep_output(c, head, body, (size_t)(n + more));
	else
		http_conn_replied(c);
}

enum http_sent http_reply_send(struct http_conn *c, struct str bytes)
{
	ssize_t n = bytes.len ? send_some(c, bytes, 0) : 0;

	if (n < 0) {
		http_conn_close(c);
		return HTTP_SENT_NOT;
	}
	if ((size_t)n == bytes.len)
		return HTTP_SENT;
	keep_output(c, bytes, (struct str){ 0 }, (size_t)n);
	return c->output ? HTTP_SENT_PART : HTTP_SENT_NOT;
}

/* False: output is not empty yet, or the client is gone. */
static bool flush_output(struct http_conn *c)
{
	struct http_rest *out = c->output;
	struct str rest = { out->data + out->at, out->len - out->at };
	ssize_t n = send_some(c, rest, 0);

	if (n < 0) {
		http_conn_close(c);
		return false;
	}
	out->at += (size_t)n;
	if (out->at < out->len)
		return false;
	http_rest_free(c->server, &c->output);
	return true;
}

void http_reply_flush(struct http_conn *c)
{
	if (c->output && !flush_output(c))
		return;
	if (c->feed) {
		http_feed_go_on(c);
		return;
	}
	loop_io_want(&c->io, 0);
	http_conn_replied(c);
}

/*
 * The interim reply is not kept when the socket is full: a client that did
 * not read so little of what it was sent before is not worth waiting for.
 */
void http_reply_continue(struct http_conn *c)
{
	const struct str text = STR("HTTP/1.1 100 Continue\r\n\r\n");

	if (send_some(c, text, 0) != (ssize_t)text.len)
		http_conn_close(c);
}

static bool closes(const struct http_request *req, const struct http_reply *r)
{
	return r->close || req->refused || req->server->draining ||
	       req->parser.head.http10 || !req->parser.framing.keep_alive;
}

static void reply_whole(struct http_conn *c, struct str body)
{
	struct buf *head = &c->server->head;

	if (body.len <= JOINED_MAX) {
		buf_add_str(head, body);
		body = (struct str){ 0 };
	}
	ASSERT(!head->failed);
	send_reply(c, buf_str(head), body);
}

static void reply_to(struct http_conn *c, const struct http_request *req,
		     const struct http_reply *r)
{
	bool chunked = r->source && !req->parser.head.http10;
	bool has_body = req->parser.head.method != HTTP_HEAD &&
			status_has_body(r->status);

	c->request = NULL;
	c->close_after = closes(req, r) || (r->source && !chunked);
	c->linger_after = req->refused || req->parser.framing.keep_alive;
	format_head(c->server, r, chunked, c->close_after);
	if (r->source && has_body) {
		http_feed_begin(c, r->source, chunked,
				buf_str(&c->server->head), r->body);
		return;
	}
	if (r->source)
		r->source->done(r->source->arg);
	reply_whole(c, has_body ? r->body : (struct str){ 0 });
}

void http_reply(struct http_request *req, const struct http_reply *r)
{
	struct http_conn *c = req->conn;

	ASSERT(req->handed); /* by the request handler, and only once */
	req->handed = false;
	if (c)
		reply_to(c, req, r);
	else if (r->source)
		r->source->done(r->source->arg);
	http_request_give_back(req);
}

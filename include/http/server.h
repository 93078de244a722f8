/*
 * A strict HTTP/1.1 server (RFC 9112) on the loop. Whatever another parser
 * might read differently ends in a 4xx and a close: see
 * tests/data/http-requests.txt. Stricter than the RFC on purpose: only origin
 * form (no absolute URI), no trailer fields, no content coding, one Cookie.
 * Memory is bounded: an idle connection owns no buffer, and a request none
 * beyond its limits.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_server;
struct http_request;
struct http_header;

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_METHOD_COUNT /* any other is answered 501 */
};

/* 0 in a field means the default, which stands behind it. */
struct http_limits {
	size_t connections;  /* 10,240; accepting pauses at it */
	size_t header_bytes; /* 16 KiB, request line included */
	size_t headers;	     /* 64 */
	size_t body_bytes;   /* 1 MiB */
	size_t total_bytes;  /* 256 MiB: all buffers together; then 503 */
	/*
	 * Absolute: from the phase's start to its end, whatever comes in it.
	 * While the handler has the request there is no deadline but its own.
	 */
	int64_t header_ms; /* 10 s; of a new connection: from accepting it */
	int64_t body_ms;   /* 30 s */
	int64_t stream_ms; /* 10 min; of a body that is streamed */
	int64_t reply_ms;  /* 30 s: to take the reply off our hands */
	int64_t idle_ms;   /* 75 s: between requests */
};

/* A body too large to be kept: it goes to its handler as it comes. */
struct http_stream {
	size_t max; /* bytes; a larger body is refused with 413 */
	/* Borrowed bytes. 0, or a status to refuse with, as below. */
	int (*bytes)(struct str bytes, void *arg);
	/*
	 * The request ends before its body is whole, and the request handler
	 * is not called: free what arg holds.
	 */
	void (*gone)(void *arg);
	void *arg;
};

struct http_handlers {
	/*
	 * When the headers are in, before the body: return 0 to go on, or a
	 * status to refuse with (a problem is sent and the connection closes;
	 * http_request_explain says more). It must not reply itself, and it
	 * may call http_request_stream. May be NULL.
	 */
	int (*headers)(struct http_request *req, void *arg);
	/*
	 * The whole request. Exactly one http_reply must follow, now or later,
	 * whether or not the client is still there. A client's next request
	 * comes after the reply to the one before.
	 */
	void (*request)(struct http_request *req, void *arg);
	void *arg;
};

struct http_server_config {
	const char *listen; /* "127.0.0.1:8080", "[::1]:0", "unix:/path" */
	bool reuse_port;    /* several processes share the address */
	struct http_limits limits;
	struct http_handlers handlers;
};

int http_server_new(struct http_server **out, struct loop *loop,
		    const struct http_server_config *cfg,
		    struct err *err) MUST_CHECK;

/* The port that was bound: useful after asking for port 0. */
unsigned http_server_port(const struct http_server *s);

/* Open connections now. */
size_t http_server_connections(const struct http_server *s);

/*
 * Stop accepting, answer what is under way with "Connection: close", close
 * what is idle; done(arg) once, from the loop, when no connection is left or
 * ms are over. It may free the server.
 */
void http_server_drain(struct http_server *s, int64_t ms,
		       void (*done)(void *arg), void *arg);

/*
 * Closes whatever is open; requests not answered yet must not be any more.
 * Not from within a handler.
 */
void http_server_free(struct http_server **s);

/* What follows is borrowed from the request until it is answered. */
enum http_method http_request_method(const struct http_request *req);
struct str http_request_target(const struct http_request *req); /* raw */
struct str http_request_path(const struct http_request *req);	/* raw */
struct str http_request_query(const struct http_request *req);	/* raw, no ? */
struct str http_request_body(const struct http_request *req);

/*
 * ptr NULL when absent, not when empty; the first of several. Names whose
 * repetition matters (signatures, ids, tokens, …) were refused before when
 * they came twice.
 */
struct str http_request_header(const struct http_request *req,
			       const char *name);

/* In the order received; false past the last. */
bool http_request_header_at(const struct http_request *req, size_t i,
			    struct str *name, struct str *value);

/* "192.0.2.1:4711", "[2001:db8::1]:4711", or "unix". */
struct str http_request_peer(struct http_request *req);

/*
 * In the headers handler: stream the body. The request handler is called as
 * usual when it is whole, without a body; s->gone is not called from then on.
 */
void http_request_stream(struct http_request *req, const struct http_stream *s);

/*
 * Before the headers handler, or a stream, gives a status: the problem's
 * detail and one more header field (may be NULL). Both have to live on.
 */
void http_request_explain(struct http_request *req, const char *detail,
			  const struct http_header *extra);

/* For the handler's own use: one pointer, NULL at first. */
void http_request_set_data(struct http_request *req, void *data);
void *http_request_data(const struct http_request *req);

struct http_header {
	const char *name;
	const char *value; /* no CR or LF: asserted */
};

#define HTTP_SOURCE_MAX 1048576 /* bytes that it may append at once */

/* A body that is made while it is sent, as fast as the client takes it. */
struct http_source {
	/* Append to out what comes next; false: that was the last of it. */
	bool (*more)(struct buf *out, void *arg);
	/* Exactly once: it was sent, or the client is gone. */
	void (*done)(void *arg);
	void *arg;
};

struct http_reply {
	int status;
	/* Beside Date, Content-Length and Connection; 48 KiB at most. */
	const struct http_header *headers;
	size_t header_count;
	struct str body; /* copied or written before http_reply returns */
	/*
	 * NULL: body is all. Else body, and then what comes of it, in chunks
	 * (until the connection closes, for HTTP/1.0). Copied. For it reply_ms
	 * counts from piece to piece. An append of more than HTTP_SOURCE_MAX
	 * closes the connection.
	 */
	const struct http_source *source;
	bool close; /* the connection, after this reply */
};

/* Ends the request: req must not be used after. */
void http_reply(struct http_request *req, const struct http_reply *reply);

/* "Accepted" for 202. Never NULL. */
const char *http_reason(int status);

#endif

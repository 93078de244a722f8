/*
 * The server's objects. A connection is small and owns no buffer while idle;
 * a request, with its buffers, comes from a pool while one is under way.
 *
 *   server.c   making, accepting, draining      conn.c     reading, phases
 *   reply.c    writing answers                  request.c  pool, accessors
 *   listen.c   addresses and sockets            deadline.c the phases' ends
 *   rest.c     bytes that wait                  source.c   bodies made
 * meanwhile
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "base/buf.h"
#include "http/server.h"
#include "parser.h"

#include <netinet/in.h>
#include <sys/queue.h>

#define HTTP_SCRATCH 65536 /* bytes of the read buffer that all share */

enum http_phase {
	HTTP_IDLE,	/* between requests */
	HTTP_READ_HEAD, /* also: accepted, and nothing said yet */
	HTTP_READ_BODY,
	HTTP_READ_STREAM, /* a body that goes to its handler as it comes */
	HTTP_HANDLING,	  /* the handler has the request; no deadline of ours */
	HTTP_WRITING,	  /* the socket did not take all of the reply */
	HTTP_LINGERING,	  /* answered; input is thrown away until it ends */
	HTTP_CLOSED,	  /* to be freed at the end of the turn */
	HTTP_PHASE_COUNT
};

TAILQ_HEAD(http_conn_list, http_conn);
TAILQ_HEAD(http_request_list, http_request);

/* Who is connected; small enough to be kept with each connection. */
struct http_peer {
	sa_family_t family;
	in_port_t port; /* network order */
	unsigned char addr[16];
};

/* Bytes to be handled later: input beyond a request, or a rest of output. */
struct http_rest {
	size_t len;
	size_t at; /* done so far */
	char data[];
};

struct http_conn {
	struct http_server *server;
	struct loop_io io;
	TAILQ_ENTRY(http_conn) link; /* in the server's list of its phase */
	int64_t deadline_ms;
	struct http_request *request; /* under way, or NULL; mutual */
	struct http_rest *input;      /* pipelined behind the request */
	struct http_rest *output;     /* what the socket did not take */
	struct http_feed *feed;	 /* where more output comes from, or NULL */
	struct loop_task resume; /* go on with input */
	size_t discarded;	 /* bytes, while lingering */
	struct http_peer peer;
	unsigned char phase;
	bool feeding;	   /* conn_feed is on the stack and will go on itself */
	bool close_after;  /* when output is written */
	bool linger_after; /* then not at once: input may be on its way */
};

struct http_request {
	struct http_server *server;
	struct http_conn *conn;		/* NULL when it is gone */
	TAILQ_ENTRY(http_request) link; /* of server's active or pool */
	struct http_parser parser;
	struct http_peer peer;
	char peer_text[64];
	void *data;
	struct http_stream stream; /* gone NULL: none, or handed over */
	const char *why;	   /* see http_request_explain */
	const struct http_header *extra;
	size_t charged; /* of server's memory */
	bool handed;	/* the handler, or we, must reply */
	bool refused;	/* close after the reply */
};

struct http_server {
	struct loop *loop;
	struct http_limits limits;
	struct http_handlers handlers;
	struct loop_io listener; /* fd -1 when closed */
	char *unlink_path;	 /* of a unix socket, or NULL */
	unsigned port;
	struct http_conn_list phases[HTTP_PHASE_COUNT];
	int64_t phase_ms[HTTP_PHASE_COUNT]; /* 0: no deadline */
	size_t connections;
	struct http_request_list active;
	struct http_request_list pool;
	size_t pooled;
	size_t memory;		/* of all requests and rests */
	struct loop_timer tick; /* looks at the deadlines */
	int64_t tick_ms;
	bool ticking;
	struct loop_timer accept_again;
	bool accepting;
	struct loop_task reap; /* frees what is HTTP_CLOSED */
	struct buf head;       /* of the reply being written */
	int64_t date_s;	       /* what date is of */
	char date[32];
	bool draining;
	struct loop_timer drain_end;
	struct loop_task drained;
	void (*drain_done)(void *arg);
	void *drain_arg;
	char *scratch;
};

/* conn.c */
void http_conn_open(struct http_server *s, int fd,
		    const struct http_peer *peer);
void http_conn_close(struct http_conn *c);
void http_conn_enter(struct http_conn *c, enum http_phase phase);

/* The reply is out: close, linger, or go on with the next request. */
void http_conn_replied(struct http_conn *c);

/* Its phase's deadline has passed. */
void http_conn_expire(struct http_conn *c);

/* deadline.c */
void http_deadlines_init(struct http_server *s);
void http_deadlines_need_tick(struct http_server *s);

/* request.c */
struct http_request *http_request_take(struct http_conn *c);
void http_request_give_back(struct http_request *req);
void http_request_pool_free(struct http_server *s);

/* Count the request's memory; false when all together have too much. */
bool http_request_charge(struct http_request *req);

/* reply.c */
void http_reply_continue(struct http_conn *c);

/* The socket takes more of output, or of what the feed gives. */
void http_reply_flush(struct http_conn *c);

/* What the socket does not take of it at once goes to output. */
enum http_sent { HTTP_SENT, HTTP_SENT_PART, HTTP_SENT_NOT };
enum http_sent http_reply_send(struct http_conn *c, struct str bytes);

/*
 * source.c. A source that gives to c, framed as chunks or as it is; first is
 * sent before what it gives.
 */
void http_feed_begin(struct http_conn *c, const struct http_source *source,
		     bool chunked, struct str head, struct str first);

/* Output is empty: go on for as long as the socket takes it. */
void http_feed_go_on(struct http_conn *c);

/* c has no use for it any more. NULL is fine. */
void http_feed_end(struct http_feed **feed);

/*
 * rest.c. A copy of both parts, one behind the other; NULL when the server's
 * memory would pass its limit.
 */
struct http_rest *http_rest_new(struct http_server *s, struct str first,
				struct str second);
void http_rest_free(struct http_server *s, struct http_rest **rest);

/* server.c */
void http_server_conn_gone(struct http_server *s);

/* listen.c */
int http_listen(struct http_server *s, const struct http_server_config *cfg,
		struct err *err) MUST_CHECK;

#endif

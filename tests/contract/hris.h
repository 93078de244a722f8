/*
 * The smallest HRIS: a server of raw sockets on the test's loop that gives
 * every request the same answer, at once or when it is let go; or one of the
 * test's own (people.h).
 */
#ifndef TESTS_HRIS_H
#define TESTS_HRIS_H

#include "base/buf.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stddef.h>

enum { HRIS_PEERS_MAX = 32, HRIS_REQUEST_MAX = 4096, HRIS_BODY_MAX = 1024 };

#define HRIS_ANSWER_MAX ((size_t)64 << 20)

struct hris_peer;

/* The next piece of a long body: p->at tells how far it is. */
typedef void hris_more_fn(struct hris_peer *p, struct buf *out);

struct hris_peer {
	struct hris *hris;
	struct loop_io io; /* fd -1: free */
	char in[HRIS_REQUEST_MAX];
	size_t len;
	bool asked; /* a whole request is in, its answer is held back */
	struct buf out;
	size_t sent;
	hris_more_fn *more; /* until it adds nothing; NULL: out is all */
	size_t at;	    /* more's own, 0 at first */
};

struct hris;

struct hris_reply {
	const char *status; /* "200 OK" at first */
	char headers[256];  /* lines that end in CRLF */
	struct buf body;
	size_t cut;	    /* so many bytes of the body are not sent */
	hris_more_fn *more; /* what follows the body; NULL: nothing */
	size_t more_length; /* bytes of that */
};

/* target: path and query. */
typedef void hris_serve_fn(struct hris *h, const char *target,
			   struct hris_reply *out);

struct hris {
	struct loop *loop;
	struct loop_io listener;
	unsigned port;
	struct hris_peer peers[HRIS_PEERS_MAX];
	const char *status;   /* "200 OK" */
	const char *headers;  /* "" or lines that end in CRLF */
	const char *body;     /* a * in it becomes the path's last part */
	hris_serve_fn *serve; /* instead of these three; NULL */
	void *arg;	      /* serve's own */
	bool hold;	      /* answers wait for hris_let_go */
	int calls;	      /* whole requests so far */
	int most;	      /* held at once, at most */
	char last[HRIS_REQUEST_MAX];
};

void hris_start(struct hris *h, struct loop *loop);
void hris_stop(struct hris *h);

/* From now on it answers so. */
void hris_says(struct hris *h, const char *status, const char *headers,
	       const char *body);
void hris_let_go(struct hris *h);

#endif

/*
 * The smallest HRIS: a server of raw sockets on the test's loop that gives
 * every request the same answer, at once or when it is let go.
 */
#ifndef TESTS_HRIS_H
#define TESTS_HRIS_H

#include "loop/loop.h"

#include <stdbool.h>

enum { HRIS_PEERS_MAX = 32, HRIS_REQUEST_MAX = 4096, HRIS_BODY_MAX = 1024 };

struct hris_peer {
	struct hris *hris;
	struct loop_io io; /* fd -1: free */
	char in[HRIS_REQUEST_MAX];
	size_t len;
	bool asked; /* a whole request is in, its answer is held back */
};

struct hris {
	struct loop *loop;
	struct loop_io listener;
	unsigned port;
	struct hris_peer peers[HRIS_PEERS_MAX];
	const char *status;  /* "200 OK" */
	const char *headers; /* "" or lines that end in CRLF */
	const char *body;    /* a * in it becomes the path's last part */
	bool hold;	     /* answers wait for hris_let_go */
	int calls;	     /* whole requests so far */
	int most;	     /* held at once, at most */
	char last[HRIS_REQUEST_MAX];
};

void hris_start(struct hris *h, struct loop *loop);
void hris_stop(struct hris *h);

/* From now on it answers so. */
void hris_says(struct hris *h, const char *status, const char *headers,
	       const char *body);
void hris_let_go(struct hris *h);

#endif

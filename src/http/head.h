/*
 * The raw bytes of a request's head, gathered line by line up to the empty
 * line. Here stand the checks that need the bytes as they came, because
 * llhttp accepts or hides the thing: how lines end, folded lines, empty names,
 * the exact form of the request line, sizes and counts.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/buf.h"
#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>

struct http_refusal {
	int status;	 /* 0: not refused */
	const char *why; /* for the client: says what to do */
};

struct http_head {
	struct buf text; /* from the request line to the empty line */
	size_t line;	 /* where the current line starts in text */
	size_t lines;	 /* complete ones, the empty one included */
	size_t max_fields;
	bool after_cr;	  /* the last byte was a CR */
	bool after_blank; /* an empty line before the request was skipped */
	bool done;	  /* the empty line has come */
	bool http10;	  /* else HTTP/1.1 */
	enum http_method method;
	size_t target; /* offset in text */
	size_t target_len;
	struct http_refusal refusal;
};

void http_head_init(struct http_head *h, size_t max_bytes, size_t max_fields);
void http_head_release(struct http_head *h);

/* For the next request; keeps the memory when it is at most keep bytes. */
void http_head_clear(struct http_head *h, size_t keep);

/*
 * Take bytes up to the end of the head; *used says how many. False when the
 * request is refused. What comes out does not depend on how the bytes were
 * split.
 */
bool http_head_feed(struct http_head *h, const char *data, size_t len,
		    size_t *used);

/* A token of RFC 9110, 5.6.2: not empty. */
bool http_is_token(struct str s);

#endif

/*
 * What llhttp decides: header fields, and where a body starts and ends. The
 * only file that knows llhttp, whose names (HTTP_GET, …) clash with ours.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct llhttp__internal_s;

struct http_field {
	struct str name;  /* as it came */
	struct str value; /* without white space around it */
};

struct http_framing {
	struct llhttp__internal_s *llhttp;
	struct http_field *fields; /* views of the head */
	size_t field_count;
	size_t max_fields;
	uint64_t length; /* as the head says; 0 for chunks */
	size_t max_body; /* of this message */
	size_t taken;	 /* bytes of the body so far */
	struct buf body; /* decoded, unless they go to the sink */
	int (*sink)(struct str bytes, void *arg); /* see http_stream */
	void *sink_arg;
	size_t overhead; /* bytes of chunk framing so far */
	size_t max_overhead;
	bool head_done;
	bool last_chunk; /* its size line has come */
	size_t tail;	 /* bytes of the CR LF behind the last chunk */
	bool done;	 /* the whole message is in */
	bool keep_alive; /* what the client asked for */
	int status;	 /* why it was refused: 400 or 413; else 0 */
	const char *why;
};

void http_framing_init(struct http_framing *f, size_t max_fields,
		       size_t max_body);
void http_framing_release(struct http_framing *f);

/* For the next request; keeps body memory of at most keep bytes. */
void http_framing_clear(struct http_framing *f, size_t keep);

/*
 * Between the head and the body: this body goes to sink, at most max bytes of
 * it, instead of being kept.
 */
void http_framing_stream(struct http_framing *f, size_t max,
			 int (*sink)(struct str bytes, void *arg), void *arg);

/*
 * After the head: is the body, as far as the head tells, small enough? Refused
 * with 413 if not.
 */
bool http_framing_fits(struct http_framing *f);

/*
 * The whole head at once; it must stay where it is while fields are used.
 * False when refused.
 */
bool http_framing_head(struct http_framing *f, struct str head);

/* Bytes after the head, until done. False when refused. */
bool http_framing_body(struct http_framing *f, const char *data, size_t len,
		       size_t *used);

#endif

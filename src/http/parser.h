/*
 * One request out of bytes, without sockets: the head's raw checks, llhttp,
 * and the rules of RFC 9110 and 9112 that llhttp leaves to its user.
 */
#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

#include "framing.h"
#include "head.h"

enum http_step {
	HTTP_STEP_MORE,	   /* all bytes were taken; it needs more */
	HTTP_STEP_HEAD,	   /* the head is in; feed on, even with nothing */
	HTTP_STEP_DONE,	   /* the request is whole; bytes may be left */
	HTTP_STEP_REFUSED, /* see refusal; feed nothing more */
};

struct http_parser {
	struct http_head head;
	struct http_framing framing;
	bool head_told;
	bool expects_continue; /* the client waits for 100 */
	struct http_refusal refusal;
};

void http_parser_init(struct http_parser *p, const struct http_limits *limits);
void http_parser_release(struct http_parser *p);

/* For the next request. Small buffers stay, large ones are given back. */
void http_parser_clear(struct http_parser *p);

/* *used counts the bytes taken. The split of the bytes does not matter. */
enum http_step http_parser_feed(struct http_parser *p, const char *data,
				size_t len, size_t *used);

/* Has any byte of a request come? An empty line before it does not count. */
bool http_parser_has_begun(const struct http_parser *p);

/* Bytes of memory that grow with what the client sends. */
size_t http_parser_memory(const struct http_parser *p);

/* NULL when absent. */
const struct http_field *http_parser_find(const struct http_parser *p,
					  struct str name);

#endif

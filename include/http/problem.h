/* Errors as RFC 9457 problem details: application/problem+json. */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "http/server.h"

/*
 * title is the reason phrase; detail says what to do and may be NULL. With
 * 503 and 429 a Retry-After is sent, in seconds with jitter so that senders
 * do not come back all at once: between 5 and 19, as no more is known. Ends
 * the request, as http_reply does.
 */
void http_reply_problem(struct http_request *req, int status,
			const char *detail);

/*
 * With one more header field, such as Allow; extra may be NULL. It may be the
 * Retry-After of who knows better.
 */
void http_reply_problem_with(struct http_request *req, int status,
			     const char *detail,
			     const struct http_header *extra);

/* From an err: status by its kind, its text as the detail. */
void http_reply_err(struct http_request *req, const struct err *err);

#endif

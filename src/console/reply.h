/* Answers of the API: JSON, with the headers that go with every one. */
#ifndef CONSOLE_REPLY_H
#define CONSOLE_REPLY_H

#include "base/buf.h"
#include "base/err.h"
#include "http/server.h"

/* A body that is JSON already. location (may be NULL) is a path. */
void reply_json(struct http_request *req, int status, struct str body,
		const char *location);

/* RFC 9457; extra may be NULL. */
void reply_problem(struct http_request *req, int status, const char *detail,
		   const struct http_header *extra);

/* One line for a browser that was led here, as plain text. */
void reply_text(struct http_request *req, int status, const char *text);

/*
 * By the kind of err. Our own failures are logged and told without their
 * text, which is about our insides.
 */
void reply_err(struct http_request *req, const struct err *err);

#endif

/* Bodies of requests: one JSON object, its members known and of their type. */
#ifndef CONSOLE_BODY_H
#define CONSOLE_BODY_H

#include "base/arena.h"
#include "base/err.h"
#include "http/server.h"
#include "json/json.h"

#include <stdbool.h>

struct body_field {
	const char *name;
	enum json_type type;
	bool required;
	const struct json **value; /* NULL when absent */
};

/* ERR_INVALID, naming the member that is unknown, missing or of another type.
 */
int body_check(const struct json *body, const struct body_field *fields,
	       size_t count, struct err *err) MUST_CHECK;

/* Is it JSON, with or without parameters? */
bool body_is_json(struct str content_type);

/* False when the body is not as it should be: the request is answered then. */
bool body_read(struct http_request *req, struct arena *a,
	       const struct body_field *fields, size_t count);

/* For calls that take none: nothing, or {}. */
bool body_read_none(struct http_request *req, struct arena *a);

#endif

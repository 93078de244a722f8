/* A table of routes: method, pattern with {names}, and what it leads to. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/server.h"

#define HTTP_ROUTE_PARAMS 4

/* A route's table ends with a NULL pattern. */
struct http_route {
	enum http_method method;
	const char *pattern; /* "/api/v1/connections/{id}/enable" */
	const void *target;  /* the caller's own */
};

struct http_match {
	const struct http_route *route;
	struct str params[HTTP_ROUTE_PARAMS]; /* raw, one path segment each */
};

/* 0, 404, or 405 when only the method differs (HEAD matches a GET). */
int http_route_find(const struct http_route *routes, enum http_method method,
		    struct str path, struct http_match *out);

/*
 * A query or form parameter, percent-decoded into out (a buf or arena copy
 * made by the caller). False when absent or badly encoded.
 */
struct buf;
bool http_query_get(struct str query, const char *name, struct buf *out);

/* Percent-decoding; plus_is_space for forms. False on a bad escape. */
bool http_url_decode(struct str text, bool plus_is_space, struct buf *out);

/* Everything but unreserved characters (RFC 3986) as %XX. */
void http_url_encode(struct str text, struct buf *out);

#endif

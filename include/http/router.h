/* A table of routes: method, pattern with {names}, and what it leads to. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "base/buf.h"
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
	/* raw, not decoded; each one whole path segment, not empty */
	struct str params[HTTP_ROUTE_PARAMS];
};

/*
 * 0 and *out, 404, or 405 when only the method differs. A HEAD matches a GET
 * that has no HEAD of its own. Of several that match, the first counts: put
 * "/a/new" before "/a/{id}". A pattern has at most HTTP_ROUTE_PARAMS names.
 */
int http_route_find(const struct http_route *routes, enum http_method method,
		    struct str path, struct http_match *out);

/* Answer the 404 or 405 of http_route_find, with Allow where due. */
void http_route_reply(struct http_request *req, const struct http_route *routes,
		      int status);

/*
 * A query or form parameter, percent-decoded; it replaces what out holds.
 * False when it is absent, given twice, badly encoded or too large for out.
 * The name is compared as it stands.
 */
bool http_query_get(struct str query, const char *name, struct buf *out);

/*
 * Percent-decoding, appended to out; plus_is_space for forms. False on a bad
 * escape, on %00, and when out is full; out may then hold a part.
 */
bool http_url_decode(struct str text, bool plus_is_space, struct buf *out);

/* Everything but unreserved characters (RFC 3986) as %XX, appended. */
void http_url_encode(struct str text, struct buf *out);

#endif

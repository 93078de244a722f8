#include "http/router.h"

#include "base/assert.h"
#include "http/problem.h"

/* The part up to the next slash; *s keeps the rest from that slash on. */
static struct str take_segment(struct str *s)
{
	struct str head = { s->ptr, 0 };

	while (head.len < s->len && s->ptr[head.len] != '/')
		head.len++;
	s->ptr += head.len;
	s->len -= head.len;
	return head;
}

static bool take_slash(struct str *s)
{
	if (s->len == 0 || s->ptr[0] != '/')
		return false;
	s->ptr++;
	s->len--;
	return true;
}

static bool is_name(struct str segment)
{
	return segment.len > 2 && segment.ptr[0] == '{' &&
	       segment.ptr[segment.len - 1] == '}';
}

static bool matches(const char *text, struct str path, struct str *params)
{
	struct str pattern = str_of(text);
	size_t count = 0;

	while (pattern.len || path.len) {
		struct str want, got;

		if (!take_slash(&pattern) || !take_slash(&path))
			return false;
		want = take_segment(&pattern);
		got = take_segment(&path);
		if (!is_name(want)) {
			if (!str_eq(want, got))
				return false;
			continue;
		}
		if (got.len == 0)
			return false;
		ASSERT(count < HTTP_ROUTE_PARAMS);
		params[count++] = got;
	}
	return true;
}

int http_route_find(const struct http_route *routes, enum http_method method,
		    struct str path, struct http_match *out)
{
	struct http_match fallback = { 0 }; /* GET for a HEAD */
	bool path_known = false;

	for (const struct http_route *r = routes; r->pattern; r++) {
		struct http_match m = { .route = r };

		if (!matches(r->pattern, path, m.params))
			continue;
		path_known = true;
		if (r->method == method) {
			*out = m;
			return 0;
		}
		if (method == HTTP_HEAD && r->method == HTTP_GET &&
		    !fallback.route)
			fallback = m;
	}
	if (fallback.route) {
		*out = fallback;
		return 0;
	}
	return path_known ? 405 : 404;
}

/* "GET, HEAD, PUT": what the path would take (RFC 9110, 10.2.1). */
static void add_allowed(const struct http_route *routes, struct str path,
			struct buf *out)
{
	static const char *const names[HTTP_METHOD_COUNT] = {
		[HTTP_GET] = "GET",	[HTTP_HEAD] = "HEAD",
		[HTTP_POST] = "POST",	[HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
	};
	struct http_match m;

	for (int i = 0; i < HTTP_METHOD_COUNT; i++) {
		if (http_route_find(routes, (enum http_method)i, path, &m))
			continue;
		if (out->len)
			buf_add_z(out, ", ");
		buf_add_z(out, names[i]);
	}
}

void http_route_reply(struct http_request *req, const struct http_route *routes,
		      int status)
{
	struct http_header allow = { "Allow", NULL };
	struct buf methods;

	if (status != 405) {
		http_reply_problem(req, 404, "There is nothing at this path.");
		return;
	}
	buf_init(&methods, 64);
	add_allowed(routes, http_request_path(req), &methods);
	allow.value = buf_z(&methods);
	http_reply_problem_with(req, 405, "See Allow for the methods.", &allow);
	buf_release(&methods);
}

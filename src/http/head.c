#include "head.h"

#include "base/assert.h"

#include <string.h>

#define METHOD_MAX 24 /* bytes; longer than any that is registered */

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

void http_head_init(struct http_head *h, size_t max_bytes, size_t max_fields)
{
	*h = (struct http_head){ .max_fields = max_fields };
	buf_init(&h->text, max_bytes);
}

void http_head_release(struct http_head *h)
{
	buf_release(&h->text);
}

void http_head_clear(struct http_head *h, size_t keep)
{
	struct buf text = h->text;

	if (text.cap > keep)
		buf_release(&text);
	buf_clear(&text);
	*h = (struct http_head){ .text = text, .max_fields = h->max_fields };
}

static bool refuse(struct http_head *h, int status, const char *why)
{
	h->refusal = (struct http_refusal){ status, why };
	return false;
}

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

bool http_is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_char(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* HTTP/1.0 and HTTP/1.1 only; a later version may frame differently. */
static bool check_version(struct http_head *h, struct str v)
{
	if (v.len != 8 || !str_starts(v, STR("HTTP/")) || v.ptr[6] != '.' ||
	    v.ptr[5] < '0' || v.ptr[5] > '9' || v.ptr[7] < '0' ||
	    v.ptr[7] > '9')
		return refuse(h, 400, "The request line is malformed.");
	if (v.ptr[5] != '1' || v.ptr[7] > '1')
		return refuse(h, 505, "Use HTTP/1.1.");
	h->http10 = v.ptr[7] == '0';
	return true;
}

static bool check_method(struct http_head *h, struct str name)
{
	if (!http_is_token(name) || name.len > METHOD_MAX)
		return refuse(h, 400, "The request line is malformed.");
	for (int m = 0; m < HTTP_METHOD_COUNT; m++) {
		if (!str_is(name, method_names[m]))
			continue;
		h->method = (enum http_method)m;
		return true;
	}
	return refuse(h, 501, "This method is not implemented.");
}

static bool may_be_in_target(char c)
{
	switch (c) {
	case '#':
	case '"':
	case '<':
	case '>':
	case '\\':
		return false;
	default:
		return c > ' ';
	}
}

/*
 * Origin form only (RFC 9112, 3.2.1): the other forms are for proxies, and
 * with them a second, maybe different, host. A fragment is never sent, and a
 * backslash is a slash to some.
 */
static bool check_target(struct http_head *h, struct str target)
{
	if (target.len == 0 || target.ptr[0] != '/')
		return refuse(h, 400, "Ask for a path that starts with '/'.");
	for (size_t i = 0; i < target.len; i++)
		if (!may_be_in_target(target.ptr[i]))
			return refuse(h, 400,
				      "The path has a character that must be "
				      "percent-encoded.");
	h->target = (size_t)(target.ptr - h->text.data);
	h->target_len = target.len;
	return true;
}

static bool check_request_line(struct http_head *h, struct str line)
{
	struct str rest = line, method, target;

	if (!str_cut(&rest, ' ', &method) || !str_cut(&rest, ' ', &target))
		return refuse(h, 400, "The request line is malformed.");
	return check_version(h, rest) && check_method(h, method) &&
	       check_target(h, target);
}

/* Other than visible ASCII and the space: is it allowed where it stands? */
static bool check_odd_byte(struct http_head *h, unsigned char c, bool after_cr)
{
	if (after_cr != (c == '\n'))
		return refuse(h, 400, "End each line with CR LF.");
	if (c == '\r' || c == '\n')
		return true;
	/* In a value: a tab, or what is not ASCII (RFC 9110, 5.5). */
	if (h->lines > 0 && (c == '\t' || c > 0x7f))
		return true;
	return refuse(h, 400, "The head has a byte that is not allowed in it.");
}

/*
 * 8 bytes at once: a sum or a difference that passes a limit sets the high bit
 * of its byte; what it carries into the next byte can only add to that.
 */
static bool are_visible(const char *eight)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t v;

	memcpy(&v, eight, sizeof(v));
	return ((v | (v - ones * ' ') | (v + ones)) & ones * 0x80) == 0;
}

/* Bytes of a piece of one line. A CR and a LF come only as a pair. */
static bool check_bytes(struct http_head *h, const char *data, size_t len)
{
	bool after_cr = h->after_cr;
	size_t i = 0;

	while (i < len) {
		unsigned char c = (unsigned char)data[i];

		if (!after_cr && len - i >= 8 && are_visible(data + i)) {
			i += 8;
			continue;
		}
		i++;
		if (c >= ' ' && c < 0x7f && !after_cr)
			continue;
		if (!check_odd_byte(h, c, after_cr))
			return false;
		after_cr = c == '\r';
	}
	h->after_cr = after_cr;
	return true;
}

static bool check_line_start(struct http_head *h, char c)
{
	if (h->lines == 0)
		return true; /* the request line is checked as a whole */
	if (c == ' ' || c == '\t')
		return refuse(h, 400, "Do not fold header lines.");
	if (c == ':')
		return refuse(h, 400, "A header field has no name.");
	return true;
}

static bool too_large(struct http_head *h)
{
	if (h->lines == 0)
		return refuse(h, 414, "The request line is too long.");
	return refuse(h, 431, "The header fields are too large.");
}

/* A whole line, CR LF included, stands at the end of text. */
static bool end_line(struct http_head *h)
{
	struct str line = { h->text.data + h->line, h->text.len - h->line - 2 };

	if (line.len == 0 && h->lines == 0) {
		if (h->after_blank)
			return refuse(h, 400, "The request line is empty.");
		h->after_blank = true; /* RFC 9112, 2.2: skip one */
		buf_clear(&h->text);
		return true;
	}
	h->line = h->text.len;
	h->lines++;
	if (line.len == 0)
		h->done = true;
	else if (h->lines == 1)
		return check_request_line(h, line);
	else if (h->lines - 1 > h->max_fields)
		return refuse(h, 431, "There are too many header fields.");
	return true;
}

/* The bytes of data up to the end of a line, or all. */
static bool take_line(struct http_head *h, const char *data, size_t len,
		      size_t *used)
{
	const char *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - data) + 1 : len;
	size_t room = h->text.max - h->text.len;
	size_t take = n < room ? n : room;

	*used = n;
	/* In the order of the bytes, so that a split changes nothing. */
	if (h->text.len == h->line && take > 0 && !check_line_start(h, *data))
		return false;
	if (!check_bytes(h, data, take))
		return false;
	if (take < n)
		return too_large(h);
	buf_add(&h->text, data, n);
	ASSERT(!h->text.failed);
	return !end || end_line(h);
}

bool http_head_feed(struct http_head *h, const char *data, size_t len,
		    size_t *used)
{
	size_t at = 0;
	bool fine = true;

	while (fine && at < len && !h->done) {
		size_t n;

		fine = take_line(h, data + at, len - at, &n);
		at += n;
	}
	*used = at;
	return fine;
}

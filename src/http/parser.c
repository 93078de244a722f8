#include "parser.h"

#include "base/assert.h"

#include <string.h>

#define HEAD_KEPT 4096 /* bytes of buffers that wait for the next request */
#define BODY_KEPT 16384

/*
 * Fields of which there may be only one: with two, whoever checks one and
 * whoever uses the other see different requests. Looked at only when a name
 * is repeated.
 */
static const struct {
	enum { WHOLE, PART } match;
	const char *text;
} single[] = {
	{ WHOLE, "host" },
	{ WHOLE, "content-length" },
	{ WHOLE, "transfer-encoding" },
	{ WHOLE, "content-encoding" },
	{ WHOLE, "content-type" },
	{ WHOLE, "expect" },
	{ WHOLE, "authorization" },
	{ WHOLE, "cookie" },
	{ WHOLE, "origin" },
	{ WHOLE, "idempotency-key" },
	{ PART, "signature" },
	{ PART, "timestamp" },
	{ PART, "webhook-" },
	{ PART, "delivery" },
	{ PART, "hmac" },
	{ PART, "token" },
	{ PART, "secret" },
	{ PART, "api-key" },
	{ PART, "svix-" },
};

void http_parser_init(struct http_parser *p, const struct http_limits *limits)
{
	*p = (struct http_parser){ 0 };
	http_head_init(&p->head, limits->header_bytes, limits->headers);
	http_framing_init(&p->framing, limits->headers, limits->body_bytes);
}

void http_parser_release(struct http_parser *p)
{
	http_head_release(&p->head);
	http_framing_release(&p->framing);
}

void http_parser_clear(struct http_parser *p)
{
	http_head_clear(&p->head, HEAD_KEPT);
	http_framing_clear(&p->framing, BODY_KEPT);
	p->head_told = false;
	p->expects_continue = false;
	p->refusal = (struct http_refusal){ 0 };
}

bool http_parser_has_begun(const struct http_parser *p)
{
	return p->head.text.len > 0;
}

size_t http_parser_memory(const struct http_parser *p)
{
	return p->head.text.cap + p->framing.body.cap;
}

const struct http_field *http_parser_find(const struct http_parser *p,
					  struct str name)
{
	for (size_t i = 0; i < p->framing.field_count; i++) {
		const struct http_field *f = &p->framing.fields[i];

		if (f->name.len == name.len && str_eq_nocase(f->name, name))
			return f;
	}
	return NULL;
}

static bool refuse(struct http_parser *p, int status, const char *why)
{
	p->refusal = (struct http_refusal){ status, why };
	return false;
}

static bool contains_nocase(struct str s, struct str part)
{
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (str_eq_nocase((struct str){ s.ptr + i, part.len }, part))
			return true;
	return false;
}

static bool is_single(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(single); i++) {
		struct str text = str_of(single[i].text);

		if (single[i].match == WHOLE ? str_eq_nocase(name, text)
					     : contains_nocase(name, text))
			return true;
	}
	return false;
}

/* Pairs of at most a hundred fields; nearly all differ in their length. */
static bool check_repeated(struct http_parser *p)
{
	const struct http_field *f = p->framing.fields;

	for (size_t i = 1; i < p->framing.field_count; i++)
		for (size_t k = 0; k < i; k++)
			if (f[i].name.len == f[k].name.len &&
			    str_eq_nocase(f[i].name, f[k].name) &&
			    is_single(f[i].name))
				return refuse(p, 400,
					      "A header field that may come "
					      "once is repeated.");
	return true;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~:[]%", c));
}

/* RFC 9112, 3.2: exactly one; HTTP/1.0 may leave it out. */
static bool check_host(struct http_parser *p)
{
	const struct http_field *host = http_parser_find(p, STR("host"));

	if (!host && p->head.http10)
		return true;
	if (!host || host->value.len == 0)
		return refuse(p, 400, "The Host field is missing.");
	for (size_t i = 0; i < host->value.len; i++)
		if (!is_host_char(host->value.ptr[i]))
			return refuse(p, 400, "The Host field is malformed.");
	return true;
}

/*
 * RFC 9112, 6: one way to say where the body ends, in its plainest form. A
 * number with zeros in front is octal to some.
 */
static bool check_length(struct http_parser *p)
{
	const struct http_field *te =
		http_parser_find(p, STR("transfer-encoding"));
	const struct http_field *cl =
		http_parser_find(p, STR("content-length"));
	uint64_t n;

	if (te && cl)
		return refuse(p, 400,
			      "Send Content-Length or Transfer-Encoding, not "
			      "both.");
	if (te && p->head.http10)
		return refuse(p, 400, "HTTP/1.0 has no Transfer-Encoding.");
	if (te && !str_eq_nocase(te->value, STR("chunked")))
		return refuse(p, 400,
			      "The only Transfer-Encoding is \"chunked\".");
	if (cl && (!str_to_u64(cl->value, &n) ||
		   (cl->value.ptr[0] == '0' && cl->value.len > 1)))
		return refuse(p, 400, "The Content-Length is malformed.");
	return true;
}

/* No decompression at the door: nothing can be larger than it looks. */
static bool check_encoding(struct http_parser *p)
{
	const struct http_field *f =
		http_parser_find(p, STR("content-encoding"));

	if (f && !str_eq_nocase(f->value, STR("identity")))
		return refuse(p, 415, "Send the body without compression.");
	return true;
}

static bool check_expect(struct http_parser *p)
{
	const struct http_field *f = http_parser_find(p, STR("expect"));

	if (!f || p->head.http10)
		return true;
	if (!str_eq_nocase(f->value, STR("100-continue")))
		return refuse(p, 417, "The only Expect is \"100-continue\".");
	p->expects_continue = !p->framing.done;
	return true;
}

static bool check_head(struct http_parser *p)
{
	if (!http_framing_head(&p->framing, buf_str(&p->head.text)))
		return refuse(p, p->framing.status, p->framing.why);
	return check_repeated(p) && check_host(p) && check_length(p) &&
	       check_encoding(p) && check_expect(p);
}

static enum http_step feed_head(struct http_parser *p, const char *data,
				size_t len, size_t *used)
{
	if (!http_head_feed(&p->head, data, len, used)) {
		p->refusal = p->head.refusal;
		return HTTP_STEP_REFUSED;
	}
	if (!p->head.done)
		return HTTP_STEP_MORE;
	if (!check_head(p))
		return HTTP_STEP_REFUSED;
	p->head_told = true;
	return HTTP_STEP_HEAD;
}

enum http_step http_parser_feed(struct http_parser *p, const char *data,
				size_t len, size_t *used)
{
	*used = 0;
	if (!p->head_told)
		return feed_head(p, data, len, used);
	if (!http_framing_body(&p->framing, data, len, used)) {
		refuse(p, p->framing.status, p->framing.why);
		return HTTP_STEP_REFUSED;
	}
	return p->framing.done ? HTTP_STEP_DONE : HTTP_STEP_MORE;
}

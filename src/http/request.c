/* Requests: a pool of them, and what a handler may ask one. */
#include "base/assert.h"
#include "base/mem.h"
#include "internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#define POOL_MAX 256 /* requests that wait for use */

struct http_request *http_request_take(struct http_conn *c)
{
	struct http_server *s = c->server;
	struct http_request *req = TAILQ_FIRST(&s->pool);

	if (req) {
		TAILQ_REMOVE(&s->pool, req, link);
		s->pooled--;
	} else {
		req = mem_new(sizeof(*req));
		req->server = s;
		http_parser_init(&req->parser, &s->limits);
	}
	TAILQ_INSERT_TAIL(&s->active, req, link);
	req->conn = c;
	req->peer = c->peer;
	req->peer_text[0] = '\0';
	req->data = NULL;
	req->stream = (struct http_stream){ 0 };
	req->why = NULL;
	req->extra = NULL;
	req->handed = false;
	req->refused = false;
	return req;
}

static void free_request(struct http_request *req)
{
	http_parser_release(&req->parser);
	free(req);
}

void http_request_give_back(struct http_request *req)
{
	struct http_server *s = req->server;

	if (req->stream.gone)
		req->stream.gone(req->stream.arg);
	req->stream.gone = NULL;
	TAILQ_REMOVE(&s->active, req, link);
	s->memory -= req->charged;
	req->charged = 0;
	if (s->pooled >= POOL_MAX) {
		free_request(req);
		return;
	}
	http_parser_clear(&req->parser);
	TAILQ_INSERT_HEAD(&s->pool, req, link); /* warm in the cache */
	s->pooled++;
}

static void free_list(struct http_request_list *list)
{
	struct http_request *req;

	while ((req = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, req, link);
		free_request(req);
	}
}

void http_request_pool_free(struct http_server *s)
{
	free_list(&s->active);
	free_list(&s->pool);
}

bool http_request_charge(struct http_request *req)
{
	struct http_server *s = req->server;
	size_t now = http_parser_memory(&req->parser);

	s->memory = s->memory - req->charged + now;
	req->charged = now;
	return s->memory <= s->limits.total_bytes;
}

void http_request_stream(struct http_request *req, const struct http_stream *s)
{
	req->stream = *s;
	http_framing_stream(&req->parser.framing, s->max, s->bytes, s->arg);
}

void http_request_explain(struct http_request *req, const char *detail,
			  const struct http_header *extra)
{
	req->why = detail;
	req->extra = extra;
}

enum http_method http_request_method(const struct http_request *req)
{
	return req->parser.head.method;
}

struct str http_request_target(const struct http_request *req)
{
	const struct http_head *h = &req->parser.head;

	return (struct str){ h->text.data + h->target, h->target_len };
}

struct str http_request_path(const struct http_request *req)
{
	struct str rest = http_request_target(req), path;

	(void)str_cut(&rest, '?', &path);
	return path;
}

struct str http_request_query(const struct http_request *req)
{
	struct str rest = http_request_target(req), path;

	if (!str_cut(&rest, '?', &path))
		return (struct str){ 0 };
	return rest;
}

struct str http_request_body(const struct http_request *req)
{
	return buf_str(&req->parser.framing.body);
}

struct str http_request_header(const struct http_request *req, const char *name)
{
	const struct http_field *f =
		http_parser_find(&req->parser, str_of(name));

	return f ? f->value : (struct str){ 0 };
}

bool http_request_header_at(const struct http_request *req, size_t i,
			    struct str *name, struct str *value)
{
	const struct http_framing *f = &req->parser.framing;

	if (i >= f->field_count)
		return false;
	*name = f->fields[i].name;
	*value = f->fields[i].value;
	return true;
}

static void format_peer(const struct http_peer *p, char *out, size_t size)
{
	char addr[INET6_ADDRSTRLEN] = "";
	int n;

	if (p->family != AF_INET && p->family != AF_INET6) {
		n = snprintf(out, size, "unix");
	} else {
		(void)inet_ntop(p->family, p->addr, addr, sizeof(addr));
		n = snprintf(out, size,
			     p->family == AF_INET ? "%s:%u" : "[%s]:%u", addr,
			     ntohs(p->port));
	}
	ASSERT(n > 0 && (size_t)n < size);
}

/* Formatted when asked for: most requests never do. */
struct str http_request_peer(struct http_request *req)
{
	if (!req->peer_text[0])
		format_peer(&req->peer, req->peer_text, sizeof(req->peer_text));
	return str_of(req->peer_text);
}

void http_request_set_data(struct http_request *req, void *data)
{
	req->data = data;
}

void *http_request_data(const struct http_request *req)
{
	return req->data;
}

/* Bytes that wait, counted as part of the server's memory. */
#include "base/mem.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct http_rest *http_rest_new(struct http_server *s, struct str first,
				struct str second)
{
	size_t len = first.len + second.len;
	struct http_rest *rest;

	if (s->memory > s->limits.total_bytes ||
	    len > s->limits.total_bytes - s->memory)
		return NULL;
	rest = mem_resize(NULL, sizeof(*rest) + len);
	*rest = (struct http_rest){ .len = len };
	if (first.len)
		memcpy(rest->data, first.ptr, first.len);
	if (second.len)
		memcpy(rest->data + first.len, second.ptr, second.len);
	s->memory += len;
	return rest;
}

void http_rest_free(struct http_server *s, struct http_rest **rest)
{
	if (!*rest)
		return;
	s->memory -= (*rest)->len;
	free(*rest);
	*rest = NULL;
}

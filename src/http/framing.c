#include "framing.h"

#include "base/assert.h"
#include "base/mem.h"

#include <llhttp.h>
#include <stdlib.h>

/*
 * Bytes that chunk framing may take beside the data: 16 KiB, and one more for
 * each 64 of the largest body. It leaves room for chunks of 512 bytes all
 * through, and none for endless zeros, extensions or one-byte chunks.
 */
#define OVERHEAD_FREE  16384
#define OVERHEAD_SHARE 64

static struct http_framing *of(llhttp_t *l)
{
	return l->data;
}

static int refuse(struct http_framing *f, int status, const char *why)
{
	if (f->status == 0) {
		f->status = status;
		f->why = why;
	}
	return HPE_USER;
}

static int on_field(llhttp_t *l, const char *at, size_t len)
{
	struct http_framing *f = of(l);

	/* The head counted its lines before: there is room. */
	ASSERT(f->field_count < f->max_fields);
	f->fields[f->field_count++] = (struct http_field){
		.name = { at, len },
		.value = { at + len, 0 },
	};
	return 0;
}

/* In one or more pieces, which lie side by side because the head does. */
static int on_value(llhttp_t *l, const char *at, size_t len)
{
	struct http_framing *f = of(l);
	struct str *value;

	ASSERT(f->field_count > 0);
	value = &f->fields[f->field_count - 1].value;
	if (value->len == 0)
		value->ptr = at;
	value->len = (size_t)(at + len - value->ptr);
	return 0;
}

static int on_headers_complete(llhttp_t *l)
{
	struct http_framing *f = of(l);

	/* An offer to change protocols is one that we may ignore. */
	l->upgrade = 0;
	f->keep_alive = llhttp_should_keep_alive(l);
	f->head_done = true;
	f->length = l->flags & F_CHUNKED ? 0 : l->content_length;
	return 0;
}

/*
 * The size of a chunk is known before its first byte is taken. After the last
 * one llhttp would take a bare LF for the end: it is stopped before.
 */
static int on_chunk_header(llhttp_t *l)
{
	struct http_framing *f = of(l);

	if (l->content_length > f->max_body - f->taken)
		return refuse(f, 413, "The body is too large.");
	f->last_chunk = l->content_length == 0;
	return f->last_chunk ? HPE_PAUSED : 0;
}

static int on_body(llhttp_t *l, const char *at, size_t len)
{
	struct http_framing *f = of(l);
	int status;

	f->taken += len;
	if (f->sink) {
		status = f->sink((struct str){ at, len }, f->sink_arg);
		return status ? refuse(f, status, "The body was not taken.")
			      : 0;
	}
	buf_add(&f->body, at, len);
	ASSERT(!f->body.failed); /* its size was checked before */
	return 0;
}

static int on_message_complete(llhttp_t *l)
{
	of(l)->done = true;
	return HPE_PAUSED; /* what follows is the next request's */
}

static const llhttp_settings_t settings = {
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_headers_complete,
	.on_chunk_header = on_chunk_header,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

static void set_max(struct http_framing *f, size_t max)
{
	f->max_body = max;
	f->max_overhead = OVERHEAD_FREE + max / OVERHEAD_SHARE;
}

void http_framing_init(struct http_framing *f, size_t max_fields,
		       size_t max_body)
{
	*f = (struct http_framing){
		.llhttp = mem_new(sizeof(*f->llhttp)),
		.fields = mem_new_array(max_fields, sizeof(*f->fields)),
		.max_fields = max_fields,
	};
	buf_init(&f->body, max_body);
	set_max(f, max_body);
}

void http_framing_release(struct http_framing *f)
{
	buf_release(&f->body);
	free(f->fields);
	free(f->llhttp);
}

void http_framing_clear(struct http_framing *f, size_t keep)
{
	if (f->body.cap > keep)
		buf_release(&f->body);
	buf_clear(&f->body);
	set_max(f, f->body.max);
	f->length = 0;
	f->taken = 0;
	f->sink = NULL;
	f->field_count = 0;
	f->overhead = 0;
	f->head_done = false;
	f->last_chunk = false;
	f->tail = 0;
	f->done = false;
	f->keep_alive = false;
	f->status = 0;
	f->why = NULL;
}

/* False when llhttp, or one of the callbacks, refuses the bytes. */
static bool execute(struct http_framing *f, const char *data, size_t len,
		    size_t *used)
{
	llhttp_errno_t e = llhttp_execute(f->llhttp, data, len);

	*used = len;
	if (e == HPE_OK)
		return true;
	if (e == HPE_PAUSED) {
		*used = (size_t)(llhttp_get_error_pos(f->llhttp) - data);
		return true;
	}
	refuse(f, 400,
	       f->head_done ? "The body's framing is malformed."
			    : "The header fields are malformed.");
	return false;
}

bool http_framing_head(struct http_framing *f, struct str head)
{
	size_t used;

	llhttp_init(f->llhttp, HTTP_REQUEST, &settings);
	f->llhttp->data = f;
	if (!execute(f, head.ptr, head.len, &used))
		return false;
	if (!f->head_done || used != head.len) {
		refuse(f, 400, "The header fields are malformed.");
		return false;
	}
	for (size_t i = 0; i < f->field_count; i++)
		f->fields[i].value = str_trim(f->fields[i].value);
	return true;
}

void http_framing_stream(struct http_framing *f, size_t max,
			 int (*sink)(struct str bytes, void *arg), void *arg)
{
	set_max(f, max);
	f->sink = sink;
	f->sink_arg = arg;
}

bool http_framing_fits(struct http_framing *f)
{
	if (f->length <= f->max_body)
		return true;
	refuse(f, 413, "The body is too large.");
	return false;
}

/*
 * Behind the last chunk: a CR LF and nothing else. Trailer fields are refused
 * because no sender needs them, and because a proxy may put them into the
 * head after somebody has checked it.
 */
static bool take_tail(struct http_framing *f, char c)
{
	if (c != "\r\n"[f->tail]) {
		refuse(f, 400, "Trailer fields are not accepted.");
		return false;
	}
	f->tail++;
	f->done = f->tail == 2;
	return true;
}

/*
 * In slices that cannot pass the most overhead by more than a byte: then the
 * byte that passes it is the same one however the input was split.
 */
static bool take_slice(struct http_framing *f, const char *data, size_t len,
		       size_t *used)
{
	size_t room = f->max_overhead - f->overhead, before = f->taken;

	if (len > room)
		len = room ? room : 1;
	if (!execute(f, data, len, used))
		return false;
	f->overhead += *used - (f->taken - before);
	if (f->overhead <= f->max_overhead)
		return true;
	refuse(f, 413, "The body has too many chunks.");
	return false;
}

bool http_framing_body(struct http_framing *f, const char *data, size_t len,
		       size_t *used)
{
	size_t at = 0;
	bool fine = http_framing_fits(f);

	while (fine && at < len && !f->done) {
		size_t n = 1;

		fine = f->last_chunk ? take_tail(f, data[at])
				     : take_slice(f, data + at, len - at, &n);
		at += n;
	}
	*used = at;
	return fine;
}

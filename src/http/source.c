/* Bodies that are made while they are sent: chunks, one after the other. */
#include "base/assert.h"
#include "base/mem.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS	     8	/* chunks per turn and connection; then others */
#define CHUNK_DIGITS 8	/* of its size */
#define FRAME_MAX    32 /* bytes around a chunk, and the last one */
#define HEAD_MAX     65536

struct http_feed {
	struct http_source source;
	struct buf out; /* what is to be sent next, framed */
	bool chunked;
	bool ended; /* the source has given all */
};

void http_feed_end(struct http_feed **fp)
{
	struct http_feed *f = *fp;

	if (!f)
		return;
	*fp = NULL;
	f->source.done(f->source.arg);
	buf_release(&f->out);
	free(f);
}

/* Where a chunk begins, its size to be filled in. */
static size_t begin_chunk(struct http_feed *f)
{
	size_t at = f->out.len;

	if (f->chunked)
		buf_add(&f->out, "00000000\r\n", CHUNK_DIGITS + 2);
	return at;
}

/* An empty one would end the body: it is left out. */
static void end_chunk(struct http_feed *f, size_t at)
{
	static const char hex[] = "0123456789abcdef";
	size_t len;

	if (!f->chunked || f->out.failed)
		return;
	len = f->out.len - at - CHUNK_DIGITS - 2;
	if (len == 0) {
		buf_truncate(&f->out, at);
		return;
	}
	for (size_t i = CHUNK_DIGITS; i-- > 0; len >>= 4)
		f->out.data[at + i] = hex[len & 15];
	buf_add(&f->out, "\r\n", 2);
}

static void make_more(struct http_feed *f)
{
	size_t at = begin_chunk(f);

	f->ended = !f->source.more(&f->out, f->source.arg);
	end_chunk(f, at);
	if (f->ended && f->chunked)
		buf_add(&f->out, "0\r\n\r\n", 5);
}

void http_feed_go_on(struct http_conn *c)
{
	struct http_feed *f = c->feed;

	for (int i = 0; i < ROUNDS && !f->ended; i++) {
		make_more(f);
		if (f->out.failed) { /* cut off: nobody takes it for whole */
			http_conn_close(c);
			return;
		}
		if (http_reply_send(c, buf_str(&f->out)) != HTTP_SENT) {
			if (c->feed)
				buf_clear(&f->out);
			return;
		}
		buf_clear(&f->out);
	}
	if (!f->ended) { /* in another turn */
		loop_io_want(&c->io, LOOP_WRITE);
		return;
	}
	http_feed_end(&c->feed);
	if (c->io.wanted & LOOP_WRITE)
		loop_io_want(&c->io, 0);
	http_conn_replied(c);
}

void http_feed_begin(struct http_conn *c, const struct http_source *source,
		     bool chunked, struct str head, struct str first)
{
	struct http_feed *f = mem_new(sizeof(*f));
	size_t at;

	f->source = *source;
	f->chunked = chunked;
	buf_init(&f->out, HEAD_MAX + first.len + HTTP_SOURCE_MAX + FRAME_MAX);
	buf_add_str(&f->out, head);
	at = begin_chunk(f);
	buf_add_str(&f->out, first);
	end_chunk(f, at);
	ASSERT(!f->out.failed);
	c->feed = f;
	http_conn_enter(c, HTTP_WRITING);
	if (http_reply_send(c, buf_str(&f->out)) == HTTP_SENT) {
		buf_clear(&f->out);
		http_feed_go_on(c);
	} else if (c->feed) {
		buf_clear(&f->out);
	}
}

#include "bomb.h"

#include <string.h>
#include <zlib.h>

#define GZIP	     (15 + 16) /* zlib's word for a gzip header */
#define MEMORY_LEVEL 8
#define PIECE	     65536
#define BOMB_MAX     (16u << 20) /* compressed */

/* All of in into out; last ends it. */
static bool deflate_all(z_stream *z, struct str in, bool last, struct buf *out)
{
	unsigned char room[PIECE], piece[PIECE];
	int result = Z_OK;

	memcpy(piece, in.ptr, in.len);
	z->next_in = piece;
	z->avail_in = (uInt)in.len;
	do {
		z->next_out = room;
		z->avail_out = sizeof(room);
		result = deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
		if (result == Z_STREAM_ERROR)
			return false;
		buf_add(out, room, sizeof(room) - z->avail_out);
	} while (z->avail_out == 0 && result != Z_STREAM_END && !out->failed);
	return !out->failed;
}

static bool compress_body(z_stream *z, struct str body, size_t bytes,
			  struct buf *out)
{
	char spaces[PIECE];
	size_t left = bytes > body.len ? bytes - body.len : 0;

	memset(spaces, ' ', sizeof(spaces));
	while (body.len > 0) {
		size_t n = body.len < PIECE ? body.len : PIECE;

		if (!deflate_all(z, (struct str){ body.ptr, n }, false, out))
			return false;
		body.ptr += n;
		body.len -= n;
	}
	while (left > 0) {
		size_t n = left < PIECE ? left : PIECE;

		if (!deflate_all(z, (struct str){ spaces, n }, false, out))
			return false;
		left -= n;
	}
	return deflate_all(z, (struct str){ spaces, 0 }, true, out);
}

bool bomb_make(struct buf *body, size_t bytes)
{
	z_stream z = { 0 };
	struct buf out;
	bool made;

	buf_init(&out, BOMB_MAX);
	/* Runs are all that there is to find, and found quickly so. */
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, MEMORY_LEVEL,
			 Z_RLE) != Z_OK)
		return false;
	made = compress_body(&z, buf_str(body), bytes, &out);
	(void)deflateEnd(&z);
	if (made) {
		buf_release(body);
		*body = out;
	} else {
		buf_release(&out);
	}
	return made;
}

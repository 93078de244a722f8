#include "decode.h"

#include "base/assert.h"
#include "json/json.h"

#include <errno.h>

#define OUT_SIZE 4096
#define BOM	 "\xef\xbb\xbf"
#define UNIT	 2 /* bytes of UTF-16's smallest */

static const struct {
	const char *iconv; /* NULL: see open_iconv */
	const char *title;
} encodings[RECORD_ENCODING_COUNT] = {
	[RECORD_UTF8] = { NULL, "UTF-8" },
	[RECORD_WINDOWS_1252] = { "WINDOWS-1252", "Windows-1252" },
	[RECORD_LATIN1] = { "ISO-8859-1", "Latin-1" },
	[RECORD_UTF16] = { NULL, "UTF-16" },
};

void decoder_init(struct decoder *d, enum record_encoding encoding,
		  decode_fn *fn, void *arg)
{
	ASSERT(encoding < RECORD_ENCODING_COUNT);
	*d = (struct decoder){ .encoding = encoding,
			       .iconv = (iconv_t)-1,
			       .ready = encoding == RECORD_UTF8,
			       .fn = fn,
			       .arg = arg };
}

void decoder_release(struct decoder *d)
{
	if (d->iconv != (iconv_t)-1)
		(void)iconv_close(d->iconv);
	d->iconv = (iconv_t)-1;
}

/* Of UTF-16, the first two bytes say which. */
static int open_iconv(struct decoder *d, struct err *err)
{
	const char *name = encodings[d->encoding].iconv;

	if (d->encoding == RECORD_UTF16 && d->tail_len < UNIT)
		return 0;
	if (d->encoding == RECORD_UTF16)
		name = memcmp(d->tail, "\xfe\xff", UNIT) == 0 ? "UTF-16BE"
							      : "UTF-16LE";
	d->iconv = iconv_open("UTF-8", name);
	if (d->iconv == (iconv_t)-1)
		return err_set(err, ERR_CONFIG,
			       "this system cannot read the encoding %s",
			       encodings[d->encoding].title);
	d->ready = true;
	return 0;
}

static int hand_on(struct decoder *d, struct str text, struct err *err)
{
	if (!text.len)
		return 0;
	if (!d->started && text.len >= 3 && memcmp(text.ptr, BOM, 3) == 0) {
		text.ptr += 3;
		text.len -= 3;
	}
	d->started = true;
	return text.len ? d->fn(text, d->arg, err) : 0;
}

static int refuse(const struct decoder *d, struct err *err)
{
	return err_set(err, ERR_INVALID, "not %s: is it in another encoding?",
		       encodings[d->encoding].title);
}

/* What is left is the start of a character; or libc takes it for one. */
static int keep_tail(struct decoder *d, struct str left, struct err *err)
{
	if (left.len >= sizeof(d->tail))
		return refuse(d, err);
	if (left.len)
		memmove(d->tail, left.ptr, left.len);
	d->tail_len = left.len;
	return 0;
}

/*
 * As much as there is of whole characters; *in is what is left. libc takes
 * more for UTF-8 than is.
 */
static int check_utf8(struct decoder *d, struct str *in, struct err *err)
{
	struct str whole = { in->ptr, json_utf8(*in) };

	in->ptr += whole.len;
	in->len -= whole.len;
	return hand_on(d, whole, err);
}

static int by_iconv(struct decoder *d, struct str *in, struct err *err)
{
	char out[OUT_SIZE];
	char *from = (char *)(uintptr_t)in->ptr;

	for (;;) {
		char *to = out;
		size_t room = sizeof(out);
		size_t result = iconv(d->iconv, &from, &in->len, &to, &room);
		int reason = errno;

		in->ptr = from;
		if (hand_on(d, (struct str){ out, (size_t)(to - out) }, err) <
		    0)
			return -1;
		if (result != (size_t)-1 || reason == EINVAL)
			return 0;
		if (reason != E2BIG)
			return refuse(d, err);
	}
}

static int convert(struct decoder *d, struct str *in, struct err *err)
{
	return d->encoding == RECORD_UTF8 ? check_utf8(d, in, err)
					  : by_iconv(d, in, err);
}

/* The next byte goes to the tail, until that is a whole character. */
static int fill_tail(struct decoder *d, struct str *bytes, struct err *err)
{
	struct str tail = { d->tail, 0 };

	ASSERT(d->tail_len < sizeof(d->tail));
	d->tail[d->tail_len++] = *bytes->ptr++;
	bytes->len--;
	if (!d->ready && open_iconv(d, err) < 0)
		return -1;
	if (!d->ready)
		return 0;
	tail.len = d->tail_len;
	return convert(d, &tail, err) < 0 ? -1 : keep_tail(d, tail, err);
}

static size_t count_ascii(struct str s)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	size_t i = 0;

	for (; s.len - i >= sizeof(high); i += sizeof(high)) {
		uint64_t eight;

		memcpy(&eight, s.ptr + i, sizeof(eight));
		if (eight & high)
			break;
	}
	while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
		i++;
	return i;
}

/* All encodings but UTF-16 have ASCII as it is, which needs no conversion. */
static int take_ascii(struct decoder *d, struct str *bytes, struct err *err)
{
	struct str ascii = { bytes->ptr, count_ascii(*bytes) };

	bytes->ptr += ascii.len;
	bytes->len -= ascii.len;
	return hand_on(d, ascii, err);
}

static int take_rest(struct decoder *d, struct str *bytes, struct err *err)
{
	struct str part = *bytes;

	if (d->encoding != RECORD_UTF16)
		for (part.len = 0; part.len < bytes->len &&
				   (unsigned char)part.ptr[part.len] >= 0x80;)
			part.len++;
	bytes->ptr += part.len;
	bytes->len -= part.len;
	return convert(d, &part, err) < 0 ? -1 : keep_tail(d, part, err);
}

int decoder_feed(struct decoder *d, struct str bytes, struct err *err)
{
	int result = 0;

	while (bytes.len && result == 0) {
		if (d->tail_len || !d->ready)
			result = fill_tail(d, &bytes, err);
		else if (d->encoding != RECORD_UTF16 &&
			 (unsigned char)*bytes.ptr < 0x80)
			result = take_ascii(d, &bytes, err);
		else
			result = take_rest(d, &bytes, err);
	}
	return result;
}

int decoder_end(struct decoder *d, struct err *err)
{
	if (!d->tail_len)
		return 0;
	return err_set(err, ERR_INVALID,
		       "the text ends within a character of %s",
		       encodings[d->encoding].title);
}

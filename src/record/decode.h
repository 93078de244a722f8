/* Text of other encodings as UTF-8, in pieces that may be cut anywhere. */
#ifndef RECORD_DECODE_H
#define RECORD_DECODE_H

#include "base/err.h"
#include "base/str.h"
#include "record/reader.h"

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

#define DECODE_CHARACTER 4 /* bytes of the longest, in all encodings */

/* Takes what was decoded: whole characters, never nothing. */
typedef int decode_fn(struct str utf8, void *arg, struct err *err);

struct decoder {
	enum record_encoding encoding;
	iconv_t iconv;		     /* (iconv_t)-1: none, or not yet */
	bool ready;		     /* to convert */
	char tail[DECODE_CHARACTER]; /* of a character that was cut */
	size_t tail_len;
	bool started; /* a byte order mark is skipped at the start alone */
	decode_fn *fn;
	void *arg;
};

void decoder_init(struct decoder *d, enum record_encoding encoding,
		  decode_fn *fn, void *arg);
void decoder_release(struct decoder *d);

/* ERR_INVALID for what is not text of that encoding. */
int decoder_feed(struct decoder *d, struct str bytes,
		 struct err *err) MUST_CHECK;
int decoder_end(struct decoder *d, struct err *err) MUST_CHECK;

#endif

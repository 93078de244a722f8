/*
 * libsodium's coders: strict when told to ignore nothing, and of the same
 * speed for any content, so that they are fit for keys.
 */
#include "crypto/encode.h"

#include "base/assert.h"

#include <sodium.h>

static const char *const names[ENCODING_COUNT] = {
	[ENCODING_HEX] = "hex",
	[ENCODING_BASE64] = "base64",
	[ENCODING_BASE64URL] = "base64url",
};

bool encoding_find(struct str name, enum encoding *out)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!str_is(name, names[i]))
			continue;
		*out = (enum encoding)i;
		return true;
	}
	return false;
}

static bool ends_in_padding(struct str text)
{
	return text.len && text.ptr[text.len - 1] == '=';
}

bool decode(enum encoding e, struct str text, unsigned char *out, size_t cap,
	    size_t *len)
{
	int variant = sodium_base64_VARIANT_ORIGINAL;

	if (e == ENCODING_HEX)
		return sodium_hex2bin(out, cap, text.ptr, text.len, NULL, len,
				      NULL) == 0;
	if (e == ENCODING_BASE64URL)
		variant = ends_in_padding(text)
				  ? sodium_base64_VARIANT_URLSAFE
				  : sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	return sodium_base642bin(out, cap, text.ptr, text.len, NULL, len, NULL,
				 variant) == 0;
}

void encode(enum encoding e, const void *bytes, size_t len, struct buf *out)
{
	int variant = e == ENCODING_BASE64
			      ? sodium_base64_VARIANT_ORIGINAL
			      : sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	size_t size; /* of the text, without the NUL */
	char *room;

	if (len > out->max) { /* before any size is computed from len */
		out->failed = true;
		return;
	}
	size = e == ENCODING_HEX ? len * 2
				 : sodium_base64_encoded_len(len, variant) - 1;
	room = buf_reserve(out, size);
	if (!room)
		return;
	if (e == ENCODING_HEX)
		sodium_bin2hex(room, size + 1, bytes, len);
	else
		sodium_bin2base64(room, size + 1, bytes, len, variant);
	buf_grown(out, size);
}

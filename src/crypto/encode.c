/*
 * libsodium's coders: strict when told to ignore nothing, and of the same
 * speed for any content, so that they are fit for keys.
 */
#include "crypto/encode.h"

#include "base/assert.h"

#include <openssl/evp.h>
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

/* libsodium 1.0.18 takes any other byte for a letter of base64. */
static bool is_ascii(struct str text)
{
	unsigned char all = 0;

	for (size_t i = 0; i < text.len; i++)
		all |= (unsigned char)text.ptr[i];
	return all < 0x80;
}

bool decode(enum encoding e, struct str text, unsigned char *out, size_t cap,
	    size_t *len)
{
	int variant = sodium_base64_VARIANT_ORIGINAL;

	if (e == ENCODING_HEX)
		return sodium_hex2bin(out, cap, text.ptr, text.len, NULL, len,
				      NULL) == 0;
	if (!is_ascii(text))
		return false;
	if (e == ENCODING_BASE64URL)
		variant = ends_in_padding(text)
				  ? sodium_base64_VARIANT_URLSAFE
				  : sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	return sodium_base642bin(out, cap, text.ptr, text.len, NULL, len, NULL,
				 variant) == 0;
}

#define FAST_BYTES 96 /* decoded at once; more than any digest has */
#define FAST_TEXT  (FAST_BYTES / 3 * 4)

/*
 * OpenSSL's coder takes more than one spelling, and leaves the padding's zeros
 * behind the bytes. So what it would write of them must be what it read.
 */
static bool decode_fast(struct str text, unsigned char *out, size_t cap,
			size_t *len)
{
	const unsigned char *from = (const unsigned char *)text.ptr;
	unsigned char bytes[FAST_BYTES], again[FAST_TEXT + 1];
	int size = EVP_DecodeBlock(bytes, from, (int)text.len);

	for (size_t i = text.len; i > text.len - 2 && from[i - 1] == '='; i--)
		size--;
	if (size < 0 || (size_t)size > cap ||
	    EVP_EncodeBlock(again, bytes, size) != (int)text.len ||
	    memcmp(again, from, text.len) != 0)
		return false;
	memcpy(out, bytes, (size_t)size);
	*len = (size_t)size;
	return true;
}

bool decode_public(enum encoding e, struct str text, unsigned char *out,
		   size_t cap, size_t *len)
{
	bool fast = e == ENCODING_BASE64 && text.len % 4 == 0 && text.len > 0 &&
		    text.len <= FAST_TEXT;

	return fast ? decode_fast(text, out, cap, len)
		    : decode(e, text, out, cap, len);
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

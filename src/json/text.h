/* Runs of bytes inside a JSON string: what reading and writing share. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Length of the UTF-8 sequence at p (RFC 3629: no overlong form, no surrogate,
 * nothing past U+10FFFF); 0 when it is not one or is cut by end.
 */
size_t text_sequence(const unsigned char *p, const unsigned char *end);

/* ASCII that stands for itself in a string. */
static inline bool text_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/*
 * How many of 8 bytes, the first one lowest, come before the first that is not
 * plain. A subtraction borrows into the high bit of the lowest byte that is
 * too small; what it does to bytes above that one does not matter.
 */
static inline size_t text_plain_of_eight(uint64_t eight)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t quote = eight ^ ones * '"';
	uint64_t slash = eight ^ ones * '\\';
	uint64_t special = (eight | (eight - ones * 0x20) | (quote - ones) |
			    (slash - ones)) &
			   ones * 0x80;

	return special ? (size_t)__builtin_ctzll(special) / 8 : 8;
}

static inline uint64_t text_eight(const unsigned char *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	return le64toh(eight);
}

/* As text_eight of fewer bytes: behind them are zeros, which are not plain. */
static inline uint64_t text_few(const unsigned char *p, size_t len)
{
	uint32_t first, last;

	if (len >= 4) { /* the two halves overlap */
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + len - 4, sizeof(last));
		return le32toh(first) | (uint64_t)le32toh(last)
						<< (8 * (len - 4));
	}
	if (len == 0)
		return 0;
	return p[0] | (uint64_t)p[len / 2] << (8 * (len / 2)) |
	       (uint64_t)p[len - 1] << (8 * (len - 1));
}

/* The first byte from p on that is not plain, or end. */
static inline const unsigned char *text_skip_plain(const unsigned char *p,
						   const unsigned char *end)
{
	const unsigned char *first = p;

	for (; end - p >= 8; p += 8) {
		size_t plain = text_plain_of_eight(text_eight(p));

		if (plain < 8)
			return p + plain;
	}
	/* The rest, with some again that are known to be plain. */
	if (end - first >= 8)
		return end - 8 + text_plain_of_eight(text_eight(end - 8));
	return p + text_plain_of_eight(text_few(p, (size_t)(end - p)));
}

#endif

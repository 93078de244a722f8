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
 * How many of the 8 bytes at p come before the first that is not plain. A
 * subtraction borrows into the high bit of the lowest byte that is too small;
 * what it does to bytes above that one does not matter.
 */
static inline size_t text_plain_of_eight(const unsigned char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t eight, quote, slash, special;

	memcpy(&eight, p, sizeof(eight));
	eight = le64toh(eight);
	quote = eight ^ ones * '"';
	slash = eight ^ ones * '\\';
	special = (eight | (eight - ones * 0x20) | (quote - ones) |
		   (slash - ones)) &
		  ones * 0x80;
	return special ? (size_t)__builtin_ctzll(special) / 8 : 8;
}

/* The first byte from p on that is not plain, or end. */
static inline const unsigned char *text_skip_plain(const unsigned char *p,
						   const unsigned char *end)
{
	const unsigned char *first = p;

	for (; end - p >= 8; p += 8) {
		size_t plain = text_plain_of_eight(p);

		if (plain < 8)
			return p + plain;
	}
	/* The rest, with some again that are known to be plain. */
	if (end - first >= 8)
		return end - 8 + text_plain_of_eight(end - 8);
	while (p < end && text_is_plain(*p))
		p++;
	return p;
}

#endif

/* Runs of bytes inside a JSON string: what reading and writing share. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

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
 * Not 0 when one of the 8 bytes is not plain. A subtraction borrows into the
 * high bit of the lowest byte that is too small; what it does to bytes above
 * that one does not matter.
 */
static inline uint64_t text_special(uint64_t eight)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t quote = eight ^ ones * '"';
	const uint64_t slash = eight ^ ones * '\\';

	return (eight | (eight - ones * 0x20) | (quote - ones) |
		(slash - ones)) &
	       ones * 0x80;
}

/* The first byte from p on that is not plain, or end. */
static inline const unsigned char *text_skip_plain(const unsigned char *p,
						   const unsigned char *end)
{
	uint64_t eight;

	for (; end - p >= 8; p += 8) {
		memcpy(&eight, p, 8);
		if (text_special(eight))
			break;
	}
	while (p < end && text_is_plain(*p))
		p++;
	return p;
}

#endif

#include "text.h"

#include "json/json.h"

/* RFC 3629 section 4: what the second byte may be depends on the first. */
static const struct lead {
	unsigned char first, last; /* the first byte */
	unsigned char low, high;   /* the second */
	size_t len;
} leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t text_sequence(const unsigned char *p, const unsigned char *end)
{
	const struct lead *l = leads;
	const struct lead *past = leads + sizeof(leads) / sizeof(leads[0]);

	if (p == end || *p < 0x80)
		return p < end;
	while (l<past && * p> l->last)
		l++;
	if (l == past || *p < l->first || (size_t)(end - p) < l->len ||
	    p[1] < l->low || p[1] > l->high)
		return 0;
	for (size_t i = 2; i < l->len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return l->len;
}

size_t json_utf8(struct str s)
{
	const unsigned char *first = (const unsigned char *)s.ptr;
	const unsigned char *end = s.len ? first + s.len : first;
	const unsigned char *p = first;
	size_t len;

	while (p < end && (len = text_sequence(p, end)) > 0)
		p += len;
	return (size_t)(p - first);
}

/* Percent-encoding (RFC 3986, 2.1) and form parameters. */
#include "http/router.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte of "%XX" at the front of s; -1 when it is none, or is NUL. */
static int escaped(struct str s)
{
	int high, low;

	if (s.len < 3)
		return -1;
	high = hex_value(s.ptr[1]);
	low = hex_value(s.ptr[2]);
	if (high < 0 || low < 0 || (high == 0 && low == 0))
		return -1;
	return high * 16 + low;
}

bool http_url_decode(struct str text, bool plus_is_space, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			int byte = escaped(
				(struct str){ text.ptr + i, text.len - i });

			if (byte < 0)
				return false;
			c = (char)byte;
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		buf_add_char(out, c);
	}
	return !out->failed;
}

bool http_query_get(struct str query, const char *name, struct buf *out)
{
	bool found = false;

	buf_clear(out);
	while (query.len) {
		struct str pair, key;

		(void)str_cut(&query, '&', &pair);
		(void)str_cut(&pair, '=', &key);
		if (!str_is(key, name))
			continue;
		if (found || !http_url_decode(pair, true, out))
			return false;
		found = true;
	}
	return found;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void http_url_encode(struct str text, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_unreserved((char)c)) {
			buf_add_char(out, (char)c);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, hex[c >> 4]);
		buf_add_char(out, hex[c & 15]);
	}
}

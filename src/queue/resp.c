#include "resp.h"

#define HEADER_MAX (1 + STR_NUMBER_SIZE + 2)

static char *put_end(char *at)
{
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

static char *put_header(char *at, char type, size_t n)
{
	*at++ = type;
	return put_end(str_put_u64(at, n));
}

void resp_begin(struct buf *b, size_t words)
{
	char *from = buf_reserve(b, HEADER_MAX);

	if (from)
		buf_grown(b, (size_t)(put_header(from, '*', words) - from));
}

void resp_str(struct buf *b, struct str s)
{
	char *from = buf_reserve(b, HEADER_MAX + s.len + 2), *at;

	if (!from)
		return;
	at = put_header(from, '$', s.len);
	if (s.len)
		memcpy(at, s.ptr, s.len);
	buf_grown(b, (size_t)(put_end(at + s.len) - from));
}

void resp_z(struct buf *b, const char *z)
{
	resp_str(b, str_of(z));
}

void resp_int(struct buf *b, int64_t n)
{
	char digits[STR_NUMBER_SIZE];

	resp_str(b, str_of_i64(n, digits));
}

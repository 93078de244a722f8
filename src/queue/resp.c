#include "resp.h"

static void header(struct buf *b, char type, size_t n)
{
	buf_add_char(b, type);
	buf_add_u64(b, n);
	buf_add(b, "\r\n", 2);
}

void resp_begin(struct buf *b, size_t words)
{
	header(b, '*', words);
}

void resp_str(struct buf *b, struct str s)
{
	header(b, '$', s.len);
	buf_add_str(b, s);
	buf_add(b, "\r\n", 2);
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

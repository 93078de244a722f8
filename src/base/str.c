#include "base/str.h"

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b.ptr[i] &&
		    str_lower(a.ptr[i]) != str_lower(b.ptr[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || !memcmp(s.ptr, prefix.ptr, prefix.len));
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.len && is_space(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool str_cut(struct str *s, char sep, struct str *head)
{
	const char *at = s->len ? memchr(s->ptr, sep, s->len) : NULL;

	*head = *s;
	if (!at) {
		*s = (struct str){ 0 };
		return false;
	}
	head->len = (size_t)(at - s->ptr);
	s->ptr = at + 1;
	s->len -= head->len + 1;
	return true;
}

bool str_to_u64(struct str s, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.ptr[i] - (unsigned)'0';

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.len && s.ptr[0] == '-';
	uint64_t n;

	if (negative) {
		s.ptr++;
		s.len--;
	}
	if (!str_to_u64(s, &n) || n > (uint64_t)INT64_MAX + negative)
		return false;
	*out = (int64_t)(negative ? 0 - n : n); /* INT64_MIN has no opposite */
	return true;
}

struct str str_of_u64(uint64_t n, char room[static STR_NUMBER_SIZE])
{
	size_t at = STR_NUMBER_SIZE;

	do {
		room[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return (struct str){ room + at, STR_NUMBER_SIZE - at };
}

struct str str_of_i64(int64_t n, char room[static STR_NUMBER_SIZE])
{
	struct str s = str_of_u64(n < 0 ? -(uint64_t)n : (uint64_t)n, room);

	if (n >= 0)
		return s;
	room[STR_NUMBER_SIZE - 1 - s.len] = '-';
	return (struct str){ s.ptr - 1, s.len + 1 };
}

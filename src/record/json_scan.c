#include "json_scan.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

enum { OTHER, QUOTE, OPEN_OBJECT, OPEN_ARRAY, CLOSE_OBJECT, CLOSE_ARRAY };

static const unsigned char classes[256] = {
	['"'] = QUOTE,	      ['{'] = OPEN_OBJECT, ['['] = OPEN_ARRAY,
	['}'] = CLOSE_OBJECT, [']'] = CLOSE_ARRAY,
};

void json_scan_start(struct json_scan *s, unsigned char first, unsigned max)
{
	*s = (struct json_scan){
		.max = max,
		.scalar = classes[first] == OTHER,
	};
}

/*
 * A byte of v that is 0 gives its high bit; so may bytes above the lowest such
 * one, by a borrow, which does not matter.
 */
static uint64_t zeros(uint64_t v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return (v - ones) & ~v & ones * 0x80;
}

/* The first quote or backslash, or end. */
static const unsigned char *find_special(const unsigned char *p,
					 const unsigned char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	for (; end - p >= 8; p += 8) {
		uint64_t eight, found;

		memcpy(&eight, p, sizeof(eight));
		eight = le64toh(eight);
		found = zeros(eight ^ ones * '"') | zeros(eight ^ ones * '\\');
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* To behind the closing quote, or end. */
static const unsigned char *skip_string(struct json_scan *s,
					const unsigned char *p,
					const unsigned char *end)
{
	if (s->escaped && p < end) {
		s->escaped = false;
		p++;
	}
	while ((p = find_special(p, end)) < end) {
		if (*p++ == '"') {
			s->in_string = false;
			s->done = s->depth == 0;
			return p;
		}
		if (p == end)
			s->escaped = true;
		else
			p++;
	}
	return p;
}

/* White space and what may follow a value; not ':', which never may. */
static const unsigned char *skip_scalar(struct json_scan *s,
					const unsigned char *p,
					const unsigned char *end)
{
	for (; p < end; p++) {
		switch (*p) {
		case ',':
		case '}':
		case ']':
		case ' ':
		case '\n':
		case '\r':
		case '\t':
			s->done = true;
			return p;
		case '"':
		case '{':
		case '[':
		case ':':
			s->wrong = "',' or the end of the list is expected";
			return p;
		default:
			break;
		}
	}
	return p;
}

static bool open_value(struct json_scan *s, bool is_object)
{
	if (s->depth == s->max) {
		s->too_deep = true;
		s->wrong = "nested too deeply";
		return false;
	}
	s->kinds = s->kinds << 1 | is_object;
	s->depth++;
	return true;
}

static bool close_value(struct json_scan *s, bool is_object)
{
	if ((s->kinds & 1) != is_object) {
		s->wrong = is_object ? "'}' closes what '[' has opened"
				     : "']' closes what '{' has opened";
		return false;
	}
	s->kinds >>= 1;
	s->depth--;
	s->done = s->depth == 0;
	return true;
}

static bool take(struct json_scan *s, unsigned class)
{
	switch (class) {
	case QUOTE:
		s->in_string = true;
		return true;
	case OPEN_OBJECT:
	case OPEN_ARRAY:
		return open_value(s, class == OPEN_OBJECT);
	default:
		return close_value(s, class == CLOSE_OBJECT);
	}
}

const unsigned char *json_scan(struct json_scan *s, const unsigned char *p,
			       const unsigned char *end)
{
	if (s->scalar)
		return skip_scalar(s, p, end);
	while (p < end && !s->done) {
		if (s->in_string) {
			p = skip_string(s, p, end);
			continue;
		}
		while (p < end && classes[*p] == OTHER)
			p++;
		if (p == end || !take(s, classes[*p]))
			return p;
		p++;
	}
	return p;
}

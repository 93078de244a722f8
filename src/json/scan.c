#include "scan.h"

#include "base/assert.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct scanner {
	const unsigned char *start, *at, *end;
	const struct json_limits *lim;
	struct arena *arena; /* NULL: nothing is kept */
	struct scan_kept **last;
	char *brief;		     /* NULL: nothing was kept so far */
	char *brief_end;	     /* of what is written */
	const unsigned char *copied; /* the text before is in the brief */
	bool escapes;		     /* in the string that was scanned last */
	size_t values;
	size_t find;	 /* ordinal of a value that is looked for */
	size_t found_at; /* where it is */
	struct err *err;
};

static int scan_value(struct scanner *s, size_t depth);

static size_t offset(const struct scanner *s)
{
	return (size_t)(s->at - s->start);
}

static int refuse(struct scanner *s, const char *what)
{
	if (s->at >= s->end)
		return err_set(s->err, ERR_INVALID,
			       "byte %zu: the JSON text ends too early",
			       offset(s));
	return err_set(s->err, ERR_INVALID, "byte %zu: %s", offset(s), what);
}

static inline bool is_space(unsigned char c)
{
	return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

static inline void skip_space(struct scanner *s)
{
	while (s->at < s->end && is_space(*s->at))
		s->at++;
}

static inline bool take(struct scanner *s, unsigned char c)
{
	if (s->at >= s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Four hex digits to *out. */
static bool take_hex(struct scanner *s, unsigned *out)
{
	unsigned n = 0;

	if (s->end - s->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char c = s->at[i];
		unsigned char low = c | 0x20;

		if (c >= '0' && c <= '9')
			n = n * 16 + (c - '0');
		else if (low >= 'a' && low <= 'f')
			n = n * 16 + (low - 'a' + 10u);
		else
			return false;
	}
	s->at += 4;
	*out = n;
	return true;
}

/* After "\u". */
static int scan_unicode(struct scanner *s)
{
	unsigned first, second;

	if (!take_hex(s, &first))
		return refuse(s, "\\u needs four hex digits");
	if (first == 0)
		return refuse(s, "\\u0000 is not allowed before here");
	if (first >= 0xdc00 && first <= 0xdfff)
		return refuse(s, "half a surrogate pair before here");
	if (first < 0xd800 || first > 0xdfff)
		return 0;
	if (!take(s, '\\') || !take(s, 'u') || !take_hex(s, &second) ||
	    second < 0xdc00 || second > 0xdfff)
		return refuse(s, "half a surrogate pair before here");
	return 0;
}

static int scan_escape(struct scanner *s)
{
	s->at++;
	s->escapes = true;
	if (s->at >= s->end)
		return refuse(s, NULL);
	if (take(s, 'u'))
		return scan_unicode(s);
	if (!memchr("\"\\/bfnrt", *s->at, 8))
		return refuse(s, "unknown escape in a string");
	s->at++;
	return 0;
}

/* What text_skip_plain stops at, other than the closing quote. */
static int scan_special(struct scanner *s)
{
	size_t len;

	if (*s->at == '\\')
		return scan_escape(s);
	if (*s->at < 0x20)
		return refuse(s, "raw control character in a string");
	len = text_sequence(s->at, s->end);
	if (len == 0)
		return err_set(s->err, ERR_INVALID, "byte %zu: not valid UTF-8",
			       offset(s));
	s->at += len;
	return 0;
}

/* To behind the closing quote, from a byte that text_skip_plain stopped at. */
static int scan_rest_of_string(struct scanner *s)
{
	do {
		if (s->at >= s->end)
			return refuse(s, NULL);
		if (scan_special(s) < 0)
			return -1;
		s->at = text_skip_plain(s->at, s->end);
	} while (!take(s, '"'));
	return 0;
}

/* At the opening quote, to behind the closing one. */
static int scan_string(struct scanner *s)
{
	if (!take(s, '"'))
		return refuse(s, "a key in quotes is expected");
	s->escapes = false;
	s->at = text_skip_plain(s->at, s->end);
	return take(s, '"') ? 0 : scan_rest_of_string(s);
}

static int keep(struct scanner *s, enum json_type type,
		const unsigned char *first, size_t len)
{
	struct scan_kept *k = arena_alloc(s->arena, sizeof(*k) + len + 1);

	if (!k)
		return arena_full(s->arena, s->err);
	k->next = NULL;
	k->ordinal = s->values - 1;
	k->type = type;
	memcpy(k->text, first, len);
	k->text[len] = '\0';
	*s->last = k;
	s->last = &k->next;
	return 0;
}

static void add_brief(struct scanner *s, const void *bytes, size_t len)
{
	memcpy(s->brief_end, bytes, len);
	s->brief_end += len;
}

/*
 * The brief has null for what was scanned from first on, unless that is
 * shorter: so it is no longer than the text.
 */
static int stand_in(struct scanner *s, const unsigned char *first)
{
	const struct str null = STR("null");

	if ((size_t)(s->at - first) < null.len)
		return 0;
	if (!s->brief)
		s->brief = s->brief_end =
			arena_alloc(s->arena, (size_t)(s->end - s->start));
	if (!s->brief)
		return arena_full(s->arena, s->err);
	add_brief(s, s->copied, (size_t)(first - s->copied));
	add_brief(s, null.ptr, null.len);
	s->copied = s->at;
	return 0;
}

static int scan_text_value(struct scanner *s)
{
	const unsigned char *first = s->at;
	size_t len;

	if (scan_string(s) < 0)
		return -1;
	len = (size_t)(s->at - first) - 2;
	if (s->escapes || !s->arena)
		return 0;
	if (keep(s, JSON_STRING, first + 1, len) < 0)
		return -1;
	return stand_in(s, first);
}

static int scan_digits(struct scanner *s)
{
	const unsigned char *first = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > first ? 0 : refuse(s, "a digit is expected");
}

static int scan_exponent(struct scanner *s)
{
	if (!take(s, '+'))
		(void)take(s, '-');
	return scan_digits(s);
}

static int keep_number(struct scanner *s, const unsigned char *first,
		       bool exponent)
{
	size_t at = (size_t)(first - s->start), len = offset(s) - at;

	if (len > JSON_NUMBER_MAX)
		return err_set(s->err, ERR_LIMIT,
			       "byte %zu: a number of more than %d characters",
			       at, JSON_NUMBER_MAX);
	if (!s->arena)
		return 0;
	if (keep(s, JSON_NUMBER, first, len) < 0)
		return -1;
	return exponent ? 0 : stand_in(s, first);
}

/* RFC 8259 section 6. */
static int scan_number(struct scanner *s)
{
	const unsigned char *first = s->at;
	bool exponent;

	(void)take(s, '-');
	if (!take(s, '0') && scan_digits(s) < 0)
		return -1;
	if (take(s, '.') && scan_digits(s) < 0)
		return -1;
	exponent = take(s, 'e') || take(s, 'E');
	if (exponent && scan_exponent(s) < 0)
		return -1;
	return keep_number(s, first, exponent);
}

static int scan_word(struct scanner *s)
{
	static const struct str words[] = { { "true", 4 },
					    { "false", 5 },
					    { "null", 4 } };
	const struct str rest = { (const char *)s->at,
				  (size_t)(s->end - s->at) };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_starts(rest, words[i]))
			continue;
		s->at += words[i].len;
		return 0;
	}
	return refuse(s, "a value is expected");
}

static int scan_array(struct scanner *s, size_t depth)
{
	s->at++;
	skip_space(s);
	if (take(s, ']'))
		return 0;
	do {
		if (scan_value(s, depth + 1) < 0)
			return -1;
		skip_space(s);
	} while (take(s, ','));
	return take(s, ']') ? 0 : refuse(s, "',' or ']' is expected");
}

static int scan_object(struct scanner *s, size_t depth)
{
	s->at++;
	skip_space(s);
	if (take(s, '}'))
		return 0;
	do {
		skip_space(s);
		if (scan_string(s) < 0)
			return -1;
		skip_space(s);
		if (!take(s, ':'))
			return refuse(s, "':' is expected");
		if (scan_value(s, depth + 1) < 0)
			return -1;
		skip_space(s);
	} while (take(s, ','));
	return take(s, '}') ? 0 : refuse(s, "',' or '}' is expected");
}

static int scan_by_first(struct scanner *s, size_t depth)
{
	switch (*s->at) {
	case '{':
		return scan_object(s, depth);
	case '[':
		return scan_array(s, depth);
	case '"':
		return scan_text_value(s);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return scan_number(s);
	default:
		return scan_word(s);
	}
}

/* With the white space before it. Recursion is bounded by lim->depth. */
static int scan_value(struct scanner *s, size_t depth)
{
	skip_space(s);
	if (s->at >= s->end)
		return refuse(s, NULL);
	if (depth > s->lim->depth)
		return err_set(s->err, ERR_LIMIT,
			       "byte %zu: nested deeper than %zu levels",
			       offset(s), s->lim->depth);
	if (s->values == s->lim->values)
		return err_set(s->err, ERR_LIMIT,
			       "byte %zu: more than %zu values", offset(s),
			       s->lim->values);
	if (s->values++ == s->find)
		s->found_at = offset(s);
	return scan_by_first(s, depth);
}

static int scan_text(struct scanner *s, struct str text)
{
	s->start = s->at = s->copied = (const unsigned char *)text.ptr;
	s->end = s->start + text.len;
	if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
		return refuse(s, "a byte order mark is not allowed");
	if (scan_value(s, 1) < 0)
		return -1;
	skip_space(s);
	return s->at == s->end ? 0 : refuse(s, "text after the JSON value");
}

int scan(struct scanned *out, struct str text, const struct json_limits *lim,
	 struct arena *a, struct err *err)
{
	struct scanner s = { .lim = lim,
			     .arena = a,
			     .last = &out->kept,
			     .find = SIZE_MAX,
			     .err = err };

	*out = (struct scanned){ .brief = text };
	if (text.len == 0)
		return err_set(err, ERR_INVALID, "byte 0: there is no JSON");
	if (text.len > lim->bytes)
		return err_set(err, ERR_LIMIT,
			       "%zu bytes of JSON: more than %zu", text.len,
			       lim->bytes);
	if (scan_text(&s, text) < 0)
		return -1;
	if (s.brief) {
		add_brief(&s, s.copied, (size_t)(s.end - s.copied));
		out->brief = (struct str){ s.brief,
					   (size_t)(s.brief_end - s.brief) };
	}
	return 0;
}

size_t scan_find(struct str text, size_t ordinal)
{
	static const struct json_limits none = { SIZE_MAX, SIZE_MAX, SIZE_MAX };
	struct scanner s = { .lim = &none, .find = ordinal };

	ASSERT(scan_text(&s, text) == 0);
	return s.found_at;
}

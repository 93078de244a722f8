/* Borrowed views of bytes: pointer and length, not terminated. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *ptr; /* may hold any byte; NULL only when len is 0 */
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static inline struct str str_none(void)
{
	return (struct str){ NULL, 0 };
}

static inline struct str str_of(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

static inline bool str_is(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

static inline char str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* ASCII case only: header names, status words. Locale never matters. */
bool str_eq_nocase(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);

/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);

/*
 * Cut s at the first sep: the part before goes to *head, the rest after it
 * stays in *s. False, with everything in *head, when there is no sep.
 */
bool str_cut(struct str *s, char sep, struct str *head);

/* Digits only, the whole of s, no sign, no overflow; else false. */
bool str_to_u64(struct str s, uint64_t *out);

/* As above, with an optional leading '-'. */
bool str_to_i64(struct str s, int64_t *out);

#define STR_NUMBER_SIZE 20 /* bytes of the longest */

/* In digits, which stand in room; what snprintf does in ten times as long. */
struct str str_of_u64(uint64_t n, char room[static STR_NUMBER_SIZE]);
struct str str_of_i64(int64_t n, char room[static STR_NUMBER_SIZE]);

#endif

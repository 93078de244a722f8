/* The cases of tests/data/http-requests.txt, whose head says what is what. */
#ifndef TESTS_UNIT_HTTP_CASES_H
#define TESTS_UNIT_HTTP_CASES_H

#include "check.h"

#include "base/buf.h"
#include "http/server.h"

#include <stdlib.h>

#define CASE_BYTES   33554432 /* largest request of a case */
#define CASE_REPLIES 1024

static const struct http_limits case_limits = {
	.connections = 64,
	.header_bytes = 8192,
	.headers = 100,
	.body_bytes = 4096,
	.total_bytes = 1048576,
	.header_ms = 60000,
	.body_ms = 60000,
	.reply_ms = 60000,
	.idle_ms = 60000,
};

struct http_case {
	char name[128];
	int want[CASE_REPLIES];
	size_t want_count;
	bool want_close;
	struct buf send;
};

static inline unsigned case_hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		fail_msg("'%c' is not a digit of \\xNN", c);
	return (unsigned)(at - digits);
}

/* One byte out of \r \n \t \\ \{ \} \xNN or as it stands. */
static inline char case_byte(const char **z)
{
	static const char escapes[] = "rnt\\{}";
	static const char bytes[] = "\r\n\t\\{}";
	const char *at;
	char c = *(*z)++;

	if (c != '\\')
		return c;
	c = *(*z)++;
	if (c == 'x') {
		unsigned high = case_hex(*(*z)++);

		return (char)(high * 16 + case_hex(*(*z)++));
	}
	at = c ? strchr(escapes, c) : NULL;
	if (!at)
		fail_msg("unknown escape \\%c", c);
	return bytes[at - escapes];
}

/* {N*...}: z stands behind the brace, and then behind the closing one. */
static inline void case_repeat(const char **z, struct buf *out)
{
	char *end;
	unsigned long n = strtoul(*z, &end, 10);
	struct buf piece;

	assert_int_equal(*end, '*');
	buf_init(&piece, CASE_BYTES);
	*z = end + 1;
	while (**z != '}')
		buf_add_char(&piece, case_byte(z));
	(*z)++;
	while (n--)
		buf_add_str(out, buf_str(&piece));
	buf_release(&piece);
}

static inline void case_unescape(const char *z, struct buf *out)
{
	while (*z) {
		if (*z == '{') {
			z++;
			case_repeat(&z, out);
		} else {
			buf_add_char(out, case_byte(&z));
		}
	}
	assert_false(out->failed);
}

static inline void case_want(struct http_case *c, const char *z)
{
	struct buf words;
	struct str rest, word;

	buf_init(&words, 65536);
	while (*z == '{') { /* {N*status} */
		unsigned long n = strtoul(z + 1, NULL, 10);

		z = strchr(z, '*') + 1;
		while (n--)
			buf_addf(&words, "%.3s ", z);
		z = strchr(z, '}') + 2;
	}
	buf_add_z(&words, z);
	rest = buf_str(&words);
	while (str_cut(&rest, ' ', &word)) {
		uint64_t status;

		assert_true(str_to_u64(word, &status));
		assert_true(c->want_count < CASE_REPLIES);
		c->want[c->want_count++] = (int)status;
	}
	c->want_close = str_is(word, "close");
	assert_true(c->want_close || str_is(word, "open"));
	buf_release(&words);
}

static inline void case_run(struct http_case *c,
			    void (*run)(const struct http_case *c, void *arg),
			    void *arg)
{
	if (c->name[0])
		run(c, arg);
	buf_release(&c->send);
	*c = (struct http_case){ 0 };
	buf_init(&c->send, CASE_BYTES);
}

/* Every case of the file, one after the other; returns how many. */
static inline size_t
cases_each(void (*run)(const struct http_case *c, void *arg), void *arg)
{
	static struct http_case c;
	FILE *in = fopen("tests/data/http-requests.txt", "r");
	char line[4096];
	size_t count = 0;

	assert_non_null(in);
	buf_init(&c.send, CASE_BYTES);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "name: ", 6) == 0) {
			case_run(&c, run, arg);
			assert_true(snprintf(c.name, sizeof(c.name), "%s",
					     line + 6) > 0);
			count++;
		} else if (strncmp(line, "want: ", 6) == 0) {
			case_want(&c, line + 6);
		} else if (strncmp(line, "send: ", 6) == 0) {
			case_unescape(line + 6, &c.send);
		} else {
			assert_true(line[0] == '#' || line[0] == '\0');
		}
	}
	case_run(&c, run, arg);
	buf_release(&c.send);
	fclose(in);
	return count;
}

#endif

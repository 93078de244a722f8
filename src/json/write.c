#include "json/write.h"

#include "base/assert.h"
#include "text.h"

#define ESCAPE_MAX 6 /* bytes that one byte may become: \u001f */

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

/* NUL is replaced too: no reader of ours would accept it. */
#define REPLACEMENT "\xef\xbf\xbd"

static size_t escape(char to[static ESCAPE_MAX], unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (size_t i = 0; i < sizeof(shorts) - 1; i += 2)
		if (c == (unsigned char)shorts[i]) {
			to[0] = '\\';
			to[1] = shorts[i + 1];
			return 2;
		}
	if (c == 0 || c >= 0x20) {
		memcpy(to, REPLACEMENT, 3);
		return 3;
	}
	memcpy(to, "\\u00", 4);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}

/* Bytes from p on, up to the next that needs an escape. */
static const unsigned char *skip_unescaped(const unsigned char *p,
					   const unsigned char *end)
{
	while ((p = text_skip_plain(p, end)) < end && *p >= 0x80) {
		size_t len = text_sequence(p, end);

		if (len == 0)
			break;
		p += len;
	}
	return p;
}

/* The part of a string that is not plain ASCII any more, and the rest. */
static void add_slowly(struct buf *out, const unsigned char *p,
		       const unsigned char *end)
{
	char escaped[ESCAPE_MAX];

	while (p < end) {
		const unsigned char *stop = skip_unescaped(p, end);

		buf_add(out, p, (size_t)(stop - p));
		p = stop;
		if (p < end)
			buf_add(out, escaped, escape(escaped, *p++));
	}
}

/*
 * Copy, and look at each byte on the way: how many come before the first that
 * is not plain.
 */
static size_t copy_plain(char *to, const unsigned char *from, size_t len)
{
	size_t done = 0, plain = 8;

	if (len < 8) {
		if (len)
			memcpy(to, from, len);
		return text_plain_of_eight(text_few(from, len));
	}
	/* The last eight may hold some again that are known to be plain. */
	for (; plain == 8 && done < len; done += plain) {
		if (done > len - 8)
			done = len - 8;
		memcpy(to + done, from + done, 8);
		plain = text_plain_of_eight(text_eight(from + done));
	}
	return done;
}

/* The string in quotes, with what stands around it. */
static void add_quoted(struct buf *out, bool comma, struct str s, bool colon)
{
	const unsigned char *first = (const unsigned char *)s.ptr;
	const size_t least = comma + 1u + s.len + 1u + colon;
	char *from = buf_reserve(out, least), *at = from;
	size_t plain;

	if (!from)
		return;
	if (comma)
		*at++ = ',';
	*at++ = '"';
	plain = copy_plain(at, first, s.len);
	if (plain == s.len) {
		at[plain] = '"';
		if (colon)
			at[plain + 1] = ':';
		buf_grown(out, least);
		return;
	}
	buf_grown(out, (size_t)(at + plain - from));
	add_slowly(out, first + plain, first + s.len);
	buf_add_z(out, colon ? "\":" : "\"");
}

/* Comma and key of an item. */
static void start(struct json_writer *w, const char *key)
{
	bool in_object = w->depth && w->closers[w->depth - 1] == '}';

	ASSERT(in_object == (key != NULL));
	ASSERT(w->depth || !w->comma); /* one document only */
	if (key)
		add_quoted(w->out, w->comma, str_of(key), true);
	else if (w->comma)
		buf_add_char(w->out, ',');
	w->comma = true;
}

static void open_container(struct json_writer *w, const char *key, char opener,
			   char closer)
{
	ASSERT(w->depth < JSON_WRITE_DEPTH);
	start(w, key);
	buf_add_char(w->out, opener);
	w->closers[w->depth++] = closer;
	w->comma = false;
}

void json_open_object(struct json_writer *w, const char *key)
{
	open_container(w, key, '{', '}');
}

void json_open_array(struct json_writer *w, const char *key)
{
	open_container(w, key, '[', ']');
}

void json_close(struct json_writer *w)
{
	ASSERT(w->depth > 0);
	buf_add_char(w->out, w->closers[--w->depth]);
	w->comma = true;
}

void json_add_string(struct json_writer *w, const char *key, struct str s)
{
	start(w, key);
	add_quoted(w->out, false, s, false);
}

void json_add_z(struct json_writer *w, const char *key, const char *z)
{
	json_add_string(w, key, str_of(z));
}

void json_add_int(struct json_writer *w, const char *key, int64_t n)
{
	char digits[STR_NUMBER_SIZE];

	json_add_raw(w, key, str_of_i64(n, digits));
}

void json_add_bool(struct json_writer *w, const char *key, bool b)
{
	json_add_raw(w, key, b ? STR("true") : STR("false"));
}

void json_add_null(struct json_writer *w, const char *key)
{
	json_add_raw(w, key, STR("null"));
}

void json_add_raw(struct json_writer *w, const char *key, struct str text)
{
	start(w, key);
	buf_add_str(w->out, text);
}

static const char *key_of(const struct json *v)
{
	return json_key(v).ptr;
}

void json_add_value(struct json_writer *w, const char *key,
		    const struct json *v)
{
	enum json_type type = json_type(v);

	if (type == JSON_STRING)
		json_add_string(w, key, json_string(v));
	else if (type == JSON_NUMBER)
		json_add_raw(w, key, json_number(v));
	else if (type == JSON_BOOL)
		json_add_bool(w, key, json_true(v));
	else if (type == JSON_NULL)
		json_add_null(w, key);
	else {
		open_container(w, key, type == JSON_OBJECT ? '{' : '[',
			       type == JSON_OBJECT ? '}' : ']');
		for (v = json_first(v); v; v = json_next(v))
			json_add_value(w, key_of(v), v);
		json_close(w);
	}
}

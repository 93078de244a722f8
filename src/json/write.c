#include "json/write.h"

#include "base/assert.h"
#include "text.h"

#define ESCAPE_MAX 6 /* bytes that one byte may become: \u001f */

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

/*
 * One byte that is not plain, or one UTF-8 sequence. NUL is replaced too: no
 * reader of ours would accept it.
 */
static const unsigned char *add_special(char *to, size_t *len,
					const unsigned char *p,
					const unsigned char *end)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	size_t sequence = *p < 0x80 ? 0 : text_sequence(p, end);

	*len = 2;
	to[0] = '\\';
	for (size_t i = 0; i < sizeof(shorts) - 1; i += 2)
		if (*p == (unsigned char)shorts[i]) {
			to[1] = shorts[i + 1];
			return p + 1;
		}
	if (*p > 0 && *p < 0x20) {
		memcpy(to, "\\u00", 4);
		to[4] = hex[*p >> 4];
		to[5] = hex[*p & 15];
		*len = 6;
		return p + 1;
	}
	*len = sequence ? sequence : 3;
	memcpy(to, sequence ? (const char *)p : "\xef\xbf\xbd", *len);
	return p + (sequence ? sequence : 1);
}

/* The part of a string that is not plain ASCII any more, and the rest. */
static void add_slowly(struct buf *out, const unsigned char *p,
		       const unsigned char *end)
{
	char special[ESCAPE_MAX];
	size_t len;

	while (p < end) {
		const unsigned char *plain = p;

		p = text_skip_plain(p, end);
		buf_add(out, plain, (size_t)(p - plain));
		if (p == end)
			return;
		p = add_special(special, &len, p, end);
		buf_add(out, special, len);
	}
}

/*
 * The string in quotes, with what stands around it: a plain one takes one look
 * and one copy.
 */
static void add_quoted(struct buf *out, bool comma, struct str s, bool colon)
{
	const unsigned char *first = (const unsigned char *)s.ptr;
	const unsigned char *end = s.len ? first + s.len : first;
	const unsigned char *stop = text_skip_plain(first, end);
	const size_t plain = (size_t)(stop - first);
	const struct str tail = stop < end ? STR("")
				: colon	   ? STR("\":")
					   : STR("\"");
	const size_t len = comma + 1 + plain + tail.len;
	char *at = buf_reserve(out, len);

	if (!at)
		return;
	if (comma)
		*at++ = ',';
	*at++ = '"';
	if (plain)
		memcpy(at, first, plain);
	memcpy(at + plain, tail.ptr, tail.len);
	buf_grown(out, len);
	if (stop == end)
		return;
	add_slowly(out, stop, end);
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

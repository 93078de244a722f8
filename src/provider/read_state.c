#include "read_state.h"

#include "base/assert.h"
#include "base/buf.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "json/write.h"

/* Members of the state, by the struct's. */
struct number_member {
	const char *key;
	size_t offset;
	int64_t fallback; /* is not written */
};

struct text_member {
	const char *key;
	size_t offset;
};

#define AT(member) offsetof(struct read_state, member)

static const struct number_member numbers[] = {
	{ "way", AT(way), 0 },		{ "list", AT(list), 0 },
	{ "pages", AT(pages), 0 },	{ "rows", AT(rows), 0 },
	{ "number", AT(number), 0 },	{ "restarts", AT(restarts), 0 },
	{ "since", AT(since_ms), -1 },	{ "now", AT(now_ms), 0 },
	{ "total", AT(total), -1 },	{ "here", AT(here), -1 },
	{ "steps", AT(loop_steps), 0 }, { "power", AT(loop_power), 0 },
};

static const struct text_member texts[] = {
	{ "cursor", AT(cursor) },    { "message", AT(message) },
	{ "mark", AT(mark) },	     { "left", AT(left) },
	{ "before", AT(loop_hash) },
};

static void *member(struct read_state *s, size_t offset)
{
	return (char *)s + offset;
}

static const void *member_of(const struct read_state *s, size_t offset)
{
	return (const char *)s + offset;
}

static void write_members(const struct read_state *s, struct json_writer *w)
{
	json_add_z(w, "kind", read_kind_name(s->kind));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		int64_t n;

		memcpy(&n, member_of(s, numbers[i].offset), sizeof(n));
		if (n != numbers[i].fallback)
			json_add_int(w, numbers[i].key, n);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct str t;

		memcpy(&t, member_of(s, texts[i].offset), sizeof(t));
		if (t.len)
			json_add_string(w, texts[i].key, t);
	}
}

int read_state_write(const struct read_state *s, struct arena *a,
		     struct str *out, struct err *err)
{
	struct json_writer w;
	struct buf text;
	int res = 0;

	buf_init(&text, READ_STATE_MAX);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	write_members(s, &w);
	json_close(&w);
	if (text.failed)
		res = err_set(err, ERR_INVALID,
			      "the HRIS's cursor or next link is too long: a "
			      "state has at most %d bytes",
			      READ_STATE_MAX);
	if (res == 0) {
		*out = arena_dup(a, buf_str(&text));
		res = out->ptr ? 0 : arena_full(a, err);
	}
	buf_release(&text);
	return res;
}

static bool read_kind(const struct json *v, enum read_kind *out)
{
	for (unsigned i = 0; i < READ_KIND_COUNT; i++) {
		if (!str_is(json_string(v), read_kind_name((enum read_kind)i)))
			continue;
		*out = (enum read_kind)i;
		return true;
	}
	return false;
}

int read_state_parse(struct read_state *out, struct str text, struct arena *a,
		     struct err *err)
{
	struct read_state s = { .kind = READ_FULL };
	const struct json *root;

	if (json_parse(&root, a, text, NULL, err) < 0)
		return err_prefix(err, "the state of a read");
	if (!read_kind(json_get(root, "kind"), &s.kind))
		return err_set(err, ERR_INVALID, "not the state of a read");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const struct json *v = json_get(root, numbers[i].key);
		int64_t n = numbers[i].fallback;

		if (v && !json_int(v, &n))
			return err_set(err, ERR_INVALID,
				       "not the state of a read");
		memcpy(member(&s, numbers[i].offset), &n, sizeof(n));
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct str t = json_string(json_get(root, texts[i].key));

		memcpy(member(&s, texts[i].offset), &t, sizeof(t));
	}
	*out = s;
	return 0;
}

/* A cursor may be long, and state is short. */
static void hash_of(struct str cursor, struct str *out, struct arena *a)
{
	unsigned char digest[SHA256_SIZE];
	struct buf hex;

	sha256(&cursor, 1, digest);
	buf_init(&hex, LOOP_HASH_SIZE);
	encode(ENCODING_HEX, digest, (LOOP_HASH_SIZE - 1) / 2, &hex);
	*out = arena_dup(a, buf_str(&hex));
	buf_release(&hex);
}

static int again(struct err *err)
{
	return err_set(err, ERR_CONFLICT,
		       "the HRIS gives a cursor or next link that it gave "
		       "before: its pages would never end");
}

/*
 * Brent's algorithm: a cursor is kept and compared with each that follows;
 * after 1, 2, 4, … steps the newest takes its place, so that a loop is noticed
 * whatever its length and wherever it begins.
 */
int read_state_move(struct read_state *s, struct str cursor, struct arena *a,
		    struct err *err)
{
	struct str hash;

	hash_of(cursor, &hash, a);
	if (!hash.ptr)
		return arena_full(a, err);
	if (str_eq(cursor, s->cursor) || str_eq(hash, s->loop_hash))
		return again(err);
	if (++s->loop_steps >= s->loop_power) {
		s->loop_hash = hash;
		s->loop_power = s->loop_power ? 2 * s->loop_power : 1;
		s->loop_steps = 0;
	}
	s->cursor = cursor;
	return 0;
}

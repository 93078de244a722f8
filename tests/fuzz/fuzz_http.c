/*
 * The parser must make the same of bytes however they are split, in bounded
 * memory, and what it accepts must be unambiguous. An input is a line of
 * piece sizes (a byte each, ended by a zero), and the bytes to parse.
 */
#include "parser.h"

#include "base/assert.h"

#include <stddef.h>
#include <stdint.h>

#define REQUESTS 64 /* of one input that are looked at */

static const struct http_limits limits = {
	.header_bytes = 1024,
	.headers = 16,
	.body_bytes = 512,
};

/* What came of the bytes; compared as a whole. */
struct outcome {
	int status[REQUESTS + 1]; /* 0: accepted */
	uint64_t content[REQUESTS + 1];
	size_t count;
	bool refused;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* FNV-1a */
static uint64_t mix(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3;
	return (h ^ 0xff) * 0x100000001b3;
}

static size_t count_fields(const struct http_parser *p, struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < p->framing.field_count; i++)
		if (str_eq_nocase(p->framing.fields[i].name, name))
			n++;
	return n;
}

static void check_field(const struct http_field *f)
{
	ASSERT(http_is_token(f->name));
	for (size_t i = 0; i < f->value.len; i++) {
		unsigned char c = (unsigned char)f->value.ptr[i];

		ASSERT(c == '\t' || (c >= ' ' && c != 0x7f));
	}
}

/* Of a request that is taken: nobody could read it in another way. */
static void check_accepted(const struct http_parser *p)
{
	const struct http_field *cl =
		http_parser_find(p, STR("content-length"));
	size_t te = count_fields(p, STR("transfer-encoding"));
	uint64_t n;

	ASSERT(p->head.text.len <= limits.header_bytes);
	ASSERT(p->framing.field_count <= limits.headers);
	ASSERT(p->framing.body.len <= limits.body_bytes);
	ASSERT(p->head.http10 || count_fields(p, STR("host")) == 1);
	ASSERT(p->head.text.data[p->head.target] == '/');
	ASSERT(te <= 1 && count_fields(p, STR("content-length")) <= 1);
	ASSERT(!te || (!cl && !p->head.http10));
	if (cl)
		ASSERT(str_to_u64(cl->value, &n) && n == p->framing.body.len);
	else if (!te)
		ASSERT(p->framing.body.len == 0);
	for (size_t i = 0; i < p->framing.field_count; i++)
		check_field(&p->framing.fields[i]);
}

static void note(struct outcome *o, const struct http_parser *p)
{
	uint64_t h = mix(0xcbf29ce484222325, buf_str(&p->head.text));

	for (size_t i = 0; i < p->framing.field_count; i++) {
		h = mix(h, p->framing.fields[i].name);
		h = mix(h, p->framing.fields[i].value);
	}
	o->content[o->count] = mix(h, buf_str(&p->framing.body));
	o->status[o->count++] = 0;
}

static void feed(struct http_parser *p, struct str in, struct outcome *o)
{
	enum http_step step = HTTP_STEP_MORE;
	size_t used;

	while (!o->refused && o->count < REQUESTS &&
	       (in.len || step == HTTP_STEP_HEAD)) {
		step = http_parser_feed(p, in.ptr, in.len, &used);
		ASSERT(used <= in.len);
		ASSERT(http_parser_memory(p) <=
		       2 * (limits.header_bytes + limits.body_bytes + 128));
		in.ptr += used;
		in.len -= used;
		if (step == HTTP_STEP_REFUSED) {
			ASSERT(p->refusal.why && p->refusal.status >= 400);
			o->status[o->count++] = p->refusal.status;
			o->refused = true;
		} else if (step == HTTP_STEP_DONE) {
			check_accepted(p);
			note(o, p);
			http_parser_clear(p);
		} else if (step == HTTP_STEP_MORE) {
			ASSERT(in.len == 0);
		}
	}
}

static void feed_in_pieces(struct http_parser *p, struct str sizes,
			   struct str in, struct outcome *o)
{
	for (size_t i = 0; in.len; i++) {
		size_t n =
			sizes.len ? (unsigned char)sizes.ptr[i % sizes.len] : 1;

		n = n < in.len ? n : in.len;
		feed(p, (struct str){ in.ptr, n }, o);
		in.ptr += n;
		in.len -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str in = { (const char *)data, len }, sizes;
	struct outcome whole = { .count = 0 }, pieces = { .count = 0 };
	struct http_parser p;

	if (!str_cut(&in, '\0', &sizes))
		return 0;
	http_parser_init(&p, &limits);
	feed(&p, in, &whole);
	http_parser_clear(&p);
	feed_in_pieces(&p, sizes, in, &pieces);
	http_parser_release(&p);
	ASSERT(memcmp(&whole, &pieces, sizeof(whole)) == 0);
	return 0;
}

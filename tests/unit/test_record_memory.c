/* However many the records are, the memory is that of one. */
#include "record_check.h"

#include "base/mem.h"

#include <malloc.h>

#define CHUNK	  16384
#define FEW	  1000
#define MANY	  100000
#define SLACK	  65536	     /* bytes: libraries' buffers settle late */
#define MOST_HELD (24 << 20) /* of what a hostile sender can make us hold */

static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

struct stream {
	const char *head;
	const char *piece; /* a record, or a part of what never ends */
	const char *tail;
	struct record_shape shape;
};

struct state {
	size_t before; /* in use, when nothing was read yet */
	size_t after_few;
	size_t most;
	size_t count;
};

static int watch(struct str json, void *arg, struct err *err)
{
	struct state *s = arg;

	(void)json;
	(void)err;
	s->count++;
	if (s->count == FEW)
		s->after_few = in_use();
	return 0;
}

/* times pieces, in chunks as the network gives them. 0 or -1. */
static int run(const struct stream *in, size_t times, struct state *s,
	       struct err *err)
{
	struct record_reader *r;
	char *chunk = mem_new(CHUNK);
	const size_t len = strlen(in->piece);
	int result;

	*s = (struct state){ .before = in_use() };
	assert_int_equal(record_reader_new(&r, &in->shape, watch, s, err), 0);
	result = record_reader_feed(r, str_of(in->head), err);
	for (size_t at = 0; at < times && result == 0;) {
		size_t fill = 0;

		for (; at < times && fill + len <= CHUNK; at++, fill += len)
			memcpy(chunk + fill, in->piece, len);
		result =
			record_reader_feed(r, (struct str){ chunk, fill }, err);
		if (in_use() > s->most)
			s->most = in_use();
	}
	if (result == 0)
		result = record_reader_feed(r, str_of(in->tail), err);
	if (result == 0)
		result = record_reader_end(r, NULL, err);
	record_reader_free(&r);
	free(chunk);
	return result;
}

static const struct stream many[] = {
	{ "{\"d\":[1",
	  ", {\"id\":\"123\",\"name\":\"\\\"x\\\"\",\"more\":[1,2,{}]}\n",
	  "]}",
	  { .format = RECORD_JSON, .items = { "/d", 2 } } },
	{ "{\"0\":1",
	  ",\"1\":{\"id\":\"123\"}",
	  "}",
	  { .format = RECORD_JSON, .items = { "", 0 }, .keyed = true } },
	{ "<r><l>",
	  "\n  <w:e xmlns:w='urn:w'><a t='1'>x</a><b>y &amp; z</b></w:e>",
	  "</l></r>",
	  { .format = RECORD_XML, .items = { "/r/l/e", 6 } } },
	{ "a,b\n", "1,\"x\n\"\"y\"\"\"\n", "", { .format = RECORD_CSV } },
};

static void test_record_memory_does_not_grow_with_the_records(void **state)
{
	struct err err = { 0 };
	struct state s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(many); i++) {
		if (run(&many[i], MANY, &s, &err) < 0)
			fail_msg("%s: %s", many[i].piece, err.text);
		assert_true(s.count >= MANY);
		if (s.most > s.after_few + SLACK)
			fail_msg("%s: %zu bytes more", many[i].piece,
				 s.most - s.after_few);
		assert_true(in_use() <= s.before + SLACK);
	}
}

static const struct record_shape list = { .format = RECORD_JSON,
					  .items = { "/d", 2 } };
static const struct record_shape report = { .format = RECORD_XML,
					    .items = { "/r/e", 4 } };
static const struct record_shape table = { .format = RECORD_CSV };

static void test_record_memory_is_bounded_for_what_never_ends(void **state)
{
	const struct stream endless[] = {
		{ "{\"d\":[\"", "x", "", list },
		{ "{\"d\":[", "[1],[", "", list },
		{ "{\"", "x", "", list },
		{ "{\"x\":[1", ",1", "", list },
		{ "<r><e>", "x", "", report },
		{ "<r><e>", "<a/>", "", report },
		{ "<r><e>", "<a>b</a>", "", report },
		{ "<r>", "<a b='c'/>", "", report },
		{ "<r>", "<a>x", "", report },
		{ "<r a='", "x", "", report },
		{ "<r", "r", "", report },
		{ "<r><!--", "x", "", report },
		{ "<r><e>", "x <b/>", "", report },
		{ "a\n\"", "x", "", table },
		{ "a\n", ",", "", table },
		{ "", "a", "", table },
		{ "", "a,", "", table },
	};
	struct err err = { 0 };
	struct state s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
		if (run(&endless[i], (size_t)64 << 20, &s, &err) == 0)
			fail_msg("%s…: was taken", endless[i].head);
		assert_int_not_equal(err.kind, ERR_TEMP);
		if (s.most > s.before + MOST_HELD)
			fail_msg("%s%s…: %zu bytes", endless[i].head,
				 endless[i].piece, s.most - s.before);
		assert_true(in_use() <= s.before + SLACK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_record_memory_does_not_grow_with_the_records),
		cmocka_unit_test(
			test_record_memory_is_bounded_for_what_never_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

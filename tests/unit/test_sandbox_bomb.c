#include "check.h"

#include "bomb.h"

#include <string.h>
#include <zlib.h>

#define GZIP  (15 + 16)
#define LARGE (50u << 20)

/* Unpack all of packed; the start of it goes into head. The whole length. */
static size_t unpack(struct str packed, char *head, size_t head_size)
{
	static unsigned char room[1 << 20];
	z_stream z = { 0 };
	size_t total = 0;
	int result;

	memcpy(room, packed.ptr, packed.len);
	assert_int_equal(inflateInit2(&z, GZIP), Z_OK);
	z.next_in = room;
	z.avail_in = (uInt)packed.len;
	do {
		unsigned char out[65536];

		z.next_out = out;
		z.avail_out = sizeof(out);
		result = inflate(&z, Z_NO_FLUSH);
		assert_true(result == Z_OK || result == Z_STREAM_END);
		if (total == 0)
			memcpy(head, out, head_size);
		total += sizeof(out) - z.avail_out;
	} while (result != Z_STREAM_END);
	assert_int_equal(inflateEnd(&z), Z_OK);
	return total;
}

static void test_a_small_body_holds_a_large_one(void **state)
{
	static const char text[] = "{\"people\":[]}";
	char head[sizeof(text) - 1];
	struct buf body;

	(void)state;
	buf_init(&body, 1024);
	buf_add_z(&body, text);
	assert_true(bomb_make(&body, LARGE));
	assert_true(body.len < LARGE / 500);
	assert_int_equal(unpack(buf_str(&body), head, sizeof(head)), LARGE);
	assert_memory_equal(head, text, sizeof(head));
	buf_release(&body);
}

static void test_a_body_is_never_cut(void **state)
{
	char head[4];
	struct buf body;

	(void)state;
	buf_init(&body, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_add_z(&body, "abcd");
	assert_true(bomb_make(&body, 10));
	assert_int_equal(unpack(buf_str(&body), head, sizeof(head)), 400000);
	assert_memory_equal(head, "abcd", sizeof(head));
	buf_release(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_small_body_holds_a_large_one),
		cmocka_unit_test(test_a_body_is_never_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Bytes in, requests out, without a socket: every case at every split. */
#include "http_cases.h"

#include "parser.h"

#define ALL_SPLITS 2048 /* bytes; of longer cases only some offsets */

struct outcome {
	int status[CASE_REPLIES + 1];
	size_t count;
	bool closed;
};

static bool asks_to_close(const struct http_parser *p)
{
	return p->head.http10 || !p->framing.keep_alive;
}

/* As the server does: a request at a time, until one is refused. */
static void feed(struct http_parser *p, struct str in, struct outcome *out)
{
	enum http_step step = HTTP_STEP_MORE;
	size_t used;

	while (!out->closed && (in.len || step == HTTP_STEP_HEAD)) {
		step = http_parser_feed(p, in.ptr, in.len, &used);
		assert_true(used <= in.len);
		assert_true(used > 0 || in.len == 0 || step != HTTP_STEP_MORE);
		in.ptr += used;
		in.len -= used;
		if (step == HTTP_STEP_MORE || step == HTTP_STEP_HEAD)
			continue;
		out->closed = step == HTTP_STEP_REFUSED || asks_to_close(p);
		assert_true(out->count <= CASE_REPLIES);
		out->status[out->count++] =
			step == HTTP_STEP_DONE ? 202 : p->refusal.status;
		if (step == HTTP_STEP_REFUSED)
			assert_non_null(p->refusal.why);
		http_parser_clear(p);
	}
}

static void compare(const struct http_case *c, const struct outcome *got,
		    const char *how, size_t at)
{
	if (got->count == c->want_count && got->closed == c->want_close &&
	    !memcmp(got->status, c->want, got->count * sizeof(int)))
		return;
	fail_msg("%s (%s %zu): %zu replies, the last %d, %s", c->name, how, at,
		 got->count, got->count ? got->status[got->count - 1] : 0,
		 got->closed ? "close" : "open");
}

static void in_two_pieces(const struct http_case *c, struct http_parser *p,
			  size_t at)
{
	struct str all = buf_str(&c->send);
	struct outcome out = { .closed = false };

	http_parser_clear(p);
	feed(p, (struct str){ all.ptr, at }, &out);
	feed(p, (struct str){ all.ptr + at, all.len - at }, &out);
	compare(c, &out, "split at", at);
}

static void in_pieces_of(const struct http_case *c, struct http_parser *p,
			 size_t size)
{
	struct str all = buf_str(&c->send);
	struct outcome out = { .closed = false };

	http_parser_clear(p);
	for (size_t at = 0; at < all.len; at += size)
		feed(p,
		     (struct str){ all.ptr + at,
				   all.len - at < size ? all.len - at : size },
		     &out);
	compare(c, &out, "in pieces of", size);
}

static void run(const struct http_case *c, void *arg)
{
	struct http_parser *p = arg;
	size_t len = c->send.len;
	size_t step = len <= ALL_SPLITS ? 1 : len / 61;

	for (size_t at = 0; at <= len; at += step)
		in_two_pieces(c, p, at);
	in_pieces_of(c, p, 1);
	in_pieces_of(c, p, 7);
	in_pieces_of(c, p, 1000);
}

static void test_cases_end_alike_at_every_split(void **state)
{
	struct http_parser p;

	(void)state;
	http_parser_init(&p, &case_limits);
	assert_true(cases_each(run, &p) > 150);
	http_parser_release(&p);
}

static enum http_step parse(struct http_parser *p, const char *text)
{
	size_t used, at = 0, len = strlen(text);
	enum http_step step;

	do {
		step = http_parser_feed(p, text + at, len - at, &used);
		at += used;
	} while (step == HTTP_STEP_HEAD ||
		 (step == HTTP_STEP_MORE && at < len));
	return step;
}

#define VALUE "a.value.of.some.length.to.go.wrong.in"

/* In a field's value; which 8 bytes are looked at together must not matter. */
static bool accepts_byte_at(struct http_parser *p, unsigned byte, size_t place)
{
	char text[] = "GET / HTTP/1.1\r\nHost: x\r\n"
		      "X: " VALUE "\r\n\r\n";
	size_t used;

	strstr(text, "X: ")[3 + place] = (char)byte;
	http_parser_clear(p);
	return http_parser_feed(p, text, strlen(text), &used) == HTTP_STEP_HEAD;
}

static void test_a_bad_byte_is_found_wherever_it_stands(void **state)
{
	struct http_limits limits = { .header_bytes = 4096,
				      .headers = 8,
				      .body_bytes = 16 };
	struct http_parser p;

	(void)state;
	http_parser_init(&p, &limits);
	for (unsigned byte = 1; byte < 256; byte++)
		for (size_t place = 0; place < sizeof(VALUE) - 1; place++) {
			bool good = byte == '\t' || byte > 0x7f ||
				    (byte >= ' ' && byte < 0x7f);

			if (accepts_byte_at(&p, byte, place) != good)
				fail_msg("byte %u at %zu", byte, place);
		}
	http_parser_release(&p);
}

static void test_head_and_body_come_out_as_sent(void **state)
{
	struct http_parser p;
	const struct http_field *f;

	(void)state;
	http_parser_init(&p, &case_limits);
	assert_int_equal(parse(&p,
			       "PUT /a%20b?c=d HTTP/1.1\r\nhOsT: \t a:1 \t\r\n"
			       "X-One:1\r\nX-None:\r\nx-one:  2 2\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n"
			       "3;x=\"y\"\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
			 HTTP_STEP_DONE);
	assert_int_equal(p.head.method, HTTP_PUT);
	assert_int_equal(p.framing.field_count, 5);
	assert_str(p.framing.fields[0].name, "hOsT");
	assert_str(p.framing.fields[0].value, "a:1");
	assert_str(p.framing.fields[3].value, "2 2");
	f = http_parser_find(&p, STR("x-none"));
	assert_non_null(f);
	assert_non_null(f->value.ptr);
	assert_int_equal(f->value.len, 0);
	assert_null(http_parser_find(&p, STR("x-on")));
	assert_str(buf_str(&p.framing.body), "abcde");
	http_parser_release(&p);
}

static void test_large_buffers_are_given_back(void **state)
{
	struct http_limits limits = { .header_bytes = 65536,
				      .headers = 8,
				      .body_bytes = 1048576 };
	struct http_parser p;
	struct buf text;

	(void)state;
	http_parser_init(&p, &limits);
	buf_init(&text, 2097152);
	buf_add_z(&text, "POST / HTTP/1.1\r\nHost: a\r\n"
			 "Content-Length: 1000000\r\nX: ");
	while (text.len < 60000)
		buf_add_char(&text, 'x');
	buf_add_z(&text, "\r\n\r\n");
	for (int i = 0; i < 1000000; i++)
		buf_add_char(&text, 'x');
	assert_int_equal(parse(&p, buf_z(&text)), HTTP_STEP_DONE);
	assert_true(http_parser_memory(&p) > 1000000);
	http_parser_clear(&p);
	assert_int_equal(http_parser_memory(&p), 0);
	buf_release(&text);
	http_parser_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_end_alike_at_every_split),
		cmocka_unit_test(test_a_bad_byte_is_found_wherever_it_stands),
		cmocka_unit_test(test_head_and_body_come_out_as_sent),
		cmocka_unit_test(test_large_buffers_are_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

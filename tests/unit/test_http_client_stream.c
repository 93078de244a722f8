/* Bodies that are handed on as they come: pieces, pauses, ends, limits. */
#include "http_origin.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "http/client.h"

#include <stdlib.h>

#define DEADLINE_MS 10000
#define BODY_BYTES  (4u << 20) /* more than sockets and curl can hold */
#define CLIENT_MAX  65536      /* the client's own limit of a body */
#define CHUNK_MAX   16384
#define QUIET_TURNS 20

struct world {
	struct loop *loop;
	struct http_client *client;
	struct origin server;
	char url[100];
	struct buf answer; /* what the server says */
	struct buf got;

	struct http_call *call;
	size_t chunks;
	bool (*on_chunk)(struct world *w, enum http_flow *flow);
	struct http_call *other;

	int ends;
	int status;
	uint64_t received;
	struct buf body; /* of the answer */
	struct err err;
};

static int setup(void **state)
{
	struct http_client_config cfg = { .max_body_bytes = CLIENT_MAX,
					  .max_parallel = 4 };
	struct world *w = calloc(1, sizeof(*w));
	char list[100];

	assert_non_null(w);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	origin_start(&w->server, w->loop);
	(void)snprintf(list, sizeof(list), "127.0.0.1:%u", w->server.port);
	(void)snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/",
		       w->server.port);
	cfg.allow_hosts = list;
	assert_int_equal(http_client_new(&w->client, w->loop, &cfg, NULL), 0);
	buf_init(&w->answer, 2 * BODY_BYTES);
	buf_init(&w->got, 2 * BODY_BYTES);
	buf_init(&w->body, 2 * BODY_BYTES);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	http_client_free(&w->client);
	origin_stop(&w->server);
	loop_free(&w->loop);
	buf_release(&w->answer);
	buf_release(&w->got);
	buf_release(&w->body);
	free(w);
	return 0;
}

/* ------------------------------------------------------------- the client */

static enum http_flow chunk_cb(struct str bytes, void *arg)
{
	struct world *w = arg;
	enum http_flow flow = HTTP_GO_ON;

	assert_int_equal(w->ends, 0);
	assert_true(bytes.len > 0 && bytes.len <= CHUNK_MAX);
	buf_add_str(&w->got, bytes);
	w->chunks++;
	if (w->on_chunk && !w->on_chunk(w, &flow))
		w->on_chunk = NULL;
	return flow;
}

static void answer_cb(const struct http_answer *a, void *arg)
{
	struct world *w = arg;

	w->ends++;
	w->status = a->status;
	w->received = a->received;
	w->err = a->err;
	buf_clear(&w->body);
	buf_add_str(&w->body, a->body);
}

static void start(struct world *w, const struct http_call_spec *limits)
{
	struct http_call_spec spec = *limits;

	spec.method = "GET";
	spec.url = w->url;
	spec.chunk = chunk_cb;
	buf_clear(&w->got);
	w->chunks = 0;
	w->ends = 0;
	origin_serve(&w->server, buf_str(&w->answer));
	if (http_client_start(w->client, &spec, answer_cb, w, &w->call,
			      &w->err) < 0)
		fail_msg("%s", w->err.text);
}

#define UNTIL(w, condition)                                        \
	do {                                                       \
		int64_t until_end = clock_mono_ms() + DEADLINE_MS; \
		while (!(condition)) {                             \
			assert_true(clock_mono_ms() < until_end);  \
			loop_turn((w)->loop, 20);                  \
		}                                                  \
	} while (0)

static void be_quiet(struct world *w)
{
	for (int i = 0; i < QUIET_TURNS; i++)
		loop_turn(w->loop, 1);
}

static const struct http_call_spec large = { .max_body_bytes = 1 << 24 };

/* ------------------------------------------------------------- the answers */

static char letter(size_t at)
{
	return (char)('a' + at * 7 / 5 % 26);
}

static void add_body(struct buf *b, size_t from, size_t len)
{
	char *room = buf_reserve(b, len);

	assert_non_null(room);
	for (size_t i = 0; i < len; i++)
		room[i] = letter(from + i);
	buf_grown(b, len);
}

static void plain(struct world *w, const char *status, size_t len)
{
	buf_clear(&w->answer);
	buf_addf(&w->answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n",
		 status, len);
	add_body(&w->answer, 0, len);
	w->server.closes = false;
}

static void chunked(struct world *w, size_t len)
{
	size_t at = 0, piece = 1;

	buf_clear(&w->answer);
	buf_add_z(&w->answer,
		  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (; at < len; at += piece, piece = piece * 3 % 40009) {
		if (piece > len - at)
			piece = len - at;
		buf_addf(&w->answer, "%zx\r\n", piece);
		add_body(&w->answer, at, piece);
		buf_add_z(&w->answer, "\r\n");
	}
	buf_add_z(&w->answer, "0\r\n\r\n");
	w->server.closes = false;
}

static void until_close(struct world *w, size_t len)
{
	buf_clear(&w->answer);
	buf_add_z(&w->answer, "HTTP/1.0 200 OK\r\n\r\n");
	add_body(&w->answer, 0, len);
	w->server.closes = true;
}

static void check_got(struct world *w, size_t len)
{
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(w->status, 200);
	assert_int_equal(w->received, len);
	assert_int_equal(w->got.len, len);
	for (size_t i = 0; i < len; i++)
		if (w->got.data[i] != letter(i))
			fail_msg("byte %zu is another", i);
	assert_int_equal(w->body.len, 0);
}

/* ----------------------------------------------------------------- pieces */

static void test_http_stream_hands_on_each_framing(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		if (i == 0)
			plain(w, "200 OK", BODY_BYTES);
		else if (i == 1)
			chunked(w, BODY_BYTES);
		else
			until_close(w, BODY_BYTES);
		start(w, &large);
		UNTIL(w, w->ends);
		check_got(w, BODY_BYTES);
	}
	plain(w, "204 None", 0);
	start(w, &large);
	UNTIL(w, w->ends);
	assert_int_equal(w->status, 204);
	assert_int_equal(w->chunks, 0);
}

static void test_http_stream_leaves_errors_to_the_answer(void **state)
{
	struct world *w = *state;

	plain(w, "404 Gone", 100);
	start(w, &large);
	UNTIL(w, w->ends);
	assert_int_equal(w->status, 404);
	assert_int_equal(w->body.len, 100);

	plain(w, "503 Busy", BODY_BYTES);
	start(w, &large);
	UNTIL(w, w->ends);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(w->status, 503);
	assert_int_equal(w->body.len, HTTP_CLIENT_MAX_ERROR_BYTES);
	assert_int_equal(w->chunks, 0);
}

static void test_http_stream_refuses_compressed_bodies(void **state)
{
	struct world *w = *state;

	buf_add_z(&w->answer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
			      "Content-Length: 4\r\n\r\n\x1f\x8b\x08\x02");
	start(w, &large);
	UNTIL(w, w->ends);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_INVALID);
	assert_int_equal(w->chunks, 0);
}

/* ----------------------------------------------------------------- pauses */

static bool pause_always(struct world *w, enum http_flow *flow)
{
	(void)w;
	*flow = HTTP_PAUSE;
	return true;
}

static void pause_and_resume(struct world *w, size_t len)
{
	w->on_chunk = pause_always;
	start(w, &large);
	for (size_t seen = 1; w->got.len < len; seen++) {
		UNTIL(w, w->chunks == seen);
		if (seen % 16 == 1)
			be_quiet(w);
		assert_int_equal(w->chunks, seen);
		assert_int_equal(w->ends, 0);
		http_call_resume(w->call);
		http_call_resume(w->call);	   /* twice is once */
		assert_int_equal(w->chunks, seen); /* never from within */
	}
	UNTIL(w, w->ends);
	check_got(w, len);
}

static void test_http_stream_pauses_after_every_piece(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", 1 << 20);
	pause_and_resume(w, 1 << 20);
	chunked(w, 1 << 20);
	pause_and_resume(w, 1 << 20);
	until_close(w, 1 << 20);
	pause_and_resume(w, 1 << 20);
}

static void test_http_stream_stops_the_sender_in_a_pause(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", BODY_BYTES);
	w->on_chunk = pause_always;
	start(w, &large);
	UNTIL(w, w->chunks);
	be_quiet(w);
	/* The rest waits in the server, not in our memory. */
	assert_int_equal(w->chunks, 1);
	assert_true(w->server.peers[0].answering);
}

static void test_http_stream_ends_after_the_pause(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", 10);
	w->on_chunk = pause_always;
	start(w, &large);
	UNTIL(w, w->chunks);
	be_quiet(w);
	assert_int_equal(w->ends, 0);
	assert_int_equal(http_client_active(w->client), 1);
	http_call_resume(w->call);
	assert_int_equal(w->ends, 0);
	UNTIL(w, w->ends);
	check_got(w, 10);
	assert_int_equal(http_client_active(w->client), 0);

	start(w, &large);
	UNTIL(w, w->chunks);
	be_quiet(w);
	http_call_resume(w->call);
	http_call_cancel(&w->call); /* between the two */
	be_quiet(w);
	assert_int_equal(w->ends, 0);
	assert_int_equal(http_client_active(w->client), 0);
}

/* -------------------------------------------------------------------- time */

static void test_http_stream_ends_what_stalls(void **state)
{
	struct http_call_spec spec = { .max_body_bytes = 1 << 24,
				       .stall_ms = 100 };
	struct world *w = *state;

	/* Before its first byte; within its head; within its body. */
	static const size_t holds[] = { 0, 20, 100 };

	for (size_t i = 0; i < ARRAY_LEN(holds); i++) {
		plain(w, "200 OK", 200);
		w->server.hold = holds[i];
		start(w, &spec);
		UNTIL(w, w->ends);
		assert_int_equal(w->status, 0);
		assert_int_equal(w->err.kind, ERR_TEMP);
		assert_non_null(strstr(w->err.text, "stalled"));
		assert_int_equal(w->chunks, i == 2);
	}
}

static void expect_no_end_by_a_pause(struct world *w,
				     const struct http_call_spec *spec)
{
	int64_t end;

	plain(w, "200 OK", 1 << 20);
	w->on_chunk = pause_always;
	start(w, spec);
	UNTIL(w, w->chunks);
	w->on_chunk = NULL;
	end = clock_mono_ms() + 500;
	UNTIL(w, clock_mono_ms() > end);
	assert_int_equal(w->ends, 0);
	http_call_resume(w->call);
	UNTIL(w, w->ends);
	check_got(w, 1 << 20);
}

static void test_http_stream_does_not_count_pauses_as_stalls(void **state)
{
	struct http_call_spec spec = { .max_body_bytes = 1 << 24,
				       .stall_ms = 200 };
	struct world *w = *state;

	expect_no_end_by_a_pause(w, &spec);
}

/* A byte now and then is no stall, and never ends. */
static void test_http_stream_ends_what_drips(void **state)
{
	struct http_call_spec spec = { .max_body_bytes = 1 << 24,
				       .stall_ms = 2 * DEADLINE_MS,
				       .slow_ms = 200,
				       .slow_bytes = 1 << 20 };
	struct world *w = *state;
	int64_t end = clock_mono_ms() + DEADLINE_MS;

	plain(w, "200 OK", BODY_BYTES);
	w->server.hold = 100;
	start(w, &spec);
	while (!w->ends) {
		assert_true(clock_mono_ms() < end);
		w->server.hold++;
		origin_send_held(&w->server);
		loop_turn(w->loop, 5);
	}
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
	assert_non_null(strstr(w->err.text, "too slowly"));
	assert_true(w->chunks > 1);
}

/* … but what is large and comes is not slow, nor are our own pauses. */
static void test_http_stream_counts_no_pause_as_slow(void **state)
{
	struct http_call_spec spec = { .max_body_bytes = 1 << 24,
				       .slow_ms = 200,
				       .slow_bytes = 1 << 10 };
	struct world *w = *state;

	expect_no_end_by_a_pause(w, &spec);
}

static void test_http_stream_has_an_end_in_time_even_paused(void **state)
{
	struct http_call_spec spec = { .max_body_bytes = 1 << 24,
				       .total_ms = 100 };
	struct world *w = *state;

	plain(w, "200 OK", BODY_BYTES);
	w->on_chunk = pause_always;
	start(w, &spec);
	UNTIL(w, w->ends);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
	assert_int_equal(w->chunks, 1);
}

/* ------------------------------------------------------------------ limits */

static void test_http_stream_ends_bodies_that_are_too_large(void **state)
{
	static const struct http_call_spec none = { .total_ms = 0 };
	struct world *w = *state;

	plain(w, "200 OK", CLIENT_MAX + 1); /* announced */
	start(w, &none);
	UNTIL(w, w->ends);
	assert_int_equal(w->err.kind, ERR_LIMIT);
	assert_int_equal(w->chunks, 0);

	chunked(w, CLIENT_MAX + 1);
	start(w, &none);
	UNTIL(w, w->ends);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_LIMIT);
	assert_true(w->got.len <= CLIENT_MAX);

	chunked(w, CLIENT_MAX);
	start(w, &none);
	UNTIL(w, w->ends);
	check_got(w, CLIENT_MAX);
}

static void test_http_stream_tells_of_a_body_cut_short(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 2; i++) {
		if (i == 0)
			plain(w, "200 OK", 1000);
		else
			chunked(w, 1000);
		buf_truncate(&w->answer, 600);
		w->server.closes = true;
		start(w, &large);
		UNTIL(w, w->ends);
		assert_true(w->got.len > 0);
		assert_int_equal(w->status, 0);
		assert_int_equal(w->err.kind, ERR_TEMP);
	}
}

/* ------------------------------------------------------------ from a piece */

static bool abort_it(struct world *w, enum http_flow *flow)
{
	(void)w;
	*flow = HTTP_ABORT;
	return true;
}

static void test_http_stream_aborts(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", BODY_BYTES);
	w->on_chunk = abort_it;
	start(w, &large);
	UNTIL(w, w->ends);
	assert_int_equal(w->chunks, 1);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_INVALID);
}

static bool cancel_it(struct world *w, enum http_flow *flow)
{
	(void)flow;
	http_call_cancel(&w->call);
	return true;
}

static bool abort_after_a_pause(struct world *w, enum http_flow *flow)
{
	*flow = w->chunks == 1 ? HTTP_PAUSE : HTTP_ABORT;
	return true;
}

static void test_http_stream_aborts_after_a_pause(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", BODY_BYTES);
	w->on_chunk = abort_after_a_pause;
	start(w, &large);
	UNTIL(w, w->chunks);
	be_quiet(w);
	http_call_resume(w->call);
	UNTIL(w, w->ends);
	be_quiet(w);
	assert_int_equal(w->chunks, 2);
	assert_int_equal(w->ends, 1);
	assert_int_equal(w->err.kind, ERR_INVALID);
}

static void test_http_stream_is_cancelled_from_its_own_piece(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", BODY_BYTES);
	w->on_chunk = cancel_it;
	start(w, &large);
	UNTIL(w, w->chunks && !http_client_active(w->client));
	be_quiet(w);
	assert_int_equal(w->chunks, 1);
	assert_int_equal(w->ends, 0);
}

static void other_cb(const struct http_answer *a, void *arg)
{
	struct world *w = arg;

	w->other = NULL;
	assert_int_equal(a->status, 200);
}

static bool start_another(struct world *w, enum http_flow *flow)
{
	struct http_call_spec spec = { .method = "GET",
				       .url = w->url,
				       .max_body_bytes = 1 << 24 };

	(void)flow;
	assert_int_equal(http_client_start(w->client, &spec, other_cb, w,
					   &w->other, NULL),
			 0);
	return false;
}

static bool cancel_another(struct world *w, enum http_flow *flow)
{
	(void)flow;
	http_call_cancel(&w->other);
	return false;
}

static void
test_http_stream_starts_and_cancels_others_from_a_piece(void **state)
{
	struct world *w = *state;

	plain(w, "200 OK", 1 << 20);
	w->on_chunk = start_another;
	start(w, &large);
	UNTIL(w, w->ends && !w->other);
	check_got(w, 1 << 20);

	w->server.hold = 10000; /* so that both are under way */
	w->on_chunk = start_another;
	start(w, &large);
	UNTIL(w, w->other);
	w->on_chunk = cancel_another;
	origin_release(&w->server);
	UNTIL(w, w->ends);
	assert_null(w->other);
	check_got(w, 1 << 20);
	assert_int_equal(http_client_active(w->client), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_stream_hands_on_each_framing),
		TEST(test_http_stream_leaves_errors_to_the_answer),
		TEST(test_http_stream_refuses_compressed_bodies),
		TEST(test_http_stream_pauses_after_every_piece),
		TEST(test_http_stream_stops_the_sender_in_a_pause),
		TEST(test_http_stream_ends_after_the_pause),
		TEST(test_http_stream_ends_what_stalls),
		TEST(test_http_stream_does_not_count_pauses_as_stalls),
		TEST(test_http_stream_ends_what_drips),
		TEST(test_http_stream_counts_no_pause_as_slow),
		TEST(test_http_stream_has_an_end_in_time_even_paused),
		TEST(test_http_stream_ends_bodies_that_are_too_large),
		TEST(test_http_stream_tells_of_a_body_cut_short),
		TEST(test_http_stream_aborts),
		TEST(test_http_stream_aborts_after_a_pause),
		TEST(test_http_stream_is_cancelled_from_its_own_piece),
		TEST(test_http_stream_starts_and_cancels_others_from_a_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

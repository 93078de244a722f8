/* The HTTP client against a small server of raw sockets on the same loop. */
#include "http_origin.h"

#include "base/assert.h"
#include "base/clock.h"
#include "http/client.h"

#include <stdlib.h>

#define DEADLINE_MS  5000
#define BODY_CAP     4096
#define CALL_MS	     2000
#define OK_HEAD	     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
#define CHUNKED	     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
#define OK	     OK_HEAD "\r\nhi"
#define LARGE_ANSWER (1 << 20)

/* A client, a server, and what they said to each other. */
struct world {
	struct loop *loop;
	struct http_client *client;
	struct origin server;

	int ends; /* callbacks of the client */
	int status;
	char body[BODY_CAP + 1];
	size_t body_len;
	char header[100]; /* X-Test of the answer */
	bool has_header;
	int64_t retry_after;
	struct err err;
};

/* ------------------------------------------------------------- the client */

static void new_client(struct world *w, const struct http_client_config *cfg)
{
	struct err err = { 0 };

	http_client_free(&w->client);
	if (http_client_new(&w->client, w->loop, cfg, &err) < 0)
		fail_msg("%s", err.text);
}

/* The server is on the allow list by "127.0.0.1:port" and by "localhost". */
static void allow(struct world *w, struct http_client_config *cfg, char *list,
		  size_t size)
{
	snprintf(list, size, "127.0.0.1:%u,localhost:%u", w->server.port,
		 w->server.port);
	cfg->allow_hosts = list;
}

static int setup(void **state)
{
	struct http_client_config cfg = { .max_body_bytes = BODY_CAP,
					  .connect_ms = CALL_MS,
					  .total_ms = CALL_MS };
	struct world *w = calloc(1, sizeof(*w));
	char list[100];

	assert_non_null(w);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	origin_start(&w->server, w->loop);
	allow(w, &cfg, list, sizeof(list));
	new_client(w, &cfg);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	clock_fake_ms(-1);
	http_client_free(&w->client);
	http_client_free(&w->client); /* twice is harmless */
	origin_stop(&w->server);
	loop_free(&w->loop);
	free(w);
	return 0;
}

static void answer_cb(const struct http_answer *a, void *arg)
{
	struct world *w = arg;
	struct str header = http_answer_header(a, "x-test");

	w->ends++;
	w->status = a->status;
	w->err = a->err;
	w->retry_after = http_answer_retry_after(a);
	w->has_header = header.ptr != NULL;
	snprintf(w->header, sizeof(w->header), "%.*s", STR_ARG(header));
	assert_true(a->body.len <= BODY_CAP);
	w->body_len = a->body.len;
	if (a->body.len)
		memcpy(w->body, a->body.ptr, a->body.len);
	w->body[a->body.len] = '\0';
}

static void serve(struct world *w, const char *answer)
{
	origin_serve(&w->server, str_of(answer));
}

static int start(struct world *w, const char *url, struct http_call **out)
{
	struct http_call_spec spec = { .method = "GET", .url = url };

	w->err = (struct err){ 0 };
	return http_client_start(w->client, &spec, answer_cb, w, out, &w->err);
}

static const char *url_of(const struct world *w, const char *path)
{
	static char url[300];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", w->server.port,
		 path);
	return url;
}

static void run_until_ends(struct world *w, int ends)
{
	int64_t deadline = clock_mono_us() / 1000 + DEADLINE_MS;

	while (w->ends < ends) {
		if (clock_mono_us() / 1000 > deadline)
			fail_msg("%d of %d calls ended", w->ends, ends);
		loop_turn(w->loop, 50);
	}
}

static void get(struct world *w, const char *path)
{
	int ends = w->ends + 1;

	if (start(w, url_of(w, path), NULL) < 0)
		fail_msg("%s", w->err.text);
	run_until_ends(w, ends);
}

/* --------------------------------------------------------------- answers */

static void test_http_client_hands_over_status_body_and_headers(void **state)
{
	struct world *w = *state;

	serve(w, OK_HEAD "X-Test: one two\r\n\r\nhi");
	get(w, "/a?b=c");
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(w->status, 200);
	assert_string_equal(w->body, "hi");
	assert_string_equal(w->header, "one two");
	assert_non_null(strstr(w->server.request, "GET /a?b=c HTTP/1.1\r\n"));
	assert_null(strstr(w->server.request, "Accept-Encoding"));
	assert_int_equal(http_client_active(w->client), 0);

	serve(w, OK);
	get(w, "/");
	assert_false(w->has_header);
}

static void test_http_client_sends_method_headers_and_body(void **state)
{
	const struct http_call_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Authorization"), STR("Bearer t") },
		{ STR("X-Empty"), STR("") },
	};
	struct world *w = *state;
	struct http_call_spec spec = {
		.method = "POST",
		.url = url_of(w, "/x"),
		.headers = headers,
		.header_count = ARRAY_LEN(headers),
		.body = STR("{\"a\":1}"),
	};

	serve(w, OK);
	assert_int_equal(http_client_start(w->client, &spec, answer_cb, w, NULL,
					   &w->err),
			 0);
	run_until_ends(w, 1);
	assert_int_equal(w->status, 200);
	assert_non_null(strstr(w->server.request, "POST /x HTTP/1.1\r\n"));
	assert_non_null(
		strstr(w->server.request, "Content-Type: application/json\r"));
	assert_non_null(
		strstr(w->server.request, "Authorization: Bearer t\r\n"));
	assert_non_null(strstr(w->server.request, "X-Empty:\r\n"));
	assert_non_null(strstr(w->server.request, "Content-Length: 7\r\n"));
}

static void test_http_client_does_not_follow_a_redirect(void **state)
{
	struct world *w = *state;

	serve(w, "HTTP/1.1 302 Found\r\nX-Test: moved\r\n"
		 "Location: http://169.254.169.254/latest\r\n"
		 "Content-Length: 0\r\n\r\n");
	get(w, "/");
	assert_int_equal(w->status, 302);
	assert_string_equal(w->header, "moved");
	assert_int_equal(w->server.accepted, 1);
}

/* gzip of 10 kB of zeros: more than BODY_CAP when unpacked. */
#define BOMB                                                               \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x01\x0d\x00"     \
	"\x00\x00\xc2\xa0\xf7\x4f\x6d\x0e\x37\xa0\x00\x00\x00\x00\x00\x00" \
	"\x00\x00\x00\x80\x37\x03\x9a\xde\x1d\x27\x00\x28\x00\x00"

#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct packed_row {
	struct str answer;
	int status; /* 0: refused */
} packed[] = {
	{ BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 45\r\n\r\n" BOMB),
	  0 },
	{ BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
		"2d\r\n" BOMB "\r\n0\r\n\r\n"),
	  0 },
	{ BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n"
		"content-encoding: br\r\nContent-Length: 2\r\n\r\nhi"),
	  0 },
	{ BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\n"
		"Content-Length: 2\r\n\r\nhi"),
	  200 },
	/* Who says no may say it packed: what counts is that. */
	{ BYTES("HTTP/1.1 429 Slow\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 45\r\n\r\n" BOMB),
	  429 },
};

static void test_http_client_refuses_compressed_bodies(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(packed); i++) {
		origin_serve(&w->server, packed[i].answer);
		get(w, "/");
		assert_int_equal(w->status, packed[i].status);
		assert_int_equal(w->err.kind,
				 packed[i].status ? ERR_NONE : ERR_INVALID);
		assert_string_equal(w->body,
				    packed[i].status == 200 ? "hi" : "");
	}
}

static const struct retry_row {
	const char *header;
	int64_t want;
} retry_rows[] = {
	{ "Retry-After: 120\r\n", 120 },
	{ "Retry-After: 0\r\n", 0 },
	{ "retry-after: 7\r\n", 7 },
	{ "Retry-After: Thu, 01 Jan 1970 00:20:00 GMT\r\n", 200 },
	{ "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT\r\n", 0 }, /* passed */
	{ "Retry-After: soon\r\n", -1 },
	{ "Retry-After: -5\r\n", -1 },
	{ "", -1 },
};

static void test_http_client_reads_retry_after(void **state)
{
	struct world *w = *state;
	char answer[200];

	clock_fake_ms(1000 * 1000); /* 1970-01-01 00:16:40 */
	for (size_t i = 0; i < ARRAY_LEN(retry_rows); i++) {
		snprintf(answer, sizeof(answer),
			 "HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n%s\r\n",
			 retry_rows[i].header);
		serve(w, answer);
		assert_int_equal(start(w, url_of(w, "/"), NULL), 0);
		for (int k = 0; k < 1000 && w->ends <= (int)i; k++)
			loop_turn(w->loop, 10);
		assert_int_equal(w->status, 429);
		if (w->retry_after != retry_rows[i].want)
			fail_msg("%s gives %lld", retry_rows[i].header,
				 (long long)w->retry_after);
	}
}

/* ---------------------------------------------------------------- limits */

static char *large_answer(const char *head)
{
	size_t len = strlen(head);
	char *text = malloc(LARGE_ANSWER);

	assert_non_null(text);
	memset(text, 'x', LARGE_ANSWER);
	memcpy(text, head, len);
	text[LARGE_ANSWER - 1] = '\0';
	return text;
}

static void test_http_client_ends_answers_that_are_too_large(void **state)
{
	static const char *const heads[] = {
		/* announced; until the end; in chunks; all in the headers */
		"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		CHUNKED "\r\n\r\nf0000\r\n",
		"HTTP/1.1 200 OK\r\nX-Long: ",
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		char *answer = large_answer(heads[i]);

		serve(w, answer);
		get(w, "/");
		assert_int_equal(w->status, 0);
		/* One line alone: curl's own limit comes first. */
		if (w->err.kind != ERR_LIMIT && i != 3)
			fail_msg("row %zu: %s", i, w->err.text);
		assert_int_not_equal(w->err.kind, ERR_NONE);
		free(answer);
	}
}

static void test_http_client_counts_header_bytes(void **state)
{
	static char answer[HTTP_CLIENT_MAX_HEADER_BYTES + 2000];
	struct world *w = *state;
	size_t len = 0;

	len += (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\n");
	while (len <= HTTP_CLIENT_MAX_HEADER_BYTES)
		len += (size_t)sprintf(answer + len, "X-H%zu: %0900d\r\n", len,
				       0);
	strcpy(answer + len, "\r\n");
	serve(w, answer);
	get(w, "/");
	assert_int_equal(w->err.kind, ERR_LIMIT);
	assert_int_equal(w->status, 0);
}

static void test_http_client_gives_up_on_a_silent_server(void **state)
{
	struct http_client_config cfg = { .total_ms = 100 };
	struct world *w = *state;
	char list[100];
	int64_t before;

	allow(w, &cfg, list, sizeof(list));
	new_client(w, &cfg);
	serve(w, NULL);
	before = clock_mono_ms();
	get(w, "/");
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
	assert_true(clock_mono_ms() - before >= 90);
	assert_int_equal(w->server.accepted, 1);
}

static void test_http_client_reports_a_refused_connection(void **state)
{
	struct world *w = *state;

	origin_close_listener(&w->server);
	get(w, "/");
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
}

static void test_http_client_reports_an_answer_cut_off(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
		"garbage without any status\r\n\r\n",
	};
	struct world *w = *state;

	w->server.closes = true;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		serve(w, answers[i]);
		get(w, "/");
		assert_int_equal(w->status, 0);
		assert_int_equal(w->err.kind, ERR_TEMP);
	}
}

static void test_http_client_keeps_calls_past_the_maximum_in_line(void **state)
{
	struct http_client_config cfg = { .max_parallel = 2 };
	struct world *w = *state;
	struct http_call *calls[5];
	char list[100];

	allow(w, &cfg, list, sizeof(list));
	new_client(w, &cfg);
	serve(w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		assert_int_equal(start(w, url_of(w, "/"), &calls[i]), 0);
	assert_int_equal(http_client_active(w->client), 5);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);
	assert_int_equal(w->server.accepted, 2);

	http_call_cancel(&calls[4]); /* one in line */
	http_call_cancel(&calls[0]); /* one under way: makes room */
	assert_int_equal(http_client_active(w->client), 3);
	serve(w, OK);
	http_call_cancel(&calls[1]);
	run_until_ends(w, 2);
	assert_int_equal(w->status, 200);
	assert_int_equal(http_client_active(w->client), 0);
}

static void test_http_client_is_silent_after_cancel(void **state)
{
	struct world *w = *state;
	struct http_call *call = NULL;

	http_call_cancel(&call); /* NULL is fine */
	serve(w, NULL);
	assert_int_equal(start(w, url_of(w, "/"), &call), 0);
	while (!w->server.request[0])
		loop_turn(w->loop, 50);
	http_call_cancel(&call);
	assert_null(call);
	for (int i = 0; i < 10; i++)
		loop_turn(w->loop, 2);
	assert_int_equal(w->ends, 0);
	assert_int_equal(http_client_active(w->client), 0);
}

static void again_cb(const struct http_answer *a, void *arg)
{
	struct world *w = arg;
	struct http_call *self = (struct http_call *)(uintptr_t)a->call;

	http_call_cancel(&self); /* in its own callback: harmless */
	assert_int_equal(start(w, url_of(w, "/second"), NULL), 0);
}

static void test_http_client_starts_calls_from_a_callback(void **state)
{
	struct world *w = *state;
	struct http_call_spec spec = { .method = "GET",
				       .url = url_of(w, "/first") };

	serve(w, OK);
	assert_int_equal(
		http_client_start(w->client, &spec, again_cb, w, NULL, NULL),
		0);
	run_until_ends(w, 1);
	assert_non_null(strstr(w->server.request, "GET /second"));
	assert_int_equal(w->server.accepted, 1); /* the connection is kept */
}

static void test_http_client_freed_under_way_calls_nobody(void **state)
{
	struct world *w = *state;

	serve(w, NULL);
	assert_int_equal(start(w, url_of(w, "/"), NULL), 0);
	while (!w->server.request[0])
		loop_turn(w->loop, 50);
	http_client_free(&w->client);
	loop_turn(w->loop, 5);
	assert_int_equal(w->ends, 0);
}

/* ----------------------------------------------------------------- guard */

/* Refused by the address, after the name was resolved. */
static const char *const internal[] = {
	"https://127.0.0.1/",
	"https://127.0.0.1:443/",
	"https://localhost/",
	"https://[::1]/",
	"https://[::]/",
	"https://[::ffff:127.0.0.1]/",
	"https://[::ffff:7f00:1]/",
	"https://[64:ff9b::7f00:1]/",
	"https://0177.0.0.1/",
	"https://0x7f.0.0.1/",
	"https://0x7f000001/",
	"https://2130706433/",
	"https://127.1/",
	"https://0/",
	"https://127%2e0%2e0%2e1/",
	"https://169.254.169.254/latest/meta-data/",
	"https://10.0.0.1/",
};

static void test_http_client_refuses_internal_addresses(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(internal); i++) {
		int ends = w->ends + 1;

		if (start(w, internal[i], NULL) < 0)
			fail_msg("%s: %s", internal[i], w->err.text);
		run_until_ends(w, ends);
		if (w->err.kind != ERR_FORBIDDEN || w->status != 0)
			fail_msg("%s: %s", internal[i], w->err.text);
	}
}

/* Refused before anything is resolved. */
static const struct url_row {
	const char *url;
	enum err_kind want;
} urls[] = {
	{ "http://api.example.com/", ERR_FORBIDDEN },
	{ "file:///etc/passwd", ERR_FORBIDDEN },
	{ "gopher://127.0.0.1:70/_x", ERR_FORBIDDEN },
	{ "ftp://127.0.0.1/", ERR_FORBIDDEN },
	{ "dict://127.0.0.1:11211/stats", ERR_FORBIDDEN },
	{ "https://user@api.example.com/", ERR_FORBIDDEN },
	{ "https://user:pw@api.example.com/", ERR_FORBIDDEN },
	{ "https://api.example.com@127.0.0.1/", ERR_FORBIDDEN },
	{ "https://api.example.com:6379/", ERR_FORBIDDEN },
	{ "https://api.example.com:70000/", ERR_INVALID },
	{ "https://api.example.com/\r\nX: y", ERR_INVALID },
	{ "https://api.example.com/a b", ERR_INVALID },
	{ "https://api.example.com/\x7f", ERR_INVALID },
	{ "https://api.example.com\\@127.0.0.1/", ERR_INVALID },
	{ "https://\xc3\xa9.example.com/", ERR_INVALID },
	{ "https://?x", ERR_INVALID },
	{ "//api.example.com/", ERR_INVALID },
	{ "unknown://api.example.com/", ERR_INVALID },
	{ "", ERR_INVALID },
};

static void test_http_client_refuses_urls(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		if (start(w, urls[i].url, NULL) == 0)
			fail_msg("%s was started", urls[i].url);
		if (w->err.kind != urls[i].want)
			fail_msg("%s: %s", urls[i].url, w->err.text);
		/* No part of the URL: it may hold a secret. */
		assert_null(strstr(w->err.text, "example"));
	}
	assert_int_equal(http_client_active(w->client), 0);
}

static const struct sftp_row {
	const char *url;
	const char *host_key;
	enum err_kind want; /* ERR_NONE: it starts */
} sftps[] = {
	{ "sftp://files.example.com/a.csv", "", ERR_CONFIG },
	{ "sftp://files.example.com/a.csv", NULL, ERR_CONFIG },
	{ "sftp://files.example.com:2222/a.csv", "k", ERR_FORBIDDEN },
	{ "sftp://hr@files.example.com/a.csv", "k", ERR_FORBIDDEN },
	{ "https://files.example.com/a.csv", "k", ERR_INVALID },
	{ "file:///etc/passwd", "k", ERR_INVALID },
	{ "sftp://127.0.0.1/a.csv", "k", ERR_NONE },
};

/* The guard looks at the address, as of https; the key at who is there. */
static void test_http_client_speaks_sftp_to_known_servers_alone(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(sftps); i++) {
		const struct http_sftp sftp = { .user = "hr",
						.password = "pw",
						.host_key = sftps[i].host_key };
		const struct http_call_spec spec = { .method = "GET",
						     .url = sftps[i].url,
						     .sftp = &sftp };
		int ends = w->ends + 1;
		int res = http_client_start(w->client, &spec, answer_cb, w,
					    NULL, &w->err);

		if ((res < 0) != (sftps[i].want != ERR_NONE) ||
		    (res < 0 && w->err.kind != sftps[i].want))
			fail_msg("%s: %s", sftps[i].url, w->err.text);
		if (res < 0)
			continue;
		run_until_ends(w, ends);
		assert_int_equal(w->status, 0);
		assert_int_equal(w->err.kind, ERR_FORBIDDEN);
	}
}

static void test_http_client_allows_by_name_what_is_listed_only(void **state)
{
	struct world *w = *state;
	char url[100];

	serve(w, OK);
	snprintf(url, sizeof(url), "http://localhost:%u/", w->server.port);
	assert_int_equal(start(w, url, NULL), 0);
	run_until_ends(w, 1);
	assert_int_equal(w->status, 200);
	/* Another spelling of a listed address is that address… */
	snprintf(url, sizeof(url), "http://0x7f.1:%u/", w->server.port);
	assert_int_equal(start(w, url, NULL), 0);
	run_until_ends(w, 2);
	assert_int_equal(w->status, 200);
	/* … and another name of it is not. */
	snprintf(url, sizeof(url), "http://[::ffff:127.0.0.1]:%u/",
		 w->server.port);
	assert_int_equal(start(w, url, NULL), -1);
	assert_int_equal(w->err.kind, ERR_FORBIDDEN);
	snprintf(url, sizeof(url), "http://localhost:%u/", w->server.port + 1);
	assert_int_equal(start(w, url, NULL), -1);
	assert_int_equal(w->err.kind, ERR_FORBIDDEN);
}

static void test_http_client_ignores_proxies_of_the_environment(void **state)
{
	static const char *const names[] = { "http_proxy", "https_proxy",
					     "ALL_PROXY" };
	struct world *w = *state;
	char proxy[100];

	/* A proxy would be this server, which must not hear of the call. */
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", w->server.port);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		setenv(names[i], proxy, 1);
	serve(w, OK);
	assert_int_equal(start(w, "https://10.0.0.1/", NULL), 0);
	run_until_ends(w, 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	assert_int_equal(w->err.kind, ERR_FORBIDDEN);
	assert_int_equal(w->server.accepted, 0);
}

static void test_http_client_refuses_malformed_headers_and_methods(void **state)
{
	const struct http_call_header bad[] = {
		{ STR("X"), STR("a\r\nY: b") }, { STR("X"), STR("a\nb") },
		{ STR("X:"), STR("a") },	{ STR(""), STR("a") },
		{ STR("X Y"), STR("a") },	{ STR("X"), STR("a\0b") },
	};
	struct world *w = *state;
	struct http_call_spec spec = { .method = "GET",
				       .url = url_of(w, "/"),
				       .header_count = 1 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		spec.headers = &bad[i];
		assert_int_equal(http_client_start(w->client, &spec, answer_cb,
						   w, NULL, &w->err),
				 -1);
		assert_int_equal(w->err.kind, ERR_INVALID);
	}
	spec = (struct http_call_spec){ .method = "GET /x HTTP/1.1\r\nX:",
					.url = url_of(w, "/") };
	assert_int_equal(http_client_start(w->client, &spec, answer_cb, w, NULL,
					   &w->err),
			 -1);
	assert_int_equal(w->err.kind, ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_client_hands_over_status_body_and_headers),
		TEST(test_http_client_sends_method_headers_and_body),
		TEST(test_http_client_does_not_follow_a_redirect),
		TEST(test_http_client_refuses_compressed_bodies),
		TEST(test_http_client_reads_retry_after),
		TEST(test_http_client_ends_answers_that_are_too_large),
		TEST(test_http_client_counts_header_bytes),
		TEST(test_http_client_gives_up_on_a_silent_server),
		TEST(test_http_client_reports_a_refused_connection),
		TEST(test_http_client_reports_an_answer_cut_off),
		TEST(test_http_client_keeps_calls_past_the_maximum_in_line),
		TEST(test_http_client_is_silent_after_cancel),
		TEST(test_http_client_starts_calls_from_a_callback),
		TEST(test_http_client_freed_under_way_calls_nobody),
		TEST(test_http_client_refuses_internal_addresses),
		TEST(test_http_client_speaks_sftp_to_known_servers_alone),
		TEST(test_http_client_refuses_urls),
		TEST(test_http_client_allows_by_name_what_is_listed_only),
		TEST(test_http_client_ignores_proxies_of_the_environment),
		TEST(test_http_client_refuses_malformed_headers_and_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The HTTP client over TLS, against OpenSSL's own server with a certificate
 * made for the test: a name on the allow list is still asked to prove itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "http/client.h"

#include "tls_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 10000 };

struct world {
	struct tls_server server;
	char allow[96];
	struct loop *loop;
	int ends;
	int status;
	struct err err;
};

static void start_server(struct world *w, const char *version)
{
	tls_server_start(&w->server, version);
	(void)snprintf(w->allow, sizeof(w->allow), "localhost:%u,127.0.0.1:%u",
		       w->server.port, w->server.port);
}

static int setup(void **state)
{
	struct world *w;

	*state = NULL;
	if (!tls_server_can())
		return 0;
	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	tls_server_init(&w->server);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	if (!w)
		return 0;
	tls_server_release(&w->server);
	loop_free(&w->loop);
	free(w);
	return 0;
}

static void answer_cb(const struct http_answer *a, void *arg)
{
	struct world *w = arg;

	w->ends++;
	w->status = a->status;
	w->err = a->err;
}

static void get(struct world *w, const char *host, const char *ca_file)
{
	struct http_client_config cfg = { .allow_hosts = w->allow,
					  .ca_file = ca_file };
	int64_t end = clock_mono_ms() + WAIT_MS;
	struct http_client *client = NULL;
	struct http_call_spec spec = { .method = "GET" };
	char url[100];

	(void)snprintf(url, sizeof(url), "https://%s:%u/", host,
		       w->server.port);
	spec.url = url;
	w->ends = 0;
	assert_int_equal(http_client_new(&client, w->loop, &cfg, NULL), 0);
	assert_int_equal(
		http_client_start(client, &spec, answer_cb, w, NULL, &w->err),
		0);
	while (!w->ends) {
		assert_true(clock_mono_ms() < end);
		loop_turn(w->loop, 50);
	}
	http_client_free(&client);
}

static void test_http_tls_asks_for_a_valid_certificate(void **state)
{
	struct world *w = *state;

	if (!w)
		skip();
	tls_server_certify(&w->server, "localhost");
	start_server(w, "-tls1_3");
	get(w, "localhost", w->server.cert);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(w->status, 200);

	get(w, "localhost", NULL); /* the system does not know its signer */
	assert_int_equal(w->status, 0);
	assert_non_null(strstr(w->err.text, "certificate"));

	get(w, "127.0.0.1",
	    w->server.cert); /* the certificate is another host's */
	assert_int_equal(w->status, 0);
	assert_non_null(strstr(w->err.text, "certificate"));
}

static void test_http_tls_speaks_nothing_older_than_1_2(void **state)
{
	struct world *w = *state;

	if (!w)
		skip();
	tls_server_certify(&w->server, "localhost");
	start_server(w, "-tls1_2");
	get(w, "localhost", w->server.cert);
	assert_int_equal(w->status, 200);
	tls_server_stop(&w->server);

	start_server(w, "-tls1_1 -cipher DEFAULT:@SECLEVEL=0");
	get(w, "localhost", w->server.cert);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_http_tls_asks_for_a_valid_certificate, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_http_tls_speaks_nothing_older_than_1_2, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

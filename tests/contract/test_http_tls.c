/*
 * The HTTP client over TLS, against OpenSSL's own server with a certificate
 * made for the test: a name on the allow list is still asked to prove itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_world.h"

#include <stdio.h>
#include <string.h>

static void get(struct tls_world *w, const char *host, const char *ca_file)
{
	char url[100], allow[96];
	const struct http_client_config cfg = { .allow_hosts = allow,
						.ca_file = ca_file };

	(void)snprintf(allow, sizeof(allow), "localhost:%u,127.0.0.1:%u",
		       w->server.port, w->server.port);
	(void)snprintf(url, sizeof(url), "https://%s:%u/", host,
		       w->server.port);
	tls_world_get(w, &cfg, url);
}

static void test_http_tls_asks_for_a_valid_certificate(void **state)
{
	struct tls_world *w = *state;

	if (!w)
		skip();
	tls_server_certify(&w->server, "localhost");
	tls_server_start(&w->server, "-tls1_3");
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
	struct tls_world *w = *state;

	if (!w)
		skip();
	tls_server_certify(&w->server, "localhost");
	tls_server_start(&w->server, "-tls1_2");
	get(w, "localhost", w->server.cert);
	assert_int_equal(w->status, 200);
	tls_server_stop(&w->server);

	tls_server_start(&w->server, "-tls1_1 -cipher DEFAULT:@SECLEVEL=0");
	get(w, "localhost", w->server.cert);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_http_tls_asks_for_a_valid_certificate,
			tls_world_setup, tls_world_teardown),
		cmocka_unit_test_setup_teardown(
			test_http_tls_speaks_nothing_older_than_1_2,
			tls_world_setup, tls_world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

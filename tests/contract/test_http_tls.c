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

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENSSL "/usr/bin/openssl"

enum { WAIT_MS = 10000 };

struct world {
	char dir[64];
	char cert[96];
	char key[96];
	char allow[96];
	unsigned port;
	pid_t server;
	struct loop *loop;
	int ends;
	int status;
	struct err err;
};

/* out becomes its standard output. */
static pid_t spawn(const char *command, int out)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(out, 1) < 0 || !freopen("/dev/null", "w", stderr))
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void make_certificate(struct world *w)
{
	char command[512];
	int status;

	(void)snprintf(command, sizeof(command),
		       "exec " OPENSSL " req -x509 -newkey ec "
		       "-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
		       "-subj /CN=localhost "
		       "-addext subjectAltName=DNS:localhost "
		       "-keyout %s -out %s",
		       w->key, w->cert);
	assert_true(waitpid(spawn(command, 1), &status, 0) > 0);
	assert_int_equal(status, 0);
}

/* It takes any free port and says "ACCEPT 127.0.0.1:PORT". */
static void start_server(struct world *w, const char *version)
{
	char command[512], line[256];
	int ends[2];
	FILE *in;

	assert_int_equal(pipe(ends), 0);
	(void)snprintf(command, sizeof(command),
		       "exec " OPENSSL " s_server -accept 127.0.0.1:0 "
		       "-cert %s -key %s -www %s",
		       w->cert, w->key, version);
	w->server = spawn(command, ends[1]);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	assert_non_null(in);
	w->port = 0;
	while (!w->port && fgets(line, sizeof(line), in))
		(void)sscanf(line, "ACCEPT 127.0.0.1:%u", &w->port);
	assert_true(w->port > 0);
	(void)fclose(in);
	(void)snprintf(w->allow, sizeof(w->allow), "localhost:%u,127.0.0.1:%u",
		       w->port, w->port);
}

static void stop_server(struct world *w)
{
	if (!w->server)
		return;
	(void)kill(w->server, SIGKILL);
	(void)waitpid(w->server, NULL, 0);
	w->server = 0;
}

static int setup(void **state)
{
	struct world *w;

	*state = NULL;
	if (access(OPENSSL, X_OK) < 0) {
		print_message("skipped: openssl is not installed\n");
		return 0;
	}
	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/hrisd-tls-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->cert, sizeof(w->cert), "%s/cert.pem", w->dir);
	(void)snprintf(w->key, sizeof(w->key), "%s/key.pem", w->dir);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	if (!w)
		return 0;
	stop_server(w);
	loop_free(&w->loop);
	(void)unlink(w->cert);
	(void)unlink(w->key);
	assert_int_equal(rmdir(w->dir), 0);
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

	(void)snprintf(url, sizeof(url), "https://%s:%u/", host, w->port);
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
	make_certificate(w);
	start_server(w, "-tls1_3");
	get(w, "localhost", w->cert);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(w->status, 200);

	get(w, "localhost", NULL); /* the system does not know its signer */
	assert_int_equal(w->status, 0);
	assert_non_null(strstr(w->err.text, "certificate"));

	get(w, "127.0.0.1", w->cert); /* the certificate is another host's */
	assert_int_equal(w->status, 0);
	assert_non_null(strstr(w->err.text, "certificate"));
}

static void test_http_tls_speaks_nothing_older_than_1_2(void **state)
{
	struct world *w = *state;

	if (!w)
		skip();
	make_certificate(w);
	start_server(w, "-tls1_2");
	get(w, "localhost", w->cert);
	assert_int_equal(w->status, 200);
	stop_server(w);

	start_server(w, "-tls1_1 -cipher DEFAULT:@SECLEVEL=0");
	get(w, "localhost", w->cert);
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

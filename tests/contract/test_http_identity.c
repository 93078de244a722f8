/*
 * Client certificates, and streaming over TLS, against the server of Node.js:
 * who is not the same to the HRIS must never share a connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "http/client.h"
#include "tls_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENSSL	   "/usr/bin/openssl"
#define SERVER	   "tests/contract/mtls.mjs"
#define LARGE_BODY (8u << 20)

enum { WAIT_MS = 10000, PEM_MAX = 65536 };

/* A certificate and its key, both named in files of the world's folder. */
enum { HOST, ANN, BOB, LOCKED, PAIRS };

static const struct pair {
	const char *name;
	const char *options;
} pairs[PAIRS] = {
	[HOST] = { "localhost", "-nodes -addext subjectAltName=DNS:localhost" },
	[ANN] = { "ann", "-nodes" },
	[BOB] = { "bob", "-nodes" },
	[LOCKED] = { "locked", "-passout pass:secret" },
};

struct world {
	char dir[64];
	char allow[64];
	unsigned port;
	pid_t server;
	struct loop *loop;
	struct http_client *client;
	char cert[PAIRS][PEM_MAX];
	char key[PAIRS][PEM_MAX];

	struct http_call *call;
	size_t chunks, streamed;
	int ends;
	int status;
	char body[100];
	struct err err;
};

static void path_of(const struct world *w, int i, const char *what,
		    char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s.%s", w->dir, pairs[i].name, what);
}

static void read_file(char *out, const char *path)
{
	FILE *in = fopen(path, "r");
	size_t len;

	assert_non_null(in);
	len = fread(out, 1, PEM_MAX - 1, in);
	assert_true(len > 0);
	out[len] = '\0';
	(void)fclose(in);
}

static void make_pair(struct world *w, int i)
{
	char command[640], cert[128], key[128];
	int status;

	path_of(w, i, "pem", cert);
	path_of(w, i, "key", key);
	(void)snprintf(command, sizeof(command),
		       "exec " OPENSSL " req -x509 -newkey ec "
		       "-pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=%s "
		       "%s -keyout %s -out %s",
		       pairs[i].name, pairs[i].options, key, cert);
	assert_true(waitpid(tls_server_spawn(command, 1), &status, 0) > 0);
	assert_int_equal(status, 0);
	read_file(w->cert[i], cert);
	read_file(w->key[i], key);
}

static void start_server(struct world *w)
{
	char command[512], line[256];
	int ends[2];
	FILE *in;

	assert_int_equal(pipe(ends), 0);
	(void)snprintf(command, sizeof(command),
		       "cd %s && exec node $OLDPWD/" SERVER
		       " localhost.pem localhost.key ann.pem bob.pem",
		       w->dir);
	w->server = tls_server_spawn(command, ends[1]);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	assert_non_null(in);
	w->port = 0;
	while (!w->port && fgets(line, sizeof(line), in))
		(void)sscanf(line, "ACCEPT 127.0.0.1:%u", &w->port);
	assert_true(w->port > 0);
	(void)fclose(in);
}

static void new_client(struct world *w)
{
	struct http_client_config cfg = { .allow_hosts = w->allow };
	char ca[128];

	path_of(w, HOST, "pem", ca);
	cfg.ca_file = ca;
	(void)snprintf(w->allow, sizeof(w->allow), "localhost:%u", w->port);
	assert_int_equal(http_client_new(&w->client, w->loop, &cfg, NULL), 0);
}

static bool can_run(void)
{
	if (access(OPENSSL, X_OK) == 0 &&
	    system("node --version >/dev/null") == 0)
		return true;
	print_message("skipped: openssl or node is not installed\n");
	return false;
}

static int setup(void **state)
{
	struct world *w;

	*state = NULL;
	if (!can_run())
		return 0;
	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/hrisd-mtls-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	for (int i = 0; i < PAIRS; i++)
		make_pair(w, i);
	start_server(w);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	new_client(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char path[128];

	if (!w)
		return 0;
	http_client_free(&w->client);
	loop_free(&w->loop);
	(void)kill(w->server, SIGKILL);
	(void)waitpid(w->server, NULL, 0);
	for (int i = 0; i < PAIRS; i++) {
		path_of(w, i, "pem", path);
		(void)unlink(path);
		path_of(w, i, "key", path);
		(void)unlink(path);
	}
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
	(void)snprintf(w->body, sizeof(w->body), "%.*s", STR_ARG(a->body));
}

static int start(struct world *w, const char *path, const char *cert,
		 const char *key, http_chunk_fn *chunk)
{
	struct http_call_spec spec = { .method = "GET",
				       .certificate = str_of(cert),
				       .key = str_of(key),
				       .chunk = chunk,
				       .max_body_bytes = 2 * LARGE_BODY };
	char url[100];

	(void)snprintf(url, sizeof(url), "https://localhost:%u%s", w->port,
		       path);
	spec.url = url;
	w->ends = 0;
	w->err = (struct err){ 0 };
	return http_client_start(w->client, &spec, answer_cb, w, &w->call,
				 &w->err);
}

static void until_it_ends(struct world *w)
{
	int64_t end = clock_mono_ms() + WAIT_MS;

	while (!w->ends) {
		assert_true(clock_mono_ms() < end);
		loop_turn(w->loop, 50);
	}
}

static void get(struct world *w, const char *cert, const char *key)
{
	assert_int_equal(start(w, "/", cert, key, NULL), 0);
	until_it_ends(w);
}

static void test_http_identity_is_shown_and_never_shared(void **state)
{
	struct world *w = *state;

	if (!w)
		skip();
	get(w, w->cert[ANN], w->key[ANN]);
	assert_string_equal(w->body, "1 ann");
	get(w, w->cert[ANN], w->key[ANN]); /* the connection is kept */
	assert_string_equal(w->body, "1 ann");
	get(w, w->cert[BOB], w->key[BOB]); /* … but not for another */
	assert_string_equal(w->body, "2 bob");
	get(w, w->cert[ANN], w->key[ANN]);
	assert_string_equal(w->body, "1 ann");
	get(w, NULL, NULL); /* nor for nobody, who is not let in */
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_TEMP);
}

static void test_http_identity_needs_the_key(void **state)
{
	struct world *w = *state;

	if (!w)
		skip();
	get(w, w->cert[ANN], w->key[ANN]);
	assert_string_equal(w->body, "1 ann");
	/* Certificates are public: without her key nobody is Ann. */
	get(w, w->cert[ANN], w->key[BOB]);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->err.kind, ERR_CONFIG);
	get(w, "nonsense", w->key[ANN]);
	assert_int_equal(w->err.kind, ERR_CONFIG);
	get(w, w->cert[LOCKED], w->key[LOCKED]); /* asks nobody for it */
	assert_int_equal(w->err.kind, ERR_CONFIG);

	assert_int_equal(start(w, "/", w->cert[ANN], NULL, NULL), -1);
	assert_int_equal(w->err.kind, ERR_CONFIG);
	assert_int_equal(start(w, "/", NULL, w->key[ANN], NULL), -1);
	assert_int_equal(w->err.kind, ERR_CONFIG);
}

static enum http_flow pause_cb(struct str bytes, void *arg)
{
	struct world *w = arg;

	for (size_t i = 0; i < bytes.len; i++)
		assert_int_equal(bytes.ptr[i],
				 '0' + (char)((w->streamed + i) % 10));
	w->streamed += bytes.len;
	w->chunks++;
	return HTTP_PAUSE;
}

/* TLS holds back bytes of its own, of which no descriptor tells. */
static void test_http_identity_streams_with_pauses(void **state)
{
	struct world *w = *state;
	int64_t end = clock_mono_ms() + WAIT_MS;
	size_t seen = 0;

	if (!w)
		skip();
	assert_int_equal(
		start(w, "/large", w->cert[ANN], w->key[ANN], pause_cb), 0);
	while (!w->ends) {
		assert_true(clock_mono_ms() < end);
		loop_turn(w->loop, 50);
		if (w->chunks > seen && !w->ends)
			http_call_resume(w->call);
		seen = w->chunks;
	}
	assert_int_equal(w->status, 200);
	assert_int_equal(w->streamed, LARGE_BODY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_identity_is_shown_and_never_shared),
		TEST(test_http_identity_needs_the_key),
		TEST(test_http_identity_streams_with_pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

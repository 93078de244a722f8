/*
 * A name that leads inside after it was looked at: the HTTP client against a
 * resolver and a network of the test's own. Both stand in this program, where
 * libcurl finds them before the system's: what is public leads to OpenSSL's
 * server on this machine, and what is not is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOST	"rebind.example"
#define PUBLIC	"93.184.215.14"
#define DEAD	"93.184.215.15" /* public, and nobody answers */
#define INSIDE	"127.0.0.1"
#define CLOUD	"169.254.169.254"
#define ANSWERS 3

/* ------------------------------------------------ a resolver and a network */

static const char *const *answer; /* of the name now: NULL after the last */
static atomic_int asked;
static atomic_int inside; /* connections to what is not public */
static unsigned server_port;

static struct addrinfo *address_new(const char *text)
{
	struct sockaddr_in *in = calloc(1, sizeof(*in));
	struct addrinfo *a = calloc(1, sizeof(*a));

	if (!in || !a)
		abort();
	in->sin_family = AF_INET;
	in->sin_port = htons(443);
	if (inet_pton(AF_INET, text, &in->sin_addr) != 1)
		abort();
	*a = (struct addrinfo){ .ai_family = AF_INET,
				.ai_socktype = SOCK_STREAM,
				.ai_addrlen = sizeof(*in),
				.ai_addr = (struct sockaddr *)in };
	return a;
}

int getaddrinfo(const char *name, const char *service,
		const struct addrinfo *hints, struct addrinfo **out)
{
	struct addrinfo **last = out;

	(void)service;
	(void)hints;
	if (strcmp(name, HOST) != 0)
		return EAI_NONAME;
	asked++;
	for (size_t i = 0; i < ANSWERS && answer[i]; i++) {
		*last = address_new(answer[i]);
		last = &(*last)->ai_next;
	}
	return 0;
}

void freeaddrinfo(struct addrinfo *a)
{
	struct addrinfo *next;

	for (; a; a = next) {
		next = a->ai_next;
		free(a->ai_addr);
		free(a);
	}
}

/*
 * Nothing leaves this machine. glibc declares the address as a union of
 * pointers, which ISO C cannot define: so it is the name in the object alone.
 */
int connect_here(int fd, const struct sockaddr *to,
		 socklen_t len) __asm__("connect");

int connect_here(int fd, const struct sockaddr *to, socklen_t len)
{
	struct sockaddr_in in = { 0 };
	char text[INET_ADDRSTRLEN] = "";

	if (to->sa_family != AF_INET)
		return (int)syscall(SYS_connect, fd, to, len);
	memcpy(&in, to, sizeof(in));
	(void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	if (strcmp(text, PUBLIC) == 0) {
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in.sin_port = htons((uint16_t)server_port);
		return (int)syscall(SYS_connect, fd, &in, sizeof(in));
	}
	if (strcmp(text, DEAD) != 0)
		inside++;
	errno = ECONNREFUSED;
	return -1;
}

/* ---------------------------------------------------------------- the test */

static int setup(void **state)
{
	struct tls_world *w;

	assert_int_equal(tls_world_setup(state), 0);
	w = *state;
	if (!w)
		return 0;
	tls_server_certify(&w->server, HOST);
	tls_server_start(&w->server, "-tls1_3");
	server_port = w->server.port;
	asked = 0;
	inside = 0;
	return 0;
}

static void get(struct tls_world *w, const char *const *addresses)
{
	const struct http_client_config cfg = { .ca_file = w->server.cert };
	int before = asked;

	answer = addresses;
	tls_world_get(w, &cfg, "https://" HOST "/");
	assert_int_equal(asked, before + 1);
}

static void test_http_rebind_public_then_inside_is_refused(void **state)
{
	static const char *const first[ANSWERS] = { PUBLIC };
	static const char *const then[][ANSWERS] = { { INSIDE }, { CLOUD } };
	struct tls_world *w = *state;

	if (!w)
		skip();
	get(w, first);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(w->status, 200);
	for (size_t i = 0; i < sizeof(then) / sizeof(then[0]); i++) {
		get(w, then[i]);
		assert_int_equal(w->status, 0);
		assert_int_equal(w->err.kind, ERR_FORBIDDEN);
	}
	assert_int_equal(inside, 0);
}

static void test_http_rebind_both_in_one_answer(void **state)
{
	static const char *const after_dead[ANSWERS] = { DEAD, INSIDE, CLOUD };
	static const char *const before[ANSWERS] = { INSIDE, CLOUD, PUBLIC };
	struct tls_world *w = *state;

	if (!w)
		skip();
	get(w, after_dead);
	assert_int_equal(w->status, 0);
	get(w, before); /* to the public one, or nowhere */
	assert_true(w->status == 200 || w->err.kind == ERR_FORBIDDEN);
	assert_int_equal(inside, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_http_rebind_public_then_inside_is_refused, setup,
			tls_world_teardown),
		cmocka_unit_test_setup_teardown(
			test_http_rebind_both_in_one_answer, setup,
			tls_world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

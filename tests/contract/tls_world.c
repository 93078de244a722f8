#include "tls_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#include <stdlib.h>

enum { WAIT_MS = 10000 };

int tls_world_setup(void **state)
{
	struct tls_world *w;

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

int tls_world_teardown(void **state)
{
	struct tls_world *w = *state;

	if (!w)
		return 0;
	tls_server_release(&w->server);
	loop_free(&w->loop);
	free(w);
	return 0;
}

static void answer_cb(const struct http_answer *a, void *arg)
{
	struct tls_world *w = arg;

	w->ends++;
	w->status = a->status;
	w->err = a->err;
}

void tls_world_get(struct tls_world *w, const struct http_client_config *cfg,
		   const char *url)
{
	struct http_call_spec spec = { .method = "GET", .url = url };
	int64_t end = clock_mono_ms() + WAIT_MS;
	struct http_client *client = NULL;

	w->ends = 0;
	assert_int_equal(http_client_new(&client, w->loop, cfg, NULL), 0);
	assert_int_equal(
		http_client_start(client, &spec, answer_cb, w, NULL, &w->err),
		0);
	while (!w->ends) {
		assert_true(clock_mono_ms() < end);
		loop_turn(w->loop, 50);
	}
	http_client_free(&client);
}

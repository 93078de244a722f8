/* hrisd health: for container probes, which have no curl. */
#include "commands.h"

#include "base/buf.h"
#include "http/client.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PROBE_MS 3000

struct probe {
	int status; /* 0: no answer */
	bool ended;
};

static void answer_cb(const struct http_answer *a, void *arg)
{
	struct probe *p = arg;

	p->status = a->status;
	p->ended = true;
}

/* A listener on all addresses is asked on loopback. */
static void ops_host(const char *listen, struct buf *out)
{
	const char *port = strrchr(listen, ':');
	bool any = !strncmp(listen, "0.0.0.0:", 8) ||
		   !strncmp(listen, "[::]:", 5) || port == listen;

	buf_addf(out, "%s", any && port ? "127.0.0.1" : listen);
	if (any && port)
		buf_add_z(out, port);
}

static int ask(const char *host, const char *path, struct probe *p,
	       struct err *err)
{
	struct http_client_config cfg = { .allow_hosts = host,
					  .connect_ms = PROBE_MS,
					  .total_ms = PROBE_MS };
	struct http_client *client = NULL;
	struct http_call *call;
	struct loop *loop = NULL;
	struct buf url;
	int result = -1;

	buf_init(&url, 512);
	buf_addf(&url, "http://%s%s", host, path);
	if (loop_new(&loop, err) == 0 &&
	    http_client_new(&client, loop, &cfg, err) == 0) {
		struct http_call_spec spec = { .method = "GET",
					       .url = buf_z(&url) };

		result = http_client_start(client, &spec, answer_cb, p, &call,
					   err);
		while (result == 0 && !p->ended)
			loop_turn(loop, PROBE_MS);
	}
	http_client_free(&client);
	loop_free(&loop);
	buf_release(&url);
	return result;
}

int command_health(struct settings *s, int argc, char **argv, struct err *err)
{
	bool ready = take_switch(&argc, argv, "--ready");
	const char *path = ready ? "/readyz" : "/healthz";
	struct probe probe = { 0 };
	struct buf host;
	int result;

	if (settings_take_flags(s, &argc, argv, err) < 0)
		return -1;
	buf_init(&host, 256);
	ops_host(s->ops_listen, &host);
	result = ask(buf_z(&host), path, &probe, err);
	if (result == 0 && probe.status != 200)
		result = err_set(err, ERR_TEMP, "http://%s%s answers %d",
				 buf_z(&host), path, probe.status);
	buf_release(&host);
	return result;
}

/* Sockets, database and Redis around the API. */
#include "console/console.h"

#include "api.h"
#include "ask.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "db/migrate.h"
#include "gate.h"
#include "publish.h"
#include "queue/configure.h"
#include "registry/spool.h"
#include "renewal.h"

#include <signal.h>

#define GAUGES_EVERY_MS 1000
#define UPLOAD_MS	600000 /* for a whole file to come in */
#define DB_WAIT_MS	1000   /* for the provisioner to end a batch */

struct console {
	struct api api;
	struct loop *loop;
	struct http_server *server;
	struct manifest_set *manifests;
	struct db *db;
	bool stopping;
	struct loop_timer gauges;
	struct loop_signal on_term, on_int, on_hup;
};

static void queue_changed(struct queue *q, void *arg)
{
	(void)arg;
	metrics_set(METRIC_REDIS_READY, queue_is_ready(q));
	metrics_set(METRIC_REDIS_DURABILITY, queue_durability(q));
	if (queue_is_ready(q))
		log_info("redis is ready");
	else
		log_warn("redis is not ready: changes are published later",
			 log_str("why", queue_trouble(q)));
}

static void gauges_cb(void *arg)
{
	struct console *co = arg;

	metrics_set(METRIC_HTTP_CONNECTIONS,
		    (int64_t)http_server_connections(co->server));
	loop_timer_set(&co->gauges, GAUGES_EVERY_MS);
}

static void drained_cb(void *arg)
{
	struct console *co = arg;

	loop_stop(co->loop);
}

static void stop_cb(int signo, void *arg)
{
	struct console *co = arg;

	if (co->stopping)
		return;
	co->stopping = true;
	log_info("draining", log_int("signal", signo));
	http_server_drain(co->server, (int64_t)co->api.settings->drain_ms,
			  drained_cb, co);
}

/* All or nothing: with a bad manifest the old ones stay in force. */
static void reload_cb(int signo, void *arg)
{
	struct console *co = arg;
	struct manifest_set *set;
	struct err err = { 0 };

	(void)signo;
	if (manifest_set_load(&set, co->api.settings->providers, &err) < 0) {
		log_error("providers not reloaded: the old ones stay",
			  log_str("why", err.text));
		return;
	}
	manifest_set_unref(&co->manifests);
	co->manifests = set;
	co->api.registry.manifests = set;
	log_info("providers reloaded");
}

static int open_db(struct console *co, struct err *err)
{
	if (db_open(&co->db, co->api.settings->store, DB_READ_WRITE, err) < 0 ||
	    db_check_schema(co->db, err) < 0)
		return -1;
	db_set_wait_ms(co->db, DB_WAIT_MS);
	metrics_set(METRIC_STORE_READY, 1);
	co->api.registry.db = co->db;
	return directory_open(&co->api.directory, co->db, err);
}

static int open_queue(struct console *co, struct err *err)
{
	struct queue_config cfg;

	if (queue_configure(&cfg, co->api.settings, err) < 0)
		return -1;
	cfg.changed = queue_changed;
	cfg.arg = co;
	if (queue_new(&co->api.queue, co->loop, &cfg, err) < 0)
		return -1;
	co->api.publisher =
		route_publisher_new(co->loop, co->api.queue, co->db);
	return 0;
}

static int open_server(struct console *co, struct err *err)
{
	const struct settings *s = co->api.settings;
	struct http_server_config cfg = {
		.listen = s->console_listen,
		.limits = {
			.connections = s->max_connections,
			.body_bytes = API_BODY_MAX,
			.header_ms = (int64_t)s->header_ms,
			.body_ms = (int64_t)s->body_ms,
			.stream_ms = UPLOAD_MS,
			.reply_ms = (int64_t)s->reply_ms,
			.idle_ms = (int64_t)s->idle_ms,
		},
		.handlers = {
			.headers = api_headers_cb,
			.request = api_request_cb,
			.arg = &co->api,
		},
	};

	co->api.loopback = listens_on_loopback(s->console_listen);
	if (http_server_new(&co->server, co->loop, &cfg, err) < 0)
		return err_prefix(err, "console-listen %s", s->console_listen);
	return 0;
}

static int check_keys(const struct keyring *keys, struct err *err)
{
	if (keys->has_public[SEAL_WEBHOOK] && keys->has_public[SEAL_API])
		return 0;
	return err_set(
		err, ERR_CONFIG,
		"the console needs both public keys to seal credentials: "
		"webhook.public and api.public in the key file");
}

static int start(struct console *co, const struct keyring *keys,
		 struct err *err)
{
	const struct settings *s = co->api.settings;

	if (check_keys(keys, err) < 0 ||
	    manifest_set_load(&co->manifests, s->providers, err) < 0)
		return -1;
	co->api.registry.keys = keys;
	co->api.registry.manifests = co->manifests;
	co->api.registry.shards = (unsigned)s->shards;
	if (loop_new(&co->loop, err) < 0)
		return -1;
	co->api.loop = co->loop;
	ask_init(&co->api);
	renewal_init(&co->api);
	loop_timer_init(&co->gauges, co->loop, gauges_cb, co);
	loop_signal_init(&co->on_term, co->loop, SIGTERM, stop_cb, co);
	loop_signal_init(&co->on_int, co->loop, SIGINT, stop_cb, co);
	loop_signal_init(&co->on_hup, co->loop, SIGHUP, reload_cb, co);
	if (open_db(co, err) < 0 || open_queue(co, err) < 0 ||
	    open_server(co, err) < 0)
		return -1;
	gauges_cb(co);
	spool_sweep(s->spool, clock_wall_ms());
	return 0;
}

static void finish(struct console *co)
{
	if (co->loop) {
		/* First what calls back, then what it would answer to. */
		route_publisher_free(&co->api.publisher);
		queue_free(&co->api.queue);
		publish_release(&co->api);
		ask_release(&co->api);
		renewal_release(&co->api);
		http_server_free(&co->server);
		loop_timer_release(&co->gauges);
		loop_signal_release(&co->on_term);
		loop_signal_release(&co->on_int);
		loop_signal_release(&co->on_hup);
		loop_free(&co->loop);
	}
	directory_close(&co->api.directory);
	db_close(&co->db);
	manifest_set_unref(&co->manifests);
	arena_release(&co->api.arena);
}

int console_run(const struct settings *s, const struct keyring *keys,
		struct err *err)
{
	struct console co = { .api = { .settings = s } };
	int result;

	(void)signal(SIGPIPE, SIG_IGN);
	arena_init(&co.api.arena, API_ARENA_MAX);
	LIST_INIT(&co.api.waiting);
	result = start(&co, keys, err);
	if (result == 0)
		loop_run(co.loop);
	finish(&co);
	return result;
}

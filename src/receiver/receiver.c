/* Sockets and Redis around the decisions of delivery.c. */
#include "receiver/receiver.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "delivery.h"
#include "http/server.h"
#include "loop/loop.h"
#include "queue/configure.h"
#include "reply.h"

#include <signal.h>
#include <stdlib.h>

#define PATH_PREFIX "/webhooks/"

/* One delivery's memory: a body of the largest size, parsed, many times. */
#define ARENA_MAX (64u << 20)
#define TEXT_MAX  (16u << 20)
#define KEEP_TEXT (256u << 10) /* give back what an unusual one took */

#define GAUGES_EVERY_MS 1000

struct receiver {
	const struct settings *settings;
	struct loop *loop;
	struct queue *queue;
	struct route_table *table;
	struct http_server *server;
	struct live_routes routes;
	struct arena arena;
	struct buf text;
	bool loaded;
	bool stopping;
	struct pending *spare; /* free list */
	struct loop_timer gauges;
	struct loop_signal on_term, on_int, on_hup;
};

/* A request that waits for Redis. */
struct pending {
	struct receiver *rx;
	struct http_request *req;
	struct delivery delivery;
	bool asked;
	struct pending *next; /* when spare */
};

static struct pending *take_pending(struct receiver *rx,
				    struct http_request *req)
{
	struct pending *p = rx->spare;

	if (p)
		rx->spare = p->next;
	else
		p = mem_new(sizeof(*p));
	p->rx = rx;
	p->req = req;
	p->asked = false;
	return p;
}

static void give_back(struct pending *p)
{
	p->next = p->rx->spare;
	p->rx->spare = p;
}

static void send_verdict(struct pending *p)
{
	reply_verdict(p->req, &p->delivery.verdict);
	give_back(p);
}

static struct str header_of(const void *headers, const char *name)
{
	return http_request_header(headers, name);
}

static struct str method_name(enum http_method m)
{
	return m == HTTP_POST  ? STR("POST")
	       : m == HTTP_GET ? STR("GET")
			       : STR("OTHER");
}

/* "/webhooks/ID" exactly; empty when it is anything else. */
static struct str connection_of(struct str path)
{
	struct str prefix = STR(PATH_PREFIX);

	if (!str_starts(path, prefix))
		return (struct str){ 0 };
	path.ptr += prefix.len;
	path.len -= prefix.len;
	return path;
}

static void decide(struct pending *p);

static void queued_cb(enum queue_accepted how, const struct err *err, void *arg)
{
	struct pending *p = arg;

	delivery_queued(&p->delivery, how, err);
	send_verdict(p);
}

static void asked_cb(const struct err *err, void *arg)
{
	struct pending *p = arg;

	if (err->kind == ERR_NONE) {
		decide(p);
		return;
	}
	delivery_queued(&p->delivery, QUEUE_NEW, err);
	send_verdict(p);
}

static void hand_over(struct pending *p)
{
	struct receiver *rx = p->rx;
	struct err err = { 0 };

	if (queue_accept(rx->queue, &p->delivery.accept, queued_cb, p, &err) ==
	    0)
		return;
	delivery_queued(&p->delivery, QUEUE_NEW, &err);
	send_verdict(p);
}

static void ask(struct pending *p, struct str connection)
{
	struct err err = { 0 };

	p->asked = true;
	if (route_table_ask(p->rx->table, connection, asked_cb, p, &err) == 0)
		return;
	delivery_queued(&p->delivery, QUEUE_NEW, &err);
	send_verdict(p);
}

static void decide(struct pending *p)
{
	struct receiver *rx = p->rx;
	struct str connection = connection_of(http_request_path(p->req));
	struct delivery_work work = {
		.routes = &rx->routes,
		.arena = &rx->arena,
		.text = &rx->text,
		.mono_ms = clock_mono_ms(),
		.asked = p->asked,
	};
	struct webhook wh = {
		.method = method_name(http_request_method(p->req)),
		.url = http_request_target(p->req),
		.query = http_request_query(p->req),
		.body = http_request_body(p->req),
		.header = header_of,
		.headers = p->req,
		.now_ms = clock_wall_ms(),
	};

	switch (delivery_decide(&p->delivery, &work, connection, &wh)) {
	case DECISION_ANSWER:
		send_verdict(p);
		break;
	case DECISION_QUEUE:
		hand_over(p);
		break;
	case DECISION_ASK:
		ask(p, connection);
		break;
	}
	if (rx->text.cap > KEEP_TEXT)
		buf_release(&rx->text);
}

static void request_cb(struct http_request *req, void *arg)
{
	decide(take_pending(arg, req));
}

static bool has_length(const struct http_request *req)
{
	return http_request_header(req, "Content-Length").ptr ||
	       http_request_header(req, "Transfer-Encoding").ptr;
}

/* What needs no body is refused before it is read. */
static int headers_cb(struct http_request *req, void *arg)
{
	struct str connection = connection_of(http_request_path(req));

	(void)arg;
	if (connection.len != RANDOM_ID_SIZE - 1) {
		metrics_add(METRIC_WEBHOOKS_REFUSED_UNKNOWN, 1);
		return 404;
	}
	if (http_request_method(req) == HTTP_POST && !has_length(req)) {
		metrics_add(METRIC_WEBHOOKS_REFUSED_MALFORMED, 1);
		return 411;
	}
	return 0;
}

static void route_changed(const struct route *r, void *arg)
{
	struct receiver *rx = arg;

	live_put(&rx->routes, r, clock_wall_ms());
}

/* Ready is who can store and knows for whom. */
static void note_ready(const struct receiver *rx)
{
	metrics_set(METRIC_REDIS_READY,
		    queue_is_ready(rx->queue) && rx->loaded);
}

static void routes_loaded(void *arg)
{
	struct receiver *rx = arg;

	if (!rx->loaded)
		log_info("connections read",
			 log_int("count", (int64_t)live_count(&rx->routes)));
	rx->loaded = true;
	note_ready(rx);
}

static void queue_changed(struct queue *q, void *arg)
{
	note_ready(arg);
	metrics_set(METRIC_REDIS_DURABILITY, queue_durability(q));
	if (queue_is_ready(q))
		log_info("redis is ready",
			 log_str("durability",
				 queue_durability_name(queue_durability(q))));
	else
		log_warn("redis is not ready",
			 log_str("why", queue_trouble(q)));
}

static void gauges_cb(void *arg)
{
	struct receiver *rx = arg;

	metrics_set(METRIC_HTTP_CONNECTIONS,
		    (int64_t)http_server_connections(rx->server));
	loop_timer_set(&rx->gauges, GAUGES_EVERY_MS);
}

static void drained_cb(void *arg)
{
	struct receiver *rx = arg;

	loop_stop(rx->loop);
}

static void stop_cb(int signo, void *arg)
{
	struct receiver *rx = arg;

	if (rx->stopping)
		return;
	rx->stopping = true;
	log_info("draining", log_int("signal", signo));
	http_server_drain(rx->server, (int64_t)rx->settings->drain_ms,
			  drained_cb, rx);
}

/* All or nothing: with a bad manifest the old ones stay in force. */
static void reload_cb(int signo, void *arg)
{
	struct receiver *rx = arg;
	struct manifest_set *set;
	struct err err = { 0 };

	(void)signo;
	if (manifest_set_load(&set, rx->settings->providers, &err) < 0) {
		log_error("providers not reloaded: the old ones stay",
			  log_str("why", err.text));
		return;
	}
	live_reload(&rx->routes, set, clock_wall_ms());
	log_info("providers reloaded");
}

static int open_queue(struct receiver *rx, struct err *err)
{
	struct route_table_ops ops = { .changed = route_changed,
				       .loaded = routes_loaded,
				       .arg = rx };
	struct queue_config cfg;

	if (queue_configure(&cfg, rx->settings, err) < 0)
		return -1;
	cfg.changed = queue_changed;
	cfg.arg = rx;
	if (queue_new(&rx->queue, rx->loop, &cfg, err) < 0)
		return -1;
	rx->table = route_table_new(rx->loop, rx->queue, &ops);
	return 0;
}

static int open_server(struct receiver *rx, struct err *err)
{
	const struct settings *s = rx->settings;
	struct http_server_config cfg = {
		.listen = s->receiver_listen,
		.reuse_port = true,
		.limits = {
			.connections = s->max_connections,
			.body_bytes = s->max_body,
			.header_ms = (int64_t)s->header_ms,
			.body_ms = (int64_t)s->body_ms,
			.reply_ms = (int64_t)s->reply_ms,
			.idle_ms = (int64_t)s->idle_ms,
		},
		.handlers = {
			.headers = headers_cb,
			.request = request_cb,
			.arg = rx,
		},
	};

	if (http_server_new(&rx->server, rx->loop, &cfg, err) < 0)
		return err_prefix(err, "receiver-listen %s",
				  s->receiver_listen);
	return 0;
}

static int start(struct receiver *rx, const struct keyring *keys,
		 struct err *err)
{
	struct manifest_set *manifests;

	if (manifest_set_load(&manifests, rx->settings->providers, err) < 0)
		return -1;
	live_init(&rx->routes, keys, manifests);
	rx->routes.rate = bucket_rate(rx->settings->webhook_rate,
				      rx->settings->webhook_burst);
	if (loop_new(&rx->loop, err) < 0)
		return -1;
	loop_timer_init(&rx->gauges, rx->loop, gauges_cb, rx);
	loop_signal_init(&rx->on_term, rx->loop, SIGTERM, stop_cb, rx);
	loop_signal_init(&rx->on_int, rx->loop, SIGINT, stop_cb, rx);
	loop_signal_init(&rx->on_hup, rx->loop, SIGHUP, reload_cb, rx);
	if (open_queue(rx, err) < 0 || open_server(rx, err) < 0)
		return -1;
	gauges_cb(rx);
	return 0;
}

static void free_spare(struct receiver *rx)
{
	struct pending *p;

	while ((p = rx->spare)) {
		rx->spare = p->next;
		free(p);
	}
}

static void finish(struct receiver *rx)
{
	if (rx->loop) {
		/* The queue first: its callbacks answer requests. */
		route_table_free(&rx->table);
		queue_free(&rx->queue);
		http_server_free(&rx->server);
		loop_timer_release(&rx->gauges);
		loop_signal_release(&rx->on_term);
		loop_signal_release(&rx->on_int);
		loop_signal_release(&rx->on_hup);
		loop_free(&rx->loop);
	}
	live_release(&rx->routes);
	free_spare(rx);
	buf_release(&rx->text);
	arena_release(&rx->arena);
}

int receiver_run(const struct settings *s, const struct keyring *keys,
		 struct err *err)
{
	struct receiver rx = { .settings = s };
	int result;

	(void)signal(SIGPIPE, SIG_IGN);
	arena_init(&rx.arena, ARENA_MAX);
	buf_init(&rx.text, TEXT_MAX);
	result = start(&rx, keys, err);
	if (result == 0)
		loop_run(rx.loop);
	finish(&rx);
	return result;
}

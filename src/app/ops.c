/* Reads the shared counters only: a probe never waits for Redis. */
#include "ops.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "http/problem.h"
#include "http/router.h"
#include "http/server.h"
#include "json/write.h"

#include <stdlib.h>

#define TEXT_MAX 65536 /* bytes of any answer */
#define METRICS_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

struct ops {
	const struct settings *settings;
	unsigned set;
	bool stopping;
	struct http_server *server;
};

typedef void ops_handler_fn(struct ops *ops, struct http_request *req);

struct target {
	ops_handler_fn *handle;
};

static void reply_text(struct http_request *req, int status, const char *type,
		       struct buf *body)
{
	struct http_header headers[] = {
		{ "Content-Type", type },
		{ "Cache-Control", "no-store" },
	};
	struct http_reply reply = {
		.status = status,
		.headers = headers,
		.header_count = 2,
		.body = buf_str(body),
	};

	http_reply(req, &reply);
	buf_release(body);
}

static void healthz(struct ops *ops, struct http_request *req)
{
	struct buf body;

	(void)ops;
	buf_init(&body, TEXT_MAX);
	buf_add_z(&body, "{\"status\":\"alive\"}\n");
	reply_text(req, 200, "application/json", &body);
}

static void metrics(struct ops *ops, struct http_request *req)
{
	struct buf body;

	(void)ops;
	buf_init(&body, TEXT_MAX);
	metrics_write(&body);
	reply_text(req, 200, METRICS_TYPE, &body);
}

struct check {
	struct json_writer *w;
	bool all_ok;
};

static void add_check(struct check *c, const char *name, bool ok,
		      const char *detail, int64_t number)
{
	json_open_object(c->w, NULL);
	json_add_z(c->w, "name", name);
	json_add_bool(c->w, "ok", ok);
	if (detail)
		json_add_int(c->w, detail, number);
	json_close(c->w);
	c->all_ok = c->all_ok && ok;
}

/* Every live process of the role says yes, and there is at least one. */
static bool all_say(enum metric m, const struct role *r)
{
	return metrics_least(m, r->name) > 0;
}

static void check_dependency(struct check *c, struct ops *ops, const char *name,
			     enum metric m, bool store)
{
	bool ok = true;

	for (size_t i = 0; i < role_count; i++)
		if (ops->set & 1u << i && (!store || roles[i].uses_store))
			ok = ok && all_say(m, &roles[i]);
	add_check(c, name, ok, NULL, 0);
}

static void check_roles(struct check *c, struct ops *ops)
{
	for (size_t i = 0; i < role_count; i++) {
		int64_t live;

		if (!(ops->set & 1u << i))
			continue;
		live = metrics_live(roles[i].name);
		add_check(c, roles[i].name,
			  live >= (int64_t)roles[i].count(ops->settings),
			  "processes", live);
	}
}

static void check_lag(struct check *c, struct ops *ops)
{
	int64_t oldest = metrics_most(METRIC_QUEUE_OLDEST_MS, "provisioner");

	add_check(c, "lag", oldest <= (int64_t)ops->settings->lag_warn_ms,
		  "oldest_ms", oldest);
}

static void readyz(struct ops *ops, struct http_request *req)
{
	struct json_writer w;
	struct check c = { .w = &w, .all_ok = !ops->stopping };
	struct buf body;

	buf_init(&body, TEXT_MAX);
	json_writer_init(&w, &body);
	json_open_object(&w, NULL);
	json_open_array(&w, "checks");
	check_roles(&c, ops);
	check_dependency(&c, ops, "redis", METRIC_REDIS_READY, false);
	check_dependency(&c, ops, "store", METRIC_STORE_READY, true);
	check_lag(&c, ops);
	json_close(&w);
	json_add_z(&w, "status",
		   ops->stopping ? "stopping"
		   : c.all_ok	 ? "ready"
				 : "waiting");
	json_close(&w);
	buf_add_char(&body, '\n');
	reply_text(req, c.all_ok ? 200 : 503, "application/json", &body);
}

static const struct target healthz_target = { healthz };
static const struct target readyz_target = { readyz };
static const struct target metrics_target = { metrics };

static const struct http_route routes[] = {
	{ HTTP_GET, "/healthz", &healthz_target },
	{ HTTP_GET, "/readyz", &readyz_target },
	{ HTTP_GET, "/metrics", &metrics_target },
	{ HTTP_GET, NULL, NULL },
};

static void request_cb(struct http_request *req, void *arg)
{
	struct http_match match;
	int status = http_route_find(routes, http_request_method(req),
				     http_request_path(req), &match);

	if (status) {
		http_reply_problem(req, status, NULL);
		return;
	}
	((const struct target *)match.route->target)->handle(arg, req);
}

int ops_new(struct ops **out, struct loop *loop, const struct settings *s,
	    unsigned set, struct err *err)
{
	struct ops *ops = mem_new(sizeof(*ops));
	struct http_server_config cfg = {
		.listen = s->ops_listen,
		.limits = { .connections = 64, .body_bytes = 1024 },
		.handlers = { .request = request_cb, .arg = ops },
	};

	ops->settings = s;
	ops->set = set;
	if (http_server_new(&ops->server, loop, &cfg, err) < 0) {
		free(ops);
		return err_prefix(err, "ops-listen %s", s->ops_listen);
	}
	*out = ops;
	return 0;
}

void ops_free(struct ops **ops)
{
	if (!*ops)
		return;
	http_server_free(&(*ops)->server);
	free(*ops);
	*ops = NULL;
}

void ops_stopping(struct ops *ops)
{
	ops->stopping = true;
}

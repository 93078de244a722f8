/* The admin API: what its calls share. */
#ifndef CONSOLE_API_H
#define CONSOLE_API_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "directory/directory.h"
#include "http/router.h"
#include "http/server.h"
#include "loop/loop.h"
#include "queue/queue.h"
#include "registry/registry.h"
#include "registry/routing.h"
#include "throttle.h"

#include <sys/queue.h>

#define API_PREFIX	 "/api/v1"
#define API_ARENA_MAX	 (32u << 20) /* of one call */
#define API_ANSWER_MAX	 (8u << 20)
#define API_BODY_MAX	 (256u << 10) /* of a request */
#define API_PAGE_DEFAULT 50
#define API_PAGE_MAX	 200

struct api {
	const struct settings *settings;
	struct loop *loop;
	struct registry registry;
	struct directory *directory;
	struct queue *queue;
	struct route_publisher *publisher;
	struct throttle throttle;     /* of failed authentication */
	struct arena arena;	      /* of the call under way; cleared after */
	LIST_HEAD(, waiting) waiting; /* publish.c: calls that wait for Redis */
	size_t waiting_count;
	LIST_HEAD(, asking) asking; /* ask.c: calls that wait for a fetcher */
	size_t asking_count;
	struct loop_timer ask_poll;
	size_t uploads; /* under way */
	struct loop_timer renewal;
	bool loopback; /* only loopback names in Host */
};

/* One request while its handler runs. */
struct call {
	struct api *api;
	struct http_request *req;
	struct http_match match;
	struct registry_caller caller;
};

/* The first {name} of the path. */
static inline struct str call_id(const struct call *c)
{
	return c->match.params[0];
}

/* The connection that the path names, or c->req is answered: false. */
bool call_connection(struct call *c, struct connection *conn);

/* Answers c->req, now or later. What c points to ends with the call. */
typedef void handler_fn(struct call *c);

struct endpoint {
	handler_fn *run;
	bool open; /* no token needed */
	/*
	 * When the headers are in, for a body that is streamed: as the headers
	 * handler of http/server.h, after the caller is known. run then gets
	 * what begin left with http_request_set_data, and no caller.
	 */
	int (*begin)(struct call *c);
};

/* Ends with a NULL pattern. Each is described in docs/api/openapi.json. */
extern const struct http_route api_routes[];

/* For http_handlers; arg is the api. */
int api_headers_cb(struct http_request *req, void *arg);
void api_request_cb(struct http_request *req, void *arg);

handler_fn api_get_openapi, api_list_providers;
handler_fn api_create_connection, api_list_connections, api_get_connection;
handler_fn api_update_connection, api_enable_connection, api_disable_connection;
handler_fn api_test_connection;
handler_fn api_authorize_connection, api_oauth_callback;
handler_fn api_sync_connection, api_upload;
handler_fn api_list_runs, api_get_run, api_stop_run, api_confirm_run;
handler_fn api_get_rules, api_put_rules;
handler_fn api_list_fields, api_get_mapping, api_put_mapping;
handler_fn api_register_webhook, api_unregister_webhook;
handler_fn api_delete_connection;

/* See struct endpoint. */
int api_begin_upload(struct call *c);
handler_fn api_list_members, api_get_member;

#endif

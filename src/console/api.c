/* From a request to its handler: host, route, token. */
#include "api.h"

#include "base/clock.h"
#include "base/log.h"
#include "gate.h"
#include "reply.h"

static const struct endpoint openapi = { .run = api_get_openapi, .open = true };
static const struct endpoint providers = { .run = api_list_providers };
static const struct endpoint connections = { .run = api_list_connections };
static const struct endpoint connection_new = { .run = api_create_connection };
static const struct endpoint connection = { .run = api_get_connection };
static const struct endpoint connection_change = {
	.run = api_update_connection
};
static const struct endpoint connection_on = { .run = api_enable_connection };
static const struct endpoint connection_off = { .run = api_disable_connection };
static const struct endpoint connection_test = { .run = api_test_connection };
static const struct endpoint connection_authorize = {
	.run = api_authorize_connection
};
static const struct endpoint oauth_callback = { .run = api_oauth_callback,
						.open = true };
static const struct endpoint members = { .run = api_list_members };
static const struct endpoint member = { .run = api_get_member };

#define AT(path) API_PREFIX path

const struct http_route api_routes[] = {
	{ HTTP_GET, AT("/openapi.json"), &openapi },
	{ HTTP_GET, AT("/providers"), &providers },
	{ HTTP_GET, AT("/connections"), &connections },
	{ HTTP_POST, AT("/connections"), &connection_new },
	{ HTTP_GET, AT("/connections/{id}"), &connection },
	{ HTTP_PATCH, AT("/connections/{id}"), &connection_change },
	{ HTTP_POST, AT("/connections/{id}/enable"), &connection_on },
	{ HTTP_POST, AT("/connections/{id}/disable"), &connection_off },
	{ HTTP_POST, AT("/connections/{id}/test"), &connection_test },
	{ HTTP_POST, AT("/connections/{id}/authorize"), &connection_authorize },
	{ HTTP_GET, OAUTH_CALLBACK, &oauth_callback },
	{ HTTP_GET, AT("/members"), &members },
	{ HTTP_GET, AT("/members/{id}"), &member },
	{ 0 },
};

static void refuse_host(struct http_request *req)
{
	reply_problem(req, 421,
		      "this console is for this machine only: call it as "
		      "localhost, or let the proxy before it send "
		      "Host: localhost",
		      NULL);
}

/*
 * A token that is good is never held up, whoever else shares its address (a
 * proxy): only the answer to bad ones changes. One line is logged per window.
 */
static bool is_throttled(struct call *c)
{
	struct str peer = http_request_peer(c->req);
	unsigned failures =
		throttle_failed(&c->api->throttle, peer, clock_mono_ms());

	if (failures == THROTTLE_FAILURES + 1)
		log_warn("too many bad tokens", log_bytes("peer", peer));
	return failures > THROTTLE_FAILURES;
}

static void refuse_bad_token(struct call *c)
{
	static const struct http_header how = {
		"WWW-Authenticate",
		"Bearer realm=\"hrisd\", error=\"invalid_token\"",
	};

	if (is_throttled(c))
		reply_problem(c->req, 429,
			      "too many calls with a token that is not valid",
			      NULL);
	else
		reply_problem(c->req, 401,
			      "the token is not valid; hrisd init makes one",
			      &how);
}

static void ask_for_token(struct call *c)
{
	static const struct http_header how = { "WWW-Authenticate",
						"Bearer realm=\"hrisd\"" };

	reply_problem(c->req, 401, "send Authorization: Bearer TOKEN", &how);
}

/* True when the caller is known; else the request has been answered. */
static bool authenticate(struct call *c)
{
	struct str header = http_request_header(c->req, "Authorization");
	struct err err = { 0 };
	struct str token;

	if (!bearer_token(header, &token)) {
		ask_for_token(c);
		return false;
	}
	if (registry_authenticate(c->api->registry.db, token, &c->caller,
				  &err) == 0)
		return true;
	if (err.kind == ERR_AUTH)
		refuse_bad_token(c);
	else
		reply_err(c->req, &err);
	return false;
}

static void route(struct call *c)
{
	const struct endpoint *e;
	int status;

	status = http_route_find(api_routes, http_request_method(c->req),
				 http_request_path(c->req), &c->match);
	if (status) {
		http_route_reply(c->req, api_routes, status);
		return;
	}
	e = c->match.route->target;
	if (e->open || authenticate(c))
		e->run(c);
}

void api_request_cb(struct http_request *req, void *arg)
{
	struct api *api = arg;
	struct call c = { .api = api, .req = req };

	if (api->loopback &&
	    !host_is_loopback(http_request_header(req, "Host")))
		refuse_host(req);
	else
		route(&c);
	arena_clear(&api->arena);
}

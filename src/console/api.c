/* From a request to its handler: host, route, token. */
#include "api.h"

#include "base/clock.h"
#include "base/log.h"
#include "gate.h"
#include "render.h"
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
static const struct endpoint connection_sync = { .run = api_sync_connection };
static const struct endpoint connection_upload = { .run = api_upload,
						   .begin = api_begin_upload };
static const struct endpoint connection_runs = { .run = api_list_runs };
static const struct endpoint one_run = { .run = api_get_run };
static const struct endpoint run_stop = { .run = api_stop_run };
static const struct endpoint run_confirm = { .run = api_confirm_run };
static const struct endpoint connection_delete = {
	.run = api_delete_connection
};
static const struct endpoint connection_fields = { .run = api_list_fields };
static const struct endpoint mapping_get = { .run = api_get_mapping };
static const struct endpoint mapping_put = { .run = api_put_mapping };
static const struct endpoint webhook_make = { .run = api_register_webhook };
static const struct endpoint webhook_drop = { .run = api_unregister_webhook };
static const struct endpoint rules_get = { .run = api_get_rules };
static const struct endpoint rules_put = { .run = api_put_rules };
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
	{ HTTP_DELETE, AT("/connections/{id}"), &connection_delete },
	{ HTTP_GET, AT("/connections/{id}/fields"), &connection_fields },
	{ HTTP_GET, AT("/connections/{id}/mapping"), &mapping_get },
	{ HTTP_PUT, AT("/connections/{id}/mapping"), &mapping_put },
	{ HTTP_POST, AT("/connections/{id}/webhook"), &webhook_make },
	{ HTTP_DELETE, AT("/connections/{id}/webhook"), &webhook_drop },
	{ HTTP_POST, AT("/connections/{id}/sync"), &connection_sync },
	{ HTTP_POST, AT("/connections/{id}/upload"), &connection_upload },
	{ HTTP_GET, AT("/connections/{id}/runs"), &connection_runs },
	{ HTTP_GET, AT("/runs/{id}"), &one_run },
	{ HTTP_POST, AT("/runs/{id}/stop"), &run_stop },
	{ HTTP_POST, AT("/runs/{id}/confirm"), &run_confirm },
	{ HTTP_GET, AT("/settings/hris"), &rules_get },
	{ HTTP_PUT, AT("/settings/hris"), &rules_put },
	{ HTTP_GET, AT("/members"), &members },
	{ HTTP_GET, AT("/members/{id}"), &member },
	{ 0 },
};

/* Why somebody is not let in. All of it is fixed text. */
struct refusal {
	int status; /* 0: none */
	const char *detail;
	const struct http_header *extra;
};

static struct refusal check_host(const struct api *api,
				 const struct http_request *req)
{
	static const struct refusal other = {
		421,
		"this console is for this machine only: call it as localhost, "
		"or let the proxy before it send Host: localhost",
		NULL,
	};

	if (api->loopback &&
	    !host_is_loopback(http_request_header(req, "Host")))
		return other;
	return (struct refusal){ 0 };
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

static struct refusal bad_token(struct call *c)
{
	static const struct http_header how = {
		"WWW-Authenticate",
		"Bearer realm=\"hrisd\", error=\"invalid_token\"",
	};

	if (is_throttled(c))
		return (struct refusal){
			429, "too many calls with a token that is not valid",
			NULL
		};
	return (struct refusal){ 401,
				 "the token is not valid; hrisd init makes one",
				 &how };
}

static struct refusal no_token(void)
{
	static const struct http_header how = { "WWW-Authenticate",
						"Bearer realm=\"hrisd\"" };

	return (struct refusal){ 401, "send Authorization: Bearer TOKEN",
				 &how };
}

/* Who calls: c->caller, or why not. */
static struct refusal authenticate(struct call *c)
{
	struct str header = http_request_header(c->req, "Authorization");
	struct err err = { 0 };
	struct str token;

	if (!bearer_token(header, &token))
		return no_token();
	if (registry_authenticate(c->api->registry.db, token, &c->caller,
				  &err) == 0)
		return (struct refusal){ 0 };
	if (err.kind == ERR_AUTH)
		return bad_token(c);
	log_error("a token cannot be looked up", log_str("why", err.text));
	return (struct refusal){ 503, "try again in a moment", NULL };
}

static void refuse(struct http_request *req, const struct refusal *r)
{
	reply_problem(req, r->status, r->detail, r->extra);
}

static void run_endpoint(struct call *c)
{
	const struct endpoint *e = c->match.route->target;
	struct refusal r = { 0 };

	/* Of a streamed body the caller is known since its headers came. */
	if (!e->open && !e->begin)
		r = authenticate(c);
	if (r.status)
		refuse(c->req, &r);
	else
		e->run(c);
}

static void route(struct call *c)
{
	int status = http_route_find(api_routes, http_request_method(c->req),
				     http_request_path(c->req), &c->match);

	if (status)
		http_route_reply(c->req, api_routes, status);
	else
		run_endpoint(c);
}

void api_request_cb(struct http_request *req, void *arg)
{
	struct api *api = arg;
	struct call c = { .api = api, .req = req };
	struct refusal r = check_host(api, req);

	if (r.status)
		refuse(req, &r);
	else
		route(&c);
	arena_clear(&api->arena);
}

static int begin_stream(struct call *c, const struct endpoint *e)
{
	struct refusal r = check_host(c->api, c->req);
	int status;

	if (!r.status)
		r = authenticate(c);
	if (r.status) {
		http_request_explain(c->req, r.detail, r.extra);
		return r.status;
	}
	status = e->begin(c);
	arena_clear(&c->api->arena);
	return status;
}

int api_headers_cb(struct http_request *req, void *arg)
{
	struct call c = { .api = arg, .req = req };
	const struct endpoint *e;

	if (http_route_find(api_routes, http_request_method(req),
			    http_request_path(req), &c.match) != 0)
		return 0; /* answered when all of it is in */
	e = c.match.route->target;
	return e->begin ? begin_stream(&c, e) : 0;
}

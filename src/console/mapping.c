/* Calls about a connection's own mapping. */
#include "provider/mapping.h"

#include "api.h"
#include "body.h"
#include "publish.h"
#include "reply.h"

static const struct json_limits limits = {
	.bytes = MAPPING_MAX_BYTES,
	.depth = 16,
	.values = 2000,
};

static struct str shown(const struct connection *conn)
{
	return conn->mapping.len ? conn->mapping : STR("{}");
}

void api_get_mapping(struct call *c)
{
	struct connection conn;

	if (call_connection(c, &conn))
		reply_json(c->req, 200, shown(&conn), NULL);
}

/* False when the body is no JSON object: the request is answered then. */
static bool read_object(struct call *c, const struct json **out)
{
	struct str body = http_request_body(c->req);
	struct err err = { 0 };

	if (!body_is_json(http_request_header(c->req, "Content-Type")))
		reply_problem(c->req, 415,
			      "send Content-Type: application/json", NULL);
	else if (json_parse(out, &c->api->arena, body, &limits, &err) < 0)
		reply_problem(c->req, err.kind == ERR_INVALID ? 400 : 413,
			      err.text, NULL);
	else if (!json_is(*out, JSON_OBJECT))
		reply_problem(c->req, 422, "a mapping is an object", NULL);
	else
		return true;
	return false;
}

/* The manifest's own loader says whether it is one, and where it is not. */
static int check(struct call *c, const struct connection *conn, struct str text,
		 struct err *err)
{
	const struct manifest *m =
		manifest_set_find(c->api->registry.manifests, conn->provider);
	struct mapping *compiled = NULL;

	if (!m)
		return err_set(err, ERR_CONFLICT,
			       "its provider is not installed any more");
	if (mapping_compile(&compiled, m, text, err) < 0)
		return -1;
	mapping_free(&compiled);
	return 0;
}

void api_put_mapping(struct call *c)
{
	const struct registry *r = &c->api->registry;
	struct str text = http_request_body(c->req);
	const struct json *object;
	struct connection conn;
	struct err err = { 0 };

	if (!read_object(c, &object) || !call_connection(c, &conn))
		return;
	if (!json_size(object))
		text = (struct str){ 0 };
	if ((text.len && check(c, &conn, text, &err) < 0) ||
	    registry_put_mapping(r, c->caller.organization, call_id(c), text,
				 &c->api->arena, &conn, &err) < 0)
		reply_err(c->req, &err);
	else
		publish_and_reply(c, 200, shown(&conn));
}

/* Calls about connections and their providers. */
#include "api.h"
#include "base/assert.h"
#include "base/clock.h"
#include "body.h"
#include "params.h"
#include "publish.h"
#include "render.h"
#include "reply.h"

bool call_connection(struct call *c, struct connection *conn)
{
	struct err err = { 0 };

	if (registry_get_connection(c->api->registry.db, c->caller.organization,
				    call_id(c), &c->api->arena, conn,
				    &err) == 0)
		return true;
	reply_err(c->req, &err);
	return false;
}

void api_list_providers(struct call *c)
{
	const struct manifest_set *set = c->api->registry.manifests;
	struct json_writer w;
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, API_ANSWER_MAX);
	json_writer_init(&w, &out);
	render_list_open(&w);
	for (size_t i = 0; i < manifest_set_count(set); i++)
		render_provider(&w, NULL, manifest_set_at(set, i));
	render_list_close(&w, false, (struct str){ 0 });
	if (buf_check(&out, "the list", &err) < 0)
		reply_err(c->req, &err);
	else
		reply_json(c->req, 200, buf_str(&out), NULL);
	buf_release(&out);
}

static int add_connection(struct call *c, const struct connection *conn,
			  struct json_writer *w, struct err *err)
{
	const struct registry *r = &c->api->registry;
	struct credential *list;
	size_t count;

	if (registry_list_credentials(r->db, str_of(conn->id), clock_wall_ms(),
				      &c->api->arena, &list, &count, err) < 0)
		return -1;
	render_connection(w, NULL,
			  &(struct connection_view){
				  .connection = conn,
				  .manifest = manifest_set_find(r->manifests,
								conn->provider),
				  .credentials = list,
				  .credential_count = count,
				  .public_url = c->api->settings->public_url,
			  });
	return 0;
}

/* ------------------------------------------------------------------ reading */

static int write_page(struct call *c, const struct connection *list,
		      size_t count, bool more, struct buf *out, struct err *err)
{
	struct json_writer w;

	json_writer_init(&w, out);
	render_list_open(&w);
	for (size_t i = 0; i < count; i++)
		if (add_connection(c, &list[i], &w, err) < 0)
			return -1;
	render_list_close(&w, more, str_of(count ? list[count - 1].id : NULL));
	return buf_check(out, "the page", err);
}

static int read_page(struct call *c, struct buf *out, struct err *err)
{
	struct api *api = c->api;
	struct connection *list;
	struct str cursor = { 0 };
	struct str limit_text = { 0 };
	size_t limit = API_PAGE_DEFAULT;
	size_t count;
	const struct param fields[] = {
		{ "cursor", &cursor },
		{ "limit", &limit_text },
	};

	if (params_parse(http_request_query(c->req), fields, ARRAY_LEN(fields),
			 &api->arena, err) < 0 ||
	    params_limit(limit_text, API_PAGE_MAX, &limit, err) < 0)
		return -1;
	/* One more than asked for tells whether there is another page. */
	if (registry_list_connections(api->registry.db, c->caller.organization,
				      cursor, limit + 1, &api->arena, &list,
				      &count, err) < 0)
		return -1;
	return write_page(c, list, count > limit ? limit : count, count > limit,
			  out, err);
}

void api_list_connections(struct call *c)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, API_ANSWER_MAX);
	if (read_page(c, &out, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_json(c->req, 200, buf_str(&out), NULL);
	buf_release(&out);
}

/* The connection as the answer; what changed it must be published first. */
static void reply_connection(struct call *c, int status, bool changed,
			     const struct connection *conn)
{
	struct json_writer w;
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, API_ANSWER_MAX);
	json_writer_init(&w, &out);
	if (add_connection(c, conn, &w, &err) < 0 ||
	    buf_check(&out, "the answer", &err) < 0)
		reply_err(c->req, &err);
	else if (changed)
		publish_and_reply(c, status, buf_str(&out));
	else
		reply_json(c->req, status, buf_str(&out), NULL);
	buf_release(&out);
}

void api_get_connection(struct call *c)
{
	struct connection conn;

	if (call_connection(c, &conn))
		reply_connection(c, 200, false, &conn);
}

/* ----------------------------------------------------------------- changing */

void api_create_connection(struct call *c)
{
	struct connection_draft draft = { 0 };
	const struct json *provider;
	const struct json *name;
	struct connection conn;
	struct err err = { 0 };
	const struct body_field fields[] = {
		{ "provider", JSON_STRING, true, &provider },
		{ "name", JSON_STRING, true, &name },
		{ "credentials", JSON_OBJECT, false, &draft.credentials },
		{ "settings", JSON_OBJECT, false, &draft.settings },
	};

	if (!body_read(c->req, &c->api->arena, fields, ARRAY_LEN(fields)))
		return;
	draft.provider = json_string(provider);
	draft.name = json_string(name);
	if (registry_create_connection(&c->api->registry,
				       c->caller.organization, &draft,
				       &c->api->arena, &conn, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_connection(c, 201, true, &conn);
}

void api_update_connection(struct call *c)
{
	struct connection_draft changes = { 0 };
	const struct json *name;
	struct connection conn;
	struct err err = { 0 };
	const struct body_field fields[] = {
		{ "name", JSON_STRING, false, &name },
		{ "credentials", JSON_OBJECT, false, &changes.credentials },
		{ "settings", JSON_OBJECT, false, &changes.settings },
	};

	if (!body_read(c->req, &c->api->arena, fields, ARRAY_LEN(fields)))
		return;
	changes.name = json_string(name);
	if (registry_update_connection(
		    &c->api->registry, c->caller.organization, call_id(c),
		    &changes, &c->api->arena, &conn, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_connection(c, 200, true, &conn);
}

static void set_status(struct call *c, enum connection_status status,
		       int http_status)
{
	struct connection conn;
	struct err err = { 0 };

	if (!body_read_none(c->req, &c->api->arena))
		return;
	if (registry_set_status(&c->api->registry, c->caller.organization,
				call_id(c), status, &c->api->arena, &conn,
				&err) < 0)
		reply_err(c->req, &err);
	else
		reply_connection(c, http_status, true, &conn);
}

/* 202: an initial sync may follow. */
void api_enable_connection(struct call *c)
{
	set_status(c, CONNECTION_ENABLED, 202);
}

void api_disable_connection(struct call *c)
{
	set_status(c, CONNECTION_DISABLED, 200);
}

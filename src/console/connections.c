/* Calls about connections. */
#include "connections.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "body.h"
#include "params.h"
#include "publish.h"
#include "queue/run.h"
#include "registry/token.h"
#include "render.h"
#include "reply.h"
#include "runs.h"
#include "sync.h"

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

/* ---------------------------------------------------------------- showing */

static int add_sync(struct call *c, const struct connection *conn,
		    struct connection_view *v, struct err *err)
{
	struct arena *a = &c->api->arena;
	struct sync_state *sync = arena_alloc(a, sizeof(*sync));

	if (!sync)
		return arena_full(a, err);
	if (!sync_can(c, conn, READ_FULL))
		return 0;
	v->sync = sync;
	return registry_get_sync(c->api->registry.db, str_of(conn->id), a, sync,
				 err);
}

static int add_last_run(struct call *c, const struct connection *conn,
			struct connection_view *v, struct err *err)
{
	struct arena *a = &c->api->arena;
	struct run_view *view = arena_alloc(a, sizeof(*view));
	struct run *list;
	size_t count;

	if (!view)
		return arena_full(a, err);
	if (registry_list_runs(c->api->registry.db, conn->organization,
			       str_of(conn->id), (struct str){ 0 }, 1, a, &list,
			       &count, err) < 0)
		return -1;
	if (!count)
		return 0;
	*view = run_view_of(c, conn, &list[0], (struct str){ 0 });
	v->last_run = view;
	return 0;
}

static int add_connection(struct call *c, const struct connection *conn,
			  const struct connection_answer *how,
			  struct json_writer *w, struct err *err)
{
	const struct registry *r = &c->api->registry;
	struct arena *a = &c->api->arena;
	struct connection_view v = {
		.connection = conn,
		.manifest = manifest_set_find(r->manifests, conn->provider),
		.settings = c->api->settings,
		.has_run = how->has_run,
		.run_id = how->run_id,
	};
	struct credential *credentials;
	struct subscription *webhooks;

	if (registry_list_credentials(r->db, str_of(conn->id), clock_wall_ms(),
				      a, &credentials, &v.credential_count,
				      err) < 0 ||
	    registry_list_subscriptions(r->db, str_of(conn->id), a, &webhooks,
					&v.webhook_count, err) < 0)
		return -1;
	v.chosen = call_settings(c, conn);
	v.credentials = credentials;
	v.webhooks = webhooks;
	if (add_sync(c, conn, &v, err) < 0 ||
	    add_last_run(c, conn, &v, err) < 0)
		return -1;
	render_connection(w, NULL, &v);
	return 0;
}

/* ------------------------------------------------------------------ reading */

static int write_page(struct call *c, const struct connection *list,
		      size_t count, bool more, struct buf *out, struct err *err)
{
	const struct connection_answer plain = { .status = 200 };
	struct json_writer w;

	json_writer_init(&w, out);
	render_list_open(&w);
	for (size_t i = 0; i < count; i++)
		if (add_connection(c, &list[i], &plain, &w, err) < 0)
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

void connection_reply(struct call *c, const struct connection *conn,
		      const struct connection_answer *how)
{
	struct json_writer w;
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, API_ANSWER_MAX);
	json_writer_init(&w, &out);
	if (add_connection(c, conn, how, &w, &err) < 0 ||
	    buf_check(&out, "the answer", &err) < 0)
		reply_err(c->req, &err);
	else if (how->changed)
		publish_and_reply(c, how->status, buf_str(&out));
	else
		reply_json(c->req, how->status, buf_str(&out), NULL);
	buf_release(&out);
}

void api_get_connection(struct call *c)
{
	const struct connection_answer plain = { .status = 200 };
	struct connection conn;

	if (call_connection(c, &conn))
		connection_reply(c, &conn, &plain);
}

/* ----------------------------------------------------------------- changing */

void api_create_connection(struct call *c)
{
	const struct connection_answer made = { .status = 201,
						.changed = true };
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
		connection_reply(c, &conn, &made);
}

static int find_schedule(const struct json *v, enum schedule *out,
			 struct err *err)
{
	if (!v || schedule_find(json_string(v), out))
		return 0;
	return err_set(err, ERR_INVALID,
		       "schedule must be manual, 15_minutes, hourly, 6_hours, "
		       "12_hours, daily or weekly");
}

static int check_polled(struct call *c, const struct connection *conn,
			struct err *err)
{
	if (sync_can(c, conn, READ_FULL))
		return 0;
	return err_set(err, ERR_CONFLICT,
		       "this HR system sends its changes by webhook alone: "
		       "there is no schedule");
}

static int update(struct call *c, const struct connection_draft *changes,
		  const struct json *schedule, struct connection *conn,
		  struct err *err)
{
	const struct registry *r = &c->api->registry;
	enum schedule s = SCHEDULE_DAILY;

	if (find_schedule(schedule, &s, err) < 0 ||
	    (schedule && check_polled(c, conn, err) < 0) ||
	    registry_update_connection(r, c->caller.organization, call_id(c),
				       changes, &c->api->arena, conn, err) < 0)
		return -1;
	if (!schedule)
		return 0;
	return registry_set_schedule(r->db, str_of(conn->id), s,
				     clock_wall_ms(), err);
}

void api_update_connection(struct call *c)
{
	const struct connection_answer changed = { .status = 200,
						   .changed = true };
	struct connection_draft changes = { 0 };
	const struct json *name, *schedule;
	struct connection conn;
	struct err err = { 0 };
	const struct body_field fields[] = {
		{ "name", JSON_STRING, false, &name },
		{ "credentials", JSON_OBJECT, false, &changes.credentials },
		{ "settings", JSON_OBJECT, false, &changes.settings },
		{ "schedule", JSON_STRING, false, &schedule },
	};

	if (!body_read(c->req, &c->api->arena, fields, ARRAY_LEN(fields)) ||
	    !call_connection(c, &conn))
		return;
	changes.name = json_string(name);
	if (update(c, &changes, schedule, &conn, &err) < 0)
		reply_err(c->req, &err);
	else
		connection_reply(c, &conn, &changed);
}

/* ---------------------------------------------------- enabling, disabling */

/*
 * R17: enabling reads everybody at once, where the HRIS can be read. Repeating
 * it joins the run that it began.
 */
static int begin_first_run(struct call *c, const struct connection *conn,
			   bool was_enabled, struct sync_asked *asked,
			   struct err *err)
{
	struct arena *a = &c->api->arena;
	struct run run;

	*asked = (struct sync_asked){ .joined = false };
	if (!sync_can(c, conn, READ_FULL))
		return 0;
	if (!was_enabled)
		return sync_ask(c, conn, RUN_INITIAL, RUN_ENABLED, asked, err);
	if (registry_open_run(c->api->registry.db, str_of(conn->id), a, &run,
			      err) == 0)
		memcpy(asked->run, run.id, sizeof(asked->run));
	else if (err->kind != ERR_NOT_FOUND)
		return -1;
	return 0;
}

static int set_status(struct call *c, enum connection_status status,
		      struct connection *conn, struct err *err)
{
	return registry_set_status(&c->api->registry, c->caller.organization,
				   call_id(c), status, &c->api->arena, conn,
				   err);
}

void api_enable_connection(struct call *c)
{
	struct connection_answer enabled = { .status = 202,
					     .changed = true,
					     .has_run = true };
	struct sync_asked asked;
	struct connection conn;
	struct err err = { 0 };
	bool was_enabled;

	if (!body_read_none(c->req, &c->api->arena) ||
	    !call_connection(c, &conn))
		return;
	was_enabled = conn.status == CONNECTION_ENABLED;
	if (set_status(c, CONNECTION_ENABLED, &conn, &err) < 0 ||
	    begin_first_run(c, &conn, was_enabled, &asked, &err) < 0) {
		reply_err(c->req, &err);
		return;
	}
	enabled.run_id = asked.run[0] ? asked.run : NULL;
	connection_reply(c, &conn, &enabled);
}

void api_disable_connection(struct call *c)
{
	const struct connection_answer disabled = { .status = 200,
						    .changed = true };
	struct connection conn;
	struct err err = { 0 };

	if (!body_read_none(c->req, &c->api->arena))
		return;
	if (set_status(c, CONNECTION_DISABLED, &conn, &err) < 0) {
		reply_err(c->req, &err);
		return;
	}
	sync_wake(c->api, &conn, JOB_STOP);
	connection_reply(c, &conn, &disabled);
}

/* --------------------------------------------------------------- deleting */

static void forgotten_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_warn("a deleted connection's runs stay in redis",
			 log_str("why", err->text));
}

/* What is under way for it finds no lease, and no row, and ends. */
static void forget_runs(struct api *api, const struct connection *conn)
{
	struct err err = { 0 };

	if (run_forget(api->queue, conn->shard, str_of(conn->id), forgotten_cb,
		       NULL, &err) < 0)
		forgotten_cb(&err, NULL);
}

void api_delete_connection(struct call *c)
{
	struct connection conn;
	struct err err = { 0 };

	if (!body_read_none(c->req, &c->api->arena) ||
	    !call_connection(c, &conn))
		return;
	if (registry_delete_connection(&c->api->registry,
				       c->caller.organization, call_id(c),
				       &err) < 0) {
		reply_err(c->req, &err);
		return;
	}
	forget_runs(c->api, &conn);
	publish_and_reply(c, 204, (struct str){ 0 });
}

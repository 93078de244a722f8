#include "sync.h"

#include "base/clock.h"
#include "base/log.h"
#include "body.h"
#include "registry/job.h"
#include "reply.h"
#include "json/write.h"

#define ANSWER_MAX 1024

/* --------------------------------------------------------- what it can do */

const struct json *call_settings(struct call *c, const struct connection *conn)
{
	const struct json *v;

	if (json_parse(&v, &c->api->arena, conn->settings, NULL, NULL) < 0)
		return NULL;
	return v;
}

bool sync_can(struct call *c, const struct connection *conn,
	      enum read_kind kind)
{
	const struct manifest *m =
		manifest_set_find(c->api->registry.manifests, conn->provider);
	struct fetch_context ctx = { .settings = call_settings(c, conn) };

	return m && ctx.settings && read_can(m, &ctx, kind);
}

static int default_kind(struct call *c, const struct connection *conn,
			enum run_kind *out, struct err *err)
{
	struct sync_state s;

	if (registry_get_sync(c->api->registry.db, str_of(conn->id),
			      &c->api->arena, &s, err) < 0)
		return -1;
	*out = s.since_ms && s.full_ms && sync_can(c, conn, READ_CHANGED)
		       ? RUN_INCREMENTAL
		       : RUN_FULL;
	return 0;
}

/* RUN_INITIAL is not for asking: it comes with enabling. */
static int find_kind(struct str word, enum run_kind *out, struct err *err)
{
	static const enum run_kind kinds[] = { RUN_INCREMENTAL, RUN_FULL,
					       RUN_RECONCILE };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_is(word, run_kind_name(kinds[i]))) {
			*out = kinds[i];
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "kind must be incremental, full or reconcile");
}

int sync_kind(struct call *c, const struct connection *conn, struct str word,
	      enum run_kind *out, struct err *err)
{
	if (word.ptr && find_kind(word, out, err) < 0)
		return -1;
	if (!sync_can(c, conn, READ_FULL))
		return err_set(err, ERR_CONFLICT,
			       "this HR system sends its changes by webhook "
			       "alone: there is nothing to read");
	if (!word.ptr)
		return default_kind(c, conn, out, err);
	if (*out == RUN_INCREMENTAL && !sync_can(c, conn, READ_CHANGED))
		return err_set(err, ERR_CONFLICT,
			       "this HR system cannot tell who changed: ask "
			       "for a full run");
	return 0;
}

/* ------------------------------------------------------------------ asking */

static void woken_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_warn("the fetchers find a run a little later",
			 log_str("why", err->text));
}

void sync_wake(struct api *api, const struct connection *conn,
	       enum job_kind kind)
{
	struct job j = { .kind = kind,
			 .organization = str_of(conn->organization),
			 .connection = str_of(conn->id) };
	struct err err = { 0 };

	random_id(j.id);
	if (job_post(api->queue, conn->shard, &j, woken_cb, NULL, &err) < 0)
		woken_cb(&err, NULL);
}

int sync_ask(struct call *c, const struct connection *conn, enum run_kind kind,
	     enum run_reason reason, struct sync_asked *out, struct err *err)
{
	struct run run;

	if (registry_ask_run(c->api->registry.db, c->caller.organization,
			     str_of(conn->id), kind, reason, clock_wall_ms(),
			     &c->api->arena, &run, &out->joined, err) < 0)
		return -1;
	memcpy(out->run, run.id, sizeof(out->run));
	sync_wake(c->api, conn, JOB_RUN);
	return 0;
}

/* --------------------------------------------------------------- sync now */

void sync_reply(struct call *c, const struct sync_asked *a)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_writer_init(&w, &out);
	json_open_object(&w, NULL);
	json_add_z(&w, "run_id", a->run);
	json_add_bool(&w, "joined", a->joined);
	json_close(&w);
	reply_json(c->req, 202, buf_str(&out), NULL);
	buf_release(&out);
}

static void sync_all(struct call *c, const struct connection *conn,
		     struct str word)
{
	struct sync_asked asked;
	struct err err = { 0 };
	enum run_kind kind;

	if (sync_kind(c, conn, word, &kind, &err) < 0 ||
	    sync_ask(c, conn, kind, RUN_BY_HAND, &asked, &err) < 0)
		reply_err(c->req, &err);
	else
		sync_reply(c, &asked);
}

/* ---------------------------------------------------------- a single person */

/* Waits for Redis alone: the answer must not be given before it has it. */
static void lookup_cb(const struct err *err, void *arg)
{
	struct http_request *req = arg;

	if (err->kind == ERR_NONE)
		reply_json(req, 202, STR("{\"run_id\":null,\"joined\":false}"),
			   NULL);
	else
		reply_err(req, err);
}

static int check_person(struct call *c, const struct connection *conn,
			struct str pid, struct err *err)
{
	const struct manifest *m =
		manifest_set_find(c->api->registry.manifests, conn->provider);

	if (!pid.len || pid.len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "person must be the HR system's own id, of 1 to "
			       "%d bytes",
			       PERSON_ID_MAX_BYTES);
	if (conn->status != CONNECTION_ENABLED)
		return err_set(err, ERR_CONFLICT,
			       "the connection is not enabled");
	if (!m || !manifest_has_lookup(m))
		return err_set(err, ERR_CONFLICT,
			       "this HR system does not let single people be "
			       "read");
	return 0;
}

static void sync_one(struct call *c, const struct connection *conn,
		     struct str pid)
{
	struct lookup l = { .organization = str_of(conn->organization),
			    .connection = str_of(conn->id),
			    .pid = pid,
			    .reason = STR("by hand"),
			    .urgent = true,
			    .received_ms = clock_wall_ms() };
	struct err err = { 0 };

	if (check_person(c, conn, pid, &err) < 0 ||
	    job_post_lookup(c->api->queue, conn->shard, &l, lookup_cb, c->req,
			    &err) < 0)
		reply_err(c->req, &err);
}

void api_sync_connection(struct call *c)
{
	const struct json *kind = NULL, *person = NULL;
	struct connection conn;
	const struct body_field fields[] = {
		{ "kind", JSON_STRING, false, &kind },
		{ "person", JSON_STRING, false, &person },
	};

	if (http_request_body(c->req).len &&
	    !body_read(c->req, &c->api->arena, fields, ARRAY_LEN(fields)))
		return;
	if (kind && person) {
		reply_problem(c->req, 422, "kind and person exclude each other",
			      NULL);
		return;
	}
	if (!call_connection(c, &conn))
		return;
	if (person)
		sync_one(c, &conn, json_string(person));
	else
		sync_all(c, &conn, json_string(kind));
}

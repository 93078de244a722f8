/*
 * Files of people that an admin uploads: the body goes to the spool as it
 * comes, then a run is asked for.
 */
#include "api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/spool.h"
#include "reply.h"
#include "sync.h"
#include "json/write.h"

#include <stdlib.h>

#define UPLOADS_MAX 8 /* under way at once */
#define ANSWER_MAX  1024

/* From its headers to its answer. */
struct upload {
	struct api *api;
	struct http_request *req;
	struct registry_caller caller;
	struct spool_file *file;
	int64_t bytes;
};

static void upload_free(struct upload *u)
{
	u->api->uploads--;
	spool_abandon(&u->file);
	free(u);
}

/* ---------------------------------------------------------------- the body */

static int bytes_cb(struct str bytes, void *arg)
{
	struct upload *u = arg;
	struct err err = { 0 };

	u->bytes += (int64_t)bytes.len;
	if (spool_write(u->file, bytes, &err) == 0)
		return 0;
	log_error("an upload cannot be kept", log_str("why", err.text));
	http_request_explain(u->req,
			     "the file cannot be kept now: hrisd's log says "
			     "why",
			     NULL);
	return 503;
}

static void gone_cb(void *arg)
{
	upload_free(arg);
}

/* ------------------------------------------------------------- the headers */

static int refuse(struct call *c, int status, const char *why)
{
	http_request_explain(c->req, why, NULL);
	return status;
}

static bool is_csv(struct str content_type)
{
	struct str type;

	(void)str_cut(&content_type, ';', &type);
	return str_eq_nocase(str_trim(type), STR("text/csv"));
}

static bool is_running(struct call *c, const struct connection *conn)
{
	struct run run;

	return registry_open_run(c->api->registry.db, str_of(conn->id),
				 &c->api->arena, &run, NULL) == 0 &&
	       run.status == RUN_RUNNING;
}

static int check(struct call *c, struct connection *conn)
{
	const struct manifest *m;
	struct err err = { 0 };

	if (!is_csv(http_request_header(c->req, "Content-Type")))
		return refuse(c, 415, "send Content-Type: text/csv");
	if (registry_get_connection(c->api->registry.db, c->caller.organization,
				    call_id(c), &c->api->arena, conn, &err) < 0)
		return err.kind == ERR_NOT_FOUND
			       ? refuse(c, 404, "no such connection")
			       : refuse(c, 503, "try again in a moment");
	m = manifest_set_find(c->api->registry.manifests, conn->provider);
	if (!m || !manifest_takes_upload(m))
		return refuse(c, 409,
			      "this connection's provider takes no files: "
			      "make one with the provider csv");
	if (is_running(c, conn))
		return refuse(c, 409,
			      "a run reads the file before this one: wait for "
			      "its end, or stop it");
	if (c->api->uploads >= UPLOADS_MAX)
		return refuse(c, 503, "others are uploading: try again soon");
	return 0;
}

static int start(struct call *c, const struct connection *conn)
{
	const struct settings *s = c->api->settings;
	struct http_stream stream = { .max = (size_t)s->max_upload,
				      .bytes = bytes_cb,
				      .gone = gone_cb };
	struct spool_file *file;
	struct err err = { 0 };
	struct upload *u;

	if (spool_open(&file, s->spool, str_of(conn->id), &err) < 0) {
		log_error("an upload cannot be kept", log_str("why", err.text));
		return refuse(c, 503,
			      "the file cannot be kept now: hrisd's log says "
			      "why");
	}
	u = mem_new(sizeof(*u));
	*u = (struct upload){ c->api, c->req, c->caller, file, 0 };
	c->api->uploads++;
	stream.arg = u;
	http_request_set_data(c->req, u);
	http_request_stream(c->req, &stream);
	return 0;
}

int api_begin_upload(struct call *c)
{
	struct connection conn;
	int status = check(c, &conn);

	return status ? status : start(c, &conn);
}

/* ------------------------------------------------------------------- whole */

static void reply_taken(struct call *c, const struct upload *u,
			const struct sync_asked *asked)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_writer_init(&w, &out);
	json_open_object(&w, NULL);
	json_add_int(&w, "bytes", u->bytes);
	if (asked->run[0])
		json_add_z(&w, "run_id", asked->run);
	else
		json_add_null(&w, "run_id");
	json_add_bool(&w, "joined", asked->joined);
	json_close(&w);
	reply_json(c->req, 202, buf_str(&out), NULL);
	buf_release(&out);
}

/* A draft's file waits: enabling the connection reads it. */
static int ask_run(struct call *c, struct sync_asked *asked, struct err *err)
{
	struct connection conn;

	*asked = (struct sync_asked){ .joined = false };
	if (registry_get_connection(c->api->registry.db, c->caller.organization,
				    call_id(c), &c->api->arena, &conn, err) < 0)
		return -1;
	if (conn.status != CONNECTION_ENABLED)
		return 0;
	return sync_ask(c, &conn, RUN_FULL, RUN_BY_HAND, asked, err);
}

void api_upload(struct call *c)
{
	struct upload *u = http_request_data(c->req);
	struct sync_asked asked;
	struct err err = { 0 };

	c->caller = u->caller;
	if (spool_commit(&u->file, &err) < 0 || ask_run(c, &asked, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_taken(c, u, &asked);
	spool_sweep(c->api->settings->spool, clock_wall_ms());
	upload_free(u);
}

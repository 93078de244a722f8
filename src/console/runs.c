/* Calls about sync runs. */
#include "runs.h"
#include "api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "body.h"
#include "params.h"
#include "queue/run.h"
#include "render.h"
#include "reply.h"
#include "sync.h"

#include <stdlib.h>

/* What is stored was written by us; what cannot be read is not shown. */
static const struct json *parsed(struct arena *a, struct str text)
{
	const struct json *v;

	if (!text.len || json_parse(&v, a, text, NULL, NULL) < 0)
		return NULL;
	return v;
}

static const char *title_of(const struct call *c, const struct connection *conn)
{
	const struct manifest *m =
		manifest_set_find(c->api->registry.manifests, conn->provider);

	return m ? manifest_title(m) : "the HR system";
}

static int64_t int_of(const struct json *v, const char *name, int64_t fallback)
{
	int64_t n;

	return json_int(json_get(v, name), &n) ? n : fallback;
}

struct run_view run_view_of(struct call *c, const struct connection *conn,
			    const struct run *run, struct str progress)
{
	struct arena *a = &c->api->arena;
	const struct json *live = parsed(a, progress);

	return (struct run_view){
		.run = run,
		.title = title_of(c, conn),
		.counts = live ? json_get(live, "counts")
			       : parsed(a, run->counts),
		.proof = parsed(a, run->proof),
		.total = int_of(live, "total", -1),
		.waits_until_ms = int_of(live, "waits_until_ms", 0),
		.waits_for = json_string(json_get(live, "waits_for")),
		.obeys = json_true(json_get(live, "obeys")),
	};
}

/* ----------------------------------------------------------------- a list */

static int write_page(struct call *c, const struct connection *conn,
		      const struct run *list, size_t count, bool more,
		      struct buf *out, struct err *err)
{
	struct json_writer w;

	json_writer_init(&w, out);
	render_list_open(&w);
	for (size_t i = 0; i < count; i++) {
		struct run_view v =
			run_view_of(c, conn, &list[i], (struct str){ 0 });

		render_run(&w, NULL, &v);
	}
	render_list_close(&w, more, str_of(count ? list[count - 1].id : NULL));
	return buf_check(out, "the page", err);
}

static int read_page(struct call *c, const struct connection *conn,
		     struct buf *out, struct err *err)
{
	struct api *api = c->api;
	struct str cursor = { 0 }, limit_text = { 0 };
	size_t limit = API_PAGE_DEFAULT, count;
	struct run *list;
	const struct param fields[] = {
		{ "cursor", &cursor },
		{ "limit", &limit_text },
	};

	if (params_parse(http_request_query(c->req), fields, ARRAY_LEN(fields),
			 &api->arena, err) < 0 ||
	    params_limit(limit_text, API_PAGE_MAX, &limit, err) < 0)
		return -1;
	/* One more than asked for tells whether there is another page. */
	if (registry_list_runs(api->registry.db, c->caller.organization,
			       str_of(conn->id), cursor, limit + 1, &api->arena,
			       &list, &count, err) < 0)
		return -1;
	return write_page(c, conn, list, count > limit ? limit : count,
			  count > limit, out, err);
}

void api_list_runs(struct call *c)
{
	struct connection conn;
	struct err err = { 0 };
	struct buf out;

	if (!call_connection(c, &conn))
		return;
	buf_init(&out, API_ANSWER_MAX);
	if (read_page(c, &conn, &out, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_json(c->req, 200, buf_str(&out), NULL);
	buf_release(&out);
}

/* -------------------------------------------------------------------- one */

static int find_run(struct call *c, struct str id, struct run *run,
		    struct connection *conn, struct err *err)
{
	struct api *api = c->api;

	if (registry_get_run(api->registry.db, c->caller.organization, id,
			     &api->arena, run, err) < 0)
		return -1;
	return registry_get_connection(api->registry.db, c->caller.organization,
				       str_of(run->connection), &api->arena,
				       conn, err);
}

static void reply_run(struct call *c, int status, struct str id,
		      struct str progress)
{
	struct connection conn;
	struct json_writer w;
	struct err err = { 0 };
	struct run_view v;
	struct run run;
	struct buf out;

	if (find_run(c, id, &run, &conn, &err) < 0) {
		reply_err(c->req, &err);
		return;
	}
	if (run.status != RUN_RUNNING)
		progress = (struct str){ 0 };
	buf_init(&out, API_ANSWER_MAX);
	json_writer_init(&w, &out);
	v = run_view_of(c, &conn, &run, progress);
	render_run(&w, NULL, &v);
	if (buf_check(&out, "the answer", &err) < 0)
		reply_err(c->req, &err);
	else
		reply_json(c->req, status, buf_str(&out), NULL);
	buf_release(&out);
}

/* A call that waits for what Redis has of its run. */
struct looking {
	struct api *api;
	struct http_request *req;
	struct registry_caller caller;
	char run[RANDOM_ID_SIZE];
};

static void progress_cb(struct str run, uint64_t number, struct str progress,
			const struct err *err, void *arg)
{
	struct looking *l = arg;
	struct call c = { .api = l->api, .req = l->req, .caller = l->caller };

	(void)number;
	if (err->kind != ERR_NONE)
		log_warn("a run is shown without its progress",
			 log_str("why", err->text));
	if (err->kind != ERR_NONE || !str_is(run, l->run))
		progress = (struct str){ 0 };
	reply_run(&c, 200, str_of(l->run), progress);
	arena_clear(&l->api->arena);
	free(l);
}

static bool look(struct call *c, const struct connection *conn,
		 const struct run *run)
{
	struct looking *l = mem_new(sizeof(*l));

	*l = (struct looking){ c->api, c->req, c->caller, "" };
	memcpy(l->run, run->id, sizeof(l->run));
	if (run_progress(c->api->queue, conn->shard, str_of(conn->id),
			 progress_cb, l, NULL) == 0)
		return true;
	free(l);
	return false;
}

void api_get_run(struct call *c)
{
	struct connection conn;
	struct err err = { 0 };
	struct run run;

	if (find_run(c, call_id(c), &run, &conn, &err) < 0)
		reply_err(c->req, &err);
	else if (run.status != RUN_RUNNING || !look(c, &conn, &run))
		reply_run(c, 200, call_id(c), (struct str){ 0 });
}

/* The run that the path names, for a call without a body; or it is answered. */
static bool call_run(struct call *c, struct connection *conn)
{
	struct err err = { 0 };
	struct run run;

	if (!body_read_none(c->req, &c->api->arena))
		return false;
	if (find_run(c, call_id(c), &run, conn, &err) == 0)
		return true;
	reply_err(c->req, &err);
	return false;
}

/* R7: what it found is right; the read that begins now will be believed. */
void api_confirm_run(struct call *c)
{
	struct sync_asked asked;
	struct connection conn;
	struct err err = { 0 };

	if (!call_run(c, &conn))
		return;
	if (registry_confirm_run(c->api->registry.db, c->caller.organization,
				 c->caller.admin, call_id(c), clock_wall_ms(),
				 &err) < 0 ||
	    sync_ask(c, &conn, RUN_FULL, RUN_BY_HAND, &asked, &err) < 0)
		reply_err(c->req, &err);
	else
		sync_reply(c, &asked);
}

void api_stop_run(struct call *c)
{
	struct connection conn;
	struct err err = { 0 };

	if (!call_run(c, &conn))
		return;
	if (registry_stop_run(c->api->registry.db, c->caller.organization,
			      call_id(c), &err) < 0) {
		reply_err(c->req, &err);
		return;
	}
	sync_wake(c->api, &conn, JOB_STOP);
	reply_run(c, 202, call_id(c), (struct str){ 0 });
}

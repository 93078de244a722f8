#include "ask.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "reply.h"
#include "json/write.h"

#include <stdlib.h>

/*
 * Lives until it is answered and none of its commands is under way: these
 * cannot be called off.
 */
struct asking {
	struct api *api;
	struct http_request *req; /* NULL once answered */
	struct registry_caller caller;
	ask_done_fn *done;
	ask_refused_fn *refused;
	char job[RANDOM_ID_SIZE];
	char connection[RANDOM_ID_SIZE];
	unsigned shard;
	int64_t since_ms; /* monotonic */
	bool taken;	  /* by a fetcher */
	bool busy;	  /* a command is under way */
	LIST_ENTRY(asking) link;
};

static void release(struct asking *q)
{
	LIST_REMOVE(q, link);
	q->api->asking_count--;
	free(q);
}

/* --------------------------------------------------------------- answering */

static struct http_request *take_request(struct asking *q)
{
	struct http_request *req = q->req;

	q->req = NULL;
	return req;
}

static void refuse_plainly(struct http_request *req, int status,
			   const char *detail)
{
	reply_problem(req, status, detail, NULL);
}

static void answer_problem(struct asking *q, int status, const char *detail)
{
	q->refused(take_request(q), status, detail);
}

/*
 * The fetcher's sentence is for the admin. What has to be mended in the
 * connection is a conflict with it; the rest is the other side's.
 */
static int status_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_BUG:
		return 500;
	case ERR_TEMP:
	case ERR_UNCERTAIN:
	case ERR_LIMIT:
		return 502;
	default:
		return 409;
	}
}

static void answer_reply(struct asking *q, const struct job_reply *r)
{
	struct call c = { .api = q->api, .caller = q->caller };

	if (r->err.kind != ERR_NONE) {
		answer_problem(q, status_of(r->err.kind), r->err.text);
		return;
	}
	c.req = take_request(q);
	q->done(&c, str_of(q->connection), r->result);
}

static void answer_text(struct asking *q, struct str text)
{
	struct job_reply r;
	struct err err = { 0 };

	if (job_reply_decode(&r, &q->api->arena, text, &err) == 0) {
		answer_reply(q, &r);
	} else {
		log_error("a reply of the fetcher cannot be read",
			  log_str("why", err.text));
		answer_problem(q, 502,
			       "the fetcher's answer cannot be read: do all "
			       "roles run the same version?");
	}
	arena_clear(&q->api->arena);
}

void ask_reply_result(struct call *c, struct str connection, struct str result)
{
	(void)connection;
	reply_json(c->req, 200, result, NULL);
}

/* ----------------------------------------------------------------- waiting */

static void check_time(struct asking *q)
{
	int64_t waited = clock_mono_ms() - q->since_ms;

	if (!q->req)
		return;
	if (!q->taken && waited >= JOB_TAKEN_MS)
		answer_problem(q, 504,
			       "no fetcher takes this up: see whether one runs "
			       "(/readyz of its process), or start one with "
			       "hrisd serve --roles=fetcher");
	else if (waited >= JOB_WAIT_MS)
		answer_problem(q, 504,
			       "the HR system has not answered in time: try "
			       "again, or see its status page");
}

static void taken_cb(const struct queue_value *v, const struct err *err,
		     void *arg)
{
	struct asking *q = arg;

	q->busy = false;
	if (err->kind == ERR_NONE && !queue_value_is_nil(v) && q->req) {
		q->taken = true;
		if (queue_value_str(v).len)
			answer_text(q, queue_value_str(v));
	}
	if (!q->req)
		release(q);
}

static void look(struct asking *q)
{
	q->busy = job_reply_take(q->api->queue, q->shard, q->job, taken_cb, q,
				 NULL) == 0;
}

static void poll_cb(void *arg)
{
	struct api *api = arg;
	struct asking *next;

	for (struct asking *q = LIST_FIRST(&api->asking); q; q = next) {
		next = LIST_NEXT(q, link);
		check_time(q);
		if (q->busy)
			continue;
		if (q->req)
			look(q);
		else
			release(q);
	}
	if (api->asking_count)
		loop_timer_set(&api->ask_poll, ASK_POLL_MS);
}

/* ------------------------------------------------------------------ asking */

static void posted_cb(const struct err *err, void *arg)
{
	struct asking *q = arg;

	q->busy = false;
	if (err->kind != ERR_NONE && q->req) {
		log_error("a job was not posted", log_str("why", err->text));
		answer_problem(q, 503, "try again in a moment");
	}
	if (!q->req)
		release(q);
}

static size_t count_of(const struct api *api, const char *connection)
{
	const struct asking *q;
	size_t n = 0;

	LIST_FOREACH (q, &api->asking, link)
		n += strcmp(q->connection, connection) == 0;
	return n;
}

static bool has_room(const struct call *c, const struct connection *conn,
		     ask_refused_fn *refused)
{
	if (count_of(c->api, conn->id) >= ASK_CONNECTION_MAX)
		refused(c->req, 429,
			"this connection is being asked already: wait for the "
			"answers");
	else if (c->api->asking_count >= ASK_MAX)
		refused(c->req, 503,
			"too many connections are being asked: try again in a "
			"moment");
	else
		return true;
	return false;
}

static struct asking *asking_new(struct call *c, const struct connection *conn,
				 const struct ask *a)
{
	struct api *api = c->api;
	struct asking *q = mem_new(sizeof(*q));

	q->api = api;
	q->req = c->req;
	q->caller = c->caller;
	q->done = a->done;
	q->refused = a->refused ? a->refused : refuse_plainly;
	random_id(q->job);
	memcpy(q->connection, conn->id, sizeof(q->connection));
	q->shard = conn->shard;
	q->since_ms = clock_mono_ms();
	LIST_INSERT_HEAD(&api->asking, q, link);
	if (api->asking_count++ == 0)
		loop_timer_set(&api->ask_poll, ASK_POLL_MS);
	return q;
}

static int post(struct asking *q, const struct ask *a,
		const struct connection *conn, struct err *err)
{
	struct job j = { .kind = a->kind,
			 .organization = str_of(conn->organization),
			 .connection = str_of(conn->id),
			 .until_ms = clock_wall_ms() + JOB_TAKEN_MS,
			 .input = a->input };

	memcpy(j.id, q->job, sizeof(j.id));
	return job_post(q->api->queue, q->shard, &j, posted_cb, q, err);
}

void ask_fetcher(struct call *c, const struct connection *conn,
		 const struct ask *a)
{
	struct err err = { 0 };
	struct asking *q;

	if (!has_room(c, conn, a->refused ? a->refused : refuse_plainly))
		return;
	q = asking_new(c, conn, a);
	q->busy = true;
	if (post(q, a, conn, &err) == 0)
		return;
	posted_cb(&err, q);
}

int ask_input(const struct json **out, struct arena *a,
	      const struct ask_text *texts, size_t count, struct err *err)
{
	struct json_writer w;
	struct buf text;
	int result;

	buf_init(&text, JOB_TEXT_MAX);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	for (size_t i = 0; i < count; i++)
		json_add_string(&w, texts[i].name, texts[i].value);
	json_close(&w);
	result = buf_check(&text, "what is asked for", err);
	if (result == 0)
		result = json_parse(out, a, buf_str(&text), NULL, err);
	buf_release(&text);
	return result;
}

/* -------------------------------------------------------------------- life */

void ask_init(struct api *api)
{
	LIST_INIT(&api->asking);
	loop_timer_init(&api->ask_poll, api->loop, poll_cb, api);
}

void ask_release(struct api *api)
{
	struct asking *next;

	for (struct asking *q = LIST_FIRST(&api->asking); q; q = next) {
		next = LIST_NEXT(q, link);
		release(q);
	}
	loop_timer_release(&api->ask_poll);
}

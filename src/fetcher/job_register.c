/*
 * The jobs "register", "unregister", "captured" and "renew": webhooks that are
 * made, removed, confirmed and renewed by the HRIS's API. A registration says
 * what to do, one step after the other; what comes of a step is stored before
 * the next.
 */
#include "inquiry.h"
#include "job_kinds.h"
#include "provider/register.h"
#include "registry/token.h"

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "desk.h"

#include <stdlib.h>

#define TASK_ARENA   ((size_t)1 << 20)
#define ANSWER_ARENA ((size_t)16 << 20)
#define AGAIN_MS     500 /* until INQUIRY_MS are over */

struct enrolment {
	struct inquiry inquiry;
	enum register_goal goal;
	struct registration *registration; /* NULL: it has to wait */
	struct secret *captured; /* {"token", "id"} as JSON; NULL: none */
	struct loop_timer again;
};

static void enrolment_free(struct inquiry *q)
{
	struct enrolment *e = CONTAINER_OF(q, struct enrolment, inquiry);

	registration_free(&e->registration);
	secret_free(&e->captured);
	loop_timer_release(&e->again);
	inquiry_close(q);
	free(e);
}

/* ---------------------------------------------------------------- storing */

static int store_secret(struct enrolment *e, const struct register_todo *todo,
			struct err *err)
{
	const struct desk *d = e->inquiry.chore->desk;
	const struct registry r = { .db = d->db,
				    .keys = d->keys,
				    .manifests = d->manifests,
				    .shards = (unsigned)d->settings->shards };

	return registry_capture_secret(&r, source_id(e->inquiry.source),
				       str_of(todo->field), todo->secret, err);
}

static int store_made(struct enrolment *e, const struct register_todo *todo,
		      struct err *err)
{
	const struct subscription s = { .name = todo->name,
					.vendor_id = todo->id,
					.made_ms = clock_wall_ms() };

	return registry_put_subscription(e->inquiry.chore->desk->db,
					 source_id(e->inquiry.source), &s, err);
}

static int store_dropped(struct enrolment *e, const struct register_todo *todo,
			 struct err *err)
{
	return registry_drop_subscription(e->inquiry.chore->desk->db,
					  source_id(e->inquiry.source),
					  todo->name, err);
}

static int store(struct enrolment *e, const struct register_todo *todo,
		 struct err *err)
{
	int result = -1;

	if (todo->step == REGISTER_SECRET)
		result = store_secret(e, todo, err);
	else if (todo->step == REGISTER_KEEP)
		result = store_made(e, todo, err);
	else
		result = store_dropped(e, todo, err);
	if (result == 0)
		registration_stored(e->registration);
	return result;
}

/* ------------------------------------------------------------------ steps */

static void go_on(struct enrolment *e);

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	const struct enrolment *e = arg;

	return registration_request(e->registration, ctx, a, out, err);
}

static int take_answer(struct enrolment *e, const struct http_answer *answer,
		       struct err *err)
{
	struct fetch_context ctx = setup_context(e->inquiry.setup);
	struct arena a;
	int result;

	if (!answer->status) {
		inquiry_explain(finding_of(answer->err.kind, 0), &answer->err,
				err);
		return -1;
	}
	arena_init(&a, ANSWER_ARENA);
	result = registration_answer(e->registration, &ctx, answer->status,
				     answer->body, &a, err);
	arena_wipe(&a);
	return result;
}

static void answered_cb(const struct http_answer *answer, void *arg)
{
	struct enrolment *e = arg;
	struct err err = { 0 };

	if (take_answer(e, answer, &err) < 0)
		inquiry_fail(&e->inquiry, &err);
	else
		go_on(e);
}

static void call(struct enrolment *e)
{
	const struct wire_spec spec = { .build = build_cb,
					.ended = answered_cb,
					.arg = e };

	inquiry_call(&e->inquiry, &spec);
}

/* Until there is a call to wait for, or nothing more to do. */
static void go_on(struct enrolment *e)
{
	struct register_todo todo = registration_step(e->registration);
	struct err err = { 0 };

	while (todo.step != REGISTER_CALL && todo.step != REGISTER_DONE) {
		if (store(e, &todo, &err) < 0) {
			inquiry_fail(&e->inquiry, &err);
			return;
		}
		todo = registration_step(e->registration);
	}
	if (todo.step == REGISTER_CALL) {
		call(e);
		return;
	}
	buf_add_z(&e->inquiry.result, "{}");
	inquiry_done(&e->inquiry);
}

/* ------------------------------------------------------------------ start */

/* What was made before, as the database knows it. */
static int add_made(struct enrolment *e, struct arena *a,
		    struct register_task *task, struct err *err)
{
	struct register_made *made;
	struct subscription *list;
	size_t count;

	if (registry_list_subscriptions(e->inquiry.chore->desk->db,
					source_id(e->inquiry.source), a, &list,
					&count, err) < 0)
		return -1;
	made = arena_zalloc(a, count + 1, sizeof(*made));
	if (!made)
		return arena_full(a, err);
	for (size_t i = 0; i < count; i++)
		made[i] = (struct register_made){ list[i].name,
						  list[i].vendor_id };
	task->made = made;
	task->made_count = count;
	return 0;
}

/* {"token", "id"}: what the HRIS sent to see that we hear it. */
static int add_captured(struct enrolment *e, struct arena *a,
			struct register_task *task, struct err *err)
{
	const struct json *v;
	struct str field;

	if (inquiry_text(&e->inquiry, "field", &field, err) < 0 ||
	    (!e->captured &&
	     inquiry_unseal(&e->inquiry, "sealed", &e->captured, err) < 0) ||
	    json_parse(&v, a, secret_bytes(e->captured), NULL, err) < 0)
		return -1;
	task->field = arena_printf(a, "%.*s", STR_ARG(field));
	task->token = json_string(json_get(v, "token"));
	task->id = json_string(json_get(v, "id"));
	return task->field ? 0 : arena_full(a, err);
}

static int make_task(struct enrolment *e, struct arena *a,
		     struct register_task *task, struct err *err)
{
	int result = task->goal == REGISTER_CONFIRM
			     ? add_captured(e, a, task, err)
			     : inquiry_text(&e->inquiry, "url",
					    &task->webhook_url, err);

	return result < 0 ? -1 : add_made(e, a, task, err);
}

/*
 * Some HRISs send the token before they answer the call that makes the
 * webhook: its id is stored in a moment, perhaps by another fetcher.
 */
static bool has_to_wait(const struct register_task *t)
{
	return t->goal == REGISTER_CONFIRM && !t->id.len && !t->made_count;
}

/* A confirmation may come of any webhook; making one is this account's own. */
static int check_way(const struct enrolment *e, enum register_goal goal,
		     struct err *err)
{
	const struct manifest *m = e->inquiry.setup->manifest;
	struct fetch_context ctx = setup_context(e->inquiry.setup);

	if (manifest_can_reach(m, goal) &&
	    (goal != REGISTER_MAKE || manifest_can_register(m, &ctx)))
		return 0;
	return err_set(err, ERR_CONFIG,
		       "this HR system's webhooks cannot be made by its API: "
		       "make one there, to webhook_url");
}

static int prepare(struct enrolment *e, struct err *err)
{
	struct register_task task = { .goal = e->goal };
	struct arena a;
	int result;

	if (check_way(e, e->goal, err) < 0)
		return -1;
	arena_init(&a, TASK_ARENA);
	result = make_task(e, &a, &task, err);
	if (result == 0 && !has_to_wait(&task))
		result = registration_new(&e->registration,
					  e->inquiry.setup->manifest, &task,
					  err);
	arena_wipe(&a);
	return result;
}

static void attempt(struct enrolment *e)
{
	struct err err = { 0 };

	if (prepare(e, &err) < 0)
		inquiry_fail(&e->inquiry, &err);
	else if (e->registration)
		go_on(e);
	else
		loop_timer_set(&e->again, AGAIN_MS);
}

static void again_cb(void *arg)
{
	struct enrolment *e = arg;

	if (!e->inquiry.over)
		attempt(e);
}

static void start(struct chore *c, enum register_goal goal)
{
	struct enrolment *e = mem_new(sizeof(*e));

	if (inquiry_open(&e->inquiry, c, enrolment_free) < 0) {
		free(e);
		return;
	}
	e->goal = goal;
	loop_timer_init(&e->again, c->desk->loop, again_cb, e);
	attempt(e);
}

void job_register(struct chore *c)
{
	start(c, REGISTER_MAKE);
}

void job_unregister(struct chore *c)
{
	start(c, REGISTER_REMOVE);
}

void job_captured(struct chore *c)
{
	start(c, REGISTER_CONFIRM);
}

void job_renew(struct chore *c)
{
	start(c, REGISTER_RENEW);
}

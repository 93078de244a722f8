#include "ask.h"

#include "desk.h"

static void end_place(struct ask *k)
{
	if (!k->calling)
		return;
	k->calling = false;
	line_end(k->source, k->waiter.class);
}

/*
 * The place is free only when it was heard what the answer means: nobody calls
 * after a 429. k may ask for something else by then.
 */
static void ended_cb(const struct http_answer *a, void *arg)
{
	struct ask *k = arg;
	struct source *s = k->source;
	enum budget_class c = k->waiter.class;

	k->calling = false;
	k->spec.ended(a, k->spec.arg);
	line_end(s, c);
}

static enum http_flow chunk_cb(struct str bytes, void *arg)
{
	struct ask *k = arg;

	return k->spec.chunk(bytes, k->spec.arg);
}

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	struct ask *k = arg;

	return k->spec.build(ctx, a, out, k->spec.arg, err);
}

/* From the loop, as a real answer would come. */
static void failed_cb(void *arg)
{
	struct ask *k = arg;
	const struct http_answer a = { .err = k->err };

	k->spec.ended(&a, k->spec.arg);
}

static void fail(struct ask *k)
{
	loop_post(source_desk(k->source)->loop, &k->failed);
}

static void call(struct ask *k)
{
	struct wire_spec spec = k->spec;

	spec.build = build_cb;
	spec.chunk = k->spec.chunk ? chunk_cb : NULL;
	spec.ended = ended_cb;
	spec.arg = k;
	if (wire_start(&k->wire, k->source, &spec, &k->err) == 0)
		return;
	end_place(k);
	fail(k);
}

static void turn_cb(struct waiter *w, bool may_call)
{
	struct ask *k = CONTAINER_OF(w, struct ask, waiter);

	k->calling = may_call;
	if (may_call) {
		call(k);
		return;
	}
	if (source_is_stopped(k->source))
		err_fill(&k->err, ERR_AUTH, "no call before it was changed");
	else
		err_fill(&k->err, ERR_TEMP, "no call for now");
	fail(k);
}

void ask_start(struct ask *k, struct source *s, enum budget_class c,
	       const struct wire_spec *spec)
{
	ask_cancel(k);
	*k = (struct ask){ .source = s, .spec = *spec };
	k->waiter = (struct waiter){ .class = c, .turn = turn_cb };
	loop_task_init(&k->failed, failed_cb, k);
	source_hold(s);
	line_join(s, &k->waiter);
}

void ask_cancel(struct ask *k)
{
	if (!k->source)
		return;
	line_leave(k->source, &k->waiter);
	loop_task_cancel(source_desk(k->source)->loop, &k->failed);
	wire_cancel(&k->wire);
	end_place(k);
	source_release(k->source);
	k->source = NULL;
}

void ask_resume(struct ask *k)
{
	wire_resume(&k->wire);
}

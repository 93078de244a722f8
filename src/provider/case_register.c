/*
 * Cases of webhooks made by an HRIS's API: "<case>.register.json". The task is
 * walked to its end; a secret that we choose is written as "{new_secret}".
 */
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "case.h"
#include "provider/register.h"

#define STEPS_MAX 64

static const char *const goals[] = {
	[REGISTER_MAKE] = "make",
	[REGISTER_REMOVE] = "remove",
	[REGISTER_CONFIRM] = "confirm",
	[REGISTER_RENEW] = "renew",
};

struct walk {
	struct case_run *c;
	struct fetch_context ctx;
	struct registration *r;
	struct json_writer *w;
	const struct json *answer; /* to the next call */
	struct str secret;	   /* that we chose; in the arena */
	struct err why;
};

static bool find_goal(struct str name, enum register_goal *out)
{
	for (unsigned i = 0; i < REGISTER_GOAL_COUNT; i++) {
		if (!str_is(name, goals[i]))
			continue;
		*out = (enum register_goal)i;
		return true;
	}
	return false;
}

static struct str text_of(const struct case_run *c, const char *key)
{
	return json_text(json_get(c->input, key));
}

/* {"name": "id", …} */
static void take_made(const struct case_run *c, struct register_made *made,
		      struct register_task *t)
{
	const struct json *v = json_first(json_get(c->input, "made"));

	for (; v && t->made_count < REGISTER_MAX_MADE; v = json_next(v))
		made[t->made_count++] =
			(struct register_made){ json_key(v), json_text(v) };
	t->made = made;
}

static int begin(struct walk *k, struct err *err)
{
	struct register_made made[REGISTER_MAX_MADE];
	struct register_task t = {
		.webhook_url = text_of(k->c, "webhook_url"),
		.token = text_of(k->c, "token"),
		.id = text_of(k->c, "id"),
	};
	struct str field = arena_dup(k->c->arena, text_of(k->c, "field"));
	const struct json *now = json_get(k->c->input, "now");

	if (!find_goal(text_of(k->c, "goal"), &t.goal))
		return err_set(err, ERR_CONFIG,
			       "'goal' is none of make, remove, confirm, "
			       "renew");
	if (now && !clock_parse_ms(json_string(now), &k->ctx.now_ms))
		return err_set(err, ERR_CONFIG, "'now' is not a time");
	take_made(k->c, made, &t);
	t.field = field.len ? field.ptr : NULL;
	k->answer = json_first(json_get(k->c->input, "answers"));
	return registration_new(&k->r, k->c->m, &t, err);
}

/* False: it ends here. */
static bool walk_call(struct walk *k, struct err *err)
{
	struct fetch_request r = { .method = NULL };
	int64_t status = 200;
	struct str body;

	if (registration_request(k->r, &k->ctx, k->c->arena, &r, &k->why) < 0)
		return false;
	json_open_object(k->w, NULL);
	json_open_object(k->w, "call");
	if (r.missing_token)
		json_add_z(k->w, "missing_token", r.missing_token);
	else
		case_write_request(k->c, k->w, &r);
	json_close(k->w);
	json_close(k->w);
	if (!k->answer || r.missing_token)
		return false;
	(void)json_int(json_get(k->answer, "status"), &status);
	if (case_body(k->c, k->answer, &body, err) < 0)
		return false;
	k->answer = json_next(k->answer);
	return registration_answer(k->r, &k->ctx, (int)status, body,
				   k->c->arena, &k->why) == 0;
}

static void write_secret(struct walk *k, const struct register_todo *t)
{
	bool ours = k->c->m->fetch.registration.secret.from.count == 0 &&
		    !json_get(k->c->input, "token");

	if (ours)
		k->secret = arena_dup(k->c->arena, t->secret);
	json_open_object(k->w, NULL);
	json_add_z(k->w, "secret_of", t->field);
	json_add_string(k->w, "secret", t->secret);
	json_close(k->w);
}

static void write_named(struct walk *k, const char *step,
			const struct register_todo *t)
{
	json_open_object(k->w, NULL);
	json_add_string(k->w, step, t->name);
	if (t->id.ptr)
		json_add_string(k->w, "id", t->id);
	json_close(k->w);
}

static bool walk_step(struct walk *k, struct err *err)
{
	struct register_todo t = registration_step(k->r);

	switch (t.step) {
	case REGISTER_CALL:
		return walk_call(k, err);
	case REGISTER_SECRET:
		write_secret(k, &t);
		break;
	case REGISTER_KEEP:
		write_named(k, "keep", &t);
		break;
	case REGISTER_DROP:
		write_named(k, "drop", &t);
		break;
	case REGISTER_DONE:
		return false;
	}
	registration_stored(k->r);
	return true;
}

/* What is random cannot be expected. */
static void hide_secret(const struct walk *k, const struct buf *got,
			struct buf *out)
{
	struct str rest = buf_str(got);

	while (rest.len) {
		const char *at = k->secret.len
					 ? memmem(rest.ptr, rest.len,
						  k->secret.ptr, k->secret.len)
					 : NULL;
		size_t len = at ? (size_t)(at - rest.ptr) : rest.len;

		buf_add(out, rest.ptr, len);
		rest.ptr += len;
		rest.len -= len;
		if (!at)
			break;
		buf_add_z(out, "{new_secret}");
		rest.ptr += k->secret.len;
		rest.len -= k->secret.len;
	}
}

static int walk(struct walk *k, struct err *err)
{
	struct buf got, shown;
	struct json_writer w;

	buf_init(&got, 1 << 20);
	buf_init(&shown, 1 << 20);
	json_writer_init(&w, &got);
	k->w = &w; /* cppcheck-suppress autoVariables; taken back */
	json_open_object(&w, NULL);
	json_open_array(&w, "steps");
	for (size_t i = 0; i < STEPS_MAX && walk_step(k, err); i++)
		;
	json_close(&w);
	json_add_bool(&w, "done",
		      registration_step(k->r).step == REGISTER_DONE);
	if (k->why.kind)
		json_add_z(&w, "error", err_policy(k->why.kind)->name);
	json_close(&w);
	k->w = NULL;
	hide_secret(k, &got, &shown);
	case_compare(k->c, &shown);
	buf_release(&got);
	buf_release(&shown);
	return 0;
}

int case_register(struct case_run *c, struct err *err)
{
	struct walk k = { .c = c };
	struct mapping *mapping = NULL;
	int res = case_context(c, &k.ctx, &mapping, err);

	if (res == 0)
		res = begin(&k, err);
	if (res == 0)
		res = walk(&k, err);
	registration_free(&k.r);
	mapping_free(&mapping);
	return res;
}

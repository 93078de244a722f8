/* Making, confirming, renewing and removing webhooks, step by step. */
#include "register_state.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "crypto/encode.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "secret_text.h"

#include <stdlib.h>

#define MEMORY_MAX   (256 << 10)
#define SECRET_BYTES 32
#define MAIN	     "main"

/* ----------------------------------------------------------------- manifest */

bool manifest_can_register(const struct manifest *m,
			   const struct fetch_context *ctx)
{
	const struct register_part *p = &m->fetch.registration;

	return p->there && when_holds(&p->when, m, ctx);
}

bool manifest_can_reach(const struct manifest *m, enum register_goal goal)
{
	const struct register_part *p = &m->fetch.registration;

	switch (goal) {
	case REGISTER_MAKE:
	case REGISTER_REMOVE:
		return p->there;
	case REGISTER_CONFIRM:
		return p->confirm.there;
	case REGISTER_RENEW:
		return p->lifetime_s > 0;
	case REGISTER_GOAL_COUNT:
		break;
	}
	return false;
}

int64_t register_renew_ms(const struct manifest *m, int64_t made_ms)
{
	int64_t life_ms = m->fetch.registration.lifetime_s * 1000;

	return life_ms ? made_ms + life_ms / 4 * 3 : 0;
}

/* ---------------------------------------------------------------- beginning */

int register_copy(struct registration *r, struct str s, struct str *out,
		  struct err *err)
{
	*out = arena_dup(&r->arena, s);
	return out->ptr ? 0 : arena_full(&r->arena, err);
}

void register_add_stale(struct registration *r, struct str id)
{
	for (size_t i = 0; i < r->stale_count; i++)
		if (str_eq(r->stale[i], id))
			return;
	if (r->stale_count < REGISTER_MAX_STALE)
		r->stale[r->stale_count++] = id;
}

static int copy_task(struct registration *r, const struct register_task *t,
		     struct err *err)
{
	if (t->made_count > REGISTER_MAX_MADE)
		return err_set(err, ERR_LIMIT, "more than %d webhooks",
			       REGISTER_MAX_MADE);
	r->task = *t;
	r->task.made = r->made;
	if (register_copy(r, t->webhook_url, &r->task.webhook_url, err) < 0 ||
	    register_copy(r, t->token, &r->task.token, err) < 0 ||
	    register_copy(r, t->id, &r->task.id, err) < 0)
		return -1;
	if (t->field) {
		r->task.field = arena_dup(&r->arena, str_of(t->field)).ptr;
		if (!r->task.field)
			return arena_full(&r->arena, err);
	}
	for (size_t i = 0; i < t->made_count; i++)
		if (register_copy(r, t->made[i].name, &r->made[i].name, err) <
			    0 ||
		    register_copy(r, t->made[i].id, &r->made[i].id, err) < 0)
			return -1;
	return 0;
}

static int choose_secret(struct registration *r, struct err *err)
{
	unsigned char bytes[SECRET_BYTES];
	struct buf text;

	if (!r->part->secret.into || r->part->secret.from.count)
		return 0;
	random_bytes(bytes, sizeof(bytes));
	secret_buf(&text, 4 * SECRET_BYTES);
	if (r->part->secret.new_as == NEW_WHSEC)
		buf_add_z(&text, "whsec_");
	encode(r->part->secret.new_as == NEW_HEX ? ENCODING_HEX
						 : ENCODING_BASE64,
	       bytes, sizeof(bytes), &text);
	secret_wipe(bytes, sizeof(bytes));
	return keep_text(&text, "a secret", &r->arena, &r->secret, err);
}

static const enum stage first_stages[REGISTER_GOAL_COUNT] = {
	[REGISTER_MAKE] = STAGE_OWN_SECRET,
	[REGISTER_REMOVE] = STAGE_LIST,
	[REGISTER_CONFIRM] = STAGE_CONFIRM,
	[REGISTER_RENEW] = STAGE_RENEW,
};

static void pass_over(struct registration *r);

static int begin(struct registration *r, const struct register_task *task,
		 struct err *err)
{
	if (copy_task(r, task, err) < 0)
		return -1;
	/* What cannot be renewed is made anew. */
	if (task->goal == REGISTER_RENEW && !r->part->renew.there)
		r->task.goal = REGISTER_MAKE;
	if (r->task.goal == REGISTER_MAKE && choose_secret(r, err) < 0)
		return -1;
	if (r->task.goal != REGISTER_RENEW)
		for (size_t i = 0; i < task->made_count; i++)
			register_add_stale(r, r->made[i].id);
	r->stage = first_stages[r->task.goal];
	pass_over(r);
	return 0;
}

int registration_new(struct registration **out, const struct manifest *m,
		     const struct register_task *task, struct err *err)
{
	struct registration *r;

	if (!manifest_can_reach(m, task->goal))
		return err_set(err, ERR_CONFIG,
			       "%s has no API for this: set the webhook up by "
			       "hand",
			       m->title);
	/* Else all webhooks without an address would be taken for ours. */
	if (task->goal != REGISTER_CONFIRM && !task->webhook_url.len)
		return err_set(err, ERR_INVALID,
			       "the address of our webhooks is missing");
	r = mem_new(sizeof(*r));
	r->m = m;
	r->part = &m->fetch.registration;
	arena_init(&r->arena, MEMORY_MAX);
	if (begin(r, task, err) < 0) {
		registration_free(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void registration_free(struct registration **r)
{
	if (!*r)
		return;
	arena_wipe(&(*r)->arena);
	free(*r);
	*r = NULL;
}

/* ------------------------------------------------------------------- stages */

/* How many times each stage is gone through; 0: not at all. */
static size_t times(const struct registration *r)
{
	const struct register_part *p = r->part;
	size_t hooks = p->per.count ? p->per.count : 1;

	switch (r->stage) {
	case STAGE_OWN_SECRET:
		return r->secret.len ? 1 : 0;
	case STAGE_LIST:
		return p->list.there ? 1 : 0;
	case STAGE_DELETE:
		return r->stale_count;
	case STAGE_DROP:
		return r->task.made_count;
	case STAGE_CREATE:
		return r->task.goal == REGISTER_MAKE ? hooks : 0;
	case STAGE_RENEW:
		return r->task.made_count;
	default:
		return 1;
	}
}

/* To the next stage that has something to do. */
static void pass_over(struct registration *r)
{
	while (r->stage != STAGE_DONE && r->at >= times(r)) {
		r->at = 0;
		/* Each webhook goes through these before the next is made. */
		if (r->stage == STAGE_CREATE || r->stage == STAGE_RENEW)
			r->stage = STAGE_DONE;
		else
			r->stage++;
	}
}

void register_advance(struct registration *r)
{
	r->at++;
	pass_over(r);
}

/* Of one webhook after another: create, secret, keep; renew, keep. */
static void to_next_hook(struct registration *r, enum stage stage)
{
	r->stage = stage;
	register_advance(r);
}

struct str register_hook_name(const struct registration *r)
{
	const struct str *per = r->part->per.items;

	if (r->stage == STAGE_RENEW || r->stage == STAGE_RENEWED ||
	    r->stage == STAGE_DROP)
		return r->made[r->at].name;
	return r->part->per.count ? per[r->at] : STR(MAIN);
}

struct register_todo registration_step(const struct registration *r)
{
	struct register_todo t = { .step = REGISTER_CALL };

	switch (r->stage) {
	case STAGE_OWN_SECRET:
	case STAGE_TOLD_SECRET:
		t.step = REGISTER_SECRET;
		t.field = r->part->secret.into;
		t.secret = r->secret;
		break;
	case STAGE_TOKEN:
		t.step = REGISTER_SECRET;
		t.field = r->task.field;
		t.secret = r->task.token;
		break;
	case STAGE_KEEP:
	case STAGE_RENEWED:
		t.step = REGISTER_KEEP;
		t.name = register_hook_name(r);
		t.id = r->id;
		break;
	case STAGE_DROP:
		t.step = REGISTER_DROP;
		t.name = register_hook_name(r);
		break;
	case STAGE_DONE:
		t.step = REGISTER_DONE;
		break;
	default:
		break;
	}
	return t;
}

void registration_stored(struct registration *r)
{
	switch (r->stage) {
	case STAGE_TOLD_SECRET:
		r->stage = STAGE_KEEP;
		break;
	case STAGE_KEEP:
		to_next_hook(r, STAGE_CREATE);
		break;
	case STAGE_RENEWED:
		to_next_hook(r, STAGE_RENEW);
		break;
	case STAGE_TOKEN:
		r->stage = STAGE_DONE;
		break;
	default:
		ASSERT(registration_step(r).step != REGISTER_CALL);
		register_advance(r);
		break;
	}
}

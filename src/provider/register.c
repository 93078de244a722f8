/* Making, confirming, renewing and removing webhooks, step by step. */
#include "provider/register.h"

#include "answer.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/encode.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "parts.h"
#include "register_part.h"
#include "secret_text.h"
#include "source.h"

#include <stdlib.h>

#define MEMORY_MAX   (256 << 10)
#define SECRET_BYTES 32
#define SECRET_MAX   4096 /* bytes of a secret that the HRIS tells */
#define STALE_MAX    (2 * REGISTER_MAX_MADE)
#define MAIN	     "main"

/*
 * The stages of a task, in order; those that it has nothing to do in are
 * passed over.
 */
enum stage {
	STAGE_OWN_SECRET, /* one that we choose is stored first */
	STAGE_LIST,
	STAGE_DELETE,
	STAGE_DROP,
	STAGE_CREATE,
	STAGE_TOLD_SECRET, /* one that the HRIS told */
	STAGE_KEEP,
	STAGE_CONFIRM,
	STAGE_TOKEN, /* becomes the secret */
	STAGE_RENEW,
	STAGE_RENEWED,
	STAGE_DONE
};

struct registration {
	const struct manifest *m;
	const struct register_part *part;
	struct arena arena;
	struct register_task task;
	struct register_made made[REGISTER_MAX_MADE];
	enum stage stage;
	size_t at;		     /* of the stage's list */
	struct str stale[STALE_MAX]; /* ids to remove */
	size_t stale_count;
	struct str secret;
	struct str id; /* of the webhook that was made last */
};

/* ------------------------------------------------------------------ manifest
 */

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

static int keep(struct registration *r, struct str s, struct str *out,
		struct err *err)
{
	*out = arena_dup(&r->arena, s);
	return out->ptr ? 0 : arena_full(&r->arena, err);
}

static void add_stale(struct registration *r, struct str id)
{
	for (size_t i = 0; i < r->stale_count; i++)
		if (str_eq(r->stale[i], id))
			return;
	if (r->stale_count < STALE_MAX)
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
	if (keep(r, t->webhook_url, &r->task.webhook_url, err) < 0 ||
	    keep(r, t->token, &r->task.token, err) < 0 ||
	    keep(r, t->id, &r->task.id, err) < 0)
		return -1;
	if (t->field) {
		r->task.field = arena_dup(&r->arena, str_of(t->field)).ptr;
		if (!r->task.field)
			return arena_full(&r->arena, err);
	}
	for (size_t i = 0; i < t->made_count; i++)
		if (keep(r, t->made[i].name, &r->made[i].name, err) < 0 ||
		    keep(r, t->made[i].id, &r->made[i].id, err) < 0)
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
			add_stale(r, r->made[i].id);
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

static void advance(struct registration *r)
{
	r->at++;
	pass_over(r);
}

/* Of one webhook after another: create, secret, keep; renew, keep. */
static void to_next_hook(struct registration *r, enum stage stage)
{
	r->stage = stage;
	advance(r);
}

static struct str hook_name(const struct registration *r)
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
		t.name = hook_name(r);
		t.id = r->id;
		break;
	case STAGE_DROP:
		t.step = REGISTER_DROP;
		t.name = hook_name(r);
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
		advance(r);
		break;
	}
}

/* -------------------------------------------------------------------- calls */

static const struct register_call *call_of(const struct registration *r)
{
	switch (r->stage) {
	case STAGE_LIST:
		return &r->part->list;
	case STAGE_DELETE:
		return &r->part->remove;
	case STAGE_CREATE:
		return &r->part->create;
	case STAGE_CONFIRM:
		return &r->part->confirm;
	case STAGE_RENEW:
		return &r->part->renew;
	default:
		return NULL;
	}
}

/* ptr NULL: the HRIS has not told, or it was not kept yet. */
static struct str subscription_id(const struct registration *r)
{
	switch (r->stage) {
	case STAGE_DELETE:
		return r->stale[r->at];
	case STAGE_RENEW:
		return r->made[r->at].id;
	case STAGE_CONFIRM:
		if (r->task.id.len)
			return r->task.id;
		return r->task.made_count ? r->made[0].id : str_none();
	default:
		return str_none();
	}
}

static struct str value_or_none(struct str s)
{
	return s.len ? s : str_none();
}

static struct str event_of(const struct registration *r)
{
	bool hook = r->stage == STAGE_CREATE || r->stage == STAGE_RENEW;

	return hook && r->part->per.count ? hook_name(r) : str_none();
}

int registration_request(const struct registration *r,
			 const struct fetch_context *ctx, struct arena *a,
			 struct fetch_request *out, struct err *err)
{
	int64_t end = ctx->now_ms + r->part->lifetime_s * 1000;
	char date[CLOCK_TEXT_SIZE], number[STR_NUMBER_SIZE];
	const bool ends = r->part->lifetime_s > 0;
	const struct call_value items[] = {
		{ "webhook_url", value_or_none(r->task.webhook_url), false },
		{ "event", event_of(r), false },
		{ "new_secret", value_or_none(r->secret), false },
		{ "token", value_or_none(r->task.token), false },
		{ "subscription_id", subscription_id(r), false },
		{ "expires",
		  ends ? str_of(clock_format_ms(end, date)) : str_none(),
		  false },
		{ "expires_ms", ends ? str_of_i64(end, number) : str_none(),
		  true },
	};
	const struct call_values values = { .items = items,
					    .count = ARRAY_LEN(items) };

	ASSERT(call_of(r));
	if (r->stage == STAGE_CONFIRM && !subscription_id(r).ptr)
		return err_set(err, ERR_TEMP,
			       "the webhook is not known yet that is to be "
			       "confirmed");
	return call_request(r->m, ctx, &call_of(r)->call, &values, a, out, err);
}

/* ------------------------------------------------------------------ answers */

struct answer {
	const struct json *root;
	const struct surroundings *around;
};

static struct str code_at(const struct list *sources, const struct json *v,
			  const struct answer *answer)
{
	struct found f = sources_find(sources, v, answer->around);

	return found_code(&f);
}

/* Those that send to our address. */
static int take_list(struct registration *r, const struct answer *answer,
		     struct err *err)
{
	const struct register_call *c = &r->part->list;
	const struct json *v =
		sources_find(&c->items, answer->root, answer->around).value;

	for (v = json_first(v); v; v = json_next(v)) {
		struct str id;

		if (!str_eq(code_at(&c->url, v, answer), r->task.webhook_url))
			continue;
		id = code_at(&c->id, v, answer);
		if (!id.len || id.len > REGISTER_ID_MAX)
			continue;
		if (keep(r, id, &id, err) < 0)
			return -1;
		add_stale(r, id);
	}
	return 0;
}

static int take_secret(struct registration *r, const struct answer *answer,
		       struct err *err)
{
	struct str secret;

	if (!r->part->secret.from.count)
		return 0;
	secret = code_at(&r->part->secret.from, answer->root, answer);
	if (!secret.len || secret.len > SECRET_MAX)
		return err_set(err, ERR_INVALID,
			       "the HRIS told no secret of the webhook");
	return keep(r, secret, &r->secret, err);
}

static int take_created(struct registration *r, const struct answer *answer,
			struct err *err)
{
	struct str id = code_at(&r->part->create.id, answer->root, answer);

	if (!id.len || id.len > REGISTER_ID_MAX)
		return err_set(err, ERR_INVALID,
			       "the HRIS told no id of the webhook");
	if (keep(r, id, &r->id, err) < 0 || take_secret(r, answer, err) < 0)
		return -1;
	r->stage = r->part->secret.from.count ? STAGE_TOLD_SECRET : STAGE_KEEP;
	return 0;
}

static int go_on(struct registration *r, const struct answer *answer,
		 struct err *err)
{
	switch (r->stage) {
	case STAGE_LIST:
		if (take_list(r, answer, err) < 0)
			return -1;
		break;
	case STAGE_CREATE:
		return take_created(r, answer, err);
	case STAGE_CONFIRM:
		r->stage = STAGE_TOKEN;
		return 0;
	case STAGE_RENEW:
		r->id = r->made[r->at].id;
		r->stage = STAGE_RENEWED;
		return 0;
	default:
		break;
	}
	advance(r);
	return 0;
}

static const char *const doing[] = {
	[STAGE_LIST] = "looking for the webhook",
	[STAGE_DELETE] = "removing the webhook",
	[STAGE_CREATE] = "making the webhook",
	[STAGE_CONFIRM] = "confirming the webhook",
	[STAGE_RENEW] = "renewing the webhook",
};

int registration_answer(struct registration *r, const struct fetch_context *ctx,
			int status, struct str body, struct arena *a,
			struct err *err)
{
	const struct surroundings around =
		surroundings_of(r->m, ctx, NULL, ctx->now_ms / CLOCK_DAY_MS, a);
	const struct answer answer = { answer_refusal(body, a), &around };
	enum stage stage = r->stage;
	struct err why = { .kind = ERR_NONE };
	enum answer_kind kind = answer_of(r->m, &call_of(r)->call, status,
					  answer.root, &around, &why);

	/* What is to be removed may well be gone. */
	if (stage == STAGE_DELETE && (status == 404 || kind == ANSWER_GONE))
		kind = ANSWER_EMPTY;
	if (kind != ANSWER_GOOD && kind != ANSWER_EMPTY) {
		if (err)
			*err = why;
		return err_prefix(err, "%s", doing[stage]);
	}
	if (go_on(r, &answer, err) < 0)
		return err_prefix(err, "%s", doing[stage]);
	return 0;
}

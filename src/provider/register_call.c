/* The calls of a registration, and what their answers lead to. */
#include "answer.h"
#include "base/assert.h"
#include "base/clock.h"
#include "register_state.h"
#include "source.h"

#define SECRET_MAX 4096 /* bytes of a secret that the HRIS tells */

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

	return hook && r->part->per.count ? register_hook_name(r) : str_none();
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
		if (register_copy(r, id, &id, err) < 0)
			return -1;
		register_add_stale(r, id);
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
	return register_copy(r, secret, &r->secret, err);
}

static int take_created(struct registration *r, const struct answer *answer,
			struct err *err)
{
	struct str id = code_at(&r->part->create.id, answer->root, answer);

	if (!id.len || id.len > REGISTER_ID_MAX)
		return err_set(err, ERR_INVALID,
			       "the HRIS told no id of the webhook");
	if (register_copy(r, id, &r->id, err) < 0 ||
	    take_secret(r, answer, err) < 0)
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
	register_advance(r);
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

/*
 * Factorial's webhooks: one subscription for each type, the resource without
 * an envelope, and the subscriber's own challenge instead of a signature.
 */
#include "factorial.h"
#include "hooks.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

static const struct id_form webhooks = { "", .first = 801 };

#define EMPLOYEE "employees/employee/"
#define MEMBER	 "teams/membership/"

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { EMPLOYEE "create_with_contract",
			       MEMBER "create" },
	[HAPPENED_UPDATED] = { EMPLOYEE "update", MEMBER "update" },
	[HAPPENED_JOINED] = { EMPLOYEE "update" },
	[HAPPENED_LEAVE_BEGAN] = { EMPLOYEE "update" },
	[HAPPENED_LEAVE_ENDED] = { EMPLOYEE "update" },
	[HAPPENED_LEFT] = { EMPLOYEE "terminate" },
	[HAPPENED_REHIRED] = { EMPLOYEE "unterminate" },
	[HAPPENED_DELETED] = { MEMBER "delete" }, /* of people there is none */
};

static bool is_membership(const char *event)
{
	return !strncmp(event, MEMBER, sizeof(MEMBER) - 1);
}

/* A membership is updated with the department alone. */
static bool fits(const struct webhook_message *m)
{
	unsigned fields = m->happening->fields;

	return m->happening->kind != HAPPENED_UPDATED || fields == 0 ||
	       !is_membership(m->event) ||
	       (fields & FIELD_BIT(FIELD_DEPARTMENT)) != 0;
}

static void body(const struct webhook_message *m, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	if (is_membership(m->event))
		factorial_membership(&w, m->view, m->happening->who);
	else
		factorial_employee(&w, m->view, m->happening->who);
}

static void sign(const struct webhook_signed *s)
{
	webhook_add(s->out, "x-factorial-author-id", "900001");
	webhook_add(s->out, "x-factorial-author-type", "Access");
}

const struct webhook_scheme factorial_webhook = {
	.events = events,
	.body = body,
	.fits = fits,
	.header = "x-factorial-wh-challenge",
	.bare = true,
	.sign = sign,
	/* 20 tries within two days */
	.policy = { .on_4xx = true,
		    .stops = true,
		    .retries = 19,
		    .minutes = { 1, 2, 4, 8, 15, 30, 60, 90, 120, 150, 180, 210,
				 240, 240, 240, 240, 240, 240, 240 } },
};

/* --- by the API; the version comes first in the path --- */

static const char *type_of(const struct subscription *sub)
{
	return sub->target.wants[0] ? sub->target.wants[0] : "";
}

static void write_subscription(struct exchange *x,
			       const struct subscription *sub)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", hook_id(&webhooks, sub, id));
	json_add_z(&x->json, "company_id", FACTORIAL_COMPANY);
	json_add_z(&x->json, "name", sub->name);
	json_add_z(&x->json, "subscription_type", type_of(sub));
	json_add_z(&x->json, "target_url", sub->target.url);
	json_add_bool(&x->json, "enabled", !sub->stopped);
	json_close(&x->json);
}

static bool is_taken(struct exchange *x, const char *type)
{
	struct subscription *sub = NULL;

	while ((sub = hook_next(x, sub)))
		if (!strcmp(type_of(sub), type))
			return true;
	return false;
}

void factorial_hook_add(struct exchange *x)
{
	struct subscription spec, *sub;
	const struct json *given;
	struct str type;

	if (exchange_json(x, &given) < 0 ||
	    !hook_begin(x, json_get(given, "target_url"),
			json_get(given, "challenge"), NULL, &spec))
		return;
	type = json_string(json_get(given, "subscription_type"));
	if (!webhook_want(&spec.target, type)) {
		exchange_refuse(x, REFUSE_INVALID,
				"subscription_type: none of the company's");
		return;
	}
	if (is_taken(x, spec.target.wants[0])) {
		exchange_refuse(x, REFUSE_INVALID,
				"subscription_type has already been taken");
		return;
	}
	spec.target.no_secret = !spec.target.secret[0];
	sub = hook_make(x, &spec);
	if (sub)
		write_subscription(x, sub);
}

static struct subscription *find(struct exchange *x)
{
	x->params[0] = x->params[1];
	return hook_find(x, &webhooks);
}

/* {"enabled": true}: after it was switched off for failing too often. */
void factorial_hook_change(struct exchange *x)
{
	struct subscription *sub = find(x);
	const struct json *given, *enabled;

	if (!sub || exchange_json(x, &given) < 0)
		return;
	enabled = json_get(given, "enabled");
	if (json_is(enabled, JSON_BOOL))
		sub->stopped = !json_true(enabled);
	sender_changed(x->sandbox->sender);
	write_subscription(x, sub);
}

void factorial_hook_remove(struct exchange *x)
{
	struct subscription *sub = find(x);

	if (sub)
		hook_remove(x, sub);
}

void factorial_hooks(struct exchange *x)
{
	struct subscription *sub = NULL;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "data");
	while ((sub = hook_next(x, sub)))
		write_subscription(x, sub);
	json_close(&x->json);
	json_close(&x->json);
}

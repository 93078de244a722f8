/* The webhooks of a snapshot: who has subscribed, and what waits. */
#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "delivery.h"
#include "kept.h"
#include "snapshot.h"
#include "state.h"

#include <stdlib.h>

#define MS_MAX	   (INT64_C(10000000) * CLOCK_DAY_MS)
#define COUNT_MAX  (INT64_MAX / 4)
#define NUMBER_MAX UINT32_MAX
#define TRIES_MAX  1000

#define TEXT(name, type, member)                                    \
	{                                                           \
		name, KEPT_TEXT, KEPT_AT(struct type, member), 0, 0 \
	}
#define FLAG(name, type, member)                                    \
	{                                                           \
		name, KEPT_BOOL, KEPT_AT(struct type, member), 0, 0 \
	}
#define NUMBER(name, type, member, min, max)                              \
	{                                                                 \
		name, KEPT_NUMBER, KEPT_AT(struct type, member), min, max \
	}

static const struct kept_field marks[] = {
	NUMBER("last_subscription", sender_marks, last_subscription, 0,
	       NUMBER_MAX),
	NUMBER("last_delivery", sender_marks, last_delivery, 0, COUNT_MAX),
	NUMBER("last_order", sender_marks, last_order, 0, COUNT_MAX),
	NUMBER("last_us", sender_marks, last_us, 0, COUNT_MAX),
};

static const struct kept_field settings[] = {
	NUMBER("in_flight", sender_settings, in_flight, 1, IN_FLIGHT_MAX),
	NUMBER("retry_minute_ms", sender_settings, minute_ms, 1, 3600000),
};

static const struct kept_field subscription_fields[] = {
	NUMBER("id", subscription, id, 1, NUMBER_MAX),
	TEXT("name", subscription, name),
	TEXT("url", subscription, target.url),
	TEXT("secret", subscription, target.secret),
	TEXT("header_1", subscription, target.custom[0].name),
	TEXT("value_1", subscription, target.custom[0].value),
	TEXT("header_2", subscription, target.custom[1].name),
	TEXT("value_2", subscription, target.custom[1].value),
	TEXT("header_3", subscription, target.custom[2].name),
	TEXT("value_3", subscription, target.custom[2].value),
	NUMBER("monitor", subscription, target.monitor, 0,
	       FIELD_BIT(EMPLOYEE_FIELD_COUNT) - 1),
	FLAG("with_fields", subscription, target.legacy),
	FLAG("form", subscription, target.form),
	FLAG("include_domain", subscription, target.include_domain),
	FLAG("no_secret", subscription, target.no_secret),
	NUMBER("created_ms", subscription, created_ms, -MS_MAX, MS_MAX),
	NUMBER("last_sent_ms", subscription, last_sent_ms, -MS_MAX, MS_MAX),
	FLAG("stopped", subscription, stopped),
	NUMBER("accepted", subscription, accepted, 0, COUNT_MAX),
	NUMBER("failed", subscription, failed, 0, COUNT_MAX),
};

static const struct kept_field delivery_fields[] = {
	NUMBER("subscription", delivery, key.subscription, 1, NUMBER_MAX),
	NUMBER("n", delivery, key.n, 0, NUMBER_MAX),
	NUMBER("id", delivery, id, 1, COUNT_MAX),
	NUMBER("order", delivery, order, 1, COUNT_MAX),
	NUMBER("due_ms", delivery, due_ms, -MS_MAX, MS_MAX),
	NUMBER("version", delivery, version, 0, COUNT_MAX),
	NUMBER("attempt", delivery, attempt, 1, TRIES_MAX),
	FLAG("duplicate", delivery, duplicate),
	FLAG("reordered", delivery, reordered),
	FLAG("bad_signature", delivery, bad_signature),
};

/* --- writing --- */

static void write_subscription(const struct subscription *sub,
			       struct json_writer *w)
{
	json_open_object(w, NULL);
	kept_write(subscription_fields, ARRAY_LEN(subscription_fields), sub,
		   NULL, w);
	json_add_z(w, "provider", vendor_name(sub->target.vendor));
	json_open_array(w, "wants");
	for (size_t i = 0; i < WEBHOOK_WANTS_MAX && sub->target.wants[i]; i++)
		json_add_z(w, NULL, sub->target.wants[i]);
	json_close(w);
	if (sub->shown)
		json_add_z(w, "shown", sub->shown);
	if (sub->target.chosen)
		json_add_bool(w, "chosen", true);
	if (sub->pending)
		json_add_bool(w, "pending", true);
	json_close(w);
}

static void write_delivery(const struct delivery *d, void *arg)
{
	struct json_writer *w = arg;
	struct delivery from_now = *d; /* without the body */

	from_now.due_ms -= clock_mono_ms();
	json_open_object(w, NULL);
	kept_write(delivery_fields, ARRAY_LEN(delivery_fields), &from_now, NULL,
		   w);
	json_add_z(w, "event", d->event);
	json_add_string(w, "body", (struct str){ d->body, d->body_len });
	json_close(w);
}

void snapshot_write_webhooks(struct sandbox *sb, struct json_writer *w)
{
	struct subscription *sub = sender_first(sb->sender);

	json_open_object(w, "sender");
	kept_write(marks, ARRAY_LEN(marks), sender_marks(sb->sender), NULL, w);
	kept_write(settings, ARRAY_LEN(settings), sender_settings(sb->sender),
		   NULL, w);
	json_close(w);
	json_open_array(w, "webhooks");
	for (; sub; sub = sender_next(sub))
		write_subscription(sub, w);
	json_close(w);
	json_open_array(w, "waiting");
	sender_each(sb->sender, write_delivery, w);
	json_close(w);
}

/* --- reading --- */

static int read_subscription(struct sandbox *sb, const struct json *v,
			     struct err *err)
{
	struct subscription sub = { 0 };
	const struct json *want = json_first(json_get(v, "wants"));
	const struct json *shown = json_get(v, "shown");
	char *copy = NULL;
	int result;

	if (!vendor_find(json_string(json_get(v, "provider")),
			 &sub.target.vendor))
		return err_set(err, ERR_INVALID, "a webhook of no provider");
	/* An older sandbox wrote fewer of them. */
	if (kept_read(subscription_fields, ARRAY_LEN(subscription_fields), v,
		      true, &sub, err) < 0)
		return err_prefix(err, "webhook");
	/* An older sandbox wrote which kinds, and that was always all. */
	for (; want && !json_is(want, JSON_BOOL); want = json_next(want))
		if (!webhook_want(&sub.target, json_string(want)))
			return err_set(err, ERR_INVALID, "an event of nobody");
	sub.target.chosen = json_true(json_get(v, "chosen"));
	sub.pending = json_true(json_get(v, "pending"));
	if (shown) {
		struct str text = json_string(shown);

		copy = mem_dup(text.ptr ? text.ptr : "", text.len);
	}
	sub.shown = copy;
	result = sender_put_back(sb->sender, &sub, err);
	free(copy);
	return result < 0 ? err_prefix(err, "webhook %u", sub.id) : 0;
}

static int read_delivery(struct sandbox *sb, const struct json *v,
			 struct err *err)
{
	struct str event = json_string(json_get(v, "event"));
	struct str body = json_string(json_get(v, "body"));
	const struct sender_marks *m = sender_marks(sb->sender);
	struct delivery d = { 0 };

	if (kept_read(delivery_fields, ARRAY_LEN(delivery_fields), v, false, &d,
		      err) < 0)
		return err_prefix(err, "what waits");
	if ((d.key.n != EMPLOYEE_NONE && d.key.n >= sb->company.size) ||
	    d.id > m->last_delivery || d.order > m->last_order || !body.ptr ||
	    body.len > WEBHOOK_BODY_MAX)
		return err_set(err, ERR_INVALID, "what waits is not possible");
	return sender_queue_back(sb->sender, &d, event, body, err);
}

int snapshot_read_webhooks(struct sandbox *sb, const struct json *root,
			   struct err *err)
{
	const struct json *sender = json_get(root, "sender");
	const struct json *v;

	if (kept_read(marks, ARRAY_LEN(marks), sender, false,
		      sender_marks(sb->sender), err) < 0 ||
	    kept_read(settings, ARRAY_LEN(settings), sender, false,
		      sender_settings(sb->sender), err) < 0)
		return -1;
	for (v = json_first(json_get(root, "webhooks")); v; v = json_next(v))
		if (read_subscription(sb, v, err) < 0)
			return -1;
	for (v = json_first(json_get(root, "waiting")); v; v = json_next(v))
		if (read_delivery(sb, v, err) < 0)
			return -1;
	return 0;
}

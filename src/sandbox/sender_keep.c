/* What waits, to be written down, and put back after a restart. */
#include "base/clock.h"
#include "sender_own.h"

static void each_of(const struct schedule *q, delivery_fn *fn, void *arg)
{
	for (size_t i = 0; i < q->len; i++)
		if (!subscription_is_gone(q->items[i]->sub))
			fn(q->items[i], arg);
}

void sender_each(const struct sender *s, delivery_fn *fn, void *arg)
{
	const struct delivery *d;
	size_t at = 0;

	each_of(&s->fresh, fn, arg);
	each_of(&s->again, fn, arg);
	/* What is under way may not have arrived: it counts as waiting. */
	while ((d = map_next(&s->under_way, &at)))
		for (; d; d = d->behind)
			if (!subscription_is_gone(d->sub))
				fn(d, arg);
}

int sender_queue_back(struct sender *s, const struct delivery *spec,
		      struct str event, struct str body, struct err *err)
{
	struct subscription *sub = sender_find(s, spec->key.subscription);
	bool is_hello = spec->key.n == EMPLOYEE_NONE;
	struct delivery *d;
	const char *name;

	if (!sub)
		return err_set(err, ERR_INVALID, "waits for no webhook");
	name = is_hello ? SENDER_HELLO
			: webhook_event_find(sub->target.vendor, event);
	if (!name)
		return err_set(err, ERR_INVALID, "an event of no vendor");
	d = delivery_new(s, sub, body);
	d->key.n = spec->key.n;
	d->id = spec->id;
	d->order = spec->order;
	d->due_ms += spec->due_ms;
	d->event = name;
	d->version = spec->version;
	d->attempt = spec->attempt;
	d->duplicate = spec->duplicate;
	d->reordered = spec->reordered;
	d->bad_signature = spec->bad_signature;
	sub->under_way++;
	schedule_add(d->attempt > 1 && !is_hello ? &s->again : &s->fresh, d);
	loop_post(s->cfg.loop, &s->pump);
	return 0;
}

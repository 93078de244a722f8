/* How often the notices of an errand were delivered. */
#include "desk.h"

#include "base/log.h"

static void counted_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_debug("a lookup's deliveries were not counted",
			  log_str("why", err->text));
}

static void count_as(const struct desk *d, unsigned shard, struct str id,
		     uint64_t deliveries)
{
	const struct queue_reader r = { .shard = shard,
					.stream = QUEUE_LOOKUPS,
					.group = DESK_GROUP,
					.consumer = d->consumer };
	struct err err = { 0 };

	if (queue_count_as(d->queue, &r, id, deliveries, counted_cb, NULL,
			   &err) < 0)
		counted_cb(&err, NULL);
}

/* The first delivery is a read, which counts it; the others are claims. */
void notice_count_waiting(const struct desk *d, unsigned shard,
			  const struct queue_entry *entry)
{
	if (entry->deliveries > 1)
		count_as(d, shard, entry->id, entry->deliveries - 1);
}

void errand_count_begun(struct errand *e)
{
	const struct notice *n;

	if (e->begun)
		return;
	e->begun = true;
	STAILQ_FOREACH (n, &e->notices, link)
		if (n->deliveries > 1)
			count_as(e->desk, e->shard, n->id, n->deliveries);
}

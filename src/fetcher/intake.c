/*
 * Where notices come in: the stream `lookups`, and those whose time in `later`
 * is over.
 */
#include "desk.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "inlet.h"
#include "later.h"

#include <stdlib.h>

#define READ_COUNT  200	  /* notices at once */
#define SWEEP_MS    30000 /* between sweeps of the sources */
#define ENTRY_ARENA 262144

struct intake {
	struct desk *desk;
	struct inlet *inlet;
	unsigned shard;
	bool returning;
	int64_t later;	  /* how many waited there when last asked */
	int64_t sweep_at; /* monotonic */
};

static bool has_room(void *arg)
{
	const struct intake *in = arg;

	return in->desk->notices.len + READ_COUNT <= DESK_MAX_NOTICES;
}

/* ---------------------------------------------------------------- entries */

static void buried_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind == ERR_NONE)
		metrics_add(METRIC_LOOKUPS_FAILED, 1);
}

/* Does it fail, the entry stays pending and comes again by a claim. */
static void bury(struct intake *in, const struct queue_entry *entry,
		 const char *reason)
{
	struct queue_reader r = inlet_reader(in->inlet);
	struct err err = { 0 };

	log_warn("a lookup became a dead letter", log_bytes("entry", entry->id),
		 log_str("reason", reason));
	if (queue_bury(in->desk->queue, &r, entry, reason, buried_cb, in,
		       &err) < 0)
		log_debug("not buried yet", log_str("why", err.text));
}

static void take_cb(const struct queue_entry *entry, void *arg)
{
	struct intake *in = arg;
	struct err err = { 0 };
	struct history history;
	struct lookup lookup;
	struct arena a;

	if (entry->id.len >= DESK_MAX_ENTRY_ID)
		return;
	if (errand_has(in->desk, in->shard, entry->id)) {
		/* Our own, slow; the claim was too early. */
		notice_count_waiting(in->desk, in->shard, entry);
		return;
	}
	/* Before it is parsed: whatever ended the others shall not end us. */
	if (entry->deliveries > in->desk->settings->max_deliveries) {
		bury(in, entry, "taken up again and again, never finished");
		return;
	}
	arena_init(&a, ENTRY_ARENA);
	if (later_decode(&lookup, &history, &a, entry->event, &err) < 0)
		bury(in, entry, err.text);
	else
		errand_take(in->desk, in->shard, &lookup, &history, entry);
	arena_release(&a);
}

/* ------------------------------------------------------------------- tick */

static void returned_cb(const struct queue_value *v, const struct err *err,
			void *arg)
{
	struct intake *in = arg;

	in->returning = false;
	if (err->kind == ERR_NONE) {
		int64_t later = queue_value_int(queue_value_at(v, 1));

		metrics_add(METRIC_LOOKUPS_LATER, later - in->later);
		in->later = later;
	} else if (err->kind == ERR_CONFIG || err->kind == ERR_INVALID) {
		log_error("put-off lookups do not come back",
			  log_str("why", err->text));
	}
}

static void return_due(struct intake *in)
{
	if (in->returning)
		return;
	in->returning =
		later_return(in->desk->queue, in->shard, clock_wall_ms(),
			     returned_cb, in, NULL) == 0;
}

static void tick_cb(void *arg)
{
	struct intake *in = arg;
	int64_t now = clock_mono_ms();

	return_due(in);
	if (now < in->sweep_at)
		return;
	in->sweep_at = now + SWEEP_MS;
	sources_sweep(in->desk);
}

/* ------------------------------------------------------------------- life */

static const struct inlet_ops ops = {
	.stream = QUEUE_LOOKUPS,
	.count = READ_COUNT,
	.has_room = has_room,
	.take = take_cb,
	.tick = tick_cb,
};

void intake_resume(struct desk *d)
{
	for (size_t i = 0; i < d->intake_count; i++)
		inlet_resume(d->intakes[i]->inlet);
}

int intake_new(struct intake **out, struct desk *d, unsigned shard,
	       struct err *err)
{
	struct intake *in = mem_new(sizeof(*in));

	in->desk = d;
	in->shard = shard;
	if (inlet_new(&in->inlet, d, shard, &ops, in, err) < 0) {
		free(in);
		return -1;
	}
	*out = in;
	return 0;
}

void intake_free(struct intake **in)
{
	if (!*in)
		return;
	inlet_free(&(*in)->inlet);
	free(*in);
	*in = NULL;
}

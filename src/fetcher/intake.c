/*
 * Where notices come in: new ones, those that a fetcher took and never
 * finished, and those whose time in `later` is over.
 */
#include "desk.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "later.h"

#include <stdio.h>
#include <stdlib.h>

#define READ_COUNT  200	  /* entries at once */
#define BLOCK_MS    2000  /* a read waits so long for the first */
#define RETRY_MS    500	  /* after a read that failed */
#define TICK_MS	    1000  /* of everything that is not a read */
#define TRIM_MS	    30000 /* between trims of the stream */
#define ENTRY_ARENA 262144

struct intake {
	struct desk *desk;
	unsigned shard;
	struct queue *queue; /* for blocking reads alone */
	bool reading;
	bool returning;
	bool claiming;
	int64_t later;		 /* how many waited there when last asked */
	struct loop_timer again; /* to read */
	struct loop_timer tick;
	int64_t claim_at; /* monotonic */
	int64_t trim_at;
};

static struct queue_reader reader_of(const struct intake *in)
{
	return (struct queue_reader){ .shard = in->shard,
				      .stream = QUEUE_LOOKUPS,
				      .group = DESK_GROUP,
				      .consumer = in->desk->consumer };
}

static bool has_room(const struct desk *d)
{
	return d->notices.len + READ_COUNT <= DESK_MAX_NOTICES;
}

/* ----------------------------------------------------------------- entries */

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
	struct queue_reader r = reader_of(in);
	struct err err = { 0 };

	log_warn("a lookup became a dead letter", log_bytes("entry", entry->id),
		 log_str("reason", reason));
	if (queue_bury(in->desk->queue, &r, entry, reason, buried_cb, in,
		       &err) < 0)
		log_debug("not buried yet", log_str("why", err.text));
}

static void take_entry(struct intake *in, const struct queue_entry *entry)
{
	struct err err = { 0 };
	struct history history;
	struct lookup lookup;
	struct arena a;

	if (entry->id.len >= DESK_MAX_ENTRY_ID)
		return;
	if (errand_has(in->desk, in->shard, entry->id))
		return; /* our own, slow; the claim was too early */
	/* Before it is parsed: whatever ended the others shall not end us. */
	if (entry->deliveries > in->desk->settings->max_deliveries) {
		bury(in, entry, "taken up again and again, never finished");
		return;
	}
	arena_init(&a, ENTRY_ARENA);
	if (later_decode(&lookup, &history, &a, entry->event, &err) < 0)
		bury(in, entry, err.text);
	else
		errand_take(in->desk, in->shard, &lookup, &history, entry->id);
	arena_release(&a);
}

static void take_entries(struct intake *in, const struct queue_entry *entries,
			 size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_entry(in, &entries[i]);
}

/* ----------------------------------------------------------------- reading */

static void read_more(struct intake *in);

static void read_cb(const struct queue_entry *entries, size_t count,
		    const struct err *err, void *arg)
{
	struct intake *in = arg;

	in->reading = false;
	if (in->desk->draining)
		return; /* given to us, left pending: claimed by another */
	if (err->kind != ERR_NONE) {
		loop_timer_set(&in->again, RETRY_MS);
		return;
	}
	take_entries(in, entries, count);
	read_more(in);
}

static void read_more(struct intake *in)
{
	struct queue_reader r = reader_of(in);

	if (in->reading || in->desk->draining || !has_room(in->desk))
		return;
	in->reading = true;
	if (queue_read(in->queue, &r, READ_COUNT, BLOCK_MS, read_cb, in, NULL) <
	    0) {
		in->reading = false;
		loop_timer_set(&in->again, RETRY_MS);
	}
}

static void again_cb(void *arg)
{
	read_more(arg);
}

void intake_resume(struct desk *d)
{
	for (size_t i = 0; i < d->intake_count; i++)
		read_more(d->intakes[i]);
}

/* -------------------------------------------------------------------- tick */

static void claimed_cb(const struct queue_entry *entries, size_t count,
		       const struct err *err, void *arg)
{
	struct intake *in = arg;

	in->claiming = false;
	if (err->kind != ERR_NONE || in->desk->draining)
		return;
	take_entries(in, entries, count);
}

static void claim(struct intake *in, int64_t now)
{
	struct queue_reader r = reader_of(in);
	int64_t idle = desk_claim_ms(in->desk);

	if (in->claiming || now < in->claim_at || !has_room(in->desk))
		return;
	in->claim_at = now + idle / 4;
	in->claiming = queue_claim(in->desk->queue, &r, READ_COUNT, idle,
				   claimed_cb, in, NULL) == 0;
}

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

static void trimmed_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_debug("lookups not trimmed", log_str("why", err->text));
}

static void trim(struct intake *in, int64_t now)
{
	struct err err = { 0 };

	if (now < in->trim_at)
		return;
	in->trim_at = now + TRIM_MS;
	if (queue_trim(in->desk->queue, in->shard, QUEUE_LOOKUPS, trimmed_cb,
		       in, &err) < 0)
		trimmed_cb(&err, in);
	source_sweep(in->desk);
}

static void tick_cb(void *arg)
{
	struct intake *in = arg;
	int64_t now = clock_mono_ms();

	if (in->desk->draining)
		return;
	loop_timer_set(&in->tick, TICK_MS);
	if (!queue_is_ready(in->desk->queue))
		return;
	return_due(in);
	claim(in, now);
	trim(in, now);
}

/* -------------------------------------------------------------------- life */

static void changed_cb(struct queue *q, void *arg)
{
	if (queue_is_ready(q))
		read_more(arg);
}

int intake_new(struct intake **out, struct desk *d, unsigned shard,
	       struct err *err)
{
	struct intake *in = mem_new(sizeof(*in));
	struct queue_config cfg = {
		.url = d->settings->redis,
		.least = d->least,
		.command_ms = (int64_t)d->settings->redis_ms,
		.changed = changed_cb,
		.arg = in,
	};

	in->desk = d;
	in->shard = shard;
	loop_timer_init(&in->again, d->loop, again_cb, in);
	loop_timer_init(&in->tick, d->loop, tick_cb, in);
	loop_timer_set(&in->tick, 0);
	if (queue_new(&in->queue, d->loop, &cfg, err) < 0) {
		intake_free(&in);
		return -1;
	}
	*out = in;
	return 0;
}

void intake_free(struct intake **in)
{
	if (!*in)
		return;
	queue_free(&(*in)->queue);
	loop_timer_release(&(*in)->again);
	loop_timer_release(&(*in)->tick);
	free(*in);
	*in = NULL;
}

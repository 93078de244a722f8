#include "shard.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "crash.h"

#include <stdlib.h>
#include <string.h>

static const enum metric metrics_of[APPLY_OUTCOME_COUNT] = {
	[APPLY_CREATED] = METRIC_CHANGES_CREATED,
	[APPLY_UPDATED] = METRIC_CHANGES_UPDATED,
	[APPLY_UNCHANGED] = METRIC_CHANGES_UNCHANGED,
	[APPLY_DEACTIVATED] = METRIC_CHANGES_DEACTIVATED,
	[APPLY_REACTIVATED] = METRIC_CHANGES_REACTIVATED,
	[APPLY_SUPERSEDED] = METRIC_CHANGES_SUPERSEDED,
	[APPLY_DUPLICATE] = METRIC_CHANGES_DUPLICATE,
	[APPLY_WAITING] = METRIC_CHANGES_WAITING,
	[APPLY_REVIEW] = METRIC_CHANGES_REVIEW,
	[APPLY_IGNORED] = METRIC_CHANGES_IGNORED,
	[APPLY_ABSENT] = METRIC_CHANGES_ABSENT,
};

static struct shard *shard_of(struct lane *l)
{
	return CONTAINER_OF(l, struct shard, lane);
}

/* ------------------------------------------------------- what comes of it */

static void waited(struct crew *c)
{
	c->waiting--;
	c->rested(c);
}

static void ack_cb(const struct err *err, void *arg)
{
	struct shard *s = arg;

	/* Without an answer they come again and are found to be applied. */
	if (err->kind)
		log_debug("changes could not be acknowledged",
			  log_str("why", err->text));
	else
		crash_pass(CRASH_AFTER_ACK);
	waited(s->crew);
}

static void bury_cb(const struct err *err, void *arg)
{
	struct shard *s = arg;

	if (err->kind)
		log_warn("a change could not be moved to the dead letters",
			 log_str("why", err->text));
	else
		metrics_add(METRIC_CHANGES_DEAD, 1);
	waited(s->crew);
}

/* The reason names what was wrong with an event, never what stood in it. */
static void bury(struct shard *s, const struct queue_entry *e,
		 const struct err *why)
{
	struct err err = { 0 };

	log_warn("a change becomes a dead letter", log_bytes("entry", e->id),
		 log_int("shard", s->reader.shard),
		 log_int("deliveries", (int64_t)e->deliveries),
		 log_str("why", why->text));
	s->crew->waiting++;
	if (queue_bury(s->crew->control, &s->reader, e, why->text, bury_cb, s,
		       &err) < 0)
		bury_cb(&err, s);
}

static void settle(struct shard *s)
{
	struct crew *c = s->crew;
	struct err err = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct verdict *v = &c->verdicts[i];

		if (v->fate == FATE_ACK) {
			metrics_add(metrics_of[v->outcome], 1);
			c->ids[n++] = s->entries[i].id;
		} else if (v->fate == FATE_BURY) {
			bury(s, &s->entries[i], &v->why);
		} else {
			log_warn("a change will be tried again",
				 log_bytes("entry", s->entries[i].id),
				 log_str("why", v->why.text));
		}
	}
	crash_pass(CRASH_BEFORE_ACK);
	if (n == 0)
		return;
	c->waiting++;
	if (queue_ack(c->control, &s->reader, c->ids, n, ack_cb, s, &err) < 0)
		ack_cb(&err, s);
}

/* --------------------------------------------------------------- holding */

static void drop_held(struct shard *s)
{
	free(s->held);
	free(s->held_bytes);
	s->held = NULL;
	s->held_bytes = NULL;
	s->entries = NULL;
	s->count = 0;
}

static char *copy(char *to, struct str *s)
{
	if (!s->ptr)
		return to;
	memcpy(to, s->ptr, s->len);
	s->ptr = to;
	return to + s->len;
}

/*
 * Kept here and not left to be delivered again: while the database is away
 * each delivery would bring good changes closer to the dead letters.
 */
static void keep_entries(struct shard *s)
{
	size_t bytes = 1;
	char *to;

	for (size_t i = 0; i < s->count; i++)
		bytes += s->entries[i].id.len + s->entries[i].event.len;
	s->held = mem_new_array(s->count, sizeof(*s->held));
	s->held_bytes = to = mem_new(bytes);
	for (size_t i = 0; i < s->count; i++) {
		s->held[i] = s->entries[i];
		to = copy(to, &s->held[i].id);
		to = copy(to, &s->held[i].event);
	}
	s->entries = s->held;
}

static void note_store(struct crew *c, bool ok, const struct err *err)
{
	if (c->store_ok && !ok)
		log_error("changes cannot be written, will try again",
			  log_str("why", err->text));
	if (!c->store_ok && ok)
		log_info("changes can be written again");
	c->store_ok = ok;
	metrics_set(METRIC_STORE_READY, ok);
}

/* ------------------------------------------------------------- lane's ops */

static bool lane_apply(struct lane *l)
{
	struct shard *s = shard_of(l);
	struct crew *c = s->crew;
	struct err err = { 0 };

	if (applier_run(&c->applier, s->entries, s->count, c->verdicts, &err) <
	    0) {
		note_store(c, false, &err);
		if (!s->held)
			keep_entries(s);
		return false;
	}
	note_store(c, true, NULL);
	metrics_add(METRIC_BATCHES, 1);
	settle(s);
	drop_held(s);
	return true;
}

static void entries_cb(const struct queue_entry *entries, size_t count,
		       const struct err *err, void *arg)
{
	struct shard *s = arg;
	uint64_t deliveries = 0;

	if (err->kind) {
		lane_feed(&s->lane, LANE_FAILED);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (entries[i].deliveries > deliveries)
			deliveries = entries[i].deliveries;
	if (s->lane.state == LANE_CLAIMING)
		metrics_add(METRIC_CHANGES_CLAIMED, (int64_t)count);
	s->entries = entries;
	s->count = count;
	lane_got(&s->lane, count, deliveries);
}

static int lane_claim(struct lane *l, size_t count, struct err *err)
{
	struct shard *s = shard_of(l);

	return queue_claim(s->crew->control, &s->reader, count,
			   s->crew->claim_ms, entries_cb, s, err);
}

static int lane_read(struct lane *l, size_t count, int64_t block_ms,
		     struct err *err)
{
	struct shard *s = shard_of(l);

	return queue_read(s->reading, &s->reader, count, block_ms, entries_cb,
			  s, err);
}

static void lane_wait(struct lane *l, int64_t ms)
{
	if (ms < 0)
		loop_timer_cancel(&shard_of(l)->timer);
	else
		loop_timer_set(&shard_of(l)->timer, ms);
}

static void lane_done(struct lane *l)
{
	struct crew *c = shard_of(l)->crew;

	c->at_work--;
	c->rested(c);
}

static const struct lane_ops ops = {
	.claim = lane_claim,
	.read = lane_read,
	.apply = lane_apply,
	.wait = lane_wait,
	.done = lane_done,
};

/* -------------------------------------------------------------- lifecycle */

static void timer_cb(void *arg)
{
	struct shard *s = arg;

	lane_feed(&s->lane, LANE_TIMER);
}

static void changed_cb(struct queue *q, void *arg)
{
	struct shard *s = arg;

	if (queue_is_ready(q))
		lane_feed(&s->lane, LANE_WAKE);
}

int shard_open(struct shard *s, struct crew *crew, unsigned number,
	       const char *consumer, const struct settings *set,
	       enum queue_durability least, struct err *err)
{
	const struct queue_config cfg = { .url = set->redis,
					  .least = least,
					  .command_ms = (int64_t)set->redis_ms,
					  .changed = changed_cb,
					  .arg = s };

	*s = (struct shard){ .crew = crew };
	s->reader = (struct queue_reader){ .shard = number,
					   .stream = QUEUE_CHANGES,
					   .group = "provisioners",
					   .consumer = consumer };
	if (queue_new(&s->reading, crew->loop, &cfg, err) < 0)
		return -1;
	loop_timer_init(&s->timer, crew->loop, timer_cb, s);
	lane_init(&s->lane, &ops, set->batch, crew->claim_ms);
	crew->at_work++;
	return 0;
}

void shard_close(struct shard *s)
{
	queue_free(&s->reading);
	loop_timer_release(&s->timer);
	drop_held(s);
}

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

static void owe(struct shard *s, struct str id)
{
	if (s->acks.count == 0)
		s->crew->waiting++;
	acks_add(&s->acks, id);
	metrics_add(METRIC_CHANGES_UNACKNOWLEDGED, 1);
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

	for (size_t i = 0; i < s->count; i++) {
		const struct verdict *v = &c->verdicts[i];

		if (v->fate == FATE_ACK) {
			metrics_add(metrics_of[v->outcome], 1);
			owe(s, s->entries[i].id);
		} else if (v->fate == FATE_BURY) {
			bury(s, &s->entries[i], &v->why);
		} else {
			log_warn("a change will be tried again",
				 log_bytes("entry", s->entries[i].id),
				 log_str("why", v->why.text));
		}
	}
	crash_pass(CRASH_BEFORE_ACK);
	acks_send(&s->acks);
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

/* ------------------------------------------------------------- acks' ops */

static struct shard *shard_of_acks(struct acks *a)
{
	return CONTAINER_OF(a, struct shard, acks);
}

/* Once per trouble, not once per try. */
static void note_acks(const struct shard *s, const struct err *err)
{
	bool refused = acks_are_refused(&s->acks);

	if (refused && !err->kind)
		log_info("Redis takes acknowledgements again",
			 log_int("shard", s->reader.shard));
	if (!refused && err->kind)
		log_warn("changes are applied, and Redis does not take their "
			 "acknowledgement: it is repeated until it does",
			 log_int("shard", s->reader.shard),
			 log_str("why", err->text));
}

static void ack_cb(const struct err *err, void *arg)
{
	struct shard *s = arg;

	note_acks(s, err);
	if (!err->kind)
		crash_pass(CRASH_AFTER_ACK);
	acks_sent(&s->acks, err);
}

static int acks_send_oldest(struct acks *a, size_t count, struct err *err)
{
	struct shard *s = shard_of_acks(a);
	struct crew *c = s->crew;
	struct err why = { 0 };

	for (size_t i = 0; i < count; i++)
		c->ids[i] = acks_id(a, i);
	if (queue_ack(c->control, &s->reader, c->ids, count, ack_cb, s, &why) ==
	    0)
		return 0;
	note_acks(s, &why);
	return err_set(err, why.kind, "%s", why.text);
}

static void acks_wait(struct acks *a, int64_t ms)
{
	loop_timer_set(&shard_of_acks(a)->again, ms);
}

static void acks_confirmed(struct acks *a, size_t count)
{
	struct shard *s = shard_of_acks(a);

	metrics_add(METRIC_CHANGES_UNACKNOWLEDGED, -(int64_t)count);
	lane_feed(&s->lane, LANE_ACKED);
	if (a->count == 0)
		waited(s->crew);
}

static const struct acks_ops acks_ops = {
	.send = acks_send_oldest,
	.wait = acks_wait,
	.confirmed = acks_confirmed,
};

/* ------------------------------------------------------------- lane's ops */

static bool lane_apply(struct lane *l)
{
	struct shard *s = shard_of(l);
	struct crew *c = s->crew;
	const struct applier_batch batch = { s->reader.shard, s->entries,
					     s->count, c->verdicts };
	struct err err = { 0 };

	if (applier_run(&c->applier, &batch, &err) < 0) {
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

/* What was claimed, but for what only waits to be acknowledged. */
static void take_fresh(struct shard *s, const struct queue_entry *entries,
		       size_t count)
{
	struct queue_entry *fresh = s->crew->fresh;

	s->count = 0;
	for (size_t i = 0; i < count; i++)
		if (!acks_have(&s->acks, entries[i].id))
			fresh[s->count++] = entries[i];
	s->entries = fresh;
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
	s->entries = entries;
	s->count = count;
	if (s->lane.state == LANE_CLAIMING) {
		metrics_add(METRIC_CHANGES_CLAIMED, (int64_t)count);
		take_fresh(s, entries, count);
	}
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].deliveries > deliveries)
			deliveries = s->entries[i].deliveries;
	lane_got(&s->lane, s->count, deliveries);
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

static enum lane_debt lane_debt(struct lane *l)
{
	const struct acks *a = &shard_of(l)->acks;

	if (!acks_have_room(a))
		return DEBT_FULL;
	return acks_are_refused(a) ? DEBT_REFUSED : DEBT_SMALL;
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
	.debt = lane_debt,
	.wait = lane_wait,
	.done = lane_done,
};

/* -------------------------------------------------------------- lifecycle */

static void timer_cb(void *arg)
{
	struct shard *s = arg;

	lane_feed(&s->lane, LANE_TIMER);
}

static void again_cb(void *arg)
{
	struct shard *s = arg;

	acks_again(&s->acks);
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
	loop_timer_init(&s->again, crew->loop, again_cb, s);
	acks_init(&s->acks, &acks_ops);
	lane_init(&s->lane, &ops, set->batch, crew->claim_ms);
	crew->at_work++;
	return 0;
}

void shard_close(struct shard *s)
{
	queue_free(&s->reading);
	loop_timer_release(&s->timer);
	loop_timer_release(&s->again);
	acks_release(&s->acks);
	drop_held(s);
}

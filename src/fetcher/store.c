/*
 * Giving Redis the outcome of an errand. The order is the promise: notices are
 * acknowledged only with or after what they led to.
 */
#include "desk.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "later.h"
#include "queue/run.h"

#define LOOKUP_MAX 4096 /* bytes of a lookup as JSON */

static struct queue_reader reader_of(const struct errand *e)
{
	return (struct queue_reader){ .shard = e->shard,
				      .stream = QUEUE_LOOKUPS,
				      .group = DESK_GROUP,
				      .consumer = e->desk->consumer };
}

/* The entries' ids, without the first skip ones. */
static size_t ids_of(const struct errand *e, size_t skip,
		     struct str ids[ERRAND_MAX_NOTICES])
{
	struct notice *n;
	size_t count = 0;

	STAILQ_FOREACH (n, &e->notices, link) {
		if (skip) {
			skip--;
			continue;
		}
		ASSERT(count < ERRAND_MAX_NOTICES);
		ids[count++] = n->id;
	}
	return count;
}

static void feed(struct errand *e, const struct err *err)
{
	look_feed(&e->look,
		  err->kind == ERR_NONE ? LOOK_IN_STORED : LOOK_IN_NOT_STORED);
}

/* ----------------------------------------------------------------- change */

/*
 * What the notices led to is stored. Is this lost, they are claimed again and
 * the person is read once more: no reason to do the first half twice.
 */
static void acked_cb(const struct err *err, void *arg)
{
	struct errand *e = arg;

	if (err->kind != ERR_NONE)
		log_warn("a lookup will be repeated",
			 log_str("why", err->text));
	look_feed(&e->look, LOOK_IN_STORED);
}

static void ack(struct errand *e, size_t skip)
{
	struct queue_reader r = reader_of(e);
	struct str ids[ERRAND_MAX_NOTICES];
	size_t count = ids_of(e, skip, ids);
	struct err err = { 0 };

	if (count == 0 ||
	    queue_ack(e->desk->queue, &r, ids, count, acked_cb, e, &err) < 0)
		acked_cb(&err, e);
}

static void stored_cb(const struct err *err, void *arg)
{
	feed(arg, err);
}

/* Where no run reads everybody, nobody needs to know what was sent. */
static struct str listed_pid(const struct errand *e)
{
	const struct setup *setup = e->wire.setup;
	struct fetch_context ctx = setup_context(setup);

	return read_can(setup->manifest, &ctx, READ_FULL) ? e->lookup.pid
							  : (struct str){ 0 };
}

/*
 * No id to find duplicates by: a version is in the change, so applying it
 * twice is applying it once (R3).
 */
static int store_change(struct errand *e, struct err *err)
{
	struct str ids[ERRAND_MAX_NOTICES];
	struct run_read r = {
		.shard = e->shard,
		.connection = e->lookup.connection,
		.change = buf_str(&e->change),
		.pid = listed_pid(e),
		.digest =
			e->look.verdict.kind == CHANGE_STATE ? e->digest : NULL,
		.read_ms = e->wire.sent_ms,
		.ids = ids,
		.id_count = ids_of(e, 0, ids),
	};

	return run_store_read(e->desk->queue, &r, stored_cb, e, err);
}

/* ------------------------------------------------------------------ later */

static void put_cb(const struct queue_value *v, const struct err *err,
		   void *arg)
{
	(void)v;
	feed(arg, err);
}

static int store_later(struct errand *e, struct err *err)
{
	const struct verdict *v = &e->look.verdict;
	struct str ids[ERRAND_MAX_NOTICES];
	struct later_put p = { .shard = e->shard,
			       .due_ms = clock_wall_ms() + v->wait_ms,
			       .person = e->key,
			       .group = DESK_GROUP,
			       .ids = ids,
			       .id_count = ids_of(e, 0, ids) };
	struct buf event;
	int result;

	buf_init(&event, LOOKUP_MAX);
	later_encode(&e->lookup, &v->history, &event);
	p.event = buf_str(&event);
	result = buf_check(&event, "a lookup", err);
	if (result == 0)
		result = later_put(e->desk->queue, &p, put_cb, e, err);
	buf_release(&event);
	return result;
}

/* ------------------------------------------------------------ dead letter */

static void buried_cb(const struct err *err, void *arg)
{
	struct errand *e = arg;

	if (err->kind != ERR_NONE) {
		feed(e, err);
		return;
	}
	log_warn("a lookup became a dead letter",
		 log_bytes("connection", e->lookup.connection),
		 log_bytes("person", e->lookup.pid),
		 log_str("reason", e->look.verdict.reason));
	ack(e, 1);
}

/* One letter for the person, with the first notice's id. */
static int store_dead(struct errand *e, struct err *err)
{
	struct queue_reader r = reader_of(e);
	struct queue_entry entry = { .id = STAILQ_FIRST(&e->notices)->id,
				     .deliveries = 1 };
	struct buf event;
	int result;

	buf_init(&event, LOOKUP_MAX);
	lookup_encode(&e->lookup, &event);
	entry.event = buf_str(&event);
	result = buf_check(&event, "a lookup", err);
	if (result == 0)
		result = queue_bury(e->desk->queue, &r, &entry,
				    e->look.verdict.reason, buried_cb, e, err);
	buf_release(&event);
	return result;
}

/* ------------------------------------------------------------------- drop */

static void dropped_cb(const struct err *err, void *arg)
{
	feed(arg, err);
}

static int store_drop(struct errand *e, struct err *err)
{
	struct queue_reader r = reader_of(e);
	struct str ids[ERRAND_MAX_NOTICES];
	size_t count = ids_of(e, 0, ids);

	return queue_ack(e->desk->queue, &r, ids, count, dropped_cb, e, err);
}

bool store_verdict(struct errand *e)
{
	static int (*const ways[])(struct errand * e, struct err * err) = {
		[VERDICT_CHANGE] = store_change,
		[VERDICT_LATER] = store_later,
		[VERDICT_BURY] = store_dead,
		[VERDICT_DROP] = store_drop,
	};
	struct err err = { 0 };

	if (ways[e->look.verdict.action](e, &err) == 0)
		return true;
	log_debug("redis did not take an outcome", log_str("why", err.text));
	return false;
}

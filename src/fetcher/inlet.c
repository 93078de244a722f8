#include "inlet.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "desk.h"

#include <stdlib.h>

#define BLOCK_MS 2000  /* a read waits so long for the first */
#define RETRY_MS 500   /* after a read that failed */
#define TICK_MS	 1000  /* of everything that is not a read */
#define TRIM_MS	 30000 /* between trims of the stream */

struct inlet {
	struct desk *desk;
	const struct inlet_ops *ops;
	void *arg;
	unsigned shard;
	struct queue *queue; /* for blocking reads alone */
	bool reading;
	bool claiming;
	struct loop_timer again; /* to read */
	struct loop_timer tick;
	int64_t claim_at; /* monotonic */
	int64_t trim_at;
};

struct queue_reader inlet_reader(const struct inlet *in)
{
	return (struct queue_reader){ .shard = in->shard,
				      .stream = in->ops->stream,
				      .group = DESK_GROUP,
				      .consumer = in->desk->consumer };
}

static void take_all(struct inlet *in, const struct queue_entry *entries,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		in->ops->take(&entries[i], in->arg);
}

/* ---------------------------------------------------------------- reading */

static void read_cb(const struct queue_entry *entries, size_t count,
		    const struct err *err, void *arg)
{
	struct inlet *in = arg;

	in->reading = false;
	if (in->desk->draining)
		return; /* given to us, left pending: claimed by another */
	if (err->kind != ERR_NONE) {
		loop_timer_set(&in->again, RETRY_MS);
		return;
	}
	take_all(in, entries, count);
	inlet_resume(in);
}

void inlet_resume(struct inlet *in)
{
	struct queue_reader r = inlet_reader(in);

	if (in->reading || in->desk->draining || !in->ops->has_room(in->arg))
		return;
	in->reading = true;
	if (queue_read(in->queue, &r, in->ops->count, BLOCK_MS, read_cb, in,
		       NULL) < 0) {
		in->reading = false;
		loop_timer_set(&in->again, RETRY_MS);
	}
}

static void again_cb(void *arg)
{
	inlet_resume(arg);
}

/* ------------------------------------------------------------------- tick */

static void claimed_cb(const struct queue_entry *entries, size_t count,
		       const struct err *err, void *arg)
{
	struct inlet *in = arg;

	in->claiming = false;
	if (err->kind != ERR_NONE || in->desk->draining)
		return;
	take_all(in, entries, count);
}

static void claim(struct inlet *in, int64_t now)
{
	struct queue_reader r = inlet_reader(in);
	int64_t idle = desk_claim_ms(in->desk);

	if (in->claiming || now < in->claim_at || !in->ops->has_room(in->arg))
		return;
	in->claim_at = now + idle / 4;
	in->claiming = queue_claim(in->desk->queue, &r, in->ops->count, idle,
				   claimed_cb, in, NULL) == 0;
}

static void trimmed_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_debug("a stream was not trimmed",
			  log_str("why", err->text));
}

static void trim(struct inlet *in, int64_t now)
{
	struct err err = { 0 };

	if (now < in->trim_at)
		return;
	in->trim_at = now + TRIM_MS;
	if (queue_trim(in->desk->queue, in->shard, in->ops->stream, trimmed_cb,
		       in, &err) < 0)
		trimmed_cb(&err, in);
}

static void tick_cb(void *arg)
{
	struct inlet *in = arg;
	int64_t now = clock_mono_ms();

	if (in->desk->draining)
		return;
	loop_timer_set(&in->tick, TICK_MS);
	if (!queue_is_ready(in->desk->queue))
		return;
	if (in->ops->tick)
		in->ops->tick(in->arg);
	claim(in, now);
	trim(in, now);
}

/* ------------------------------------------------------------------- life */

static void changed_cb(struct queue *q, void *arg)
{
	if (queue_is_ready(q))
		inlet_resume(arg);
}

int inlet_new(struct inlet **out, struct desk *d, unsigned shard,
	      const struct inlet_ops *ops, void *arg, struct err *err)
{
	struct inlet *in = mem_new(sizeof(*in));
	struct queue_config cfg = {
		.url = d->settings->redis,
		.least = d->least,
		.command_ms = (int64_t)d->settings->redis_ms,
		.changed = changed_cb,
		.arg = in,
	};

	*in = (struct inlet){
		.desk = d, .ops = ops, .arg = arg, .shard = shard
	};
	loop_timer_init(&in->again, d->loop, again_cb, in);
	loop_timer_init(&in->tick, d->loop, tick_cb, in);
	loop_timer_set(&in->tick, 0);
	if (queue_new(&in->queue, d->loop, &cfg, err) < 0) {
		inlet_free(&in);
		return -1;
	}
	*out = in;
	return 0;
}

void inlet_free(struct inlet **in)
{
	if (!*in)
		return;
	queue_free(&(*in)->queue);
	loop_timer_release(&(*in)->again);
	loop_timer_release(&(*in)->tick);
	free(*in);
	*in = NULL;
}

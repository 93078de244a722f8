#include "runner.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "desk.h"
#include "trouble.h"

#include <stdlib.h>
#include <string.h>

#define LUCK_RANGE  1000
#define ARENA_MAX   ((size_t)1 << 20)
#define PORTION_MAX ((size_t)16 << 20) /* of names of absent people */

/* ---------------------------------------------------------------- results */

void runner_feed(struct runner *r, const struct err *err)
{
	if (err->kind == ERR_NONE)
		walk_feed(&r->walk, WALK_IN_OK);
	else if (err->kind == ERR_CONFLICT)
		walk_feed(&r->walk, WALK_IN_LOST);
	else
		runner_not_yet(r, err);
}

void runner_not_yet(struct runner *r, const struct err *err)
{
	log_debug("a run waits", log_str("run", r->id),
		  log_str("why", err->text));
	walk_feed(&r->walk, WALK_IN_NOT_YET);
}

void runner_done_cb(const struct err *err, void *arg)
{
	runner_feed(arg, err);
}

void runner_fail(struct runner *r, enum run_status status, const char *reason,
		 const char *detail)
{
	r->status = status;
	buf_clear(&r->error);
	buf_add_z(&r->error, reason);
	if (detail && *detail)
		buf_addf(&r->error, ": %s", detail);
}

void runner_trouble(struct runner *r, enum finding finding, int64_t asked_ms,
		    const struct err *err)
{
	struct trouble t = trouble_of(finding, r->progress.tries, asked_ms,
				      random_below(LUCK_RANGE));
	struct source_news n = { .stop = t.action == TROUBLE_STOP,
				 .pause_ms = t.pause_ms,
				 .reason = t.reason };

	source_complain(r->source, t.reason, err->text);
	source_heed(r->source, &n);
	r->progress.tries++;
	r->wait_ms = t.wait_ms;
	runner_fail(r, RUN_FAILED, t.reason, err->text);
	r->progress.obeys = t.pause_ms > 0;
	buf_clear(&r->progress.waits_for);
	buf_add_str(&r->progress.waits_for, buf_str(&r->error));
	if (t.action != TROUBLE_WAIT)
		walk_feed(&r->walk, WALK_IN_FAILED);
	else
		walk_feed(&r->walk, t.wait_ms > RUNNER_STAY_MS ? WALK_IN_PARK
							       : WALK_IN_WAIT);
}

bool runner_is_snapshot(const struct runner *r)
{
	return r->progress.read == READ_FULL && !r->progress.partial;
}

/* ------------------------------------------------------------- begin, end */

static void take_progress(struct runner *r, struct str text)
{
	struct err err = { .kind = ERR_NONE };

	if (text.len && progress_read(&r->progress, text, &err) < 0) {
		log_warn("a run begins anew", log_str("run", r->id),
			 log_str("why", err.text));
		progress_release(&r->progress);
		progress_init(&r->progress);
	}
	r->walk.phase = r->progress.phase;
	memcpy(r->sheaf.counts, r->progress.counts, sizeof(r->sheaf.counts));
	r->sheaf.proof = r->progress.proof;
}

static void begun_cb(struct str run, uint64_t number, struct str progress,
		     const struct err *err, void *arg)
{
	struct runner *r = arg;

	if (err->kind == ERR_NONE && !str_is(run, r->id)) {
		(void)snprintf(r->other, sizeof(r->other), "%.*s",
			       STR_ARG(run));
		walk_feed(&r->walk, WALK_IN_OTHER);
		return;
	}
	if (err->kind == ERR_NONE) {
		r->number = r->sheaf.number = number;
		r->sheaf.place = r->place;
		take_progress(r, progress);
	}
	runner_feed(r, err);
}

static void begin(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct err err = { .kind = ERR_NONE };

	if (run_begin(r->desk->queue, &r->place, str_of(r->id), begun_cb, r,
		      &err) < 0)
		runner_not_yet(r, &err);
}

static void end_run(struct runner *r, const char *id)
{
	struct err err = { .kind = ERR_NONE };

	if (run_end(r->desk->queue, &r->place, str_of(id), runner_done_cb, r,
		    &err) < 0)
		runner_not_yet(r, &err);
}

static void clear(struct walk *w)
{
	end_run(runner_of(w), runner_of(w)->other);
}

static void end(struct walk *w)
{
	end_run(runner_of(w), runner_of(w)->id);
}

/* --------------------------------------------------------------- walk_ops */

static bool yields(struct walk *w)
{
	struct runner *r = runner_of(w);

	return clock_mono_ms() - r->turn_ms >=
		       (int64_t)r->desk->settings->run_turn_ms &&
	       r->ops->yields(r);
}

static void stopped(struct walk *w)
{
	struct runner *r = runner_of(w);

	if (source_look(r->source) == SOURCE_READY)
		runner_fail(r, RUN_STOPPED, "stopped by hand", NULL);
	else
		runner_fail(r, RUN_STOPPED,
			    "the connection was switched off meanwhile", NULL);
}

static void rest(struct walk *w)
{
	loop_timer_set(&runner_of(w)->again, DESK_REST_MS);
}

static void wait(struct walk *w)
{
	loop_timer_set(&runner_of(w)->again, runner_of(w)->wait_ms);
}

static void done(struct walk *w)
{
	struct runner *r = runner_of(w);

	page_cancel(&r->page);
	loop_timer_cancel(&r->again);
	r->ops->done(r);
}

static const struct walk_ops ops = {
	.start = { [WALK_LEASING] = runner_take_lease,
		   [WALK_BEGINNING] = begin,
		   [WALK_CLEARING] = clear,
		   [WALK_OPENING] = runner_open,
		   [WALK_PREPARING] = runner_prepare,
		   [WALK_READING] = runner_read,
		   [WALK_JUDGING] = runner_judge,
		   [WALK_ASKING] = runner_ask_absent,
		   [WALK_TELLING] = runner_tell_absent,
		   [WALK_CONFIRMING] = runner_confirm,
		   [WALK_RECORDING] = runner_record,
		   [WALK_ENDING] = end,
		   [WALK_PARKING] = runner_park,
		   [WALK_DROPPING] = runner_drop_lease },
	.interrupt = runner_interrupt,
	.yields = yields,
	.stopped = stopped,
	.rest = rest,
	.wait = wait,
	.done = done,
};

/* ------------------------------------------------------------------- life */

static void again_cb(void *arg)
{
	struct runner *r = arg;

	walk_feed(&r->walk, WALK_IN_AGAIN);
}

static void take_run(struct runner *r, const struct run *run, unsigned shard)
{
	memcpy(r->id, run->id, sizeof(r->id));
	memcpy(r->connection, run->connection, sizeof(r->connection));
	memcpy(r->organization, run->organization, sizeof(r->organization));
	r->kind = run->kind;
	r->reason = run->reason;
	r->place.shard = shard;
	r->place.connection = str_of(r->connection);
}

struct runner *runner_new(struct desk *d, const struct run *run, unsigned shard,
			  bool hurried, const struct runner_ops *to)
{
	struct runner *r = mem_new(sizeof(*r));

	r->desk = d;
	r->ops = to;
	r->hurried = hurried;
	take_run(r, run, shard);
	r->turn_ms = clock_mono_ms();
	r->source = source_find(d, r->place.connection);
	source_hold(r->source);
	runner_init_lease(r);
	loop_timer_init(&r->again, d->loop, again_cb, r);
	progress_init(&r->progress);
	progress_init(&r->next);
	arena_init(&r->arena, ARENA_MAX);
	arena_init(&r->portion, PORTION_MAX);
	buf_init(&r->error, RUNNER_ERROR_MAX);
	runner_init_reading(r);
	walk_start(&r->walk, &ops);
	return r;
}

bool runner_is_busy(const struct runner *r)
{
	return r->keeping;
}

void runner_free(struct runner **at)
{
	struct runner *r = *at;

	if (!r)
		return;
	runner_release_reading(r);
	loop_timer_release(&r->lease);
	loop_timer_release(&r->again);
	progress_release(&r->progress);
	progress_release(&r->next);
	arena_release(&r->arena);
	arena_release(&r->portion);
	buf_release(&r->error);
	source_release(r->source);
	free(r);
	*at = NULL;
}

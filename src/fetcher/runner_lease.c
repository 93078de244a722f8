/* A run's lease: nobody else runs the connection while it is kept. */
#include "runner.h"

#include "base/clock.h"
#include "desk.h"

#define KEEPS 3 /* tries to keep the lease in its time */

static void keep_lease(struct runner *r, int64_t ms, queue_done_fn *fn)
{
	struct err err = { .kind = ERR_NONE };

	r->asked_lease_ms = clock_mono_ms();
	if (run_lease_keep(r->desk->queue, &r->place, ms, fn, r, &err) < 0)
		fn(&err, r);
}

/* As Redis counts it, or a little less. */
static void set_lease(struct runner *r)
{
	r->lease_until_ms = r->asked_lease_ms + RUNNER_LEASE_MS;
	loop_timer_set(&r->lease, RUNNER_LEASE_MS / KEEPS);
}

static bool holds_lease(const struct runner *r)
{
	return r->walk.state > WALK_LEASING && r->walk.state < WALK_PARKING;
}

/* While Redis is away the lease runs out here as it does there. */
static void kept_cb(const struct err *err, void *arg)
{
	struct runner *r = arg;

	r->keeping = false;
	if (!holds_lease(r))
		return;
	if (err->kind == ERR_NONE)
		set_lease(r);
	else if (err->kind == ERR_CONFLICT)
		walk_feed(&r->walk, WALK_IN_TAKEN);
	else
		loop_timer_set(&r->lease, DESK_REST_MS);
}

static void lease_cb(void *arg)
{
	struct runner *r = arg;

	if (!holds_lease(r) || r->keeping)
		return;
	if (clock_mono_ms() >= r->lease_until_ms) {
		walk_feed(&r->walk, WALK_IN_TAKEN);
		return;
	}
	r->keeping = true;
	keep_lease(r, RUNNER_LEASE_MS, kept_cb);
}

static void leased_cb(uint64_t fence, int64_t retry_ms, const struct err *err,
		      void *arg)
{
	struct runner *r = arg;

	if (err->kind == ERR_NONE && !fence) {
		r->retry_ms = retry_ms > 0 ? retry_ms : DESK_REST_MS;
		walk_feed(&r->walk, WALK_IN_HELD);
		return;
	}
	if (err->kind == ERR_NONE) {
		r->place.fence = fence;
		set_lease(r);
	}
	runner_feed(r, err);
}

void runner_take_lease(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct err err = { .kind = ERR_NONE };

	r->asked_lease_ms = clock_mono_ms();
	if (run_lease_take(r->desk->queue, r->place.shard, r->place.connection,
			   str_of(r->desk->consumer), RUNNER_LEASE_MS,
			   leased_cb, r, &err) < 0)
		runner_not_yet(r, &err);
}

static void confirmed_cb(const struct err *err, void *arg)
{
	struct runner *r = arg;

	if (err->kind == ERR_NONE)
		set_lease(r);
	runner_feed(r, err);
}

void runner_confirm(struct walk *w)
{
	keep_lease(runner_of(w), RUNNER_LEASE_MS, confirmed_cb);
}

/* Lost or dropped, it is not ours any more: that was the aim. */
static void dropped_cb(const struct err *err, void *arg)
{
	struct runner *r = arg;

	if (err->kind == ERR_CONFLICT)
		walk_feed(&r->walk, WALK_IN_OK);
	else
		runner_feed(r, err);
}

void runner_drop_lease(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct err err = { .kind = ERR_NONE };

	if (run_lease_drop(r->desk->queue, &r->place, dropped_cb, r, &err) < 0)
		runner_not_yet(r, &err);
}

/* ---------------------------------------------------------------- parking */

static void parked_cb(uint64_t people, const struct err *err, void *arg)
{
	struct runner *r = arg;

	(void)people;
	if (err->kind != ERR_NONE)
		runner_feed(r, err);
	else
		keep_lease(r, r->retry_ms, runner_done_cb);
}

/*
 * Nobody takes it up before its time: the lease waits in Redis, where it needs
 * nobody. How long it is to wait in all stands with the run, as does what was
 * tried so far.
 */
void runner_park(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct run_page page = { .number = r->number, .read_ms = 1 };
	struct err err = { .kind = ERR_NONE };
	struct buf text;

	r->retry_ms = r->wait_ms < RUNNER_PARK_MS ? r->wait_ms : RUNNER_PARK_MS;
	r->progress.waits_until_ms = clock_wall_ms() + r->wait_ms;
	buf_init(&text, PROGRESS_MAX);
	progress_write(&r->progress, NULL, &text);
	page.progress = buf_str(&text);
	if (run_page(r->desk->queue, &r->place, &page, parked_cb, r, &err) < 0)
		runner_not_yet(r, &err);
	buf_release(&text);
}

void runner_init_lease(struct runner *r)
{
	loop_timer_init(&r->lease, r->desk->loop, lease_cb, r);
}

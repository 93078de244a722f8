#include "board.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "desk.h"
#include "provider/read.h"
#include "registry/run.h"
#include "runner.h"
#include "slot.h"

#include <stdlib.h>

#define TICK_MS	   1000
#define SLOTS_MAX  100 /* taken in one tick */
#define OPEN_PAGES 8   /* of RUN_LIST_MAX open runs that are looked at */
#define SWEEP_MS   60000
#define ROWS_MAX   ((size_t)4 << 20) /* bytes of what a tick reads */

TAILQ_HEAD(runner_list, runner);

struct board {
	struct desk *desk;
	struct round round;
	struct runner_list active;
	struct runner_list done;
	size_t count;	  /* of active */
	bool others_wait; /* more are open than run */
	int64_t sweep_at; /* monotonic */
	struct loop_timer tick;
};

/* ------------------------------------------------------------------ slots */

static bool can_change(const struct source *s)
{
	const struct setup *setup = source_setup(s);
	struct fetch_context ctx = setup_context(setup);

	return read_can(setup->manifest, &ctx, READ_CHANGED);
}

static int take_slot(struct board *b, struct str connection, struct arena *a,
		     struct err *err)
{
	struct source *s = source_find(b->desk, connection);
	int64_t now = clock_wall_ms();
	struct sync_state sync;
	struct run run;
	bool taken, can = source_look(s) == SOURCE_READY && can_change(s);

	if (registry_get_sync(b->desk->db, connection, a, &sync, err) < 0)
		return -1;
	return registry_take_slot(b->desk->db, connection, now,
				  slot_kind(&sync, can, now), a, &run, &taken,
				  err);
}

static void take_slots(struct board *b, struct arena *a)
{
	struct err err = { .kind = ERR_NONE };
	struct str *due;
	size_t count;

	if (registry_list_due(b->desk->db, clock_wall_ms(), SLOTS_MAX, a, &due,
			      &count, &err) < 0) {
		log_debug("no slots were seen", log_str("why", err.text));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		err.kind = ERR_NONE;
		if (take_slot(b, due[i], a, &err) < 0)
			log_warn("a slot was not taken",
				 log_bytes("connection", due[i]),
				 log_str("why", err.text));
	}
}

/* ------------------------------------------------------------------ turns */

static bool yields_cb(struct runner *r)
{
	return r->desk->board->others_wait;
}

static void done_cb(struct runner *r)
{
	struct board *b = r->desk->board;
	struct str connection = str_of(r->connection);
	int64_t now = clock_mono_ms();

	switch (r->walk.end) {
	case WALK_RECORDED:
		round_forget(&b->round, connection);
		break;
	case WALK_LEFT:
		round_turn(&b->round, connection, now, 0);
		break;
	case WALK_LOST:
		r->retry_ms = RUNNER_LEASE_MS;
		metrics_add(METRIC_RUNS_LOST, 1);
		log_warn("a run was taken over by another fetcher",
			 log_str("run", r->id));
		round_turn(&b->round, connection, now, now + r->retry_ms);
		break;
	default:
		round_turn(&b->round, connection, now, now + r->retry_ms);
		break;
	}
	TAILQ_REMOVE(&b->active, r, link);
	TAILQ_INSERT_TAIL(&b->done, r, link);
	metrics_set(METRIC_RUNS_ACTIVE, (int64_t)--b->count);
	loop_post(b->desk->loop, &b->desk->sweep);
}

static const struct runner_ops ops = { .yields = yields_cb, .done = done_cb };

static bool is_in_hand(const struct board *b, const struct run *run)
{
	const struct runner *r;

	TAILQ_FOREACH (r, &b->active, link)
		if (strcmp(r->connection, run->connection) == 0)
			return true;
	TAILQ_FOREACH (r, &b->done, link)
		if (strcmp(r->connection, run->connection) == 0)
			return true;
	return false;
}

/* An admin's stop does not wait for the end of a pause. */
static bool is_candidate(const struct board *b, const struct run *run)
{
	return !is_in_hand(b, run) &&
	       (run->stop ||
		round_may(&b->round, str_of(run->connection), clock_mono_ms()));
}

/* Whose turn is longest ago; of those that had none, who asked first. */
static const struct run *best_of(const struct board *b, const struct run *best,
				 const struct run *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_candidate(b, &list[i]))
			continue;
		if (!best ||
		    round_last(&b->round, str_of(list[i].connection)) <
			    round_last(&b->round, str_of(best->connection)))
			best = &list[i];
	}
	return best;
}

static void begin(struct board *b, const struct run *run)
{
	struct str connection = str_of(run->connection);
	struct source *s = source_find(b->desk, connection);
	int64_t now = clock_mono_ms();
	enum source_state state;
	struct runner *r;

	source_expire(s); /* who asks for a run may have changed a key before */
	state = source_look(s);
	if (state == SOURCE_NO_DATABASE || state == SOURCE_DELETED) {
		round_turn(&b->round, connection, now, now + RUNNER_LEASE_MS);
		return;
	}
	b->count++;
	metrics_set(METRIC_RUNS_ACTIVE, (int64_t)b->count);
	r = runner_new(b->desk, run, source_shard(s),
		       round_is_hurried(&b->round, connection), &ops);
	TAILQ_INSERT_TAIL(&b->active, r, link);
}

/* -------------------------------------------------------------- open runs */

struct open_runs {
	struct run *pages[OPEN_PAGES];
	size_t counts[OPEN_PAGES];
	size_t page_count;
};

static bool list_open(struct board *b, struct arena *a, struct open_runs *out)
{
	struct str cursor = { 0 };
	struct err err = { .kind = ERR_NONE };

	*out = (struct open_runs){ .page_count = 0 };
	while (out->page_count < OPEN_PAGES) {
		struct run **page = &out->pages[out->page_count];
		size_t *count = &out->counts[out->page_count];

		if (registry_list_open(b->desk->db, cursor, RUN_LIST_MAX, a,
				       page, count, &err) < 0) {
			log_debug("no runs were seen",
				  log_str("why", err.text));
			return false;
		}
		out->page_count++;
		if (*count < RUN_LIST_MAX)
			break;
		cursor = str_of((*page)[*count - 1].id);
	}
	return true;
}

static const struct run *best_open(const struct board *b,
				   const struct open_runs *open)
{
	const struct run *best = NULL;

	for (size_t i = 0; i < open->page_count; i++)
		best = best_of(b, best, open->pages[i], open->counts[i]);
	return best;
}

static size_t most(const struct board *b)
{
	return (size_t)b->desk->settings->runs;
}

/* How long the first of those that nobody has begun waits: they are in order.
 */
static void set_lag(struct board *b, const struct open_runs *open)
{
	int64_t asked = 0;

	for (size_t i = 0; i < open->page_count && !asked; i++)
		for (size_t k = 0; k < open->counts[i] && !asked; k++)
			if (open->pages[i][k].status == RUN_QUEUED &&
			    !is_in_hand(b, &open->pages[i][k]))
				asked = open->pages[i][k].asked_ms;
	metrics_set(METRIC_RUN_LAG_MS, asked ? clock_wall_ms() - asked : 0);
}

static void give_turns(struct board *b, struct arena *a)
{
	struct open_runs open;
	const struct run *run;

	if (!list_open(b, a, &open))
		return;
	while (b->count < most(b) && (run = best_open(b, &open)))
		begin(b, run);
	b->others_wait = best_open(b, &open) != NULL;
	set_lag(b, &open);
}

/* --------------------------------------------------------------- stopping */

/* Its row, or its connection, says that it is not wanted any more. */
static bool is_unwanted(struct board *b, struct runner *r, struct arena *a)
{
	enum source_state state = source_look(r->source);
	struct err err = { .kind = ERR_NONE };
	struct run run;

	if (state == SOURCE_OFF || state == SOURCE_DELETED)
		return true;
	if (registry_get_run(b->desk->db, r->organization, str_of(r->id), a,
			     &run, &err) < 0)
		return err.kind == ERR_NOT_FOUND;
	return run.stop || run.finished_ms;
}

static void stop_unwanted(struct board *b, struct arena *a)
{
	struct runner *r, *next;

	for (r = TAILQ_FIRST(&b->active); r; r = next) {
		next = TAILQ_NEXT(r, link);
		if (is_unwanted(b, r, a))
			walk_feed(&r->walk, WALK_IN_STOP);
	}
}

/* ------------------------------------------------------------------- tick */

static void tick_cb(void *arg)
{
	struct board *b = arg;
	int64_t now = clock_mono_ms();
	struct arena a;

	if (b->desk->draining)
		return;
	loop_timer_set(&b->tick, TICK_MS);
	if (!queue_is_ready(b->desk->queue))
		return;
	arena_init(&a, ROWS_MAX);
	take_slots(b, &a);
	stop_unwanted(b, &a);
	give_turns(b, &a);
	arena_release(&a);
	if (now < b->sweep_at)
		return;
	b->sweep_at = now + SWEEP_MS;
	round_sweep(&b->round, now);
}

void board_look(struct board *b)
{
	if (!b->desk->draining)
		loop_timer_set(&b->tick, 0);
}

void board_hurry(struct board *b, struct str connection)
{
	round_hurry(&b->round, connection, clock_mono_ms());
	board_look(b);
}

void board_drain(struct board *b)
{
	struct runner *r, *next;

	for (r = TAILQ_FIRST(&b->active); r; r = next) {
		next = TAILQ_NEXT(r, link);
		walk_feed(&r->walk, WALK_IN_LEAVE);
	}
}

bool board_is_idle(const struct board *b)
{
	return TAILQ_EMPTY(&b->active);
}

/* ------------------------------------------------------------------- life */

void board_sweep(struct board *b)
{
	struct runner *r, *next;
	bool freed = false;

	for (r = TAILQ_FIRST(&b->done); r; r = next) {
		next = TAILQ_NEXT(r, link);
		if (runner_is_busy(r))
			continue; /* the next sweep, after its last callback */
		TAILQ_REMOVE(&b->done, r, link);
		runner_free(&r);
		freed = true;
	}
	if (freed)
		board_look(b);
}

struct board *board_new(struct desk *d)
{
	struct board *b = mem_new(sizeof(*b));

	b->desk = d;
	TAILQ_INIT(&b->active);
	TAILQ_INIT(&b->done);
	round_init(&b->round);
	loop_timer_init(&b->tick, d->loop, tick_cb, b);
	loop_timer_set(&b->tick, 0);
	return b;
}

static void free_all(struct runner_list *list)
{
	struct runner *r;

	while ((r = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, r, link);
		runner_free(&r);
	}
}

void board_free(struct board **at)
{
	struct board *b = *at;

	if (!b)
		return;
	free_all(&b->active);
	free_all(&b->done);
	round_release(&b->round);
	loop_timer_release(&b->tick);
	free(b);
	*at = NULL;
}

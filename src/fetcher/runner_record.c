/* A run and the database: what it begins with, and what became of it. */
#include "runner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "desk.h"
#include "provider/read.h"
#include "registry/spool.h"

#include <string.h>

#define ROW_MAX	 ((size_t)512 << 10) /* of what is read, and of a state */
#define TEXT_MAX RUN_TEXT_MAX

/* -------------------------------------------------------- what was before */

int runner_take_before(struct runner *r, struct err *err)
{
	const struct json *v = NULL;

	if (registry_get_sync(r->desk->db, r->place.connection, &r->arena,
			      &r->sync, err) < 0)
		return -1;

	if (r->sync.accepted.len &&
	    json_parse(&v, &r->arena, r->sync.accepted, NULL, NULL) < 0)
		v = NULL;
	proof_read_before(&r->before, v);
	r->before.people = r->sync.people;
	return 0;
}

/* Who changed since, where the HRIS can still tell; else everybody. */
static bool reads_changes(const struct runner *r,
			  const struct fetch_context *ctx,
			  const struct read_since *since)
{
	const struct manifest *m = source_setup(r->source)->manifest;

	return r->kind == RUN_INCREMENTAL && r->sync.since_ms &&
	       read_can(m, ctx, READ_CHANGED) &&
	       read_since_serves(m, ctx, since, ctx->now_ms);
}

static int begin_read(struct runner *r, struct arena *a, struct err *err)
{
	const struct setup *setup = source_setup(r->source);
	struct fetch_context ctx = setup_context(setup);
	struct read_since since = { r->sync.since_ms, r->sync.mark };
	struct progress *p = &r->progress;
	struct str state = { 0 };

	p->read = reads_changes(r, &ctx, &since) ? READ_CHANGED : READ_FULL;
	p->partial = read_is_partial(setup->manifest, &ctx);
	p->started_ms = ctx.now_ms;
	if (read_begin(setup->manifest, &ctx, p->read,
		       p->read == READ_CHANGED ? &since : NULL, ctx.now_ms, a,
		       &state, err) < 0)
		return -1;
	buf_clear(&p->state);
	buf_add_str(&p->state, state);
	return buf_check(&p->state, "the state of a read", err);
}

static bool is_new(const struct runner *r)
{
	return r->progress.phase == WALK_PAGES && !r->progress.state.len;
}

static void start_reading(struct runner *r)
{
	struct err err = { .kind = ERR_NONE };
	struct arena a;
	int result = 0;

	arena_init(&a, ROW_MAX);
	if (is_new(r))
		result = begin_read(r, &a, &err);
	arena_release(&a);
	if (result == 0) {
		walk_feed(&r->walk, WALK_IN_OK);
		return;
	}
	runner_fail(r, RUN_FAILED, "the read cannot begin", err.text);
	walk_feed(&r->walk, WALK_IN_FAILED);
}

/* An HRIS that only sends webhooks has been read when it is asked for it. */
static bool is_nothing_to_read(struct runner *r)
{
	const struct setup *setup = source_setup(r->source);
	struct fetch_context ctx = setup_context(setup);

	if (read_can(setup->manifest, &ctx, READ_FULL))
		return false;
	r->status = RUN_DONE;
	buf_clear(&r->error);
	walk_feed(&r->walk, WALK_IN_FAILED);
	return true;
}

/* ---------------------------------------------------------------- opening */

/* It was parked, and is again: its time has not come. */
static bool must_wait(struct runner *r)
{
	int64_t left = r->progress.waits_until_ms - clock_wall_ms();

	r->progress.waits_until_ms = 0;
	if (left <= 0 || (r->hurried && !r->progress.obeys))
		return false;
	r->wait_ms = left;
	walk_feed(&r->walk, WALK_IN_PARK);
	return true;
}

static void open_ready(struct runner *r)
{
	struct err err = { .kind = ERR_NONE };

	arena_clear(&r->arena);
	if (runner_take_before(r, &err) < 0 ||
	    registry_start_run(r->desk->db, str_of(r->id), clock_wall_ms(),
			       &err) < 0) {
		if (err.kind == ERR_CONFLICT || err.kind == ERR_NOT_FOUND)
			walk_feed(&r->walk, WALK_IN_OVER);
		else
			runner_not_yet(r, &err);
		return;
	}
	if (!is_nothing_to_read(r) && !must_wait(r))
		start_reading(r);
}

static void open_by_source(struct runner *r)
{
	const struct err away = { ERR_TEMP, "no database" };

	switch (source_look(r->source)) {
	case SOURCE_READY:
		open_ready(r);
		return;
	case SOURCE_NO_DATABASE:
		runner_not_yet(r, &away);
		return;
	case SOURCE_DELETED:
		walk_feed(&r->walk, WALK_IN_OVER);
		return;
	case SOURCE_OFF:
		walk_feed(&r->walk, WALK_IN_STOPPED);
		return;
	case SOURCE_BROKEN:
		runner_fail(r, RUN_FAILED, "the connection cannot be used",
			    source_trouble(r->source));
		walk_feed(&r->walk, WALK_IN_FAILED);
		return;
	}
}

void runner_open(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct err err = { .kind = ERR_NONE };
	struct run run;
	struct arena a;
	int result;

	arena_init(&a, ROW_MAX);
	result = registry_get_run(r->desk->db, r->organization, str_of(r->id),
				  &a, &run, &err);
	arena_release(&a);
	if (result < 0 && err.kind != ERR_NOT_FOUND)
		runner_not_yet(r, &err);
	else if (result < 0 || run.finished_ms)
		walk_feed(w, WALK_IN_OVER);
	else if (run.stop)
		walk_feed(w, WALK_IN_STOPPED);
	else
		open_by_source(r);
}

/* -------------------------------------------------------------- recording */

static void write_proof(const struct runner *r, struct buf *out)
{
	struct json_writer w;

	if (!runner_is_snapshot(r) || !r->sheaf.counts[COUNT_PAGES])
		return;
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_bool(&w, "accepted", r->status == RUN_DONE);
	if (r->status == RUN_REFUSED) {
		json_add_z(&w, "fault", proof_fault_name(r->fault));
		json_add_bool(&w, "confirmable",
			      proof_is_confirmable(r->fault));
	}
	json_add_int(&w, "pages", r->sheaf.counts[COUNT_PAGES]);
	proof_write(&w, &r->progress.proof, &r->before);
	json_close(&w);
}

/* What the next run goes by; only what ended well moves it on. */
static void take_success(struct runner *r, struct str proof)
{
	const struct progress *p = &r->progress;

	r->sync.since_ms = p->started_ms;
	r->sync.mark = buf_str(&p->mark);
	if (!runner_is_snapshot(r))
		return;
	r->sync.full_ms = p->started_ms;
	r->sync.people = p->proof.people;
	r->sync.accepted = proof;
	if (r->sheaf.send_all)
		r->sync.reconcile_ms = p->started_ms;
}

static int write_sync(struct runner *r, struct str proof, struct err *err)
{
	if (r->status != RUN_DONE || !r->sheaf.counts[COUNT_PAGES])
		return 0;
	take_success(r, proof);
	return registry_set_sync(r->desk->db, r->place.connection, &r->sync,
				 err);
}

static int write_run(struct runner *r, struct str counts, struct str proof,
		     struct err *err)
{
	if (write_sync(r, proof, err) < 0)
		return -1;
	return registry_finish_run(r->desk->db, str_of(r->id), r->status,
				   counts, proof, buf_str(&r->error),
				   clock_wall_ms(), err);
}

static const enum metric metric_of[RUN_STATUS_COUNT] = {
	[RUN_QUEUED] = METRIC_COUNT,	   [RUN_RUNNING] = METRIC_COUNT,
	[RUN_DONE] = METRIC_RUNS_DONE,	   [RUN_REFUSED] = METRIC_RUNS_REFUSED,
	[RUN_FAILED] = METRIC_RUNS_FAILED, [RUN_STOPPED] = METRIC_RUNS_STOPPED,
};

static void tell(const struct runner *r)
{
	const int64_t *counts = r->sheaf.counts;

	metrics_add(metric_of[r->status], 1);
	log_info("a run ended", log_str("run", r->id),
		 log_str("connection", r->connection),
		 log_str("kind", run_kind_name(r->kind)),
		 log_str("status", run_status_name(r->status)),
		 log_int("people", counts[COUNT_PEOPLE]),
		 log_int("queued", counts[COUNT_QUEUED]),
		 log_int("unusable", counts[COUNT_UNUSABLE]),
		 log_bytes("reason", buf_str(&r->error)));
}

/* A list that an admin may confirm is read again then. */
static bool is_read_for_good(const struct runner *r)
{
	return r->status == RUN_DONE ||
	       (r->status == RUN_REFUSED && !proof_is_confirmable(r->fault));
}

/*
 * R19: what was read is not kept. Who uploads during a run is told that it
 * joins it: the newer file is read next.
 */
static void forget_upload(struct runner *r)
{
	const char *path = page_upload(&r->page);
	char newer[SPOOL_PATH_MAX];
	struct err err = { .kind = ERR_NONE };
	struct run run;
	bool joined;

	if (!path || !is_read_for_good(r))
		return;
	spool_remove(path);
	if (spool_newest(r->desk->settings->spool, r->place.connection, newer,
			 NULL) < 0)
		return;
	arena_clear(&r->portion);
	if (registry_ask_run(r->desk->db, r->organization, r->place.connection,
			     RUN_FULL, RUN_BY_HAND, clock_wall_ms(),
			     &r->portion, &run, &joined, &err) < 0)
		log_warn("an uploaded file waits for the next run",
			 log_str("connection", r->connection),
			 log_str("why", err.text));
}

/* Repeating it changes nothing: a crash after it does. */
void runner_record(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct err err = { .kind = ERR_NONE };
	struct buf counts, proof;

	buf_init(&counts, TEXT_MAX);
	buf_init(&proof, TEXT_MAX);
	r->sheaf.counts[COUNT_ABSENT] = r->progress.counts[COUNT_ABSENT];
	progress_write_counts(r->sheaf.counts, &counts);
	write_proof(r, &proof);
	if (write_run(r, buf_str(&counts), buf_str(&proof), &err) < 0 &&
	    err.kind != ERR_NOT_FOUND) {
		runner_not_yet(r, &err);
	} else {
		tell(r);
		forget_upload(r);
		walk_feed(w, WALK_IN_OK);
	}
	buf_release(&counts);
	buf_release(&proof);
}

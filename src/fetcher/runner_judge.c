/* A run has read all: R7's proof, and what it means for those not seen. */
#include "runner.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "change/change.h"
#include "desk.h"
#include "registry/rule.h"

#include <string.h>

#define EVENTS_MAX ((size_t)4 << 20) /* bytes of a portion's events */

/* ---------------------------------------------------------------- verdict */

/* Admins may have decided while it was read. */
static int read_rule(struct runner *r, struct proof_rule *out, struct err *err)
{
	const struct setup *setup = source_setup(r->source);
	struct rules rules;

	if (runner_take_before(r, err) < 0 ||
	    registry_get_rules(r->desk->db, r->organization, &rules, err) < 0)
		return -1;
	*out = (struct proof_rule){
		.least_percent = (unsigned)rules.values[RULE_SNAPSHOT_LEAST],
		.mapped = mapping_fields(setup->manifest, setup->mapping),
	};
	return 0;
}

/* An incremental has no proof, but it has to end. */
static void judge_changed(struct runner *r)
{
	const struct proof *p = &r->progress.proof;

	r->status = RUN_DONE;
	if (p->repeated || p->capped)
		runner_fail(r, RUN_FAILED,
			    "the HR system's list of changes does not end",
			    NULL);
	walk_feed(&r->walk, WALK_IN_LAST);
}

/*
 * Who moves from one list to the other while both are read, or makes the rows
 * of an HRIS without fixed pages move on, is counted otherwise than he came:
 * a second look settles it.
 */
static bool is_second_look_due(const struct runner *r, enum proof_fault fault)
{
	return fault == PROOF_TOTAL && !r->progress.restarts;
}

static void look_again(struct runner *r)
{
	progress_restart(&r->progress);
	sheaf_clear(&r->sheaf);
	walk_feed(&r->walk, WALK_IN_ANEW);
}

static void judge_snapshot(struct runner *r)
{
	struct err err = { .kind = ERR_NONE };
	struct proof_rule rule;
	struct proof_verdict v;

	if (read_rule(r, &rule, &err) < 0) {
		runner_not_yet(r, &err);
		return;
	}
	v = proof_judge(&r->progress.proof, &r->before, &rule);
	if (is_second_look_due(r, v.fault)) {
		look_again(r);
		return;
	}
	r->fault = v.fault;
	if (v.fault == PROOF_HOLDS) {
		r->status = RUN_DONE;
		r->progress.phase = WALK_ABSENT;
		buf_clear(&r->progress.cursor);
		buf_add_z(&r->progress.cursor, "0");
		walk_feed(&r->walk, WALK_IN_OK);
		return;
	}
	runner_fail(r, RUN_REFUSED, "", NULL);
	proof_explain(&r->progress.proof, &r->before, &rule, v, &r->error);
	walk_feed(&r->walk, WALK_IN_LAST);
}

static void counted_cb(uint64_t people, const struct err *err, void *arg)
{
	struct runner *r = arg;

	if (err->kind != ERR_NONE) {
		runner_feed(r, err);
		return;
	}
	r->progress.proof.people = (int64_t)people;
	if (runner_is_snapshot(r))
		judge_snapshot(r);
	else
		judge_changed(r);
}

/* Redis knows how many there are: it has seen the pages before a crash too. */
void runner_judge(struct walk *w)
{
	struct runner *r = runner_of(w);
	const struct run_page nothing = { .number = r->number, .read_ms = 1 };
	struct err err = { .kind = ERR_NONE };

	if (run_page(r->desk->queue, &r->place, &nothing, counted_cb, r, &err) <
	    0)
		runner_not_yet(r, &err);
}

/* ----------------------------------------------------------------- absent */

static bool keep_portion(struct runner *r, const struct str *pids, size_t count)
{
	arena_clear(&r->portion);
	r->absent = arena_zalloc(&r->portion, count + 1, sizeof(*pids));
	r->absent_count = r->absent_told = 0;
	r->absent_before = r->progress.counts[COUNT_ABSENT];
	for (size_t i = 0; r->absent && i < count; i++) {
		r->absent[i] = arena_dup(&r->portion, pids[i]);
		if (!r->absent[i].ptr)
			return false;
		r->absent_count++;
	}
	return r->absent;
}

static void absent_cb(const struct str *pids, size_t count, struct str cursor,
		      const struct err *err, void *arg)
{
	const struct err too_many = { ERR_LIMIT, "too many absent at once" };
	struct runner *r = arg;

	if (err->kind == ERR_NONE && !keep_portion(r, pids, count)) {
		runner_not_yet(r, &too_many);
		return;
	}
	if (err->kind == ERR_NONE) {
		buf_clear(&r->progress.cursor);
		buf_add_str(&r->progress.cursor,
			    str_is(cursor, "0") ? str_of(RUNNER_END) : cursor);
	}
	runner_feed(r, err);
}

void runner_ask_absent(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct str cursor = buf_str(&r->progress.cursor);
	struct err err = { .kind = ERR_NONE };

	r->status = RUN_DONE; /* also when a crash brought us here */
	if (str_is(cursor, RUNNER_END)) {
		walk_feed(w, WALK_IN_LAST);
		return;
	}
	if (run_absent(r->desk->queue, &r->place, r->number, cursor, absent_cb,
		       r, &err) < 0)
		runner_not_yet(r, &err);
}

static size_t part_left(const struct runner *r)
{
	size_t left = r->absent_count - r->absent_told;

	return left < RUN_BATCH_MAX ? left : RUN_BATCH_MAX;
}

static void told_cb(uint64_t people, const struct err *err, void *arg)
{
	struct runner *r = arg;

	(void)people;
	if (err->kind != ERR_NONE) {
		runner_feed(r, err);
		return;
	}
	metrics_add(METRIC_RUN_ABSENT, (int64_t)part_left(r));
	r->absent_told += part_left(r);
	if (r->absent_told < r->absent_count)
		runner_tell_absent(&r->walk);
	else
		runner_feed(r, err);
}

/* A fact and no departure: the provisioner writes it down, no more (R8). */
static void add_event(struct runner *r, struct str pid, struct buf *out)
{
	struct change c = { .kind = CHANGE_ABSENT,
			    .source = CHANGE_RUN,
			    .organization = str_of(r->organization),
			    .connection = str_of(r->connection),
			    .version = r->progress.started_ms,
			    .observed_ms = r->progress.started_ms,
			    .person = { .pid = pid },
			    .run = str_of(r->id) };

	change_identify(&c);
	change_encode(&c, out);
}

static int tell_part(struct runner *r, struct buf *events, struct buf *progress,
		     struct err *err)
{
	struct str changes[RUN_BATCH_MAX];
	size_t ends[RUN_BATCH_MAX + 1] = { 0 }, count = part_left(r);
	struct run_page page = { .number = r->number,
				 .read_ms = r->progress.started_ms,
				 .changes = changes,
				 .change_count = count };

	for (size_t i = 0; i < count; i++) {
		add_event(r, r->absent[r->absent_told + i], events);
		ends[i + 1] = events->len;
	}
	for (size_t i = 0; i < count; i++)
		changes[i] = (struct str){ events->data + ends[i],
					   ends[i + 1] - ends[i] };
	r->progress.counts[COUNT_ABSENT] =
		r->absent_before + (int64_t)(r->absent_told + count);
	progress_write(&r->progress, NULL, progress);
	if (r->absent_told + count == r->absent_count)
		page.progress = buf_str(progress);
	if (buf_check(events, "absences", err) < 0 ||
	    buf_check(progress, "the progress of a run", err) < 0)
		return -1;
	return run_page(r->desk->queue, &r->place, &page, told_cb, r, err);
}

/*
 * The cursor is stored with the portion's last events: a crash before that
 * tells of the portion once more.
 */
void runner_tell_absent(struct walk *w)
{
	struct runner *r = runner_of(w);
	struct err err = { .kind = ERR_NONE };
	struct buf events, progress;

	buf_init(&events, EVENTS_MAX);
	buf_init(&progress, PROGRESS_MAX);
	if (tell_part(r, &events, &progress, &err) < 0)
		runner_not_yet(r, &err);
	buf_release(&events);
	buf_release(&progress);
}

/* A run reads: tables of names, then page after page until the last. */
#include "runner.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "desk.h"

#include <string.h>

/* R16: over 40 % of at least 50. */
#define UNFIT_LEAST   50
#define UNFIT_PERCENT 40

/* ----------------------------------------------------------------- tables */

static void names_cb(struct names_want *want, const struct names_result *result)
{
	struct runner *r = CONTAINER_OF(want, struct runner, want);

	if (result->finding != FINDING_PERSON) {
		runner_trouble(r, result->finding, result->asked_ms,
			       &result->err);
		return;
	}
	read_tables_free(&r->tables);
	names_unref(&r->names);
	if (result->names)
		r->names = names_ref(result->names);
	r->tables = names_tables(r->names);
	walk_feed(&r->walk, WALK_IN_OK);
}

/*
 * A pause of the connection is waited out; it is no failure of the run's. True:
 * it is switched off, or refused: that is over soon, one way or the other.
 */
static bool must_wait(struct runner *r)
{
	const struct err refused = { ERR_AUTH,
				     "it was refused before; a change of the "
				     "connection starts it again" };

	if (source_look(r->source) != SOURCE_READY) {
		r->wait_ms = DESK_REST_MS; /* the board stops it */
		walk_feed(&r->walk, WALK_IN_WAIT);
		return true;
	}
	if (source_is_stopped(r->source)) {
		runner_trouble(r, FINDING_CREDENTIALS, -1, &refused);
		return true;
	}
	r->wait_ms = source_paused_ms(r->source);
	if (!r->wait_ms)
		return false;
	walk_feed(&r->walk,
		  r->wait_ms > RUNNER_STAY_MS ? WALK_IN_PARK : WALK_IN_WAIT);
	return true;
}

void runner_prepare(struct walk *w)
{
	struct runner *r = runner_of(w);

	if (must_wait(r))
		return;
	r->want.ready = names_cb;
	names_get(&r->want, r->source, NAMES_OF_RUN_MS);
}

/* ------------------------------------------------------------------ pages */

static void copy_text(struct buf *to, struct str text)
{
	buf_clear(to);
	buf_add_str(to, text);
}

/* Nothing of a page that is read again counts. */
static void reset_sheaf(struct runner *r)
{
	sheaf_clear(&r->sheaf);
	memcpy(r->sheaf.counts, r->progress.counts, sizeof(r->sheaf.counts));
	r->progress.proof.people = r->sheaf.proof.people;
	r->sheaf.proof = r->progress.proof;
	r->page_over = r->page_failed = false;
}

void runner_read(struct walk *w)
{
	struct runner *r = runner_of(w);

	if (must_wait(r))
		return;
	reset_sheaf(r);
	page_start(&r->page, r->source, BUDGET_RUN, buf_str(&r->progress.state),
		   r->tables);
}

static struct runner *of_page(struct page *p)
{
	return CONTAINER_OF(p, struct runner, page);
}

static struct runner *of_sheaf(struct sheaf *s)
{
	return CONTAINER_OF(s, struct runner, sheaf);
}

static void row_cb(struct page *p, const struct read_row *row,
		   struct str record)
{
	sheaf_add(&of_page(p)->sheaf, row, record);
}

static void bad_cb(struct page *p, struct str pid, const struct err *err)
{
	struct runner *r = of_page(p);

	if (!r->bad.kind)
		r->bad = *err;
	sheaf_add_bad(&r->sheaf, pid);
}

static bool full_cb(struct page *p)
{
	struct runner *r = of_page(p);

	if (!sheaf_is_full(&r->sheaf))
		return false;
	if (sheaf_is_open(&r->sheaf))
		sheaf_flush(&r->sheaf, p);
	return true;
}

/* -------------------------------------------------------- what comes next */

static void start_next(struct runner *r)
{
	struct progress *next = &r->next;

	next->phase = WALK_PAGES;
	next->read = r->progress.read;
	next->partial = r->progress.partial;
	next->started_ms = r->progress.started_ms;
	next->restarts = r->progress.restarts;
	next->tries = 0;
	buf_clear(&next->state);
	buf_clear(&next->mark);
	buf_clear(&next->cursor);
}

/* The proof goes with the page: it counts when that is stored. */
static void take_turn(struct runner *r, const struct read_turn *turn,
		      bool repeated)
{
	struct proof *proof = &r->sheaf.proof;

	if (turn->total >= 0)
		proof->total = turn->total;
	proof->last_page = turn->done;
	proof->repeated = repeated;
	r->sheaf.counts[COUNT_PAGES]++;
	if (!turn->done && r->sheaf.counts[COUNT_PAGES] >= PROOF_MAX_PAGES)
		proof->capped = true;
	start_next(r);
	if (turn->done || proof->repeated || proof->capped)
		r->next.phase = WALK_VERDICT;
	copy_text(&r->next.state, turn->state);
	copy_text(&r->next.mark, turn->mark);
}

/* The HRIS forgot where we were, or offers another way: all of it again. */
static void restart(struct runner *r, const struct read_turn *turn)
{
	const struct err again = { ERR_INVALID,
				   "it forgot where the read was, again and "
				   "again" };
	bool partial = r->progress.partial;

	if (r->progress.restarts >= RUNNER_RESTARTS) {
		runner_trouble(r, FINDING_TOO_LARGE, -1, &again);
		return;
	}
	progress_restart(&r->progress);
	r->progress.read = turn->kind;
	r->progress.partial = partial;
	r->progress.started_ms = clock_wall_ms();
	copy_text(&r->progress.state, turn->state);
	sheaf_clear(&r->sheaf);
	walk_feed(&r->walk, WALK_IN_OK);
}

static void turned_cb(struct page *p, const struct read_turn *turn)
{
	const struct read_turn none = { .total = -1 };
	struct runner *r = of_page(p);

	if (turn && turn->restart) {
		restart(r, turn);
		return;
	}
	take_turn(r, turn ? turn : &none, !turn);
	r->page_over = true;
	sheaf_flush(&r->sheaf, p);
}

/* Of uploads alone. An answer in which nothing is found is unreadable. */
static bool is_without_file(enum finding finding, const struct err *err)
{
	return finding == FINDING_NO_ANSWER && err->kind == ERR_NOT_FOUND;
}

/*
 * There is no new file. At a slot that means that nothing has changed; who
 * asked by hand is told.
 */
static void end_without_file(struct runner *r, const struct err *err)
{
	bool expected = r->reason == RUN_SCHEDULED;

	runner_fail(r, expected ? RUN_DONE : RUN_FAILED,
		    expected ? "" : err->text, NULL);
	walk_feed(&r->walk, WALK_IN_FAILED);
}

static void failed_cb(struct page *p, enum finding finding, int64_t asked_ms,
		      const struct err *err)
{
	struct runner *r = of_page(p);

	if (r->given_up)
		return;
	if (is_without_file(finding, err)) {
		end_without_file(r, err);
		return;
	}
	if (sheaf_is_open(&r->sheaf)) {
		runner_trouble(r, finding, asked_ms, err);
		return;
	}
	r->page_failed = true; /* when what is on its way has arrived */
	r->page_finding = finding;
	r->page_asked_ms = asked_ms;
	r->page_err = *err;
}

static const struct page_ops page_ops = {
	.row = row_cb,
	.bad = bad_cb,
	.full = full_cb,
	.turned = turned_cb,
	.failed = failed_cb,
};

/* -------------------------------------------------------------- the sheaf */

static void progress_cb(struct sheaf *s, const int64_t *counts, bool last,
			struct buf *out)
{
	struct runner *r = of_sheaf(s);

	if (!last || !r->page_over) {
		progress_write(&r->progress, counts, out);
		return;
	}
	memcpy(r->next.counts, counts, sizeof(r->next.counts));
	r->next.proof = s->proof;
	progress_write(&r->next, NULL, out);
}

static bool is_fit(const int64_t *counts)
{
	int64_t bad = counts[COUNT_UNUSABLE];
	int64_t all = counts[COUNT_PEOPLE] + bad;

	return all < UNFIT_LEAST || bad * 100 <= all * UNFIT_PERCENT;
}

/* A page may be on the stack: it is taken down at the end of the turn. */
static bool is_fit_cb(struct sheaf *s)
{
	struct runner *r = of_sheaf(s);

	if (is_fit(s->counts))
		return true;
	r->given_up = true;
	loop_post(r->desk->loop, &r->give_up);
	return false;
}

static void give_up_cb(void *arg)
{
	struct runner *r = arg;

	page_cancel(&r->page);
	runner_fail(r, RUN_FAILED,
		    "quarantined: over 40 % of the records cannot be used; "
		    "check the mapping and what the credentials may read",
		    r->bad.text);
	walk_feed(&r->walk, WALK_IN_FAILED);
}

static void count_page(const int64_t *before, const int64_t *after)
{
	static const struct {
		enum count count;
		enum metric metric;
	} shown[] = {
		{ COUNT_PAGES, METRIC_RUN_PAGES },
		{ COUNT_QUEUED, METRIC_RUN_QUEUED },
		{ COUNT_UNCHANGED, METRIC_RUN_UNCHANGED },
		{ COUNT_LOOKUPS, METRIC_RUN_LOOKUPS },
		{ COUNT_UNUSABLE, METRIC_RUN_UNUSABLE },
	};

	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		metrics_add(shown[i].metric,
			    after[shown[i].count] - before[shown[i].count]);
}

static void page_stored(struct runner *r)
{
	struct progress stored = r->next;

	count_page(r->progress.counts, stored.counts);
	r->next = r->progress;
	r->progress = stored;
	r->progress.proof.people = r->sheaf.proof.people;
	walk_feed(&r->walk,
		  stored.phase == WALK_VERDICT ? WALK_IN_LAST : WALK_IN_OK);
}

static void stored_cb(struct sheaf *s)
{
	struct runner *r = of_sheaf(s);

	if (r->page_over)
		page_stored(r);
	else if (r->page_failed)
		runner_trouble(r, r->page_finding, r->page_asked_ms,
			       &r->page_err);
	else
		page_go_on(&r->page);
}

static void sheaf_failed_cb(struct sheaf *s, enum finding finding,
			    int64_t asked_ms, const struct err *err)
{
	struct runner *r = of_sheaf(s);

	page_cancel(&r->page);
	runner_trouble(r, finding, asked_ms, err);
}

static void lost_cb(struct sheaf *s)
{
	walk_feed(&of_sheaf(s)->walk, WALK_IN_LOST);
}

static void cut_cb(struct sheaf *s)
{
	walk_feed(&of_sheaf(s)->walk, WALK_IN_CUT);
}

static const struct sheaf_ops sheaf_ops = {
	.progress = progress_cb,
	.is_fit = is_fit_cb,
	.stored = stored_cb,
	.failed = sheaf_failed_cb,
	.lost = lost_cb,
	.cut = cut_cb,
};

/* -------------------------------------------------------------- interrupt */

/* Records that are stored already stay: each is whole by itself. */
void runner_interrupt(struct walk *w)
{
	struct runner *r = runner_of(w);

	loop_task_cancel(r->desk->loop, &r->give_up);
	names_cancel(&r->want);
	page_cancel(&r->page);
	if (sheaf_is_open(&r->sheaf))
		walk_feed(w, WALK_IN_CUT);
	else
		sheaf_interrupt(&r->sheaf);
}

/* ------------------------------------------------------------------- life */

void runner_init_reading(struct runner *r)
{
	page_init(&r->page, &page_ops);
	sheaf_init(&r->sheaf, &sheaf_ops, r->desk, r->source);
	loop_task_init(&r->give_up, give_up_cb, r);
	r->sheaf.organization = str_of(r->organization);
	r->sheaf.send_all = r->kind == RUN_INITIAL || r->kind == RUN_RECONCILE;
}

void runner_release_reading(struct runner *r)
{
	loop_task_cancel(r->desk->loop, &r->give_up);
	names_cancel(&r->want);
	page_release(&r->page);
	sheaf_release(&r->sheaf);
	read_tables_free(&r->tables);
	names_unref(&r->names);
}

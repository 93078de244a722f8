/* A run in one sentence: what came of it, and what follows from that. */
#include "render_run.h"

#include "base/clock.h"

#include <inttypes.h>

static int64_t count_of(const struct json *v, const char *name)
{
	int64_t n;

	return json_int(json_get(v, name), &n) ? n : -1;
}

static void say_queued(const struct run_view *v, struct buf *out)
{
	(void)v;
	buf_add_z(out, "Waits for a fetcher; usually a second.");
}

static void say_wait(const struct run_view *v, struct buf *out)
{
	char until[CLOCK_TEXT_SIZE];

	buf_addf(out, " It waits until %s",
		 clock_format_ms(v->waits_until_ms, until));
	if (v->waits_for.len)
		buf_addf(out, ": %.*s", STR_ARG(v->waits_for));
	buf_add_char(out, '.');
	if (!v->obeys)
		buf_add_z(out, " Sync now tries at once.");
}

static void say_running(const struct run_view *v, struct buf *out)
{
	int64_t pages = count_of(v->counts, "pages");
	int64_t people = count_of(v->counts, "people");

	buf_addf(out, "Reading %s", v->title);
	if (pages >= 0)
		buf_addf(out, ": page %" PRId64, pages + 1);
	if (people >= 0)
		buf_addf(out, ", %" PRId64 " people so far", people);
	if (people >= 0 && v->total >= 0)
		buf_addf(out, " of %" PRId64, v->total);
	buf_add_char(out, '.');
	if (v->waits_until_ms)
		say_wait(v, out);
}

static void say_snapshot(const struct run_view *v, struct buf *out)
{
	int64_t total = count_of(v->proof, "total");

	buf_addf(out, "The list is complete: %" PRId64 " people",
		 count_of(v->proof, "people"));
	if (total >= 0)
		buf_addf(out, ", as many as %s says", v->title);
	buf_add_z(out, ", and the last page was seen.");
}

static void say_done(const struct run_view *v, struct buf *out)
{
	int64_t people = count_of(v->counts, "people");

	if (v->proof)
		say_snapshot(v, out);
	else if (people > 0)
		buf_addf(out,
			 "%" PRId64 " people were read who may have "
			 "changed.",
			 people);
	else
		buf_add_z(out, "Nobody has changed.");
}

static void say_why(const struct run_view *v, struct buf *out)
{
	if (!v->run->error.len)
		return;
	buf_add_z(out, ": ");
	buf_add_str(out, v->run->error);
}

static void say_refused(const struct run_view *v, struct buf *out)
{
	buf_add_z(out, "The list looked incomplete");
	say_why(v, out);
	buf_add_z(out, ". Hires and changes were applied; nobody counts as "
		       "missing.");
	if (v->run->confirmed_ms)
		buf_add_z(out, " An admin has confirmed it: later lists are "
			       "compared with this one.");
	else if (json_true(json_get(v->proof, "confirmable")))
		buf_add_z(out, " If that is how it is, confirm it.");
}

static void say_failed(const struct run_view *v, struct buf *out)
{
	buf_add_z(out, "It could not go on");
	say_why(v, out);
	buf_add_z(out, ". What came before was applied.");
}

static void say_stopped(const struct run_view *v, struct buf *out)
{
	(void)v;
	buf_add_z(out, "It was stopped. What came before was applied.");
}

void run_sentence(const struct run_view *v, struct buf *out)
{
	static void (*const say[RUN_STATUS_COUNT])(const struct run_view *v,
						   struct buf *out) = {
		[RUN_QUEUED] = say_queued, [RUN_RUNNING] = say_running,
		[RUN_DONE] = say_done,	   [RUN_REFUSED] = say_refused,
		[RUN_FAILED] = say_failed, [RUN_STOPPED] = say_stopped,
	};

	say[v->run->status](v, out);
}

/* What this fetcher can do for the console: a row for each kind of job. */
#include "job_kinds.h"

#include "desk.h"
#include "inquiry.h"

/*
 * The database says what is to be done; the job only says that it is now. Any
 * fetcher may get it, not only the one that it is about: the others see it in
 * the database, a second later.
 */
static void look_now(struct chore *c)
{
	board_look(c->desk->board);
	chore_done(c, (struct str){ 0 });
}

static void run_now(struct chore *c)
{
	board_hurry(c->desk->board, c->job.connection);
	chore_done(c, (struct str){ 0 });
}

const struct chore_kind chore_kinds[JOB_KIND_COUNT] = {
	[JOB_RUN] = { .start = run_now },
	[JOB_STOP] = { .start = look_now },
	[JOB_TEST] = { job_test, inquiry_cancel },
	[JOB_FIELDS] = { job_fields, inquiry_cancel },
	[JOB_REGISTER] = { job_register, inquiry_cancel },
	[JOB_UNREGISTER] = { job_unregister, inquiry_cancel },
	[JOB_AUTHORIZE] = { job_authorize, inquiry_cancel },
	[JOB_CONFIRM] = { job_confirm, inquiry_cancel },
	[JOB_CAPTURED] = { job_captured, inquiry_cancel },
	[JOB_RENEW] = { job_renew, inquiry_cancel },
};

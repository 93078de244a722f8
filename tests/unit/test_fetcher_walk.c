/* The life of a run, with a fake HRIS, a fake Redis and a fake database. */
#include "check.h"
#include "walk.h"

struct fake {
	struct walk walk;
	size_t steps;
	bool others_wait;
	int interrupted, stopped, rested, waited, done;
};

static struct fake *fake_of(struct walk *w)
{
	return CONTAINER_OF(w, struct fake, walk);
}

static void start(struct walk *w)
{
	fake_of(w)->steps++;
}

static void interrupt(struct walk *w)
{
	fake_of(w)->interrupted++;
}

static bool yields(struct walk *w)
{
	return fake_of(w)->others_wait;
}

static void stopped(struct walk *w)
{
	fake_of(w)->stopped++;
}

static void rest(struct walk *w)
{
	fake_of(w)->rested++;
}

static void wait(struct walk *w)
{
	fake_of(w)->waited++;
}

static void done(struct walk *w)
{
	fake_of(w)->done++;
}

static const struct walk_ops ops = {
	.start = { start, start, start, start, start, start, start, start,
		   start, start, start, start, start, start },
	.interrupt = interrupt,
	.yields = yields,
	.stopped = stopped,
	.rest = rest,
	.wait = wait,
	.done = done,
};

#define OK     WALK_IN_OK
#define LAST   WALK_IN_LAST
#define FAILED WALK_IN_FAILED

#define END WALK_INPUT_COUNT

/* Confirmed, recorded, ended, dropped. */
#define ENDS OK, OK, OK, OK

static const struct row {
	const char *name;
	enum walk_input in[24];
	enum walk_state state;
	enum walk_end end; /* of WALK_DONE */
	size_t steps;	   /* that were started */
} rows[] = {
	{ "three pages, all accepted, two portions of absent people",
	  { OK, OK, OK, OK, OK, OK, LAST, OK, OK, OK, OK, OK, LAST, OK, OK, OK,
	    END },
	  WALK_DROPPING,
	  WALK_RECORDED,
	  17 },
	{ "refused: nobody is told to be absent",
	  { OK, OK, OK, OK, LAST, LAST, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  10 },
	{ "read once more, then accepted",
	  { OK, OK, OK, OK, LAST, WALK_IN_ANEW, OK, OK, LAST, OK, LAST, ENDS,
	    END },
	  WALK_DONE,
	  WALK_RECORDED,
	  15 },
	{ "another has the lease",
	  { WALK_IN_HELD, END },
	  WALK_DONE,
	  WALK_REFUSED,
	  1 },
	{ "another run's remains are taken away first",
	  { OK, WALK_IN_OTHER, OK, OK, END },
	  WALK_OPENING,
	  WALK_LEFT,
	  5 },
	{ "recorded before a crash: only Redis is left to tell",
	  { OK, OK, WALK_IN_OVER, OK, OK, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  5 },
	{ "stopped before it was taken up",
	  { OK, OK, WALK_IN_STOPPED, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  7 },
	{ "cannot be opened",
	  { OK, OK, FAILED, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  7 },
	{ "no tables",
	  { OK, OK, OK, FAILED, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  8 },
	{ "a page fails for good",
	  { OK, OK, OK, OK, OK, FAILED, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  10 },
	{ "a page is read again after a wait",
	  { OK, OK, OK, OK, WALK_IN_WAIT, WALK_IN_AGAIN, OK, END },
	  WALK_READING,
	  WALK_LEFT,
	  7 },
	{ "the HRIS wants peace for long",
	  { OK, OK, OK, OK, WALK_IN_PARK, OK, END },
	  WALK_DONE,
	  WALK_PARKED,
	  6 },
	{ "Redis is away for a while",
	  { OK, WALK_IN_NOT_YET, WALK_IN_AGAIN, WALK_IN_NOT_YET, WALK_IN_AGAIN,
	    OK, END },
	  WALK_OPENING,
	  WALK_LEFT,
	  5 },
	{ "the database is away when all is done",
	  { OK, OK, OK, OK, FAILED, OK, WALK_IN_NOT_YET, WALK_IN_AGAIN, OK,
	    END },
	  WALK_ENDING,
	  WALK_RECORDED,
	  9 },
	{ "the lease is lost while a page is stored",
	  { OK, OK, OK, OK, WALK_IN_LOST, END },
	  WALK_DONE,
	  WALK_LOST,
	  5 },
	{ "the lease is lost before the record is written",
	  { OK, OK, OK, OK, FAILED, WALK_IN_LOST, END },
	  WALK_DONE,
	  WALK_LOST,
	  6 },
	{ "the lease runs out between two pages",
	  { OK, OK, OK, OK, OK, WALK_IN_TAKEN, WALK_IN_CUT, END },
	  WALK_DONE,
	  WALK_LOST,
	  6 },
	{ "it runs out while Redis is asked",
	  { OK, WALK_IN_TAKEN, OK, END },
	  WALK_DONE,
	  WALK_LOST,
	  2 },
	{ "it runs out during a wait",
	  { OK, OK, OK, OK, WALK_IN_WAIT, WALK_IN_TAKEN, END },
	  WALK_DONE,
	  WALK_LOST,
	  5 },
	{ "the fetcher ends during a page",
	  { OK, OK, OK, OK, WALK_IN_LEAVE, WALK_IN_CUT, OK, END },
	  WALK_DONE,
	  WALK_LEFT,
	  6 },
	{ "it ends during a wait",
	  { OK, OK, OK, OK, WALK_IN_WAIT, WALK_IN_LEAVE, OK, END },
	  WALK_DONE,
	  WALK_LEFT,
	  6 },
	{ "it ends while Redis is asked",
	  { OK, WALK_IN_LEAVE, OK, OK, END },
	  WALK_DONE,
	  WALK_LEFT,
	  3 },
	{ "it ends, and Redis is away",
	  { OK, OK, OK, WALK_IN_LEAVE, OK, WALK_IN_NOT_YET, END },
	  WALK_DONE,
	  WALK_LEFT,
	  5 },
	{ "it ends while the result is recorded, which comes first",
	  { OK, OK, OK, OK, FAILED, WALK_IN_LEAVE, OK, OK, OK, END },
	  WALK_DROPPING,
	  WALK_RECORDED,
	  9 },
	{ "stopped during a page",
	  { OK, OK, OK, OK, WALK_IN_STOP, WALK_IN_CUT, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  9 },
	{ "stopped just as the last page was stored",
	  { OK, OK, OK, OK, WALK_IN_STOP, LAST, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  9 },
	{ "stopped during a wait",
	  { OK, OK, OK, OK, WALK_IN_WAIT, WALK_IN_STOP, ENDS, END },
	  WALK_DONE,
	  WALK_RECORDED,
	  9 },
	{ "stopped too early to know what there is",
	  { WALK_IN_STOP, OK, OK, OK, END },
	  WALK_CONFIRMING,
	  WALK_LEFT,
	  4 },
};

static struct fake run(const struct row *r)
{
	struct fake f = { .steps = 0 };

	walk_start(&f.walk, &ops);
	for (size_t k = 0; r->in[k] != END; k++)
		walk_feed(&f.walk, r->in[k]);
	return f;
}

static void test_fetcher_walk_goes_where_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct fake f = run(r);

		if (f.walk.state != r->state || f.steps != r->steps ||
		    f.walk.end != r->end || f.done != (r->state == WALK_DONE))
			fail_msg("%s: state %d, end %d, steps %zu, done %d",
				 r->name, f.walk.state, f.walk.end, f.steps,
				 f.done);
	}
}

static struct fake read_pages(enum walk_phase phase)
{
	struct fake f = { .steps = 0 };

	walk_start(&f.walk, &ops);
	walk_feed(&f.walk, OK);
	f.walk.phase = phase;
	walk_feed(&f.walk, OK);
	walk_feed(&f.walk, OK);
	return f;
}

/* What a crash left is gone on with where it stood. */
static void test_fetcher_walk_resumes_in_every_phase(void **state)
{
	static const enum walk_state where[WALK_PHASE_COUNT] = {
		[WALK_PAGES] = WALK_PREPARING,
		[WALK_VERDICT] = WALK_JUDGING,
		[WALK_ABSENT] = WALK_ASKING,
	};

	(void)state;
	for (unsigned i = 0; i < WALK_PHASE_COUNT; i++) {
		struct fake f = read_pages((enum walk_phase)i);

		assert_int_equal(f.walk.state, where[i]);
	}
}

static void test_fetcher_walk_gives_others_their_turn(void **state)
{
	struct fake f = read_pages(WALK_PAGES);

	(void)state;
	walk_feed(&f.walk, OK); /* tables */
	walk_feed(&f.walk, OK); /* a page */
	assert_int_equal(f.walk.state, WALK_READING);
	f.others_wait = true;
	walk_feed(&f.walk, OK);
	assert_int_equal(f.walk.state, WALK_DROPPING);
	walk_feed(&f.walk, OK);
	assert_int_equal(f.walk.end, WALK_LEFT);
}

static void test_fetcher_walk_interrupts_only_what_can_be(void **state)
{
	struct fake f = read_pages(WALK_ABSENT);

	(void)state;
	walk_feed(&f.walk, WALK_IN_STOP);
	assert_int_equal(f.interrupted, 0);
	assert_int_equal(f.stopped, 0);
	walk_feed(&f.walk, OK);
	assert_int_equal(f.walk.state, WALK_CONFIRMING);
	assert_int_equal(f.stopped, 1);

	f = read_pages(WALK_PAGES);
	walk_feed(&f.walk, WALK_IN_STOP);
	walk_feed(&f.walk, WALK_IN_STOP);
	assert_int_equal(f.interrupted, 1);
}

static void test_fetcher_walk_takes_a_late_rest_for_nothing(void **state)
{
	struct fake f = read_pages(WALK_PAGES);

	(void)state;
	walk_feed(&f.walk, WALK_IN_WAIT);
	walk_feed(&f.walk, WALK_IN_LEAVE);
	assert_int_equal(f.walk.state, WALK_DROPPING);
	walk_feed(&f.walk, WALK_IN_AGAIN);
	assert_int_equal(f.walk.state, WALK_DROPPING);
	walk_feed(&f.walk, OK);
	assert_int_equal(f.done, 1);
	walk_feed(&f.walk, WALK_IN_STOP);
	walk_feed(&f.walk, WALK_IN_TAKEN);
	assert_int_equal(f.done, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fetcher_walk_goes_where_it_must),
		cmocka_unit_test(test_fetcher_walk_resumes_in_every_phase),
		cmocka_unit_test(test_fetcher_walk_gives_others_their_turn),
		cmocka_unit_test(test_fetcher_walk_interrupts_only_what_can_be),
		cmocka_unit_test(
			test_fetcher_walk_takes_a_late_rest_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

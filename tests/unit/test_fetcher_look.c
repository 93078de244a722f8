/* The life of a look-up, with a fake HRIS and a fake Redis. */
#include "check.h"
#include "look.h"

struct fake {
	struct look look;
	bool calls;   /* else the verdict is there at once */
	int refusals; /* of store, before it takes something */
	int called, stored, rested, done;
};

static struct fake *fake_of(struct look *l)
{
	return CONTAINER_OF(l, struct fake, look);
}

static bool fake_call(struct look *l)
{
	fake_of(l)->called++;
	if (!fake_of(l)->calls)
		l->verdict = (struct verdict){ .action = VERDICT_BURY };
	return fake_of(l)->calls;
}

static bool fake_store(struct look *l)
{
	fake_of(l)->stored++;
	return fake_of(l)->refusals-- <= 0;
}

static void fake_rest(struct look *l)
{
	fake_of(l)->rested++;
}

static void fake_done(struct look *l)
{
	fake_of(l)->done++;
}

static const struct look_ops fake_ops = {
	.call = fake_call,
	.store = fake_store,
	.rest = fake_rest,
	.done = fake_done,
};

#define TURN	   LOOK_IN_TURN
#define ANSWER	   LOOK_IN_ANSWER
#define STORED	   LOOK_IN_STORED
#define NOT_STORED LOOK_IN_NOT_STORED
#define AGAIN	   LOOK_IN_AGAIN

static const struct row {
	const char *name;
	bool calls;
	int refusals;
	size_t count;
	enum look_input in[6];
	enum look_state state;
	int stored, rested, done;
} rows[] = {
	{ "read and stored",
	  true,
	  0,
	  3,
	  { TURN, ANSWER, STORED },
	  LOOK_DONE,
	  1,
	  0,
	  1 },
	{ "not done before the answer",
	  true,
	  0,
	  1,
	  { TURN },
	  LOOK_CALLING,
	  0,
	  0,
	  0 },
	{ "not done before Redis says so",
	  true,
	  0,
	  2,
	  { TURN, ANSWER },
	  LOOK_STORING,
	  1,
	  0,
	  0 },
	{ "no call to make",
	  false,
	  0,
	  2,
	  { TURN, STORED },
	  LOOK_DONE,
	  1,
	  0,
	  1 },
	{ "Redis took nothing",
	  true,
	  1,
	  2,
	  { TURN, ANSWER },
	  LOOK_RESTING,
	  1,
	  1,
	  0 },
	{ "Redis took it later",
	  true,
	  1,
	  4,
	  { TURN, ANSWER, AGAIN, STORED },
	  LOOK_DONE,
	  2,
	  1,
	  1 },
	{ "Redis broke off",
	  true,
	  0,
	  3,
	  { TURN, ANSWER, NOT_STORED },
	  LOOK_RESTING,
	  1,
	  1,
	  0 },
	{ "Redis broke off, then took it",
	  true,
	  0,
	  5,
	  { TURN, ANSWER, NOT_STORED, AGAIN, STORED },
	  LOOK_DONE,
	  2,
	  1,
	  1 },
	{ "still nothing",
	  true,
	  3,
	  4,
	  { TURN, ANSWER, AGAIN, AGAIN },
	  LOOK_RESTING,
	  3,
	  3,
	  0 },
};

static void test_fetcher_look_is_done_only_when_stored(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct fake f = { .calls = r->calls, .refusals = r->refusals };

		look_init(&f.look, &fake_ops);
		for (size_t k = 0; k < r->count; k++)
			look_feed(&f.look, r->in[k]);
		if (f.look.state != r->state || f.called != 1 ||
		    f.stored != r->stored || f.rested != r->rested ||
		    f.done != r->done)
			fail_msg("%s: state %d, stored %d, rested %d, done %d",
				 r->name, f.look.state, f.stored, f.rested,
				 f.done);
	}
}

static void test_fetcher_look_keeps_its_verdict_while_it_rests(void **state)
{
	struct fake f = { .calls = false, .refusals = 1 };

	(void)state;
	look_init(&f.look, &fake_ops);
	look_feed(&f.look, TURN);
	look_feed(&f.look, AGAIN);
	assert_int_equal(f.called, 1);
	assert_int_equal(f.look.verdict.action, VERDICT_BURY);
	assert_int_equal(f.look.state, LOOK_STORING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fetcher_look_is_done_only_when_stored),
		cmocka_unit_test(
			test_fetcher_look_keeps_its_verdict_while_it_rests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* In what order a shard is worked on, and what happens when things fail. */
#include "check.h"

#include "base/clock.h"
#include "lane.h"

#define CLAIM_MS 1000
#define BATCH	 100

/* Everything that the lane asked for, as one line. */
struct fake {
	struct lane lane;
	char said[512];
	bool claim_fails, read_fails, apply_fails;
	enum lane_debt debt;
};

static void note(struct lane *l, const char *what, int64_t n)
{
	struct fake *f = CONTAINER_OF(l, struct fake, lane);
	size_t len = strlen(f->said);

	(void)snprintf(f->said + len, sizeof(f->said) - len, "%s%s %d",
		       len ? "; " : "", what, (int)n);
}

static int fake_claim(struct lane *l, size_t count, struct err *err)
{
	struct fake *f = CONTAINER_OF(l, struct fake, lane);

	note(l, "claim", (int64_t)count);
	return f->claim_fails ? err_set(err, ERR_TEMP, "not there") : 0;
}

static int fake_read(struct lane *l, size_t count, int64_t block_ms,
		     struct err *err)
{
	struct fake *f = CONTAINER_OF(l, struct fake, lane);

	assert_int_equal(count, BATCH);
	note(l, "read", block_ms);
	return f->read_fails ? err_set(err, ERR_TEMP, "not there") : 0;
}

static bool fake_apply(struct lane *l)
{
	struct fake *f = CONTAINER_OF(l, struct fake, lane);

	note(l, f->apply_fails ? "cannot apply" : "apply", (int64_t)l->got);
	return !f->apply_fails;
}

static enum lane_debt fake_debt(struct lane *l)
{
	return CONTAINER_OF(l, struct fake, lane)->debt;
}

static void fake_wait(struct lane *l, int64_t ms)
{
	if (ms >= 0)
		note(l, "wait", ms);
}

static void fake_done(struct lane *l)
{
	note(l, "done", 0);
}

static const struct lane_ops ops = { fake_claim, fake_read, fake_apply,
				     fake_debt,	 fake_wait, fake_done };

static int setup(void **state)
{
	static struct fake f;

	clock_fake_ms(1000000);
	f = (struct fake){ 0 };
	lane_init(&f.lane, &ops, BATCH, CLAIM_MS);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	clock_fake_ms(-1);
	return 0;
}

static void pass(int64_t ms)
{
	static int64_t now;

	now = clock_mono_ms() + ms;
	clock_fake_ms(now);
}

#define assert_said(f, want)                          \
	do {                                          \
		assert_string_equal((f)->said, want); \
		(f)->said[0] = '\0';                  \
	} while (0)

/* To the first read, with nothing left by others. */
static void begin(struct fake *f)
{
	lane_feed(&f->lane, LANE_START);
	assert_said(f, "claim 1");
	lane_got(&f->lane, 0, 0);
	assert_said(f, "read 500");
}

static void test_what_others_left_comes_first(void **state)
{
	begin(*state);
}

static void test_a_batch_is_applied_and_the_next_is_read(void **state)
{
	struct fake *f = *state;

	begin(f);
	lane_got(&f->lane, 7, 1);
	assert_said(f, "apply 7; read 500");
	lane_got(&f->lane, 0, 0);
	assert_said(f, "read 500");
}

static void test_it_looks_for_what_others_left_from_time_to_time(void **state)
{
	struct fake *f = *state;

	begin(f);
	pass(CLAIM_MS / 2 - 100);
	lane_got(&f->lane, 0, 0);
	assert_said(f, "read 100"); /* no longer than until then */
	pass(100);
	lane_got(&f->lane, 1, 1);
	assert_said(f, "apply 1; claim 1");
}

/* After one crash together, then one at a time: see after_claim. */
static void test_who_crashed_twice_is_taken_one_at_a_time(void **state)
{
	struct fake *f = *state;

	lane_feed(&f->lane, LANE_START);
	lane_got(&f->lane, 1, 2);
	assert_said(f, "claim 1; apply 1; claim 100");
	lane_got(&f->lane, 99, 2);
	assert_said(f, "apply 99; claim 100");
	lane_got(&f->lane, 50, 3);
	assert_said(f, "apply 50; claim 1");
	lane_got(&f->lane, 1, 3);
	assert_said(f, "apply 1; claim 1");
	lane_got(&f->lane, 0, 0);
	assert_said(f, "read 500");
}

static void test_a_batch_that_cannot_be_written_is_held(void **state)
{
	struct fake *f = *state;

	begin(f);
	f->apply_fails = true;
	lane_got(&f->lane, 3, 1);
	assert_said(f, "cannot apply 3; wait 50");
	lane_feed(&f->lane, LANE_WAKE);
	lane_feed(&f->lane, LANE_TIMER);
	assert_said(f, "cannot apply 3; wait 100");
	for (int i = 0; i < 20; i++)
		lane_feed(&f->lane, LANE_TIMER);
	f->said[0] = '\0';
	lane_feed(&f->lane, LANE_TIMER);
	assert_said(f, "cannot apply 3; wait 5000");
	f->apply_fails = false;
	lane_feed(&f->lane, LANE_TIMER);
	assert_said(f, "apply 3; read 500");
}

static void test_it_rests_without_redis_and_wakes_with_it(void **state)
{
	struct fake *f = *state;

	f->claim_fails = true;
	lane_feed(&f->lane, LANE_START);
	assert_said(f, "claim 1; wait 50");
	lane_feed(&f->lane, LANE_TIMER);
	assert_said(f, "claim 1; wait 100");
	f->claim_fails = false;
	lane_feed(&f->lane, LANE_WAKE);
	assert_said(f, "claim 1");
	lane_feed(&f->lane, LANE_FAILED);
	assert_said(f, "wait 50");
	lane_feed(&f->lane, LANE_TIMER);
	lane_got(&f->lane, 0, 0);
	assert_said(f, "claim 1; read 500");
	f->read_fails = true;
	lane_feed(&f->lane, LANE_FAILED);
	lane_feed(&f->lane, LANE_TIMER);
	assert_said(f, "wait 50; read 500; wait 100");
}

static void test_stop_applies_what_is_under_way(void **state)
{
	struct fake *f = *state;

	begin(f);
	lane_feed(&f->lane, LANE_STOP);
	assert_said(f, "");
	lane_got(&f->lane, 5, 1);
	assert_said(f, "apply 5; done 0");
	lane_feed(&f->lane, LANE_STOP); /* once more is harmless */
	lane_feed(&f->lane, LANE_WAKE);
	assert_said(f, "");
}

static void test_stop_ends_a_wait_at_once(void **state)
{
	struct fake *f = *state;

	f->claim_fails = true;
	lane_feed(&f->lane, LANE_START);
	lane_feed(&f->lane, LANE_STOP);
	assert_said(f, "claim 1; wait 50; done 0");
}

static void test_stop_leaves_a_held_batch_to_others(void **state)
{
	struct fake *f = *state;

	begin(f);
	f->apply_fails = true;
	lane_got(&f->lane, 5, 1);
	lane_feed(&f->lane, LANE_STOP);
	assert_said(f, "cannot apply 5; wait 50; done 0");
}

/* Each claim would bring what was applied closer to the dead letters. */
static void test_nothing_is_claimed_while_redis_refuses_acks(void **state)
{
	struct fake *f = *state;

	begin(f);
	pass(CLAIM_MS);
	f->debt = DEBT_REFUSED;
	lane_got(&f->lane, 7, 1);
	assert_said(f, "apply 7; read 500"); /* and not in a busy loop */
	pass(CLAIM_MS);
	lane_got(&f->lane, 0, 0);
	assert_said(f, "read 500");
	f->debt = DEBT_SMALL;
	lane_feed(&f->lane, LANE_ACKED);
	assert_said(f, "");
	lane_got(&f->lane, 0, 0);
	assert_said(f, "claim 1");
}

static void
test_nothing_is_taken_while_too_much_is_not_acknowledged(void **state)
{
	struct fake *f = *state;

	begin(f);
	f->debt = DEBT_FULL;
	lane_got(&f->lane, 7, 1);
	assert_said(f, "apply 7");
	lane_feed(&f->lane, LANE_WAKE);
	lane_feed(&f->lane, LANE_ACKED);
	assert_said(f, "");
	f->debt = DEBT_SMALL;
	lane_feed(&f->lane, LANE_ACKED);
	assert_said(f, "read 500");
	f->debt = DEBT_FULL;
	lane_got(&f->lane, 0, 0);
	lane_feed(&f->lane, LANE_STOP);
	assert_said(f, "done 0");
	lane_feed(&f->lane, LANE_ACKED); /* may come after the end */
	assert_said(f, "");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_others_left_comes_first),
		T(test_a_batch_is_applied_and_the_next_is_read),
		T(test_it_looks_for_what_others_left_from_time_to_time),
		T(test_who_crashed_twice_is_taken_one_at_a_time),
		T(test_a_batch_that_cannot_be_written_is_held),
		T(test_it_rests_without_redis_and_wakes_with_it),
		T(test_stop_applies_what_is_under_way),
		T(test_stop_ends_a_wait_at_once),
		T(test_stop_leaves_a_held_batch_to_others),
		T(test_nothing_is_claimed_while_redis_refuses_acks),
		T(test_nothing_is_taken_while_too_much_is_not_acknowledged),
	};

	return cmocka_run_group_tests_name("provisioner lane", tests, NULL,
					   NULL);
}

/* What was applied is acknowledged in the end, however often Redis refuses. */
#include "check.h"

#include "acks.h"

/* Everything that was asked for, as one line. */
struct fake {
	struct acks acks;
	char said[512];
	bool send_fails;
};

static void note(struct acks *a, const char *what, int64_t n)
{
	struct fake *f = CONTAINER_OF(a, struct fake, acks);
	size_t len = strlen(f->said);

	(void)snprintf(f->said + len, sizeof(f->said) - len, "%s%s %d",
		       len ? "; " : "", what, (int)n);
}

static int fake_send(struct acks *a, size_t count, struct err *err)
{
	struct fake *f = CONTAINER_OF(a, struct fake, acks);

	note(a, "send", (int64_t)count);
	return f->send_fails ? err_set(err, ERR_TEMP, "not there") : 0;
}

static void fake_wait(struct acks *a, int64_t ms)
{
	note(a, "wait", ms);
}

static void fake_confirmed(struct acks *a, size_t count)
{
	note(a, "confirmed", (int64_t)count);
}

static const struct acks_ops ops = { fake_send, fake_wait, fake_confirmed };
static const struct err fine;
static const struct err full = { .kind = ERR_TEMP, .text = "Redis is full" };

static int setup(void **state)
{
	static struct fake f;

	f = (struct fake){ 0 };
	acks_init(&f.acks, &ops);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fake *f = *state;

	acks_release(&f->acks);
	return 0;
}

static void add(struct fake *f, unsigned first, unsigned last)
{
	char id[32];

	for (unsigned i = first; i <= last; i++) {
		(void)snprintf(id, sizeof(id), "%u-0", i);
		acks_add(&f->acks, str_of(id));
	}
}

#define assert_said(f, want)                          \
	do {                                          \
		assert_string_equal((f)->said, want); \
		(f)->said[0] = '\0';                  \
	} while (0)

#define assert_id(f, i, want) assert_true(str_is(acks_id(&(f)->acks, i), want))

static void test_what_is_confirmed_is_forgotten(void **state)
{
	struct fake *f = *state;

	acks_send(&f->acks);
	assert_said(f, "");
	add(f, 1, 3);
	acks_send(&f->acks);
	assert_said(f, "send 3");
	assert_true(acks_have(&f->acks, STR("3-0")));
	acks_sent(&f->acks, &fine);
	assert_said(f, "confirmed 3");
	assert_false(acks_have(&f->acks, STR("3-0")));
	assert_int_equal(f->acks.count, 0);
}

static void test_one_send_is_under_way_and_the_rest_follows(void **state)
{
	struct fake *f = *state;

	add(f, 1, 2);
	acks_send(&f->acks);
	add(f, 3, 5);
	acks_send(&f->acks);
	assert_said(f, "send 2");
	acks_sent(&f->acks, &fine);
	assert_said(f, "send 3; confirmed 2");
	assert_id(f, 0, "3-0");
	assert_id(f, 2, "5-0");
	acks_sent(&f->acks, &fine);
	assert_said(f, "confirmed 3");
}

static void test_what_is_refused_is_repeated_with_back_off(void **state)
{
	struct fake *f = *state;

	add(f, 1, 2);
	acks_send(&f->acks);
	acks_sent(&f->acks, &full);
	assert_said(f, "send 2; wait 50");
	assert_true(acks_are_refused(&f->acks));
	assert_true(acks_have(&f->acks, STR("1-0")));
	add(f, 3, 3);
	acks_send(&f->acks); /* what is new waits with the others */
	assert_said(f, "");
	acks_again(&f->acks);
	acks_sent(&f->acks, &full);
	assert_said(f, "send 3; wait 100");
	for (int i = 0; i < 20; i++) {
		acks_again(&f->acks);
		acks_sent(&f->acks, &full);
	}
	f->said[0] = '\0';
	acks_again(&f->acks);
	acks_sent(&f->acks, &full);
	assert_said(f, "send 3; wait 2000");
	acks_again(&f->acks);
	acks_sent(&f->acks, &fine);
	assert_said(f, "send 3; confirmed 3");
	assert_false(acks_are_refused(&f->acks));
}

static void test_what_cannot_be_sent_is_repeated_too(void **state)
{
	struct fake *f = *state;

	f->send_fails = true;
	add(f, 1, 1);
	acks_send(&f->acks);
	assert_said(f, "send 1; wait 50");
	acks_again(&f->acks);
	assert_said(f, "send 1; wait 100");
	f->send_fails = false;
	acks_again(&f->acks);
	acks_sent(&f->acks, &fine);
	assert_said(f, "send 1; confirmed 1");
}

static void test_a_command_has_no_more_than_redis_gets_at_once(void **state)
{
	struct fake *f = *state;

	add(f, 1, QUEUE_BATCH_MAX + 1);
	acks_send(&f->acks);
	assert_said(f, "send 4096");
	acks_sent(&f->acks, &fine);
	assert_said(f, "send 1; confirmed 4096");
	assert_id(f, 0, "4097-0");
}

static void test_there_is_room_for_a_batch_or_nothing_is_taken(void **state)
{
	struct fake *f = *state;

	assert_true(acks_have_room(&f->acks));
	add(f, 1, ACKS_MAX - QUEUE_BATCH_MAX);
	assert_true(acks_have_room(&f->acks));
	add(f, 0, 0);
	assert_false(acks_have_room(&f->acks));
	add(f, 1, QUEUE_BATCH_MAX - 1); /* what a batch may bring at most */
	acks_send(&f->acks);
	acks_sent(&f->acks, &full);
	assert_false(acks_have_room(&f->acks));
	acks_again(&f->acks);
	acks_sent(&f->acks, &fine);
	assert_true(acks_have_room(&f->acks));
}

static void test_the_longest_id_is_kept_whole(void **state)
{
	struct fake *f = *state;
	const char *id = "18446744073709551615-18446744073709551615";

	acks_add(&f->acks, str_of(id));
	assert_id(f, 0, id);
	assert_true(acks_have(&f->acks, str_of(id)));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_is_confirmed_is_forgotten),
		T(test_one_send_is_under_way_and_the_rest_follows),
		T(test_what_is_refused_is_repeated_with_back_off),
		T(test_what_cannot_be_sent_is_repeated_too),
		T(test_a_command_has_no_more_than_redis_gets_at_once),
		T(test_there_is_room_for_a_batch_or_nothing_is_taken),
		T(test_the_longest_id_is_kept_whole),
	};

	return cmocka_run_group_tests_name("provisioner acks", tests, NULL,
					   NULL);
}

/* What a status means for a member, by date and by setting. */
#include "check.h"

#include "base/clock.h"
#include "policy.h"

/* 2026-06-15T09:59:59Z: the 15th everywhere, a second before Kiritimati's 16th
 */
#define NOW_MS 1781517599000LL

#define NEW	 PERSON_STATUS_ABSENT
#define UPCOMING PERSON_UPCOMING
#define ACTIVE	 PERSON_ACTIVE
#define LEAVE	 PERSON_ON_LEAVE
#define DEPARTED PERSON_DEPARTED
#define UNKNOWN	 PERSON_STATUS_UNKNOWN

static const struct status_row {
	const char *name;
	enum person_status before, said;
	const char *start, *end;
	enum person_status want;
} status_rows[] = {
	{ "R2: not said", ACTIVE, NEW, NULL, NULL, ACTIVE },
	{ "R2: not said of a stranger", NEW, NEW, NULL, NULL, NEW },
	{ "R13: unknown word keeps", LEAVE, UNKNOWN, NULL, NULL, LEAVE },
	{ "R13: unknown word, end passed", ACTIVE, UNKNOWN, NULL, "2026-01-01",
	  ACTIVE },
	{ "plain hire", NEW, ACTIVE, "2024-02-01", NULL, ACTIVE },
	{ "R12: hire in the future", NEW, ACTIVE, "2026-06-16", NULL,
	  UPCOMING },
	{ "R12: first day", UPCOMING, ACTIVE, "2026-06-15", NULL, ACTIVE },
	{ "R12: start of somebody at work", ACTIVE, ACTIVE, "2026-07-01", NULL,
	  ACTIVE },
	{ "R12: upcoming", NEW, UPCOMING, "2026-06-20", NULL, UPCOMING },
	{ "R12: upcoming never takes back", ACTIVE, UPCOMING, NULL, NULL,
	  ACTIVE },
	{ "R10: coming back later", DEPARTED, UPCOMING, NULL, NULL, UPCOMING },
	{ "R8: departed", ACTIVE, DEPARTED, NULL, NULL, DEPARTED },
	{ "R8: departed today", ACTIVE, DEPARTED, NULL, "2026-06-15",
	  DEPARTED },
	{ "R12: departs tomorrow", ACTIVE, DEPARTED, NULL, "2026-06-16",
	  ACTIVE },
	{ "R12: departs later, on leave", LEAVE, DEPARTED, NULL, "2026-07-01",
	  LEAVE },
	{ "R12: stranger departs later", NEW, DEPARTED, "2024-01-01",
	  "2026-07-01", ACTIVE },
	{ "R8: end date passed", ACTIVE, ACTIVE, NULL, "2026-06-14", DEPARTED },
	{ "R8: the last day is worked", ACTIVE, ACTIVE, NULL, "2026-06-15",
	  ACTIVE },
	{ "R8: leave ends with the contract", LEAVE, LEAVE, NULL, "2026-06-01",
	  DEPARTED },
	{ "R10: old end date, later start", DEPARTED, ACTIVE, "2026-06-01",
	  "2025-12-31", ACTIVE },
	{ "R10: back without a date", DEPARTED, ACTIVE, NULL, NULL, ACTIVE },
};

static void set(struct field *f, const char *text)
{
	if (text)
		*f = (struct field){ FIELD_VALUE, str_of(text) };
}

static void test_status_in_force(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(status_rows); i++) {
		const struct status_row *r = &status_rows[i];
		struct change c = { .person.status = r->said };
		enum person_status got;

		set(&c.person.fields[PERSON_START_DATE], r->start);
		set(&c.person.fields[PERSON_END_DATE], r->end);
		got = status_in_force(&c, r->before, NOW_MS);
		if (got != r->want)
			fail_msg("%s: %s", r->name, person_status_name(got));
	}
}

static void test_gone_is_departed_whatever_it_says(void **state)
{
	struct change c = { .kind = CHANGE_GONE, .person.status = ACTIVE };

	(void)state;
	assert_int_equal(status_in_force(&c, ACTIVE, NOW_MS), DEPARTED);
}

/* Auckland's midnight comes half a day before UTC's, and is not told twice. */
static void test_r12_a_last_day_is_over_where_it_is_over_first(void **state)
{
	struct change c = { .person.status = DEPARTED };

	(void)state;
	set(&c.person.fields[PERSON_END_DATE], "2026-06-16");
	assert_int_equal(status_in_force(&c, ACTIVE, NOW_MS), ACTIVE);
	assert_int_equal(status_in_force(&c, ACTIVE, NOW_MS + 1000), DEPARTED);
}

#define KEEP                        \
	{                           \
		.leave = LEAVE_KEEP \
	}
#define PAUSE                        \
	{                            \
		.leave = LEAVE_PAUSE \
	}
#define END                               \
	{                                 \
		.leave = LEAVE_DEACTIVATE \
	}
#define RESTORE                          \
	{                                \
		.rehire = REHIRE_RESTORE \
	}
#define BY_HR	 MEMBER_DEACTIVATED, ENDED_DEPARTED
#define BY_HAND	 MEMBER_DEACTIVATED, ENDED_BY_HAND
#define BY_LEAVE MEMBER_DEACTIVATED, ENDED_LEAVE

static const struct standing_row {
	const char *name;
	enum member_status status;
	enum member_ended ended;
	unsigned roles;
	enum person_status before, after;
	struct directory_rules rules;
	enum member_status want;
	unsigned want_roles;
} standing_rows[] = {
	{ "R15: leaves", MEMBER_ACTIVE, 0, 1, ACTIVE, DEPARTED, KEEP,
	  MEMBER_DEACTIVATED, 1 },
	{ "R12: rescinded hire", MEMBER_UPCOMING, 0, 0, UPCOMING, DEPARTED,
	  KEEP, MEMBER_DEACTIVATED, 0 },
	{ "R15: what an admin undid sticks", MEMBER_ACTIVE, 0, 1, DEPARTED,
	  DEPARTED, KEEP, MEMBER_ACTIVE, 1 },
	{ "R10: rehire, role pending", BY_HR, 3, DEPARTED, ACTIVE, KEEP,
	  MEMBER_PENDING_ROLE, 0 },
	{ "R10: rehire, role restored", BY_HR, 3, DEPARTED, ACTIVE, RESTORE,
	  MEMBER_ACTIVE, 3 },
	{ "R10: rehire without a role", BY_HR, 0, DEPARTED, ACTIVE, RESTORE,
	  MEMBER_PENDING_ROLE, 0 },
	{ "R10: rehire in the future", BY_HR, 1, DEPARTED, UPCOMING, KEEP,
	  MEMBER_UPCOMING, 0 },
	{ "R15: by hand stays by hand", BY_HAND, 1, DEPARTED, ACTIVE, KEEP,
	  MEMBER_DEACTIVATED, 1 },
	{ "R12: first day, no role", MEMBER_UPCOMING, 0, 0, UPCOMING, ACTIVE,
	  KEEP, MEMBER_PENDING_ROLE, 0 },
	{ "R12: first day, with a role", MEMBER_UPCOMING, 0, 2, UPCOMING,
	  ACTIVE, KEEP, MEMBER_ACTIVE, 2 },
	{ "R13: leave, keep", MEMBER_ACTIVE, 0, 1, ACTIVE, LEAVE, KEEP,
	  MEMBER_ACTIVE, 1 },
	{ "R13: leave, pause", MEMBER_ACTIVE, 0, 1, ACTIVE, LEAVE, PAUSE,
	  MEMBER_PAUSED, 1 },
	{ "R13: leave, deactivate", MEMBER_ACTIVE, 0, 1, ACTIVE, LEAVE, END,
	  MEMBER_DEACTIVATED, 1 },
	{ "R13: back from a pause", MEMBER_PAUSED, 0, 1, LEAVE, ACTIVE, PAUSE,
	  MEMBER_ACTIVE, 1 },
	{ "R13: back from leave with roles", BY_LEAVE, 1, LEAVE, ACTIVE, END,
	  MEMBER_ACTIVE, 1 },
	{ "R13: still on leave, woken by hand", MEMBER_ACTIVE, 0, 1, LEAVE,
	  LEAVE, END, MEMBER_ACTIVE, 1 },
	{ "R13: by hand, on leave", BY_HAND, 1, ACTIVE, LEAVE, PAUSE,
	  MEMBER_DEACTIVATED, 1 },
	{ "R14: works on, no role",
	  MEMBER_PENDING_ROLE,
	  0,
	  0,
	  ACTIVE,
	  ACTIVE,
	  { .default_roles = 1 },
	  MEMBER_PENDING_ROLE,
	  0 },
};

static void test_standing_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(standing_rows); i++) {
		const struct standing_row *r = &standing_rows[i];
		struct standing s = { r->status, r->roles, r->ended };

		s = standing_after(s, r->before, r->after, &r->rules);
		if (s.status != r->want || s.roles != r->want_roles)
			fail_msg("%s: %s, roles %u", r->name,
				 member_status_name(s.status), s.roles);
	}
}

static const struct new_row {
	const char *name;
	enum person_status status;
	struct directory_rules rules;
	enum member_status want;
	unsigned want_roles;
} new_rows[] = {
	{ "R14: hire", ACTIVE, KEEP, MEMBER_PENDING_ROLE, 0 },
	{ "R14: default role",
	  ACTIVE,
	  { .default_roles = ROLE_MENTEE },
	  MEMBER_ACTIVE,
	  ROLE_MENTEE },
	{ "R12: upcoming", UPCOMING, KEEP, MEMBER_UPCOMING, 0 },
	{ "R12: upcoming with a role",
	  UPCOMING,
	  { .default_roles = ROLE_MENTOR },
	  MEMBER_UPCOMING,
	  ROLE_MENTOR },
	{ "R13: on leave", LEAVE, KEEP, MEMBER_PENDING_ROLE, 0 },
	{ "R13: on leave, pause", LEAVE, PAUSE, MEMBER_PAUSED, 0 },
	{ "R13: on leave, deactivate", LEAVE, END, MEMBER_DEACTIVATED, 0 },
};

static void test_standing_of_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(new_rows); i++) {
		const struct new_row *r = &new_rows[i];
		struct standing s = standing_of_new(r->status, &r->rules);

		if (s.status != r->want || s.roles != r->want_roles)
			fail_msg("%s: %s, roles %u", r->name,
				 member_status_name(s.status), s.roles);
	}
}

/* Members as join_choose sees them. */
#define MEMBER(key_, num, mail, ...)                        \
	{                                                   \
		.key = key_,                                \
		.fields = { [PERSON_EMPLOYEE_NUMBER] = num, \
			    [PERSON_EMAIL] = mail },        \
		__VA_ARGS__                                 \
	}
#define N(z)                             \
	{                                \
		FIELD_VALUE,             \
		{                        \
			z, sizeof(z) - 1 \
		}                        \
	}
#define NONE                \
	{                   \
		FIELD_NULL, \
		{           \
			0   \
		}           \
	}
#define PLAIN  .feed = 0
#define LINKED .feed = 1, .mark.status = PERSON_ACTIVE
#define LEFT                                       \
	.feed = 1, .mark.status = PERSON_DEPARTED, \
	.status = MEMBER_DEACTIVATED, .ended = ENDED_DEPARTED
#define INACTIVE .status = MEMBER_DEACTIVATED, .ended = ENDED_BY_HAND

static const struct join_row {
	const char *name;
	size_t n;
	struct member_row found[3];
	enum join want;
	int64_t member, other;
} join_rows[] = {
	{ "nobody", 0, { { 0 } }, JOIN_NONE, 0, 0 },
	{ "R1: number",
	  1,
	  { MEMBER(1, N("7"), N("x@a"), PLAIN) },
	  JOIN_MEMBER,
	  1,
	  0 },
	{ "R1: email",
	  1,
	  { MEMBER(1, NONE, N("e@a"), PLAIN) },
	  JOIN_MEMBER,
	  1,
	  0 },
	{ "R1: both the same",
	  1,
	  { MEMBER(1, N("7"), N("e@a"), PLAIN) },
	  JOIN_MEMBER,
	  1,
	  0 },
	{ "R1: two of one number",
	  2,
	  { MEMBER(1, N("7"), NONE, PLAIN), MEMBER(2, N("7"), NONE, PLAIN) },
	  JOIN_REVIEW,
	  1,
	  2 },
	{ "R1: number and email differ",
	  2,
	  { MEMBER(1, NONE, N("e@a"), PLAIN), MEMBER(2, N("7"), NONE, PLAIN) },
	  JOIN_REVIEW,
	  2,
	  1 },
	{ "R1: two of one email",
	  2,
	  { MEMBER(1, NONE, N("e@a"), PLAIN),
	    MEMBER(2, NONE, N("e@a"), PLAIN) },
	  JOIN_REVIEW,
	  1,
	  2 },
	{ "R1: protected by number",
	  1,
	  { MEMBER(1, N("7"), NONE, .guarded = 1) },
	  JOIN_REVIEW,
	  1,
	  0 },
	{ "R1: protected by email",
	  1,
	  { MEMBER(1, NONE, N("e@a"), .guarded = 1) },
	  JOIN_REVIEW,
	  1,
	  0 },
	{ "R1: linked elsewhere",
	  1,
	  { MEMBER(1, N("7"), NONE, .feed = 2,
		   .mark.status = PERSON_DEPARTED) },
	  JOIN_REVIEW,
	  1,
	  0 },
	{ "R10: rehire, number",
	  1,
	  { MEMBER(1, N("7"), N("old@a"), LEFT) },
	  JOIN_MEMBER,
	  1,
	  0 },
	{ "R10: new id, same email",
	  1,
	  { MEMBER(1, N("7"), N("e@a"), LINKED) },
	  JOIN_MEMBER,
	  1,
	  0 },
	{ "R1: one number, two people",
	  1,
	  { MEMBER(1, N("7"), N("x@a"), LINKED) },
	  JOIN_REVIEW,
	  1,
	  0 },
	{ "R11: email of a colleague",
	  1,
	  { MEMBER(1, N("8"), N("e@a"), LINKED) },
	  JOIN_WAIT,
	  1,
	  0 },
	{ "R10: email of who left",
	  1,
	  { MEMBER(1, N("8"), N("e@a"), LEFT) },
	  JOIN_REVIEW,
	  1,
	  0 },
	{ "R11: email of an inactive member",
	  1,
	  { MEMBER(1, NONE, N("e@a"), INACTIVE) },
	  JOIN_REVIEW,
	  1,
	  0 },
};

static void test_join_choose(void **state)
{
	static const struct joiner who = { 1, { "7", 1 }, { "e@a", 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(join_rows); i++) {
		const struct join_row *r = &join_rows[i];
		struct joining j = join_choose(&who, r->found, r->n);
		int64_t member = j.member ? j.member->key : 0;
		int64_t other = j.other ? j.other->key : 0;

		if (j.what != r->want || member != r->member ||
		    other != r->other)
			fail_msg("%s: %d, %d and %d", r->name, j.what,
				 (int)member, (int)other);
	}
}

/* R1: an empty value never matches. */
static void test_empty_matches_nobody(void **state)
{
	static const struct joiner who = { .feed = 1 };
	static const struct member_row m = MEMBER(1, NONE, NONE, .feed = 0);

	(void)state;
	assert_int_equal(join_choose(&who, &m, 1).what, JOIN_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_in_force),
		cmocka_unit_test(test_gone_is_departed_whatever_it_says),
		cmocka_unit_test(
			test_r12_a_last_day_is_over_where_it_is_over_first),
		cmocka_unit_test(test_standing_after),
		cmocka_unit_test(test_standing_of_new),
		cmocka_unit_test(test_join_choose),
		cmocka_unit_test(test_empty_matches_nobody),
	};

	return cmocka_run_group_tests_name("directory policy", tests, NULL,
					   NULL);
}

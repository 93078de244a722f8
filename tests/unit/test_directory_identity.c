/* R1, R10, R13 to R15 with a database: who becomes, is and stays a member. */
#include "directory_fixture.h"

#define ADD_MANUAL(rest, values)                                            \
	"INSERT INTO members (public_id, organization, status, roles,"      \
	" guarded, ended, version, rank, person_status, decision,"          \
	" created_ms, changed_ms" rest ") SELECT 'm' || count(*), 1, 1, 1," \
	" 0, 0, 0, 0, 0, 0, 0, 0" values " FROM members"

static void with_rules(struct fixture *f)
{
	set_rules(f, (struct directory_rules){ 0 });
}

static void test_r1_joins_by_number_then_by_email(void **state)
{
	struct fixture *f = *state;

	with_rules(f);
	run(f, ADD_MANUAL(", employee_number", ", '1'"));
	run(f, ADD_MANUAL(", email", ", 'b@example.com'"));
	assert_string_equal(TELL(f, CREATE_A), "updated");
	assert_string_equal(TELL(f, .pid = "b", .status = "active",
				 .email = "B@Example.COM"),
			    "updated");
	assert_answer(f, STATUSES, "a active|b active");
	assert_answer(f, "SELECT roles FROM members", "1|1");
	assert_answer(f, "SELECT fields FROM decisions WHERE pid = 'b'",
		      "{\"person_id\":[null,\"b\"]}");
}

static void test_r1_doubt_is_a_task_that_names_both(void **state)
{
	struct fixture *f = *state;

	with_rules(f);
	run(f, ADD_MANUAL(", employee_number", ", '1'"));
	run(f, ADD_MANUAL(", email", ", 'a@example.com'"));
	assert_string_equal(TELL(f, CREATE_A), "review");
	assert_string_equal(TELL(f, CREATE_A), "review");
	assert_answer(f, TASKS, "identity_review 2");
	assert_answer(f, "SELECT member || ' ' || other FROM tasks", "1 2");
	assert_answer(f, "SELECT coalesce(pid, '-') FROM members", "-|-");
}

static void test_r1_a_review_ends_when_the_doubt_does(void **state)
{
	struct fixture *f = *state;

	with_rules(f);
	run(f, ADD_MANUAL(", employee_number", ", '1'"));
	run(f, ADD_MANUAL(", email", ", 'a@example.com'"));
	TELL(f, CREATE_A);
	assert_string_equal(
		TELL(f, .pid = "a", .number = "3", .email = "new@example.com"),
		"created");
	assert_answer(f, TASKS, "");
	assert_answer(f, "SELECT count(*) FROM waiting", "0");
	assert_answer(f, "SELECT first_name FROM members WHERE pid = 'a'",
		      "Ada");
}

static void test_r1_protected_and_foreign_members_are_not_adopted(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A, .connection = "con2");
	assert_string_equal(TELL(f, .pid = "x", .status = "active",
				 .number = "1", .email = "x@example.com"),
			    "review");
	run(f, ADD_MANUAL(", employee_number", ", '9'"));
	run(f, "UPDATE members SET guarded = 1 WHERE employee_number = '9'");
	assert_string_equal(TELL(f, .pid = "y", .status = "active",
				 .number = "9", .email = "y@example.com"),
			    "review");
	assert_answer(f, TASKS, "identity_review 1|identity_review 1");
}

static void test_r10_the_same_id_comes_back(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	run(f, "UPDATE members SET roles = 3, status = 1");
	assert_string_equal(TELL(f, .pid = "a", .status = "departed"),
			    "deactivated");
	assert_string_equal(TELL(f, .pid = "a", .status = "active"),
			    "reactivated");
	assert_answer(f, STATUSES, "a pending_role");
	assert_answer(f, "SELECT first_name || roles FROM members", "Ada0");
}

static void test_r10_roles_come_back_by_setting(void **state)
{
	struct fixture *f = *state;

	set_rules(f, (struct directory_rules){ .rehire = REHIRE_RESTORE });
	TELL(f, CREATE_A);
	run(f, "UPDATE members SET roles = 3, status = 1");
	TELL(f, .pid = "a", .status = "departed");
	TELL(f, .pid = "a", .status = "active");
	assert_answer(f, STATUSES, "a active");
	assert_answer(f, "SELECT roles FROM members", "3");
}

static void test_r10_new_id_same_number_moves_the_link(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, .pid = "a", .status = "departed");
	assert_string_equal(TELL(f, .pid = "a2", .status = "active",
				 .number = "1", .email = "new@example.com"),
			    "reactivated");
	assert_answer(f, STATUSES, "a2 pending_role");
	assert_answer(f,
		      "SELECT pid || link || member FROM persons ORDER BY pid",
		      "a41|a231");
	/* The old id is only an alias from now on. */
	assert_string_equal(
		TELL(f, .pid = "a", .status = "departed", .title = "Gone"),
		"unchanged");
	assert_answer(f, STATUSES, "a2 pending_role");
	assert_answer(f, "SELECT email FROM email_history", "a@example.com");
}

/* The old record ends on the day on which the new one begins. */
static void test_r10_active_wins_in_either_order(void **state)
{
	static const char *const mails[] = { "a@example.com",
					     "new@example.com" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2 * ARRAY_LEN(mails); i++) {
		const char *email = mails[i / 2];
		struct say old = { .pid = "a", .status = "departed" };
		struct say new = { .pid = "a2",
				   .status = "active",
				   .number = "1",
				   .email = email };

		TELL(f, CREATE_A);
		tell(f, i % 2 ? old : new);
		tell(f, i % 2 ? new : old);
		assert_answer(f, STATUSES, "a2 pending_role");
		assert_string_equal(ask(f, "SELECT email FROM members"), email);
		assert_answer(f, TASKS, "");
		assert_answer(f, "SELECT count(*) FROM waiting", "0");
		run(f, "DELETE FROM members; DELETE FROM persons");
	}
}

static void test_r10_two_active_records_are_for_review(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, .pid = "a2", .status = "active", .number = "1",
	     .email = "a@example.com");
	assert_string_equal(
		TELL(f, .pid = "a", .status = "active", .title = "Old"),
		"review");
	assert_answer(f, "SELECT job_title FROM members", "Engineer");
	assert_string_equal(TELL(f, .pid = "a", .status = "departed"),
			    "unchanged");
	assert_answer(f, TASKS, "");
	/* Back to the old record, when it is the only active one. */
	TELL(f, .pid = "a2", .status = "departed");
	assert_string_equal(TELL(f, .pid = "a", .status = "active"),
			    "reactivated");
	assert_answer(f, STATUSES, "a pending_role");
}

static void test_r10_email_of_who_left_is_for_review(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, .pid = "a", .status = "departed");
	assert_string_equal(TELL(f, .pid = "z", .status = "active",
				 .number = "77", .email = "a@example.com"),
			    "review");
	assert_answer(f, TASKS, "identity_review 1");
	assert_answer(f, STATUSES, "a deactivated");
}

static void test_r13_an_unknown_word_keeps_and_warns(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	assert_string_equal(TELL(f, .pid = "a", .status = "gardening"),
			    "unchanged");
	TELL(f, .pid = "b", .status = "gardening", .title = "Lead");
	assert_answer(f, STATUSES, "a pending_role|b pending_role");
	assert_answer(f, TASKS, "unknown_status 2");
	assert_answer(f, "SELECT word FROM tasks", "gardening");
	assert_string_equal(TELL(f, .pid = "c", .status = "gardening",
				 .email = "c@example.com"),
			    "waiting");
}

static void test_r13_leave_follows_the_setting(void **state)
{
	static const struct {
		enum leave_policy leave;
		const char *want;
	} rows[] = {
		{ LEAVE_KEEP, "a active" },
		{ LEAVE_PAUSE, "a paused" },
		{ LEAVE_DEACTIVATE, "a deactivated" },
	};
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	run(f, "UPDATE members SET roles = 2, status = 1");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		set_rules(f,
			  (struct directory_rules){ .leave = rows[i].leave });
		TELL(f, .pid = "a", .status = "on_leave");
		assert_string_equal(ask(f, STATUSES), rows[i].want);
		TELL(f, .pid = "a", .status = "active");
		assert_answer(f, STATUSES, "a active");
		assert_answer(f, "SELECT roles FROM members", "2");
	}
}

static void test_r14_a_role_by_hand_survives_syncs(void **state)
{
	struct fixture *f = *state;

	set_rules(f, (struct directory_rules){ .default_roles = ROLE_MENTEE });
	TELL(f, CREATE_A);
	assert_answer(f, STATUSES, "a active");
	run(f, "UPDATE members SET roles = 1");
	TELL(f, CREATE_A, .start = "2024-01-01");
	assert_answer(f, "SELECT roles FROM members", "1");
}

static void test_r9_who_is_protected_stays_and_a_task_says_so(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	run(f, "UPDATE members SET guarded = 1");
	assert_string_equal(TELL(f, .pid = "a", .status = "departed"),
			    "review");
	assert_answer(f, STATUSES, "a pending_role");
	assert_answer(f, TASKS, "protected_departure 1");
	/* Said again, it is no news, and not over either. */
	TELL(f, .pid = "a", .status = "departed", .title = "Engineer");
	assert_answer(f, TASKS, "protected_departure 1");
	TELL(f, .pid = "a", .status = "active");
	assert_answer(f, TASKS, "");
}

static void test_r12_a_future_end_keeps_active_until_then(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(
		TELL(f, .pid = "a", .status = "departed", .end = "2026-06-20"),
		"updated");
	assert_answer(f, STATUSES, "a pending_role");
	assert_answer(f, "SELECT end_date FROM members", "2026-06-20");
	f->now_ms += 6 * CLOCK_DAY_MS;
	assert_string_equal(
		TELL(f, .pid = "a", .status = "departed", .end = "2026-06-20"),
		"deactivated");
}

static void test_r12_upcoming_becomes_active(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(TELL(f, .pid = "a", .status = "upcoming",
				 .email = "a@example.com",
				 .start = "2026-06-20"),
			    "created");
	assert_answer(f, STATUSES, "a upcoming");
	f->now_ms += 6 * CLOCK_DAY_MS;
	TELL(f, .pid = "a", .status = "active", .start = "2026-06-20");
	assert_answer(f, STATUSES, "a pending_role");
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_r1_joins_by_number_then_by_email),
		T(test_r1_doubt_is_a_task_that_names_both),
		T(test_r1_a_review_ends_when_the_doubt_does),
		T(test_r1_protected_and_foreign_members_are_not_adopted),
		T(test_r10_the_same_id_comes_back),
		T(test_r10_roles_come_back_by_setting),
		T(test_r10_new_id_same_number_moves_the_link),
		T(test_r10_active_wins_in_either_order),
		T(test_r10_two_active_records_are_for_review),
		T(test_r10_email_of_who_left_is_for_review),
		T(test_r13_an_unknown_word_keeps_and_warns),
		T(test_r13_leave_follows_the_setting),
		T(test_r14_a_role_by_hand_survives_syncs),
		T(test_r9_who_is_protected_stays_and_a_task_says_so),
		T(test_r12_a_future_end_keeps_active_until_then),
		T(test_r12_upcoming_becomes_active),
	};

	return cmocka_run_group_tests_name("directory identity", tests, NULL,
					   NULL);
}

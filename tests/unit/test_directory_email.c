/* R11: email is data, never the key. */
#include "directory_fixture.h"

static void test_a_new_email_keeps_the_old_one_as_history(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, .pid = "a", .email = "Ada@Example.com"),
			    "updated");
	assert_answer(f, EMAILS, "a ada@example.com");
	assert_answer(f, "SELECT email FROM email_history", "a@example.com");
	assert_string_equal(TELL(f, .pid = "a", .email = "ADA@example.com"),
			    "unchanged");
}

static void test_a_taken_email_is_held_and_the_rest_applies(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	assert_string_equal(
		TELL(f, .pid = "b", .email = "a@example.com", .title = "Lead"),
		"updated");
	assert_answer(f, EMAILS, "a a@example.com|b b@example.com");
	assert_answer(f, "SELECT job_title FROM members WHERE pid = 'b'",
		      "Lead");
	assert_answer(f, TASKS, "email_taken 1");
	assert_answer(f, "SELECT member || ' ' || other FROM tasks", "2 1");
	assert_string_equal(TELL(f, .pid = "b", .email = "a@example.com"),
			    "review");
	assert_answer(f, TASKS, "email_taken 2");
}

static void test_a_held_email_is_given_when_it_is_free(void **state)
{
	static const struct say frees[] = {
		{ .pid = "a", .email = "other@example.com" },
		{ .pid = "a", .status = "departed" },
		{ .pid = "a", .kind = CHANGE_GONE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(frees); i++) {
		TELL(f, CREATE_A);
		TELL(f, CREATE_B);
		TELL(f, .pid = "b", .email = "a@example.com");
		tell(f, frees[i]);
		assert_answer(f, "SELECT email FROM members WHERE pid = 'b'",
			      "a@example.com");
		assert_answer(f, TASKS, "");
		assert_answer(f, "SELECT count(*) FROM waiting", "0");
		assert_answer(f,
			      "SELECT fields FROM decisions WHERE pid = 'b'"
			      " ORDER BY id DESC LIMIT 1",
			      "{\"email\":[\"b@example.com\","
			      "\"a@example.com\"]}");
		run(f, "DELETE FROM members; DELETE FROM persons");
	}
}

static void test_a_wish_is_dropped_when_it_is_not_wished_any_more(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "b", .email = "a@example.com");
	/* Not said: still wished. */
	TELL(f, .pid = "b", .title = "Lead");
	assert_answer(f, "SELECT count(*) FROM waiting", "1");
	TELL(f, .pid = "b", .email = "b@example.com");
	assert_answer(f, TASKS, "");
	assert_answer(f, "SELECT count(*) FROM waiting", "0");
	TELL(f, .pid = "a", .status = "departed");
	assert_answer(f, "SELECT email FROM members WHERE pid = 'b'",
		      "b@example.com");
}

static void test_two_who_swap_both_end_right(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "a", .email = "b@example.com");
	assert_string_equal(TELL(f, .pid = "b", .email = "a@example.com"),
			    "updated");
	assert_answer(f, EMAILS, "a b@example.com|b a@example.com");
	assert_answer(f, TASKS, "");
	assert_answer(f, "SELECT count(*) FROM waiting", "0");
	assert_answer(f, "SELECT wanted_email FROM members", "-|-");
}

static void test_three_who_pass_theirs_round_end_right(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "c", .status = "active", .email = "c@example.com");
	TELL(f, .pid = "a", .email = "b@example.com");
	TELL(f, .pid = "b", .email = "c@example.com");
	TELL(f, .pid = "c", .email = "a@example.com");
	assert_answer(f, EMAILS,
		      "a b@example.com|b c@example.com|c a@example.com");
	assert_answer(f, TASKS, "");
}

static void test_a_chain_that_ends_free_moves_up(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "c", .status = "active", .email = "c@example.com");
	TELL(f, .pid = "a", .email = "b@example.com");
	TELL(f, .pid = "b", .email = "c@example.com");
	TELL(f, .pid = "c", .email = "free@example.com");
	assert_answer(f, EMAILS,
		      "a b@example.com|b c@example.com|c free@example.com");
	assert_answer(f, "SELECT count(*) FROM waiting", "0");
}

static void test_the_second_of_two_with_one_email_waits(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, .pid = "b", .status = "active",
				 .number = "2", .email = "A@example.com",
				 .first = "Bo"),
			    "waiting");
	assert_answer(f, TASKS, "email_taken 1");
	assert_answer(f, EMAILS, "a a@example.com");
	TELL(f, .pid = "a", .email = "ada@example.com");
	assert_answer(f, EMAILS, "a ada@example.com|b a@example.com");
	assert_answer(f, "SELECT first_name FROM members WHERE pid = 'b'",
		      "Bo");
	assert_answer(f, TASKS, "");
}

static void test_without_an_email_the_person_waits_for_one(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(TELL(f, .pid = "a", .status = "active",
				 .number = "1", .first = "Ada",
				 .title = "Engineer"),
			    "waiting");
	assert_answer(f, TASKS, "");
	/* Nothing that was said in between is lost. */
	assert_string_equal(TELL(f, .pid = "a", .title = "Lead"), "waiting");
	assert_string_equal(TELL(f, .pid = "a", .email = "a@example.com"),
			    "created");
	assert_answer(f,
		      "SELECT first_name || job_title || employee_number"
		      " FROM members",
		      "AdaLead1");
	assert_answer(f, STATUSES, "a pending_role");
}

static void test_who_waits_and_departs_is_forgotten(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, .pid = "b", .status = "active", .email = "a@example.com");
	assert_string_equal(TELL(f, .pid = "b", .status = "departed"),
			    "ignored");
	assert_answer(f, TASKS, "");
	assert_answer(f, "SELECT count(*) FROM waiting", "0");
	TELL(f, .pid = "a", .email = "ada@example.com");
	assert_answer(f, "SELECT count(*) FROM members", "1");
}

static void test_an_inactive_unlinked_member_is_offered(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	run(f, "INSERT INTO members (public_id, organization, status, roles,"
	       " guarded, ended, version, rank, person_status, decision,"
	       " created_ms, changed_ms, email) VALUES ('m', 1, 4, 0, 0, 3,"
	       " 0, 0, 0, 0, 0, 0, 'old@example.com')");
	assert_string_equal(TELL(f, .pid = "a", .email = "old@example.com"),
			    "updated");
	assert_answer(f, TASKS, "link_offer 1");
	assert_answer(f, "SELECT member || ' ' || other FROM tasks", "1 2");
}

static void test_who_comes_back_does_not_take_an_email_away(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "a", .status = "departed");
	TELL(f, .pid = "b", .email = "a@example.com");
	assert_string_equal(TELL(f, .pid = "a", .status = "active"),
			    "reactivated");
	assert_answer(f, EMAILS, "a -|b a@example.com");
	assert_answer(f, TASKS, "email_taken 1");
	TELL(f, .pid = "b", .email = "b@example.com");
	assert_answer(f, EMAILS, "a a@example.com|b b@example.com");
}

static void test_who_is_on_leave_keeps_the_email(void **state)
{
	struct fixture *f = *state;

	set_rules(f, (struct directory_rules){ .leave = LEAVE_DEACTIVATE });
	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "a", .status = "on_leave");
	TELL(f, .pid = "b", .email = "a@example.com");
	assert_answer(f, EMAILS, "a a@example.com|b b@example.com");
	TELL(f, .pid = "a", .status = "active");
	assert_answer(f, EMAILS, "a a@example.com|b b@example.com");
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_new_email_keeps_the_old_one_as_history),
		T(test_a_taken_email_is_held_and_the_rest_applies),
		T(test_a_held_email_is_given_when_it_is_free),
		T(test_a_wish_is_dropped_when_it_is_not_wished_any_more),
		T(test_two_who_swap_both_end_right),
		T(test_three_who_pass_theirs_round_end_right),
		T(test_a_chain_that_ends_free_moves_up),
		T(test_the_second_of_two_with_one_email_waits),
		T(test_without_an_email_the_person_waits_for_one),
		T(test_who_waits_and_departs_is_forgotten),
		T(test_an_inactive_unlinked_member_is_offered),
		T(test_who_comes_back_does_not_take_an_email_away),
		T(test_who_is_on_leave_keeps_the_email),
	};

	return cmocka_run_group_tests_name("directory email", tests, NULL,
					   NULL);
}

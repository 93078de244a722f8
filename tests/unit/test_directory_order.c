/* R2 to R5: state, duplicates, order, and persons that are gone. */
#include "directory_fixture.h"

static void test_r3_a_repeated_change_changes_nothing_more(void **state)
{
	struct fixture *f = *state;
	struct change c;

	say_change(f, &(struct say){ CREATE_A }, &c);
	assert_string_equal(feed(f, &c), "created");
	for (int i = 0; i < 3; i++)
		assert_string_equal(feed(f, &c), "duplicate");
	assert_answer(f, "SELECT count(*) FROM members", "1");
	assert_answer(f, "SELECT count(*) FROM decisions", "1");
}

static void test_r3_an_older_change_is_a_duplicate_too(void **state)
{
	struct fixture *f = *state;
	struct change first;

	say_change(f, &(struct say){ CREATE_A }, &first);
	feed(f, &first);
	for (int i = 0; i < 5; i++)
		TELL(f, .pid = "a", .status = "active",
		     .title = i % 2 ? "Lead" : "Head");
	assert_string_equal(feed(f, &first), "duplicate");
	assert_answer(f, "SELECT job_title FROM members", "Head");
}

/* n changes of person a, quickly. */
static void rename_a(struct fixture *f, int n)
{
	enum apply_outcome o;
	struct err err = { 0 };
	struct change c;

	must(directory_begin(f->d, &err), &err);
	for (int i = 0; i < n; i++) {
		say_change(f,
			   &(struct say){ .pid = "a",
					  .title = i % 2 ? "Lead" : "Head" },
			   &c);
		must(directory_apply(f->d, &c, f->now_ms, &o, &err), &err);
	}
	must(db_commit(f->db, &err), &err);
}

static bool was_decided(struct fixture *f, const struct change *c)
{
	struct err err = { 0 };
	bool decided;

	must(directory_was_decided(f->d, c, &decided, &err), &err);
	return decided;
}

static void test_r3_a_duplicate_is_found_a_thousand_changes_later(void **state)
{
	struct fixture *f = *state;
	struct change first;

	say_change(f, &(struct say){ CREATE_A }, &first);
	feed(f, &first);
	rename_a(f, 1000);
	assert_string_equal(feed(f, &first), "duplicate");
	rename_a(f, 50);
	assert_string_equal(feed(f, &first), "superseded");
	assert_string_equal(feed(f, &first), "duplicate");
}

static void test_r3_what_was_decided_is_known_for_ever(void **state)
{
	struct fixture *f = *state;
	struct change first, late, never, nobody;

	say_change(f, &(struct say){ CREATE_A, .version = 10 }, &first);
	say_change(f, &(struct say){ CREATE_A, .version = 9 }, &late);
	say_change(f, &(struct say){ CREATE_A, .version = 8 }, &never);
	say_change(f, &(struct say){ CREATE_B, .version = 8 }, &nobody);
	assert_false(was_decided(f, &first));
	feed(f, &first);
	assert_string_equal(feed(f, &late), "superseded");
	f->version = 20;
	rename_a(f, 1500);
	assert_true(was_decided(f, &first));
	assert_true(was_decided(f, &late));
	assert_false(was_decided(f, &never));
	assert_false(was_decided(f, &nobody));
	first.id[0] = 'x';
	assert_false(was_decided(f, &first));
}

/* What was decided while the person waited stands on a chain of its own. */
static void test_r3_a_change_from_before_the_link_is_a_duplicate(void **state)
{
	struct fixture *f = *state;
	struct change waiting;

	TELL(f, .pid = "old", .status = "active", .number = "1",
	     .email = "a@example.com");
	TELL(f, .pid = "old", .status = "departed");
	say_change(f, &(struct say){ .pid = "a", .status = "active" },
		   &waiting);
	assert_string_equal(feed(f, &waiting), "waiting");
	assert_string_equal(TELL(f, .pid = "a", .status = "active",
				 .number = "1", .email = "a@example.com"),
			    "reactivated");
	assert_true(was_decided(f, &waiting));
	assert_string_equal(feed(f, &waiting), "duplicate");
}

static void test_r4_an_older_version_is_logged_as_superseded(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A, .version = 5);
	assert_string_equal(
		TELL(f, .pid = "a", .status = "departed", .version = 4),
		"superseded");
	assert_answer(f, STATUSES, "a pending_role");
	assert_answer(f,
		      "SELECT outcome || ' ' || version FROM decisions"
		      " ORDER BY id",
		      "0 5|5 4");
	/* Its own redelivery is then a duplicate. */
	assert_string_equal(
		TELL(f, .pid = "a", .status = "departed", .version = 4),
		"duplicate");
}

static void test_r4_between_equal_versions_the_fuller_read_wins(void **state)
{
	static const struct {
		enum change_source first, second;
		const char *want;
	} rows[] = {
		{ CHANGE_WEBHOOK, CHANGE_WEBHOOK, "superseded" },
		{ CHANGE_WEBHOOK, CHANGE_LOOKUP, "updated" },
		{ CHANGE_LOOKUP, CHANGE_RUN, "updated" },
		{ CHANGE_RUN, CHANGE_LOOKUP, "superseded" },
		{ CHANGE_LOOKUP, CHANGE_WEBHOOK, "superseded" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char pid[16], email[40];

		(void)snprintf(pid, sizeof(pid), "p%zu", i);
		(void)snprintf(email, sizeof(email), "%s@example.com", pid);
		TELL(f, .pid = pid, .status = "active", .email = email,
		     .version = 9, .source = rows[i].first);
		assert_string_equal(TELL(f, .pid = pid, .status = "active",
					 .title = "New", .version = 9,
					 .source = rows[i].second),
				    rows[i].want);
	}
}

/* Guards a late hire that arrives after the departure. */
static void test_r4_holds_for_who_never_became_a_member(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
		TELL(f, .pid = "a", .status = "departed", .version = 7),
		"ignored");
	assert_string_equal(TELL(f, CREATE_A, .version = 6), "superseded");
	assert_answer(f, "SELECT count(*) FROM members", "0");
	assert_string_equal(TELL(f, CREATE_A, .version = 8), "created");
}

static void test_r4_unchanged_still_moves_the_version(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A, .version = 1);
	assert_string_equal(TELL(f, CREATE_A, .version = 3), "unchanged");
	assert_string_equal(TELL(f, .pid = "a", .status = "active",
				 .title = "Old", .version = 2),
			    "superseded");
	assert_answer(f, "SELECT job_title FROM members", "Engineer");
}

static void test_r2_absent_keeps_and_null_clears(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, .pid = "a", .title = ""), "updated");
	assert_answer(f,
		      "SELECT first_name || ' ' || coalesce(job_title, '-')"
		      " || ' ' || employee_number FROM members",
		      "Ada - 1");
	assert_answer(f, STATUSES, "a pending_role");
}

static void test_r2_a_null_email_is_kept(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, .pid = "a", .email = ""), "unchanged");
	assert_answer(f, EMAILS, "a a@example.com");
}

static void test_r3_the_audit_has_before_and_after(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, .pid = "a", .status = "departed", .title = "Lead", .first = "");
	assert_answer(f, "SELECT fields FROM decisions WHERE outcome = 3",
		      "{\"first_name\":[\"Ada\",null],"
		      "\"job_title\":[\"Engineer\",\"Lead\"],"
		      "\"status\":[\"pending_role\",\"deactivated\"]}");
}

/* The chain leads from the newest decision to the first. */
static void test_r3_every_decision_is_found_from_the_member(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	TELL(f, CREATE_B);
	TELL(f, .pid = "a", .title = "Lead");
	TELL(f, .pid = "a", .title = "Late", .version = 1);
	TELL(f, .pid = "a", .status = "departed");
	assert_answer(f,
		      "WITH RECURSIVE chain (id) AS (SELECT decision FROM"
		      " members WHERE pid = 'a' UNION ALL SELECT d.previous"
		      " FROM decisions d JOIN chain ON d.id = chain.id)"
		      " SELECT d.pid || d.outcome FROM decisions d JOIN chain"
		      " ON d.id = chain.id ORDER BY d.id",
		      "a0|a1|a5|a3");
}

static void test_r5_gone_is_a_departure(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, .pid = "a", .kind = CHANGE_GONE),
			    "deactivated");
	assert_answer(f, "SELECT first_name FROM members", "Ada");
	assert_string_equal(TELL(f, .pid = "never", .kind = CHANGE_GONE),
			    "ignored");
}

#define ABSENT .kind = CHANGE_ABSENT, .source = CHANGE_RUN

/* R7 makes it a fact; departures by it are not in force. */
static void test_r8_absence_is_noted_and_changes_no_member(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, .pid = "a", ABSENT), "absent");
	assert_string_equal(TELL(f, .pid = "a", ABSENT, .run = "run2"),
			    "absent");
	assert_answer(f, STATUSES, "a pending_role");
	assert_answer(f, "SELECT changed_ms - created_ms FROM members", "0");
	assert_answer(f,
		      "SELECT outcome || ' ' || coalesce(fields, '-')"
		      " FROM decisions WHERE outcome > 0",
		      "10 -|10 -");
	assert_answer(f, TASKS, "");
}

/* Its version is the run's clock: another scale than the provider's own. */
static void
test_r4_an_absence_does_not_outdate_what_comes_after_it(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A, .version = 1);
	assert_string_equal(
		TELL(f, .pid = "a", ABSENT, .version = 1789000000000),
		"absent");
	assert_string_equal(TELL(f, .pid = "a", .title = "Lead", .version = 2),
			    "updated");
}

static void test_r6_who_was_heard_of_since_is_not_absent(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A, .version = 50); /* a webhook during the snapshot */
	assert_string_equal(TELL(f, .pid = "a", ABSENT, .version = 49),
			    "superseded");
	assert_answer(f, STATUSES, "a pending_role");
}

static void test_r3_an_absence_is_noted_once_per_run(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A, .version = 1);
	assert_string_equal(TELL(f, .pid = "a", ABSENT, .version = 9),
			    "absent");
	assert_string_equal(TELL(f, .pid = "a", ABSENT, .version = 9),
			    "duplicate");
	assert_string_equal(
		TELL(f, .pid = "a", ABSENT, .version = 9, .run = "run2"),
		"absent");
	assert_answer(f, "SELECT count(*) FROM decisions", "3");
}

static void test_r8_absence_of_who_is_no_member(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(TELL(f, .pid = "never", ABSENT), "ignored");
	assert_answer(f, "SELECT count(*) FROM persons", "0");
	/* Who waits goes on waiting. */
	assert_string_equal(TELL(f, .pid = "a", .status = "active"), "waiting");
	assert_string_equal(TELL(f, .pid = "a", ABSENT), "absent");
	assert_string_equal(TELL(f, .pid = "a", .status = "active",
				 .email = "a@example.com"),
			    "created");
}

static void test_a_failed_change_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	enum apply_outcome o;
	struct err err = { 0 };
	struct change c;

	say_change(f, &(struct say){ CREATE_A }, &c);
	must(directory_begin(f->d, &err), &err);
	must(directory_apply(f->d, &c, f->now_ms, &o, &err), &err);
	db_rollback(f->db);
	assert_answer(f, "SELECT count(*) FROM members", "0");
	assert_string_equal(feed(f, &c), "created");
}

static void assert_refused(struct fixture *f, const struct change *c,
			   const char *want)
{
	enum apply_outcome o;
	struct err err = { 0 };

	must(directory_begin(f->d, &err), &err);
	assert_int_equal(directory_apply(f->d, c, f->now_ms, &o, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	if (!strstr(err.text, want))
		fail_msg("%s", err.text);
	db_rollback(f->db);
}

static void test_what_can_never_apply_is_invalid(void **state)
{
	struct fixture *f = *state;
	struct change c;

	say_change(f, &(struct say){ CREATE_A }, &c);
	c.connection = STR("nobody");
	assert_refused(f, &c, "not known");
	c.connection = STR("con3");
	assert_refused(f, &c, "another organization");
	say_change(f, &(struct say){ CREATE_A }, &c);
	c.id[3] = 'x';
	assert_refused(f, &c, "hex");
	say_change(f, &(struct say){ CREATE_A, .effective_ms = NOW_MS + 1 },
		   &c);
	assert_refused(f, &c, "future");
}

/* Also when the connection was seen before. */
static void test_another_organization_cannot_use_a_known_feed(void **state)
{
	struct fixture *f = *state;
	struct change c;

	TELL(f, CREATE_A);
	say_change(f, &(struct say){ CREATE_B }, &c);
	c.organization = STR("org2");
	assert_refused(f, &c, "another organization");
}

static void test_organizations_do_not_touch(void **state)
{
	struct fixture *f = *state;

	TELL(f, CREATE_A);
	assert_string_equal(TELL(f, CREATE_A, .connection = "con3"), "created");
	TELL(f, .pid = "a", .status = "departed", .connection = "con3");
	assert_answer(f, STATUSES, "a pending_role|a deactivated");
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_r3_a_repeated_change_changes_nothing_more),
		T(test_r3_an_older_change_is_a_duplicate_too),
		T(test_r3_a_duplicate_is_found_a_thousand_changes_later),
		T(test_r3_what_was_decided_is_known_for_ever),
		T(test_r3_a_change_from_before_the_link_is_a_duplicate),
		T(test_r4_an_older_version_is_logged_as_superseded),
		T(test_r4_between_equal_versions_the_fuller_read_wins),
		T(test_r4_holds_for_who_never_became_a_member),
		T(test_r4_unchanged_still_moves_the_version),
		T(test_r2_absent_keeps_and_null_clears),
		T(test_r2_a_null_email_is_kept),
		T(test_r3_the_audit_has_before_and_after),
		T(test_r3_every_decision_is_found_from_the_member),
		T(test_r5_gone_is_a_departure),
		T(test_r8_absence_is_noted_and_changes_no_member),
		T(test_r4_an_absence_does_not_outdate_what_comes_after_it),
		T(test_r6_who_was_heard_of_since_is_not_absent),
		T(test_r3_an_absence_is_noted_once_per_run),
		T(test_r8_absence_of_who_is_no_member),
		T(test_a_failed_change_leaves_nothing),
		T(test_what_can_never_apply_is_invalid),
		T(test_another_organization_cannot_use_a_known_feed),
		T(test_organizations_do_not_touch),
	};

	return cmocka_run_group_tests_name("directory order", tests, NULL,
					   NULL);
}

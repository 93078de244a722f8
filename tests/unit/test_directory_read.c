/* Lists, single members and settings; and that no change walks a table. */
#include "directory_fixture.h"

#include "records.h"

static void fill(struct fixture *f, int n)
{
	for (int i = 0; i < n; i++) {
		char pid[16], email[40];

		(void)snprintf(pid, sizeof(pid), "p%d", i);
		(void)snprintf(email, sizeof(email), "p%d@example.com", i);
		TELL(f, .pid = pid, .status = i % 2 ? "active" : "upcoming",
		     .email = email, .first = i == 3 ? "Zoë 100%" : "Ann");
		f->now_ms++;
	}
}

static size_t list(struct fixture *f, struct member_filter flt, bool *more)
{
	struct member *m = NULL;
	struct err err = { 0 };
	struct arena a;
	size_t n = 0;

	arena_init(&a, 1 << 20);
	if (!flt.limit)
		flt.limit = 100;
	must(directory_list(f->d, "org1", &flt, &a, &m, &n, more, &err), &err);
	arena_release(&a);
	return n;
}

static void test_list_filters(void **state)
{
	const struct {
		const char *name;
		struct member_filter filter;
		size_t want;
	} rows[] = {
		{ "all", { .status = -1 }, 6 },
		{ "status", { .status = MEMBER_UPCOMING }, 3 },
		{ "role", { .status = -1, .role = ROLE_MENTOR }, 1 },
		{ "name", { .query = STR("ANN"), .status = -1 }, 5 },
		{ "email", { .query = STR("p4@"), .status = -1 }, 1 },
		{ "a percent sign is no joker",
		  { .query = STR("100%"), .status = -1 },
		  1 },
		{ "nor an underscore",
		  { .query = STR("p_@"), .status = -1 },
		  0 },
		{ "nobody", { .query = STR("zz"), .status = -1 }, 0 },
	};
	struct fixture *f = *state;
	bool more;

	fill(f, 6);
	run(f, "UPDATE members SET roles = 3 WHERE pid = 'p5'");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = list(f, rows[i].filter, &more);

		if (n != rows[i].want || more)
			fail_msg("%s: %zu", rows[i].name, n);
	}
}

static void test_pages_meet_without_gap(void **state)
{
	struct member_filter flt = { .status = -1, .limit = 2 };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct member *m;
	struct arena a;
	size_t n, seen = 0;
	bool more = true;

	fill(f, 5);
	arena_init(&a, 1 << 20);
	while (more) {
		must(directory_list(f->d, "org1", &flt, &a, &m, &n, &more,
				    &err),
		     &err);
		for (size_t i = 0; i < n; i++, seen++) {
			char want[32];

			(void)snprintf(want, sizeof(want), "p%zu@example.com",
				       seen);
			assert_str(m[i].fields[PERSON_EMAIL].value, want);
			flt.cursor = m[i].id;
		}
	}
	assert_int_equal(seen, 5);
	arena_release(&a);
}

static void test_limits_are_refused(void **state)
{
	static const char long_text[MEMBER_QUERY_MAX + 1];
	const struct member_filter rows[] = {
		{ .status = -1, .limit = 0 },
		{ .status = -1, .limit = MEMBER_PAGE_MAX + 1 },
		{ .status = -1,
		  .limit = 1,
		  .query = { long_text, sizeof(long_text) } },
	};
	struct fixture *f = *state;
	struct member *m;
	struct arena a;
	size_t n;
	bool more;

	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };

		assert_int_equal(directory_list(f->d, "org1", &rows[i], &a, &m,
						&n, &more, &err),
				 -1);
		assert_int_equal(err.kind, ERR_INVALID);
	}
	arena_release(&a);
}

static void test_a_member_is_its_organizations_alone(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct member m;
	struct arena a;
	char id[64];

	TELL(f, CREATE_A);
	(void)ask(f, "SELECT public_id FROM members");
	(void)snprintf(id, sizeof(id), "%.*s", RANDOM_ID_SIZE, f->answer);
	arena_init(&a, 1 << 20);
	must(directory_get(f->d, "org1", str_of(id), &a, &m, &err), &err);
	assert_str(m.id, id);
	assert_str(m.organization, "org1");
	assert_str(m.fields[PERSON_FIRST_NAME].value, "Ada");
	assert_int_equal(m.fields[PERSON_LOCATION].state, FIELD_NULL);
	assert_int_equal(m.status, MEMBER_PENDING_ROLE);
	assert_int_equal(m.created_ms, NOW_MS);
	assert_int_equal(directory_get(f->d, "org2", str_of(id), &a, &m, &err),
			 -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	arena_release(&a);
}

static void test_rules_are_kept(void **state)
{
	const struct directory_rules want = { ROLE_MENTOR, LEAVE_PAUSE,
					      REHIRE_RESTORE };
	struct fixture *f = *state;
	struct directory_rules r;
	struct err err = { 0 };

	must(directory_get_rules(f->d, "org1", &r, &err), &err);
	assert_int_equal(r.default_roles | r.leave | r.rehire, 0);
	set_rules(f, want);
	must(directory_get_rules(f->d, "org1", &r, &err), &err);
	assert_memory_equal(&r, &want, sizeof(r));
	assert_int_equal(directory_set_rules(f->d, "none", &want, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void test_names_are_found_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MEMBER_STATUS_COUNT; i++) {
		const char *name = member_status_name((enum member_status)i);
		enum member_status s;

		assert_true(member_status_find(str_of(name), &s));
		assert_int_equal(s, i);
	}
	assert_false(
		member_status_find(STR("gone"), &(enum member_status){ 0 }));
}

/* A plan that walks members or persons would be slow for everybody. */
static void test_no_change_walks_a_table(void **state)
{
	static const enum stmt all[] = {
		STMT_LOAD,
		STMT_LOAD_BY_FEED,
		STMT_FIND_MEMBERS,
		STMT_FIND_HOLDER,
		STMT_MARK_MEMBER,
		STMT_SET_MEMBER,
		STMT_SET_MEMBER_KEYS,
		STMT_GET_DECISION,
		STMT_END_WAITING,
		STMT_FIND_WAITING,
		STMT_END_TASK,
	};
	static char texts[ARRAY_LEN(all)][4096]; /* outlive the database */
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		char *sql = texts[i];
		struct db_stmt *s;
		struct err err = { 0 };
		enum db_step step;

		(void)snprintf(sql, sizeof(texts[i]), "EXPLAIN QUERY PLAN %s",
			       directory_sql(all[i]));
		must(db_prepare(f->db, &s, sql, &err), &err);
		for (;;) {
			char text[256];

			must(db_step(s, &step, &err), &err);
			if (step == DB_DONE)
				break;
			(void)snprintf(text, sizeof(text), "%.*s",
				       STR_ARG(db_str(s, 3)));
			if (strstr(text, "SCAN"))
				fail_msg("%s: %s", sql, text);
			if (strstr(text, "members_by_public_id"))
				fail_msg("%s: %s", sql, text);
		}
	}
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_list_filters),
		T(test_pages_meet_without_gap),
		T(test_limits_are_refused),
		T(test_a_member_is_its_organizations_alone),
		T(test_rules_are_kept),
		cmocka_unit_test(test_names_are_found_again),
		T(test_no_change_walks_a_table),
	};

	return cmocka_run_group_tests_name("directory read", tests, NULL, NULL);
}

#include "check.h"

#include "members.h"

struct request {
	struct arena arena;
	struct err err;
};

static int setup(void **state)
{
	static struct request r;

	r = (struct request){ 0 };
	arena_init(&r.arena, 65536);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	arena_release(&((struct request *)*state)->arena);
	return 0;
}

static void test_console_members_are_all_without_a_filter(void **state)
{
	struct request *r = *state;
	struct member_filter f;

	assert_int_equal(
		member_filter_parse((struct str){ 0 }, &r->arena, &f, &r->err),
		0);
	assert_int_equal(f.status, -1);
	assert_int_equal(f.role, 0);
	assert_int_equal(f.query.len, 0);
	assert_int_equal(f.cursor.len, 0);
	assert_int_equal(f.limit, 50);
}

static void test_console_members_are_filtered(void **state)
{
	struct request *r = *state;
	struct member_filter f;

	assert_int_equal(
		member_filter_parse(STR("status=pending_role&role=mentee&q=Zo"
					"%C3%AB+x&limit=200&cursor=01h"),
				    &r->arena, &f, &r->err),
		0);
	assert_int_equal(f.status, MEMBER_PENDING_ROLE);
	assert_int_equal(f.role, ROLE_MENTEE);
	assert_str(f.query, "Zo\xc3\xab x");
	assert_str(f.cursor, "01h");
	assert_int_equal(f.limit, 200);
}

static void test_console_members_filter_says_what_is_wrong(void **state)
{
	static const struct {
		const char *query, *says;
	} rows[] = {
		{ "status=gone", "status must be pending_role" },
		{ "status=", "status must be" },
		{ "status=Active", "status must be" },
		{ "role=admin", "mentor or mentee" },
		{ "role=mentor&role=mentee", "'role' is given twice" },
		{ "limit=201", "1 to 200" },
		{ "sort=name", "no parameter 'sort'" },
	};
	struct request *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct member_filter f = { .limit = 7 };

		if (member_filter_parse(str_of(rows[i].query), &r->arena, &f,
					&r->err) == 0)
			fail_msg("%s was taken", rows[i].query);
		assert_int_equal(r->err.kind, ERR_INVALID);
		if (!strstr(r->err.text, rows[i].says))
			fail_msg("%s: %s", rows[i].query, r->err.text);
		assert_int_equal(f.limit, 7); /* untouched */
	}
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_console_members_are_all_without_a_filter),
		WITH(test_console_members_are_filtered),
		WITH(test_console_members_filter_says_what_is_wrong),
	};

	return cmocka_run_group_tests_name("console members", tests, NULL,
					   NULL);
}

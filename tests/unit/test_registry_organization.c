#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "organization.h"
#include "temp_db.h"

static int open_db(void **state)
{
	static struct temp_db t;

	*state = &t;
	return temp_db_open(&t);
}

static int close_db(void **state)
{
	return temp_db_close(*state);
}

static struct db *db_of(void **state)
{
	return ((struct temp_db *)*state)->db;
}

static void test_registry_token_names_its_admin(void **state)
{
	struct registry_caller caller;
	struct registry_admin a;
	struct err err = { 0 };

	assert_int_equal(registry_init_org(db_of(state), STR("Example Ltd"),
					   PLAN_GROWTH,
					   STR("admin@example.com"), &a, &err),
			 0);
	assert_true(str_starts(str_of(a.token), STR("hrisd_")));
	assert_int_equal(registry_authenticate(db_of(state), str_of(a.token),
					       &caller, &err),
			 0);
	assert_string_equal(caller.organization, a.organization);
	assert_string_equal(caller.admin, a.admin);
	assert_int_equal(caller.plan, PLAN_GROWTH);
}

static void test_registry_refuses_other_tokens(void **state)
{
	struct registry_caller caller;
	struct registry_admin a;
	struct err err = { 0 };
	char near[64];

	assert_int_equal(registry_init_org(db_of(state), STR("Example Ltd"),
					   PLAN_GROWTH,
					   STR("admin@example.com"), &a, &err),
			 0);
	memcpy(near, a.token, sizeof(near));
	near[20] = near[20] == 'a' ? 'b' : 'a';
	{
		const struct str bad[] = {
			{ 0 },
			STR("hrisd_"),
			str_of(near),
			{ a.token, strlen(a.token) - 1 },
			{ a.token + 6, strlen(a.token) - 6 },
		};

		for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
			err = (struct err){ 0 };
			assert_int_equal(registry_authenticate(db_of(state),
							       bad[i], &caller,
							       &err),
					 -1);
			assert_int_equal(err.kind, ERR_AUTH);
		}
	}
}

static void test_registry_revoked_token_is_refused(void **state)
{
	struct registry_caller caller;
	struct registry_admin a;
	struct err err = { 0 };

	assert_int_equal(registry_init_org(db_of(state), STR("Example Ltd"),
					   PLAN_GROWTH,
					   STR("admin@example.com"), &a, &err),
			 0);
	assert_int_equal(db_exec(db_of(state),
				 "UPDATE api_tokens SET revoked_ms = 1", &err),
			 0);
	assert_int_equal(registry_authenticate(db_of(state), str_of(a.token),
					       &caller, &err),
			 -1);
	assert_int_equal(err.kind, ERR_AUTH);
}

/* Who reads the database, or a copy of it, cannot call with what is there. */
static void test_registry_does_not_store_the_token(void **state)
{
	struct registry_admin a;
	struct err err = { 0 };
	struct db_stmt *s;
	enum db_step step;

	assert_int_equal(registry_init_org(db_of(state), STR("Example Ltd"),
					   PLAN_GROWTH,
					   STR("admin@example.com"), &a, &err),
			 0);
	assert_int_equal(db_prepare(db_of(state), &s,
				    "SELECT hash FROM api_tokens", &err),
			 0);
	assert_int_equal(db_step(s, &step, &err), 0);
	assert_int_equal(step, DB_ROW);
	assert_int_equal(db_str(s, 0).len, 32);
	assert_null(memmem(db_str(s, 0).ptr, 32, a.token + 6, 8));
	db_reset(s);
}

static void test_registry_organization_name_is_taken_once(void **state)
{
	struct registry_admin a;
	struct registry_admin b;
	struct err err = { 0 };

	assert_int_equal(registry_init_org(db_of(state), STR("Example Ltd"),
					   PLAN_GROWTH,
					   STR("admin@example.com"), &a, &err),
			 0);
	assert_int_equal(registry_init_org(db_of(state), STR(" Example Ltd "),
					   PLAN_GROWTH,
					   STR("other@example.com"), &b, &err),
			 -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(registry_init_org(db_of(state), STR("Example Inc"),
					   PLAN_STARTER,
					   STR("other@example.com"), &b, &err),
			 0);
	assert_string_not_equal(a.organization, b.organization);
}

static void test_registry_init_checks_what_it_is_given(void **state)
{
	static const struct row {
		const char *name, *email, *says;
	} rows[] = {
		{ "", "a@example.com", "name" },
		{ "  \n", "a@example.com", "name" },
		{ "a\tb", "a@example.com", "name" },
		{ "Example", "", "email" },
		{ "Example", "a.example.com", "email" },
		{ "Example", "@example.com", "email" },
		{ "Example", "a@", "email" },
		{ "Example", "a@b@example.com", "email" },
		{ "Example", "a b@example.com", "email" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct registry_admin a;
		struct err err = { 0 };

		if (registry_init_org(db_of(state), str_of(rows[i].name),
				      PLAN_GROWTH, str_of(rows[i].email), &a,
				      &err) == 0)
			fail_msg("'%s' '%s' was taken", rows[i].name,
				 rows[i].email);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_non_null(strstr(err.text, rows[i].says));
	}
}

static void test_registry_plan_below_growth_is_named(void **state)
{
	static const struct {
		const char *name;
		enum plan plan;
		int allowed;
	} rows[] = {
		{ "One", PLAN_STARTER, 0 },
		{ "Two", PLAN_GROWTH, 1 },
		{ "Three", PLAN_ENTERPRISE, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct registry_admin a;
		struct err err = { 0 };
		int result;

		assert_int_equal(
			registry_init_org(db_of(state), str_of(rows[i].name),
					  rows[i].plan, STR("a@example.com"),
					  &a, &err),
			0);
		result = organization_check_plan(db_of(state), a.organization,
						 &err);
		assert_int_equal(result, rows[i].allowed ? 0 : -1);
		if (rows[i].allowed)
			continue;
		assert_int_equal(err.kind, ERR_FORBIDDEN);
		assert_non_null(strstr(err.text, "Growth"));
		assert_non_null(strstr(err.text, plan_name(rows[i].plan)));
	}
}

static void test_registry_names_are_found_again(void **state)
{
	enum connection_status status;
	enum plan plan;

	(void)state;
	for (unsigned i = 0; i < PLAN_COUNT; i++) {
		assert_true(plan_find(str_of(plan_name((enum plan)i)), &plan));
		assert_int_equal(plan, i);
	}
	for (unsigned i = 0; i < CONNECTION_STATUS_COUNT; i++) {
		const char *z =
			connection_status_name((enum connection_status)i);

		assert_true(connection_status_find(str_of(z), &status));
		assert_int_equal(status, i);
	}
	assert_false(plan_find(STR("Growth"), &plan));
	assert_false(connection_status_find(STR(""), &status));
}

#define ON_DB(fn) cmocka_unit_test_setup_teardown(fn, open_db, close_db)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DB(test_registry_token_names_its_admin),
		ON_DB(test_registry_refuses_other_tokens),
		ON_DB(test_registry_revoked_token_is_refused),
		ON_DB(test_registry_does_not_store_the_token),
		ON_DB(test_registry_organization_name_is_taken_once),
		ON_DB(test_registry_init_checks_what_it_is_given),
		ON_DB(test_registry_plan_below_growth_is_named),
		cmocka_unit_test(test_registry_names_are_found_again),
	};

	return cmocka_run_group_tests_name("registry organization", tests, NULL,
					   NULL);
}

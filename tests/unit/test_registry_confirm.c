/* R7: what admins decide about runs: confirmations, and an organization's
 * rules. */
#include "registry_fixture.h"

#include "registry/rule.h"
#include "registry/run.h"

#define NOW	    1767571200000LL
#define CONFIRMABLE "{\"people\":60,\"confirmable\":true}"

/* A run that ended at now_ms with this proof. */
static struct run ended(struct fixture *f, enum run_status status,
			const char *proof, int64_t now_ms)
{
	struct err err = { 0 };
	struct run run;
	bool joined;

	must(registry_ask_run(f->store.db, f->admin.organization, id_of(f),
			      RUN_FULL, RUN_BY_HAND, now_ms, &f->arena, &run,
			      &joined, &err),
	     &err);
	must(registry_finish_run(f->store.db, str_of(run.id), status, STR("{}"),
				 str_of(proof), STR("why"), now_ms, &err),
	     &err);
	return run;
}

static int confirm(struct fixture *f, const struct run *r, int64_t now_ms,
		   struct err *err)
{
	*err = (struct err){ 0 };
	return registry_confirm_run(f->store.db, f->admin.organization,
				    f->admin.admin, str_of(r->id), now_ms, err);
}

static struct sync_state sync_of(struct fixture *f)
{
	struct err err = { 0 };
	struct sync_state s;

	must(registry_get_sync(f->store.db, id_of(f), &f->arena, &s, &err),
	     &err);
	return s;
}

static void
test_a_confirmed_run_is_what_later_ones_are_compared_with(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run, seen;

	make_enabled(f);
	run = ended(f, RUN_REFUSED, CONFIRMABLE, NOW);
	assert_int_equal(sync_of(f).people, -1);
	must(confirm(f, &run, NOW + 5, &err), &err);
	must(confirm(f, &run, NOW + 9, &err), &err); /* again */
	assert_int_equal(sync_of(f).people, 60);
	assert_str(sync_of(f).accepted, CONFIRMABLE);

	must(registry_get_run(f->store.db, NULL, str_of(run.id), &f->arena,
			      &seen, &err),
	     &err);
	assert_int_equal(seen.status, RUN_REFUSED);
	assert_true(seen.confirmed_ms == NOW + 5);
	assert_string_equal(seen.confirmed_by, f->admin.admin);
}

static void test_what_was_not_whole_cannot_be_confirmed(void **state)
{
	static const struct {
		enum run_status status;
		const char *proof, *says;
	} rows[] = {
		{ RUN_DONE, CONFIRMABLE, "only a refused run" },
		{ RUN_FAILED, "", "only a refused run" },
		{ RUN_REFUSED, "{\"people\":60,\"confirmable\":false}",
		  "not whole" },
		{ RUN_REFUSED, "{\"people\":60}", "not whole" },
		{ RUN_REFUSED, "{\"confirmable\":true}", "not whole" },
		{ RUN_REFUSED, "", "not whole" },
	};
	struct fixture *f = *state;
	struct err err = { 0 };

	make_enabled(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run run =
			ended(f, rows[i].status, rows[i].proof, NOW + (int)i);

		must_fail(confirm(f, &run, NOW + 100, &err), &err, ERR_CONFLICT,
			  rows[i].says);
		assert_int_equal(sync_of(f).people, -1);
	}
}

static void test_an_old_run_cannot_be_confirmed(void **state)
{
	struct fixture *f = *state;
	struct run run, later;
	struct err err;

	make_enabled(f);
	run = ended(f, RUN_REFUSED, CONFIRMABLE, NOW);
	must_fail(confirm(f, &run, NOW + RUN_CONFIRM_HOURS * HOUR_MS + 1, &err),
		  &err, ERR_CONFLICT, "older than 72 hours");
	(void)ended(f, RUN_FAILED, "", NOW + 1); /* says nothing */
	later = ended(f, RUN_REFUSED, CONFIRMABLE, NOW + 2);
	must_fail(confirm(f, &run, NOW + 3, &err), &err, ERR_CONFLICT,
		  "read again since");
	must(confirm(f, &later, NOW + 3, &err), &err);
}

static void test_only_ones_own_enabled_connection_is_confirmed(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct run run;

	make_enabled(f);
	run = ended(f, RUN_REFUSED, CONFIRMABLE, NOW);
	must_fail(registry_confirm_run(f->store.db, "another", f->admin.admin,
				       str_of(run.id), NOW, &err),
		  &err, ERR_NOT_FOUND, "no such run");
	must(set_status(f, CONNECTION_DISABLED, &err), &err);
	must_fail(confirm(f, &run, NOW, &err), &err, ERR_CONFLICT,
		  "not enabled");
	assert_int_equal(sync_of(f).people, -1);
}

/* ------------------------------------------------------------------- rules */

static int64_t least_of(struct fixture *f, const char *organization)
{
	struct err err = { 0 };
	struct rules rules;

	must(registry_get_rules(f->store.db, organization, &rules, &err), &err);
	return rules.values[RULE_SNAPSHOT_LEAST];
}

static int set_least(struct fixture *f, int64_t percent, struct err *err)
{
	const struct rules rules = { .values[RULE_SNAPSHOT_LEAST] = percent };

	*err = (struct err){ 0 };
	return registry_set_rules(f->store.db, f->admin.organization,
				  f->admin.admin, &rules, NOW, err);
}

static void test_rules_are_the_organizations_own(void **state)
{
	struct fixture *f = *state;
	struct registry_admin other;
	struct err err = { 0 };

	must(registry_init_org(f->store.db, STR("Other"), PLAN_GROWTH,
			       STR("b@example.com"), &other, &err),
	     &err);
	assert_int_equal(least_of(f, f->admin.organization), 80);
	must(set_least(f, 55, &err), &err);
	must(set_least(f, 60, &err), &err);
	assert_int_equal(least_of(f, f->admin.organization), 60);
	assert_int_equal(least_of(f, other.organization), 80);
}

static void test_rules_out_of_range_are_refused(void **state)
{
	struct fixture *f = *state;
	struct err err;

	must_fail(set_least(f, 101, &err), &err, ERR_INVALID,
		  "snapshot_least_percent must be from 0 to 100");
	must_fail(set_least(f, -1, &err), &err, ERR_INVALID, "from 0 to 100");
	assert_int_equal(least_of(f, f->admin.organization), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_a_confirmed_run_is_what_later_ones_are_compared_with),
		TEST(test_what_was_not_whole_cannot_be_confirmed),
		TEST(test_an_old_run_cannot_be_confirmed),
		TEST(test_only_ones_own_enabled_connection_is_confirmed),
		TEST(test_rules_are_the_organizations_own),
		TEST(test_rules_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

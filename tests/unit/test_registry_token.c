/* Tokens that two fetchers cannot both renew, subscriptions, secrets that an
 * HRIS told, mappings, and the end of a connection. */
#include "registry_fixture.h"

#include "provider/mapping.h"
#include "registry/run.h"
#include "registry/token.h"

#define NOW 1700000000000LL

static int put(struct fixture *f, const char *value, int64_t was,
	       int64_t *generation, struct err *err)
{
	const struct token_write w = { .connection = id_of(f),
				       .name = STR("main"),
				       .value = str_of(value),
				       .was = was,
				       .now_ms = NOW };

	return registry_put_token(f->store.db, &f->keys, &w, generation, err);
}

static struct token get(struct fixture *f)
{
	struct err err = { 0 };
	struct token t = { 0 };

	must(registry_get_token(f->store.db, &f->keys, id_of(f), STR("main"),
				&t, &err),
	     &err);
	return t;
}

static void make(struct fixture *f)
{
	struct err err = { 0 };

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
}

static void test_a_token_is_kept_with_the_one_before(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct token t;
	int64_t generation;

	make(f);
	t = get(f);
	assert_true(t.generation == 0 && !t.value && !t.previous);
	must(put(f, "one", 0, &generation, &err), &err);
	t = get(f);
	assert_true(t.generation == generation && t.set_ms == NOW);
	assert_str(secret_bytes(t.value), "one");
	assert_null(t.previous);
	token_release(&t);
	must(put(f, "two", generation, &generation, &err), &err);
	t = get(f);
	assert_true(t.generation == generation);
	assert_str(secret_bytes(t.value), "two");
	assert_str(secret_bytes(t.previous), "one");
	token_release(&t);
	token_release(&t);
}

static void test_only_one_of_two_fetchers_renews(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int64_t first, second, never = -1;
	struct token t;

	make(f);
	must(put(f, "one", 0, &first, &err), &err);
	must_fail(put(f, "late", 0, &never, &err), &err, ERR_CONFLICT,
		  "replaced meanwhile");
	must(put(f, "two", first, &second, &err), &err);
	assert_true(second > first);
	must_fail(put(f, "late", first, &never, &err), &err, ERR_CONFLICT,
		  "replaced meanwhile");
	assert_true(never == -1);
	t = get(f);
	assert_str(secret_bytes(t.value), "two");
	token_release(&t);
	must(registry_drop_token(f->store.db, id_of(f), STR("main"), first,
				 &err),
	     &err); /* another's: it stays */
	t = get(f);
	assert_true(t.generation == second);
	token_release(&t);
	must(registry_drop_token(f->store.db, id_of(f), STR("main"), second,
				 &err),
	     &err);
	assert_true(get(f).generation == 0);
}

static void test_other_credentials_forget_the_tokens(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int64_t generation, again;
	struct token t;

	make(f);
	must(put(f, "one", 0, &generation, &err), &err);
	must(update(f, "{\"webhook_secret\":\"f2\"}", NULL, &err), &err);
	t = get(f);
	assert_true(t.generation == generation);
	token_release(&t);
	must(update(f, "{\"api_key\":\"k\"}", NULL, &err), &err);
	assert_true(get(f).generation == 0);
	/* Who still renews the old one does not bring it back. */
	must_fail(put(f, "old", generation, &again, &err), &err, ERR_CONFLICT,
		  "replaced meanwhile");
}

static void test_a_token_is_sealed_for_the_fetcher(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct keyring public = f->keys;
	struct token t = { 0 };
	enum db_step step;
	int64_t generation;
	struct db_stmt *s;
	struct str bytes;

	make(f);
	must(put(f, "swordfish", 0, &generation, &err), &err);
	must(db_prepare(f->store.db, &s, "SELECT sealed FROM tokens", &err),
	     &err);
	must(db_step(s, &step, &err), &err);
	bytes = db_str(s, 0);
	assert_null(memmem(bytes.ptr, bytes.len, "swordfish", 9));
	db_reset(s);
	memset(public.secret_key, 0, sizeof(public.secret_key));
	must_fail(registry_get_token(f->store.db, &public, id_of(f),
				     STR("main"), &t, &err),
		  &err, ERR_CONFIG, "main");
}

static void test_a_token_has_a_limit_and_a_connection(void **state)
{
	static char text[TOKEN_MAX_BYTES + 1];
	struct fixture *f = *state;
	struct token_write w = { .connection = STR("nobody"),
				 .name = STR("main"),
				 .value = { text, sizeof(text) },
				 .now_ms = NOW };
	struct err err = { 0 };
	int64_t generation;

	must_fail(registry_put_token(f->store.db, &f->keys, &w, &generation,
				     &err),
		  &err, ERR_LIMIT, "longer");
	w.value = STR("x");
	must_fail(registry_put_token(f->store.db, &f->keys, &w, &generation,
				     &err),
		  &err, ERR_CONFLICT, "");
}

/* --------------------------------------------------------- subscriptions */

static size_t subscriptions(struct fixture *f, struct subscription **list)
{
	struct err err = { 0 };
	size_t count;

	must(registry_list_subscriptions(f->store.db, id_of(f), &f->arena, list,
					 &count, &err),
	     &err);
	return count;
}

static void test_subscriptions_are_kept_by_name(void **state)
{
	struct subscription two[] = {
		{ STR("people"), STR("wh_1"), NOW },
		{ STR("leave"), STR("wh_2"), NOW },
	};
	struct fixture *f = *state;
	struct subscription *list;
	struct err err = { 0 };

	make(f);
	assert_int_equal(subscriptions(f, &list), 0);
	for (size_t i = 0; i < ARRAY_LEN(two); i++)
		must(registry_put_subscription(f->store.db, id_of(f), &two[i],
					       &err),
		     &err);
	two[0].vendor_id = STR("wh_3"); /* made anew */
	must(registry_put_subscription(f->store.db, id_of(f), &two[0], &err),
	     &err);
	assert_int_equal(subscriptions(f, &list), 2);
	assert_str(list[0].name, "leave");
	assert_str(list[1].vendor_id, "wh_3");
	must(registry_drop_subscription(f->store.db, id_of(f), STR("leave"),
					&err),
	     &err);
	must(registry_drop_subscription(f->store.db, id_of(f), STR("leave"),
					&err),
	     &err);
	assert_int_equal(subscriptions(f, &list), 1);
	two[0].vendor_id = str_none();
	must_fail(
		registry_put_subscription(f->store.db, id_of(f), &two[0], &err),
		&err, ERR_LIMIT, "id of a webhook");
}

static size_t renewals(struct fixture *f, const char *provider,
		       int64_t before_ms)
{
	struct renewal *list;
	struct err err = { 0 };
	size_t count;

	must(registry_list_renewals(f->store.db, str_of(provider), before_ms,
				    10, &f->arena, &list, &count, &err),
	     &err);
	if (count)
		assert_str(id_of(f), list[0].connection);
	return count;
}

static void test_old_subscriptions_are_to_be_renewed(void **state)
{
	struct fixture *f = *state;
	const struct subscription two[] = { { STR("a"), STR("1"), NOW },
					    { STR("b"), STR("2"), NOW } };
	struct err err = { 0 };

	make(f);
	for (size_t i = 0; i < ARRAY_LEN(two); i++)
		must(registry_put_subscription(f->store.db, id_of(f), &two[i],
					       &err),
		     &err);
	assert_int_equal(renewals(f, "acme", NOW + 1), 0); /* a draft */
	must(registry_set_status(&f->registry, f->admin.organization, id_of(f),
				 CONNECTION_ENABLED, &f->arena, &f->connection,
				 &err),
	     &err);
	assert_int_equal(renewals(f, "acme", NOW), 0);
	assert_int_equal(renewals(f, "acme", NOW + 1), 1); /* both at once */
	assert_int_equal(renewals(f, "other", NOW + 1), 0);
}

static void test_a_secret_that_was_told_is_published(void **state)
{
	struct fixture *f = *state;
	struct connection *changed;
	const struct credential *c;
	struct err err = { 0 };
	int64_t generation;
	size_t count;

	make(f);
	generation = f->connection.generation;
	must(registry_capture_secret(&f->registry, id_of(f),
				     STR("webhook_secret"), STR("f2"), &err),
	     &err);
	c = find(f, "webhook_secret", NOW);
	assert_non_null(c);
	assert_opens(f, SEAL_WEBHOOK, c->sealed, "f2");
	assert_opens(f, SEAL_WEBHOOK, c->previous, "f1");
	must(registry_list_changed(f->store.db, generation, 10, &f->arena,
				   &changed, &count, &err),
	     &err);
	assert_int_equal(count, 1);
	must_fail(registry_capture_secret(&f->registry, id_of(f),
					  STR("api_key"), STR("x"), &err),
		  &err, ERR_CONFIG, "no webhook credential 'api_key'");
	must_fail(registry_capture_secret(&f->registry, STR("nobody"),
					  STR("webhook_secret"), STR("x"),
					  &err),
		  &err, ERR_NOT_FOUND, "no such connection");
}

/* --------------------------------------------------------------- mapping */

static void test_a_mapping_is_put_and_taken_away(void **state)
{
	static char text[MAPPING_MAX_BYTES + 1];
	const struct str too_long = { text, sizeof(text) };
	const char *org;
	struct fixture *f = *state;
	struct err err = { 0 };
	struct connection c;
	int64_t generation;

	make(f);
	org = f->admin.organization;
	generation = f->connection.generation;
	assert_str(f->connection.mapping, "");
	must(registry_put_mapping(&f->registry, org, id_of(f),
				  STR("{\"department\":[\"/team\"]}"),
				  &f->arena, &c, &err),
	     &err);
	assert_true(c.generation > generation);
	must(registry_get_connection(f->store.db, org, id_of(f), &f->arena, &c,
				     &err),
	     &err);
	assert_str(c.mapping, "{\"department\":[\"/team\"]}");
	/* What changes something else leaves it. */
	must(update(f, NULL, SUBDOMAIN, &err), &err);
	assert_str(f->connection.mapping, "{\"department\":[\"/team\"]}");
	must_fail(registry_put_mapping(&f->registry, org, id_of(f), too_long,
				       &f->arena, &c, &err),
		  &err, ERR_INVALID, "mapping");
	must_fail(registry_put_mapping(&f->registry, "other", id_of(f),
				       STR("{}"), &f->arena, &c, &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	must(registry_put_mapping(&f->registry, org, id_of(f), str_none(),
				  &f->arena, &c, &err),
	     &err);
	must(registry_get_connection(f->store.db, org, id_of(f), &f->arena, &c,
				     &err),
	     &err);
	assert_str(c.mapping, "");
}

/* -------------------------------------------------------------- deletion */

static int64_t count_in(struct fixture *f, const char *sql)
{
	struct err err = { 0 };
	enum db_step step;
	struct db_stmt *s;
	int64_t n;

	must(db_prepare(f->store.db, &s, sql, &err), &err);
	must(db_step(s, &step, &err), &err);
	n = db_int(s, 0);
	db_reset(s);
	return n;
}

static void fill(struct fixture *f)
{
	const struct subscription x = { STR("people"), STR("wh_1"), NOW };
	struct err err = { 0 };
	int64_t generation;
	struct run run;
	bool joined;

	must(create(f, "{\"webhook_secret\":\"f1\",\"api_key\":\"k\"}",
		    SUBDOMAIN, &err),
	     &err);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	must(put(f, "one", 0, &generation, &err), &err);
	must(registry_put_subscription(f->store.db, id_of(f), &x, &err), &err);
	must(registry_ask_run(f->store.db, NULL, id_of(f), RUN_FULL,
			      RUN_BY_HAND, NOW, &f->arena, &run, &joined, &err),
	     &err);
}

static void test_a_deleted_connection_leaves_a_tombstone_alone(void **state)
{
	static const char *const counts[] = {
		"SELECT count(*) FROM credentials",
		"SELECT count(*) FROM tokens",
		"SELECT count(*) FROM subscriptions",
		"SELECT count(*) FROM runs",
		"SELECT count(*) FROM schedules",
	};
	struct fixture *f = *state;
	struct connection c, *list;
	struct err err = { 0 };
	int64_t generation;
	const char *org;
	size_t count;

	fill(f);
	org = f->admin.organization;
	generation = f->connection.generation;
	must_fail(registry_delete_connection(&f->registry, "other", id_of(f),
					     &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		assert_true(count_in(f, counts[i]) > 0);
	must(registry_delete_connection(&f->registry, org, id_of(f), &err),
	     &err);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		assert_true(count_in(f, counts[i]) == 0);
	must_fail(registry_get_connection(f->store.db, NULL, id_of(f),
					  &f->arena, &c, &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	must_fail(registry_delete_connection(&f->registry, org, id_of(f), &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	must(registry_list_connections(f->store.db, org, str_none(), 10,
				       &f->arena, &list, &count, &err),
	     &err);
	assert_int_equal(count, 0);
	/* Receivers are told. */
	must(registry_list_changed(f->store.db, generation, 10, &f->arena,
				   &list, &count, &err),
	     &err);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].status, CONNECTION_DELETED);
	assert_str(list[0].settings, "{}");
}

static void test_deleted_connections_take_no_room(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	for (int i = 0; i < CONNECTIONS_MAX; i++)
		must(create(f, NULL, NULL, &err), &err);
	must(registry_delete_connection(&f->registry, f->admin.organization,
					id_of(f), &err),
	     &err);
	must(create(f, NULL, NULL, &err), &err);
	must_fail(create(f, NULL, NULL, &err), &err, ERR_CONFLICT, "at most");
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_token_is_kept_with_the_one_before),
		WITH(test_only_one_of_two_fetchers_renews),
		WITH(test_other_credentials_forget_the_tokens),
		WITH(test_a_token_is_sealed_for_the_fetcher),
		WITH(test_a_token_has_a_limit_and_a_connection),
		WITH(test_subscriptions_are_kept_by_name),
		WITH(test_old_subscriptions_are_to_be_renewed),
		WITH(test_a_secret_that_was_told_is_published),
		WITH(test_a_mapping_is_put_and_taken_away),
		WITH(test_a_deleted_connection_leaves_a_tombstone_alone),
		WITH(test_deleted_connections_take_no_room),
	};

	return cmocka_run_group_tests_name("registry token", tests, NULL, NULL);
}

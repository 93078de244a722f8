/* Connections: drafts, credentials, states, and what a role may open. */
#include "registry_fixture.h"

static void test_registry_connection_starts_as_a_draft(void **state)
{
	struct fixture *f = *state;
	struct connection c;
	struct err err = { 0 };

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must(registry_get_connection(f->store.db, f->admin.organization,
				     str_of(f->connection.id), &f->arena, &c,
				     &err),
	     &err);
	assert_int_equal(strlen(c.id), RANDOM_ID_SIZE - 1);
	assert_int_equal(c.status, CONNECTION_DRAFT);
	assert_str(c.provider, "acme");
	assert_str(c.name, "HR of Example");
	assert_str(c.settings, "{\"subdomain\":\"example\"}");
	assert_true(c.shard < 4);
	assert_true(c.created_ms == 1700000000000 &&
		    c.changed_ms == c.created_ms);
	assert_true(c.generation > 0);
}

static void test_registry_connection_belongs_to_its_organization(void **state)
{
	struct fixture *f = *state;
	struct registry_admin other;
	struct connection c;
	struct err err = { 0 };
	struct str id;

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	id = str_of(f->connection.id);
	must(registry_init_org(f->store.db, STR("Other"), PLAN_GROWTH,
			       STR("b@example.com"), &other, &err),
	     &err);
	must_fail(registry_get_connection(f->store.db, other.organization, id,
					  &f->arena, &c, &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	must_fail(registry_update_connection(
			  &f->registry, other.organization, id,
			  &(struct connection_draft){ .name = STR("x") },
			  &f->arena, &c, &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	must_fail(registry_set_status(&f->registry, other.organization, id,
				      CONNECTION_ENABLED, &f->arena, &c, &err),
		  &err, ERR_NOT_FOUND, "no such connection");
	must(registry_get_connection(f->store.db, NULL, id, &f->arena, &c,
				     &err),
	     &err);
	assert_string_equal(c.organization, f->admin.organization);
}

static void test_registry_names_what_a_draft_has_wrong(void **state)
{
	static const struct {
		const char *credentials, *settings, *says;
	} rows[] = {
		{ "{\"secret\":\"x\"}", NULL, "no field 'secret'" },
		{ "{\"api_key\":5}", NULL, "api_key must be a string" },
		{ "{\"api_key\":\" \\n\"}", NULL, "api_key must not be empty" },
		{ "[]", NULL, "credentials must be an object" },
		{ "{\"webhook_secret\":\"swordfish\"}", NULL, "is not hex" },
		{ NULL, "[]", "settings must be an object" },
		{ NULL, "{\"host\":\"x\"}", "no setting 'host'" },
		{ NULL, "{\"subdomain\":1}", "subdomain must be a string" },
		{ NULL, "{\"subdomain\":\"\"}", "subdomain" },
		{ NULL, "{\"subdomain\":\"a.example.com/\"}", "subdomain" },
	};
	struct fixture *f = *state;
	struct connection *list;
	struct err err = { 0 };
	size_t count;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		must_fail(
			create(f, rows[i].credentials, rows[i].settings, &err),
			&err, ERR_INVALID, rows[i].says);
		assert_null(strstr(err.text, "swordfish"));
	}
	must(registry_list_connections(f->store.db, f->admin.organization,
				       (struct str){ 0 }, 10, &f->arena, &list,
				       &count, &err),
	     &err);
	assert_int_equal(count, 0);
}

static void test_registry_knows_the_providers_that_there_are(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	must_fail(registry_create_connection(
			  &f->registry, f->admin.organization,
			  &(struct connection_draft){ .provider = STR("nope"),
						      .name = STR("x") },
			  &f->arena, &f->connection, &err),
		  &err, ERR_INVALID, "provider 'nope'");
}

static void test_registry_credentials_open_for_their_role_only(void **state)
{
	struct fixture *f = *state;
	const struct credential *webhook, *api;
	struct secret *plain;
	struct err err = { 0 };

	must(create(f, "{\"webhook_secret\":\" f1\\n\",\"api_key\":\"k\"}",
		    NULL, &err),
	     &err);
	webhook = find(f, "webhook_secret", 0);
	api = find(f, "api_key", 0);
	assert_non_null(webhook);
	assert_non_null(api);
	assert_int_equal(webhook->box, SEAL_WEBHOOK);
	assert_int_equal(api->box, SEAL_API);
	assert_opens(f, SEAL_WEBHOOK, webhook->sealed, "f1");
	assert_opens(f, SEAL_API, api->sealed, "k");
	assert_int_equal(
		unseal(&f->keys, SEAL_WEBHOOK, api->sealed, &plain, &err), -1);
	assert_int_equal(
		unseal(&f->keys, SEAL_API, webhook->sealed, &plain, &err), -1);
}

/* What the console works with: public keys alone. */
static void test_registry_needs_no_secret_key_to_write(void **state)
{
	struct fixture *f = *state;
	struct keyring public = f->keys;
	struct secret *plain;
	struct err err = { 0 };

	memset(public.secret_key, 0, sizeof(public.secret_key));
	f->registry.keys = &public;
	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must(update(f, "{\"api_key\":\"k\"}", NULL, &err), &err);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	assert_int_equal(registry_open_credentials(f->store.db, &public,
						   str_of(f->connection.id),
						   &plain, &err),
			 -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void test_registry_opens_api_credentials_as_json(void **state)
{
	struct fixture *f = *state;
	struct secret *plain;
	struct err err = { 0 };

	must(create(f,
		    "{\"webhook_secret\":\"aa\",\"api_key\":\"k\\\"1\","
		    "\"api_user\":\"u\"}",
		    NULL, &err),
	     &err);
	must(registry_open_credentials(f->store.db, &f->keys,
				       str_of(f->connection.id), &plain, &err),
	     &err);
	assert_str(secret_bytes(plain),
		   "{\"api_key\":\"k\\\"1\",\"api_user\":\"u\"}");
	secret_free(&plain);
}

static void test_registry_patch_touches_only_what_is_said(void **state)
{
	struct fixture *f = *state;
	struct str before;
	struct err err = { 0 };
	int64_t generation;

	must(create(f, "{\"webhook_secret\":\"aa\",\"api_key\":\"k\"}",
		    SUBDOMAIN, &err),
	     &err);
	generation = f->connection.generation;
	before = find(f, "webhook_secret", 0)->sealed;
	clock_fake_ms(1700000001000);
	must(update(f, "{\"api_key\":\"k2\"}", NULL, &err), &err);
	assert_true(str_eq(find(f, "webhook_secret", 0)->sealed, before));
	assert_opens(f, SEAL_API, find(f, "api_key", 0)->sealed, "k2");
	assert_str(f->connection.name, "HR of Example");
	assert_str(f->connection.settings, "{\"subdomain\":\"example\"}");
	assert_true(f->connection.generation > generation);
	assert_true(f->connection.changed_ms == 1700000001000);
	assert_true(f->connection.created_ms == 1700000000000);

	must(update(f, "{\"api_key\":null}", "{}", &err), &err);
	assert_null(find(f, "api_key", 0));
	assert_str(f->connection.settings, "{}");
}

static void test_registry_rotation_keeps_the_previous_for_a_day(void **state)
{
	struct fixture *f = *state;
	const struct credential *c;
	struct err err = { 0 };
	int64_t now = clock_wall_ms();

	must(create(f, "{\"webhook_secret\":\"01\",\"api_key\":\"k\"}", NULL,
		    &err),
	     &err);
	assert_null(find(f, "webhook_secret", now)->previous.ptr);
	must(update(f, "{\"webhook_secret\":\"02\",\"api_key\":\"k2\"}", NULL,
		    &err),
	     &err);
	c = find(f, "webhook_secret", now + 24 * HOUR_MS - 1);
	assert_opens(f, SEAL_WEBHOOK, c->sealed, "02");
	assert_opens(f, SEAL_WEBHOOK, c->previous, "01");
	assert_true(c->previous_until_ms == now + 24 * HOUR_MS);
	c = find(f, "webhook_secret", now + 24 * HOUR_MS);
	assert_null(c->previous.ptr);
	assert_opens(f, SEAL_WEBHOOK, c->sealed, "02");
	assert_null(find(f, "api_key", now)->previous.ptr);
}

static void test_registry_enable_names_what_is_missing(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	must(create(f, NULL, NULL, &err), &err);
	must_fail(set_status(f, CONNECTION_ENABLED, &err), &err, ERR_CONFLICT,
		  "webhook_secret, subdomain");
	must(update(f, SECRET, NULL, &err), &err);
	must_fail(set_status(f, CONNECTION_ENABLED, &err), &err, ERR_CONFLICT,
		  "needs also: subdomain");
	must(update(f, NULL, SUBDOMAIN, &err), &err);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	assert_int_equal(f->connection.status, CONNECTION_ENABLED);
}

static void test_registry_enabled_connection_stays_complete(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	must_fail(update(f, "{\"webhook_secret\":null}", NULL, &err), &err,
		  ERR_CONFLICT, "webhook_secret");
	must_fail(update(f, NULL, "{}", &err), &err, ERR_CONFLICT, "subdomain");
	assert_non_null(find(f, "webhook_secret", 0));
	must(set_status(f, CONNECTION_DISABLED, &err), &err);
	must(update(f, "{\"webhook_secret\":null}", "{}", &err), &err);
}

static void test_registry_enabling_twice_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int64_t generation;

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	generation = f->connection.generation;
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
	assert_int_equal(f->connection.generation, generation);
}

/* R20 */
static void
test_registry_below_growth_can_neither_create_nor_enable(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must(db_exec(f->store.db, "UPDATE organizations SET plan = 'starter'",
		     &err),
	     &err);
	must_fail(set_status(f, CONNECTION_ENABLED, &err), &err, ERR_FORBIDDEN,
		  "Growth");
	must_fail(create(f, SECRET, SUBDOMAIN, &err), &err, ERR_FORBIDDEN,
		  "Growth");
	must(update(f, "{\"api_key\":\"k\"}", NULL, &err), &err);
}

static void test_registry_lists_in_pages_and_by_generation(void **state)
{
	struct fixture *f = *state;
	char ids[5][RANDOM_ID_SIZE];
	struct connection *list;
	struct err err = { 0 };
	struct str cursor = { 0 };
	size_t count, seen = 0;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		must(create(f, NULL, NULL, &err), &err);
		memcpy(ids[i], f->connection.id, RANDOM_ID_SIZE);
	}
	do {
		must(registry_list_connections(f->store.db,
					       f->admin.organization, cursor, 2,
					       &f->arena, &list, &count, &err),
		     &err);
		for (size_t i = 0; i < count; i++) {
			assert_true(strcmp(list[i].id,
					   cursor.ptr ? cursor.ptr : "") > 0);
			cursor = str_of(list[i].id);
			seen++;
		}
	} while (count == 2);
	assert_int_equal(seen, ARRAY_LEN(ids));

	must(registry_list_changed(f->store.db, 2, 10, &f->arena, &list, &count,
				   &err),
	     &err);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(list[i].generation, 3 + i);
		assert_string_equal(list[i].id, ids[2 + i]);
	}
}

static void test_registry_organization_has_so_many_connections(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	for (int i = 0; i < CONNECTIONS_MAX; i++)
		must(create(f, NULL, NULL, &err), &err);
	must_fail(create(f, NULL, NULL, &err), &err, ERR_CONFLICT,
		  "at most 100");
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_registry_connection_starts_as_a_draft),
		WITH(test_registry_connection_belongs_to_its_organization),
		WITH(test_registry_names_what_a_draft_has_wrong),
		WITH(test_registry_knows_the_providers_that_there_are),
		WITH(test_registry_credentials_open_for_their_role_only),
		WITH(test_registry_needs_no_secret_key_to_write),
		WITH(test_registry_opens_api_credentials_as_json),
		WITH(test_registry_patch_touches_only_what_is_said),
		WITH(test_registry_rotation_keeps_the_previous_for_a_day),
		WITH(test_registry_enable_names_what_is_missing),
		WITH(test_registry_enabled_connection_stays_complete),
		WITH(test_registry_enabling_twice_changes_nothing),
		WITH(test_registry_below_growth_can_neither_create_nor_enable),
		WITH(test_registry_lists_in_pages_and_by_generation),
		WITH(test_registry_organization_has_so_many_connections),
	};

	return cmocka_run_group_tests_name("registry connection", tests, NULL,
					   NULL);
}

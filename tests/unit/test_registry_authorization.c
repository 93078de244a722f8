/* An authorization: once, for ten minutes, for its connection and admin. */
#include "check.h"

#include "base/clock.h"
#include "crypto/secret.h"
#include "registry/authorization.h"
#include "temp_db.h"

#define NOW 1700000000000LL

struct fixture {
	struct temp_db store;
	struct keyring keys;
	struct registry registry;
	struct registry_caller who;
	struct connection connection;
	struct arena arena;
	char key_file[96];
};

static int insert_connection(struct fixture *f)
{
	char sql[512];

	random_id(f->connection.id);
	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO connections (id, organization, provider,"
		       " name, settings, status, shard, generation, created_ms,"
		       " changed_ms) VALUES ('%s', '%s', 'acme', 'A', '{}',"
		       " 'draft', 0, 1, 1, 1)",
		       f->connection.id, f->who.organization);
	return db_exec(f->store.db, sql, NULL);
}

static int setup(void **state)
{
	static struct fixture f;
	struct registry_admin admin;

	f = (struct fixture){ 0 };
	*state = &f;
	if (temp_db_open(&f.store) < 0)
		return -1;
	(void)snprintf(f.key_file, sizeof(f.key_file), "%s/keys", f.store.dir);
	if (keyring_create(f.key_file, NULL) < 0 ||
	    keyring_load(&f.keys, f.key_file, NULL) < 0 ||
	    registry_init_org(f.store.db, STR("Example"), PLAN_GROWTH,
			      STR("a@example.com"), &admin, NULL) < 0)
		return -1;
	memcpy(f.who.organization, admin.organization,
	       sizeof(f.who.organization));
	memcpy(f.who.admin, admin.admin, sizeof(f.who.admin));
	f.registry = (struct registry){ .db = f.store.db, .keys = &f.keys };
	arena_init(&f.arena, 1 << 20);
	return insert_connection(&f);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->key_file);
	keyring_release(&f->keys);
	arena_release(&f->arena);
	return temp_db_close(&f->store);
}

static struct authorization_start begin(struct fixture *f, int64_t now_ms)
{
	struct authorization_start s;
	struct err err = { 0 };

	if (registry_start_authorization(
		    &f->registry, &f->who, &f->connection,
		    STR("https://h.example/oauth/callback"), now_ms, &f->arena,
		    &s, &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static int take(struct fixture *f, const char *state, int64_t now_ms,
		struct authorization *a)
{
	struct err err = { 0 };
	int result = registry_take_authorization(f->store.db, str_of(state),
						 now_ms, &f->arena, a, &err);

	if (result < 0)
		assert_int_equal(err.kind, ERR_NOT_FOUND);
	return result;
}

static void test_registry_an_authorization_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct authorization_start s = begin(f, NOW);
	struct authorization a;

	assert_int_equal(take(f, s.state, NOW + 1, &a), 0);
	assert_string_equal(a.connection, f->connection.id);
	assert_string_equal(a.who.organization, f->who.organization);
	assert_string_equal(a.who.admin, f->who.admin);
	assert_str(a.redirect_uri, "https://h.example/oauth/callback");
	assert_int_equal(take(f, s.state, NOW + 2, &a), -1);
}

static void test_registry_the_verifier_is_sealed_and_kept(void **state)
{
	struct fixture *f = *state;
	struct authorization_start s = begin(f, NOW);
	struct authorization a;
	struct secret *verifier;

	assert_int_equal(take(f, s.state, NOW, &a), 0);
	assert_true(str_eq(a.verifier, s.verifier));
	assert_int_equal(
		unseal(&f->keys, SEAL_API, a.verifier, &verifier, NULL), 0);
	/* RFC 7636: 43 to 128 */
	assert_int_equal(secret_bytes(verifier).len, 43);
	secret_free(&verifier);
}

static void test_registry_an_authorization_gets_too_old(void **state)
{
	struct fixture *f = *state;
	struct authorization_start s = begin(f, NOW);
	struct authorization a;

	assert_int_equal(take(f, s.state, NOW + AUTHORIZATION_MS, &a), -1);
	assert_int_equal(take(f, s.state, NOW, &a), -1); /* used up with it */
}

static void test_registry_beginning_again_ends_the_one_before(void **state)
{
	struct fixture *f = *state;
	struct authorization_start first = begin(f, NOW);
	struct authorization_start second = begin(f, NOW + 1);
	struct authorization a;

	assert_string_not_equal(first.state, second.state);
	assert_false(str_eq(first.verifier, second.verifier));
	assert_int_equal(take(f, first.state, NOW + 2, &a), -1);
	assert_int_equal(take(f, second.state, NOW + 2, &a), 0);
}

static void test_registry_unknown_states_are_not_found(void **state)
{
	struct fixture *f = *state;
	struct authorization a;

	(void)begin(f, NOW);
	assert_int_equal(take(f, "", NOW, &a), -1);
	assert_int_equal(take(f, "abc", NOW, &a), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registry_an_authorization_is_used_once),
		TEST(test_registry_the_verifier_is_sealed_and_kept),
		TEST(test_registry_an_authorization_gets_too_old),
		TEST(test_registry_beginning_again_ends_the_one_before),
		TEST(test_registry_unknown_states_are_not_found),
	};

	return cmocka_run_group_tests_name("registry authorization", tests,
					   NULL, NULL);
}

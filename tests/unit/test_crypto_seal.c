#include "crypto/seal.h"

#include "base/assert.h"
#include "keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_A "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define KEY_B "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

struct fixture {
	char dir[32], path[64];
};

static int make_dir(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/hrisd-keys-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/keys", f->dir);
	*state = f;
	return 0;
}

static int remove_dir(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	(void)rmdir(f->path);
	if (rmdir(f->dir) < 0)
		return -1;
	free(f);
	return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void parse(struct keyring *k, const char *text)
{
	struct err err = { 0 };

	if (keyring_parse(k, str_of(text), &err) < 0)
		fail_msg("%s", err.text);
}

static void test_seal_opens_with_its_own_box_only(void **state)
{
	struct keyring k;
	struct secret *plain = NULL;
	struct buf sealed;
	struct err err = { 0 };

	(void)state;
	keyring_make(&k);
	buf_init(&sealed, 1000);
	assert_int_equal(seal(&k, SEAL_API, STR("token"), &sealed, &err), 0);
	assert_int_equal(
		unseal(&k, SEAL_WEBHOOK, buf_str(&sealed), &plain, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_null(plain);
	assert_int_equal(unseal(&k, SEAL_API, buf_str(&sealed), &plain, &err),
			 0);
	assert_true(str_is(secret_bytes(plain), "token"));
	secret_free(&plain);
	buf_release(&sealed);
	keyring_release(&k);
}

static void test_unseal_refuses_any_changed_byte(void **state)
{
	struct keyring k;
	struct secret *plain = NULL;
	struct buf sealed;

	(void)state;
	keyring_make(&k);
	buf_init(&sealed, 1000);
	assert_int_equal(seal(&k, SEAL_API, STR("x"), &sealed, NULL), 0);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		assert_int_equal(
			unseal(&k, SEAL_API, buf_str(&sealed), &plain, NULL),
			-1);
		sealed.data[i] ^= 1;
		assert_int_equal(unseal(&k, SEAL_API,
					(struct str){ sealed.data, i }, &plain,
					NULL),
				 -1);
	}
	assert_null(plain);
	buf_release(&sealed);
	keyring_release(&k);
}

static void test_seal_needs_only_the_public_key(void **state)
{
	struct keyring all, console;
	struct secret *plain = NULL;
	struct buf text, sealed;
	struct err err = { 0 };

	(void)state;
	keyring_make(&all);
	buf_init(&text, 4096);
	buf_init(&sealed, 1000);
	keyring_write(&all, 0, &text);
	parse(&console, buf_z(&text));
	assert_null(strstr(buf_z(&text), "secret"));
	assert_int_equal(seal(&console, SEAL_API, STR(""), &sealed, &err), 0);
	assert_int_equal(
		unseal(&console, SEAL_API, buf_str(&sealed), &plain, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(unseal(&all, SEAL_API, buf_str(&sealed), &plain, &err),
			 0);
	assert_int_equal(secret_bytes(plain).len, 0);
	secret_free(&plain);
	buf_release(&text);
	buf_release(&sealed);
	keyring_release(&console);
	keyring_release(&all);
}

static void test_seal_says_what_is_missing_or_too_small(void **state)
{
	struct keyring k;
	struct buf sealed;
	struct err err = { 0 };

	(void)state;
	parse(&k, "api.public " KEY_A "\n");
	buf_init(&sealed, 50);
	assert_int_equal(seal(&k, SEAL_WEBHOOK, STR("x"), &sealed, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(seal(&k, SEAL_API, STR("xyz"), &sealed, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_release(&sealed);
	keyring_release(&k);
}

static void test_keyring_gives_a_role_only_its_secrets(void **state)
{
	struct keyring all, role;
	struct buf text;

	(void)state;
	keyring_make(&all);
	buf_init(&text, 4096);
	keyring_write(&all, 1u << SEAL_WEBHOOK, &text);
	parse(&role, buf_z(&text));
	assert_non_null(role.secret_key[SEAL_WEBHOOK]);
	assert_null(role.secret_key[SEAL_API]);
	assert_true(role.has_public[SEAL_API]);
	assert_memory_equal(role.public_key, all.public_key,
			    sizeof(all.public_key));
	buf_release(&text);
	keyring_release(&role);
	keyring_release(&all);
}

static void test_keyring_derives_the_public_key(void **state)
{
	struct keyring k;
	struct secret *plain = NULL;
	struct buf sealed;

	(void)state;
	parse(&k, "# a comment\n\napi.secret " KEY_A);
	buf_init(&sealed, 100);
	assert_int_equal(seal(&k, SEAL_API, STR("x"), &sealed, NULL), 0);
	assert_int_equal(unseal(&k, SEAL_API, buf_str(&sealed), &plain, NULL),
			 0);
	secret_free(&plain);
	buf_release(&sealed);
	keyring_release(&k);
}

static const struct damage {
	const char *text, *want;
} damages[] = {
	{ "", "no key" },
	{ "# only this\n", "no key" },
	{ "api.public\n", "line 1" },
	{ "api.public  " KEY_A "\n", "line 1" },
	{ "api.public " KEY_A " \n", "line 1" },
	{ "api.public " KEY_A "\r\n", "line 1" },
	{ "\nAPI.public " KEY_A "\n", "line 2" },
	{ "api.private " KEY_A "\n", "line 1" },
	{ "apipublic " KEY_A "\n", "line 1" },
	{ "api.public AAAA\n", "32 bytes" },
	{ "api.public " KEY_A KEY_A "\n", "32 bytes" },
	{ "api.public " KEY_A "\napi.public " KEY_A "\n", "twice" },
	{ "api.secret " KEY_A "\napi.secret " KEY_B "\n", "twice" },
	{ "api.secret " KEY_A "\napi.public " KEY_B "\n", "together" },
};

static void test_keyring_refuses_what_is_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		struct keyring k = { 0 };
		struct err err = { 0 };

		if (keyring_parse(&k, str_of(damages[i].text), &err) == 0)
			fail_msg("accepted: %s", damages[i].text);
		assert_int_equal(err.kind, ERR_CONFIG);
		if (!strstr(err.text, damages[i].want))
			fail_msg("'%s' is not in: %s", damages[i].want,
				 err.text);
		assert_null(strstr(err.text, "MDEy")); /* of KEY_A */
		assert_null(k.secret_key[SEAL_API]);
	}
}

static void test_created_file_loads_and_is_never_replaced(void **state)
{
	struct fixture *f = *state;
	struct keyring a, b;
	struct err err = { 0 };
	struct stat st;

	assert_int_equal(keyring_create(f->path, &err), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(keyring_load(&a, f->path, &err), 0);
	assert_int_equal(keyring_create(f->path, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(keyring_load(&b, f->path, &err), 0);
	assert_memory_equal(a.public_key, b.public_key, sizeof(a.public_key));
	assert_true(str_eq(secret_bytes(a.secret_key[SEAL_API]),
			   secret_bytes(b.secret_key[SEAL_API])));
	assert_memory_not_equal(a.public_key[SEAL_API],
				a.public_key[SEAL_WEBHOOK], SEAL_KEY_SIZE);
	keyring_release(&a);
	keyring_release(&b);
}

static void test_file_that_others_may_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0604, 0602, 0601, 0620, 0660, 0666 };
	struct fixture *f = *state;
	struct keyring k;
	struct err err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		write_file(f->path, "api.public " KEY_A "\n", modes[i]);
		assert_int_equal(keyring_load(&k, f->path, &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.text, "chmod 600"));
	}
	write_file(f->path, "api.public " KEY_A "\n", 0400);
	assert_int_equal(keyring_load(&k, f->path, &err), 0);
	keyring_release(&k);
}

static void assert_refused(const char *path, const char *want)
{
	struct keyring k;
	struct err err = { 0 };

	assert_int_equal(keyring_load(&k, path, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, path));
	if (!strstr(err.text, want))
		fail_msg("'%s' is not in: %s", want, err.text);
}

static void test_errors_of_the_file_say_what_to_do(void **state)
{
	struct fixture *f = *state;
	char large[5000];

	assert_refused(f->path, "hrisd keys create");
	assert_refused(f->dir, "not a file");
	memset(large, '#', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	write_file(f->path, large, 0600);
	assert_refused(f->path, "longer than 4096 bytes");
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_refused(f->path, "not a file"); /* and does not wait */
}

static void test_create_reports_a_missing_folder(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct err err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/none/keys", f->dir);
	assert_int_equal(keyring_create(path, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, path));
}

static void test_secret_copies_and_forgets(void **state)
{
	char text[] = "hunter2";
	struct secret *s = secret_new(str_of(text));

	(void)state;
	secret_wipe(text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], 0);
	assert_true(str_is(secret_bytes(s), "hunter2"));
	secret_free(&s);
	secret_free(&s); /* twice is harmless */
	assert_null(s);
}

#define WITH_DIR(test) \
	cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_opens_with_its_own_box_only),
		cmocka_unit_test(test_unseal_refuses_any_changed_byte),
		cmocka_unit_test(test_seal_needs_only_the_public_key),
		cmocka_unit_test(test_seal_says_what_is_missing_or_too_small),
		cmocka_unit_test(test_keyring_gives_a_role_only_its_secrets),
		cmocka_unit_test(test_keyring_derives_the_public_key),
		cmocka_unit_test(test_keyring_refuses_what_is_damaged),
		WITH_DIR(test_created_file_loads_and_is_never_replaced),
		WITH_DIR(test_file_that_others_may_read_is_refused),
		WITH_DIR(test_errors_of_the_file_say_what_to_do),
		WITH_DIR(test_create_reports_a_missing_folder),
		cmocka_unit_test(test_secret_copies_and_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Secret memory: enough of it, apart, wiped, and kept without a lock too. */
#include "check.h"

#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "vault.h"

#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY	    50000
#define CHURN	    2000
#define LARGEST	    4000
#define NOBODY	    65534
#define VERIFY_SIZE 32

static long count_mappings(void)
{
	FILE *in = fopen("/proc/self/maps", "r");
	long lines = 0;
	int c;

	assert_non_null(in);
	while ((c = fgetc(in)) != EOF)
		lines += c == '\n';
	assert_int_equal(fclose(in), 0);
	return lines;
}

static struct secret *numbered_secret(int i)
{
	char text[VERIFY_SIZE];

	(void)snprintf(text, sizeof(text), "secret number %d", i);
	return secret_new(str_of(text));
}

static void expect_numbered(const struct secret *s, int i)
{
	char text[VERIFY_SIZE];

	(void)snprintf(text, sizeof(text), "secret number %d", i);
	assert_str(secret_bytes(s), text);
}

static struct hmac_key *numbered_key(int i)
{
	struct hmac_key *k = NULL;

	assert_int_equal(
		hmac_key_new(&k, (enum hmac_algorithm)(i % 3),
			     (struct str){ (const char *)&i, sizeof(i) }, NULL),
		0);
	return k;
}

static void expect_numbered_key(struct hmac_key *k, int i)
{
	const struct str text = STR("text");
	unsigned char got[HMAC_MAX_SIZE], wanted[HMAC_MAX_SIZE];
	struct hmac_key *fresh = numbered_key(i);
	size_t len = hmac_compute(fresh, &text, 1, wanted);

	assert_int_equal(hmac_compute(k, &text, 1, got), len);
	assert_memory_equal(got, wanted, len);
	hmac_key_free(&fresh);
}

static void test_a_hundred_thousand_fit(void **state)
{
	struct secret **secrets = calloc(MANY, sizeof(struct secret *));
	struct hmac_key **keys = calloc(MANY, sizeof(struct hmac_key *));
	long before = count_mappings();

	(void)state;
	assert_true(secrets && keys);
	for (int i = 0; i < MANY; i++) {
		secrets[i] = numbered_secret(i);
		keys[i] = numbered_key(i);
	}
	/* Of the 65,530 that there are; one each would be 400,000. */
	assert_true(count_mappings() - before < 4000);
	for (int i = 0; i < MANY; i++)
		expect_numbered(secrets[i], i);
	for (int i = 0; i < MANY; i += 97)
		expect_numbered_key(keys[i], i);
	for (int i = 0; i < MANY; i++) {
		secret_free(&secrets[i]);
		hmac_key_free(&keys[i]);
	}
	assert_true(count_mappings() - before < 40); /* given back */
	free(secrets);
	free(keys);
}

/* The same on every run: numbers of a fixed seed (Lehmer). */
static unsigned dice(unsigned *seed, unsigned sides)
{
	*seed = (unsigned)((uint64_t)*seed * 48271 % 2147483647);
	return *seed % sides;
}

struct piece {
	unsigned char *p;
	size_t size;
	unsigned char fill;
};

static void give_back(struct piece *piece)
{
	for (size_t i = 0; i < piece->size; i++)
		if (piece->p[i] != piece->fill)
			fail_msg("byte %zu of %zu changed", i, piece->size);
	vault_free(piece->p);
	piece->p = NULL;
}

/* Sizes around each border; whoever writes into a neighbour is found. */
static void test_pieces_of_all_sizes_stay_apart(void **state)
{
	static struct piece pieces[CHURN];
	unsigned seed = 7;

	(void)state;
	for (int turn = 0; turn < 20 * CHURN; turn++) {
		struct piece *x = &pieces[dice(&seed, CHURN)];

		if (x->p) {
			give_back(x);
			continue;
		}
		x->size = dice(&seed, dice(&seed, 20) ? 1100 : LARGEST);
		x->fill = (unsigned char)turn;
		x->p = vault_alloc(x->size);
		assert_int_equal((uintptr_t)x->p % alignof(max_align_t), 0);
		memset(x->p, x->fill, x->size);
	}
	for (size_t i = 0; i < CHURN; i++)
		if (pieces[i].p)
			give_back(&pieces[i]);
}

static void test_what_is_freed_is_wiped(void **state)
{
	unsigned char *stays = vault_alloc(100), *goes = vault_alloc(100);

	(void)state;
	memset(goes, 'x', 100);
	vault_free(goes); /* its page is there still, for the other */
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(goes[i], 0);
	vault_free(stays);
	vault_free(NULL);
}

/* In a child: the wait status of what has to end it. */
static int status_of(void (*act)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_DUMPABLE, 0);
		(void)signal(SIGSEGV, SIG_DFL); /* cmocka catches both */
		(void)signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void free_twice(void)
{
	unsigned char *p = vault_alloc(10), *other = vault_alloc(10);

	vault_free(p);
	vault_free(p);
	vault_free(other);
}

static void write_behind(void)
{
	volatile unsigned char *p = vault_alloc(4096);

	p[4096] = 1;
}

static void test_mistakes_end_the_process(void **state)
{
	(void)state;
	assert_int_equal(status_of(free_twice), SIGABRT);
	assert_int_equal(status_of(write_behind), SIGSEGV);
}

static long locked_kb(void)
{
	FILE *in = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, "VmLck:", 6))
			kb = strtol(line + 6, NULL, 10);
	if (in)
		(void)fclose(in);
	return kb;
}

#define HOLDS(cond)               \
	do {                      \
		if (!(cond))      \
			_exit(1); \
	} while (0)

/* Root may lock whatever the limit is: so not as root. */
static void keep_without_lock(void)
{
	const struct rlimit none = { 0, 0 };
	struct secret *s;

	HOLDS(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
	HOLDS(getuid() != 0 || setuid(NOBODY) == 0);
	s = secret_new(STR("kept"));
	HOLDS(locked_kb() == 0);
	HOLDS(str_is(secret_bytes(s), "kept"));
	secret_free(&s);
}

static void test_without_the_right_to_lock_it_goes_on(void **state)
{
	(void)state;
	assert_int_equal(status_of(keep_without_lock), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: it must not find pages that are locked already. */
		cmocka_unit_test(test_without_the_right_to_lock_it_goes_on),
		cmocka_unit_test(test_a_hundred_thousand_fit),
		cmocka_unit_test(test_pieces_of_all_sizes_stay_apart),
		cmocka_unit_test(test_what_is_freed_is_wiped),
		cmocka_unit_test(test_mistakes_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

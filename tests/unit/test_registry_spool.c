/* Uploads: whole or not at all, the newest counts, nobody else may read. */
#include "check.h"

#include "base/clock.h"
#include "registry/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTION STR("abcdefghijklmnopqrstuvwxyz")

struct place {
	char dir[64];
	char spool[80];
	char folder[128]; /* of the connection */
};

static int setup(void **state)
{
	static struct place p;

	(void)snprintf(p.dir, sizeof(p.dir), "/tmp/hrisd-test-XXXXXX");
	if (!mkdtemp(p.dir))
		return -1;
	(void)snprintf(p.spool, sizeof(p.spool), "%s/spool", p.dir);
	(void)snprintf(p.folder, sizeof(p.folder), "%s/%s", p.spool,
		       CONNECTION.ptr);
	*state = &p;
	return 0;
}

/* How many files there are; removes them when told. */
static size_t count_files(const struct place *p, bool and_remove)
{
	DIR *d = opendir(p->folder);
	const struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (and_remove)
			assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
	}
	if (d)
		(void)closedir(d);
	return n;
}

static int teardown(void **state)
{
	const struct place *p = *state;

	(void)count_files(p, true);
	(void)rmdir(p->folder);
	(void)rmdir(p->spool);
	return rmdir(p->dir);
}

static struct spool_file *begin(const struct place *p)
{
	struct spool_file *f;
	struct err err = { 0 };

	if (spool_open(&f, p->spool, CONNECTION, &err) < 0)
		fail_msg("%s", err.text);
	return f;
}

static void upload(const struct place *p, const char *text)
{
	struct spool_file *f = begin(p);

	assert_int_equal(spool_write(f, str_of(text), NULL), 0);
	assert_int_equal(spool_commit(&f, NULL), 0);
	assert_null(f);
}

static void assert_newest(const struct place *p, const char *want)
{
	char path[SPOOL_PATH_MAX], text[64] = "";
	struct err err = { 0 };
	struct stat st;
	int fd;

	if (spool_newest(p->spool, CONNECTION, path, &err) < 0)
		fail_msg("%s", err.text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, want);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close(fd);
}

static void assert_none(const struct place *p)
{
	char path[SPOOL_PATH_MAX];
	struct err err = { 0 };

	assert_int_equal(spool_newest(p->spool, CONNECTION, path, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void test_registry_an_upload_appears_whole(void **state)
{
	const struct place *p = *state;
	struct spool_file *f;
	struct stat st;

	assert_none(p);
	f = begin(p);
	assert_int_equal(spool_write(f, STR("id,"), NULL), 0);
	assert_none(p);
	assert_int_equal(spool_write(f, STR("email\n"), NULL), 0);
	assert_int_equal(spool_commit(&f, NULL), 0);
	assert_newest(p, "id,email\n");
	assert_int_equal(stat(p->folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void test_registry_the_newest_upload_counts_and_replaces(void **state)
{
	const struct place *p = *state;
	struct spool_file *f;

	upload(p, "one");
	clock_fake_ms(clock_wall_ms() + 5); /* names sort by time */
	f = begin(p);			    /* under way meanwhile */
	clock_fake_ms(clock_wall_ms() + 5);
	upload(p, "two");
	clock_fake_ms(-1);
	assert_newest(p, "two");
	assert_int_equal(count_files(p, false), 2);
	assert_int_equal(spool_commit(&f, NULL), 0); /* begun earlier */
	assert_newest(p, "two");
}

static void test_registry_an_abandoned_upload_leaves_nothing(void **state)
{
	const struct place *p = *state;
	struct spool_file *f = begin(p);

	assert_int_equal(spool_write(f, STR("x"), NULL), 0);
	spool_abandon(&f);
	spool_abandon(&f); /* harmless */
	assert_null(f);
	assert_int_equal(count_files(p, false), 0);
}

static void test_registry_what_was_read_goes(void **state)
{
	const struct place *p = *state;
	char path[SPOOL_PATH_MAX];

	upload(p, "x");
	assert_int_equal(spool_newest(p->spool, CONNECTION, path, NULL), 0);
	spool_remove(path);
	assert_none(p);
}

static void test_registry_old_and_half_written_ones_are_swept(void **state)
{
	const struct place *p = *state;
	int64_t now = clock_wall_ms();
	struct spool_file *f;

	spool_sweep(p->spool, now); /* no such folder: fine */
	upload(p, "x");
	f = begin(p);
	spool_sweep(p->spool, now);
	assert_int_equal(count_files(p, false), 2);
	spool_sweep(p->spool, now + 2 * 3600000LL);
	assert_int_equal(count_files(p, false), 1);
	assert_newest(p, "x");
	spool_sweep(p->spool, now + SPOOL_KEEP_MS + 60000);
	assert_int_equal(count_files(p, false), 0);
	spool_abandon(&f);
}

static void test_registry_a_spool_that_cannot_be_is_a_setting(void **state)
{
	const struct place *p = *state;
	struct spool_file *f = NULL;
	struct err err = { 0 };
	char below[128];

	(void)snprintf(below, sizeof(below), "%s/not/there", p->dir);
	assert_int_equal(spool_open(&f, below, CONNECTION, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_null(f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registry_an_upload_appears_whole),
		TEST(test_registry_the_newest_upload_counts_and_replaces),
		TEST(test_registry_an_abandoned_upload_leaves_nothing),
		TEST(test_registry_what_was_read_goes),
		TEST(test_registry_old_and_half_written_ones_are_swept),
		TEST(test_registry_a_spool_that_cannot_be_is_a_setting),
	};

	return cmocka_run_group_tests_name("registry spool", tests, NULL, NULL);
}

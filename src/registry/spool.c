#include "registry/spool.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART  ".part"
#define WHOLE ".csv"

#define PART_MS 3600000LL /* no upload takes so long */

struct spool_file {
	int fd;
	int folder;
	char name[RANDOM_ID_SIZE]; /* without its ending */
};

static int complain(struct err *err, const char *what)
{
	enum err_kind kind =
		errno == ENOSPC || errno == EDQUOT ? ERR_LIMIT : ERR_CONFIG;

	return err_set(err, kind, "spool: %s: %s", what, strerror(errno));
}

/* ----------------------------------------------------------------- folders */

/* Connections are ids of ours: letters and digits. */
static void copy_name(char out[static RANDOM_ID_SIZE], struct str connection)
{
	ASSERT(connection.len && connection.len < RANDOM_ID_SIZE);
	for (size_t i = 0; i < connection.len; i++)
		ASSERT(connection.ptr[i] != '/' && connection.ptr[i] != '.');
	memcpy(out, connection.ptr, connection.len);
	out[connection.len] = '\0';
}

/* A folder in another (AT_FDCWD: by path); no symbolic link. -1 with errno. */
static int open_folder(int at, const char *name)
{
	return openat(at, name,
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC |
			      (at == AT_FDCWD ? 0 : O_NOFOLLOW));
}

static int make_folder(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return open_folder(at, name);
}

static int open_connection(const char *spool, struct str connection, bool make)
{
	int (*const open_it)(int at, const char *name) =
		make ? make_folder : open_folder;
	char name[RANDOM_ID_SIZE];
	int outer = open_it(AT_FDCWD, spool), inner;

	copy_name(name, connection);
	if (outer < 0)
		return -1;
	inner = open_it(outer, name);
	close(outer);
	return inner;
}

/* --------------------------------------------------------------- the names */

/* 0 and ptr NULL when there are no more. */
static const char *next_name(DIR *d)
{
	const struct dirent *e;

	do
		e = readdir(d);
	while (e && e->d_name[0] == '.');
	return e ? e->d_name : NULL;
}

static bool ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);

	return n > k && !strcmp(name + n - k, ending);
}

/* Takes folder, as closedir does. NULL when there is no memory for it. */
static DIR *list_folder(int folder)
{
	DIR *d = fdopendir(folder);

	if (!d)
		close(folder);
	return d;
}

/* Those that `unwanted` says go. Takes folder. */
static void remove_some(int folder,
			bool (*unwanted)(int at, const char *name,
					 const void *arg),
			const void *arg)
{
	DIR *d = list_folder(folder);
	const char *name;

	while (d && (name = next_name(d)))
		if (unwanted(dirfd(d), name, arg))
			(void)unlinkat(dirfd(d), name, 0);
	if (d)
		(void)closedir(d);
}

/* ----------------------------------------------------------------- writing */

static void print_name(const struct spool_file *f, const char *ending,
		       char out[static RANDOM_ID_SIZE + 8])
{
	(void)snprintf(out, RANDOM_ID_SIZE + 8, "%s%s", f->name, ending);
}

int spool_open(struct spool_file **out, const char *spool,
	       struct str connection, struct err *err)
{
	struct spool_file *f = mem_new(sizeof(*f));
	char name[RANDOM_ID_SIZE + 8];

	random_sorted_id(f->name, clock_wall_ms());
	print_name(f, PART, name);
	f->fd = -1;
	f->folder = open_connection(spool, connection, true);
	if (f->folder >= 0)
		f->fd = openat(f->folder, name,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f->fd < 0) {
		(void)complain(err, "no file can be made");
		spool_abandon(&f);
		return -1;
	}
	*out = f;
	return 0;
}

int spool_write(struct spool_file *f, struct str bytes, struct err *err)
{
	while (bytes.len) {
		ssize_t n = write(f->fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain(err, "the file cannot be written");
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

static void close_file(struct spool_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->folder >= 0)
		close(f->folder);
	free(f);
}

/* Whole ones before this, and nothing that is being written. */
static bool is_older(int at, const char *name, const void *arg)
{
	(void)at;
	return ends_in(name, WHOLE) && strcmp(name, arg) < 0;
}

int spool_commit(struct spool_file **file, struct err *err)
{
	struct spool_file *f = *file;
	char part[RANDOM_ID_SIZE + 8], whole[RANDOM_ID_SIZE + 8];
	int folder;

	print_name(f, PART, part);
	print_name(f, WHOLE, whole);
	if (fsync(f->fd) < 0 ||
	    renameat(f->folder, part, f->folder, whole) < 0 ||
	    fsync(f->folder) < 0) {
		(void)complain(err, "the file cannot be kept");
		spool_abandon(file);
		return -1;
	}
	folder = fcntl(f->folder, F_DUPFD_CLOEXEC, 0);
	if (folder >= 0)
		remove_some(folder, is_older, whole);
	close_file(f);
	*file = NULL;
	return 0;
}

void spool_abandon(struct spool_file **file)
{
	struct spool_file *f = *file;
	char part[RANDOM_ID_SIZE + 8];

	if (!f)
		return;
	print_name(f, PART, part);
	if (f->fd >= 0)
		(void)unlinkat(f->folder, part, 0);
	close_file(f);
	*file = NULL;
}

/* ----------------------------------------------------------------- reading */

static void take_newest(int folder, char newest[static NAME_MAX + 1])
{
	DIR *d = list_folder(folder);
	const char *name;

	newest[0] = '\0';
	while (d && (name = next_name(d)))
		if (ends_in(name, WHOLE) && strcmp(name, newest) > 0)
			(void)snprintf(newest, NAME_MAX + 1, "%s", name);
	if (d)
		(void)closedir(d);
}

int spool_newest(const char *spool, struct str connection,
		 char out[static SPOOL_PATH_MAX], struct err *err)
{
	int folder = open_connection(spool, connection, false), len;
	char newest[NAME_MAX + 1] = "";

	if (folder < 0 && errno != ENOENT)
		return complain(err, "the folder cannot be read");
	if (folder >= 0)
		take_newest(folder, newest);
	if (!newest[0])
		return err_set(err, ERR_NOT_FOUND,
			       "no file was uploaded: upload one");
	len = snprintf(out, SPOOL_PATH_MAX, "%s/%.*s/%s", spool,
		       STR_ARG(connection), newest);
	if (len < 0 || len >= SPOOL_PATH_MAX)
		return err_set(err, ERR_CONFIG, "spool: its path is too long");
	return 0;
}

void spool_remove(const char *path)
{
	(void)unlink(path);
}

/* ---------------------------------------------------------------- sweeping */

static bool is_left(int at, const char *name, const void *now_ms)
{
	int64_t keep = ends_in(name, PART) ? PART_MS : SPOOL_KEEP_MS;
	struct stat st;

	if (!ends_in(name, PART) && !ends_in(name, WHOLE))
		return false;
	return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (int64_t)st.st_mtime * 1000 < *(const int64_t *)now_ms - keep;
}

void spool_sweep(const char *spool, int64_t now_ms)
{
	int outer = open_folder(AT_FDCWD, spool), inner;
	const char *name;
	DIR *d = NULL;

	if (outer >= 0)
		d = list_folder(outer);
	while (d && (name = next_name(d))) {
		inner = open_folder(dirfd(d), name);
		if (inner >= 0)
			remove_some(inner, is_left, &now_ms);
	}
	if (d)
		(void)closedir(d);
}

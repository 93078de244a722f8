/* Every manifest of a folder, loaded as one. */
#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SET_MAX	       256   /* manifests */
#define FILE_MAX_BYTES 65536 /* of one */
#define FILE_NAME      "manifest.json"

struct manifest_set {
	size_t refs;
	size_t count;
	struct manifest *list[SET_MAX];
};

static int read_all(int fd, struct buf *out, struct err *err)
{
	for (;;) {
		char *room = buf_reserve(out, 4096);
		ssize_t n;

		if (!room)
			return buf_check(out, FILE_NAME, err);
		n = read(fd, room, 4096);
		if (n < 0)
			return err_set(err, ERR_CONFIG, "%s: %s", FILE_NAME,
				       strerror(errno));
		if (n == 0)
			return 0;
		buf_grown(out, (size_t)n);
	}
}

/* Not through a link, not from a device: what stands there is what is read. */
static int open_regular(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name,
			O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
				O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_set(err, ERR_CONFIG, "%s: %s", name,
			       strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(err, ERR_CONFIG, "%s is not a regular file", name);
}

static int load_file(struct manifest **out, int folder, const char *name,
		     struct err *err)
{
	int fd = open_regular(folder, FILE_NAME, err);
	struct buf text;
	int res;

	if (fd < 0)
		return err_prefix(err, "%s", name);
	buf_init(&text, FILE_MAX_BYTES + 4096);
	res = read_all(fd, &text, err);
	close(fd);
	if (res < 0)
		(void)err_prefix(err, "%s", name);
	else
		res = manifest_parse(out, name, buf_str(&text), err);
	buf_release(&text);
	return res;
}

static int add_folder(struct manifest_set *set, int dir, const char *name,
		      struct err *err)
{
	int folder = openat(dir, name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct manifest *m;
	int res;

	if (folder < 0)
		return err_set(err, ERR_CONFIG, "%s: %s", name,
			       strerror(errno));
	res = load_file(&m, folder, name, err);
	close(folder);
	if (res < 0)
		return -1;
	set->list[set->count++] = m;
	if (strcmp(m->name, name) != 0)
		return err_set(err, ERR_CONFIG,
			       "%s: /name: is '%s', the folder is not", name,
			       m->name);
	return 0;
}

/* Files beside the folders are nobody's business; links are refused. */
static int load_entry(struct manifest_set *set, int dir, const char *name,
		      struct err *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(err, ERR_CONFIG, "%s: %s", name,
			       strerror(errno));
	if (S_ISREG(st.st_mode))
		return 0;
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_CONFIG, "%s is not a folder", name);
	if (set->count == SET_MAX)
		return err_set(err, ERR_CONFIG, "more than %d manifests",
			       SET_MAX);
	return add_folder(set, dir, name, err);
}

static int by_name(const void *a, const void *b)
{
	const struct manifest *const *x = a;
	const struct manifest *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int load_folders(struct manifest_set *set, DIR *dir, struct err *err)
{
	struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (entry->d_name[0] == '.')
			continue;
		if (load_entry(set, dirfd(dir), entry->d_name, err) < 0)
			return -1;
	}
	if (errno)
		return err_set(err, ERR_CONFIG, "%s", strerror(errno));
	if (!set->count)
		return err_set(err, ERR_CONFIG,
			       "no folder with a " FILE_NAME " in it");
	qsort(set->list, set->count, sizeof(set->list[0]), by_name);
	return 0;
}

int manifest_set_load(struct manifest_set **out, const char *dir,
		      struct err *err)
{
	struct manifest_set *set;
	DIR *d = opendir(dir);
	int res;

	if (!d)
		return err_set(err, ERR_CONFIG, "%s: %s", dir, strerror(errno));
	set = mem_new(sizeof(*set));
	set->refs = 1;
	res = load_folders(set, d, err);
	closedir(d);
	if (res < 0) {
		manifest_set_unref(&set);
		return err_prefix(err, "%s", dir);
	}
	*out = set;
	return 0;
}

struct manifest_set *manifest_set_ref(struct manifest_set *set)
{
	set->refs++;
	return set;
}

void manifest_set_unref(struct manifest_set **set)
{
	struct manifest_set *s = *set;

	*set = NULL;
	if (!s || --s->refs)
		return;
	for (size_t i = 0; i < s->count; i++)
		manifest_free(&s->list[i]);
	free(s);
}

const struct manifest *manifest_set_find(const struct manifest_set *set,
					 struct str name)
{
	for (size_t i = 0; i < set->count; i++)
		if (str_is(name, set->list[i]->name))
			return set->list[i];
	return NULL;
}

size_t manifest_set_count(const struct manifest_set *set)
{
	return set->count;
}

const struct manifest *manifest_set_at(const struct manifest_set *set, size_t i)
{
	ASSERT(i < set->count);
	return set->list[i];
}

#include "keeper.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "sender.h"
#include "snapshot.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERY_MS 2000
#define PART	 20 /* of the time at most one part goes into writing */
#define FRESH	 ".new"

/* --- the file --- */

static int failed(const char *what, const char *path, struct err *err)
{
	return err_set(err, ERR_CONFIG, "cannot %s %s: %s", what, path,
		       strerror(errno));
}

static int read_file(int fd, const char *path, struct buf *out, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return failed("read", path, err);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)SNAPSHOT_MAX)
		return err_set(err, ERR_CONFIG,
			       "%s is not a state of the sandbox: name another "
			       "file",
			       path);
	for (;;) {
		char *at = buf_reserve(out, 65536);
		ssize_t n = at ? read(fd, at, 65536) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed("read", path, err);
		if (n == 0)
			return buf_check(out, path, err);
		buf_grown(out, (size_t)n);
	}
}

static bool write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text.ptr += n;
		text.len -= (size_t)n;
	}
	return true;
}

/* The name is safe on the disk only when the folder is. */
static bool sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd;
	bool ok;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

static int replace_file(const char *path, struct str text, struct err *err)
{
	char fresh[PATH_MAX];
	bool ok;
	int fd;

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s" FRESH, path) >=
	    sizeof(fresh))
		return err_set(err, ERR_CONFIG, "--state: too long a name");
	/* One may be left of a crash: it is overwritten, never followed. */
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return failed("write", fresh, err);
	ok = fchmod(fd, 0600) == 0 && write_all(fd, text) && fsync(fd) == 0;
	if (close(fd) < 0 || !ok)
		return failed("write", fresh, err);
	if (rename(fresh, path) < 0 || !sync_folder(path))
		return failed("write", path, err);
	return 0;
}

/* --- when --- */

static struct keeper_mark mark_of(struct sandbox *sb)
{
	const struct sender_settings *s = sender_settings(sb->sender);
	uint64_t tokens = 0;

	for (unsigned v = 0; v < API_COUNT; v++)
		tokens += sb->apis[v].token.rotation;
	return (struct keeper_mark){ .tokens = tokens,
				     .company = sb->company.revision,
				     .draws = sb->company.draws,
				     .sender = sender_revision(sb->sender),
				     .rate = sb->rate,
				     .offset_ms = sb->company.offset_ms,
				     .in_flight = s->in_flight,
				     .minute_ms = s->minute_ms };
}

static int keep(struct sandbox *sb, bool ended, struct err *err)
{
	struct keeper *k = &sb->keeper;
	struct buf text;
	int result;

	buf_init(&text, SNAPSHOT_MAX);
	snapshot_write(sb, ended, &text);
	result = buf_check(&text, "the state", err);
	if (result == 0)
		result = replace_file(k->path, buf_str(&text), err);
	if (result == 0)
		k->written = mark_of(sb);
	buf_release(&text);
	return result;
}

static void timer_cb(void *arg)
{
	struct sandbox *sb = arg;
	struct keeper *k = &sb->keeper;
	struct keeper_mark now = mark_of(sb);
	int64_t began = clock_mono_ms(), took;
	struct err err = { 0 };

	if (memcmp(&now, &k->written, sizeof(now)) != 0) {
		bool fails = keep(sb, false, &err) < 0;

		if (fails && !k->failing)
			log_error("the state is not kept",
				  log_str("why", err.text));
		k->failing = fails;
	}
	took = clock_mono_ms() - began;
	loop_timer_set(&k->timer,
		       took * PART > EVERY_MS ? took * PART : EVERY_MS);
}

int keeper_open(struct sandbox *sb, const char *path, bool clock_given,
		struct err *err)
{
	struct buf text;
	int result;
	int fd;

	sb->keeper.path = path;
	loop_timer_init(&sb->keeper.timer, sb->loop, timer_cb, sb);
	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return failed("read", path, err);
	buf_init(&text, SNAPSHOT_MAX + 65536);
	result = read_file(fd, path, &text, err);
	(void)close(fd);
	if (result == 0 &&
	    snapshot_read(sb, buf_str(&text), clock_given, err) < 0)
		result = err_prefix(err, "%s", path);
	buf_release(&text);
	return result;
}

int keeper_start(struct sandbox *sb, struct err *err)
{
	if (!sb->keeper.path)
		return 0;
	if (keep(sb, false, err) < 0)
		return -1;
	loop_timer_set(&sb->keeper.timer, EVERY_MS);
	return 0;
}

int keeper_end(struct sandbox *sb, struct err *err)
{
	loop_timer_cancel(&sb->keeper.timer);
	return sb->keeper.path ? keep(sb, true, err) : 0;
}

void keeper_close(struct sandbox *sb)
{
	loop_timer_release(&sb->keeper.timer);
}

/*
 * The key file. Who can read it can read every credential that is stored, so
 * it is refused when its mode lets others in.
 */
#include "base/assert.h"
#include "keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * systemd's LoadCredential gives the file to its service by an access list
 * over an owner and group of root, which shows as mode 0440.
 */
static int check_mode(int fd, const char *path, struct err *err)
{
	struct stat st;
	mode_t others;

	if (fstat(fd, &st) < 0)
		return err_set(err, ERR_CONFIG, "key file %s: %s", path,
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CONFIG,
			       "key file %s is not a file: set key_file to the "
			       "path of one",
			       path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, ERR_CONFIG,
			       "key file %s belongs to another user, who could "
			       "change it; run: chown %u %s",
			       path, (unsigned)geteuid(), path);
	others = st.st_uid == 0 && st.st_gid == 0 ? 037 : 077;
	if (st.st_mode & others)
		return err_set(err, ERR_CONFIG,
			       "others may read or change key file %s (mode "
			       "%04o); run: chmod 600 %s",
			       path, (unsigned)st.st_mode & 07777, path);
	return 0;
}

/* Up to cap bytes; the count, or -1 with errno. */
static ssize_t read_all(int fd, char *out, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = read(fd, out + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int load(struct keyring *k, int fd, const char *path, struct err *err)
{
	char text[KEYRING_TEXT_MAX + 1];
	ssize_t len;
	int result;

	if (check_mode(fd, path, err) < 0)
		return -1;
	len = read_all(fd, text, sizeof(text));
	if (len < 0)
		return err_set(err, ERR_CONFIG, "cannot read key file %s: %s",
			       path, strerror(errno));
	result = keyring_parse(k, (struct str){ text, (size_t)len }, err);
	secret_wipe(text, sizeof(text));
	return result < 0 ? err_prefix(err, "key file %s", path) : 0;
}

int keyring_load(struct keyring *k, const char *path, struct err *err)
{
	/* Not to wait for a writer when it is a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int result;

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_CONFIG,
			       "there is no key file %s; run: hrisd keys "
			       "create %s",
			       path, path);
	if (fd < 0)
		return err_set(err, ERR_CONFIG, "cannot open key file %s: %s",
			       path, strerror(errno));
	result = load(k, fd, path, err);
	(void)close(fd);
	return result;
}

static bool write_all(int fd, struct str text)
{
	while (text.len) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text.ptr += n;
		text.len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

static bool write_fresh_keys(int fd)
{
	struct keyring k;
	struct buf text;
	bool ok;

	keyring_make(&k);
	buf_init(&text, KEYRING_TEXT_MAX);
	keyring_write(&k, ~0u, &text);
	ASSERT(!text.failed);
	ok = write_all(fd, buf_str(&text));
	secret_wipe(text.data, text.cap);
	buf_release(&text);
	keyring_release(&k);
	return ok;
}

int keyring_create(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int reason;

	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_CONFLICT,
			       "%s exists and is kept: without its keys no "
			       "stored credential can be read again",
			       path);
	if (fd < 0)
		return err_set(err, ERR_CONFIG, "cannot create %s: %s", path,
			       strerror(errno));
	reason = write_fresh_keys(fd) ? 0 : errno;
	if (close(fd) < 0 && reason == 0)
		reason = errno;
	if (reason == 0)
		return 0;
	(void)unlink(path);
	return err_set(err, ERR_CONFIG, "cannot write %s: %s", path,
		       strerror(reason));
}

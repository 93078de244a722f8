#include "client_sftp.h"

#include "base/assert.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SILENT_S 2 /* of a file, without a byte; libcurl adds up to six */

/* ------------------------------------------------------------------ asking */

static bool has_sftp(void)
{
	const char *const *p = curl_version_info(CURLVERSION_NOW)->protocols;

	while (*p && strcmp(*p, "sftp") != 0)
		p++;
	return *p;
}

/* libssh2 reads keys from files: one in memory, which nobody else can open. */
static int keep_key(struct http_call *call, struct str key, struct err *err)
{
	ssize_t n;

	call->key_fd = memfd_create("key", MFD_CLOEXEC);
	if (call->key_fd < 0)
		return err_set(err, ERR_TEMP, "no place for a key: %s",
			       strerror(errno));
	n = write(call->key_fd, key.ptr, key.len);
	/* Its last line has to end, which pasting often loses. */
	if (n == (ssize_t)key.len && key.ptr[key.len - 1] != '\n')
		n = write(call->key_fd, "\n", 1);
	if (n > 0)
		return 0;
	return err_set(err, ERR_TEMP, "no place for a key: %s",
		       strerror(errno));
}

static CURLcode set_login(CURL *easy, const struct http_sftp *s)
{
	long how = (s->key.len ? CURLSSH_AUTH_PUBLICKEY : 0) |
		   (s->password && *s->password
			    ? CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD
			    : 0);
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_USERNAME, s->user);

	if (!rc && s->password)
		rc = curl_easy_setopt(easy, CURLOPT_PASSWORD, s->password);
	return rc ? rc : curl_easy_setopt(easy, CURLOPT_SSH_AUTH_TYPES, how);
}

static CURLcode set_key(CURL *easy, int fd)
{
	char path[32];
	CURLcode rc;

	if (fd < 0)
		return CURLE_OK;
	(void)!snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = curl_easy_setopt(easy, CURLOPT_SSH_PRIVATE_KEYFILE, path);
	/* Empty: the public one is told from it. */
	return rc ? rc : curl_easy_setopt(easy, CURLOPT_SSH_PUBLIC_KEYFILE, "");
}

/*
 * libcurl waits for the answer to the file's CLOSE on the spot, and everybody
 * else with it; this is what ends that wait. (What it waits for at the end of
 * the session it waits for a second at most.)
 */
static CURLcode set_patience(CURL *easy)
{
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);

	return rc ? rc
		  : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
				     (long)SILENT_S);
}

int client_sftp_set(struct http_call *call, const struct http_call_spec *spec,
		    struct err *err)
{
	const struct http_sftp *s = spec->sftp;
	CURLcode rc;

	if (!has_sftp())
		return err_set(err, ERR_CONFIG,
			       "this libcurl has no SFTP: install one that was "
			       "built with libssh2");
	if (!s->host_key || !*s->host_key)
		return err_set(err, ERR_CONFIG,
			       "without its fingerprint no SFTP server is "
			       "spoken to");
	if (s->key.len && keep_key(call, s->key, err) < 0)
		return -1;
	rc = curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "sftp");
	if (!rc)
		rc = curl_easy_setopt(call->easy,
				      CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256,
				      s->host_key);
	if (!rc)
		rc = set_login(call->easy, s);
	if (!rc)
		rc = set_key(call->easy, call->key_fd);
	if (!rc)
		rc = set_patience(call->easy);
	/* Who has logged in by one key must not be used for another's call. */
	if (!rc)
		rc = curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
	if (!rc)
		rc = curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, 1L);
	if (rc)
		return err_set(err, ERR_CONFIG, "libcurl refuses an option: %s",
			       curl_easy_strerror(rc));
	return 0;
}

void client_sftp_release(struct http_call *call)
{
	if (call->key_fd >= 0)
		close(call->key_fd);
	call->key_fd = -1;
}

/* ----------------------------------------------------------------- hearing */

static const struct {
	CURLcode rc;
	int status;
} statuses[] = {
	{ CURLE_OK, 200 },
	{ CURLE_LOGIN_DENIED, 401 },
	{ CURLE_REMOTE_ACCESS_DENIED, 403 },
	{ CURLE_REMOTE_FILE_NOT_FOUND, 404 },
};

int client_sftp_status(CURLcode rc)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].rc == rc)
			return statuses[i].status;
	return 0;
}

bool client_sftp_explain(CURLcode rc, struct err *err)
{
	if (rc != CURLE_PEER_FAILED_VERIFICATION)
		return false;
	err_fill(err, ERR_CONFIG,
		 "the server shows another host key than the one whose "
		 "fingerprint was entered: ask who runs it before you change "
		 "it");
	return true;
}

#include "child.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

/* Where a child finds what its parent gave it. */
enum { FD_METRICS = 3, FD_KEYS = 4 };

#define KEYS_MAX \
	4096 /* bytes; less than a pipe holds, so a write never waits */
#define SELF "/proc/self/exe"

int open_log(const char *role, const struct settings *s, struct err *err)
{
	static const char *const levels[LOG_LEVEL_COUNT] = { "error", "warn",
							     "info", "debug" };
	bool json = !strcmp(s->log_format, "json");

	if (!json && strcmp(s->log_format, "text") != 0)
		return err_set(err, ERR_CONFIG,
			       "log-format: '%s' is neither text nor json",
			       s->log_format);
	for (enum log_level l = 0; l < LOG_LEVEL_COUNT; l++) {
		if (strcmp(levels[l], s->log_level) != 0)
			continue;
		log_open(role, l, json ? LOG_JSON : LOG_TEXT);
		return 0;
	}
	return err_set(err, ERR_CONFIG,
		       "log-level: '%s' is none of error, warn, info, debug",
		       s->log_level);
}

void child_harden(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A pipe whose reading end holds the role's keys, and nothing more comes. */
static int keys_pipe(const struct role *r, const struct keyring *keys, int *out,
		     struct err *err)
{
	struct buf text;
	int fds[2] = { -1, -1 };
	bool written;

	buf_init(&text, KEYS_MAX);
	keyring_write(keys, r->secret_boxes, &text);
	written = !text.failed && pipe2(fds, O_CLOEXEC) == 0 &&
		  write(fds[1], text.data, text.len) == (ssize_t)text.len;
	if (fds[1] >= 0)
		close(fds[1]);
	secret_wipe(text.data, text.len);
	buf_release(&text);
	if (!written) {
		if (fds[0] >= 0)
			close(fds[0]);
		return err_set(err, ERR_TEMP, "no pipe for keys: %s",
			       strerror(errno));
	}
	*out = fds[0];
	return 0;
}

/* PATH and the like stay; HRISD_* are replaced by the settings in force. */
static char **child_environment(const struct settings *s)
{
	static const char *const kept[] = { "PATH",
					    "TZ",
					    "LANG",
					    "HRISD_CRASH_POINT",
					    "HRISD_CRASH_AFTER",
					    "ASAN_OPTIONS",
					    "UBSAN_OPTIONS" };
	char **env = settings_to_environment(s);
	size_t n = 0, more = sizeof(kept) / sizeof(kept[0]);

	while (env[n])
		n++;
	env = mem_resize(env, (n + more + 1) * sizeof(*env));
	for (size_t i = 0; i < more; i++) {
		const char *value = getenv(kept[i]);
		size_t size;

		if (!value)
			continue;
		size = strlen(kept[i]) + strlen(value) + 2;
		env[n] = mem_new(size);
		snprintf(env[n++], size, "%s=%s", kept[i], value);
	}
	env[n] = NULL;
	return env;
}

static void free_environment(char **env)
{
	for (size_t i = 0; env[i]; i++)
		free(env[i]);
	free(env);
}

/* Both may stand where the other has to go, so they first move out of it. */
static int spawn(const struct role *r, size_t slot, int metrics_fd, int keys_fd,
		 char **env, pid_t *out)
{
	posix_spawn_file_actions_t actions;
	char *argv[] = { mem_dup_z("hrisd"), mem_dup_z("role"),
			 mem_dup_z(r->name), mem_new(24), NULL };
	int high[2], code = ENFILE;

	snprintf(argv[3], 24, "%zu", slot);
	high[0] = fcntl(metrics_fd, F_DUPFD_CLOEXEC, 10);
	high[1] = fcntl(keys_fd, F_DUPFD_CLOEXEC, 10);
	if (high[0] >= 0 && high[1] >= 0) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, high[0], FD_METRICS);
		posix_spawn_file_actions_adddup2(&actions, high[1], FD_KEYS);
		code = posix_spawn(out, SELF, &actions, NULL, argv, env);
		posix_spawn_file_actions_destroy(&actions);
	}
	for (int i = 0; i < 2; i++)
		if (high[i] >= 0)
			close(high[i]);
	for (int i = 0; i < 4; i++)
		free(argv[i]);
	return code;
}

int child_start(const struct role *r, const struct settings *s,
		const struct keyring *keys, int metrics_fd, size_t slot,
		pid_t *out, struct err *err)
{
	char **env;
	int keys_fd, code;

	if (keys_pipe(r, keys, &keys_fd, err) < 0)
		return -1;
	env = child_environment(s);
	code = spawn(r, slot, metrics_fd, keys_fd, env, out);
	free_environment(env);
	close(keys_fd);
	if (code)
		return err_set(err, ERR_TEMP, "cannot start the %s: %s",
			       r->name, strerror(code));
	return 0;
}

static int read_keys(struct keyring *keys, struct err *err)
{
	char text[KEYS_MAX];
	size_t len = 0;
	ssize_t n;
	int result;

	while (len < sizeof(text) &&
	       (n = read(FD_KEYS, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	close(FD_KEYS);
	result = keyring_parse(keys, (struct str){ text, len }, err);
	secret_wipe(text, sizeof(text));
	return result;
}

static int run_role(const struct role *r, size_t slot, const struct settings *s,
		    struct err *err)
{
	struct keyring keys = { 0 };
	int result;

	/* When the supervisor dies, whatever the way, the roles end too. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	/* All are told to reload; those with nothing to reload go on. */
	(void)signal(SIGHUP, SIG_IGN);
	if (getppid() == 1)
		return err_set(err, ERR_TEMP, "the supervisor is gone");
	child_harden();
	if (open_log(r->name, s, err) < 0 ||
	    metrics_attach(FD_METRICS, slot, r->name, err) < 0 ||
	    read_keys(&keys, err) < 0)
		return -1;
	close(FD_METRICS);
	result = r->run(s, &keys, err);
	keyring_release(&keys);
	return result;
}

int child_main(int argc, char **argv, const struct settings *s)
{
	const struct role *r = argc == 2 ? role_find(str_of(argv[0])) : NULL;
	struct err err = { 0 };
	uint64_t slot;

	if (!r || !str_to_u64(str_of(argv[1]), &slot) ||
	    slot >= METRICS_SLOTS || fcntl(FD_KEYS, F_GETFD) < 0) {
		fprintf(stderr, "hrisd role: for the supervisor's use; "
				"run: hrisd serve --roles=NAME\n");
		return EX_USAGE;
	}
	if (run_role(r, slot, s, &err) == 0)
		return EX_OK;
	log_error("role cannot run", log_str("why", err.text));
	return err_policy(err.kind)->exit_code;
}

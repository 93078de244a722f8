#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis.h"

#include "base/clock.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REDIS "/usr/bin/redis-server"

enum { START_MS = 10000, WORDS_MAX = 32 };

bool redis_is_installed(void)
{
	if (access(REDIS, X_OK) == 0)
		return true;
	print_message("skipped: redis-server is not installed\n");
	return false;
}

static void pause_a_little(void)
{
	struct timespec ms = { .tv_nsec = 2000000 };

	(void)nanosleep(&ms, NULL);
}

static void write_settings(const struct redis_server *s, const char *path,
			   const char *extra)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fprintf(out,
			    "port 0\nunixsocket %s\ndir %s\nlogfile log\n"
			    "save \"\"\nappendonly yes\nappendfsync always\n"
			    "%s\n",
			    s->socket, s->dir, extra) > 0);
	assert_int_equal(fclose(out), 0);
}

static pid_t spawn(const char *path)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(REDIS, REDIS, path, (char *)NULL);
	_exit(127);
}

/* Up is when it answers, whatever it answers. */
static bool answers(const struct redis_server *s)
{
	redisContext *c = redisConnectUnix(s->socket);
	redisReply *r = NULL;

	if (c && !c->err)
		r = redisCommand(c, "PING");
	redisFree(c);
	if (!r)
		return false;
	freeReplyObject(r);
	return true;
}

void redis_restart(struct redis_server *s, const char *extra)
{
	int64_t end = clock_mono_ms() + START_MS;
	char path[sizeof(s->dir) + 16];

	(void)snprintf(path, sizeof(path), "%s/redis.conf", s->dir);
	write_settings(s, path, extra);
	s->pid = spawn(path);
	while (!answers(s)) {
		if (clock_mono_ms() > end || waitpid(s->pid, NULL, WNOHANG))
			fail_msg("redis-server did not start: %s/log", s->dir);
		pause_a_little();
	}
}

void redis_start(struct redis_server *s, const char *extra)
{
	*s = (struct redis_server){ .dir = "/tmp/hrisd-redis-XXXXXX" };
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->socket, sizeof(s->socket), "%s/socket", s->dir);
	(void)snprintf(s->url, sizeof(s->url), "unix:%s", s->socket);
	redis_restart(s, extra);
}

void redis_kill(struct redis_server *s, int signo)
{
	assert_true(s->pid > 0);
	assert_int_equal(kill(s->pid, signo), 0);
	if (signo != SIGKILL)
		return;
	assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
	s->pid = 0;
}

void redis_remove(struct redis_server *s)
{
	pid_t pid;
	int status;

	if (s->pid > 0)
		redis_kill(s, SIGKILL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", s->dir, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static redisReply *run(redisContext *c, const char *line)
{
	char *copy = strdup(line), *save = NULL;
	const char *argv[WORDS_MAX];
	int n = 0;
	redisReply *r;

	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &save); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	r = redisCommandArgv(c, n, argv, NULL);
	free(copy);
	return r;
}

struct redisReply *redis_do(const struct redis_server *s, const char *line)
{
	redisContext *c = redisConnectUnix(s->socket);
	redisReply *r;

	assert_non_null(c);
	assert_int_equal(c->err, 0);
	r = run(c, line);
	if (!r || r->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", line, r ? r->str : c->errstr);
	redisFree(c);
	return r;
}

long long redis_int(const struct redis_server *s, const char *line)
{
	redisReply *r = redis_do(s, line);
	long long n = r->integer;

	assert_int_equal(r->type, REDIS_REPLY_INTEGER);
	freeReplyObject(r);
	return n;
}

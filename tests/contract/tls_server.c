#include "tls_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENSSL "/usr/bin/openssl"

bool tls_server_can(void)
{
	if (access(OPENSSL, X_OK) == 0)
		return true;
	print_message("skipped: openssl is not installed\n");
	return false;
}

pid_t tls_server_spawn(const char *command, int out)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(out, 1) < 0 || !freopen("/dev/null", "w", stderr))
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void tls_server_certify(struct tls_server *s, const char *name)
{
	char command[512];
	int status;

	(void)snprintf(command, sizeof(command),
		       "exec " OPENSSL " req -x509 -newkey ec "
		       "-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
		       "-subj /CN=%s -addext subjectAltName=DNS:%s "
		       "-keyout %s -out %s",
		       name, name, s->key, s->cert);
	assert_true(waitpid(tls_server_spawn(command, 1), &status, 0) > 0);
	assert_int_equal(status, 0);
}

/* It says "ACCEPT 127.0.0.1:PORT". */
void tls_server_start(struct tls_server *s, const char *options)
{
	char command[512], line[256];
	int ends[2];
	FILE *in;

	assert_int_equal(pipe(ends), 0);
	(void)snprintf(command, sizeof(command),
		       "exec " OPENSSL " s_server -accept 127.0.0.1:0 "
		       "-cert %s -key %s -www %s",
		       s->cert, s->key, options);
	s->pid = tls_server_spawn(command, ends[1]);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	assert_non_null(in);
	s->port = 0;
	while (!s->port && fgets(line, sizeof(line), in))
		(void)sscanf(line, "ACCEPT 127.0.0.1:%u", &s->port);
	assert_true(s->port > 0);
	(void)fclose(in);
}

void tls_server_stop(struct tls_server *s)
{
	if (!s->pid)
		return;
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void tls_server_init(struct tls_server *s)
{
	*s = (struct tls_server){ .dir = "/tmp/hrisd-tls-XXXXXX" };
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->cert, sizeof(s->cert), "%s/cert.pem", s->dir);
	(void)snprintf(s->key, sizeof(s->key), "%s/key.pem", s->dir);
}

void tls_server_release(struct tls_server *s)
{
	tls_server_stop(s);
	(void)unlink(s->cert);
	(void)unlink(s->key);
	assert_int_equal(rmdir(s->dir), 0);
}

/*
 * A Redis of the test's own: in a directory of its own, on a unix socket, with
 * every write synced before the reply. It dies with the test.
 */
#ifndef TESTS_REDIS_H
#define TESTS_REDIS_H

#include <stdbool.h>
#include <sys/types.h>

struct redisReply;

struct redis_server {
	pid_t pid; /* 0: not running */
	char dir[64];
	char socket[80];
	char url[96];
};

/* False, with a message, when redis-server is not installed. */
bool redis_is_installed(void);

/* Makes the directory and starts it. extra: more lines for redis.conf. */
void redis_start(struct redis_server *s, const char *extra);

/* Again, on the same directory, after redis_kill. */
void redis_restart(struct redis_server *s, const char *extra);

void redis_kill(struct redis_server *s, int signo); /* SIGKILL also waits */

/* Kill it and remove its directory. */
void redis_remove(struct redis_server *s);

/*
 * By a client of its own, not through the queue. The words are split at
 * blanks. Fails the test on an error reply; the caller frees the reply.
 */
struct redisReply *redis_do(const struct redis_server *s, const char *line);

/* As redis_do: the integer of the reply. */
long long redis_int(const struct redis_server *s, const char *line);

#endif

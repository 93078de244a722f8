/* Where Redis is and as whom to speak to it. */
#ifndef QUEUE_URL_H
#define QUEUE_URL_H

#include "base/err.h"

#include <stdint.h>

enum {
	QUEUE_HOST_MAX = 255,
	QUEUE_PATH_MAX = 107, /* what fits a sockaddr_un */
	QUEUE_USER_MAX = 127,
	QUEUE_PASSWORD_MAX = 255,
	QUEUE_DB_MAX = 1 << 20
};

struct queue_url {
	char path[QUEUE_PATH_MAX + 1]; /* of a unix socket; else empty */
	char host[QUEUE_HOST_MAX + 1];
	uint16_t port;
	char user[QUEUE_USER_MAX + 1];	       /* empty: Redis' default user */
	char password[QUEUE_PASSWORD_MAX + 1]; /* empty: do not log in */
	unsigned db;
	char label[QUEUE_HOST_MAX + 16]; /* for messages: no password */
};

/*
 * unix:/path[?user=U&password=P&db=N] or redis://[[U]:P@]host[:port][/N]. In
 * U and P (and the path) %XX stands for a byte. ERR_CONFIG with what is wrong;
 * the text never repeats the password.
 */
int queue_url_parse(struct queue_url *out, const char *text,
		    struct err *err) MUST_CHECK;

#endif

/* OpenSSL's own server, with a certificate made for the test. */
#ifndef CONTRACT_TLS_SERVER_H
#define CONTRACT_TLS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct tls_server {
	char dir[64];
	char cert[96];
	char key[96];
	unsigned port; /* of 127.0.0.1 */
	pid_t pid;
};

/* False, with a message: it cannot be had here. */
bool tls_server_can(void);

/* A shell command, ended with the test; out becomes its standard output. */
pid_t tls_server_spawn(const char *command, int out);

void tls_server_init(struct tls_server *s);
void tls_server_release(struct tls_server *s);

/* The certificate is for this name, signed by itself. */
void tls_server_certify(struct tls_server *s, const char *name);

/* On any free port, until stop. options: more of openssl's. */
void tls_server_start(struct tls_server *s, const char *options);
void tls_server_stop(struct tls_server *s);

#endif

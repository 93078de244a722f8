/* A TLS server, the loop of its client, and how the newest call ended. */
#ifndef CONTRACT_TLS_WORLD_H
#define CONTRACT_TLS_WORLD_H

#include "http/client.h"
#include "tls_server.h"

struct tls_world {
	struct tls_server server;
	struct loop *loop;
	int ends;
	int status;
	struct err err;
};

/* For cmocka; *state stays NULL without a server, and what is missing is said.
 */
int tls_world_setup(void **state);
int tls_world_teardown(void **state);

/* By a client of its own, which remembers nothing; waits for the end. */
void tls_world_get(struct tls_world *w, const struct http_client_config *cfg,
		   const char *url);

#endif

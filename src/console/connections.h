/* Answers that are a connection. */
#ifndef CONSOLE_CONNECTIONS_H
#define CONSOLE_CONNECTIONS_H

#include "api.h"

struct connection_answer {
	int status;
	bool changed;	    /* published first: receivers have to know it */
	bool has_run;	    /* it has a member run_id */
	const char *run_id; /* NULL: null */
};

void connection_reply(struct call *c, const struct connection *conn,
		      const struct connection_answer *how);

#endif

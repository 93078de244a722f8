/* All of a running sandbox, which its handlers share. */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include "company.h"
#include "credentials.h"
#include "exchange.h"
#include "fault.h"
#include "jobs.h"
#include "journal.h"
#include "keeper.h"

#define SANDBOX_RATE_MAX 600000 /* events of life per minute */

struct http_client;
struct relay;
struct sender;

struct sandbox {
	struct loop *loop;
	struct http_server *server;
	struct relay *relay;
	struct http_client *client;
	struct sender *sender;
	const char *targets; /* host:port,… that webhooks may go to */
	struct company company;
	struct credentials credentials;
	struct api_state apis[API_COUNT];
	struct journal journal;
	struct jobs jobs;
	struct keeper keeper;
	uint64_t rate;	  /* events of life per minute */
	double owed;	  /* events that the rate allows and that are to come */
	int64_t lived_ms; /* when owed was last counted */
	struct loop_timer tick;
	TAILQ_HEAD(, exchange) held; /* answers held back */
};

#endif

/*
 * All that a fetcher works with: a Redis, a database with a connection, a
 * provider, an HRIS; and fetchers as processes, to be started and killed.
 */
#ifndef TESTS_FETCHER_WORLD_H
#define TESTS_FETCHER_WORLD_H

#include "change/change.h"
#include "crypto/seal.h"
#include "hris.h"
#include "queue_fixture.h"
#include "registry/job.h"
#include "registry/registry.h"
#include "registry/run.h"

#include <sys/types.h>

struct fetcher_world {
	struct redis_server redis; /* its directory holds all files */
	struct loop *loop;
	struct hris hris;
	struct keyring keys;
	char store[128]; /* sqlite:… */
	char key_file[128];
	char providers[128];
	char log[128];
	char organization[RANDOM_ID_SIZE];
	char connection[RANDOM_ID_SIZE]; /* enabled */
	pid_t fetcher;			 /* 0: none */
	pid_t other;			 /* a second one; 0: none */
	int metrics_fd;	   /* the fetchers' counters can be read here */
	const char *flags; /* "runs 1\n": settings of fetchers; NULL: none */
};

/* For cmocka; *state stays NULL without redis-server. */
int world_setup(void **state);
int world_teardown(void **state);

/* The provider needs delay_s after a webhook. Before world_fetch. */
void world_set_delay(struct fetcher_world *w, int delay_s);

/* Its manifest from now on. */
void world_set_manifest(struct fetcher_world *w, const char *text);

/* One of providers/ too, from now on; tests run in the folder above it. */
void world_add_provider(struct fetcher_world *w, const char *name);

void world_fetch(struct fetcher_world *w);	       /* start a fetcher */
void world_fetch_beside(struct fetcher_world *w);      /* and one more */
void world_signal(struct fetcher_world *w, int signo); /* and wait for it */

void world_restart_redis(struct fetcher_world *w); /* after redis_kill */

/* A notice as a receiver queues it; connection NULL: the world's. */
void world_notice(struct fetcher_world *w, const char *connection,
		  const char *pid);

/*
 * One more connection, with a key of its own, enabled: w->connection is that
 * from now on.
 */
void world_add_connection(struct fetcher_world *w, const char *key);

/* The same of any provider; credentials and settings as JSON. */
void world_connect(struct fetcher_world *w, const char *provider,
		   const char *credentials, const char *settings);

void world_set_status(struct fetcher_world *w, enum connection_status status);
void world_set_api_key(struct fetcher_world *w, const char *key);

/* ------------------------------------------------------------------- runs */

/* Asks for one, as by hand; its id. */
const char *world_ask_run(struct fetcher_world *w, enum run_kind kind);
void world_stop_run(struct fetcher_world *w, const char *run);

/* Its row, in static memory that the next call takes. */
const struct run *world_run(struct fetcher_world *w, const char *run);
bool world_run_is(struct fetcher_world *w, const char *run,
		  enum run_status status);

/* A member of its counts, or of its proof. -1: there is none. */
long long world_counted(struct fetcher_world *w, const char *run,
			const char *name);
long long world_proven(struct fetcher_world *w, const char *run,
		       const char *name);
const struct sync_state *world_sync(struct fetcher_world *w);

/* The schedule's next slot is long over. */
void world_make_slot_due(struct fetcher_world *w);

/* Is text in what is kept of a token? False when nothing is kept. */
bool world_token_is(struct fetcher_world *w, const char *name,
		    const char *text);

/* The lease of the connection's run: what is left of it (-2: there is none). */
long long world_lease_ms(struct fetcher_world *w);
void world_break_lease(struct fetcher_world *w); /* its time is over */
void world_steal_lease(struct fetcher_world *w); /* another has it now */

/* Does the stored progress of its run have this member? */
bool world_progress_has(struct fetcher_world *w, const char *name);

/* A receiver takes a full record: pid has an email of its own. */
void world_webhook(struct fetcher_world *w, const char *pid);

/* Of a stream or of "later": how many. Pending: of the group
 * fetchers; -1 before it is made. */
long long world_count(struct fetcher_world *w, const char *key);
long long world_pending(struct fetcher_world *w);

/* A field of a stream's n-th entry; free it. Fails when it is not there. */
char *world_field(struct fetcher_world *w, const char *stream, size_t n,
		  const char *field);

/* The n-th change that was queued; its texts are in *a, which is made. */
struct change world_change(struct fetcher_world *w, size_t n, struct arena *a);

/* Seconds until the first in later is due. */
long long world_due_in_s(struct fetcher_world *w);

/* All that waits in later is due now, and was first missed long ago. */
void world_make_due(struct fetcher_world *w);

/* Is text anywhere in the fetchers' log? */
bool world_logged(struct fetcher_world *w, const char *text);
int world_logged_times(struct fetcher_world *w, const char *text);

#endif

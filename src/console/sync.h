/* Asking for runs: at enable, by hand, after an upload. */
#ifndef CONSOLE_SYNC_H
#define CONSOLE_SYNC_H

#include "api.h"
#include "provider/read.h"
#include "registry/job.h"
#include "registry/run.h"

/* Its settings, parsed; NULL when they cannot be. */
const struct json *call_settings(struct call *c, const struct connection *conn);

/* Does the connection's provider, set up as it is, read so? */
bool sync_can(struct call *c, const struct connection *conn,
	      enum read_kind kind);

struct sync_asked {
	char run[RANDOM_ID_SIZE];
	bool joined; /* one that was asked for before */
};

/* The run is in the database; the fetchers are told to look there. */
int sync_ask(struct call *c, const struct connection *conn, enum run_kind kind,
	     enum run_reason reason, struct sync_asked *out,
	     struct err *err) MUST_CHECK;

/* 202 with what was asked for. */
void sync_reply(struct call *c, const struct sync_asked *a);

/*
 * "full", or when it is not said: who changed, where the HRIS can tell and all
 * were read before; else everybody. ERR_INVALID for another word, ERR_CONFLICT
 * for what the provider cannot do.
 */
int sync_kind(struct call *c, const struct connection *conn, struct str word,
	      enum run_kind *out, struct err *err) MUST_CHECK;

/* Fetchers: look into the database. Nobody waits for it. */
void sync_wake(struct api *api, const struct connection *conn,
	       enum job_kind kind);

#endif

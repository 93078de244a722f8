/* Runs as rows, for the files that write them. */
#ifndef REGISTRY_RUN_ROWS_H
#define REGISTRY_RUN_ROWS_H

#include "registry/registry.h"
#include "registry/run.h"

#define RUN_COLUMNS                                                       \
	"r.id, r.connection, c.organization, r.kind, r.reason, r.status," \
	" r.asked_ms, r.started_ms, r.finished_ms, r.stop, r.counts,"     \
	" r.proof, r.error, r.confirmed_ms, r.confirmed_by"

/*
 * The statements that look for work; tests ask the database how it would run
 * them.
 */
#define SQL_LIST_DUE                       \
	"SELECT connection FROM schedules" \
	" WHERE next_ms <= $1 ORDER BY next_ms LIMIT $2"
#define SQL_LIST_OPEN                                \
	"SELECT " RUN_COLUMNS " FROM runs r"         \
	" JOIN connections c ON c.id = r.connection" \
	" WHERE r.finished_ms IS NULL AND r.id > $1" \
	" ORDER BY r.id LIMIT $2"

bool run_reason_find(struct str name, enum run_reason *out);
bool run_status_find(struct str name, enum run_status *out);

struct run_wish {
	struct str connection; /* is enabled */
	enum run_kind kind;
	enum run_reason reason;
	int64_t now_ms;
};

/* As registry_ask_run, inside a transaction. */
int run_ask(struct db *db, const struct run_wish *w, struct arena *a,
	    struct run *out, bool *joined, struct err *err) MUST_CHECK;

/* ERR_CONFLICT, naming what it is instead. */
int run_check_enabled(struct db *db, const char *organization,
		      struct str connection, struct arena *a,
		      struct err *err) MUST_CHECK;

/* The connection was switched off: its open run ends. In a transaction. */
int run_stop_open(struct db *db, struct str connection, int64_t now_ms,
		  struct err *err) MUST_CHECK;

/* The connection is new. In a transaction. */
int run_schedule_add(struct db *db, struct str connection,
		     struct err *err) MUST_CHECK;

/* The connection was switched on or off. In a transaction. */
int run_schedule_switch(struct db *db, struct str connection, bool on,
			int64_t now_ms, struct err *err) MUST_CHECK;

#endif

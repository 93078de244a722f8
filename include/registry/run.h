/*
 * Sync runs and schedules in the database. The console asks for runs; the
 * fetcher takes them, and writes what became of them. What a run needs to go
 * on after a crash is in Redis (queue/run.h), not here.
 */
#ifndef REGISTRY_RUN_H
#define REGISTRY_RUN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/random.h"
#include "db/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_kind {
	RUN_INITIAL,	 /* at enable: everybody, everything is sent */
	RUN_INCREMENTAL, /* who changed since the last one */
	RUN_FULL,	 /* a snapshot; who did not change is not sent */
	RUN_RECONCILE,	 /* a snapshot; all is sent, which repairs drift (R3) */
	RUN_KIND_COUNT
};

enum run_reason { RUN_ENABLED, RUN_SCHEDULED, RUN_BY_HAND, RUN_REASON_COUNT };

enum run_status {
	RUN_QUEUED,
	RUN_RUNNING,
	RUN_DONE,    /* complete: R7's proof holds, or an incremental ended */
	RUN_REFUSED, /* what came was applied; absences count for nothing (R7)
		      */
	RUN_FAILED,  /* could not go on; error says why and what to do */
	RUN_STOPPED, /* by an admin, or its connection was switched off */
	RUN_STATUS_COUNT
};

const char *run_kind_name(enum run_kind k);
const char *run_reason_name(enum run_reason r);
const char *run_status_name(enum run_status s);

bool run_kind_find(struct str name, enum run_kind *out);

#define RUN_KEPT     100	/* of a connection, beside the open one */
#define RUN_TEXT_MAX (32 << 10) /* bytes of counts, proof and error each */
#define RUN_LIST_MAX 500

#define RUN_CONFIRM_HOURS 72 /* a refused run can be confirmed so long */

struct run {
	char id[RANDOM_ID_SIZE]; /* later ones sort after earlier ones */
	char connection[RANDOM_ID_SIZE];
	char organization[RANDOM_ID_SIZE];
	enum run_kind kind;
	enum run_reason reason;
	enum run_status status;
	int64_t asked_ms;
	int64_t started_ms;   /* 0: not yet */
	int64_t finished_ms;  /* 0: not yet: the run is open */
	struct str counts;    /* JSON object: people, queued, pages, … */
	struct str proof;     /* JSON object (R7); empty: none */
	struct str error;     /* for people; empty: none */
	bool stop;	      /* it is wanted to end at the next record */
	int64_t confirmed_ms; /* 0: no admin did */
	char confirmed_by[RANDOM_ID_SIZE]; /* that admin; empty: nobody */
};

/*
 * Ask for a run: its id. One of the connection that is open is joined (R17):
 * *joined, and *out is that one; did it not start yet, it becomes of the kind
 * that sends more of both. ERR_CONFLICT when the connection is not enabled;
 * ERR_NOT_FOUND also for another organization's. NULL organization: any.
 */
int registry_ask_run(struct db *db, const char *organization,
		     struct str connection, enum run_kind kind,
		     enum run_reason reason, int64_t now_ms, struct arena *a,
		     struct run *out, bool *joined, struct err *err) MUST_CHECK;

/* The open one of a connection. ERR_NOT_FOUND: none. */
int registry_open_run(struct db *db, struct str connection, struct arena *a,
		      struct run *out, struct err *err) MUST_CHECK;

/*
 * One that runs already goes on from its first start. ERR_CONFLICT when it is
 * over.
 */
int registry_start_run(struct db *db, struct str run, int64_t now_ms,
		       struct err *err) MUST_CHECK;

/*
 * Repeating it changes nothing. counts, proof, error as in struct run. All but
 * the newest RUN_KEPT of the connection are forgotten.
 */
int registry_finish_run(struct db *db, struct str run, enum run_status status,
			struct str counts, struct str proof, struct str error,
			int64_t now_ms, struct err *err) MUST_CHECK;

/* One that did not start yet is over at once; one that is over stays so. */
int registry_stop_run(struct db *db, const char *organization, struct str run,
		      struct err *err) MUST_CHECK;

/*
 * R7: an admin says that a run which was refused found all there is. It stays
 * refused, but what it found is what the next snapshot is compared with.
 * ERR_CONFLICT when that cannot be said of it: its proof is not "confirmable",
 * a later snapshot has ended, RUN_CONFIRM_HOURS are over, or the connection is
 * not enabled. Repeating it changes nothing.
 */
int registry_confirm_run(struct db *db, const char *organization,
			 const char *admin, struct str run, int64_t now_ms,
			 struct err *err) MUST_CHECK;

int registry_get_run(struct db *db, const char *organization, struct str run,
		     struct arena *a, struct run *out,
		     struct err *err) MUST_CHECK;

/*
 * Newest first, after cursor (the last id of the page before, or empty);
 * *count at most limit, which is at most RUN_LIST_MAX.
 */
int registry_list_runs(struct db *db, const char *organization,
		       struct str connection, struct str cursor, size_t limit,
		       struct arena *a, struct run **out, size_t *count,
		       struct err *err) MUST_CHECK;

/*
 * The open ones of all connections, oldest first, after cursor: what a fetcher
 * looks for. Those that are under way are among them, since their fetcher may
 * be dead: who gets the lease (queue/run.h) goes on with it. An index finds
 * them, however many are over.
 */
int registry_list_open(struct db *db, struct str cursor, size_t limit,
		       struct arena *a, struct run **out, size_t *count,
		       struct err *err) MUST_CHECK;

/* ------------------------------------------------------------- schedules */

enum schedule {
	SCHEDULE_MANUAL,
	SCHEDULE_15_MINUTES,
	SCHEDULE_HOURLY,
	SCHEDULE_6_HOURS,
	SCHEDULE_12_HOURS,
	SCHEDULE_DAILY, /* the default */
	SCHEDULE_WEEKLY,
	SCHEDULE_COUNT
};

const char *schedule_name(enum schedule s); /* "daily" */
bool schedule_find(struct str name, enum schedule *out);

/*
 * R17: the first slot after `after_ms`. Slots are on the wall clock (UTC:
 * :00, :15, …; hours; 0 and 12; the day; Monday), moved by a jitter that is
 * the connection's own and always the same: at most a tenth of the interval
 * and 15 minutes. 0: never.
 */
int64_t schedule_next(enum schedule s, struct str connection, int64_t after_ms);

/*
 * What a connection's runs go by. A connection has it from its creation; a
 * slot only while it is enabled.
 */
struct sync_state {
	enum schedule schedule;
	int64_t next_ms;  /* the next slot; 0: none */
	int64_t since_ms; /* start of the last read that ended well; 0: none */
	int64_t full_ms;  /* start of the last accepted snapshot; 0: none */
	int64_t reconcile_ms; /* start of the last one that sent all; 0: none */
	struct str mark;      /* provider/read.h; empty: none */
	int64_t people;	      /* of the last accepted snapshot; -1: none */
	struct str accepted;  /* its proof, JSON (R7); empty: none */
};

int registry_get_sync(struct db *db, struct str connection, struct arena *a,
		      struct sync_state *out, struct err *err) MUST_CHECK;

/* Another schedule, from the next slot after now on. */
int registry_set_schedule(struct db *db, struct str connection,
			  enum schedule schedule, int64_t now_ms,
			  struct err *err) MUST_CHECK;

/*
 * Enabled connections whose slot has come, by slot; an index finds them, so
 * the cost does not grow with those that wait. For each, registry_take_slot
 * moves the slot on and asks for the run in one transaction; *taken false:
 * another fetcher did. A slot that was missed runs once.
 */
int registry_list_due(struct db *db, int64_t now_ms, size_t limit,
		      struct arena *a, struct str **out, size_t *count,
		      struct err *err) MUST_CHECK;
int registry_take_slot(struct db *db, struct str connection, int64_t now_ms,
		       enum run_kind kind, struct arena *a, struct run *out,
		       bool *taken, struct err *err) MUST_CHECK;

/* After a run that ended well. Schedule and slot in *s are not looked at. */
int registry_set_sync(struct db *db, struct str connection,
		      const struct sync_state *s, struct err *err) MUST_CHECK;

#endif

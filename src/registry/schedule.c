/* When connections are due: slots on the wall clock, each with its jitter. */
#include "base/assert.h"
#include "crypto/hmac.h"
#include "registry/run.h"
#include "rows.h"
#include "run_rows.h"

#define MINUTE	   60000LL
#define HOUR	   (60 * MINUTE)
#define DAY	   (24 * HOUR)
#define JITTER_MAX (15 * MINUTE)

static const struct slots {
	int64_t every_ms; /* 0: never */
	int64_t first_ms; /* a slot: 1970 began on a Thursday */
} slots[SCHEDULE_COUNT] = {
	[SCHEDULE_15_MINUTES] = { 15 * MINUTE, 0 },
	[SCHEDULE_HOURLY] = { HOUR, 0 },
	[SCHEDULE_6_HOURS] = { 6 * HOUR, 0 },
	[SCHEDULE_12_HOURS] = { 12 * HOUR, 0 },
	[SCHEDULE_DAILY] = { DAY, 0 },
	[SCHEDULE_WEEKLY] = { 7 * DAY, 4 * DAY },
};

/* By a digest, so that it stays the same in every version and process. */
static int64_t jitter_of(struct str connection, int64_t every_ms)
{
	int64_t limit = every_ms / 10 < JITTER_MAX ? every_ms / 10 : JITTER_MAX;
	unsigned char digest[SHA256_SIZE];
	uint32_t n = 0;

	sha256(&connection, 1, digest);
	for (size_t i = 0; i < sizeof(n); i++)
		n = n << 8 | digest[i];
	return n % limit;
}

int64_t schedule_next(enum schedule s, struct str connection, int64_t after_ms)
{
	const struct slots *x;
	int64_t first;

	ASSERT((unsigned)s < SCHEDULE_COUNT);
	x = &slots[s];
	if (!x->every_ms)
		return 0;
	first = x->first_ms + jitter_of(connection, x->every_ms);
	if (after_ms < first)
		return first;
	return first + ((after_ms - first) / x->every_ms + 1) * x->every_ms;
}

/* ------------------------------------------------------------------ rows */

int run_schedule_add(struct db *db, struct str connection, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO schedules (connection, schedule, since_ms,"
		       " full_ms, reconcile_ms, mark, people, accepted)"
		       " VALUES ($1, $2, 0, 0, 0, '', -1, '')",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	db_bind_z(s, 2, schedule_name(SCHEDULE_DAILY));
	return db_run(s, err);
}

/* next_ms 0: none. */
static int set_slot(struct db *db, struct str connection,
		    enum schedule schedule, int64_t next_ms, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE schedules SET schedule = $1, next_ms = $2"
		       " WHERE connection = $3",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, schedule_name(schedule));
	if (next_ms)
		db_bind_int(s, 2, next_ms);
	else
		db_bind_null(s, 2);
	db_bind_str(s, 3, connection);
	return db_run(s, err);
}

int registry_get_sync(struct db *db, struct str connection, struct arena *a,
		      struct sync_state *out, struct err *err)
{
	struct sync_state state = { 0 };
	enum db_step step;
	struct db_stmt *s;
	bool known;

	if (db_prepare(db, &s,
		       "SELECT schedule, next_ms, since_ms, full_ms,"
		       " reconcile_ms, mark, people, accepted FROM schedules"
		       " WHERE connection = $1",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	if (db_step(s, &step, err) < 0)
		return -1;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "no such connection");
	known = schedule_find(db_str(s, 0), &state.schedule);
	state.next_ms = db_int(s, 1);
	state.since_ms = db_int(s, 2);
	state.full_ms = db_int(s, 3);
	state.reconcile_ms = db_int(s, 4);
	state.mark = arena_dup(a, db_str(s, 5));
	state.people = db_int(s, 6);
	state.accepted = arena_dup(a, db_str(s, 7));
	db_reset(s);
	if (!known)
		return err_set(err, ERR_BUG,
			       "a schedule is of another version");
	if (!state.mark.ptr || !state.accepted.ptr)
		return arena_full(a, err);
	*out = state;
	return 0;
}

int registry_set_sync(struct db *db, struct str connection,
		      const struct sync_state *state, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE schedules SET since_ms = $1, full_ms = $2,"
		       " reconcile_ms = $3, mark = $4, people = $5,"
		       " accepted = $6 WHERE connection = $7",
		       err) < 0)
		return -1;
	db_bind_int(s, 1, state->since_ms);
	db_bind_int(s, 2, state->full_ms);
	db_bind_int(s, 3, state->reconcile_ms);
	db_bind_str(s, 4, state->mark);
	db_bind_int(s, 5, state->people);
	db_bind_str(s, 6, state->accepted);
	db_bind_str(s, 7, connection);
	return db_run(s, err);
}

/* -------------------------------------------------------------- switching */

/* What set_slot needs to know; the mark is not looked at. */
static int read_schedule(struct db *db, struct str connection,
			 struct sync_state *out, struct err *err)
{
	struct arena a;
	int result;

	arena_init(&a, 64 << 10);
	result = registry_get_sync(db, connection, &a, out, err);
	out->mark = str_none();
	arena_release(&a);
	return result;
}

int run_schedule_switch(struct db *db, struct str connection, bool on,
			int64_t now_ms, struct err *err)
{
	struct sync_state state;
	int64_t next_ms = 0;

	if (read_schedule(db, connection, &state, err) < 0)
		return -1;
	if (on)
		next_ms = schedule_next(state.schedule, connection, now_ms);
	return set_slot(db, connection, state.schedule, next_ms, err);
}

static int set_schedule_in_transaction(struct db *db, struct str connection,
				       enum schedule schedule, int64_t now_ms,
				       struct err *err)
{
	struct connection c;
	int64_t next_ms = 0;
	struct arena a;
	int result;

	arena_init(&a, 256 << 10);
	result = registry_get_connection(db, NULL, connection, &a, &c, err);
	if (result == 0 && c.status == CONNECTION_ENABLED)
		next_ms = schedule_next(schedule, connection, now_ms);
	if (result == 0)
		result = set_slot(db, connection, schedule, next_ms, err);
	arena_release(&a);
	return result;
}

int registry_set_schedule(struct db *db, struct str connection,
			  enum schedule schedule, int64_t now_ms,
			  struct err *err)
{
	if (db_begin(db, err) < 0)
		return -1;
	return rows_commit(db,
			   set_schedule_in_transaction(db, connection, schedule,
						       now_ms, err),
			   err);
}

/* -------------------------------------------------------------------- due */

static int read_due(struct db_stmt *s, struct arena *a, void *row,
		    struct err *err)
{
	struct str *connection = row;

	*connection = arena_dup(a, db_str(s, 0));
	return connection->ptr ? 0 : arena_full(a, err);
}

int registry_list_due(struct db *db, int64_t now_ms, size_t limit,
		      struct arena *a, struct str **out, size_t *count,
		      struct err *err)
{
	struct db_stmt *s;
	void *list;

	if (db_prepare(db, &s, SQL_LIST_DUE, err) < 0)
		return -1;
	db_bind_int(s, 1, now_ms);
	db_bind_int(s, 2, (int64_t)limit);
	if (rows_read(s, limit, sizeof(**out), read_due, a, &list, count, err) <
	    0)
		return -1;
	*out = list;
	return 0;
}

/* The next slot is counted from now: however many were missed, one runs. */
static int move_slot(struct db *db, struct str connection, int64_t now_ms,
		     bool *moved, struct err *err)
{
	struct sync_state state;

	if (read_schedule(db, connection, &state, err) < 0)
		return -1;
	*moved = state.next_ms && state.next_ms <= now_ms;
	if (!*moved)
		return 0;
	return set_slot(db, connection, state.schedule,
			schedule_next(state.schedule, connection, now_ms), err);
}

int registry_take_slot(struct db *db, struct str connection, int64_t now_ms,
		       enum run_kind kind, struct arena *a, struct run *out,
		       bool *taken, struct err *err)
{
	const struct run_wish w = { connection, kind, RUN_SCHEDULED, now_ms };
	bool moved = false, joined;
	struct run run;
	int result;

	if (db_begin(db, err) < 0)
		return -1;
	result = move_slot(db, connection, now_ms, &moved, err);
	if (result == 0 && moved)
		result = run_ask(db, &w, a, &run, &joined, err);
	if (rows_commit(db, result, err) < 0)
		return -1;
	if (moved)
		*out = run;
	*taken = moved;
	return 0;
}

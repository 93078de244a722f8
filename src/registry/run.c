/* Runs: asked for, started, ended. */
#include "registry/run.h"

#include "base/assert.h"
#include "base/clock.h"
#include "rows.h"
#include "run_rows.h"

/* ---------------------------------------------------------------- asking */

/* Of two wishes the one that sends more. */
static const int reach[RUN_KIND_COUNT] = {
	[RUN_INCREMENTAL] = 0,
	[RUN_FULL] = 1,
	[RUN_RECONCILE] = 2,
	[RUN_INITIAL] = 3,
};

static int insert(struct db *db, const struct run_wish *w, struct err *err)
{
	char id[RANDOM_ID_SIZE];
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO runs (id, connection, kind, reason,"
		       " status, asked_ms, stop, counts, proof, error)"
		       " VALUES ($1, $2, $3, $4, 'queued', $5, 0, '{}', '',"
		       " '')",
		       err) < 0)
		return -1;
	random_sorted_id(id, w->now_ms);
	db_bind_z(s, 1, id);
	db_bind_str(s, 2, w->connection);
	db_bind_z(s, 3, run_kind_name(w->kind));
	db_bind_z(s, 4, run_reason_name(w->reason));
	db_bind_int(s, 5, w->now_ms);
	return db_run(s, err);
}

static int widen(struct db *db, struct run *r, enum run_kind kind,
		 struct err *err)
{
	struct db_stmt *s;

	if (r->status != RUN_QUEUED || reach[kind] <= reach[r->kind])
		return 0;
	if (db_prepare(db, &s, "UPDATE runs SET kind = $1 WHERE id = $2", err) <
	    0)
		return -1;
	db_bind_z(s, 1, run_kind_name(kind));
	db_bind_z(s, 2, r->id);
	r->kind = kind;
	return db_run(s, err);
}

int run_ask(struct db *db, const struct run_wish *w, struct arena *a,
	    struct run *out, bool *joined, struct err *err)
{
	struct err why = { 0 };

	*joined = registry_open_run(db, w->connection, a, out, &why) == 0;
	if (*joined)
		return widen(db, out, w->kind, err);
	if (why.kind != ERR_NOT_FOUND)
		return err_set(err, why.kind, "%s", why.text);
	if (insert(db, w, err) < 0)
		return -1;
	return registry_open_run(db, w->connection, a, out, err);
}

int run_check_enabled(struct db *db, const char *organization,
		      struct str connection, struct arena *a, struct err *err)
{
	struct connection c;

	if (registry_get_connection(db, organization, connection, a, &c, err) <
	    0)
		return -1;
	if (c.status == CONNECTION_ENABLED)
		return 0;
	return err_set(err, ERR_CONFLICT,
		       "the connection is not enabled (it is %s): enable it "
		       "first",
		       connection_status_name(c.status));
}

int registry_ask_run(struct db *db, const char *organization,
		     struct str connection, enum run_kind kind,
		     enum run_reason reason, int64_t now_ms, struct arena *a,
		     struct run *out, bool *joined, struct err *err)
{
	const struct run_wish w = { connection, kind, reason, now_ms };
	bool was_open = false;
	struct run run;
	int result;

	if (db_begin(db, err) < 0)
		return -1;
	result = run_check_enabled(db, organization, connection, a, err);
	if (result == 0)
		result = run_ask(db, &w, a, &run, &was_open, err);
	if (rows_commit(db, result, err) < 0)
		return -1;
	*out = run;
	*joined = was_open;
	return 0;
}

/* -------------------------------------------------------- start, finish */

int registry_start_run(struct db *db, struct str run, int64_t now_ms,
		       struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE runs SET status = 'running',"
		       " started_ms = coalesce(started_ms, $1)"
		       " WHERE id = $2 AND finished_ms IS NULL",
		       err) < 0)
		return -1;
	db_bind_int(s, 1, now_ms);
	db_bind_str(s, 2, run);
	if (db_run(s, err) < 0)
		return -1;
	if (db_changes(db) == 0)
		return err_set(err, ERR_CONFLICT, "the run is over");
	return 0;
}

static int check_texts(struct str counts, struct str proof, struct str error,
		       struct err *err)
{
	if (counts.len <= RUN_TEXT_MAX && proof.len <= RUN_TEXT_MAX &&
	    error.len <= RUN_TEXT_MAX)
		return 0;
	return err_set(err, ERR_LIMIT,
		       "counts, proof or error of a run is longer than %d "
		       "bytes",
		       RUN_TEXT_MAX);
}

/* What is older than the newest RUN_KEPT. */
static int prune(struct db *db, struct str run, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "DELETE FROM runs WHERE finished_ms IS NOT NULL"
		       " AND connection ="
		       " (SELECT connection FROM runs WHERE id = $1)"
		       " AND id <= (SELECT id FROM runs WHERE connection ="
		       " (SELECT connection FROM runs WHERE id = $1)"
		       " ORDER BY id DESC LIMIT 1 OFFSET $2)",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, run);
	db_bind_int(s, 2, RUN_KEPT);
	return db_run(s, err);
}

struct ending {
	enum run_status status;
	struct str counts;
	struct str proof;
	struct str error;
	int64_t now_ms;
};

static int finish_in_transaction(struct db *db, struct str run,
				 const struct ending *e, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE runs SET status = $1, counts = $2, proof = $3,"
		       " error = $4, finished_ms = $5"
		       " WHERE id = $6 AND finished_ms IS NULL",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, run_status_name(e->status));
	db_bind_str(s, 2, e->counts.len ? e->counts : STR("{}"));
	db_bind_str(s, 3, e->proof);
	db_bind_str(s, 4, e->error);
	db_bind_int(s, 5, e->now_ms);
	db_bind_str(s, 6, run);
	if (db_run(s, err) < 0)
		return -1;
	return db_changes(db) ? prune(db, run, err) : 0;
}

int registry_finish_run(struct db *db, struct str run, enum run_status status,
			struct str counts, struct str proof, struct str error,
			int64_t now_ms, struct err *err)
{
	const struct ending e = { status, counts, proof, error, now_ms };

	ASSERT(status > RUN_RUNNING);
	if (check_texts(counts, proof, error, err) < 0 || db_begin(db, err) < 0)
		return -1;
	return rows_commit(db, finish_in_transaction(db, run, &e, err), err);
}

/* -------------------------------------------------------------- stopping */

/* What did not start is over; what runs is asked to end. */
static int stop(struct db *db, const struct run *r, int64_t now_ms,
		struct err *err)
{
	struct db_stmt *s;

	if (r->finished_ms)
		return 0;
	if (r->status == RUN_QUEUED) {
		const struct ending e = { .status = RUN_STOPPED,
					  .now_ms = now_ms };

		return finish_in_transaction(db, str_of(r->id), &e, err);
	}
	if (db_prepare(db, &s, "UPDATE runs SET stop = 1 WHERE id = $1", err) <
	    0)
		return -1;
	db_bind_z(s, 1, r->id);
	return db_run(s, err);
}

int run_stop_open(struct db *db, struct str connection, int64_t now_ms,
		  struct err *err)
{
	struct err why = { 0 };
	struct arena a;
	struct run r;
	int result;

	arena_init(&a, 4 * RUN_TEXT_MAX);
	result = registry_open_run(db, connection, &a, &r, &why);
	if (result == 0)
		result = stop(db, &r, now_ms, err);
	else if (why.kind == ERR_NOT_FOUND)
		result = 0;
	else
		err_fill(err, why.kind, "%s", why.text);
	arena_release(&a);
	return result;
}

static int stop_in_transaction(struct db *db, const char *organization,
			       struct str run, struct err *err)
{
	struct arena a;
	struct run r;
	int result;

	arena_init(&a, 4 * RUN_TEXT_MAX);
	result = registry_get_run(db, organization, run, &a, &r, err);
	if (result == 0)
		result = stop(db, &r, clock_wall_ms(), err);
	arena_release(&a);
	return result;
}

int registry_stop_run(struct db *db, const char *organization, struct str run,
		      struct err *err)
{
	if (db_begin(db, err) < 0)
		return -1;
	return rows_commit(db, stop_in_transaction(db, organization, run, err),
			   err);
}

/* Runs as rows: reading them. */
#include "run_rows.h"

#include "base/assert.h"
#include "rows.h"

static int read_words(struct db_stmt *s, struct run *r, struct err *err)
{
	if (run_kind_find(db_str(s, 3), &r->kind) &&
	    run_reason_find(db_str(s, 4), &r->reason) &&
	    run_status_find(db_str(s, 5), &r->status))
		return 0;
	return err_set(err, ERR_BUG, "run %s has a word of another version",
		       r->id);
}

static int read_row(struct db_stmt *s, struct arena *a, void *row,
		    struct err *err)
{
	struct run *r = row;

	*r = (struct run){
		.asked_ms = db_int(s, 6),
		.started_ms = db_int(s, 7),
		.finished_ms = db_int(s, 8),
		.stop = db_int(s, 9) != 0,
		.counts = arena_dup(a, db_str(s, 10)),
		.proof = arena_dup(a, db_str(s, 11)),
		.error = arena_dup(a, db_str(s, 12)),
		.confirmed_ms = db_int(s, 13),
	};
	rows_copy_id(r->id, db_str(s, 0));
	rows_copy_id(r->connection, db_str(s, 1));
	rows_copy_id(r->organization, db_str(s, 2));
	rows_copy_id(r->confirmed_by, db_str(s, 14));
	if (!r->counts.ptr || !r->proof.ptr || !r->error.ptr)
		return arena_full(a, err);
	return read_words(s, r, err);
}

static int read_rows(struct db_stmt *s, size_t limit, struct arena *a,
		     struct run **out, size_t *count, struct err *err)
{
	void *list;

	if (rows_read(s, limit, sizeof(**out), read_row, a, &list, count, err) <
	    0)
		return -1;
	*out = list;
	return 0;
}

/* Of a statement that gives one row at most. */
static int read_one(struct db_stmt *s, struct arena *a, struct run *out,
		    struct err *err)
{
	struct run *list;
	size_t count;

	if (read_rows(s, 1, a, &list, &count, err) < 0)
		return -1;
	if (count == 0)
		return err_set(err, ERR_NOT_FOUND, "no such run");
	*out = list[0];
	return 0;
}

int registry_open_run(struct db *db, struct str connection, struct arena *a,
		      struct run *out, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "SELECT " RUN_COLUMNS " FROM runs r"
		       " JOIN connections c ON c.id = r.connection"
		       " WHERE r.connection = $1 AND r.finished_ms IS NULL",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	return read_one(s, a, out, err);
}

int registry_get_run(struct db *db, const char *organization, struct str run,
		     struct arena *a, struct run *out, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "SELECT " RUN_COLUMNS " FROM runs r"
		       " JOIN connections c ON c.id = r.connection"
		       " WHERE r.id = $1 AND (CAST($2 AS TEXT) IS NULL"
		       " OR c.organization = $2)",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, run);
	db_bind_z(s, 2, organization);
	return read_one(s, a, out, err);
}

int registry_list_runs(struct db *db, const char *organization,
		       struct str connection, struct str cursor, size_t limit,
		       struct arena *a, struct run **out, size_t *count,
		       struct err *err)
{
	struct db_stmt *s;

	ASSERT(limit <= RUN_LIST_MAX);
	if (db_prepare(db, &s,
		       "SELECT " RUN_COLUMNS " FROM runs r"
		       " JOIN connections c ON c.id = r.connection"
		       " WHERE r.connection = $1 AND c.organization = $2"
		       " AND ($3 = '' OR r.id < $3)"
		       " ORDER BY r.id DESC LIMIT $4",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	db_bind_z(s, 2, organization);
	db_bind_str(s, 3, cursor);
	db_bind_int(s, 4, (int64_t)limit);
	return read_rows(s, limit, a, out, count, err);
}

int registry_list_open(struct db *db, struct str cursor, size_t limit,
		       struct arena *a, struct run **out, size_t *count,
		       struct err *err)
{
	struct db_stmt *s;

	ASSERT(limit <= RUN_LIST_MAX);
	if (db_prepare(db, &s, SQL_LIST_OPEN, err) < 0)
		return -1;
	db_bind_str(s, 1, cursor);
	db_bind_int(s, 2, (int64_t)limit);
	return read_rows(s, limit, a, out, count, err);
}

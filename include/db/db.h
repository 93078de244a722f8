/*
 * SQL: one text of a statement for every driver (sqlite:/path now,
 * postgresql:// later). Parameters are written $1, $2, … in the order of their
 * first use, types TEXT, BIGINT and BYTEA, and only what both know (ON
 * CONFLICT, RETURNING, CASE) is used: no function of one database alone. In
 * particular "now" is a parameter.
 *
 * A database belongs to one process and may block it briefly: never open one
 * on a loop that serves webhooks.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_stmt;

enum db_mode {
	DB_READ_WRITE, /* makes the file when it is not there, mode 0600 */
	DB_READ_ONLY
};

/*
 * ERR_CONFIG for a scheme that is not known, or a file that is no database of
 * ours; ERR_TEMP when it is not there or cannot be reached.
 */
int db_open(struct db **out, const char *url, enum db_mode mode,
	    struct err *err) MUST_CHECK;
void db_close(struct db **db);

/* How long a statement waits for another writer: at first 5 s. */
void db_set_wait_ms(struct db *db, int ms);

/*
 * Compile, once: the same text gives the same statement again, reset and
 * without parameters. Owned by the database. sql is a literal of ours, never
 * built from input: it is borrowed for the life of the database.
 */
int db_prepare(struct db *db, struct db_stmt **out, const char *sql,
	       struct err *err) MUST_CHECK;

/*
 * i counts from 1. Text and blob are borrowed until the statement is reset. A
 * pointer that is NULL is an empty text or blob, but for db_bind_z. Text holds
 * no NUL: no driver could store it; the step then fails with ERR_INVALID.
 */
void db_bind_int(struct db_stmt *s, int i, int64_t n);
void db_bind_str(struct db_stmt *s, int i, struct str text);
void db_bind_z(struct db_stmt *s, int i, const char *text); /* NULL: null */
void db_bind_blob(struct db_stmt *s, int i, struct str bytes);
void db_bind_null(struct db_stmt *s, int i);

enum db_step { DB_ROW, DB_DONE };

/*
 * The next row. At DB_DONE and on failure the statement is reset; who stops
 * before calls db_reset, or the database keeps old rows for it.
 *
 * ERR_TEMP when busy, full or broken down; ERR_CONFLICT for a unique or
 * foreign key violated; ERR_CONFIG when the database is damaged.
 */
int db_step(struct db_stmt *s, enum db_step *out, struct err *err) MUST_CHECK;

/* For a statement without rows: step to the end. */
int db_run(struct db_stmt *s, struct err *err) MUST_CHECK;

/* Parameters are forgotten too. */
void db_reset(struct db_stmt *s);

/* Of the current row, i from 0. Borrowed until the next step or reset. */
bool db_is_null(const struct db_stmt *s, int i);
int64_t db_int(const struct db_stmt *s, int i);	   /* 0 for null */
struct str db_str(const struct db_stmt *s, int i); /* ptr NULL for null only */

/* Rows that the last INSERT, UPDATE or DELETE changed. */
int64_t db_changes(const struct db *db);

/* Several statements without parameters: for migrations. */
int db_exec(struct db *db, const char *sql, struct err *err) MUST_CHECK;

/*
 * A writing transaction; takes the write lock at once, so that what was read
 * in it holds until the commit. They do not nest: see db_savepoint.
 */
int db_begin(struct db *db, struct err *err) MUST_CHECK;

/*
 * On -1 the transaction is over and nothing of it will be seen, but for
 * ERR_UNCERTAIN: then it is not known whether it was committed.
 */
int db_commit(struct db *db, struct err *err) MUST_CHECK;

/* Harmless without a transaction. */
void db_rollback(struct db *db);

/*
 * Inside a transaction: undo a part of it. Names are literals of ours.
 *
 * After a statement failed in a transaction, nothing but db_rollback or
 * db_savepoint_rollback is of use: all else fails with ERR_TEMP until then. To
 * go on after a conflict, set a savepoint before, or use ON CONFLICT.
 */
int db_savepoint(struct db *db, const char *name, struct err *err) MUST_CHECK;
int db_savepoint_release(struct db *db, const char *name,
			 struct err *err) MUST_CHECK;

/* The savepoint is gone after it. */
void db_savepoint_rollback(struct db *db, const char *name);

#endif

/*
 * SQL: one text of a statement for every driver (sqlite:/path now; the
 * parameters are written $1, $2, … in the order of their first use, as
 * PostgreSQL has them). A database belongs to one process and may block it
 * briefly: never open one on a loop that serves webhooks.
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

enum db_mode { DB_READ_WRITE, DB_READ_ONLY };

/* ERR_CONFIG for a scheme that is not known; ERR_TEMP when it is not there. */
int db_open(struct db **out, const char *url, enum db_mode mode,
	    struct err *err) MUST_CHECK;
void db_close(struct db **db);

/*
 * Compile, once: the same text gives the same statement again, reset and
 * without parameters. Owned by the database. sql is a literal of ours, never
 * built from input.
 */
int db_prepare(struct db *db, struct db_stmt **out, const char *sql,
	       struct err *err) MUST_CHECK;

/* i counts from 1. Text and blob are borrowed until the statement is reset. */
void db_bind_int(struct db_stmt *s, int i, int64_t n);
void db_bind_str(struct db_stmt *s, int i, struct str text);
void db_bind_z(struct db_stmt *s, int i, const char *text); /* NULL: null */
void db_bind_blob(struct db_stmt *s, int i, struct str bytes);
void db_bind_null(struct db_stmt *s, int i);

enum db_step { DB_ROW, DB_DONE };

/* ERR_TEMP when busy; ERR_CONFLICT for a unique or foreign key violated. */
int db_step(struct db_stmt *s, enum db_step *out, struct err *err) MUST_CHECK;

/* For a statement without rows: step to the end and reset. */
int db_run(struct db_stmt *s, struct err *err) MUST_CHECK;
void db_reset(struct db_stmt *s);

/* Of the current row, i from 0. Borrowed until the next step or reset. */
bool db_is_null(const struct db_stmt *s, int i);
int64_t db_int(const struct db_stmt *s, int i);
struct str db_str(const struct db_stmt *s, int i); /* ptr NULL for null */

/* Rows that the last statement changed. */
int64_t db_changes(const struct db *db);

/* Several statements without parameters: for migrations. */
int db_exec(struct db *db, const char *sql, struct err *err) MUST_CHECK;

/* A writing transaction; takes the write lock at once. */
int db_begin(struct db *db, struct err *err) MUST_CHECK;

/* ERR_UNCERTAIN when it is not known whether it was committed. */
int db_commit(struct db *db, struct err *err) MUST_CHECK;
void db_rollback(struct db *db);

/* Inside a transaction: undo a part of it. Names are literals of ours. */
int db_savepoint(struct db *db, const char *name, struct err *err) MUST_CHECK;
int db_savepoint_release(struct db *db, const char *name,
			 struct err *err) MUST_CHECK;
void db_savepoint_rollback(struct db *db, const char *name);

#endif

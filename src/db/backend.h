/* What a driver provides. Included by src/db/ only. */
#ifndef DB_BACKEND_H
#define DB_BACKEND_H

#include "base/map.h"
#include "db/db.h"

/*
 * Every function is required. Contracts are those of the function of the same
 * name in db.h; what is common to all drivers is done in db.c before:
 * the cache of statements, the state of the transaction, the check of texts.
 */
struct db_ops {
	const char *scheme; /* "sqlite" */

	/* where is the url without its scheme and colon. */
	int (*open)(struct db **out, const char *where, enum db_mode mode,
		    struct err *err);
	void (*close)(struct db *db); /* statements were finalized before */
	void (*set_wait_ms)(struct db *db, int ms);

	int (*prepare)(struct db *db, struct db_stmt **out, const char *sql,
		       struct err *err);
	void (*finalize)(struct db_stmt *s);
	int (*parameters)(const struct db_stmt *s); /* how many */
	int (*bind_int)(struct db_stmt *s, int i, int64_t n);
	int (*bind_text)(struct db_stmt *s, int i, struct str text);
	int (*bind_blob)(struct db_stmt *s, int i, struct str bytes);
	int (*bind_null)(struct db_stmt *s, int i);
	int (*step)(struct db_stmt *s, enum db_step *out, struct err *err);
	void (*reset)(struct db_stmt *s);

	bool (*is_null)(const struct db_stmt *s, int i);
	int64_t (*get_int)(const struct db_stmt *s, int i);
	struct str (*get_str)(const struct db_stmt *s, int i);

	int64_t (*changes)(const struct db *db);
	int (*exec)(struct db *db, const char *sql, struct err *err);
	int (*begin)(struct db *db, struct err *err);
	int (*commit)(struct db *db, struct err *err);
	int (*rollback)(struct db *db, struct err *err);

	/* False once the database has given up the transaction by itself. */
	bool (*in_transaction)(const struct db *db);
	int (*has_table)(struct db *db, const char *name, bool *out,
			 struct err *err);
};

extern const struct db_ops db_sqlite;

/* Made with mem_new and freed by the driver, which owns the handle. */
struct db {
	const struct db_ops *ops;
	void *handle;	       /* of the driver's library */
	struct map statements; /* by their text */
	bool begun;	       /* between db_begin and its end */
	bool spoiled;	       /* something failed in it and was not undone */
};

struct db_stmt {
	struct db *db;
	void *handle;
	const char *sql;
	struct err bound; /* the first parameter that was refused */
};

#endif

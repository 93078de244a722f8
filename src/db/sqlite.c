/* SQLite: one file, one writer at a time, readers beside it (WAL). */
#include "backend.h"
#include "base/assert.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MODE    0600
#define WAIT_MS	     5000 /* for another writer, until told otherwise */
#define WAIT_STEP_MS 5
#define VALUE_MAX    (16 << 20) /* bytes of a text, a blob or a row */
#define SQL_MAX	     (256 << 10)

static sqlite3 *handle_of(const struct db *db)
{
	return db->handle;
}

static sqlite3_stmt *stmt_of(const struct db_stmt *s)
{
	return s->handle;
}

/*
 * What to do after a failure. An extended code is looked for first, then the
 * primary one that is its low byte (https://sqlite.org/rescode.html).
 */
static const struct code {
	int code;
	enum err_kind kind;
} codes[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, ERR_CONFLICT },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, ERR_CONFLICT },
	{ SQLITE_CONSTRAINT_ROWID, ERR_CONFLICT },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, ERR_CONFLICT },
	{ SQLITE_BUSY, ERR_TEMP },
	{ SQLITE_LOCKED, ERR_TEMP },
	{ SQLITE_FULL, ERR_TEMP },
	{ SQLITE_IOERR, ERR_TEMP },
	{ SQLITE_NOMEM, ERR_TEMP },
	{ SQLITE_INTERRUPT, ERR_TEMP },
	{ SQLITE_PROTOCOL, ERR_TEMP },
	{ SQLITE_SCHEMA, ERR_TEMP },
	{ SQLITE_CANTOPEN, ERR_TEMP },
	{ SQLITE_TOOBIG, ERR_LIMIT },
	{ SQLITE_CORRUPT, ERR_CONFIG },
	{ SQLITE_NOTADB, ERR_CONFIG },
	{ SQLITE_READONLY, ERR_CONFIG },
	{ SQLITE_PERM, ERR_CONFIG },
};

static enum err_kind kind_of(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return codes[i].kind;
	if (code != (code & 0xff))
		return kind_of(code & 0xff);
	return ERR_BUG;
}

/*
 * SQLite's words name tables and columns, never values. They are copied at
 * once: the next call on the handle replaces them.
 */
static int fail_as(const struct db *db, enum err_kind kind, struct err *err)
{
	return err_set(err, kind, "database: %s",
		       sqlite3_errmsg(handle_of(db)));
}

static int fail(const struct db *db, struct err *err)
{
	return fail_as(db, kind_of(sqlite3_extended_errcode(handle_of(db))),
		       err);
}

static int sqlite_exec(struct db *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(db, err);
	return 0;
}

/* ------------------------------------------------------------- open, close */

/*
 * SQLite would make the file readable for others. Only a new one is touched:
 * closing a descriptor of a file that this process has open already would
 * drop SQLite's locks (fcntl(2), "advisory record locking").
 */
static int make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

	if (fd < 0 && errno != EEXIST)
		return err_set(err, ERR_TEMP, "cannot make %s: %s", path,
			       strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return 0;
}

static void configure_handle(sqlite3 *h)
{
	static const int switches[][2] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		/* "text" in double quotes is a name, as in PostgreSQL */
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		int rc = sqlite3_db_config(h, switches[i][0], switches[i][1],
					   NULL);

		ASSERT(rc == SQLITE_OK);
	}
	(void)sqlite3_busy_timeout(h, WAIT_MS);
	(void)sqlite3_limit(h, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	(void)sqlite3_limit(h, SQLITE_LIMIT_SQL_LENGTH, SQL_MAX);
	(void)sqlite3_limit(h, SQLITE_LIMIT_ATTACHED, 0);
}

/*
 * synchronous=FULL: a commit is on disk when it returns, also in WAL mode.
 * The log is folded back every 8,000 pages (32 MiB), so that a page that many
 * transactions change is written back once, and cut to 64 MiB at most. The
 * cache is 64 MiB when all of it is used. No mmap: with it, a disk that fails
 * is a signal and no error.
 */
static const char pragmas[] = "PRAGMA synchronous = FULL;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA cache_size = -65536;"
			      "PRAGMA mmap_size = 0;"
			      "PRAGMA wal_autocheckpoint = 8000;"
			      "PRAGMA journal_size_limit = 67108864;";

/* Of a switch to WAL: its result, and whether it is now on. */
static int switch_to_wal(struct db *db, bool *is_wal)
{
	const char *mode = NULL;
	sqlite3_stmt *s;

	*is_wal = false;
	if (sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode = WAL", -1, &s,
			       NULL) != SQLITE_OK)
		return sqlite3_errcode(handle_of(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		mode = (const char *)sqlite3_column_text(s, 0);
	*is_wal = mode && !strcmp(mode, "wal");
	return sqlite3_finalize(s);
}

/*
 * When processes open a new file at once, the switch gives SQLITE_BUSY without
 * waiting as every other statement does: so it is waited for here.
 */
static int set_journal(struct db *db, struct err *err)
{
	bool is_wal;
	int rc = switch_to_wal(db, &is_wal);

	for (int ms = 0; (rc & 0xff) == SQLITE_BUSY && ms < WAIT_MS;
	     ms += WAIT_STEP_MS) {
		(void)sqlite3_sleep(WAIT_STEP_MS);
		rc = switch_to_wal(db, &is_wal);
	}
	if (rc != SQLITE_OK)
		return fail(db, err);
	if (!is_wal)
		return err_set(err, ERR_CONFIG,
			       "this file system cannot share memory, which "
			       "a write-ahead log needs: use a local one");
	return 0;
}

static int open_handle(struct db *db, const char *path, enum db_mode mode,
		       struct err *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (mode == DB_READ_ONLY ? SQLITE_OPEN_READONLY
					  : SQLITE_OPEN_READWRITE);
	sqlite3 *handle = NULL;
	int rc;

	if (mode == DB_READ_WRITE && make_file(path, err) < 0)
		return -1;
	rc = sqlite3_open_v2(path, &handle, flags, NULL);
	db->handle = handle;
	if (rc != SQLITE_OK)
		return handle ? fail(db, err)
			      : err_set(err, ERR_TEMP, "out of memory");
	configure_handle(handle);
	if (mode == DB_READ_WRITE && set_journal(db, err) < 0)
		return -1;
	return sqlite_exec(db, pragmas, err);
}

static void sqlite_close(struct db *db)
{
	(void)sqlite3_close_v2(db->handle);
	free(db);
}

static int sqlite_open(struct db **out, const char *where, enum db_mode mode,
		       struct err *err)
{
	struct db *db;

	if (!where[0] || where[0] == ':')
		return err_set(err, ERR_CONFIG,
			       "store: sqlite: needs a path, as in "
			       "sqlite:/var/lib/hrisd/hrisd.db");
	db = mem_new(sizeof(*db));
	if (open_handle(db, where, mode, err) < 0) {
		sqlite_close(db);
		return err_prefix(err, "%s", where);
	}
	*out = db;
	return 0;
}

static void sqlite_set_wait_ms(struct db *db, int ms)
{
	(void)sqlite3_busy_timeout(handle_of(db), ms);
}

/* -------------------------------------------------------------- statements */

static int sqlite_prepare(struct db *db, struct db_stmt **out, const char *sql,
			  struct err *err)
{
	struct db_stmt *s;
	sqlite3_stmt *handle;
	const char *rest;

	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &handle, &rest) != SQLITE_OK)
		return fail(db, err);
	ASSERT(handle && !*rest); /* one statement, and not an empty one */
	s = mem_new(sizeof(*s));
	s->handle = handle;
	*out = s;
	return 0;
}

static void sqlite_finalize(struct db_stmt *s)
{
	(void)sqlite3_finalize(stmt_of(s));
	free(s);
}

/*
 * "$1" is a name to SQLite: it gets the next number at its first use. The
 * order of first use that db.h asks for makes both numbers the same.
 */
static int sqlite_parameters(const struct db_stmt *s)
{
	return sqlite3_bind_parameter_count(stmt_of(s));
}

static int sqlite_bind_int(struct db_stmt *s, int i, int64_t n)
{
	return sqlite3_bind_int64(stmt_of(s), i, n) == SQLITE_OK ? 0 : -1;
}

static int sqlite_bind_text(struct db_stmt *s, int i, struct str text)
{
	return sqlite3_bind_text64(stmt_of(s), i, text.len ? text.ptr : "",
				   text.len, SQLITE_STATIC,
				   SQLITE_UTF8) == SQLITE_OK
		       ? 0
		       : -1;
}

static int sqlite_bind_blob(struct db_stmt *s, int i, struct str bytes)
{
	return sqlite3_bind_blob64(stmt_of(s), i, bytes.len ? bytes.ptr : "",
				   bytes.len, SQLITE_STATIC) == SQLITE_OK
		       ? 0
		       : -1;
}

static int sqlite_bind_null(struct db_stmt *s, int i)
{
	return sqlite3_bind_null(stmt_of(s), i) == SQLITE_OK ? 0 : -1;
}

static int sqlite_step(struct db_stmt *s, enum db_step *out, struct err *err)
{
	switch (sqlite3_step(stmt_of(s))) {
	case SQLITE_ROW:
		*out = DB_ROW;
		return 0;
	case SQLITE_DONE:
		*out = DB_DONE;
		return 0;
	default:
		return fail(s->db, err);
	}
}

static void sqlite_reset(struct db_stmt *s)
{
	/* Repeats the error of the last step, which has been told. */
	(void)sqlite3_reset(stmt_of(s));
	(void)sqlite3_clear_bindings(stmt_of(s));
}

static bool sqlite_is_null(const struct db_stmt *s, int i)
{
	return sqlite3_column_type(stmt_of(s), i) == SQLITE_NULL;
}

static int64_t sqlite_get_int(const struct db_stmt *s, int i)
{
	return sqlite3_column_int64(stmt_of(s), i);
}

/* A text as a blob is its bytes in UTF-8: no conversion, and NULs stay. */
static struct str sqlite_get_str(const struct db_stmt *s, int i)
{
	const char *bytes;

	if (sqlite_is_null(s, i))
		return (struct str){ 0 };
	bytes = sqlite3_column_blob(stmt_of(s), i);
	return (struct str){ bytes ? bytes : "",
			     (size_t)sqlite3_column_bytes(stmt_of(s), i) };
}

static int64_t sqlite_changes(const struct db *db)
{
	return sqlite3_changes64(handle_of(db));
}

/* ------------------------------------------------------------ transactions */

static int sqlite_begin(struct db *db, struct err *err)
{
	return sqlite_exec(db, "BEGIN IMMEDIATE", err);
}

/*
 * An input/output error here may come after the last frame was written: then
 * a recovery would find the transaction whole.
 */
static int sqlite_commit(struct db *db, struct err *err)
{
	enum err_kind kind;
	int code;

	if (sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	code = sqlite3_extended_errcode(handle_of(db));
	kind = kind_of(code);
	if ((code & 0xff) == SQLITE_BUSY || kind == ERR_CONFLICT)
		return fail_as(db, kind, err);
	return fail_as(db, ERR_UNCERTAIN, err);
}

static int sqlite_rollback(struct db *db, struct err *err)
{
	return sqlite_exec(db, "ROLLBACK", err);
}

static bool sqlite_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(handle_of(db));
}

static int sqlite_has_table(struct db *db, const char *name, bool *out,
			    struct err *err)
{
	enum db_step step;
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "SELECT 1 FROM sqlite_schema"
		       " WHERE type = 'table' AND name = $1",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, name);
	if (db_step(s, &step, err) < 0)
		return -1;
	*out = step == DB_ROW;
	db_reset(s);
	return 0;
}

const struct db_ops db_sqlite = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.set_wait_ms = sqlite_set_wait_ms,
	.prepare = sqlite_prepare,
	.finalize = sqlite_finalize,
	.parameters = sqlite_parameters,
	.bind_int = sqlite_bind_int,
	.bind_text = sqlite_bind_text,
	.bind_blob = sqlite_bind_blob,
	.bind_null = sqlite_bind_null,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.is_null = sqlite_is_null,
	.get_int = sqlite_get_int,
	.get_str = sqlite_get_str,
	.changes = sqlite_changes,
	.exec = sqlite_exec,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.in_transaction = sqlite_in_transaction,
	.has_table = sqlite_has_table,
};

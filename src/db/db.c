/* What all drivers have in common; the rest is dispatch. */
#include "db/db.h"

#include "backend.h"
#include "base/assert.h"

#include <stdio.h>
#include <string.h>

#define SAVEPOINT_SIZE 96 /* bytes of "ROLLBACK TO SAVEPOINT name" */

static const struct db_ops *const drivers[] = { &db_sqlite };

int db_open(struct db **out, const char *url, enum db_mode mode,
	    struct err *err)
{
	size_t len = strcspn(url, ":");
	struct str scheme = { url, len };

	if (url[len] != ':')
		return err_set(err, ERR_CONFIG,
			       "store must be sqlite:/path/to/file");
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		if (!str_is(scheme, drivers[i]->scheme))
			continue;
		if (drivers[i]->open(out, url + len + 1, mode, err) < 0)
			return -1;
		(*out)->ops = drivers[i];
		map_init(&(*out)->statements);
		return 0;
	}
	if (str_is(scheme, "postgresql") || str_is(scheme, "postgres"))
		return err_set(err, ERR_CONFIG,
			       "PostgreSQL is not supported yet: set store to "
			       "sqlite:/path/to/file");
	return err_set(err, ERR_CONFIG,
		       "store: no driver for '%.*s', use sqlite:/path/to/file",
		       STR_ARG(scheme));
}

void db_close(struct db **db)
{
	struct db_stmt *s;
	size_t at = 0;

	if (!*db)
		return;
	db_rollback(*db);
	while ((s = map_next(&(*db)->statements, &at)))
		(*db)->ops->finalize(s);
	map_release(&(*db)->statements);
	(*db)->ops->close(*db);
	*db = NULL;
}

void db_set_wait_ms(struct db *db, int ms)
{
	db->ops->set_wait_ms(db, ms);
}

int db_prepare(struct db *db, struct db_stmt **out, const char *sql,
	       struct err *err)
{
	struct db_stmt *s = map_get(&db->statements, str_of(sql));

	if (!s) {
		if (db->ops->prepare(db, &s, sql, err) < 0)
			return -1;
		s->db = db;
		s->sql = sql;
		(void)map_put(&db->statements, str_of(sql), s);
	}
	db_reset(s);
	*out = s;
	return 0;
}

static const struct db_ops *ops_to_bind(struct db_stmt *s, int i)
{
	ASSERT(i >= 1 && i <= s->db->ops->parameters(s));
	return s->db->ops;
}

/* Only the first refusal is told: at the step, where errors are looked at. */
static void note_refusal(struct db_stmt *s, enum err_kind kind, int i,
			 const char *why)
{
	if (s->bound.kind == ERR_NONE)
		err_fill(&s->bound, kind, "parameter $%d %s", i, why);
}

void db_bind_int(struct db_stmt *s, int i, int64_t n)
{
	if (ops_to_bind(s, i)->bind_int(s, i, n) < 0)
		note_refusal(s, ERR_BUG, i, "was refused");
}

void db_bind_str(struct db_stmt *s, int i, struct str text)
{
	const struct db_ops *ops = ops_to_bind(s, i);

	if (text.len && memchr(text.ptr, '\0', text.len))
		note_refusal(s, ERR_INVALID, i, "is a text with a NUL in it");
	else if (ops->bind_text(s, i, text) < 0)
		note_refusal(s, ERR_LIMIT, i, "is too large");
}

void db_bind_z(struct db_stmt *s, int i, const char *text)
{
	if (text)
		db_bind_str(s, i, str_of(text));
	else
		db_bind_null(s, i);
}

void db_bind_blob(struct db_stmt *s, int i, struct str bytes)
{
	if (ops_to_bind(s, i)->bind_blob(s, i, bytes) < 0)
		note_refusal(s, ERR_LIMIT, i, "is too large");
}

void db_bind_null(struct db_stmt *s, int i)
{
	if (ops_to_bind(s, i)->bind_null(s, i) < 0)
		note_refusal(s, ERR_BUG, i, "was refused");
}

/*
 * A database may end a transaction by itself (disk full, input/output error):
 * a statement after that would commit alone. And where a statement failed,
 * PostgreSQL takes no other before a rollback; SQLite would. One contract.
 */
static int check_transaction(const struct db *db, struct err *err)
{
	if (!db->begun)
		return 0;
	if (!db->ops->in_transaction(db))
		return err_set(err, ERR_TEMP,
			       "the database gave up the transaction");
	if (db->spoiled)
		return err_set(err, ERR_TEMP,
			       "a statement of this transaction failed before");
	return 0;
}

static int spoil(struct db *db)
{
	db->spoiled = true;
	return -1;
}

static int step_unless_refused(struct db_stmt *s, enum db_step *out,
			       struct err *err)
{
	if (s->bound.kind != ERR_NONE) {
		if (err)
			*err = s->bound;
		return -1;
	}
	if (check_transaction(s->db, err) < 0)
		return -1;
	return s->db->ops->step(s, out, err);
}

int db_step(struct db_stmt *s, enum db_step *out, struct err *err)
{
	enum db_step step;

	if (step_unless_refused(s, &step, err) < 0) {
		db_reset(s);
		return spoil(s->db);
	}
	if (step == DB_DONE)
		db_reset(s);
	*out = step;
	return 0;
}

int db_run(struct db_stmt *s, struct err *err)
{
	enum db_step step;

	do {
		if (db_step(s, &step, err) < 0)
			return -1;
	} while (step == DB_ROW);
	return 0;
}

void db_reset(struct db_stmt *s)
{
	s->db->ops->reset(s);
	s->bound = (struct err){ 0 };
}

bool db_is_null(const struct db_stmt *s, int i)
{
	return s->db->ops->is_null(s, i);
}

int64_t db_int(const struct db_stmt *s, int i)
{
	return s->db->ops->get_int(s, i);
}

struct str db_str(const struct db_stmt *s, int i)
{
	return s->db->ops->get_str(s, i);
}

int64_t db_changes(const struct db *db)
{
	return db->ops->changes(db);
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
	if (check_transaction(db, err) < 0 || db->ops->exec(db, sql, err) < 0)
		return spoil(db);
	return 0;
}

int db_begin(struct db *db, struct err *err)
{
	ASSERT(!db->begun);
	if (db->ops->begin(db, err) < 0)
		return -1;
	db->begun = true;
	db->spoiled = false;
	return 0;
}

int db_commit(struct db *db, struct err *err)
{
	ASSERT(db->begun);
	if (check_transaction(db, err) == 0 && db->ops->commit(db, err) == 0) {
		db->begun = false;
		return 0;
	}
	db_rollback(db);
	return -1;
}

void db_rollback(struct db *db)
{
	struct db_stmt *s;
	size_t at = 0;

	if (!db->begun)
		return;
	while ((s = map_next(&db->statements, &at)))
		db_reset(s);
	if (db->ops->in_transaction(db))
		(void)db->ops->rollback(db, NULL);
	db->begun = false;
}

static int run_on_savepoint(struct db *db, const char *verb, const char *name,
			    struct err *err)
{
	char sql[SAVEPOINT_SIZE];
	int len;

	ASSERT(db->begun);
	len = snprintf(sql, sizeof(sql), "%s %s", verb, name);
	ASSERT(len > 0 && (size_t)len < sizeof(sql));
	return db_exec(db, sql, err);
}

int db_savepoint(struct db *db, const char *name, struct err *err)
{
	return run_on_savepoint(db, "SAVEPOINT", name, err);
}

int db_savepoint_release(struct db *db, const char *name, struct err *err)
{
	return run_on_savepoint(db, "RELEASE SAVEPOINT", name, err);
}

void db_savepoint_rollback(struct db *db, const char *name)
{
	/* Only this undoes a failure; when it fails, the whole is spoiled. */
	db->spoiled = false;
	if (run_on_savepoint(db, "ROLLBACK TO SAVEPOINT", name, NULL) == 0)
		(void)run_on_savepoint(db, "RELEASE SAVEPOINT", name, NULL);
}

#include "db/migrate.h"

#include "backend.h"
#include "migrations.h"

#include <inttypes.h>

static int read_version(struct db *db, int64_t *out, struct err *err)
{
	enum db_step step;
	struct db_stmt *s;
	bool there;

	if (db->ops->has_table(db, "schema_version", &there, err) < 0)
		return -1;
	*out = 0;
	if (!there)
		return 0;
	if (db_prepare(db, &s, "SELECT version FROM schema_version", err) < 0 ||
	    db_step(s, &step, err) < 0)
		return -1;
	if (step == DB_ROW)
		*out = db_int(s, 0);
	db_reset(s);
	return 0;
}

static int write_version(struct db *db, int64_t version, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s, "UPDATE schema_version SET version = $1", err) <
	    0)
		return -1;
	db_bind_int(s, 1, version);
	return db_run(s, err);
}

static int refuse_newer(int64_t version, struct err *err)
{
	if (version <= (int64_t)db_migration_count)
		return 0;
	return err_set(err, ERR_CONFIG,
		       "the database has schema %" PRId64
		       ", this hrisd knows up to %zu: start the newer hrisd",
		       version, db_migration_count);
}

/* In a transaction. *done when nothing was left to do. */
static int take_step(struct db *db, bool *done, struct err *err)
{
	int64_t version;

	/* Read under the lock: another process may have been quicker. */
	if (read_version(db, &version, err) < 0 ||
	    refuse_newer(version, err) < 0)
		return -1;
	*done = version == (int64_t)db_migration_count;
	if (*done)
		return 0;
	if (version == 0 &&
	    db_exec(db,
		    "CREATE TABLE schema_version (version BIGINT NOT NULL);"
		    "INSERT INTO schema_version (version) VALUES (0);",
		    err) < 0)
		return -1;
	if (db_exec(db, db_migrations[version], err) < 0)
		return err_prefix(err, "schema step %" PRId64, version + 1);
	return write_version(db, version + 1, err);
}

int db_migrate(struct db *db, struct err *err)
{
	bool done = false;

	while (!done) {
		if (db_begin(db, err) < 0)
			return -1;
		if (take_step(db, &done, err) < 0) {
			db_rollback(db);
			return -1;
		}
		if (db_commit(db, err) < 0)
			return -1;
	}
	return 0;
}

int db_check_schema(struct db *db, struct err *err)
{
	int64_t version;

	if (read_version(db, &version, err) < 0 ||
	    refuse_newer(version, err) < 0)
		return -1;
	if (version < (int64_t)db_migration_count)
		return err_set(err, ERR_CONFIG,
			       "the database has schema %" PRId64
			       ", this hrisd needs %zu: run hrisd init, or "
			       "start hrisd serve once",
			       version, db_migration_count);
	return 0;
}

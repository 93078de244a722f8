/*
 * The schema, as numbered steps that are never edited after a release. Each
 * runs in one transaction; the table schema_version remembers the last.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/db.h"

/* Bring the schema up to date. ERR_CONFIG when it is newer than we are. */
int db_migrate(struct db *db, struct err *err) MUST_CHECK;

/* ERR_CONFIG, saying what to do, unless it is exactly up to date. */
int db_check_schema(struct db *db, struct err *err) MUST_CHECK;

#endif

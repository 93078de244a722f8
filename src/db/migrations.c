/*
 * One line per file of src/db/migrations/, in order. A file is never edited
 * after a release: add the next.
 */
#include "migrations.h"

#include "base/assert.h"

static const unsigned char registry[] = {
#include <src/db/migrations/0001_registry.sql.inc>
	0
};

const char *const db_migrations[] = {
	(const char *)registry,
};

const size_t db_migration_count = ARRAY_LEN(db_migrations);

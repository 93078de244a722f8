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

static const unsigned char directory[] = {
#include <src/db/migrations/0002_directory.sql.inc>
	0
};

static const unsigned char suspects[] = {
#include <src/db/migrations/0003_suspects.sql.inc>
	0
};

static const unsigned char runs[] = {
#include <src/db/migrations/0004_runs.sql.inc>
	0
};

static const unsigned char authorizations[] = {
#include <src/db/migrations/0005_authorizations.sql.inc>
	0
};

static const unsigned char confirmations[] = {
#include <src/db/migrations/0006_confirmations.sql.inc>
	0
};

const char *const db_migrations[] = {
	(const char *)registry,	      (const char *)directory,
	(const char *)suspects,	      (const char *)runs,
	(const char *)authorizations, (const char *)confirmations,
};

const size_t db_migration_count = ARRAY_LEN(db_migrations);

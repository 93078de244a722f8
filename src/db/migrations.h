/* The steps of the schema, carried in the program. */
#ifndef DB_MIGRATIONS_H
#define DB_MIGRATIONS_H

#include <stddef.h>

/* Step n of the schema is db_migrations[n - 1]: the file NNNN_*.sql. */
extern const char *const db_migrations[];
extern const size_t db_migration_count;

#endif

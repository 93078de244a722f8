/* A migrated SQLite database in a folder of its own, gone afterwards. */
#ifndef TEMP_DB_H
#define TEMP_DB_H

#include "db/db.h"
#include "db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct temp_db {
	char dir[64];
	struct db *db;
};

/* -1 when it cannot be made: a test's setup may return this. */
static inline int temp_db_open(struct temp_db *t)
{
	struct err err = { 0 };
	char url[96];

	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/hrisd-test-XXXXXX");
	if (!mkdtemp(t->dir))
		return -1;
	(void)snprintf(url, sizeof(url), "sqlite:%s/t.db", t->dir);
	if (db_open(&t->db, url, DB_READ_WRITE, &err) == 0 &&
	    db_migrate(t->db, &err) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return -1;
}

static inline int temp_db_close(struct temp_db *t)
{
	static const char *const names[] = { "t.db", "t.db-wal", "t.db-shm" };
	char path[128];

	db_close(&t->db);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", t->dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(t->dir);
}

#endif

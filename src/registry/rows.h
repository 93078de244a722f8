/* Shared by the files that read and write rows. */
#ifndef REGISTRY_ROWS_H
#define REGISTRY_ROWS_H

#include "registry/registry.h"

/* Ids are of our making and of one length: longer is our mistake. */
void rows_copy_id(char out[static RANDOM_ID_SIZE], struct str id);

/* The row that a statement stands at, its texts in a. */
typedef int rows_read_fn(struct db_stmt *s, struct arena *a, void *row,
			 struct err *err);

/*
 * The rows of a statement, at most limit: *list, an array in a of items of
 * this size. The statement is reset.
 */
int rows_read(struct db_stmt *s, size_t limit, size_t size, rows_read_fn *read,
	      struct arena *a, void **list, size_t *count,
	      struct err *err) MUST_CHECK;

/* Commit when result is 0, else roll back. Returns what became of it. */
int rows_commit(struct db *db, int result, struct err *err) MUST_CHECK;

#endif

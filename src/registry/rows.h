/* Shared by the files that read and write rows. */
#ifndef REGISTRY_ROWS_H
#define REGISTRY_ROWS_H

#include "registry/registry.h"

/* Ids are of our making and of one length: longer is our mistake. */
void rows_copy_id(char out[static RANDOM_ID_SIZE], struct str id);

/* Commit when result is 0, else roll back. Returns what became of it. */
int rows_commit(struct db *db, int result, struct err *err) MUST_CHECK;

#endif

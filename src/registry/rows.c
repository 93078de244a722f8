#include "rows.h"

#include "base/assert.h"

void rows_copy_id(char out[static RANDOM_ID_SIZE], struct str id)
{
	ASSERT(id.len < RANDOM_ID_SIZE);
	memcpy(out, id.ptr, id.len);
	out[id.len] = '\0';
}

int rows_commit(struct db *db, int result, struct err *err)
{
	if (result == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

#include "rows.h"

#include "base/assert.h"

void rows_copy_id(char out[static RANDOM_ID_SIZE], struct str id)
{
	ASSERT(id.len < RANDOM_ID_SIZE);
	if (id.len) /* NULL: nobody's */
		memcpy(out, id.ptr, id.len);
	out[id.len] = '\0';
}

/* 1: there is one more; 0: no more. */
static int next_row(struct db_stmt *s, struct err *err)
{
	enum db_step step;

	if (db_step(s, &step, err) < 0)
		return -1;
	return step == DB_ROW;
}

int rows_read(struct db_stmt *s, size_t limit, size_t size, rows_read_fn *read,
	      struct arena *a, void **list, size_t *count, struct err *err)
{
	unsigned char *rows = arena_zalloc(a, limit, size);
	size_t n = 0;
	int more = 0;

	if (!rows)
		more = arena_full(a, err);
	while (rows && n < limit && (more = next_row(s, err)) > 0)
		if (read(s, a, rows + size * n++, err) < 0) {
			more = -1;
			break;
		}
	db_reset(s);
	if (more < 0)
		return -1;
	*list = rows;
	*count = n;
	return 0;
}

int rows_commit(struct db *db, int result, struct err *err)
{
	if (result == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

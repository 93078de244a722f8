#include "connection_row.h"

#include "base/assert.h"
#include "base/clock.h"

int connection_next_generation(struct db *db, int64_t *out, struct err *err)
{
	enum db_step step;
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE generation SET value = value + 1"
		       " WHERE id = 1 RETURNING value",
		       err) < 0 ||
	    db_step(s, &step, err) < 0)
		return -1;
	ASSERT(step == DB_ROW);
	*out = db_int(s, 0);
	db_reset(s);
	return 0;
}

int connection_update_row(struct db *db, struct connection *c, struct err *err)
{
	bool deleted = c->status == CONNECTION_DELETED;
	struct db_stmt *s;

	c->changed_ms = clock_wall_ms();
	if (connection_next_generation(db, &c->generation, err) < 0 ||
	    db_prepare(db, &s,
		       "UPDATE connections SET name = $1, settings = $2,"
		       " status = $3, generation = $4, changed_ms = $5,"
		       " mapping = $6, deleted_ms = $7 WHERE id = $8",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, c->name);
	db_bind_str(s, 2, c->settings);
	/* What is deleted is told by its time: the column has no word for it.
	 */
	db_bind_z(s, 3,
		  connection_status_name(deleted ? CONNECTION_DISABLED
						 : c->status));
	db_bind_int(s, 4, c->generation);
	db_bind_int(s, 5, c->changed_ms);
	if (c->mapping.len)
		db_bind_str(s, 6, c->mapping);
	else
		db_bind_null(s, 6);
	if (deleted)
		db_bind_int(s, 7, c->changed_ms);
	else
		db_bind_null(s, 7);
	db_bind_z(s, 8, c->id);
	return db_run(s, err);
}

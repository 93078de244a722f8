/* The end of a connection. */
#include "connection_row.h"
#include "rows.h"

#include "base/arena.h"
#include "base/assert.h"

#define ROW_MAX (512 << 10) /* bytes of a connection */

/* Everything that belongs to the connection alone. */
static const char *const deletions[] = {
	"DELETE FROM credentials WHERE connection = $1",
	"DELETE FROM authorizations WHERE connection = $1",
	"DELETE FROM tokens WHERE connection = $1",
	"DELETE FROM subscriptions WHERE connection = $1",
	"DELETE FROM runs WHERE connection = $1",
	"DELETE FROM schedules WHERE connection = $1",
};

static int delete_rows(struct db *db, struct str connection, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(deletions); i++) {
		struct db_stmt *s;

		if (db_prepare(db, &s, deletions[i], err) < 0)
			return -1;
		db_bind_str(s, 1, connection);
		if (db_run(s, err) < 0)
			return -1;
	}
	return 0;
}

static int delete_in_transaction(const struct registry *r,
				 const char *organization, struct str id,
				 struct arena *a, struct err *err)
{
	struct connection c;

	if (registry_get_connection(r->db, organization, id, a, &c, err) < 0 ||
	    delete_rows(r->db, id, err) < 0)
		return -1;
	c.status = CONNECTION_DELETED;
	c.settings = STR("{}");
	c.mapping = str_none();
	return connection_update_row(r->db, &c, err);
}

int registry_delete_connection(const struct registry *r,
			       const char *organization, struct str id,
			       struct err *err)
{
	struct arena a;
	int result;

	if (db_begin(r->db, err) < 0)
		return -1;
	arena_init(&a, ROW_MAX);
	result = delete_in_transaction(r, organization, id, &a, err);
	arena_release(&a);
	return rows_commit(r->db, result, err);
}

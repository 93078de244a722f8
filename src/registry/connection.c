/* Connections as rows: reading them. */
#include "rows.h"

#define COLUMNS                                                      \
	"id, organization, provider, name, settings, status, shard," \
	" generation, created_ms, changed_ms, mapping, deleted_ms"

static int read_row(struct db_stmt *s, struct arena *a, void *row,
		    struct err *err)
{
	struct connection *c = row;

	*c = (struct connection){
		.provider = arena_dup(a, db_str(s, 2)),
		.name = arena_dup(a, db_str(s, 3)),
		.settings = arena_dup(a, db_str(s, 4)),
		.shard = (unsigned)db_int(s, 6),
		.generation = db_int(s, 7),
		.created_ms = db_int(s, 8),
		.changed_ms = db_int(s, 9),
		.mapping = arena_dup(a, db_str(s, 10)),
	};
	rows_copy_id(c->id, db_str(s, 0));
	rows_copy_id(c->organization, db_str(s, 1));
	if (!connection_status_find(db_str(s, 5), &c->status))
		return err_set(err, ERR_BUG,
			       "connection %s has a status of another version",
			       c->id);
	if (!db_is_null(s, 11))
		c->status = CONNECTION_DELETED;
	if (!c->provider.ptr || !c->name.ptr || !c->settings.ptr ||
	    !c->mapping.ptr)
		return arena_full(a, err);
	return 0;
}

static int read_rows(struct db_stmt *s, size_t limit, struct arena *a,
		     struct connection **out, size_t *count, struct err *err)
{
	void *list;

	if (rows_read(s, limit, sizeof(**out), read_row, a, &list, count, err) <
	    0)
		return -1;
	*out = list;
	return 0;
}

int registry_get_connection(struct db *db, const char *organization,
			    struct str id, struct arena *a,
			    struct connection *c, struct err *err)
{
	struct connection *list;
	struct db_stmt *s;
	size_t count;

	if (db_prepare(db, &s,
		       "SELECT " COLUMNS " FROM connections WHERE id = $1"
		       " AND deleted_ms IS NULL AND"
		       " (CAST($2 AS TEXT) IS NULL OR organization = $2)",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, id);
	db_bind_z(s, 2, organization);
	if (read_rows(s, 1, a, &list, &count, err) < 0)
		return -1;
	if (count == 0)
		return err_set(err, ERR_NOT_FOUND, "no such connection");
	*c = list[0];
	return 0;
}

int registry_list_connections(struct db *db, const char *organization,
			      struct str cursor, size_t limit, struct arena *a,
			      struct connection **out, size_t *count,
			      struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "SELECT " COLUMNS " FROM connections"
		       " WHERE organization = $1 AND id > $2"
		       " AND deleted_ms IS NULL"
		       " ORDER BY id LIMIT $3",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, organization);
	db_bind_str(s, 2, cursor);
	db_bind_int(s, 3, (int64_t)limit);
	return read_rows(s, limit, a, out, count, err);
}

int registry_list_changed(struct db *db, int64_t generation, size_t limit,
			  struct arena *a, struct connection **out,
			  size_t *count, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "SELECT " COLUMNS " FROM connections"
		       " WHERE generation > $1 ORDER BY generation LIMIT $2",
		       err) < 0)
		return -1;
	db_bind_int(s, 1, generation);
	db_bind_int(s, 2, (int64_t)limit);
	return read_rows(s, limit, a, out, count, err);
}

/* Webhooks that were made at an HRIS by its API, and the secrets it told. */
#include "connection_row.h"
#include "credential.h"
#include "registry/token.h"
#include "rows.h"

#include "base/assert.h"

#define ROW_MAX (512 << 10) /* bytes of a connection */

int registry_put_subscription(struct db *db, struct str connection,
			      const struct subscription *x, struct err *err)
{
	struct db_stmt *s;

	ASSERT(x->name.len && x->name.len <= SUBSCRIPTION_NAME_MAX);
	if (x->vendor_id.len == 0 || x->vendor_id.len > SUBSCRIPTION_ID_MAX)
		return err_set(err, ERR_LIMIT,
			       "the id of a webhook at the HRIS has 1 to %d "
			       "bytes",
			       SUBSCRIPTION_ID_MAX);
	if (db_prepare(db, &s,
		       "INSERT INTO subscriptions"
		       " (connection, name, vendor_id, made_ms)"
		       " VALUES ($1, $2, $3, $4)"
		       " ON CONFLICT (connection, name) DO UPDATE SET"
		       " vendor_id = excluded.vendor_id,"
		       " made_ms = excluded.made_ms",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	db_bind_str(s, 2, x->name);
	db_bind_str(s, 3, x->vendor_id);
	db_bind_int(s, 4, x->made_ms);
	return db_run(s, err);
}

static int read_row(struct db_stmt *s, struct arena *a, void *row,
		    struct err *err)
{
	struct subscription *out = row;

	*out = (struct subscription){
		.name = arena_dup(a, db_str(s, 0)),
		.vendor_id = arena_dup(a, db_str(s, 1)),
		.made_ms = db_int(s, 2),
	};
	return out->name.ptr && out->vendor_id.ptr ? 0 : arena_full(a, err);
}

int registry_list_subscriptions(struct db *db, struct str connection,
				struct arena *a, struct subscription **out,
				size_t *count, struct err *err)
{
	struct db_stmt *s;
	void *list;

	if (db_prepare(db, &s,
		       "SELECT name, vendor_id, made_ms FROM subscriptions"
		       " WHERE connection = $1 ORDER BY name",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	if (rows_read(s, SUBSCRIPTIONS_MAX, sizeof(**out), read_row, a, &list,
		      count, err) < 0)
		return -1;
	*out = list;
	return 0;
}

static int read_renewal(struct db_stmt *s, struct arena *a, void *row,
			struct err *err)
{
	struct renewal *out = row;

	(void)a;
	(void)err;
	rows_copy_id(out->connection, db_str(s, 0));
	rows_copy_id(out->organization, db_str(s, 1));
	out->shard = (unsigned)db_int(s, 2);
	return 0;
}

int registry_list_renewals(struct db *db, struct str provider,
			   int64_t made_before_ms, size_t limit,
			   struct arena *a, struct renewal **out, size_t *count,
			   struct err *err)
{
	struct db_stmt *s;
	void *list;

	if (db_prepare(db, &s,
		       "SELECT c.id, c.organization, c.shard"
		       " FROM subscriptions s"
		       " JOIN connections c ON c.id = s.connection"
		       " WHERE c.provider = $1 AND c.status = 'enabled'"
		       " AND c.deleted_ms IS NULL AND s.made_ms < $2"
		       " GROUP BY c.id, c.organization, c.shard"
		       " ORDER BY min(s.made_ms) LIMIT $3",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, provider);
	db_bind_int(s, 2, made_before_ms);
	db_bind_int(s, 3, (int64_t)limit);
	if (rows_read(s, limit, sizeof(**out), read_renewal, a, &list, count,
		      err) < 0)
		return -1;
	*out = list;
	return 0;
}

int registry_drop_subscription(struct db *db, struct str connection,
			       struct str name, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "DELETE FROM subscriptions"
		       " WHERE connection = $1 AND name = $2",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	db_bind_str(s, 2, name);
	return db_run(s, err);
}

/* --------------------------------------------------------------- secrets */

static int capture_in_transaction(const struct registry *r,
				  struct str connection, struct str field,
				  struct str value, struct arena *a,
				  struct err *err)
{
	const struct manifest *m;
	struct connection c;

	if (registry_get_connection(r->db, NULL, connection, a, &c, err) < 0)
		return -1;
	m = manifest_set_find(r->manifests, c.provider);
	if (!m)
		return err_set(err, ERR_CONFIG, "its provider is not known");
	if (connection_update_row(r->db, &c, err) < 0)
		return -1;
	return credential_capture(r, m, c.id, field, value, c.changed_ms, err);
}

int registry_capture_secret(const struct registry *r, struct str connection,
			    struct str field, struct str value, struct err *err)
{
	struct arena a;
	int result;

	if (db_begin(r->db, err) < 0)
		return -1;
	arena_init(&a, ROW_MAX);
	result = capture_in_transaction(r, connection, field, value, &a, err);
	arena_release(&a);
	return rows_commit(r->db, result, err);
}

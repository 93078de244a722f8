/* A connection's own mapping. */
#include "provider/mapping.h"
#include "connection_row.h"
#include "rows.h"

static int put_mapping_in_transaction(const struct registry *r,
				      const char *organization, struct str id,
				      struct str mapping, struct arena *a,
				      struct connection *c, struct err *err)
{
	if (registry_get_connection(r->db, organization, id, a, c, err) < 0)
		return -1;
	c->mapping = arena_dup(a, mapping);
	if (!c->mapping.ptr)
		return arena_full(a, err);
	return connection_update_row(r->db, c, err);
}

int registry_put_mapping(const struct registry *r, const char *organization,
			 struct str id, struct str mapping, struct arena *a,
			 struct connection *c, struct err *err)
{
	struct connection new;

	if (mapping.len > MAPPING_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "mapping must not be longer than %d bytes",
			       MAPPING_MAX_BYTES);
	if (db_begin(r->db, err) < 0)
		return -1;
	if (rows_commit(r->db,
			put_mapping_in_transaction(r, organization, id, mapping,
						   a, &new, err),
			err) < 0)
		return -1;
	*c = new;
	return 0;
}

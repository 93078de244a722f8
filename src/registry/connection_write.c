/* Connections: made, changed, enabled and disabled. */
#include "base/assert.h"
#include "base/clock.h"
#include "connection_row.h"
#include "credential.h"
#include "organization.h"
#include "rows.h"
#include "run_rows.h"
#include "setting.h"
#include "words.h"

static int find_manifest(const struct registry *r, struct str provider,
			 const struct manifest **out, struct err *err)
{
	*out = manifest_set_find(r->manifests, provider);
	if (*out)
		return 0;
	return err_set(err, ERR_INVALID,
		       "provider '%.*s' is not known; see GET "
		       "/api/v1/providers",
		       STR_ARG(words_shown(provider)));
}

/* ---------------------------------------------------------------- creating */

static int check_room(struct db *db, const char *organization, struct err *err)
{
	enum db_step step;
	struct db_stmt *s;
	int64_t count;

	if (db_prepare(db, &s,
		       "SELECT count(*) FROM connections"
		       " WHERE organization = $1 AND deleted_ms IS NULL",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, organization);
	if (db_step(s, &step, err) < 0)
		return -1;
	count = db_int(s, 0);
	db_reset(s);
	if (count >= CONNECTIONS_MAX)
		return err_set(err, ERR_CONFLICT,
			       "an organization has at most %d connections",
			       CONNECTIONS_MAX);
	return 0;
}

static int insert_row(struct db *db, const struct connection *c,
		      struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO connections"
		       " (id, organization, provider, name, settings, status,"
		       " shard, generation, created_ms, changed_ms)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, c->id);
	db_bind_z(s, 2, c->organization);
	db_bind_str(s, 3, c->provider);
	db_bind_str(s, 4, c->name);
	db_bind_str(s, 5, c->settings);
	db_bind_z(s, 6, connection_status_name(c->status));
	db_bind_int(s, 7, c->shard);
	db_bind_int(s, 8, c->generation);
	db_bind_int(s, 9, c->created_ms);
	return db_run(s, err);
}

static int create_in_transaction(const struct registry *r,
				 const struct manifest *m,
				 const struct json *credentials,
				 struct connection *c, struct err *err)
{
	if (organization_check_plan(r->db, c->organization, err) < 0 ||
	    check_room(r->db, c->organization, err) < 0 ||
	    connection_next_generation(r->db, &c->generation, err) < 0 ||
	    insert_row(r->db, c, err) < 0 ||
	    run_schedule_add(r->db, str_of(c->id), err) < 0)
		return -1;
	return credentials_store(r, m, c->id, credentials, c->created_ms, err);
}

static int check_draft(const struct manifest *m,
		       const struct connection_draft *draft, struct arena *a,
		       struct connection *c, struct err *err)
{
	struct str name;

	if (words_check_text(draft->name, "name", CONNECTION_NAME_MAX, &name,
			     err) < 0 ||
	    settings_check(m, draft->settings, a, &c->settings, err) < 0 ||
	    credentials_check(m, draft->credentials, err) < 0)
		return -1;
	c->name = arena_dup(a, name);
	c->provider = arena_dup(a, draft->provider);
	return c->name.ptr && c->provider.ptr ? 0 : arena_full(a, err);
}

int registry_create_connection(const struct registry *r,
			       const char *organization,
			       const struct connection_draft *draft,
			       struct arena *a, struct connection *c,
			       struct err *err)
{
	struct connection new = {
		.status = CONNECTION_DRAFT,
		.created_ms = clock_wall_ms(),
	};
	const struct manifest *m;

	if (find_manifest(r, draft->provider, &m, err) < 0 ||
	    check_draft(m, draft, a, &new, err) < 0)
		return -1;
	random_id(new.id);
	rows_copy_id(new.organization, str_of(organization));
	new.shard = random_below(r->shards);
	new.changed_ms = new.created_ms;
	if (db_begin(r->db, err) < 0)
		return -1;
	if (rows_commit(
		    r->db,
		    create_in_transaction(r, m, draft->credentials, &new, err),
		    err) < 0)
		return -1;
	*c = new;
	return 0;
}

/* ---------------------------------------------------------------- changing */

/* An enabled connection has all that it needs, always. */
static int check_complete(const struct registry *r, const struct manifest *m,
			  const struct connection *c, struct arena *a,
			  struct err *err)
{
	struct str missing;

	if (connection_missing(r->db, m, c, a, &missing, err) < 0)
		return -1;
	if (missing.len)
		return err_set(err, ERR_CONFLICT,
			       "an enabled connection needs also: %.*s",
			       STR_ARG(missing));
	return 0;
}

static int apply_changes(const struct manifest *m,
			 const struct connection_draft *changes,
			 struct arena *a, struct connection *c, struct err *err)
{
	struct str name;

	if (changes->name.ptr) {
		if (words_check_text(changes->name, "name", CONNECTION_NAME_MAX,
				     &name, err) < 0)
			return -1;
		c->name = arena_dup(a, name);
		if (!c->name.ptr)
			return arena_full(a, err);
	}
	if (changes->settings &&
	    settings_check(m, changes->settings, a, &c->settings, err) < 0)
		return -1;
	return credentials_check(m, changes->credentials, err);
}

static int update_in_transaction(const struct registry *r,
				 const char *organization, struct str id,
				 const struct connection_draft *changes,
				 struct arena *a, struct connection *c,
				 struct err *err)
{
	const struct manifest *m;

	if (registry_get_connection(r->db, organization, id, a, c, err) < 0 ||
	    find_manifest(r, c->provider, &m, err) < 0 ||
	    apply_changes(m, changes, a, c, err) < 0 ||
	    connection_update_row(r->db, c, err) < 0 ||
	    credentials_store(r, m, c->id, changes->credentials, c->changed_ms,
			      err) < 0)
		return -1;
	if (c->status != CONNECTION_ENABLED)
		return 0;
	return check_complete(r, m, c, a, err);
}

int registry_update_connection(const struct registry *r,
			       const char *organization, struct str id,
			       const struct connection_draft *changes,
			       struct arena *a, struct connection *c,
			       struct err *err)
{
	struct connection new;

	if (db_begin(r->db, err) < 0)
		return -1;
	if (rows_commit(r->db,
			update_in_transaction(r, organization, id, changes, a,
					      &new, err),
			err) < 0)
		return -1;
	*c = new;
	return 0;
}

/* -------------------------------------------------------- enable, disable */

static int check_may_enable(const struct registry *r,
			    const struct connection *c, struct arena *a,
			    struct err *err)
{
	const struct manifest *m;

	if (organization_check_plan(r->db, c->organization, err) < 0 ||
	    find_manifest(r, c->provider, &m, err) < 0)
		return -1;
	return check_complete(r, m, c, a, err);
}

/* R17: slots come while it is enabled; what runs when it is not, ends. */
static int switch_runs(struct db *db, const struct connection *c,
		       struct err *err)
{
	bool on = c->status == CONNECTION_ENABLED;

	if (run_schedule_switch(db, str_of(c->id), on, c->changed_ms, err) < 0)
		return -1;
	return on ? 0 : run_stop_open(db, str_of(c->id), c->changed_ms, err);
}

static int set_status_in_transaction(const struct registry *r,
				     const char *organization, struct str id,
				     enum connection_status status,
				     struct arena *a, struct connection *c,
				     struct err *err)
{
	if (registry_get_connection(r->db, organization, id, a, c, err) < 0)
		return -1;
	if (c->status == status)
		return 0;
	if (status == CONNECTION_ENABLED && check_may_enable(r, c, a, err) < 0)
		return -1;
	c->status = status;
	if (connection_update_row(r->db, c, err) < 0)
		return -1;
	return switch_runs(r->db, c, err);
}

int registry_set_status(const struct registry *r, const char *organization,
			struct str id, enum connection_status status,
			struct arena *a, struct connection *c, struct err *err)
{
	struct connection new;

	ASSERT(status != CONNECTION_DELETED);
	if (db_begin(r->db, err) < 0)
		return -1;
	if (rows_commit(r->db,
			set_status_in_transaction(r, organization, id, status,
						  a, &new, err),
			err) < 0)
		return -1;
	*c = new;
	return 0;
}

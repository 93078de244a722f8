/* R7: a refused run that an admin says is right. */
#include "registry/run.h"

#include "rows.h"
#include "run_rows.h"
#include "json/json.h"

#define HOUR_MS 3600000LL

/* The proof as the fetcher wrote it, and its people. */
static int read_proof(const struct run *r, struct arena *a, int64_t *people,
		      struct err *err)
{
	const struct json *proof;

	if (json_parse(&proof, a, r->proof, NULL, NULL) < 0 ||
	    !json_true(json_get(proof, "confirmable")) ||
	    !json_int(json_get(proof, "people"), people))
		return err_set(err, ERR_CONFLICT,
			       "this list was not whole, which nobody can "
			       "confirm: %.*s",
			       STR_ARG(r->error));
	return 0;
}

static int check(const struct run *r, int64_t now_ms, struct err *err)
{
	if (r->status != RUN_REFUSED)
		return err_set(err, ERR_CONFLICT,
			       "only a refused run can be confirmed; this one "
			       "is %s",
			       run_status_name(r->status));
	if (now_ms - r->finished_ms > RUN_CONFIRM_HOURS * HOUR_MS)
		return err_set(err, ERR_CONFLICT,
			       "the run is older than %d hours: sync now, and "
			       "confirm what that finds",
			       RUN_CONFIRM_HOURS);
	return 0;
}

/* Nobody confirms what another read has overtaken. */
static int check_newest(struct db *db, const struct run *r, struct err *err)
{
	struct db_stmt *s;
	enum db_step step;

	if (db_prepare(db, &s,
		       "SELECT 1 FROM runs WHERE connection = $1 AND id > $2"
		       " AND status IN ('done', 'refused') AND proof <> ''"
		       " LIMIT 1",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, r->connection);
	db_bind_z(s, 2, r->id);
	if (db_step(s, &step, err) < 0)
		return -1;
	db_reset(s);
	if (step == DB_DONE)
		return 0;
	return err_set(err, ERR_CONFLICT,
		       "everybody was read again since: confirm that run, if "
		       "it was refused too");
}

static int mark(struct db *db, const struct run *r, const char *admin,
		int64_t now_ms, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE runs SET confirmed_ms = $1, confirmed_by = $2"
		       " WHERE id = $3",
		       err) < 0)
		return -1;
	db_bind_int(s, 1, now_ms);
	db_bind_z(s, 2, admin);
	db_bind_z(s, 3, r->id);
	return db_run(s, err);
}

static int measure_by(struct db *db, const struct run *r, int64_t people,
		      struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "UPDATE schedules SET people = $1, accepted = $2"
		       " WHERE connection = $3",
		       err) < 0)
		return -1;
	db_bind_int(s, 1, people);
	db_bind_str(s, 2, r->proof);
	db_bind_z(s, 3, r->connection);
	return db_run(s, err);
}

struct confirmation {
	const char *organization;
	const char *admin;
	struct str run;
	int64_t now_ms;
};

static int confirm(struct db *db, const struct confirmation *c, struct arena *a,
		   struct err *err)
{
	int64_t people;
	struct run r;

	if (registry_get_run(db, c->organization, c->run, a, &r, err) < 0)
		return -1;
	if (r.confirmed_ms)
		return 0;
	if (check(&r, c->now_ms, err) < 0 ||
	    read_proof(&r, a, &people, err) < 0 ||
	    check_newest(db, &r, err) < 0 ||
	    run_check_enabled(db, c->organization, str_of(r.connection), a,
			      err) < 0)
		return -1;
	if (mark(db, &r, c->admin, c->now_ms, err) < 0)
		return -1;
	return measure_by(db, &r, people, err);
}

int registry_confirm_run(struct db *db, const char *organization,
			 const char *admin, struct str run, int64_t now_ms,
			 struct err *err)
{
	const struct confirmation c = { organization, admin, run, now_ms };
	struct arena a;
	int result;

	if (db_begin(db, err) < 0)
		return -1;
	arena_init(&a, 8 * RUN_TEXT_MAX);
	result = confirm(db, &c, &a, err);
	arena_release(&a);
	return rows_commit(db, result, err);
}

#include "registry/rule.h"

#include "base/assert.h"
#include "base/str.h"
#include "rows.h"

#include <inttypes.h>

static const struct rule_kind kinds[RULE_COUNT] = {
	[RULE_SNAPSHOT_LEAST] = { "snapshot_least_percent", 0, 100, 80 },
};

const struct rule_kind *rule_kind(enum rule r)
{
	ASSERT((unsigned)r < RULE_COUNT);
	return &kinds[r];
}

/* A name of another version means nothing here. */
static void take(struct rules *rules, struct str name, int64_t value)
{
	for (unsigned i = 0; i < RULE_COUNT; i++)
		if (str_is(name, kinds[i].name))
			rules->values[i] = value;
}

int registry_get_rules(struct db *db, const char *organization,
		       struct rules *out, struct err *err)
{
	struct db_stmt *s;
	enum db_step step;

	for (unsigned i = 0; i < RULE_COUNT; i++)
		out->values[i] = kinds[i].fallback;
	if (db_prepare(db, &s,
		       "SELECT name, value FROM rules WHERE organization = $1",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, organization);
	while (db_step(s, &step, err) == 0) {
		if (step == DB_DONE) {
			db_reset(s);
			return 0;
		}
		take(out, db_str(s, 0), db_int(s, 1));
	}
	return -1;
}

static int check(const struct rules *rules, struct err *err)
{
	for (unsigned i = 0; i < RULE_COUNT; i++) {
		const struct rule_kind *k = &kinds[i];
		int64_t v = rules->values[i];

		if (v < k->least || v > k->most)
			return err_set(err, ERR_INVALID,
				       "%s must be from %" PRId64
				       " to %" PRId64,
				       k->name, k->least, k->most);
	}
	return 0;
}

struct choice {
	const char *organization;
	const char *admin;
	int64_t now_ms;
};

/* Who chose it stays, where it does not change. */
static int write_one(struct db *db, const struct choice *c, const char *name,
		     int64_t value, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO rules (organization, name, value, set_by,"
		       " set_ms) VALUES ($1, $2, $3, $4, $5)"
		       " ON CONFLICT (organization, name) DO UPDATE SET"
		       " value = excluded.value, set_by = excluded.set_by,"
		       " set_ms = excluded.set_ms"
		       " WHERE rules.value <> excluded.value",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, c->organization);
	db_bind_z(s, 2, name);
	db_bind_int(s, 3, value);
	db_bind_z(s, 4, c->admin);
	db_bind_int(s, 5, c->now_ms);
	return db_run(s, err);
}

int registry_set_rules(struct db *db, const char *organization,
		       const char *admin, const struct rules *rules,
		       int64_t now_ms, struct err *err)
{
	const struct choice c = { organization, admin, now_ms };
	int result = 0;

	if (check(rules, err) < 0 || db_begin(db, err) < 0)
		return -1;
	for (unsigned i = 0; i < RULE_COUNT && result == 0; i++)
		result =
			write_one(db, &c, kinds[i].name, rules->values[i], err);
	return rows_commit(db, result, err);
}

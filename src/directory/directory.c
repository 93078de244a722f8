#include "directory/directory.h"

#include "base/assert.h"
#include "base/mem.h"
#include "records.h"

#include <stdlib.h>

#define ARENA_MAX  (4 << 20) /* bytes that one change may need */
#define FIELDS_MAX (64 << 10)
#define KEPT_MAX   (64 << 10)

static const char *const status_names[MEMBER_STATUS_COUNT] = {
	[MEMBER_PENDING_ROLE] = "pending_role", [MEMBER_ACTIVE] = "active",
	[MEMBER_UPCOMING] = "upcoming",		[MEMBER_PAUSED] = "paused",
	[MEMBER_DEACTIVATED] = "deactivated",
};

static const char *const outcome_names[APPLY_OUTCOME_COUNT] = {
	[APPLY_CREATED] = "created",
	[APPLY_UPDATED] = "updated",
	[APPLY_UNCHANGED] = "unchanged",
	[APPLY_DEACTIVATED] = "deactivated",
	[APPLY_REACTIVATED] = "reactivated",
	[APPLY_SUPERSEDED] = "superseded",
	[APPLY_DUPLICATE] = "duplicate",
	[APPLY_WAITING] = "waiting",
	[APPLY_REVIEW] = "review",
	[APPLY_IGNORED] = "ignored",
	[APPLY_ABSENT] = "absent",
};

const char *member_status_name(enum member_status s)
{
	ASSERT((unsigned)s < MEMBER_STATUS_COUNT);
	return status_names[s];
}

bool member_status_find(struct str name, enum member_status *out)
{
	for (unsigned i = 0; i < MEMBER_STATUS_COUNT; i++) {
		if (!str_is(name, status_names[i]))
			continue;
		*out = (enum member_status)i;
		return true;
	}
	return false;
}

const char *apply_outcome_name(enum apply_outcome o)
{
	ASSERT((unsigned)o < APPLY_OUTCOME_COUNT);
	return outcome_names[o];
}

static int prepare_all(struct directory *d, struct err *err)
{
	for (unsigned i = 0; i < STMT_COUNT; i++)
		if (db_prepare(d->db, &d->stmts[i], directory_sql((enum stmt)i),
			       err) < 0)
			return -1;
	return 0;
}

int directory_open(struct directory **out, struct db *db, struct err *err)
{
	struct directory *d = mem_new(sizeof(*d));

	d->db = db;
	arena_init(&d->arena, ARENA_MAX);
	buf_init(&d->fields, FIELDS_MAX);
	buf_init(&d->kept, KEPT_MAX);
	buf_init(&d->subject, 2 * PERSON_FIELD_MAX_BYTES);
	if (prepare_all(d, err) < 0) {
		directory_close(&d);
		return err_prefix(err, "members");
	}
	*out = d;
	return 0;
}

void directory_close(struct directory **d)
{
	if (!*d)
		return;
	arena_release(&(*d)->arena);
	buf_release(&(*d)->fields);
	buf_release(&(*d)->kept);
	buf_release(&(*d)->subject);
	free(*d);
	*d = NULL;
}

int directory_set_rules(struct directory *d, const char *organization,
			const struct directory_rules *rules, struct err *err)
{
	struct put p = put_start(d, STMT_SET_RULES);
	struct directory_rules now;

	if (directory_get_rules(d, organization, &now, err) < 0)
		return -1;
	put_str(&p, str_of(organization));
	put_int(&p, rules->default_roles);
	put_int(&p, rules->leave);
	put_int(&p, rules->rehire);
	return db_run(p.s, err);
}

int directory_get_rules(struct directory *d, const char *organization,
			struct directory_rules *out, struct err *err)
{
	struct put p = put_start(d, STMT_GET_RULES);
	enum db_step step;

	put_str(&p, str_of(organization));
	if (db_step(p.s, &step, err) < 0)
		return -1;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no such organization");
	out->default_roles = (unsigned)db_int(p.s, 0);
	out->leave = (enum leave_policy)db_int(p.s, 1);
	out->rehire = (enum rehire_policy)db_int(p.s, 2);
	db_reset(p.s);
	return 0;
}

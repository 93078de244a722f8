/* Every statement of the module, and how parameters and columns are moved. */
#include "records.h"

#include "base/assert.h"

#define PROFILE(p)                                                          \
	p "employee_number, " p "first_name, " p "last_name, " p            \
	  "preferred_name, " p "email, " p "department, " p "job_title, " p \
	  "seniority_level, " p "start_date, " p "end_date, " p             \
	  "manager_id, " p "location, " p "employment_type"

/* In the order of take_member. */
#define MEMBER                                                             \
	"m.id, m.public_id, m.status, m.roles, m.guarded, m.ended, "       \
	"m.feed, m.pid, m.version, m.rank, m.change_id, m.person_status, " \
	"m.decision, m.wanted_email, " PROFILE(                            \
		"m.") ", m.created_ms, m.changed_ms"

#define LOAD                                                                \
	"SELECT f.id, r.id, r.default_roles, r.on_leave, r.on_rehire, "     \
	"p.pid, p.link, p.member, p.version, p.rank, p.change_id, "         \
	"p.person_status, p.decision, p.kept, " MEMBER                      \
	" FROM member_feeds f JOIN member_rules r ON r.id = f.organization" \
	" LEFT JOIN persons p ON p.feed = f.id AND p.pid = $1"              \
	" LEFT JOIN members m ON m.id = p.member"

_Static_assert(MEMBER_DEACTIVATED == 4 && ENDED_LEAVE == 2,
	       "find_holder has these numbers: see blocks_email");

static const char *const texts[STMT_COUNT] = {
	[STMT_LAST_KEYS] = "SELECT (SELECT max(id) FROM decisions),"
			   " (SELECT max(id) FROM members)",
	[STMT_LOAD] = LOAD " WHERE f.connection = $2 AND r.organization = $3",
	[STMT_LOAD_BY_FEED] = LOAD " WHERE f.id = $2",
	[STMT_FIND_CONNECTION] =
		"SELECT organization FROM connections WHERE id = $1",
	[STMT_ADD_RULES] =
		"INSERT INTO member_rules"
		" (organization, default_roles, on_leave, on_rehire)"
		" VALUES ($1, 0, 0, 0) ON CONFLICT (organization) DO NOTHING",
	[STMT_GET_RULES] = "SELECT r.default_roles, r.on_leave, r.on_rehire"
			   " FROM organizations o LEFT JOIN member_rules r"
			   " ON r.organization = o.id WHERE o.id = $1",
	[STMT_SET_RULES] =
		"INSERT INTO member_rules"
		" (organization, default_roles, on_leave, on_rehire)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT (organization)"
		" DO UPDATE SET default_roles = excluded.default_roles,"
		" on_leave = excluded.on_leave,"
		" on_rehire = excluded.on_rehire",
	[STMT_ADD_FEED] =
		"INSERT INTO member_feeds (connection, organization)"
		" SELECT $1, id FROM member_rules WHERE organization = $2",
	/* Each half by its own index: with OR, SQLite walks all members. */
	[STMT_FIND_MEMBERS] =
		"SELECT " MEMBER " FROM members m"
		" WHERE m.organization = $1 AND m.employee_number = $2"
		" UNION ALL SELECT " MEMBER " FROM members m"
		" WHERE m.organization = $1 AND m.email = $3"
		" AND ($2 IS NULL OR m.employee_number IS NULL"
		" OR m.employee_number <> $2) LIMIT 4",
	[STMT_FIND_HOLDER] =
		"SELECT " MEMBER " FROM members m WHERE m.organization = $1"
		" AND m.email = $2 AND m.id <> $3 ORDER BY CASE"
		" WHEN m.status <> 4 OR m.ended = 2 THEN 0"
		" WHEN m.feed IS NULL THEN 1 ELSE 2 END, m.id LIMIT 1",
	[STMT_GET_MEMBER] = "SELECT " MEMBER " FROM member_rules r"
			    " JOIN members m ON m.organization = r.id"
			    " WHERE r.organization = $1 AND m.public_id = $2",
	[STMT_LIST_MEMBERS] =
		"SELECT " MEMBER " FROM member_rules r"
		" JOIN members m ON m.organization = r.id"
		" WHERE r.organization = $1 AND m.public_id > $2"
		" AND ($3 < 0 OR m.status = $3)"
		" AND ($4 = 0 OR (m.roles & $4) <> 0)"
		" AND ($5 = '%%' OR"
		" lower(coalesce(m.first_name, '') || ' ' ||"
		" coalesce(m.last_name, '')) LIKE $5 ESCAPE '!'"
		" OR lower(coalesce(m.preferred_name, '')) LIKE $5 ESCAPE '!'"
		" OR lower(coalesce(m.email, '')) LIKE $5 ESCAPE '!')"
		" ORDER BY m.public_id LIMIT $6",
	[STMT_ADD_MEMBER] =
		"INSERT INTO members (id, public_id, organization, created_ms,"
		" status, roles, guarded, ended, feed, pid, version, rank,"
		" change_id, person_status, decision, wanted_email,"
		" changed_ms, " PROFILE("") ") VALUES ($1, $2, $3, $4, $5, $6, "
					    "$7, $8, $9, $10, $11, $12,"
					    " $13, $14, $15, $16, $17, $18, "
					    "$19, $20, $21, $22, $23, $24,"
					    " $25, $26, $27, $28, $29, $30)",
	[STMT_MARK_MEMBER] =
		"UPDATE members SET version = $1, rank = $2, change_id = $3,"
		" person_status = $4, decision = $5 WHERE id = $6",
	[STMT_SET_MEMBER] =
		"UPDATE members SET status = $1, roles = $2, guarded = $3,"
		" ended = $4, feed = $5, pid = $6, version = $7, rank = $8,"
		" change_id = $9, person_status = $10, decision = $11,"
		" wanted_email = $12, changed_ms = $13, first_name = $14,"
		" last_name = $15, preferred_name = $16, department = $17,"
		" job_title = $18, seniority_level = $19, start_date = $20,"
		" end_date = $21, manager_id = $22, location = $23,"
		" employment_type = $24 WHERE id = $25",
	[STMT_SET_MEMBER_KEYS] =
		"UPDATE members SET employee_number = $1, email = $2"
		" WHERE id = $3",
	[STMT_SET_PERSON] =
		"INSERT INTO persons (feed, pid, link, member, version, rank,"
		" change_id, person_status, decision, kept)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
		" ON CONFLICT (feed, pid) DO UPDATE SET link = excluded.link,"
		" member = excluded.member, version = excluded.version,"
		" rank = excluded.rank, change_id = excluded.change_id,"
		" person_status = excluded.person_status,"
		" decision = excluded.decision, kept = excluded.kept",
	[STMT_ADD_DECISION] =
		"INSERT INTO decisions (id, feed, pid, change_id, outcome,"
		" version, effective_ms, at_ms, previous, fields)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	[STMT_GET_DECISION] =
		"SELECT change_id, previous FROM decisions WHERE id = $1",
	[STMT_ADD_EMAIL_HISTORY] =
		"INSERT INTO email_history (member, until_ms, email)"
		" VALUES ($1, $2, $3)"
		" ON CONFLICT (member, until_ms, email) DO NOTHING",
	[STMT_ADD_WAITING] =
		"INSERT INTO waiting (organization, field, value, feed, pid,"
		" since_ms) VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (organization, field, value, feed, pid)"
		" DO NOTHING",
	[STMT_END_WAITING] = "DELETE FROM waiting WHERE organization = $1"
			     " AND field = $2 AND value = $3 AND feed = $4"
			     " AND pid = $5",
	[STMT_FIND_WAITING] = "SELECT feed, pid FROM waiting"
			      " WHERE organization = $1 AND field = $2"
			      " AND value = $3 ORDER BY since_ms, feed, pid"
			      " LIMIT 8",
	[STMT_ADD_TASK] =
		"INSERT INTO tasks (public_id, organization, kind, subject,"
		" feed, pid, word, member, other, times, opened_ms, last_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)"
		" ON CONFLICT (organization, kind, subject) DO UPDATE SET"
		" times = tasks.times + 1, last_ms = excluded.last_ms,"
		" member = excluded.member, other = excluded.other,"
		" resolved_ms = NULL",
	[STMT_END_TASK] = "UPDATE tasks SET resolved_ms = $1"
			  " WHERE organization = $2 AND kind = $3"
			  " AND subject = $4 AND resolved_ms IS NULL",
};

const char *directory_sql(enum stmt which)
{
	return texts[which];
}

struct put put_start(struct directory *d, enum stmt which)
{
	return (struct put){ d->stmts[which], 1 };
}

void put_int(struct put *p, int64_t n)
{
	db_bind_int(p->s, p->at++, n);
}

void put_key(struct put *p, int64_t key)
{
	if (key)
		db_bind_int(p->s, p->at++, key);
	else
		db_bind_null(p->s, p->at++);
}

void put_str(struct put *p, struct str text)
{
	db_bind_str(p->s, p->at++, text);
}

void put_text(struct put *p, struct str text)
{
	if (text.len)
		db_bind_str(p->s, p->at++, text);
	else
		db_bind_null(p->s, p->at++);
}

void put_bytes(struct put *p, struct str bytes)
{
	db_bind_blob(p->s, p->at++, bytes);
}

void put_field(struct put *p, const struct field *f)
{
	put_text(p, f->state == FIELD_VALUE ? f->value : (struct str){ 0 });
}

int64_t take_int(struct take *t)
{
	return db_int(t->s, t->at++);
}

struct str take_str(struct take *t)
{
	struct str s = db_str(t->s, t->at++);

	if (!s.ptr)
		return s;
	s = arena_dup(t->a, s);
	t->full |= !s.ptr;
	return s;
}

static void take_field(struct take *t, struct field *f)
{
	f->value = take_str(t);
	f->state = f->value.ptr ? FIELD_VALUE : FIELD_NULL;
}

void take_member(struct take *t, struct member_row *m)
{
	m->key = take_int(t);
	m->id = take_str(t);
	m->status = (enum member_status)take_int(t);
	m->roles = (unsigned)take_int(t);
	m->guarded = take_int(t) != 0;
	m->ended = (enum member_ended)take_int(t);
	m->feed = take_int(t);
	m->pid = take_str(t);
	m->mark.version = take_int(t);
	m->mark.rank = (enum change_source)take_int(t);
	m->mark.change = take_str(t);
	m->mark.status = (enum person_status)take_int(t);
	m->mark.decision = take_int(t);
	m->wanted_email = take_str(t);
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++)
		take_field(t, &m->fields[i]);
	m->created_ms = take_int(t);
	m->changed_ms = take_int(t);
}

int take_check(const struct take *t, struct err *err)
{
	return t->full ? arena_full(t->a, err) : 0;
}

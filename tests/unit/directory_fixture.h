/* A directory on a database of the test's own, and short ways to feed it. */
#ifndef TESTS_UNIT_DIRECTORY_FIXTURE_H
#define TESTS_UNIT_DIRECTORY_FIXTURE_H

#include "check.h"

#include "base/clock.h"
#include "db/db.h"
#include "db/migrate.h"
#include "directory/directory.h"

#include <stdlib.h>
#include <unistd.h>

/* 2026-06-15T12:00:00Z */
#define NOW_MS 1781524800000LL

struct fixture {
	char dir[32];
	char url[80];
	struct db *db;
	struct directory *d;
	int64_t now_ms;
	int64_t version; /* of the last change that named none */
	char answer[4096];
};

/* What the HRIS says. NULL: absent; "": null. */
struct say {
	const char *pid;
	const char *status; /* another word is one that nobody mapped */
	const char *number;
	const char *email;
	const char *first;
	const char *title;
	const char *start;
	const char *end;
	int64_t version; /* 0: the next */
	enum change_source source;
	enum change_kind kind;
	const char *connection; /* NULL: "con1" */
	int64_t effective_ms;
	const char *run; /* of CHANGE_ABSENT; NULL: "run1" */
};

static const char fixture_rows[] =
	"INSERT INTO organizations (id, name, plan, created_ms, changed_ms)"
	" VALUES ('org1', 'One', 'growth', 0, 0),"
	" ('org2', 'Two', 'growth', 0, 0);"
	"INSERT INTO connections (id, organization, provider, name, settings,"
	" status, shard, generation, created_ms, changed_ms) VALUES"
	" ('con1', 'org1', 'standard', 'A', '{}', 'enabled', 0, 1, 0, 0),"
	" ('con2', 'org1', 'standard', 'B', '{}', 'enabled', 0, 2, 0, 0),"
	" ('con3', 'org2', 'standard', 'C', '{}', 'enabled', 0, 3, 0, 0)";

static inline void must(int result, const struct err *err)
{
	if (result != 0)
		fail_msg("%s", err->text);
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { 0 };

	assert_non_null(f);
	strcpy(f->dir, "/tmp/hrisd-directory-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->url, sizeof(f->url), "sqlite:%s/t.db", f->dir);
	must(db_open(&f->db, f->url, DB_READ_WRITE, &err), &err);
	must(db_migrate(f->db, &err), &err);
	must(db_exec(f->db, fixture_rows, &err), &err);
	must(directory_open(&f->d, f->db, &err), &err);
	f->now_ms = NOW_MS;
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	char path[96];

	directory_close(&f->d);
	directory_close(&f->d); /* twice is harmless */
	db_close(&f->db);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(path, sizeof(path), "%s/t.db%s", f->dir,
			       ends[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static inline void say_field(struct person *p, enum person_field which,
			     const char *text)
{
	struct field *f = &p->fields[which];

	if (!text)
		return;
	f->state = *text ? FIELD_VALUE : FIELD_NULL;
	f->value = *text ? str_of(text) : (struct str){ 0 };
}

static inline void say_change(struct fixture *f, const struct say *s,
			      struct change *c)
{
	const char *con = s->connection ? s->connection : "con1";
	struct person *p = &c->person;

	*c = (struct change){ .kind = s->kind, .source = s->source };
	c->organization =
		str_is(str_of(con), "con3") ? STR("org2") : STR("org1");
	c->connection = str_of(con);
	c->version = s->version ? s->version : ++f->version;
	c->observed_ms = f->now_ms;
	c->effective_ms = s->effective_ms;
	p->pid = str_of(s->pid);
	if (s->kind == CHANGE_ABSENT)
		c->run = str_of(s->run ? s->run : "run1");
	if (s->status && !person_status_find(str_of(s->status), &p->status)) {
		p->status = PERSON_STATUS_UNKNOWN;
		p->status_word = str_of(s->status);
	}
	say_field(p, PERSON_EMPLOYEE_NUMBER, s->number);
	say_field(p, PERSON_EMAIL, s->email);
	say_field(p, PERSON_FIRST_NAME, s->first);
	say_field(p, PERSON_JOB_TITLE, s->title);
	say_field(p, PERSON_START_DATE, s->start);
	say_field(p, PERSON_END_DATE, s->end);
	change_identify(c);
}

/* In a transaction of its own. */
static inline const char *feed(struct fixture *f, const struct change *c)
{
	struct err err = { 0 };
	enum apply_outcome o;

	must(directory_begin(f->d, &err), &err);
	must(directory_apply(f->d, c, f->now_ms, &o, &err), &err);
	must(db_commit(f->db, &err), &err);
	return apply_outcome_name(o);
}

static inline const char *tell(struct fixture *f, struct say s)
{
	struct change c;

	say_change(f, &s, &c);
	return feed(f, &c);
}

#define TELL(f, ...) tell(f, (struct say){ __VA_ARGS__ })

/*
 * The first column of all rows, joined by '|'; nulls are "-". sql must be a
 * literal.
 */
static inline const char *ask(struct fixture *f, const char *sql)
{
	struct err err = { 0 };
	enum db_step step;
	struct db_stmt *s;
	size_t len = 0;

	must(db_prepare(f->db, &s, sql, &err), &err);
	f->answer[0] = '\0';
	for (;;) {
		struct str v;

		must(db_step(s, &step, &err), &err);
		if (step == DB_DONE)
			return f->answer;
		v = db_is_null(s, 0) ? STR("-") : db_str(s, 0);
		len += (size_t)snprintf(f->answer + len,
					sizeof(f->answer) - len, "%s%.*s",
					len ? "|" : "", STR_ARG(v));
		assert_true(len < sizeof(f->answer));
	}
}

static inline void run(struct fixture *f, const char *sql)
{
	struct err err = { 0 };

	must(db_exec(f->db, sql, &err), &err);
}

static inline void set_rules(struct fixture *f, struct directory_rules rules)
{
	struct err err = { 0 };

	must(directory_set_rules(f->d, "org1", &rules, &err), &err);
}

#define assert_answer(f, sql, want) assert_string_equal(ask(f, sql), want)

/* Members in order, each with its status as a word of its own. */
#define STATUSES                                           \
	"SELECT coalesce(pid, '-') || ' ' || CASE status"  \
	" WHEN 0 THEN 'pending_role' WHEN 1 THEN 'active'" \
	" WHEN 2 THEN 'upcoming' WHEN 3 THEN 'paused'"     \
	" WHEN 4 THEN 'deactivated' END FROM members ORDER BY id"
#define EMAILS                                                     \
	"SELECT coalesce(pid, '-') || ' ' || coalesce(email, '-')" \
	" FROM members ORDER BY id"
#define TASKS                                    \
	"SELECT kind || ' ' || times FROM tasks" \
	" WHERE resolved_ms IS NULL ORDER BY kind, subject"
#define CREATE_A                                       \
	.pid = "a", .status = "active", .number = "1", \
	.email = "a@example.com", .first = "Ada", .title = "Engineer"
#define CREATE_B                                       \
	.pid = "b", .status = "active", .number = "2", \
	.email = "b@example.com", .first = "Bo"

#endif

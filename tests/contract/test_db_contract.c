/*
 * What every driver must do the same. HRISD_TEST_STORE names an empty
 * database to run against; without it, SQLite in a folder of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "db/db.h"
#include "db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
	char dir[64]; /* empty when the database is somebody else's */
	char url[96];
	struct db *db;
};

static const char *given_url(void)
{
	return getenv("HRISD_TEST_STORE");
}

static void must_exec(struct db *db, const char *sql)
{
	struct err err = { 0 };

	if (db_exec(db, sql, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
}

static int open_one(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { 0 };

	if (!f)
		return -1;
	*state = f;
	if (given_url()) {
		(void)snprintf(f->url, sizeof(f->url), "%s", given_url());
	} else {
		(void)snprintf(f->dir, sizeof(f->dir), "/tmp/hrisd-db-XXXXXX");
		if (!mkdtemp(f->dir))
			return -1;
		(void)snprintf(f->url, sizeof(f->url), "sqlite:%s/t.db",
			       f->dir);
	}
	if (db_open(&f->db, f->url, DB_READ_WRITE, &err) < 0)
		return -1;
	must_exec(f->db, "CREATE TABLE parents (id TEXT PRIMARY KEY);"
			 "CREATE TABLE things ("
			 " id TEXT NOT NULL PRIMARY KEY, n BIGINT, b BYTEA,"
			 " email TEXT UNIQUE,"
			 " parent TEXT REFERENCES parents (id));");
	return 0;
}

static void unlink_in(const char *dir, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
}

static int close_one(void **state)
{
	struct fixture *f = *state;

	db_rollback(f->db);
	must_exec(f->db, "DROP TABLE things; DROP TABLE parents;");
	db_close(&f->db);
	db_close(&f->db); /* twice is harmless */
	if (f->dir[0]) {
		unlink_in(f->dir, "t.db");
		unlink_in(f->dir, "t.db-wal");
		unlink_in(f->dir, "t.db-shm");
		assert_int_equal(rmdir(f->dir), 0);
	}
	free(f);
	return 0;
}

static struct db_stmt *prepared(struct db *db, const char *sql)
{
	struct db_stmt *s = NULL;
	struct err err = { 0 };

	if (db_prepare(db, &s, sql, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	return s;
}

static void must_step(struct db_stmt *s, enum db_step want)
{
	struct err err = { 0 };
	enum db_step got;

	if (db_step(s, &got, &err) < 0)
		fail_msg("step: %s", err.text);
	assert_int_equal(got, want);
}

static void must(int result, const struct err *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static int add_thing(struct db *db, const char *id, const char *email,
		     const char *parent, struct err *err)
{
	struct db_stmt *s =
		prepared(db, "INSERT INTO things (id, email, parent)"
			     " VALUES ($1, $2, $3)");

	db_bind_z(s, 1, id);
	db_bind_z(s, 2, email);
	db_bind_z(s, 3, parent);
	return db_run(s, err);
}

static int64_t count_things(struct db *db)
{
	struct db_stmt *s = prepared(db, "SELECT count(*) FROM things");
	int64_t n;

	must_step(s, DB_ROW);
	n = db_int(s, 0);
	must_step(s, DB_DONE);
	return n;
}

static void test_db_gives_back_what_was_bound(void **state)
{
	static const char blob[] = { 'a', 0, (char)0xff, 0, 'b' };
	struct db *db = ((struct fixture *)*state)->db;
	struct db_stmt *s = prepared(db, "INSERT INTO things (id, n, b)"
					 " VALUES ($1, $2, $3)");
	struct err err = { 0 };

	db_bind_str(s, 1, STR("t\xc3\xa9"));
	db_bind_int(s, 2, INT64_MIN);
	db_bind_blob(s, 3, (struct str){ blob, sizeof(blob) });
	must(db_run(s, &err), &err);
	assert_int_equal(db_changes(db), 1);

	s = prepared(db, "SELECT id, n, b, email FROM things WHERE n = $1");
	db_bind_int(s, 1, INT64_MIN);
	must_step(s, DB_ROW);
	assert_true(str_is(db_str(s, 0), "t\xc3\xa9"));
	assert_true(db_int(s, 1) == INT64_MIN);
	assert_int_equal(db_str(s, 2).len, sizeof(blob));
	assert_memory_equal(db_str(s, 2).ptr, blob, sizeof(blob));
	assert_false(db_is_null(s, 2));
	assert_true(db_is_null(s, 3));
	assert_null(db_str(s, 3).ptr);
	assert_int_equal(db_int(s, 3), 0);
	must_step(s, DB_DONE);
}

static void test_db_tells_empty_from_null(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct db_stmt *s = prepared(db, "INSERT INTO things (id, b, email)"
					 " VALUES ($1, $2, $3)");
	struct err err = { 0 };

	db_bind_str(s, 1, (struct str){ 0 });
	db_bind_blob(s, 2, (struct str){ 0 });
	db_bind_z(s, 3, NULL);
	must(db_run(s, &err), &err);

	s = prepared(db, "SELECT id, b, email FROM things");
	must_step(s, DB_ROW);
	for (int i = 0; i < 2; i++) {
		assert_false(db_is_null(s, i));
		assert_non_null(db_str(s, i).ptr);
		assert_int_equal(db_str(s, i).len, 0);
	}
	assert_true(db_is_null(s, 2));
	db_reset(s);
}

static void test_db_parameter_may_be_used_twice(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct db_stmt *s =
		prepared(db, "SELECT CASE WHEN CAST($1 AS BIGINT) > 5 THEN "
			     "CAST($2 AS BIGINT) ELSE CAST($1 AS BIGINT) END");

	db_bind_int(s, 1, 6);
	db_bind_int(s, 2, 42);
	must_step(s, DB_ROW);
	assert_int_equal(db_int(s, 0), 42);
	db_reset(s);
}

static void test_db_same_text_is_same_statement_without_parameters(void **state)
{
	char copy[] = "SELECT email FROM things WHERE id = $1";
	struct db *db = ((struct fixture *)*state)->db;
	struct db_stmt *s =
		prepared(db, "SELECT email FROM things WHERE id = $1");
	struct err err = { 0 };

	must(add_thing(db, "a", "a@example.com", NULL, &err), &err);
	db_bind_z(s, 1, "a");
	must_step(s, DB_ROW);
	assert_ptr_equal(prepared(db, copy), s);
	must_step(s, DB_DONE); /* null equals nothing */
}

static void test_db_refuses_a_nul_in_a_text(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct db_stmt *s = prepared(db, "INSERT INTO things (id) VALUES ($1)");
	struct err err = { 0 };

	db_bind_str(s, 1, STR("a\0b"));
	assert_int_equal(db_run(s, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_non_null(strstr(err.text, "$1"));

	/* The refusal does not stick to the statement. */
	s = prepared(db, "INSERT INTO things (id) VALUES ($1)");
	db_bind_str(s, 1, STR("ab"));
	must(db_run(s, &err), &err);
}

static void test_db_says_what_a_conflict_is(void **state)
{
	static const struct row {
		const char *name, *id, *email, *parent;
	} rows[] = {
		{ "primary key", "a", NULL, NULL },
		{ "unique", "b", "a@example.com", NULL },
		{ "foreign key", "c", NULL, "nobody" },
	};
	struct db *db = ((struct fixture *)*state)->db;
	struct err err = { 0 };

	must(add_thing(db, "a", "a@example.com", NULL, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		err = (struct err){ 0 };
		if (add_thing(db, r->id, r->email, r->parent, &err) == 0)
			fail_msg("%s: was taken", r->name);
		if (err.kind != ERR_CONFLICT)
			fail_msg("%s: kind %d: %s", r->name, err.kind,
				 err.text);
		assert_null(strstr(err.text, "example.com")); /* no values */
	}
	assert_int_equal(count_things(db), 1);
}

static void test_db_null_violation_is_our_bug(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct err err = { 0 };

	assert_int_equal(add_thing(db, NULL, NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_BUG);
}

static void test_db_knows_upsert_and_returning(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	const char *sql = "INSERT INTO things (id, n) VALUES ($1, 1)"
			  " ON CONFLICT (id) DO UPDATE SET n = things.n + 1"
			  " RETURNING n";

	for (int64_t want = 1; want <= 3; want++) {
		struct db_stmt *s = prepared(db, sql);

		db_bind_z(s, 1, "a");
		must_step(s, DB_ROW);
		assert_int_equal(db_int(s, 0), want);
		must_step(s, DB_DONE);
		assert_int_equal(db_changes(db), 1);
	}
}

static void test_db_rollback_leaves_nothing(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct err err = { 0 };

	must(db_begin(db, &err), &err);
	must(add_thing(db, "a", NULL, NULL, &err), &err);
	db_rollback(db);
	db_rollback(db); /* harmless */
	assert_int_equal(count_things(db), 0);

	must(db_begin(db, &err), &err);
	must(add_thing(db, "a", NULL, NULL, &err), &err);
	must(db_commit(db, &err), &err);
	assert_int_equal(count_things(db), 1);
}

static void test_db_savepoint_undoes_a_part(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct err err = { 0 };

	must(db_begin(db, &err), &err);
	must(add_thing(db, "a", NULL, NULL, &err), &err);
	must(db_savepoint(db, "part", &err), &err);
	must(add_thing(db, "b", NULL, NULL, &err), &err);
	assert_int_equal(add_thing(db, "a", NULL, NULL, &err), -1);
	db_savepoint_rollback(db, "part");
	must(db_savepoint(db, "part", &err), &err);
	must(add_thing(db, "c", NULL, NULL, &err), &err);
	must(db_savepoint_release(db, "part", &err), &err);
	must(db_commit(db, &err), &err);
	assert_int_equal(count_things(db), 2);
}

static void test_db_failure_spoils_the_transaction(void **state)
{
	struct db *db = ((struct fixture *)*state)->db;
	struct err err = { 0 };

	must(db_begin(db, &err), &err);
	must(add_thing(db, "a", NULL, NULL, &err), &err);
	assert_int_equal(add_thing(db, "a", NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(add_thing(db, "b", NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(db_commit(db, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(count_things(db), 0);

	/* The next one starts clean. */
	must(db_begin(db, &err), &err);
	must(add_thing(db, "b", NULL, NULL, &err), &err);
	must(db_commit(db, &err), &err);
}

static void test_db_busy_is_temporary(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *other = NULL;

	must(db_open(&other, f->url, DB_READ_WRITE, &err), &err);
	must(db_begin(f->db, &err), &err);
	must(add_thing(f->db, "a", NULL, NULL, &err), &err);

	/* A reader is not held up, and sees nothing of it yet. */
	assert_int_equal(count_things(other), 0);
	db_set_wait_ms(other, 1);
	assert_int_equal(db_begin(other, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	must(db_commit(f->db, &err), &err);

	must(db_begin(other, &err), &err);
	assert_int_equal(count_things(other), 1);
	db_close(&other); /* rolls back */
	must(db_begin(f->db, &err), &err);
	db_rollback(f->db);
}

static void test_db_read_only_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *reader = NULL;

	must(add_thing(f->db, "a", NULL, NULL, &err), &err);
	must(db_open(&reader, f->url, DB_READ_ONLY, &err), &err);
	assert_int_equal(count_things(reader), 1);
	assert_int_equal(add_thing(reader, "b", NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	db_close(&reader);
	assert_int_equal(count_things(f->db), 1);
}

static void test_db_migrates_once(void **state)
{
	struct fixture *f = *state;
	struct db_stmt *s;
	struct err err = { 0 };
	int64_t version;

	assert_int_equal(db_check_schema(f->db, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	must(db_migrate(f->db, &err), &err);
	must(db_check_schema(f->db, &err), &err);
	s = prepared(f->db, "SELECT version FROM schema_version");
	must_step(s, DB_ROW);
	version = db_int(s, 0);
	must_step(s, DB_DONE); /* one row */
	assert_true(version >= 1);

	must_exec(f->db, "UPDATE generation SET value = 7");
	must(db_migrate(f->db, &err), &err);
	s = prepared(f->db, "SELECT value FROM generation");
	must_step(s, DB_ROW);
	assert_int_equal(db_int(s, 0), 7);
	db_reset(s);
}

static void test_db_refuses_a_newer_schema(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	must(db_migrate(f->db, &err), &err);
	must_exec(f->db, "UPDATE schema_version SET version = version + 1");
	assert_int_equal(db_migrate(f->db, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(db_check_schema(f->db, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	must_exec(f->db, "UPDATE schema_version SET version = version - 1");
	must(db_check_schema(f->db, &err), &err);
}

/* --------------------------------------------------------------- the rest */

static void test_db_refuses_a_store_it_does_not_know(void **state)
{
	static const char *const urls[] = {
		"",
		"hrisd.db",
		"mysql://db.example.com/x",
		"sqlite:",
		"sqlite::memory:",
		"sqlite-x:/tmp/x",
		"postgresql://db.example.com/hrisd",
	};
	struct db *db = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct err err = { 0 };

		assert_int_equal(db_open(&db, urls[i], DB_READ_WRITE, &err),
				 -1);
		if (err.kind != ERR_CONFIG || !strstr(err.text, "sqlite:"))
			fail_msg("'%s': %s", urls[i], err.text);
		assert_null(db);
	}
}

static void test_sqlite_file_is_for_its_owner_only(void **state)
{
	static const char *const names[] = { "t.db", "t.db-wal" };
	struct fixture *f = *state;

	if (!f->dir[0])
		skip();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct stat st;
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

static void test_sqlite_refuses_what_is_no_database(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *db = NULL;
	char url[160];
	FILE *file;

	if (!f->dir[0])
		skip();
	(void)snprintf(url, sizeof(url), "sqlite:%s/missing", f->dir);
	assert_int_equal(db_open(&db, url, DB_READ_ONLY, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);

	(void)snprintf(url, sizeof(url), "sqlite:%s/notes", f->dir);
	file = fopen(url + strlen("sqlite:"), "w");
	assert_non_null(file);
	for (int i = 0; i < 100; i++)
		(void)fputs("these are notes and no database\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(db_open(&db, url, DB_READ_WRITE, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "notes"));
	unlink_in(f->dir, "notes");
}

static int open_and_migrate(const char *url)
{
	struct db *db = NULL;
	struct err err = { 0 };

	if (db_open(&db, url, DB_READ_WRITE, &err) == 0 &&
	    db_migrate(db, &err) == 0 && db_check_schema(db, &err) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}

static void test_sqlite_new_file_is_opened_by_many_at_once(void **state)
{
	struct fixture *f = *state;
	pid_t children[8];
	char url[160];
	int status;

	if (!f->dir[0])
		skip();
	(void)snprintf(url, sizeof(url), "sqlite:%s/many", f->dir);
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(open_and_migrate(url));
	}
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	unlink_in(f->dir, "many");
	unlink_in(f->dir, "many-wal");
	unlink_in(f->dir, "many-shm");
}

/* A full disk ends the transaction: nothing after it may commit alone. */
static void test_sqlite_full_loses_the_whole_transaction(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db_stmt *s;
	static char large[1 << 20];

	if (!f->dir[0])
		skip();
	must_exec(f->db, "PRAGMA max_page_count = 64");
	must(db_begin(f->db, &err), &err);
	must(add_thing(f->db, "a", NULL, NULL, &err), &err);
	must(db_savepoint(f->db, "part", &err), &err);
	s = prepared(f->db, "INSERT INTO things (id, b) VALUES ($1, $2)");
	db_bind_z(s, 1, "b");
	db_bind_blob(s, 2, (struct str){ large, sizeof(large) });
	assert_int_equal(db_run(s, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	db_savepoint_rollback(f->db, "part");
	assert_int_equal(add_thing(f->db, "c", NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(db_commit(f->db, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	assert_int_equal(count_things(f->db), 0);
	must(add_thing(f->db, "d", NULL, NULL, &err), &err);
}

#define PROMISE(fn) cmocka_unit_test_setup_teardown(fn, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(test_db_gives_back_what_was_bound),
		PROMISE(test_db_tells_empty_from_null),
		PROMISE(test_db_parameter_may_be_used_twice),
		PROMISE(test_db_same_text_is_same_statement_without_parameters),
		PROMISE(test_db_refuses_a_nul_in_a_text),
		PROMISE(test_db_says_what_a_conflict_is),
		PROMISE(test_db_null_violation_is_our_bug),
		PROMISE(test_db_knows_upsert_and_returning),
		PROMISE(test_db_rollback_leaves_nothing),
		PROMISE(test_db_savepoint_undoes_a_part),
		PROMISE(test_db_failure_spoils_the_transaction),
		PROMISE(test_db_busy_is_temporary),
		PROMISE(test_db_read_only_cannot_write),
		PROMISE(test_db_migrates_once),
		PROMISE(test_db_refuses_a_newer_schema),
		PROMISE(test_sqlite_file_is_for_its_owner_only),
		PROMISE(test_sqlite_refuses_what_is_no_database),
		PROMISE(test_sqlite_new_file_is_opened_by_many_at_once),
		PROMISE(test_sqlite_full_loses_the_whole_transaction),
		cmocka_unit_test(test_db_refuses_a_store_it_does_not_know),
	};

	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}

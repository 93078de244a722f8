/* Tokens: sealed for the fetcher, replaced by comparing generations. */
#include "registry/token.h"

#include "base/assert.h"
#include "rows.h"

#define SEAL_OVERHEAD 64 /* libsodium adds 48 bytes */

/* ------------------------------------------------------------- reading */

static int open_both(const struct keyring *keys, struct str sealed,
		     struct str previous, struct token *out, struct err *err)
{
	if (unseal(keys, SEAL_API, sealed, &out->value, err) < 0)
		return -1;
	if (!previous.ptr ||
	    unseal(keys, SEAL_API, previous, &out->previous, err) == 0)
		return 0;
	token_release(out);
	return -1;
}

int registry_get_token(struct db *db, const struct keyring *keys,
		       struct str connection, struct str name,
		       struct token *out, struct err *err)
{
	struct token t = { 0 };
	enum db_step step;
	struct db_stmt *s;
	int result = 0;

	if (db_prepare(db, &s,
		       "SELECT generation, set_ms, sealed, previous_sealed"
		       " FROM tokens WHERE connection = $1 AND name = $2",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	db_bind_str(s, 2, name);
	if (db_step(s, &step, err) < 0)
		return -1;
	if (step == DB_ROW) {
		t.generation = db_int(s, 0);
		t.set_ms = db_int(s, 1);
		result = open_both(keys, db_str(s, 2), db_str(s, 3), &t, err);
		db_reset(s);
	}
	if (result < 0)
		return err_prefix(err, "token %.*s", STR_ARG(name));
	*out = t;
	return 0;
}

void token_release(struct token *t)
{
	secret_free(&t->value);
	secret_free(&t->previous);
	*t = (struct token){ 0 };
}

/* ------------------------------------------------------------- writing */

/* It grows, also after all tokens were forgotten, as the clock does. */
static int64_t generation_after(const struct token_write *w)
{
	return w->was < w->now_ms ? w->now_ms : w->was + 1;
}

/* $1 to $5 stand for the same in both. */
#define SQL_FIRST                                                 \
	"INSERT INTO tokens (generation, set_ms, sealed, name,"   \
	" connection) SELECT $1, $2, $3, $4, id FROM connections" \
	" WHERE id = $5 AND deleted_ms IS NULL ON CONFLICT DO NOTHING"
#define SQL_NEXT                                                        \
	"UPDATE tokens SET generation = $1, set_ms = $2, sealed = $3,"  \
	" previous_sealed = sealed WHERE name = $4 AND connection = $5" \
	" AND generation = $6"

static int write_sealed(struct db *db, const struct token_write *w,
			struct str sealed, int64_t generation, struct err *err)
{
	const char *sql = w->was ? SQL_NEXT : SQL_FIRST;
	struct db_stmt *s;

	if (db_prepare(db, &s, sql, err) < 0)
		return -1;
	db_bind_int(s, 1, generation);
	db_bind_int(s, 2, w->now_ms);
	db_bind_blob(s, 3, sealed);
	db_bind_str(s, 4, w->name);
	db_bind_str(s, 5, w->connection);
	if (w->was)
		db_bind_int(s, 6, w->was);
	if (db_run(s, err) < 0)
		return -1;
	if (db_changes(db) == 0)
		return err_set(err, ERR_CONFLICT,
			       "the token was replaced meanwhile");
	return 0;
}

int registry_put_token(struct db *db, const struct keyring *keys,
		       const struct token_write *w, int64_t *generation,
		       struct err *err)
{
	int64_t next = generation_after(w);
	struct buf sealed;
	int result;

	ASSERT(w->name.len && w->name.len <= TOKEN_NAME_MAX);
	if (w->value.len > TOKEN_MAX_BYTES)
		return err_set(err, ERR_LIMIT,
			       "a token is longer than %d bytes",
			       TOKEN_MAX_BYTES);
	buf_init(&sealed, TOKEN_MAX_BYTES + SEAL_OVERHEAD);
	result = seal(keys, SEAL_API, w->value, &sealed, err);
	if (result == 0)
		result = write_sealed(db, w, buf_str(&sealed), next, err);
	buf_release(&sealed);
	if (result == 0)
		*generation = next;
	return result;
}

int registry_drop_token(struct db *db, struct str connection, struct str name,
			int64_t was, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "DELETE FROM tokens WHERE connection = $1"
		       " AND name = $2 AND generation = $3",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	db_bind_str(s, 2, name);
	db_bind_int(s, 3, was);
	return db_run(s, err);
}

#include "registry/authorization.h"

#include "base/assert.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "rows.h"

#define RANDOM_SIZE  32	 /* bytes: 43 letters */
#define VERIFIER_MAX 256 /* bytes, sealed */

static struct str hashed(struct str text, unsigned char out[static SHA256_SIZE])
{
	sha256(&text, 1, out);
	return (struct str){ (const char *)out, SHA256_SIZE };
}

static void print_random(char out[static AUTHORIZATION_TEXT_MAX])
{
	unsigned char bytes[RANDOM_SIZE];
	struct buf b;

	random_bytes(bytes, sizeof(bytes));
	buf_init(&b, AUTHORIZATION_TEXT_MAX - 1);
	encode(ENCODING_BASE64URL, bytes, sizeof(bytes), &b);
	ASSERT(!b.failed);
	memcpy(out, b.data, b.len + 1);
	secret_wipe(b.data, b.len);
	buf_release(&b);
	secret_wipe(bytes, sizeof(bytes));
}

/* --------------------------------------------------------------- beginning */

/* Sealed, in the arena. */
static int make_verifier(const struct registry *r, struct arena *a,
			 struct str *out, struct err *err)
{
	char verifier[AUTHORIZATION_TEXT_MAX];
	struct buf sealed;
	int result;

	print_random(verifier);
	buf_init(&sealed, VERIFIER_MAX);
	result = seal(r->keys, SEAL_API, str_of(verifier), &sealed, err);
	secret_wipe(verifier, sizeof(verifier));
	if (result == 0)
		*out = arena_dup(a, buf_str(&sealed));
	buf_release(&sealed);
	if (result == 0 && !out->ptr)
		result = arena_full(a, err);
	return result;
}

static int forget(struct db *db, const char *connection, int64_t now_ms,
		  struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "DELETE FROM authorizations"
		       " WHERE connection = $1 OR until_ms <= $2",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, connection);
	db_bind_int(s, 2, now_ms);
	return db_run(s, err);
}

static int insert(struct db *db, const struct authorization *a,
		  struct str state, int64_t until_ms, struct err *err)
{
	unsigned char hash[SHA256_SIZE];
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO authorizations"
		       " (state_hash, connection, organization, admin,"
		       " redirect_uri, verifier, until_ms)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7)",
		       err) < 0)
		return -1;
	db_bind_blob(s, 1, hashed(state, hash));
	db_bind_z(s, 2, a->connection);
	db_bind_z(s, 3, a->who.organization);
	db_bind_z(s, 4, a->who.admin);
	db_bind_str(s, 5, a->redirect_uri);
	db_bind_blob(s, 6, a->verifier);
	db_bind_int(s, 7, until_ms);
	return db_run(s, err);
}

static int store(struct db *db, const struct authorization *a, struct str state,
		 int64_t now_ms, struct err *err)
{
	int result;

	if (db_begin(db, err) < 0)
		return -1;
	result = forget(db, a->connection, now_ms, err);
	if (result == 0)
		result = insert(db, a, state, now_ms + AUTHORIZATION_MS, err);
	return rows_commit(db, result, err);
}

int registry_start_authorization(
	const struct registry *r, const struct registry_caller *who,
	const struct connection *c, struct str redirect_uri, int64_t now_ms,
	struct arena *a, struct authorization_start *out, struct err *err)
{
	struct authorization row = { .who = *who,
				     .redirect_uri = redirect_uri };

	rows_copy_id(row.connection, str_of(c->id));
	print_random(out->state);
	if (make_verifier(r, a, &row.verifier, err) < 0 ||
	    store(r->db, &row, str_of(out->state), now_ms, err) < 0)
		return -1;
	out->verifier = row.verifier;
	return 0;
}

/* ------------------------------------------------------------------- using */

static int read_row(struct db_stmt *s, int64_t now_ms, struct arena *a,
		    struct authorization *out, struct err *err)
{
	*out = (struct authorization){
		.redirect_uri = arena_dup(a, db_str(s, 3)),
		.verifier = arena_dup(a, db_str(s, 4)),
	};
	rows_copy_id(out->connection, db_str(s, 0));
	rows_copy_id(out->who.organization, db_str(s, 1));
	rows_copy_id(out->who.admin, db_str(s, 2));
	if (!out->redirect_uri.ptr || !out->verifier.ptr)
		return arena_full(a, err);
	if (db_int(s, 5) <= now_ms)
		return err_set(err, ERR_NOT_FOUND, "it was begun too long ago");
	return 0;
}

int registry_take_authorization(struct db *db, struct str state, int64_t now_ms,
				struct arena *a, struct authorization *out,
				struct err *err)
{
	unsigned char hash[SHA256_SIZE];
	enum db_step step;
	struct db_stmt *s;
	int result;

	if (db_prepare(db, &s,
		       "DELETE FROM authorizations WHERE state_hash = $1"
		       " RETURNING connection, organization, admin,"
		       " redirect_uri, verifier, until_ms",
		       err) < 0)
		return -1;
	db_bind_blob(s, 1, hashed(state, hash));
	if (db_step(s, &step, err) < 0)
		return -1;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND,
			       "it is not known, or was used before");
	result = read_row(s, now_ms, a, out, err);
	/* To the end, or the row might stay: it is used up whatever it is. */
	if (db_run(s, result < 0 ? NULL : err) < 0)
		return -1;
	return result;
}

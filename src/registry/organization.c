/* Organizations, admins and API tokens. */
#include "organization.h"

#include "base/assert.h"
#include "base/clock.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "rows.h"
#include "words.h"

#define NAME_MAX_BYTES 200
#define TOKEN_PREFIX   "hrisd_" /* so that scanners of leaked secrets find it */
#define TOKEN_BYTES    32
#define TOKEN_LEN      (sizeof(TOKEN_PREFIX) - 1 + 43) /* base64url */

static void token_hash(struct str token, unsigned char out[static SHA256_SIZE])
{
	sha256(&token, 1, out);
}

static void make_token(struct registry_admin *a)
{
	unsigned char bytes[TOKEN_BYTES];
	struct buf text;

	buf_init(&text, sizeof(a->token) - 1);
	random_bytes(bytes, sizeof(bytes));
	buf_add_z(&text, TOKEN_PREFIX);
	encode(ENCODING_BASE64URL, bytes, sizeof(bytes), &text);
	ASSERT(!text.failed && text.len == TOKEN_LEN);
	memcpy(a->token, text.data, text.len + 1);
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(text.data, text.len);
	buf_release(&text);
}

static int insert_organization(struct db *db, const char *id, struct str name,
			       enum plan plan, int64_t now, struct err *err)
{
	struct db_stmt *s;
	struct err why = { 0 };

	if (db_prepare(db, &s,
		       "INSERT INTO organizations"
		       " (id, name, plan, created_ms, changed_ms)"
		       " VALUES ($1, $2, $3, $4, $4)",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, id);
	db_bind_str(s, 2, name);
	db_bind_z(s, 3, plan_name(plan));
	db_bind_int(s, 4, now);
	if (db_run(s, &why) == 0)
		return 0;
	if (why.kind == ERR_CONFLICT)
		return err_set(err, ERR_CONFLICT,
			       "there is an organization of this name already");
	return err_set(err, why.kind, "%s", why.text);
}

static int insert_admin(struct db *db, const struct registry_admin *a,
			struct str email, int64_t now, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(
		    db, &s,
		    "INSERT INTO admins (id, organization, email, created_ms)"
		    " VALUES ($1, $2, $3, $4)",
		    err) < 0)
		return -1;
	db_bind_z(s, 1, a->admin);
	db_bind_z(s, 2, a->organization);
	db_bind_str(s, 3, email);
	db_bind_int(s, 4, now);
	return db_run(s, err);
}

static int insert_token(struct db *db, const struct registry_admin *a,
			int64_t now, struct err *err)
{
	unsigned char hash[SHA256_SIZE];
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO api_tokens"
		       " (hash, organization, admin, created_ms)"
		       " VALUES ($1, $2, $3, $4)",
		       err) < 0)
		return -1;
	token_hash(str_of(a->token), hash);
	db_bind_blob(s, 1, (struct str){ (char *)hash, sizeof(hash) });
	db_bind_z(s, 2, a->organization);
	db_bind_z(s, 3, a->admin);
	db_bind_int(s, 4, now);
	return db_run(s, err);
}

static int insert_all(struct db *db, const struct registry_admin *a,
		      struct str name, enum plan plan, struct str email,
		      struct err *err)
{
	int64_t now = clock_wall_ms();

	if (insert_organization(db, a->organization, name, plan, now, err) <
		    0 ||
	    insert_admin(db, a, email, now, err) < 0)
		return -1;
	return insert_token(db, a, now, err);
}

int registry_init_org(struct db *db, struct str name, enum plan plan,
		      struct str email, struct registry_admin *out,
		      struct err *err)
{
	struct registry_admin a = { 0 };
	int result;

	if (words_check_text(name, "name", NAME_MAX_BYTES, &name, err) < 0 ||
	    words_check_email(email, &email, err) < 0)
		return -1;
	random_sorted_id(a.organization, clock_wall_ms());
	random_sorted_id(a.admin, clock_wall_ms());
	make_token(&a);
	if (db_begin(db, err) < 0)
		return -1;
	result = rows_commit(db, insert_all(db, &a, name, plan, email, err),
			     err);
	if (result == 0)
		*out = a;
	secret_wipe(&a, sizeof(a));
	return result;
}

static int find_token(struct db *db, const unsigned char *hash,
		      struct registry_caller *out, struct err *err)
{
	enum db_step step;
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "SELECT t.organization, t.admin, o.plan"
		       " FROM api_tokens t"
		       " JOIN organizations o ON o.id = t.organization"
		       " WHERE t.hash = $1 AND t.revoked_ms IS NULL",
		       err) < 0)
		return -1;
	db_bind_blob(s, 1, (struct str){ (const char *)hash, SHA256_SIZE });
	if (db_step(s, &step, err) < 0)
		return -1;
	if (step == DB_DONE)
		return err_set(err, ERR_AUTH, "the token is not valid");
	rows_copy_id(out->organization, db_str(s, 0));
	rows_copy_id(out->admin, db_str(s, 1));
	if (!plan_find(db_str(s, 2), &out->plan)) {
		db_reset(s);
		return err_set(err, ERR_BUG, "the database has another plan");
	}
	db_reset(s);
	return 0;
}

/*
 * Found by its hash: how long that takes tells nothing of the token, since
 * nobody can choose what it hashes to.
 */
int registry_authenticate(struct db *db, struct str token,
			  struct registry_caller *out, struct err *err)
{
	unsigned char hash[SHA256_SIZE];

	if (token.len != TOKEN_LEN || !str_starts(token, STR(TOKEN_PREFIX)))
		return err_set(err, ERR_AUTH, "the token is not valid");
	token_hash(token, hash);
	return find_token(db, hash, out, err);
}

int organization_check_plan(struct db *db, const char *organization,
			    struct err *err)
{
	enum db_step step;
	enum plan plan;
	struct db_stmt *s;
	bool known;

	if (db_prepare(db, &s, "SELECT plan FROM organizations WHERE id = $1",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, organization);
	if (db_step(s, &step, err) < 0)
		return -1;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "no such organization");
	known = plan_find(db_str(s, 0), &plan);
	db_reset(s);
	if (!known)
		return err_set(err, ERR_BUG, "the database has another plan");
	if (!plan_has_hris(plan))
		return err_set(err, ERR_FORBIDDEN,
			       "HRIS sync needs the Growth plan or above; this "
			       "organization is on the plan %s",
			       plan_name(plan));
	return 0;
}

#include "credential.h"

#include "base/assert.h"
#include "crypto/secret.h"
#include "provider/webhook.h"
#include "rows.h"
#include "words.h"
#include "json/write.h"

#define CREDENTIALS_MAX	 32 /* fields of a connection */
#define SECRETS_MAX	 CREDENTIALS_MAX
#define SEAL_OVERHEAD	 64 /* libsodium adds 48 bytes */
#define OPENED_MAX_BYTES (256 << 10)

static const char *const boxes[SEAL_BOX_COUNT] = {
	[SEAL_WEBHOOK] = "webhook",
	[SEAL_API] = "api",
};

/* ---------------------------------------------------------------- checking */

static const struct credential_field *find_field(const struct manifest *m,
						 struct str name)
{
	for (size_t i = 0; i < manifest_credential_count(m); i++) {
		const struct credential_field *f = manifest_credential(m, i);

		if (str_is(name, f->name))
			return f;
	}
	return NULL;
}

/* An admin pastes: white space around a secret is never a part of it. */
static struct str value_of(const struct json *member)
{
	return str_trim(json_string(member));
}

static int check_member(const struct manifest *m, const struct json *member,
			struct err *err)
{
	struct str name = json_key(member);
	const struct credential_field *f = find_field(m, name);
	struct str value = value_of(member);

	if (!f)
		return err_set(err, ERR_INVALID,
			       "credentials: %s has no field '%.*s'; see GET "
			       "/api/v1/providers",
			       manifest_name(m), STR_ARG(words_shown(name)));
	if (json_is(member, JSON_NULL))
		return 0;
	if (!json_is(member, JSON_STRING))
		return err_set(err, ERR_INVALID,
			       "credentials/%s must be a string", f->name);
	if (!value.len)
		return err_set(err, ERR_INVALID,
			       "credentials/%s must not be empty", f->name);
	if (value.len > CREDENTIAL_MAX_BYTES)
		return err_set(
			err, ERR_INVALID,
			"credentials/%s must not be longer than %d bytes",
			f->name, CREDENTIAL_MAX_BYTES);
	return 0;
}

/*
 * When all that a signature needs is here, try it out: a secret of the wrong
 * form is told to who enters it, not found out by deliveries that fail.
 */
static int try_webhook_secrets(const struct manifest *m,
			       const struct json *credentials, struct err *err)
{
	struct webhook_secret secrets[SECRETS_MAX];
	struct webhook_keys *keys = NULL;
	size_t count = 0;

	for (size_t i = 0; i < manifest_credential_count(m); i++) {
		const struct credential_field *f = manifest_credential(m, i);
		const struct json *v = json_get(credentials, f->name);

		if (!f->webhook)
			continue;
		if (json_is(v, JSON_STRING) && count < SECRETS_MAX)
			secrets[count++] = (struct webhook_secret){
				.name = f->name,
				.value = value_of(v),
			};
		else if (f->required)
			return 0;
	}
	if (!count)
		return 0;
	if (webhook_keys_new(&keys, m, NULL, secrets, count, NULL, 0, err) <
	    0) {
		if (err)
			err->kind = ERR_INVALID;
		return err_prefix(err, "credentials");
	}
	webhook_keys_free(&keys);
	return 0;
}

int credentials_check(const struct manifest *m, const struct json *credentials,
		      struct err *err)
{
	if (!credentials)
		return 0;
	if (!json_is(credentials, JSON_OBJECT))
		return err_set(err, ERR_INVALID,
			       "credentials must be an object");
	for (const struct json *v = json_first(credentials); v;
	     v = json_next(v))
		if (check_member(m, v, err) < 0)
			return -1;
	return try_webhook_secrets(m, credentials, err);
}

/* ----------------------------------------------------------------- storing */

static int remove_one(struct db *db, const char *connection,
		      const struct credential_field *f, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "DELETE FROM credentials"
		       " WHERE connection = $1 AND field = $2",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, connection);
	db_bind_z(s, 2, f->name);
	return db_run(s, err);
}

/*
 * Only a webhook's secret keeps the one before: deliveries that were signed
 * with it may be under way. An API credential is ours alone to switch.
 */
static int write_sealed(struct db *db, const char *connection,
			const struct credential_field *f, struct str sealed,
			int64_t now_ms, struct err *err)
{
	enum seal_box box = f->webhook ? SEAL_WEBHOOK : SEAL_API;
	struct db_stmt *s;

	if (db_prepare(db, &s,
		       "INSERT INTO credentials"
		       " (connection, field, box, sealed, set_ms)"
		       " VALUES ($1, $2, $3, $4, $5)"
		       " ON CONFLICT (connection, field) DO UPDATE SET"
		       " previous_sealed = CASE WHEN excluded.box = 'webhook'"
		       "  AND credentials.box = 'webhook'"
		       "  THEN credentials.sealed ELSE NULL END,"
		       " previous_until_ms = $6,"
		       " box = excluded.box,"
		       " sealed = excluded.sealed,"
		       " set_ms = excluded.set_ms",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, connection);
	db_bind_z(s, 2, f->name);
	db_bind_z(s, 3, boxes[box]);
	db_bind_blob(s, 4, sealed);
	db_bind_int(s, 5, now_ms);
	if (box == SEAL_WEBHOOK)
		db_bind_int(s, 6, now_ms + CREDENTIAL_ROTATION_MS);
	else
		db_bind_null(s, 6);
	return db_run(s, err);
}

static int seal_one(const struct registry *r, const char *connection,
		    const struct credential_field *f, struct str value,
		    int64_t now_ms, struct err *err)
{
	struct buf sealed;
	int result;

	buf_init(&sealed, CREDENTIAL_MAX_BYTES + SEAL_OVERHEAD);
	result = seal(r->keys, f->webhook ? SEAL_WEBHOOK : SEAL_API, value,
		      &sealed, err);
	if (result == 0)
		result = write_sealed(r->db, connection, f, buf_str(&sealed),
				      now_ms, err);
	buf_release(&sealed);
	return result;
}

/* They were given for credentials that are not in force any more. */
static int forget_tokens(struct db *db, const char *connection, struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(db, &s, "DELETE FROM tokens WHERE connection = $1",
		       err) < 0)
		return -1;
	db_bind_z(s, 1, connection);
	return db_run(s, err);
}

int credentials_store(const struct registry *r, const struct manifest *m,
		      const char *connection, const struct json *credentials,
		      int64_t now_ms, struct err *err)
{
	bool api = false;

	for (const struct json *v = json_first(credentials); v;
	     v = json_next(v)) {
		const struct credential_field *f = find_field(m, json_key(v));
		int result;

		ASSERT(f);
		if (json_is(v, JSON_NULL))
			result = remove_one(r->db, connection, f, err);
		else
			result = seal_one(r, connection, f, value_of(v), now_ms,
					  err);
		if (result < 0)
			return -1;
		api = api || !f->webhook;
	}
	return api ? forget_tokens(r->db, connection, err) : 0;
}

int credential_capture(const struct registry *r, const struct manifest *m,
		       const char *connection, struct str field,
		       struct str value, int64_t now_ms, struct err *err)
{
	const struct credential_field *f = find_field(m, field);

	if (!f || !f->webhook)
		return err_set(err, ERR_CONFIG,
			       "%s has no webhook credential '%.*s'",
			       manifest_name(m), STR_ARG(words_shown(field)));
	if (!value.len || value.len > CREDENTIAL_MAX_BYTES)
		return err_set(err, ERR_LIMIT,
			       "the webhook secret has not 1 to %d bytes",
			       CREDENTIAL_MAX_BYTES);
	return seal_one(r, connection, f, value, now_ms, err);
}

/* ----------------------------------------------------------------- reading */

static int read_row(struct db_stmt *s, struct arena *a, void *row,
		    struct err *err)
{
	struct credential *c = row;

	*c = (struct credential){
		.field = arena_dup(a, db_str(s, 0)),
		.box = str_is(db_str(s, 1), boxes[SEAL_WEBHOOK]) ? SEAL_WEBHOOK
								 : SEAL_API,
		.sealed = arena_dup(a, db_str(s, 2)),
		.set_ms = db_int(s, 5),
	};
	if (!c->field.ptr || !c->sealed.ptr)
		return arena_full(a, err);
	if (db_is_null(s, 3))
		return 0;
	c->previous = arena_dup(a, db_str(s, 3));
	c->previous_until_ms = db_int(s, 4);
	return c->previous.ptr ? 0 : arena_full(a, err);
}

/* What a rotation left is good for a while. */
static void forget_previous(struct credential *list, size_t count,
			    int64_t now_ms)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].previous_until_ms > now_ms)
			continue;
		list[i].previous = (struct str){ 0 };
		list[i].previous_until_ms = 0;
	}
}

int registry_list_credentials(struct db *db, struct str connection,
			      int64_t now_ms, struct arena *a,
			      struct credential **out, size_t *count,
			      struct err *err)
{
	struct db_stmt *s;
	void *list;

	if (db_prepare(db, &s,
		       "SELECT field, box, sealed, previous_sealed,"
		       " previous_until_ms, set_ms FROM credentials"
		       " WHERE connection = $1 ORDER BY field",
		       err) < 0)
		return -1;
	db_bind_str(s, 1, connection);
	if (rows_read(s, CREDENTIALS_MAX, sizeof(**out), read_row, a, &list,
		      count, err) < 0)
		return -1;
	*out = list;
	forget_previous(*out, *count, now_ms);
	return 0;
}

/* ----------------------------------------------------------------- opening */

static int add_opened(const struct keyring *keys, const struct credential *c,
		      struct json_writer *w, struct arena *a, struct err *err)
{
	struct secret *value = NULL;
	char *name = arena_printf(a, "%.*s", STR_ARG(c->field));

	if (!name)
		return arena_full(a, err);
	if (unseal(keys, SEAL_API, c->sealed, &value, err) < 0)
		return err_prefix(err, "credential %s", name);
	json_add_string(w, name, secret_bytes(value));
	secret_free(&value);
	return 0;
}

static int write_opened(struct db *db, const struct keyring *keys,
			struct str connection, struct arena *a, struct buf *out,
			struct err *err)
{
	struct credential *list;
	struct json_writer w;
	size_t count;

	if (registry_list_credentials(db, connection, INT64_MAX, a, &list,
				      &count, err) < 0)
		return -1;
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	for (size_t i = 0; i < count; i++)
		if (list[i].box == SEAL_API &&
		    add_opened(keys, &list[i], &w, a, err) < 0)
			return -1;
	json_close(&w);
	return buf_check(out, "the credentials", err);
}

int registry_open_credentials(struct db *db, const struct keyring *keys,
			      struct str connection, struct secret **out,
			      struct err *err)
{
	struct arena a;
	struct buf text;
	int result;

	arena_init(&a, (size_t)OPENED_MAX_BYTES * 2);
	buf_init(&text, OPENED_MAX_BYTES);
	/* Growing would leave copies behind: take all of it at once. */
	(void)buf_reserve(&text, OPENED_MAX_BYTES);
	result = write_opened(db, keys, connection, &a, &text, err);
	if (result == 0)
		*out = secret_new(buf_str(&text));
	secret_wipe(text.data, text.len);
	buf_release(&text);
	arena_release(&a);
	return result;
}

/* A registry with one provider, "acme", and one organization. */
#ifndef TESTS_UNIT_REGISTRY_FIXTURE_H
#define TESTS_UNIT_REGISTRY_FIXTURE_H

#include "check.h"

#include "base/clock.h"
#include "crypto/secret.h"
#include "registry/registry.h"
#include "temp_db.h"

#include <sys/stat.h>

#define HOUR_MS 3600000LL

/* Two webhook credentials would be unusual: one of each box, and an extra. */
static const char fixture_manifest[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme HR\","
	"\"credentials\":["
	"{\"name\":\"webhook_secret\",\"label\":\"Secret\","
	"\"help\":\"Settings, Webhooks\",\"for\":\"webhook\"},"
	"{\"name\":\"api_key\",\"label\":\"Key\","
	"\"help\":\"Settings, API\",\"for\":\"api\",\"required\":false},"
	"{\"name\":\"api_user\",\"label\":\"User\",\"secret\":false,"
	"\"help\":\"Settings, API\",\"for\":\"api\",\"required\":false}],"
	"\"settings\":["
	"{\"name\":\"subdomain\",\"label\":\"Subdomain\","
	"\"help\":\"Of your address\",\"as\":\"dns-label\","
	"\"required\":true}],"
	"\"webhook\":{\"body\":\"json\","
	"\"signature\":{\"scheme\":\"hmac\",\"secret\":\"webhook_secret\","
	"\"secret_encoding\":\"hex\",\"algorithm\":\"sha256\","
	"\"encoding\":\"hex\",\"header\":\"X-Signature\","
	"\"signed\":[\"body\"]},"
	"\"events\":{\"type\":\"/type\",\"person_id\":\"/id\","
	"\"map\":{\"hired\":\"ignore\"}}}}";

struct fixture {
	struct temp_db store;
	char providers[80];
	struct manifest_set *manifests;
	struct keyring keys;
	struct registry registry;
	struct registry_admin admin;
	struct arena arena;
	struct connection connection; /* of the last must_… */
};

static inline void path_in(const struct fixture *f, const char *name, char *out,
			   size_t size)
{
	(void)snprintf(out, size, "%s%s", f->providers, name);
}

static inline int write_manifest(struct fixture *f)
{
	char path[128];
	FILE *file;

	(void)snprintf(f->providers, sizeof(f->providers), "%s/providers",
		       f->store.dir);
	path_in(f, "/acme", path, sizeof(path));
	if (mkdir(f->providers, 0700) < 0 || mkdir(path, 0700) < 0)
		return -1;
	path_in(f, "/acme/manifest.json", path, sizeof(path));
	file = fopen(path, "w");
	if (!file)
		return -1;
	(void)fputs(fixture_manifest, file);
	return fclose(file);
}

static inline int make_keys(struct fixture *f, struct err *err)
{
	char path[128];
	int result;

	path_in(f, "/key", path, sizeof(path));
	result = keyring_create(path, err);
	if (result == 0)
		result = keyring_load(&f->keys, path, err);
	(void)unlink(path);
	return result;
}

static inline int setup(void **state)
{
	static struct fixture f;
	struct err err = { 0 };

	f = (struct fixture){ 0 };
	*state = &f;
	arena_init(&f.arena, 8 << 20);
	if (temp_db_open(&f.store) < 0 || write_manifest(&f) < 0)
		return -1;
	if (make_keys(&f, &err) < 0 ||
	    manifest_set_load(&f.manifests, f.providers, &err) < 0 ||
	    registry_init_org(f.store.db, STR("Example"), PLAN_GROWTH,
			      STR("a@example.com"), &f.admin, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	f.registry = (struct registry){
		.db = f.store.db,
		.keys = &f.keys,
		.manifests = f.manifests,
		.shards = 4,
	};
	clock_fake_ms(1700000000000);
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];

	clock_fake_ms(-1);
	arena_release(&f->arena);
	manifest_set_unref(&f->manifests);
	keyring_release(&f->keys);
	path_in(f, "/acme/manifest.json", path, sizeof(path));
	(void)unlink(path);
	path_in(f, "/acme", path, sizeof(path));
	(void)rmdir(path);
	(void)rmdir(f->providers);
	return temp_db_close(&f->store);
}

static inline const struct json *parsed(struct fixture *f, const char *text)
{
	const struct json *v = NULL;
	struct err err = { 0 };

	if (text && json_parse(&v, &f->arena, str_of(text), NULL, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return v;
}

/* NULL for credentials or settings: not said. */
static inline int create(struct fixture *f, const char *credentials,
			 const char *settings, struct err *err)
{
	const struct connection_draft draft = {
		.provider = STR("acme"),
		.name = STR(" HR of Example "),
		.credentials = parsed(f, credentials),
		.settings = parsed(f, settings),
	};

	return registry_create_connection(&f->registry, f->admin.organization,
					  &draft, &f->arena, &f->connection,
					  err);
}

static inline int update(struct fixture *f, const char *credentials,
			 const char *settings, struct err *err)
{
	const struct connection_draft changes = {
		.credentials = parsed(f, credentials),
		.settings = parsed(f, settings),
	};

	return registry_update_connection(&f->registry, f->admin.organization,
					  str_of(f->connection.id), &changes,
					  &f->arena, &f->connection, err);
}

static inline int set_status(struct fixture *f, enum connection_status status,
			     struct err *err)
{
	return registry_set_status(&f->registry, f->admin.organization,
				   str_of(f->connection.id), status, &f->arena,
				   &f->connection, err);
}

static inline void must(int result, const struct err *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static inline void must_fail(int result, const struct err *err,
			     enum err_kind kind, const char *says)
{
	assert_int_equal(result, -1);
	if (err->kind != kind || !strstr(err->text, says))
		fail_msg("kind %d, '%s', not '%s'", err->kind, err->text, says);
}

static inline const struct credential *find(struct fixture *f,
					    const char *field, int64_t now_ms)
{
	struct credential *list;
	struct err err = { 0 };
	size_t count;

	must(registry_list_credentials(f->store.db, str_of(f->connection.id),
				       now_ms, &f->arena, &list, &count, &err),
	     &err);
	for (size_t i = 0; i < count; i++)
		if (str_is(list[i].field, field))
			return &list[i];
	return NULL;
}

static inline void assert_opens(struct fixture *f, enum seal_box box,
				struct str sealed, const char *want)
{
	struct secret *plain;
	struct err err = { 0 };

	must(unseal(&f->keys, box, sealed, &plain, &err), &err);
	assert_str(secret_bytes(plain), want);
	secret_free(&plain);
}

#define SECRET	  "{\"webhook_secret\":\"f1\"}"
#define SUBDOMAIN "{\"subdomain\":\"example\"}"

static inline void make_enabled(struct fixture *f)
{
	struct err err = { 0 };

	must(create(f, SECRET, SUBDOMAIN, &err), &err);
	must(set_status(f, CONNECTION_ENABLED, &err), &err);
}

static inline struct str id_of(const struct fixture *f)
{
	return str_of(f->connection.id);
}

#endif

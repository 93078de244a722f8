#include "preflight.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "commands.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "db/migrate.h"
#include "loop/loop.h"
#include "provider/manifest.h"
#include "queue/configure.h"
#include "queue/queue.h"

#include <stdio.h>

#define REDIS_WAIT_MS 5000

static int check_providers(const struct settings *s, struct err *err)
{
	struct manifest_set *set;
	size_t count;

	if (manifest_set_load(&set, s->providers, err) < 0)
		return -1;
	count = manifest_set_count(set);
	manifest_set_unref(&set);
	if (count == 0)
		return err_set(err, ERR_CONFIG,
			       "%s: no providers there: set --providers",
			       s->providers);
	return 0;
}

static int check_keys(const struct settings *s, struct err *err)
{
	struct keyring keys = { 0 };

	if (keyring_load(&keys, s->key_file, err) < 0)
		return -1;
	keyring_release(&keys);
	return 0;
}

/* The queue keeps trying; a check gives it a few seconds. */
static int wait_ready(struct loop *loop, const struct queue *q, struct err *err)
{
	int64_t until = clock_mono_ms() + REDIS_WAIT_MS;

	while (!queue_is_ready(q)) {
		if (clock_mono_ms() > until)
			return err_set(err, ERR_TEMP, "%s", queue_trouble(q));
		loop_turn(loop, 100);
	}
	return 0;
}

static int check_redis(const struct settings *s, struct err *err)
{
	struct queue_config cfg;
	struct queue *q = NULL;
	struct loop *loop = NULL;
	int result = -1;

	if (queue_configure(&cfg, s, err) < 0 || loop_new(&loop, err) < 0)
		return -1;
	if (queue_new(&q, loop, &cfg, err) == 0)
		result = wait_ready(loop, q, err);
	queue_free(&q);
	loop_free(&loop);
	return result;
}

static int check_store(const struct settings *s, struct err *err)
{
	struct db *db;
	int result;

	if (db_open(&db, s->store, DB_READ_ONLY, err) < 0)
		return -1;
	result = db_check_schema(db, err);
	db_close(&db);
	return result;
}

static const struct step {
	const char *name;
	int (*run)(const struct settings *s, struct err *err);
} steps[] = {
	{ "providers", check_providers },
	{ "keys", check_keys },
	{ "redis", check_redis },
	{ "store", check_store },
};

int command_check(struct settings *s, int argc, char **argv, struct err *err)
{
	int failures = 0;

	if (settings_take_flags(s, &argc, argv, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct err why = { 0 };
		int bad = steps[i].run(s, &why) < 0;

		printf("%-10s %s%s%s\n", steps[i].name, bad ? "BAD" : "ok",
		       bad ? "  " : "", bad ? why.text : "");
		failures += bad;
	}
	if (failures)
		return err_set(err, ERR_CONFIG, "%d of %zu checks failed",
			       failures, ARRAY_LEN(steps));
	return 0;
}

static int migrate(const struct settings *s, struct err *err)
{
	struct db *db;
	int result;

	if (db_open(&db, s->store, DB_READ_WRITE, err) < 0)
		return err_prefix(err, "store %s", s->store);
	result = db_migrate(db, err);
	db_close(&db);
	return result;
}

static bool uses_store(unsigned set)
{
	for (size_t i = 0; i < role_count; i++)
		if (set & 1u << i && roles[i].uses_store)
			return true;
	return false;
}

int prepare_to_serve(const struct settings *s, unsigned set, struct err *err)
{
	struct queue_config cfg;

	if (check_providers(s, err) < 0 || queue_configure(&cfg, s, err) < 0)
		return -1;
	return uses_store(set) ? migrate(s, err) : 0;
}

/*
 * Who closes last folds the log into the database, if it may write; the
 * fetcher may not. The order in which roles end is not ours to choose: a
 * terminal and systemd tell all of them at once.
 */
void tidy_up(const struct settings *s, unsigned set)
{
	struct err err = { 0 };
	struct db *db;

	if (!uses_store(set) || !str_starts(str_of(s->store), STR("sqlite:")))
		return;
	if (db_open(&db, s->store, DB_READ_WRITE, &err) < 0)
		log_warn("the log of the database stays beside it",
			 log_str("why", err.text));
	else
		db_close(&db);
}

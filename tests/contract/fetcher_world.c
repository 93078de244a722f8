#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetcher_world.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/metrics.h"
#include "change/change.h"
#include "db/migrate.h"
#include "fetcher/fetcher.h"
#include "registry/token.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARENA_MAX = 1 << 20 };

static const char manifest[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\","
	"\"credentials\":[{\"name\":\"api_key\",\"label\":\"Key\","
	"\"help\":\"In the settings\",\"for\":\"api\"}],"
	"\"settings\":[{\"name\":\"base_url\",\"label\":\"URL\","
	"\"help\":\"For tests\",\"as\":\"base-url\"}],"
	"\"fetch\":{\"base_url\":\"https://api.example.com\","
	"\"auth\":{\"scheme\":\"bearer\",\"token\":\"api_key\"},"
	"\"delay_s\":%d,"
	"\"one\":{\"method\":\"GET\",\"path\":\"/people/{person_id}\","
	"\"person\":[\"\"],\"gone\":[404,410]}},"
	"\"person\":{\"id\":\"/id\",\"version\":\"/version\","
	"\"status\":{\"word\":\"/status\",\"words\":"
	"{\"active\":\"active\",\"left\":\"departed\"}},"
	"\"fields\":{\"email\":\"/email\"}}}";

#define MUST(call)                                           \
	do {                                                 \
		struct err err = { .kind = ERR_NONE };       \
		if ((call) < 0)                              \
			fail_msg("%s: %s", #call, err.text); \
	} while (0)

/* ----------------------------------------------------------- the registry */

/* Opened for one change and closed again: a fork must not share it. */
struct books {
	struct db *db;
	struct manifest_set *manifests;
	struct registry registry;
	struct arena arena;
};

static void books_open(struct books *b, struct fetcher_world *w)
{
	*b = (struct books){ .db = NULL };
	arena_init(&b->arena, ARENA_MAX);
	MUST(db_open(&b->db, w->store, DB_READ_WRITE, &err));
	MUST(db_migrate(b->db, &err));
	MUST(manifest_set_load(&b->manifests, w->providers, &err));
	b->registry = (struct registry){ .db = b->db,
					 .keys = &w->keys,
					 .manifests = b->manifests,
					 .shards = 1 };
}

static void books_close(struct books *b)
{
	manifest_set_unref(&b->manifests);
	db_close(&b->db);
	arena_release(&b->arena);
}

static const struct json *object(struct books *b, const char *text)
{
	const struct json *v = NULL;

	MUST(json_parse(&v, &b->arena, str_of(text), NULL, &err));
	return v;
}

static const struct json *api_key(struct books *b, const char *key)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "{\"api_key\":\"%s\"}", key);
	return object(b, text);
}

static void make_organization(struct fetcher_world *w)
{
	struct registry_admin admin;
	struct books b;

	books_open(&b, w);
	MUST(registry_init_org(b.db, STR("Example"), PLAN_GROWTH,
			       STR("admin@example.com"), &admin, &err));
	memcpy(w->organization, admin.organization, RANDOM_ID_SIZE);
	books_close(&b);
}

static void add_connection(struct fetcher_world *w, struct books *b,
			   const struct connection_draft *draft)
{
	struct connection c;

	MUST(registry_create_connection(&b->registry, w->organization, draft,
					&b->arena, &c, &err));
	memcpy(w->connection, c.id, RANDOM_ID_SIZE);
	books_close(b);
	world_set_status(w, CONNECTION_ENABLED);
}

void world_add_connection(struct fetcher_world *w, const char *key)
{
	struct connection_draft draft = { .provider = STR("acme"),
					  .name = str_of(key) };
	struct books b;
	char url[64];

	books_open(&b, w);
	(void)snprintf(url, sizeof(url),
		       "{\"base_url\":\"http://127.0.0.1:%u\"}", w->hris.port);
	draft.credentials = api_key(&b, key);
	draft.settings = object(&b, url);
	add_connection(w, &b, &draft);
}

void world_connect(struct fetcher_world *w, const char *provider,
		   const char *credentials, const char *settings)
{
	struct connection_draft draft = { .provider = str_of(provider),
					  .name = str_of(provider) };
	struct books b;

	books_open(&b, w);
	draft.credentials = object(&b, credentials);
	draft.settings = object(&b, settings);
	add_connection(w, &b, &draft);
}

void world_set_status(struct fetcher_world *w, enum connection_status status)
{
	struct connection c;
	struct books b;

	books_open(&b, w);
	MUST(registry_set_status(&b.registry, w->organization,
				 str_of(w->connection), status, &b.arena, &c,
				 &err));
	books_close(&b);
}

void world_set_api_key(struct fetcher_world *w, const char *key)
{
	struct connection_draft draft = { .provider = { 0 } };
	struct connection c;
	struct books b;

	books_open(&b, w);
	draft.credentials = api_key(&b, key);
	MUST(registry_update_connection(&b.registry, w->organization,
					str_of(w->connection), &draft, &b.arena,
					&c, &err));
	books_close(&b);
}

/* ------------------------------------------------------------------ setup */

static void print_path(char *out, size_t size, const struct fetcher_world *w,
		       const char *prefix, const char *name)
{
	int len = snprintf(out, size, "%s%s/%s", prefix, w->redis.dir, name);

	assert_true(len > 0 && (size_t)len < size);
}

static void make_provider(struct fetcher_world *w, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", w->providers, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static FILE *open_manifest(struct fetcher_world *w, const char *name)
{
	char path[256];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s/manifest.json", w->providers,
		       name);
	out = fopen(path, "w");
	assert_non_null(out);
	return out;
}

void world_set_delay(struct fetcher_world *w, int delay_s)
{
	FILE *out = open_manifest(w, "acme");

	assert_true(fprintf(out, manifest, delay_s) > 0);
	assert_int_equal(fclose(out), 0);
}

void world_set_manifest(struct fetcher_world *w, const char *text)
{
	FILE *out = open_manifest(w, "acme");

	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

void world_add_provider(struct fetcher_world *w, const char *name)
{
	char path[256], piece[4096];
	FILE *in, *out;
	size_t n;

	(void)snprintf(path, sizeof(path), "providers/%s/manifest.json", name);
	in = fopen(path, "r");
	assert_non_null(in);
	make_provider(w, name);
	out = open_manifest(w, name);
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		assert_int_equal(fwrite(piece, 1, n, out), n);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void make_files(struct fetcher_world *w)
{
	print_path(w->store, sizeof(w->store), w, "sqlite:", "hrisd.db");
	print_path(w->key_file, sizeof(w->key_file), w, "", "key");
	print_path(w->providers, sizeof(w->providers), w, "", "providers");
	print_path(w->log, sizeof(w->log), w, "", "fetcher.log");
	assert_int_equal(mkdir(w->providers, 0700), 0);
	make_provider(w, "acme");
	world_set_delay(w, 0);
	MUST(keyring_create(w->key_file, &err));
	MUST(keyring_load(&w->keys, w->key_file, &err));
}

int world_setup(void **state)
{
	struct fetcher_world *w;

	*state = NULL;
	if (!redis_is_installed())
		return 0;
	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	redis_start(&w->redis, "");
	MUST(loop_new(&w->loop, &err));
	hris_start(&w->hris, w->loop);
	make_files(w);
	make_organization(w);
	world_add_connection(w, "first-key");
	MUST(metrics_create(&w->metrics_fd, &err));
	MUST(metrics_attach(w->metrics_fd, 0, "test", &err));
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct fetcher_world *w = *state;

	if (!w)
		return 0;
	if (w->fetcher)
		world_signal(w, SIGTERM);
	w->fetcher = w->other;
	if (w->fetcher)
		world_signal(w, SIGTERM);
	(void)close(w->metrics_fd);
	hris_stop(&w->hris);
	loop_free(&w->loop);
	keyring_release(&w->keys);
	redis_remove(&w->redis);
	free(w);
	return 0;
}

/* -------------------------------------------------------------- a fetcher */

static void set(struct settings *s, const char *name, const char *value)
{
	struct err err = { .kind = ERR_NONE };

	if (settings_set(s, name, value, &err) == 0)
		return;
	fprintf(stderr, "%s\n", err.text);
	_exit(2);
}

/* Lines of a name and a value. */
static void set_flags(struct settings *s, const char *flags)
{
	char name[64], value[64];
	int used;

	while (flags && sscanf(flags, "%63s %63s%n", name, value, &used) == 2) {
		set(s, name, value);
		flags += used;
	}
}

static int run_fetcher(struct fetcher_world *w)
{
	struct settings s;
	struct err err = { .kind = ERR_NONE };
	char allow[32];
	int result;

	(void)snprintf(allow, sizeof(allow), "127.0.0.1:%u", w->hris.port);
	settings_init(&s);
	set(&s, "redis", w->redis.url);
	set(&s, "store", w->store);
	set(&s, "providers", w->providers);
	set(&s, "allow-hosts", allow);
	set(&s, "lookup-window-ms", "100ms");
	set(&s, "claim-ms", "100ms");
	set(&s, "call-ms", "1s");
	set(&s, "drain-ms", "2s");
	set_flags(&s, w->flags);
	log_open("fetcher", LOG_DEBUG, LOG_TEXT);
	result = fetcher_run(&s, &w->keys, &err);
	if (result < 0)
		fprintf(stderr, "%s\n", err.text);
	settings_release(&s);
	return result < 0 ? 1 : 0;
}

static pid_t start_fetcher(struct fetcher_world *w, size_t slot)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	MUST(metrics_attach(w->metrics_fd, slot, "fetcher", &err));
	if (!freopen(w->log, "a", stderr))
		_exit(2);
	exit(run_fetcher(w)); /* and look for leaks, where built so */
}

void world_fetch(struct fetcher_world *w)
{
	w->fetcher = start_fetcher(w, 1);
}

void world_fetch_beside(struct fetcher_world *w)
{
	w->other = start_fetcher(w, 2);
}

void world_signal(struct fetcher_world *w, int signo)
{
	int64_t end = clock_mono_ms() + WAIT_MS;
	int status;

	assert_int_equal(kill(w->fetcher, signo), 0);
	while (waitpid(w->fetcher, &status, WNOHANG) == 0) {
		if (clock_mono_ms() > end)
			fail_msg("the fetcher does not end");
		loop_turn(w->loop, 5);
	}
	w->fetcher = 0;
	if (signo == SIGKILL)
		assert_true(WIFSIGNALED(status));
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static struct redisReply *redis_words(struct fetcher_world *w, int argc,
				      const char **argv);

/* ------------------------------------------------------------------- runs */

/* As the console does, once the database has it. */
static void post_job(struct fetcher_world *w, enum job_kind kind)
{
	struct job j = { .id = "job",
			 .kind = kind,
			 .organization = str_of(w->organization),
			 .connection = str_of(w->connection) };
	const char *argv[] = { "XADD", "{hrisd:0}:jobs", "*", "event", NULL };
	struct buf b;

	buf_init(&b, JOB_TEXT_MAX);
	job_encode(&j, &b);
	argv[4] = buf_z(&b);
	freeReplyObject(redis_words(w, ARRAY_LEN(argv), argv));
	buf_release(&b);
}

const char *world_ask_run(struct fetcher_world *w, enum run_kind kind)
{
	static struct run run;
	struct books b;
	bool joined;

	books_open(&b, w);
	MUST(registry_ask_run(b.db, w->organization, str_of(w->connection),
			      kind, RUN_BY_HAND, clock_wall_ms(), &b.arena,
			      &run, &joined, &err));
	books_close(&b);
	post_job(w, JOB_RUN);
	return run.id;
}

void world_stop_run(struct fetcher_world *w, const char *run)
{
	struct books b;

	books_open(&b, w);
	MUST(registry_stop_run(b.db, w->organization, str_of(run), &err));
	books_close(&b);
	post_job(w, JOB_STOP);
}

/* Read in a poll, so without what books do beside. */
const struct run *world_run(struct fetcher_world *w, const char *run)
{
	static struct run found;
	static struct arena arena;
	struct db *db = NULL;

	arena_release(&arena);
	arena_init(&arena, ARENA_MAX);
	MUST(db_open(&db, w->store, DB_READ_WRITE, &err));
	MUST(registry_get_run(db, w->organization, str_of(run), &arena, &found,
			      &err));
	db_close(&db);
	return &found;
}

bool world_run_is(struct fetcher_world *w, const char *run,
		  enum run_status status)
{
	const struct run *r = world_run(w, run);

	if (r->finished_ms && r->status != status)
		fail_msg("the run is %s: %.*s", run_status_name(r->status),
			 STR_ARG(r->error));
	return r->status == status;
}

static long long member_of(struct str object, const char *name)
{
	const struct json *v = NULL;
	struct arena a;
	int64_t n = -1;

	arena_init(&a, ARENA_MAX);
	if (object.len)
		MUST(json_parse(&v, &a, object, NULL, &err));
	(void)json_int(json_get(v, name), &n);
	arena_release(&a);
	return n;
}

long long world_counted(struct fetcher_world *w, const char *run,
			const char *name)
{
	return member_of(world_run(w, run)->counts, name);
}

long long world_proven(struct fetcher_world *w, const char *run,
		       const char *name)
{
	return member_of(world_run(w, run)->proof, name);
}

const struct sync_state *world_sync(struct fetcher_world *w)
{
	static struct sync_state sync;
	static struct arena arena;
	struct db *db = NULL;

	arena_release(&arena);
	arena_init(&arena, ARENA_MAX);
	MUST(db_open(&db, w->store, DB_READ_WRITE, &err));
	MUST(registry_get_sync(db, str_of(w->connection), &arena, &sync, &err));
	db_close(&db);
	return &sync;
}

bool world_token_is(struct fetcher_world *w, const char *name, const char *text)
{
	struct token token = { .generation = 0 };
	struct db *db = NULL;
	struct str value;
	bool found;

	MUST(db_open(&db, w->store, DB_READ_WRITE, &err));
	MUST(registry_get_token(db, &w->keys, str_of(w->connection),
				str_of(name), &token, &err));
	value = token.value ? secret_bytes(token.value) : STR("");
	found = memmem(value.ptr, value.len, text, strlen(text)) != NULL;
	token_release(&token);
	db_close(&db);
	return found;
}

void world_make_slot_due(struct fetcher_world *w)
{
	struct db *db = NULL;

	MUST(db_open(&db, w->store, DB_READ_WRITE, &err));
	MUST(db_exec(db, "UPDATE schedules SET next_ms = 1", &err));
	db_close(&db);
}

/* ------------------------------------------------------------------ Redis */

static void lease_key(const struct fetcher_world *w, char *out, size_t size)
{
	(void)snprintf(out, size, "{hrisd:0}:lease:%s", w->connection);
}

long long world_lease_ms(struct fetcher_world *w)
{
	char line[100] = "PTTL ";

	lease_key(w, line + 5, sizeof(line) - 5);
	return redis_int(&w->redis, line);
}

void world_break_lease(struct fetcher_world *w)
{
	char line[100] = "DEL ";

	lease_key(w, line + 4, sizeof(line) - 4);
	(void)redis_int(&w->redis, line);
}

void world_steal_lease(struct fetcher_world *w)
{
	char key[90];
	const char *argv[] = { "SET", key, "1 thief", "PX", "30000" };

	lease_key(w, key, sizeof(key));
	freeReplyObject(redis_words(w, ARRAY_LEN(argv), argv));
}

bool world_progress_has(struct fetcher_world *w, const char *name)
{
	char key[100], quoted[64];
	const char *argv[] = { "HGET", key, "progress" };
	redisReply *r;
	bool found;

	(void)snprintf(key, sizeof(key), "{hrisd:0}:run:%s", w->connection);
	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	r = redis_words(w, ARRAY_LEN(argv), argv);
	found = r->str && strstr(r->str, quoted);
	freeReplyObject(r);
	return found;
}

/* ---------------------------------------------------------------- webhook */

static void accepted_cb(enum queue_accepted how, const struct err *err,
			void *arg)
{
	assert_int_equal(err->kind, ERR_NONE);
	assert_int_equal(how, QUEUE_NEW);
	*(bool *)arg = true;
}

static void encode_webhook(struct fetcher_world *w, const char *pid,
			   struct buf *out)
{
	struct change c = { .kind = CHANGE_STATE,
			    .source = CHANGE_WEBHOOK,
			    .organization = str_of(w->organization),
			    .connection = str_of(w->connection),
			    .version = clock_wall_ms(),
			    .observed_ms = clock_wall_ms(),
			    .person = { .pid = str_of(pid),
					.status = PERSON_ACTIVE } };

	c.person.fields[PERSON_EMAIL] =
		(struct field){ FIELD_VALUE, STR("own@example.com") };
	change_identify(&c);
	change_encode(&c, out);
}

void world_webhook(struct fetcher_world *w, const char *pid)
{
	const struct queue_config cfg = { .url = w->redis.url,
					  .least = QUEUE_MEMORY };
	struct str persons[] = { str_of(pid) };
	struct queue_item item = { .stream = QUEUE_CHANGES };
	struct queue_accept a = { .items = &item,
				  .count = 1,
				  .persons = persons,
				  .connection = str_of(w->connection),
				  .received_ms = clock_wall_ms() };
	struct queue *q = NULL;
	bool done = false;
	struct buf event;

	buf_init(&event, 4096);
	encode_webhook(w, pid, &event);
	item.event = buf_str(&event);
	MUST(queue_new(&q, w->loop, &cfg, &err));
	WAIT(w->loop, queue_is_ready(q));
	MUST(queue_accept(q, &a, accepted_cb, &done, &err));
	WAIT(w->loop, done);
	queue_free(&q);
	buf_release(&event);
}

static struct redisReply *redis_words(struct fetcher_world *w, int argc,
				      const char **argv)
{
	redisContext *c = redisConnectUnix(w->redis.socket);
	redisReply *r;

	assert_non_null(c);
	assert_int_equal(c->err, 0);
	r = redisCommandArgv(c, argc, argv, NULL);
	if (!r || r->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", argv[0], r ? r->str : c->errstr);
	redisFree(c);
	return r;
}

/* It answers while it still loads its file: an error, but an answer. */
void world_restart_redis(struct fetcher_world *w)
{
	int64_t end = clock_mono_ms() + WAIT_MS;
	bool ready = false;

	redis_restart(&w->redis, "");
	while (!ready) {
		redisContext *c = redisConnectUnix(w->redis.socket);
		redisReply *r = redisCommand(c, "DBSIZE");

		ready = r && r->type == REDIS_REPLY_INTEGER;
		freeReplyObject(r);
		redisFree(c);
		assert_true(clock_mono_ms() < end);
	}
}

void world_notice(struct fetcher_world *w, const char *connection,
		  const char *pid)
{
	struct lookup l = { .organization = str_of(w->organization),
			    .connection = str_of(connection ? connection
							    : w->connection),
			    .pid = str_of(pid),
			    .reason = STR("employee.updated"),
			    .received_ms = clock_wall_ms() };
	const char *argv[] = { "XADD", "{hrisd:0}:lookups", "*", "event",
			       NULL };
	struct buf b;

	buf_init(&b, 4096);
	lookup_encode(&l, &b);
	argv[4] = buf_z(&b);
	freeReplyObject(redis_words(w, ARRAY_LEN(argv), argv));
	buf_release(&b);
}

long long world_count(struct fetcher_world *w, const char *key)
{
	char line[100];

	(void)snprintf(line, sizeof(line), "%s {hrisd:0}:%s",
		       strcmp(key, "later") == 0 ? "ZCARD" : "XLEN", key);
	return redis_int(&w->redis, line);
}

long long world_pending(struct fetcher_world *w)
{
	redisContext *c = redisConnectUnix(w->redis.socket);
	redisReply *r = redisCommand(c, "XPENDING {hrisd:0}:lookups fetchers");
	long long n = -1; /* an error: no such group yet */

	assert_non_null(r);
	if (r->type == REDIS_REPLY_ARRAY && r->elements)
		n = r->element[0]->integer;
	freeReplyObject(r);
	redisFree(c);
	return n;
}

char *world_field(struct fetcher_world *w, const char *stream, size_t n,
		  const char *field)
{
	char line[100], *found = NULL;
	redisReply *r, *fields;

	(void)snprintf(line, sizeof(line), "XRANGE {hrisd:0}:%s - +", stream);
	r = redis_do(&w->redis, line);
	if (n >= r->elements)
		fail_msg("%s has %zu entries", stream, r->elements);
	fields = r->element[n]->element[1];
	for (size_t i = 0; i + 1 < fields->elements; i += 2)
		if (strcmp(fields->element[i]->str, field) == 0)
			found = strdup(fields->element[i + 1]->str);
	if (!found)
		fail_msg("entry %zu of %s has no field %s", n, stream, field);
	freeReplyObject(r);
	return found;
}

struct change world_change(struct fetcher_world *w, size_t n, struct arena *a)
{
	struct change c;
	struct err err = { .kind = ERR_NONE };
	char *event = world_field(w, "changes", n, "event");

	arena_init(a, 65536);
	if (change_decode(&c, a, str_of(event), &err) < 0)
		fail_msg("%s: %s", err.text, event);
	free(event);
	return c;
}

long long world_due_in_s(struct fetcher_world *w)
{
	redisReply *r =
		redis_do(&w->redis, "ZRANGE {hrisd:0}:later 0 0 WITHSCORES");
	long long due;

	assert_int_equal(r->elements, 2);
	due = strtoll(r->element[1]->str, NULL, 10);
	freeReplyObject(r);
	return (due - clock_wall_ms()) / 1000;
}

void world_make_due(struct fetcher_world *w)
{
	static const char script[] =
		"for _, p in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do "
		"redis.call('ZADD', KEYS[1], 1, p) "
		"local e = redis.call('HGET', KEYS[2], p) "
		"e = string.gsub(e, '\"missing_ms\":[1-9]%d*', "
		"'\"missing_ms\":1') "
		"redis.call('HSET', KEYS[2], p, e) end return 1";
	const char *argv[] = { "EVAL", script, "2", "{hrisd:0}:later",
			       "{hrisd:0}:later:event" };

	freeReplyObject(redis_words(w, ARRAY_LEN(argv), argv));
}

int world_logged_times(struct fetcher_world *w, const char *text)
{
	char line[2048];
	FILE *in = fopen(w->log, "r");
	int n = 0;

	if (!in)
		return 0; /* it did not get so far yet */
	while (fgets(line, sizeof(line), in))
		n += strstr(line, text) != NULL;
	(void)fclose(in);
	return n;
}

bool world_logged(struct fetcher_world *w, const char *text)
{
	return world_logged_times(w, text) > 0;
}

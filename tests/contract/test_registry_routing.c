/* From the console's database through a real Redis to a receiver's table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"
#include "crypto/encode.h"
#include "crypto/secret.h"
#include "db/migrate.h"
#include "registry/routing.h"
#include "json/json.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES	"{hrisd}:routes"
#define CHANGED "{hrisd}:routes:changed"

/* In the commands that the users of each role may give. */
#define KEYS	"~{hrisd*}* "
#define CONNECT "+ping +info +config|get +function|load +fcall "

#define SECRET_1 "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define SECRET_2 "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

/* What the receiver's callbacks were told. */
struct told {
	int changes;
	int loads;
	char connection[RANDOM_ID_SIZE]; /* of the last change */
	enum connection_status status;
	int64_t generation;
	char sealed[1024];
	char previous[1024];
	int64_t until_ms;
};

struct routing {
	struct fixture *f; /* Redis, loop and the console's queue */
	struct db *db;
	struct keyring keys;
	struct manifest_set *manifests;
	struct registry registry;
	struct registry_admin admin;
	struct arena arena;
	struct route_publisher *publisher;
	struct route_table *table;
	struct told told;
};

static void keep(char *out, size_t size, struct str s)
{
	assert_true(s.len < size);
	(void)snprintf(out, size, "%.*s", STR_ARG(s));
}

static void on_changed(const struct route *r, void *arg)
{
	struct told *t = arg;

	t->changes++;
	keep(t->connection, sizeof(t->connection), r->connection);
	keep(t->sealed, sizeof(t->sealed), r->sealed);
	keep(t->previous, sizeof(t->previous), r->sealed_previous);
	t->status = r->status;
	t->generation = r->generation;
	t->until_ms = r->previous_until_ms;
}

static void on_loaded(void *arg)
{
	struct told *t = arg;

	t->loads++;
}

static void open_table(struct routing *r)
{
	const struct route_table_ops ops = { .changed = on_changed,
					     .loaded = on_loaded,
					     .arg = &r->told };

	r->told = (struct told){ 0 };
	r->table = route_table_new(r->f->loop, r->f->q, &ops);
}

static void open_registry(struct routing *r)
{
	char path[128];
	struct err err = { 0 };

	(void)snprintf(path, sizeof(path), "sqlite:%s/t.db", r->f->redis.dir);
	if (db_open(&r->db, path, DB_READ_WRITE, &err) < 0 ||
	    db_migrate(r->db, &err) < 0)
		fail_msg("%s", err.text);
	(void)snprintf(path, sizeof(path), "%s/keys", r->f->redis.dir);
	if (keyring_create(path, &err) < 0 ||
	    keyring_load(&r->keys, path, &err) < 0 ||
	    manifest_set_load(&r->manifests, "providers", &err) < 0 ||
	    registry_init_org(r->db, STR("Example"), PLAN_GROWTH,
			      STR("a@example.com"), &r->admin, &err) < 0)
		fail_msg("%s", err.text);
	r->registry = (struct registry){ .db = r->db,
					 .keys = &r->keys,
					 .manifests = r->manifests,
					 .shards = 4 };
}

static int setup(void **state)
{
	struct routing *r;

	if (fixture_setup(state) < 0)
		return -1;
	if (!*state)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -1;
	r->f = *state;
	*state = r;
	arena_init(&r->arena, 8 << 20);
	open_registry(r);
	return 0;
}

static int teardown(void **state)
{
	struct routing *r = *state;
	void *fixture;

	if (!r)
		return 0;
	fixture = r->f;
	route_table_free(&r->table);
	route_publisher_free(&r->publisher);
	fixture_teardown(&fixture);
	db_close(&r->db);
	manifest_set_unref(&r->manifests);
	keyring_release(&r->keys);
	arena_release(&r->arena);
	free(r);
	return 0;
}

static const struct json *credentials(struct routing *r, const char *secret)
{
	const struct json *v;
	struct err err;
	char text[200];

	(void)snprintf(text, sizeof(text), "{\"webhook_secret\":\"%s\"}",
		       secret);
	if (json_parse(&v, &r->arena, str_of(text), NULL, &err) < 0)
		fail_msg("%s", err.text);
	return v;
}

static struct connection create(struct routing *r)
{
	const struct connection_draft draft = {
		.provider = STR("standard"),
		.name = STR("HR"),
		.credentials = credentials(r, SECRET_1),
	};
	struct connection c;
	struct err err;

	if (registry_create_connection(&r->registry, r->admin.organization,
				       &draft, &r->arena, &c, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

static void set_status(struct routing *r, const struct connection *c,
		       enum connection_status status)
{
	struct connection changed;
	struct err err;

	if (registry_set_status(&r->registry, r->admin.organization,
				str_of(c->id), status, &r->arena, &changed,
				&err) < 0)
		fail_msg("%s", err.text);
}

static void start_publisher(struct routing *r)
{
	r->publisher = route_publisher_new(r->f->loop, r->f->q, r->db);
}

/* Publish and wait for Redis to have it. */
static void publish(struct routing *r)
{
	struct result end = { 0 };

	if (!r->publisher)
		start_publisher(r);
	route_publish(r->publisher, got_done, &end);
	assert_int_equal(end.calls, 0);
	WAIT(r->f->loop, end.calls);
	if (end.err.kind)
		fail_msg("%s", end.err.text);
}

static void opens_to(struct routing *r, const char *sealed, const char *want)
{
	const struct json *v;
	unsigned char bytes[512];
	struct secret *secret;
	struct err err;
	size_t len;

	assert_int_equal(json_parse(&v, &r->arena, str_of(sealed), NULL, &err),
			 0);
	assert_true(decode(ENCODING_BASE64,
			   json_string(json_get(v, "webhook_secret")), bytes,
			   sizeof(bytes), &len));
	if (unseal(&r->keys, SEAL_WEBHOOK,
		   (struct str){ (const char *)bytes, len }, &secret, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(str_is(secret_bytes(secret), want));
	secret_free(&secret);
}

static void test_a_change_reaches_a_receiver(void **state)
{
	struct routing *r = *state;
	struct connection c;

	SKIP_WITHOUT(r);
	open_table(r);
	WAIT(r->f->loop, r->told.loads);
	assert_int_equal(r->told.changes, 0);

	c = create(r);
	publish(r);
	WAIT(r->f->loop, r->told.changes == 1);
	assert_string_equal(r->told.connection, c.id);
	assert_int_equal(r->told.status, CONNECTION_DRAFT);
	opens_to(r, r->told.sealed, SECRET_1);
	assert_string_equal(r->told.previous, "");

	set_status(r, &c, CONNECTION_ENABLED);
	publish(r);
	WAIT(r->f->loop, r->told.changes == 2);
	assert_int_equal(r->told.status, CONNECTION_ENABLED);
	assert_int_equal(r->told.loads, 1);
}

static void test_a_rotated_secret_comes_with_the_one_before(void **state)
{
	struct routing *r = *state;
	struct connection_draft draft = { 0 };
	struct connection c, changed;
	struct err err;

	SKIP_WITHOUT(r);
	c = create(r);
	draft.credentials = credentials(r, SECRET_2);
	if (registry_update_connection(&r->registry, r->admin.organization,
				       str_of(c.id), &draft, &r->arena,
				       &changed, &err) < 0)
		fail_msg("%s", err.text);
	publish(r);
	open_table(r);
	WAIT(r->f->loop, r->told.changes);
	opens_to(r, r->told.sealed, SECRET_2);
	opens_to(r, r->told.previous, SECRET_1);
	assert_true(r->told.until_ms > clock_wall_ms());
}

/* As another publisher would. */
static void put(struct routing *r, const char *id, int64_t generation)
{
	const struct str keys[] = { STR(ROUTES), STR(CHANGED) };
	const struct route route = { .connection = str_of(id),
				     .organization = STR("o"),
				     .provider = STR("standard"),
				     .generation = generation };
	struct result end = { 0 };
	struct str args[3];
	struct buf text;
	char number[24];
	struct err err;

	buf_init(&text, ROUTE_TEXT_MAX);
	route_encode(&route, &text);
	(void)snprintf(number, sizeof(number), "%lld", (long long)generation);
	args[0] = str_of(id);
	args[1] = str_of(number);
	args[2] = buf_str(&text);
	assert_int_equal(queue_call(r->f->q, "put_routes", keys,
				    ARRAY_LEN(keys), args, ARRAY_LEN(args),
				    got_value, &end, &err),
			 0);
	buf_release(&text);
	WAIT(r->f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_NONE);
}

static void test_a_new_connection_can_be_asked_for(void **state)
{
	struct routing *r = *state;
	struct result end = { 0 };
	struct err err;

	SKIP_WITHOUT(r);
	put(r, "c", 1);
	/* So that asking alone can find it. */
	freeReplyObject(redis_do(&r->f->redis, "DEL " CHANGED));
	open_table(r);
	WAIT(r->f->loop, r->told.loads);
	assert_int_equal(
		route_table_ask(r->table, STR("nobody"), got_done, &end, &err),
		0);
	WAIT(r->f->loop, end.calls == 1);
	assert_int_equal(end.err.kind, ERR_NONE);
	assert_int_equal(r->told.changes, 0);
	assert_int_equal(
		route_table_ask(r->table, STR("c"), got_done, &end, &err), 0);
	WAIT(r->f->loop, end.calls == 2);
	assert_int_equal(end.err.kind, ERR_NONE);
	assert_int_equal(r->told.changes, 1);
	assert_string_equal(r->told.connection, "c");
}

static void plant(struct routing *r, const char *id, const char *route)
{
	char line[300];

	(void)snprintf(line, sizeof(line), "HSET " ROUTES " %s %s", id, route);
	freeReplyObject(redis_do(&r->f->redis, line));
}

static bool is_planted(struct routing *r, const char *id)
{
	char line[100];
	redisReply *reply;
	bool same;

	(void)snprintf(line, sizeof(line), "HGET " ROUTES " %s", id);
	reply = redis_do(&r->f->redis, line);
	same = reply->str && strcmp(reply->str, "planted") == 0;
	freeReplyObject(reply);
	return same;
}

static void test_only_what_changed_is_written(void **state)
{
	struct routing *r = *state;
	struct connection quiet, busy;

	SKIP_WITHOUT(r);
	quiet = create(r);
	busy = create(r);
	publish(r);
	plant(r, quiet.id, "planted");
	plant(r, busy.id, "planted");
	set_status(r, &busy, CONNECTION_ENABLED);
	publish(r);
	assert_true(is_planted(r, quiet.id));
	assert_false(is_planted(r, busy.id));
}

static void test_an_unreadable_route_holds_nobody_up(void **state)
{
	struct routing *r = *state;
	struct connection bad, good;

	SKIP_WITHOUT(r);
	bad = create(r);
	good = create(r);
	publish(r);
	plant(r, bad.id, "planted");
	open_table(r);
	WAIT(r->f->loop, r->told.loads);
	assert_int_equal(r->told.changes, 1);
	assert_string_equal(r->told.connection, good.id);
}

static void test_a_flushed_redis_is_filled_again(void **state)
{
	struct routing *r = *state;
	struct connection c;

	SKIP_WITHOUT(r);
	c = create(r);
	create(r);
	open_table(r);
	publish(r);
	WAIT(r->f->loop, r->told.changes == 2 && r->told.loads);
	freeReplyObject(redis_do(&r->f->redis, "FLUSHALL"));
	/* The receiver notices, keeps what it has, and reads anew. */
	WAIT(r->f->loop, r->told.loads == 2);
	assert_int_equal(r->told.changes, 2);
	WAIT(r->f->loop, redis_int(&r->f->redis, "HLEN " ROUTES) == 2);
	WAIT(r->f->loop, r->told.changes == 4);
	set_status(r, &c, CONNECTION_ENABLED);
	publish(r);
	WAIT(r->f->loop, r->told.changes == 5);
}

static void test_redis_ahead_of_the_database_is_written_anew(void **state)
{
	struct routing *r = *state;
	struct connection c;

	SKIP_WITHOUT(r);
	c = create(r);
	open_table(r);
	publish(r);
	WAIT(r->f->loop, r->told.changes == 1);
	put(r, "another", 1000);
	WAIT(r->f->loop, r->told.changes == 2);
	assert_string_equal(r->told.connection, "another");
	publish(r);
	assert_int_equal(redis_int(&r->f->redis, "HLEN " ROUTES), 1);
	WAIT(r->f->loop, r->told.changes == 3);
	assert_string_equal(r->told.connection, c.id);
}

static void test_an_older_state_never_replaces_a_newer_one(void **state)
{
	const struct str keys[] = { STR(ROUTES), STR(CHANGED) };
	const struct str args[] = { STR("c"), STR("10"), STR("new"),
				    STR("c"), STR("9"),	 STR("old"),
				    STR("d"), STR("9"),	 STR("first") };
	struct routing *r = *state;
	struct result end = { 0 };
	redisReply *reply;
	struct err err;

	SKIP_WITHOUT(r);
	assert_int_equal(queue_call(r->f->q, "put_routes", keys,
				    ARRAY_LEN(keys), args, ARRAY_LEN(args),
				    got_value, &end, &err),
			 0);
	WAIT(r->f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_NONE);
	assert_int_equal(end.number, 2);
	reply = redis_do(&r->f->redis, "HGET " ROUTES " c");
	assert_string_equal(reply->str, "new");
	freeReplyObject(reply);
}

static void test_many_connections_come_in_pages(void **state)
{
	enum { ORGANIZATIONS = 6, EACH = 50 };
	struct routing *r = *state;
	struct err err;
	char name[32];

	SKIP_WITHOUT(r);
	for (int o = 0; o < ORGANIZATIONS; o++) {
		(void)snprintf(name, sizeof(name), "Example %d", o);
		if (registry_init_org(r->db, str_of(name), PLAN_GROWTH,
				      STR("a@example.com"), &r->admin,
				      &err) < 0)
			fail_msg("%s", err.text);
		for (int i = 0; i < EACH; i++)
			create(r);
		arena_clear(&r->arena);
	}
	publish(r);
	open_table(r);
	WAIT(r->f->loop, r->told.loads);
	assert_int_equal(r->told.changes, ORGANIZATIONS * EACH);
	assert_int_equal(r->told.generation, ORGANIZATIONS * EACH);
}

static void test_without_redis_the_answer_is_no_and_later_it_comes(void **state)
{
	struct routing *r = *state;
	struct result end = { 0 };

	SKIP_WITHOUT(r);
	start_publisher(r);
	open_table(r);
	redis_kill(&r->f->redis, SIGKILL);
	WAIT(r->f->loop, !queue_is_ready(r->f->q));
	create(r);
	route_publish(r->publisher, got_done, &end);
	WAIT(r->f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_TEMP);
	redis_restart(&r->f->redis, "");
	WAIT(r->f->loop, r->told.changes == 1);
}

static void test_the_end_answers_who_waits(void **state)
{
	struct routing *r = *state;
	struct result end[3] = { 0 };
	struct err err;

	SKIP_WITHOUT(r);
	open_table(r);
	WAIT(r->f->loop, r->told.loads);
	start_publisher(r);
	create(r);
	route_publish(r->publisher, got_done, &end[0]);
	for (int i = 0; i < 2; i++) /* one run is under way */
		loop_turn(r->f->loop, 0);
	route_publish(r->publisher, got_done, &end[1]);
	assert_int_equal(route_table_ask(r->table, STR("nobody"), got_done,
					 &end[2], &err),
			 0);
	route_table_free(&r->table);
	route_publisher_free(&r->publisher);
	assert_int_equal(end[1].calls, 1);
	assert_int_equal(end[1].err.kind, ERR_UNCERTAIN);
	queue_free(&r->f->q);
	for (int i = 0; i < 3; i++)
		assert_int_equal(end[i].calls, 1);
	assert_int_equal(r->told.changes, 0);
}

static void reopen_as(struct routing *r, const char *rights)
{
	char line[400], url[200];

	(void)snprintf(line, sizeof(line),
		       "ACL SETUSER u reset on >pw " KEYS "-@all " CONNECT "%s",
		       rights);
	freeReplyObject(redis_do(&r->f->redis, line));
	queue_free(&r->f->q);
	(void)snprintf(url, sizeof(url), "%s?user=u&password=pw",
		       r->f->redis.url);
	fixture_open(r->f, &(struct queue_config){ .url = url,
						   .least = QUEUE_ALWAYS });
	fixture_wait_ready(r->f);
}

static void test_each_side_needs_no_more_than_its_rights(void **state)
{
	struct routing *r = *state;
	struct result end = { 0 };
	struct connection c;
	struct err err;

	SKIP_WITHOUT(r);
	c = create(r);
	reopen_as(r, "+zrevrange +zscore +hset +zadd +del");
	publish(r);
	freeReplyObject(redis_do(&r->f->redis, "ZADD " CHANGED " 1000 other"));
	publish(r);
	route_publisher_free(&r->publisher);

	reopen_as(r, "+zrevrange +zrangebyscore +hmget +hget");
	open_table(r);
	WAIT(r->f->loop, r->told.loads);
	assert_int_equal(r->told.changes, 1);
	assert_int_equal(
		route_table_ask(r->table, str_of(c.id), got_done, &end, &err),
		0);
	WAIT(r->f->loop, end.calls);
	assert_int_equal(end.err.kind, ERR_NONE);
	assert_int_equal(r->told.changes, 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_reaches_a_receiver),
		TEST(test_a_rotated_secret_comes_with_the_one_before),
		TEST(test_a_new_connection_can_be_asked_for),
		TEST(test_only_what_changed_is_written),
		TEST(test_an_unreadable_route_holds_nobody_up),
		TEST(test_a_flushed_redis_is_filled_again),
		TEST(test_redis_ahead_of_the_database_is_written_anew),
		TEST(test_an_older_state_never_replaces_a_newer_one),
		TEST(test_many_connections_come_in_pages),
		TEST(test_without_redis_the_answer_is_no_and_later_it_comes),
		TEST(test_the_end_answers_who_waits),
		TEST(test_each_side_needs_no_more_than_its_rights),
	};

	return cmocka_run_group_tests_name("routing", tests, NULL, NULL);
}

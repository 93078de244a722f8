/* A token that an HRIS sends to be confirmed goes to the fetcher, sealed. */
#include "check.h"

#include "crypto/encode.h"
#include "crypto/seal.h"
#include "delivery.h"
#include "registry/job.h"
#include "json/json.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTION "abcdefghijklmnopqrstuvwxyz"
#define BODY	   "{\"verification_token\":\"v-1\",\"uuid\":\"u-1\"}"
#define MANIFEST                                                               \
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"A\",\"credentials\":[{" \
	"\"name\":\"webhook_secret\",\"label\":\"L\",\"help\":\"H\",\"for\":"  \
	"\"webhook\"}],\"webhook\":{\"body\":\"json\",\"success\":200,"        \
	"\"handshake\":[{\"when\":\"capture-token\",\"field\":"                \
	"\"/verification_token\",\"id\":\"/uuid\",\"into\":"                   \
	"\"webhook_secret\"}],\"signature\":{\"scheme\":\"bearer\","           \
	"\"secret\":\"webhook_secret\"},\"events\":{\"type\":\"/t\","          \
	"\"person_id\":\"/i\",\"map\":{\"x\":\"gone\"}}}}"

struct world {
	char dir[64], key_file[128];
	struct keyring keys;
	struct live_routes routes;
	struct arena arena;
	struct buf text;
	struct delivery_work work;
	struct delivery d;
};

static void write_manifest(const char *dir)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/acme", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/acme/manifest.json", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(MANIFEST, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A route that has no secret yet: it is what the handshake brings. */
static void put_route(struct world *w)
{
	const struct route r = { .connection = STR(CONNECTION),
				 .organization = STR("org"),
				 .provider = STR("acme"),
				 .status = CONNECTION_ENABLED,
				 .shard = 3 };

	live_put(&w->routes, &r, 1000);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct manifest_set *manifests;
	struct err err = { 0 };

	snprintf(w->dir, sizeof(w->dir), "/tmp/hrisd-capture-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	write_manifest(w->dir);
	snprintf(w->key_file, sizeof(w->key_file), "%s/key", w->dir);
	if (keyring_create(w->key_file, &err) < 0 ||
	    keyring_load(&w->keys, w->key_file, &err) < 0)
		fail_msg("%s", err.text);
	unlink(w->key_file);
	if (manifest_set_load(&manifests, w->dir, &err) < 0)
		fail_msg("%s", err.text);
	live_init(&w->routes, &w->keys, manifests);
	arena_init(&w->arena, 1 << 20);
	buf_init(&w->text, 1 << 20);
	w->work = (struct delivery_work){ .routes = &w->routes,
					  .arena = &w->arena,
					  .text = &w->text };
	put_route(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char path[128];

	live_release(&w->routes);
	keyring_release(&w->keys);
	arena_release(&w->arena);
	buf_release(&w->text);
	snprintf(path, sizeof(path), "%s/acme/manifest.json", w->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/acme", w->dir);
	rmdir(path);
	rmdir(w->dir);
	free(w);
	return 0;
}

static struct str no_header(const void *headers, const char *name)
{
	(void)headers;
	(void)name;
	return str_none();
}

static enum decision decide(struct world *w, const char *body)
{
	struct webhook wh = { .method = STR("POST"),
			      .body = str_of(body),
			      .header = no_header,
			      .now_ms = 1000 };

	return delivery_decide(&w->d, &w->work, STR(CONNECTION), &wh);
}

/* Opened as the fetcher would. */
static const struct json *open_sealed(struct world *w, const struct job *j,
				      struct arena *a)
{
	struct str text = json_string(json_get(j->input, "sealed"));
	const struct json *plain;
	unsigned char bytes[4096];
	struct secret *opened;
	struct err err = { 0 };
	size_t len;

	assert_true(decode(ENCODING_BASE64, text, bytes, sizeof(bytes), &len));
	if (unseal(&w->keys, SEAL_API, (struct str){ (const char *)bytes, len },
		   &opened, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(
		json_parse(&plain, a, secret_bytes(opened), NULL, &err), 0);
	secret_free(&opened);
	return plain;
}

static void test_a_token_goes_to_the_fetcher_sealed(void **state)
{
	struct world *w = *state;
	struct err fine = { 0 };
	const struct json *plain;
	struct arena a;
	struct job j;

	assert_int_equal(decide(w, BODY), DECISION_QUEUE);
	assert_int_equal(w->d.accept.count, 1);
	assert_int_equal(w->d.accept.shard, 3);
	assert_int_equal(w->d.accept.items[0].stream, QUEUE_JOBS);
	assert_int_equal(w->d.accept.once_id.len, 0);
	assert_null(memmem(w->text.data, w->text.len, "v-1", 3));

	arena_init(&a, 65536);
	assert_int_equal(job_decode(&j, &a, w->d.accept.items[0].event, &fine),
			 0);
	assert_int_equal(j.kind, JOB_CAPTURED);
	assert_str(j.connection, CONNECTION);
	assert_str(j.organization, "org");
	assert_str(json_string(json_get(j.input, "field")), "webhook_secret");
	plain = open_sealed(w, &j, &a);
	assert_str(json_string(json_get(plain, "token")), "v-1");
	assert_str(json_string(json_get(plain, "id")), "u-1");
	arena_release(&a);

	/* Answered only when Redis has it. */
	delivery_queued(&w->d, QUEUE_NEW, &fine);
	assert_int_equal(w->d.verdict.status, 200);
}

static void test_redis_down_asks_the_sender_to_come_again(void **state)
{
	struct world *w = *state;
	struct err gone = { .kind = ERR_TEMP };

	assert_int_equal(decide(w, BODY), DECISION_QUEUE);
	delivery_queued(&w->d, QUEUE_NEW, &gone);
	assert_int_equal(w->d.verdict.status, 503);
}

static void test_without_a_key_nothing_is_handed_on(void **state)
{
	struct world *w = *state;

	w->keys.has_public[SEAL_API] = 0;
	assert_int_equal(decide(w, BODY), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
}

static void test_other_deliveries_wait_for_the_secret(void **state)
{
	struct world *w = *state;

	w->work.asked = true;
	assert_int_equal(decide(w, "{\"t\":\"x\",\"i\":\"1\"}"),
			 DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
}

static void test_nobody_can_flood_the_fetcher_with_tokens(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < DELIVERY_TOKENS_BURST; i++)
		assert_int_equal(decide(w, BODY), DECISION_QUEUE);
	assert_int_equal(decide(w, BODY), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
	w->work.mono_ms += 1000 / DELIVERY_TOKENS_PER_SECOND;
	assert_int_equal(decide(w, BODY), DECISION_QUEUE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_token_goes_to_the_fetcher_sealed),
		TEST(test_redis_down_asks_the_sender_to_come_again),
		TEST(test_without_a_key_nothing_is_handed_on),
		TEST(test_other_deliveries_wait_for_the_secret),
		TEST(test_nobody_can_flood_the_fetcher_with_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

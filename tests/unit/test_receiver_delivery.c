/* From a request to an answer, without sockets and without Redis. */
#include "check.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "delivery.h"
#include "json/json.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW	   1769884920000 /* 2026-01-31T18:42:00Z */
#define CONNECTION "abcdefghijklmnopqrstuvwxyz"
#define KEY	   "0123456789abcdef0123456789abcdef"

#define BODY                                               \
	"{\"type\":\"employee.updated\",\"timestamp\":"    \
	"\"2026-01-31T18:41:59Z\",\"data\":{\"id\":\"7\"," \
	"\"status\":\"active\",\"email\":\"a@example.com\"}}"

struct world {
	struct keyring keys;
	struct live_routes routes;
	struct arena arena;
	struct buf text;
	struct delivery_work work;
	struct delivery d;
	char key_file[64];
};

struct headers {
	const char *id, *stamp;
	char signature[128];
	const char *authorization; /* NULL: none */
};

static struct str header(const void *headers, const char *name)
{
	const struct headers *h = headers;

	if (!strcmp(name, "webhook-id"))
		return str_of(h->id);
	if (!strcmp(name, "webhook-timestamp"))
		return str_of(h->stamp);
	if (!strcmp(name, "webhook-signature"))
		return str_of(h->signature);
	if (!strcmp(name, "Authorization") && h->authorization)
		return str_of(h->authorization);
	if (!strcmp(name, "content-type"))
		return STR("application/json");
	return (struct str){ 0 };
}

static void sign(struct headers *h, struct str body)
{
	struct str parts[] = { str_of(h->id), STR("."), str_of(h->stamp),
			       STR("."), body };
	unsigned char mac[HMAC_MAX_SIZE];
	struct hmac_key *key;
	struct buf text;

	assert_int_equal(hmac_key_new(&key, HMAC_SHA256, STR(KEY), NULL), 0);
	buf_init(&text, sizeof(h->signature) - 1);
	buf_add_z(&text, "v1,");
	encode(ENCODING_BASE64, mac, hmac_compute(key, parts, 5, mac), &text);
	snprintf(h->signature, sizeof(h->signature), "%s", buf_z(&text));
	buf_release(&text);
	hmac_key_free(&key);
}

/* {"webhook_secret": base64 of the sealed prefix and base64 of KEY} */
static void seal_secret(const struct keyring *keys, const char *prefix,
			struct buf *out)
{
	struct buf plain, sealed;
	struct err err = { 0 };

	buf_init(&plain, 256);
	buf_init(&sealed, 1024);
	buf_add_z(&plain, prefix);
	encode(ENCODING_BASE64, KEY, strlen(KEY), &plain);
	assert_int_equal(
		seal(keys, SEAL_WEBHOOK, buf_str(&plain), &sealed, &err), 0);
	buf_add_z(out, "{\"webhook_secret\":\"");
	encode(ENCODING_BASE64, sealed.data, sealed.len, out);
	buf_add_z(out, "\"}");
	buf_release(&plain);
	buf_release(&sealed);
}

static void put_route_to(struct world *w, const char *provider,
			 const char *prefix, enum connection_status status)
{
	struct route r = { .connection = STR(CONNECTION),
			   .organization = STR("org"),
			   .provider = str_of(provider),
			   .status = status,
			   .shard = 3 };
	struct buf sealed;

	buf_init(&sealed, 4096);
	seal_secret(&w->keys, prefix, &sealed);
	r.sealed = buf_str(&sealed);
	live_put(&w->routes, &r, NOW);
	buf_release(&sealed);
}

static void put_route(struct world *w, enum connection_status status)
{
	put_route_to(w, "standard", "whsec_", status);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct manifest_set *manifests;
	struct err err = { 0 };

	snprintf(w->key_file, sizeof(w->key_file), "/tmp/hrisd-test-%d.key",
		 getpid());
	unlink(w->key_file);
	if (keyring_create(w->key_file, &err) < 0 ||
	    keyring_load(&w->keys, w->key_file, &err) < 0 ||
	    manifest_set_load(&manifests, "providers", &err) < 0) {
		print_error("%s\n", err.text);
		return -1;
	}
	live_init(&w->routes, &w->keys, manifests);
	arena_init(&w->arena, 64u << 20);
	buf_init(&w->text, 16u << 20);
	w->work = (struct delivery_work){ .routes = &w->routes,
					  .arena = &w->arena,
					  .text = &w->text };
	put_route(w, CONNECTION_ENABLED);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	live_release(&w->routes);
	keyring_release(&w->keys);
	unlink(w->key_file);
	arena_release(&w->arena);
	buf_release(&w->text);
	free(w);
	return 0;
}

static enum decision decide(struct world *w, struct headers *h,
			    const char *body, const char *connection)
{
	struct webhook wh = { .method = STR("POST"),
			      .body = str_of(body),
			      .header = header,
			      .headers = h,
			      .now_ms = NOW };

	return delivery_decide(&w->d, &w->work, str_of(connection), &wh);
}

static void test_a_genuine_record_is_queued_with_its_connection(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	const struct json *event;
	struct world *w = *state;
	struct err err = { 0 };
	struct arena a;

	sign(&h, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_int_equal(w->d.accept.shard, 3);
	assert_int_equal(w->d.accept.once_id.len, 32);
	assert_true(w->d.accept.once_ms >= 76LL * 3600 * 1000);
	assert_int_equal(w->d.accept.count, 1);
	assert_int_equal(w->d.accept.items[0].stream, QUEUE_CHANGES);
	arena_init(&a, 1 << 20);
	assert_int_equal(
		json_parse(&event, &a, w->d.accept.items[0].event, NULL, &err),
		0);
	assert_str(json_string(json_get(event, "connection")), CONNECTION);
	assert_str(json_string(json_get(event, "organization")), "org");
	assert_int_equal(json_string(json_get(event, "id")).len, 32);
	arena_release(&a);
}

static void test_a_record_is_read_by_the_connections_own_mapping(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct route r = { .connection = STR(CONNECTION),
			   .organization = STR("org"),
			   .provider = STR("standard"),
			   .status = CONNECTION_ENABLED,
			   .mapping = STR("{\"location\":\"/email\"}") };
	const struct json *event, *person;
	struct world *w = *state;
	struct err err = { 0 };
	struct buf sealed;

	buf_init(&sealed, 4096);
	seal_secret(&w->keys, "whsec_", &sealed);
	r.sealed = buf_str(&sealed);
	live_put(&w->routes, &r, NOW);
	sign(&h, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_int_equal(json_parse(&event, &w->arena,
				    w->d.accept.items[0].event, NULL, &err),
			 0);
	person = json_get(event, "person");
	assert_str(json_string(json_get(person, "location")), "a@example.com");

	/* of another version: to guess would be worse than to wait */
	r.mapping = STR("{\"site\":\"/email\"}");
	live_put(&w->routes, &r, NOW);
	w->work.asked = true;
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
	buf_release(&sealed);
	put_route(w, CONNECTION_ENABLED);
}

/* Promise 1: what the queue says decides, and nothing else. */
static void test_the_answer_is_what_the_queue_says(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct err fine = { 0 }, gone = { .kind = ERR_UNCERTAIN };
	struct world *w = *state;

	sign(&h, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_int_equal(w->d.verdict.status, 0); /* none before that */
	delivery_queued(&w->d, QUEUE_NEW, &fine);
	assert_int_equal(w->d.verdict.status, 202);
	delivery_queued(&w->d, QUEUE_DUPLICATE, &fine);
	assert_int_equal(w->d.verdict.status, 202);
	delivery_queued(&w->d, QUEUE_NEW, &gone);
	assert_int_equal(w->d.verdict.status, 503);
}

static void test_a_delivery_is_named_by_connection_id_and_body(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct headers later = { .id = "msg_1", .stamp = "1769884990" };
	struct headers other = { .id = "msg_2", .stamp = "1769884920" };
	struct world *w = *state;
	char first[33];

	sign(&h, STR(BODY));
	sign(&later, STR(BODY));
	sign(&other, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	snprintf(first, sizeof(first), "%.*s", STR_ARG(w->d.accept.once_id));
	assert_int_equal(decide(w, &later, BODY, CONNECTION), DECISION_QUEUE);
	assert_str(w->d.accept.once_id, first);
	assert_int_equal(decide(w, &other, BODY, CONNECTION), DECISION_QUEUE);
	assert_false(str_is(w->d.accept.once_id, first));
	sign(&h, STR(BODY " "));
	assert_int_equal(decide(w, &h, BODY " ", CONNECTION), DECISION_QUEUE);
	assert_false(str_is(w->d.accept.once_id, first));
}

static void test_refusals(void **state)
{
	struct headers good = { .id = "msg_1", .stamp = "1769884920" };
	struct headers stale = { .id = "msg_1", .stamp = "1769884000" };
	struct headers forged = good;
	struct world *w = *state;

	w->work.asked = true;
	sign(&good, STR(BODY));
	sign(&stale, STR(BODY));
	sign(&forged, STR(BODY "x"));
	assert_int_equal(decide(w, &forged, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 401);
	assert_int_equal(decide(w, &stale, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 401);
	assert_int_equal(decide(w, &good, BODY, "short"), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 404);
	put_route(w, CONNECTION_DISABLED);
	assert_int_equal(decide(w, &good, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 403);
	assert_int_equal(decide(w, &forged, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 401); /* tells no state */
}

/* The standard provider's manifest, with a list to read beside it. */
static struct manifest_set *with_a_list(void)
{
	static const char fetch[] =
		"\"fetch\":{\"base_url\":\"https://hr.example.com\","
		"\"list\":{\"path\":\"/people\",\"format\":\"json\"}},";
	char dir[] = "/tmp/hrisd-test-XXXXXX", path[64], text[16384];
	FILE *in = fopen("providers/standard/manifest.json", "r"), *out;
	struct manifest_set *set = NULL;
	struct err err = { 0 };
	char *person;
	size_t len;

	assert_non_null(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	text[len] = '\0';
	assert_int_equal(fclose(in), 0);
	person = strstr(text, "\"person\": {");
	assert_non_null(person);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/standard", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/standard/manifest.json", dir);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fprintf(out, "%.*s%s%s", (int)(person - text), text, fetch,
			    person) > 0);
	assert_int_equal(fclose(out), 0);
	if (manifest_set_load(&set, dir, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/standard", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	return set;
}

/* A run must not take for unchanged what a webhook has changed since. */
static void test_runs_are_told_whose_record_came(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct world *w = *state;

	sign(&h, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_null(w->d.accept.persons); /* nothing reads it: no cost */

	live_reload(&w->routes, with_a_list(), NOW);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_non_null(w->d.accept.persons);
	assert_str(w->d.accept.persons[0], "7");
	assert_str(w->d.accept.connection, CONNECTION);
	assert_true(w->d.accept.received_ms == NOW);
}

static void test_an_unknown_connection_is_asked_for_once(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct world *w = *state;
	const char *other = "zzzzzzzzzzzzzzzzzzzzzzzzzz";

	sign(&h, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, other), DECISION_ASK);
	w->work.asked = true;
	assert_int_equal(decide(w, &h, BODY, other), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 404);
}

/* Redis was emptied, or we are starting: not the sender's fault. */
static void test_a_deleted_connection_is_not_known_any_more(void **state)
{
	const struct route other = { .connection = STR("other"),
				     .organization = STR("org"),
				     .provider = STR("standard") };
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct world *w = *state;

	sign(&h, STR(BODY));
	live_put(&w->routes, &other, NOW);
	assert_int_equal(live_count(&w->routes), 2);
	put_route(w, CONNECTION_DELETED);
	put_route(w, CONNECTION_DELETED);
	assert_int_equal(live_count(&w->routes), 1);
	w->work.asked = true;
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 404);
}

static void test_knowing_no_connection_at_all_is_no_reason_for_404(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct manifest_set *manifests;
	struct world *w = *state;
	struct err err = { 0 };

	assert_int_equal(manifest_set_load(&manifests, "providers", &err), 0);
	live_release(&w->routes);
	live_init(&w->routes, &w->keys, manifests);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ASK);
	w->work.asked = true;
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
}

/* A secret or state set a moment ago may not have reached this receiver. */
static void test_no_refusal_before_redis_was_asked(void **state)
{
	struct headers forged = { .id = "msg_1", .stamp = "1769884920" };
	struct headers good = forged;
	struct world *w = *state;

	sign(&forged, STR(BODY "x"));
	sign(&good, STR(BODY));
	assert_int_equal(decide(w, &forged, BODY, CONNECTION), DECISION_ASK);
	put_route(w, CONNECTION_DRAFT);
	assert_int_equal(decide(w, &good, BODY, CONNECTION), DECISION_ASK);
	put_route(w, CONNECTION_ENABLED);
	assert_int_equal(decide(w, &good, BODY, CONNECTION), DECISION_QUEUE);
}

#define BEARER "Bearer MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

/* Nothing is lost: what we cannot read of a genuine vendor is kept. */
static void
test_a_genuine_body_not_understood_becomes_a_dead_letter(void **state)
{
	struct headers h = { .authorization = BEARER };
	struct err fine = { 0 };
	struct world *w = *state;

	put_route_to(w, "rippling", "", CONNECTION_ENABLED);
	assert_int_equal(decide(w, &h, "{\"type\":", CONNECTION),
			 DECISION_QUEUE);
	assert_int_equal(w->d.accept.count, 1);
	assert_int_equal(w->d.accept.items[0].stream, QUEUE_DEAD);
	assert_non_null(strstr(w->text.data, "\"body\":\"{\\\"type\\\":\""));
	delivery_queued(&w->d, QUEUE_NEW, &fine);
	assert_int_equal(w->d.verdict.status, 200);
}

#define RECORD(data)                                    \
	"{\"type\":\"employee.updated\",\"timestamp\":" \
	"\"2026-01-31T18:41:59Z\",\"data\":" data "}"
#define SAM "\"id\":\"7\",\"first_name\":\"Sam\""

/* Who pushes reads the answer; nothing of a person is in it. */
static const struct refused {
	const char *body;
	const char *detail;
} refused[] = {
	{ "", "there is no JSON" },
	{ "{\"first_name\":\"Sam\"", "byte 19: the JSON text ends too early" },
	{ "{\"first_name\":Sam}", "byte 14: a value is expected" },
	{ "{\"first_name\":\"Sam\",\"first_name\":\"Sam\"}",
	  "the key of this value was there before" },
	{ "{\"first_name\":\"Sam\"}", "none of the shapes" },
	{ "[\"Sam\"]", "none of the shapes" },
	{ RECORD("{\"first_name\":\"Sam\"}"), "no id" },
	{ RECORD("{" SAM "}"), "the record has no status" },
	{ RECORD("{" SAM ",\"status\":\"active\",\"version\":\"Sam\"}"),
	  "version" },
	{ "{\"events\":[" RECORD(
		  "{\"id\":\"6\",\"status\":\"active\"}") "," RECORD("{" SAM
								     "}") "]}",
	  "event 1: the record has no status" },
};

static void test_a_developers_malformed_body_is_explained(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		int64_t before = metrics_get(METRIC_WEBHOOKS_REFUSED_MALFORMED);

		sign(&h, str_of(refused[i].body));
		assert_int_equal(decide(w, &h, refused[i].body, CONNECTION),
				 DECISION_ANSWER);
		assert_int_equal(w->d.verdict.status, 400);
		if (!strstr(w->d.verdict.detail, refused[i].detail))
			fail_msg("%s: %s", refused[i].body,
				 w->d.verdict.detail);
		assert_null(strstr(w->d.verdict.detail, "Sam"));
		assert_int_equal(metrics_get(METRIC_WEBHOOKS_REFUSED_MALFORMED),
				 before + 1);
	}
}

static void test_too_much_at_once_is_413(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct world *w = *state;
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_add_z(&body, "{\"events\":[{}");
	for (int i = 0; i < WEBHOOK_MAX_ITEMS; i++)
		buf_add_z(&body, ",{}");
	buf_add_z(&body, "]}");
	sign(&h, buf_str(&body));
	assert_int_equal(decide(w, &h, buf_z(&body), CONNECTION),
			 DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 413);
	assert_string_equal(w->d.verdict.detail, "more than 1000 events");
	buf_release(&body);
}

static void test_an_event_without_use_is_answered_at_once(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	const char *body = "{\"type\":\"company.renamed\",\"timestamp\":"
			   "\"2026-01-31T18:41:59Z\",\"data\":{}}";
	struct world *w = *state;

	sign(&h, str_of(body));
	assert_int_equal(decide(w, &h, body, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 202);
}

static void limit(struct world *w, uint64_t per_second, uint64_t burst)
{
	w->routes.rate = bucket_rate(per_second, burst);
	w->work.mono_ms = 1000;
}

static void assert_limited(struct world *w, int status, int64_t retry_ms)
{
	assert_int_equal(w->d.verdict.status, status);
	assert_int_equal(w->d.verdict.retry_ms, retry_ms);
	assert_non_null(strstr(w->d.verdict.detail, "Retry-After"));
}

static void test_more_than_the_rate_is_put_off(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	int64_t before = metrics_get(METRIC_WEBHOOKS_LIMITED);
	struct world *w = *state;

	limit(w, 2, 3);
	sign(&h, STR(BODY));
	for (int i = 0; i < 3; i++)
		assert_int_equal(decide(w, &h, BODY, CONNECTION),
				 DECISION_QUEUE);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_limited(w, 429, 500);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_limited(w, 429, 1000);
	assert_int_equal(metrics_get(METRIC_WEBHOOKS_LIMITED), before + 2);
	w->work.mono_ms += 500;
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_int_equal(w->d.verdict.retry_ms, 0);
}

/* Some drop an event for good on any 4xx: they get what they send again. */
static void test_a_vendor_that_may_drop_on_429_gets_503(void **state)
{
	static const char *const vendors[] = { "rippling", "bamboohr",
					       "hibob" };
	struct headers h = { .authorization = BEARER };
	struct manifest_set *manifests;
	struct world *w = *state;
	struct err err = { 0 };

	put_route_to(w, "rippling", "", CONNECTION_ENABLED);
	limit(w, 1, 1);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_limited(w, 503, 1000);
	assert_int_equal(manifest_set_load(&manifests, "providers", &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(vendors); i++)
		assert_int_equal(webhook_too_many_status(manifest_set_find(
					 manifests, str_of(vendors[i]))),
				 503);
	manifest_set_unref(&manifests);
}

/* Who knows the address and no secret keeps nobody out. */
static void test_only_verified_deliveries_use_up_the_rate(void **state)
{
	struct headers forged = { .id = "msg_1", .stamp = "1769884920" };
	struct headers good = forged;
	struct world *w = *state;

	limit(w, 1, 1);
	sign(&forged, STR(BODY "x"));
	sign(&good, STR(BODY));
	w->work.asked = true;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(decide(w, &forged, BODY, CONNECTION),
				 DECISION_ANSWER);
		assert_int_equal(w->d.verdict.status, 401);
	}
	assert_int_equal(decide(w, &good, BODY, CONNECTION), DECISION_QUEUE);
	assert_int_equal(decide(w, &good, BODY, CONNECTION), DECISION_ANSWER);
	assert_limited(w, 429, 1000);
	/* A forger is not told how busy the connection is. */
	assert_int_equal(decide(w, &forged, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 401);
}

static void test_a_ping_is_answered_past_every_limit(void **state)
{
	struct headers h = { .id = "", .stamp = "" };
	struct world *w = *state;

	put_route_to(w, "hibob", "", CONNECTION_DRAFT);
	limit(w, 1, 1);
	for (int i = 0; i < 2 * DELIVERY_ASKS_BURST; i++) {
		assert_int_equal(decide(w, &h, "Ping test", CONNECTION),
				 DECISION_ANSWER);
		assert_int_equal(w->d.verdict.status, 200);
	}
}

/* A flood of forged ones is a flood of changed routes too. */
static void test_a_route_built_anew_gives_no_new_tokens(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct manifest_set *again;
	struct world *w = *state;
	struct err err = { 0 };

	limit(w, 1, 1);
	sign(&h, STR(BODY));
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
	put_route(w, CONNECTION_ENABLED);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_limited(w, 429, 1000);
	assert_int_equal(manifest_set_load(&again, "providers", &err), 0);
	live_reload(&w->routes, again, NOW);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_ANSWER);
	assert_limited(w, 429, 2000);
}

static void use_up_asks(struct world *w, struct headers *h, const char *to)
{
	for (int i = 0; i < DELIVERY_ASKS_BURST; i++)
		assert_int_equal(decide(w, h, BODY, to), DECISION_ASK);
	assert_int_equal(decide(w, h, BODY, to), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
}

/* Nor is Redis flooded: and where it was not asked, no 4xx is given. */
static void test_questions_to_redis_are_bounded(void **state)
{
	struct headers forged = { .id = "msg_1", .stamp = "1769884920" };
	int64_t before = metrics_get(METRIC_WEBHOOKS_UNCHECKED);
	struct headers good = forged;
	struct world *w = *state;
	const char *other = "zzzzzzzzzzzzzzzzzzzzzzzzzz";

	limit(w, 1, 1);
	sign(&forged, STR(BODY "x"));
	sign(&good, STR(BODY));
	use_up_asks(w, &forged, CONNECTION);
	put_route(w, CONNECTION_ENABLED); /* as asking does */
	assert_int_equal(decide(w, &forged, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(w->d.verdict.status, 503);
	/* Other connections and the genuine deliveries do not notice. */
	use_up_asks(w, &good, other);
	assert_int_equal(metrics_get(METRIC_WEBHOOKS_UNCHECKED), before + 3);
	assert_int_equal(decide(w, &good, BODY, CONNECTION), DECISION_QUEUE);
	w->work.mono_ms += 1000;
	for (int i = 0; i < DELIVERY_ASKS_PER_SECOND; i++)
		assert_int_equal(decide(w, &forged, BODY, CONNECTION),
				 DECISION_ASK);
	assert_int_equal(decide(w, &forged, BODY, CONNECTION), DECISION_ANSWER);
	assert_int_equal(decide(w, &good, BODY, other), DECISION_ASK);
}

static void test_reload_keeps_every_connection(void **state)
{
	struct headers h = { .id = "msg_1", .stamp = "1769884920" };
	struct manifest_set *again;
	struct world *w = *state;
	struct err err = { 0 };

	sign(&h, STR(BODY));
	assert_int_equal(manifest_set_load(&again, "providers", &err), 0);
	live_reload(&w->routes, again, NOW);
	assert_int_equal(live_count(&w->routes), 1);
	assert_int_equal(decide(w, &h, BODY, CONNECTION), DECISION_QUEUE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_genuine_record_is_queued_with_its_connection),
		TEST(test_a_record_is_read_by_the_connections_own_mapping),
		TEST(test_the_answer_is_what_the_queue_says),
		TEST(test_a_delivery_is_named_by_connection_id_and_body),
		TEST(test_refusals),
		TEST(test_runs_are_told_whose_record_came),
		TEST(test_an_unknown_connection_is_asked_for_once),
		TEST(test_a_deleted_connection_is_not_known_any_more),
		TEST(test_knowing_no_connection_at_all_is_no_reason_for_404),
		TEST(test_no_refusal_before_redis_was_asked),
		TEST(test_a_genuine_body_not_understood_becomes_a_dead_letter),
		TEST(test_a_developers_malformed_body_is_explained),
		TEST(test_too_much_at_once_is_413),
		TEST(test_an_event_without_use_is_answered_at_once),
		TEST(test_more_than_the_rate_is_put_off),
		TEST(test_a_vendor_that_may_drop_on_429_gets_503),
		TEST(test_only_verified_deliveries_use_up_the_rate),
		TEST(test_a_ping_is_answered_past_every_limit),
		TEST(test_a_route_built_anew_gives_no_new_tokens),
		TEST(test_questions_to_redis_are_bounded),
		TEST(test_reload_keeps_every_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

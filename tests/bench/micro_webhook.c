/*
 * What proving, reading and queueing one signed webhook of the standard
 * provider costs, without HTTP and Redis. Built by hand, run in the folder of
 * the project:
 *
 *	make && cc -O2 -D_GNU_SOURCE -Iinclude -o build/micro_webhook \
 *		tests/bench/micro_webhook.c build/release/libhrisd.a -lcjson \
 *		-lcrypto -lsodium && build/micro_webhook
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "provider/manifest.h"
#include "provider/webhook.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS	  20000
#define BEST	  15 /* measurements, of which the fastest counts */
#define KEY	  "0123456789abcdef01234567"
#define SECRET	  "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
#define ID	  "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
#define TIMESTAMP "1795392000"
#define NOW_MS	  1795392000000

#define LONG                                                                 \
	"A longer text as people write it into fields of their own: teams, " \
	"projects, languages, equipment, notes for the first day at work. "

static const char body[] =
	"{\"type\":\"employee.updated\",\"timestamp\":"
	"\"2026-11-23T00:00:00.123Z\",\"data\":{\"id\":\"emp-0001234\","
	"\"employee_number\":\"1234\",\"first_name\":\"Zo\xc3\xab\","
	"\"last_name\":\"Example-Smith\",\"preferred_name\":null,"
	"\"email\":\"Zoe.Smith@example.com\","
	"\"department\":\"Customer Operations\","
	"\"job_title\":\"Senior Support Engineer\","
	"\"seniority_level\":\"senior\",\"status\":\"active\","
	"\"start_date\":\"2023-04-01\",\"end_date\":null,"
	"\"manager_id\":\"emp-0000099\","
	"\"location\":\"Rotterdam, The Netherlands\","
	"\"employment_type\":\"full time\",\"version\":17,"
	"\"custom_one\":\"" LONG LONG LONG "\","
	"\"custom_two\":\"" LONG LONG LONG "\"}}";

struct work {
	struct manifest_set *set;
	const struct manifest *m;
	struct webhook_keys *keys;
	struct buf signature;
	struct webhook w;
	struct arena arena;
	struct webhook_delivery d;
	struct buf event;
};

static struct str find_header(const void *headers, const char *name)
{
	const struct work *k = headers;

	if (!strcmp(name, "webhook-id"))
		return STR(ID);
	if (!strcmp(name, "webhook-timestamp"))
		return STR(TIMESTAMP);
	if (!strcmp(name, "webhook-signature"))
		return buf_str(&k->signature);
	return (struct str){ 0 };
}

static void sign(struct work *k)
{
	const struct str parts[] = { STR(ID), STR("."), STR(TIMESTAMP),
				     STR("."), str_of(body) };
	unsigned char mac[HMAC_MAX_SIZE];
	struct hmac_key *key;
	size_t len;

	ASSERT(hmac_key_new(&key, HMAC_SHA256, STR(KEY), NULL) == 0);
	len = hmac_compute(key, parts, ARRAY_LEN(parts), mac);
	hmac_key_free(&key);
	buf_init(&k->signature, 256);
	buf_add_z(&k->signature, "v1,");
	encode(ENCODING_BASE64, mac, len, &k->signature);
}

static void prepare(struct work *k)
{
	const struct webhook_secret secret = { "webhook_secret", STR(SECRET) };

	ASSERT(manifest_set_load(&k->set, "providers", NULL) == 0);
	k->m = manifest_set_find(k->set, STR("standard"));
	ASSERT(webhook_keys_new(&k->keys, k->m, NULL, &secret, 1, NULL, 0,
				NULL) == 0);
	sign(k);
	k->w = (struct webhook){ .method = STR("POST"),
				 .url = STR("/webhooks/x"),
				 .body = str_of(body),
				 .header = find_header,
				 .headers = k,
				 .now_ms = NOW_MS };
	arena_init(&k->arena, 1 << 20);
	buf_init(&k->event, 1 << 16);
}

static void verify(struct work *k)
{
	arena_clear(&k->arena);
	ASSERT(webhook_verify(k->m, k->keys, &k->w, &k->arena, NULL) == 0);
}

static void read_body(struct work *k)
{
	arena_clear(&k->arena);
	ASSERT(webhook_read(k->m, &k->w, &k->arena, &k->d, NULL) == 0);
	ASSERT(k->d.count == 1);
}

/* Of what read_body left. */
static void write_event(struct work *k)
{
	struct change *c = &k->d.items[0].change;

	c->organization = STR("org");
	c->connection = STR("abcdefghijklmnopqrstuvwxyz");
	buf_clear(&k->event);
	change_identify(c);
	change_encode(c, &k->event);
	ASSERT(!k->event.failed);
}

static void measure(const char *what, void (*step)(struct work *k),
		    struct work *k)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < BEST; i++) {
		int64_t start = clock_mono_us();
		int64_t took;

		for (int r = 0; r < ROUNDS; r++)
			step(k);
		took = clock_mono_us() - start;
		best = took < best ? took : best;
	}
	printf("%-28s %5.2f us\n", what, (double)best / ROUNDS);
}

int main(void)
{
	static struct work k;

	prepare(&k);
	printf("body of %zu bytes\n", sizeof(body) - 1);
	measure("verify", verify, &k);
	measure("read and map", read_body, &k);
	measure("identify and encode", write_event, &k);
	printf("event of %zu bytes\n", k.event.len);
	buf_release(&k.event);
	buf_release(&k.signature);
	arena_release(&k.arena);
	webhook_keys_free(&k.keys);
	manifest_set_unref(&k.set);
	return 0;
}

/*
 * What deciding on one delivery costs: verify, take a token, read, map,
 * identify, encode, and the key of the once-only check, with neither sockets
 * nor Redis. Built by hand and run from the project's folder:
 *
 *	make library && cc -O2 -D_GNU_SOURCE -Iinclude -Isrc/receiver \
 *		-o build/micro_receive tests/bench/micro_receive.c \
 *		build/release/libhrisd.a $(pkg-config --libs libevent_core \
 *		libcurl libcjson hiredis libsodium libcrypto sqlite3) && \
 *		build/micro_receive [ROUNDS]
 */
#include "base/assert.h"
#include "base/clock.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BEST	   9 /* measurements, of which the fastest counts */
#define CONNECTION "abcdefghijklmnopqrstuvwxyz"
#define KEY	   "0123456789abcdef0123456789abcdef"
#define NOTE                                                                 \
	"Moved with the team to the second floor; keeps the parking space. " \
	"Laptop to be renewed in spring. Contract amended for the new "      \
	"working hours, signed by both sides. "

static const char body[] =
	"{\"type\":\"employee.updated\",\"timestamp\":\"2026-11-23T09:30:00Z\","
	"\"data\":{\"id\":\"p-4711\",\"employee_number\":\"104711\","
	"\"first_name\":\"Person\",\"last_name\":\"Number 4711\","
	"\"preferred_name\":null,\"email\":\"p4711@example.com\","
	"\"department\":\"Department 12\",\"job_title\":\"Engineer 711\","
	"\"seniority_level\":\"IC4\",\"status\":\"active\","
	"\"start_date\":\"2024-03-04\",\"end_date\":null,"
	"\"manager_id\":\"p-471\",\"location\":\"Berlin\","
	"\"employment_type\":\"full-time\",\"version\":4712,"
	"\"custom\":{\"cost_center\":\"CC-47\",\"floor\":2,"
	"\"languages\":[\"en\",\"de\",\"fr\"],\"badge\":9004711,"
	"\"remote\":true,\"notes\":\"" NOTE NOTE NOTE NOTE "\"}}}";

/* As an HTTP server hands them over: found by name, one after the other. */
static struct {
	const char *name;
	char value[128];
} headers[] = {
	{ "Host", "x" },
	{ "Content-Type", "application/json" },
	{ "webhook-id", "msg_4711" },
	{ "webhook-timestamp", "" },
	{ "webhook-signature", "" },
};

static struct str header(const void *unused, const char *name)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		if (str_eq_nocase(str_of(headers[i].name), str_of(name)))
			return str_of(headers[i].value);
	return (struct str){ 0 };
}

static void sign(int64_t now_ms)
{
	char *id = headers[2].value, *stamp = headers[3].value;
	struct str parts[] = {
		str_of(id), STR("."), { 0 }, STR("."), str_of(body)
	};
	unsigned char mac[HMAC_MAX_SIZE];
	struct hmac_key *key;
	struct buf text;

	ASSERT(snprintf(stamp, 32, "%lld", (long long)now_ms / 1000) > 0);
	parts[2] = str_of(stamp);
	ASSERT(hmac_key_new(&key, HMAC_SHA256, STR(KEY), NULL) == 0);
	buf_init(&text, 120);
	buf_add_z(&text, "v1,");
	encode(ENCODING_BASE64, mac,
	       hmac_compute(key, parts, ARRAY_LEN(parts), mac), &text);
	memcpy(headers[4].value, text.data, text.len + 1);
	buf_release(&text);
	hmac_key_free(&key);
}

static void put_route(struct live_routes *routes, const struct keyring *keys,
		      int64_t now_ms)
{
	struct route r = { .connection = STR(CONNECTION),
			   .organization = STR(CONNECTION),
			   .provider = STR("standard"),
			   .status = CONNECTION_ENABLED };
	struct buf plain, sealed, text;

	buf_init(&plain, 256);
	buf_init(&sealed, 1024);
	buf_init(&text, 4096);
	buf_add_z(&plain, "whsec_");
	encode(ENCODING_BASE64, KEY, strlen(KEY), &plain);
	ASSERT(seal(keys, SEAL_WEBHOOK, buf_str(&plain), &sealed, NULL) == 0);
	buf_add_z(&text, "{\"webhook_secret\":\"");
	encode(ENCODING_BASE64, sealed.data, sealed.len, &text);
	buf_add_z(&text, "\"}");
	r.sealed = buf_str(&text);
	live_put(routes, &r, now_ms);
	buf_release(&plain);
	buf_release(&sealed);
	buf_release(&text);
}

static void make_keys(struct keyring *keys)
{
	char path[64];
	struct err err = { 0 };

	ASSERT(snprintf(path, sizeof(path), "/tmp/hrisd-micro-%d.key",
			getpid()) > 0);
	if (keyring_create(path, &err) < 0 ||
	    keyring_load(keys, path, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	(void)unlink(path);
}

static void measure(struct delivery_work *work, long rounds)
{
	struct webhook wh = { .method = STR("POST"),
			      .body = str_of(body),
			      .header = header,
			      .now_ms = clock_wall_ms() };
	struct delivery d;
	double best = 1e9;

	sign(wh.now_ms);
	for (int b = 0; b < BEST; b++) {
		int64_t from = clock_mono_us();
		double ns;

		for (long i = 0; i < rounds; i++) {
			work->mono_ms = clock_mono_ms();
			ASSERT(delivery_decide(&d, work, STR(CONNECTION),
					       &wh) == DECISION_QUEUE);
		}
		ns = (double)(clock_mono_us() - from) * 1000 / (double)rounds;
		best = ns < best ? ns : best;
	}
	printf("body: %zu bytes, event: %zu bytes\n", sizeof(body) - 1,
	       d.accept.items[0].event.len);
	printf("delivery_decide %6.0f ns\n", best);
}

int main(int argc, char **argv)
{
	struct live_routes routes;
	struct manifest_set *manifests;
	struct keyring keys;
	struct arena arena;
	struct buf text;
	struct delivery_work work = { .routes = &routes,
				      .arena = &arena,
				      .text = &text };
	struct err err = { 0 };

	make_keys(&keys);
	if (manifest_set_load(&manifests, "providers", &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	live_init(&routes, &keys, manifests);
	routes.rate = bucket_rate(BUCKET_MOST, BUCKET_MOST);
	arena_init(&arena, 1u << 20);
	buf_init(&text, 1u << 20);
	put_route(&routes, &keys, clock_wall_ms());
	measure(&work, argc > 1 ? strtol(argv[1], NULL, 10) : 20000);
	live_release(&routes);
	keyring_release(&keys);
	arena_release(&arena);
	buf_release(&text);
	return 0;
}

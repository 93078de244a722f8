/* Webhooks from the control API to a receiver: sent, signed, tried again. */
#include "sandbox_world.h"

#include "crypto/encode.h"
#include "crypto/hmac.h"

#define PEOPLE 60

static int setup(void **state)
{
	*state = world_open(PEOPLE);
	return 0;
}

static int teardown(void **state)
{
	world_close(*state);
	return 0;
}

static void change(struct world *w, int person)
{
	char body[128];

	(void)snprintf(body, sizeof(body),
		       "{\"action\":\"change\",\"person\":%d}", person);
	control(w, "POST", "/sandbox/act", body);
}

static const struct post *find(const struct world *w, const char *path)
{
	for (size_t i = 0; i < w->post_count; i++)
		if (!strcmp(w->posts[i].path, path))
			return &w->posts[i];
	fail_msg("no webhook at %s", path);
	return NULL;
}

static struct subscription *of_vendor(struct world *w, enum vendor v)
{
	struct subscription *s = sender_first(w->sandbox->sender);

	while (s && s->target.vendor != v)
		s = sender_next(s);
	assert_non_null(s);
	return s;
}

static void sender_totals(struct world *w, struct sender_counts *c)
{
	sender_count(w->sandbox->sender, c);
}

static void test_every_subscriber_is_told(void **state)
{
	struct world *w = *state;

	unsigned count = 0;

	for (unsigned v = 0; v < VENDOR_COUNT; v++) {
		if (!webhook_is_sent((enum vendor)v))
			continue;
		subscribe(w, vendor_name((enum vendor)v));
		count++;
	}
	await_posts(w, 1);
	assert_string_equal(find(w, "/hibob")->body, "Ping test");
	world_forget_posts(w);
	change(w, 3);
	await_posts(w, count);
	assert_non_null(
		strstr(find(w, "/bamboohr")->body, "\"employeeId\":\"104\""));
	assert_non_null(strstr(find(w, "/hibob")->body,
			       "\"employeeId\":\"3332883894011691103\""));
	assert_non_null(strstr(find(w, "/rippling")->body,
			       "id=66f000000000000000000004&"));
	assert_non_null(
		strstr(find(w, "/standard")->body, "\"id\":\"person-4\""));
	await_quiet(w);
	assert_int_equal(w->post_count, count);
}

static void bamboohr_signature(const char *secret, const struct post *p,
			       struct buf *out)
{
	struct str parts[] = { str_of(p->body), str_of(p->time) };
	unsigned char mac[HMAC_MAX_SIZE];
	struct hmac_key *key;

	assert_int_equal(hmac_key_new(&key, HMAC_SHA256, str_of(secret), NULL),
			 0);
	encode(ENCODING_HEX, mac, hmac_compute(key, parts, 2, mac), out);
	hmac_key_free(&key);
}

static void test_signed_now_with_the_secret_shown(void **state)
{
	struct world *w = *state;
	struct post *p = w->posts;
	struct buf b;
	uint64_t at;

	subscribe(w, "bamboohr");
	change(w, 3);
	await_posts(w, 1);
	buf_init(&b, 128);
	bamboohr_signature(of_vendor(w, VENDOR_BAMBOOHR)->target.secret, p, &b);
	assert_string_equal(buf_z(&b), p->signature);
	buf_release(&b);
	/* Real time, wherever the company's clock stands. */
	assert_true(str_to_u64(str_of(p->time), &at));
	assert_in_range((int64_t)at, clock_wall_ms() / 1000 - 20,
			clock_wall_ms() / 1000 + 1);
}

static void test_bad_and_stale_signatures_on_demand(void **state)
{
	struct world *w = *state;
	struct buf b;
	uint64_t at;

	subscribe(w, "bamboohr");
	control(w, "PATCH", "/sandbox/faults/webhooks",
		"{\"bad_signature_percent\":100,\"stale_s\":86400}");
	change(w, 3);
	await_posts(w, 1);
	buf_init(&b, 128);
	bamboohr_signature(of_vendor(w, VENDOR_BAMBOOHR)->target.secret,
			   w->posts, &b);
	assert_string_not_equal(buf_z(&b), w->posts->signature);
	assert_int_equal(strlen(w->posts->signature), 64);
	buf_release(&b);
	assert_true(str_to_u64(str_of(w->posts->time), &at));
	assert_true((int64_t)at < clock_wall_ms() / 1000 - 86000);
}

static void test_a_webhook_made_by_the_vendors_api(void **state)
{
	struct world *w = *state;
	char auth[128], body[512], key[64], plain[96];
	struct buf b;

	buf_init(&b, 120);
	(void)snprintf(plain, sizeof(plain), "%s:x",
		       w->sandbox->credentials.text[CRED_BAMBOOHR_KEY]);
	encode(ENCODING_BASE64, plain, strlen(plain), &b);
	(void)snprintf(auth, sizeof(auth), "Basic %s", buf_z(&b));
	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"n\",\"url\":\"%s/mine\",\"format\":"
		       "\"json\",\"events\":[\"employee.updated\"],"
		       "\"monitorFields\":[\"workEmail\"]}",
		       w->hooks);
	assert_int_equal(call(w, "POST", "/api/v1/webhooks", auth, body), 201);
	world_copy(key, sizeof(key),
		   json_string(json_get(w->json, "privateKey")));
	assert_int_equal(strlen(key), 32);

	/* The key is shown this once. */
	assert_int_equal(call(w, "GET", "/api/v1/webhooks/1", auth, NULL), 200);
	assert_null(json_get(w->json, "privateKey"));
	assert_null(strstr(w->body, key));

	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"job_title\":"
		"\"X\"}}"); /* not watched */
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"change\",\"person\":3,\"set\":{\"email\":"
		"\"x@example.com\"}}");
	await_posts(w, 1);
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	assert_non_null(
		strstr(w->posts->body, "\"changedFields\":[\"workEmail\"]"));
	buf_clear(&b);
	bamboohr_signature(key, w->posts, &b);
	assert_string_equal(buf_z(&b), w->posts->signature);

	assert_int_equal(call(w, "DELETE", "/api/v1/webhooks/1", auth, NULL),
			 200);
	assert_string_equal(w->body, "Web hook has been deleted.");
	change(w, 3);
	await_quiet(w);
	assert_int_equal(w->post_count, 1);
	buf_release(&b);
}

static void test_only_named_targets_are_sent_to(void **state)
{
	struct world *w = *state;

	assert_int_equal(call(w, "POST", "/sandbox/subscriptions", NULL,
			      "{\"provider\":\"standard\",\"url\":"
			      "\"http://127.0.0.1:1/x\"}"),
			 403);
	assert_non_null(strstr(w->body, "--target"));
	assert_int_equal(call(w, "POST", "/sandbox/subscriptions", NULL,
			      "{\"provider\":\"standard\",\"url\":"
			      "\"file:///etc/passwd\"}"),
			 422);
}

/* How often each vendor tries before it gives up; see its documentation. */
static const struct {
	enum vendor vendor;
	int status;
	size_t tries;
	bool stopped;
} retries[] = {
	{ VENDOR_BAMBOOHR, 503, 6, false },
	{ VENDOR_BAMBOOHR, 401, 1, false },
	{ VENDOR_HIBOB, 503, 13, true },
	{ VENDOR_HIBOB, 400, 13, true },
	{ VENDOR_RIPPLING, 503, 1, false },
	{ VENDOR_GUSTO, 503, 17, true },
	{ VENDOR_DEEL, 404, 10, true },
	{ VENDOR_MERGE, 400, 6, false },
	{ VENDOR_WORKOS, 500, 6, false },
	{ VENDOR_FACTORIAL, 404, 20, true },
	{ VENDOR_PERSONIO, 503, 14, false },
	{ VENDOR_PERSONIO, 501, 1, false },
	{ VENDOR_PERSONIO, 404, 1, false },
	{ VENDOR_STANDARD, 503, 10, false },
	{ VENDOR_STANDARD, 404, 10, false },
};

static void test_failures_are_retried_as_each_vendor_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(retries); i++) {
		struct world *w = world_open(PEOPLE);
		const char *provider = vendor_name(retries[i].vendor);
		struct sender_counts c;

		subscribe(w, provider);
		await_quiet(w);
		world_forget_posts(w); /* the ping */
		w->receiver_status = retries[i].status;
		/* 2048 of them at the longest: none is waited for. */
		sender_settings(w->sandbox->sender)->minute_ms = 0;
		change(w, 3);
		await_posts(w, retries[i].tries);
		await_quiet(w);
		if (w->post_count != retries[i].tries)
			fail_msg("%s, %d: %zu tries", provider,
				 retries[i].status, w->post_count);
		for (size_t k = 1; k < w->post_count; k++)
			assert_string_equal(w->posts[k].body, w->posts->body);
		sender_totals(w, &c);
		assert_int_equal(c.failed, 1);
		assert_int_equal(of_vendor(w, retries[i].vendor)->stopped,
				 retries[i].stopped);
		world_close(w);
	}
}

static void test_a_retry_that_is_taken_ends_it(void **state)
{
	struct world *w = *state;
	struct sender_counts c;

	control(w, "PATCH", "/sandbox/settings", "{\"retry_minute_ms\":20}");
	subscribe(w, "bamboohr");
	w->receiver_status = 503;
	change(w, 3);
	await_posts(w, 1);
	w->receiver_status = 200;
	await_posts(w, 2);
	await_quiet(w);
	assert_int_equal(w->post_count, 2);
	sender_totals(w, &c);
	assert_int_equal(c.accepted, 1);
	assert_int_equal(c.failed, 0);
}

/* Three seconds: what they wait is the one thing here that no test may set. */
static void test_personio_waits_less_than_others(void **state)
{
	struct world *w = *state;

	control(w, "PATCH", "/sandbox/settings", "{\"retry_minute_ms\":1}");
	subscribe(w, "personio");
	w->receiver_status = 0;
	change(w, 3);
	await_posts(w, 1);
	assert_int_equal(w->post_count, 1);
	w->receiver_status = 200;
	await_posts(w, 2);
	await_quiet(w);
	assert_string_equal(w->posts[1].body, w->posts[0].body);
}

static void test_a_failed_connection_test_stops_hibob(void **state)
{
	struct world *w = *state;

	w->receiver_status = 500;
	subscribe(w, "hibob");
	await_quiet(w);
	assert_int_equal(w->post_count, 2);
	assert_string_equal(w->posts[0].body, "Ping test");
	assert_string_equal(w->posts[1].body, "{\"text\":\"Ping test\"}");
	assert_true(of_vendor(w, VENDOR_HIBOB)->stopped);
	change(w, 3);
	await_quiet(w);
	assert_int_equal(w->post_count, 2);
}

static int64_t version_of(struct world *w, const struct post *p)
{
	const struct json *v;
	int64_t n;

	assert_int_equal(json_parse(&v, &w->arena, str_of(p->body), NULL, NULL),
			 0);
	assert_true(json_int(json_get(json_get(v, "data"), "version"), &n));
	return n;
}

static void test_one_person_is_told_of_in_order(void **state)
{
	struct world *w = *state;

	subscribe(w, "standard");
	for (int i = 0; i < 100; i++)
		assert_int_equal(
			company_change(&w->sandbox->company, 3, NULL, NULL), 0);
	await_posts(w, 100);
	for (int i = 1; i < 100; i++)
		assert_true(version_of(w, &w->posts[i]) >
			    version_of(w, &w->posts[i - 1]));
}

static void test_lost_doubled_and_reordered_on_demand(void **state)
{
	struct world *w = *state;
	struct sender_counts c;

	subscribe(w, "standard");
	control(w, "PATCH", "/sandbox/faults/webhooks",
		"{\"lost_percent\":100}");
	change(w, 3);
	await_quiet(w);
	assert_int_equal(w->post_count, 0);
	sender_totals(w, &c);
	assert_int_equal(c.lost, 1);

	control(w, "DELETE", "/sandbox/faults/webhooks", NULL);
	control(w, "PATCH", "/sandbox/faults/webhooks",
		"{\"duplicate_percent\":100,\"copies\":2}");
	change(w, 3);
	await_posts(w, 3);
	await_quiet(w);
	assert_int_equal(w->post_count, 3);
	assert_string_equal(w->posts[0].body, w->posts[1].body);
	assert_string_equal(w->posts[0].body, w->posts[2].body);

	world_forget_posts(w);
	control(w, "DELETE", "/sandbox/faults/webhooks", NULL);
	control(w, "PATCH", "/sandbox/faults/webhooks",
		"{\"reorder_percent\":100}");
	change(w, 3);
	control(w, "DELETE", "/sandbox/faults/webhooks", NULL);
	change(w, 3);
	await_posts(w, 2);
	assert_true(version_of(w, &w->posts[1]) < version_of(w, &w->posts[0]));
}

static void test_announce_tells_of_everybody_once(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);
	size_t here = PEOPLE - counts[EMPLOYEE_DEPARTED];
	const struct log_entry *e;
	bool seen[PEOPLE] = { false };
	uint64_t at = 0;

	subscribe(w, "standard");
	control(w, "PATCH", "/sandbox/settings", "{\"in_flight\":4}");
	control(w, "POST", "/sandbox/announce", "{}");
	await_posts(w, here);
	await_quiet(w);
	assert_int_equal(w->post_count, here);
	while ((e = sender_log_after(w->sandbox->sender, at))) {
		at = e->seq;
		assert_int_equal(e->status, 200);
		assert_string_equal(e->event, "employee.created");
		assert_true(e->n < PEOPLE && !seen[e->n]);
		seen[e->n] = true;
	}
	assert_int_equal(at, here);
}

static void test_many_depart_at_once(void **state)
{
	struct world *w = *state;
	const uint32_t *counts = company_count(&w->sandbox->company);
	uint32_t here = counts[EMPLOYEE_ACTIVE] + counts[EMPLOYEE_ON_LEAVE];
	uint32_t gone = counts[EMPLOYEE_DEPARTED];
	uint32_t leave = (here * 10 + 99) / 100;

	subscribe(w, "standard");
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"depart\",\"percent\":10}");
	assert_int_equal(number(w, "count"), leave);
	await_posts(w, leave);
	await_quiet(w);
	control(w, "GET", "/sandbox/state", NULL);
	assert_int_equal(number(w, "people.departed"), gone + leave);
	assert_int_equal(w->post_count, leave);
	for (size_t i = 0; i < leave; i++)
		assert_non_null(strstr(w->posts[i].body,
				       "\"type\":\"employee.departed\""));
}

static void test_life_goes_on_at_its_rate(void **state)
{
	struct world *w = *state;
	int64_t begin;

	subscribe(w, "standard");
	control(w, "PATCH", "/sandbox/settings",
		"{\"rate_per_minute\":60000}"); /* 1000 a second */
	begin = clock_mono_ms();
	await_posts(w, 300);
	assert_true(clock_mono_ms() - begin >= 150);
	control(w, "PATCH", "/sandbox/settings", "{\"rate_per_minute\":0}");
	await_quiet(w);
}

static void test_the_clock_turns_hires_into_colleagues(void **state)
{
	struct world *w = *state;

	subscribe(w, "hibob");
	await_quiet(w);
	control(w, "POST", "/sandbox/act",
		"{\"action\":\"hire\",\"set\":{\"start_date\":\"2026-11-25\","
		"\"location\":\"London, UK\"}}");
	control(w, "POST", "/sandbox/clock",
		"{\"to\":\"2026-11-24T23:59:59.999Z\"}");
	await_quiet(w);
	world_forget_posts(w);
	control(w, "POST", "/sandbox/clock", "{\"advance_ms\":1}");
	await_quiet(w);
	assert_int_equal(w->post_count, 2);
	assert_non_null(strstr(w->posts[0].body, "\"employee.joined\""));
	assert_non_null(strstr(w->posts[1].body, "\"employee.activated\""));
	assert_int_equal(call(w, "POST", "/sandbox/clock", NULL,
			      "{\"to\":\"2026-11-01T00:00:00Z\"}"),
			 400); /* never back */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_subscriber_is_told),
		TEST(test_signed_now_with_the_secret_shown),
		TEST(test_bad_and_stale_signatures_on_demand),
		TEST(test_a_webhook_made_by_the_vendors_api),
		TEST(test_only_named_targets_are_sent_to),
		cmocka_unit_test(test_failures_are_retried_as_each_vendor_does),
		TEST(test_a_retry_that_is_taken_ends_it),
		TEST(test_personio_waits_less_than_others),
		TEST(test_a_failed_connection_test_stops_hibob),
		TEST(test_one_person_is_told_of_in_order),
		TEST(test_lost_doubled_and_reordered_on_demand),
		TEST(test_announce_tells_of_everybody_once),
		TEST(test_many_depart_at_once),
		TEST(test_life_goes_on_at_its_rate),
		TEST(test_the_clock_turns_hires_into_colleagues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

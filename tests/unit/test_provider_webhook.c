/* What holds for deliveries beyond what a provider's cases can say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/buf.h"
#include "provider/manifest.h"
#include "provider/webhook.h"

/* Nothing but what a repeat is told by. */
static const char stamped[] =
	"{\"manifest\":1,\"name\":\"stamped\",\"title\":\"Stamped\","
	"\"webhook\":{\"body\":\"json\",\"signature\":{\"scheme\":\"none\"},"
	"\"once\":[\"body\",\"header:X-Timestamp\"],"
	"\"events\":{\"type\":\"/type\",\"person_id\":\"/data/id\","
	"\"map\":{\"employee.deleted\":\"gone\"}}}}";

struct fixture {
	struct manifest_set *set;
	const struct manifest *standard, *bamboohr, *rippling, *hibob;
	struct manifest *stamped;
	struct arena arena;
};

static int setup(void **state)
{
	static struct fixture f;
	struct err err = { 0 };

	if (manifest_set_load(&f.set, "providers", &err) < 0 ||
	    manifest_parse(&f.stamped, "stamped", str_of(stamped), &err) < 0)
		return -1;
	f.standard = manifest_set_find(f.set, STR("standard"));
	f.bamboohr = manifest_set_find(f.set, STR("bamboohr"));
	f.rippling = manifest_set_find(f.set, STR("rippling"));
	f.hibob = manifest_set_find(f.set, STR("hibob"));
	arena_init(&f.arena, 8 << 20);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_release(&f->arena);
	manifest_set_unref(&f->set);
	manifest_free(&f->stamped);
	return 0;
}

struct headers {
	const char *id;
	const char *timestamp;
};

static struct str find(const void *headers, const char *name)
{
	const struct headers *h = headers;

	if (!strcmp(name, "webhook-id"))
		return str_of(h->id);
	if (!strcmp(name, "webhook-signature"))
		return STR("v1,");
	if (!strcmp(name, "X-Timestamp"))
		return str_of(h->timestamp);
	return (struct str){ 0 };
}

#define BODY(first)                                                \
	"{\"type\":\"employee.deleted\",\"data\":{\"id\":\"" first \
	"\",\"employeeId\":\"7\"}}"

static struct webhook_delivery read(struct fixture *f, const struct manifest *m,
				    struct str body, const struct headers *h)
{
	const struct webhook w = { .method = STR("POST"),
				   .body = body,
				   .header = find,
				   .headers = h,
				   .now_ms = 1795392000000 };
	struct webhook_delivery d;
	struct err err = { 0 };

	if (webhook_read(m, &w, &f->arena, &d, &err) < 0)
		fail_msg("%s", err.text);
	return d;
}

static bool same_once(struct fixture *f, const struct manifest *m,
		      const char *body, struct headers h, const char *body2,
		      struct headers h2)
{
	struct str a = read(f, m, str_of(body), &h).once_id;
	struct str b = read(f, m, str_of(body2), &h2).once_id;

	assert_int_equal(a.len, 32);
	assert_int_equal(b.len, 32);
	return str_eq(a, b);
}

static void test_a_repeat_has_the_same_once_id(void **state)
{
	const struct headers one = { "msg_1", "1" }, two = { "msg_2", "2" };
	struct fixture *f = *state;

	assert_true(same_once(f, f->standard, BODY("1"), one, BODY("1"), one));
	assert_true(same_once(f, f->stamped, BODY("1"), one, BODY("1"), one));
	/* A repeated id must not swallow another body. */
	assert_false(same_once(f, f->standard, BODY("1"), one, BODY("2"), one));
	assert_false(same_once(f, f->standard, BODY("1"), one, BODY("1"), two));
	assert_false(same_once(f, f->stamped, BODY("1"), one, BODY("1"), two));
}

static void test_id_and_body_do_not_run_into_each_other(void **state)
{
	const struct headers one = { "m ", "1" }, two = { "m", "1" };
	struct fixture *f = *state;

	assert_false(
		same_once(f, f->standard, BODY("1"), one, " " BODY("1"), two));
}

/* Two saves may send the same bytes within a second: both must be read. */
static void test_thin_notices_are_no_repeats(void **state)
{
	const struct headers h = { NULL, "1" };
	struct fixture *f = *state;
	const struct row {
		const struct manifest *manifest;
		const char *body;
		size_t once_len;
	} rows[] = {
		{ f->rippling,
		  "{\"event_name\":\"employee.updated\",\"id\":\"1\"}", 0 },
		{ f->bamboohr,
		  "{\"type\":\"employee.updated\",\"data\":"
		  "{\"employeeId\":\"1\"}}",
		  0 },
		{ f->bamboohr, "{\"employees\":[{\"id\":\"1\"}]}", 0 },
		/* Its bodies carry microseconds. */
		{ f->hibob,
		  "{\"type\":\"employee.updated\",\"data\":"
		  "{\"employeeId\":\"1\"}}",
		  32 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct webhook_delivery d =
			read(f, rows[i].manifest, str_of(rows[i].body), &h);

		assert_int_equal(d.once_id.len, rows[i].once_len);
		assert_int_equal(d.count, 1);
		assert_true(d.items[0].is_lookup);
	}
}

static void test_a_delivery_of_1000_events_is_read_whole(void **state)
{
	const struct headers h = { "m", NULL };
	struct fixture *f = *state;
	struct webhook_delivery d;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_z(&text, "{\"events\":[");
	for (int i = 0; i < WEBHOOK_MAX_ITEMS; i++)
		buf_addf(&text,
			 "%s{\"type\":\"employee.updated\",\"data\":{\"id\":"
			 "\"p%d\",\"status\":\"active\"}}",
			 i ? "," : "", i);
	buf_add_z(&text, "]}");
	d = read(f, f->standard, buf_str(&text), &h);
	assert_int_equal(d.count, WEBHOOK_MAX_ITEMS);
	assert_true(str_is(d.items[999].change.person.pid, "p999"));
	assert_int_equal(d.items[999].change.person.status, PERSON_ACTIVE);
	buf_release(&text);
}

/* With fields that need memory of their own. */
#define FULL                                                                \
	"{\"type\":\"employee.updated\",\"data\":{\"id\":\"1\",\"status\":" \
	"\"active\",\"email\":\"A@B.example\",\"start_date\":\"2026-01-31\"}}"

static void test_a_full_arena_is_a_limit_and_no_crash(void **state)
{
	const struct headers h = { "m", NULL };
	struct fixture *f = *state;
	const struct webhook w = { .body = STR(FULL),
				   .header = find,
				   .headers = &h };
	int res = -1;

	for (size_t max = 0; max < 8192; max += 64) {
		struct webhook_delivery d;
		struct err err = { 0 };
		struct arena small;

		arena_init(&small, max);
		res = webhook_read(f->standard, &w, &small, &d, &err);
		if (res < 0)
			assert_int_equal(err.kind, ERR_LIMIT);
		arena_release(&small);
	}
	assert_int_equal(res, 0); /* the largest was enough */
}

static void test_ignored_is_told(void **state)
{
	const struct headers h = { "m", NULL };
	struct fixture *f = *state;

	assert_true(read(f, f->standard, STR("{\"type\":\"x\"}"), &h).ignored);
	assert_false(read(f, f->standard, STR(BODY("1")), &h).ignored);
}

#define GOOD "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

static const struct key_row {
	const char *name, *value;
	const char *want; /* in the error; NULL: fine */
} keys_rows[] = {
	{ "webhook_secret", GOOD, NULL },
	{ "webhook_secret", "", "'webhook_secret' is missing" },
	{ "other", GOOD, "'webhook_secret' is missing" },
	{ "webhook_secret", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
	  "is not 'whsec_' and base64" },
	{ "webhook_secret", "whsec_", "is not 'whsec_' and base64" },
	{ "webhook_secret", "whsec_short", "is not 'whsec_' and base64" },
	{ "webhook_secret", GOOD " ", "is not 'whsec_' and base64" },
	{ "webhook_secret",
	  "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY=", "24 to 64 bytes" },
};

static void test_keys_are_checked_without_telling_them(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(keys_rows); i++) {
		const struct key_row *r = &keys_rows[i];
		const struct webhook_secret s = { r->name, str_of(r->value) };
		struct webhook_keys *keys = NULL;
		struct err err = { 0 };
		int res = webhook_keys_new(&keys, f->standard, NULL, &s, 1,
					   NULL, 0, &err);

		if (!r->want) {
			assert_int_equal(res, 0);
			webhook_keys_free(&keys);
			assert_null(keys);
			continue;
		}
		if (res == 0 || !strstr(err.text, r->want))
			fail_msg("%s: %s", r->value, err.text);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_null(strstr(err.text, "MDEy"));
		assert_null(keys);
	}
}

static void test_a_bad_previous_secret_is_refused_too(void **state)
{
	const struct webhook_secret now = { "webhook_secret", STR(GOOD) };
	const struct webhook_secret old = { "webhook_secret", STR("x") };
	struct fixture *f = *state;
	struct webhook_keys *keys = NULL;
	struct err err = { 0 };

	assert_int_equal(webhook_keys_new(&keys, f->standard, NULL, &now, 1,
					  &old, 1, &err),
			 -1);
	assert_null(keys);
	assert_int_equal(webhook_keys_new(&keys, f->standard, NULL, &now, 1,
					  &now, 1, &err),
			 0);
	webhook_keys_free(&keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_repeat_has_the_same_once_id),
		cmocka_unit_test(test_id_and_body_do_not_run_into_each_other),
		cmocka_unit_test(test_thin_notices_are_no_repeats),
		cmocka_unit_test(test_a_delivery_of_1000_events_is_read_whole),
		cmocka_unit_test(test_a_full_arena_is_a_limit_and_no_crash),
		cmocka_unit_test(test_ignored_is_told),
		cmocka_unit_test(test_keys_are_checked_without_telling_them),
		cmocka_unit_test(test_a_bad_previous_secret_is_refused_too),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

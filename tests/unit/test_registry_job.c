/* Jobs and replies: what is written is read back, and nothing else is taken. */
#include "check.h"

#include "registry/job.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 8 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const struct json *parsed(const char *text)
{
	const struct json *v;

	assert_int_equal(json_parse(&v, &arena, str_of(text), NULL, NULL), 0);
	return v;
}

static struct job decoded(struct str text)
{
	struct err err = { 0 };
	struct job j;

	if (job_decode(&j, &arena, text, &err) < 0)
		fail_msg("%s", err.text);
	return j;
}

static void test_registry_a_job_is_read_back_as_it_was(void **state)
{
	struct job j = { .id = "abcdefghijklmnopqrstuvwxyz",
			 .organization = STR("org"),
			 .connection = STR("conn"),
			 .until_ms = 1700000000123,
			 .input = parsed("{\"url\":\"r1\"}") };
	struct buf text;
	struct job out;

	(void)state;
	buf_init(&text, JOB_TEXT_MAX);
	for (unsigned k = 0; k < JOB_KIND_COUNT; k++) {
		j.kind = (enum job_kind)k;
		buf_clear(&text);
		job_encode(&j, &text);
		out = decoded(buf_str(&text));
		assert_string_equal(out.id, j.id);
		assert_int_equal(out.kind, k);
		assert_true(str_is(out.organization, "org"));
		assert_true(str_is(out.connection, "conn"));
		assert_int_equal(out.until_ms, j.until_ms);
		assert_true(
			str_is(json_string(json_get(out.input, "url")), "r1"));
	}
	buf_release(&text);
}

static void test_registry_members_of_a_newer_job_are_ignored(void **state)
{
	struct job j;

	(void)state;
	j = decoded(STR("{\"format\":1,\"id\":\"j\",\"kind\":\"test\","
			"\"organization\":\"o\",\"connection\":\"c\","
			"\"later\":[1]}"));
	assert_int_equal(j.kind, JOB_TEST);
	assert_int_equal(j.until_ms, 0);
	assert_null(j.input);
}

static void test_registry_bad_jobs_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"format\":2,\"id\":\"j\",\"kind\":\"test\",\"organization\":"
		"\"o\",\"connection\":\"c\"}",
		"{\"format\":1,\"id\":\"j\",\"kind\":\"dance\","
		"\"organization\":\"o\",\"connection\":\"c\"}",
		"{\"format\":1,\"id\":\"\",\"kind\":\"test\",\"organization\":"
		"\"o\",\"connection\":\"c\"}",
		"{\"format\":1,\"id\":\"abcdefghijklmnopqrstuvwxyzz\","
		"\"kind\":\"test\",\"organization\":\"o\",\"connection\":"
		"\"c\"}",
		"{\"format\":1,\"id\":\"j\",\"kind\":\"test\",\"organization\":"
		"\"o\"}",
		"{\"format\":1,\"id\":\"j\",\"kind\":\"test\",\"organization\":"
		"\"o\",\"connection\":\"c\",\"until_ms\":\"soon\"}",
		"{\"format\":1,\"id\":\"j\",\"kind\":\"test\",\"organization\":"
		"\"o\",\"connection\":\"c\",\"input\":[]}",
	};
	struct err err;
	struct job j;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (job_decode(&j, &arena, str_of(bad[i]), &err) == 0 ||
		    err.kind != ERR_INVALID)
			fail_msg("%s", bad[i]);
}

static struct job_reply round_trip(const struct job_reply *r)
{
	struct err err = { 0 };
	struct job_reply out;
	struct buf text;

	buf_init(&text, JOB_REPLY_MAX);
	job_reply_encode(r, &text);
	if (job_reply_decode(&out, &arena, buf_str(&text), &err) < 0)
		fail_msg("%s", err.text);
	buf_release(&text);
	return out;
}

static void test_registry_a_result_is_read_back(void **state)
{
	struct job_reply r = { .result = STR("{\"ok\":true,\"checks\":[]}") };
	struct job_reply out = round_trip(&r);

	(void)state;
	assert_int_equal(out.err.kind, ERR_NONE);
	assert_true(str_eq(out.result, r.result));
}

static void test_registry_every_kind_of_failure_is_read_back(void **state)
{
	(void)state;
	for (unsigned k = ERR_NONE + 1; k < ERR_KIND_COUNT; k++) {
		struct job_reply r = { .err = { (enum err_kind)k, "why" } };
		struct job_reply out = round_trip(&r);

		assert_int_equal(out.err.kind, k);
		assert_string_equal(out.err.text, "why");
	}
}

static void test_registry_a_reply_without_a_result_is_refused(void **state)
{
	static const char *const bad[] = {
		"{\"format\":1}",
		"{\"format\":1,\"result\":[]}",
		"{\"result\":{}}",
	};
	struct job_reply r;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (job_reply_decode(&r, &arena, str_of(bad[i]), &err) == 0)
			fail_msg("%s", bad[i]);
	assert_int_equal(job_reply_decode(&r, &arena,
					  STR("{\"format\":1,\"error\":{"
					      "\"kind\":\"newer\","
					      "\"text\":\"t\"}}"),
					  &err),
			 0);
	assert_int_equal(r.err.kind, ERR_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry_a_job_is_read_back_as_it_was),
		cmocka_unit_test(
			test_registry_members_of_a_newer_job_are_ignored),
		cmocka_unit_test(test_registry_bad_jobs_are_refused),
		cmocka_unit_test(test_registry_a_result_is_read_back),
		cmocka_unit_test(
			test_registry_every_kind_of_failure_is_read_back),
		cmocka_unit_test(
			test_registry_a_reply_without_a_result_is_refused),
	};

	return cmocka_run_group_tests_name("registry job", tests, setup,
					   teardown);
}

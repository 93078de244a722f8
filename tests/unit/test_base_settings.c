#include "check.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/settings.h"

#include <stdlib.h>
#include <unistd.h>

static int setup(void **state)
{
	static struct settings s;

	settings_init(&s);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	settings_release(*state);
	return 0;
}

static void test_values_are_checked_and_named(void **state)
{
	static const struct {
		const char *name, *value, *complaint; /* "": accepted */
	} rows[] = {
		{ "max-body", "2M", "" },
		{ "idle-ms", "5m", "" },
		{ "header_ms", "250ms", "" },
		{ "redis", "", "" },
		{ "max-body", "2X", "max-body: unknown unit 'X'" },
		{ "max-body", "-1", "max-body: '-1' is not a number" },
		{ "max-body", "10",
		  "max-body: '10' is not from 1024 to 67108864" },
		{ "max-body", "99999999999999999999M",
		  "max-body: '99999999999999999999M' is not from 1024 to "
		  "67108864" },
		{ "color", "red",
		  "unknown setting 'color': hrisd --help lists them" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		int result =
			settings_set(*state, rows[i].name, rows[i].value, &err);

		assert_int_equal(result, rows[i].complaint[0] ? -1 : 0);
		assert_string_equal(err.text, rows[i].complaint);
	}
	assert_int_equal(((struct settings *)*state)->max_body, 2 << 20);
	assert_int_equal(((struct settings *)*state)->idle_ms, 300000);
}

/* Returns a descriptor; path is changed to the file's name. */
static int write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void test_flags_override_variables_override_the_file(void **state)
{
	char path[] = "/tmp/hrisd-test-XXXXXX";
	struct settings *s = *state;
	struct err err = { 0 };
	char flag[] = "--batch=9", word[] = "word", store[] = "--store",
	     value[] = "sqlite:/from/flag";
	char *argv[] = { flag, word, store, value };
	int argc = 4;

	close(write_file(path, "# ours\n\n redis = unix:/from/file\n"
			       "store=sqlite:/from/file\nbatch = 7\n"));
	setenv("HRISD_CONFIG", path, 1);
	setenv("HRISD_BATCH", "8", 1);
	assert_int_equal(settings_load(s, &err), 0);
	assert_string_equal(s->redis, "unix:/from/file");
	assert_int_equal(s->batch, 8);
	assert_int_equal(settings_take_flags(s, &argc, argv, &err), 0);
	assert_int_equal(s->batch, 9);
	assert_string_equal(s->store, "sqlite:/from/flag");
	assert_int_equal(argc, 1);
	assert_string_equal(argv[0], "word");
	unsetenv("HRISD_BATCH");
	unsetenv("HRISD_CONFIG");
	unlink(path);
}

static void test_a_wrong_line_is_named_with_its_file(void **state)
{
	char path[] = "/tmp/hrisd-test-XXXXXX";
	struct err err = { 0 };
	char want[128];

	close(write_file(path, "redis=x\nbatch ten\n"));
	setenv("HRISD_CONFIG", path, 1);
	assert_int_equal(settings_load(*state, &err), -1);
	snprintf(want, sizeof(want), "%s: line 2: expected \"name = value\"",
		 path);
	assert_string_equal(err.text, want);
	assert_int_equal(err.kind, ERR_CONFIG);
	unsetenv("HRISD_CONFIG");
	setenv("HRISD_CRASH_POINT", "before-ack", 1); /* is no setting */
	assert_int_equal(settings_load(*state, &err), 0);
	unsetenv("HRISD_CRASH_POINT");
	setenv("HRISD_TYPO", "1", 1);
	assert_int_equal(settings_load(*state, &err), -1);
	assert_string_equal(
		err.text,
		"unknown variable HRISD_TYPO: hrisd --help lists them");
	unsetenv("HRISD_TYPO");
	unlink(path);
}

static void test_a_child_gets_the_settings_in_force(void **state)
{
	char **env;
	bool found = false;

	assert_int_equal(settings_set(*state, "key-file", "/k", NULL), 0);
	env = settings_to_environment(*state);
	for (size_t i = 0; env[i]; i++) {
		found = found || !strcmp(env[i], "HRISD_KEY_FILE=/k");
		free(env[i]);
	}
	free(env);
	assert_true(found);
}

/* What a log line shows of a value cannot forge another field or line. */
static void test_log_values_cannot_break_out(void **state)
{
	char line[1024] = { 0 };
	int fds[2], saved;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	log_warn("hello", log_str("a", "x\nlevel=error \"y\""),
		 log_int("n", -3));
	log_debug("not wanted");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	close(fds[0]);
	assert_non_null(strstr(line, " level=warn "));
	assert_non_null(strstr(
		line, " msg=hello a=\"x\\u000alevel=error \\\"y\\\"\" n=-3\n"));
	assert_ptr_equal(strchr(line, '\n'), strrchr(line, '\n'));
}

static void test_metrics_are_summed_over_slots(void **state)
{
	struct err err = { 0 };
	struct buf out;
	int fd;

	(void)state;
	assert_int_equal(metrics_create(&fd, &err), 0);
	assert_int_equal(metrics_attach(fd, 1, "receiver", &err), 0);
	metrics_add(METRIC_WEBHOOKS_ACCEPTED, 2);
	metrics_set(METRIC_REDIS_READY, 1);
	assert_int_equal(metrics_attach(fd, 2, "receiver", &err), 0);
	metrics_add(METRIC_WEBHOOKS_ACCEPTED, 3);
	assert_int_equal(metrics_sum(METRIC_WEBHOOKS_ACCEPTED, NULL), 5);
	assert_int_equal(metrics_sum(METRIC_WEBHOOKS_ACCEPTED, "console"), 0);
	assert_int_equal(metrics_least(METRIC_REDIS_READY, "receiver"), 0);
	assert_int_equal(metrics_most(METRIC_REDIS_READY, "receiver"), 1);
	assert_int_equal(metrics_least(METRIC_REDIS_READY, "console"), -1);
	assert_int_equal(metrics_live("receiver"), 2);
	metrics_retire(2); /* its count stays, its gauges go */
	assert_int_equal(metrics_sum(METRIC_WEBHOOKS_ACCEPTED, NULL), 5);
	assert_int_equal(metrics_least(METRIC_REDIS_READY, "receiver"), 1);
	buf_init(&out, 65536);
	metrics_write(&out);
	assert_non_null(
		strstr(buf_z(&out),
		       "\nhrisd_webhooks_total{result=\"accepted\"} 5\n"));
	assert_string_equal(buf_z(&out) + out.len - 6, "# EOF\n");
	buf_release(&out);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_values_are_checked_and_named, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_flags_override_variables_override_the_file, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_a_wrong_line_is_named_with_its_file, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_a_child_gets_the_settings_in_force, setup,
			teardown),
		cmocka_unit_test(test_log_values_cannot_break_out),
		cmocka_unit_test(test_metrics_are_summed_over_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

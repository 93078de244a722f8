/* The control API: what it takes, what it refuses, and the command line. */
#include "sandbox_world.h"

#include "sandbox/sandbox.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
	*state = world_open(50);
	return 0;
}

static int teardown(void **state)
{
	world_close(*state);
	return 0;
}

static const struct row {
	const char *method, *path, *body;
	int status;
	const char *holds;
} rows[] = {
	{ "GET", "/sandbox/state", NULL, 200, "\"stands\":true" },
	{ "GET", "/sandbox/credentials", NULL, 200, "\"service_user_id\"" },
	{ "GET", "/sandbox/people/3", NULL, 200, "\"id\":\"person-4\"" },
	{ "GET", "/sandbox/people/person-4", NULL, 200, "\"person\":3" },
	{ "GET", "/sandbox/people/3332883894011691103", NULL, 200,
	  "\"person\":3" },
	{ "GET", "/sandbox/people/66f000000000000000000004", NULL, 200,
	  "\"person\":3" },
	{ "GET", "/sandbox/people/50", NULL, 404, "error" },
	{ "GET", "/sandbox/people?limit=2", NULL, 200, "\"next_cursor\":2" },
	{ "GET", "/sandbox/people?limit=0", NULL, 422, "limit" },
	{ "GET", "/sandbox/people?status=x", NULL, 400, "status" },
	{ "GET", "/sandbox/nothing", NULL, 404, "error" },
	{ "DELETE", "/sandbox/state", NULL, 405, "error" },
	{ "GET", "/sandbox/log", NULL, 200, "{\"items\":[],\"next_after\":0}" },
	{ "GET", "/sandbox/log?after=x", NULL, 422, "after" },
	{ "GET", "/sandbox/faults/acme", NULL, 404, "bamboohr" },
	{ "GET", "/sandbox/faults/webhooks", NULL, 200, "lost_percent" },
	{ "PATCH", "/sandbox/faults/hibob", "{\"x\":1}", 422, "unknown fault" },
	{ "PATCH", "/sandbox/faults/hibob", "nonsense", 400, "error" },
	{ "PATCH", "/sandbox/settings", "{\"in_flight\":0}", 400, "in_flight" },
	{ "PATCH", "/sandbox/settings", "{\"in_flight\":5}", 200,
	  "\"in_flight\":5" },
	{ "POST", "/sandbox/clock", "{\"advance_ms\":-1}", 400, "advance_ms" },
	{ "POST", "/sandbox/clock", "{\"advance_ms\":1000}", 200,
	  "2026-11-23T09:00:01.000Z" },
	{ "POST", "/sandbox/act", "{\"action\":\"x\"}", 400, "action" },
	{ "POST", "/sandbox/act", "{\"action\":\"change\"}", 404, "person" },
	{ "POST", "/sandbox/act", "{\"action\":\"change\",\"person\":99}", 404,
	  "person" },
	{ "POST", "/sandbox/act",
	  "{\"action\":\"change\",\"person\":1,\"set\":{\"shoe\":\"1\"}}", 422,
	  "unknown" },
	{ "POST", "/sandbox/act",
	  "{\"action\":\"change\",\"person\":1,\"set\":{\"department\":"
	  "\"Shoes\"}}",
	  422, "Engineering" },
	{ "POST", "/sandbox/act", "{\"action\":\"rehire\",\"person\":1}", 409,
	  "person 1 is active" },
	{ "POST", "/sandbox/act",
	  "{\"action\":\"depart\",\"person\":1,\"on\":\"soon\"}", 422, "on" },
	{ "POST", "/sandbox/act", "{\"action\":\"depart\",\"percent\":101}",
	  422, "percent" },
	{ "POST", "/sandbox/act", "{\"action\":\"depart\",\"count\":0}", 422,
	  "count" },
	{ "POST", "/sandbox/act", "{\"action\":\"convert\",\"count\":2}", 422,
	  "one person" },
	{ "POST", "/sandbox/act",
	  "{\"action\":\"swap_emails\",\"person\":1,\"with\":99}", 422,
	  "with" },
	{ "POST", "/sandbox/act",
	  "{\"action\":\"rehire\",\"person\":1,\"as\":\"x\"}", 422, "new_id" },
	{ "POST", "/sandbox/announce", "{\"subscription\":9}", 404,
	  "subscription" },
	{ "POST", "/sandbox/announce", "{\"per_second\":-1}", 400,
	  "per_second" },
	{ "POST", "/sandbox/subscriptions", "{\"provider\":\"acme\"}", 422,
	  "provider" },
	{ "POST", "/sandbox/subscriptions",
	  "{\"provider\":\"standard\",\"secret\":\"plain\",\"url\":\"x\"}", 422,
	  "url" },
	{ "DELETE", "/sandbox/subscriptions/1", NULL, 404, "subscription" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int status = call(w, r->method, r->path, NULL, r->body);

		if (status != r->status || !strstr(w->body, r->holds))
			fail_msg("%s %s %s: %d %s", r->method, r->path,
				 r->body ? r->body : "", status, w->body);
	}
}

static void test_people_are_listed_to_the_end(void **state)
{
	struct world *w = *state;
	char path[64] = "/sandbox/people?limit=7";
	size_t count = 0;
	int64_t next;

	for (;;) {
		const struct json *items;

		control(w, "GET", path, NULL);
		items = json_get(w->json, "items");
		for (const struct json *v = json_first(items); v;
		     v = json_next(v)) {
			int64_t n;

			assert_true(json_int(json_get(v, "person"), &n));
			assert_int_equal(n, count);
			count++;
		}
		if (!json_int(json_get(w->json, "next_cursor"), &next))
			break;
		(void)snprintf(path, sizeof(path),
			       "/sandbox/people?limit=7&cursor=%d", (int)next);
	}
	assert_int_equal(count, 50);
}

static void test_a_subscription_is_removed(void **state)
{
	struct world *w = *state;

	subscribe(w, "standard");
	control(w, "GET", "/sandbox/subscriptions", NULL);
	assert_non_null(strstr(w->body, "\"secret\":\"whsec_"));
	assert_int_equal(
		call(w, "DELETE", "/sandbox/subscriptions/1", NULL, NULL), 204);
	control(w, "GET", "/sandbox/subscriptions", NULL);
	assert_string_equal(w->body, "{\"items\":[]}");
	control(w, "POST", "/sandbox/act", "{\"action\":\"hire\"}");
	await_quiet(w);
	assert_int_equal(w->post_count, 0);
}

static void test_too_many_subscriptions_are_refused(void **state)
{
	struct world *w = *state;
	char body[256];

	for (int i = 0; i < SUBSCRIPTIONS_MAX; i++)
		subscribe(w, "standard");
	(void)snprintf(body, sizeof(body),
		       "{\"provider\":\"standard\",\"url\":\"%s/x\"}",
		       w->hooks);
	assert_int_equal(call(w, "POST", "/sandbox/subscriptions", NULL, body),
			 413);
}

static void test_bad_options_are_named(void **state)
{
	static const struct {
		const char *option;
		const char *value; /* a second argument, or NULL */
		const char *says;
	} options[] = {
		{ "--people=0", NULL, "--people" },
		{ "--people=1000001", NULL, "--people" },
		{ "--people=ten", NULL, "--people" },
		{ "--people", NULL, "--people" },
		{ "--seed=-1", NULL, "--seed" },
		{ "--rate", "x", "--rate" },
		{ "--clock=soon", NULL, "--clock" },
		{ "--quiet=1", NULL, "--quiet" },
		{ "--listen=nowhere", NULL, "--listen" },
		{ "--listen=127.0.0.1:x", NULL, "--listen" },
		{ "--peeple=3", NULL, "--peeple" },
		{ "people", NULL, "people" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		char name[] = "sandbox", option[64], value[64];
		char *argv[] = { name, option, value, NULL };
		struct err err = { 0 };

		(void)snprintf(option, sizeof(option), "%s", options[i].option);
		if (options[i].value)
			(void)snprintf(value, sizeof(value), "%s",
				       options[i].value);
		assert_int_equal(
			sandbox_run(options[i].value ? 3 : 2, argv, &err), -1);
		if (err.kind != ERR_INVALID ||
		    !strstr(err.text, options[i].says))
			fail_msg("%s: %s", options[i].option, err.text);
	}
}

/* Run the command in a process of its own until signo; its exit status. */
static int run_until(int signo, char *said, size_t size)
{
	char *argv[] = { (char[]){ "sandbox" }, (char[]){ "--people=7" },
			 (char[]){ "--listen=127.0.0.1:0" }, NULL };
	int fd[2], status = -1;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(fd[1], STDOUT_FILENO);
		_exit(sandbox_run(3, argv, NULL) < 0);
	}
	close(fd[1]);
	said[0] = '\0';
	do { /* it speaks once it listens */
		n = read(fd[0], said + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
		said[len] = '\0';
	} while (n > 0 && !strstr(said, "Webhooks may go to"));
	assert_int_equal(kill(pid, signo), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd[0]);
	return status;
}

static void test_it_says_what_opens_it_and_ends_when_told(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT };
	char said[8192];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		assert_int_equal(run_until(signals[i], said, sizeof(said)), 0);
		assert_non_null(strstr(said, "7 make-believe people"));
		assert_non_null(strstr(said, "api_key decafbad"));
		for (unsigned v = 0; v < API_COUNT; v++)
			assert_non_null(strstr(said, vendor_name(v)));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_people_are_listed_to_the_end),
		TEST(test_a_subscription_is_removed),
		TEST(test_too_many_subscriptions_are_refused),
		cmocka_unit_test(test_bad_options_are_named),
		cmocka_unit_test(test_it_says_what_opens_it_and_ends_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

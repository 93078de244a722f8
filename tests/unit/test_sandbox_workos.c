/* WorkOS: users after the last id, the log of events, whole webhooks. */
#include "sandbox_auth.h"

#define PEOPLE	  120
#define AT	  "/as/workos"
#define DIRECTORY "directory=" WORKOS_DIRECTORY
#define FOURTH	  "directory_user_01J9X0000000KS000000000004"
#define NAMED                                                      \
	"events[]=dsync.user.created&events[]=dsync.user.updated&" \
	"events[]=dsync.user.deleted"

static char auth[AUTH_SIZE];

static int setup(void **state)
{
	struct world *w = world_open(PEOPLE);

	auth_of(w, VENDOR_WORKOS, auth);
	*state = w;
	return 0;
}

static const struct expected_call rows[] = {
	{ "GET", AT "/directory_users/" FOURTH, NULL, 200,
	  "\"id\":\"" FOURTH "\"" },
	{ "GET", AT "/directory_users/x", NULL, 404, "entity_not_found" },
	{ "GET", AT "/directory_users", NULL, 422, "directory" },
	{ "GET", AT "/directory_users?directory=x", NULL, 404, "directory" },
	{ "GET", AT "/directory_users?" DIRECTORY "&limit=101", NULL, 422,
	  "limit" },
	{ "GET", AT "/directory_users?" DIRECTORY "&after=x", NULL, 422,
	  "after" },
	{ "GET", AT "/directory_groups?" DIRECTORY, NULL, 200,
	  "\"name\":\"Engineering\"" },
	{ "GET", AT "/directories", NULL, 200, "\"state\":\"linked\"" },
	{ "GET", AT "/organizations?limit=1", NULL, 200,
	  "\"object\":\"organization\"" },
	{ "GET", AT "/events", NULL, 422, "events[]" },
	{ "GET", AT "/events?" NAMED "&after=x", NULL, 422, "after" },
	{ "GET", AT "/events?" NAMED, NULL, 200,
	  "{\"object\":\"list\",\"data\":[],\"list_metadata\":{\"before\":null,"
	  "\"after\":null}}" },
};

static void test_calls_and_their_errors(void **state)
{
	struct world *w = *state;

	expect_calls(w, auth, rows, ARRAY_LEN(rows));
}

static struct str after(const struct world *w)
{
	return json_string(
		json_get(json_get(w->json, "list_metadata"), "after"));
}

static int follow(struct world *w)
{
	char path[256] = AT "/directory_users?" DIRECTORY "&limit=50";
	int count = 0;

	for (int pages = 0; pages < 30; pages++) {
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		count += (int)json_size(json_get(w->json, "data"));
		if (!after(w).ptr)
			return count;
		(void)snprintf(path, sizeof(path),
			       AT "/directory_users?" DIRECTORY
				  "&limit=50&after=%.*s",
			       STR_ARG(after(w)));
	}
	return -1;
}

static void test_users_are_read_after_the_last_one(void **state)
{
	static const struct {
		const char *fault;
		int want;
	} spoilt[] = {
		{ "{\"half_list\":true}", PEOPLE / 2 },
		{ "{\"reverse_list\":true}", PEOPLE },
		{ "{\"repeat_cursor\":true}", -1 },
		{ "{\"looping\":true}", -1 },
	};
	struct world *w = *state;

	assert_int_equal(follow(w), PEOPLE);
	for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
		control(w, "PATCH", "/sandbox/faults/workos", spoilt[i].fault);
		assert_int_equal(follow(w), spoilt[i].want);
		control(w, "DELETE", "/sandbox/faults/workos", NULL);
	}
}

static void test_states(void **state)
{
	static const char *const acts[][2] = { { "leave", "suspended" },
					       { "return", "active" },
					       { "depart", "inactive" } };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		char body[64];

		(void)snprintf(body, sizeof(body),
			       "{\"action\":\"%s\",\"person\":3}", acts[i][0]);
		control(w, "POST", "/sandbox/act", body);
		assert_int_equal(call(w, "GET", AT "/directory_users/" FOURTH,
				      auth, NULL),
				 200);
		assert_str(json_string(json_get(w->json, "state")), acts[i][1]);
	}
}

/* The log holds what webhooks told, byte for byte. */
static void test_events_are_those_of_the_webhooks(void **state)
{
	struct world *w = *state;
	char path[256] = AT "/events?" NAMED "&limit=2";
	size_t count = 0;

	subscribe(w, "workos");
	for (int i = 3; i < 8; i++) {
		char body[96];

		(void)snprintf(body, sizeof(body),
			       "{\"action\":\"change\",\"person\":%d,\"set\":{"
			       "\"email\":\"new%d@example.com\"}}",
			       i, i);
		control(w, "POST", "/sandbox/act", body);
		await_posts(w, (size_t)i - 2);
	}
	for (;;) {
		assert_int_equal(call(w, "GET", path, auth, NULL), 200);
		count += json_size(json_get(w->json, "data"));
		if (!after(w).ptr)
			break;
		(void)snprintf(path, sizeof(path),
			       AT "/events?" NAMED "&limit=2&after=%.*s",
			       STR_ARG(after(w)));
	}
	assert_int_equal(count, 5);
	assert_non_null(strstr(w->body, w->posts[4].body));
	assert_non_null(strstr(w->body, "\"email\":\"new7@example.com\""));
	assert_non_null(strstr(w->body, "\"previous_attributes\":{\"email\":"));
	assert_memory_equal(w->posts[4].signature, "t=", 2);
	assert_non_null(strstr(w->posts[4].signature, ", v1="));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_and_their_errors),
		TEST(test_users_are_read_after_the_last_one),
		TEST(test_states),
		TEST(test_events_are_those_of_the_webhooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

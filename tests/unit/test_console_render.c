#include "check.h"

#include "render.h"
#include "json/json.h"

static const char text[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme HR\","
	"\"credentials\":["
	"{\"name\":\"webhook_secret\",\"label\":\"Secret\","
	"\"help\":\"Settings\",\"for\":\"webhook\"},"
	"{\"name\":\"user\",\"label\":\"User\",\"help\":\"Settings\","
	"\"for\":\"api\",\"secret\":false,\"required\":false}],"
	"\"settings\":[{\"name\":\"subdomain\",\"label\":\"Subdomain\","
	"\"help\":\"Of your address\",\"as\":\"dns-label\","
	"\"default\":\"www\"}],"
	"\"webhook\":{\"body\":\"json\","
	"\"signature\":{\"scheme\":\"standard-webhooks\","
	"\"secret\":\"webhook_secret\",\"tolerance_s\":300},"
	"\"events\":{\"type\":\"/type\",\"person_id\":\"/id\","
	"\"map\":{\"hired\":\"ignore\"}}}}";

struct page {
	struct manifest *manifest;
	struct buf out;
	struct json_writer w;
};

static int setup(void **state)
{
	static struct page p;
	struct err err = { 0 };

	p = (struct page){ 0 };
	buf_init(&p.out, 65536);
	json_writer_init(&p.w, &p.out);
	*state = &p;
	if (manifest_parse(&p.manifest, "acme", str_of(text), &err) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return -1;
}

static int teardown(void **state)
{
	struct page *p = *state;

	manifest_free(&p->manifest);
	buf_release(&p->out);
	return 0;
}

static char public_url[] = "https://hooks.example.com/x//";
static char console_url[] = "https://admin.example.com/";
static const struct settings settings = { .public_url = public_url,
					  .console_url = console_url };

static const struct connection conn = {
	.id = "abcdefghijklmnopqrstuvwxyz",
	.provider = { "acme", 4 },
	.name = { "HR \"x\"", 6 },
	.settings = { "{\"subdomain\":\"example\"}", 23 },
	.status = CONNECTION_ENABLED,
	.created_ms = 1700000000000,
	.changed_ms = 1700000001500,
};

static void test_console_shows_what_a_provider_needs(void **state)
{
	struct page *p = *state;

	render_provider(&p->w, NULL, p->manifest);
	assert_string_equal(
		buf_z(&p->out),
		"{\"name\":\"acme\",\"title\":\"Acme HR\",\"push\":true,"
		"\"poll\":false,\"incremental\":false,\"lookup\":false,"
		"\"upload\":false,\"register_webhook\":false,"
		"\"authorize\":false,\"auth\":[],\"schedules\":[],"
		"\"credentials\":["
		"{\"name\":\"webhook_secret\",\"label\":\"Secret\","
		"\"help\":\"Settings\",\"secret\":true,\"required\":true,"
		"\"when\":null},"
		"{\"name\":\"user\",\"label\":\"User\","
		"\"help\":\"Settings\",\"secret\":false,\"required\":false,"
		"\"when\":null}],"
		"\"settings\":[{\"name\":\"subdomain\","
		"\"label\":\"Subdomain\",\"help\":\"Of your address\","
		"\"as\":\"dns-label\",\"default\":\"www\","
		"\"required\":false}]}");
}

static void test_console_shows_a_connection_without_its_secrets(void **state)
{
	struct page *p = *state;
	const struct credential set = {
		.field = STR("webhook_secret"),
		.box = SEAL_WEBHOOK,
		.sealed = STR("SEALED"),
		.previous = STR("BEFORE"),
		.set_ms = 1700000000000,
	};

	render_connection(&p->w, NULL,
			  &(struct connection_view){
				  .connection = &conn,
				  .manifest = p->manifest,
				  .credentials = &set,
				  .credential_count = 1,
				  .settings = &settings,
			  });
	assert_string_equal(
		buf_z(&p->out),
		"{\"id\":\"abcdefghijklmnopqrstuvwxyz\","
		"\"provider\":\"acme\",\"name\":\"HR \\\"x\\\"\","
		"\"status\":\"enabled\","
		"\"settings\":{\"subdomain\":\"example\"},"
		"\"webhook_url\":\"https://hooks.example.com/x/webhooks/"
		"abcdefghijklmnopqrstuvwxyz\",\"redirect_uri\":null,"
		"\"webhooks\":[],\"credentials\":["
		"{\"name\":\"webhook_secret\",\"needed\":true,\"set\":true,"
		"\"set_at\":\"2023-11-14T22:13:20.000Z\"},"
		"{\"name\":\"user\",\"needed\":false,\"set\":false,"
		"\"set_at\":null}],"
		"\"schedule\":null,\"next_run_at\":null,\"since\":null,"
		"\"last_run\":null,"
		"\"created_at\":\"2023-11-14T22:13:20.000Z\","
		"\"changed_at\":\"2023-11-14T22:13:21.500Z\"}");
}

static const struct json *parsed(struct arena *a, const struct buf *b)
{
	const struct json *v;

	assert_int_equal(json_parse(&v, a, buf_str(b), NULL, NULL), 0);
	return v;
}

static void test_console_shows_when_a_connection_is_read(void **state)
{
	struct page *p = *state;
	const struct sync_state sync = { .schedule = SCHEDULE_6_HOURS,
					 .next_ms = 1700000000000,
					 .since_ms = 1690000000000 };
	const struct run run = { .id = "r1", .status = RUN_QUEUED };
	const struct run_view last = { &run, "Acme", NULL,  NULL,
				       -1,   0,	     { 0 }, false };
	const struct subscription hook = { STR("global"), STR("77"), 1000 };
	const struct json *v, *hooks;
	struct arena a;

	render_connection(&p->w, NULL,
			  &(struct connection_view){
				  .connection = &conn,
				  .manifest = p->manifest,
				  .settings = &settings,
				  .sync = &sync,
				  .last_run = &last,
				  .webhooks = &hook,
				  .webhook_count = 1,
				  .has_run = true,
				  .run_id = "r1",
			  });
	arena_init(&a, 65536);
	v = parsed(&a, &p->out);
	assert_str(json_string(json_get(v, "schedule")), "6_hours");
	assert_str(json_string(json_get(v, "next_run_at")),
		   "2023-11-14T22:13:20.000Z");
	assert_str(json_string(json_get(v, "since")),
		   "2023-07-22T04:26:40.000Z");
	assert_str(json_string(json_get(json_get(v, "last_run"), "status")),
		   "queued");
	assert_str(json_string(json_get(v, "run_id")), "r1");
	hooks = json_get(v, "webhooks");
	assert_str(json_string(json_get(json_first(hooks), "name")), "global");
	assert_null(json_get(json_first(hooks), "vendor_id"));
	arena_release(&a);
}

static const char oauth[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\",\"credentials\":["
	"{\"name\":\"client_id\",\"label\":\"I\",\"help\":\"H\",\"for\":"
	"\"api\"},"
	"{\"name\":\"client_secret\",\"label\":\"S\",\"help\":\"H\","
	"\"for\":\"api\",\"when\":{\"by\":\"app\"}}],"
	"\"settings\":[{\"name\":\"by\",\"label\":\"B\",\"help\":\"H\","
	"\"as\":\"choice\",\"choices\":[\"app\",\"key\"],"
	"\"default\":\"app\"}],"
	"\"fetch\":{\"base_url\":\"https://hr.example.com\","
	"\"tokens\":{\"main\":{\"grant\":\"authorization_code\","
	"\"call\":{\"method\":\"POST\",\"path\":\"/token\"},"
	"\"client\":{\"id\":\"client_id\",\"secret\":\"client_secret\","
	"\"auth\":\"basic\"},"
	"\"authorize\":{\"url\":\"https://hr.example.com/authorize\"}}},"
	"\"one\":{\"method\":\"GET\",\"path\":\"/p/{person_id}\","
	"\"person\":\"\",\"gone\":[404]}},"
	"\"person\":{\"id\":\"/id\",\"status\":{\"word\":\"/s\","
	"\"words\":{\"a\":\"active\"}},\"fields\":{\"email\":\"/e\"}}}";

static void test_console_shows_when_a_credential_is_asked_for(void **state)
{
	struct page *p = *state;
	struct manifest *m = NULL;
	struct err err = { 0 };

	if (manifest_parse(&m, "acme", str_of(oauth), &err) < 0)
		fail_msg("%s", err.text);
	render_provider(&p->w, NULL, m);
	assert_non_null(strstr(buf_z(&p->out),
			       "{\"name\":\"client_id\",\"label\":\"I\","
			       "\"help\":\"H\",\"secret\":true,"
			       "\"required\":true,\"when\":null}"));
	assert_non_null(strstr(buf_z(&p->out), "\"when\":{\"by\":[\"app\"]}}"));
	manifest_free(&m);
}

static void test_console_shows_where_oauth_leads_back_to(void **state)
{
	struct page *p = *state;
	struct manifest *m = NULL;
	const struct json *v;
	struct err err = { 0 };
	struct arena a;

	if (manifest_parse(&m, "acme", str_of(oauth), &err) < 0)
		fail_msg("%s", err.text);
	arena_init(&a, 65536);
	render_connection(&p->w, NULL,
			  &(struct connection_view){ .connection = &conn,
						     .manifest = m,
						     .settings = &settings });
	v = parsed(&a, &p->out);
	assert_str(json_string(json_get(v, "redirect_uri")),
		   "https://admin.example.com/oauth/callback");
	buf_clear(&p->out);
	json_writer_init(&p->w, &p->out);
	render_provider(&p->w, NULL, m);
	v = parsed(&a, &p->out);
	assert_true(json_true(json_get(v, "authorize")));
	assert_str(json_string(json_first(json_get(v, "auth"))),
		   "authorization_code");
	arena_release(&a);
	manifest_free(&m);
}

/* Its provider's folder was removed: the connection is still shown. */
static void test_console_shows_a_connection_without_its_provider(void **state)
{
	struct page *p = *state;
	const struct credential set = { .field = STR("old_key") };

	render_connection(&p->w, NULL,
			  &(struct connection_view){
				  .connection = &conn,
				  .credentials = &set,
				  .credential_count = 1,
				  .settings = &settings,
			  });
	assert_non_null(strstr(buf_z(&p->out), "\"webhook_url\":null"));
	assert_non_null(
		strstr(buf_z(&p->out),
		       "{\"name\":\"old_key\",\"needed\":false,\"set\":true"));
}

static void test_console_shows_every_field_of_a_member(void **state)
{
	struct page *p = *state;
	struct member m = {
		.id = STR("01h"),
		.status = MEMBER_ACTIVE,
		.roles = ROLE_MENTOR | ROLE_MENTEE,
		.created_ms = 0,
		.changed_ms = 1,
	};
	const struct json *v;
	struct err err = { 0 };
	struct arena a;

	m.fields[PERSON_FIRST_NAME] =
		(struct field){ FIELD_VALUE, STR("Zo\xc3\xab") };
	m.fields[PERSON_EMAIL] = (struct field){ FIELD_NULL, { 0 } };
	render_member(&p->w, NULL, &m);

	arena_init(&a, 65536);
	assert_int_equal(json_parse(&v, &a, buf_str(&p->out), NULL, &err), 0);
	assert_str(json_string(json_get(v, "id")), "01h");
	assert_str(json_string(json_get(v, "status")), "active");
	assert_int_equal(json_size(json_get(v, "roles")), 2);
	assert_str(json_string(json_get(v, "first_name")), "Zo\xc3\xab");
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const char *name = person_field_name((enum person_field)i);

		assert_non_null(json_get(v, name));
		if (i != PERSON_FIRST_NAME)
			assert_true(json_is(json_get(v, name), JSON_NULL));
	}
	arena_release(&a);
}

static void test_console_list_tells_how_to_go_on(void **state)
{
	struct page *p = *state;

	render_list_open(&p->w);
	json_add_int(&p->w, NULL, 1);
	render_list_close(&p->w, true, STR("c"));
	assert_string_equal(buf_z(&p->out),
			    "{\"items\":[1],\"next_cursor\":\"c\"}");
	buf_clear(&p->out);
	json_writer_init(&p->w, &p->out);
	render_list_open(&p->w);
	render_list_close(&p->w, false, (struct str){ 0 });
	assert_string_equal(buf_z(&p->out),
			    "{\"items\":[],\"next_cursor\":null}");
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_console_shows_what_a_provider_needs),
		WITH(test_console_shows_a_connection_without_its_secrets),
		WITH(test_console_shows_when_a_credential_is_asked_for),
		WITH(test_console_shows_a_connection_without_its_provider),
		WITH(test_console_shows_when_a_connection_is_read),
		WITH(test_console_shows_where_oauth_leads_back_to),
		WITH(test_console_shows_every_field_of_a_member),
		WITH(test_console_list_tells_how_to_go_on),
	};

	return cmocka_run_group_tests_name("console render", tests, NULL, NULL);
}

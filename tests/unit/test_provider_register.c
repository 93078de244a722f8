/*
 * Webhooks made by an HRIS's API: a make-believe one keeps what it is told, so
 * that every step is seen, and so is what is left when one is broken off.
 */
#include "check.h"

#include "provider/register.h"
#include "provider_manifest.h"

#include <stdlib.h>

#define ONE  "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"
#define OURS "https://us.example/webhooks/x"
#define LIST                                                             \
	"'list':{'call':{'path':'/hooks'},'items':'/data','url':'/url'," \
	"'id':'/id'}"
#define DELETE "'delete':{'method':'DELETE','path':'/hooks/{subscription_id}'}"
#define CREATE(body)                                               \
	"'create':{'method':'POST','path':'/hooks','body':{'url':" \
	"'{webhook_url}'" body "},'id':'/id'}"
#define TOLD   "'secret':{'into':'webhook_secret','from':'/key'}"
#define SIMPLE ONE ",'register':{" TOLD "," CREATE("") "," LIST "," DELETE "}"
#define CHOSEN                                                                 \
	ONE ",'register':{'per':['a/b','c'],'secret':{'into':"                 \
	    "'webhook_secret','new':'hex'}," CREATE(                           \
		    ",'type':'{event}','challenge':'{new_secret}'") "," DELETE \
								    "}"
#define CONFIRMED                                             \
	ONE ",'register':{" CREATE(                           \
		"") "," DELETE ",'confirm':{'method':"        \
		    "'PUT','path':'/hooks/{subscription_id}/" \
		    "verify','body':{'t':"                    \
		    "'{token}'}}}"
#define ENDING                                                                 \
	ONE ",'register':{'lifetime_s':86400," CREATE(                         \
		",'until':'{expires}','ms':'{expires_ms}'") "," DELETE         \
							    ",'renew':{'"      \
							    "method':'PATCH'," \
							    "'path':'/hooks/"  \
							    "{subscription_"   \
							    "id}',"            \
							    "'body':{'until':" \
							    "'{expires}'}}}"
#define NOW 1700000000000LL

struct world {
	struct arena a;
	struct manifest *m;
	struct fetch_context ctx;
	struct buf log;		    /* a line per step */
	const char *const *answers; /* to the calls, in order; then NULL */
	int status;		    /* of the last of them */
};

static void open_world(struct world *w, const char *fetch,
		       const char *const *answers)
{
	struct err err = { 0 };

	*w = (struct world){ .answers = answers, .status = 200 };
	arena_init(&w->a, 8 << 20);
	buf_init(&w->log, 1 << 16);
	if (test_manifest(&w->m, fetch, "", &err) < 0)
		fail_msg("%s: %s", fetch, err.text);
	w->ctx = (struct fetch_context){
		.credentials = test_json(&w->a, "{}"),
		.settings = test_json(&w->a, "{'tenant':'acme'}"),
		.now_ms = NOW,
	};
}

static void close_world(struct world *w)
{
	manifest_free(&w->m);
	arena_release(&w->a);
	buf_release(&w->log);
}

static int call(struct world *w, struct registration *r, struct err *err)
{
	struct fetch_request req = { 0 };
	char text[1024];
	bool last;

	if (registration_request(r, &w->ctx, &w->a, &req, err) < 0)
		return -1;
	buf_addf(&w->log, "%s %s", req.method,
		 strstr(req.url, ".com") + strlen(".com"));
	if (req.body.ptr)
		buf_addf(&w->log, " %.*s", STR_ARG(req.body));
	buf_add_char(&w->log, '\n');
	assert_non_null(*w->answers);
	(void)snprintf(text, sizeof(text), "%s", *w->answers++);
	test_quotes(text);
	last = !*w->answers;
	return registration_answer(r, &w->ctx, last ? w->status : 200,
				   str_of(text), &w->a, err);
}

static int run(struct world *w, struct registration *r, struct err *err)
{
	for (;;) {
		struct register_todo t = registration_step(r);

		switch (t.step) {
		case REGISTER_CALL:
			if (call(w, r, err) < 0)
				return -1;
			continue;
		case REGISTER_SECRET:
			buf_addf(&w->log, "secret %s %.*s\n", t.field,
				 STR_ARG(t.secret));
			break;
		case REGISTER_KEEP:
			buf_addf(&w->log, "keep %.*s %.*s\n", STR_ARG(t.name),
				 STR_ARG(t.id));
			break;
		case REGISTER_DROP:
			buf_addf(&w->log, "drop %.*s\n", STR_ARG(t.name));
			break;
		case REGISTER_DONE:
			return 0;
		}
		registration_stored(r);
	}
}

static int go(struct world *w, struct register_task task, struct err *err)
{
	struct registration *r;
	int res;

	task.webhook_url = STR(OURS);
	if (registration_new(&r, w->m, &task, err) < 0)
		return -1;
	res = run(w, r, err);
	registration_free(&r);
	return res;
}

static void expect_log(struct world *w, const char *want)
{
	if (strcmp(buf_z(&w->log), want) != 0)
		fail_msg("is\n%snot\n%s", buf_z(&w->log), want);
}

static void test_a_webhook_is_made_and_its_secret_kept(void **state)
{
	static const char *const answers[] = {
		"{'data':[]}",
		"{'id':21,'key':'S'}",
		NULL,
	};
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, SIMPLE, answers);
	assert_true(manifest_can_register(w.m, &w.ctx));
	if (go(&w, (struct register_task){ .goal = REGISTER_MAKE }, &err) < 0)
		fail_msg("%s", err.text);
	expect_log(&w, "GET /hooks\n"
		       "POST /hooks {\"url\":\"" OURS "\"}\n"
		       "secret webhook_secret S\n"
		       "keep main 21\n");
	close_world(&w);
}

/* One that was broken off, and one that somebody else made. */
static void test_what_was_made_before_is_removed_first(void **state)
{
	static const struct register_made made[] = {
		{ { "main", 4 }, { "7", 1 } },
	};
	static const char *const answers[] = {
		"{'data':[{'id':5,'url':'" OURS "'},{'id':6,'url':"
		"'https://other.example'},{'id':'7','url':'" OURS "'}]}",
		"gone",
		"gone",
		"{'id':'8','key':'S'}",
		NULL,
	};
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, SIMPLE, answers);
	if (go(&w,
	       (struct register_task){
		       .goal = REGISTER_MAKE, .made = made, .made_count = 1 },
	       &err) < 0)
		fail_msg("%s", err.text);
	expect_log(&w, "GET /hooks\n"
		       "DELETE /hooks/7\n"
		       "DELETE /hooks/5\n"
		       "drop main\n"
		       "POST /hooks {\"url\":\"" OURS "\"}\n"
		       "secret webhook_secret S\n"
		       "keep main 8\n");
	close_world(&w);
}

static void test_a_webhook_that_is_gone_is_removed(void **state)
{
	static const struct register_made made[] = {
		{ { "main", 4 }, { "7", 1 } },
	};
	static const char *const answers[] = { "{'data':[]}", "", NULL };
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, SIMPLE, answers);
	w.status = 404;
	if (go(&w,
	       (struct register_task){
		       .goal = REGISTER_REMOVE, .made = made, .made_count = 1 },
	       &err) < 0)
		fail_msg("%s", err.text);
	expect_log(&w, "GET /hooks\nDELETE /hooks/7\ndrop main\n");
	close_world(&w);
}

/* A secret that we choose is ours before the HRIS can use it. */
static void test_one_webhook_for_each_type_with_a_secret_of_ours(void **state)
{
	static const char *const answers[] = { "{'id':'1'}", "{'id':'2'}",
					       NULL };
	char secret[65] = "";
	struct err err = { 0 };
	char want[1024];
	struct world w;

	(void)state;
	open_world(&w, CHOSEN, answers);
	if (go(&w, (struct register_task){ .goal = REGISTER_MAKE }, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(str_starts(buf_str(&w.log), STR("secret webhook_secret ")));
	memcpy(secret, w.log.data + strlen("secret webhook_secret "), 64);
	assert_int_equal(strspn(secret, "0123456789abcdef"), 64);
	(void)snprintf(want, sizeof(want),
		       "secret webhook_secret %s\n"
		       "POST /hooks {\"url\":\"" OURS "\",\"type\":\"a/b\","
		       "\"challenge\":\"%s\"}\n"
		       "keep a/b 1\n"
		       "POST /hooks {\"url\":\"" OURS "\",\"type\":\"c\","
		       "\"challenge\":\"%s\"}\n"
		       "keep c 2\n",
		       secret, secret, secret);
	expect_log(&w, want);
	close_world(&w);
}

static void test_a_token_is_confirmed_before_it_becomes_the_secret(void **state)
{
	static const struct register_made made[] = {
		{ { "main", 4 }, { "7", 1 } },
	};
	static const char *const answers[] = { "{}", NULL };
	struct register_task task = {
		.goal = REGISTER_CONFIRM,
		.made = made,
		.made_count = 1,
		.field = "webhook_secret",
		.token = STR("v-1"),
	};
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, CONFIRMED, answers);
	if (go(&w, task, &err) < 0)
		fail_msg("%s", err.text);
	expect_log(&w, "PUT /hooks/7/verify {\"t\":\"v-1\"}\n"
		       "secret webhook_secret v-1\n");
	/* The handshake may say of which webhook it is. */
	buf_clear(&w.log);
	w.answers = answers;
	task.id = STR("9");
	assert_int_equal(go(&w, task, &err), 0);
	expect_log(&w, "PUT /hooks/9/verify {\"t\":\"v-1\"}\n"
		       "secret webhook_secret v-1\n");
	/* A forged one is refused by the HRIS, and never becomes the secret. */
	buf_clear(&w.log);
	w.answers = answers;
	w.status = 422;
	assert_int_equal(go(&w, task, &err), -1);
	assert_non_null(strstr(err.text, "confirming the webhook: "));
	assert_null(strstr(buf_z(&w.log), "secret"));
	close_world(&w);
}

static void test_a_token_may_come_before_the_webhook_is_known(void **state)
{
	struct register_task task = {
		.goal = REGISTER_CONFIRM,
		.field = "webhook_secret",
		.token = STR("v-1"),
	};
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, CONFIRMED, NULL);
	assert_int_equal(go(&w, task, &err), -1);
	assert_int_equal(err.kind, ERR_TEMP);
	close_world(&w);
}

static void test_webhooks_that_run_out_are_renewed(void **state)
{
	static const struct register_made made[] = {
		{ { "main", 4 }, { "7", 1 } },
	};
	static const char *const made_answers[] = { "{'id':'7'}", NULL };
	static const char *const answers[] = { "{}", NULL };
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, ENDING, made_answers);
	assert_int_equal(register_renew_ms(w.m, NOW), NOW + 64800000);
	assert_int_equal(
		go(&w, (struct register_task){ .goal = REGISTER_MAKE }, &err),
		0);
	expect_log(&w, "POST /hooks {\"url\":\"" OURS "\",\"until\":"
		       "\"2023-11-15T22:13:20.000Z\",\"ms\":1700086400000}\n"
		       "keep main 7\n");
	buf_clear(&w.log);
	w.answers = answers;
	assert_int_equal(go(&w,
			    (struct register_task){ .goal = REGISTER_RENEW,
						    .made = made,
						    .made_count = 1 },
			    &err),
			 0);
	expect_log(&w, "PATCH /hooks/7 {\"until\":"
		       "\"2023-11-15T22:13:20.000Z\"}\n"
		       "keep main 7\n");
	close_world(&w);
	open_world(&w, SIMPLE, NULL);
	assert_int_equal(register_renew_ms(w.m, NOW), 0);
	assert_false(manifest_can_reach(w.m, REGISTER_RENEW));
	close_world(&w);
}

static const struct failure {
	const char *answers[3];
	int status;
	enum err_kind kind;
	const char *want;
} failures[] = {
	{ { "{}", NULL }, 401, ERR_AUTH, "looking for the webhook: " },
	{ { "{}", "{'error':'Jane'}", NULL },
	  403,
	  ERR_FORBIDDEN,
	  "making the webhook: " },
	{ { "{}", "{}", NULL }, 503, ERR_TEMP, "making the webhook: " },
	{ { "{}", "{'key':'S'}", NULL },
	  200,
	  ERR_INVALID,
	  "the HRIS told no id of the webhook" },
	{ { "{}", "{'id':1}", NULL },
	  200,
	  ERR_INVALID,
	  "the HRIS told no secret of the webhook" },
};

static void test_a_refusal_ends_it_and_says_at_what(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		const struct failure *f = &failures[i];
		struct err err = { 0 };
		struct world w;

		open_world(&w, SIMPLE, f->answers);
		w.status = f->status;
		assert_int_equal(
			go(&w, (struct register_task){ .goal = REGISTER_MAKE },
			   &err),
			-1);
		if (err.kind != f->kind || !strstr(err.text, f->want))
			fail_msg("%zu: %s", i, err.text);
		assert_null(strstr(err.text, "Jane"));
		assert_null(strstr(buf_z(&w.log), "keep"));
		close_world(&w);
	}
}

static void test_what_the_api_cannot_do_is_said(void **state)
{
	struct register_task task = { .goal = REGISTER_MAKE };
	struct registration *r = NULL;
	struct err err = { 0 };
	struct world w;

	(void)state;
	open_world(&w, ONE, NULL);
	assert_false(manifest_can_register(w.m, &w.ctx));
	assert_int_equal(go(&w, task, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	close_world(&w);
	/* Without our address every webhook without one would be ours. */
	open_world(&w, SIMPLE, NULL);
	assert_int_equal(registration_new(&r, w.m, &task, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_null(r);
	registration_free(&r);
	close_world(&w);
}

static const struct refusal {
	const char *name, *part, *want;
} refusals[] = {
	{ "no id to remove it by",
	  "'create':{'method':'POST','path':'/h','body':{'u':'{webhook_url}'}}"
	  "," DELETE,
	  "'create' needs 'id'" },
	{ "our address is left out",
	  "'create':{'method':'POST','path':'/h','body':{},'id':'/id'}," DELETE,
	  "/fetch/register/create: needs {webhook_url}" },
	{ "nothing to remove it with", CREATE(""), "'delete' is missing" },
	{ "a secret of the fetcher",
	  "'secret':{'into':'api_key','new':'hex'}," CREATE("") "," DELETE,
	  "the credential 'api_key' is not for webhook" },
	{ "a secret from two places",
	  "'secret':{'into':'webhook_secret','new':'hex','from':'/k'}," CREATE(
		  "") "," DELETE,
	  "exactly one of from and new" },
	{ "a secret for each",
	  "'per':['a','b']," TOLD "," CREATE("") "," DELETE,
	  "several webhooks cannot have secrets of their own" },
	{ "renewing what does not end",
	  CREATE("") "," DELETE
		     ",'renew':{'method':'POST','path':'/h/{subscription_id}'}",
	  "'renew' needs 'lifetime_s'" },
};

static void test_a_registration_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct manifest *m = NULL;
		char fetch[2048];
		struct err err = { 0 };

		(void)snprintf(fetch, sizeof(fetch), ONE ",'register':{%s}",
			       refusals[i].part);
		if (test_manifest(&m, fetch, "", &err) == 0)
			fail_msg("%s: loads", refusals[i].name);
		if (!strstr(err.text, refusals[i].want))
			fail_msg("%s: %s", refusals[i].name, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_webhook_is_made_and_its_secret_kept),
		cmocka_unit_test(test_what_was_made_before_is_removed_first),
		cmocka_unit_test(test_a_webhook_that_is_gone_is_removed),
		cmocka_unit_test(
			test_one_webhook_for_each_type_with_a_secret_of_ours),
		cmocka_unit_test(
			test_a_token_is_confirmed_before_it_becomes_the_secret),
		cmocka_unit_test(
			test_a_token_may_come_before_the_webhook_is_known),
		cmocka_unit_test(test_webhooks_that_run_out_are_renewed),
		cmocka_unit_test(test_a_refusal_ends_it_and_says_at_what),
		cmocka_unit_test(test_what_the_api_cannot_do_is_said),
		cmocka_unit_test(
			test_a_registration_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

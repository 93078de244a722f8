/* The sandbox over a restart: what goes on, and what is refused. */
#include "sandbox_world.h"

#include "snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEOPLE 60
#define DAY_MS CLOCK_DAY_MS

struct kept_world {
	struct world *w;
	struct sandbox_options options;
	char dir[32];
	char path[64];
	char fresh[64];
};

static void open_again(struct kept_world *k)
{
	struct err err = { 0 };

	world_must(sandbox_open(&k->w->sandbox, k->w->loop, &k->options, &err),
		   &err);
}

static int setup(void **state)
{
	struct kept_world *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	k->w = world_open(PEOPLE);
	sandbox_close(&k->w->sandbox);
	(void)snprintf(k->dir, sizeof(k->dir), "/tmp/hrisd-test-XXXXXX");
	assert_non_null(mkdtemp(k->dir));
	(void)snprintf(k->path, sizeof(k->path), "%s/state", k->dir);
	(void)snprintf(k->fresh, sizeof(k->fresh), "%s/state.new", k->dir);
	k->options = (struct sandbox_options){ .people = PEOPLE,
					       .seed = 5,
					       .listen = "127.0.0.1:0",
					       .targets = k->w->targets,
					       .fixed_ms = NOW,
					       .state = k->path };
	open_again(k);
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct kept_world *k = *state;

	world_close(k->w);
	(void)unlink(k->path);
	(void)unlink(k->fresh);
	(void)rmdir(k->dir);
	free(k);
	return 0;
}

static void end_and_open_again(struct kept_world *k)
{
	struct err err = { 0 };

	world_must(sandbox_end(k->w->sandbox, &err), &err);
	sandbox_close(&k->w->sandbox);
	open_again(k);
}

static void add_webhook(struct world *w, enum vendor v, const char *shown)
{
	struct subscription spec = { .target.vendor = v }, *sub;
	char copy[32];
	struct err err = { 0 };

	spec.target.monitor = FIELD_BIT(EMPLOYEE_FIELD_COUNT) - 1;
	(void)snprintf(spec.name, sizeof(spec.name), "of \"%s\"",
		       vendor_name(v));
	(void)snprintf(spec.target.url, sizeof(spec.target.url), "%s/%s",
		       w->hooks, vendor_name(v));
	if (shown) {
		(void)snprintf(copy, sizeof(copy), "%s", shown);
		spec.shown = copy;
	}
	world_must(sender_subscribe(w->sandbox->sender, &spec, &sub, &err),
		   &err);
}

static void must_change(struct company *c, uint32_t n)
{
	struct err err = { 0 };

	world_must(company_change(c, n, NULL, &err), &err);
}

/* Somebody of every kind, so that nothing is lost unseen. */
static void live_a_lot(struct company *c)
{
	struct edit edit = { 0 };
	struct err err = { 0 };
	uint32_t n, m;

	for (int i = 0; i < 200; i++)
		company_live(c);
	edit.text[FIELD_PREFERRED_NAME] = STR("\"Zo\xc3\xab\"\\");
	edit.text[FIELD_START] = STR("2026-12-24");
	edit.text[FIELD_MANAGER] = STR("");
	world_must(company_hire(c, &edit, &n, &err), &err);
	world_must(company_depart(c, n, NO_DAY, &err), &err); /* rescinded */
	n = company_pick(c, FIELD_BIT(EMPLOYEE_ACTIVE));
	world_must(company_convert(c, n, &m, &err), &err);
	world_must(company_rehire(c, n, REHIRE_NEW_ID, &m, &err), &err);
	world_must(company_set_word(c, m, STR("dormant"), &err), &err);
	world_must(company_delete(c, 7, &err), &err);
	company_renumber(c);
	company_advance(c, 3 * DAY_MS);
}

/* What stands behind the end of a text is nothing. */
static struct employee tidy(const struct employee *e)
{
	struct employee t = *e;
	char *const texts[] = { t.first, t.last,  t.preferred,
				t.email, t.title, t.word };
	const size_t sizes[] = { sizeof(t.first),     sizeof(t.last),
				 sizeof(t.preferred), sizeof(t.email),
				 sizeof(t.title),     sizeof(t.word) };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i]);

		memset(texts[i] + len, 0, sizes[i] - len);
	}
	return t;
}

static void test_the_company_goes_on_as_it_was(void **state)
{
	struct kept_world *k = *state;
	struct employee was[PEOPLE * 4] = { 0 }, is;
	bool there[PEOPLE * 4] = { false };
	struct company *c = &k->w->sandbox->company;
	uint32_t size, draw;
	int64_t now;

	live_a_lot(c);
	size = c->size;
	now = company_now_ms(c);
	assert_in_range(size, PEOPLE + 10, ARRAY_LEN(was));
	for (uint32_t n = 0; n < size; n++)
		there[n] = company_get(c, n, &was[n]);
	end_and_open_again(k);
	c = &k->w->sandbox->company;
	assert_int_equal(c->size, size);
	assert_int_equal(c->epoch, 1);
	assert_int_equal(company_now_ms(c), now);
	for (uint32_t n = 0; n < size; n++) {
		assert_int_equal(company_get(c, n, &is), there[n]);
		is = tidy(&is);
		was[n] = tidy(&was[n]);
		assert_memory_equal(&is, &was[n], sizeof(is));
	}
	assert_false(there[7]);
	draw = company_draw(c, 1u << 31);
	end_and_open_again(k);
	c = &k->w->sandbox->company;
	assert_int_not_equal(company_draw(c, 1u << 31), draw);
}

static void test_webhooks_keep_their_ids_secrets_and_counts(void **state)
{
	struct kept_world *k = *state;
	struct sender *s = k->w->sandbox->sender;
	struct subscription was[VENDOR_COUNT], *sub;
	struct sender_settings *settings = sender_settings(s);
	struct sender_marks marks;
	size_t i = 0;
	unsigned count = 0;

	for (unsigned v = 0; v < VENDOR_COUNT; v++) {
		if (!webhook_is_sent((enum vendor)v))
			continue;
		add_webhook(k->w, (enum vendor)v, v ? NULL : "{\"events\":[]}");
		count++;
	}
	must_change(&k->w->sandbox->company, 3);
	await_quiet(k->w);
	sender_unsubscribe(s, sender_find(s, 2));
	settings->in_flight = 5;
	settings->minute_ms = 77;
	k->w->sandbox->rate = 12;
	for (sub = sender_first(s); sub; sub = sender_next(sub))
		was[i++] = *sub;
	marks = *sender_marks(s);
	end_and_open_again(k);
	s = k->w->sandbox->sender;
	settings = sender_settings(s);
	assert_int_equal(settings->in_flight, 5);
	assert_int_equal(settings->minute_ms, 77);
	assert_int_equal(k->w->sandbox->rate, 12);
	assert_memory_equal(sender_marks(s), &marks, sizeof(marks));
	assert_null(sender_find(s, 2));
	i = 0;
	for (sub = sender_first(s); sub; sub = sender_next(sub), i++) {
		assert_int_equal(sub->id, was[i].id);
		assert_int_equal(sub->target.vendor, was[i].target.vendor);
		assert_int_equal(sub->target.monitor, was[i].target.monitor);
		assert_memory_equal(sub->target.wants, was[i].target.wants,
				    sizeof(sub->target.wants));
		assert_string_equal(sub->name, was[i].name);
		assert_string_equal(sub->target.url, was[i].target.url);
		assert_string_equal(sub->target.secret, was[i].target.secret);
		assert_int_equal(sub->accepted, was[i].accepted);
		assert_true(sub->accepted > 0);
	}
	assert_int_equal(i, count - 1);
	assert_string_equal(sender_find(s, 1)->shown, "{\"events\":[]}");
	add_webhook(k->w, VENDOR_STANDARD, NULL);
	assert_non_null(sender_find(s, count + 1)); /* 2 is not given again */
}

static uint64_t last_delivery(struct kept_world *k)
{
	return sender_marks(k->w->sandbox->sender)->last_delivery;
}

static void test_what_did_not_arrive_is_sent_after_the_restart(void **state)
{
	struct kept_world *k = *state;
	struct world *w = k->w;
	struct sender_counts counts;
	char *body;

	add_webhook(w, VENDOR_STANDARD, NULL);
	add_webhook(w, VENDOR_BAMBOOHR, NULL);
	w->receiver_status = 500;
	must_change(&w->sandbox->company, 3);
	await_posts(w, 2);
	do { /* until both answers are there, and one try each is to come */
		loop_turn(w->loop, 50);
		sender_count(w->sandbox->sender, &counts);
	} while (counts.in_flight > 0);
	must_change(&w->sandbox->company, 4); /* and this one was never tried */
	assert_int_equal(last_delivery(k), 4);
	body = strdup(w->posts[0].body);
	assert_non_null(body);
	world_forget_posts(w);
	w->receiver_status = 200;
	sender_settings(w->sandbox->sender)->minute_ms = 1;
	end_and_open_again(k);
	sender_count(w->sandbox->sender, &counts);
	assert_int_equal(counts.waiting, 4);
	/* The tries to come keep their time: of an hour's first minute. */
	await_posts(w, 2);
	assert_non_null(strstr(w->posts[0].body, w->posts[0].path[1] == 's'
							 ? "person-5"
							 : "\"105\""));
	assert_int_equal(last_delivery(k), 4);
	sender_count(w->sandbox->sender, &counts);
	assert_int_equal(counts.waiting, 2);
	free(body);
}

static void test_a_try_to_come_has_the_same_body_and_id(void **state)
{
	struct kept_world *k = *state;
	struct world *w = k->w;
	char *body;

	sender_settings(w->sandbox->sender)->minute_ms = 1;
	add_webhook(w, VENDOR_STANDARD, NULL);
	w->receiver_status = 500;
	must_change(&w->sandbox->company, 3);
	await_posts(w, 1);
	body = strdup(w->posts[0].body);
	assert_non_null(body);
	world_forget_posts(w);
	w->receiver_status = 200;
	end_and_open_again(k); /* while that answer is still under way */
	await_posts(w, 1);
	assert_string_equal(w->posts[0].body, body);
	assert_int_equal(last_delivery(k), 1);
	await_quiet(w);
	end_and_open_again(k);
	await_quiet(w);
	assert_int_equal(w->post_count, 1); /* arrived: not again */
	free(body);
}

/* Whoever was given one must not need another because of a restart. */
static void test_tokens_and_events_go_on(void **state)
{
	struct kept_world *k = *state;
	char first[TOKEN_SIZE], before[TOKEN_SIZE], after[TOKEN_SIZE];
	struct sandbox *sb = k->w->sandbox;
	uint32_t next;

	(void)token_refresh(sb, VENDOR_GUSTO, first);
	sb->apis[VENDOR_GUSTO].token.rotation = 3;
	(void)token_refresh(sb, VENDOR_GUSTO, before);
	assert_string_not_equal(first, before);
	must_change(&sb->company, 3);
	next = sb->journal.next;
	assert_true(next > 0);
	end_and_open_again(k);
	sb = k->w->sandbox;
	assert_string_equal(token_refresh(sb, VENDOR_GUSTO, after), before);
	assert_int_equal(sb->journal.next, next);
	assert_null(journal_from(&sb->journal, 0));
}

static void test_midnights_that_pass_meanwhile_are_told(void **state)
{
	struct kept_world *k = *state;
	struct company *c = &k->w->sandbox->company;
	struct edit edit = { .text[FIELD_START] = STR("2026-11-24") };
	struct employee e;
	struct err err = { 0 };
	uint32_t n;

	sandbox_close(&k->w->sandbox);
	(void)unlink(k->path);
	clock_fake_ms(NOW);
	k->options.fixed_ms = -1; /* real time */
	open_again(k);
	c = &k->w->sandbox->company;
	add_webhook(k->w, VENDOR_STANDARD, NULL);
	sender_settings(k->w->sandbox->sender)
		->fault.value[FAULT_LOST_PERCENT] = 100;
	world_must(company_hire(c, &edit, &n, &err), &err);
	world_must(sandbox_end(k->w->sandbox, &err), &err);
	sandbox_close(&k->w->sandbox);
	clock_fake_ms(NOW + 3 * DAY_MS);
	open_again(k);
	c = &k->w->sandbox->company;
	assert_true(company_get(c, n, &e));
	assert_int_equal(e.status, EMPLOYEE_UPCOMING);
	assert_int_equal(last_delivery(k), 1);
	company_advance(c, 0);
	assert_true(company_get(c, n, &e));
	assert_int_equal(e.status, EMPLOYEE_ACTIVE);
	assert_true(last_delivery(k) >= 2);
	clock_fake_ms(-1);
}

static void test_after_a_crash_no_id_or_time_comes_again(void **state)
{
	struct kept_world *k = *state;
	struct world *w = k->w;
	int64_t end = clock_mono_ms() + DEADLINE_MS, at, version;
	struct employee e;
	struct stat before, now;

	add_webhook(w, VENDOR_STANDARD, NULL);
	must_change(&w->sandbox->company, 3);
	assert_int_equal(stat(k->path, &before), 0);
	do { /* it is written by itself */
		loop_turn(w->loop, 50);
		assert_int_equal(stat(k->path, &now), 0);
	} while (now.st_ino == before.st_ino && clock_mono_ms() < end);
	assert_true(now.st_ino != before.st_ino);
	must_change(&w->sandbox->company, 3); /* this is lost */
	assert_true(company_get(&w->sandbox->company, 3, &e));
	version = e.version;
	at = company_now_ms(&w->sandbox->company);
	sandbox_close(&w->sandbox);
	open_again(k);
	assert_true(company_get(&w->sandbox->company, 3, &e));
	assert_true(e.version < version);
	assert_true(company_now_ms(&w->sandbox->company) > at);
	assert_true(last_delivery(k) > 1000000);
	must_change(&w->sandbox->company, 3);
	assert_true(company_get(&w->sandbox->company, 3, &e));
	assert_true(e.version > version);
}

static void test_the_file_is_the_owners_alone_and_whole(void **state)
{
	struct kept_world *k = *state;
	struct stat st;
	int fd;

	fd = open(k->fresh, O_WRONLY | O_CREAT, 0666); /* left of a crash */
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "half", 4), 4);
	assert_int_equal(fchmod(fd, 0666), 0);
	(void)close(fd);
	end_and_open_again(k);
	assert_int_equal(stat(k->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(access(k->fresh, F_OK), -1);
}

static void test_a_folder_that_is_not_there_stops_the_start(void **state)
{
	struct kept_world *k = *state;
	struct sandbox_options o = k->options;
	struct sandbox *sb = NULL;
	struct err err = { 0 };

	o.state = "/nonexistent/state";
	assert_int_equal(sandbox_open(&sb, k->w->loop, &o, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "cannot write /nonexistent/state"));
	o.state = k->dir;
	assert_int_equal(sandbox_open(&sb, k->w->loop, &o, &err), -1);
	assert_non_null(strstr(err.text, "name another file"));
	assert_null(sb);
}

static void test_options_of_another_company_are_refused(void **state)
{
	struct kept_world *k = *state;
	struct sandbox_options o;
	struct sandbox *sb = NULL;
	struct err err = { 0 };

	add_webhook(k->w, VENDOR_STANDARD, NULL);
	world_must(sandbox_end(k->w->sandbox, &err), &err);
	o = k->options;
	o.seed = 6;
	assert_int_equal(sandbox_open(&sb, k->w->loop, &o, &err), -1);
	assert_non_null(strstr(err.text, "--seed=5 --people=60"));
	assert_int_equal(err.kind, ERR_CONFIG);
	o = k->options;
	o.people = 61;
	assert_int_equal(sandbox_open(&sb, k->w->loop, &o, &err), -1);
	assert_non_null(strstr(err.text, "--seed=5 --people=60"));
	o = k->options;
	o.targets = "127.0.0.1:1";
	assert_int_equal(sandbox_open(&sb, k->w->loop, &o, &err), -1);
	assert_non_null(strstr(err.text, "--target"));
	o = k->options;
	o.fixed_ms = NOW + 1;
	o.clock_given = true;
	assert_int_equal(sandbox_open(&sb, k->w->loop, &o, &err), -1);
	assert_non_null(strstr(err.text, "leave --clock out"));
	o = k->options;
	o.rate = 99;
	o.rate_given = true;
	world_must(sandbox_open(&sb, k->w->loop, &o, &err), &err);
	assert_int_equal(sb->rate, 99);
	sandbox_close(&sb);
}

/* What is read out of text after one place in it was changed. */
static void refuse_edited(struct kept_world *k, const char *text,
			  const char *old, const char *new, const char *why)
{
	const char *at = strstr(text, old);
	struct sandbox_options o = k->options;
	struct sandbox *sb = NULL;
	struct err err = { 0 };
	struct buf b;

	if (!at)
		fail_msg("no %s in %s", old, text);
	buf_init(&b, SNAPSHOT_MAX);
	buf_add(&b, text, (size_t)(at - text));
	buf_add_z(&b, new);
	buf_add_z(&b, at + strlen(old));
	o.state = NULL;
	world_must(sandbox_open(&sb, k->w->loop, &o, &err), &err);
	if (snapshot_read(sb, buf_str(&b), false, &err) == 0)
		fail_msg("%s was taken for %s", new, old);
	assert_int_equal(err.kind, ERR_CONFIG);
	if (!strstr(err.text, why) || !strstr(err.text, "remove it"))
		fail_msg("%s: %s", new, err.text);
	sandbox_close(&sb);
	buf_release(&b);
}

static void test_damaged_ones_are_refused(void **state)
{
	static const struct {
		const char *old, *new, *why;
	} edits[] = {
		{ "{\"sandbox", "\"sandbox", "damaged" },
		{ "state\":1", "state\":2", "not a state of this version" },
		{ "\"sandbox_state\":1,", "", "not a state of this version" },
		{ "\"seed\":\"5\"", "\"seed\":5", "no seed" },
		{ "\"people\":60", "\"people\":null", "no seed or people" },
		{ "\"size\":61", "\"size\":59", "size" },
		{ "\"size\":61", "\"size\":62", "people are missing" },
		{ "\"size\":61", "\"size\":4000000", "size" },
		{ "\"offset_ms\":0", "\"offset_ms\":-1", "offset_ms" },
		{ "\"draws\":", "\"drawn\":", "draws" },
		{ "\"rate_per_minute\":0", "\"rate_per_minute\":-1", "rate" },
		{ "\"events\":1", "\"events\":-1", "number of events" },
		{ "\"refresh_tokens\":{", "\"refresh_tokens\":{\"csv\":-1",
		  "refresh token" },
		{ "\"refresh_tokens\":{", "\"refresh_tokens\":{\"x\":1",
		  "refresh token" },
		{ "{\"n\":60", "{\"n\":61", "without a number" },
		{ "{\"n\":60", "{\"n\":3", "people are missing" },
		{ "1,\"n\":60", "1,\"n\":61", "waits" },
		{ "\"title\":\"Tester\"", "\"title\":7", "title" },
		{ "\"title\":\"Tester\"", "\"level\":8", "level" },
		{ "\"title\":\"Tester\"", "\"location\":9", "location" },
		{ "\"title\":\"Tester\"", "\"deleted\":1", "deleted" },
		{ "\"title\":\"Tester\"", "\"user\":61", "names nobody" },
		{ "\"manager\":4294967295", "\"manager\":61", "names nobody" },
		{ "\"title\":\"Tester\"", "\"end_day\":-99999999999", "ends" },
		{ "\"last_subscription\":1", "\"last_subscription\":0", "id" },
		{ "\"secret\":\"whsec_", "\"secret\":\"", "secret" },
		{ "\"provider\":\"standard\"", "\"provider\":\"x\"",
		  "no provider" },
		{ "\"last_delivery\":1", "\"last_delivery\":0", "waits" },
		{ "\"subscription\":1", "\"subscription\":2", "no webhook" },
		{ "\"attempt\":1", "\"attempt\":0", "attempt" },
		{ "employee.created\"", "employee.eaten\"", "no vendor" },
	};
	struct kept_world *k = *state;
	struct edit edit = { .text[FIELD_TITLE] = STR("Tester"),
			     .text[FIELD_MANAGER] = STR("") };
	struct err err = { 0 };
	struct buf b;
	uint32_t n;

	add_webhook(k->w, VENDOR_STANDARD, NULL);
	world_must(company_hire(&k->w->sandbox->company, &edit, &n, &err),
		   &err);
	buf_init(&b, SNAPSHOT_MAX);
	snapshot_write(k->w->sandbox, true, &b);
	for (size_t i = 0; i < ARRAY_LEN(edits); i++)
		refuse_edited(k, buf_z(&b), edits[i].old, edits[i].new,
			      edits[i].why);
	for (size_t len = b.len; len-- > 0;) { /* cut anywhere */
		buf_truncate(&b, len);
		if (snapshot_read(k->w->sandbox, buf_str(&b), false, &err) == 0)
			fail_msg("taken, cut to %zu bytes", len);
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_the_company_goes_on_as_it_was),
		T(test_webhooks_keep_their_ids_secrets_and_counts),
		T(test_what_did_not_arrive_is_sent_after_the_restart),
		T(test_a_try_to_come_has_the_same_body_and_id),
		T(test_tokens_and_events_go_on),
		T(test_midnights_that_pass_meanwhile_are_told),
		T(test_after_a_crash_no_id_or_time_comes_again),
		T(test_the_file_is_the_owners_alone_and_whole),
		T(test_a_folder_that_is_not_there_stops_the_start),
		T(test_options_of_another_company_are_refused),
		T(test_damaged_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

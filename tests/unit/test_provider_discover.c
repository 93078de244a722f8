/* Which fields an HRIS sends, with samples, and what they feed. */
#include "check.h"

#include "base/arena.h"
#include "provider/discover.h"
#include "provider/mapping.h"
#include "provider_whole.h"

#include <stdlib.h>

static const char manifest[] =
	"'settings':[{'name':'level','label':'L','help':'H','as':'text',"
	"'default':'band'}],"
	"'credentials':[{'name':'key','label':'L','help':'H','for':'api'}],"
	"'fetch':{'base_url':'https://x','auth':{'scheme':'bearer','token':"
	"'key'},'tables':{'teams':{'path':'/t','key':'/id','value':'/name'}},"
	"'list':{'path':'/p'}},"
	"'person':{'id':'/id','status':{'word':'/state','rules':[{'when':{'at':"
	"'/left','date':'reached'},'then':'departed'}]},'fields':{"
	"'email':[{'each':'/mails','where':'/kind','equals':'work','take':"
	"'/at'},'/mail'],'department':{'table':'teams','key':'/team/id'},"
	"'seniority_level':{'setting':'level','in':'/custom'},"
	"'start_date':{'from':'/from','as':'date'},'location':'/a~1b'}}";

struct world {
	struct arena arena;
	struct manifest *m;
	struct discovery *d;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	arena_init(&w->arena, 4 << 20);
	w->m = test_whole(manifest);
	w->d = discovery_new();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	discovery_free(&w->d);
	discovery_free(&w->d);
	manifest_free(&w->m);
	arena_release(&w->arena);
	free(w);
	return 0;
}

static const struct discovered *find(const struct world *w, const char *pointer)
{
	for (size_t i = 0; i < discovery_count(w->d); i++)
		if (str_is(discovery_at(w->d, i)->pointer, pointer))
			return discovery_at(w->d, i);
	return NULL;
}

static void add(struct world *w, const char *record)
{
	discovery_add(w->d, test_json(&w->arena, record));
}

static void test_fields_are_listed_with_a_few_samples(void **state)
{
	struct world *w = *state;
	const struct discovered *f;

	add(w, "{'id':9007199254740993,'state':'A','x':{'y':null},'b':true}");
	add(w, "{'id':2,'state':'A','x':{'y':'','z':'one'},'list':[]}");
	add(w, "{'id':3,'state':'B','mails':[{'kind':'work','at':'a@b'},"
	       "{'kind':'home','at':'c@d'}]}");
	add(w, "{'id':4,'state':'C'}");
	add(w, "{'id':5,'state':'D'}");
	assert_int_equal(discovery_records(w->d), 5);
	f = find(w, "/id");
	assert_non_null(f);
	assert_int_equal(f->seen, 5);
	assert_int_equal(f->sample_count, 3);
	assert_str(f->samples[0], "9007199254740993");
	f = find(w, "/state");
	assert_int_equal(f->seen, 5);
	assert_int_equal(f->sample_count, 3); /* A, B and C */
	assert_str(f->samples[2], "C");
	f = find(w, "/x/y"); /* it is there, and empty */
	assert_non_null(f);
	assert_int_equal(f->seen, 0);
	assert_int_equal(f->sample_count, 0);
	assert_str(find(w, "/b")->samples[0], "true");
	assert_str(find(w, "/mails/1/at")->samples[0], "c@d");
	assert_null(find(w, "/list"));
}

static const struct feed_row {
	const char *pointer;
	uint32_t feeds;
} rows[] = {
	{ "/id", DISCOVER_ID_BIT },
	{ "/state", PERSON_STATUS_BIT },
	{ "/left", PERSON_STATUS_BIT },
	{ "/mails/0/at", PERSON_BIT(PERSON_EMAIL) },
	{ "/mails/1/at", PERSON_BIT(PERSON_EMAIL) },
	{ "/mails/0/kind", 0 },
	{ "/mail", PERSON_BIT(PERSON_EMAIL) },
	{ "/mailbox", 0 },
	{ "/team/id", PERSON_BIT(PERSON_DEPARTMENT) },
	{ "/custom/band", PERSON_BIT(PERSON_SENIORITY_LEVEL) },
	{ "/custom/grade", 0 },
	{ "/from", PERSON_BIT(PERSON_START_DATE) },
	{ "/a~1b", PERSON_BIT(PERSON_LOCATION) },
	{ "/other", 0 },
};

static void check_feeds(struct world *w, const struct feed_row *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct discovered *f = find(w, r[i].pointer);

		if (!f || f->feeds != r[i].feeds)
			fail_msg("%s: %x", r[i].pointer, f ? f->feeds : 0);
	}
}

static void test_the_mapping_says_what_they_feed(void **state)
{
	static const struct feed_row own[] = {
		{ "/other", PERSON_BIT(PERSON_EMAIL) },
		{ "/mail", PERSON_STATUS_BIT },
		{ "/from", 0 },
		{ "/custom/grade", PERSON_BIT(PERSON_SENIORITY_LEVEL) },
		{ "/custom/band", 0 },
	};
	struct world *w = *state;
	struct fetch_context ctx = { .settings = NULL };
	struct mapping *mapping;
	struct err err = { 0 };

	add(w, "{'id':1,'state':'A','left':'x','mails':[{'at':'a','kind':'k'},"
	       "{'at':'b'}],'mail':'m','mailbox':'n','team':{'id':7},"
	       "'custom':{'band':'B','grade':'G'},'from':'2','a/b':'l',"
	       "'other':1}");
	discovery_match(w->d, w->m, &ctx);
	check_feeds(w, rows, ARRAY_LEN(rows));
	for (size_t i = 1; i < discovery_count(w->d); i++)
		assert_true(strcmp(discovery_at(w->d, i - 1)->pointer.ptr,
				   discovery_at(w->d, i)->pointer.ptr) < 0);
	if (mapping_compile(&mapping, w->m,
			    STR("{\"email\":\"/other\",\"start_date\":null,"
				"\"status\":{\"word\":\"/mail\"}}"),
			    &err) < 0)
		fail_msg("%s", err.text);
	ctx.mapping = mapping;
	ctx.settings = test_json(&w->arena, "{'level':'/grade'}");
	discovery_match(w->d, w->m, &ctx);
	check_feeds(w, own, ARRAY_LEN(own));
	mapping_free(&mapping);
}

static void test_discovery_is_bounded(void **state)
{
	struct world *w = *state;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_z(&text, "{");
	for (int i = 0; i < DISCOVER_MAX_FIELDS + 100; i++)
		buf_addf(&text, "%s'f%d':%d", i ? "," : "", i, i);
	buf_add_z(&text, "}");
	add(w, buf_z(&text));
	assert_int_equal(discovery_count(w->d), DISCOVER_MAX_FIELDS);
	buf_release(&text);
}

static void test_what_is_long_or_deep_is_cut(void **state)
{
	struct world *w = *state;
	char text[1024], name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(text, sizeof(text), "{'%s':{'a':1},'b':[0,1,2,3,4,5]}",
		       name);
	add(w, text);
	assert_int_equal(discovery_count(w->d), DISCOVER_MAX_ITEMS);
	add(w, "{'1':{'2':{'3':{'4':{'5':{'6':{'7':{'8':1,'9':{'0':2}}}}}}}}}");
	assert_non_null(find(w, "/1/2/3/4/5/6/7/8"));
	assert_int_equal(discovery_count(w->d), DISCOVER_MAX_ITEMS + 1);
	/* 79 letters, and one of two bytes that does not fit. */
	memset(name, 'x', DISCOVER_SAMPLE_MAX - 1);
	name[DISCOVER_SAMPLE_MAX - 1] = '\0';
	(void)snprintf(text, sizeof(text), "{'long':'%s\xc3\xa9'}", name);
	add(w, text);
	assert_int_equal(find(w, "/long")->samples[0].len,
			 DISCOVER_SAMPLE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_fields_are_listed_with_a_few_samples, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_the_mapping_says_what_they_feed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_discovery_is_bounded,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_long_or_deep_is_cut, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

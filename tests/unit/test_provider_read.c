/*
 * What cases do not show of reading many people: what a manifest can do, what
 * a state is, why a page is refused, and what is no manifest.
 */
#include "provider_whole.h"

#include "paging_turn.h"
#include "provider/read.h"
#include "read_state.h"
#include "read_step.h"

#define NOW 1795428000000LL /* 2026-11-23T10:00:00Z */

#define SETTINGS                                                    \
	"'settings':[{'name':'source','label':'L','help':'H','as':" \
	"'choice','choices':['a','b'],'default':'a'}],"
#define CREDENTIALS \
	"'credentials':[{'name':'key','label':'L','help':'H','for':'api'}],"
#define FETCH(members)                                     \
	SETTINGS CREDENTIALS                               \
		"'fetch':{'base_url':'https://h.example'," \
		"'auth':{'scheme':'bearer','token':'key'}," members "},"
#define PERSON                                                           \
	"'person':{'id':'/id','status':{'word':'/s'},'fields':{'email':" \
	"'/e'}}"
#define WHOLE(members)	       FETCH(members) PERSON
#define ONE		       "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"
#define LIST		       "'list':{'path':'/p','query':{'since':'{since}'}}"
#define LISTED(members)	       "'list':{'path':'/p'," members "}"
#define PAGED(members, paging) LISTED(members "'paging':{'scheme':" paging "}")

/* -------------------------------------------------------------- the loader */

static const struct load_row {
	const char *name;
	const char *text;
	const char *want; /* in the error; NULL: it loads */
} loads[] = {
	{ "a list alone", WHOLE(LIST), NULL },
	{ "nothing to read", FETCH("'delay_s':1") PERSON,
	  "/fetch: needs 'one', 'list' or 'lists'" },
	{ "a list without person", FETCH(LIST) "'$schema':'x'",
	  "'person' is missing" },
	{ "a credential that is no text",
	  CREDENTIALS "'fetch':{'base_url':'https://h.example','auth':{"
		      "'scheme':'bearer','token':1}}",
	  "/fetch/auth/token: " },
	{ "an unknown paging", WHOLE(PAGED("", "'pages'")),
	  "/fetch/list/paging: unknown scheme 'pages'; known: none, page, "
	  "offset, cursor, next-url, link-header, last-id, queue" },
	{ "a paging without scheme", WHOLE(LISTED("'paging':{}")),
	  "/fetch/list/paging: has no 'scheme'" },
	{ "a key of another paging", WHOLE(PAGED("", "'page','next':'/n'")),
	  "/fetch/list/paging: unknown key 'next'; known: scheme, first" },
	{ "pages that are not asked for", WHOLE(PAGED("", "'page'")),
	  "the paging 'page' needs {page} in the call" },
	{ "offsets that are not asked for", WHOLE(PAGED("", "'offset'")),
	  "the paging 'offset' needs {offset} in the call" },
	{ "cursors that are not sent", WHOLE(PAGED("", "'cursor','next':'/n'")),
	  "the paging 'cursor' needs {cursor} in the call" },
	{ "a short page of no size",
	  WHOLE(PAGED("'query':{'p':'{page}'},", "'page','end':'short'")),
	  "needs 'page_size' to know the last page" },
	{ "a total of nowhere",
	  WHOLE(PAGED("'query':{'p':'{page}'},", "'page','end':'total'")),
	  "needs 'total' to know the last page" },
	{ "a size that is not said",
	  WHOLE(LISTED("'query':{'n':'{page_size}'}")),
	  "'page_size' is missing" },
	{ "an unknown name", WHOLE(LISTED("'query':{'n':'{limit}'}")),
	  "unknown name '{limit}'; known: page_size, page, offset, cursor" },
	{ "a message without its id",
	  WHOLE(PAGED("",
		      "'queue','id_header':'X','acknowledge':{'path':'/x'}")),
	  "needs {message_id}" },
	{ "keyed XML",
	  WHOLE(LISTED("'format':'xml','items':'/a','keyed':true")),
	  "'keyed' is for json" },
	{ "XML from anywhere", WHOLE(LISTED("'format':'xml'")),
	  "'items' names the elements of the rows" },
	{ "a delimiter of JSON", WHOLE(LISTED("'delimiter':','")),
	  "'delimiter' and 'encoding' are for csv" },
	{ "a delimiter of two",
	  WHOLE(LISTED("'format':'csv','delimiter':'ab'")),
	  "is neither one character nor auto, comma, semicolon, tab or pipe" },
	{ "a delimiter that is not declared",
	  WHOLE(LISTED("'format':'csv','delimiter':'{sep}'")),
	  "the setting 'sep' is not declared" },
	{ "a delimiter by name",
	  WHOLE(LISTED("'format':'csv','delimiter':'semicolon'")), NULL },
	{ "pinned to no moment", WHOLE(LISTED("'pinned':true")),
	  "/fetch/list: 'pinned' needs {now} in the call" },
	{ "pinned to a moment",
	  WHOLE(LISTED("'query':{'as_of':'{now}'},'pinned':true")), NULL },
	{ "one that is gone when nothing is there",
	  WHOLE("'one':{'path':'/p/{person_id}','person':'/rows/0',"
		"'empty_is_gone':true}"),
	  NULL },
	{ "a path from nowhere", "'fetch':{" LIST "}," PERSON,
	  "/fetch/list: 'path' needs the 'base_url' of fetch" },
	{ "a file and an address",
	  WHOLE("'list':{'path':'/p','upload':true,'format':'csv'}"),
	  "needs exactly one of path, url, upload and sftp" },
	{ "a file with a query",
	  WHOLE("'list':{'upload':true,'query':{'a':'b'},'format':'csv'}"),
	  "a file has no query, headers, body or token" },
	{ "SFTP of an unknown host",
	  WHOLE("'list':{'format':'csv','sftp':{'host':'h','path':'p',"
		"'host_key':'k','user':'u','password':'w'}}"),
	  "/fetch/list/sftp/host: the setting 'h' is not declared" },
	{ "a rule of a setting that is not declared",
	  FETCH(LIST) "'person':{'id':'/id','status':{'rules':[{'when':{'at':"
		      "'/x','there':true},'settings':{'by':'x'},'then':"
		      "'active'}]},'fields':{'email':'/e'}}",
	  "/settings" },
	{ "a format of an unknown setting",
	  FETCH(LIST) "'person':{'id':'/id','status':{'word':'/s'},'fields':{"
		      "'start_date':{'from':'/d','as':'date','format':"
		      "'{dates}'}}}",
	  "'dates' is not a setting of the kind choice" },
	{ "a list that nobody looks at", WHOLE(LISTED("'format':'none'")),
	  "a list has a format" },
	{ "items that are no pointer", WHOLE(LISTED("'items':'data'")),
	  "/fetch/list/items: " },
	/* changed */
	{ "changes in the same list",
	  WHOLE(LIST ",'changed':{'scheme':'since'}"), NULL },
	{ "changes without a list", WHOLE(ONE ",'changed':{'scheme':'since'}"),
	  "'changed' needs a list" },
	{ "changes that are not asked for",
	  WHOLE(LISTED("'items':''") ",'changed':{'scheme':'since'}"),
	  "'since' needs {since} in the call" },
	{ "a window without its end",
	  WHOLE(LIST ",'changed':{'scheme':'window'}"),
	  "'window' needs {until} in the call" },
	{ "two lists of changes",
	  WHOLE(LIST ",'changed':{'scheme':'since','list':{'path':'/a'},"
		     "'lists':[{'path':'/b'}]}"),
	  "has 'list' and 'lists'" },
	{ "a changed list of its own",
	  WHOLE(LIST ",'changed':{'scheme':'changed-list','rows':{'person_id':"
		     "'/id'}}"),
	  "'changed-list' needs a 'list' of its own" },
	{ "lookups without one",
	  WHOLE(LIST ",'changed':{'scheme':'changed-list','rows':{'person_id':"
		     "'/id'},'list':{'path':'/c','query':{'s':'{since}'}}}"),
	  "'changed' leads to lookups, and 'one' is missing" },
	{ "types without a map",
	  WHOLE(LIST "," ONE ",'changed':{'scheme':'changed-list','rows':{"
		     "'person_id':'/id','type':'/t'},'list':{'path':'/c',"
		     "'query':{'s':'{since}'}}}"),
	  "'type' and 'map' need each other" },
	{ "a log without a cursor",
	  WHOLE(LIST "," ONE ",'changed':{'scheme':'event-log','id':'/id',"
		     "'rows':{'person_id':'/id'},'list':{'path':'/c'}}"),
	  "'event-log' needs {cursor} in the call, and 'id'" },
	{ "a link without its paging",
	  WHOLE(LIST ",'changed':{'scheme':'delta-link','link':'/l'}"),
	  "'delta-link' needs the paging next-url" },
	/* one, details, tables, ways */
	{ "one that cannot be gone",
	  WHOLE("'one':{'path':'/p/{person_id}','person':''}"),
	  "/fetch/one: 'gone' is missing" },
	{ "one that answers tell to be gone",
	  WHOLE("'answers':[{'status':400,'means':'gone'}],'one':{'path':"
		"'/p/{person_id}','person':''}"),
	  NULL },
	{ "an answer that says nothing",
	  WHOLE("'answers':[{'means':'gone'}]," LIST),
	  "needs 'status' or 'when'" },
	{ "an unknown meaning",
	  WHOLE("'answers':[{'status':400,'means':'bad'}]," LIST),
	  "/fetch/answers/0/means: unknown word 'bad'; known: good, empty" },
	{ "details of nobody",
	  WHOLE(LIST ",'details':{'d':{'path':'/d/{person_id}'}}"),
	  "a record that has details needs a name: 'as'" },
	{ "a detail that there is not",
	  WHOLE(LISTED("'as':'row','details':['e']") ",'details':{'d':{'path':"
						     "'/d/{person_id}'}}"),
	  "there is no detail 'e'" },
	{ "no details at all",
	  WHOLE(LISTED("'details':[]") ",'details':{'d':{'path':'/d'}}"),
	  NULL },
	{ "a batch without ids",
	  WHOLE(LISTED("'as':'r'") ",'details':{'d':{'path':'/d','batch':5}}"),
	  "'batch', 'answers' and 'id' need each other" },
	{ "success of one",
	  WHOLE(LISTED("'as':'r'") ",'details':{'d':{'path':'/d','success':{"
				   "'at':'/a','equals':1}}}"),
	  "'success' is of the answers of a batch" },
	{ "a value that is not named",
	  WHOLE(LISTED("'as':'r'") ",'details':{'d':{'path':'/d/{hired}'}}"),
	  "unknown name '{hired}'; known: person_id, person_ids" },
	{ "a value that is",
	  WHOLE(LISTED("'as':'r'") ",'details':{'d':{'path':'/d/{hired}',"
				   "'values':{'hired':'/r/h'}}}"),
	  NULL },
	{ "a table without its key",
	  WHOLE(LIST ",'tables':{'t':{'path':'/t','value':'/v'}}"),
	  "/fetch/tables/t: 'key' is missing" },
	{ "a table of a strange name",
	  WHOLE(LIST ",'tables':{'T t':{'path':'/t','key':'/k','value':'/v'}}"),
	  "a name is 1 to 32 of" },
	{ "a format without a date",
	  WHOLE(LIST ",'tables':{'t':{'path':'/t','key':'/k','value':'/v',"
		     "'latest_format':'epoch'}}"),
	  "'latest_format' is of 'latest'" },
	{ "a table that is not there",
	  FETCH(LIST) "'person':{'id':'/id','status':{'word':'/s'},'fields':{"
		      "'email':{'table':'t','key':'/k'}}}",
	  "/person/fields/email/table: there is no table 't'" },
	{ "ways by a setting",
	  WHOLE(LIST ",'ways':{'x':{'when':{'source':'a'}},'y':{'one':{'path':"
		     "'/p/{person_id}','person':'','gone':[404]}}}"),
	  NULL },
	{ "ways by a setting of no choice",
	  WHOLE(LIST ",'ways':{'x':{'when':{'source':'c'}}}"),
	  "'c' is not a choice of source" },
	{ "a way to nowhere", WHOLE("'ways':{'x':{'otherwise':[403]}}"),
	  "/fetch/ways/x: needs 'one', 'list' or 'lists'" },
	/* places and conditions */
	{ "an unknown place",
	  WHOLE("'one':{'path':'/p/{person_id}','person':{'any':'/a'},'gone':"
		"[404]}"),
	  "unknown place 'any'; known: each, table, setting" },
	{ "where without equals",
	  WHOLE("'one':{'path':'/p/{person_id}','person':{'each':'/a','where':"
		"'/b'},'gone':[404]}"),
	  "'where' needs 'equals' or 'same', which need it" },
	{ "what is equal, and the same",
	  WHOLE("'one':{'path':'/p/{person_id}','person':{'each':'/a','where':"
		"'/b','equals':'x','same':'/c'},'gone':[404]}"),
	  "'equals' and 'same' exclude each other" },
	{ "a format of nothing",
	  WHOLE("'one':{'path':'/p/{person_id}','person':{'each':'/a',"
		"'format':'epoch'},'gone':[404]}"),
	  "'format' is for 'latest'" },
	{ "a place by an unknown setting",
	  WHOLE("'one':{'path':'/p/{person_id}','person':{'setting':'x'},"
		"'gone':[404]}"),
	  "the setting 'x' is not declared" },
	{ "a status from nowhere",
	  FETCH(LIST) "'person':{'id':'/id','status':{'default':'active'},"
		      "'fields':{'email':'/e'}}",
	  "/person/status: needs 'word' or 'rules'" },
	{ "words of no word",
	  FETCH(LIST) "'person':{'id':'/id','status':{'words':{'a':'active'},"
		      "'rules':[{'when':{'at':'/x','there':true},'then':"
		      "'active'}]},'fields':{'email':'/e'}}",
	  "'words' are of a 'word'" },
};

static void test_a_manifest_says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
		const struct load_row *r = &loads[i];
		struct manifest *m = NULL;
		struct err err = { 0 };
		int res = test_whole_parse(&m, r->text, &err);

		if (!r->want && res < 0)
			fail_msg("%s: %s", r->name, err.text);
		if (r->want && (res == 0 || !strstr(err.text, r->want)))
			fail_msg("%s: %d '%s'", r->name, res, err.text);
		manifest_free(&m);
	}
}

/* ----------------------------------------------------------------- abilities
 */

static const struct ability_row {
	const char *text, *settings;
	bool full, changed, tables, one;
} abilities[] = {
	{ WHOLE(ONE), "{}", false, false, false, true },
	{ WHOLE(LIST), "{}", true, false, false, false },
	{ WHOLE(LIST ",'changed':{'scheme':'since'}"), "{}", true, true, false,
	  false },
	{ WHOLE(LIST ",'tables':{'t':{'path':'/t','key':'/k','value':'/v',"
		     "'when':{'source':'b'}}}"),
	  "{}", true, false, false, false },
	{ WHOLE(LIST ",'tables':{'t':{'path':'/t','key':'/k','value':'/v',"
		     "'when':{'source':'b'}}}"),
	  "{'source':'b'}", true, false, true, false },
	{ WHOLE("'ways':{'x':{'when':{'source':'a'}," ONE "},'y':{" LIST
		",'changed':{'scheme':'since'}}}"),
	  "{'source':'a'}", true, true, false, true },
	{ WHOLE("'ways':{'x':{'when':{'source':'a'}," LIST "},'y':{" ONE "}}"),
	  "{'source':'b'}", false, false, false, true },
};

static void test_what_can_be_read_depends_on_settings(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	for (size_t i = 0; i < ARRAY_LEN(abilities); i++) {
		const struct ability_row *r = &abilities[i];
		struct manifest *m = test_whole(r->text);
		struct fetch_context ctx = {
			.settings = test_json(&a, r->settings),
		};
		struct fetch_request req;
		struct str text;
		struct err err = { 0 };

		if (read_can(m, &ctx, READ_FULL) != r->full ||
		    read_can(m, &ctx, READ_CHANGED) != r->changed ||
		    read_can(m, &ctx, READ_TABLES) != r->tables)
			fail_msg("row %zu", i);
		assert_int_equal(read_begin(m, &ctx, READ_FULL, NULL, NOW, &a,
					    &text, &err),
				 r->full ? 0 : -1);
		if (!r->full)
			assert_int_equal(err.kind, ERR_CONFIG);
		if (!r->one) {
			assert_int_equal(fetch_one_request(m, &ctx, STR("1"),
							   &a, &req, &err),
					 -1);
			assert_int_equal(err.kind, ERR_CONFIG);
		}
		manifest_free(&m);
	}
	arena_release(&a);
}

static const struct serve_row {
	const char *text;
	int64_t ago_ms;
	const char *mark;
	bool serves;
} serves[] = {
	{ WHOLE(LIST), 1, "", false },
	{ WHOLE(LIST ",'changed':{'scheme':'since'}"), INT64_C(1) << 40, "",
	  true },
	{ WHOLE(LIST ",'changed':{'scheme':'since','retention_s':3600}"),
	  3599999, "", true },
	{ WHOLE(LIST ",'changed':{'scheme':'since','retention_s':3600}"),
	  3600000, "", false },
	{ WHOLE(PAGED("", "'next-url','next':'/n'") ",'changed':{'scheme':"
						    "'delta-link','link':"
						    "'/d'}"),
	  1, "", false },
	{ WHOLE(PAGED("", "'next-url','next':'/n'") ",'changed':{'scheme':"
						    "'delta-link','link':"
						    "'/d'}"),
	  1, "https://h.example/x", true },
};

static void test_changes_may_not_reach_far_enough_back(void **state)
{
	const struct fetch_context ctx = { .settings = NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(serves); i++) {
		const struct serve_row *r = &serves[i];
		const struct read_since since = { NOW - r->ago_ms,
						  str_of(r->mark) };
		struct manifest *m = test_whole(r->text);

		if (read_since_serves(m, &ctx, &since, NOW) != r->serves)
			fail_msg("row %zu", i);
		manifest_free(&m);
	}
}

/* -------------------------------------------------------------------- states
 */

static const char *const no_states[] = {
	"{",
	"[]",
	"{}",
	"{\"kind\":\"all\"}",
	"{\"kind\":\"changed\"}",
	"{\"kind\":\"tables\"}",
	"{\"kind\":\"full\",\"list\":1}",
	"{\"kind\":\"full\",\"list\":-1}",
	"{\"kind\":\"full\",\"way\":9}",
	"{\"kind\":\"full\",\"way\":\"0\"}",
	"{\"kind\":\"full\",\"pages\":1.5}",
};

static void test_a_state_of_another_manifest_is_refused(void **state)
{
	const struct fetch_context ctx = { .settings = NULL };
	struct manifest *m = test_whole(WHOLE(LIST));
	const struct read_step *step;
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	for (size_t i = 0; i < ARRAY_LEN(no_states); i++) {
		struct err err = { 0 };

		if (read_open(&step, m, &ctx, str_of(no_states[i]), &a, &err) ==
		    0)
			fail_msg("%s", no_states[i]);
		assert_int_equal(err.kind, ERR_INVALID);
	}
	assert_int_equal(
		read_open(&step, m, &ctx, STR("{\"kind\":\"full\"}"), &a, NULL),
		0);
	/* No one person is read: there are no details either. */
	assert_int_equal(read_open(&step, m, &ctx, str_none(), &a, NULL), -1);
	manifest_free(&m);
	arena_release(&a);
}

static void test_a_state_comes_back_as_it_was(void **state)
{
	const struct read_state s = {
		.kind = READ_CHANGED,
		.way = 1,
		.list = 2,
		.pages = 3,
		.rows = 4,
		.number = 5,
		.restarts = 1,
		.cursor = STR("a\"b"),
		.message = STR("m"),
		.since_ms = 6,
		.now_ms = NOW,
		.mark = STR("k"),
		.left = STR("l"),
		.total = 7,
		.here = 8,
		.loop_hash = STR("0123456789abcdef"),
		.loop_steps = 9,
		.loop_power = 10,
	};
	struct read_state back;
	struct str text, again;
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	assert_int_equal(read_state_write(&s, &a, &text, NULL), 0);
	assert_int_equal(read_state_parse(&back, text, &a, NULL), 0);
	assert_int_equal(read_state_write(&back, &a, &again, NULL), 0);
	assert_true(str_eq(text, again));
	assert_int_equal(back.kind, READ_CHANGED);
	assert_true(str_eq(back.cursor, s.cursor));
	assert_int_equal(back.loop_power, 10);
	arena_release(&a);
}

/* Whatever its length and wherever it begins, within a few rounds. */
static void test_every_loop_of_cursors_ends(void **state)
{
	(void)state;
	for (int tail = 0; tail < 12; tail++)
		for (int loop = 1; loop < 40; loop++) {
			struct read_state s = { .kind = READ_FULL };
			struct arena a;
			int step = 0;

			arena_init(&a, 1 << 20);
			for (; step < 400; step++) {
				int at = step < tail + loop
						 ? step
						 : tail + (step - tail) % loop;
				const char *c = arena_printf(&a, "c%d", at);

				assert_non_null(c);
				if (read_state_move(&s, str_of(c), &a, NULL) <
				    0)
					break;
			}
			if (step == 400 || step < tail + loop)
				fail_msg("%d, then %d: %d", tail, loop, step);
			arena_release(&a);
		}
}

/* --------------------------------------------------------------------- links
 */

static const struct link_row {
	const char *link;
	const char *want; /* the address, or what the error holds */
} links[] = {
	{ "https://h.example/p?c=1", "https://h.example/p?c=1&n=5&f=a,b" },
	{ "https://h.example/p?n=9&c=1#frag",
	  "https://h.example/p?n=9&c=1&f=a,b" },
	{ "https://h.example/p?%6e=9&f=", "https://h.example/p?%6e=9&f=" },
	{ "https://H.EXAMPLE/q", "https://H.EXAMPLE/q?n=5&f=a,b" },
	{ "/q?c=1", "https://h.example/q?c=1&n=5&f=a,b" },
	{ "?c=1", "https://h.example/p?c=1&n=5&f=a,b" },
	{ "abc=", "https://h.example/p?cur=abc%3D&n=5&f=a,b" },
	{ "a b", "https://h.example/p?cur=a%20b&n=5&f=a,b" },
	{ "http://h.example/p", "another host" },
	{ "https://h.example:8443/p", "another host" },
	{ "https://h.example.evil.example/p", "another host" },
	{ "https://h.example@evil.example/p", "another host" },
	{ "https://evil.example/h.example", "another host" },
	{ "https://", "another host" },
	{ "https:///p", "another host" },
	{ "//evil.example/p", "is not one" },
	{ "/p\r\nHost: evil", "is not one" },
	{ "https://h.example/a b", "is not one" },
	{ "https://h.example\\@evil.example/", "is not one" },
	{ "#", "cur=%23" },
};

static void test_next_links_stay_on_their_host(void **state)
{
	struct manifest *m = test_whole(WHOLE(PAGED(
		"'query':{'n':'{page_size}','f':'a,b','s':'{since}'},"
		"'page_size':5,",
		"'next-url','next':'/n','parameter':'cur','complete':true")));
	const struct fetch_context ctx = { .settings = NULL };
	const struct read_step *step;
	struct list_values v;
	struct surroundings around;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_int_equal(
		read_open(&step, m, &ctx, STR("{\"kind\":\"full\"}"), &a, NULL),
		0);
	list_values(step, &v);
	around = step_surroundings(step, NULL, 0, &a);
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		const struct paging_turn t = {
			.m = m,
			.ctx = &ctx,
			.list = step->list,
			.values = &v.values,
			.around = &around,
		};
		struct str got = str_none();
		struct err err = { 0 };

		if (next_address_of(&t, str_of(links[i].link), &got, &err) < 0)
			got = str_of(err.text);
		if (!strstr(got.ptr, links[i].want))
			fail_msg("%s: %s", links[i].link, got.ptr);
	}
	manifest_free(&m);
	arena_release(&a);
}

static const struct header_row {
	const char *header, *want;
} headers[] = {
	{ "<https://a/1>; rel=\"next\"", "https://a/1" },
	{ "<a>; rel=prev, <b>; rel=next", "b" },
	{ "<a>;rel=\"last next\" , <b>;rel=next", "a" },
	{ "<a,b>; title=\"x, <y>; rel=next\"; rel=Next", "a,b" },
	{ "<a>; rel=nextish", "" },
	{ "<a>; rev=next", "" },
	{ "<a", "" },
	{ "a; rel=next", "" },
	{ "", "" },
};

static void test_link_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		if (!str_is(link_target(str_of(headers[i].header), "next"),
			    headers[i].want))
			fail_msg("%s", headers[i].header);
}

/* -------------------------------------------------------------------- limits
 */

static int turn(const struct manifest *m, const char *state_text, int status,
		const char *body, struct arena *a, struct read_turn *out,
		struct err *err)
{
	const struct fetch_context ctx = { .settings = NULL };
	struct read_page page = { .status = status,
				  .body = str_of(body),
				  .rest = test_json(a, body),
				  .rows = 1,
				  .now_ms = NOW };
	const struct read_step *step;

	assert_int_equal(read_open(&step, m, &ctx, str_of(state_text), a, err),
			 0);
	return read_turn(step, &page, a, out, err);
}

static void test_pages_and_restarts_have_a_limit(void **state)
{
	struct manifest *m = test_whole(
		WHOLE("'answers':[{'status':400,'means':'restart'}]," PAGED(
			"'query':{'p':'{page}'},", "'page'")));
	struct read_turn t;
	struct err err = { 0 };
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_int_equal(turn(m, "{\"kind\":\"full\",\"pages\":99998}", 200,
			      "{}", &a, &t, &err),
			 0);
	assert_false(t.done);
	assert_int_equal(turn(m, "{\"kind\":\"full\",\"pages\":99999}", 200,
			      "{}", &a, &t, &err),
			 -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(turn(m, "{\"kind\":\"full\",\"pages\":7,\"number\":8}",
			      400, "{}", &a, &t, &err),
			 0);
	assert_true(t.restart);
	assert_null(strstr(t.state.ptr, "pages"));
	assert_int_equal(turn(m, "{\"kind\":\"full\",\"restarts\":3}", 400,
			      "{}", &a, &t, &err),
			 -1);
	assert_int_equal(err.kind, ERR_TEMP);
	manifest_free(&m);
	arena_release(&a);
}

static void test_of_a_group_who_is_there_counts(void **state)
{
	static const enum person_status order[] = {
		PERSON_ACTIVE,	       PERSON_ON_LEAVE, PERSON_UPCOMING,
		PERSON_STATUS_UNKNOWN, PERSON_DEPARTED,
	};
	struct fetched a = { .wrong = 0 }, b = { .wrong = 0 };
	struct field *x = &a.person.fields[PERSON_START_DATE];
	struct field *y = &b.person.fields[PERSON_START_DATE];

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(order); i++) {
		a.person.status = order[i - 1];
		b.person.status = order[i];
		assert_true(fetched_wins(&a, &b));
		assert_false(fetched_wins(&b, &a));
	}
	a.person.status = b.person.status = PERSON_DEPARTED;
	assert_true(fetched_wins(&a, &b));
	*x = (struct field){ FIELD_VALUE, STR("2024-03-04") };
	assert_true(fetched_wins(&a, &b));
	assert_false(fetched_wins(&b, &a));
	*y = (struct field){ FIELD_VALUE, STR("2025-01-01") };
	assert_false(fetched_wins(&a, &b));
	assert_true(fetched_wins(&b, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_manifest_says_what_is_wrong_and_where),
		cmocka_unit_test(test_what_can_be_read_depends_on_settings),
		cmocka_unit_test(test_changes_may_not_reach_far_enough_back),
		cmocka_unit_test(test_a_state_of_another_manifest_is_refused),
		cmocka_unit_test(test_a_state_comes_back_as_it_was),
		cmocka_unit_test(test_every_loop_of_cursors_ends),
		cmocka_unit_test(test_next_links_stay_on_their_host),
		cmocka_unit_test(test_link_headers),
		cmocka_unit_test(test_pages_and_restarts_have_a_limit),
		cmocka_unit_test(test_of_a_group_who_is_there_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

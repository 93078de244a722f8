/* Where values stand: chosen, dated, looked up, set, wrapped. */
#include "provider_whole.h"

#include "parts.h"
#include "source.h"
#include "tables.h"

#include <stdlib.h>

#define TODAY 20780 /* 2026-11-23 */

/* Every place is read as the field location, a text. */
#define WITH(place)                                                           \
	"'settings':[{'name':'where','label':'L','help':'H','as':'text'},"    \
	"{'name':'which','label':'L','help':'H','as':'text','default':'B'}]," \
	"'credentials':[{'name':'key','label':'L','help':'H','for':'api'}],"  \
	"'fetch':{'base_url':'https://x','auth':{'scheme':'bearer','token':"  \
	"'key'},'tables':{'teams':{'path':'/t','key':'/id','value':'/"        \
	"name','children':'/c'},"                                             \
	"'jobs':{'path':'/j','key':'/id','value':{'title':'/title','team':"   \
	"'/team'}}},'list':{'path':'/p'}},'person':{'id':'/id','status':{"    \
	"'word':'/s'},'fields':{'location':{'from':" place ",'as':'code'}}}"

static const struct place_row {
	const char *place, *record, *settings;
	const char *want; /* NULL: null; "-": absent */
} rows[] = {
	/* names are whole, whatever is in them */
	{ "'/Department.ID'", "{'Department.ID':7}", "{}", "7" },
	{ "'/@odata.x'", "{'@odata.x':'v'}", "{}", "v" },
	{ "'/urn:x:User/a~1b'", "{'urn:x:User':{'a/b':'v'}}", "{}", "v" },
	/* elements */
	{ "{'each':'/a','where':'/t','equals':'B','take':'/v'}",
	  "{'a':[{'t':'A','v':1},{'t':'B','v':2},{'t':'B','v':3}]}", "{}",
	  "2" },
	{ "{'each':'/a','where':'/t','equals':['C','B'],'take':'/v'}",
	  "{'a':[{'t':'A','v':1},{'t':'B','v':2}]}", "{}", "2" },
	{ "{'each':'/a','where':'/t','equals':'{which}','take':'/v'}",
	  "{'a':[{'t':'A','v':1},{'t':'B','v':2}]}", "{}", "2" },
	{ "{'each':'/a','where':'/t','equals':'{which}','take':'/v'}",
	  "{'a':[{'t':'A','v':1},{'t':'B','v':2}]}", "{'which':'A'}", "1" },
	{ "{'each':'/a','where':'/t','equals':'{where}','take':'/v'}",
	  "{'a':[{'v':1},{'t':'','v':2}]}", "{}", "-" },
	{ "{'each':'/a','where':'/p','equals':'true','take':'/v'}",
	  "{'a':[{'p':false,'v':1},{'p':true,'v':2}]}", "{}", "2" },
	{ "{'each':'/a','where':'/n','equals':'12345678901234567890',"
	  "'take':'/v'}",
	  "{'a':[{'n':12345678901234567891,'v':1},{'n':12345678901234567890,"
	  "'v':2}]}",
	  "{}", "2" },
	{ "{'each':'/a','where':'/type/code','equals':'D','take':["
	  "'/short','/long']}",
	  "{'a':[{'type':{'code':'D'},'short':'','long':'Long'}]}", "{}",
	  "Long" },
	{ "{'each':'/a','where':{'each':'/u','where':'/k','equals':'P','take':"
	  "'/v'},'equals':'WORK','take':'/at'}",
	  "{'a':[{'at':'h','u':[{'k':'P','v':'HOME'}]},{'at':'w','u':[{'k':"
	  "'S','v':'x'},{'k':'P','v':'WORK'}]}]}",
	  "{}", "w" },
	{ "{'each':'/a','take':{'each':'/b','take':'/c'}}",
	  "{'a':[{'b':[]},{'b':[{},{'c':5}]}]}", "{}", "5" },
	/* the same as in the record; nothing there is the same as nothing */
	{ "{'each':'/a','where':'/of','same':'/id','take':'/v'}",
	  "{'a':[{'of':'p2','v':1},{'of':'p1','v':2}]}", "{}", "2" },
	{ "{'each':'/a','where':'/of','same':'/n','take':'/v'}",
	  "{'n':7,'a':[{'of':'8','v':1},{'of':'7','v':2}]}", "{}", "2" },
	{ "{'each':'/a','where':'/of','same':'/id','latest':'/d','take':'/v'}",
	  "{'a':[{'of':'p2','v':1,'d':'2026-01-01'},{'of':'p1','v':2,'d':"
	  "'2020-01-01'}]}",
	  "{}", "2" },
	{ "{'each':'/a','where':'/of','same':'/none','take':'/v'}",
	  "{'a':[{'v':1},{'of':'','v':2}]}", "{}", "-" },
	{ "{'each':'/a'}", "{'a':['','x','y']}", "{}", "x" },
	{ "{'each':'/a','take':'/v'}", "{'a':[{'v':null},{'v':''}]}", "{}",
	  NULL },
	/* one that is no array, as of XML */
	{ "{'each':'/a','where':'/@t','equals':'WID','take':'/#text'}",
	  "{'a':{'@t':'WID','#text':'w'}}", "{}", "w" },
	{ "{'each':'/a'}", "{'a':'x'}", "{}", "x" },
	{ "{'each':'/a'}", "{'a':null}", "{}", "-" },
	{ "{'each':'/a'}", "{}", "{}", "-" },
	/* the latest that is reached, else the first to come */
	{ "{'each':'/a','latest':'/d','take':'/v'}",
	  "{'a':[{'d':'2020-01-01','v':1},{'d':'2026-11-23','v':2},{'d':"
	  "'2026-11-24','v':3},{'v':4}]}",
	  "{}", "2" },
	{ "{'each':'/a','latest':'/d','take':'/v'}",
	  "{'a':[{'d':'2028-01-01','v':1},{'d':'2027-01-01','v':2}]}", "{}",
	  "2" },
	{ "{'each':'/a','latest':'/d','take':'/v'}",
	  "{'a':[{'d':'9999-12-31','v':1},{'v':2},{'d':'2027-01-01','v':3}]}",
	  "{}", "1" },
	{ "{'each':'/a','latest':'/d','format':'epoch-ms','where':'/p',"
	  "'equals':'true','take':'/v'}",
	  "{'a':[{'d':1,'v':1,'p':true},{'d':1709510400000,'v':2,'p':true},"
	  "{'d':1709596800000,'v':3}]}",
	  "{}", "2" },
	/* wrappers */
	{ "'/name/value'", "{'name':{'label':'Name','value':'v'}}", "{}", "v" },
	{ "['/x/value','/y']", "{'x':'text','y':'v'}", "{}", "v" },
	/* tables */
	{ "{'table':'teams','key':'/team'}", "{'team':7}", "{}",
	  "Engineering" },
	{ "{'table':'teams','key':'/team'}", "{'team':'7'}", "{}",
	  "Engineering" },
	{ "{'table':'teams','key':'/team'}", "{'team':8}", "{}", "-" },
	{ "{'table':'teams','key':'/team'}", "{}", "{}", "-" },
	{ "{'table':'teams','key':'/team'}", "{'team':811}", "{}", "Night" },
	{ "[{'table':'teams','key':'/team'},'/team']", "{'team':8}", "{}",
	  "8" },
	{ "{'table':'jobs','key':'/id','take':'/title'}", "{'id':'p1'}", "{}",
	  "Engineer" },
	{ "{'table':'teams','key':{'table':'jobs','key':'/id','take':"
	  "'/team'}}",
	  "{'id':'p1'}", "{}", "Engineering" },
	{ "{'each':'/t','take':{'table':'teams','key':''}}", "{'t':[9,7]}",
	  "{}", "Engineering" },
	/* settings */
	{ "{'setting':'where'}", "{'grade':1}", "{'where':'grade'}", "1" },
	{ "{'setting':'where'}", "{'a':{'b':2}}", "{'where':'/a/b'}", "2" },
	{ "{'setting':'where','in':'/c'}", "{'c':{'b.d':3}}", "{'where':'b.d'}",
	  "3" },
	{ "{'setting':'where','in':'/c'}", "{'c':{'x':{'y':4}}}",
	  "{'where':'/x/y'}", "4" },
	{ "{'setting':'where'}", "{'a':{'b':5}}", "{'where':'a.b'}", "5" },
	{ "{'setting':'where'}", "{'a':{'b':5},'a.b':6}", "{'where':'a.b'}",
	  "6" },
	{ "{'setting':'where'}", "{'a':{'b':5}}", "{'where':'a.c'}", "-" },
	{ "{'setting':'where'}", "{'a':1}", "{}", "-" },
	{ "{'setting':'where'}", "{'a':1}", "{'where':'/~2'}", "-" },
	{ "{'setting':'which'}", "{'B':5}", "{}", "5" },
};

static void put(struct read_tables *t, const struct manifest *m,
		const char *table, const char *row, struct arena *a)
{
	const struct table_part *p = m->fetch.tables.items;
	const struct surroundings around =
		surroundings_of(m, NULL, t, TODAY, a);

	while (strcmp(p->rule.name, table) != 0)
		p++;
	assert_int_equal(tables_put(t, &p->rule, false, test_json(a, row),
				    &around, NULL),
			 0);
}

static void fill(struct read_tables *t, const struct manifest *m,
		 struct arena *a)
{
	put(t, m, "teams", "{'id':7,'name':'Engineering'}", a);
	put(t, m, "teams",
	    "{'id':8,'name':null,'c':[{'id':81,'name':'Ops','c':[{'id':811,"
	    "'name':'Night'}]}]}",
	    a);
	put(t, m, "jobs", "{'id':'p1','title':'Engineer','team':7}", a);
	put(t, m, "jobs", "{'id':'p1','title':'Second','team':9}", a);
}

static void check_row(const struct place_row *r)
{
	char text[4096];
	struct read_tables *t = read_tables_new();
	struct fetch_context ctx = { .settings = NULL };
	struct surroundings around;
	struct person p;
	struct field *f = &p.fields[PERSON_LOCATION];
	struct manifest *m;
	struct arena a;
	uint32_t wrong;
	struct err err = { 0 };

	(void)snprintf(text, sizeof(text), WITH("%s"), r->place);
	m = test_whole(text);
	arena_init(&a, 1 << 20);
	fill(t, m, &a);
	ctx.settings = test_json(&a, r->settings);
	around = surroundings_of(m, &ctx, t, TODAY, &a);
	if (person_map_apply(
		    &m->person,
		    json_with(&a, test_json(&a, r->record), STR("id"),
			      json_get(test_json(&a, "{'id':'p1'}"), "id")),
		    &around, &p, &wrong, &err) < 0)
		fail_msg("%s: %s", r->place, err.text);
	if (!r->want ? f->state != FIELD_NULL
	    : strcmp(r->want, "-") == 0
		    ? f->state != FIELD_ABSENT
		    : f->state != FIELD_VALUE || !str_is(f->value, r->want))
		fail_msg("%s of %s: %d '%.*s'", r->place, r->record, f->state,
			 STR_ARG(f->value));
	arena_release(&a);
	read_tables_free(&t);
	manifest_free(&m);
}

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i]);
}

static void test_tables_are_bounded(void **state)
{
	struct read_tables *t = read_tables_new();
	struct manifest *m = test_whole(WITH("'/x'"));
	const struct table_part *p = m->fetch.tables.items;
	struct err err = { 0 };
	struct arena a;
	char row[1400], value[1200];
	size_t before;
	int res = 0;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 100000 && res == 0; i++) {
		const struct surroundings around =
			surroundings_of(m, NULL, t, TODAY, &a);

		arena_clear(&a);
		(void)snprintf(row, sizeof(row), "{'id':%d,'name':'%s'}", i,
			       value);
		res = tables_put(t, &p->rule, false, test_json(&a, row),
				 &around, &err);
	}
	assert_int_equal(res, -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	before = read_tables_bytes(t);
	assert_true(before <= READ_TABLES_MAX_BYTES &&
		    before > READ_TABLES_MAX_BYTES - 4096);
	/* What is there is found, and what goes with the page makes room. */
	arena_clear(&a);
	assert_non_null(tables_find(t, "teams", STR("1"), &a));
	tables_clear_page(t);
	assert_int_equal(read_tables_bytes(t), before);
	read_tables_free(&t);
	read_tables_free(&t);
	manifest_free(&m);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_tables_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A connection's own mapping says what is wrong and where, as a manifest. */
#include "provider_whole.h"

#include "provider/mapping.h"

static const char manifest[] =
	"'settings':[{'name':'level','label':'L','help':'H','as':'text'}],"
	"'credentials':[{'name':'key','label':'L','help':'H','for':'api'}],"
	"'fetch':{'base_url':'https://x','auth':{'scheme':'bearer','token':"
	"'key'},'tables':{'teams':{'path':'/t','key':'/id','value':'/name'}},"
	"'list':{'path':'/p'}},"
	"'person':{'id':'/id','status':{'word':'/s'},'fields':{'email':'/e'}}";

static const struct row {
	const char *text;
	const char *want; /* in the error; NULL: it compiles */
} rows[] = {
	{ "{}", NULL },
	{ "{'department':'/a'}", NULL },
	{ "{'department':['/a',{'each':'/b','take':'/c'}]}", NULL },
	{ "{'department':{'table':'teams','key':'/team'}}", NULL },
	{ "{'department':{'setting':'level'}}", NULL },
	{ "{'department':null,'email':null}", NULL },
	{ "{'start_date':{'from':'/d','as':'date','format':'epoch'}}", NULL },
	{ "{'id':'/number'}", NULL },
	{ "{'status':{'words':{'x':'active'}}}", NULL },
	{ "{'status':{'word':'/s','default':'upcoming','rules':[{'when':{'at':"
	  "'/x','there':true},'then':'departed'}]}}",
	  NULL },
	{ "{", "mapping: /: byte " },
	{ "[]", "mapping: /: is not an object" },
	{ "{'department':'a'}", "mapping: /department: " },
	{ "{'dept':'/a'}", "mapping: /: unknown key 'dept'; known: id, status, "
			   "employee_number" },
	{ "{'version':'/a'}", "unknown key 'version'" },
	{ "{'department':{'from':'/a','as':'upper'}}",
	  "mapping: /department/as: unknown word 'upper'; known: text" },
	{ "{'department':{'from':'/a','as':'date'}}",
	  "mapping: /department: is not a date" },
	{ "{'start_date':{'from':'/a','as':'text'}}",
	  "mapping: /start_date: can only be read as a date" },
	{ "{'department':{'table':'roles','key':'/a'}}",
	  "mapping: /department/table: there is no table 'roles'" },
	{ "{'department':{'setting':'other'}}",
	  "mapping: /department/setting: the setting 'other' is not declared" },
	{ "{'id':null}", "mapping: /id: " },
	{ "{'status':null}", "mapping: /status: is not an object" },
	{ "{'status':{'words':{'x':'fired'}}}",
	  "mapping: /status/words/x: unknown word 'fired'; known: upcoming" },
	{ "{'status':{'required':true}}",
	  "mapping: /status: unknown key 'required'" },
	{ "{'department':[]}", "mapping: /department: needs 1 to 8 entries" },
};

static void test_a_mapping_says_what_is_wrong_and_where(void **state)
{
	struct manifest *m = test_whole(manifest);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct mapping *mapping = NULL;
		struct err err = { 0 };
		char text[512];
		int res;

		(void)snprintf(text, sizeof(text), "%s", r->text);
		test_quotes(text);
		res = mapping_compile(&mapping, m, str_of(text), &err);
		if (!r->want) {
			if (res < 0)
				fail_msg("%s: %s", r->text, err.text);
			mapping_free(&mapping);
			assert_null(mapping);
			continue;
		}
		if (res == 0 || !strstr(err.text, r->want))
			fail_msg("%s: %d '%s'", r->text, res, err.text);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_null(mapping);
	}
	manifest_free(&m);
}

static void test_a_mapping_is_bounded(void **state)
{
	struct manifest *m = test_whole(manifest);
	struct mapping *mapping = NULL;
	struct err err = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, "{}");
	while (text.len <= MAPPING_MAX_BYTES)
		buf_add_char(&text, ' ');
	assert_int_equal(mapping_compile(&mapping, m, buf_str(&text), &err),
			 -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_int_equal(mapping_compile(&mapping, m, buf_str(&text), NULL),
			 -1);
	buf_release(&text);
	manifest_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mapping_says_what_is_wrong_and_where),
		cmocka_unit_test(test_a_mapping_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Records out of XML: what becomes of elements, and what is refused. */
#include "record_check.h"

#define T RECORD_TEXT

static const struct record_row rows[] = {
	/* where they stand */
	{ "/r/e", T("<r><e>1</e><e>2</e></r>"), "\"1\"\n\"2\"\n",
	  "{\"r\":null}" },
	{ "/r/l/e",
	  T("<?xml version='1.0'?>\n<r><n>2</n><l> <e/> <e/> </l>"
	    "<x><e>no</e></x></r>\n"),
	  "null\nnull\n",
	  "{\"r\":{\"n\":\"2\",\"l\":null,\"x\":{\"e\":\"no\"}}}" },
	{ "/r/l/e", T("<r><l><e>1</e></l><e>x</e><l><e>2</e></l></r>"),
	  "\"1\"\n\"2\"\n", "{\"r\":{\"l\":[null,null],\"e\":\"x\"}}" },
	{ "/r/e", T("<r><e><e>in</e><r><e>deep</e></r></e></r>"),
	  "{\"e\":\"in\",\"r\":{\"e\":\"deep\"}}\n", "{\"r\":null}" },
	{ "/r", T("<r>x</r>"), "\"x\"\n", "{}" },

	/* a list that is not there is empty; so is one whose parent is not */
	{ "/r/e", T("<r/>"), "", "{\"r\":null}" },
	{ "/a/b/e", T("<a><t>0</t></a>"), "", "{\"a\":{\"t\":\"0\"}}" },

	/* prefixes do not count, whatever they are */
	{ "/R/E",
	  T("<w:R xmlns:w='urn:w'><w:E><w:A>1</w:A></w:E>"
	    "<v:E xmlns:v='urn:w'><A xmlns='x'>2</A></v:E></w:R>"),
	  "{\"A\":\"1\"}\n{\"A\":\"2\"}\n", "{\"R\":null}" },

	/* elements as objects */
	{ "/r/e", T("<r><e><a>1</a><b>2</b><a>3</a><c><d>4</d></c></e></r>"),
	  "{\"a\":[\"1\",\"3\"],\"b\":\"2\",\"c\":{\"d\":\"4\"}}\n",
	  "{\"r\":null}" },
	{ "/r/e", T("<r><e t='WID'>7</e><e t=\"x\"/><e><i t='1'>a</i></e></r>"),
	  "{\"@t\":\"WID\",\"#text\":\"7\"}\n{\"@t\":\"x\"}\n"
	  "{\"i\":{\"@t\":\"1\",\"#text\":\"a\"}}\n",
	  "{\"r\":null}" },
	{ "/r/e", T("<r><e><a/><a></a><b> \n </b><c t=''> </c></e></r>"),
	  "{\"a\":[null,null],\"b\":null,\"c\":{\"@t\":null}}\n",
	  "{\"r\":null}" },
	{ "/r/e",
	  T("<r xmlns:p='p' xmlns:q='q'>"
	    "<e p:t='1' q:t='2' t='3'><t>4</t></e></r>"),
	  "{\"@t\":[\"1\",\"2\",\"3\"],\"t\":\"4\"}\n", "{\"r\":null}" },
	{ "/r/e",
	  T("<r xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
	    "<e i:nil='true'/><e i:type='xs:string'>x</e></r>"),
	  "null\n\"x\"\n", "{\"r\":null}" },

	/* texts */
	{ "/r/e", T("<r><e>\n  a  b\n</e><e>a<!-- c -->b<?p i?>c</e></r>"),
	  "\"a  b\"\n\"abc\"\n", "{\"r\":null}" },
	{ "/r/e", T("<r><e>&lt;&amp;&gt;&quot;&apos;&#65;&#x20ac;</e></r>"),
	  "\"<&>\\\"'A\xe2\x82\xac\"\n", "{\"r\":null}" },
	{ "/r/e", T("<r><e t='&lt;&amp;&quot;&#38;&#10;x'/></r>"),
	  "{\"@t\":\"<&\\\"&\\nx\"}\n", "{\"r\":null}" },
	{ "/r/e", T("<r><e><![CDATA[<b> & ]]]]><![CDATA[>]]></e></r>"),
	  "\"<b> & ]]>\"\n", "{\"r\":null}" },
	{ "/r/e", T("<r><e>one <b>two</b> three</e></r>"),
	  "{\"b\":\"two\",\"#text\":\"one  three\"}\n", "{\"r\":null}" },
	{ "/r/e", T("<r>\n <e>Zo\xc3\xab \xf0\x9f\x98\x80 \\ \"</e>\n</r>"),
	  "\"Zo\xc3\xab \xf0\x9f\x98\x80 \\\\ \\\"\"\n", "{\"r\":null}" },

	/* encodings */
	{ "/r/e", T("\xef\xbb\xbf<r><e>\xc3\xab</e></r>"), "\"\xc3\xab\"\n",
	  "{\"r\":null}" },
	{ "/r/e",
	  T("<?xml version='1.0' encoding='ISO-8859-1'?>"
	    "<r><e>\xeb</e></r>"),
	  "\"\xc3\xab\"\n", "{\"r\":null}" },
	{ "/r/e",
	  T("<?xml version='1.0' encoding='windows-1252'?>"
	    "<r><e>\x80</e></r>"),
	  "\"\xe2\x82\xac\"\n", "{\"r\":null}" },
	{ "/r/e",
	  T("<?xml version=\"1.0\" encoding = \"utf-8\" ?>"
	    "<r><e>\xc3\xab</e></r>"),
	  "\"\xc3\xab\"\n", "{\"r\":null}" },
	{ "/r/e", T("<?xml-not ?><r><e>encoding='x'</e></r>"),
	  "\"encoding='x'\"\n", "{\"r\":null}" },
	{ "/r/e",
	  T("\xff\xfe<\0r\0>\0<\0"
	    "e\0>\0\xeb\0<\0/\0"
	    "e\0>\0<\0/\0r\0>\0"),
	  "\"\xc3\xab\"\n", "{\"r\":null}" },
};

static const struct record_bad bad_rows[] = {
	/* paths */
	{ "", T("<r/>"), "starts with '/'" },
	{ "r/e", T("<r/>"), "starts with '/'" },
	{ "/", T("<r/>"), "an empty name" },
	{ "/r//e", T("<r/>"), "an empty name" },
	{ "/r/", T("<r/>"), "an empty name" },

	/* not there */
	{ "/r/e", T("<html><body>busy</body></html>"), "no list of records" },
	{ "/a/b/c/e", T("<a><Fault/></a>"), "no list of records" },
	{ "/r", T("<x><r/></x>"), "no list of records" },

	/* no DOCTYPE, whatever is in it */
	{ "/r/e", T("<!DOCTYPE r><r><e/></r>"), "DOCTYPE" },
	{ "/r/e", T("<!DOCTYPE r [<!ENTITY x 'y'>]><r><e>&x;</e></r>"),
	  "DOCTYPE" },
	{ "/r/e", T("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r><e/></r>"),
	  "DOCTYPE" },
	{ "/r/e",
	  T("<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]>"
	    "<r><e/></r>"),
	  "DOCTYPE" },
	{ "/r/e", T("<r><e>&x;</e></r>"), "an entity" },
	{ "/r/e", T("<r><e t='&x;'/></r>"), "an entity" },
	{ "/r/e", T("<r><e>&nbsp;</e></r>"), "an entity" },

	/* malformed */
	{ "/r/e", T(""), "too early" },
	{ "/r/e", T("  "), "XML" },
	{ "/r/e", T("{\"r\":1}"), "XML" },
	{ "/r/e", T("<r>"), "too early" },
	{ "/r/e", T("<r><e>1</e>"), "too early" },
	{ "/r/e", T("<r><e>1</e></r"), "line 1" },
	{ "/r/e", T("<r><e>1</e>\n\n<e>2</f></r>"), "line 3: an end tag" },
	{ "/r/e", T("<r><e>1</e></r><r/>"), "too long" },
	{ "/r/e", T("<r><e>1</e></r>x"), "too long" },
	{ "/r/e", T("<r><e a='1' a='2'/></r>"), "an attribute" },
	{ "/r/e", T("<r><e a=1/></r>"), "line 1" },
	{ "/r/e", T("<r><e>a < b</e></r>"), "line 1" },
	{ "/r/e", T("<r><w:e>1</w:e></r>"), "a prefix" },
	{ "/r/e", T("<r>\n<e w:a='1'/><e></r>"), "line 2: a prefix" },
	{ "/r/e", T("<r><e>\x01</e></r>"), "a character" },
	{ "/r/e", T("<r><e>&#1;</e></r>"), "a character" },
	{ "/r/e", T("<r><e>\xff</e></r>"), "not UTF-8" },
	{ "/r/e", T("<r><e>\xc3</e></r>"), "not UTF-8" },
	{ "/r/e", T("<r><e>\xf4\x90\x80\x80</e></r>"), "not UTF-8" },
	{ "/r/e", T("<r/>\xc3"), "within a character" },
	{ "/r/e", T("<?xml version='1.0' encoding='klingon'?><r/>"),
	  "encoding" },
	{ "/r/e", T("<?xml version='1.0' encoding='UTF-16'?><r/>"),
	  "encoding" },
	{ "/r/e", T("<\0r\0/\0>\0"), "NUL" },
	{ "/r/e", T("<r><e>a\0b</e></r>"), "NUL" },
	{ "/r/e", T("\xff"), "ends within" },
};

static void test_record_xml_becomes_json_however_it_is_cut(void **state)
{
	const struct record_shape shape = { .format = RECORD_XML };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		record_check_row(&shape, &rows[i]);
}

static void test_record_xml_refuses_what_is_malformed(void **state)
{
	const struct record_shape shape = { .format = RECORD_XML };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++)
		record_check_bad(&shape, &bad_rows[i]);
}

/* ------------------------------------------------------------------ limits */

/*
 * head, then piece so many times, then tail; "%zu" in piece becomes the
 * number of its turn.
 */
static const struct limit_row {
	const char *head;
	const char *piece;
	size_t times;
	const char *tail;
	enum err_kind want;
} limits[] = {
	/* the root is 1 */
	{ "<r>", "<e>", RECORD_MAX_DEPTH - 1, "", ERR_INVALID },
	{ "<r>", "<e>", RECORD_MAX_DEPTH, "", ERR_LIMIT },
	{ "<r><e>", "x", RECORD_MAX_BYTES - 2, "</e></r>", ERR_NONE },
	{ "<r><e>", "x", RECORD_MAX_BYTES - 1, "</e></r>", ERR_LIMIT },
	{ "<r><e>", "\\", RECORD_MAX_BYTES / 2, "</e></r>", ERR_LIMIT },
	{ "<r><e>", "<a/>", 200000, "</e></r>", ERR_LIMIT },
	{ "<r><e>", "x", 12 << 20, "</e></r>", ERR_LIMIT },
	{ "<r><x>", "x", RECORD_MAX_REST - 15, "</x></r>", ERR_NONE },
	{ "<r><x>", "x", RECORD_MAX_REST, "</x></r>", ERR_LIMIT },
	{ "<r>", "<x/>", 200000, "</r>", ERR_LIMIT },
	{ "<r><e ", "a%zu='' ", RECORD_MAX_COLUMNS, "/></r>", ERR_NONE },
	{ "<r><e ", "a%zu='' ", RECORD_MAX_COLUMNS + 1, "/></r>", ERR_LIMIT },
	{ "<r><e>", "<a%zu/>", RECORD_MAX_COLUMNS, "</e></r>", ERR_NONE },
	{ "<r><e>", "<a%zu/>", RECORD_MAX_COLUMNS + 1, "</e></r>", ERR_LIMIT },
	{ "<r ", "xmlns:a%zu='u' ", 256, "/>", ERR_NONE },
	{ "<r ", "xmlns:a%zu='u' ", 257, "/>", ERR_LIMIT },
	{ "<r xmlns:a='a'><e ", "xmlns:a%zu='u' ", 256, "/></r>", ERR_LIMIT },
	{ "<r>", "<e><a%zu/></e>", 100000, "</r>", ERR_LIMIT },
	{ "<r><e a='", "x", 200000, "'/></r>", ERR_LIMIT },
	{ "<r", "r", 200000, "/>", ERR_LIMIT },
	{ "<r><!--", "x", 200000, "--></r>", ERR_LIMIT },
	{ "<r><?x ", "x", 200000, "?></r>", ERR_LIMIT },
	{ "<!DOCTYPE r [", " ", 200000, "]><r/>", ERR_LIMIT },
	/* nothing is kept between records, nor of what is not data */
	{ "<r>", "\n   <e/>", 500000, "</r>", ERR_NONE },
	{ "<r>", "<!-- a comment --><?and an instruction?>", 200000, "</r>",
	  ERR_NONE },
};

static void check_limit(const struct limit_row *row)
{
	const struct record_shape shape = { .format = RECORD_XML,
					    .items = STR("/r/e") };
	struct record_result got;
	struct buf text;
	const char *number = strstr(row->piece, "%zu");
	const size_t before = number ? (size_t)(number - row->piece) : 0;

	buf_init(&text, RECORD_CHECK_MAX);
	buf_add_z(&text, row->head);
	for (size_t i = 0; i < row->times; i++) {
		if (number) {
			buf_add(&text, row->piece, before);
			buf_add_u64(&text, i);
			buf_add_z(&text, number + 3);
		} else {
			buf_add_z(&text, row->piece);
		}
	}
	buf_add_z(&text, row->tail);
	assert_false(text.failed);
	for (size_t size = text.len; size; size = size > 1000 ? 1000 : 0) {
		record_run(&shape, buf_str(&text), size, size, &got);
		if (got.err.kind != row->want)
			fail_msg("%s%s… in pieces of %zu: %s", row->head,
				 row->piece, size, got.err.text);
		record_result_release(&got);
	}
	buf_release(&text);
}

static void test_record_xml_has_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		check_limit(&limits[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_record_xml_becomes_json_however_it_is_cut),
		cmocka_unit_test(test_record_xml_refuses_what_is_malformed),
		cmocka_unit_test(test_record_xml_has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

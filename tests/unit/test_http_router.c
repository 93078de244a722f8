/* Paths to routes, and the codings of a URL. */
#include "check.h"

#include "http/router.h"

static const struct http_route routes[] = {
	{ HTTP_GET, "/", "root" },
	{ HTTP_GET, "/items", "list" },
	{ HTTP_POST, "/items", "create" },
	{ HTTP_GET, "/items/new", "form" },
	{ HTTP_GET, "/items/{id}", "show" },
	{ HTTP_DELETE, "/items/{id}", "delete" },
	{ HTTP_POST, "/items/{id}/parts/{part}", "part" },
	{ HTTP_HEAD, "/probe", "probe-head" },
	{ HTTP_GET, "/probe", "probe" },
	{ .pattern = NULL },
};

static const struct row {
	enum http_method method;
	const char *path;
	int want;
	const char *target;
	const char *params[2];
} rows[] = {
	{ HTTP_GET, "/", 0, "root", { "", "" } },
	{ HTTP_GET, "/items", 0, "list", { "", "" } },
	{ HTTP_HEAD, "/items", 0, "list", { "", "" } },
	{ HTTP_POST, "/items", 0, "create", { "", "" } },
	{ HTTP_GET, "/items/new", 0, "form", { "", "" } },
	{ HTTP_GET, "/items/7", 0, "show", { "7", "" } },
	{ HTTP_GET, "/items/%2F", 0, "show", { "%2F", "" } },
	{ HTTP_DELETE, "/items/new", 0, "delete", { "new", "" } },
	{ HTTP_POST, "/items/7/parts/8", 0, "part", { "7", "8" } },
	{ HTTP_HEAD, "/probe", 0, "probe-head", { "", "" } },
	{ HTTP_PUT, "/items", 405, NULL, { "", "" } },
	{ HTTP_GET, "/items/7/parts/8", 405, NULL, { "", "" } },
	{ HTTP_HEAD, "/items/7/parts/8", 405, NULL, { "", "" } },
	{ HTTP_GET, "/item", 404, NULL, { "", "" } },
	{ HTTP_GET, "/items/", 404, NULL, { "", "" } },
	{ HTTP_GET, "/items//", 404, NULL, { "", "" } },
	{ HTTP_GET, "//items", 404, NULL, { "", "" } },
	{ HTTP_GET, "/Items", 404, NULL, { "", "" } },
	{ HTTP_GET, "/items/7/8", 404, NULL, { "", "" } },
	{ HTTP_POST, "/items//parts/8", 404, NULL, { "", "" } },
	{ HTTP_POST, "/items/7/parts/", 404, NULL, { "", "" } },
	{ HTTP_GET, "", 404, NULL, { "", "" } },
};

static void test_paths_lead_where_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct http_match m = { .route = NULL };
		int got =
			http_route_find(routes, r->method, str_of(r->path), &m);

		if (got != r->want)
			fail_msg("%s: %d", r->path, got);
		if (got)
			continue;
		assert_string_equal(m.route->target, r->target);
		assert_str(m.params[0], r->params[0]);
		assert_str(m.params[1], r->params[1]);
	}
}

static const struct decode_row {
	const char *in;
	bool form;
	const char *want; /* NULL: refused */
} decode_rows[] = {
	{ "", false, "" },
	{ "abc", false, "abc" },
	{ "a%20b", false, "a b" },
	{ "a+b", false, "a+b" },
	{ "a+b", true, "a b" },
	{ "%c3%A9", false, "\xc3\xa9" },
	{ "%2525", false, "%25" },
	{ "%", false, NULL },
	{ "%2", false, NULL },
	{ "%2x", false, NULL },
	{ "%x2", false, NULL },
	{ "% 2", false, NULL },
	{ "%+2", false, NULL },
	{ "a%00b", false, NULL },
	{ "0123456789abcdef0", false, NULL }, /* a byte too many */
};

static void test_percent_encoding_is_undone_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decode_rows); i++) {
		const struct decode_row *r = &decode_rows[i];
		struct buf out;
		bool fine;

		buf_init(&out, 16);
		fine = http_url_decode(str_of(r->in), r->form, &out);
		if (fine != (r->want != NULL))
			fail_msg("'%s'", r->in);
		if (fine)
			assert_string_equal(buf_z(&out), r->want);
		buf_release(&out);
	}
}

static const struct query_row {
	const char *query;
	const char *name;
	const char *want; /* NULL: not found or refused */
} query_rows[] = {
	{ "a=1&b=2", "a", "1" },  { "a=1&b=2", "b", "2" },
	{ "a=1&b=2", "c", NULL }, { "", "a", NULL },
	{ "a", "a", "" },	  { "a=", "a", "" },
	{ "&&a=1&", "a", "1" },	  { "aa=1&a=2", "a", "2" },
	{ "a=b=c", "a", "b=c" },  { "a=x+y%2Bz", "a", "x y+z" },
	{ "a=1&a=2", "a", NULL }, /* which one is meant? */
	{ "a=%zz", "a", NULL },	  { "b=%zz&a=1", "a", "1" },
	{ "A=1", "a", NULL },
};

static void test_parameters_are_found_once(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	for (size_t i = 0; i < ARRAY_LEN(query_rows); i++) {
		const struct query_row *r = &query_rows[i];
		bool found = http_query_get(str_of(r->query), r->name, &out);

		if (found != (r->want != NULL))
			fail_msg("%s in '%s'", r->name, r->query);
		if (found)
			assert_string_equal(buf_z(&out), r->want);
	}
	buf_release(&out);
}

static void test_encoding_is_undone_by_decoding(void **state)
{
	char all[255];
	struct buf coded, back;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i + 1);
	buf_init(&coded, 1024);
	buf_init(&back, 1024);
	http_url_encode((struct str){ all, sizeof(all) }, &coded);
	for (size_t i = 0; i < coded.len; i++)
		assert_true(coded.data[i] > ' ' && coded.data[i] < 0x7f &&
			    !strchr("/?#&=+\"", coded.data[i]));
	assert_true(http_url_decode(buf_str(&coded), true, &back));
	assert_int_equal(back.len, sizeof(all));
	assert_memory_equal(back.data, all, sizeof(all));
	buf_clear(&coded);
	http_url_encode(STR("aZ0-._~ /"), &coded);
	assert_string_equal(buf_z(&coded), "aZ0-._~%20%2F");
	buf_release(&coded);
	buf_release(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_lead_where_the_table_says),
		cmocka_unit_test(test_percent_encoding_is_undone_or_refused),
		cmocka_unit_test(test_parameters_are_found_once),
		cmocka_unit_test(test_encoding_is_undone_by_decoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

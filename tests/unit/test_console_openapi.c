/* The document and the table of routes say the same. */
#include "check.h"

#include "api.h"
#include "openapi.h"
#include "json/json.h"

#include <ctype.h>

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{ "get", HTTP_GET },	 { "post", HTTP_POST },	    { "put", HTTP_PUT },
	{ "patch", HTTP_PATCH }, { "delete", HTTP_DELETE },
};

static struct arena arena;

static int setup(void **state)
{
	const struct json_limits limits = { 1 << 20, 32, 100000 };
	const struct json *v;
	struct err err = { 0 };

	arena_init(&arena, 32 << 20);
	if (json_parse(&v, &arena, openapi_document(), &limits, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	*state = (void *)(uintptr_t)v;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const struct json *operation_of(const struct json *document,
				       const struct http_route *r)
{
	const struct json *path =
		json_get(json_get(document, "paths"), r->pattern);

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (methods[i].method == r->method)
			return json_get(path, methods[i].name);
	return NULL;
}

static const struct http_route *route_of(struct str path, struct str method)
{
	for (const struct http_route *r = api_routes; r->pattern; r++)
		for (size_t i = 0; i < ARRAY_LEN(methods); i++)
			if (methods[i].method == r->method &&
			    str_is(method, methods[i].name) &&
			    str_is(path, r->pattern))
				return r;
	return NULL;
}

static void test_console_every_route_is_described(void **state)
{
	for (const struct http_route *r = api_routes; r->pattern; r++) {
		const struct endpoint *e = r->target;
		const struct json *op = operation_of(*state, r);

		if (!json_string(json_get(op, "operationId")).len ||
		    !json_string(json_get(op, "summary")).len ||
		    !json_size(json_get(op, "responses")))
			fail_msg("%s", r->pattern);
		/* An empty list of its own: no token is needed. */
		assert_int_equal(e->open, json_get(op, "security") != NULL);
		assert_int_equal(!e->open, json_get(json_get(op, "responses"),
						    "401") != NULL);
	}
}

static void test_console_every_description_has_its_route(void **state)
{
	const struct json *paths = json_get(*state, "paths");
	size_t count = 0;

	for (const struct json *p = json_first(paths); p; p = json_next(p)) {
		for (const struct json *op = json_first(p); op;
		     op = json_next(op)) {
			if (str_is(json_key(op), "parameters"))
				continue;
			if (!route_of(json_key(p), json_key(op)))
				fail_msg("%.*s %.*s", STR_ARG(json_key(op)),
					 STR_ARG(json_key(p)));
			count++;
		}
	}
	assert_true(count > 0);
}

/* "#/components/schemas/Member" */
static const struct json *referred(const struct json *root, struct str ref)
{
	const struct json_path *path;
	const struct json *v;

	assert_true(str_starts(ref, STR("#/")));
	ref.ptr++;
	ref.len--;
	assert_int_equal(json_path_compile(&path, &arena, ref, NULL), 0);
	v = json_path_find(path, root);
	if (!v)
		fail_msg("%.*s", STR_ARG(ref));
	return v;
}

static bool declares(const struct json *root, const struct json *parameters,
		     struct str name)
{
	for (const struct json *p = json_first(parameters); p;
	     p = json_next(p)) {
		struct str ref = json_string(json_get(p, "$ref"));
		const struct json *v = ref.len ? referred(root, ref) : p;

		if (str_eq(json_string(json_get(v, "name")), name))
			return true;
	}
	return false;
}

static void test_console_names_in_paths_are_declared(void **state)
{
	const struct json *paths = json_get(*state, "paths");

	for (const struct json *p = json_first(paths); p; p = json_next(p)) {
		struct str rest = json_key(p), name;

		while (str_cut(&rest, '{', &name)) {
			(void)str_cut(&rest, '}', &name);
			if (!declares(*state, json_get(p, "parameters"), name))
				fail_msg("%.*s", STR_ARG(json_key(p)));
		}
	}
}

static void check_references(const struct json *root, const struct json *v)
{
	for (const struct json *c = json_first(v); c; c = json_next(c)) {
		check_references(root, c);
		if (str_is(json_key(c), "$ref"))
			(void)referred(root, json_string(c));
	}
}

static void test_console_references_lead_somewhere(void **state)
{
	check_references(*state, *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console_every_route_is_described),
		cmocka_unit_test(test_console_every_description_has_its_route),
		cmocka_unit_test(test_console_names_in_paths_are_declared),
		cmocka_unit_test(test_console_references_lead_somewhere),
	};

	return cmocka_run_group_tests_name("console openapi", tests, setup,
					   teardown);
}

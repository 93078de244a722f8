/* HiBob's API: https://apidocs.hibob.com, as far as it is used. */
#include "exchange.h"

#include "base/assert.h"
#include "render.h"
#include "state.h"

#define AT_ONCE 256 /* people of a streamed answer */

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"key\":\"bad_request\",\"error\":%s,"
			     "\"args\":{}}",
			     NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"key\":\"unauthorized\",\"error\":"
			  "\"Unauthorized\",\"args\":{}}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"key\":\"forbidden\",\"error\":"
			       "\"Forbidden\",\"args\":{}}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"key\":\"not_found\",\"error\":%s,"
			       "\"args\":{}}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"key\":\"method_not_allowed\",\"error\":%s,"
			    "\"args\":{}}",
			    NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"error\":\"Too Many Requests\","
			       "\"message\":\"Rate limit exceeded\","
			       "\"statusCode\":429,\"timestamp\":%s}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"key\":\"internal\",\"error\":%s,"
			    "\"args\":{}}",
			    NULL },
	/* what stands before it has had enough */
	[REFUSE_LOCKED] = { 403, "text/html; charset=utf-8",
			    "<html><head><title>403 Forbidden</title></head>"
			    "<body>Request blocked.</body></html>",
			    NULL },
};

static bool is_authorized(struct exchange *x)
{
	struct str token = exchange_basic(x), id;

	(void)str_cut(&token, ':', &id);
	return str_is(id, exchange_credential(x, CRED_HIBOB_ID)) &&
	       str_is(token, exchange_credential(x, CRED_HIBOB_TOKEN));
}

static const struct limit searches = {
	.count = 50,
	.window_ms = 60000,
	.limit = "X-RateLimit-Limit",
	.remaining = "X-RateLimit-Remaining",
	.reset = "X-RateLimit-Reset",
};

/* --- people --- */

static int read_request(struct exchange *x, const struct json *body,
			struct hibob_request *r)
{
	struct str style = json_string(json_get(body, "humanReadable"));
	const struct json *fields = json_get(body, "fields");

	*r = (struct hibob_request){
		.asked = hibob_asked(fields),
		.style = str_is(style, "APPEND")    ? HIBOB_APPEND
			 : str_is(style, "REPLACE") ? HIBOB_REPLACE
						    : HIBOB_MACHINE,
		.inactive = json_true(json_get(body, "showInactive")),
	};
	if (fields && !json_is(fields, JSON_ARRAY)) {
		exchange_refuse(x, REFUSE_INVALID, "fields: a list");
		return -1;
	}
	if (style.len > 0 && r->style == HIBOB_MACHINE) {
		exchange_refuse(x, REFUSE_INVALID,
				"humanReadable: APPEND or REPLACE");
		return -1;
	}
	return 0;
}

static bool is_shown(const struct hibob_request *r, const struct employee *e)
{
	return r->inactive || hibob_is_active(e);
}

static void add_by_id(struct exchange *x, const struct hibob_request *r,
		      struct str id)
{
	struct employee e;
	uint32_t n;

	if (vendor_id_find(VENDOR_HIBOB, &x->sandbox->company, id, &n) &&
	    view_get(&x->view, n, &e) && is_shown(r, &e))
		hibob_person(&x->view, &e, r, &x->json);
}

/* Whoever has that email: several, when it was made so. */
static void add_listed(struct exchange *x, const struct hibob_request *r,
		       struct str email)
{
	struct wanted w = WANTED_ALL;
	struct employee e;
	uint32_t at = 0;

	w.email = email;
	while (!x->body.failed && view_take(&x->view, &w, &at, &e))
		if (is_shown(r, &e))
			hibob_person(&x->view, &e, r, &x->json);
}

struct all {
	struct hibob_request request;
	uint32_t at;
};

static bool more_of_all(struct exchange *x)
{
	const struct wanted w = WANTED_ALL;
	struct all *a = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		if (!view_take(&x->view, &w, &a->at, &e)) {
			json_close(&x->json);
			json_close(&x->json);
			return false;
		}
		if (is_shown(&a->request, &e))
			hibob_person(&x->view, &e, &a->request, &x->json);
	}
	return true;
}

/* No paging over there: everybody in one answer. */
static void add_all(struct exchange *x, const struct hibob_request *r)
{
	struct all *a = arena_zalloc(&x->arena, 1, sizeof(*a));

	ASSERT(a); /* a body has at most 1 MiB, and the arena more */
	a->request = *r;
	exchange_stream(x, more_of_all, a);
}

/* At most one filter, by id or by email, with the operator "equals". */
static int read_filter(struct exchange *x, const struct json *body,
		       const struct json **values, bool *by_id)
{
	const struct json *list = json_get(body, "filters");
	const struct json *f = json_first(list);
	struct str path = json_string(json_get(f, "fieldPath"));

	*values = NULL;
	if (!f)
		return 0;
	*by_id = str_is(path, "root.id");
	*values = json_get(f, "values");
	if (json_size(list) == 1 && json_is(*values, JSON_ARRAY) &&
	    (*by_id || str_is(path, "root.email")) &&
	    str_is(json_string(json_get(f, "operator")), "equals"))
		return 0;
	exchange_refuse(x, REFUSE_INVALID,
			"filters: at most one, root.id or root.email, equals");
	return -1;
}

static void search(struct exchange *x)
{
	const struct json *body, *values;
	struct hibob_request r;
	bool by_id = false;

	if (exchange_json(x, &body) < 0 || read_request(x, body, &r) < 0 ||
	    read_filter(x, body, &values, &by_id) < 0)
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "employees");
	if (!values) {
		add_all(x, &r);
		return;
	}
	for (const struct json *v = json_first(values); v; v = json_next(v)) {
		if (by_id)
			add_by_id(x, &r, json_text(v));
		else if (json_string(v).ptr)
			add_listed(x, &r, json_string(v));
	}
	json_close(&x->json);
	json_close(&x->json);
}

/* By id or by email; showInactive says nothing here. */
static void get_person(struct exchange *x)
{
	struct wanted w = WANTED_ALL;
	const struct json *body;
	struct hibob_request r;
	struct employee e;
	struct buf email;
	uint32_t n, at = 0;
	bool found;

	if (exchange_json(x, &body) < 0 || read_request(x, body, &r) < 0)
		return;
	found = vendor_id_find(VENDOR_HIBOB, &x->sandbox->company, x->params[0],
			       &n);
	if (!found && memchr(x->params[0].ptr, '@', x->params[0].len)) {
		buf_init(&email, 256);
		if (http_url_decode(x->params[0], false, &email)) {
			w.email = buf_str(&email);
			found = view_next(&x->view, &w, &at, &n);
		}
		buf_release(&email);
	}
	if (!found || !view_get(&x->view, n, &e)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "employee not found");
		return;
	}
	hibob_person(&x->view, &e, &r, &x->json);
}

/* --- the company --- */

static void get_fields(struct exchange *x)
{
	json_open_array(&x->json, NULL);
	hibob_meta(&x->json);
	json_close(&x->json);
}

static void get_lists(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	hibob_lists(&x->json);
	json_close(&x->json);
}

static void get_list(struct exchange *x)
{
	if (!hibob_list(x->params[0], &x->json))
		exchange_refuse(x, REFUSE_NOT_FOUND, "list not found");
}

static const struct http_route routes[] = {
	{ HTTP_POST, "/v1/people/search", RUN_LIMITED(search, &searches) },
	{ HTTP_POST, "/v1/people/{id}", RUN(get_person) },
	{ HTTP_GET, "/v1/company/people/fields", RUN(get_fields) },
	{ HTTP_GET, "/v1/company/named-lists", RUN(get_lists) },
	{ HTTP_GET, "/v1/company/named-lists/{name}", RUN(get_list) },
	{ HTTP_GET, NULL, NULL },
};

const struct api hibob_api = {
	.vendor = VENDOR_HIBOB,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
};

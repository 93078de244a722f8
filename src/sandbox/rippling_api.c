/* Rippling's REST API v2: https://developer.rippling.com, what is used of it.
 */
#include "exchange.h"

#include "base/clock.h"
#include "crypto/encode.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define PAGE_DEFAULT 50
#define PAGE_MAX     100

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"ok\":false,\"error\":%s}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"ok\":false,\"error\":\"Unauthorized\"}", NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"ok\":false,\"error\":\"Insufficient oauth "
			       "scopes to access worker\"}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"ok\":false,\"error\":%s}", NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"ok\":false,\"error\":%s}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"ok\":false,\"error\":\"Too many "
			       "requests\"}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"ok\":false,\"error\":%s}", NULL },
};

static bool is_authorized(struct exchange *x)
{
	return str_is(exchange_bearer(x),
		      x->sandbox->credentials.rippling_token);
}

/* --- filter: work_email eq 'a@example.com' and status eq 'ACTIVE' --- */

static struct str take_word(struct str *text)
{
	struct str word;

	*text = str_trim(*text);
	(void)str_cut(text, ' ', &word);
	return word;
}

static struct str unquote(struct str s)
{
	if (s.len >= 2 && (s.ptr[0] == '\'' || s.ptr[0] == '"') &&
	    s.ptr[s.len - 1] == s.ptr[0])
		return (struct str){ s.ptr + 1, s.len - 2 };
	return s;
}

static bool take_status(struct str word, unsigned *statuses)
{
	static const struct {
		const char *word;
		unsigned statuses;
	} rows[] = {
		{ "ACTIVE",
		  FIELD_BIT(EMPLOYEE_ACTIVE) | FIELD_BIT(EMPLOYEE_ON_LEAVE) },
		{ "HIRED", FIELD_BIT(EMPLOYEE_UPCOMING) },
		{ "TERMINATED", FIELD_BIT(EMPLOYEE_DEPARTED) },
		{ "INIT", 0 },
		{ "ACCEPTED", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_is(word, rows[i].word)) {
			*statuses = rows[i].statuses;
			return true;
		}
	}
	return false;
}

static bool take_condition(struct exchange *x, struct str *text,
			   struct wanted *w)
{
	struct str field = take_word(text);
	struct str op = take_word(text);
	struct str value = unquote(take_word(text));

	if (str_is(field, "updated_at") &&
	    (str_is(op, "ge") || str_is(op, "gt")))
		return clock_parse_ms(value, &w->changed_since_ms);
	if (!str_is(op, "eq") || value.len == 0)
		return false;
	if (str_is(field, "status"))
		return take_status(value, &w->statuses);
	if (str_is(field, "work_email")) {
		w->email = value;
		return true;
	}
	return str_is(field, "user_id") &&
	       rippling_id_find(RIPPLING_USER, &x->sandbox->company, value,
				&w->user);
}

static bool read_filter(struct exchange *x, struct wanted *w)
{
	struct str text = query_get(&x->query, "filter");

	*w = (struct wanted){ .statuses = STATUSES_ALL, .user = EMPLOYEE_NONE };
	text = str_trim(text);
	while (text.len > 0) {
		if (!take_condition(x, &text, w))
			return false;
		text = str_trim(text);
		if (text.len > 0 &&
		    !str_eq_nocase(take_word(&text), STR("and")))
			return false;
	}
	return true;
}

/* --- workers --- */

/* Known over there; of some the company has nothing to show. */
static bool is_expandable(struct str list)
{
	const struct str known =
		STR("user,manager,legal_entity,employment_type,compensation,"
		    "department,teams,level,custom_fields,business_partners");

	while (list.len > 0) {
		struct str one;

		(void)str_cut(&list, ',', &one);
		if (!query_lists(known, str_trim(one)))
			return false;
	}
	return true;
}

static void open_meta(struct exchange *x)
{
	json_open_object(&x->json, "__meta");
	json_open_array(&x->json, "redacted_fields");
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "name", "date_of_birth");
	json_add_z(&x->json, "reason", "Insufficient entitlements");
	json_close(&x->json);
	json_close(&x->json);
	json_close(&x->json);
}

/* As theirs, the link holds the cursor alone: the rest is to be added again. */
static void write_next(struct exchange *x, uint32_t position)
{
	struct str host = http_request_header(x->req, "Host");
	struct buf link, plain;

	if (position == 0) {
		json_add_null(&x->json, "next_link");
		return;
	}
	buf_init(&link, 1024);
	buf_init(&plain, 32);
	buf_addf(&plain, "cursor-%u", position);
	buf_addf(&link, "http://%.*s/workers/?cursor=", STR_ARG(host));
	encode(ENCODING_BASE64URL, plain.data, plain.len, &link);
	json_add_string(&x->json, "next_link", buf_str(&link));
	buf_release(&plain);
	buf_release(&link);
}

static bool read_cursor(struct exchange *x, uint32_t *position)
{
	struct str text = query_get(&x->query, "cursor");
	struct str prefix = STR("cursor-"), plain;
	unsigned char bytes[32];
	uint64_t at;
	size_t len;

	*position = 0;
	if (!text.ptr)
		return true;
	if (!decode(ENCODING_BASE64URL, text, bytes, sizeof(bytes), &len))
		return false;
	plain = (struct str){ (char *)bytes, len };
	if (!str_starts(plain, prefix))
		return false;
	plain.ptr += prefix.len;
	plain.len -= prefix.len;
	if (!str_to_u64(plain, &at) || at > x->sandbox->company.size)
		return false;
	*position = (uint32_t)at;
	return true;
}

static const char *problem(struct exchange *x, struct wanted *w, uint32_t *at,
			   uint64_t *limit)
{
	if (query_number(&x->query, "limit", PAGE_DEFAULT, 1, PAGE_MAX, limit,
			 NULL) < 0)
		return "limit: 1 to 100";
	if (!read_cursor(x, at))
		return "cursor: not one of ours";
	if (!read_filter(x, w))
		return "filter: status, work_email or user_id eq, updated_at "
		       "ge";
	if (!is_expandable(query_get(&x->query, "expand")))
		return "expand: a name is unknown";
	return NULL;
}

static void list_workers(struct exchange *x)
{
	uint32_t people[PAGE_MAX], count, at, next;
	const char *why;
	struct wanted w;
	uint64_t limit;
	struct employee e;

	why = problem(x, &w, &at, &limit);
	if (why) {
		exchange_refuse(x, REFUSE_INVALID, why);
		return;
	}
	count = view_list(&x->view, &w, at, (uint32_t)limit, people, &next);
	json_open_object(&x->json, NULL);
	open_meta(x);
	json_open_array(&x->json, "results");
	for (uint32_t i = 0; i < count; i++)
		if (view_get(&x->view, people[i], &e))
			rippling_worker(&x->view, &e,
					query_get(&x->query, "expand"),
					&x->json);
	json_close(&x->json);
	write_next(x, next);
	json_close(&x->json);
}

static void get_worker(struct exchange *x)
{
	struct str expand = query_get(&x->query, "expand");
	struct employee e;
	uint32_t n;

	if (!is_expandable(expand)) {
		exchange_refuse(x, REFUSE_INVALID, "expand: a name is unknown");
		return;
	}
	if (!vendor_id_find(VENDOR_RIPPLING, &x->sandbox->company, x->params[0],
			    &n) ||
	    !view_get(&x->view, n, &e)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "Worker not found");
		return;
	}
	rippling_worker(&x->view, &e, expand, &x->json);
}

static void get_me(struct exchange *x)
{
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id",
		   vendor_id(VENDOR_RIPPLING, &x->sandbox->company, 0, id));
	json_add_z(&x->json, "work_email", COMPANY_ADMIN);
	json_add_z(&x->json, "company_id", RIPPLING_COMPANY);
	json_close(&x->json);
}

static const struct endpoint on_list = { list_workers };
static const struct endpoint on_worker = { get_worker };
static const struct endpoint on_me = { get_me };

static const struct http_route routes[] = {
	{ HTTP_GET, "/workers", &on_list },
	{ HTTP_GET, "/workers/", &on_list },
	{ HTTP_GET, "/workers/{id}", &on_worker },
	{ HTTP_GET, "/workers/{id}/", &on_worker },
	{ HTTP_GET, "/sso-me", &on_me },
	{ HTTP_GET, "/sso-me/", &on_me },
	{ HTTP_GET, NULL, NULL },
};

const struct api rippling_api = {
	.name = "rippling",
	.prefix = "/",
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
};

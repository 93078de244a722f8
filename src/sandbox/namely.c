/*
 * Namely: profiles by pages, what they refer to beside them in the answer, and
 * nothing but the order to find who changed.
 */
#include "base/mem.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#define AT "/as/namely/api/v1"

static const struct id_form group_ids = ID_UUID("60a3e100");
static const struct id_form title_ids = ID_UUID("71a3e100");
static const struct id_form tier_ids = ID_UUID("7ea3e100");

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json",
			     "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"error\":\"invalid_token\",\"error_description\":"
			  "\"The access token is invalid\"}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"errors\":[{\"message\":\"Forbidden\"}]}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json",
			       "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_METHOD] = { 405, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"errors\":[{\"message\":\"Too many "
			       "requests\"}]}",
			       NULL },
	[REFUSE_BROKEN] = { 500, "application/json",
			    "{\"errors\":[{\"message\":%s}]}", NULL },
};

static bool is_authorized(struct exchange *x)
{
	return exchange_has_token(x, CRED_NAMELY_TOKEN);
}

/* --- one profile --- */

/* Titles are free text here, and things with ids there. */
static uint32_t title_number(const char *title)
{
	uint32_t h = 2166136261u;

	for (; *title; title++)
		h = (h ^ (unsigned char)*title) * 16777619u;
	return h >> 8;
}

static const char *status_of(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "pending",
		[EMPLOYEE_ACTIVE] = "active",
		[EMPLOYEE_ON_LEAVE] = "active", /* leave is no word of theirs */
		[EMPLOYEE_DEPARTED] = "inactive",
	};

	return status_word(e, words);
}

static void write_type(struct json_writer *w, const struct employee *e)
{
	static const char *const words[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "Full Time",
		[TYPE_PART_TIME] = "Part Time",
		[TYPE_CONTRACTOR] = "Contractor",
		[TYPE_INTERN] = "Intern",
	};

	json_open_object(w, "employee_type");
	add_text(w, "title", type_word(e, words));
	json_close(w);
}

static void write_title(struct json_writer *w, const struct view *v,
			const struct employee *e)
{
	if (!e->title[0]) {
		json_add_null(w, "job_title");
		return;
	}
	json_open_object(w, "job_title");
	add_object(w, "id", &title_ids, v, title_number(e->title));
	json_add_z(w, "title", e->title);
	json_close(w);
}

static void write_manager(struct json_writer *w, const struct view *v,
			  const struct employee *e)
{
	struct employee m;

	json_open_array(w, "reports_to");
	if (view_manager(v, e, &m)) {
		json_open_object(w, NULL);
		add_person(w, "id", VENDOR_NAMELY, v, m.n);
		add_text(w, "first_name", m.first);
		add_text(w, "last_name", m.last);
		add_text(w, "email", m.email);
		json_close(w);
	}
	json_close(w);
}

static void write_group(struct json_writer *w, const struct view *v, uint32_t n,
			const char *name)
{
	json_open_object(w, NULL);
	add_object(w, "id", &group_ids, v, n);
	json_add_z(w, "name", name);
	json_close(w);
}

/* Which of the groups is the department says what stands beside them. */
static void write_links(struct json_writer *w, const struct view *v,
			const struct employee *e)
{
	json_open_object(w, "links");
	json_open_array(w, "groups");
	if (employee_has(e, FIELD_LOCATION))
		write_group(w, v, DEPARTMENT_COUNT + e->location,
			    locations[e->location].name);
	if (employee_has(e, FIELD_DEPARTMENT))
		write_group(w, v, e->department,
			    departments[e->department].name);
	json_close(w);
	if (e->title[0])
		add_object(w, "job_title", &title_ids, v,
			   title_number(e->title));
	json_close(w);
}

static void write_names(struct json_writer *w, const struct employee *e)
{
	char text[TEXT_SIZE];

	add_text(w, "email", e->email);
	json_add_z(w, "personal_email", home_email(e, text));
	add_text(w, "first_name", e->first);
	json_add_null(w, "middle_name");
	add_text(w, "last_name", e->last);
	add_text(w, "preferred_name", e->preferred);
	json_add_z(w, "full_name", full_name(e, text));
}

static void write_profile(struct json_writer *w, const struct view *v,
			  const struct employee *e)
{
	char text[TEXT_SIZE];

	json_open_object(w, NULL);
	add_person(w, "id", VENDOR_NAMELY, v, e->n);
	write_names(w, e);
	add_text(w, "user_status", status_of(e));
	write_type(w, e);
	write_title(w, v, e);
	write_manager(w, v, e);
	add_field(w, "start_date", e, FIELD_START);
	/* "" and not null, when there is none */
	json_add_z(w, "departure_date", employee_text(e, FIELD_END, text));
	json_add_null(w, "terminated_reason");
	add_field(w, "employee_id", e, FIELD_NUMBER);
	write_links(w, v, e);
	json_add_int(w, "created_at", e->created_ms / 1000);
	json_add_int(w, "updated_at", e->changed_ms / 1000);
	json_close(w);
}

/* --- what stands beside the profiles --- */

#define TITLES_MAX 100 /* as many as a page has profiles */

struct beside {
	size_t count;
	struct {
		uint32_t number;
		uint8_t level;
		char title[sizeof(((struct employee *)0)->title)];
	} titles[TITLES_MAX];
};

static void note_title(struct beside *b, const struct employee *e)
{
	uint32_t number = title_number(e->title);

	for (size_t i = 0; i < b->count; i++)
		if (b->titles[i].number == number)
			return;
	if (!e->title[0] || b->count == TITLES_MAX)
		return;
	b->titles[b->count].number = number;
	b->titles[b->count].level = e->level;
	memcpy(b->titles[b->count++].title, e->title, sizeof(e->title));
}

static void write_titles(struct json_writer *w, const struct view *v,
			 const struct beside *b)
{
	json_open_array(w, "job_titles");
	for (size_t i = 0; i < b->count; i++) {
		json_open_object(w, NULL);
		add_object(w, "id", &title_ids, v, b->titles[i].number);
		json_add_z(w, "title", b->titles[i].title);
		json_open_object(w, "links");
		json_open_object(w, "job_tier");
		add_object(w, "id", &tier_ids, v, b->titles[i].level);
		json_add_z(w, "title", levels[b->titles[i].level].name);
		json_close(w);
		json_close(w);
		json_close(w);
	}
	json_close(w);
}

static void write_linked_group(struct json_writer *w, const struct view *v,
			       uint32_t n, const char *title, const char *type)
{
	json_open_object(w, NULL);
	add_object(w, "id", &group_ids, v, n);
	json_add_z(w, "title", title);
	json_add_z(w, "type", type);
	json_close(w);
}

static void write_linked(struct json_writer *w, const struct view *v,
			 const struct beside *b)
{
	json_open_object(w, "linked");
	json_open_array(w, "groups");
	for (uint32_t i = 0; i < DEPARTMENT_COUNT; i++)
		write_linked_group(w, v, i, departments[i].name, "department");
	for (uint32_t i = 0; i < LOCATION_COUNT; i++)
		write_linked_group(w, v, DEPARTMENT_COUNT + i,
				   locations[i].name, "office");
	json_close(w);
	write_titles(w, v, b);
	json_open_array(w, "files");
	json_close(w);
	json_open_array(w, "teams");
	json_close(w);
	json_close(w);
}

/* --- the order --- */

struct changed {
	int64_t ms;
	uint32_t n;
};

/* The latest first; of one instant in the order of the records. */
static int compare(const void *a, const void *b)
{
	const struct changed *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms > y->ms ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static void sort_all(const struct company *c, uint32_t *out)
{
	struct changed *all = mem_new_array(c->size, sizeof(*all));

	for (uint32_t n = 0; n < c->size; n++) {
		struct employee e;

		(void)company_peek(c, n, &e);
		all[n] = (struct changed){ e.changed_ms, n };
	}
	qsort(all, c->size, sizeof(*all), compare);
	for (uint32_t n = 0; n < c->size; n++)
		out[n] = all[n].n;
	free(all);
}

/* Kept until something changes. */
static void sort_by_change(struct exchange *x)
{
	struct sort *s = &x->sandbox->sort;
	const struct company *c = &x->sandbox->company;

	if (!s->order || s->revision != c->revision) {
		s->order = mem_resize(s->order, c->size * sizeof(*s->order));
		sort_all(c, s->order);
		s->revision = c->revision;
	}
	x->view.order = s->order;
}

static bool read_sort(struct exchange *x)
{
	struct str sort = query_get(&x->query, "sort");

	if (str_is(sort, "-updated_at")) {
		sort_by_change(x);
	} else if (sort.ptr) {
		exchange_refuse(x, REFUSE_INVALID,
				"sort: the sandbox has -updated_at only");
		return false;
	}
	return true;
}

/* --- calls --- */

static const struct page_form pages = { PAGE_NUMBER, "page",	 "per_page",
					50,	     TITLES_MAX, false };

static void write_meta(struct exchange *x, uint32_t count, uint32_t total)
{
	json_open_object(&x->json, "meta");
	json_add_int(&x->json, "count", count);
	json_add_int(&x->json, "total_count", total);
	json_add_int(&x->json, "status", 200);
	json_close(&x->json);
}

static void list_profiles(struct exchange *x)
{
	const struct wanted all = WANTED_ALL;
	struct beside beside = { 0 };
	struct employee e;
	struct page p;

	if (!read_sort(x) || !page_open(x, &pages, &all, &p))
		return;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "profiles");
	while (page_take(x, &p, &e)) {
		write_profile(&x->json, &x->view, &e);
		note_title(&beside, &e);
	}
	page_close(x, &p);
	json_close(&x->json);
	write_meta(x, p.count, page_total(x, &p));
	write_linked(&x->json, &x->view, &beside);
	json_close(&x->json);
}

static void write_one(struct exchange *x, const struct employee *e)
{
	struct beside beside = { 0 };

	note_title(&beside, e);
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "profiles");
	write_profile(&x->json, &x->view, e);
	json_close(&x->json);
	write_meta(x, 1, 1);
	write_linked(&x->json, &x->view, &beside);
	json_close(&x->json);
}

static void get_profile(struct exchange *x)
{
	struct employee e;

	if (exchange_person(x, &e))
		write_one(x, &e);
}

static void get_me(struct exchange *x)
{
	struct employee e;

	if (exchange_owner(x, &e))
		write_one(x, &e);
}

static const struct http_route routes[] = {
	{ HTTP_POST, AT "/oauth2/token", RUN_OPEN(token_answer) },
	{ HTTP_GET, AT "/oauth2/authorize", RUN_OPEN(token_authorize) },
	{ HTTP_GET, AT "/profiles", RUN(list_profiles) },
	{ HTTP_GET, AT "/profiles/me", RUN(get_me) },
	{ HTTP_GET, AT "/profiles/{id}", RUN(get_profile) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-namely-token-",
	.client = CRED_NAMELY_CLIENT,
	.secret = CRED_NAMELY_SECRET,
	.client_auth = CLIENT_FORM,
	.grants = "authorization_code,refresh_token",
	.ttl_s = 900,
	.refresh = true,
};

const struct api namely_api = {
	.vendor = VENDOR_NAMELY,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
};

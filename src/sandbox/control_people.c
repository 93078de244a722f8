/* The control API's calls about people: the truth, and what is done to them. */
#include "control.h"

#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define PAGE_MAX 1000

void control_person(struct exchange *x, const struct employee *e)
{
	char id[VENDOR_ID_SIZE];

	json_add_int(&x->json, "person", e->n);
	json_open_object(&x->json, "ids");
	for (unsigned v = 0; v < VENDOR_COUNT; v++)
		json_add_z(&x->json, vendor_name((enum vendor)v),
			   vendor_id((enum vendor)v, &x->sandbox->company, e->n,
				     id));
	json_close(&x->json);
	json_open_object(&x->json, "data");
	standard_person(&x->view, e, &x->json);
	json_close(&x->json);
}

/* By number, or by any vendor's id. */
static bool find_person(struct exchange *x, struct str text, uint32_t *n)
{
	const struct company *c = &x->sandbox->company;
	uint64_t number;

	if (str_to_u64(text, &number) && number < c->size) {
		*n = (uint32_t)number;
		return true;
	}
	for (unsigned v = 0; v < VENDOR_COUNT; v++)
		if (vendor_id_is_telling((enum vendor)v) &&
		    vendor_id_find((enum vendor)v, c, text, n))
			return true;
	return false;
}

void control_get_person(struct exchange *x)
{
	struct employee e;
	uint32_t n;

	if (!find_person(x, x->params[0], &n) ||
	    !company_get(&x->sandbox->company, n, &e)) {
		exchange_refuse(x, REFUSE_NOT_FOUND, "there is no such person");
		return;
	}
	json_open_object(&x->json, NULL);
	control_person(x, &e);
	json_close(&x->json);
}

static bool read_status(struct exchange *x, struct wanted *w)
{
	struct str word = query_get(&x->query, "status");
	enum employee_status status;

	if (!word.ptr)
		return true;
	if (!employee_status_find(word, &status)) {
		exchange_refuse(x, REFUSE_INVALID,
				"status: upcoming, active, on_leave or "
				"departed");
		return false;
	}
	w->statuses = FIELD_BIT(status);
	return true;
}

void control_people(struct exchange *x)
{
	struct wanted w = WANTED_ALL;
	uint64_t limit, at;
	struct err err = { 0 };
	struct employee e;
	struct page p;

	if (query_number(&x->query, "limit", 100, 1, PAGE_MAX, &limit, &err) <
		    0 ||
	    query_number(&x->query, "cursor", 0, 0, UINT32_MAX, &at, &err) <
		    0) {
		control_refuse(x, &err);
		return;
	}
	if (!read_status(x, &w))
		return;
	page_open_at(x, PAGE_CURSOR, &w, (uint32_t)at, (uint32_t)limit, &p);
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "items");
	while (page_take(x, &p, &e)) {
		json_open_object(&x->json, NULL);
		control_person(x, &e);
		json_close(&x->json);
	}
	page_close(x, &p);
	json_close(&x->json);
	if (p.more)
		json_add_int(&x->json, "next_cursor", p.next);
	else
		json_add_null(&x->json, "next_cursor");
	json_close(&x->json);
}

/* --- actions --- */

struct order {
	const struct json *body;
	uint32_t n;	  /* of the person */
	struct edit edit; /* of the fields in the body */
	uint32_t out;	  /* the record that came of it */
};

static int do_hire(struct exchange *x, struct order *o, struct err *err)
{
	return company_hire(&x->sandbox->company, &o->edit, &o->out, err);
}

static int do_change(struct exchange *x, struct order *o, struct err *err)
{
	return company_change(&x->sandbox->company, o->n, &o->edit, err);
}

static int do_depart(struct exchange *x, struct order *o, struct err *err)
{
	struct str text = json_string(json_get(o->body, "on"));
	int64_t day = NO_DAY;

	if (text.ptr && !clock_parse_day(text, &day))
		return err_set(err, ERR_INVALID, "on: a date");
	return company_depart(&x->sandbox->company, o->n, day, err);
}

static int do_leave(struct exchange *x, struct order *o, struct err *err)
{
	return company_leave(&x->sandbox->company, o->n, err);
}

static int do_return(struct exchange *x, struct order *o, struct err *err)
{
	return company_return(&x->sandbox->company, o->n, err);
}

/* {"as": "same" | "new_id" | "new_number"} */
static int read_rehire(const struct json *body, enum rehire *out,
		       struct err *err)
{
	static const char *const names[REHIRE_COUNT] = {
		[REHIRE_SAME] = "same",
		[REHIRE_NEW_ID] = "new_id",
		[REHIRE_NEW_NUMBER] = "new_number",
	};
	struct str as = json_string(json_get(body, "as"));

	*out = REHIRE_SAME;
	if (!as.ptr)
		return 0;
	for (unsigned i = 0; i < REHIRE_COUNT; i++) {
		if (str_is(as, names[i])) {
			*out = (enum rehire)i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, "as: same, new_id or new_number");
}

static int do_rehire(struct exchange *x, struct order *o, struct err *err)
{
	enum rehire how;

	if (read_rehire(o->body, &how, err) < 0)
		return -1;
	return company_rehire(&x->sandbox->company, o->n, how, &o->out, err);
}

static int do_convert(struct exchange *x, struct order *o, struct err *err)
{
	return company_convert(&x->sandbox->company, o->n, &o->out, err);
}

static int do_delete(struct exchange *x, struct order *o, struct err *err)
{
	return company_delete(&x->sandbox->company, o->n, err);
}

static int do_swap(struct exchange *x, struct order *o, struct err *err)
{
	uint32_t other;

	if (!find_person(x, json_text(json_get(o->body, "with")), &other))
		return err_set(err, ERR_INVALID, "with: another person");
	return company_swap_emails(&x->sandbox->company, o->n, other, err);
}

static int do_word(struct exchange *x, struct order *o, struct err *err)
{
	struct str word = json_string(json_get(o->body, "word"));

	return company_set_word(&x->sandbox->company, o->n, word, err);
}

static int do_renumber(struct exchange *x, struct order *o, struct err *err)
{
	(void)o;
	(void)err;
	company_renumber(&x->sandbox->company);
	return 0;
}

static const struct action {
	const char *name;
	int (*run)(struct exchange *x, struct order *o, struct err *err);
	bool needs_person;
	enum job_kind job; /* by count; JOB_KIND_COUNT: only one by one */
} actions[] = {
	{ "hire", do_hire, false, JOB_HIRE },
	{ "change", do_change, true, JOB_CHANGE },
	{ "depart", do_depart, true, JOB_DEPART },
	{ "leave", do_leave, true, JOB_LEAVE },
	{ "return", do_return, true, JOB_RETURN },
	{ "rehire", do_rehire, true, JOB_REHIRE },
	{ "delete", do_delete, true, JOB_DELETE },
	{ "convert", do_convert, true, JOB_KIND_COUNT },
	{ "swap_emails", do_swap, true, JOB_KIND_COUNT },
	{ "status_word", do_word, true, JOB_KIND_COUNT },
	{ "new_ids", do_renumber, false, JOB_KIND_COUNT },
};

static const struct action *find_action(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (str_is(name, actions[i].name))
			return &actions[i];
	return NULL;
}

/* {"set": {"job_title": "…", "email": null}} */
static int read_edit(const struct json *set, struct edit *out, struct err *err)
{
	for (const struct json *v = json_first(set); v; v = json_next(v)) {
		enum employee_field f;

		if (!employee_field_find(json_key(v), &f))
			return err_set(err, ERR_INVALID,
				       "set: a field is unknown");
		out->text[f] = json_is(v, JSON_NULL) ? STR("") : json_text(v);
		if (!out->text[f].ptr)
			return err_set(err, ERR_INVALID,
				       "set: %s must be a text or null",
				       employee_field_name(f));
	}
	return 0;
}

/* Of those who are there: {"count": 5} or {"percent": 6}, rounded up. */
static int read_count(struct exchange *x, const struct json *body,
		      uint32_t *out, struct err *err)
{
	const uint32_t *counts = company_count(&x->sandbox->company);
	uint64_t here =
		(uint64_t)counts[EMPLOYEE_ACTIVE] + counts[EMPLOYEE_ON_LEAVE];
	int64_t n;

	if (json_get(body, "percent")) {
		if (!json_int(json_get(body, "percent"), &n) || n < 0 ||
		    n > 100)
			return err_set(err, ERR_INVALID, "percent: 0 to 100");
		n = (int64_t)((here * (uint64_t)n + 99) / 100);
	} else if (!json_int(json_get(body, "count"), &n) || n < 1 ||
		   n > COMPANY_MAX_PEOPLE) {
		return err_set(err, ERR_INVALID, "count: 1 to %d",
			       COMPANY_MAX_PEOPLE);
	}
	*out = (uint32_t)n;
	return 0;
}

static int act_on_many(struct exchange *x, const struct action *a,
		       const struct json *body, struct err *err)
{
	struct job job = { .kind = a->job };
	unsigned id;

	if (a->job == JOB_KIND_COUNT)
		return err_set(err, ERR_INVALID, "%s: one person at a time",
			       a->name);
	if (read_count(x, body, &job.left, err) < 0 ||
	    read_rehire(body, &job.rehire, err) < 0 ||
	    jobs_add(x->sandbox, &job, &id, err) < 0)
		return -1;
	x->status = 202;
	json_open_object(&x->json, NULL);
	json_add_int(&x->json, "job", id);
	json_add_int(&x->json, "count", job.left);
	json_close(&x->json);
	return 0;
}

static int act_on_one(struct exchange *x, const struct action *a,
		      const struct json *body, struct err *err)
{
	struct order o = { .body = body };
	struct employee e;

	if (a->needs_person &&
	    !find_person(x, json_text(json_get(body, "person")), &o.n))
		return err_set(err, ERR_NOT_FOUND,
			       "person: a number or id of the company's, or "
			       "count or percent");
	o.out = o.n;
	if (read_edit(json_get(body, "set"), &o.edit, err) < 0 ||
	    a->run(x, &o, err) < 0)
		return -1;
	json_open_object(&x->json, NULL);
	if (company_get(&x->sandbox->company, o.out, &e))
		control_person(x, &e);
	json_close(&x->json);
	return 0;
}

void control_act(struct exchange *x)
{
	const struct action *a;
	const struct json *body;
	struct err err = { 0 };
	bool many;

	if (exchange_json(x, &body) < 0)
		return;
	a = find_action(json_string(json_get(body, "action")));
	if (!a) {
		exchange_refuse(x, REFUSE_INVALID,
				"action: see docs/sandbox.md for the list");
		return;
	}
	many = json_get(body, "count") || json_get(body, "percent");
	if ((many ? act_on_many(x, a, body, &err)
		  : act_on_one(x, a, body, &err)) < 0)
		control_refuse(x, &err);
}

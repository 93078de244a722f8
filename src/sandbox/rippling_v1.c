/* Rippling's older API, of partners' apps: /platform/api. */
#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "rippling.h"
#include "state.h"

#include <stdio.h>

#define EVENTS_USUAL 100
#define EVENTS_LIMIT 1000
#define BACK_DAYS    90 /* so far back the activity is known */

static const struct page_form pages = { PAGE_OFFSET, "offset", "limit",
					100,	     100,      false };

static const char *type_of(const struct employee *e)
{
	static const char *const words[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "SALARIED_FT",
		[TYPE_PART_TIME] = "SALARIED_PT",
		[TYPE_CONTRACTOR] = "CONTRACTOR",
		[TYPE_INTERN] = "TEMP",
	};

	return type_word(e, words);
}

static void write_id(struct exchange *x, const char *key, uint32_t n)
{
	char text[VENDOR_ID_SIZE];

	if (n == EMPLOYEE_NONE)
		json_add_null(&x->json, key);
	else
		json_add_z(&x->json, key,
			   vendor_id(VENDOR_RIPPLING, &x->sandbox->company, n,
				     text));
}

static void write_times(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];

	json_add_z(&x->json, "createdAt",
		   time_text(e->created_ms, TIME_PLAIN, text));
	json_add_z(&x->json, "updatedAt",
		   time_text(e->changed_ms, TIME_PLAIN, text));
}

/* Who has left has no work address any more. */
static void write_employee(struct exchange *x, const struct employee *e)
{
	char text[TEXT_SIZE];
	bool left = e->status == EMPLOYEE_DEPARTED;

	json_open_object(&x->json, NULL);
	write_id(x, "id", e->n);
	json_add_z(&x->json, "name", full_name(e, text));
	add_text(&x->json, "firstName", e->first);
	add_text(&x->json, "lastName", e->last);
	add_text(&x->json, "preferredFirstName", e->preferred);
	add_text(&x->json, "workEmail", left ? "" : e->email);
	json_add_z(&x->json, "personalEmail", home_email(e, text));
	add_text(&x->json, "title", e->title);
	add_text(&x->json, "department",
		 employee_text(e, FIELD_DEPARTMENT, text));
	add_text(&x->json, "employmentType", type_of(e));
	add_text(&x->json, "roleState",
		 employee_has(e, FIELD_STATUS) ? rippling_status(e) : "");
	add_text(&x->json, "startDate", employee_text(e, FIELD_START, text));
	add_text(&x->json, "endDate", employee_text(e, FIELD_END, text));
	write_id(x, "manager", e->manager);
	if (employee_has(e, FIELD_NUMBER))
		json_add_int(&x->json, "employeeNumber", e->number);
	else
		json_add_null(&x->json, "employeeNumber");
	write_times(x, e);
	json_open_object(&x->json, "workLocation");
	add_text(&x->json, "city",
		 employee_has(e, FIELD_LOCATION) ? locations[e->location].city
						 : "");
	json_close(&x->json);
	json_open_object(&x->json, "customFields");
	add_text(&x->json, "Seniority", employee_text(e, FIELD_LEVEL, text));
	json_close(&x->json);
	json_close(&x->json);
}

/* A bare array. */
static void list(struct exchange *x, unsigned statuses)
{
	struct wanted w = { .statuses = statuses, .user = EMPLOYEE_NONE };
	struct employee e;
	struct page p;

	if (!page_open(x, &pages, &w, &p))
		return;
	json_open_array(&x->json, NULL);
	while (page_take(x, &p, &e))
		write_employee(x, &e);
	page_close(x, &p);
	json_close(&x->json);
}

void rippling_v1_employees(struct exchange *x)
{
	list(x, FIELD_BIT(EMPLOYEE_ACTIVE) | FIELD_BIT(EMPLOYEE_ON_LEAVE));
}

void rippling_v1_everybody(struct exchange *x)
{
	list(x, STATUSES_ALL);
}

void rippling_v1_employee(struct exchange *x)
{
	struct employee e;
	uint32_t n;

	if (vendor_id_find(VENDOR_RIPPLING, &x->sandbox->company, x->params[0],
			   &n) &&
	    view_get(&x->view, n, &e))
		write_employee(x, &e);
	else
		exchange_refuse(x, REFUSE_NOT_FOUND, "Employee not found");
}

/* --- what happened --- */

static void write_event(struct exchange *x, const struct journal_entry *j)
{
	static const char *const types[HAPPENING_KIND_COUNT] = {
		[HAPPENED_CREATED] = "EMPLOYEE_HIRED",
		[HAPPENED_UPDATED] = "EMPLOYEE_UPDATED",
		[HAPPENED_JOINED] = "EMPLOYEE_STARTED",
		[HAPPENED_LEAVE_BEGAN] = "LEAVE_STARTED",
		[HAPPENED_LEAVE_ENDED] = "LEAVE_ENDED",
		[HAPPENED_LEFT] = "EMPLOYEE_TERMINATED",
		[HAPPENED_REHIRED] = "EMPLOYEE_REHIRED",
		[HAPPENED_DELETED] = "EMPLOYEE_DELETED",
	};
	static const struct id_form events = { "60f0", .middle = "00000000" };
	char text[TEXT_SIZE];
	struct employee e;
	bool there = company_get(&x->sandbox->company, j->n, &e);

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id",
		   object_id(&events, &x->sandbox->company, j->seq, text));
	json_add_z(&x->json, "event_type", types[j->kind]);
	json_add_z(&x->json, "timestamp",
		   time_text(j->at_ms, TIME_PLAIN, text));
	json_open_array(&x->json, "subjects");
	json_open_object(&x->json, NULL);
	write_id(x, "instance", j->n);
	json_add_z(&x->json, "type", "ROLE");
	(void)snprintf(text, sizeof(text), "%s %s", there ? e.first : "",
		       there ? e.last : "");
	json_add_z(&x->json, "display_name", text);
	json_close(&x->json);
	json_close(&x->json);
	json_add_z(&x->json, "name", types[j->kind]);
	json_close(&x->json);
}

/* A date, or a time; the end of a date's day when it ends something. */
static bool read_time(struct str text, bool is_end, int64_t *out)
{
	int64_t day;

	if (clock_parse_ms(text, out))
		return true;
	if (!clock_parse_day(text, &day))
		return false;
	*out = (day + is_end) * CLOCK_DAY_MS;
	return true;
}

static bool read_range(struct exchange *x, int64_t *from, int64_t *to)
{
	struct str start = query_get(&x->query, "startDate");
	struct str end = query_get(&x->query, "endDate");
	int64_t now = company_now_ms(&x->sandbox->company);

	*from = now - BACK_DAYS * CLOCK_DAY_MS;
	*to = INT64_MAX;
	if ((!start.ptr || read_time(start, false, from)) &&
	    (!end.ptr || read_time(end, true, to)) &&
	    *from >= now - BACK_DAYS * CLOCK_DAY_MS)
		return true;
	exchange_refuse(x, REFUSE_INVALID,
			"startDate, endDate: dates of the last 90 days");
	return false;
}

void rippling_v1_activity(struct exchange *x)
{
	const struct journal *all = &x->sandbox->journal;
	struct str next = query_get(&x->query, "next");
	const struct journal_entry *j;
	char cursor[PAGE_CURSOR_SIZE];
	uint64_t limit, count = 0;
	uint32_t seq = 0;
	int64_t from, to;

	if (query_number(&x->query, "limit", EVENTS_USUAL, 1, EVENTS_LIMIT,
			 &limit, NULL) < 0 ||
	    (next.len > 0 && !page_cursor_read(next, &seq))) {
		exchange_refuse(x, REFUSE_INVALID, "limit: 1 to 1000; next");
		return;
	}
	if (!read_range(x, &from, &to))
		return;
	json_open_object(&x->json, NULL);
	json_open_object(&x->json, "data");
	json_open_array(&x->json, "events");
	while ((j = journal_from(all, seq)) && count < limit) {
		seq = j->seq + 1;
		if (j->at_ms < from || j->at_ms >= to)
			continue;
		write_event(x, j);
		count++;
	}
	json_close(&x->json);
	add_text(&x->json, "next", j ? page_cursor(seq, cursor) : "");
	json_close(&x->json);
	json_add_null(&x->json, "error");
	json_close(&x->json);
}

/* --- the company --- */

void rippling_v1_me(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	write_id(x, "id", 0);
	json_add_z(&x->json, "workEmail", COMPANY_ADMIN);
	json_add_z(&x->json, "company", RIPPLING_COMPANY);
	json_close(&x->json);
}

void rippling_v1_company(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", RIPPLING_COMPANY);
	json_add_z(&x->json, "name", "Make-believe Company");
	json_add_z(&x->json, "primaryEmail", COMPANY_ADMIN);
	json_close(&x->json);
}

void rippling_v1_installed(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_add_bool(&x->json, "ok", true);
	json_add_z(&x->json, "handle", "sandbox");
	json_close(&x->json);
}

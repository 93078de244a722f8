/* From the records of a page to people. */
#include "answer.h"
#include "base/assert.h"
#include "condition.h"
#include "dates.h"
#include "read_step.h"

/* ------------------------------------------------------------------ records */

/* {"123": …} as {"key": "123", "value": …}: places know no unknown names. */
static const struct json *unwrap(const struct json *row, struct arena *a)
{
	const struct json *member = json_first(row);
	const struct json *key, *out;

	if (!json_is(row, JSON_OBJECT) || !member || json_next(member))
		return row;
	key = json_of_str(a, json_key(member));
	out = json_with(a, NULL, STR("value"), member);
	return key && out ? json_with(a, out, STR("key"), key) : NULL;
}

static const struct json *add_members(const struct list *add,
				      const struct json *row,
				      const struct json *rest,
				      const struct surroundings *around)
{
	const struct list_member *m = add->items;

	if (!json_is(row, JSON_OBJECT))
		return row;
	for (size_t i = 0; row && i < add->count; i++) {
		struct found f = sources_find(&m[i].from, rest, around);

		if (f.value)
			row = json_with(around->arena, row, str_of(m[i].name),
					f.value);
	}
	return row;
}

/* Rows of changes may be events; what else is read is a record. */
static const struct event_shape *events_of(const struct read_step *step)
{
	const struct changed *c = step_changed(step);

	return c && c->rows.person_id.count ? &c->rows : NULL;
}

const struct json *step_record(const struct read_step *step,
			       const struct json *row, const struct json *rest,
			       const struct surroundings *around)
{
	const struct event_shape *events = events_of(step);
	const struct read_list *l = step->list;
	const char *as = step->composition->as;

	/* What an event holds of a person stands where any row of one would. */
	if (events && events->record)
		row = json_path_find(events->record, row);
	if (l && row && l->only_member)
		row = unwrap(row, around->arena);
	if (l && row)
		row = add_members(&l->add, row, rest, around);
	if (!as || !row)
		return row;
	return json_with(around->arena, NULL, str_of(as), row);
}

/* ------------------------------------------------------------------ details */

static size_t detail_total(const struct read_step *step)
{
	return step->way ? step->way->details.count : 0;
}

const struct detail *step_detail(const struct read_step *step, size_t i)
{
	for (size_t n = 0; n < detail_total(step); n++) {
		const struct detail *d = step->way->details.items;

		if (!(step->composition->details & UINT32_C(1) << n) || i--)
			continue;
		return &d[n];
	}
	return NULL;
}

size_t read_detail_count(const struct read_step *step)
{
	size_t count = 0;

	while (step_detail(step, count))
		count++;
	return count;
}

uint32_t step_details(const struct read_step *step, const struct json *record,
		      const struct surroundings *around)
{
	const struct detail *d;
	uint32_t mask = 0;

	for (size_t i = 0; (d = step_detail(step, i)); i++)
		if (conditions_hold(&d->when, record, around))
			mask |= UINT32_C(1) << i;
	return mask;
}

/* -------------------------------------------------------------------- count */

/* Which row ends a page, and how old the oldest is. */
static void count_row(const struct read_step *step, const struct json *record,
		      const struct surroundings *around, struct read_page *page)
{
	const struct changed *c = step_changed(step);
	const struct list *id = &step->list->paging.id;
	struct found f;
	struct str text;
	int64_t ms;

	page->rows++;
	if (c && c->id.count)
		id = &c->id;
	f = sources_find(id, record, around);
	text = found_code(&f);
	if (text.len <= READ_ID_MAX) {
		memcpy(page->last_id, text.len ? text.ptr : "", text.len);
		page->last_id_len = text.len;
	}
	if (!c || !c->at.count)
		return;
	f = sources_find(&c->at, record, around);
	if (moment_read(f.value, &ms) &&
	    (!page->oldest_ms || ms < page->oldest_ms))
		page->oldest_ms = ms;
}

int read_around(const struct read_step *step, const struct json *rest,
		struct read_tables *t, struct err *err)
{
	const struct side_table *s = step->m->fetch.side.items;
	struct arena scratch;
	struct surroundings around;
	int res = 0;

	if (!t || !step->m->fetch.side.count)
		return 0;
	tables_clear_page(t);
	arena_init(&scratch, ANSWER_MAX_BYTES);
	around = step_surroundings(step, t, 0, &scratch);
	for (size_t i = 0; i < step->m->fetch.side.count; i++) {
		const struct json *v =
			sources_find(&s[i].items, rest, &around).value;
		const struct json *e = elements_first(v);

		for (; e && res == 0; e = elements_next(v, e))
			res = tables_put(t, &s[i].rule, true, e, &around, err);
	}
	arena_release(&scratch);
	return res;
}

/* --------------------------------------------------------------------- rows */

static int full(const struct surroundings *around, struct err *err)
{
	return arena_full(around->arena, err);
}

static int row_of_person(const struct read_step *step,
			 const struct json *record,
			 const struct surroundings *around,
			 struct read_row *out, struct err *err)
{
	const struct person_map *map = &step->m->person;

	out->details = step_details(step, record, around);
	if (out->details) {
		out->kind = READ_ROW_DETAIL;
		return person_map_id(map, record, around, &out->pid, err);
	}
	out->kind = READ_ROW_PERSON;
	if (person_map_fetched(map, record, around, &out->fetched, err) < 0)
		return -1;
	out->pid = out->fetched.person.pid;
	return 0;
}

static int row_of_event(const struct read_step *step,
			const struct event_shape *shape, const struct json *row,
			const struct surroundings *around, struct read_row *out,
			struct err *err)
{
	const struct json *record;
	enum event_leads leads;

	if (events_row(shape, row, around, &leads, &out->pid, err) < 0)
		return -1;
	switch (leads) {
	case EVENT_LOOKUP:
		out->kind = READ_ROW_LOOKUP;
		return 0;
	case EVENT_GONE:
		out->kind = READ_ROW_GONE;
		return 0;
	case EVENT_RECORD:
		record = step_record(step, row, NULL, around);
		if (!record)
			return err_set(err, ERR_INVALID,
				       "the event has no record");
		return row_of_person(step, record, around, out, err);
	case EVENT_NOTHING:
		break;
	}
	out->kind = READ_ROW_SKIP;
	return 0;
}

static bool holds(const struct list *conditions, const struct json *record,
		  const struct surroundings *around)
{
	return conditions->count && conditions_hold(conditions, record, around);
}

static int row_of_list(const struct read_step *step, const struct json *record,
		       const struct surroundings *around, struct read_row *out,
		       struct err *err)
{
	const struct read_list *l = step->list;

	if (holds(&l->skip, record, around)) {
		out->kind = READ_ROW_SKIP;
		return 0;
	}
	if (!holds(&l->removed, record, around))
		return row_of_person(step, record, around, out, err);
	out->kind = READ_ROW_GONE;
	return person_map_id(&step->m->person, record, around, &out->pid, err);
}

/* Whose record it is that cannot be used, if that much can be told. */
static struct str pid_of_bad(const struct read_step *step,
			     const struct event_shape *events,
			     const struct json *record,
			     const struct surroundings *around)
{
	struct str pid = { 0 };

	if (!step->table && !events &&
	    person_map_id(&step->m->person, record, around, &pid, NULL) < 0)
		return (struct str){ 0 };
	return pid;
}

int read_row(const struct read_step *step, const struct json *record,
	     struct read_page *page, struct read_tables *tables, int64_t today,
	     struct arena *a, struct read_row *out, struct err *err)
{
	const struct surroundings around =
		step_surroundings(step, tables, today, a);
	const struct event_shape *events = events_of(step);
	struct read_row row = { .kind = READ_ROW_TABLE };
	int res;

	count_row(step, record, &around, page);
	if (!events)
		record = step_record(step, record, page->rest, &around);
	if (!record)
		return full(&around, err);
	if (step->table)
		res = tables_put(tables, &step->table->rule, false, record,
				 &around, err);
	else if (events)
		res = row_of_event(step, events, record, &around, &row, err);
	else
		res = row_of_list(step, record, &around, &row, err);
	if (res == 0)
		*out = row;
	else
		out->pid = pid_of_bad(step, events, record, &around);
	return res;
}

/* ----------------------------------------------------------------- composed */

const struct json *read_record(const struct read_step *step,
			       const struct json *row,
			       const struct json *const *details,
			       const struct read_page *page, struct arena *a)
{
	const struct surroundings around = step_surroundings(step, NULL, 0, a);
	const struct json *record =
		step_record(step, row, page ? page->rest : NULL, &around);
	const struct detail *d;

	for (size_t i = 0; record && details && (d = step_detail(step, i)); i++)
		if (details[i])
			record = json_with(a, record, str_of(d->name),
					   details[i]);
	return record;
}

int read_composed(const struct read_step *step, const struct json *row,
		  const struct json *const *details,
		  const struct read_page *page,
		  const struct read_tables *tables, int64_t today,
		  struct arena *a, struct fetched *out, struct err *err)
{
	const struct surroundings around =
		step_surroundings(step, tables, today, a);
	const struct json *alone = read_record(step, row, NULL, page, a);
	const struct json *whole = read_record(step, row, details, page, a);
	uint32_t needed;

	if (!alone || !whole)
		return full(&around, err);
	needed = step_details(step, alone, &around);
	for (size_t i = 0; i < read_detail_count(step); i++)
		if (needed & UINT32_C(1) << i && !details[i])
			return err_set(err, ERR_INVALID,
				       "'%s' of the person could not be read",
				       step_detail(step, i)->name);
	return person_map_fetched(&step->m->person, whole, &around, out, err);
}

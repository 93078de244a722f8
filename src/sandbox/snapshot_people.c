/* The people of a snapshot: who was changed, and how. */
#include "base/assert.h"
#include "kept.h"
#include "override.h"
#include "snapshot.h"
#include "state.h"

#define DAY_MAX	   10000000 /* days and milliseconds of some 27,000 years */
#define MS_MAX	   (DAY_MAX * INT64_C(86400000))
#define NUMBER_MAX UINT32_MAX

#define TEXT(name, member)                                              \
	{                                                               \
		name, KEPT_TEXT, KEPT_AT(struct employee, member), 0, 0 \
	}
#define FLAG(name, member)                                              \
	{                                                               \
		name, KEPT_BOOL, KEPT_AT(struct employee, member), 0, 0 \
	}
#define NUMBER(name, member, min, max)                                        \
	{                                                                     \
		name, KEPT_NUMBER, KEPT_AT(struct employee, member), min, max \
	}

static const struct kept_field fields[] = {
	NUMBER("user", user, 0, NUMBER_MAX),
	NUMBER("number", number, 0, NUMBER_MAX),
	NUMBER("manager", manager, 0, NUMBER_MAX),
	TEXT("first", first),
	TEXT("last", last),
	TEXT("preferred", preferred),
	TEXT("email", email),
	TEXT("title", title),
	TEXT("word", word),
	NUMBER("department", department, 0, DEPARTMENT_COUNT - 1),
	NUMBER("level", level, 0, LEVEL_COUNT - 1),
	NUMBER("location", location, 0, LOCATION_COUNT - 1),
	NUMBER("type", type, 0, TYPE_COUNT - 1),
	FLAG("on_leave", on_leave),
	FLAG("rescinded", rescinded),
	FLAG("deleted", deleted),
	NUMBER("first_day", first_day, -DAY_MAX, DAY_MAX),
	NUMBER("start_day", start_day, -DAY_MAX, DAY_MAX),
	NUMBER("end_day", end_day, NO_DAY, DAY_MAX),
	NUMBER("created_ms", created_ms, -MS_MAX, MS_MAX),
	NUMBER("changed_ms", changed_ms, -MS_MAX, MS_MAX),
	NUMBER("version", version, 0, INT64_MAX / 2),
};

static void generate(const struct company *c, uint32_t n, struct employee *e)
{
	company_generate(c, n, e);
	company_generate_texts(c, e);
}

void snapshot_write_people(struct sandbox *sb, struct json_writer *w)
{
	const struct company *c = &sb->company;
	const struct employee *e;
	struct employee seeded;
	size_t at = 0;

	while ((e = company_next_changed(c, &at))) {
		generate(c, e->n, &seeded);
		json_open_object(w, NULL);
		json_add_int(w, "n", e->n);
		kept_write(fields, ARRAY_LEN(fields), e, &seeded, w);
		json_close(w);
	}
}

/* Whom others refer to must be there, or walking them would go astray. */
static int check(const struct company *c, const struct employee *e,
		 struct err *err)
{
	bool has_manager = e->manager != EMPLOYEE_NONE;

	if (e->user >= c->size || (has_manager && e->manager >= c->size))
		return err_set(err, ERR_INVALID, "person %u names nobody",
			       e->n);
	if (e->end_day < -DAY_MAX && e->end_day != NO_DAY)
		return err_set(err, ERR_INVALID, "person %u ends never", e->n);
	return 0;
}

static int read_person(struct company *c, const struct json *v, struct err *err)
{
	struct employee e;
	int64_t n;

	if (!json_int(json_get(v, "n"), &n) || n < 0 || n >= c->size)
		return err_set(err, ERR_INVALID, "a person without a number");
	generate(c, (uint32_t)n, &e);
	if (kept_read(fields, ARRAY_LEN(fields), v, true, &e, err) < 0)
		return err_prefix(err, "person %u", e.n);
	if (check(c, &e, err) < 0)
		return -1;
	if (!company_put_back(c, &e))
		return err_set(err, ERR_INVALID, "person %u is there twice",
			       e.n);
	return 0;
}

int snapshot_read_people(struct sandbox *sb, const struct json *list,
			 struct err *err)
{
	struct company *c = &sb->company;
	uint32_t hired = 0;

	for (const struct json *v = json_first(list); v; v = json_next(v)) {
		int64_t n = 0;

		if (read_person(c, v, err) < 0)
			return -1;
		hired += json_int(json_get(v, "n"), &n) && n >= c->base;
	}
	/* The seed makes nobody beyond the first: each must have been kept. */
	if (hired != c->size - c->base)
		return err_set(err, ERR_INVALID, "people are missing");
	return 0;
}

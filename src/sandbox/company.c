#include "company.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "override.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_HIRE_DAY 16076 /* 2014-01-06 */
#define LAST_HIRE_DAY  20634 /* 2026-06-30 */
#define UPCOMING_DAYS  45
#define SPAN	       8 /* people who report to one */

enum salt {
	SALT_FIRST,
	SALT_LAST,
	SALT_PREFERRED,
	SALT_DEPARTMENT,
	SALT_ROLE,
	SALT_LEVEL,
	SALT_LOCATION,
	SALT_TYPE,
	SALT_FATE,
	SALT_START,
	SALT_END,
	SALT_REHIRED
};

/* splitmix64, twice: neighbours must not look alike. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t company_hash(uint64_t seed, uint64_t n, uint64_t salt)
{
	return mix(mix(seed ^ mix(salt)) + n);
}

static uint32_t trait(const struct company *c, uint32_t n, enum salt salt,
		      uint32_t limit)
{
	return (uint32_t)(company_hash(c->seed, n, salt) % limit);
}

/* Depth in a tree in which everybody has SPAN reports. */
static unsigned depth_of(uint32_t n)
{
	unsigned depth = 0;

	for (; n > 0; n = (n - 1) / SPAN)
		depth++;
	return depth;
}

static uint8_t level_of(const struct company *c, uint32_t n, uint8_t type)
{
	static const uint8_t crafts[] = { LEVEL_JUNIOR, LEVEL_MID,
					  LEVEL_MID,	LEVEL_MID,
					  LEVEL_SENIOR, LEVEL_SENIOR,
					  LEVEL_STAFF,	LEVEL_PRINCIPAL };
	unsigned depth = depth_of(n);

	if (n < c->base && depth < 3)
		return (uint8_t)(LEVEL_CHIEF - depth);
	if (type == TYPE_INTERN)
		return LEVEL_JUNIOR;
	return crafts[trait(c, n, SALT_LEVEL, ARRAY_LEN(crafts))];
}

static uint8_t type_of(const struct company *c, uint32_t n)
{
	uint32_t chance = trait(c, n, SALT_TYPE, 100);

	if (depth_of(n) < 3 || chance < 80)
		return TYPE_FULL_TIME;
	return chance < 88   ? TYPE_PART_TIME
	       : chance < 97 ? TYPE_CONTRACTOR
			     : TYPE_INTERN;
}

/* Managers stay; of the others a few are yet to come, gone, or on leave. */
static void decide_fate(const struct company *c, struct employee *e)
{
	uint32_t chance = trait(c, e->n, SALT_FATE, 100);
	bool leads = e->n < c->base && (uint64_t)e->n * SPAN + 1 < c->base;

	if (leads || e->n >= c->base)
		return;
	if (chance < 2) {
		e->start_day = c->reference_day + 1 +
			       trait(c, e->n, SALT_START, UPCOMING_DAYS);
		e->first_day = e->start_day;
	} else if (chance < 5) {
		uint32_t days = (uint32_t)(LAST_HIRE_DAY - e->start_day) + 1;

		e->end_day = e->start_day + 1 + trait(c, e->n, SALT_END, days);
	} else if (chance < 7) {
		e->on_leave = true;
	}
}

static void set_times(const struct company *c, struct employee *e)
{
	int64_t last = e->end_day != NO_DAY ? e->end_day : e->start_day;
	int64_t latest = c->reference_day - 1;

	if (last > latest)
		last = latest;
	e->changed_ms =
		last * CLOCK_DAY_MS +
		trait(c, e->n, SALT_END, (uint32_t)CLOCK_DAY_MS) / 1000 * 1000;
	e->created_ms = (e->first_day - 14) * CLOCK_DAY_MS + 9 * 3600000;
	if (e->created_ms > e->changed_ms)
		e->created_ms = e->changed_ms;
	e->version = e->changed_ms;
}

void company_generate(const struct company *c, uint32_t n, struct employee *out)
{
	struct employee *e = out;
	uint32_t days = LAST_HIRE_DAY - FIRST_HIRE_DAY;

	memset(e, 0, sizeof(*e));
	e->n = n;
	e->user = n;
	e->number = n + 1;
	e->manager = n == 0 ? EMPLOYEE_NONE : (n - 1) / SPAN;
	e->type = type_of(c, n);
	e->level = level_of(c, n, e->type);
	e->department = (uint8_t)trait(c, n, SALT_DEPARTMENT, DEPARTMENT_COUNT);
	e->location = (uint8_t)trait(c, n, SALT_LOCATION, LOCATION_COUNT);
	e->start_day = FIRST_HIRE_DAY + trait(c, n, SALT_START, days);
	e->first_day = e->start_day;
	if (trait(c, n, SALT_REHIRED, 100) < 4)
		e->first_day -= 400;
	e->end_day = NO_DAY;
	decide_fate(c, e);
	set_times(c, e);
}

void company_email(const struct company *c, struct employee *e)
{
	const struct first_name *f =
		&first_names[trait(c, e->n, SALT_FIRST, FIRST_NAME_COUNT)];
	size_t at;

	at = (size_t)snprintf(e->email, sizeof(e->email), "%s.", f->ascii);
	for (const char *p = e->last; *p && at < 64; p++) {
		char lower = (char)(*p | 0x20);

		if (lower >= 'a' && lower <= 'z')
			e->email[at++] = lower;
	}
	(void)snprintf(e->email + at, sizeof(e->email) - at, ".%u@example.com",
		       e->n + 1);
}

void company_title(struct employee *e, unsigned role)
{
	const struct department *d = &departments[e->department];
	const char *prefix = levels[e->level].title_prefix;
	const char *rest = e->level < LEVEL_DIRECTOR ? d->roles[role % 3]
			   : e->level < LEVEL_CHIEF  ? d->name
						     : "Executive";

	if (e->type == TYPE_INTERN)
		prefix = "Trainee ";
	(void)snprintf(e->title, sizeof(e->title), "%s%s", prefix, rest);
}

void company_generate_texts(const struct company *c, struct employee *e)
{
	uint32_t n = e->n;
	uint32_t last =
		trait(c, n, SALT_LAST, LAST_HEAD_COUNT * LAST_TAIL_COUNT);
	const char *first =
		first_names[trait(c, n, SALT_FIRST, FIRST_NAME_COUNT)].text;

	(void)snprintf(e->first, sizeof(e->first), "%s", first);
	(void)snprintf(e->last, sizeof(e->last), "%s%s",
		       last_heads[last % LAST_HEAD_COUNT],
		       last_tails[last / LAST_HEAD_COUNT]);
	if (trait(c, n, SALT_PREFERRED, 100) < 15)
		(void)snprintf(e->preferred, sizeof(e->preferred), "%s",
			       first_names[trait(c, n, SALT_PREFERRED,
						 FIRST_NAME_COUNT)]
				       .text);
	company_title(e, trait(c, n, SALT_ROLE, 3));
	company_email(c, e);
}

static void settle(struct company *c, int64_t now_ms)
{
	c->settled_ms = now_ms;
	for (size_t i = 0; i < LOCATION_COUNT; i++)
		c->today[i] = zone_day_at(&locations[i].zone, c->settled_ms);
}

int company_init(struct company *c, uint32_t people, uint64_t seed,
		 int64_t fixed_ms, struct err *err)
{
	if (people < 1 || people > COMPANY_MAX_PEOPLE)
		return err_set(err, ERR_INVALID,
			       "people must be 1 to %d, not %u",
			       COMPANY_MAX_PEOPLE, people);
	*c = (struct company){ .seed = seed,
			       .base = people,
			       .size = people,
			       .fixed_ms = fixed_ms,
			       .revision = 1 };
	map_init(&c->overrides);
	settle(c, company_now_ms(c));
	c->reference_day = c->settled_ms / CLOCK_DAY_MS;
	return 0;
}

void company_release(struct company *c)
{
	size_t at = 0;
	struct override *o;

	while ((o = map_next(&c->overrides, &at)))
		free(o);
	map_release(&c->overrides);
}

int64_t company_now_ms(const struct company *c)
{
	int64_t base = c->fixed_ms < 0 ? clock_wall_ms() : c->fixed_ms;

	return base + c->offset_ms;
}

static struct override *find(const struct company *c, uint32_t n)
{
	if (c->overrides.len == 0)
		return NULL;
	return map_get(&c->overrides,
		       (struct str){ (const char *)&n, sizeof(n) });
}

enum employee_status company_status_on(const struct employee *e,
				       const int64_t *today)
{
	int64_t day = today[e->location];

	if (e->end_day != NO_DAY && day >= e->end_day)
		return EMPLOYEE_DEPARTED;
	if (day < e->start_day)
		return EMPLOYEE_UPCOMING;
	return e->on_leave ? EMPLOYEE_ON_LEAVE : EMPLOYEE_ACTIVE;
}

static bool get(const struct company *c, uint32_t n, bool texts,
		struct employee *out)
{
	const struct override *o = find(c, n);

	if (n >= c->size)
		return false;
	if (o) {
		*out = o->now;
	} else {
		company_generate(c, n, out);
		if (texts)
			company_generate_texts(c, out);
	}
	out->status = company_status_on(out, c->today);
	return !out->deleted;
}

bool company_get(const struct company *c, uint32_t n, struct employee *out)
{
	return get(c, n, true, out);
}

bool company_peek(const struct company *c, uint32_t n, struct employee *out)
{
	return get(c, n, false, out);
}

void company_complete(const struct company *c, struct employee *peeked)
{
	if (!find(c, peeked->n))
		company_generate_texts(c, peeked);
}

bool company_get_late(const struct company *c, uint32_t n, int64_t lag_ms,
		      struct employee *out)
{
	const struct override *o = find(c, n);

	if (!o || lag_ms <= 0 || clock_mono_ms() - o->written_ms >= lag_ms)
		return company_get(c, n, out);
	if (o->is_new)
		return false;
	*out = o->before;
	out->status = company_status_on(out, c->today);
	return !out->deleted;
}

void company_store(struct company *c, struct employee *e)
{
	struct override *o = find(c, e->n);
	int64_t now = company_now_ms(c);

	e->version = now > e->version ? now : e->version + 1;
	e->changed_ms = now > e->changed_ms ? now : e->changed_ms;
	if (!o) {
		o = mem_new(sizeof(*o));
		o->is_new = e->n >= c->base;
		if (!o->is_new) {
			company_generate(c, e->n, &o->before);
			company_generate_texts(c, &o->before);
		}
		o->now.n = e->n;
		map_put(&c->overrides,
			(struct str){ (const char *)&o->now.n,
				      sizeof(o->now.n) },
			o);
	} else {
		o->before = o->now;
		o->is_new = false;
	}
	o->now = *e;
	o->written_ms = clock_mono_ms();
	c->revision++;
}

void company_go_on(struct company *c)
{
	settle(c, c->settled_ms);
	c->revision++;
}

bool company_put_back(struct company *c, const struct employee *e)
{
	struct override *o;

	if (find(c, e->n))
		return false;
	o = mem_new(sizeof(*o));
	o->now = *e;
	o->before = *e; /* whoever reads late has read it by now */
	map_put(&c->overrides,
		(struct str){ (const char *)&o->now.n, sizeof(o->now.n) }, o);
	return true;
}

const struct employee *company_next_changed(const struct company *c, size_t *at)
{
	const struct override *o = map_next(&c->overrides, at);

	return o ? &o->now : NULL;
}

void company_tell(struct company *c, enum happening_kind kind,
		  const struct employee *e, unsigned fields)
{
	struct happening h = { .kind = kind, .who = e, .fields = fields };

	if (c->listener)
		c->listener(&h, c->listener_arg);
}

static void turn(struct company *c, uint32_t n, enum employee_status was)
{
	struct employee e;

	if (!company_get(c, n, &e))
		return;
	company_store(c, &e);
	if (e.status == EMPLOYEE_DEPARTED)
		company_tell(c, HAPPENED_LEFT, &e, FIELD_BIT(FIELD_STATUS));
	else if (was == EMPLOYEE_UPCOMING)
		company_tell(c, HAPPENED_JOINED, &e, FIELD_BIT(FIELD_STATUS));
	else
		company_tell(c, HAPPENED_UPDATED, &e, FIELD_BIT(FIELD_STATUS));
}

void company_advance(struct company *c, int64_t ms)
{
	int64_t before[LOCATION_COUNT];
	struct employee e;

	memcpy(before, c->today, sizeof(before));
	c->offset_ms += ms;
	settle(c, company_now_ms(c));
	if (!memcmp(before, c->today, sizeof(before)))
		return; /* nobody can have started or left */
	c->revision++;
	for (uint32_t n = 0; n < c->size; n++) {
		enum employee_status was;

		if (!company_peek(c, n, &e))
			continue;
		was = company_status_on(&e, before);
		if (was != e.status)
			turn(c, n, was);
	}
}

const uint32_t *company_count(struct company *c)
{
	struct employee e;

	if (c->counted_at == c->revision)
		return c->counts;
	memset(c->counts, 0, sizeof(c->counts));
	for (uint32_t n = 0; n < c->size; n++)
		if (company_peek(c, n, &e))
			c->counts[e.status]++;
	c->counted_at = c->revision;
	return c->counts;
}

static const char *const field_names[EMPLOYEE_FIELD_COUNT] = {
	[FIELD_FIRST_NAME] = "first_name",
	[FIELD_LAST_NAME] = "last_name",
	[FIELD_PREFERRED_NAME] = "preferred_name",
	[FIELD_EMAIL] = "email",
	[FIELD_DEPARTMENT] = "department",
	[FIELD_TITLE] = "job_title",
	[FIELD_LEVEL] = "seniority_level",
	[FIELD_LOCATION] = "location",
	[FIELD_TYPE] = "employment_type",
	[FIELD_MANAGER] = "manager_id",
	[FIELD_NUMBER] = "employee_number",
	[FIELD_START] = "start_date",
	[FIELD_END] = "end_date",
	[FIELD_STATUS] = "status",
};

const char *employee_field_name(enum employee_field f)
{
	return field_names[f];
}

bool employee_field_find(struct str name, enum employee_field *out)
{
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
		if (str_is(name, field_names[f])) {
			*out = (enum employee_field)f;
			return true;
		}
	}
	return false;
}

static const char *const status_names[EMPLOYEE_STATUS_COUNT] = {
	[EMPLOYEE_UPCOMING] = "upcoming",
	[EMPLOYEE_ACTIVE] = "active",
	[EMPLOYEE_ON_LEAVE] = "on_leave",
	[EMPLOYEE_DEPARTED] = "departed",
};

const char *employee_status_name(enum employee_status s)
{
	return status_names[s];
}

bool employee_status_find(struct str name, enum employee_status *out)
{
	for (unsigned s = 0; s < EMPLOYEE_STATUS_COUNT; s++) {
		if (str_is(name, status_names[s])) {
			*out = (enum employee_status)s;
			return true;
		}
	}
	return false;
}

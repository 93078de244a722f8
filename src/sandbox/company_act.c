/* What can be done to the company's people, one record at a time. */
#include "company.h"

#include "base/assert.h"
#include "base/clock.h"
#include "override.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

static int64_t today_of(const struct company *c, const struct employee *e)
{
	return c->today[e->location];
}

static int get(const struct company *c, uint32_t n, struct employee *e,
	       struct err *err)
{
	if (!company_get(c, n, e))
		return err_set(err, ERR_NOT_FOUND, "there is no person %u", n);
	return 0;
}

static int must_be(const struct employee *e, unsigned statuses,
		   const char *what, struct err *err)
{
	if (!(statuses & FIELD_BIT(e->status)))
		return err_set(err, ERR_CONFLICT, "person %u is %s: cannot %s",
			       e->n, employee_status_name(e->status), what);
	return 0;
}

/* Store e and work its status out again; its old one is returned. */
static enum employee_status save(struct company *c, struct employee *e)
{
	enum employee_status was = e->status;

	company_store(c, e);
	e->status = company_status_on(e, c->today);
	return was;
}

/* --- edits --- */

static int set_text(char *at, size_t size, struct str text, const char *name,
		    struct err *err)
{
	if (text.len >= size)
		return err_set(err, ERR_INVALID, "%s: at most %zu bytes", name,
			       size - 1);
	if (text.len > 0)
		memcpy(at, text.ptr, text.len);
	at[text.len] = '\0';
	return 0;
}

static int set_day(int64_t *day, struct str text, const char *name,
		   struct err *err)
{
	if (text.len == 0)
		*day = NO_DAY;
	else if (!clock_parse_day(text, day))
		return err_set(err, ERR_INVALID,
			       "%s: a date such as "
			       "2026-01-31, or null",
			       name);
	return 0;
}

static int set_number(uint32_t *out, struct str text, uint32_t limit,
		      const char *name, struct err *err)
{
	uint64_t n;

	if (!str_to_u64(text, &n) || n >= limit)
		return err_set(err, ERR_INVALID, "%s: a number below %u", name,
			       limit);
	*out = (uint32_t)n;
	return 0;
}

static const char *word_at(enum employee_field f, size_t i)
{
	switch (f) {
	case FIELD_DEPARTMENT:
		return i < DEPARTMENT_COUNT ? departments[i].name : NULL;
	case FIELD_LEVEL:
		return i < LEVEL_COUNT ? levels[i].name : NULL;
	case FIELD_LOCATION:
		return i < LOCATION_COUNT ? locations[i].name : NULL;
	default:
		return i < TYPE_COUNT ? type_names[i] : NULL;
	}
}

static int set_word(uint8_t *out, enum employee_field f, struct str text,
		    struct err *err)
{
	for (uint8_t i = 0; word_at(f, i); i++) {
		if (str_is(text, word_at(f, i))) {
			*out = i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "%s: not one of the company's; the first is \"%s\", "
		       "docs/sandbox.md lists all",
		       employee_field_name(f), word_at(f, 0));
}

static int set_field(const struct company *c, struct employee *e,
		     enum employee_field f, struct str text, struct err *err)
{
	const char *name = employee_field_name(f);

	switch (f) {
	case FIELD_FIRST_NAME:
		return set_text(e->first, sizeof(e->first), text, name, err);
	case FIELD_LAST_NAME:
		return set_text(e->last, sizeof(e->last), text, name, err);
	case FIELD_PREFERRED_NAME:
		return set_text(e->preferred, sizeof(e->preferred), text, name,
				err);
	case FIELD_EMAIL:
		return set_text(e->email, sizeof(e->email), text, name, err);
	case FIELD_TITLE:
		return set_text(e->title, sizeof(e->title), text, name, err);
	case FIELD_DEPARTMENT:
		return set_word(&e->department, f, text, err);
	case FIELD_LEVEL:
		return set_word(&e->level, f, text, err);
	case FIELD_LOCATION:
		return set_word(&e->location, f, text, err);
	case FIELD_TYPE:
		return set_word(&e->type, f, text, err);
	case FIELD_MANAGER:
		if (text.len > 0)
			return set_number(&e->manager, text, c->size, name,
					  err);
		e->manager = EMPLOYEE_NONE;
		return 0;
	case FIELD_NUMBER:
		return set_number(&e->number, text, EMPLOYEE_NONE, name, err);
	case FIELD_START:
		if (text.len == 0)
			return err_set(err, ERR_INVALID,
				       "start_date: cannot be empty");
		return set_day(&e->start_day, text, name, err);
	case FIELD_END:
		return set_day(&e->end_day, text, name, err);
	default:
		return err_set(err, ERR_INVALID,
			       "%s: follows from what was done; use an action",
			       name);
	}
}

static int apply(const struct company *c, struct employee *e,
		 const struct edit *edit, unsigned *fields, struct err *err)
{
	*fields = 0;
	for (unsigned f = 0; edit && f < EMPLOYEE_FIELD_COUNT; f++) {
		if (!edit->text[f].ptr)
			continue;
		if (set_field(c, e, (enum employee_field)f, edit->text[f],
			      err) < 0)
			return -1;
		*fields |= FIELD_BIT(f);
	}
	return 0;
}

/* --- one record --- */

static int new_record(struct company *c, struct employee *e, struct err *err)
{
	if (c->size >= c->base + COMPANY_MAX_HIRES)
		return err_set(err, ERR_LIMIT,
			       "the company has hired %d "
			       "people: start it anew",
			       COMPANY_MAX_HIRES);
	company_generate(c, c->size, e);
	company_generate_texts(c, e);
	e->version = 0;
	e->created_ms = company_now_ms(c);
	e->changed_ms = e->created_ms;
	return 0;
}

static void add_record(struct company *c, struct employee *e)
{
	ASSERT(e->n == c->size);
	c->size++;
	(void)save(c, e);
}

int company_hire(struct company *c, const struct edit *edit, uint32_t *n_out,
		 struct err *err)
{
	struct employee e;
	unsigned fields;

	if (new_record(c, &e, err) < 0)
		return -1;
	e.start_day = today_of(c, &e);
	e.manager = company_draw(c, c->base / 8 + 1);
	if (apply(c, &e, edit, &fields, err) < 0)
		return -1;
	e.first_day = e.start_day;
	add_record(c, &e);
	company_tell(c, HAPPENED_CREATED, &e, 0);
	*n_out = e.n;
	return 0;
}

/* What people's records are changed for, most often first. */
static unsigned change_by_chance(struct company *c, struct employee *e)
{
	uint32_t chance = company_draw(c, 100);

	if (chance < 40) {
		company_title(e, company_draw(c, 3));
		return FIELD_BIT(FIELD_TITLE);
	}
	if (chance < 60) {
		e->department = (uint8_t)company_draw(c, DEPARTMENT_COUNT);
		company_title(e, company_draw(c, 3));
		return FIELD_BIT(FIELD_DEPARTMENT) | FIELD_BIT(FIELD_TITLE);
	}
	if (chance < 75) {
		e->manager = company_draw(c, c->base / 8 + 1);
		return FIELD_BIT(FIELD_MANAGER);
	}
	if (chance < 87) {
		e->level = (uint8_t)company_draw(c, LEVEL_DIRECTOR);
		company_title(e, company_draw(c, 3));
		return FIELD_BIT(FIELD_LEVEL) | FIELD_BIT(FIELD_TITLE);
	}
	if (chance < 95) {
		e->location = (uint8_t)company_draw(c, LOCATION_COUNT);
		return FIELD_BIT(FIELD_LOCATION);
	}
	(void)snprintf(e->last, sizeof(e->last), "%s%s",
		       last_heads[company_draw(c, LAST_HEAD_COUNT)],
		       last_tails[company_draw(c, LAST_TAIL_COUNT)]);
	company_email(c, e);
	return FIELD_BIT(FIELD_LAST_NAME) | FIELD_BIT(FIELD_EMAIL);
}

/* A change of dates can be a hire, a departure or a return as well. */
static enum happening_kind kind_of_change(enum employee_status was,
					  enum employee_status is)
{
	if (was == is)
		return HAPPENED_UPDATED;
	if (is == EMPLOYEE_DEPARTED)
		return HAPPENED_LEFT;
	if (was == EMPLOYEE_DEPARTED)
		return HAPPENED_REHIRED;
	if (was == EMPLOYEE_UPCOMING)
		return HAPPENED_JOINED;
	return HAPPENED_UPDATED;
}

int company_change(struct company *c, uint32_t n, const struct edit *edit,
		   struct err *err)
{
	enum employee_status was;
	struct employee e;
	unsigned fields;

	if (get(c, n, &e, err) < 0 || apply(c, &e, edit, &fields, err) < 0)
		return -1;
	if (fields == 0)
		fields = change_by_chance(c, &e);
	was = save(c, &e);
	company_tell(c, kind_of_change(was, e.status), &e, fields);
	return 0;
}

int company_depart(struct company *c, uint32_t n, int64_t day, struct err *err)
{
	struct employee e;

	if (get(c, n, &e, err) < 0 ||
	    must_be(&e, ~FIELD_BIT(EMPLOYEE_DEPARTED), "depart", err) < 0)
		return -1;
	e.rescinded = e.status == EMPLOYEE_UPCOMING;
	e.end_day = day == NO_DAY || e.rescinded ? today_of(c, &e) : day;
	(void)save(c, &e);
	company_tell(c,
		     e.status == EMPLOYEE_DEPARTED ? HAPPENED_LEFT
						   : HAPPENED_UPDATED,
		     &e, FIELD_BIT(FIELD_STATUS) | FIELD_BIT(FIELD_END));
	return 0;
}

static int set_leave(struct company *c, uint32_t n, bool on,
		     enum employee_status from, enum happening_kind kind,
		     struct err *err)
{
	struct employee e;

	if (get(c, n, &e, err) < 0 ||
	    must_be(&e, FIELD_BIT(from), on ? "go on leave" : "return", err) <
		    0)
		return -1;
	e.on_leave = on;
	(void)save(c, &e);
	company_tell(c, kind, &e, FIELD_BIT(FIELD_STATUS));
	return 0;
}

int company_leave(struct company *c, uint32_t n, struct err *err)
{
	return set_leave(c, n, true, EMPLOYEE_ACTIVE, HAPPENED_LEAVE_BEGAN,
			 err);
}

int company_return(struct company *c, uint32_t n, struct err *err)
{
	return set_leave(c, n, false, EMPLOYEE_ON_LEAVE, HAPPENED_LEAVE_ENDED,
			 err);
}

/* A new record of the human that old describes, starting today. */
static int follow(struct company *c, const struct employee *old,
		  struct employee *e, struct err *err)
{
	struct employee fresh;

	if (new_record(c, &fresh, err) < 0)
		return -1;
	*e = *old;
	e->n = fresh.n;
	e->version = 0;
	e->created_ms = fresh.created_ms;
	e->changed_ms = fresh.changed_ms;
	e->start_day = today_of(c, e);
	e->end_day = NO_DAY;
	e->on_leave = false;
	e->rescinded = false;
	e->word[0] = '\0';
	return 0;
}

int company_rehire(struct company *c, uint32_t n, enum rehire how,
		   uint32_t *n_out, struct err *err)
{
	struct employee old, e;

	if (get(c, n, &old, err) < 0 ||
	    must_be(&old, FIELD_BIT(EMPLOYEE_DEPARTED), "be rehired", err) < 0)
		return -1;
	if (how == REHIRE_SAME) {
		e = old;
		e.start_day = today_of(c, &e);
		e.end_day = NO_DAY;
		e.on_leave = false;
		e.rescinded = false;
		e.word[0] = '\0';
		(void)save(c, &e);
		company_tell(c, HAPPENED_REHIRED, &e,
			     FIELD_BIT(FIELD_STATUS) | FIELD_BIT(FIELD_START) |
				     FIELD_BIT(FIELD_END));
	} else {
		if (follow(c, &old, &e, err) < 0)
			return -1;
		if (how == REHIRE_NEW_NUMBER)
			e.number = e.n + 1;
		add_record(c, &e);
		company_tell(c, HAPPENED_CREATED, &e, 0);
	}
	*n_out = e.n;
	return 0;
}

int company_convert(struct company *c, uint32_t n, uint32_t *n_out,
		    struct err *err)
{
	struct employee old, e;

	if (get(c, n, &old, err) < 0 ||
	    must_be(&old, FIELD_BIT(EMPLOYEE_ACTIVE), "be converted", err) < 0)
		return -1;
	if (follow(c, &old, &e, err) < 0)
		return -1;
	e.type = TYPE_FULL_TIME;
	e.number = e.n + 1;
	old.end_day = e.start_day;
	(void)save(c, &old);
	add_record(c, &e);
	company_tell(c, HAPPENED_LEFT, &old,
		     FIELD_BIT(FIELD_STATUS) | FIELD_BIT(FIELD_END));
	company_tell(c, HAPPENED_CREATED, &e, 0);
	*n_out = e.n;
	return 0;
}

int company_delete(struct company *c, uint32_t n, struct err *err)
{
	struct employee e;

	if (get(c, n, &e, err) < 0)
		return -1;
	e.deleted = true;
	(void)save(c, &e);
	company_tell(c, HAPPENED_DELETED, &e, 0);
	return 0;
}

int company_swap_emails(struct company *c, uint32_t a, uint32_t b,
			struct err *err)
{
	char kept[sizeof(((struct employee *)0)->email)];
	struct employee x, y;

	if (get(c, a, &x, err) < 0 || get(c, b, &y, err) < 0)
		return -1;
	if (a == b)
		return err_set(err, ERR_INVALID, "two different people swap");
	memcpy(kept, x.email, sizeof(kept));
	memcpy(x.email, y.email, sizeof(kept));
	memcpy(y.email, kept, sizeof(kept));
	(void)save(c, &x);
	(void)save(c, &y);
	company_tell(c, HAPPENED_UPDATED, &x, FIELD_BIT(FIELD_EMAIL));
	company_tell(c, HAPPENED_UPDATED, &y, FIELD_BIT(FIELD_EMAIL));
	return 0;
}

int company_set_word(struct company *c, uint32_t n, struct str word,
		     struct err *err)
{
	struct employee e;

	if (get(c, n, &e, err) < 0 ||
	    set_text(e.word, sizeof(e.word), word, "word", err) < 0)
		return -1;
	(void)save(c, &e);
	company_tell(c, HAPPENED_UPDATED, &e, FIELD_BIT(FIELD_STATUS));
	return 0;
}

void company_renumber(struct company *c)
{
	c->epoch++;
	c->revision++;
}

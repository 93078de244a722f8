/*
 * The make-believe company: people, and what happens to them. Pure: no I/O,
 * and no time but its own. Person n is a function of the seed and n; only who
 * was changed is stored, so a million people cost nothing until they change.
 */
#ifndef SANDBOX_COMPANY_H
#define SANDBOX_COMPANY_H

#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "words.h"

#include <stdbool.h>
#include <stdint.h>

#define COMPANY_MAX_PEOPLE 1000000 /* at the start */
#define COMPANY_MAX_HIRES  1000000 /* after it */
#define EMPLOYEE_NONE	   UINT32_MAX
#define NO_DAY		   INT64_MIN

enum employee_status {
	EMPLOYEE_UPCOMING,
	EMPLOYEE_ACTIVE,
	EMPLOYEE_ON_LEAVE,
	EMPLOYEE_DEPARTED,
	EMPLOYEE_STATUS_COUNT
};

/* What can change, be asked for, or suddenly be empty. */
enum employee_field {
	FIELD_FIRST_NAME,
	FIELD_LAST_NAME,
	FIELD_PREFERRED_NAME,
	FIELD_EMAIL,
	FIELD_DEPARTMENT,
	FIELD_TITLE,
	FIELD_LEVEL,
	FIELD_LOCATION,
	FIELD_TYPE,
	FIELD_MANAGER,
	FIELD_NUMBER,
	FIELD_START,
	FIELD_END,
	FIELD_STATUS,
	EMPLOYEE_FIELD_COUNT
};

#define FIELD_BIT(f) (1u << (f))

/* An empty text means that the HRIS has none. */
struct employee {
	uint32_t n;	  /* which record; never used again */
	uint32_t user;	  /* the first record of the same human */
	uint32_t number;  /* the employee number */
	uint32_t manager; /* another record, or EMPLOYEE_NONE */
	char first[48];
	char last[48];
	char preferred[48];
	char email[96];
	char title[64];
	char word[40]; /* shown instead of the vendor's word for the status */
	uint8_t department;
	uint8_t level;
	uint8_t location;
	uint8_t type;
	bool on_leave;
	bool rescinded; /* hired, and never came */
	bool deleted;
	unsigned blank;	   /* FIELD_BIT of fields that are shown as empty */
	int64_t first_day; /* of the first employment */
	int64_t start_day;
	int64_t end_day; /* from here on departed; NO_DAY: none */
	int64_t created_ms;
	int64_t changed_ms;
	int64_t version;	     /* only grows */
	enum employee_status status; /* worked out by company_get */
};

enum happening_kind {
	HAPPENED_CREATED, /* a new record */
	HAPPENED_UPDATED,
	HAPPENED_JOINED, /* upcoming to active */
	HAPPENED_LEAVE_BEGAN,
	HAPPENED_LEAVE_ENDED,
	HAPPENED_LEFT,
	HAPPENED_REHIRED,
	HAPPENED_DELETED,
	HAPPENING_KIND_COUNT
};

struct happening {
	enum happening_kind kind;
	const struct employee *who; /* as it is now; borrowed */
	unsigned fields;	    /* FIELD_BIT of what changed */
};

/* Called after the change is made. Must not change the company. */
typedef void happening_fn(const struct happening *h, void *arg);

struct override;

struct company {
	uint64_t seed;
	uint32_t base; /* people that the seed makes */
	uint32_t size; /* with those hired since */
	int64_t reference_day;
	int64_t fixed_ms; /* the clock stands here; negative: real time */
	int64_t offset_ms;
	int64_t settled_ms;	       /* statuses are those of this instant */
	int64_t today[LOCATION_COUNT]; /* the local days of it */
	uint32_t epoch;		       /* every vendor id depends on it */
	uint64_t revision;	       /* counts changes */
	uint64_t draws;		       /* of chance, after the start */
	struct map overrides;
	happening_fn *listener;
	void *listener_arg;
	uint64_t counted_at; /* revision of counts; see company_count */
	uint32_t counts[EMPLOYEE_STATUS_COUNT];
};

/* fixed_ms: where the clock stands still; negative: it is the real time. */
int company_init(struct company *c, uint32_t people, uint64_t seed,
		 int64_t fixed_ms, struct err *err) MUST_CHECK;
void company_release(struct company *c);

int64_t company_now_ms(const struct company *c);

/*
 * Let time pass by ms (0: as much as did). Whoever starts or leaves at a
 * local midnight in between does so now.
 */
void company_advance(struct company *c, int64_t ms);

/* False for a record that never was or is deleted. */
bool company_get(const struct company *c, uint32_t n, struct employee *out);

/* The same without the texts: for counting and walking. */
bool company_peek(const struct company *c, uint32_t n, struct employee *out);

/* What a peek has left out. */
void company_complete(const struct company *c, struct employee *peeked);

/* As it was before its last change, if that was less than lag_ms ago. */
bool company_get_late(const struct company *c, uint32_t n, int64_t lag_ms,
		      struct employee *out);

/*
 * For a company that goes on after a restart; see snapshot.h. Its clock, size
 * and counters are set by the caller, then company_go_on makes the rest
 * follow: it stands where it was settled last, so that company_advance tells
 * of the midnights that have passed since.
 */
void company_go_on(struct company *c);

/* e as it was kept, without a new version. False: it is there already. */
bool company_put_back(struct company *c, const struct employee *e);

/* Those who were changed, in no order: start with *at = 0, ends with NULL. */
const struct employee *company_next_changed(const struct company *c,
					    size_t *at);

/* Records by status; walks everybody when something changed since. */
const uint32_t *company_count(struct company *c);

/* "first_name", as the standard provider names it; false when unknown. */
const char *employee_field_name(enum employee_field f);
bool employee_field_find(struct str name, enum employee_field *out);
const char *employee_status_name(enum employee_status s);
bool employee_status_find(struct str name, enum employee_status *out);

/* --- changes: company_act.c. Each is told to the listener. --- */

/* Values to set, as text; an empty one clears. ptr NULL: leave alone. */
struct edit {
	struct str text[EMPLOYEE_FIELD_COUNT];
};

int company_hire(struct company *c, const struct edit *edit, uint32_t *n_out,
		 struct err *err) MUST_CHECK;

/* edit without any value: chance decides what changes. */
int company_change(struct company *c, uint32_t n, const struct edit *edit,
		   struct err *err) MUST_CHECK;

/* day NO_DAY: today. Somebody upcoming is rescinded. */
int company_depart(struct company *c, uint32_t n, int64_t day,
		   struct err *err) MUST_CHECK;
int company_leave(struct company *c, uint32_t n, struct err *err) MUST_CHECK;
int company_return(struct company *c, uint32_t n, struct err *err) MUST_CHECK;

enum rehire {
	REHIRE_SAME,	   /* the record comes to life again */
	REHIRE_NEW_ID,	   /* a new record with the old number */
	REHIRE_NEW_NUMBER, /* a new record with a new number */
	REHIRE_COUNT
};

int company_rehire(struct company *c, uint32_t n, enum rehire how,
		   uint32_t *n_out, struct err *err) MUST_CHECK;

/* Ends n today and begins a full-time record of the same human today. */
int company_convert(struct company *c, uint32_t n, uint32_t *n_out,
		    struct err *err) MUST_CHECK;
int company_delete(struct company *c, uint32_t n, struct err *err) MUST_CHECK;
int company_swap_emails(struct company *c, uint32_t a, uint32_t b,
			struct err *err) MUST_CHECK;

/* Show word as the status; empty: the true one again. */
int company_set_word(struct company *c, uint32_t n, struct str word,
		     struct err *err) MUST_CHECK;

/* Every record gets other vendor ids, as after a change of vendor. */
void company_renumber(struct company *c);

/* --- chance: company_life.c --- */

/* A number below limit that depends on the seed and on what was drawn. */
uint32_t company_draw(struct company *c, uint32_t limit);

/* A record whose status is among the bits; EMPLOYEE_NONE when none is. */
uint32_t company_pick(struct company *c, unsigned statuses);

/* One thing happens, as chance will have it. */
void company_live(struct company *c);

#endif

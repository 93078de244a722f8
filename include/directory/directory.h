/*
 * Members and what a change may do to them: semantics in code. Only the
 * provisioner applies changes; the console reads, and writes what admins do.
 * Tests name the rule they hold (R1 … R20 in docs/semantics.md).
 *
 * The numbers of the enums below are stored: append to them, never reorder.
 */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "change/change.h"
#include "crypto/random.h"
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

enum member_status {
	MEMBER_PENDING_ROLE,
	MEMBER_ACTIVE,
	MEMBER_UPCOMING,
	MEMBER_PAUSED,
	MEMBER_DEACTIVATED,
	MEMBER_STATUS_COUNT
};

const char *member_status_name(enum member_status s);
bool member_status_find(struct str name, enum member_status *out);

enum { ROLE_MENTOR = 1, ROLE_MENTEE = 2 }; /* bits: a member may hold both */

/* What became of a change. Each is written with the change's id. */
enum apply_outcome {
	APPLY_CREATED,	 /* a new member */
	APPLY_UPDATED,	 /* profile or status changed */
	APPLY_UNCHANGED, /* it said what we knew */
	APPLY_DEACTIVATED,
	APPLY_REACTIVATED,
	APPLY_SUPERSEDED, /* older than what was applied (R4) */
	APPLY_DUPLICATE,  /* this very event was applied before (R3) */
	APPLY_WAITING,	  /* no member yet: no email, or it is taken */
	APPLY_REVIEW,	  /* a person must decide: a task was opened */
	APPLY_IGNORED,	  /* never a member, and departed or absent */
	APPLY_ABSENT,	  /* a snapshot missed the person: noted (R8) */
	APPLY_OUTCOME_COUNT
};

const char *apply_outcome_name(enum apply_outcome o);

/* R13: what leave does to a member. */
enum leave_policy { LEAVE_KEEP, LEAVE_PAUSE, LEAVE_DEACTIVATE, LEAVE_COUNT };

/* R10: what becomes of the roles of somebody who comes back. */
enum rehire_policy { REHIRE_PENDING, REHIRE_RESTORE, REHIRE_COUNT };

/* An organization's choices. All zero is the default. */
struct directory_rules {
	unsigned default_roles; /* R14: of new members; 0: a person chooses */
	enum leave_policy leave;
	enum rehire_policy rehire;
};

struct directory; /* prepared statements over a database that it borrows */

int directory_open(struct directory **out, struct db *db,
		   struct err *err) MUST_CHECK;
void directory_close(struct directory **d);

/*
 * db_begin, and what the changes of a transaction share. It ends, as any, with
 * db_commit or db_rollback.
 */
int directory_begin(struct directory *d, struct err *err) MUST_CHECK;

/*
 * Apply one change inside the transaction of directory_begin: member, link,
 * audit and applied marker are written together or not at all (R3). It relies
 * on the write lock that db_begin takes: what it read stays true.
 *
 * On -1 nothing of this change may stay: roll back. ERR_INVALID for a change
 * that can never apply: its connection is not known or another
 * organization's, or it lies in the future (R12, not in force).
 */
int directory_apply(struct directory *d, const struct change *c, int64_t now_ms,
		    enum apply_outcome *out, struct err *err) MUST_CHECK;

/*
 * Was this change decided about, whatever became of it? Looks at all decisions
 * about the person, for which directory_apply has no time: for rare questions.
 */
int directory_was_decided(struct directory *d, const struct change *c,
			  bool *out, struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND when there is no such organization. */
int directory_set_rules(struct directory *d, const char *organization,
			const struct directory_rules *rules,
			struct err *err) MUST_CHECK;

/* The defaults when nothing was set. */
int directory_get_rules(struct directory *d, const char *organization,
			struct directory_rules *out,
			struct err *err) MUST_CHECK;

struct member {
	struct str id;
	struct str organization;
	enum member_status status;
	unsigned roles;				 /* bits of ROLE_… */
	struct field fields[PERSON_FIELD_COUNT]; /* FIELD_NULL or FIELD_VALUE */
	int64_t created_ms;
	int64_t changed_ms;
};

struct member_filter {
	struct str query;  /* in name or email, ASCII case aside; empty: all */
	int status;	   /* enum member_status, or -1: all */
	unsigned role;	   /* one bit, or 0: all */
	struct str cursor; /* the last id of the page before */
	size_t limit;	   /* 1 to MEMBER_PAGE_MAX */
};

#define MEMBER_PAGE_MAX	 500
#define MEMBER_QUERY_MAX 200 /* bytes */

/*
 * Ordered by id. *more: there is another page. Everything lives in a.
 * ERR_INVALID for a limit or query out of range.
 */
int directory_list(struct directory *d, const char *organization,
		   const struct member_filter *f, struct arena *a,
		   struct member **out, size_t *count, bool *more,
		   struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND also for another organization's. */
int directory_get(struct directory *d, const char *organization, struct str id,
		  struct arena *a, struct member *out,
		  struct err *err) MUST_CHECK;

#endif

/* The rules that need no database: what a status means, and who is who. */
#ifndef DIRECTORY_POLICY_H
#define DIRECTORY_POLICY_H

#include "records.h"

/*
 * The status that holds at now_ms (R8, R12, R13). before is the one that held
 * until now, PERSON_STATUS_ABSENT for who was never seen; that is the result,
 * too, when nothing is known. The days are UTC's until zones are in force.
 */
enum person_status status_in_force(const struct change *c,
				   enum person_status before, int64_t now_ms);

struct standing {
	enum member_status status;
	unsigned roles;
	enum member_ended ended;
};

/* Of somebody whose status was before and is after (R10, R13, R14, R15). */
struct standing standing_after(struct standing now, enum person_status before,
			       enum person_status after,
			       const struct directory_rules *r);

/* Of a new member; after is not departed. */
struct standing standing_of_new(enum person_status after,
				const struct directory_rules *r);

enum join {
	JOIN_NONE,   /* nobody: a new member */
	JOIN_MEMBER, /* this one, be it that its link moves (R10) */
	JOIN_WAIT,   /* another active member has the email */
	JOIN_REVIEW,
};

struct joiner {
	int64_t feed;
	struct str number; /* empty: none */
	struct str email;
};

struct joining {
	enum join what;
	const struct member_row *member; /* whom; NULL for JOIN_NONE */
	const struct member_row *other;	 /* the second of a review, or NULL */
};

/* R1, among the members that have the joiner's number or email. */
struct joining join_choose(const struct joiner *j,
			   const struct member_row *found, size_t n);

/*
 * R2: what a member's fields are after a change. An email that is null stays,
 * as who has none cannot be reached; every other null clears.
 */
void merge_fields(const struct person *p, const struct field *before,
		  struct field *after);

/* R11: who left does not block; who is on leave comes back. */
bool blocks_email(const struct member_row *m);

bool field_same(const struct field *a, const struct field *b);

/* R1: ASCII only, nothing cleverer. ERR_LIMIT when the arena is full. */
int lower_email(struct field *f, struct arena *a, struct err *err) MUST_CHECK;

/* What a decision remembers: {"email":["before","after"],…}; "" for nothing. */
void write_difference(const struct member_row *before, /* NULL: new */
		      const struct member_row *after, struct buf *out);

#endif

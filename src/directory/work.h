/* One change on its way into one person and member. */
#ifndef DIRECTORY_WORK_H
#define DIRECTORY_WORK_H

#include "policy.h"
#include "records.h"

struct work {
	struct directory *d;
	struct change c; /* its email in lower case */
	unsigned char key[CHANGE_KEY_SIZE];
	int64_t now_ms;
	struct loaded at; /* how things stood */
	bool review;	  /* something was held for somebody to decide */
	enum apply_outcome outcome;
};

/* Begin with change c; ERR_INVALID when its id is not one. */
int work_init(struct work *w, struct directory *d, const struct change *c,
	      int64_t now_ms, struct err *err) MUST_CHECK;

/* What is remembered of this change. */
struct mark work_mark(const struct work *w, enum person_status status,
		      int64_t decision);
struct decision work_decision(const struct work *w, int64_t previous,
			      struct str fields);
struct task work_task(const struct work *w, enum task_kind kind, int64_t member,
		      int64_t other);

/* The value is free: who waits for it is woken at the end of the change. */
void work_free_value(struct directory *d, int64_t organization,
		     enum person_field field, const struct field *value);

/* ------------------------------------------------- by how the person stands */

/* The person is linked to w->at.member, or is from now on (join.c). */
int update_member(struct work *w, struct err *err) MUST_CHECK;

/* Not a member yet, or not any more: R1. */
int join_person(struct work *w, struct err *err) MUST_CHECK;

/* An older id of a member: R10. */
int update_alias(struct work *w, struct err *err) MUST_CHECK;

/* ------------------------------------------------------------------ emails */

/*
 * R11: give next the email that the HRIS wishes, or hold it. next has the
 * fields and status that it will have.
 */
int settle_email(struct work *w, struct member_row *next,
		 struct err *err) MUST_CHECK;

/* After next was written in place of before: what waits, and history. */
int note_email(struct directory *d, int64_t organization,
	       const struct member_row *before, const struct member_row *next,
	       int64_t now_ms, struct err *err) MUST_CHECK;

/* m waits for this email: it gets it, unless an active member has it. */
int grant_email(struct directory *d, int64_t organization,
		const struct member_row *m, int64_t now_ms,
		struct err *err) MUST_CHECK;

#endif

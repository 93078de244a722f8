/*
 * R7: the proof that a snapshot is complete. Only then does it mean anything
 * that somebody is not in it. Pure: figures in, a verdict and words out.
 */
#ifndef FETCHER_PROOF_H
#define FETCHER_PROOF_H

#include "base/buf.h"
#include "change/person.h"
#include "json/json.h"
#include "json/write.h"

#include <stdbool.h>
#include <stdint.h>

#define PROOF_FIELD_COUNT (PERSON_FIELD_COUNT + 1) /* the last: the status */

/* What a run has found so far. All zero but total: a new one. */
struct proof {
	int64_t people;	  /* different ones; known when all pages are stored */
	int64_t rows;	  /* records that are people: one may come twice */
	int64_t nameless; /* records that do not say whose they are */
	int64_t left_out; /* … that the manifest takes for nobody's */
	int64_t total;	  /* what the HRIS said last; -1: it never did */
	int64_t filled[PROOF_FIELD_COUNT]; /* rows with a value there */
	bool last_page;			   /* the mark of the last was seen */
	bool repeated;			   /* a page's state came again */
	bool capped;			   /* more pages than a run may have */
};

/* Of the last accepted snapshot. people -1: there is none. */
struct proof_before {
	int64_t people;
	int64_t rows;
	int64_t filled[PROOF_FIELD_COUNT];
};

enum proof_fault {
	PROOF_HOLDS,
	PROOF_NO_END,	/* the last page was not seen */
	PROOF_REPEATED, /* pages came again */
	PROOF_CAPPED,	/* too many pages */
	PROOF_EMPTY,	/* nobody is in it */
	PROOF_NAMELESS, /* somebody in it cannot be told */
	PROOF_TOTAL,	/* the HRIS counts otherwise */
	PROOF_SHRUNK,	/* far fewer than before */
	PROOF_FIELD,	/* a field that most had is empty for all */
	PROOF_FAULT_COUNT
};

struct proof_verdict {
	enum proof_fault fault; /* the first that was found */
	unsigned field;		/* of PROOF_FIELD: as in filled */
};

/* "shrunk", as the proof of a run has it; NULL of PROOF_HOLDS. */
const char *proof_fault_name(enum proof_fault f);

/*
 * R7: may a person say that it is right all the same? Of a list that was whole
 * and surprises; never of one that was not.
 */
bool proof_is_confirmable(enum proof_fault f);

struct proof_rule {
	unsigned least_percent; /* of the last accepted snapshot's people */
	uint32_t mapped;	/* PERSON_BITs of what the mapping fills */
};

/* A record that is a person. */
void proof_count(struct proof *p, const struct person *person);

struct proof_verdict proof_judge(const struct proof *p,
				 const struct proof_before *before,
				 const struct proof_rule *rule);

/* One sentence for an admin: what is wrong and what to look at. */
void proof_explain(const struct proof *p, const struct proof_before *before,
		   const struct proof_rule *rule, struct proof_verdict v,
		   struct buf *out);

/* Members of the object that is open. before NULL: not shown. */
void proof_write(struct json_writer *w, const struct proof *p,
		 const struct proof_before *before);

/* From proof_write's object; what is missing there is as in a new one. */
void proof_read(struct proof *p, const struct json *v);

/* The same object, as that of an accepted run. NULL: there is none. */
void proof_read_before(struct proof_before *b, const struct json *v);

#define PROOF_MAX_PAGES 100000

#endif

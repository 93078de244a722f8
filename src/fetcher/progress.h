/*
 * How far a run is: what it goes on from after a crash, and what people see of
 * it while it runs. It is stored as JSON with what it counts, in one function
 * of Redis (queue/run.h), at the end of each page:
 *
 *	{"phase", "read", "counts": {"people", "queued", "unchanged",
 *	 "lookups", "unusable", "absent", "pages"}, "total", "waits_until_ms",
 *	 "waits_for", "obeys", "resume": {…}}
 *
 * counts goes on growing within a page; resume is what only the fetcher needs.
 */
#ifndef FETCHER_PROGRESS_H
#define FETCHER_PROGRESS_H

#include "base/buf.h"
#include "proof.h"
#include "provider/read.h"
#include "walk.h"

#include <stdint.h>

enum count {
	COUNT_PEOPLE,	 /* records that are people */
	COUNT_QUEUED,	 /* … that were sent to the provisioner */
	COUNT_UNCHANGED, /* … that were not, being as they were */
	COUNT_LOOKUPS,	 /* people who are to be read one by one */
	COUNT_UNUSABLE,	 /* records that cannot be used */
	COUNT_ABSENT,	 /* people whom an accepted snapshot did not have */
	COUNT_PAGES,
	COUNT_COUNT
};

const char *count_name(enum count c);

#define PROGRESS_MAX	 ((size_t)65536) /* bytes as JSON */
#define PROGRESS_WHY_MAX 1024

struct progress {
	enum walk_phase phase;
	enum read_kind read;	     /* full or changed */
	bool partial;		     /* a full one that is not of everybody */
	int64_t started_ms;	     /* wall clock: when this read began */
	struct buf state;	     /* of the page to read next */
	struct buf mark;	     /* when all is read: for the next one */
	struct buf cursor;	     /* WALK_ABSENT: of the next portion */
	int64_t counts[COUNT_COUNT]; /* of whole pages */
	struct proof proof;
	unsigned tries;		/* of the next page that failed */
	unsigned restarts;	/* how often all was read once more */
	int64_t waits_until_ms; /* wall clock; 0: it does not wait */
	struct buf waits_for;	/* … because of this, for people */
	bool obeys; /* the HRIS wants the wait: nobody cuts it short */
};

/* A new one, empty: nothing is read. */
void progress_init(struct progress *p);
void progress_release(struct progress *p);

/* All is read once more: as a new one, but for the count of that. */
void progress_restart(struct progress *p);

/* now: counts, with those of the page under way; NULL: there is none. */
void progress_write(const struct progress *p, const int64_t *now,
		    struct buf *out);

/* ERR_INVALID when it is not what progress_write writes: begin anew. */
int progress_read(struct progress *p, struct str text,
		  struct err *err) MUST_CHECK;

/* {"people": …}: for the record of the run. */
void progress_write_counts(const int64_t *counts, struct buf *out);

#endif

/* A part of a sheaf: as many people as one function of Redis takes. */
#ifndef FETCHER_SHEAF_PART_H
#define FETCHER_SHEAF_PART_H

#include "base/buf.h"
#include "provider/fetch.h"
#include "queue/run.h"
#include "sheaf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define PART_BYTES ((size_t)8 << 20) /* of a part's events */

enum sheaf_kind {
	SHEAF_PERSON,
	SHEAF_DETAIL, /* a person, once the details are there */
	SHEAF_SEEN,   /* is there, but how the person is cannot be told */
	SHEAF_LOOKUP, /* to be read back */
	SHEAF_GONE    /* to be read back: it may be gone */
};

struct sheaf_row {
	enum sheaf_kind kind;
	struct str pid;
	struct fetched fetched; /* of SHEAF_PERSON */
	struct str record;	/* of SHEAF_DETAIL, as is needs */
	uint32_t needs;
	bool beaten;  /* another record of the same human being counts */
	bool changed; /* is to be sent */
	STAILQ_ENTRY(sheaf_row) link;
};

/* Texts in one buffer: where each ends. */
struct part_texts {
	struct buf bytes;
	size_t ends[RUN_BATCH_MAX];
	size_t count;
};

struct sheaf_part {
	size_t most;   /* rows that it may take */
	size_t taken;  /* rows of the sheaf, from its first on */
	bool last;     /* the sheaf has no more */
	size_t people; /* of these lists */
	struct sheaf_row *rows[RUN_BATCH_MAX];
	struct str pids[RUN_BATCH_MAX];
	struct run_person marks[RUN_BATCH_MAX];
	struct part_texts changes;
	struct part_texts lookups;
	struct buf progress;
};

struct sheaf_part *part_new(void);
void part_free(struct sheaf_part **p);
void part_clear(struct sheaf_part *p);

/* The first rows of s. */
void part_fill(struct sheaf_part *p, const struct sheaf *s);

/* digests: sent last, of p->pids; ptr NULL: not known. */
void part_compare(struct sheaf_part *p, const struct sheaf *s,
		  const struct str *digests, size_t count);

/* ERR_LIMIT: their events are too large together: take fewer. */
int part_store(struct sheaf_part *p, struct sheaf *s, run_page_fn *fn,
	       struct err *err) MUST_CHECK;

/* It is stored: what of it was sent, and what not. */
void part_count(const struct sheaf_part *p, int64_t counts[COUNT_COUNT]);

#endif

/*
 * People on their way from a page to Redis: those that came are collected,
 * made whole where they need further calls, compared with what was sent of
 * them last, and stored, RUN_BATCH_MAX at a time, in one function each.
 */
#ifndef FETCHER_SHEAF_H
#define FETCHER_SHEAF_H

#include "base/arena.h"
#include "details.h"
#include "loop/loop.h"
#include "progress.h"
#include "proof.h"
#include "provider/read.h"
#include "queue/run.h"
#include "source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define SHEAF_ROWS  250		      /* that many are stored, then more come */
#define SHEAF_BYTES ((size_t)1 << 20) /* … or that many bytes */
#define SHEAF_MAX   ((size_t)24 << 20) /* of a page that is kept whole */

struct sheaf;

struct sheaf_ops {
	/*
	 * What is to be stored with people: counts are those with them; last:
	 * of all that was collected.
	 */
	void (*progress)(struct sheaf *s, const int64_t *counts, bool last,
			 struct buf *out);
	/* R16. False: nothing of this may be stored, and nothing follows. */
	bool (*is_fit)(struct sheaf *s);
	/* All that was collected is stored. */
	void (*stored)(struct sheaf *s);
	/* It is not, and cannot be. */
	void (*failed)(struct sheaf *s, enum finding finding, int64_t asked_ms,
		       const struct err *err);
	void (*lost)(struct sheaf *s); /* the lease is another's */
	/* sheaf_interrupt: what was on its way has ended. */
	void (*cut)(struct sheaf *s);
};

struct page;
struct sheaf_part;
struct sheaf_row;
STAILQ_HEAD(sheaf_rows, sheaf_row);

enum sheaf_state {
	SHEAF_OPEN,    /* takes rows */
	SHEAF_WHOLE,   /* details are asked for */
	SHEAF_ASKING,  /* Redis: what was sent of them last? */
	SHEAF_STORING, /* Redis: a part of them */
	SHEAF_RESTING  /* Redis took nothing: again in a moment */
};

struct sheaf { /* embedded in the run */
	const struct sheaf_ops *ops;
	struct desk *desk;
	struct source *source;
	struct run_place place;
	uint64_t number; /* of the run */
	struct str organization;
	bool send_all; /* also who is as before (R3) */

	enum sheaf_state state;
	bool interrupted;
	struct arena arena; /* the rows */
	struct sheaf_rows rows;
	size_t count;
	struct err overflow; /* more than a page may have; kind ERR_NONE */

	/* Of the flush under way: */
	int64_t read_ms; /* wall clock: before the page was asked for */
	struct str page_state;
	const struct read_page *about;
	const struct read_tables *tables;
	struct details details;
	struct detail_row detail_rows[DETAILS_ROWS_MAX];
	struct sheaf_row *group[DETAILS_ROWS_MAX];
	size_t group_size;
	unsigned detail_tries;
	struct loop_timer timer;
	struct sheaf_part *part; /* what is being stored */

	int64_t counts[COUNT_COUNT]; /* with this page so far */
	struct proof proof;	     /* likewise */
};

void sheaf_init(struct sheaf *s, const struct sheaf_ops *ops, struct desk *d,
		struct source *source);
void sheaf_release(struct sheaf *s); /* not while Redis has a command of it */

/* A new page begins: forget what was not stored. Not while it flushes. */
void sheaf_clear(struct sheaf *s);

void sheaf_add(struct sheaf *s, const struct read_row *row, struct str record);
void sheaf_add_bad(struct sheaf *s, struct str pid);
bool sheaf_is_full(const struct sheaf *s);
bool sheaf_is_open(const struct sheaf *s);

/*
 * Store what was collected. One of stored, failed, lost and cut follows, from
 * within or later. page is where it came from.
 */
void sheaf_flush(struct sheaf *s, const struct page *page);

/* End soon: cut follows, from within or later, whatever was to come. */
void sheaf_interrupt(struct sheaf *s);

#endif

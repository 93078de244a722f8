/*
 * One page of a read: its call, its records as they come, and what follows it.
 * Records are handed on one by one while the answer streams in; only a page
 * whose rows refer to what stands around them, or that need further calls, is
 * kept until it is whole.
 */
#ifndef FETCHER_PAGE_H
#define FETCHER_PAGE_H

#include "ask.h"
#include "base/arena.h"
#include "base/buf.h"
#include "provider/read.h"
#include "record/reader.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_MAX_BYTES	 ((size_t)4 << 30)  /* of an answer that streams */
#define PAGE_WHOLE_BYTES ((size_t)16 << 20) /* of records that are kept */
#define PAGE_MAX_MS	 (6 * 3600000LL)    /* of a call, pauses included */

/* 1,800 bytes a second: slower, and nobody else gets the run's place. */
#define PAGE_SLOW_MS	600000
#define PAGE_SLOW_BYTES ((uint64_t)1 << 20)

struct page;

struct page_ops {
	/* A record, as JSON and as what it is; both borrowed. */
	void (*row)(struct page *p, const struct read_row *row,
		    struct str record);
	/* One that cannot be used. pid: of whom; empty: it does not say. */
	void (*bad)(struct page *p, struct str pid, const struct err *err);
	/* No more for now: page_go_on when there is room. */
	bool (*full)(struct page *p);
	/*
	 * That was all of it. turn is borrowed; NULL: instead of an end, or a
	 * next page, it has pages that were there before.
	 */
	void (*turned)(struct page *p, const struct read_turn *turn);
	/* It was not; what its rows said is true all the same. */
	void (*failed)(struct page *p, enum finding finding, int64_t asked_ms,
		       const struct err *err);
};

struct page { /* embedded in who reads */
	const struct page_ops *ops;
	struct ask ask;
	struct source *source;
	enum budget_class class;
	struct read_tables *tables; /* borrowed; NULL: none */
	struct buf state;
	struct arena arena;	      /* of the page: holds step */
	struct arena scratch;	      /* of one record */
	struct fetch_context ctx;     /* of step */
	const struct read_step *step; /* valid until the next page */
	struct read_page about;
	struct record_reader *reader; /* NULL: the answer has no records */
	struct buf records;	      /* kept until the page is whole */
	struct str record;	      /* within row and bad: what it is about */
	bool whole;
	struct err err; /* why the reading was given up; kind ERR_NONE */
};

void page_init(struct page *p, const struct page_ops *ops);

/* Exactly one of turned and failed follows, later, unless cancelled. */
void page_start(struct page *p, struct source *s, enum budget_class c,
		struct str state, struct read_tables *tables);
void page_go_on(struct page *p);

/* Path of the uploaded file that was read to its end; NULL: none was. */
const char *page_upload(const struct page *p);

/* No callback any more; not from within row, bad and full. */
void page_cancel(struct page *p);
void page_release(struct page *p);

/* Wall clock: just before it was asked for (R6). */
int64_t page_sent_ms(const struct page *p);

#endif

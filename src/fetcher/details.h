/*
 * Rows that further calls make whole: a group of them, with all the calls that
 * it needs at once, as many as the budget lets through.
 */
#ifndef FETCHER_DETAILS_H
#define FETCHER_DETAILS_H

#include "ask.h"
#include "base/arena.h"
#include "provider/read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DETAILS_ROWS_MAX 100 /* of a group */

struct detail_row {
	struct str pid;
	struct str record;	/* JSON, as the page had it; or */
	const struct json *row; /* … parsed already. NULL: parse record */
	uint32_t needs;		/* bit i: detail i */
};

struct details;

struct details_spec {
	struct source *source;
	enum budget_class class;
	struct str state; /* of the page; empty: one person was read by pid */
	const struct read_page *page;	  /* NULL: likewise */
	const struct read_tables *tables; /* NULL: none */
	const struct detail_row *rows;
	size_t count;
	/* The i-th row, whole; f NULL: it cannot be used, as err says. */
	void (*one)(size_t i, const struct fetched *f, const struct err *err,
		    void *arg);
	/* After all of them; or, when not FINDING_PERSON, instead of them. */
	void (*ended)(enum finding finding, int64_t asked_ms,
		      const struct err *err, void *arg);
	void *arg;
};

struct details_call;

struct details { /* embedded in who needs it; zeroed: nothing is under way */
	struct details_spec spec;
	struct setup *setup; /* held while something is under way */
	struct arena arena;
	struct fetch_context ctx;
	const struct read_step *step;
	struct read_detail_row *rows;
	const struct json **answers; /* of row i, detail k: [i * details + k] */
	size_t detail_count;
	struct details_call *calls; /* in the arena, linked */
	size_t pending;
};

/*
 * What spec points to must stay until ended or details_cancel. ended follows,
 * as a rule later; within it d may be started anew.
 */
int details_start(struct details *d, const struct details_spec *spec,
		  struct err *err) MUST_CHECK;
void details_cancel(struct details *d); /* twice is harmless */

/* How many rows of this step are best asked for at once. */
size_t details_group(const struct read_step *step);

#endif

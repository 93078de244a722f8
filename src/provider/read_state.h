/* Where a read is: what stands in a state (provider/read.h). */
#ifndef PROVIDER_READ_STATE_H
#define PROVIDER_READ_STATE_H

#include "base/arena.h"
#include "base/err.h"
#include "provider/read.h"

#include <stdint.h>

#define LOOP_HASH_SIZE 17 /* hex digits and a NUL */

struct read_state {
	enum read_kind kind;
	int64_t way;	    /* of the manifest's */
	int64_t list;	    /* of the way's lists, or of the tables */
	int64_t pages;	    /* of this list, read before this one */
	int64_t rows;	    /* of this list, likewise */
	int64_t number;	    /* of this page, or of its first row */
	struct str cursor;  /* or address; ptr NULL: the first page */
	struct str message; /* of a queue: to be acknowledged; or ptr NULL */
	int64_t restarts;   /* of this read */
	int64_t since_ms;   /* -1: as far back as the HRIS goes */
	int64_t now_ms;	    /* when the read began */
	struct str mark;    /* what the read before left; or empty */
	struct str left;    /* what this one leaves; or empty */
	int64_t total;	    /* of the lists before; -1: not known */
	int64_t here;	    /* of this list; -1: not said yet */
	/* Brent's: a cursor of before, and how soon a later one takes over. */
	struct str loop_hash; /* or empty */
	int64_t loop_steps, loop_power;
};

/* ERR_INVALID when it is longer than READ_STATE_MAX. */
int read_state_write(const struct read_state *s, struct arena *a,
		     struct str *out, struct err *err) MUST_CHECK;

/* ERR_INVALID when it is not one. */
int read_state_parse(struct read_state *out, struct str text, struct arena *a,
		     struct err *err) MUST_CHECK;

/*
 * Go to a cursor. ERR_INVALID when it was there before: the one at hand at
 * once, an earlier one soon enough to end a loop of any length.
 */
int read_state_move(struct read_state *s, struct str cursor, struct arena *a,
		    struct err *err) MUST_CHECK;

#endif

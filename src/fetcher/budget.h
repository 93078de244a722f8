/*
 * How often, and how many at a time, an HRIS may be called with one credential.
 * Reads of one person and runs share it; the former go first. Pure: the time
 * comes in from outside.
 */
#ifndef FETCHER_BUDGET_H
#define FETCHER_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum budget_class {
	BUDGET_SINGLE, /* one person: somebody's change waits for it */
	BUDGET_RUN,    /* pages, details, tables */
	BUDGET_CLASS_COUNT,
	/*
	 * An admin waits for a few calls: they stand in no line, and are made
	 * whether or not the connection may be called otherwise.
	 */
	BUDGET_ADMIN = BUDGET_CLASS_COUNT
};

/* So many single reads in a row, then one call of a run that waits. */
#define BUDGET_STREAK 16

struct budget_rule {
	int64_t interval_us; /* between calls in the long run; 0: no limit */
	unsigned burst;	     /* calls at once after a rest; at least 1 */
	unsigned parallel;   /* calls under way at once; at least 1 */
};

struct budget {
	struct budget_rule rule;
	int64_t full_us;		    /* when the burst is whole again */
	int64_t until_ms;		    /* a pause; nobody calls before */
	unsigned calls[BUDGET_CLASS_COUNT]; /* under way */
	unsigned streak;		    /* of single reads */
};

/* What was called and what pauses stay; times are monotonic. */
void budget_set(struct budget *b, const struct budget_rule *rule);

/* No call before now_ms + ms. A shorter pause changes nothing. */
void budget_pause(struct budget *b, int64_t now_ms, int64_t ms);
int64_t budget_paused_ms(const struct budget *b, int64_t now_ms);

enum { BUDGET_FULL = -1 };

/*
 * Until a call of this class may start: 0: now; BUDGET_FULL: when one has
 * ended; else ms. A run leaves one place for single reads.
 */
int64_t budget_wait_ms(const struct budget *b, enum budget_class c,
		       int64_t now_ms);

/* Whose turn it is, when calls of both wait. */
enum budget_class budget_turn(const struct budget *b);

/* A call starts: budget_wait_ms was 0. */
void budget_begin(struct budget *b, enum budget_class c, int64_t now_ms);
void budget_end(struct budget *b, enum budget_class c);

#endif

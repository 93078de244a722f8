/* What a source is, for the files that make it: source.c and line.c. */
#ifndef FETCHER_SOURCE_OWN_H
#define FETCHER_SOURCE_OWN_H

#include "quota.h"
#include "source.h"

struct source {
	struct desk *desk;
	char *id;
	unsigned shard;
	enum source_state state;
	int64_t read_ms;       /* monotonic; 0: never */
	int64_t generation;    /* of what was read */
	struct setup *setup;   /* the last good one; NULL: there was none */
	struct err trouble;    /* of SOURCE_BROKEN */
	bool stopped;	       /* refused: see stopped_until */
	int64_t stopped_until; /* monotonic */
	const char *complaint; /* the last one logged; NULL: none */
	size_t held;
	struct crowd crowd;
	struct names_store *names;
	struct tokens *tokens;
	struct quota *quota;
	TAILQ_ENTRY(source) beside;	    /* in quota->sources */
	unsigned calls[BUDGET_CLASS_COUNT]; /* its own of those under way */
	struct waiter_list lines[BUDGET_CLASS_COUNT];
};

void line_init(struct source *s);

/* Serve the lines of a quota's sources; a timer's callback. */
void line_serve(void *quota);

#endif

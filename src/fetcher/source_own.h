/* What a source is, for the files that make it: source.c and line.c. */
#ifndef FETCHER_SOURCE_OWN_H
#define FETCHER_SOURCE_OWN_H

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
	struct budget budget;
	struct waiter_list lines[BUDGET_CLASS_COUNT];
	struct loop_timer pace; /* until a call would keep to the pace */
	bool serving;		/* a line is being served: not again */
};

void line_init(struct source *s);

#endif

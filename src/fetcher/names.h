/*
 * Names that records refer to by id, read by calls of their own before people
 * are. They are kept with their connection for a while, for runs and for reads
 * of one person; several may use them at once.
 */
#ifndef FETCHER_NAMES_H
#define FETCHER_NAMES_H

#include "base/err.h"
#include "provider/read.h"
#include "source.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define NAMES_OF_RUN_MS	   600000  /* a run takes those that are younger */
#define NAMES_OF_SINGLE_MS 3600000 /* … and a read of one person */
#define NAMES_KEPT_BYTES   ((size_t)64 << 20) /* of all connections */
#define NAMES_MAX_PAGES	   10000

struct names; /* what was read; counted */

struct names *names_ref(struct names *n);
void names_unref(struct names **n); /* NULL is fine */

/* Over them, for one reader; n (may be NULL) must outlive it. */
struct read_tables *names_tables(const struct names *n);

struct names_result {
	struct names *names;  /* NULL: the manifest has none. Borrowed: ref */
	enum finding finding; /* FINDING_PERSON: all is well */
	int64_t asked_ms;
	struct err err;
};

/* Somebody who wants them. Zeroed: wants nothing. */
struct names_want {
	struct source *source;
	void (*ready)(struct names_want *w, const struct names_result *r);
	unsigned round;
	TAILQ_ENTRY(names_want) link;
};

/*
 * Those that are younger than age_ms, or new ones. ready is called once, from
 * within or later. The source is ready (source_look).
 */
void names_get(struct names_want *w, struct source *s, int64_t age_ms);
/* names_get would call back from within. */
bool names_are_there(struct source *s, int64_t age_ms);

void names_cancel(struct names_want *w); /* twice is harmless */

/* What a source keeps for this file. NULL: nothing is read or being read. */
struct names_store;
void names_store_free(struct names_store **s);

#endif

/* What happened, the latest of it: for the vendors' logs of events. */
#ifndef SANDBOX_JOURNAL_H
#define SANDBOX_JOURNAL_H

#include "company.h"

#define JOURNAL_MAX 65536

struct journal_entry {
	uint32_t seq; /* from 0 on; never comes again */
	enum happening_kind kind;
	int64_t at_ms;
	uint32_t n; /* to whom */
	unsigned fields;
	int64_t version;
};

struct journal {
	struct journal_entry *ring; /* grows up to JOURNAL_MAX, then wraps */
	uint32_t cap;
	uint32_t first; /* seq of the first that was ever added here */
	uint32_t next;	/* seq of the next */
};

void journal_add(struct journal *j, const struct happening *h, int64_t at_ms);

/* The first entry with seq or later; NULL: none. Borrowed until the next. */
const struct journal_entry *journal_from(const struct journal *j, uint32_t seq);

void journal_release(struct journal *j);

#endif

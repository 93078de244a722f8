/*
 * A batch of queue entries becomes one transaction. What cannot be applied
 * never keeps the others from it. Knows nothing of Redis.
 */
#ifndef PROVISIONER_APPLIER_H
#define PROVISIONER_APPLIER_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/random.h"
#include "db/db.h"
#include "directory/directory.h"
#include "queue/queue.h"

struct applier {
	struct db *db; /* borrowed, as dir */
	struct directory *dir;
	uint64_t max_deliveries;
	char life[RANDOM_ID_SIZE]; /* of this process: see suspects.h */
	struct arena arena;	   /* of one change */
};

/* What is to be done with an entry. */
enum fate {
	FATE_ACK,   /* applied, or nothing to apply */
	FATE_BURY,  /* never will be: why says why */
	FATE_LEAVE, /* not now: it stays pending and is delivered again */
};

struct verdict {
	enum fate fate;
	enum apply_outcome outcome; /* of FATE_ACK */
	struct err why;
};

struct applier_batch {
	unsigned shard;
	const struct queue_entry *entries; /* of its stream of changes */
	size_t count;
	struct verdict *verdicts; /* as many */
};

void applier_init(struct applier *a, struct db *db, struct directory *dir,
		  uint64_t max_deliveries);
void applier_release(struct applier *a);

/*
 * Apply the entries in order and commit, filling a verdict for each. On -1
 * nothing, or nobody knows what, was written: the whole batch must be run
 * again, which is safe (R3).
 */
int applier_run(struct applier *a, const struct applier_batch *b,
		struct err *err) MUST_CHECK;

#endif

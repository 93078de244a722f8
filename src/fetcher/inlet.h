/*
 * One shard's stream, read for as long as the fetcher runs: what is new, and
 * what a fetcher took and never finished.
 */
#ifndef FETCHER_INLET_H
#define FETCHER_INLET_H

#include "base/err.h"
#include "queue/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct desk;
struct inlet;

struct inlet_ops {
	enum queue_stream stream;
	size_t count; /* entries at once, at most QUEUE_BATCH_MAX */
	/* Room for count more? False: inlet_resume when there is. */
	bool (*has_room)(void *arg);
	/*
	 * Take it, to be acknowledged or buried by inlet_reader. What is in
	 * hand already may come again when it is slow.
	 */
	void (*take)(const struct queue_entry *e, void *arg);
	void (*tick)(void *arg); /* each second, while Redis is there */
};

/*
 * Connects a queue of its own: a blocking read occupies a connection. ops is
 * borrowed.
 */
int inlet_new(struct inlet **out, struct desk *d, unsigned shard,
	      const struct inlet_ops *ops, void *arg,
	      struct err *err) MUST_CHECK;
void inlet_free(struct inlet **in); /* not from a callback of a queue */

/* There may be room or a Redis again: go on reading. */
void inlet_resume(struct inlet *in);

struct queue_reader inlet_reader(const struct inlet *in);

#endif

/* How durable Redis is, from its own settings. */
#ifndef QUEUE_DURABILITY_H
#define QUEUE_DURABILITY_H

#include "base/err.h"
#include "queue/queue.h"

/* From the values of appendonly and appendfsync. */
enum queue_durability durability_of(struct str appendonly,
				    struct str appendfsync);

/*
 * From the text of INFO persistence, where CONFIG may not be read: that tells
 * whether there is an append-only file, not when it is synced.
 */
enum queue_durability durability_of_info(struct str info);

/*
 * ERR_CONFIG when found is below least, with what to change. guessed: found
 * is from INFO.
 */
int durability_check(enum queue_durability found, enum queue_durability least,
		     bool guessed, struct err *err) MUST_CHECK;

#endif

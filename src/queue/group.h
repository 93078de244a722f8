/* What this process knows of each consumer group that it reads. */
#ifndef QUEUE_GROUP_H
#define QUEUE_GROUP_H

#include "core.h"

enum { GROUP_CURSOR_SIZE = 44 }; /* two 64-bit numbers, '-' and NUL */

struct group {
	char *name;			/* "key group" */
	bool known;			/* it was there once */
	char cursor[GROUP_CURSOR_SIZE]; /* where the next claim goes on */
};

/* Made when it is new. ERR_LIMIT past QUEUE_GROUPS_MAX. */
int group_of(struct queue *q, const struct queue_reader *r, struct group **out,
	     struct err *err) MUST_CHECK;

void groups_release(struct queue *q);

#endif

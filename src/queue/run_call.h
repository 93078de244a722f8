/* What the calls of queue/run.h begin with. */
#ifndef QUEUE_RUN_CALL_H
#define QUEUE_RUN_CALL_H

#include "core.h"

/* Ready, and a connection that makes a key? */
int run_check(const struct queue *q, struct str connection,
	      struct err *err) MUST_CHECK;

/*
 * FCALL of a function that the lease protects. Its first key, the lease, is
 * written; its other keys are to come, and the arguments, first the fence.
 */
int run_begin_call(struct queue *q, const struct run_place *p,
		   const char *function, size_t keys, size_t args,
		   struct err *err) MUST_CHECK;

void run_add_fence(struct queue *q, const struct run_place *p);

#endif

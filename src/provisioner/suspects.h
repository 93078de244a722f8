/*
 * Entries that were delivered too often. That alone is no proof against them:
 * it may be the acknowledgement that failed, each time. So before one becomes
 * a dead letter it is looked up whether it was applied; what was never does.
 *
 * For that it must be read, and reading it may be what ends the process. So
 * each look is written down before and erased with its end: what several
 * processes have begun to look at, and none came back from, is not read again.
 */
#ifndef PROVISIONER_SUSPECTS_H
#define PROVISIONER_SUSPECTS_H

#include "applier.h"

/* Is this entry for suspects_judge, and not to be applied? */
bool suspects_include(const struct applier *a, const struct queue_entry *e);

/*
 * Fill the verdicts of the suspects in the batch: FATE_ACK, APPLY_DUPLICATE
 * for what was applied, FATE_BURY for the rest. Others are not touched. On -1
 * the database was not there: to be repeated, which counts as the same look.
 */
int suspects_judge(struct applier *a, const struct applier_batch *b,
		   struct err *err) MUST_CHECK;

#endif

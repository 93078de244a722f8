/*
 * Counters of all roles in one shared memory page: each process adds to its
 * own slot, the supervisor sums them for /metrics. Adding costs a few
 * instructions and never blocks.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum metric {
	/* receiver */
	METRIC_WEBHOOKS_ACCEPTED,
	METRIC_WEBHOOKS_DUPLICATE,
	METRIC_WEBHOOKS_IGNORED,
	METRIC_WEBHOOKS_DEAD,
	METRIC_WEBHOOKS_REFUSED_AUTH,
	METRIC_WEBHOOKS_REFUSED_UNKNOWN,
	METRIC_WEBHOOKS_REFUSED_STATE,
	METRIC_WEBHOOKS_REFUSED_MALFORMED,
	METRIC_WEBHOOKS_LIMITED,
	METRIC_WEBHOOKS_UNCHECKED,
	METRIC_WEBHOOKS_UNAVAILABLE,
	METRIC_EVENTS_QUEUED,
	METRIC_LOOKUPS_QUEUED,
	METRIC_HTTP_CONNECTIONS, /* gauge */
	/* fetcher */
	METRIC_LOOKUPS_DONE,
	METRIC_LOOKUPS_COALESCED,
	METRIC_LOOKUPS_GONE,
	METRIC_LOOKUPS_RETRIED,
	METRIC_LOOKUPS_FAILED,
	METRIC_LOOKUPS_LATER, /* gauge */
	METRIC_CALLS,
	METRIC_RUNS_DONE,
	METRIC_RUNS_REFUSED,
	METRIC_RUNS_FAILED,
	METRIC_RUNS_STOPPED,
	METRIC_RUNS_LOST,
	METRIC_RUN_PAGES,
	METRIC_RUN_QUEUED,
	METRIC_RUN_UNCHANGED,
	METRIC_RUN_LOOKUPS,
	METRIC_RUN_UNUSABLE,
	METRIC_RUN_ABSENT,
	METRIC_RUNS_ACTIVE, /* gauge */
	METRIC_RUN_LAG_MS,  /* gauge */
	/* provisioner */
	METRIC_CHANGES_CREATED,
	METRIC_CHANGES_UPDATED,
	METRIC_CHANGES_UNCHANGED,
	METRIC_CHANGES_DEACTIVATED,
	METRIC_CHANGES_REACTIVATED,
	METRIC_CHANGES_SUPERSEDED,
	METRIC_CHANGES_DUPLICATE,
	METRIC_CHANGES_WAITING,
	METRIC_CHANGES_REVIEW,
	METRIC_CHANGES_IGNORED,
	METRIC_CHANGES_ABSENT,
	METRIC_CHANGES_DEAD,
	METRIC_CHANGES_CLAIMED,
	METRIC_CHANGES_UNACKNOWLEDGED, /* gauge */
	METRIC_BATCHES,
	METRIC_QUEUE_PENDING,	/* gauge */
	METRIC_QUEUE_BEHIND,	/* gauge */
	METRIC_QUEUE_OLDEST_MS, /* gauge */
	/* every role */
	METRIC_REDIS_READY,	 /* gauge: 1 or 0 */
	METRIC_REDIS_DURABILITY, /* gauge: enum queue_durability */
	METRIC_STORE_READY,	 /* gauge: 1 or 0 */
	METRIC_RESTARTS,	 /* supervisor */
	METRIC_COUNT
};

#define METRICS_SLOTS 512 /* processes at once */

/*
 * A page for all, as a descriptor that children inherit. Without a page
 * (tests, commands) counting goes nowhere visible, but works.
 */
int metrics_create(int *fd_out, struct err *err) MUST_CHECK;

/* This process counts in slot of the page behind fd, under this role name. */
int metrics_attach(int fd, size_t slot, const char *role,
		   struct err *err) MUST_CHECK;

void metrics_add(enum metric m, int64_t n);
void metrics_set(enum metric m, int64_t n); /* gauges */

/* Of this process. */
int64_t metrics_get(enum metric m);

/*
 * Sum of a counter, or of a gauge over live slots, over all slots of this
 * role; role NULL: all.
 */
int64_t metrics_sum(enum metric m, const char *role);

/* Smallest of a gauge over the live slots of a role; -1 when none is live. */
int64_t metrics_least(enum metric m, const char *role);

/* Largest of a gauge over the live slots of a role; 0 when none is live. */
int64_t metrics_most(enum metric m, const char *role);

/* Live slots of a role. */
int64_t metrics_live(const char *role);

/* The process of a slot ended: its gauges stop counting, its counters stay. */
void metrics_retire(size_t slot);

/* All of it as OpenMetrics text, "# EOF" included. */
void metrics_write(struct buf *out);

#endif

/*
 * The company's journal as a vendor's log of events: what its webhooks would
 * have told, with the same numbers.
 */
#ifndef SANDBOX_EVENTLOG_H
#define SANDBOX_EVENTLOG_H

#include "exchange.h"
#include "webhook.h"

struct event_log {
	struct exchange *x;
	struct webhook_target target;
	uint32_t seq; /* of the happening that is being told */
	size_t at, count;
	const char *names[WEBHOOK_EVENTS_MAX];
	struct employee who;
	struct happening happening;
	struct webhook_message message; /* what event_log_next found */
};

/* From the event after number `after`; NULL: from the oldest that is known. */
void event_log_open(struct event_log *l, struct exchange *x,
		    const uint32_t *after);

/* False when there are no more. */
bool event_log_next(struct event_log *l);

#endif

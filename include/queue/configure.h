/* The settings that concern the queue, as its configuration. */
#ifndef QUEUE_CONFIGURE_H
#define QUEUE_CONFIGURE_H

#include "base/err.h"
#include "base/settings.h"
#include "queue/queue.h"

/* cfg borrows from s. ERR_CONFIG for an unknown durability. */
int queue_configure(struct queue_config *cfg, const struct settings *s,
		    struct err *err) MUST_CHECK;

#endif

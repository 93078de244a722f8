/* What was sent, the latest LOG_MAX of it. */
#ifndef SANDBOX_SENDLOG_H
#define SANDBOX_SENDLOG_H

#include "sender.h"

struct sendlog {
	struct log_entry *ring; /* grows up to LOG_MAX, then wraps */
	size_t cap;
	uint64_t count; /* ever; the seq of the latest */
};

void sendlog_add(struct sendlog *l, const struct log_entry *e);
const struct log_entry *sendlog_after(const struct sendlog *l, uint64_t seq);
void sendlog_release(struct sendlog *l);

#endif

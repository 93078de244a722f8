#include "sendlog.h"

#include "base/mem.h"

#include <stdlib.h>

#define FIRST_CAP 1024

void sendlog_add(struct sendlog *l, const struct log_entry *e)
{
	struct log_entry *at;

	/* Until it wraps, entry seq stands at seq - 1: growing moves none. */
	if (l->count == l->cap && l->cap < LOG_MAX) {
		l->cap = l->cap ? l->cap * 2 : FIRST_CAP;
		l->ring = mem_resize(l->ring, l->cap * sizeof(*l->ring));
	}
	at = &l->ring[l->count % l->cap];
	*at = *e;
	at->seq = ++l->count;
}

const struct log_entry *sendlog_after(const struct sendlog *l, uint64_t seq)
{
	uint64_t oldest = l->count > l->cap ? l->count - l->cap : 0;

	if (seq < oldest)
		seq = oldest;
	return seq < l->count ? &l->ring[seq % l->cap] : NULL;
}

void sendlog_release(struct sendlog *l)
{
	free(l->ring);
	*l = (struct sendlog){ 0 };
}

/*
 * The budget of a credential. It is what an HRIS counts calls by, so the
 * connections that call with the same one share it: their pace, the calls
 * under way, and each pause.
 */
#ifndef FETCHER_QUOTA_H
#define FETCHER_QUOTA_H

#include "budget.h"
#include "crypto/hmac.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <sys/queue.h>

struct desk;
struct source;

TAILQ_HEAD(source_list, source);

struct quota {
	struct desk *desk;
	unsigned char bytes[SHA256_SIZE];
	struct str key; /* within bytes, in desk->quotas; empty: one's own */
	struct budget budget;
	/* At least one, but while it is served; whose turn was last is last. */
	struct source_list sources;
	struct loop_timer pace; /* until a call would keep to the pace */
	bool serving;		/* the lines are being served: not again */
};

/* One that nobody shares, for a source whose credential is not known yet. */
void quota_start(struct source *s);

/* Its setup is new: its calls under way go with it. */
void quota_change(struct source *s);
void quota_leave(struct source *s);

/* It was served: it goes if all have left meanwhile. */
void quota_served(struct quota *q);

#endif

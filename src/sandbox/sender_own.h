/* What the sender is made of; for its own files only. */
#ifndef SANDBOX_SENDER_OWN_H
#define SANDBOX_SENDER_OWN_H

#include "delivery.h"
#include "sendlog.h"

#define SENDER_HELLO "hello" /* the event of a connection test */

struct sender {
	struct sender_config cfg;
	struct sender_settings settings;
	struct sender_counts counts;
	struct schedule fresh; /* never tried */
	struct schedule again;
	struct map under_way; /* by delivery.key */
	size_t behind;	      /* wait for one that is under way */
	struct loop_task pump;
	struct loop_timer timer;
	struct sendlog log;
	struct sender_marks marks;
	unsigned subscription_count;
	uint64_t revision;
	TAILQ_HEAD(, subscription) subscriptions;
};

/* The vendor gave up on it, or it was removed: it is sent nothing more. */
bool subscription_is_gone(const struct subscription *sub);

/* A removed one is freed as soon as nothing is under way to it. */
void subscription_forget_if_idle(struct sender *s, struct subscription *sub);

void subscription_free(struct subscription *sub);

/* A copy of body on its way to sub, due now; the caller queues it. */
struct delivery *delivery_new(struct sender *s, struct subscription *sub,
			      struct str body);

#endif

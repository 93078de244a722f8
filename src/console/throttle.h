/* How often one peer may fail to authenticate. Bounded: the oldest go. */
#ifndef CONSOLE_THROTTLE_H
#define CONSOLE_THROTTLE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_PEERS	   256
#define THROTTLE_FAILURES  20 /* of a peer in a window */
#define THROTTLE_WINDOW_MS 60000
#define THROTTLE_NAME_SIZE 48 /* of an address without its port */

struct throttle_peer {
	char address[THROTTLE_NAME_SIZE];
	int64_t since_ms;
	unsigned failures; /* 0: the slot is free */
};

/* All zero is empty. */
struct throttle {
	struct throttle_peer peers[THROTTLE_PEERS];
};

/*
 * Count a failure of peer ("192.0.2.1:4711"; the port does not matter): how
 * many it has in this window. More than THROTTLE_FAILURES are too many.
 */
unsigned throttle_failed(struct throttle *t, struct str peer, int64_t now_ms);

#endif

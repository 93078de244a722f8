/* Limits of rate, as the vendors hold and tell them. In real time. */
#ifndef SANDBOX_LIMIT_H
#define SANDBOX_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct exchange;

enum limit_reset {
	LIMIT_RESET_EPOCH, /* seconds since 1970 */
	LIMIT_RESET_TEXT   /* 2025-07-08 15:35:40 -0700 */
};

struct limit {
	unsigned count; /* calls in a window */
	int64_t window_ms;
	const char *limit, *remaining, *reset; /* headers; NULL: not told */
	enum limit_reset reset_form;
	bool retry_after; /* a 429 says how long */
};

struct limit_window {
	int64_t began_ms;
	unsigned used;
};

/* Count the call. False: it is refused, and answered. */
bool limit_take(struct exchange *x, const struct limit *l);

#endif

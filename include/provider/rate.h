/*
 * How fast an HRIS may be asked, and how it says that it was too fast. Pure:
 * the fetcher keeps a bucket per connection and waits.
 */
#ifndef PROVIDER_RATE_H
#define PROVIDER_RATE_H

#include "base/str.h"
#include "provider/manifest.h"

#include <stdbool.h>
#include <stdint.h>

/* What the manifest says; 0: it says nothing. */
struct rate {
	int64_t calls; /* at most so many … */
	int64_t per_s; /* … in so many seconds */
	int64_t burst; /* of which so many may be at once */
	int64_t max_parallel;
};

struct rate rate_of(const struct manifest *m);

/* Zeroed at first. */
struct rate_bucket {
	int64_t due_us; /* when the next call would be on time */
};

/*
 * 0: a call may be made now, and is counted. Else nothing is, and it says in
 * how many ms to ask again. now_ms is of a clock that never goes back.
 */
int64_t rate_take(const struct rate *r, struct rate_bucket *b, int64_t now_ms);

/* Whether a status means to slow down: 429, and what the manifest says. */
bool rate_is_limited(const struct manifest *m, int status);

/* A header of the answer; ptr NULL: absent. */
typedef struct str rate_header_fn(const void *headers, const char *name);

#define RATE_ASKED_MAX_MS 86400000LL

/*
 * For how many ms an answer asks to make no call: Retry-After, or the vendor's
 * own header. Not more than RATE_ASKED_MAX_MS; -1 when it does not ask. An
 * answer that is fine asks too, when it says that no call is left.
 */
int64_t rate_asked_ms(const struct manifest *m, int status,
		      rate_header_fn *header, const void *headers,
		      int64_t now_ms);

/*
 * For how many ms to make no call after an answer that means to slow down and
 * does not say for how long; -1 when the manifest does not know either.
 */
int64_t rate_pause_ms(const struct manifest *m, int status);

#endif

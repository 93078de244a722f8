/*
 * So many a second, and so many at once: a token bucket. It refills by
 * arithmetic when it is asked, so it needs no timer and costs nothing at rest.
 */
#ifndef RECEIVER_BUCKET_H
#define RECEIVER_BUCKET_H

#include <stdint.h>

#define BUCKET_MOST 1000000 /* of either number of a rate */

/* Shared by the buckets that it is for; made by bucket_rate. */
struct bucket_rate {
	int64_t per_second; /* 0: no limit */
	int64_t burst;	    /* at once, after a rest */
};

/*
 * A burst smaller than what a second brings is made that: whoever is told to
 * come back in a number of seconds must not find the bucket run over.
 */
struct bucket_rate bucket_rate(uint64_t per_second, uint64_t burst);

/* Thousandths of a token, so that rate × milliseconds is exact. */
struct bucket {
	int64_t at_ms;	  /* when the others were true */
	int64_t spent;	  /* and not refilled yet; all zero: it is full */
	int64_t promised; /* to come in until the last one refused is due */
};

#define BUCKET_WAIT_MAX_MS 60000

/*
 * Take one token: 0. Else none is taken, and the result is after how many
 * milliseconds to come back. Each one refused is given a moment of its own,
 * after those before it, so that all who come back then find a token if
 * nobody else took it; the many past BUCKET_WAIT_MAX_MS are given that, and
 * may be refused again. now_ms is monotonic.
 */
int64_t bucket_take(struct bucket *b, const struct bucket_rate *r,
		    int64_t now_ms);

#endif

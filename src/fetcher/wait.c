#include "wait.h"

#include "base/assert.h"
#include "provider/rate.h"

#include <stddef.h>

/*
 * Either seconds from now (draft-ietf-httpapi-ratelimit-headers) or seconds
 * since 1970 (HiBob): a number as large as the latter is no waiting time.
 */
static const char *const resets[] = { "X-RateLimit-Reset", "RateLimit-Reset" };

#define LEAST_EPOCH_S 1000000000 /* September 2001 */
#define MOST_S	      (100LL * 365 * 86400)

static int64_t seconds_of(struct str text, int64_t now_ms)
{
	int64_t n;

	if (!str_to_i64(text, &n) || n < 0 || n > MOST_S)
		return -1;
	if (n < LEAST_EPOCH_S)
		return n;
	n -= now_ms / 1000;
	return n < 0 ? 0 : n;
}

static struct str header_of(const void *headers, const char *name)
{
	return http_answer_header(headers, name);
}

/* Some vendors send these with every answer: only 429 means it. */
static int64_t usual_ms(const struct http_answer *a, int64_t now_ms)
{
	int64_t seconds = -1;

	for (size_t i = 0; i < ARRAY_LEN(resets) && seconds < 0; i++)
		seconds = seconds_of(http_answer_header(a, resets[i]), now_ms);
	if (seconds < 0)
		return -1;
	return (seconds < MOST_S ? seconds : MOST_S) * 1000;
}

int64_t wait_asked_ms(const struct manifest *m, const struct http_answer *a,
		      int64_t now_ms)
{
	int64_t asked = rate_asked_ms(m, a->status, header_of, a, now_ms);

	if (asked < 0 && a->status == 429)
		asked = usual_ms(a, now_ms);
	return asked < 0 ? rate_pause_ms(m, a->status) : asked;
}

enum finding wait_finding(const struct manifest *m, enum finding f, int status)
{
	return f == FINDING_BUSY && rate_is_limited(m, status) ? FINDING_LIMITED
							       : f;
}

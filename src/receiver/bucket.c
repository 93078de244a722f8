#include "bucket.h"

#include "base/assert.h"

#define TOKEN 1000 /* parts */

struct bucket_rate bucket_rate(uint64_t per_second, uint64_t burst)
{
	ASSERT(per_second <= BUCKET_MOST && burst <= BUCKET_MOST);
	return (struct bucket_rate){
		.per_second = (int64_t)per_second,
		.burst = (int64_t)(burst > per_second ? burst : per_second),
	};
}

static int64_t less(int64_t parts, int64_t gained)
{
	return parts > gained ? parts - gained : 0;
}

static void refill(struct bucket *b, int64_t per_second, int64_t now_ms)
{
	int64_t ms = now_ms - b->at_ms;
	int64_t most = b->spent > b->promised ? b->spent : b->promised;
	int64_t gained = most;

	if (ms <= 0)
		return;
	if (ms <= most / per_second) /* else it might overflow */
		gained = ms * per_second;
	b->at_ms = now_ms;
	b->spent = less(b->spent, gained);
	b->promised = less(b->promised, gained);
}

/* Parts that must come in until one more may be taken: after who was first. */
static int64_t lacking(const struct bucket *b, const struct bucket_rate *r)
{
	if (b->promised)
		return b->promised + TOKEN;
	return b->spent + TOKEN - r->burst * TOKEN;
}

int64_t bucket_take(struct bucket *b, const struct bucket_rate *r,
		    int64_t now_ms)
{
	int64_t parts, wait_ms;

	if (r->per_second == 0)
		return 0;
	refill(b, r->per_second, now_ms);
	if (b->spent + TOKEN <= r->burst * TOKEN) {
		b->spent += TOKEN;
		return 0;
	}
	parts = lacking(b, r);
	wait_ms = (parts + r->per_second - 1) / r->per_second;
	if (wait_ms > BUCKET_WAIT_MAX_MS)
		return BUCKET_WAIT_MAX_MS;
	b->promised = parts;
	return wait_ms;
}

#include "verdict.h"

#include "base/assert.h"

#include <stddef.h>

#define MINUTE	   60000LL
#define HOUR	   (60 * MINUTE)
#define LUCK_RANGE 1000

/* R16; the days at the end outlast a long weekend of the vendor's. */
static const int64_t schedule[] = { 1 * MINUTE, 5 * MINUTE, 30 * MINUTE,
				    2 * HOUR,	6 * HOUR,   24 * HOUR,
				    24 * HOUR,	24 * HOUR };

/* What is no 200 and no 404. */
static const struct rule {
	const char *reason;
	unsigned tries;	  /* then it is a dead letter; 0: is not counted */
	int64_t wait_ms;  /* when it is not counted */
	int64_t pause_ms; /* all of the connection; the HRIS may ask for other
			   */
	bool stop;
} rules[FINDING_COUNT] = {
	[FINDING_LIMITED] = { "asked to call less often (429)", 0, 0,
			      VERDICT_PAUSE_MS, false },
	[FINDING_BUSY] = { "the HRIS answered with a fault of its own",
			   ARRAY_LEN(schedule), 0, 0, false },
	[FINDING_NO_ANSWER] = { "the HRIS did not answer", ARRAY_LEN(schedule),
				0, VERDICT_PAUSE_MS, false },
	[FINDING_FORBIDDEN] = { "not allowed to read this person (403)",
				ARRAY_LEN(schedule), 0, 0, false },
	[FINDING_CREDENTIALS] = { "the HRIS refuses the credentials (401)", 0,
				  VERDICT_PARKED_MS, 0, true },
	[FINDING_SETUP] = { "the connection's setup does not work", 0,
			    VERDICT_PARKED_MS, 0, true },
	[FINDING_UNREADABLE] = { "the answer is not what the manifest says", 3,
				 0, 0, false },
	[FINDING_TOO_LARGE] = { "the answer is too large", 3, 0, 0, false },
};

/* Three quarters to five quarters of it, so that a burst does not return. */
static int64_t spread(int64_t ms, unsigned luck)
{
	ASSERT(luck < LUCK_RANGE);
	return ms - ms / 4 + ms / 2 * luck / LUCK_RANGE;
}

struct verdict verdict_wait(const struct history *h, int64_t wait_ms,
			    unsigned luck, const char *reason)
{
	return (struct verdict){
		.action = VERDICT_LATER,
		.wait_ms = spread(wait_ms, luck),
		.history = *h,
		.reason = reason,
	};
}

/*
 * R5: only the second 404 counts, and not before some minutes have passed:
 * vendors' own copies lag behind a save by up to half a minute.
 */
static struct verdict on_missing(const struct evidence *e)
{
	struct history h = e->history;
	int64_t left;

	if (h.missing_ms == 0 || h.missing_ms > e->now_ms)
		h.missing_ms = e->now_ms;
	left = h.missing_ms + VERDICT_GONE_APART_MS - e->now_ms;
	if (left <= 0)
		return (struct verdict){ .action = VERDICT_CHANGE,
					 .kind = CHANGE_GONE,
					 .reason = "gone, said twice" };
	return (struct verdict){ .action = VERDICT_LATER,
				 .wait_ms = left,
				 .history = h,
				 .reason = "not found, once" };
}

/*
 * Spare the whole connection: as long as the HRIS asked, or else as long as
 * the rule says. Luck never shortens it.
 */
static void pause_for(struct verdict *v, int64_t ms, unsigned luck)
{
	int64_t least = ms + spread(VERDICT_PAUSE_MS, luck) / 4;

	v->pause_ms = ms;
	if (v->wait_ms < least)
		v->wait_ms = least;
}

static int64_t asked(const struct evidence *e)
{
	if (e->finding != FINDING_LIMITED && e->finding != FINDING_BUSY)
		return -1;
	return e->asked_ms > VERDICT_PAUSE_MAX_MS ? VERDICT_PAUSE_MAX_MS
						  : e->asked_ms;
}

static struct verdict on_failure(const struct evidence *e)
{
	const struct rule *r = &rules[e->finding];
	struct verdict v =
		verdict_wait(&e->history, r->wait_ms, e->luck, r->reason);

	v.stop = r->stop;
	if (r->tries) {
		if (e->history.tries >= r->tries)
			v.action = VERDICT_BURY;
		else
			v.wait_ms = spread(schedule[e->history.tries], e->luck);
		v.history.tries++;
	}
	if (asked(e) >= 0)
		pause_for(&v, asked(e), e->luck);
	else if (r->pause_ms)
		pause_for(&v, r->pause_ms, e->luck);
	return v;
}

struct verdict verdict_of(const struct evidence *e)
{
	if (e->finding == FINDING_PERSON)
		return (struct verdict){ .action = VERDICT_CHANGE,
					 .kind = CHANGE_STATE,
					 .reason = "read" };
	if (e->finding == FINDING_MISSING)
		return on_missing(e);
	return on_failure(e);
}

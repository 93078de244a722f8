#include "budget.h"

#include "base/assert.h"

#define US_PER_MS 1000

void budget_set(struct budget *b, const struct budget_rule *rule)
{
	ASSERT(rule->burst > 0 && rule->parallel > 0 && rule->interval_us >= 0);
	b->rule = *rule;
}

void budget_pause(struct budget *b, int64_t now_ms, int64_t ms)
{
	if (now_ms + ms > b->until_ms)
		b->until_ms = now_ms + ms;
}

int64_t budget_paused_ms(const struct budget *b, int64_t now_ms)
{
	return b->until_ms > now_ms ? b->until_ms - now_ms : 0;
}

/*
 * Each call moves the time at which the burst is whole again by one interval
 * (GCRA): there is room while that is less than the whole burst away.
 */
static int64_t pace_ms(const struct budget *b, int64_t now_ms)
{
	int64_t room = b->rule.interval_us * ((int64_t)b->rule.burst - 1);
	int64_t left = b->full_us - room - now_ms * US_PER_MS;

	return left > 0 ? (left + US_PER_MS - 1) / US_PER_MS : 0;
}

static unsigned places(const struct budget *b, enum budget_class c)
{
	if (c == BUDGET_RUN && b->rule.parallel > 1)
		return b->rule.parallel - 1;
	return b->rule.parallel;
}

static bool is_full(const struct budget *b, enum budget_class c)
{
	unsigned all = b->calls[BUDGET_SINGLE] + b->calls[BUDGET_RUN];

	return all >= b->rule.parallel || b->calls[c] >= places(b, c);
}

int64_t budget_wait_ms(const struct budget *b, enum budget_class c,
		       int64_t now_ms)
{
	int64_t paused = budget_paused_ms(b, now_ms);
	int64_t pace = pace_ms(b, now_ms);

	if (is_full(b, c))
		return BUDGET_FULL;
	return paused > pace ? paused : pace;
}

enum budget_class budget_turn(const struct budget *b)
{
	return b->streak >= BUDGET_STREAK ? BUDGET_RUN : BUDGET_SINGLE;
}

void budget_begin(struct budget *b, enum budget_class c, int64_t now_ms)
{
	int64_t now_us = now_ms * US_PER_MS;

	ASSERT(budget_wait_ms(b, c, now_ms) == 0);
	if (b->full_us < now_us)
		b->full_us = now_us;
	b->full_us += b->rule.interval_us;
	b->calls[c]++;
	b->streak = c == BUDGET_SINGLE ? b->streak + 1 : 0;
}

void budget_end(struct budget *b, enum budget_class c)
{
	ASSERT(b->calls[c] > 0);
	b->calls[c]--;
}

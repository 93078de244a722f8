#include "quota.h"

#include "base/assert.h"
#include "base/mem.h"
#include "desk.h"
#include "provider/rate.h"
#include "source_own.h"

#include <stdlib.h>
#include <string.h>

/* Of a manifest that says nothing: no pace, and a few calls at once. */
static const struct budget_rule no_rule = { .burst = 1,
					    .parallel = DESK_MAX_CALLS };

static struct budget_rule rule_of(const struct manifest *m)
{
	struct rate r = rate_of(m);
	struct budget_rule rule = no_rule;

	if (r.calls)
		rule.interval_us = r.per_s * 1000000 / r.calls;
	if (r.burst)
		rule.burst = (unsigned)r.burst;
	if (r.max_parallel)
		rule.parallel = (unsigned)r.max_parallel;
	return rule;
}

static struct quota *quota_new(struct desk *d, struct str key)
{
	struct quota *q = mem_new(sizeof(*q));

	ASSERT(key.len <= sizeof(q->bytes));
	if (key.len)
		memcpy(q->bytes, key.ptr, key.len);
	q->key = (struct str){ (const char *)q->bytes, key.len };
	budget_set(&q->budget, &no_rule);
	TAILQ_INIT(&q->sources);
	loop_timer_init(&q->pace, d->loop, line_serve, q);
	q->desk = d;
	if (key.len)
		(void)map_put(&d->quotas, q->key, q);
	return q;
}

static void enter(struct quota *q, struct source *s)
{
	TAILQ_INSERT_TAIL(&q->sources, s, beside);
	s->quota = q;
	for (unsigned c = 0; c < BUDGET_CLASS_COUNT; c++)
		q->budget.calls[c] += s->calls[c];
}

static void free_if_empty(struct quota *q)
{
	if (!TAILQ_EMPTY(&q->sources))
		return;
	if (q->key.len)
		(void)map_remove(&q->desk->quotas, q->key);
	loop_timer_release(&q->pace);
	free(q);
}

void quota_leave(struct source *s)
{
	struct quota *q = s->quota;

	for (unsigned c = 0; c < BUDGET_CLASS_COUNT; c++) {
		ASSERT(q->budget.calls[c] >= s->calls[c]);
		q->budget.calls[c] -= s->calls[c];
	}
	TAILQ_REMOVE(&q->sources, s, beside);
	s->quota = NULL;
	if (!q->serving)
		free_if_empty(q);
}

void quota_served(struct quota *q)
{
	q->serving = false;
	free_if_empty(q);
}

void quota_start(struct source *s)
{
	enter(quota_new(s->desk, (struct str){ 0 }), s);
}

/* Another credential starts afresh: the pause was the old one's. */
void quota_change(struct source *s)
{
	struct str key = s->setup->credential;
	struct budget_rule rule = rule_of(s->setup->manifest);
	struct quota *q;

	if (!str_eq(s->quota->key, key)) {
		quota_leave(s);
		q = map_get(&s->desk->quotas, key);
		enter(q ? q : quota_new(s->desk, key), s);
		loop_timer_set(&s->quota->pace, 0);
	}
	budget_set(&s->quota->budget, &rule);
}

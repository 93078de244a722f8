/*
 * Errands: one person to read for any number of notices. Here they are made,
 * joined, timed and freed; what they do is in look.c.
 */
#include "desk.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>

/* -------------------------------------------------------------- look_ops */

static struct errand *errand_of(struct look *l)
{
	return CONTAINER_OF(l, struct errand, look);
}

void errand_end_call(struct errand *e)
{
	if (!e->calling)
		return;
	e->calling = false;
	line_end(e->source, BUDGET_SINGLE);
}

static bool call_op(struct look *l)
{
	struct errand *e = errand_of(l);
	bool called = !gate_forbids(e, &l->verdict);

	if (called) {
		errand_count_begun(e);
		called = call_start(e);
	}
	if (!called)
		errand_end_call(e);
	return called;
}

static bool store_op(struct look *l)
{
	return store_verdict(errand_of(l));
}

static void rest_op(struct look *l)
{
	loop_timer_set(&errand_of(l)->timer, DESK_REST_MS);
}

static void count_outcome(const struct verdict *v)
{
	if (v->action == VERDICT_LATER)
		metrics_add(METRIC_LOOKUPS_RETRIED, 1);
	else if (v->action == VERDICT_BURY)
		metrics_add(METRIC_LOOKUPS_FAILED, 1);
	else if (v->action == VERDICT_CHANGE)
		metrics_add(v->kind == CHANGE_GONE ? METRIC_LOOKUPS_GONE
						   : METRIC_LOOKUPS_DONE,
			    1);
}

static void done_op(struct look *l)
{
	struct errand *e = errand_of(l);

	count_outcome(&l->verdict);
	TAILQ_REMOVE(&e->desk->errands, e, in_desk);
	TAILQ_INSERT_TAIL(&e->desk->done, e, in_desk);
	loop_post(e->desk->loop, &e->desk->sweep);
}

static const struct look_ops ops = {
	.call = call_op,
	.store = store_op,
	.rest = rest_op,
	.done = done_op,
};

/* ------------------------------------------------------------------ life */

static void close_to_notices(struct errand *e)
{
	if (!e->open)
		return;
	ASSERT(map_remove(&e->desk->waiting, e->key) == e);
	e->open = false;
}

static void forget_notices(struct errand *e)
{
	struct notice *n;

	while ((n = STAILQ_FIRST(&e->notices))) {
		STAILQ_REMOVE_HEAD(&e->notices, link);
		ASSERT(map_remove(&e->desk->notices, str_of(n->key)) == n);
		free(n);
	}
}

static void errand_free(struct errand *e)
{
	close_to_notices(e);
	forget_notices(e);
	names_cancel(&e->want);
	details_cancel(&e->details);
	wire_cancel(&e->wire);
	arena_release(&e->answer);
	read_tables_free(&e->tables);
	names_unref(&e->names);
	loop_timer_release(&e->timer);
	errand_end_call(e);
	gate_leave(e);
	buf_release(&e->change);
	free(e->texts);
	free(e);
}

/* No more notices are taken: they may be of a later save than is read. */
static void take_turn(struct errand *e)
{
	close_to_notices(e);
	look_feed(&e->look, LOOK_IN_TURN);
}

/*
 * Names are read with places of the same budget: the errand's own is given
 * back meanwhile, and it stands in line once more.
 */
static void names_cb(struct names_want *want, const struct names_result *r)
{
	struct errand *e = CONTAINER_OF(want, struct errand, want);

	e->named = true;
	e->names = r->names ? names_ref(r->names) : NULL;
	e->names_finding = r->finding;
	e->names_asked_ms = r->asked_ms;
	e->names_err = r->err;
	if (!e->calling)
		line_join(e->source, &e->waiter);
}

static void turn_cb(struct waiter *w, bool may_call)
{
	struct errand *e = CONTAINER_OF(w, struct errand, waiter);

	e->calling = may_call;
	if (may_call && !e->named) {
		if (!names_are_there(e->source, NAMES_OF_SINGLE_MS))
			errand_end_call(e);
		names_get(&e->want, e->source, NAMES_OF_SINGLE_MS);
		if (!e->calling)
			return;
	}
	take_turn(e);
}

static void timer_cb(void *arg)
{
	struct errand *e = arg;

	if (e->look.state == LOOK_RESTING)
		look_feed(&e->look, LOOK_IN_AGAIN);
	else if (e->desk->draining)
		return; /* it was handed back already */
	else if (e->surplus || e->early)
		take_turn(e); /* to be put off */
	else
		line_join(e->source, &e->waiter);
}

static struct str copy(char **at, struct str s)
{
	struct str out = { *at, s.len };

	if (s.len)
		memcpy(*at, s.ptr, s.len);
	*at += s.len;
	return out;
}

/* l's texts become the errand's own. */
static void keep_lookup(struct errand *e, const struct lookup *l,
			struct str key)
{
	char *at = mem_new(key.len + l->organization.len + l->connection.len +
			   l->pid.len + l->reason.len + 1);

	e->texts = at;
	e->lookup = *l;
	e->key = copy(&at, key);
	e->lookup.organization = copy(&at, l->organization);
	e->lookup.connection = copy(&at, l->connection);
	e->lookup.pid = copy(&at, l->pid);
	e->lookup.reason = copy(&at, l->reason);
}

static struct errand *errand_new(struct desk *d, unsigned shard,
				 const struct lookup *l,
				 const struct history *h, struct str key)
{
	struct errand *e = mem_new(sizeof(*e));

	look_init(&e->look, &ops);
	e->desk = d;
	e->shard = shard;
	e->history = *h;
	e->first_ms = clock_mono_ms();
	STAILQ_INIT(&e->notices);
	keep_lookup(e, l, key);
	buf_init(&e->change, ERRAND_MAX_CHANGE);
	loop_timer_init(&e->timer, d->loop, timer_cb, e);
	TAILQ_INSERT_TAIL(&d->errands, e, in_desk);
	e->waiter = (struct waiter){ .class = BUDGET_SINGLE, .turn = turn_cb };
	e->source = source_find(d, l->connection);
	e->want.ready = names_cb;
	gate_join(e);
	return e;
}

/* --------------------------------------------------------------- notices */

static void print_notice_key(char *out, size_t size, unsigned shard,
			     struct str entry_id)
{
	(void)snprintf(out, size, "%u %.*s", shard, STR_ARG(entry_id));
}

bool errand_has(const struct desk *d, unsigned shard, struct str entry_id)
{
	struct notice n;

	print_notice_key(n.key, sizeof(n.key), shard, entry_id);
	return map_get(&d->notices, str_of(n.key)) != NULL;
}

static void add_notice(struct errand *e, const struct queue_entry *entry)
{
	struct notice *n = mem_new(sizeof(*n));
	struct str rest, shard;

	print_notice_key(n->key, sizeof(n->key), e->shard, entry->id);
	n->deliveries = entry->deliveries;
	rest = str_of(n->key);
	ASSERT(str_cut(&rest, ' ', &shard));
	n->id = rest;
	STAILQ_INSERT_TAIL(&e->notices, n, link);
	e->notice_count++;
	ASSERT(!map_put(&e->desk->notices, str_of(n->key), n));
	notice_count_waiting(e->desk, e->shard, entry);
}

/* Clocks of two machines differ: it is never more than the delay itself. */
int64_t errand_delay_ms(const struct errand *e)
{
	int64_t delay = source_delay_ms(e->source);
	int64_t left = e->lookup.received_ms + delay - clock_wall_ms();

	if (left > delay)
		return delay;
	return left > 0 ? left : 0;
}

/* Older is worse: what was found out before is not forgotten. */
static void join_history(struct history *h, const struct history *other)
{
	if (other->tries > h->tries)
		h->tries = other->tries;
	if (other->missing_ms &&
	    (!h->missing_ms || other->missing_ms < h->missing_ms))
		h->missing_ms = other->missing_ms;
}

/*
 * When to read: the window lets notices of one save become one read; the
 * delay is what the HRIS needs before it shows a save. A delay too long to be
 * held here is spent in later, as is what the connection's line cannot take.
 */
static void set_due(struct errand *e, const struct lookup *l)
{
	int64_t now = clock_mono_ms();
	int64_t window = (int64_t)e->desk->settings->lookup_window_ms;
	int64_t due = now + errand_delay_ms(e);
	int64_t last = e->first_ms + DESK_MAX_WAIT_MS;
	bool waited = e->history.tries || e->history.missing_ms;

	if (!waited && !l->urgent && due < e->first_ms + window)
		due = e->first_ms + window;
	if (!l->urgent && due < e->due_ms)
		due = e->due_ms;
	if (due > last)
		due = last;
	e->early = errand_delay_ms(e) > DESK_HOLD_MS;
	if (e->early || e->surplus)
		due = now;
	e->due_ms = due;
	loop_timer_set(&e->timer, due > now ? due - now : 0);
}

/*
 * In line its own time has come already: a read then is too early for a notice
 * that came just now, if the HRIS needs a delay. What is urgent does not wait
 * for what comes after it.
 */
static bool takes_notice(const struct errand *e, unsigned shard,
			 const struct lookup *l)
{
	if (e->shard != shard || e->notice_count >= ERRAND_MAX_NOTICES)
		return false;
	if (e->waiter.in_line)
		return source_delay_ms(e->source) == 0;
	return l->urgent || !e->lookup.urgent;
}

static struct errand *open_errand(struct desk *d, unsigned shard,
				  const struct lookup *l,
				  const struct history *h)
{
	char text[2 * CHANGE_NAME_MAX + 2];
	struct str key = { text, 0 };
	struct errand *e;

	key.len = (size_t)snprintf(text, sizeof(text), "%.*s %.*s",
				   STR_ARG(l->connection), STR_ARG(l->pid));
	ASSERT(key.len < sizeof(text));
	e = map_get(&d->waiting, key);
	if (e && takes_notice(e, shard, l)) {
		metrics_add(METRIC_LOOKUPS_COALESCED, 1);
		join_history(&e->history, h);
		if (e->lookup.received_ms < l->received_ms)
			e->lookup.received_ms = l->received_ms;
		e->lookup.urgent |= l->urgent;
		return e;
	}
	if (e)
		close_to_notices(e);
	e = errand_new(d, shard, l, h, key);
	ASSERT(!map_put(&d->waiting, e->key, e));
	e->open = true;
	return e;
}

void errand_take(struct desk *d, unsigned shard, const struct lookup *l,
		 const struct history *h, const struct queue_entry *entry)
{
	struct errand *e;

	if (errand_has(d, shard, entry->id))
		return;
	e = open_errand(d, shard, l, h);
	add_notice(e, entry);
	if (!e->waiter.in_line)
		set_due(e, l);
}

/* ------------------------------------------------------------------ desk */

bool errand_all_idle(const struct desk *d)
{
	const struct errand *e;

	TAILQ_FOREACH (e, &d->errands, in_desk)
		if (e->look.state != LOOK_WAITING)
			return false;
	return true;
}

void errand_hand_back(struct desk *d)
{
	struct errand *e;

	TAILQ_FOREACH (e, &d->errands, in_desk) {
		if (e->look.state != LOOK_WAITING)
			continue;
		line_leave(e->source, &e->waiter);
		names_cancel(&e->want);
		take_turn(e); /* stays in this list until Redis has it */
	}
}

static void free_list(struct errand_list *list)
{
	struct errand *e;

	while ((e = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, e, in_desk);
		errand_free(e);
	}
}

void errand_sweep(struct desk *d)
{
	free_list(&d->done);
}

void errand_init(struct desk *d)
{
	map_init(&d->waiting);
	map_init(&d->notices);
	TAILQ_INIT(&d->errands);
	TAILQ_INIT(&d->done);
}

void errand_release(struct desk *d)
{
	free_list(&d->errands);
	free_list(&d->done);
	map_release(&d->waiting);
	map_release(&d->notices);
}

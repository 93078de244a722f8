#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"
#include "sender_own.h"

#include <stdio.h>
#include <stdlib.h>

#define REORDER_MS 2000 /* what is reordered waits so long */
#define STARTS_MAX 64	/* per turn of the loop */

/* Deliveries say what is; no API's faults are theirs. */
static const struct fault_set no_fault;

static struct str key_of(const struct delivery *d)
{
	return (struct str){ (const char *)&d->key, sizeof(d->key) };
}

static void pump_cb(void *arg);

static void timer_cb(void *arg)
{
	struct sender *s = arg;

	loop_post(s->cfg.loop, &s->pump);
}

struct sender *sender_new(const struct sender_config *cfg)
{
	struct sender *s = mem_new(sizeof(*s));

	s->cfg = *cfg;
	s->settings.in_flight = 32;
	s->settings.minute_ms = 60000;
	map_init(&s->under_way);
	loop_task_init(&s->pump, pump_cb, s);
	loop_timer_init(&s->timer, cfg->loop, timer_cb, s);
	TAILQ_INIT(&s->subscriptions);
	return s;
}

static void free_chain(struct delivery *d)
{
	while (d) {
		struct delivery *behind = d->behind;

		http_call_cancel(&d->call);
		free(d);
		d = behind;
	}
}

void sender_free(struct sender **sp)
{
	struct sender *s = *sp;
	struct subscription *sub;
	struct delivery *d;
	size_t at = 0;

	if (!s)
		return;
	while ((d = map_next(&s->under_way, &at)))
		free_chain(d);
	map_release(&s->under_way);
	schedule_release(&s->fresh);
	schedule_release(&s->again);
	sendlog_release(&s->log);
	loop_task_cancel(s->cfg.loop, &s->pump);
	loop_timer_release(&s->timer);
	while ((sub = TAILQ_FIRST(&s->subscriptions))) {
		TAILQ_REMOVE(&s->subscriptions, sub, link);
		subscription_free(sub);
	}
	free(s);
	*sp = NULL;
}

struct sender_settings *sender_settings(struct sender *s)
{
	return &s->settings;
}

void sender_count(const struct sender *s, struct sender_counts *out)
{
	*out = s->counts;
	out->waiting = s->fresh.len + s->again.len + s->behind;
}

uint64_t sender_revision(const struct sender *s)
{
	return s->revision;
}

struct sender_marks *sender_marks(struct sender *s)
{
	return &s->marks;
}

size_t sender_backlog(const struct sender *s)
{
	return s->fresh.len + s->behind + s->counts.in_flight;
}

const struct log_entry *sender_log_after(const struct sender *s, uint64_t seq)
{
	return sendlog_after(&s->log, seq);
}

/* --- queueing --- */

static bool draw(struct sender *s, enum fault f)
{
	/* Of a copy: only this fault is asked for, and no request counted. */
	struct fault_set one = { 0 };

	one.value[f] = s->settings.fault.value[f];
	return fault_next(&one, s->cfg.company->seed, &s->settings.drawn)
		       .value[f] != 0;
}

struct delivery *delivery_new(struct sender *s, struct subscription *sub,
			      struct str body)
{
	struct delivery *d = mem_new(sizeof(*d) + body.len);

	memcpy(d->body, body.ptr, body.len);
	d->body_len = body.len;
	d->sender = s;
	d->sub = sub;
	d->attempt = 1;
	d->due_ms = clock_mono_ms();
	d->key.subscription = sub->id;
	d->key.n = EMPLOYEE_NONE;
	return d;
}

static void remember(struct sender *s, const struct delivery *d, int status,
		     bool lost)
{
	struct str body = { d->body, d->body_len };
	struct log_entry e = {
		.at_ms = clock_wall_ms(),
		.delivery = d->id,
		.event = d->event,
		.n = d->key.n,
		.subscription = d->sub->id,
		.vendor = d->sub->target.vendor,
		.version = d->version,
		.status = status,
		.attempt = d->attempt,
		.bad_signature = d->bad_signature,
		.stale = s->settings.fault.value[FAULT_STALE_S] != 0,
		.duplicate = d->duplicate,
		.reordered = d->reordered,
		.lost = lost,
	};

	sha256(&body, 1, e.digest);
	sendlog_add(&s->log, &e);
}

static void free_delivery(struct delivery *d)
{
	struct subscription *sub = d->sub;

	sub->under_way--;
	subscription_forget_if_idle(d->sender, sub);
	free(d);
}

static void queue_one(struct sender *s, struct delivery *d)
{
	s->counts.queued++;
	s->revision++;
	d->order = ++s->marks.last_order;
	d->sub->under_way++;
	if (draw(s, FAULT_LOST_PERCENT)) {
		s->counts.lost++;
		remember(s, d, 0, true);
		free_delivery(d);
		return;
	}
	d->bad_signature = draw(s, FAULT_BAD_SIGNATURE_PERCENT);
	d->reordered = draw(s, FAULT_REORDER_PERCENT);
	if (d->reordered)
		d->due_ms += REORDER_MS;
	schedule_add(&s->fresh, d);
	loop_post(s->cfg.loop, &s->pump);
}

static void queue(struct sender *s, struct subscription *sub,
		  const struct happening *h, const char *event, struct str body)
{
	int64_t copies = s->settings.fault.value[FAULT_COPIES];
	struct delivery *d;

	if (!draw(s, FAULT_DUPLICATE_PERCENT))
		copies = 0;
	else if (copies == 0)
		copies = 1;
	if (s->fresh.len + s->again.len + s->behind + 1 + (size_t)copies >
	    QUEUE_MAX) {
		s->counts.dropped++;
		return;
	}
	s->marks.last_delivery++;
	for (int64_t i = 0; i <= copies; i++) {
		d = delivery_new(s, sub, body);
		d->id = s->marks.last_delivery;
		d->key.n = h->who->n;
		d->event = event;
		d->version = h->who->version;
		d->duplicate = i > 0;
		queue_one(s, d);
	}
}

/* Never the same twice: two changes must not look like one sent again. */
static int64_t next_us(struct sender *s)
{
	int64_t now = company_now_ms(s->cfg.company) * 1000;

	s->marks.last_us = now > s->marks.last_us ? now : s->marks.last_us + 1;
	return s->marks.last_us;
}

/* seq NULL: an announcement. */
static void tell_one(struct sender *s, struct subscription *sub,
		     const struct happening *h, const uint32_t *seq)
{
	struct view view = { .company = s->cfg.company, .fault = &no_fault };
	struct webhook_message m = { .target = &sub->target,
				     .view = &view,
				     .happening = h };
	const char *events[WEBHOOK_EVENTS_MAX];
	size_t count = webhook_events(&sub->target, h, !seq, events);
	struct buf body;

	buf_init(&body, WEBHOOK_BODY_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&body);
		m.event = events[i];
		m.now_us = next_us(s);
		m.number = seq ? webhook_number(*seq, i)
			       : webhook_number_announced(
					 s->marks.last_delivery + 1);
		webhook_body(&m, &body);
		ASSERT(!body.failed); /* every text in it is bounded */
		queue(s, sub, h, events[i], buf_str(&body));
	}
	buf_release(&body);
}

void sender_tell(struct sender *s, const struct happening *h, uint32_t seq)
{
	struct subscription *sub;

	TAILQ_FOREACH (sub, &s->subscriptions, link)
		if (!subscription_is_gone(sub) && !sub->pending)
			tell_one(s, sub, h, &seq);
}

void sender_announce(struct sender *s, struct subscription *only,
		     const struct happening *h)
{
	struct subscription *sub;

	TAILQ_FOREACH (sub, &s->subscriptions, link)
		if (!subscription_is_gone(sub) && !sub->pending &&
		    (!only || sub == only))
			tell_one(s, sub, h, NULL);
}

static bool say_hello(struct sender *s, struct subscription *sub, unsigned k)
{
	struct delivery *d;
	struct buf body;
	bool is_there;

	buf_init(&body, WEBHOOK_BODY_MAX);
	is_there = webhook_hello(&sub->target, k, &body);
	if (is_there) {
		d = delivery_new(s, sub, buf_str(&body));
		d->id = ++s->marks.last_delivery;
		d->event = SENDER_HELLO;
		d->attempt = k + 1;
		queue_one(s, d);
	}
	buf_release(&body);
	return is_there;
}

void sender_hello(struct sender *s, struct subscription *sub)
{
	(void)say_hello(s, sub, 0);
}

static void hello_failed(struct sender *s, struct delivery *d)
{
	/* attempt is that of the next, counted from 1 */
	if (!say_hello(s, d->sub, d->attempt) &&
	    webhook_hello_must(d->sub->target.vendor))
		d->sub->stopped = true; /* cannot be made over there */
	free_delivery(d);
}

/* --- sending --- */

static void answered_cb(const struct http_answer *a, void *arg);

static int start(struct sender *s, struct delivery *d, struct err *err)
{
	const struct webhook_target *t = &d->sub->target;
	struct http_call_header headers[WEBHOOK_HEADERS];
	struct http_call_spec spec = {
		.method = "POST",
		.url = t->url,
		.headers = headers,
		.total_ms = webhook_policy(t->vendor)->patience_ms
	};
	int64_t stale = s->settings.fault.value[FAULT_STALE_S];
	struct webhook_headers signed_with;
	char id[40];

	(void)snprintf(id, sizeof(id), "msg_%llx_%llu",
		       (unsigned long long)s->cfg.company->seed,
		       (unsigned long long)d->id);
	spec.body = (struct str){ d->body, d->body_len };
	webhook_sign(t, spec.body, id, clock_wall_ms() - stale * 1000,
		     d->bad_signature, &signed_with);
	for (size_t i = 0; i < signed_with.count; i++)
		headers[i] = (struct http_call_header){
			str_of(signed_with.items[i].name),
			str_of(signed_with.items[i].value)
		};
	spec.header_count = signed_with.count;
	return http_client_start(s->cfg.client, &spec, answered_cb, d, &d->call,
				 err);
}

/* The next delivery for the same person may go. */
static void release_key(struct sender *s, struct delivery *d)
{
	struct delivery *next = d->behind;

	(void)map_remove(&s->under_way, key_of(d));
	d->behind = NULL;
	while (next) {
		struct delivery *behind = next->behind;

		next->behind = NULL;
		schedule_add(&s->fresh, next); /* in its old order */
		s->behind--;
		next = behind;
	}
	s->counts.in_flight--;
	loop_post(s->cfg.loop, &s->pump);
}

static void give_up(struct sender *s, struct delivery *d)
{
	s->counts.failed++;
	d->sub->failed++;
	if (webhook_policy(d->sub->target.vendor)->stops)
		d->sub->stopped = true;
	free_delivery(d);
}

static void settle(struct sender *s, struct delivery *d, int status)
{
	const struct webhook_policy *p = webhook_policy(d->sub->target.vendor);

	s->counts.attempts++;
	s->revision++;
	remember(s, d, status, false);
	d->sub->last_sent_ms = company_now_ms(s->cfg.company);
	release_key(s, d);
	if (status >= 200 && status < 300) {
		s->counts.accepted++;
		d->sub->accepted++;
		free_delivery(d);
	} else if (d->key.n == EMPLOYEE_NONE) {
		hello_failed(s, d);
	} else if (d->attempt > p->retries || subscription_is_gone(d->sub) ||
		   (status >= 400 && status < 500 && !p->on_4xx) ||
		   (p->never && status == p->never)) {
		give_up(s, d);
	} else {
		d->due_ms = clock_mono_ms() +
			    p->minutes[d->attempt - 1] * s->settings.minute_ms;
		d->attempt++;
		schedule_add(&s->again, d);
	}
}

static void answered_cb(const struct http_answer *a, void *arg)
{
	struct delivery *d = arg;

	d->call = NULL;
	settle(d->sender, d, a->status);
}

/* True when it is under way, or waits behind one that is. */
static void send_or_wait(struct sender *s, struct delivery *d)
{
	struct delivery *ahead = map_get(&s->under_way, key_of(d));
	struct err err = { 0 };

	if (subscription_is_gone(d->sub)) {
		free_delivery(d);
		return;
	}
	if (ahead) {
		s->behind++;
		while (ahead->behind)
			ahead = ahead->behind;
		ahead->behind = d;
		return;
	}
	(void)map_put(&s->under_way, key_of(d), d);
	s->counts.in_flight++;
	if (start(s, d, &err) < 0)
		settle(s, d, 0);
}

/* Of both queues the one that is due; NULL: nothing is. */
static struct schedule *due_queue(struct sender *s, int64_t now)
{
	struct delivery *again = schedule_first(&s->again);
	struct delivery *fresh = schedule_first(&s->fresh);

	if (again && again->due_ms <= now)
		return &s->again;
	return fresh && fresh->due_ms <= now ? &s->fresh : NULL;
}

static void set_timer(struct sender *s, int64_t now)
{
	struct delivery *again = schedule_first(&s->again);
	struct delivery *fresh = schedule_first(&s->fresh);
	int64_t due = INT64_MAX;

	if (again)
		due = again->due_ms;
	if (fresh && fresh->due_ms < due)
		due = fresh->due_ms;
	if (due == INT64_MAX)
		loop_timer_cancel(&s->timer);
	else
		loop_timer_set(&s->timer, due > now ? due - now : 0);
}

static void pump_cb(void *arg)
{
	struct sender *s = arg;
	int64_t now = clock_mono_ms();
	struct schedule *q;
	int started = 0;

	while (s->counts.in_flight < (uint64_t)s->settings.in_flight &&
	       started++ < STARTS_MAX && (q = due_queue(s, now)))
		send_or_wait(s, schedule_take(q));
	if (s->counts.in_flight < (uint64_t)s->settings.in_flight)
		set_timer(s, now); /* else an answer comes first */
	if (sender_backlog(s) < (size_t)s->settings.in_flight * 2)
		s->cfg.room(s->cfg.arg);
}
